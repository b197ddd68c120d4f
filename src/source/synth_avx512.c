/* The loops of synth.h for AVX512. */
#define SYNTH_NAME  synth_ops_avx512
#define SYNTH_TEXT  "avx512"
#define SYNTH_WIDTH 8
#include "source/synth_kernels.h"
