/* The order of a stream's samples by smpCnt: which is next, what is missing, what came twice or late.
 *
 * Where counts begin again at 0 is told, or learned when they first do.
 * Positions ("ticks") count samples since the first one, missing ones included. Counts repeat every
 * second; how many seconds a gap has lasted is taken from the capture times of its two ends. */
#ifndef SOURCE_SV_SEQUENCE_H
#define SOURCE_SV_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

enum sv_step {
    SV_FIRST,     /* of the stream */
    SV_NEXT,      /* continues the one before */
    SV_AFTER_GAP, /* samples are missing before it */
    SV_JUMPED,    /* the counter was set anew; the position is by capture time */
    SV_REPEATED,  /* came already: to be dropped */
    SV_LATE,      /* belongs before one that came already: to be dropped */
};

struct sv_sequence {
    double rate_hz;
    uint32_t modulus; /* 0: not known yet */
    bool begun;
    uint32_t last;   /* count accepted last */
    uint64_t tick;   /* position of the sample last accepted */
    uint64_t recent; /* bit i: the sample at tick - i came */
    bool has_time;
    int64_t last_ns;
    uint64_t lost, gaps, repeated, late, jumps;
};

void sv_sequence_init(struct sv_sequence *q, double rate_hz, uint32_t modulus);

/* Takes the next count that arrived and says what it is. For all but SV_REPEATED and SV_LATE q->tick is
 * then its position. */
enum sv_step sv_sequence_push(struct sv_sequence *q, uint32_t count, bool has_time,
                              int64_t time_ns);

#endif
