/* Sums over the values of windows, and the one value that stands for them all (IEC 61000-4-30 4.4).
 * What is done with a quantity follows from its unit and kind, once for all, as a rule of numbers, so
 * that the loops are the same for every quantity. Not for other rooms. */
#ifndef METROLOGY_AGGREGATE_SUMS_H
#define METROLOGY_AGGREGATE_SUMS_H

#include "metrology/metrology.h"

enum aggregate_kind {
    AGGREGATE_RMS,     /* root of the mean of the squares: voltages, currents, shares, factors */
    AGGREGATE_MEAN,    /* with its sign: powers, frequency, direct components */
    AGGREGATE_UNDER,   /* RMS of the voltages cut above at the nominal one (5.12) */
    AGGREGATE_OVER,    /* cut below */
    AGGREGATE_ANGLE,   /* of the sum of vectors, as long as the apparent power */
    AGGREGATE_DERIVED, /* anew from the aggregates of P, S and the angle: power factors, cos, tan */
    AGGREGATE_LARGEST,
    AGGREGATE_LAST, /* of the last window: counters, states, what holds for longer than a window */
};

enum aggregate_kind aggregate_kind_of(enum quantity q);

/* Of each value x, constant + linear x + square x^2 is summed; the result is offset + scale y with y the
 * mean of that or, if `root`, its square root. */
struct aggregate_rules {
    double constant[Q_COUNT], linear[Q_COUNT], square[Q_COUNT];
    double offset[Q_COUNT], scale[Q_COUNT];
    uint8_t root[Q_COUNT];
    uint8_t kind[Q_COUNT];
};

void aggregate_rules_init(struct aggregate_rules *r);

#define AGGREGATE_ORDERS (2 * (HARMONIC_MAX + 1)) /* harmonics, then interharmonics */
#define AGGREGATE_ANGLES 4                        /* PHI, PHI1 ... PHI3 */
#define AGGREGATE_PEAKS  3                        /* PINST1 ... PINST3 */

/* Of one load, or the network. */
struct aggregate_sums {
    double value[Q_COUNT];
    uint32_t count[Q_COUNT]; /* values that were valid */
    uint8_t quality[Q_COUNT];
    uint32_t flags;
    double turn[AGGREGATE_ANGLES][2];
    double peak[AGGREGATE_PEAKS];
    struct aggregate_spectrum {
        double square[AGGREGATE_ORDERS]; /* [0]: the direct component itself */
        double turn[2];
        uint32_t count, count_inter;
        uint8_t highest, highest_inter; /* that all have */
    } spectrum[SPECTRUM_COUNT];
};

void aggregate_sums_clear(struct aggregate_sums *s);
void aggregate_sums_add(struct aggregate_sums *s, const struct aggregate_rules *r,
                        const struct quantity_set *set);
void aggregate_sums_merge(struct aggregate_sums *s, const struct aggregate_sums *other);

/* Writes the values into `set`, but for AGGREGATE_LAST, which stay as they are there; and the flags.
 * `more` are QUALITY_ bits that every value gets. */
void aggregate_sums_result(const struct aggregate_sums *s, const struct aggregate_rules *r,
                           enum metrology_pf_sign pf_sign, uint32_t more, struct quantity_set *set);

#endif
