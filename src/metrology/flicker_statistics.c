/* Block 5: the distribution of P_inst over ten minutes, and P_st from it (IEC 61000-4-15:2010 5.7). */
#include "metrology/flicker.h"

#include <math.h>
#include <string.h>

/* Class 0 is below 2^FLICKER_LOWEST; class 1 begins there. The upper bits of a float are its exponent and
 * the first seven digits of its mantissa. */
#define SHIFT 16
#define FIRST ((uint32_t)(127 + FLICKER_LOWEST) << 7)

static double lower_end(unsigned number)
{
    if (number == 0)
        return 0;
    unsigned n = number - 1;
    return ldexp(1 + n % 128 / 128.0, FLICKER_LOWEST + (int)(n / 128));
}

void flicker_distribution_add(struct flicker_distribution *d, double p_inst)
{
    float x = (float)fmax(p_inst, 0);
    uint32_t bits, number = 0;
    memcpy(&bits, &x, sizeof bits);
    bits >>= SHIFT;
    if (bits >= FIRST)
        number = bits - FIRST + 1;
    if (number >= FLICKER_CLASSES)
        number = FLICKER_CLASSES - 1;
    if (d->count[number] < UINT16_MAX) {
        d->count[number]++;
        d->total++;
    }
}

double flicker_distribution_level(const struct flicker_distribution *d, double percent)
{
    double wanted = percent / 100 * d->total, above = 0;
    for (unsigned n = FLICKER_CLASSES; n-- > 0;) {
        double count = d->count[n];
        if (count > 0 && above + count >= wanted) {
            double low = lower_end(n), high = lower_end(n + 1);
            return high - (high - low) * (wanted - above) / count;
        }
        above += count;
    }
    return 0;
}

static double mean_level(const struct flicker_distribution *d, const double *percent, unsigned n)
{
    double sum = 0;
    for (unsigned i = 0; i < n; i++)
        sum += flicker_distribution_level(d, percent[i]);
    return sum / n;
}

double flicker_distribution_pst(const struct flicker_distribution *d)
{
    static const double p1[] = {0.7, 1, 1.5}, p3[] = {2.2, 3, 4}, p10[] = {6, 8, 10, 13, 17},
                        p50[] = {30, 50, 80};
    return sqrt(0.0314 * flicker_distribution_level(d, 0.1) + 0.0525 * mean_level(d, p1, 3) +
                0.0657 * mean_level(d, p3, 3) + 0.28 * mean_level(d, p10, 5) +
                0.08 * mean_level(d, p50, 3));
}
