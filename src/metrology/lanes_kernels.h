/* The loops behind lanes.h. Included by lanes_baseline.c, lanes_avx2.c and lanes_avx512.c, which differ
 * in the compiler's options and in LANES_NAME only. */
#include "metrology/flicker_kernels.h"
#include "metrology/lanes.h"

#include <math.h>
#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

#define MAGNITUDE 0x7fffffff
static const lanes_i magnitude = {MAGNITUDE, MAGNITUDE, MAGNITUDE, MAGNITUDE,
                                  MAGNITUDE, MAGNITUDE, MAGNITUDE, MAGNITUDE};

/* --- Intake ------------------------------------------------------------------------------------------- */

INLINE unsigned bits_of_missing(lanes_i good)
{
    unsigned bits = 0;
    for (int l = 0; l < LANES; l++)
        bits |= (good[l] ? 0u : 1u) << l;
    return bits;
}

INLINE lanes_i is_good(lanes_f x)
{
    return (lanes_f)((lanes_i)x & magnitude) <= LANES_LARGEST; /* false for NaN */
}

static unsigned missing(const lanes_f *frames, size_t n)
{
    lanes_i good = magnitude;
    for (size_t i = 0; i < n; i++)
        good &= is_good(frames[i]);
    return bits_of_missing(good);
}

/* x[order[l]] of eight floats that need not be aligned. */
INLINE lanes_f chosen(const float *x, const int32_t order[LANES])
{
#ifdef __AVX2__
    return (lanes_f)_mm256_permutevar8x32_ps(
        _mm256_loadu_ps(x), _mm256_loadu_si256((const __m256i *)(const void *)order));
#else
    lanes_f y = {0};
    for (int l = 0; l < LANES; l++)
        y[l] = x[order[l]];
    return y;
#endif
}

/* A term of n frames, on top of what stands there (`more`) or of an offset. What is good in all of them. */
INLINE lanes_i mix_term(lanes_f *frames, const float *samples, unsigned channels, size_t n,
                        const struct lanes_mix *term, int more, const float offset[LANES])
{
    lanes_f factor, base;
    lanes_i good = magnitude;
    memcpy(&factor, term->factor, sizeof factor);
    memcpy(&base, offset, sizeof base);
    if (term->near) {
        const float *x = samples + term->lowest;
        for (size_t i = 0; i < n; i++, x += channels) {
            lanes_f y = (more ? frames[i] : base) + chosen(x, term->order) * factor;
            good &= is_good(y);
            frames[i] = y;
        }
        return good;
    }
    for (size_t i = 0; i < n; i++, samples += channels) {
        lanes_f y = {0};
        for (int l = 0; l < LANES; l++)
            y[l] = samples[term->channel[l]];
        y = (more ? frames[i] : base) + y * factor;
        good &= is_good(y);
        frames[i] = y;
    }
    return good;
}

static unsigned mix(lanes_f *frames, const float *samples, unsigned channels, size_t n,
                    const struct lanes_mix *term, unsigned terms, const float offset[LANES])
{
    lanes_i good = mix_term(frames, samples, channels, n, term, 0, offset);
    for (unsigned t = 1; t < terms; t++)
        good = mix_term(frames, samples, channels, n, term + t, 1, offset);
    return bits_of_missing(good);
}

/* --- Sums --------------------------------------------------------------------------------------------- */

/* The companions of a frame's lanes. */
INLINE lanes_d companions(const lanes_f *voltage, const int32_t order[LANES])
{
#ifdef __AVX512F__ /* to convert from memory and then to choose leaves the shuffling port alone */
    __m512i wide = _mm512_cvtepi32_epi64(_mm256_loadu_si256((const __m256i *)(const void *)order));
    return (lanes_d)_mm512_permutexvar_pd(wide,
                                          (__m512d) __builtin_convertvector(*voltage, lanes_d));
#else
    return __builtin_convertvector(chosen((const float *)(const void *)voltage, order), lanes_d);
#endif
}

/* 1 for the lanes that a line voltage drives. */
INLINE lanes_d driven_by_lines(const struct lanes_run *run)
{
    lanes_d d = {0};
    for (int l = 0; l < LANES; l++)
        d[l] = run->lines >> l & 1;
    return d;
}

INLINE void add_frame(struct lanes_sums *s, const struct lanes_run *run, size_t i, double weight,
                      const lanes_d *lines)
{
    lanes_d x = __builtin_convertvector(run->frame[i], lanes_d);
    lanes_d y = companions(&run->voltage[i], run->companion);
    if (lines)
        y -= companions(&run->voltage[i], run->minus) * *lines;
    lanes_d z = x * weight;
    s->square += x * z;
    s->product += y * z;
    s->in_phase += z * run->cosine[i];
    s->quadrature += z * run->sine[i];
}

INLINE void accumulate_all(struct lanes_sums *begin, struct lanes_sums *carry, unsigned block,
                           const struct lanes_run *run, size_t n, const lanes_d *lines)
{
    struct lanes_sums s = *carry;
    for (size_t i = 0; i < n; begin++) {
        size_t end = n - i > block ? i + block : n;
        struct lanes_sums sum = {{0}, {0}, {0}, {0}}; /* a chain of its own hides latency */
        for (; i < end; i++)
            add_frame(&sum, run, i, 1, lines);
        *begin = s;
        s.square += sum.square;
        s.product += sum.product;
        s.in_phase += sum.in_phase;
        s.quadrature += sum.quadrature;
    }
    *carry = s;
}

static void accumulate(struct lanes_sums *begin, struct lanes_sums *carry, unsigned block,
                       const struct lanes_run *run, size_t n)
{
    lanes_d lines = driven_by_lines(run);
    if (run->minus)
        accumulate_all(begin, carry, block, run, n, &lines);
    else
        accumulate_all(begin, carry, block, run, n, NULL);
}

INLINE void sum_all(struct lanes_sums *out, const struct lanes_sums *begin,
                    const struct lanes_run *run, size_t full, const double weight[5],
                    const lanes_d *lines)
{
    struct lanes_sums s = *begin;
    for (size_t i = 0; i < full; i++)
        add_frame(&s, run, i, 1, lines);
    for (size_t i = 0; weight && i < 5; i++)
        add_frame(&s, run, full + i, weight[i], lines);
    *out = s;
}

static void sum(struct lanes_sums *out, const struct lanes_sums *begin, const struct lanes_run *run,
                size_t full, const double weight[5])
{
    lanes_d lines = driven_by_lines(run);
    if (run->minus)
        sum_all(out, begin, run, full, weight, &lines);
    else
        sum_all(out, begin, run, full, weight, NULL);
}

static void oscillate(double *cosine, double *sine, size_t n, double now[2],
                      const double power_cosine[LANES + 1], const double power_sine[LANES + 1])
{
    lanes_d pc, ps;
    memcpy(&pc, power_cosine, sizeof pc);
    memcpy(&ps, power_sine, sizeof ps);
    lanes_d c = pc * now[0] - ps * now[1], s = pc * now[1] + ps * now[0], next;
    double tc = power_cosine[LANES], ts = power_sine[LANES];
    if (n < LANES) { /* chunks so short are of slow sources */
        memcpy(cosine, &c, n * sizeof *cosine);
        memcpy(sine, &s, n * sizeof *sine);
        tc = power_cosine[n], ts = power_sine[n];
        next = c * tc - s * ts, s = s * tc + c * ts, c = next;
    }
    for (size_t i = 0; i + LANES <= n; i += LANES) {
        memcpy(cosine + i, &c, sizeof c);
        memcpy(sine + i, &s, sizeof s);
        next = c * tc - s * ts, s = s * tc + c * ts, c = next;
    }
    now[0] = c[0];
    now[1] = s[0];
}

INLINE lanes_f larger(lanes_f a, lanes_f b)
{
    lanes_i pick = a > b;
    return (lanes_f)(((lanes_i)a & pick) | ((lanes_i)b & ~pick));
}

#define NEXT_OF_THREE(x) __builtin_shufflevector(x, x, 1, 2, 0, 3, 4, 5, 6, 7)

static void peak(lanes_f largest[2], const lanes_f *frames, size_t n)
{
    lanes_f a = largest[0], b = largest[1];
    for (size_t i = 0; i < n; i++) {
        lanes_f x = frames[i];
        lanes_f d = x - NEXT_OF_THREE(x);
        a = larger((lanes_f)((lanes_i)x & magnitude), a);
        b = larger((lanes_f)((lanes_i)d & magnitude), b);
    }
    largest[0] = a;
    largest[1] = b;
}

#include "metrology/lanes_spectrum.h"

extern const struct lanes_ops LANES_NAME;
const struct lanes_ops LANES_NAME = {
    .name = LANES_TEXT,
    .mix = mix,
    .missing = missing,
    .accumulate = accumulate,
    .sum = sum,
    .oscillate = oscillate,
    .peak = peak,
    .place = place,
    .resample = resample,
    .fft = fft,
    .differences = differences,
    .subgroups = subgroups,
    .between = between,
    .flicker = flicker_run,
};
