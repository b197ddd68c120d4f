/* Networks that are not steady, and wirings that are not complete. Where the definition of a window gives
 * a closed form for a disturbed one, that is what is expected; else it has to be flagged. */
#include "rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct rig_meter meter;
static struct rig_scene scene;
static struct rig_record record;

static int begin(void **state)
{
    (void)state;
    rig_meter_init(&meter);
    rig_scene_init(&scene, 50, 3, 30);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_forget(&record);
    return 0;
}

static void measure(void)
{
    rig_measure(&meter, &scene, &record);
    assert_int_equal(record.pushed, ERR_OK);
    assert_true(record.windows > 0);
}

static const struct quantity_set *set_of(size_t window)
{
    return &record.window[window].load[0];
}

/* The first window begins half a frame before the first one, which its time does not tell. */
static double begin_s(size_t window)
{
    if (window == 0)
        return -0.5 / scene.rate_hz;
    return (double)(set_of(window)->start_ns - scene.start_ns) / 1e9;
}

static double end_s(size_t window)
{
    return (double)(set_of(window)->end_ns - scene.start_ns) / 1e9;
}

/* Windows that end before from_s or begin after to_s have to read what is steady there. */
static void check_steady(double from_s, double to_s, double volts_after, double hz_after)
{
    size_t after = 0;
    for (size_t i = 0; i < record.windows; i++) {
        bool before = end_s(i) <= from_s;
        if (!before && begin_s(i) < to_s)
            continue;
        after += !before;
        double volts = before ? 230 : volts_after, hz = before ? scene.hz : hz_after;
        assert_near(rig_value(&record, i, Q_V1), volts, volts * 20e-6);
        assert_near(rig_value(&record, i, Q_V3), volts, volts * 20e-6);
        assert_near(rig_value(&record, i, Q_COSPHI2), cos(M_PI / 6), 1e-4);
        assert_near(rig_value(&record, i, Q_F), hz, 1e-3);
        assert_int_equal(set_of(i)->quality[Q_F] & QUALITY_HELD, 0);
        assert_near(end_s(i) - begin_s(i), 10 / hz, 20e-6);
    }
    assert_true(after >= 3);
}

/* All windows are as long as their cycles, and read what the samples between their ends give. */
static void check_closed_form(double hz)
{
    for (size_t i = 0; i < record.windows; i++) {
        assert_near(end_s(i) - begin_s(i), 10 / hz, 0.0006);
        for (unsigned p = 0; p < 3; p++) {
            double rms = rig_rms_between(&scene, p, begin_s(i), end_s(i));
            assert_near(rig_value(&record, i, Q_V1 + p), rms, 230 * 50e-6);
        }
    }
}

/* --- Noise and direct components ---------------------------------------------------------------------- */

static void noise(void **state)
{
    (void)state;
    /* White noise in 1920 frames: deviations of 0.22 mHz (the Cramer-Rao bound), 114 ppm and 0.8e-4;
     * allowed are five of them. */
    struct rig_worst w[] = {{"0.5 % noise, frequency", "Hz", 1.1e-3},
                            {"0.5 % noise, V", "ppm", 570},
                            {"0.5 % noise, cos phi", "", 4e-4}};
    scene.hz = 49.9;
    for (unsigned c = 0; c < 8; c++)
        scene.wire[c].noise = c < 4 ? 230 * 0.005 : 5 * 0.005;
    measure();
    assert_int_equal(record.windows, 14);
    for (size_t i = 0; i < record.windows; i++) {
        rig_check(&w[0], rig_value(&record, i, Q_F) - 49.9, "window %zu", i);
        /* the noise adds its own 0.5 % in square: 12.5 ppm */
        rig_check(&w[1], (rig_value(&record, i, Q_V1) / 230 - 1) * 1e6 - 12.5, "window %zu", i);
        rig_check(&w[2], rig_value(&record, i, Q_COSPHI1) - cos(M_PI / 6), "window %zu", i);
    }
    rig_print(w, 3);
    assert_int_equal(record.events, 0);
}

static void direct_components(void **state)
{
    (void)state;
    scene.hz = 50.7;
    scene.wire[0].dc = 80;
    scene.wire[1].dc = -15;
    scene.wire[4].dc = 3;
    measure();
    for (size_t i = 0; i < record.windows; i++) {
        assert_near(rig_value(&record, i, Q_F), 50.7, 1e-3);
        assert_near(rig_value(&record, i, Q_V1), sqrt(230 * 230 + 80 * 80), 230 * 20e-6);
        assert_near(rig_value(&record, i, Q_U12), rig_difference_rms(&scene, 0, 1, 0), 400 * 20e-6);
        assert_near(rig_value(&record, i, Q_P1), rig_product(&scene, 0, 4), 1150 * 50e-6);
        assert_near(set_of(i)->spectrum[SPECTRUM_V1].rms[0], 80, 1e-3);
        assert_near(set_of(i)->spectrum[SPECTRUM_V2].rms[0], -15, 1e-3);
        assert_near(set_of(i)->spectrum[SPECTRUM_U12].rms[0], 95, 1e-3);
        assert_near(set_of(i)->spectrum[SPECTRUM_V1].rms[1], 230, 0.002);
        assert_near(rig_value(&record, i, Q_THD_V1), 0, 1e-3);
    }
    for (size_t i = 0; i < record.halves; i++)
        if (record.half[i].channel == SPECTRUM_V1)
            assert_near(record.half[i].rms, sqrt(230 * 230 + 80 * 80), 230 * 2e-4);
}

/* Interharmonics make amplitude and phase of every cycle differ: a strong one half-way to the second
 * harmonic, a ripple control signal, and the pair of a lamp's flicker (modulation of 5 % at 8.8 Hz). */
static void interharmonics(void **state)
{
    (void)state;
    static const struct rig_partial half_way[] = {{1.5, 10, 33}}, ripple[] = {{3.667, 5, 120}};
    static const struct rig_partial flicker[] = {{1 - 8.8 / 50, 2.5, 90}, {1 + 8.8 / 50, 2.5, -90}};
    static const struct rig_partial *const shapes[] = {half_way, ripple, flicker};
    struct rig_worst w[] = {{"interharmonics, frequency", "Hz", 0.01}, /* class A */
                            {"interharmonics, windows", "of their length", 1e-4}};
    for (int k = 0; k < 3; k++) {
        rig_scene_init(&scene, 50, 3, 30);
        for (unsigned c = 0; c < 3; c++) {
            scene.wire[c].partial = shapes[k];
            scene.wire[c].partials = k < 2 ? 1 : 2;
        }
        measure();
        assert_in_range(record.windows, 14, 15);
        for (size_t i = 2; i < record.windows; i++) {
            rig_check(&w[0], rig_value(&record, i, Q_F) - 50, "signal %d, window %zu", k, i);
            rig_check(&w[1], (end_s(i) - begin_s(i)) / 0.2 - 1, "signal %d, window %zu", k, i);
            assert_int_equal(set_of(i)->quality[Q_F], QUALITY_VALID);
            if (k < 2) /* the flicker's lines lie beside the fundamental's; 183 Hz spills 0.12 V */
                assert_near(set_of(i)->spectrum[SPECTRUM_V1].rms[1], 230, k ? 0.15 : 0.005);
        }
        assert_int_equal(record.events, 0);
        rig_forget(&record);
    }
    rig_print(w, 2);
}

/* --- Frequency ------------------------------------------------------------------------------------------ */

static void check_ramp(double hz_per_s)
{
    struct rig_worst w[] = {{"ramp of 1 Hz/s, frequency", "Hz", 1e-3},
                            {"ramp of 1 Hz/s, V", "ppm", 200},
                            {"ramp of 1 Hz/s, half-cycle RMS", "% of nominal", 0.05}};
    scene.ramp_from_s = 0.5;
    scene.ramp_to_s = 2.5;
    scene.ramp_hz_per_s = hz_per_s;
    measure();
    for (size_t i = 0; i < record.windows; i++) {
        bool edge = (begin_s(i) < 0.6 && end_s(i) > 0.5) || (begin_s(i) < 2.6 && end_s(i) > 2.5);
        double hz = rig_hz(&scene, (begin_s(i) + end_s(i)) / 2);
        if (!edge)
            rig_check(&w[0], rig_value(&record, i, Q_F) - hz, "window %zu", i);
        rig_check(&w[1], (rig_value(&record, i, Q_V1) / 230 - 1) * 1e6, "window %zu", i);
        assert_near(rig_value(&record, i, Q_F), hz, 0.02);
        assert_near(end_s(i) - begin_s(i), 10 / hz, 1e-3);
    }
    for (size_t i = 0; i < record.halves; i++)
        if (record.half[i].channel == SPECTRUM_V1)
            rig_check(&w[2], (record.half[i].rms / 230 - 1) * 100, "%g s",
                      (double)record.half[i].start_ns / 1e9);
    rig_print(w, 3);
    assert_int_equal(record.events, 0);
}

static void ramp_upward(void **state)
{
    (void)state;
    check_ramp(1);
}

static void ramp_downward(void **state)
{
    (void)state;
    check_ramp(-1);
}

/* A step is followed within half a second, whatever its size, and makes no event. */
static void frequency_steps(void **state)
{
    (void)state;
    static const double steps[] = {0.05, -0.3, 1, -1.5, 2, 3, -5, 8};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        rig_scene_init(&scene, 50, 3, 30);
        scene.step_s = 1.003;
        scene.step_hz = steps[i];
        meter.setup.rvc_percent =
            0; /* until the new cycle is known, its values are some percent off */
        measure();
        check_steady(1, 1.6, 230, 50 + steps[i]);
        for (size_t k = 0; k < record.windows; k++) {
            double f = set_of(k)->value[Q_F];
            bool between = f > fmin(50, 50 + steps[i]) - 0.01 && f < fmax(50, 50 + steps[i]) + 0.01;
            assert_true(between || set_of(k)->quality[Q_F] & QUALITY_HELD);
        }
        assert_int_equal(record.events, 0);
        rig_forget(&record);
    }
}

/* --- Phase and amplitude -------------------------------------------------------------------------------- */

/* A jump of the phase in all wires, as when a line is switched elsewhere: windows keep their length and
 * read what there is between their ends. */
static void phase_jumps(void **state)
{
    (void)state;
    static const double jumps[] = {5, -10, 30, -60, 90, 120, 180, -170};
    for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
        rig_scene_init(&scene, 50, 3, 30);
        scene.changes = 1;
        scene.change[0] =
            (struct rig_change){rig_between_frames(&scene, 1.0037), 99, 0xff, 1, jumps[i]};
        measure();
        check_steady(1, 1.5, 230, 50);
        check_closed_form(50);
        for (size_t k = 0; k < record.windows; k++)
            assert_true(fabs(set_of(k)->value[Q_F] - 50) < 0.1 ||
                        set_of(k)->quality[Q_F] & QUALITY_HELD);
        rig_forget(&record);
    }
}

/* A lasting change of the level, down (a dip that stays) and up. */
static void amplitude_steps(void **state)
{
    (void)state;
    static const double factors[] = {0.95, 0.8, 0.5, 1.03, 1.2};
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        rig_scene_init(&scene, 50, 3, 30);
        scene.changes = 1;
        scene.change[0] =
            (struct rig_change){rig_between_frames(&scene, 1.0037), 99, 0xff, factors[i], 0};
        measure();
        check_closed_form(50);
        check_steady(1, 1.5, 230 * factors[i], 50);
        assert_int_equal(record.opens, factors[i] < 0.9 || factors[i] > 1.1);
        rig_forget(&record);
    }
}

/* The voltage is away for a second and comes back with another phase, and another frequency. */
static void return_after_a_second(void **state)
{
    (void)state;
    static const struct {
        double turn_deg, hz;
    } cases[] = {{0, 0}, {80, 0}, {-150, 0}, {0, -1}, {60, 1.7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rig_scene_init(&scene, 50, 4, 30);
        double from = rig_between_frames(&scene, 1.0037), to = rig_between_frames(&scene, 2.0021);
        scene.step_s = to;
        scene.step_hz = cases[i].hz;
        scene.changes = 2;
        scene.change[0] = (struct rig_change){from, to, 0xff, 0, 0};
        scene.change[1] = (struct rig_change){to, 99, 0xff, 1, cases[i].turn_deg};
        measure();
        check_steady(1, 2.5, 230, 50 + cases[i].hz);
        for (size_t k = 0; k < record.windows; k++)
            if (begin_s(k) > 1.1 && end_s(k) < 2) {
                assert_near(rig_value(&record, k, Q_V1), 0, 1e-3);
                assert_near(rig_value(&record, k, Q_F), 50, 1e-3); /* the last good one */
                assert_true(set_of(k)->quality[Q_F] & QUALITY_HELD);
                assert_true(set_of(k)->flags & QUALITY_FLAGGED);
            }
        rig_forget(&record);
    }
}

/* --- Wirings -------------------------------------------------------------------------------------------- */

static void a_dead_phase(void **state)
{
    (void)state;
    for (unsigned dead = 0; dead < 3; dead++)
        for (int known = 0; known < 2; known++) {
            rig_scene_init(&scene, 49.7, 1.5, 30);
            scene.wire[dead].rms = 0;
            scene.wire[dead].noise = 0.3; /* hum and noise on what is open */
            meter.setup.nominal_voltage_v = known ? 230 : 0;
            measure();
            assert_int_equal(record.windows, 7);
            unsigned other = (dead + 1) % 3;
            for (size_t i = 0; i < record.windows; i++) {
                assert_near(rig_value(&record, i, Q_F), 49.7, 1e-3);
                assert_near(rig_value(&record, i, Q_V1 + other), 230, 230 * 20e-6);
                assert_near(rig_value(&record, i, Q_V1 + dead), 0.3, 0.05);
                assert_near(rig_value(&record, i, Q_P1 + other), 1150 * cos(M_PI / 6),
                            1150 * 50e-6);
            }
            assert_int_equal(record.opens, known ? 1 : 0);
            rig_forget(&record);
        }
}

static void reversed_rotation(void **state)
{
    (void)state;
    for (unsigned p = 0; p < 3; p++) {
        scene.wire[p].phase_deg = 120.0 * p;
        scene.wire[4 + p].phase_deg = 120.0 * p - 30;
    }
    measure();
    for (size_t i = 0; i < record.windows; i++) {
        assert_near(rig_value(&record, i, Q_VDIR), 0, 1e-3);
        assert_near(rig_value(&record, i, Q_VINV), 230, 1e-2);
        assert_near(rig_value(&record, i, Q_UINV), 230 * sqrt(3), 1e-2);
        assert_near(rig_value(&record, i, Q_PHI2), 30, 0.01);
        assert_near(rig_value(&record, i, Q_P), 3 * 1150 * cos(M_PI / 6), 0.1);
        assert_true(rig_value(&record, i, Q_Q) > 0);
    }
}

static void check_absent(const struct quantity_set *set, const enum quantity *q, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (quantity_valid(set, q[i]) || set->value[q[i]] != 0)
            fail_msg("%s is there", quantity_info(q[i])->name);
}

static void one_phase(void **state)
{
    (void)state;
    static const enum quantity absent[] = {Q_V2,     Q_V3,    Q_VN,   Q_U12,  Q_U31, Q_USYS,
                                           Q_VDIR,   Q_VNB,   Q_I2,   Q_IN,   Q_P2,  Q_PF3,
                                           Q_THD_V2, Q_CF_I3, Q_IDIR, Q_I0NB, Q_UNBA};
    for (int i = 1; i < 4; i++)
        meter.setup.voltage[i].terms = meter.load[0].current[i].terms = 0;
    measure();
    assert_int_equal(record.windows, 15);
    for (size_t i = 0; i < record.windows; i++) {
        assert_near(rig_value(&record, i, Q_V1), 230, 230 * 20e-6);
        assert_near(rig_value(&record, i, Q_VSYS), 230, 230 * 20e-6);
        assert_near(rig_value(&record, i, Q_ISYS), 5, 5 * 20e-6);
        assert_near(rig_value(&record, i, Q_P), 1150 * cos(M_PI / 6), 1150 * 50e-6);
        assert_near(rig_value(&record, i, Q_P1), 1150 * cos(M_PI / 6), 1150 * 50e-6);
        check_absent(set_of(i), absent, sizeof absent / sizeof *absent);
        for (int c = SPECTRUM_V2; c <= SPECTRUM_IN; c++)
            if (c != SPECTRUM_I1)
                assert_int_equal(set_of(i)->spectrum[c].highest, 0);
    }
}

static void two_phases(void **state)
{
    (void)state;
    static const enum quantity absent[] = {Q_V3, Q_U23, Q_U31, Q_VDIR, Q_UDIR, Q_IDIR, Q_P3, Q_VNB};
    meter.setup.voltage[2].terms = meter.load[0].current[2].terms = 0;
    scene.wire[1].phase_deg = 180; /* 230 / 460 V split phase */
    scene.wire[5].phase_deg = 150;
    measure();
    for (size_t i = 0; i < record.windows; i++) {
        assert_near(rig_value(&record, i, Q_U12), 460, 460 * 20e-6);
        assert_near(rig_value(&record, i, Q_VSYS), 230, 230 * 20e-6);
        assert_near(rig_value(&record, i, Q_P), 2300 * cos(M_PI / 6), 2300 * 50e-6);
        check_absent(set_of(i), absent, sizeof absent / sizeof *absent);
    }
}

static void currents_alone(void **state)
{
    (void)state;
    static const enum quantity absent[] = {Q_V1,  Q_P,   Q_P1, Q_Q,      Q_S,  Q_PF,
                                           Q_PHI, Q_U12, Q_VN, Q_EA_POS, Q_ES, Q_VSYS};
    for (int i = 0; i < 4; i++)
        meter.setup.voltage[i].terms = 0;
    scene.hz = 49.6;
    measure();
    assert_int_equal(record.windows, 14);
    for (size_t i = 0; i < record.windows; i++) {
        assert_near(rig_value(&record, i, Q_F), 49.6, 1e-3);
        assert_near(rig_value(&record, i, Q_I1), 5, 5 * 20e-6);
        assert_near(rig_value(&record, i, Q_IDIR), 5, 1e-3);
        check_absent(set_of(i), absent, sizeof absent / sizeof *absent);
    }
}

/* No alternating signal at all: values keep coming at the nominal clock, without a frequency. */
static void no_signal(void **state)
{
    (void)state;
    for (int dc = 0; dc < 2; dc++) {
        rig_scene_init(&scene, 50, 2, 0);
        for (unsigned c = 0; c < 8; c++)
            scene.wire[c] = (struct rig_wire){.dc = dc};
        meter.setup.nominal_voltage_v = 0;
        measure();
        assert_int_equal(record.windows, 10);
        for (size_t i = 0; i < record.windows; i++) {
            assert_near(end_s(i) - begin_s(i), 0.2, 1e-4);
            assert_near(rig_value(&record, i, Q_V1), dc, 1e-6);
            assert_near(rig_value(&record, i, Q_P1), dc, 1e-6);
            assert_near(rig_value(&record, i, Q_U12), 0, 1e-6);
            assert_false(quantity_valid(set_of(i), Q_F));
            assert_false(quantity_valid(set_of(i), Q_THD_V1));
            assert_false(quantity_valid(set_of(i), Q_COSPHI1));
        }
        size_t halves = 0;
        for (size_t i = 0; i < record.halves; i++)
            if (record.half[i].channel == SPECTRUM_V2) {
                assert_near(record.half[i].rms, dc, 1e-6);
                halves++;
            }
        assert_in_range(halves, 197, 200);
        rig_forget(&record);
    }
}

/* A recording whose voltage is switched on in its course. */
static void switching_on(void **state)
{
    (void)state;
    scene.changes = 1;
    scene.change[0] = (struct rig_change){0, rig_between_frames(&scene, 1.0437), 0xff, 0, 0};
    scene.hz = 50.4;
    measure();
    assert_false(quantity_valid(set_of(0), Q_F));
    assert_near(rig_value(&record, 0, Q_V1), 0, 1e-6);
    size_t after = 0;
    for (size_t i = 0; i < record.windows; i++)
        if (begin_s(i) > 1.5) {
            assert_near(rig_value(&record, i, Q_F), 50.4, 1e-3);
            assert_near(rig_value(&record, i, Q_V1), 230, 230 * 20e-6);
            after++;
        }
    assert_true(after > 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(noise),        TEST(direct_components), TEST(interharmonics),
        TEST(ramp_upward),  TEST(ramp_downward),     TEST(frequency_steps),
        TEST(phase_jumps),  TEST(amplitude_steps),   TEST(return_after_a_second),
        TEST(a_dead_phase), TEST(reversed_rotation), TEST(one_phase),
        TEST(two_phases),   TEST(currents_alone),    TEST(no_signal),
        TEST(switching_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
