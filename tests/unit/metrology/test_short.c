/* Recordings of a few cycles, and the ends of longer ones. */
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
static struct rig_partial partial[HARMONIC_MAX];

static void make(double rate_hz, double hz, double frames)
{
    rig_meter_init(&meter);
    meter.setup.highest_rate_hz = rate_hz;
    rig_scene_init(&scene, hz, 1, 30);
    scene.rate_hz = rate_hz;
    scene.frames = (uint64_t)frames;
    double highest = fmin(HARMONIC_MAX, rate_hz / hz / 2 * 0.9);
    for (unsigned h = 2; h <= highest; h++)
        partial[h - 2] = (struct rig_partial){h, 1, 20.0 * h};
    for (int w = 0; w < 3; w++) {
        scene.wire[w].partial = partial;
        scene.wire[w].partials = (unsigned)highest - 1;
    }
    rig_measure(&meter, &scene, &record);
}

static void check_window(size_t window, unsigned cycles, uint32_t flags)
{
    const struct quantity_set *s = &record.window[window].load[0];
    assert_int_equal(s->cycles, cycles);
    assert_int_equal(s->flags, flags);
    assert_near(rig_value(&record, window, Q_F), scene.hz, 1e-3);
    assert_near(rig_value(&record, window, Q_V1), rig_rms(&scene, 0, 0), 230 * 20e-6);
    assert_near(rig_value(&record, window, Q_I2), 5, 5 * 20e-6);
    assert_near(rig_value(&record, window, Q_P3), rig_product(&scene, 2, 6), 1150 * 50e-6);
    for (unsigned h = 1; h <= scene.wire[0].partials + 1; h++)
        assert_near(s->spectrum[SPECTRUM_V1].rms[h], rig_rms(&scene, 0, h), 0.005 * 2.3);
}

/* 3 cycles at 30707.244 Hz: the last lacks 0.43 of a frame. */
static void three_cycles(void **state)
{
    (void)state;
    make(30707.244, 50, 30707.244 * 3 / 50);
    assert_int_equal(record.windows, 1);
    check_window(0, 3, QUALITY_SHORT);
    rig_forget(&record);
}

static void nine_cycles_and_a_half(void **state)
{
    (void)state;
    make(50000, 50, 50000 * 9.6 / 50);
    assert_int_equal(record.windows, 1);
    check_window(0, 9, QUALITY_SHORT);
    rig_forget(&record);
}

/* 20 cycles that lack a tenth of a frame make two windows; without another frame or two, one. */
static void a_tenth_of_a_frame_short(void **state)
{
    (void)state;
    make(3200, 20 * 3200 / 1280.1, 1280);
    assert_int_equal(record.windows, 2);
    check_window(0, 10, 0);
    check_window(1, 10, 0);
    rig_forget(&record);
    make(3200, 20 * 3200 / 1280.1, 1278);
    assert_int_equal(record.windows, 1);
    check_window(0, 10, 0);
    rig_forget(&record);
}

/* Some frames after a window's end are fewer than the resampler reads. */
static void some_frames_beyond_a_window(void **state)
{
    (void)state;
    for (int beyond = 0; beyond < 24; beyond += beyond < 4 ? 1 : 5) {
        make(9600, 50, 1920 + beyond);
        assert_int_equal(record.windows, 1);
        check_window(0, 10, 0);
        rig_forget(&record);
    }
}

/* Of fewer than three cycles the frequency is not told, and what is said is flagged and near. */
static void less_than_three_cycles(void **state)
{
    (void)state;
    for (double cycles = 1.1; cycles < 2.95; cycles += 0.15) {
        rig_meter_init(&meter);
        rig_scene_init(&scene, 49.8, cycles / 49.8, 30);
        rig_measure(&meter, &scene, &record);
        assert_int_equal(record.windows, 1);
        const struct quantity_set *s = &record.window[0].load[0];
        assert_true(s->flags & QUALITY_SHORT);
        assert_near(rig_value(&record, 0, Q_V1), 230, 230 * 0.03);
        assert_near(rig_value(&record, 0, Q_I3), 5, 5 * 0.03);
        if (quantity_valid(s, Q_F))
            assert_near(s->value[Q_F], 49.8, 0.5);
        rig_forget(&record);
    }
}

/* One and two cycles have lines so far apart that a harmonic's neighbours are other harmonics. */
static void harmonics_of_two_cycles(void **state)
{
    (void)state;
    static const struct rig_partial third = {3, 10, 0};
    rig_meter_init(&meter);
    rig_scene_init(&scene, 50, 2.0 / 50, 30);
    scene.wire[0].partial = &third;
    scene.wire[0].partials = 1;
    scene.wire[0].dc = 50;
    rig_measure(&meter, &scene, &record);
    assert_int_equal(record.windows, 1);
    const float *rms = record.window[0].network.spectrum[SPECTRUM_V1].rms;
    assert_near(rms[0], 50, 1);
    assert_near(rms[1], 230, 1);
    assert_near(rms[2], 0, 1);
    assert_near(rms[3], 23, 1);
    assert_near(rms[4], 0, 1);
    rig_forget(&record);
}

/* Less than a cycle gives no window, but its energy. */
static void less_than_a_cycle(void **state)
{
    (void)state;
    for (uint64_t frames = 0; frames < 192; frames += 1 + frames / 9) {
        rig_meter_init(&meter);
        rig_scene_init(&scene, 50, 1, 0);
        scene.frames = frames;
        rig_measure(&meter, &scene, &record);
        assert_int_equal(record.windows, 0);
        assert_int_equal(record.halves, 0);
        /* three balanced phases: the power is the same at every instant */
        double mj =
            frames < METROLOGY_SAMPLES_PER_CYCLE ? 0 : 3450.0 * (double)frames / 9600 * 1000;
        assert_near((double)record.energy[0].count_mj[0], mj, 1 + mj * 1e-4);
        rig_forget(&record);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_cycles),
        cmocka_unit_test(nine_cycles_and_a_half),
        cmocka_unit_test(a_tenth_of_a_frame_short),
        cmocka_unit_test(some_frames_beyond_a_window),
        cmocka_unit_test(less_than_three_cycles),
        cmocka_unit_test(harmonics_of_two_cycles),
        cmocka_unit_test(less_than_a_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
