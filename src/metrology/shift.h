/* Channels that come earlier: the phase error of a sensor is a time, by which its channel is moved before
 * anything else looks at the samples. Inside the core only.
 *
 * A filter of SHIFT_TAPS frames (Lagrange: exact for polynomials of that many points, so at mains
 * frequency far below a part in 10^9) reads x(t + advance) between the frames. Since it needs frames that
 * lie ahead, all channels wait for it; at the ends of a stretch the frames lie to one side. A setup
 * without such a channel has none of this. */
#ifndef METROLOGY_SHIFT_H
#define METROLOGY_SHIFT_H

#include "metrology/metrology.h"

#define SHIFT_TAPS  12
#define SHIFT_PIECE 512 /* frames that are moved at a time, at most */

struct shifted {
    uint16_t channel;
    double advance_us;
    int32_t whole;         /* frames */
    double part;           /* of a frame, 0 ... 1 */
    float tap[SHIFT_TAPS]; /* from frame n + whole - SHIFT_TAPS / 2 + 1 on */
};

struct shift {
    unsigned channels; /* of the source that anyone looks at */
    unsigned count;
    struct shifted *shifted;
    uint32_t reach; /* frames before and after one that its value may need */
    uint32_t held;  /* frames in `raw`, */
    uint32_t ready; /* of which so many have been given already */
    float *raw;     /* of `channels` each */
    uint8_t *flags;
    float *moved;
};

/* How many different channels are to be moved. */
unsigned shift_count(const struct metrology_setup *s);
/* Channels of the source, from the first on, that anyone looks at. */
unsigned shift_channels(const struct metrology_setup *s);
/* Frames that `raw` must have room for. */
uint32_t shift_room(double rate_hz);
/* Lists the channels in `shifted` (shift_count of them). */
void shift_init(struct shift *s, const struct metrology_setup *setup);

void shift_begin(struct shift *s, double rate_hz); /* a stretch */
/* Takes in up to SHIFT_PIECE frames. */
void shift_take(struct shift *s, const float *samples, unsigned channels, uint32_t n,
                uint8_t flags);
/* The next frames that are ready, at most SHIFT_PIECE of equal flags; `all`: the stretch has ended. Returns
 * how many stand in s->moved; 0: none. */
uint32_t shift_give(struct shift *s, bool all, uint8_t *flags);

#endif
