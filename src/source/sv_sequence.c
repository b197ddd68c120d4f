#include "source/sv_sequence.h"

#include <math.h>

/* How far capture times may be beside the sample clock: queues and batches, not clocks. */
#define CAPTURE_JITTER_S 0.05

void sv_sequence_init(struct sv_sequence *q, double rate_hz, uint32_t modulus)
{
    *q = (struct sv_sequence){.rate_hz = rate_hz, .modulus = modulus};
}

/* Counts have 16 bits. */
static uint32_t modulus_of(const struct sv_sequence *q)
{
    return q->modulus ? q->modulus : 65536;
}

static void accept(struct sv_sequence *q, uint64_t advance, uint32_t count, bool has_time,
                   int64_t time_ns)
{
    q->tick += advance;
    q->recent = (advance < 64 ? q->recent << advance : 0) | 1;
    q->last = count;
    if (has_time) {
        q->last_ns = time_ns;
        q->has_time = true;
    }
}

/* Behind the newest by `back` (1: the newest itself came again). */
static enum sv_step drop(struct sv_sequence *q, uint32_t back)
{
    bool came = back <= 64 && (q->recent >> (back - 1) & 1);
    if (came)
        q->repeated++;
    else
        q->late++;
    return came ? SV_REPEATED : SV_LATE;
}

static enum sv_step lose(struct sv_sequence *q, uint64_t lost)
{
    q->lost += lost;
    q->gaps++;
    return SV_AFTER_GAP;
}

/* The counter has gone back far without time for so many samples: it began again. The last sample before
 * that may be missing, then the rate is a little above what was seen. */
static void learn_modulus(struct sv_sequence *q)
{
    q->modulus = q->last + 1;
    if (q->rate_hz >= q->modulus && q->rate_hz <= q->modulus * 1.02)
        q->modulus = (uint32_t)lround(q->rate_hz);
}

enum sv_step sv_sequence_push(struct sv_sequence *q, uint32_t count, bool has_time, int64_t time_ns)
{
    if (!q->begun) {
        q->begun = true;
        accept(q, 0, count, has_time, time_ns);
        return SV_FIRST;
    }
    bool timed = has_time && q->has_time;
    double jitter = fmax(CAPTURE_JITTER_S * q->rate_hz, 1);
    /* in samples: how long ago the last one came, and how much of that the counts explain */
    double elapsed = timed ? ((double)time_ns - (double)q->last_ns) * 1e-9 * q->rate_hz : 0;
    if (!q->modulus && count + jitter < q->last && elapsed < 2 * jitter)
        learn_modulus(q);
    uint32_t modulus = modulus_of(q);
    count %= modulus;
    uint32_t missing = (count + 2 * modulus - q->last - 1) % modulus;
    uint32_t back = modulus - missing; /* if it is an old one */

    if (!timed) {
        if (missing > 0 && back <= jitter)
            return drop(q, back);
        accept(q, missing + UINT64_C(1), count, has_time, time_ns);
        return missing ? lose(q, missing) : SV_NEXT;
    }

    if (missing > 0 && back <= jitter && elapsed < 2 * jitter)
        return drop(q, back);
    double turns = round((elapsed - 1 - missing) / modulus);
    if (turns < 0)
        turns = 0;
    double unexplained = elapsed - 1 - missing - turns * modulus;
    if (missing == 0 && (turns == 0 || fabs(unexplained) > jitter)) {
        /* the counts go on; capture times that stumble change nothing */
        accept(q, 1, count, has_time, time_ns);
        return SV_NEXT;
    }
    if (fabs(unexplained) > jitter && missing > jitter) {
        uint64_t advance = elapsed > 1 ? (uint64_t)llround(fmin(elapsed, 1e15)) : 1;
        accept(q, advance, count, has_time, time_ns);
        q->jumps++;
        return SV_JUMPED;
    }
    if (fabs(unexplained) > jitter)
        turns = 0; /* few missing while the capture stumbled */
    uint64_t lost = missing + (uint64_t)fmin(turns * modulus, 1e15);
    accept(q, lost + 1, count, has_time, time_ns);
    return lose(q, lost);
}
