/* Powers, energies, currents and power factors of modelled chains at the test points of the standards. */
#include "chain.h"
#include "closed.h"
#include "worst.h"

#include <string.h>

enum kind { PF_ONE, PF_HALF, PF_QUARTER, SIN_ONE, SIN_HALF, SIN_QUARTER };
enum function { FUNCTION_I, FUNCTION_S, FUNCTION_PF };

static const struct power_point {
    const char *class_;
    double from, to;
    enum kind kind;
    double limit;
    const char *source;
} active[] =
    {
#define ACTIVE(class_, from, to, kind, limit, source) {class_, from, to, kind, limit, source},
#include "points.def"
},
  reactive[] = {
#define REACTIVE(class_, from, to, kind, limit, source) {class_, from, to, kind, limit, source},
#include "points.def"
};

static const struct band {
    enum function function;
    const char *class_;
    double from, to, limit;
    const char *source;
} bands[] = {
#define BAND(function, class_, from, to, limit, source) {function, class_, from, to, limit, source},
#include "points.def"
};

static const double shares[] = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 1.2};
#define SHARES (sizeof shares / sizeof *shares)

/* Loads of one run: the angles at which the standards test. */
static const struct angle {
    enum kind kind;
    double lag_deg;
    const char *name;
} angles[] = {
    {PF_ONE, 0, "PF 1"},
    {PF_HALF, 60, "PF 0.5 inductive"},
    {PF_HALF, -36.8698976458, "PF 0.8 capacitive"},
    {PF_QUARTER, 75.5224878141, "PF 0.25 inductive"},
    {PF_QUARTER, -60, "PF 0.5 capacitive"},
    {SIN_ONE, 90, "sin phi 1"},
    {SIN_HALF, 30, "sin phi 0.5 inductive"},
    {SIN_HALF, -30, "sin phi 0.5 capacitive"},
    {SIN_QUARTER, 14.4775121859, "sin phi 0.25 inductive"},
};
#define ANGLES (sizeof angles / sizeof *angles)

/* The worst of all draws of one current, for each angle. */
struct tally {
    struct worst p, ea, q, er, s, es, i, pf;
};

static const struct power_point *find_point(const struct power_point *list, size_t count,
                                            const char *class_, enum kind kind, double share)
{
    const struct power_point *found = NULL;
    for (size_t i = 0; i < count;
         i++) /* a current at an end belongs to the range above, 1.2 to the last */
        if (strcmp(list[i].class_, class_) == 0 && list[i].kind == kind &&
            share >= list[i].from - 1e-9 && share <= list[i].to + 1e-9)
            found = &list[i];
    return found;
}

static const struct band *find_band(enum function f, const char *class_, double share)
{
    const struct band *found = NULL;
    for (size_t i = 0; i < sizeof bands / sizeof *bands; i++)
        if (bands[i].function == f && strcmp(bands[i].class_, class_) == 0 &&
            share >= bands[i].from - 1e-9 && share <= bands[i].to + 1e-9)
            found = &bands[i];
    return found;
}

/* --- Measuring ------------------------------------------------------------------------------------------- */

/* Registers at the end of the first and the last window: energy in between, of the time in between. */
struct meter {
    unsigned windows;
    struct {
        double first[3], last[3]; /* Ea, Er, Es; Wh */
        double mean[8];           /* P Q S PF of the total, I1 I2 I3 */
    } load[ANGLES];
    int64_t from_ns, to_ns;
};

static const enum quantity means[] = {Q_P, Q_Q, Q_S, Q_PF, Q_I1, Q_I2, Q_I3};
#define MEANS (sizeof means / sizeof *means)

static void take_window(void *context, const struct metrology_window *w)
{
    struct meter *m = context;
    for (unsigned k = 0; k < w->load_count; k++) {
        const struct quantity_set *s = &w->load[k];
        const double energy[3] = {s->value[Q_EA_POS], s->value[Q_ER_POS] + s->value[Q_ER_NEG],
                                  s->value[Q_ES]};
        for (int i = 0; i < 3; i++)
            (m->windows ? m->load[k].last : m->load[k].first)[i] = energy[i];
        for (size_t i = 0; i < MEANS; i++) {
            double x = quantity_valid(s, means[i]) ? s->value[means[i]] : NAN;
            m->load[k].mean[i] += (x - m->load[k].mean[i]) / (m->windows + 1);
        }
        m->to_ns = s->end_ns;
    }
    if (m->windows++ == 0)
        m->from_ns = m->to_ns;
}

static double off_percent(double is, double reads)
{
    return (reads - is) / fabs(is) * 100;
}

static void tally_load(struct tally *t, const struct simulator_config *c, unsigned k,
                       const struct meter *m, const char *draw)
{
    double p = 0, q = 0, hours = (double)(m->to_ns - m->from_ns) / 3.6e12;
    for (unsigned i = 0; i < 3; i++) {
        double s = closed_rms(c, k, SPECTRUM_V1 + i, 0) * closed_rms(c, k, SPECTRUM_I1 + i, 0);
        double x = closed_power(c, k, i);
        double lag = closed_lag_deg(c, k, i);
        double y = copysign(sqrt(fmax(s * s - x * x, 0)), lag);
        double amperes = closed_rms(c, k, SPECTRUM_I1 + i, 0);
        p += x;
        q += y;
        worst_take(&t->i, amperes, m->load[k].mean[4 + i],
                   off_percent(amperes, m->load[k].mean[4 + i]), "%s", draw);
    }
    double s = hypot(p, q);
    const double *mean = m->load[k].mean, *first = m->load[k].first, *last = m->load[k].last;
    worst_take(&t->p, p, mean[0], off_percent(p, mean[0]), "%s", draw);
    worst_take(&t->q, q, mean[1], off_percent(q, mean[1]), "%s", draw);
    worst_take(&t->s, s, mean[2], off_percent(s, mean[2]), "%s", draw);
    worst_take(&t->pf, p / s, mean[3], mean[3] - p / s, "%s", draw);
    worst_take(&t->ea, p * hours, last[0] - first[0], off_percent(p * hours, last[0] - first[0]),
               "%s", draw);
    worst_take(&t->er, fabs(q) * hours, last[1] - first[1],
               off_percent(fabs(q) * hours, last[1] - first[1]), "%s", draw);
    worst_take(&t->es, s * hours, last[2] - first[2], off_percent(s * hours, last[2] - first[2]),
               "%s", draw);
}

static void measure(const struct lab *lab, const struct chain_device *d, double share,
                    unsigned number, struct tally tally[ANGLES])
{
    struct simulator_config c;
    struct simulator_load load[ANGLES];
    struct metrology_setup setup;
    struct metrology_load wired[ANGLES];
    struct chain_draw draw = chain_draw(number);
    struct meter m = {0};
    const struct lab_sink sink = {.context = &m, .window = take_window};
    char name[24];
    simulator_config_init(&c);
    c.duration_s = 1.5;
    for (unsigned k = 0; k < ANGLES; k++) {
        load[k] = (struct simulator_load){.circuit = k + 1, .channels = 7};
        for (unsigned p = 0; p < 3; p++)
            load[k].current[p] = (struct simulator_current){.rms_a = share * d->rated_a,
                                                            .lag_deg = angles[k].lag_deg};
        chain_apply(d, &draw, share, &c, &load[k]);
    }
    c.loads = load;
    c.load_count = ANGLES;
    lab_setup(&setup, wired, &c, 50);
    setup.no_spectra = false;
    lab_run(lab, &c, &setup, &sink);
    snprintf(name, sizeof name, number < CHAIN_CORNERS ? "corner %u" : "draw %u", number);
    for (unsigned k = 0; k < ANGLES; k++)
        tally_load(&tally[k], &c, k, &m, name);
}

/* --- Rows --------------------------------------------------------------------------------------------------- */

static void write_power(struct lab *lab, const struct chain_device *d,
                        const struct power_point *point, double share, const char *function,
                        const char *unit, const struct worst *w, const char *condition)
{
    const struct lab_judge judge = {"chain", d->name,      function,      point->class_,
                                    "%",     point->limit, point->source, unit};
    worst_row(lab, &judge, share * 100, "current, % of In", w, condition);
}

static void write_band(struct lab *lab, const struct chain_device *d, enum function f,
                       const char *class_, double share, const char *function, const char *unit,
                       const char *value_unit, const struct worst *w, const char *condition)
{
    const struct band *band = find_band(f, class_, share);
    if (!band)
        return;
    const struct lab_judge judge = {"chain", d->name,     function,     class_,
                                    unit,    band->limit, band->source, value_unit};
    worst_row(lab, &judge, share * 100, "current, % of In", w, condition);
}

static void write_angle(struct lab *lab, const struct chain_device *d, double share,
                        const struct angle *a, const struct tally *t)
{
    char condition[80];
    snprintf(condition, sizeof condition, "%g %% of In; %s", share * 100, a->name);
    const struct power_point *p =
        find_point(active, sizeof active / sizeof *active, d->active, a->kind, share);
    const struct power_point *q =
        find_point(reactive, sizeof reactive / sizeof *reactive, d->reactive, a->kind, share);
    if (p) {
        write_power(lab, d, p, share, "P", "W", &t->p, condition);
        write_power(lab, d, p, share, "Ea", "Wh", &t->ea, condition);
    }
    if (q) {
        write_power(lab, d, q, share, "Q", "var", &t->q, condition);
        write_power(lab, d, q, share, "Er", "varh", &t->er, condition);
    }
    const char *apparent = d->has_sensor ? d->value : "0.2";
    bool usual = a->kind == PF_ONE || a->kind == PF_HALF;
    if (!usual)
        return;
    write_band(lab, d, FUNCTION_S, apparent, share, "S", "%", "VA", &t->s, condition);
    write_band(lab, d, FUNCTION_S, apparent, share, "Es", "%", "VAh", &t->es, condition);
    write_band(lab, d, FUNCTION_PF, d->value, share, "PF", "absolute", "", &t->pf, condition);
    if (a->kind == PF_ONE)
        write_band(lab, d, FUNCTION_I, d->value, share, "I", "%", "A", &t->i, condition);
}

static void write_device(struct lab *lab, const struct chain_device *d)
{
    for (size_t i = 0; i < SHARES; i++) {
        struct tally tally[ANGLES] = {{{0}}};
        unsigned draws = lab->brief ? 2 : CHAIN_CORNERS + 16;
        if (lab->brief && i % 3 != 0)
            continue;
        for (unsigned n = 0; n < draws; n++)
            measure(lab, d, shares[i], n, tally);
        for (unsigned k = 0; k < ANGLES; k++)
            write_angle(lab, d, shares[i], &angles[k], &tally[k]);
    }
}

void lab_chain_meter(struct lab *lab)
{
    unsigned count;
    const struct chain_device *d = chain_devices(&count);
    for (unsigned i = 0; i < count; i++)
        if (!d[i].has_sensor)
            write_device(lab, &d[i]);
}

void lab_chain_sensors(struct lab *lab)
{
    unsigned count;
    const struct chain_device *d = chain_devices(&count);
    for (unsigned i = 0; i < count; i++)
        if (d[i].has_sensor)
            write_device(lab, &d[i]);
}
