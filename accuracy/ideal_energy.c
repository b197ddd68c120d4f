/* Energy registers over a year. A year of signal takes too long to make; so: a year of windows through the
 * very function that counts them, and an hour of signal through the whole core. */
#include "closed.h"
#include "lab.h"

#include "metrology/energy.h"

#include <math.h>

#define YEAR_S (365.25 * 86400)

static const struct lab_judge judge = {"ideal",
                                       "arithmetic",
                                       "Ea",
                                       "asked",
                                       "ppb",
                                       1,
                                       "asked of Busbar: a year of windows at constant power",
                                       "Wh"};

static void a_year(struct lab *lab, double watt, double window_s, double seconds)
{
    struct energy e = {0};
    uint64_t windows = (uint64_t)llround(seconds / window_s);
    double var = -0.75 * watt, spoiled = watt * (1 + lab->gain_percent / 100);
    for (uint64_t i = 0; i < windows; i++)
        energy_add(&e, spoiled, var, 1.25 * watt, window_s);
    const double should[] = {watt, 0.75 * watt, 1.25 * watt};
    const enum quantity q[] = {Q_EA_POS, Q_ER_NEG, Q_ES};
    for (int i = 0; i < 3; i++) {
        long double wh = (long double)should[i] * windows * (long double)window_s / 3600;
        double read = energy_wh(e.count_mj[q[i] - Q_EA_POS]);
        lab_row(lab, &judge, watt, "power, W", (double)wh, read, (double)((read - wh) / wh * 1e9L),
                "%s; %g W; %.4g days of windows of %.9g s through energy_add",
                quantity_info(q[i])->name, watt, seconds / 86400, window_s);
    }
}

struct hour {
    long double wh; /* published power times the window's length */
    int64_t start_ns, end_ns;
    double read_wh, first_wh;
    bool begun;
};

static void add_window(void *context, const struct metrology_window *w)
{
    struct hour *h = context;
    const struct quantity_set *s = &w->load[0];
    if (!h->begun) { /* registers hold this window already */
        h->begun = true;
        h->start_ns = h->end_ns = s->end_ns;
        h->first_wh = s->value[Q_EA_POS];
        return;
    }
    /* at a tick of ten minutes windows overlap, and energy is counted on from the end of the one before */
    h->wh += (long double)s->value[Q_P] * (s->end_ns - h->end_ns) / 3.6e12L;
    h->end_ns = s->end_ns;
    h->read_wh = s->value[Q_EA_POS];
}

static void an_hour(struct lab *lab, double seconds)
{
    struct simulator_config c;
    struct simulator_load load = {.circuit = 1, .channels = 7};
    struct metrology_setup setup;
    struct metrology_load wired;
    struct hour h = {0};
    const struct lab_sink sink = {.context = &h, .window = add_window};
    simulator_config_init(&c);
    c.duration_s = seconds;
    c.network.frequency_hz = 50.0137;
    for (unsigned p = 0; p < 3; p++)
        load.current[p] = (struct simulator_current){.rms_a = 400 + 10.0 * p, .lag_deg = 25};
    c.loads = &load;
    c.load_count = 1;
    lab_setup(&setup, &wired, &c, 50);
    lab_run(lab, &c, &setup, &sink);
    double read = h.read_wh - h.first_wh;
    lab_row(lab, &judge, NAN, NULL, (double)h.wh, read, (double)((read - h.wh) / h.wh * 1e9L),
            "register against the sum of published powers; %g s of 50.0137 Hz through the core",
            seconds);
    double watt = closed_power(&c, 0, 0) + closed_power(&c, 0, 1) + closed_power(&c, 0, 2);
    double wh = watt * (double)(h.end_ns - h.start_ns) / 3.6e12;
    const struct lab_judge against_truth = {
        "ideal", "arithmetic", "Ea", "asked", "ppm", 20, "asked of Busbar: P 20 ppm of S", "Wh"};
    lab_row(lab, &against_truth, NAN, NULL, wh, read, (read - wh) / wh * 1e6,
            "register against the closed form; %g s of 50.0137 Hz through the core", seconds);
}

void lab_ideal_energy(struct lab *lab)
{
    double share = lab->brief ? 0.02 : 1;
    a_year(lab, 123456.789, 0.2, YEAR_S * share);
    a_year(lab, 2.5e6, 12 / 59.97, YEAR_S * share / 4);
    if (!lab->brief) { /* in so short a time a register's unit would be more than 1 ppb of these */
        a_year(lab, 3.3333, 10 / 50.0137, YEAR_S / 4);
        a_year(lab, 0.0123, 0.2, YEAR_S / 4);
    }
    an_hour(lab, lab->brief ? 300 : 3600);
}
