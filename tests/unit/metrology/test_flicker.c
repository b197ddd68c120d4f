/* The flickermeter at any rate, cut and processor; its distribution; its ten minutes and two hours. */
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

/* --- Any rate, any cut --------------------------------------------------------------------------------------- */

static void any_rate(void **state)
{
    (void)state;
    static const double rates[] = {1200, 1280, 1999.5, 2000,  2400,  3840,  4000,
                                   4800, 9600, 12800,  14400, 25600, 51200, 100000};
    static const struct modulation m[3] = {
        {false, 1, 1.397}, {false, 8.8, 0.25}, {false, 25, 1.037}};
    struct rig_worst worst = {"sines at any rate", "%", 0.5};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        double largest[3];
        start(&modulated_230_50, rates[i], 0);
        modulated_feed(&meter, &modulated_230_50, rates[i], m, 0, 12);
        flicker_take_largest(&meter, largest);
        modulated_feed(&meter, &modulated_230_50, rates[i], m, 12, 14);
        assert_int_equal(flicker_take_largest(&meter, largest), 7);
        for (int c = 0; c < 3; c++)
            rig_check(&worst, 100 * (largest[c] - 1), "%g Hz, %g Hz", rates[i], m[c].hz);
    }
    rig_print(&worst, 1);
    assert_false(flicker_stretch(&meter, 1000));
    modulated_feed(&meter, &modulated_230_50, 1000, m, 0, 10);
    assert_int_equal(flicker_take_largest(&meter, (double[3]){0}), 0);
}

/* The filters' response is that of the definition. */
static void response(void **state)
{
    (void)state;
    assert_near(flicker_response(8.8, 50, FLICKER_LAMP_230), 1, 5e-3);
    assert_near(flicker_response(8.8, 60, FLICKER_LAMP_120), 0.25 / 0.321, 5e-3);
    double low = flicker_response(35, 50, FLICKER_LAMP_230);
    double high = flicker_response(35, 60, FLICKER_LAMP_230);
    /* one at its corner, the other at 35 / 42 of it */
    assert_near(low / high, sqrt((1 + pow(35.0 / 42, 12)) / 2), 1e-9);
}

static double sample_at(uint64_t *seed, int c)
{
    return 325 * (1 + 0.02 * rig_gaussian(seed)) * (c + 1);
}

static void any_cut(void **state)
{
    (void)state;
    enum { FRAMES = 90000, CUTS = 5 };
    static const size_t cuts[CUTS] = {FRAMES, 1, 7, 64, 1000};
    static struct flicker whole;
    lanes_f *frame = aligned_alloc(64, FRAMES * sizeof *frame);
    uint64_t seed = 1;
    assert_non_null(frame);
    for (size_t i = 0; i < FRAMES; i++)
        for (int c = 0; c < LANES; c++)
            frame[i][c] = (float)(sample_at(&seed, c) * sin((double)i * 0.0327));
    for (int k = 0; k < CUTS; k++) {
        start(&modulated_230_50, 9600, 3);
        for (size_t i = 0; i < FRAMES; i += cuts[k]) {
            size_t n = FRAMES - i < cuts[k] ? FRAMES - i : cuts[k];
            flicker_push(&meter, llround((double)i / 9600 * 1e9), frame + i, n);
        }
        assert_int_equal(meter.results, 1);
        assert_true(meter.distribution[2].total > 100);
        if (k == 0)
            whole = meter;
        assert_memory_equal(&whole, &meter, sizeof meter);
    }
    free(frame);
}

/* The sets of instructions differ by rounding only. */
static void any_processor(void **state)
{
    (void)state;
    static const struct modulation m[3] = {{true, 3, 2}, {false, 8.8, 0.25}, {false, 25, 1}};
    double first[3] = {0};
    for (int level = LANES_BASELINE; level <= LANES_AVX512; level++) {
        struct flicker_setup setup = {
            .nominal_hz = 50, .nominal_voltage_v = 230, .lanes = (enum lanes_level)level};
        if (!lanes_ops(setup.lanes))
            continue;
        double largest[3];
        flicker_begin(&meter, &setup);
        flicker_stretch(&meter, 9600);
        modulated_feed(&meter, &modulated_230_50, 9600, m, 0, 8);
        flicker_take_largest(&meter, largest);
        for (int c = 0; c < 3; c++) {
            first[c] = level == LANES_BASELINE ? largest[c] : first[c];
            assert_near(largest[c] / first[c], 1, 1e-9);
        }
    }
}

/* --- The distribution -------------------------------------------------------------------------------------- */

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* Against the sorted values: any spread of them, any size. */
static void levels_of_a_distribution(void **state)
{
    (void)state;
    enum { VALUES = 60000 };
    static double value[VALUES];
    static struct flicker_distribution d;
    static const double percent[] = {0.1, 0.7, 1, 1.5, 2.2, 3, 4, 6, 8, 10, 13, 17, 30, 50, 80};
    struct rig_worst worst = {"P_st of a level", "%", 0.4};
    uint64_t seed = 7;
    for (double spread = 0; spread < 4; spread += 0.5)
        for (double middle = 1e-3; middle < 2e3; middle *= 7.3) {
            memset(&d, 0, sizeof d);
            for (int i = 0; i < VALUES; i++) {
                value[i] = middle * exp(spread * rig_gaussian(&seed));
                flicker_distribution_add(&d, value[i]);
            }
            qsort(value, VALUES, sizeof *value, descending);
            for (size_t i = 0; i < sizeof percent / sizeof *percent; i++) {
                int rank =
                    (int)(percent[i] / 100 * VALUES); /* so many are above: it lies between two */
                double level = flicker_distribution_level(&d, percent[i]);
                double nearest = fmin(fmax(level, value[rank]), value[rank - 1]);
                if (nearest > 1e-3 && nearest < 2e5)
                    rig_check(&worst, 100 * (sqrt(level / nearest) - 1),
                              "%g %%, spread %g round %g", percent[i], spread, middle);
            }
        }
    rig_print(&worst, 1);
}

/* --- The ten minutes ---------------------------------------------------------------------------------------- */

#define SLOW_HZ 1200.0
static const struct modulation visible[3] = {{true, 0.325, 0.895}, {true, 0.325, 1.79}, {0}};

/* P_lt is the cubic mean of twelve, at the even hours. */
static void two_hours(void **state)
{
    (void)state;
    double cubes[3] = {0}, hour = 3600;
    uint32_t seen = 0;
    start(&modulated_230_50, SLOW_HZ, 0);
    for (double t = 2 * hour - 600; t < 4 * hour; t += 300) {
        modulated_feed(&meter, &modulated_230_50, SLOW_HZ,
                       t < 3 * hour ? visible : (const struct modulation[3]){{0}}, t, t + 300);
        if (meter.results == seen)
            continue;
        seen = meter.results;
        assert_int_equal(meter.result.pst_valid, 7);
        assert_int_equal(meter.result.plt_valid, 0);
        for (int c = 0; c < 3 && meter.result.start_ns >= (int64_t)(2 * hour) * 1000000000; c++)
            cubes[c] += pow(meter.result.pst[c], 3);
    }
    flicker_finish(&meter, (int64_t)(4 * hour) * 1000000000);
    assert_int_equal(meter.results, 13);
    assert_int_equal(meter.result.end_ns, (int64_t)(4 * hour) * 1000000000);
    assert_int_equal(meter.result.plt_valid, 7);
    for (int c = 0; c < 3; c++)
        assert_near(meter.result.plt[c], cbrt((cubes[c] + pow(meter.result.pst[c], 3)) / 12), 1e-9);
    assert_near(meter.result.plt[0], cbrt(0.5), 0.05);
    assert_near(meter.result.plt[1], 2 * meter.result.plt[0], 0.01);
}

/* Nothing changes: nothing flickers, whatever the frequency, but for what the low-pass leaves of twice the
 * mains frequency. */
static void stillness(void **state)
{
    (void)state;
    static const struct modulation none[3];
    for (double hz = 47.5; hz < 53; hz += 1.3) {
        struct modulated_system s = {230, hz};
        start(&s, 5555.555, 0);
        meter.setup.nominal_hz = 50;
        modulated_feed(&meter, &s, 5555.555, none, 0, 600);
        flicker_finish(&meter, INT64_C(600000000000));
        for (int c = 0; c < 3; c++)
            assert_near(meter.result.pst[c], 0, 0.02);
    }
}

/* A first part of the ten minutes that is too short gives nothing; nine tenths do, marked. */
static void parts_of_ten_minutes(void **state)
{
    (void)state;
    static const struct {
        double from_s;
        unsigned valid;
        uint32_t flags;
    } part[] = {{599, 0, 0}, {100, 0, 0}, {50, 7, QUALITY_GAP}, {0.3, 7, 0}};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        start(&modulated_230_50, SLOW_HZ, 0);
        modulated_feed(&meter, &modulated_230_50, SLOW_HZ, visible, part[i].from_s, 601);
        assert_int_equal(meter.results, 1);
        assert_int_equal(meter.result.start_ns, 0);
        assert_int_equal(meter.result.pst_valid, part[i].valid);
        assert_int_equal(meter.result.flags, part[i].flags);
    }
    /* A gap of half a minute inside; an event that was noticed late. */
    start(&modulated_230_50, SLOW_HZ, 0);
    modulated_feed(&meter, &modulated_230_50, SLOW_HZ, visible, 0, 200);
    flicker_finish(&meter, INT64_C(200000000000));
    assert_int_equal(meter.results, 0);
    assert_true(flicker_stretch(&meter, SLOW_HZ));
    modulated_feed(&meter, &modulated_230_50, SLOW_HZ, visible, 230, 601);
    assert_int_equal(meter.result.flags, QUALITY_GAP);
    assert_near(meter.result.pst[0], 1, 0.03);
    flicker_flag(&meter, INT64_C(600000000000), QUALITY_FLAGGED);
    assert_int_equal(meter.result.flags, QUALITY_GAP);
    flicker_flag(&meter, INT64_C(599990000000), QUALITY_FLAGGED);
    assert_int_equal(meter.result.flags, QUALITY_GAP | QUALITY_FLAGGED);
    modulated_feed(&meter, &modulated_230_50, SLOW_HZ, visible, 601, 1200.5);
    assert_int_equal(meter.result.flags, QUALITY_FLAGGED);
    modulated_feed(&meter, &modulated_230_50, SLOW_HZ, visible, 1200.5, 1800.5);
    assert_int_equal(meter.result.flags, 0);
    /* An interval that begins long after gives no P_lt, and what stands between is not there. */
    modulated_feed(&meter, &modulated_230_50, SLOW_HZ, visible, 90000, 90601);
    assert_int_equal(meter.result.start_ns, INT64_C(90000) * 1000000000);
    assert_int_equal(meter.result.pst_valid, 7);
}

/* Where a channel has no voltage it has no flicker, and it begins anew when the voltage comes. */
static void without_voltage(void **state)
{
    (void)state;
    static const struct modulated_system dead = {0, 50};
    double largest[3];
    start(&modulated_230_50, SLOW_HZ, 0);
    modulated_feed(&meter, &dead, SLOW_HZ, visible, 0, 20);
    assert_int_equal(flicker_take_largest(&meter, largest), 0);
    modulated_feed(&meter, &modulated_230_50, SLOW_HZ, visible, 20, 24);
    assert_int_equal(flicker_take_largest(&meter, largest), 0);
    modulated_feed(&meter, &modulated_230_50, SLOW_HZ, visible, 24, 40);
    assert_int_equal(flicker_take_largest(&meter, largest), 7);
    modulated_feed(&meter, &modulated_230_50, SLOW_HZ, visible, 40, 601);
    assert_int_equal(meter.result.pst_valid, 7);
    assert_int_equal(meter.result.flags, QUALITY_GAP);
    assert_near(meter.result.pst[0], 1, 0.02);
    modulated_feed(&meter, &dead, SLOW_HZ, visible, 601, 1201);
    assert_int_equal(meter.result.pst_valid, 0);
}

/* On a network without neutral the line voltages are judged: those of lanes whose differences do not move
 * are still. */
static void line_voltages(void **state)
{
    (void)state;
    static lanes_f frame[ROOM];
    struct flicker_setup setup = {.nominal_hz = 50, .nominal_voltage_v = 230, .delta = true};
    double largest[3];
    flicker_begin(&meter, &setup);
    flicker_stretch(&meter, 9600);
    for (uint64_t n = 0; n < 20 * 9600;) {
        uint64_t first = n;
        for (size_t i = 0; i < ROOM; i++, n++) {
            double t = (double)n / 9600,
                   star = 30 * sin(2 * M_PI * 8.8 * t) * sin(2 * M_PI * 50 * t);
            double deep = 1 + 0.00125 * sin(2 * M_PI * 8.8 * t); /* of U12 alone */
            double u12 = 400 * deep * sin(2 * M_PI * (50 * t + 1.0 / 12));
            double u23 = 400 * sin(2 * M_PI * (50 * t - 3.0 / 12));
            frame[i][1] = (float)star;
            frame[i][0] = (float)(star + u12);
            frame[i][2] = (float)(star - u23);
        }
        flicker_push(&meter, (int64_t)llround((double)first / 9600 * 1e9), frame, ROOM);
    }
    assert_int_equal(flicker_take_largest(&meter, largest), 7);
    assert_near(largest[0], 1, 0.02);
    assert_near(largest[1], 0, 1e-3);
    assert_true(largest[2] > 0.1 && largest[2] < 0.6); /* half of the change is in its direction */
}

static void lamps(void **state)
{
    (void)state;
    static const struct {
        double hz, volts;
        enum flicker_lamp lamp;
    } usual[] = {
        {50, 230, FLICKER_LAMP_230}, {60, 120, FLICKER_LAMP_120}, {50, 120, FLICKER_LAMP_120},
        {60, 230, FLICKER_LAMP_230}, {60, 277, FLICKER_LAMP_120}, {50, 5774, FLICKER_LAMP_230},
        {60, 0, FLICKER_LAMP_120},   {50, 0, FLICKER_LAMP_230},   {50, 57.7, FLICKER_LAMP_230}};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        struct flicker_setup s = {.nominal_hz = usual[i].hz, .nominal_voltage_v = usual[i].volts};
        flicker_begin(&meter, &s);
        assert_int_equal(meter.lamp, usual[i].lamp);
    }
    struct flicker_setup other = {50, 230, FLICKER_LAMP_120, false, 0, LANES_AUTO};
    flicker_begin(&meter, &other);
    assert_int_equal(meter.lamp, FLICKER_LAMP_120);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_rate),
        cmocka_unit_test(response),
        cmocka_unit_test(any_cut),
        cmocka_unit_test(any_processor),
        cmocka_unit_test(levels_of_a_distribution),
        cmocka_unit_test(two_hours),
        cmocka_unit_test(stillness),
        cmocka_unit_test(parts_of_ten_minutes),
        cmocka_unit_test(without_voltage),
        cmocka_unit_test(line_voltages),
        cmocka_unit_test(lamps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
