/* The loops of synth.h for every processor. */
#define SYNTH_NAME  synth_ops_baseline
#define SYNTH_TEXT  "baseline"
#define SYNTH_WIDTH 2
#include "source/synth_kernels.h"
