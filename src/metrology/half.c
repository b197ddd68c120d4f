/* One-cycle RMS, refreshed each half cycle (IEC 61000-4-30 3.24): every signal's boundaries lie at the
 * zero crossings of its own fundamental, which lag the reference's marks by its phase. Sums of squares
 * between boundaries come from the running sums. */
#include "metrology/internal.h"

#include <math.h>

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

static void pass_boundary(struct metrology *m, unsigned index)
{
    struct signal *s = &m->signal[index];
    double at = s->boundary[0], square = square_at(m, index, at);
    if (s->have == 2) {
        double mean = (square - s->last_square[1]) / (at - s->last[1]);
        struct metrology_half_cycle h = {
            .load = s->load,
            .channel = s->channel,
            .start_ns = instant_of(m, s->last[1]),
            .end_ns = instant_of(m, at),
            .rms = sqrt(fmax(mean, 0)),
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

void half_advance(struct metrology *m, double limit)
{
    for (unsigned i = 0; i < m->signal_count; i++)
        while (m->signal[i].waiting > 0 && m->signal[i].boundary[0] <= limit)
            pass_boundary(m, i);
}
