#include "metrology/values.h"

double sequence_component(const struct phasor p[3], int thirds)
{
    struct phasor sum = {0, 0};
    for (int i = 0; i < 3; i++) {
        struct phasor t = phasor_turned(p[i], thirds * i);
        sum.re += t.re / 3;
        sum.im += t.im / 3;
    }
    return phasor_length(sum);
}

void sequence_put(struct quantity_set *set, const struct phasor p[3], const enum quantity rms[3],
                  const struct sequence_quantities *q)
{
    double direct = sequence_component(p, 1), inverse = sequence_component(p, 2);
    double homopolar = sequence_component(p, 0);
    put(set, q->direct, direct);
    put(set, q->inverse, inverse);
    put(set, q->homopolar, homopolar);
    put(set, q->unbalance, direct > 0 ? 100 * inverse / direct : NAN);
    put(set, q->zero, direct > 0 ? 100 * homopolar / direct : NAN);
    double mean = 0, largest = 0;
    for (int i = 0; i < 3; i++)
        mean += set->value[rms[i]] / 3;
    for (int i = 0; i < 3; i++)
        largest = fmax(largest, fabs(set->value[rms[i]] - mean));
    put(set, q->amplitude, mean > 0 ? 100 * largest / mean : NAN);
}
