/* Lanes: eight channels side by side in one vector, and the loops of the core over them.
 *
 * A frame is one instant of eight channels. Every loop looks scalar and works on all eight: no gather,
 * no transposition, no tail. The same source is compiled for several instruction sets; lanes_ops()
 * chooses at run time. The sets agree within rounding; within one set results are the same to the bit. */
#ifndef METROLOGY_LANES_H
#define METROLOGY_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LANES 8

typedef float lanes_f __attribute__((vector_size(32)));
typedef double lanes_d __attribute__((vector_size(64)));
typedef int32_t lanes_i __attribute__((vector_size(32)));

/* Volts or amperes that no plant has: a larger number is a fault of the source. Its square would swallow
 * the sums that follow. */
#define LANES_LARGEST 1e9f

/* Running sums. They are kept where blocks of frames begin; for instants between, the few frames from there on
 * are summed again. Differences between two instants, interpolated between frames, give mean squares, mean
 * products and one-cycle phasors over any interval. */
struct lanes_sums {
    lanes_d square;               /* x * x */
    lanes_d product;              /* x * companion */
    lanes_d in_phase, quadrature; /* x * cos, x * sin of the local oscillator */
};

/* Frames in a row of a bank, and what their sums are made with. */
struct lanes_run {
    const lanes_f *frame;
    const lanes_f *voltage;   /* the same frames of bank 0 */
    const int32_t *companion; /* [LANES]: lane of bank 0 that a lane is multiplied with, */
    const int32_t *minus; /* less this one, for lanes with a bit in `lines`; NULL: there are none */
    unsigned lines;
    const double *cosine, *sine; /* the local oscillator */
};

struct lanes_complex {
    lanes_f re, im;
};

/* One term of the signals of eight lanes: lane l += factor[l] * channel[l]. */
struct lanes_mix {
    uint32_t channel[LANES];
    float factor[LANES];
    /* by lanes_mix_prepare: eight neighbouring channels that hold all of them, from `lowest` on */
    bool near;
    uint32_t lowest;
    int32_t order[LANES];
};

/* To be called before frames of so many channels are mixed. */
void lanes_mix_prepare(struct lanes_mix *term, unsigned channels);

/* Taps of one value of the resampler; behind a kernel's own they are 0. */
#define LANES_ROW 32
struct lanes_row {
    float tap[LANES_ROW] __attribute__((aligned(64)));
};

/* Interpolation kernel: its taps between frames, at so many phases of a frame. */
#define LANES_PHASES 64
struct lanes_kernel {
    unsigned taps; /* frames wide: 12 or 24 */
    struct lanes_row phase[LANES_PHASES + 1];
};

/* Fills a kernel so many taps wide: a low-pass with its edge at so many cycles per frame, in a window of Kaiser's with this beta.
 * `gain` gets its response to a frequency of i / (points - 1) cycles per frame, i = 0 ... points - 1: below 0.5
 * to a tone, above it to the image of the tone at 1 minus it. What the kernel takes from high orders can so be
 * given back; its edge may be soft. Only images matter. */
void lanes_kernel_init(struct lanes_kernel *k, unsigned taps, double edge, double beta, float *gain,
                       unsigned points);

/* Factors of a transform of `points` real points (a power of two, 64 ... 65536): LANES_FFT_FLOATS(points). */
#define LANES_FFT_FLOATS(points) (2 * (size_t)(points))
void lanes_fft_init(float *table, unsigned points);

struct flicker;

struct lanes_ops {
    const char *name; /* "avx512", "avx2", "baseline" */

    /* Frames from a source's samples: an offset and the sum of `terms` terms. Returns a bit for every lane that has a sample
     * which is no measurement: NaN, or beyond LANES_LARGEST. */
    unsigned (*mix)(lanes_f *frames, const float *samples, unsigned channels, size_t n,
                    const struct lanes_mix *term, unsigned terms, const float offset[LANES]);

    /* A bit for every lane that has a sample which is no measurement. */
    unsigned (*missing)(const lanes_f *frames, size_t n);

    /* Continues `carry` over n frames; begin[i] gets it as it was before frame i * block. */
    void (*accumulate)(struct lanes_sums *begin, struct lanes_sums *carry, unsigned block,
                       const struct lanes_run *run, size_t n);

    /* out = begin + sum over frames: the first `full` of the run entirely, then 5 by their weights (NULL:
     * none). */
    void (*sum)(struct lanes_sums *out, const struct lanes_sums *begin, const struct lanes_run *run,
                size_t full, const double weight[5]);

    /* n (a multiple of LANES, or less) values of an oscillator from its value `now` at the first, which goes on to
     * the next. power: cos and sin of 0 ... LANES times its step. */
    void (*oscillate)(double *cosine, double *sine, size_t n, double now[2],
                      const double power_cosine[LANES + 1], const double power_sine[LANES + 1]);

    /* Largest absolute values over n frames: of each lane into peak[0], of the differences lane 0 - 1,
     * 1 - 2, 2 - 0 into the first three lanes of peak[1]. Continues what stands there. */
    void (*peak)(lanes_f peak[2], const lanes_f *frames, size_t n);

    /* Rows of taps for the n values at frame + first + i * step, and the frames where they begin, as places
     * in a ring of mask + 1 frames. 0 <= first, and first + n * step < 2^19. */
    void (*place)(struct lanes_row *row, uint32_t *at, size_t n, int64_t frame, double first,
                  double step, uint32_t mask, const struct lanes_kernel *kernel);

    /* n values (even), which are those from `begin` (even) on of the `points` of a transform, to where fft()
     * wants them. The ring is readable for LANES_ROW frames more. */
    void (*resample)(lanes_f *in, size_t begin, size_t n, size_t points, const lanes_f *ring,
                     const struct lanes_row *row, const uint32_t *at, unsigned taps);

    /* Transform of `points` real values (destroyed; value i at lanes_fft_place) into lines 0 ... lines - 1,
     * unscaled sum of x * exp(-j 2 pi k n / points); lines <= points / 2. work: points frames. */
    void (*fft)(struct lanes_complex *line, size_t lines, lanes_f *in, lanes_f *work, size_t points,
                const float *table);

    /* The same lines of the differences of lanes 0 - 1, 1 - 2, 2 - 0 (in lanes 0, 1, 2). */
    void (*differences)(struct lanes_complex *out, const struct lanes_complex *line, size_t lines);

    /* Harmonic subgroups: rms[h] = scale[h] * sqrt(sum of |line|^2 from h * cycles - 1 to h * cycles + 1),
     * h = 1 ... highest; of line h * cycles alone if there are fewer than 3 cycles. */
    void (*subgroups)(lanes_f *rms, const struct lanes_complex *line, unsigned cycles,
                      unsigned highest, const float *scale);

    /* Interharmonic centred subgroups: the same of h * cycles + 2 to (h + 1) * cycles - 2, h = 0 ... highest;
     * the scale of a line lies between those of its neighbours h and h + 1 (by squares, linear). */
    void (*between)(lanes_f *rms, const struct lanes_complex *line, unsigned cycles,
                    unsigned highest, const float *scale);

    /* The flickermeter (flicker.h) over frames, up to the decimated sample that ends a half cycle or is to
     * be classified. Returns how many it took. */
    size_t (*flicker)(struct flicker *f, const lanes_f *frames, size_t n);
};

/* Where value i of a transform's input lies: the four quarters of its complex points (two values make one) in
 * turn, so that each is transformed where it lies. */
static inline size_t lanes_fft_place(size_t i, size_t points)
{
    size_t point = i / 2;
    return point % 4 * (points / 4) + point / 4 * 2 + i % 2;
}

enum lanes_level { LANES_AUTO, LANES_BASELINE, LANES_AVX2, LANES_AVX512 };

/* The best set that the processor has (LANES_AUTO) or the one asked for; NULL if it cannot run here. */
const struct lanes_ops *lanes_ops(enum lanes_level level);

#endif
