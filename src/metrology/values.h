/* What the files that make quantities share. Inside the core only.
 *
 * channel.c: one signal; sequence.c: groups of three; power.c: products; values.c: the network's set and
 * the loads' sets from these. */
#ifndef METROLOGY_VALUES_H
#define METROLOGY_VALUES_H

#include "metrology/internal.h"

#include <math.h>

/* --- Phasors ------------------------------------------------------------------------------------------ */

struct phasor {
    double re, im;
};

static inline double phasor_length(struct phasor p)
{
    return sqrt(p.re * p.re + p.im * p.im);
}

/* Turned on by so many thirds of a turn. */
static inline struct phasor phasor_turned(struct phasor p, int thirds)
{
    static const double c[] = {1, -0.5, -0.5},
                        s[] = {0, 0.86602540378443864676, -0.86602540378443864676};
    int k = ((thirds % 3) + 3) % 3;
    return (struct phasor){p.re * c[k] - p.im * s[k], p.re * s[k] + p.im * c[k]};
}

/* Puts a value into a set; Q_COUNT stands for no quantity, and what is not finite is not available. */
static inline void put(struct quantity_set *set, enum quantity q, double value)
{
    if (q != Q_COUNT && isfinite(value))
        quantity_put(set, q, value);
}

/* --- channel.c ---------------------------------------------------------------------------------------- */

/* A signal over the window. */
struct channel {
    double rms, peak;
    struct phasor fundamental; /* RMS, against a cosine at the window's begin */
    const lanes_f *harmonic;   /* orders 0 ... HARMONIC_MAX, in `lane` of each */
    const lanes_f *inter;      /* interharmonic subgroups likewise */
    unsigned highest_inter;    /* 0: there are none */
    unsigned lane;
};

/* Of a lane, of a line voltage (0 U12 ...), of a drive. With highest = 0 (no spectrum was made) the
 * fundamental is that of the last cycle; so all channels are to be taken with the same. */
struct channel channel_of_lane(const struct metrology *m, unsigned lane, unsigned highest);
struct channel channel_of_line(const struct metrology *m, unsigned u, unsigned highest);
struct channel channel_of_drive(const struct metrology *m, unsigned drive, unsigned highest);
/* Is there such a voltage? */
bool channel_drives(const struct metrology *m, unsigned drive);

/* RMS, spectrum, and what follows from them. demand_a: the current that TDD is against; 0: no TDD. */
void channel_put(struct quantity_set *set, enum spectrum_channel c, const struct channel *from,
                 unsigned highest, double demand_a);

/* Mean of those of `count` quantities that are there. */
void channel_put_mean(struct quantity_set *set, enum quantity to, const enum quantity *from,
                      unsigned count);

/* --- sequence.c --------------------------------------------------------------------------------------- */

struct sequence_quantities {
    enum quantity direct, inverse, homopolar, unbalance, amplitude, zero; /* Q_COUNT: not wanted */
};

/* Size of the component of three phasors whose phases follow by `thirds` of a turn: 1 direct, 2 inverse,
 * 0 homopolar (Fortescue). */
double sequence_component(const struct phasor p[3], int thirds);

/* Symmetrical components and unbalance of three channels: inverse / direct and homopolar / direct from
 * the fundamentals (IEC 61000-4-30 5.7.1), and the largest deviation from the mean of the RMS values. */
void sequence_put(struct quantity_set *set, const struct phasor p[3], const enum quantity rms[3],
                  const struct sequence_quantities *q);

/* --- power.c ------------------------------------------------------------------------------------------ */

/* The interval that m->result is about. */
struct span {
    double begin, end; /* coordinates */
    unsigned highest;  /* order of its spectrum; 0: there is none */
};

struct power {
    double p, q, s; /* W, var, VA */
    double p1, q1;  /* of the fundamental; q1 is positive where the current lags */
};

/* Powers of a load's currents over the window (or rest) whose means stand in m->result. Returns a bit for
 * each of `phase` that there is. */
unsigned power_of_phases(const struct metrology *m, const struct load_state *load,
                         const struct span *span, struct power phase[3]);
/* Their total, by the method of the setup. */
struct power power_of_total(const struct metrology *m, const struct power phase[3], unsigned which);

/* P Q S PF with its type, and the displacement's quantities (not without spectrum): of the load (which = 0)
 * or of a phase (1, 2, 3). */
void power_put(const struct metrology *m, struct quantity_set *set, const struct power *w,
               unsigned which, unsigned highest);

/* Counts powers that held for `seconds`. */
void power_count(const struct metrology *m, struct load_state *load, const struct power *total,
                 const struct power phase[3], unsigned which, double seconds);

#endif
