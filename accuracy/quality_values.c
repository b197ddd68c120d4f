/* Frequency, magnitude of supply, unbalance, deviations and currents in the shape of IEC 62586-2, harmonics and
 * interharmonics: points over the range of each under the influence states, with the limits of class A. */
#include "quality.h"

#include <string.h>

#define A30       "IEC 61000-4-30 class A [K]"
#define MAGNITUDE "IEC 61000-4-30 class A: 0.1 % Udin [S]"
#define A30Q      "IEC 61000-4-30 class A [K?]"
#define A47       "IEC 61000-4-7 class I [S for U, K for I]"

static const double nominals[] = {50, 60};

/* --- Frequency ------------------------------------------------------------------------------------------------ */

struct ten_seconds {
    unsigned count;
    double low, high;
};

static void take_ten_seconds(void *context, const struct metrology_window *w)
{
    struct ten_seconds *t = context;
    double hz = w->network->value[Q_F_10S];
    if (!quantity_valid(w->network, Q_F_10S))
        return;
    t->low = t->count ? fmin(t->low, hz) : hz;
    t->high = t->count ? fmax(t->high, hz) : hz;
    t->count++;
}

static void write_frequency(struct lab *lab, const struct chain_device *d, enum quality_state state)
{
    static const double points[2][5] = {{42.5, 47, 50.05, 53.5, 57.5}, {51, 56, 59.95, 64.5, 69}};
    for (unsigned n = 0; n < 2; n++)
        for (unsigned i = 0; i < 5; i++) {
            struct worst w = {0};
            for (unsigned draw = 0; draw < (lab->brief ? 1 : 2); draw++) {
                struct quality_scene s;
                struct ten_seconds t = {0, NAN, NAN};
                const struct lab_sink sink = {.context = &t, .window = take_ten_seconds};
                quality_begin(&s, state, OWN_FREQUENCY, points[n][i]);
                s.c.duration_s = 21;
                quality_finish(&s, d, draw, nominals[n]);
                s.setup.no_spectra = true;
                lab_run(lab, &s.c, &s.setup, &sink);
                quality_take(&w, points[n][i], t.low, 1e3, draw);
                quality_take(&w, points[n][i], t.high, 1e3, draw);
            }
            const struct lab_judge judge = {"quality", d->name, "frequency", "A",
                                            "mHz",     10,      A30,         "Hz"};
            char condition[64];
            snprintf(condition, sizeof condition, "%s; P%u: %g Hz", quality_state_name(state),
                     i + 1, points[n][i]);
            worst_row(lab, &judge, points[n][i], "frequency, Hz", &w, condition);
        }
}

/* --- Magnitude and deviations ------------------------------------------------------------------------------------ */

static void write_magnitude(struct lab *lab, const struct chain_device *d, enum quality_state state)
{
    static const double points[] = {10, 45, 80, 115, 150};
    for (unsigned i = 0; i < 5; i++) {
        struct worst v = {0}, under = {0}, over = {0};
        for (unsigned draw = 0; draw < quality_draws(lab); draw++) {
            struct quality_scene s;
            struct lab_reading r;
            quality_begin(&s, state, OWN_VOLTAGE, 50);
            for (unsigned p = 0; p < 3; p++)
                s.c.network.phase[p].percent = points[i];
            s.c.duration_s = quality_seconds(&s, state == STATE_2 ? 31 : 12);
            quality_finish(&s, d, draw, 50);
            lab_read(lab, &s.c, &s.setup, 0, &r);
            for (unsigned p = 0; p < 3; p++) {
                double is = closed_rms(&s.c, 0, SPECTRUM_V1 + p, 0) * quality_sway(&s);
                double percent = is / 2.3;
                quality_take(&v, is, lab_value(&r, 0, Q_V1 + p).mean, 100 / 230.0, draw);
                quality_take(&under, fmax(100 - percent, 0), lab_value(&r, 0, Q_UNDER_V1 + p).mean,
                             1, draw);
                quality_take(&over, fmax(percent - 100, 0), lab_value(&r, 0, Q_OVER_V1 + p).mean, 1,
                             draw);
            }
            lab_forget(&r);
        }
        const struct lab_judge judge[] = {
            {"quality", d->name, "magnitude", "A", "% of Udin", 0.1, MAGNITUDE, "V"},
            {"quality", d->name, "under-deviation", "A", "% of Udin", 0.1, A30, "%"},
            {"quality", d->name, "over-deviation", "A", "% of Udin", 0.1, A30, "%"},
        };
        char condition[64];
        snprintf(condition, sizeof condition, "%s; P%u: %g %% of Udin", quality_state_name(state),
                 i + 1, points[i]);
        worst_row(lab, &judge[0], points[i], "voltage, % of Udin", &v, condition);
        worst_row(lab, &judge[1], points[i], "voltage, % of Udin", &under, condition);
        worst_row(lab, &judge[2], points[i], "voltage, % of Udin", &over, condition);
    }
}

/* --- Unbalance ---------------------------------------------------------------------------------------------------------- */

static void write_unbalance(struct lab *lab, const struct chain_device *d, enum quality_state state)
{
    static const double points[] = {0.5, 1, 2, 3.5, 5};
    for (unsigned i = 0; i < 6; i++) { /* the last one is the state's own voltages */
        struct worst u2 = {0}, u0 = {0};
        double at = 0;
        if (i == 5 && state == STATE_1)
            continue;
        for (unsigned draw = 0; draw < quality_draws(lab); draw++) {
            struct quality_scene s;
            struct lab_reading r;
            quality_begin(&s, state, i < 5 ? OWN_VOLTAGE : 0, 50);
            if (i < 5) {
                s.c.network.negative_percent = points[i];
                s.c.network.negative_deg = 60;
                s.c.network.zero_percent = points[i];
                s.c.network.zero_deg = -30;
            }
            s.c.duration_s = 3.2;
            quality_finish(&s, d, draw, 50);
            lab_read(lab, &s.c, &s.setup, 0, &r);
            double direct = closed_component(&s.c, 0, SPECTRUM_V1, 1);
            double inverse = closed_component(&s.c, 0, SPECTRUM_V1, 2) / direct * 100;
            double zero = closed_component(&s.c, 0, SPECTRUM_V1, 0) / direct * 100;
            at = inverse;
            quality_take(&u2, inverse, lab_value(&r, 0, Q_VNB).mean, 1, draw);
            quality_take(&u0, zero, lab_value(&r, 0, Q_V0NB).mean, 1, draw);
            lab_forget(&r);
        }
        const struct lab_judge judge[] = {
            {"quality", d->name, "unbalance u2", "A", "% absolute", 0.15, A30, "%"},
            {"quality", d->name, "unbalance u0", "A", "% absolute", 0.15, A30, "%"},
        };
        char condition[64];
        if (i < 5)
            snprintf(condition, sizeof condition, "%s; P%u: u2 = u0 = %g %%",
                     quality_state_name(state), i + 1, points[i]);
        else
            snprintf(condition, sizeof condition, "%s; the state's own voltages",
                     quality_state_name(state));
        worst_row(lab, &judge[0], at, "unbalance, %", &u2, condition);
        worst_row(lab, &judge[1], at, "unbalance, %", &u0, condition);
    }
}

/* --- Currents ----------------------------------------------------------------------------------------------------------- */

static void write_current(struct lab *lab, const struct chain_device *d, enum quality_state state)
{
    static const double points[] = {10, 25, 50, 75, 100};
    for (unsigned i = 0; i < 5; i++) {
        struct worst a = {0}, nb = {0};
        for (unsigned draw = 0; draw < quality_draws(lab); draw++) {
            struct quality_scene s;
            struct lab_reading r;
            quality_begin(&s, state, OWN_FLICKER, 50);
            for (unsigned p = 0; p < 3; p++)
                s.load.current[p].rms_a = d->rated_a * points[i] / 100 * (1 - 0.02 * p);
            s.c.load_count = 1;
            quality_finish(&s, d, draw, 50);
            lab_read(lab, &s.c, &s.setup, 0, &r);
            for (unsigned p = 0; p < 3; p++) {
                double is = closed_rms(&s.c, 0, SPECTRUM_I1 + p, 0);
                quality_take(&a, is, lab_value(&r, 0, Q_I1 + p).mean, 100 / is, draw);
            }
            double is = 100 * closed_component(&s.c, 0, SPECTRUM_I1, 2) /
                        closed_component(&s.c, 0, SPECTRUM_I1, 1);
            quality_take(&nb, is, lab_value(&r, 0, Q_INB).mean, 1, draw);
            lab_forget(&r);
        }
        const struct lab_judge judge[] = {
            {"quality", d->name, "current magnitude", "A", "%", 1, A30Q, "A"},
            {"quality", d->name, "current unbalance", "A", "% absolute", 0.15, A30Q, "%"},
        };
        char condition[64];
        snprintf(condition, sizeof condition, "%s; P%u: %g %% of In", quality_state_name(state),
                 i + 1, points[i]);
        worst_row(lab, &judge[0], points[i], "current, % of In", &a, condition);
        worst_row(lab, &judge[1], points[i], "current, % of In", &nb, condition);
    }
}

void lab_quality_values(struct lab *lab)
{
    unsigned count;
    const struct chain_device *d = chain_devices(&count);
    for (unsigned i = 0; i < quality_devices(lab); i++)
        for (enum quality_state s = STATE_1; s < QUALITY_STATES; s++) {
            write_frequency(lab, &d[i], s);
            write_magnitude(lab, &d[i], s);
            write_unbalance(lab, &d[i], s);
            write_current(lab, &d[i], s);
        }
}

/* --- Harmonics and interharmonics ------------------------------------------------------------------------------------- */

/* Class I: 5 % of the value from 1 % (currents: 3 %) of nominal on, below 0.05 % (0.15 %) of nominal. */
static double class_1(double percent, bool amperes)
{
    double knee = amperes ? 3 : 1, small = amperes ? 0.15 : 0.05;
    return percent >= knee ? 0.05 * percent : small;
}

/* Compatibility levels of class 3 of IEC 61000-2-4 [K]; measured from a tenth to twice of them. */
static const struct {
    unsigned order;
    double percent;
} levels[] = {{2, 3}, {3, 6}, {5, 8}, {7, 7}, {11, 5}, {13, 4.5}, {25, 2.6}, {37, 1.9}, {50, 1}};
#define LEVELS (sizeof levels / sizeof *levels)

static void write_harmonic(struct lab *lab, const struct chain_device *d, enum quality_state state,
                           size_t level, double share)
{
    struct worst v = {0}, a = {0};
    unsigned h = levels[level].order;
    double percent = levels[level].percent * share;
    for (unsigned draw = 0; draw < (lab->brief ? 1 : 3); draw++) {
        struct quality_scene s;
        struct lab_reading r;
        quality_begin(&s, state, OWN_VOLTAGE | OWN_FLICKER, 50);
        /* the harmonic beside those of the state, or in the place of one */
        struct simulator_harmonic list[4] = {{h, percent, 45}};
        unsigned count = 1;
        for (unsigned i = 0; i < s.c.network.phase[0].harmonics.count; i++)
            if (s.harmonics[i].order != h)
                list[count++] = s.harmonics[i];
        for (unsigned p = 0; p < 3; p++) {
            s.c.network.phase[p].harmonics = (struct simulator_spectrum){list, count};
            s.load.current[p].harmonics = (struct simulator_spectrum){list, count};
            s.load.current[p].rms_a = d->rated_a;
        }
        s.c.load_count = 1;
        quality_finish(&s, d, draw, 50);
        lab_read(lab, &s.c, &s.setup, 0, &r);
        for (unsigned p = 0; p < 3; p++) {
            quality_take(&v, 2.3 * percent, lab_harmonic(&r, 0, SPECTRUM_V1 + p, h).mean,
                         100 / 230.0, draw);
            quality_take(&a, d->rated_a * percent / 100,
                         lab_harmonic(&r, 0, SPECTRUM_I1 + p, h).mean, 100 / d->rated_a, draw);
        }
        lab_forget(&r);
    }
    const struct lab_judge judge[] = {
        {"quality", d->name, "harmonics", "I", "% of Udin", class_1(percent, false), A47, "V"},
        {"quality", d->name, "current harmonics", "I", "% of In", class_1(percent, true), A47, "A"},
    };
    char condition[64];
    snprintf(condition, sizeof condition, "%s; order %u of %.3g %%", quality_state_name(state), h,
             percent);
    worst_row(lab, &judge[0], h, "order", &v, condition);
    worst_row(lab, &judge[1], h, "order", &a, condition);
}

static void write_inter(struct lab *lab, const struct chain_device *d, enum quality_state state,
                        unsigned order, double percent)
{
    struct worst v = {0};
    for (unsigned draw = 0; draw < (lab->brief ? 1 : 3); draw++) {
        struct quality_scene s;
        struct lab_reading r;
        quality_begin(&s, state, OWN_VOLTAGE | OWN_FLICKER | OWN_INTERHARMONICS, 50);
        s.c.network.tone_count = 1;
        s.c.network.tone[0] =
            (struct simulator_tone){(order + 0.5) * s.c.network.frequency_hz, percent, 0, 20};
        s.c.duration_s = 3;
        quality_finish(&s, d, draw, 50);
        lab_read(lab, &s.c, &s.setup, 1, &r);
        for (unsigned p = 0; p < 3; p++) {
            struct lab_range x = r.inter[(size_t)(SPECTRUM_V1 + p) * LAB_ORDERS + order];
            quality_take(&v, 2.3 * percent, x.mean, 100 / 230.0, draw);
        }
        lab_forget(&r);
    }
    const struct lab_judge judge = {
        "quality", d->name, "interharmonics", "I", "% of Udin", class_1(percent, false), A47, "V"};
    char condition[64];
    snprintf(condition, sizeof condition, "%s; order %.1f of %g %%", quality_state_name(state),
             order + 0.5, percent);
    worst_row(lab, &judge, order + 0.5, "order", &v, condition);
}

void lab_quality_harmonics(struct lab *lab)
{
    static const unsigned orders[] = {1, 3, 7, 15, 30, 48};
    unsigned count;
    const struct chain_device *d = chain_devices(&count);
    for (unsigned i = 0; i < quality_devices(lab); i++)
        for (enum quality_state s = STATE_1; s < QUALITY_STATES; s++) {
            for (size_t k = 0; k < LEVELS; k++)
                for (int n = 0; n < 3; n++)
                    write_harmonic(lab, &d[i], s, k, n == 0 ? 0.1 : n == 1 ? 1 : 2);
            for (size_t k = 0; k < sizeof orders / sizeof *orders; k++) {
                write_inter(lab, &d[i], s, orders[k], 0.5);
                write_inter(lab, &d[i], s, orders[k], 2.5);
            }
        }
}
