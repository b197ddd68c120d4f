/* Ideal signals: how far what is read lies from what the generator's closed forms say. */
#include "rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* --- 42.5 ... 69 Hz at 9600 Hz ----------------------------------------------------------------------- */

static const double frequencies[] = {42.5, 43.7, 45,   46.9, 48,    49.3, 49.97, 50, 50.03, 50.7,
                                     52.2, 55.1, 57.5, 59.7, 60.01, 62.3, 65,    67, 69};

enum figure { F, V, I, P, Q, PHI, HARMONIC_V, HARMONIC_I, HARMONIC_BEYOND, HALF, FIGURES };

static void figures_init(struct rig_worst w[FIGURES], const char *name)
{
    static char text[FIGURES][80];
    static const struct {
        const char *what, *unit;
        double limit;
    } limits[FIGURES] = {
        {"frequency", "Hz", 0.5e-3},
        {"V and U", "ppm", 10},
        {"I", "ppm", 10},
        {"P", "ppm of S", 20},
        {"Q", "ppm of S", 50},
        {"phi", "degrees", 0.005},
        {"harmonics of V and U", "% of the harmonic", 0.1},
        {"harmonics of I", "% of the harmonic", 0.1},
        {"harmonics outside 45-57.5 and 55-65 Hz", "% of the harmonic", 0.5},
        {"half-cycle RMS", "% of nominal", 0.02},
    };
    for (int i = 0; i < FIGURES; i++) {
        snprintf(text[i], sizeof text[i], "%s, %s", name, limits[i].what);
        w[i] = (struct rig_worst){
            .what = text[i], .unit = limits[i].unit, .limit = limits[i].limit, .at = "none"};
    }
}

/* A harmonic that is there, against its closed form; one that is not, against 20 ppm of the
 * fundamental. */
static void check_harmonic(struct rig_worst *w, double read, double is, double fundamental,
                           double hz, enum spectrum_channel c, unsigned h)
{
    double error = is > 0 ? (read - is) / is * 100 : read / fundamental * w->limit / 20e-6;
    rig_check(w, error, "%g Hz, %s, order %u", hz, quantity_info(spectrum_quantity(c))->name, h);
}

static double closed_rms(const struct rig_scene *s, enum spectrum_channel c, unsigned order)
{
    switch (c) {
    case SPECTRUM_U12:
        return rig_difference_rms(s, 0, 1, order);
    case SPECTRUM_U23:
        return rig_difference_rms(s, 1, 2, order);
    case SPECTRUM_U31:
        return rig_difference_rms(s, 2, 0, order);
    default:
        return rig_rms(s, c < SPECTRUM_U12 ? (unsigned)c : (unsigned)c - SPECTRUM_I1 + 4, order);
    }
}

static bool in_range(double hz, unsigned cycles)
{
    return cycles == 12 ? hz >= 55 && hz <= 65 : hz >= 45 && hz <= 57.5;
}

static void check_channel(struct rig_worst w[FIGURES], const struct rig_scene *s,
                          const struct quantity_set *set, enum spectrum_channel c, unsigned highest)
{
    double rms = closed_rms(s, c, 0), fundamental = closed_rms(s, c, 1);
    bool current = c >= SPECTRUM_I1;
    rig_check(&w[current ? I : V], (set->value[spectrum_quantity(c)] - rms) / rms * 1e6,
              "%g Hz, %s", s->hz, quantity_info(spectrum_quantity(c))->name);
    assert_int_equal(set->spectrum[c].highest, highest);
    enum figure harmonic = !in_range(s->hz, set->cycles) ? HARMONIC_BEYOND
                           : current                     ? HARMONIC_I
                                                         : HARMONIC_V;
    for (unsigned h = 1; h <= highest; h++)
        check_harmonic(&w[harmonic], set->spectrum[c].rms[h], closed_rms(s, c, h), fundamental,
                       s->hz, c, h);
}

static void check_window(struct rig_worst w[FIGURES], const struct rig_scene *s,
                         const struct quantity_set *set, unsigned highest)
{
    rig_check(&w[F], set->value[Q_F] - s->hz, "%g Hz", s->hz);
    for (int c = 0; c < SPECTRUM_COUNT; c++)
        if (closed_rms(s, (enum spectrum_channel)c, 0) > 0)
            check_channel(w, s, set, (enum spectrum_channel)c, highest);
    double total = 0, apparent = 0;
    for (unsigned p = 0; p < 3; p++) {
        double power = rig_product(s, p, 4 + p);
        double va = rig_rms(s, p, 0) * rig_rms(s, 4 + p, 0);
        double lag = (s->wire[p].phase_deg - s->wire[4 + p].phase_deg) * M_PI / 180;
        total += power;
        apparent += va;
        rig_check(&w[P], (set->value[Q_P1 + p] - power) / va * 1e6, "%g Hz, P%u", s->hz, p + 1);
        double q = sqrt(va * va - power * power) * (sin(lag) < 0 ? -1 : 1);
        rig_check(&w[PHI], remainder(set->value[Q_PHI1 + p] - lag * 180 / M_PI, 360),
                  "%g Hz, phase %u", s->hz, p + 1);
        rig_check(&w[Q], (set->value[Q_Q1 + p] - q) / va * 1e6, "%g Hz, Q%u", s->hz, p + 1);
    }
    rig_check(&w[P], (set->value[Q_P] - total) / apparent * 1e6, "%g Hz, P", s->hz);
}

static void check_half_cycles(struct rig_worst w[FIGURES], const struct rig_scene *s,
                              const struct rig_record *r)
{
    for (size_t i = 0; i < r->halves; i++) {
        const struct metrology_half_cycle *h = &r->half[i];
        double rms = closed_rms(s, h->channel, 0);
        double nominal = h->channel >= SPECTRUM_I1   ? 5
                         : h->channel < SPECTRUM_U12 ? 230
                                                     : 230 * sqrt(3);
        if (rms > 0)
            rig_check(&w[HALF], (h->rms - rms) / nominal * 100, "%g Hz, %s, %g s", s->hz,
                      quantity_info(spectrum_quantity(h->channel))->name,
                      (double)h->start_ns / 1e9);
    }
}

static unsigned highest_below_nyquist(double rate_hz, double hz, unsigned cycles)
{
    double lines = rate_hz / hz * cycles / 2;
    unsigned h = 0;
    while (h < HARMONIC_MAX && (h + 1) * cycles + 1 < lines)
        h++;
    return h;
}

/* Meters the scene and checks every window and half cycle. */
static void check_scene(struct rig_worst w[FIGURES], const struct rig_meter *m,
                        const struct rig_scene *s)
{
    struct rig_record r;
    rig_measure(m, s, &r);
    unsigned cycles = m->setup.nominal_hz > 55 ? 12 : 10;
    double window_s = cycles / s->hz;
    assert_int_equal(r.windows, (size_t)((double)s->frames / s->rate_hz / window_s + 0.003));
    for (size_t i = 0; i < r.windows; i++) {
        check_window(w, s, &r.window[i].load[0], highest_below_nyquist(s->rate_hz, s->hz, cycles));
        assert_int_equal(r.window[i].load[0].cycles, cycles);
        assert_int_equal(r.window[i].load[0].flags, 0);
    }
    check_half_cycles(w, s, &r);
    assert_int_equal(r.events, 0);
    rig_forget(&r);
}

static void pure_sines(void **state)
{
    (void)state;
    struct rig_worst w[FIGURES];
    figures_init(w, "sines");
    for (size_t i = 0; i < sizeof frequencies / sizeof *frequencies; i++) {
        struct rig_meter m;
        struct rig_scene s;
        rig_meter_init(&m);
        rig_scene_init(&s, frequencies[i], 1.1, 25.84);
        check_scene(w, &m, &s);
        if (frequencies[i] > 50.9) { /* windows of 12 cycles */
            m.setup.nominal_hz = 60;
            check_scene(w, &m, &s);
        }
    }
    rig_print(w, FIGURES);
}

/* The running sums are taken back every 131072 frames: nothing may show it. */
static void half_a_minute(void **state)
{
    (void)state;
    struct rig_worst w[FIGURES];
    struct rig_meter m;
    struct rig_scene s;
    figures_init(w, "half a minute");
    rig_meter_init(&m);
    rig_scene_init(&s, 49.93, 30, 30);
    check_scene(w, &m, &s);
    rig_print(w, FIGURES);
}

/* Orders to 63, each in another phase, about as large as they may be in a bad network. */
static unsigned rich(struct rig_partial p[HARMONIC_MAX], double percent, double shift_deg)
{
    for (unsigned h = 2; h <= HARMONIC_MAX; h++)
        p[h - 2] = (struct rig_partial){h, percent * (h % 2 ? 1 : 0.3), shift_deg + 37.0 * h};
    return HARMONIC_MAX - 1;
}

static void harmonics_to_63(void **state)
{
    (void)state;
    struct rig_worst w[FIGURES];
    struct rig_partial pv[HARMONIC_MAX], pi[HARMONIC_MAX];
    figures_init(w, "harmonics");
    for (size_t i = 0; i < sizeof frequencies / sizeof *frequencies; i++) {
        struct rig_meter m;
        struct rig_scene s;
        rig_meter_init(&m);
        rig_scene_init(&s, frequencies[i], 0.75, -36);
        for (unsigned c = 0; c < 8; c++) {
            s.wire[c].partial = c < 4 ? pv : pi;
            s.wire[c].partials = c < 4 ? rich(pv, 1, 10) : rich(pi, 3, -70);
        }
        s.wire[3] = (struct rig_wire){.rms = 12, .phase_deg = 77, .partial = pv, .partials = 62};
        s.wire[7] = (struct rig_wire){.rms = 1.5, .phase_deg = 7, .partial = pi, .partials = 62};
        check_scene(w, &m, &s);
    }
    rig_print(w, FIGURES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pure_sines),
        cmocka_unit_test(half_a_minute),
        cmocka_unit_test(harmonics_to_63),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
