/* Times of frames, one after another, to stretches at one rate: for recordings whose rate stands
 * nowhere but in the times of their samples (CSV with a time column, COMTRADE with nrates = 0).
 *
 * The step of a stretch is the mean of its regular steps, seeded by the median of its first ones. A
 * frame continues the stretch while it comes no more than half a step late, or its step is no longer
 * than 1.5 of the usual: times that are rounded, or jitter about a steady clock, do not break it. */
#ifndef SOURCE_TIMELINE_H
#define SOURCE_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

struct timeline_stretch {
    uint64_t first;   /* frame */
    uint64_t frames;  /* at least 1 */
    int64_t start_ns; /* as pushed */
    double rate_hz;   /* 0: a single frame, and nothing to compare it with */
};

#define TIMELINE_LOOK 64 /* frames that are looked at before a stretch is begun */

struct timeline {
    double resolution_ns; /* smallest difference that the times can show */
    double fixed_step_ns; /* the rate is known, only gaps are looked for; 0: it is not */
    /* A stretch is complete; false stops (then push and finish return false too). */
    bool (*emit)(void *context, const struct timeline_stretch *stretch);
    void *context;

    /* the present stretch */
    int64_t ahead[TIMELINE_LOOK]; /* its first times, until it is begun */
    unsigned waiting;
    bool begun;
    double step_ns, expected_ns; /* expected: of the last frame, from `start_ns` */
    int64_t start_ns, last_ns;
    uint64_t first, frames;
    double last_rate_hz; /* of the stretch before */
    bool stands;         /* the times do not advance */
};

void timeline_init(struct timeline *t, double resolution_ns, double fixed_rate_hz,
                   bool (*emit)(void *, const struct timeline_stretch *), void *context);

/* False if `emit` said so, or if the times stand still for TIMELINE_LOOK frames (then `stands`). */
bool timeline_push(struct timeline *t, int64_t ns);
bool timeline_finish(struct timeline *t);

/* A rate that was found by counting: the round one that was surely meant (a multiple of 50 or 60 Hz
 * within 30 ppm, or a whole number within what the times can tell apart), else itself. */
double timeline_round_rate(double rate_hz, double relative_uncertainty);

#endif
