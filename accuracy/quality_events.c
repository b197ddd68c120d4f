/* Dips, swells, interruptions and flagging in the shape of IEC 62586-2. The states bring their frequency,
 * harmonics and interharmonics; the voltage before and after an event is Udin. */
#include "dips.h"
#include "quality.h"

#include "base/instant.h"

#define RESIDUAL "IEC 61000-4-30 class A: 0.2 % Udin [K]"
#define DURATION "IEC 61000-4-30 class A: 1 cycle [K]"
#define FLAGGING "IEC 61000-4-30 4.7, flagging [K]"

static const struct point {
    const char *function, *duration;
    enum event_kind kind;
    double threshold, residual, cycles;
} points[] = {
    {"dips", "dip duration", EVENT_DIP, 90, 0.85, 2.5},
    {"dips", "dip duration", EVENT_DIP, 90, 0.7, 10},
    {"dips", "dip duration", EVENT_DIP, 90, 0.4, 30},
    {"dips", "dip duration", EVENT_DIP, 90, 0.15, 2.5},
    {"dips", "dip duration", EVENT_DIP, 90, 0.6, 150},
    {"swells", "swell duration", EVENT_SWELL, 110, 1.2, 2.5},
    {"swells", "swell duration", EVENT_SWELL, 110, 1.3, 10},
    {"swells", "swell duration", EVENT_SWELL, 110, 1.45, 30},
    {"interruptions", "interruption duration", EVENT_INTERRUPTION, 5, 0, 10},
    {"interruptions", "interruption duration", EVENT_INTERRUPTION, 5, 0.02, 30},
};

static void write_event(struct lab *lab, const struct chain_device *d, enum quality_state state,
                        const struct point *p)
{
    struct worst extreme = {0}, length = {0};
    for (unsigned draw = 0; draw < quality_draws(lab); draw++) {
        struct quality_scene s;
        struct dips_record r = {0};
        const struct lab_sink sink = {.context = &r, .event = dips_take};
        quality_begin(&s, state, OWN_VOLTAGE | OWN_FLICKER, 50);
        double hz = s.c.network.frequency_hz;
        const struct dips_rule rule = {p->kind, p->threshold, 2};
        struct simulator_event e = {7, 0.9 + 0.003 * draw, p->cycles / hz, p->residual, 0};
        struct dips_truth t;
        s.c.events = &e;
        s.c.event_count = 1;
        s.c.duration_s = 1.9 + p->cycles / hz;
        while ((t = dips_of(&s.c, false, 0, 1, &rule)).doubtful)
            e.start_s += 0.0007; /* rounding would decide what the event is */
        quality_finish(&s, d, draw, 50);
        s.setup.interruption_percent = p->kind == EVENT_INTERRUPTION ? p->threshold : 5;
        lab_run(lab, &s.c, &s.setup, &sink);
        /* within the event: the residual share of everything, harmonics as well */
        double is = p->residual * closed_rms(&s.c, 0, SPECTRUM_V1, 0);
        unsigned found;
        const struct metrology_event *m = dips_find(&r, p->kind, 0, 9, &found);
        quality_take(&extreme, is, m ? dips_extreme(m) : NAN, 100 / 230.0, draw);
        quality_take(&length, (t.end_s - t.start_s) * hz,
                     m ? (double)(m->end_ns - m->start_ns) / 1e9 * hz : NAN, 1, draw);
    }
    const struct lab_judge judge[] = {
        {"quality", d->name, p->function, "A", "% of Udin", 0.2, RESIDUAL, "V"},
        {"quality", d->name, p->duration, "A", "cycles", 1, DURATION, "cycles"},
    };
    char condition[64];
    snprintf(condition, sizeof condition, "%s; %g cycles to %g %%", quality_state_name(state),
             p->cycles, p->residual * 100);
    worst_row(lab, &judge[0], p->cycles, "length, cycles", &extreme, condition);
    worst_row(lab, &judge[1], p->cycles, "length, cycles", &length, condition);
}

/* --- Flagging --------------------------------------------------------------------------------------------------- */

struct flags {
    int64_t from_ns, to_ns; /* of the event, by its definition */
    unsigned wrong, flagged, seen;
};

/* A window or aggregate is flagged if the event lies in it, and else not. */
static void judge_interval(struct flags *f, const struct quantity_set *s, int64_t start_ns,
                           int64_t end_ns)
{
    static const enum quantity q[] = {Q_F, Q_V1, Q_V3, Q_VNB, Q_THD_V2, Q_UNDER_V1, Q_OVER_V2};
    bool should = start_ns < f->to_ns && end_ns > f->from_ns;
    for (size_t i = 0; i < sizeof q / sizeof *q; i++)
        f->wrong += quantity_valid(s, q[i]) && !(s->quality[q[i]] & QUALITY_FLAGGED) == should;
    f->wrong += !quantity_valid(s, Q_V1);
    f->flagged += should;
    f->seen++;
}

static void judge_window(void *context, const struct metrology_window *w)
{
    judge_interval(context, w->network, w->network->start_ns, w->network->end_ns);
}

static void judge_aggregate(void *context, const struct metrology_aggregate *a)
{
    judge_interval(context, a->network, a->start_ns, a->end_ns);
}

static void write_flagging(struct lab *lab, const struct chain_device *d, double residual,
                           const char *name)
{
    struct quality_scene s;
    struct flags f = {0};
    const struct simulator_event e = {2, 601.2345, 0.1, residual, 0};
    const struct dips_rule rule = {residual > 1 ? EVENT_SWELL : EVENT_DIP, residual > 1 ? 110 : 90,
                                   2};
    const struct lab_sink sink = {
        .context = &f, .window = judge_window, .aggregate = judge_aggregate};
    quality_begin(&s, STATE_1, 0, 50);
    s.c.events = &e;
    s.c.event_count = 1;
    s.c.duration_s = 1205; /* two ten minutes and a little */
    quality_finish(&s, d, 0, 50);
    s.c.clock_error_ppm = 0;
    s.setup.resync_s = 600;
    s.setup.spans = 1u << METROLOGY_SPAN_CYCLES | 1u << METROLOGY_SPAN_10MIN;
    struct dips_truth t = dips_of(&s.c, false, 0, 1, &rule);
    f.from_ns = (int64_t)(t.start_s * NS_PER_S) + 1000; /* instants are known to a microsecond */
    f.to_ns = (int64_t)(t.end_s * NS_PER_S) - 1000;
    lab_run(lab, &s.c, &s.setup, &sink);
    const struct lab_judge judge = {"quality",     d->name, "flagging", "A",
                                    "wrong flags", 0,       FLAGGING,   "intervals"};
    lab_row(lab, &judge, NAN, NULL, f.flagged, f.flagged, f.wrong + (f.flagged < 3),
            "%s in phase 2; %u windows, 150-cycle and 10-minute values, %u of them with the event",
            name, f.seen, f.flagged);
}

/* --- Aggregation -------------------------------------------------------------------------------------------------- */

struct aggregation {
    struct worst *v, *count;
};

#define AGGREGATION "IEC 61000-4-30 4.4: root of the mean of the squares, without gaps [K]"

/* Two voltages take turns in the ten minutes: the aggregate is the root of the mean of the squares. */
static void take_ten_minutes(void *context, const struct metrology_aggregate *a)
{
    struct aggregation *g = context;
    double is = 230 * sqrt((1 + 0.95 * 0.95) / 2);
    if (a->span == METROLOGY_SPAN_CYCLES && a->ending == METROLOGY_ENDED)
        worst_take(g->count, 15, a->windows, a->windows - 15.0, "150 cycles");
    if (a->span != METROLOGY_SPAN_10MIN || a->ending != METROLOGY_ENDED)
        return;
    worst_take(g->v, is, a->network->value[Q_V1], 100 * (a->network->value[Q_V1] - is) / 230,
               "10 minutes");
}

static void write_aggregation(struct lab *lab, const struct chain_device *d)
{
    struct quality_scene s;
    struct worst v = {0}, count = {0};
    struct aggregation g = {&v, &count};
    /* so slowly that no window is torn often: 30 s each */
    const struct simulator_event e = {7, 0, 30, 0.95, 60};
    const struct lab_sink sink = {.context = &g, .aggregate = take_ten_minutes};
    quality_begin(&s, STATE_1, 0, 50);
    s.c.events = &e;
    s.c.event_count = 1;
    s.c.duration_s = 1201;
    quality_finish(&s, d, 0, 50);
    s.c.clock_error_ppm = 0;
    s.setup.no_spectra = true;
    s.setup.resync_s = 600;
    s.setup.spans = 1u << METROLOGY_SPAN_CYCLES | 1u << METROLOGY_SPAN_10MIN;
    lab_run(lab, &s.c, &s.setup, &sink);
    const struct lab_judge judge[] = {
        {"quality", d->name, "aggregation", "A", "% of Udin", 0.1, AGGREGATION, "V"},
        {"quality", d->name, "aggregation, windows", "A", "windows", 0, AGGREGATION, "windows"},
    };
    worst_row(lab, &judge[0], NAN, NULL, &v, "100 and 95 % of Udin in turn, 30 s each");
    worst_row(lab, &judge[1], NAN, NULL, &count, "windows in each 150 cycles");
}

void lab_quality_events(struct lab *lab)
{
    unsigned count;
    const struct chain_device *d = chain_devices(&count);
    for (unsigned i = 0; i < quality_devices(lab); i++) {
        for (enum quality_state s = STATE_1; s < QUALITY_STATES; s++)
            for (size_t k = 0; k < sizeof points / sizeof *points; k++)
                write_event(lab, &d[i], s, &points[k]);
        write_flagging(lab, &d[i], 0.7, "a dip to 70 %");
        if (!lab->brief) {
            write_flagging(lab, &d[i], 1.3, "a swell to 130 %");
            write_aggregation(lab, &d[i]);
        }
    }
}
