/* The loops of lanes.h for any processor. */
#define LANES_NAME lanes_ops_baseline
#define LANES_TEXT "baseline"
#include "metrology/lanes_kernels.h"
