#include "table/feed.h"

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

static void publish_trace(struct feed *f, const struct metrology *m, int load, unsigned point)
{
    f->trace.lanes = 0;
    f->trace.frames = 0;
    for (unsigned i = 0; i < 3; i++) {
        int voltage =
            load == METROLOGY_NETWORK ? (int)i : metrology_load_voltage(m, (unsigned)load, i);
        if (voltage >= 0)
            add_lane(f, m, METROLOGY_NETWORK, (unsigned)voltage, (enum trace_lane)(TRACE_V1 + i));
    }
    for (unsigned i = 0; load != METROLOGY_NETWORK && i < 4; i++)
        add_lane(f, m, load, i, (enum trace_lane)(TRACE_I1 + i));
    if (f->trace.frames > 0)
        table_publish_trace(f->table, point, &f->trace);
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
