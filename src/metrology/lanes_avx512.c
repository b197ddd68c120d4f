/* The loops of lanes.h for AVX512. */
#define LANES_NAME lanes_ops_avx512
#define LANES_TEXT "avx512"
#include "metrology/lanes_kernels.h"
