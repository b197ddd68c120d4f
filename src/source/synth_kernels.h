/* The loops behind synth.h. Included by synth_baseline.c, synth_avx2.c and synth_avx512.c, which differ
 * in the compiler's options, in SYNTH_NAME, and in the lanes SYNTH_WIDTH of one register. */
#include "source/synth.h"

#include <string.h>

/* As many lanes as a register has: wider ones would go through memory. */
typedef double wide __attribute__((vector_size(8 * SYNTH_WIDTH)));
typedef int64_t wide_bits __attribute__((vector_size(8 * SYNTH_WIDTH)));
typedef float wide_float __attribute__((vector_size(4 * SYNTH_WIDTH)));
typedef uint32_t wide_word __attribute__((vector_size(4 * SYNTH_WIDTH)));
typedef int32_t wide_int __attribute__((vector_size(4 * SYNTH_WIDTH)));

static inline wide load(const double *p)
{
    wide x;
    memcpy(&x, __builtin_assume_aligned(p, sizeof x), sizeof x);
    return x;
}

static inline wide_word load_words(const uint32_t *p)
{
    wide_word x;
    memcpy(&x, __builtin_assume_aligned(p, sizeof x), sizeof x);
    return x;
}

static inline void store(double *p, wide x)
{
    memcpy(__builtin_assume_aligned(p, sizeof x), &x, sizeof x);
}

#define TILE 8 /* frames that go through the sums at once, each in a register */

/* Adding and taking away 1.5 * 2^52 rounds to the nearest whole number, in every instruction set. */
#define ROUNDER 0x1.8p52

static void phasors(double *cosine, double *sine, const double *turns)
{
    /* Taylor series on an eighth of a turn to either side: the first term left out is below 1e-17. */
    static const double s[] = {-1.0 / 6,        1.0 / 120,        -1.0 / 5040,         1.0 / 362880,
                               -1.0 / 39916800, 1.0 / 6227020800, -1.0 / 1307674368000};
    static const double c[] = {
        -1.0 / 2,       1.0 / 24,          -1.0 / 720,           1.0 / 40320,
        -1.0 / 3628800, 1.0 / 479001600.0, -1.0 / 87178291200.0, 1.0 / 20922789888000.0};
    const double pi2 = 6.283185307179586476925286766559;
    for (size_t i = 0; i < SYNTH_FRAMES; i++) {
        double quarters = (turns[i] * 4 + ROUNDER) - ROUNDER;
        double x = (turns[i] - quarters * 0.25) * pi2, y = x * x;
        double sn =
            x +
            x * y *
                (s[0] + y * (s[1] + y * (s[2] + y * (s[3] + y * (s[4] + y * (s[5] + y * s[6]))))));
        double cs =
            1 +
            y * (c[0] +
                 y * (c[1] +
                      y * (c[2] + y * (c[3] + y * (c[4] + y * (c[5] + y * (c[6] + y * c[7])))))));
        /* 0, 1, 2, 3: which quarter */
        double q = quarters - 4 * ((quarters * 0.25 - 0.375 + ROUNDER) - ROUNDER);
        double sine_of = q == 0 ? sn : q == 1 ? cs : q == 2 ? -sn : -cs;
        double cosine_of = q == 0 ? cs : q == 1 ? -sn : q == 2 ? -cs : sn;
        sine[i] = sine_of;
        cosine[i] = cosine_of;
    }
}

static void orders(double (*basis)[SYNTH_FRAMES], const unsigned *list, unsigned count,
                   const double *cosine, const double *sine)
{
    double re[SYNTH_FRAMES], im[SYNTH_FRAMES];
    memcpy(re, cosine, sizeof re);
    memcpy(im, sine, sizeof im);
    unsigned order = 1;
    for (unsigned k = 0; k < count; k++) {
        for (; order < list[k]; order++)
            for (size_t i = 0; i < SYNTH_FRAMES; i++) {
                double r = re[i] * cosine[i] - im[i] * sine[i];
                im[i] = re[i] * sine[i] + im[i] * cosine[i];
                re[i] = r;
            }
        memcpy(basis[2 * k], re, sizeof re);
        memcpy(basis[2 * k + 1], im, sizeof im);
    }
}

static void mix(double *sums, double (*basis)[SYNTH_FRAMES], unsigned rows, const double *weights,
                unsigned lanes, unsigned first, unsigned end)
{
    for (unsigned l = 0; l < lanes; l += SYNTH_WIDTH) {
        unsigned f = first;
        for (; f + TILE <= end; f += TILE) {
            wide sum[TILE] = {{0}};
            for (unsigned k = 0; k < rows; k++) {
                wide w = load(&weights[(size_t)k * lanes + l]);
                const double *b = &basis[k][f];
                for (int i = 0; i < TILE; i++)
                    sum[i] += w * b[i];
            }
            for (unsigned i = 0; i < TILE; i++)
                store(&sums[(size_t)(f + i) * lanes + l], sum[i]);
        }
        for (; f < end; f++) {
            wide sum = {0};
            for (unsigned k = 0; k < rows; k++)
                sum += load(&weights[(size_t)k * lanes + l]) * basis[k][f];
            store(&sums[(size_t)f * lanes + l], sum);
        }
    }
}

static inline wide_word scramble(wide_word x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    x ^= x >> 16;
    return x;
}

/* The sum of four even numbers of 16 bits, brought to mean 0 and variance 1. */
static inline wide noise(const uint32_t *frame_key, const struct synth_group *g, unsigned l)
{
    const double mean = 131070, deviation = 37837.22722647986;
    wide_word a = scramble(load_words(&g->key[l]) + frame_key[0]);
    wide_word b = scramble((a ^ frame_key[1]) + load_words(&g->key2[l]));
    wide_word sum = (a & 0xffff) + (a >> 16) + (b & 0xffff) + (b >> 16);
    wide x = __builtin_convertvector((wide_int)sum, wide);
    return (x - mean) * (1 / deviation);
}

static inline wide choose(wide_bits which, wide yes, wide no)
{
    return (wide)((which & (wide_bits)yes) | (~which & (wide_bits)no));
}

/* What lies between the summed waves and a sample, for SYNTH_WIDTH channels of a group. */
static inline wide chain(const struct synth_group *g, unsigned l, wide x, double after, double sway,
                         const uint32_t *frame_key, unsigned stages, wide_bits *over)
{
    const wide zero = {0};
    x *= load(&g->level[l]) + load(&g->slope[l]) * after;
    x *= 1 + load(&g->sway[l]) * sway;
    if (stages & SYNTH_NOISE)
        x += load(&g->noise_rms[l]) * noise(frame_key, g, l);
    wide limit = load(&g->limit[l]);
    x = choose(limit < x, limit, x);
    x = choose(x < -limit, -limit, x);
    if (!(stages & SYNTH_CONVERTER))
        return x;
    wide top = load(&g->top_code[l]), bottom = -top - 1, from_code = load(&g->from_code[l]);
    wide code = (x * load(&g->to_code[l]) + ROUNDER) - ROUNDER;
    *over |= (wide_bits)(top < code) | (wide_bits)(code < bottom);
    code = choose(top < code, top, code);
    code = choose(code < bottom, bottom, code);
    return choose(zero < from_code, code * from_code, x);
}

static uint64_t finish(float *samples, unsigned channels, const double *sums,
                       const struct synth_group *groups, const double *sway,
                       const uint32_t (*frame_keys)[2], unsigned stages, unsigned first,
                       unsigned end)
{
    unsigned lanes = (channels + SYNTH_LANES - 1) / SYNTH_LANES * SYNTH_LANES;
    uint64_t clipped = 0;
    for (unsigned f = first; f < end; f++) {
        const double *row = sums + (size_t)f * lanes;
        float *out = samples + (size_t)f * channels;
        wide_bits over = {0};
        for (unsigned c = 0; c < channels; c += SYNTH_WIDTH) {
            wide x = chain(&groups[c / SYNTH_LANES], c % SYNTH_LANES, load(&row[c]),
                           (double)(f - first), sway[f], frame_keys[f], stages, &over);
            wide_float y = __builtin_convertvector(x, wide_float);
            if (channels - c >= SYNTH_WIDTH)
                memcpy(out + c, &y, sizeof y);
            else
                memcpy(out + c, &y, (channels - c) * sizeof *out);
        }
        int64_t any = 0;
        for (int l = 0; l < SYNTH_WIDTH; l++)
            any |= over[l];
        clipped |= (uint64_t)(any != 0) << f;
    }
    return clipped;
}

const struct synth_ops SYNTH_NAME;
const struct synth_ops SYNTH_NAME = {SYNTH_TEXT, phasors, orders, mix, finish};
