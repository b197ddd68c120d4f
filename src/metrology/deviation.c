/* Under- and over-deviation (IEC 61000-4-30 5.12): by how much the RMS value lies below or above the
 * nominal voltage, in percent of it; 0 where it lies on the other side. Over several windows the RMS
 * values are cut at the nominal one first (aggregate_sums.c). */
#include "metrology/internal.h"

#include <math.h>

static void put(struct quantity_set *set, enum quantity rms, enum quantity under,
                enum quantity over, double nominal)
{
    if (!quantity_valid(set, rms))
        return;
    double percent = 100 * (set->value[rms] - nominal) / nominal;
    quantity_put(set, under, fmax(-percent, 0));
    quantity_put(set, over, fmax(percent, 0));
}

double nominal_of(const struct metrology *m, enum spectrum_channel c)
{
    const struct metrology_setup *s = &m->setup;
    bool line = c >= SPECTRUM_U12 && c <= SPECTRUM_U31;
    double share = 0;
    if (line)
        share = s->delta ? 1 : s->split ? 2 : m->voltages == 7 ? sqrt(3) : 0;
    else if (c < SPECTRUM_VN && !s->delta)
        share = 1;
    else if (c < SPECTRUM_VN && s->high_leg) /* the neutral lies in the middle between 1 and 2 */
        share = c == SPECTRUM_V3 ? sqrt(0.75) : 0.5;
    return share * s->nominal_voltage_v;
}

void deviation_put(struct metrology *m)
{
    for (unsigned i = 0; i < 3; i++) {
        double v = nominal_of(m, (enum spectrum_channel)(SPECTRUM_V1 + i));
        double u = nominal_of(m, (enum spectrum_channel)(SPECTRUM_U12 + i));
        if (v > 0)
            put(&m->network, Q_V1 + i, Q_UNDER_V1 + i, Q_OVER_V1 + i, v);
        if (u > 0)
            put(&m->network, Q_U12 + i, Q_UNDER_U12 + i, Q_OVER_U12 + i, u);
    }
}
