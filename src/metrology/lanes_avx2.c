/* The loops of lanes.h for AVX2. */
#define LANES_NAME lanes_ops_avx2
#define LANES_TEXT "avx2"
#include "metrology/lanes_kernels.h"
