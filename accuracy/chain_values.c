/* The other functions of IEC 61557-12 through modelled chains: voltages, frequency, neutral and residual currents,
 * unbalance, harmonics, dips and swells. */
#include "chain.h"
#include "closed.h"
#include "dips.h"
#include "worst.h"

#define S12  "IEC 61557-12:2018, intrinsic uncertainty [K?]"
#define S12F "IEC 61557-12:2018, class 0.02 over 45 to 65 Hz [K]"
#define S47  "IEC 61000-4-7 class I, by IEC 61557-12 class 1 [S for U, K for I]"
#define S30  "IEC 61557-12 class 0.2: 0.2 % of Un; duration one cycle (IEC 61000-4-30) [K]"
#define SEED "seed 002, 11.1: performance classes"
#define RCM  "seed 002, 10.1.3: residual current 3 % from 9 mA to 2 A"

struct bench {
    struct simulator_config c;
    struct simulator_load load;
    struct lab_reading r;
};

static void begin(struct bench *b, const struct chain_device *d)
{
    *b = (struct bench){0};
    simulator_config_init(&b->c);
    b->c.duration_s = 1.1;
    b->load = (struct simulator_load){.circuit = 1, .channels = 7};
    for (unsigned p = 0; p < 3; p++)
        b->load.current[p] = (struct simulator_current){.rms_a = d->rated_a, .lag_deg = 25};
}

/* Puts a draw of the device in and measures; lab_forget(&b->r) when done. */
static void run(const struct lab *lab, struct bench *b, const struct chain_device *d, unsigned draw,
                double share)
{
    struct metrology_setup setup;
    struct metrology_load wired;
    struct chain_draw drawn = chain_draw(draw);
    chain_apply(d, &drawn, share, &b->c, &b->load);
    b->c.loads = &b->load;
    b->c.load_count = 1;
    lab_setup(&setup, &wired, &b->c, b->c.network.frequency_hz > 55 ? 60 : 50);
    lab_read(lab, &b->c, &setup, 1, &b->r);
}

static unsigned draws_of(const struct lab *lab)
{
    return lab->brief ? 2 : CHAIN_CORNERS + 8;
}

static void take(struct worst *w, double is, double reads, double scale, unsigned draw)
{
    worst_take(w, is, reads, (reads - is) * scale, draw < CHAIN_CORNERS ? "corner %u" : "draw %u",
               draw);
}

/* --- V and U, F ------------------------------------------------------------------------------------------- */

static void write_voltages(struct lab *lab, const struct chain_device *d)
{
    static const double volts[] = {12, 24, 50, 120, 230, 277, 400, 600};
    for (size_t i = 0; i < sizeof volts / sizeof *volts; i++) {
        struct worst v = {0}, u = {0};
        for (unsigned n = 0; n < draws_of(lab); n++) {
            struct bench b;
            begin(&b, d);
            b.c.network.nominal_v = volts[i];
            run(lab, &b, d, n, 1);
            for (unsigned p = 0; p < 3; p++) {
                double line = volts[i] * sqrt(3);
                take(&v, volts[i], lab_value(&b.r, 0, Q_V1 + p).mean, 100 / volts[i], n);
                take(&u, line, lab_value(&b.r, 0, Q_U12 + p).mean, 100 / line, n);
            }
            lab_forget(&b.r);
        }
        const struct lab_judge judge[] = {
            {"chain", d->name, "V", "0.1", "%", 0.1, SEED, "V"},
            {"chain", d->name, "U", "0.1", "%", 0.1, SEED, "V"},
        };
        char condition[40];
        snprintf(condition, sizeof condition, "%g V phase to neutral", volts[i]);
        worst_row(lab, &judge[0], volts[i], "voltage, V", &v, condition);
        worst_row(lab, &judge[1], volts[i], "voltage, V", &u, condition);
    }
}

static void write_frequencies(struct lab *lab, const struct chain_device *d)
{
    static const double hz[] = {45, 47.5, 49, 50, 51, 52.5, 55, 57.5, 59, 60, 61, 63, 65};
    for (size_t i = 0; i < sizeof hz / sizeof *hz; i++) {
        struct worst f = {0};
        for (unsigned n = 0; n < draws_of(lab); n++) {
            struct bench b;
            begin(&b, d);
            b.c.network.frequency_hz = hz[i];
            run(lab, &b, d, n, 1);
            take(&f, hz[i], lab_worst(lab_value(&b.r, 0, Q_F), hz[i]), 100 / hz[i], n);
            lab_forget(&b.r);
        }
        const struct lab_judge judge = {"chain", d->name, "F", "0.02", "%", 0.02, S12F, "Hz"};
        char condition[40];
        snprintf(condition, sizeof condition, "%g Hz; every window", hz[i]);
        worst_row(lab, &judge, hz[i], "frequency, Hz", &f, condition);
    }
}

/* --- Neutral and residual currents --------------------------------------------------------------------------- */

/* One phase loaded: the neutral carries its current, through a sensor of its own. */
static void write_neutral(struct lab *lab, const struct chain_device *d)
{
    static const double shares[] = {0.05, 0.1, 0.2, 0.5, 1, 1.2};
    double class_ = d->has_sensor ? (d->value[0] == '1' ? 1 : 0.5) : 0.1;
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        struct worst w = {0};
        double amperes = shares[i] * d->rated_a;
        for (unsigned n = 0; n < draws_of(lab); n++) {
            struct bench b;
            begin(&b, d);
            b.load.channels = 15;
            b.load.current[0].rms_a = amperes;
            b.load.current[1].rms_a = b.load.current[2].rms_a = 0;
            run(lab, &b, d, n, shares[i]);
            take(&w, amperes, lab_value(&b.r, 0, Q_IN).mean, 100 / amperes, n);
            lab_forget(&b.r);
        }
        const struct lab_judge judge = {"chain",  d->name, "IN",
                                        d->value, "%",     shares[i] < 0.0999 ? 2 * class_ : class_,
                                        S12,      "A"};
        char condition[60];
        snprintf(condition, sizeof condition, "%g %% of In in one phase and neutral",
                 shares[i] * 100);
        worst_row(lab, &judge, shares[i] * 100, "current, % of In", &w, condition);
    }
}

/* A toroid whose ratio is up to 2 % off, at an input for 3 A. */
static void write_residual(struct lab *lab)
{
    static const struct chain_device toroid = {
        "toroid, IC and IP-R", 24, "", "", "", 3, true, {2, 2, 2}, {60, 60, 60}, 0.005};
    static const double amperes[] = {0.009, 0.02, 0.03, 0.1, 0.3, 0.5, 1, 2};
    for (size_t i = 0; i < sizeof amperes / sizeof *amperes; i++) {
        struct worst w = {0};
        for (unsigned n = 0; n < draws_of(lab); n++) {
            struct simulator_config c;
            struct simulator_load load = {.circuit = 1, .channels = SIMULATOR_1};
            struct metrology_setup setup;
            struct metrology_load wired;
            struct lab_reading r;
            struct chain_draw draw = chain_draw(n);
            simulator_config_init(&c);
            c.duration_s = 1.1;
            load.current[0].rms_a = amperes[i];
            load.current[0].lag_deg = -85;
            chain_apply(&toroid, &draw, amperes[i] / 3, &c, &load);
            c.loads = &load;
            c.load_count = 1;
            lab_setup(&setup, &wired, &c, 50);
            wired.current[CURRENT_D] = wired.current[CURRENT_1];
            wired.current[CURRENT_1].terms = 0;
            lab_read(lab, &c, &setup, 1, &r);
            take(&w, amperes[i], lab_value(&r, 0, Q_ID).mean, 100 / amperes[i], n);
            lab_forget(&r);
        }
        const struct lab_judge judge = {"chain", toroid.name, "ID", "3 %", "%", 3, RCM, "A"};
        char condition[40];
        snprintf(condition, sizeof condition, "%g mA, sine", amperes[i] * 1000);
        worst_row(lab, &judge, amperes[i], "current, A", &w, condition);
    }
}

/* --- Unbalance -------------------------------------------------------------------------------------------------- */

static double amplitude_unbalance(const struct simulator_config *c, enum spectrum_channel first)
{
    double x[3], mean = 0, most = 0;
    for (unsigned p = 0; p < 3; p++)
        mean += (x[p] = closed_rms(c, 0, first + p, 0)) / 3;
    for (unsigned p = 0; p < 3; p++)
        most = fmax(most, fabs(x[p] - mean));
    return 100 * most / mean;
}

static void write_unbalance(struct lab *lab, const struct chain_device *d)
{
    static const struct {
        const char *function;
        enum quantity q;
        enum spectrum_channel first;
        bool of_amplitudes;
    } list[] = {
        {"Vnb", Q_VNB, SPECTRUM_V1, false},  {"Vnba", Q_VNBA, SPECTRUM_V1, true},
        {"Unb", Q_UNB, SPECTRUM_U12, false}, {"Unba", Q_UNBA, SPECTRUM_U12, true},
        {"Inb", Q_INB, SPECTRUM_I1, false},  {"Inba", Q_INBA, SPECTRUM_I1, true},
    };
    static const double percent[] = {0, 1, 2, 5, 10};
    for (size_t i = 0; i < sizeof percent / sizeof *percent; i++) {
        struct worst w[6] = {{0}};
        for (unsigned n = 0; n < draws_of(lab); n++) {
            struct bench b;
            double level = n % 3 == 0 ? 80 : n % 3 == 1 ? 100 : 120;
            begin(&b, d);
            for (unsigned p = 0; p < 3; p++) {
                double off = p == 0 ? -percent[i] : p == 1 ? percent[i] / 2 : percent[i] / 3;
                b.c.network.phase[p].percent = level + off;
                b.load.current[p].rms_a *= 0.1 * (1 + off / 100) * (n % 2 ? 1 : 10);
            }
            run(lab, &b, d, n, n % 2 ? 0.1 : 1);
            for (int k = 0; k < 6; k++) {
                double is = list[k].of_amplitudes
                                ? amplitude_unbalance(&b.c, list[k].first)
                                : 100 * closed_component(&b.c, 0, list[k].first, 2) /
                                      closed_component(&b.c, 0, list[k].first, 1);
                take(&w[k], is, lab_value(&b.r, 0, list[k].q).mean, 1, n);
            }
            lab_forget(&b.r);
        }
        for (int k = 0; k < 6; k++) {
            const struct lab_judge judge = {
                "chain", d->name, list[k].function, "0.2", "% absolute", 0.2, SEED, "%"};
            char condition[72];
            snprintf(condition, sizeof condition,
                     "phases up to %g %% apart; 80 to 120 %% Vn; 10 and 100 %% In", percent[i]);
            worst_row(lab, &judge, percent[i], "unbalance, %", &w[k], condition);
        }
    }
}

/* --- Harmonics ------------------------------------------------------------------------------------------------------ */

/* Class I: from `knee` percent of nominal on 5 % of the value, below `small` percent of nominal. */
static double class_1(double percent, bool amperes)
{
    double knee = amperes ? 3 : 1, small = amperes ? 0.15 : 0.05;
    return percent >= knee ? 0.05 * percent : small;
}

static void write_harmonics(struct lab *lab, const struct chain_device *d, double percent)
{
    static const unsigned orders[] = {2, 3, 5, 7, 11, 13, 25, 40, 50, 63};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct worst w[4] = {{0}};
        unsigned h = orders[i];
        if (lab->brief && i % 4 != 0)
            continue;
        for (unsigned n = 0; n < draws_of(lab); n++) {
            struct bench b;
            const struct simulator_harmonic one = {h, percent, 30};
            begin(&b, d);
            for (unsigned p = 0; p < 3; p++) {
                b.c.network.phase[p].harmonics = (struct simulator_spectrum){&one, 1};
                b.load.current[p].harmonics = (struct simulator_spectrum){&one, 1};
                b.load.current[p].rms_a = 0.8 * d->rated_a;
            }
            run(lab, &b, d, n, 0.8);
            for (unsigned p = 0; p < 3; p++) {
                double v = 2.3 * percent, a = 0.008 * percent * d->rated_a;
                take(&w[0], v, lab_harmonic(&b.r, 0, SPECTRUM_V1 + p, h).mean, 100 / 230.0, n);
                take(&w[1], a, lab_harmonic(&b.r, 0, SPECTRUM_I1 + p, h).mean, 100 / d->rated_a, n);
                take(&w[2], percent, lab_value(&b.r, 0, Q_THD_V1 + p).mean, 1, n);
                take(&w[3], percent, lab_value(&b.r, 0, Q_THD_I1 + p).mean, 1, n);
            }
            lab_forget(&b.r);
        }
        const char *function[] = {"Uh", "Ih", "THDu", "THDi"};
        for (int k = 0; k < 4; k++) {
            bool amperes = k % 2 == 1;
            double of_nominal = k == 1 ? 0.8 * percent : percent;
            const struct lab_judge judge = {"chain",
                                            d->name,
                                            function[k],
                                            "1",
                                            k < 2 ? "% of nominal" : "% absolute",
                                            class_1(of_nominal, amperes),
                                            S47,
                                            k == 0   ? "V"
                                            : k == 1 ? "A"
                                                     : "%"};
            char condition[48];
            snprintf(condition, sizeof condition, "order %u of %g %%", h, percent);
            worst_row(lab, &judge, h, "order", &w[k], condition);
        }
    }
}

/* --- Dips, swells, interruptions ----------------------------------------------------------------------------------- */

static const struct shape {
    const char *function, *duration;
    enum event_kind kind;
    double threshold;
    double residual;
} shapes[] = {
    {"Udip", "Udip duration", EVENT_DIP, 90, 0.85},
    {"Udip", "Udip duration", EVENT_DIP, 90, 0.5},
    {"Udip", "Udip duration", EVENT_DIP, 90, 0.15},
    {"Uswl", "Uswl duration", EVENT_SWELL, 110, 1.2},
    {"Uswl", "Uswl duration", EVENT_SWELL, 110, 1.4},
    {"Uint", "Uint duration", EVENT_INTERRUPTION, 10, 0.03},
};

static void write_events(struct lab *lab, const struct chain_device *d)
{
    static const double cycles[] = {1, 1.5, 2.5, 10, 30};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t k = 0; k < sizeof cycles / sizeof *cycles; k++) {
            const struct shape *s = &shapes[i];
            struct worst extreme = {0}, length = {0};
            const struct dips_rule rule = {s->kind, s->threshold, 2};
            for (unsigned n = 0; n < draws_of(lab); n++) {
                struct bench b;
                struct metrology_setup setup;
                struct dips_record r = {0};
                struct chain_draw draw = chain_draw(n);
                const struct lab_sink sink = {.context = &r, .event = dips_take};
                const struct simulator_event e = {7, 0.7, cycles[k] / 50, s->residual, 0};
                begin(&b, d);
                b.c.duration_s = 1.6 + cycles[k] / 50;
                b.c.events = &e;
                b.c.event_count = 1;
                b.c.load_count = 0;
                chain_apply(d, &draw, 1, &b.c, NULL);
                b.c.clock_error_ppm = 0; /* its own test is the duration's last digit */
                lab_setup(&setup, NULL, &b.c, 50);
                lab_run(lab, &b.c, &setup, &sink);
                struct dips_truth t = dips_of(&b.c, false, 0, 1, &rule);
                unsigned found;
                const struct metrology_event *m = dips_find(&r, s->kind, 0, 9, &found);
                if (!t.any)
                    continue;
                take(&extreme, t.extreme_v, m ? dips_extreme(m) : NAN, 100 / 230.0, n);
                take(&length, (t.end_s - t.start_s) * 50,
                     m ? (double)(m->end_ns - m->start_ns) / 2e7 : NAN, 1, n);
            }
            const struct lab_judge judge[] = {
                {"chain", d->name, s->function, "0.2", "% of Un", 0.2, S30, "V"},
                {"chain", d->name, s->duration, "0.2", "cycles", 1, S30, "cycles"},
            };
            char condition[64];
            snprintf(condition, sizeof condition, "%g cycles to %g %%, all phases", cycles[k],
                     s->residual * 100);
            worst_row(lab, &judge[0], cycles[k], "length, cycles", &extreme, condition);
            worst_row(lab, &judge[1], cycles[k], "length, cycles", &length, condition);
        }
}

/* --- Groups ------------------------------------------------------------------------------------------------------------ */

void lab_chain_values(struct lab *lab)
{
    unsigned count;
    const struct chain_device *d = chain_devices(&count);
    for (unsigned i = 0; i < count; i++) {
        if (lab->brief && i != 0 && i != 2)
            continue;
        write_neutral(lab, &d[i]);
        if (d[i].has_sensor)
            continue;
        write_voltages(lab, &d[i]);
        write_frequencies(lab, &d[i]);
        write_unbalance(lab, &d[i]);
        write_harmonics(lab, &d[i], 5);
        write_harmonics(lab, &d[i], 0.6);
        write_events(lab, &d[i]);
    }
    write_residual(lab);
}
