#include "metrology/lanes.h"

#include <math.h>

#ifndef M_PI
#define M_PI 3.14159265358979323846
#endif

/* Kaiser's beta for about 85 dB. What the kernel takes from high harmonics is given back by its known
 * response, so only its images matter: with 24 taps they are down by that much where they could fall
 * onto an order that is reported. */
#define KAISER_BETA 8.4

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

/* The continuous kernel at distance `t` (in frames) from its middle. */
static double kernel_at(double t)
{
    double half = LANES_TAPS / 2.0;
    if (fabs(t) >= half)
        return 0;
    double r = t / half;
    double window = bessel_i0(KAISER_BETA * sqrt(1 - r * r)) / bessel_i0(KAISER_BETA);
    return window * (t == 0 ? 1 : sin(M_PI * t) / (M_PI * t));
}

void lanes_kernel_init(struct lanes_kernel *k, float *gain, unsigned points)
{
    for (int p = 0; p <= LANES_PHASES; p++) {
        double sum = 0, tap[LANES_TAPS];
        for (int t = 0; t < LANES_TAPS; t++) {
            tap[t] = kernel_at((double)p / LANES_PHASES - (t - (LANES_TAPS / 2 - 1)));
            sum += tap[t];
        }
        for (int t = 0; t < LANES_TAPS; t++) /* a constant stays what it is, at every phase */
            k->tap[p][t] = (float)(tap[t] / sum);
    }
    /* Response to a cosine of each frequency: the kernel's Fourier integral, by midpoints of one side. */
    double side[LANES_TAPS / 2 * GAIN_STEPS];
    for (int n = 0; n < LANES_TAPS / 2 * GAIN_STEPS; n++)
        side[n] = 2 * kernel_at((n + 0.5) / GAIN_STEPS) / GAIN_STEPS;
    for (unsigned i = 0; i < points; i++) {
        double turn = M_PI * i / (points - 1) / GAIN_STEPS, sum = 0;
        double c = cos(turn / 2), s = sin(turn / 2), tc = cos(turn), ts = sin(turn);
        for (int n = 0; n < LANES_TAPS / 2 * GAIN_STEPS; n++) {
            sum += side[n] * c;
            double next = c * tc - s * ts;
            s = s * tc + c * ts;
            c = next;
        }
        gain[i] = (float)sum;
    }
}

void lanes_fft_init(float *table, unsigned points)
{
    unsigned half = points / 2;
    for (unsigned i = 0; i < half; i++) {
        double a = 2 * M_PI * i / half, b = 2 * M_PI * i / points;
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
