/* A short stretch of samples for the scope. */
#include "metrology/internal.h"

#include <math.h>

int metrology_load_voltage(const struct metrology *m, unsigned load, unsigned which)
{
    const struct load_state *l = &m->load[load];
    bool single = load_is_single(l);
    unsigned voltage = single ? l->wiring.phase[0] : which;
    if ((single && which > 0) || voltage >= DRIVE_U12 || !m->signal[voltage].used)
        return -1;
    return (int)voltage;
}

unsigned metrology_trace(const struct metrology *m, int load, unsigned signal, float *sample,
                         unsigned room, unsigned stride, int64_t *start_ns, double *rate_hz)
{
    unsigned lane = load == METROLOGY_NETWORK ? signal : m->load[load].lane[signal];
    if (lane == NO_LANE || !m->signal[lane].used)
        return 0;
    /* Two cycles that begin where a cycle of the first voltage (or current) began, some three ago. */
    const struct tracker *t = &m->track;
    unsigned reference = 0;
    while (!m->signal[reference].used)
        reference++;
    int64_t mark = (t->mark_count - 1 - 6) & ~INT64_C(1);
    if (mark < t->first_mark)
        return 0;
    double lag = -m->signal[reference].offset;
    double begin = t->mark[mark & (MARKS - 1)] + (lag - floor(lag)) * track_cycle(m);
    int64_t first = (int64_t)ceil(begin);
    int64_t frames = (int64_t)(2 * track_cycle(m));
    if (first < 0 || first + frames > m->processed)
        return 0;
    unsigned step = (unsigned)((frames + room - 1) / room);
    unsigned n = (unsigned)(frames / step);
    const struct bank *b = &m->bank[lane / LANES];
    for (unsigned i = 0; i < n; i++)
        sample[(size_t)i * stride] =
            b->frame[(uint64_t)(first + (int64_t)i * step) & (m->frame_ring - 1)][lane % LANES];
    *start_ns = instant_of(m, (double)first);
    *rate_hz = m->rate_hz / step;
    return n;
}
