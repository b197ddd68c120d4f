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

void deviation_put(struct metrology *m)
{
    double nominal = m->setup.nominal_voltage_v;
    if (nominal <= 0)
        return;
    /* The nominal voltage is that of U on a network without neutral, else of V; U has one of its own then
     * if there are three phases. */
    for (int i = 0; i < 3; i++) {
        if (!m->setup.delta)
            put(&m->network, Q_V1 + i, Q_UNDER_V1 + i, Q_OVER_V1 + i, nominal);
        if (m->setup.delta || m->voltages == 7)
            put(&m->network, Q_U12 + i, Q_UNDER_U12 + i, Q_OVER_U12 + i,
                m->setup.delta ? nominal : nominal * sqrt(3));
    }
}
