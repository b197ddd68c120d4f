/* Energies: nothing lost in a year, nothing invented, every frame counted once. */
#include "rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define YEAR (365L * 86400 * 5)

enum { EA_POS, EA_NEG, ER_POS, ER_NEG, ES, POS_IND, POS_CAP, NEG_IND, NEG_CAP };

static struct rig_meter meter;
static struct rig_scene scene;
static struct rig_record record;

static int begin(void **state)
{
    (void)state;
    rig_meter_init(&meter);
    rig_scene_init(&scene, 50, 1, 30);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_forget(&record);
    return 0;
}

static double joules(unsigned load, int which)
{
    const struct energy *e = &record.energy[load];
    return ((double)e->count_mj[which] + e->remainder_mj[which]) / 1000;
}

/* --- The counters ----------------------------------------------------------------------------------------- */

/* A year of windows of 200 ms (and, to be quick, five weeks of others) with powers that are no round
 * numbers: less than 0.1 Wh is lost. */
static void a_year_of_windows(void **state)
{
    (void)state;
    static const double p[] = {1234.56789, -0.0123456, 3.3e6 / 7},
                        q[] = {-77.7777777, 1e5 / 3, 0.1};
    for (int i = 0; i < 3; i++) {
        struct energy e = {{0}, {0}};
        long windows = i == 0 ? YEAR : YEAR / 10;
        double s = sqrt(p[i] * p[i] + q[i] * q[i]);
        for (long n = 0; n < windows; n++)
            energy_add(&e, p[i], q[i], s, 0.2);
        double wh = fabs(p[i]) * 0.2 * (double)windows / 3600;
        double varh = fabs(q[i]) * 0.2 * (double)windows / 3600;
        double vah = s * 0.2 * (double)windows / 3600;
        assert_near(energy_wh(e.count_mj[p[i] > 0 ? EA_POS : EA_NEG]), wh, 0.05);
        assert_near(energy_wh(e.count_mj[q[i] > 0 ? ER_POS : ER_NEG]), varh, 0.05);
        assert_near(energy_wh(e.count_mj[ES]), vah, 0.05);
        assert_int_equal(e.count_mj[p[i] > 0 ? EA_NEG : EA_POS], 0);
        if (i == 0)
            assert_near(energy_wh(e.count_mj[EA_POS]) / wh, 1, 1e-9);
        printf("# %ld windows of %g W: %.7f Wh of %.7f\n", windows, p[i],
               energy_wh(e.count_mj[p[i] > 0 ? EA_POS : EA_NEG]), wh);
    }
}

/* IEC 62053-23: the sign of P tells import from export, that of Q lagging from leading on import. */
static void quadrants(void **state)
{
    (void)state;
    static const struct {
        double p, q;
        int active, reactive, quadrant;
    } cases[] = {{100, 50, EA_POS, ER_POS, POS_IND},
                 {-100, 50, EA_NEG, ER_POS, POS_CAP},
                 {-100, -50, EA_NEG, ER_NEG, NEG_IND},
                 {100, -50, EA_POS, ER_NEG, NEG_CAP}};
    for (int i = 0; i < 4; i++) {
        struct energy e = {{0}, {0}};
        energy_add(&e, cases[i].p, cases[i].q, 120, 2);
        for (int r = 0; r < ENERGY_REGISTERS; r++) {
            uint64_t should = r == cases[i].active                               ? 200000
                              : r == cases[i].reactive || r == cases[i].quadrant ? 100000
                              : r == ES                                          ? 240000
                                                                                 : 0;
            assert_int_equal(e.count_mj[r], should);
        }
    }
}

static void what_is_no_number_adds_nothing(void **state)
{
    (void)state;
    static const double odd[] = {NAN, INFINITY, -INFINITY, 1e16, -1e300};
    struct energy e = {{0}, {0}}, none = {{0}, {0}};
    for (int i = 0; i < 5; i++) {
        energy_add(&e, odd[i], 1, 1, 1);
        energy_add(&e, 1, odd[i], 1, 1);
        energy_add(&e, 1, 1, odd[i], 1);
    }
    energy_add(&e, 1, 1, 1, 0);
    energy_add(&e, 1, 1, 1, -1);
    energy_add(&e, 1, 1, 1, NAN);
    energy_add(&e, 1, 1, 1, INFINITY);
    assert_memory_equal(&e, &none, sizeof e);
}

/* --- In a stream ------------------------------------------------------------------------------------------ */

/* Balanced phases have the same power at every instant: each frame counts, also those after the last
 * window, and those of the stretches that have none. */
static void every_frame_counts(void **state)
{
    (void)state;
    static const double lengths[] = {0.005, 0.0119, 0.1, 0.2, 0.3333, 0.4, 1.0, 1.2345, 2.19};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (double hz = 49.3; hz < 51; hz += 0.7) {
            rig_scene_init(&scene, hz, lengths[i], 36.87);
            rig_measure(&meter, &scene, &record);
            double w = 3 * 230 * 5 * cos(36.87 * M_PI / 180);
            double j = w * (double)scene.frames / 9600;
            assert_near(joules(0, EA_POS), j, j * 20e-6 + 1e-6);
            assert_near(joules(0, EA_NEG), 0, 0);
            rig_forget(&record);
        }
}

/* One phase: the integral of v i, to the frame. */
static void the_integral_of_one_phase(void **state)
{
    (void)state;
    for (int p = 1; p < 4; p++)
        meter.setup.voltage[p].terms = meter.load[0].current[p].terms = 0;
    for (double s = 0.25; s < 0.75; s += 0.0137) {
        rig_scene_init(&scene, 50.3, s, 50);
        rig_measure(&meter, &scene, &record);
        double phi = 50 * M_PI / 180, w = 2 * M_PI * 50.3;
        double a = -0.5 / 9600, b = ((double)scene.frames - 0.5) / 9600;
        double j =
            1150 * (cos(phi) * (b - a) - (sin(2 * w * b - phi) - sin(2 * w * a - phi)) / (2 * w));
        assert_near(joules(0, EA_POS) - joules(0, EA_NEG), j, 1150 * s * 30e-6);
        rig_forget(&record);
    }
}

/* The counter in each window is what the windows so far add up to. */
static void windows_show_their_counter(void **state)
{
    (void)state;
    scene.frames = 9600 * 3;
    scene.hz = 49.8;
    rig_measure(&meter, &scene, &record);
    double mj = 0;
    for (size_t i = 0; i < record.windows; i++) {
        const struct quantity_set *s = &record.window[i].load[0];
        double from = i == 0 ? -0.5 / 9600 : (double)s->start_ns / 1e9;
        mj += s->value[Q_P] * ((double)s->end_ns / 1e9 - from) * 1000;
        assert_near((double)s->energy_mj[EA_POS], mj, 2 + mj * 1e-6);
        assert_near(s->value[Q_EA_POS], (double)s->energy_mj[EA_POS] / 3.6e6, 1e-12);
        for (int r = 0; i > 0 && r < ENERGY_REGISTERS; r++)
            assert_true(s->energy_mj[r] >= record.window[i - 1].load[0].energy_mj[r]);
    }
    assert_true(record.energy[0].count_mj[EA_POS] >=
                record.window[record.windows - 1].load[0].energy_mj[EA_POS]);
}

/* A window that is closed a little before its end counts no more than there was. */
static void what_is_not_there_is_not_counted(void **state)
{
    (void)state;
    for (unsigned missing = 0; missing < 40; missing += 3) {
        rig_scene_init(&scene, 50, 1, 0);
        scene.rate_hz = 100000;
        scene.frames = 40000 - missing;
        meter.setup.highest_rate_hz = 100000;
        rig_measure(&meter, &scene, &record);
        double j = 3450 * (double)scene.frames / 100000;
        assert_near(joules(0, EA_POS), j, 0.002);
        assert_int_equal(record.windows, missing < 20 ? 2 : 1); /* a hundredth of a cycle */
        rig_forget(&record);
    }
}

/* Segments of several rates with gaps between them: the sum of what there was. */
static void segments_with_gaps(void **state)
{
    (void)state;
    static const double rates[] = {9600, 1200, 4800, 9600, 600},
                        lengths[] = {0.7, 2, 0.31, 0.02, 1.1};
    struct rig_run run;
    double j = 0;
    rig_begin(&run, &meter, &record);
    for (int i = 0; i < 5; i++) {
        rig_scene_init(&scene, 50.05, lengths[i], -45);
        scene.rate_hz = rates[i];
        scene.frames = (uint64_t)(lengths[i] * rates[i]);
        scene.start_ns = i * INT64_C(3600000000000);
        float *samples = rig_make(&scene);
        rig_push(&run, &scene, samples, 77);
        free(samples);
        j += 3450 * cos(M_PI / 4) * (double)scene.frames / rates[i];
    }
    rig_end(&run);
    assert_near(joules(0, EA_POS), j, j * 20e-6);
    assert_near(joules(0, ER_NEG), j, j * 3e-3); /* incomplete cycles leave S unsure */
    assert_near(joules(0, NEG_CAP), joules(0, ER_NEG), 1e-9);
    assert_near(joules(0, ER_POS), 0, 1e-3 * j);
}

/* Missing samples count as nothing. */
static void missing_samples_are_not_made_up(void **state)
{
    (void)state;
    struct rig_run run;
    float *samples = rig_make(&scene);
    for (uint64_t n = 4800; n < 5760; n++) /* 0.1 s of the first current */
        samples[n * 8 + 4] = NAN;
    rig_begin(&run, &meter, &record);
    rig_push(&run, &scene, samples, 0);
    rig_end(&run);
    free(samples);
    double whole = 3450 * cos(M_PI / 6);
    assert_near(joules(0, EA_POS), whole - whole / 3 * 0.1, whole * 50e-6);
}

static void below_start_up_nothing_is_counted(void **state)
{
    (void)state;
    for (unsigned p = 0; p < 3; p++) /* 3.45 VA in all */
        scene.wire[4 + p].rms = 0.005;
    for (int over = 0; over < 2; over++) {
        meter.setup.start_up_w = over ? 3.4 : 3.5;
        rig_measure(&meter, &scene, &record);
        assert_int_equal(record.windows, 5);
        assert_near(joules(0, EA_POS), over ? 3.45 * cos(M_PI / 6) : 0, 1e-3);
        assert_near(joules(0, ES), over ? 3.45 : 0, 5e-3);
        assert_near(rig_value(&record, 0, Q_P), 3.45 * cos(M_PI / 6), 1e-3);
        rig_forget(&record);
    }
}

/* Q of the fundamental alone, or of all that is not active; also for what is left after the windows. */
static void reactive_energy_by_both_methods(void **state)
{
    (void)state;
    static const struct rig_partial shape[] = {{5, 40, 0}, {7, 20, 0}};
    for (int method = 0; method < 2; method++) {
        rig_scene_init(&scene, 50, 0.99, 30);
        for (unsigned p = 0; p < 3; p++) {
            scene.wire[4 + p].partial = shape;
            scene.wire[4 + p].partials = 2;
        }
        meter.setup.reactive = method ? REACTIVE_FUNDAMENTAL : REACTIVE_IEC61557;
        rig_measure(&meter, &scene, &record);
        double va = 230 * rig_rms(&scene, 4, 0), w = 1150 * cos(M_PI / 6);
        double var = method ? 1150 * sin(M_PI / 6) : sqrt(va * va - w * w);
        assert_int_equal(record.windows, 4);
        assert_near(joules(0, ER_POS), 3 * var * 0.99, 3 * var * 0.99 * 2e-3);
        assert_near(joules(0, POS_IND), joules(0, ER_POS), 1e-9);
        rig_forget(&record);
    }
}

/* Counters continue from what was restored. */
static void restored_counters_go_on(void **state)
{
    (void)state;
    struct rig_run run;
    float *samples = rig_make(&scene);
    rig_begin(&run, &meter, &record);
    *metrology_energy(run.metrology, 0) = (struct energy){{1000, 2000, 3000}, {0.5, 0.25}};
    rig_push(&run, &scene, samples, 0);
    rig_end(&run);
    free(samples);
    assert_near(joules(0, EA_POS), 1.0005 + 3450 * cos(M_PI / 6), 0.1);
    assert_int_equal(record.energy[0].count_mj[EA_NEG], 2000);
    assert_near(record.energy[0].remainder_mj[EA_NEG], 0.25, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_year_of_windows),
        TEST(quadrants),
        TEST(what_is_no_number_adds_nothing),
        TEST(every_frame_counts),
        TEST(the_integral_of_one_phase),
        TEST(windows_show_their_counter),
        TEST(what_is_not_there_is_not_counted),
        TEST(segments_with_gaps),
        TEST(missing_samples_are_not_made_up),
        TEST(below_start_up_nothing_is_counted),
        TEST(reactive_energy_by_both_methods),
        TEST(restored_counters_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
