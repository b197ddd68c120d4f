/* What acquire.c and track.c share. Not for other rooms. */
#ifndef METROLOGY_TRACK_H
#define METROLOGY_TRACK_H

#include "metrology/internal.h"

#include <math.h>

/* A signal is steady while its phase keeps within this of what is expected, and its amplitude within three
 * times its usual spread, which noise and interharmonics make, between two shares of it. */
#define STEADY_PHASE 0.03 /* cycles */
#define STEADY_LEAST 0.04
#define STEADY_MOST  0.12
/* Half cycles after which a lasting change is accepted as the new state, and those for which a tone has
 * to move evenly before: by this much of its amplitude, and cycles, from one half cycle to the next. */
#define ACCEPT_AFTER 24
#define ACCEPT_EVEN  8
#define EVEN_LEVEL   0.04
#define EVEN_PHASE   0.012
/* Share of the fundamental in a signal's mean square that makes it fit to be followed. */
#define TONAL_SHARE 0.25

/* Cycles to -1/2 ... 1/2. */
static inline double track_wrap(double cycles)
{
    return cycles - floor(cycles + 0.5);
}

static inline double track_clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* Frequencies that are followed, in cycles per frame. */
static inline double track_lowest(const struct metrology *m)
{
    return LOWEST_OF_NOMINAL * m->setup.nominal_hz / m->rate_hz;
}

static inline double track_highest(const struct metrology *m)
{
    return HIGHEST_OF_NOMINAL * m->setup.nominal_hz / m->rate_hz;
}

/* Smallest amplitude (peak) at which a signal may steer. */
double track_floor_of(const struct metrology *m, unsigned signal);
/* Signals that may steer: phase voltages; currents where there are none, or where all are dead. */
bool track_may_steer(const struct metrology *m, unsigned signal);
/* The first signal that may steer and was steady at least so many half cycles; NULL: none. */
const struct signal *track_find_steady(const struct metrology *m, unsigned least);

#endif
