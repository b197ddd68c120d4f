#include "table/feed.h"

#include <math.h>
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

/* --- Aggregates and fast values ------------------------------------------------------------------------ */

/* Counters are those of the end of the interval, which the store may not have written yet; the window's own
 * are shown once it has. */
static void publish_without_counters(struct feed *f, unsigned point, enum table_kind kind,
                                     const struct quantity_set *set)
{
    f->set = *set;
    memset(f->set.energy_mj, 0, sizeof f->set.energy_mj);
    for (int q = 0; q < Q_COUNT; q++)
        if (quantity_info((enum quantity)q)->kind == KIND_COUNTER) {
            f->set.value[q] = 0;
            f->set.quality[q] = 0;
        }
    table_publish_aggregate(f->table, point, kind, &f->set);
}

void feed_aggregate(void *feed, struct metrology *m, const struct metrology_aggregate *a)
{
    struct feed *f = feed;
    enum table_kind kind = (enum table_kind)a->span;
    (void)m;
    publish_without_counters(f, 0, kind, a->network);
    for (unsigned i = 0; i < a->load_count; i++)
        publish_without_counters(f, f->point[i], kind, &a->load[i]);
}

static void put_all(struct quantity_set *set, enum quantity first, const double *value,
                    unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (isfinite(value[i]))
            quantity_put(set, first + i, value[i]);
}

void feed_fast(void *feed, const struct metrology_fast *f)
{
    struct feed *to = feed;
    struct quantity_set *set = &to->set;
    for (unsigned i = 0; i <= f->load_count; i++) {
        memset(set, 0, sizeof *set);
        set->start_ns = f->start_ns;
        set->end_ns = f->end_ns;
        set->cycles = f->cycles;
        set->flags = f->flags;
        put_all(set, Q_F, &f->frequency, 1);
        if (i == 0) {
            put_all(set, Q_V1, f->voltage, 4);
            put_all(set, Q_U12, f->line_voltage, 3);
            table_publish_aggregate(to->table, 0, TABLE_FAST, set);
            continue;
        }
        const struct metrology_fast_load *l = &f->load[i - 1];
        put_all(set, Q_I1, l->current, METROLOGY_LINES);
        put_all(set, Q_P, l->p, 4);
        put_all(set, Q_Q, l->q, 4);
        put_all(set, Q_S, l->s, 4);
        put_all(set, Q_PF, l->power_factor, 4);
        table_publish_aggregate(to->table, to->point[i - 1], TABLE_FAST, set);
    }
}
