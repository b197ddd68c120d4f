/* Lanes: eight channels side by side in one vector, and the loops of the core over them.
 *
 * A frame is one instant of eight channels. Every loop looks scalar and works on all eight: no gather,
 * no transposition, no tail. The same source is compiled for several instruction sets; lanes_ops()
 * chooses at run time. The sets agree within rounding; within one set results are the same to the bit. */
#ifndef METROLOGY_LANES_H
#define METROLOGY_LANES_H

#include <stddef.h>
#include <stdint.h>

#define LANES 8

typedef float lanes_f __attribute__((vector_size(32)));
typedef double lanes_d __attribute__((vector_size(64)));
typedef int32_t lanes_i __attribute__((vector_size(32)));

/* Volts or amperes that no plant has: a larger number is a fault of the source. Its square would swallow
 * the sums that follow. */
#define LANES_LARGEST 1e9f

/* Running sums up to and including a frame. Differences between two instants, interpolated between
 * frames, give mean squares, mean products and one-cycle phasors over any interval. */
struct lanes_sums {
    lanes_d square;               /* x * x */
    lanes_d product;              /* x * companion */
    lanes_d in_phase, quadrature; /* x * cos, x * sin of the local oscillator */
};

struct lanes_complex {
    lanes_f re, im;
};

/* Interpolation kernel of the resampler: Kaiser-windowed sinc, LANES_TAPS frames wide. */
#define LANES_TAPS   24
#define LANES_PHASES 64

struct lanes_kernel {
    float tap[LANES_PHASES + 1][LANES_TAPS] __attribute__((aligned(32)));
};

/* Fills the kernel; `gain` gets its frequency response at i / (2 * (points - 1)) cycles per frame,
 * i = 0 ... points - 1 (0 to the Nyquist frequency). */
void lanes_kernel_init(struct lanes_kernel *k, float *gain, unsigned points);

/* Factors of a transform of `points` real points (a power of two, 16 ... 65536): `table` holds
 * 2 * points floats: cos, sin of 2 pi i / (points / 2), then of 2 pi k / points, points / 2 pairs each. */
void lanes_fft_init(float *table, unsigned points);

struct flicker;

struct lanes_ops {
    const char *name; /* "avx512", "avx2", "baseline" */

    /* A bit for every lane that has a sample which is no measurement: NaN, or beyond LANES_LARGEST. */
    unsigned (*missing)(const lanes_f *frames, size_t n);

    /* companion[i][l] = frames[i][index[l]] */
    void (*gather)(lanes_f *companion, const lanes_f *frames, const int32_t index[LANES], size_t n);

    /* Continues `carry` over n frames and writes the sums after each frame. cosine and sine: the
     * oscillator at each frame. */
    void (*accumulate)(struct lanes_sums *out, struct lanes_sums *carry, const lanes_f *frames,
                       const lanes_f *companion, const double *cosine, const double *sine,
                       size_t n);

    /* Sum over i of weight[i] * ring[(base + i) & mask], i = 0 ... 5. */
    void (*interpolate)(struct lanes_sums *out, const struct lanes_sums *ring, uint64_t mask,
                        uint64_t base, const double weight[6]);

    /* Largest absolute values over n frames: of each lane into peak[0], of the differences lane 0 - 1,
     * 1 - 2, 2 - 0 into the first three lanes of peak[1]. Continues what stands there. */
    void (*peak)(lanes_f peak[2], const lanes_f *frames, size_t n);

    /* `points` values at first + i * step (in frames, step < 2) by the kernel; frames must be readable
     * from first - LANES_TAPS / 2 to first + points * step + LANES_TAPS / 2 + 8. */
    void (*resample)(lanes_f *out, size_t points, const lanes_f *frames, double first, double step,
                     const struct lanes_kernel *kernel);

    /* Transform of `points` real frames (destroyed) into lines 0 ... lines - 1, unscaled sum of
     * x * exp(-j 2 pi k n / points); lines <= points / 2. work: points frames. */
    void (*fft)(struct lanes_complex *line, size_t lines, lanes_f *frames, lanes_f *work,
                size_t points, const float *table);

    /* The same lines of the differences of lanes 0 - 1, 1 - 2, 2 - 0 (in lanes 0, 1, 2). */
    void (*differences)(struct lanes_complex *out, const struct lanes_complex *line, size_t lines);

    /* rms[h] = scale[h] * sqrt(sum of |line|^2 from h * cycles - 1 to h * cycles + 1), h = 1 ... highest;
     * of line h * cycles alone if there are fewer than 3 cycles. */
    void (*subgroups)(lanes_f *rms, const struct lanes_complex *line, unsigned cycles,
                      unsigned highest, const float *scale);

    /* The flickermeter (flicker.h) over frames, up to the decimated sample that ends a half cycle or is to
     * be classified. Returns how many it took. */
    size_t (*flicker)(struct flicker *f, const lanes_f *frames, size_t n);
};

enum lanes_level { LANES_AUTO, LANES_BASELINE, LANES_AVX2, LANES_AVX512 };

/* The best set that the processor has (LANES_AUTO) or the one asked for; NULL if it cannot run here. */
const struct lanes_ops *lanes_ops(enum lanes_level level);

#endif
