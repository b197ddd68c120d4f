#include "source/synth.h"

extern const struct synth_ops synth_ops_baseline, synth_ops_avx2, synth_ops_avx512;

const struct synth_ops *synth_ops(enum synth_level level)
{
#ifdef __x86_64__
    if (level == SYNTH_AUTO || level == SYNTH_AVX512) {
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512dq"))
            return &synth_ops_avx512;
        if (level == SYNTH_AVX512)
            return NULL;
    }
    if (level == SYNTH_AUTO || level == SYNTH_AVX2) {
        if (__builtin_cpu_supports("avx2"))
            return &synth_ops_avx2;
        if (level == SYNTH_AVX2)
            return NULL;
    }
#endif
    return level == SYNTH_AUTO || level == SYNTH_BASELINE ? &synth_ops_baseline : NULL;
}
