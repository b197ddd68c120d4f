/* Influence quantities (IEC 62053-22): how much the error of active power changes when something else than
 * the load does. The additional error is that against the same device under reference conditions. */
#include "chain.h"
#include "closed.h"
#include "worst.h"

#include <string.h>

#define S22  "IEC 62053-22:2020, influence quantities [K]"
#define S22Q "IEC 62053-22:2020, influence quantities [K?]"

/* What a test measures. */
struct scene {
    struct simulator_config c;
    struct simulator_load load;
    struct simulator_harmonic v[64], i[64];
    const struct chain_device *device;
    unsigned draw;
    double share;    /* of In */
    double on_share; /* of the time that currents flow: bursts; else 1 */
};

static void begin(struct scene *s, const struct chain_device *d, unsigned draw, double share,
                  double lag_deg)
{
    memset(s, 0, sizeof *s);
    simulator_config_init(&s->c);
    s->c.duration_s = 1.6;
    s->device = d;
    s->draw = draw;
    s->share = share;
    s->on_share = 1;
    s->load = (struct simulator_load){.circuit = 1, .channels = 7};
    for (unsigned p = 0; p < 3; p++)
        s->load.current[p] =
            (struct simulator_current){.rms_a = share * d->rated_a, .lag_deg = lag_deg};
}

struct reading {
    struct scene *scene;
    unsigned cycles;  /* since the start */
    double energy_wh; /* registers at the last window */
    double first_wh;
    unsigned windows;
    int64_t from_ns, to_ns;
};

static void take_window(void *context, const struct metrology_window *w)
{
    struct reading *r = context;
    const struct quantity_set *s = &w->load[0];
    r->energy_wh = s->value[Q_EA_POS] - s->value[Q_EA_NEG];
    r->to_ns = s->end_ns;
    if (r->windows++ == 0) {
        r->first_wh = r->energy_wh;
        r->from_ns = r->to_ns;
    }
}

/* Two cycles on, two off: blocks of the simulator are two cycles long then. */
static void switch_burst(void *context, struct source *source)
{
    struct reading *r = context;
    struct simulator_load load = r->scene->load;
    struct fault fault;
    for (unsigned p = 0; p < 3 && r->cycles / 2 % 2; p++)
        load.current[p].rms_a = 0;
    simulator_set_load(source, 0, &load, &fault);
    r->cycles += 2;
}

/* Error of active energy over whole windows, in % of the truth. */
static double error_of(const struct lab *lab, struct scene *s)
{
    struct metrology_setup setup;
    struct metrology_load wired;
    struct reading r = {.scene = s};
    struct chain_draw draw = chain_draw(s->draw);
    bool burst = s->on_share != 1;
    const struct lab_sink sink = {
        .context = &r, .window = take_window, .before = burst ? switch_burst : NULL};
    chain_apply(s->device, &draw, s->share, &s->c, &s->load);
    s->c.loads = &s->load;
    s->c.load_count = 1;
    if (burst) { /* two cycles are whole blocks then; the converter's clock would move them */
        s->c.block_frames = 384;
        s->c.clock_error_ppm = 0;
    }
    lab_setup(&setup, &wired, &s->c, 50);
    setup.nominal_voltage_v = 230;
    lab_run(lab, &s->c, &setup, &sink);
    double watt = 0, hours = (double)(r.to_ns - r.from_ns) / 3.6e12;
    for (unsigned p = 0; p < 3; p++)
        watt += closed_power(&s->c, 0, p) * s->on_share;
    return (r.energy_wh - r.first_wh - watt * hours) / fabs(watt * hours) * 100;
}

/* --- The influences --------------------------------------------------------------------------------------- */

static void set_voltage(struct scene *s, double percent)
{
    for (unsigned p = 0; p < 3; p++)
        s->c.network.phase[p].percent = percent;
}

static void low_frequency(struct scene *s)
{
    s->c.network.frequency_hz = 49;
}
static void high_frequency(struct scene *s)
{
    s->c.network.frequency_hz = 51;
}
static void low_voltage(struct scene *s)
{
    set_voltage(s, 90);
}
static void high_voltage(struct scene *s)
{
    set_voltage(s, 110);
}
static void lose_phase_1(struct scene *s)
{
    s->c.network.phase[0].percent = 0;
}
static void lose_phase_2(struct scene *s)
{
    s->c.network.phase[1].percent = 0;
}
static void lose_phase_3(struct scene *s)
{
    s->c.network.phase[2].percent = 0;
}

static void lose_phases_1_2(struct scene *s)
{
    lose_phase_1(s);
    lose_phase_2(s);
}

static void lose_phases_2_3(struct scene *s)
{
    lose_phase_2(s);
    lose_phase_3(s);
}

static void reverse(struct scene *s)
{
    s->c.network.phase[1].angle_deg = 120;
    s->c.network.phase[2].angle_deg = -120;
}

/* 10 % in the voltage and 40 % in the current, in phase at the fundamental's zero crossing. */
static void fifth_harmonic(struct scene *s)
{
    s->v[0] = (struct simulator_harmonic){5, 10, 0};
    s->i[0] = (struct simulator_harmonic){5, 40, 0};
    for (unsigned p = 0; p < 3; p++) {
        s->c.network.phase[p].harmonics = (struct simulator_spectrum){s->v, 1};
        s->load.current[p].harmonics = (struct simulator_spectrum){s->i, 1};
    }
}

/* Current from 90 to 180 and from 270 to 360 degrees of the voltage: the Fourier series of sin a there, to
 * order 63 (what lies above, the input's filter takes away; the voltage is a sine). */
static void phase_fired(struct scene *s)
{
    const double pi = acos(-1);
    double b1 = 0.5, a1 = -1 / pi, size1 = hypot(a1, b1), lag = -atan2(a1, b1);
    unsigned count = 0;
    for (unsigned n = 3; n <= 63; n += 2) {
        /* 2/pi times the integrals of sin a cos na and sin a sin na from pi/2 to pi */
        double up = n + 1, down = n - 1;
        double a = (-cos(up * pi) + cos(up * pi / 2)) / up / pi +
                   (cos(down * pi) - cos(down * pi / 2)) / down / pi;
        double b = (sin(down * pi) - sin(down * pi / 2)) / down / pi -
                   (sin(up * pi) - sin(up * pi / 2)) / up / pi;
        s->i[count++] = (struct simulator_harmonic){n, 100 * hypot(a, b) / size1,
                                                    (atan2(a, b) + n * lag) * 180 / pi};
    }
    for (unsigned p = 0; p < 3; p++) {
        s->load.current[p].rms_a *= size1;
        s->load.current[p].lag_deg = lag * 180 / pi;
        s->load.current[p].harmonics = (struct simulator_spectrum){s->i, count};
    }
}

static void bursts(struct scene *s)
{
    s->on_share = 0.5;
    s->c.duration_s = 2.65; /* after the first window twelve more: whole periods of four cycles */
}

static const struct influence {
    const char *name;
    void (*apply)(struct scene *s);
    double share, lag_deg;
    double limit[2]; /* 0.2S, 0.5S */
    const char *source;
} influences[] = {
    {"frequency -2 %, PF 1", low_frequency, 1, 0, {0.1, 0.2}, S22},
    {"frequency +2 %, PF 1", high_frequency, 1, 0, {0.1, 0.2}, S22},
    {"frequency -2 %, PF 1, 5 % of In", low_frequency, 0.05, 0, {0.1, 0.2}, S22},
    {"frequency -2 %, PF 0.5", low_frequency, 1, 60, {0.1, 0.2}, S22},
    {"frequency +2 %, PF 0.5", high_frequency, 0.1, 60, {0.1, 0.2}, S22},
    {"voltage -10 %, PF 1", low_voltage, 1, 0, {0.1, 0.2}, S22},
    {"voltage +10 %, PF 1", high_voltage, 0.05, 0, {0.1, 0.2}, S22},
    {"voltage -10 %, PF 0.5", low_voltage, 0.1, 60, {0.2, 0.4}, S22},
    {"voltage +10 %, PF 0.5", high_voltage, 1, 60, {0.2, 0.4}, S22},
    {"5th harmonic 10 % U, 40 % I", fifth_harmonic, 0.6, 0, {0.4, 0.5}, S22},
    {"odd harmonics, fired at 90 degrees", phase_fired, 0.5, 0, {0.6, 1.5}, S22Q},
    {"sub-harmonics, 2 cycles on and 2 off", bursts, 0.5, 0, {0.6, 1.5}, S22Q},
    {"phase 1 lost", lose_phase_1, 1, 0, {0.5, 1.0}, S22},
    {"phase 2 lost", lose_phase_2, 1, 0, {0.5, 1.0}, S22},
    {"phase 3 lost", lose_phase_3, 1, 0, {0.5, 1.0}, S22},
    {"phases 1 and 2 lost", lose_phases_1_2, 1, 0, {0.5, 1.0}, S22},
    {"phases 2 and 3 lost", lose_phases_2_3, 1, 0, {0.5, 1.0}, S22},
    {"phase order reversed", reverse, 0.1, 0, {0.05, 0.1}, S22},
};
#define INFLUENCES (sizeof influences / sizeof *influences)

static void write_influence(struct lab *lab, const struct chain_device *d,
                            const struct influence *f)
{
    struct worst w = {0};
    unsigned draws = lab->brief ? 2 : CHAIN_CORNERS + 12;
    for (unsigned n = 0; n < draws; n++) {
        static struct scene s;
        begin(&s, d, n, f->share, f->lag_deg);
        double before = error_of(lab, &s);
        begin(&s, d, n, f->share, f->lag_deg);
        f->apply(&s);
        double after = error_of(lab, &s);
        worst_take(&w, before, after, after - before, n < CHAIN_CORNERS ? "corner %u" : "draw %u",
                   n);
    }
    const struct lab_judge judge = {"influence", d->name,
                                    f->name,     d->active,
                                    "%",         f->limit[strcmp(d->active, "0.5S") == 0],
                                    f->source,   "% error of P"};
    char condition[96];
    snprintf(condition, sizeof condition, "%s; %g %% of In", f->name, f->share * 100);
    worst_row(lab, &judge, NAN, NULL, &w, condition);
}

void lab_influence(struct lab *lab)
{
    unsigned count;
    const struct chain_device *d = chain_devices(&count);
    for (unsigned i = 0; i < count; i++) /* limits are known for these classes */
        for (size_t k = 0; k < INFLUENCES; k++)
            if (strcmp(d[i].active, "1") != 0 && !(lab->brief && (i > 2 || k % 3 != 0)))
                write_influence(lab, &d[i], &influences[k]);
}
