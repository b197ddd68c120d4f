/* One-cycle RMS, refreshed each half cycle (IEC 61000-4-30 3.24): every signal's boundaries lie at the
 * zero crossings of its own fundamental, which lag the reference's marks by its phase. Sums of squares
 * between boundaries come from the running sums. */
#include "metrology/internal.h"

#include <math.h>

/* Crossings are regular while a cycle between them is this near to the tracker's cycle. */
#define REGULAR 0.002

void half_begin(struct metrology *m)
{
    for (unsigned i = 0; i < m->signal_count; i++) {
        m->signal[i].waiting = 0;
        m->signal[i].have = 0;
        m->signal[i].lag = 0;
    }
}

/* How long the signal's next crossing comes after a mark, in cycles: 0 ... 1/2, and a little beyond
 * while it lies near an end, so that it does not hop. */
static double lag_of(struct signal *s)
{
    double lag = -s->offset - 0.5 * floor(-2 * s->offset);
    if (lag - s->lag > 0.25 && lag > 0.46)
        lag -= 0.5;
    else if (s->lag - lag > 0.25 && lag < 0.04)
        lag += 0.5;
    s->lag = lag;
    return lag;
}

void half_schedule(struct metrology *m, double mark)
{
    double cycle = track_cycle(m);
    for (unsigned i = 0; i < m->signal_count; i++) {
        struct signal *s = &m->signal[i];
        if (!s->used)
            continue;
        double boundary = mark + lag_of(s) * cycle;
        bool any = s->have > 0 || s->waiting > 0;
        double before = s->waiting ? s->boundary[s->waiting - 1] : s->last[0];
        if (boundary < STRETCH_BEGIN || (any && boundary - before < 0.25 * cycle))
            continue; /* it has hopped over a mark */
        if (any && boundary - before > 0.75 * cycle)
            boundary -= 0.5 * cycle;
        if (s->waiting < 2)
            s->boundary[s->waiting++] = boundary;
    }
}

static double square_at(const struct metrology *m, unsigned index, double at)
{
    unsigned lanes = m->bank_count * LANES;
    if (index < lanes)
        return sum_of_lane_at(m, &m->bank[index / LANES], index % LANES, 0, at);
    unsigned u = index - lanes, v = (u + 1) % 3;
    struct lanes_sums s;
    sums_at(m, &m->bank[0], at, &s);
    return s.square[u] + s.square[v] - 2 * s.product[u];
}

/* Where a one-cycle window that ends at `at` begins: at the crossing before the last one, unless the
 * crossings have moved (the signal's phase was taken over anew); then one cycle back. */
static double begin_of_cycle(const struct metrology *m, unsigned index, double at, double *square)
{
    const struct signal *s = &m->signal[index];
    double cycle = track_cycle(m);
    *square = s->last_square[1];
    if (fabs(at - s->last[1] - cycle) <= REGULAR * cycle || at - cycle < STRETCH_BEGIN)
        return s->last[1];
    *square = square_at(m, index, at - cycle);
    return at - cycle;
}

static void pass_boundary(struct metrology *m, unsigned index)
{
    struct signal *s = &m->signal[index];
    double at = s->boundary[0], square = square_at(m, index, at);
    if (s->have == 2) {
        double from_square, from = begin_of_cycle(m, index, at, &from_square);
        struct metrology_half_cycle h = {
            .load = s->load,
            .channel = s->channel,
            .start_ns = instant_of(m, from),
            .end_ns = instant_of(m, at),
            .rms = sqrt(fmax((square - from_square) / (at - from), 0)),
        };
        event_half_cycle(m, &h);
        if (m->sink.half_cycle)
            m->sink.half_cycle(m->sink.context, &h);
    }
    s->last[1] = s->last[0];
    s->last_square[1] = s->last_square[0];
    s->last[0] = at;
    s->last_square[0] = square;
    s->have += s->have < 2;
    s->boundary[0] = s->boundary[1];
    s->waiting--;
}

/* Passes the boundaries of signals that share events, in the order of their instants. */
static void pass_in_order(struct metrology *m, const unsigned *index, unsigned count, double limit)
{
    for (;;) {
        unsigned next = UINT32_MAX;
        double earliest = limit;
        for (unsigned i = 0; i < count; i++) {
            const struct signal *s = &m->signal[index[i]];
            if (s->waiting > 0 && s->boundary[0] <= earliest) {
                earliest = s->boundary[0];
                next = index[i];
            }
        }
        if (next == UINT32_MAX)
            return;
        pass_boundary(m, next);
    }
}

void half_advance(struct metrology *m, double limit)
{
    unsigned line = m->bank_count * LANES;
    const unsigned network[] = {0, 1, 2, 3, line, line + 1, line + 2};
    pass_in_order(m, network, 7, limit);
    for (unsigned i = 0; i < m->load_count; i++) {
        unsigned current[4], count = 0;
        for (unsigned c = 0; c < 4; c++)
            if (m->load[i].lane[c] != NO_LANE)
                current[count++] = m->load[i].lane[c];
        pass_in_order(m, current, count, limit);
    }
}
