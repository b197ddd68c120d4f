/* The samples' clock: what blocks say of when they were taken, and what follows from it. Instants of a stretch
 * are its start and the frames since; the start is moved slowly where the blocks' clock runs away. */
#include "metrology/internal.h"

/* Instants lie between 1853 and 2086, so that differences of any two fit. */
#define LATEST_NS (INT64_MAX / 5 * 2)

int64_t follow_start(const struct wave_block *block)
{
    int64_t ns = block->start_ns;
    return ns < -LATEST_NS ? -LATEST_NS : ns > LATEST_NS ? LATEST_NS : ns;
}

/* A block whose start is so far off is no continuation. */
#define STEP_NS 100000000
/* Instants follow the blocks where they are off by more than FOLLOW_NS, by a share of the time. */
#define FOLLOW_NS    1000000
#define FOLLOW_SHARE 1e-3

static int64_t off_by(const struct metrology *m, const struct wave_block *block)
{
    int64_t waiting = m->shift ? (int64_t)m->shift->held - (int64_t)m->shift->ready : 0;
    uint64_t expected = (uint64_t)instant_of(m, (double)(m->frames + waiting));
    return (int64_t)((uint64_t)block->start_ns - expected);
}

bool follow_continues(const struct metrology *m, const struct wave_block *block)
{
    if (block->flags & WAVE_BEGIN || block->rate_hz != m->rate_hz)
        return false;
    int64_t off = m->running ? off_by(m, block) : 0;
    return off > -STEP_NS && off < STEP_NS;
}

void follow_clock(struct metrology *m, const struct wave_block *block)
{
    int64_t off = off_by(m, block);
    int64_t most = (int64_t)(FOLLOW_SHARE * block->frames / block->rate_hz * 1e9);
    if (off > FOLLOW_NS)
        m->start_ns += off < most ? off : most;
    else if (off < -FOLLOW_NS)
        m->start_ns += off > -most ? off : -most;
}
