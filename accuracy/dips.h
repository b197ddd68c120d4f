/* Events on sines of constant frequency as IEC 61000-4-30 defines them, in closed form: which one-cycle RMS
 * values a signal has, and what event they make. */
#ifndef ACCURACY_DIPS_H
#define ACCURACY_DIPS_H

#include "metrology/metrology.h"
#include "source/simulator.h"

struct dips_rule {
    enum event_kind kind; /* dip, swell, interruption */
    double threshold_percent, hysteresis_percent;
};

/* Begins with the first channel past the threshold and ends when all are back; an interruption begins with
 * the last and ends when one is back. */
struct dips_truth {
    bool any;
    bool doubtful; /* a value lies so near to a threshold that rounding decides */
    double start_s, end_s, extreme_v;
};

/* What the events (indices first ... first + count - 1 of the signal's, on at the same time) make. delta:
 * of the line voltages, of sines only. The signal has no sequences. With harmonics, the extreme of a long
 * event is that of its first and last cycles. */
struct dips_truth dips_of(const struct simulator_config *c, bool delta, unsigned first,
                          unsigned count, const struct dips_rule *rule);

/* Collects the events of a run that have ended. */
#define DIPS_MAX 256
struct dips_record {
    unsigned count;
    struct metrology_event event[DIPS_MAX];
};
void dips_take(void *record, const struct metrology_event *e);

/* Of the events of that kind the one that begins in an interval; NULL: none, or more than one. */
const struct metrology_event *dips_find(const struct dips_record *r, enum event_kind kind,
                                        double from_s, double to_s, unsigned *count);

/* Lowest, or highest, value of all channels. */
double dips_extreme(const struct metrology_event *e);

#endif
