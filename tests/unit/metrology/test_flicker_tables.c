/* The flickermeter against the tables of IEC 61000-4-15:2010. A point of a table is a lane, so three are
 * metered at once. */
#include "metrology/flicker.h"
#include "modulated.h"
#include "quantity/quantity.h"
#include "rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOM 480

static struct flicker meter;

static void start(const struct modulated_system *s, double rate_hz, double origin_s)
{
    struct flicker_setup setup = {
        .nominal_hz = s->hz, .nominal_voltage_v = s->volts, .origin_ns = (int64_t)(origin_s * 1e9)};
    flicker_begin(&meter, &setup);
    assert_true(flicker_stretch(&meter, rate_hz));
}

/* --- Tables 1 and 2: P_inst ------------------------------------------------------------------------------- */

/* P_inst,max is 1 at every point (5.4; the standard allows 8 %). */
static void check_table(const struct modulated_table *t)
{
    struct rig_worst worst = {t->name, "%", 2};
    for (unsigned i = 0; i < t->count; i += 3) {
        double largest[3];
        struct modulation m[3] = {{0}};
        for (unsigned c = 0; c < 3 && i + c < t->count; c++)
            m[c] = (struct modulation){t->rectangular, t->point[i + c][0], t->point[i + c][1]};
        start(t->system, 9600, 0);
        modulated_feed(&meter, t->system, 9600, m, 0, 18);
        flicker_take_largest(&meter, largest);
        modulated_feed(&meter, t->system, 9600, m, 18, 22);
        assert_int_equal(flicker_take_largest(&meter, largest), 7);
        for (unsigned c = 0; c < 3 && i + c < t->count; c++) {
            double error = 100 * (largest[c] - 1);
            rig_check(&worst, error, "%g Hz", m[c].hz);
            print_message("# %s: %7.4g Hz %6.4g %%: P_inst %.4f\n", t->name, m[c].hz, m[c].percent,
                          largest[c]);
        }
    }
    rig_print(&worst, 1);
}

static void sines_and_rectangles(void **state)
{
    (void)state;
    for (size_t i = 0; i < MODULATED_TABLES; i++)
        check_table(&modulated_tables[i]);
}

/* --- Table 5: P_st ------------------------------------------------------------------------------------------ */

/* P_st of three signals over the ten minutes that follow two. */
static void pst_of(const struct modulated_system *s, double rate_hz, const struct modulation m[3],
                   double pst[3])
{
    start(s, rate_hz, 120);
    modulated_feed(&meter, s, rate_hz, m, 0, 720);
    flicker_finish(&meter, INT64_C(720000000000));
    assert_int_equal(meter.result.start_ns, INT64_C(120000000000));
    assert_int_equal(meter.result.pst_valid, 7);
    assert_int_equal(meter.result.flags, 0);
    memcpy(pst, meter.result.pst, sizeof meter.result.pst);
}

/* P_st at up to three points of a table 5, with `factor` times its changes, over that factor. */
static void check_severity(const struct modulated_severity *t, double rate_hz, double factor,
                           const unsigned *point, unsigned count, struct rig_worst *worst)
{
    struct modulation m[3] = {{0}};
    double pst[3];
    for (unsigned c = 0; c < count; c++) {
        const double *p = t->point[point[c]];
        m[c] = (struct modulation){true, p[0] / 120, factor * p[1]};
    }
    pst_of(t->system, rate_hz, m, pst);
    for (unsigned c = 0; c < count; c++) {
        print_message("# %s: %4g/min %6.4g %%: P_st %.4f\n", t->name, m[c].hz * 120, m[c].percent,
                      pst[c]);
        rig_check(worst, 100 * (pst[c] / factor - 1), "%s, %g times at %g/min", t->name, factor,
                  m[c].hz * 120);
    }
}

/* P_st is 1 at every point; the standard allows 5 %. */
static void severity(void **state)
{
    (void)state;
    static const unsigned point[] = {0, 1, 2, 3, 4, 5, 6};
    for (size_t i = 0; i < MODULATED_SEVERITIES; i++) {
        struct rig_worst worst = {modulated_severities[i].name, "%", 1};
        for (unsigned k = 0; k < 7; k += 3)
            check_severity(&modulated_severities[i], 9600, 1, point + k, k < 6 ? 3 : 1, &worst);
        rig_print(&worst, 1);
    }
}

/* A depth is a factor of P_st. A change of a quarter of the voltage each minute is not small any more: the
 * level that it is divided by follows it, by the standard's own definition; there only its 5 % are asked. */
static void severity_follows_the_depth(void **state)
{
    (void)state;
    static const double factors[] = {0.2, 0.5, 2, 5, 10};
    static const unsigned middle[] = {2, 3, 4} /* 7, 39, 110 per minute */, ends[] = {0, 1, 6};
    struct rig_worst worst = {"P_st over its depth", "%", 1};
    struct rig_worst edges = {"P_st over its depth, slowest and fastest changes", "%", 5};
    for (size_t s = 0; s < 2; s++)
        for (size_t k = 0; k < 5; k++)
            check_severity(&modulated_severities[s], 4800, factors[k], middle, 3, &worst);
    for (size_t s = 0; s < 2; s++)
        for (size_t k = 0; k < 4; k += 3)
            check_severity(&modulated_severities[s], 4800, factors[k], ends, 3, &edges);
    rig_print(&worst, 1);
    rig_print(&edges, 1);
}

/* --- What is known of tables 3, 4, 6, 7 and of the bandwidth -------------------------------------------------
 *
 * From general knowledge of the standard, not from its text; that the numbers come out right speaks for
 * them. */

/* A signal as a function of time, in three lanes. */
typedef double wave(const struct modulated_system *s, double t, int lane);

static void feed_wave(const struct modulated_system *s, wave *w, double from_s, double to_s)
{
    static lanes_f frame[ROOM];
    double rate_hz = 9600;
    uint64_t end = (uint64_t)llround(to_s * rate_hz);
    for (uint64_t n = (uint64_t)llround(from_s * rate_hz); n < end;) {
        size_t count = 0;
        uint64_t first = n;
        for (; count < ROOM && n < end; count++, n++)
            for (int c = 0; c < 3; c++)
                frame[count][c] = (float)(s->volts * sqrt(2) * w(s, (double)n / rate_hz + 1e-9, c));
        flicker_push(&meter, llround((double)first / rate_hz * 1e9), frame, count);
    }
}

static double sine(double cycles)
{
    return sin(2 * M_PI * fmod(cycles, 1));
}

/* P_inst,max of three waves. */
static void largest_of(const struct modulated_system *s, wave *w, double largest[3])
{
    start(s, 9600, 0);
    feed_wave(s, w, 0, 24);
    flicker_take_largest(&meter, largest);
    feed_wave(s, w, 24, 40);
    assert_int_equal(flicker_take_largest(&meter, largest), 7);
}

/* Table 3: every 4 s the frequency goes from nominal - 0.25 Hz to nominal + 0.25 Hz and back, together with
 * the voltage. A lane begins a third of a change later, or earlier. */
static double stepped(const struct modulated_system *s, double t, int lane)
{
    double low = s->volts == 230 ? 228.812 / 230 : 119.266 / 120;
    double shifted = t + 4.0 / 3 * lane, change = floor(shifted / 4), into = shifted - 4 * change;
    /* two changes are 8 nominal seconds: every even change begins with a whole number of cycles */
    bool second = fmod(change, 2) != 0;
    double cycles = (s->hz - 0.25) * (second ? 4 : into) + (second ? (s->hz + 0.25) * into : 0);
    return (second ? low : 1) * sine(cycles);
}

static void frequency_and_voltage_together(void **state)
{
    (void)state;
    static const struct modulated_system *const systems[] = {&modulated_230_50, &modulated_120_60};
    struct rig_worst worst = {"table 3", "%", 8};
    for (int i = 0; i < 2; i++) {
        double largest[3];
        largest_of(systems[i], stepped, largest);
        rig_check(&worst, 100 * (largest[0] - 1), "%g V", systems[i]->volts);
    }
    rig_print(&worst, 1);
}

/* Table 4: so much distortion that the voltage crosses zero several times a half cycle. */
static double distorted(const struct modulated_system *s, double t, int lane)
{
    static const double order[] = {3, 5, 7, 9, 11, 13, 17, 19, 23, 25, 29, 31},
                        percent[] = {5, 6, 5, 1.5, 3.5, 3, 2, 1.76, 1.41, 1.27, 1.06, 0.97};
    double u = sine(s->hz * t);
    for (int i = 0; i < 12; i++) /* the last lane has them in phase */
        u += (lane == 2 ? 1 : -1) * percent[i] / 100 * sine(order[i] * s->hz * t);
    double depth = lane == 1 ? 0 : s->volts == 230 ? 0.250 : 0.321;
    return u * (1 + depth / 200 * sine(8.8 * t));
}

static void distortion_changes_nothing(void **state)
{
    (void)state;
    static const struct modulated_system *const systems[] = {&modulated_230_50, &modulated_120_60};
    struct rig_worst worst = {"table 4", "%", 2};
    for (int i = 0; i < 2; i++) {
        double largest[3];
        largest_of(systems[i], distorted, largest);
        rig_check(&worst, 100 * (largest[0] - 1), "%g V", systems[i]->volts);
        rig_check(&worst, 100 * largest[1], "%g V, no change", systems[i]->volts);
        rig_check(&worst, 100 * (largest[2] - 1), "%g V, in phase", systems[i]->volts);
    }
    rig_print(&worst, 1);
}

/* Two tones 10 Hz apart make squares beat at 10 Hz, twice the product of their shares deep. As a change of
 * table 1 at 10 Hz would: up to half the sampling rate. */
static double side_hz;

static double side_tones(const struct modulated_system *s, double t, int lane)
{
    double share = sqrt((s->volts == 230 ? 0.261 : 0.341) / 200), at = side_hz * (1 + lane);
    return sine(s->hz * t) + share * (sine(at * t) + sine((at - 10) * t));
}

static void tones_up_to_half_the_rate(void **state)
{
    (void)state;
    static const struct modulated_system *const systems[] = {&modulated_230_50, &modulated_120_60};
    struct rig_worst worst = {"tones 10 Hz apart", "%", 2};
    for (int i = 0; i < 2; i++)
        for (double order = 5; order < 26; order += 5) {
            double largest[3];
            side_hz = order * systems[i]->hz;
            largest_of(systems[i], side_tones, largest);
            for (int c = 0; c < 3; c++)
                rig_check(&worst, 100 * (largest[c] - 1), "%g Hz", side_hz * (1 + c));
        }
    rig_print(&worst, 1);
}

/* Table 6: after 1, 3, 5, 7 and 9 of the ten minutes the phase jumps by the same angle, at a zero crossing. */
static double jump_deg[3];

static double jumping(const struct modulated_system *s, double t, int lane)
{
    double turned = 0;
    for (int minute = 1; minute < 10; minute += 2)
        if (t >= 120 + 60 * minute - turned / s->hz) /* a zero crossing of what is there */
            turned += jump_deg[lane] / 360;
    return sine(s->hz * t + turned);
}

static void phase_jumps(void **state)
{
    (void)state;
    static const struct {
        const struct modulated_system *system;
        double pst[3];
    } point[] = {{&modulated_230_50, {0.913, 0.913, 1.060}},
                 {&modulated_120_60, {0.587, 0.587, 0.681}}};
    struct rig_worst worst = {"table 6", "%", 5};
    jump_deg[0] = 30, jump_deg[1] = -30, jump_deg[2] = 45;
    for (int i = 0; i < 2; i++) {
        start(point[i].system, 9600, 120);
        feed_wave(point[i].system, jumping, 0, 720);
        flicker_finish(&meter, INT64_C(720000000000));
        for (int c = 0; c < 3; c++)
            rig_check(&worst, 100 * (meter.result.pst[c] / point[i].pst[c] - 1), "%g V, %g degrees",
                      point[i].system->volts, jump_deg[c]);
    }
    rig_print(&worst, 1);
}

/* Table 7: rectangles of 28 Hz for 12 s of each minute. */
static double in_bursts(const struct modulated_system *s, double t, int lane)
{
    static const double percent[2][2] = {{1.418, 1.469}, {2.017, 2.126}};
    struct modulation m = {true, 28, percent[s->volts < 200][s->hz > 55]};
    bool on = fmod(t + 20 * lane, 60) < 12;
    return sine(s->hz * t) * (on ? modulated_factor(&m, t) : 1);
}

static void bursts(void **state)
{
    (void)state;
    static const struct modulated_system *const systems[] = {&modulated_230_50, &modulated_120_60,
                                                             &modulated_120_50, &modulated_230_60};
    struct rig_worst worst = {"table 7", "%", 5};
    for (int i = 0; i < 4; i++) {
        start(systems[i], 9600, 120);
        feed_wave(systems[i], in_bursts, 0, 720);
        flicker_finish(&meter, INT64_C(720000000000));
        for (int c = 0; c < 3; c++)
            rig_check(&worst, 100 * (meter.result.pst[c] - 1), "%g V %g Hz", systems[i]->volts,
                      systems[i]->hz);
    }
    rig_print(&worst, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sines_and_rectangles),
        cmocka_unit_test(severity),
        cmocka_unit_test(severity_follows_the_depth),
        cmocka_unit_test(frequency_and_voltage_together),
        cmocka_unit_test(distortion_changes_nothing),
        cmocka_unit_test(tones_up_to_half_the_rate),
        cmocka_unit_test(phase_jumps),
        cmocka_unit_test(bursts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
