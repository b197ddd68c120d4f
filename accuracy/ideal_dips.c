/* Dips, swells and interruptions of every depth, length and start angle on random sets of phases, against
 * what the definition gives for them. */
#include "dips.h"
#include "lab.h"

#include <math.h>
#include <string.h>

#define SLOT_S 1.6 /* an event each */
#define SLOTS  20
#define ASKED  "asked of Busbar: dips"

struct scene {
    struct simulator_config signal;
    struct simulator_event event[SIMULATOR_EVENTS_MAX];
    unsigned first[SLOTS], count[SLOTS];
    struct dips_rule rule[SLOTS];
    struct dips_truth truth[SLOTS];
    bool delta;
};

/* Numbers that are the same in every run (splitmix64). */
static double draw(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static double length_of(uint64_t *state, double hz)
{
    static const double cycles[] = {0.5, 1, 1.5, 2.5, 5, 10};
    double u = draw(state);
    if (u < 0.75) /* as often a round number of cycles as any other */
        return cycles[(size_t)(draw(state) * 6)] / hz;
    return (0.5 + 40 * draw(state) * draw(state)) / hz;
}

/* Puts one event into slot k, with a depth of its own for each phase of a random set. */
static void put_event(struct scene *s, unsigned k, uint64_t *state)
{
    struct simulator_config *c = &s->signal;
    double length = length_of(state, c->network.frequency_hz);
    double start = (k + 0.5) * SLOT_S + draw(state) / c->network.frequency_hz;
    unsigned set = 1 + (unsigned)(draw(state) * 7);
    double kind = draw(state), depth = draw(state);
    bool alike = draw(state) < 0.4;
    s->rule[k] = kind < 0.6   ? (struct dips_rule){EVENT_DIP, 90, 2}
                 : kind < 0.8 ? (struct dips_rule){EVENT_SWELL, 110, 2}
                              : (struct dips_rule){EVENT_INTERRUPTION, 10, 2};
    if (s->rule[k].kind == EVENT_INTERRUPTION) {
        set = 7;
        length = fmax(length, 1.5 / c->network.frequency_hz);
    }
    for (unsigned p = 0; p < 3; p++) {
        if (!(set >> p & 1))
            continue;
        depth = alike ? depth : draw(state);
        double residual = s->rule[k].kind == EVENT_DIP     ? 0.895 * depth
                          : s->rule[k].kind == EVENT_SWELL ? 1.12 + 0.6 * depth
                                                           : 0.09 * depth;
        s->event[c->event_count++] = (struct simulator_event){1u << p, start, length, residual, 0};
        s->count[k]++;
    }
}

static void build(struct scene *s, double hz, bool delta, uint64_t *state)
{
    memset(s, 0, sizeof *s);
    simulator_config_init(&s->signal);
    s->delta = delta;
    s->signal.network.frequency_hz = hz;
    s->signal.duration_s = SLOTS * SLOT_S + 0.5;
    s->signal.events = s->event;
    for (unsigned k = 0; k < SLOTS; k++) {
        s->first[k] = s->signal.event_count;
        do { /* until rounding does not decide */
            s->signal.event_count = s->first[k];
            s->count[k] = 0;
            put_event(s, k, state);
            s->truth[k] = dips_of(&s->signal, delta, s->first[k], s->count[k], &s->rule[k]);
        } while (s->truth[k].doubtful);
    }
}

static const char *function_of(enum event_kind kind)
{
    return kind == EVENT_DIP ? "Udip" : kind == EVENT_SWELL ? "Uswl" : "Uint";
}

static void write_event(struct lab *lab, const struct scene *s, unsigned k,
                        const struct dips_record *r)
{
    const struct dips_truth *t = &s->truth[k];
    const struct simulator_event *e = &s->event[s->first[k]];
    double hz = s->signal.network.frequency_hz, cycles = e->duration_s * hz;
    double nominal = s->signal.network.nominal_v * (s->delta ? sqrt(3) : 1);
    unsigned found, set = 0;
    const struct metrology_event *m =
        dips_find(r, s->rule[k].kind, k * SLOT_S, (k + 1) * SLOT_S, &found);
    char condition[140], depths[48] = "";
    size_t used = 0;
    for (unsigned i = s->first[k]; i < s->first[k] + s->count[k]; i++) {
        set |= s->event[i].phases;
        used += (size_t)snprintf(depths + used, sizeof depths - used, " %.3g",
                                 100 * s->event[i].residual);
    }
    snprintf(condition, sizeof condition,
             "%g Hz; %.4g cycles from %.0f deg on phases%s%s%s to%s %%; %s", hz, cycles,
             360 * (e->start_s * hz - floor(e->start_s * hz)), set & 1 ? " 1" : "",
             set & 2 ? " 2" : "", set & 4 ? " 3" : "", depths, s->delta ? "U" : "V");
    const char *function = function_of(s->rule[k].kind);
    struct lab_judge judge = {"ideal",        "arithmetic", function, "asked",
                              "% of nominal", 0.2,          ASKED,    "V"};
    if (!t->any) { /* too short or too shallow to be one: the core must say nothing */
        judge.unit = "events";
        judge.limit = 0;
        lab_row(lab, &judge, NAN, NULL, 0, found, found, "none by definition: %s", condition);
        return;
    }
    double extreme = m ? dips_extreme(m) : NAN;
    lab_row(lab, &judge, cycles, "length, cycles", t->extreme_v, extreme,
            (extreme - t->extreme_v) / nominal * 100, "%s", condition);
    double is = (t->end_s - t->start_s) * hz;
    double reads = m ? (double)(m->end_ns - m->start_ns) / 1e9 * hz : NAN;
    judge.unit = "cycles";
    judge.value_unit = "cycles";
    judge.limit = 0.5;
    judge.function = s->rule[k].kind == EVENT_DIP     ? "Udip duration"
                     : s->rule[k].kind == EVENT_SWELL ? "Uswl duration"
                                                      : "Uint duration";
    lab_row(lab, &judge, cycles, "length, cycles", is, reads, reads - is, "%s", condition);
}

void lab_ideal_dips(struct lab *lab)
{
    static const double hz[] = {50, 49.3, 50.7, 47.5, 52.3, 60, 59.1, 61.3, 42.5, 69};
    static struct scene s;
    uint64_t state = 20150830;
    for (size_t i = 0; i < (lab->brief ? 2 : sizeof hz / sizeof *hz); i++)
        for (int delta = 0; delta < 2; delta++) {
            struct metrology_setup setup;
            struct dips_record r = {0};
            const struct lab_sink sink = {.context = &r, .event = dips_take};
            build(&s, hz[i], delta, &state);
            lab_setup(&setup, NULL, &s.signal, hz[i] > 55 ? 60 : 50);
            setup.delta = delta;
            if (delta)
                setup.nominal_voltage_v *= sqrt(3);
            lab_run(lab, &s.signal, &setup, &sink);
            for (unsigned k = 0; k < SLOTS; k++)
                write_event(lab, &s, k, &r);
        }
}
