/* The loops of synth.h for AVX2. */
#define SYNTH_NAME  synth_ops_avx2
#define SYNTH_TEXT  "avx2"
#define SYNTH_WIDTH 4
#include "source/synth_kernels.h"
