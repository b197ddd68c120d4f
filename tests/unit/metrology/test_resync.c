/* Windows at the ticks of the clock: they begin anew there, the one in progress runs on to its end, and
 * energy is counted once (IEC 61000-4-30 4.5, class A). */
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

#define S INT64_C(1000000000)

static struct rig_meter meter;
static struct rig_scene scene;
static struct rig_record record;

static int begin(void **state)
{
    (void)state;
    rig_meter_init(&meter);
    rig_scene_init(&scene, 50, 1, 30);
    scene.rate_hz = meter.setup.highest_rate_hz = 3200;
    meter.setup.resync_s = 10;
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_forget(&record);
    return 0;
}

static void last_for(double seconds)
{
    scene.frames = (uint64_t)(seconds * scene.rate_hz);
}

static double seconds_of(int64_t ns)
{
    return (double)(ns - scene.start_ns) / 1e9;
}

/* Every window has its cycles; it begins where the one before ended, or, if that one holds a tick, at the
 * first whole cycle from the tick on. Returns how many overlapped. */
static unsigned check_order(double hz, unsigned cycles)
{
    unsigned overlaps = 0;
    int64_t tick_ns = (int64_t)meter.setup.resync_s * S;
    for (size_t i = 0; i < record.windows; i++) {
        const struct quantity_set *w = &record.window[i].network;
        assert_int_equal(w->cycles, cycles);
        /* but for the first, whose begin is the first frame's instant, half a frame after its own */
        double short_by = i == 0 ? 0.5 / scene.rate_hz : 0;
        assert_near((double)(w->end_ns - w->start_ns) / 1e9, cycles / hz - short_by, 2e-6);
        if (i == 0)
            continue;
        const struct quantity_set *before = &record.window[i - 1].network;
        int64_t tick = (before->start_ns / tick_ns + 1) * tick_ns;
        if (before->end_ns <= tick) {
            assert_true(w->start_ns == before->end_ns);
            continue;
        }
        assert_true(w->start_ns >= tick && w->start_ns <= before->end_ns);
        assert_near((double)(w->start_ns - tick) / 1e9, 0.5 / hz, 0.5 / hz + 1e-6);
        double whole = (double)(before->end_ns - w->start_ns) / 1e9 * hz;
        assert_near(whole, round(whole), 1e-3);
        overlaps += w->start_ns < before->end_ns;
    }
    return overlaps;
}

static void check_energy(double watt)
{
    const struct energy *e = &record.energy[0];
    double joules = ((double)e->count_mj[0] + e->remainder_mj[0]) / 1000;
    double seconds = (double)scene.frames / scene.rate_hz;
    assert_near(joules / (watt * seconds), 1, 1e-8);
    for (size_t i = 0; i < record.windows; i++) {
        const struct quantity_set *w = &record.window[i].load[0];
        double counted = (double)w->energy_mj[0] / 1000;
        double until = seconds_of(w->end_ns) + 0.5 / scene.rate_hz;
        assert_near(counted, watt * until,
                    2e-8 * watt * until + 0.001 + 1e-5 * watt / scene.rate_hz);
    }
}

static double watt(void)
{
    return rig_product(&scene, 0, 4) + rig_product(&scene, 1, 5) + rig_product(&scene, 2, 6);
}

static void frequencies(void **state)
{
    (void)state;
    static const struct {
        double hz, nominal, start_s;
    } cases[] = {{50, 50, 5}, {49.7, 50, 3.3}, {50.31, 50, 9.99}, {60, 60, 0.123}, {59.3, 60, 8}};
    for (int i = 0; i < 5; i++) {
        scene.hz = cases[i].hz;
        meter.setup.nominal_hz = cases[i].nominal;
        scene.start_ns = 1700000000 * S + (int64_t)(cases[i].start_s * 1e9);
        last_for(23.456);
        rig_measure(&meter, &scene, &record);
        unsigned overlaps = check_order(scene.hz, cases[i].nominal > 55 ? 12 : 10);
        check_energy(watt());
        assert_true(overlaps >= 1 && overlaps <= 3);
        printf("# %.2f Hz: %zu windows, %u ticks with an overlap\n", scene.hz, record.windows,
               overlaps);
        rig_forget(&record);
    }
}

/* aggregation-001 of the reference cases: 1000 Hz, sine of phase 0, from 00:00:05 on, ticks every 10 s. The
 * tick lies 5 s in; the window after it ends at 5.22 s, within 5 ms. */
static void reference_case(void **state)
{
    (void)state;
    meter.setup.nominal_voltage_v = 1;
    scene.rate_hz = meter.setup.highest_rate_hz = 1000;
    scene.start_ns = 1704067205 * S;
    for (int w = 0; w < 3; w++)
        scene.wire[w].rms = 1;
    last_for(21);
    rig_measure(&meter, &scene, &record);
    size_t i = 0;
    while (i < record.windows && seconds_of(record.window[i].network.start_ns) < 5)
        i++;
    assert_true(i > 0 && i < record.windows);
    assert_near(seconds_of(record.window[i].network.end_ns), 5.22, 0.005);
    assert_true(check_order(50, 10) >= 1);
}

/* A recording without a date begins at 0: its own time has the ticks. Before 1970 is as good a time. */
static void other_times(void **state)
{
    (void)state;
    static const int64_t starts[] = {0, -5 * S, -123456789};
    for (int i = 0; i < 3; i++) {
        scene.start_ns = starts[i];
        last_for(12);
        rig_measure(&meter, &scene, &record);
        size_t after = 0;
        int64_t tick = starts[i] == 0 ? 10 * S : 0;
        while (after < record.windows && record.window[after].network.start_ns < tick)
            after++;
        assert_true(after > 0 && after < record.windows);
        assert_true(record.window[after].network.start_ns - tick < 20000000);
        check_energy(watt());
        rig_forget(&record);
    }
}

static void never(void **state)
{
    (void)state;
    meter.setup.resync_s = 0;
    scene.hz = 49.7;
    last_for(12);
    rig_measure(&meter, &scene, &record);
    for (size_t i = 1; i < record.windows; i++)
        assert_true(record.window[i].network.start_ns == record.window[i - 1].network.end_ns);
    check_energy(watt());
}

/* Loads that change while windows overlap: energy is the integral of what was there. */
static void a_step_in_the_overlap(void **state)
{
    (void)state;
    scene.start_ns = 1700000009 * S + 900000000;
    scene.hz = 50.02;
    scene.change[scene.changes++] = (struct rig_change){
        rig_between_frames(&scene, 0.11), rig_between_frames(&scene, 1.5), 0x70, 2, 0};
    last_for(3);
    rig_measure(&meter, &scene, &record);
    assert_true(check_order(scene.hz, 10) == 1);
    double joules =
        ((double)record.energy[0].count_mj[0] + record.energy[0].remainder_mj[0]) / 1000;
    double doubled = rig_between_frames(&scene, 1.5) - rig_between_frames(&scene, 0.11);
    /* within parts of a cycle power swings in one phase; in the sum of three it does not */
    assert_near(joules, watt() * (3 + doubled), 1e-5 * joules);
}

/* The cut into blocks changes no bit, also across a tick. */
static void blocks(void **state)
{
    (void)state;
    scene.start_ns = 1700000008 * S + 777777777;
    scene.hz = 49.83;
    last_for(3);
    float *samples = rig_make(&scene);
    static const size_t sizes[] = {0, 1, 7, 64, 1000};
    uint64_t digest = 0;
    for (int i = 0; i < 5; i++) {
        struct rig_run run;
        rig_begin(&run, &meter, &record);
        rig_push(&run, &scene, samples, sizes[i]);
        rig_end(&run);
        uint64_t d = rig_digest(&record);
        assert_true(i == 0 || d == digest);
        digest = d;
        if (i == 0)
            assert_int_equal(check_order(scene.hz, 10), 1);
        rig_forget(&record);
    }
    free(samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(frequencies, begin, end),
        cmocka_unit_test_setup_teardown(reference_case, begin, end),
        cmocka_unit_test_setup_teardown(other_times, begin, end),
        cmocka_unit_test_setup_teardown(never, begin, end),
        cmocka_unit_test_setup_teardown(a_step_in_the_overlap, begin, end),
        cmocka_unit_test_setup_teardown(blocks, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
