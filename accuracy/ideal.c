/* Ideal signals against closed forms: what the arithmetic itself is worth. */
#include "closed.h"
#include "worst.h"

#include <stdlib.h>

#define ASKED "asked of Busbar: ideal signals, 9600 Hz"

static const double frequencies[] = {
    42.5, 43.1, 44,   45,   45.7, 46.9, 48, 49,   49.3,  49.9, 50,   50.1, 50.03, 50.7, 51,   52.2,
    53.4, 55.1, 56.3, 57.5, 58.8, 59.7, 60, 60.1, 61.03, 62.3, 63.9, 65,   66.2,  67,   68.1, 69};
#define FREQUENCIES (sizeof frequencies / sizeof *frequencies)

static const char *channel_name(enum spectrum_channel c)
{
    return quantity_info(spectrum_quantity(c))->name;
}

/* --- One signal, all its values ------------------------------------------------------------------------ */

enum figure { F, V, U, I_, IN, P, Q, S, PHI, PF, HALF, FIGURES };

static const struct {
    const char *function, *unit, *value_unit;
    double limit;
} asked[FIGURES] = {
    [F] = {"F", "mHz", "Hz", 0.5},
    [V] = {"V", "ppm", "V", 10},
    [U] = {"U", "ppm", "V", 10},
    [I_] = {"I", "ppm", "A", 10},
    [IN] = {"IN", "ppm of I", "A", 10},
    [P] = {"P", "ppm of S", "W", 20},
    [Q] = {"Q", "ppm of S", "var", 50},
    [S] = {"S", "ppm", "VA", 20},
    [PHI] = {"phi", "deg", "deg", 0.005},
    [PF] = {"PF", "", "", 1e-4},
    [HALF] = {"half-cycle RMS", "% of nominal", "V or A", 0.02},
};

static double wrapped(double degrees)
{
    return degrees - 360 * floor(degrees / 360 + 0.5);
}

static void take(struct worst *w, const struct lab_range range, double reference, double scale,
                 const char *where)
{
    double x = lab_worst(range, reference);
    worst_take(w, reference, x, (x - reference) * scale, "%s", where);
}

static void take_half_cycles(struct worst *w, const struct simulator_config *c,
                             const struct lab_reading *r, unsigned load, enum spectrum_channel ch,
                             double reference)
{
    size_t at = (size_t)(ch < SPECTRUM_I1 ? 0 : load) * SPECTRUM_COUNT + ch;
    double nominal = ch < SPECTRUM_U12  ? c->network.nominal_v
                     : ch < SPECTRUM_I1 ? c->network.nominal_v * sqrt(3)
                                        : 5;
    struct lab_range range = {r->half_low[at], r->half_high[at], 0};
    take(w, range, reference, 100 / nominal, channel_name(ch));
}

static void take_channels(struct worst w[FIGURES], const struct simulator_config *c,
                          const struct lab_reading *r, unsigned load)
{
    for (enum spectrum_channel ch = SPECTRUM_V1; ch < SPECTRUM_COUNT; ch++) {
        enum figure f = ch < SPECTRUM_U12 ? V : ch < SPECTRUM_I1 ? U : ch < SPECTRUM_IN ? I_ : IN;
        double rms = closed_rms(c, load, ch, 0);
        double against = ch == SPECTRUM_IN ? closed_rms(c, load, SPECTRUM_I1, 0) : rms;
        take(&w[f], lab_value(r, load, spectrum_quantity(ch)), rms, 1e6 / against,
             channel_name(ch));
        take_half_cycles(&w[HALF], c, r, load, ch, rms);
    }
}

static void take_powers(struct worst w[FIGURES], const struct simulator_config *c,
                        const struct lab_reading *r, unsigned load)
{
    double total_p = 0, total_q = 0, total_s = 0;
    char where[40];
    for (unsigned p = 0; p < 3; p++) {
        double s =
            closed_rms(c, load, SPECTRUM_V1 + p, 0) * closed_rms(c, load, SPECTRUM_I1 + p, 0);
        double watt = closed_power(c, load, p), lag = closed_lag_deg(c, load, p);
        double var = copysign(sqrt(fmax(s * s - watt * watt, 0)), sin(lag * acos(-1) / 180));
        if (s - fabs(watt) < 1e-9 * s) /* no sign, and nothing but rounding under the root */
            var = 0;
        snprintf(where, sizeof where, "load %u phase %u", load + 1, p + 1);
        take(&w[P], lab_value(r, load, Q_P1 + p), watt, 1e6 / s, where);
        take(&w[Q], lab_value(r, load, Q_Q1 + p), var, 1e6 / s, where);
        take(&w[S], lab_value(r, load, Q_S1 + p), s, 1e6 / s, where);
        take(&w[PF], lab_value(r, load, Q_PF1 + p), watt / s, 1, where);
        struct lab_range phi = lab_value(r, load, Q_PHI1 + p);
        double a = wrapped(phi.low - lag), b = wrapped(phi.high - lag);
        double error = fabs(a) > fabs(b) ? a : b;
        worst_take(&w[PHI], lag, lag + error, error, "%s", where);
        total_p += watt;
        total_q += var;
        total_s += s;
    }
    snprintf(where, sizeof where, "load %u total", load + 1);
    take(&w[P], lab_value(r, load, Q_P), total_p, 1e6 / total_s, where);
    take(&w[Q], lab_value(r, load, Q_Q), total_q, 1e6 / total_s, where);
    take(&w[S], lab_value(r, load, Q_S), hypot(total_p, total_q), 1e6 / total_s, where);
}

static void write_figures(struct lab *lab, const struct worst w[FIGURES], double hz,
                          const char *condition)
{
    for (int f = 0; f < FIGURES; f++) {
        const struct lab_judge judge = {"ideal", "arithmetic",       asked[f].function,
                                        "asked", asked[f].unit,      asked[f].limit,
                                        ASKED,   asked[f].value_unit};
        worst_row(lab, &judge, hz, "frequency, Hz", &w[f], condition);
    }
}

static void measure(struct lab *lab, const struct simulator_config *c, double nominal_hz,
                    const char *what)
{
    struct metrology_setup setup;
    struct metrology_load load[8];
    struct lab_reading r;
    struct worst w[FIGURES] = {{0}};
    char condition[80];
    lab_setup(&setup, load, c, nominal_hz);
    lab_read(lab, c, &setup, 0, &r);
    take(&w[F], lab_value(&r, 0, Q_F), c->network.frequency_hz, 1e3, "all windows");
    for (unsigned k = 0; k < c->load_count; k++) {
        take_channels(w, c, &r, k);
        take_powers(w, c, &r, k);
    }
    snprintf(condition, sizeof condition, "%g Hz; windows of %d cycles; %s",
             c->network.frequency_hz, nominal_hz > 55 ? 12 : 10, what);
    write_figures(lab, w, c->network.frequency_hz, condition);
    lab_forget(&r);
}

/* --- Sines ------------------------------------------------------------------------------------------------ */

/* Loads whose currents stand at different angles, a little different in each phase. */
static void fill_loads(struct simulator_load *load, unsigned count, const double *lag_deg)
{
    static const double amperes[] = {5, 4, 6};
    for (unsigned k = 0; k < count; k++) {
        load[k] = (struct simulator_load){.circuit = k + 1, .channels = 15};
        for (unsigned p = 0; p < 3; p++)
            load[k].current[p] =
                (struct simulator_current){.rms_a = amperes[p], .lag_deg = lag_deg[k] + 4.0 * p};
    }
}

static bool left_out(const struct lab *lab, size_t i, size_t each)
{
    return lab->brief && i % each != 0;
}

void lab_ideal_sines(struct lab *lab)
{
    static const double lag_deg[] = {-4, 0, 60, -36.87, 75.5, 150, -120, 88};
    struct simulator_load load[8];
    for (size_t i = 0; i < FREQUENCIES; i++) {
        struct simulator_config c;
        if (left_out(lab, i, 6))
            continue;
        simulator_config_init(&c);
        fill_loads(load, 8, lag_deg);
        c.duration_s = 1.3;
        c.network.channels = 15;
        c.network.neutral_percent = 5;
        c.network.frequency_hz = frequencies[i];
        c.loads = load;
        c.load_count = lab->brief ? 4 : 8;
        if (frequencies[i] <= 57.5)
            measure(lab, &c, 50, "sines");
        if (frequencies[i] >= 51)
            measure(lab, &c, 60, "sines");
    }
}

/* --- Harmonics ---------------------------------------------------------------------------------------------- */

static unsigned rich(struct simulator_harmonic list[], double percent, double shift_deg)
{
    for (unsigned h = 2; h <= HARMONIC_MAX; h++)
        list[h - 2] =
            (struct simulator_harmonic){h, percent * (h % 2 ? 1 : 0.4), shift_deg + 37.0 * h};
    return HARMONIC_MAX - 1;
}

/* Rows for each order: the worst channel, as share of the harmonic. The neutral carries what the phases do not
 * cancel, and is judged, like its RMS value, by what flows in a phase. */
static void write_orders(struct lab *lab, const struct simulator_config *c,
                         const struct lab_reading *r, double nominal_hz)
{
    static const struct lab_judge judge[3] = {
        {"ideal", "arithmetic", "Uh", "asked", "% of the harmonic", 0.1, ASKED, "V"},
        {"ideal", "arithmetic", "Ih", "asked", "% of the harmonic", 0.1, ASKED, "A"},
        {"ideal", "arithmetic", "INh", "asked", "% of that of I1", 0.1, ASKED, "A"},
    };
    double hz = c->network.frequency_hz;
    for (unsigned h = 1; h <= HARMONIC_MAX; h++) {
        struct worst w[3] = {{0}};
        char condition[80];
        for (enum spectrum_channel ch = SPECTRUM_V1; ch < SPECTRUM_COUNT; ch++) {
            double rms = closed_rms(c, 0, ch, h);
            if (ch == SPECTRUM_IN)
                take(&w[2], lab_harmonic(r, 0, ch, h), rms, 100 / closed_rms(c, 0, SPECTRUM_I1, h),
                     channel_name(ch));
            else if (rms >
                     1e-3 * closed_rms(c, 0, ch, 1)) /* VN is a sine; phases may cancel in U */
                take(&w[ch >= SPECTRUM_I1], lab_harmonic(r, 0, ch, h), rms, 100 / rms,
                     channel_name(ch));
        }
        snprintf(condition, sizeof condition, "order %u; %g Hz; windows of %d cycles", h, hz,
                 nominal_hz > 55 ? 12 : 10);
        for (int i = 0; i < 3; i++)
            worst_row(lab, &judge[i], h, "order", &w[i], condition);
    }
}

/* THD, K factor and the like follow from the harmonics by arithmetic. */
static void write_distortion(struct lab *lab, const struct simulator_config *c,
                             const struct lab_reading *r)
{
    struct worst v = {0}, i = {0}, k = {0};
    for (unsigned p = 0; p < 3; p++) {
        for (unsigned n = 0; n < 2; n++) {
            enum spectrum_channel ch = (n ? SPECTRUM_I1 : SPECTRUM_V1) + p;
            double sum = 0, heat = 0, all = 0;
            for (unsigned h = 1; h <= HARMONIC_MAX; h++) {
                double square = pow(closed_rms(c, 0, ch, h), 2);
                sum += h > 1 ? square : 0;
                all += square;
                heat += h * h * square;
            }
            double thd = 100 * sqrt(sum) / closed_rms(c, 0, ch, 1);
            take(n ? &i : &v, lab_value(r, 0, (n ? Q_THD_I1 : Q_THD_V1) + p), thd, 100 / thd,
                 channel_name(ch));
            if (n)
                take(&k, lab_value(r, 0, Q_K_I1 + p), heat / all, 100 * all / heat,
                     channel_name(ch));
        }
    }
    const struct lab_judge judge[] = {
        {"ideal", "arithmetic", "THDu", "asked", "% of the THD", 0.1, ASKED, "%"},
        {"ideal", "arithmetic", "THDi", "asked", "% of the THD", 0.1, ASKED, "%"},
        {"ideal", "arithmetic", "K factor", "asked", "% of the factor", 0.2, ASKED, ""},
    };
    char condition[80];
    snprintf(condition, sizeof condition, "%g Hz; 62 harmonics", c->network.frequency_hz);
    worst_row(lab, &judge[0], c->network.frequency_hz, "frequency, Hz", &v, condition);
    worst_row(lab, &judge[1], c->network.frequency_hz, "frequency, Hz", &i, condition);
    worst_row(lab, &judge[2], c->network.frequency_hz, "frequency, Hz", &k, condition);
}

static void measure_harmonics(struct lab *lab, double hz, double nominal_hz)
{
    static const double lag_deg[] = {30};
    struct simulator_config c;
    struct simulator_load load[1];
    struct simulator_harmonic v[HARMONIC_MAX], i[HARMONIC_MAX];
    struct metrology_setup setup;
    struct metrology_load wired[1];
    struct lab_reading r;
    simulator_config_init(&c);
    fill_loads(load, 1, lag_deg);
    c.duration_s = 0.9;
    c.network.frequency_hz = hz;
    c.network.channels = 15;
    c.network.neutral_percent = 5;
    c.loads = load;
    c.load_count = 1;
    unsigned orders = rich(v, 1, 10);
    rich(i, 3, -70);
    for (unsigned p = 0; p < 3; p++) {
        c.network.phase[p].harmonics = (struct simulator_spectrum){v, orders};
        load[0].current[p].harmonics = (struct simulator_spectrum){i, orders};
    }
    lab_setup(&setup, wired, &c, nominal_hz);
    lab_read(lab, &c, &setup, 0, &r);
    write_orders(lab, &c, &r, nominal_hz);
    write_distortion(lab, &c, &r);
    lab_forget(&r);
    measure(lab, &c, nominal_hz, "62 harmonics of 0.4 to 3 %");
}

void lab_ideal_harmonics(struct lab *lab)
{
    for (size_t i = 0; i < FREQUENCIES; i++) {
        double hz = frequencies[i];
        if (left_out(lab, i, 11))
            continue;
        if (hz >= 45 && hz <= 57.5)
            measure_harmonics(lab, hz, 50);
        if (hz >= 55 && hz <= 65)
            measure_harmonics(lab, hz, 60);
    }
}

/* --- Unbalance --------------------------------------------------------------------------------------------- */

static double percent_of(double part, double whole)
{
    return 100 * part / whole;
}

static double amplitude_unbalance(const struct simulator_config *c, enum spectrum_channel first)
{
    double x[3], mean = 0, most = 0;
    for (unsigned p = 0; p < 3; p++)
        mean += (x[p] = closed_rms(c, 0, first + p, 0)) / 3;
    for (unsigned p = 0; p < 3; p++)
        most = fmax(most, fabs(x[p] - mean));
    return percent_of(most, mean);
}

static void write_unbalance(struct lab *lab, const struct simulator_config *c,
                            const struct lab_reading *r, const char *condition)
{
    static const struct {
        const char *function;
        enum quantity q;
        enum spectrum_channel first;
        int thirds; /* over the direct component; -1: of the amplitudes */
    } list[] = {
        {"Vnb", Q_VNB, SPECTRUM_V1, 2},     {"Unb", Q_UNB, SPECTRUM_U12, 2},
        {"Inb", Q_INB, SPECTRUM_I1, 2},     {"V0nb", Q_V0NB, SPECTRUM_V1, 0},
        {"I0nb", Q_I0NB, SPECTRUM_I1, 0},   {"Vnba", Q_VNBA, SPECTRUM_V1, -1},
        {"Unba", Q_UNBA, SPECTRUM_U12, -1}, {"Inba", Q_INBA, SPECTRUM_I1, -1},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        double is = list[i].thirds < 0
                        ? amplitude_unbalance(c, list[i].first)
                        : percent_of(closed_component(c, 0, list[i].first, list[i].thirds),
                                     closed_component(c, 0, list[i].first, 1));
        double reads = lab_worst(lab_value(r, 0, list[i].q), is);
        const struct lab_judge judge = {
            "ideal", "arithmetic", list[i].function, "asked", "% absolute", 0.01, ASKED, "%"};
        lab_row(lab, &judge, is, "unbalance, %", is, reads, reads - is, "%s", condition);
    }
}

void lab_ideal_unbalance(struct lab *lab)
{
    static const double percent[] = {0, 0.5, 1, 2, 5, 10, 30}, hz[] = {50, 47.3, 60, 61.7};
    for (size_t f = 0; f < (lab->brief ? 2 : sizeof hz / sizeof *hz); f++)
        for (size_t i = 0; i < sizeof percent / sizeof *percent; i++)
            for (int way = 0; way < 2; way++) { /* sequences added; amplitudes of the phases */
                struct simulator_config c;
                struct simulator_load load = {.circuit = 1, .channels = 7};
                struct metrology_setup setup;
                struct metrology_load wired;
                struct lab_reading r;
                char condition[80];
                simulator_config_init(&c);
                c.duration_s = 0.9;
                c.network.frequency_hz = hz[f];
                c.network.negative_percent = way ? 0 : percent[i];
                c.network.negative_deg = 41;
                c.network.zero_percent = way ? 0 : percent[i] / 2;
                c.network.zero_deg = -77;
                for (unsigned p = 0; p < 3; p++) {
                    load.current[p].rms_a = 5 * (1 + (p - 1.0) * percent[i] / 100);
                    load.current[p].lag_deg = 20 + percent[i] / 2 * (p == 2);
                    if (way)
                        c.network.phase[p].percent = 100 + (p == 1 ? -percent[i] : percent[i] / 3);
                }
                c.loads = &load;
                c.load_count = 1;
                lab_setup(&setup, &wired, &c, hz[f] > 55 ? 60 : 50);
                lab_read(lab, &c, &setup, 0, &r);
                snprintf(condition, sizeof condition, "%s of %g %%; %g Hz",
                         way ? "amplitudes" : "sequences", percent[i], hz[f]);
                write_unbalance(lab, &c, &r, condition);
                lab_forget(&r);
            }
}
