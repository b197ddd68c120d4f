/* Frequency over the intervals of 10 seconds of the clock (IEC 61000-4-30 5.1): the whole cycles between
 * the first and the last upward crossing of the reference in the interval, divided by their duration. The
 * crossings are the tracker's marks: of the fundamental, steered by phasors of whole cycles that see no
 * harmonics, and going on evenly through a dip. */
#include "metrology/internal.h"

#define PERIOD_NS (10 * NS_PER_S)
/* Half cycles without a steady signal, of those in the interval, from which on the frequency is not a
 * measured one. */
#define COASTED_SHARE 0.5

void clock10_begin(struct metrology *m)
{
    struct clock10 *c = &m->clock10;
    c->next = -1;
    c->end_ns = clock_floor(m->start_ns, PERIOD_NS) + PERIOD_NS;
    c->whole = m->start_ns == c->end_ns - PERIOD_NS;
    c->first = c->last = -1;
    c->coasted = 0;
    c->hz = 0; /* what was before a gap is over */
}

/* The interval that the latest mark lies beyond. */
static void end_interval(struct metrology *m)
{
    struct clock10 *c = &m->clock10;
    double halves = (double)(c->last - c->first);
    c->hz = 0;
    if (c->whole && m->track.locked && halves > 0) {
        c->hz = halves / 2 / (c->last_at - c->first_at) * m->rate_hz;
        c->quality = c->coasted > COASTED_SHARE * halves ? QUALITY_HELD : 0u;
        if (event_overlaps(m, c->end_ns - PERIOD_NS, c->end_ns))
            c->quality |= QUALITY_FLAGGED;
    }
}

static void begin_interval(struct metrology *m, int64_t at_ns)
{
    struct clock10 *c = &m->clock10;
    c->end_ns = clock_floor(at_ns, PERIOD_NS) + PERIOD_NS;
    c->whole = true;
    c->first = c->last = -1;
    c->coasted = 0;
}

void clock10_advance(struct metrology *m)
{
    struct clock10 *c = &m->clock10;
    const struct tracker *t = &m->track;
    if (c->next < 0)
        c->next = t->first_mark;
    for (; c->next < t->mark_count; c->next++) {
        double at = t->mark[c->next & (MARKS - 1)];
        int64_t at_ns = instant_of(m, at);
        if (at_ns >= c->end_ns) {
            end_interval(m);
            begin_interval(m, at_ns);
        }
        c->coasted += t->unsteady > 0;
        if (c->next & 1)
            continue;
        if (c->first < 0) {
            c->first = c->next;
            c->first_at = at;
        }
        c->last = c->next;
        c->last_at = at;
    }
}

void clock10_put(struct metrology *m)
{
    const struct clock10 *c = &m->clock10;
    if (c->hz <= 0)
        return;
    quantity_put(&m->network, Q_F_10S, c->hz);
    m->network.quality[Q_F_10S] |= (uint8_t)c->quality;
}
