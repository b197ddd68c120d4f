#include "metrology/lanes.h"

#include <math.h>
#include <string.h>

#ifndef M_PI
#define M_PI 3.14159265358979323846
#endif

void lanes_mix_prepare(struct lanes_mix *term, unsigned channels)
{
    unsigned least = channels, most = 0;
    for (int l = 0; l < LANES; l++) {
        least = term->channel[l] < least ? term->channel[l] : least;
        most = term->channel[l] > most ? term->channel[l] : most;
    }
    term->lowest = least + LANES <= channels || channels < LANES ? least : channels - LANES;
    term->near = channels >= LANES && most < term->lowest + LANES;
    for (int l = 0; l < LANES; l++)
        term->order[l] = (int32_t)(term->channel[l] - term->lowest);
}

/* Points per frame for the integral of the response. */
#define GAIN_STEPS 32

static double bessel_i0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; term > 1e-10; k++) {
        term *= x / 2 / k;
        sum += term * term;
    }
    return sum;
}

static double sinc(double x)
{
    return x == 0 ? 1 : sin(M_PI * x) / (M_PI * x);
}

/* The continuous kernel at distance `t` (in frames) from its middle, `half` wide on either side, unscaled. */
static double kernel_at(double t, double half, double edge, double beta)
{
    double r = t / half;
    return fabs(r) < 1 ? bessel_i0(beta * sqrt(1 - r * r)) * sinc(2 * edge * t) : 0;
}

void lanes_kernel_init(struct lanes_kernel *k, unsigned taps, double edge, double beta, float *gain,
                       unsigned points)
{
    double half = taps / 2.0;
    memset(k, 0, sizeof *k);
    k->taps = taps;
    for (int p = 0; p <= LANES_PHASES; p++) {
        double sum = 0, tap[LANES_ROW];
        for (unsigned t = 0; t < taps; t++)
            sum += tap[t] =
                kernel_at((double)p / LANES_PHASES - (t - (half - 1)), half, edge, beta);
        for (unsigned t = 0; t < taps; t++) /* a constant stays what it is, at every phase */
            k->phase[p].tap[t] = (float)(tap[t] / sum);
    }
    /* Response to a cosine of each frequency: the kernel's Fourier integral, by midpoints of one side, and that
     * of the straight lines between the phases. */
    double side[LANES_ROW / 2 * GAIN_STEPS], all = 0;
    unsigned steps = taps / 2 * GAIN_STEPS;
    for (unsigned n = 0; n < steps; n++)
        all += side[n] = kernel_at((n + 0.5) / GAIN_STEPS, half, edge, beta);
    for (unsigned i = 0; i < points; i++) {
        double frequency = (double)i / (points - 1), turn = 2 * M_PI * frequency / GAIN_STEPS;
        double c = cos(turn / 2), s = sin(turn / 2), tc = cos(turn), ts = sin(turn), sum = 0;
        for (unsigned n = 0; n < steps; n++) {
            sum += side[n] * c;
            double next = c * tc - s * ts;
            s = s * tc + c * ts;
            c = next;
        }
        gain[i] = (float)(sum / all * pow(sinc(frequency / LANES_PHASES), 2));
    }
}

void lanes_fft_init(float *table, unsigned points)
{
    unsigned half = points / 2;
    for (unsigned i = 0; i < half; i++) {
        double a = 2 * M_PI * i / half, b = 2 * M_PI * i / points + M_PI / 2;
        table[2 * i] = (float)cos(a);
        table[2 * i + 1] = (float)sin(a);
        table[points + 2 * i] = (float)cos(b);
        table[points + 2 * i + 1] = (float)sin(b);
    }
}

extern const struct lanes_ops lanes_ops_baseline, lanes_ops_avx2, lanes_ops_avx512;

const struct lanes_ops *lanes_ops(enum lanes_level level)
{
#ifdef LANES_X86
    if (level == LANES_AUTO || level == LANES_AVX512) {
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512dq"))
            return &lanes_ops_avx512;
        if (level == LANES_AVX512)
            return NULL;
    }
    if (level == LANES_AUTO || level == LANES_AVX2) {
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
            return &lanes_ops_avx2;
        if (level == LANES_AVX2)
            return NULL;
    }
    return &lanes_ops_baseline;
#else
    return level <= LANES_BASELINE ? &lanes_ops_baseline : NULL;
#endif
}
