/* Calibration at the intake: offset, and channels that are moved in time. */
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

static struct rig_meter meter;
static struct rig_scene scene;
static struct rig_record record;

static int begin(void **state)
{
    (void)state;
    rig_meter_init(&meter);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_forget(&record);
    return 0;
}

/* I1 ... I3 come late by a time; the meter knows. */
static void late_currents(double hz, double late_us)
{
    rig_scene_init(&scene, hz, 1.01, 60);
    for (int i = 4; i < 7; i++) {
        scene.wire[i].phase_deg -= late_us * 1e-6 * hz * 360;
        meter.load[0].current[i - 4].term[0].advance_us = (float)late_us;
    }
}

static void a_late_channel_is_put_right(void **state)
{
    (void)state;
    static const double late_us[] = {-600, -555.5, -104.1666, -27.8, 13, 27.8, 104.1667, 250, 599};
    struct rig_worst worst[] = {{"P of a moved current", "ppm of S", 20},
                                {"RMS of it", "ppm", 20},
                                {"energy to the last sample", "ppm of S", 25}};
    for (size_t i = 0; i < sizeof late_us / sizeof *late_us; i++)
        for (double hz = 45; hz <= 65; hz += 10) {
            late_currents(hz, late_us[i]);
            rig_measure(&meter, &scene, &record);
            double s = 230 * 5;
            for (size_t w = 0; w < record.windows; w++) {
                rig_check(&worst[0], (rig_value(&record, w, Q_P2) / s - 0.5) * 1e6, "%g us, %g Hz",
                          late_us[i], hz);
                rig_check(&worst[1], (rig_value(&record, w, Q_I2) / 5 - 1) * 1e6, "%g us, %g Hz",
                          late_us[i], hz);
            }
            double joules = 3 * s * 0.5 * (double)scene.frames / scene.rate_hz;
            double counted = (double)record.energy[0].count_mj[0] / 1000;
            rig_check(&worst[2], (counted - joules) / (2 * joules) * 1e6, "%g us, %g Hz",
                      late_us[i], hz);
            rig_forget(&record);
        }
    rig_print(worst, 3);
}

/* Orders up to 40 keep their size and place. */
static void harmonics_are_moved_too(void **state)
{
    (void)state;
    static const struct rig_partial shape[] = {{5, 10, 0}, {25, 10, 0}, {40, 10, 0}};
    late_currents(50, 27.8);
    scene.wire[4].partial = shape;
    scene.wire[4].partials = 3;
    rig_measure(&meter, &scene, &record);
    const float *rms = record.window[2].load[0].spectrum[SPECTRUM_I1].rms;
    assert_near(rms[5], 0.5, 0.5 * 1e-4);
    assert_near(rms[25], 0.5, 0.5 * 1e-3);
    assert_near(rms[40], 0.5, 0.5 * 2e-3);
}

static void blocks_do_not_matter(void **state)
{
    (void)state;
    static const size_t blocks[] = {0, 1, 7, 64, 1000};
    late_currents(50.3, 41);
    meter.load[0].current[3].offset = 0.25f;
    float *samples = rig_make(&scene);
    uint64_t first = 0;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        struct rig_run run;
        rig_begin(&run, &meter, &record);
        rig_push(&run, &scene, samples, blocks[i]);
        rig_end(&run);
        assert_true(record.windows >= 5);
        uint64_t digest = rig_digest(&record);
        first = i == 0 ? digest : first;
        assert_true(digest == first);
        rig_forget(&record);
    }
    free(samples);
}

static void an_offset_is_taken_off(void **state)
{
    (void)state;
    rig_scene_init(&scene, 50, 0.61, 0);
    scene.wire[0].dc = 3;
    scene.wire[4].dc = -0.5;
    meter.setup.voltage[0].offset = -3;
    meter.load[0].current[0].offset = 0.5f;
    rig_measure(&meter, &scene, &record);
    assert_near(rig_value(&record, 1, Q_V1), 230, 230 * 10e-6);
    assert_near(rig_value(&record, 1, Q_I1), 5, 5 * 10e-6);
    assert_near(rig_value(&record, 1, Q_DC_V1), 0, 1e-4);
    assert_near(rig_value(&record, 1, Q_DC_I1), 0, 1e-5);
}

/* Stretches shorter than the filter, and one after the other. */
static void short_stretches(void **state)
{
    (void)state;
    for (unsigned frames = 1; frames < 400; frames += 13) {
        late_currents(50, 500);
        scene.frames = frames;
        rig_measure(&meter, &scene, &record);
        double j = 3 * 230 * 5 * 0.5 * frames / 9600;
        double counted = (double)record.energy[0].count_mj[0] / 1000;
        if (frames > 30)
            assert_near(counted, j, 0.02 * j + 1);
        rig_forget(&record);
    }
}

static void what_is_no_number_spoils_no_more_than_the_filter(void **state)
{
    (void)state;
    late_currents(50, 30);
    float *samples = rig_make(&scene);
    samples[3000 * 8 + 5] = NAN;
    struct rig_run run;
    rig_begin(&run, &meter, &record);
    rig_push(&run, &scene, samples, 100);
    rig_end(&run);
    free(samples);
    for (size_t w = 0; w < record.windows; w++) {
        const struct quantity_set *s = &record.window[w].load[0];
        assert_int_equal((s->flags & QUALITY_GAP) != 0, w == 1);
        for (int q = 0; q < Q_COUNT; q++)
            assert_true(isfinite(s->value[q]));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_late_channel_is_put_right),
        TEST(harmonics_are_moved_too),
        TEST(blocks_do_not_matter),
        TEST(an_offset_is_taken_off),
        TEST(short_stretches),
        TEST(what_is_no_number_spoils_no_more_than_the_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
