/* The loops of the simulator: from angles to samples of many channels side by side.
 *
 * One source file, compiled for several instruction sets without contraction of products and sums:
 * the results are the same to the bit in all of them. */
#ifndef SOURCE_SYNTH_H
#define SOURCE_SYNTH_H

#include <stddef.h>
#include <stdint.h>

#define SYNTH_FRAMES 64 /* made at once */
#define SYNTH_LANES  8  /* channels of a group */

/* What is done to a group of channels after the waves are summed. */
struct synth_group {
    /* factor at the first frame of a run, and its change from frame to frame */
    double level[SYNTH_LANES] __attribute__((aligned(64))), slope[SYNTH_LANES];
    double sway[SYNTH_LANES]; /* weight of the flicker: 0 or 1 */
    double noise_rms[SYNTH_LANES];
    double limit[SYNTH_LANES];                           /* saturation; infinity: none */
    double to_code[SYNTH_LANES], from_code[SYNTH_LANES]; /* of the converter; 0: none */
    double top_code[SYNTH_LANES];                 /* the highest; the lowest is -top_code - 1 */
    uint32_t key[SYNTH_LANES], key2[SYNTH_LANES]; /* of the noise */
};

enum synth_stages { SYNTH_NOISE = 1, SYNTH_CONVERTER = 2 };

struct synth_ops {
    const char *name; /* "avx512", "avx2", "baseline" */

    /* cos and sin of SYNTH_FRAMES angles in turns (|turns| < 2^20), within 3e-16. */
    void (*phasors)(double *cosine, double *sine, const double *turns);

    /* Rows of cos(h a), sin(h a) for `count` ascending orders: basis[2 * k], basis[2 * k + 1]. */
    void (*orders)(double (*basis)[SYNTH_FRAMES], const unsigned *orders, unsigned count,
                   const double *cosine, const double *sine);

    /* sums[f * lanes + l] = sum over k < rows of basis[k][f] * weights[k * lanes + l], frames
     * first <= f < end; `lanes` is a multiple of SYNTH_LANES, rows are aligned to 64 bytes. */
    void (*mix)(double *sums, double (*basis)[SYNTH_FRAMES], unsigned rows, const double *weights,
                unsigned lanes, unsigned first, unsigned end);

    /* Levels, flicker, noise, saturation, converter, and rounding to float: samples[f * channels + c] for
     * the frames of a run. `sway[f]`: relative change by flicker. `frame_keys`: two words for each
     * frame. Returns a bit for each frame in which a converter came to its end. */
    uint64_t (*finish)(float *samples, unsigned channels, const double *sums,
                       const struct synth_group *groups, const double *sway,
                       const uint32_t (*frame_keys)[2], unsigned stages, unsigned first,
                       unsigned end);
};

enum synth_level { SYNTH_AUTO, SYNTH_BASELINE, SYNTH_AVX2, SYNTH_AVX512 };

/* The best set that the processor has (SYNTH_AUTO) or the one asked for; NULL if it cannot run here. */
const struct synth_ops *synth_ops(enum synth_level level);

/* A word that looks random, from one that does not (splitmix64, Steele et al. 2014). */
static inline uint64_t synth_hash(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

#endif
