/* The loops behind lanes.h. Included by lanes_baseline.c, lanes_avx2.c and lanes_avx512.c, which differ
 * in the compiler's options and in LANES_NAME only. */
#include "metrology/flicker_kernels.h"
#include "metrology/lanes.h"

#include <math.h>
#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#define MAGNITUDE 0x7fffffff
static const lanes_i magnitude = {MAGNITUDE, MAGNITUDE, MAGNITUDE, MAGNITUDE,
                                  MAGNITUDE, MAGNITUDE, MAGNITUDE, MAGNITUDE};

static unsigned missing(const lanes_f *frames, size_t n)
{
    lanes_i good = magnitude;
    for (size_t i = 0; i < n; i++)
        good &= (lanes_f)((lanes_i)frames[i] & magnitude) <= LANES_LARGEST; /* false for NaN */
    unsigned bits = 0;
    for (int l = 0; l < LANES; l++)
        bits |= (good[l] ? 0u : 1u) << l;
    return bits;
}

static void gather(lanes_f *companion, const lanes_f *frames, const int32_t index[LANES], size_t n)
{
#ifdef __AVX2__
    __m256i order = _mm256_loadu_si256((const __m256i *)(const void *)index);
    for (size_t i = 0; i < n; i++)
        companion[i] = (lanes_f)_mm256_permutevar8x32_ps((__m256)frames[i], order);
#else
    for (size_t i = 0; i < n; i++)
        for (int l = 0; l < LANES; l++)
            companion[i][l] = frames[i][index[l]];
#endif
}

static void accumulate(struct lanes_sums *out, struct lanes_sums *carry, const lanes_f *frames,
                       const lanes_f *companion, const double *cosine, const double *sine, size_t n)
{
    struct lanes_sums s = *carry;
    for (size_t i = 0; i < n; i++) {
        lanes_d x = __builtin_convertvector(frames[i], lanes_d);
        lanes_d y = __builtin_convertvector(companion[i], lanes_d);
        s.square += x * x;
        s.product += x * y;
        s.in_phase += x * cosine[i];
        s.quadrature += x * sine[i];
        out[i] = s;
    }
    *carry = s;
}

static void interpolate(struct lanes_sums *out, const struct lanes_sums *ring, uint64_t mask,
                        uint64_t base, const double weight[6])
{
    struct lanes_sums sum = {{0}, {0}, {0}, {0}};
    for (unsigned i = 0; i < 6; i++) {
        const struct lanes_sums *s = &ring[(base + i) & mask];
        double w = weight[i];
        sum.square += s->square * w;
        sum.product += s->product * w;
        sum.in_phase += s->in_phase * w;
        sum.quadrature += s->quadrature * w;
    }
    *out = sum;
}

static inline __attribute__((always_inline)) lanes_f larger(lanes_f a, lanes_f b)
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

/* Outputs that are made together: they share the frames that they read, which lie up to SPREAD apart. */
#define TOGETHER 4
#define SPREAD   8
#define REACH    (LANES_TAPS + SPREAD)

/* The taps for one output, `shift` frames into a row of REACH; the rest of the row is 0. */
static inline __attribute__((always_inline)) void
place_taps(float *row, size_t shift, double fraction, const struct lanes_kernel *kernel)
{
    double phase = fraction * LANES_PHASES; /* as a float it could round up to LANES_PHASES */
    int p = (int)phase;
    float between = (float)(phase - p);
    const float *low = kernel->tap[p], *high = kernel->tap[p + 1];
    for (int t = 0; t < REACH; t++)
        row[t] = 0;
    for (int t = 0; t < LANES_TAPS; t++)
        row[shift + (size_t)t] = low[t] + between * (high[t] - low[t]);
}

static void resample(lanes_f *out, size_t points, const lanes_f *frames, double first, double step,
                     const struct lanes_kernel *kernel)
{
    float tap[TOGETHER][REACH] __attribute__((aligned(64)));
    for (size_t i = 0; i < points; i += TOGETHER) {
        double base = floor(first + (double)i * step);
        size_t reach = LANES_TAPS;
        for (size_t k = 0; k < TOGETHER; k++) {
            double at = first + (double)(i + k) * step, whole = floor(at);
            size_t shift = (size_t)(whole - base);
            place_taps(tap[k], shift, at - whole, kernel);
            reach = LANES_TAPS + shift;
        }
        const lanes_f *x = frames + (ptrdiff_t)base - (LANES_TAPS / 2 - 1);
        /* two chains for each output hide the adder's latency */
        lanes_f even[TOGETHER] = {{0}}, odd[TOGETHER] = {{0}};
        for (size_t t = 0; t < reach; t += 2)
            for (int k = 0; k < TOGETHER; k++) {
                even[k] += x[t] * tap[k][t];
                odd[k] += x[t + 1] * tap[k][t + 1];
            }
        for (size_t k = 0; k < TOGETHER && i + k < points; k++)
            out[i + k] = even[k] + odd[k];
    }
}

/* One pass of Stockham's radix-4 transform: n points left in each of `stride` interleaved parts. */
static void fft_pass4(struct lanes_complex *y, const struct lanes_complex *x, size_t n,
                      size_t stride, const float *table)
{
    size_t q4 = n / 4;
    for (size_t p = 0; p < q4; p++) {
        const float *w = table + 2 * p * stride;
        float c1 = w[0], s1 = w[1];
        float c2 = table[4 * p * stride], s2 = table[4 * p * stride + 1];
        float c3 = c1 * c2 - s1 * s2, s3 = c1 * s2 + s1 * c2;
        const struct lanes_complex *xa = x + stride * p, *xb = xa + stride * q4,
                                   *xc = xb + stride * q4, *xd = xc + stride * q4;
        struct lanes_complex *to = y + 4 * stride * p;
        for (size_t q = 0; q < stride; q++) {
            lanes_f ar = xa[q].re + xc[q].re, ai = xa[q].im + xc[q].im;
            lanes_f br = xa[q].re - xc[q].re, bi = xa[q].im - xc[q].im;
            lanes_f cr = xb[q].re + xd[q].re, ci = xb[q].im + xd[q].im;
            lanes_f dr = xb[q].re - xd[q].re, di = xb[q].im - xd[q].im;
            to[q].re = ar + cr;
            to[q].im = ai + ci;
            lanes_f er = br + di, ei = bi - dr; /* (a - c) - j (b - d) */
            to[q + stride].re = er * c1 + ei * s1;
            to[q + stride].im = ei * c1 - er * s1;
            lanes_f fr = ar - cr, fi = ai - ci;
            to[q + 2 * stride].re = fr * c2 + fi * s2;
            to[q + 2 * stride].im = fi * c2 - fr * s2;
            lanes_f gr = br - di, gi = bi + dr; /* (a - c) + j (b - d) */
            to[q + 3 * stride].re = gr * c3 + gi * s3;
            to[q + 3 * stride].im = gi * c3 - gr * s3;
        }
    }
}

static void fft_pass2(struct lanes_complex *y, const struct lanes_complex *x, size_t stride)
{
    for (size_t q = 0; q < stride; q++) {
        struct lanes_complex a = x[q], b = x[q + stride];
        y[q].re = a.re + b.re;
        y[q].im = a.im + b.im;
        y[q + stride].re = a.re - b.re;
        y[q + stride].im = a.im - b.im;
    }
}

static void fft(struct lanes_complex *line, size_t lines, lanes_f *frames, lanes_f *work,
                size_t points, const float *table)
{
    /* Two real points make one complex one. The table begins with the factors of the half-length
     * transform, cos and sin of 2 pi i / half; those of the full length follow. */
    size_t half = points / 2;
    struct lanes_complex *x = (struct lanes_complex *)(void *)frames;
    struct lanes_complex *y = (struct lanes_complex *)(void *)work;
    size_t stride = 1;
    for (size_t n = half; n > 1;) {
        if (n >= 4) {
            fft_pass4(y, x, n, stride,
                      table); /* n * stride = half: angle 2 pi p / n is entry p * stride */
            n /= 4;
            stride *= 4;
        } else {
            fft_pass2(y, x, stride);
            n /= 2;
            stride *= 2;
        }
        struct lanes_complex *t = x;
        x = y;
        y = t;
    }
    for (size_t k = 0; k < lines; k++) {
        const struct lanes_complex a = x[k], b = x[k ? half - k : 0];
        lanes_f er = (a.re + b.re) * 0.5f, ei = (a.im - b.im) * 0.5f;  /* of the even points */
        lanes_f or_ = (a.im + b.im) * 0.5f, oi = (b.re - a.re) * 0.5f; /* of the odd ones */
        float c = table[points + 2 * k], s = table[points + 2 * k + 1];
        line[k].re = er + or_ * c + oi * s;
        line[k].im = ei + oi * c - or_ * s;
    }
}

static void differences(struct lanes_complex *out, const struct lanes_complex *line, size_t lines)
{
    for (size_t k = 0; k < lines; k++) {
        lanes_f re = line[k].re, im = line[k].im;
        out[k].re = re - NEXT_OF_THREE(re);
        out[k].im = im - NEXT_OF_THREE(im);
    }
}

static void subgroups(lanes_f *rms, const struct lanes_complex *line, unsigned cycles,
                      unsigned highest, const float *scale)
{
    unsigned side = cycles < 3 ? 0 : 1; /* so near, the neighbours' lines would be the same */
    for (unsigned h = 1; h <= highest; h++) {
        lanes_f sum = {0};
        for (unsigned k = h * cycles - side; k <= h * cycles + side; k++)
            sum += line[k].re * line[k].re + line[k].im * line[k].im;
        for (int l = 0; l < LANES; l++)
            sum[l] = sqrtf(sum[l]);
        rms[h] = sum * scale[h];
    }
}

extern const struct lanes_ops LANES_NAME;
const struct lanes_ops LANES_NAME = {
    .name = LANES_TEXT,
    .missing = missing,
    .gather = gather,
    .accumulate = accumulate,
    .interpolate = interpolate,
    .peak = peak,
    .resample = resample,
    .fft = fft,
    .differences = differences,
    .subgroups = subgroups,
    .flicker = flicker_run,
};
