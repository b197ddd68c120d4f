#include "table/feed.h"

#include <string.h>

static void add_lane(struct feed *f, const struct metrology *m, int load, unsigned signal,
                     enum trace_lane lane)
{
    struct trace *t = &f->trace;
    int64_t start_ns;
    double rate_hz;
    unsigned n = metrology_trace(m, load, signal, &t->sample[0][lane], TRACE_FRAMES, TRACE_LANES,
                                 &start_ns, &rate_hz);
    if (n == 0)
        return;
    t->start_ns = start_ns;
    t->rate_hz = rate_hz;
    t->frames = n;
    t->lanes |= 1u << lane;
}

/* The voltages stand in the trace from the network's turn; a load adds its currents. */
static void publish_trace(struct feed *f, const struct metrology *m, int load, unsigned point)
{
    struct trace *t = &f->trace;
    if (load == METROLOGY_NETWORK) {
        memset(t, 0, sizeof *t);
        for (unsigned i = 0; i < 3; i++)
            add_lane(f, m, load, i, (enum trace_lane)(TRACE_V1 + i));
    } else {
        const uint32_t voltages = 1u << TRACE_V1 | 1u << TRACE_V2 | 1u << TRACE_V3;
        t->lanes &= voltages;
        for (unsigned i = 0; i < 4; i++)
            add_lane(f, m, load, i, (enum trace_lane)(TRACE_I1 + i));
    }
    if (t->frames > 0)
        table_publish_trace(f->table, point, t);
}

void feed_window(void *feed, struct metrology *m, const struct metrology_window *w)
{
    struct feed *f = feed;
    table_publish(f->table, 0, w->network);
    publish_trace(f, m, METROLOGY_NETWORK, 0);
    for (unsigned i = 0; i < w->load_count; i++) {
        table_publish(f->table, f->point[i], &w->load[i]);
        publish_trace(f, m, (int)i, f->point[i]);
    }
}
