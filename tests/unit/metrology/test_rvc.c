/* Rapid voltage changes, sliding references, and what each channel of an event has of its own. */
#include "rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
    meter.setup.no_spectra = true;
    rig_scene_init(&scene, 50, 5, 30);
    scene.rate_hz = 4800;
    scene.frames = 5 * 4800;
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_forget(&record);
    return 0;
}

static void change(double from_s, double to_s, unsigned wires, double factor)
{
    scene.change[scene.changes++] = (struct rig_change){from_s, to_s, wires, factor, 0};
}

static void measure(void)
{
    rig_forget(&record);
    rig_measure(&meter, &scene, &record);
}

static size_t count(enum event_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < record.events; i++)
        n += record.event[i].kind == kind && record.event[i].ended;
    return n;
}

static const struct metrology_event *event(enum event_kind kind)
{
    for (size_t i = 0; i < record.events; i++)
        if (record.event[i].kind == kind && record.event[i].ended)
            return &record.event[i];
    fail_msg("no %s", event_kind_name(kind));
    return NULL;
}

static double seconds(int64_t ns)
{
    return (double)ns / 1e9;
}

/* --- Rapid changes ---------------------------------------------------------------------------------------- */

/* A step of V1 that stays: it is over at once, and the levels differ by it. A cycle of which a half lies
 * behind the step is the last one of the mean before it: a hundredth of half of the step is missing. */
static void a_step(void **state)
{
    (void)state;
    static const double factors[] = {0.94, 1.06, 0.93};
    for (int i = 0; i < 3; i++) {
        begin(NULL);
        change(2, 5, 1, factors[i]);
        measure();
        assert_int_equal(record.events, 1);
        const struct metrology_event *e = event(EVENT_RVC);
        double step = 230 * fabs(factors[i] - 1);
        assert_int_equal(e->load, METROLOGY_NETWORK);
        assert_near(e->reference, 230, 0);
        assert_int_equal(e->channel_count, 1);
        assert_int_equal(e->channel[0].channel, SPECTRUM_V1);
        assert_near(e->channel[0].extreme, step, 0.01 * step);
        assert_near(e->channel[0].steady, step, 0.2);
        assert_near(seconds(e->start_ns), 2, 0.0101);
        assert_near(seconds(e->end_ns - e->start_ns), 0, 0.0201);
    }
}

/* Below the threshold, and slowly past it, is none. */
static void no_change(void **state)
{
    (void)state;
    change(2, 5, 7, 0.952);
    measure();
    assert_int_equal(record.events, 0);
    begin(NULL);
    for (int k = 0; k < 8; k++) /* 1.2 % every 0.4 s */
        change(1 + 0.4 * k, k == 7 ? 5 : 1.4 + 0.4 * k, 7, 0.988 - 0.012 * k);
    measure();
    assert_int_equal(count(EVENT_RVC), 0);
    begin(NULL);
    meter.setup.rvc_percent = 0;
    change(2, 5, 7, 0.93);
    measure();
    assert_int_equal(record.events, 0);
}

/* There and back within a second: one change, whose levels are the same. */
static void a_pulse(void **state)
{
    (void)state;
    change(2, 2.5, 1, 0.92);
    measure();
    assert_int_equal(record.events, 1);
    const struct metrology_event *e = event(EVENT_RVC);
    assert_near(e->channel[0].extreme, 0.08 * 230, 0.12);
    assert_near(e->channel[0].steady, 0, 0.2);
    assert_near(seconds(e->start_ns), 2, 0.0101);
    assert_near(seconds(e->end_ns), 2.5, 0.0201);
}

/* The hysteresis: what moves by a little more than the threshold keeps a change going with it; without it
 * the first one is over at once, and the second one is another (the third lies near the mean of both). */
static void hysteresis(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        begin(NULL);
        meter.setup.rvc_hysteresis_percent = k ? 0 : 50;
        change(1.5, 2.3, 1, 0.94);
        change(2.3, 3, 1, 0.995); /* 5.5 % back */
        change(3, 5, 1, 0.94);
        measure();
        const struct metrology_event *e = event(EVENT_RVC);
        assert_int_equal(count(EVENT_RVC), k ? 2 : 1);
        assert_near(seconds(e->start_ns), 1.5, 0.0101);
        assert_near(seconds(e->end_ns), k ? 1.5 : 3, 0.0201);
    }
}

/* Two voltages, one after the other: one change. Each has its own times. */
static void two_channels(void **state)
{
    (void)state;
    change(2, 5, 1, 0.94);
    change(2.4, 5, 2, 1.07);
    measure();
    assert_int_equal(record.events, 1);
    const struct metrology_event *e = event(EVENT_RVC);
    assert_int_equal(e->channel_count, 2);
    assert_int_equal(e->channel[1].channel, SPECTRUM_V2);
    assert_near(e->channel[1].extreme, 0.07 * 230, 0.12);
    assert_near(seconds(e->channel[0].start_ns), 2, 0.0101);
    assert_near(seconds(e->channel[1].start_ns), 2.4, 0.0101);
    assert_near(seconds(e->end_ns), 2.4, 0.0201);
}

/* A dip in it, of the same or another voltage: it is that dip, and no rapid change. */
static void a_dip_in_it(void **state)
{
    (void)state;
    change(2, 2.3, 1, 0.6);
    measure();
    assert_int_equal(count(EVENT_DIP), 1);
    assert_int_equal(count(EVENT_RVC), 0);
    begin(NULL);
    change(2, 5, 1, 0.94);
    change(2.3, 2.4, 4, 0.7);
    measure();
    assert_int_equal(count(EVENT_DIP), 1);
    assert_int_equal(count(EVENT_RVC), 0);
    begin(NULL); /* after it is over, both count */
    change(1.5, 5, 1, 0.94);
    change(3.2, 3.3, 4, 0.7);
    measure();
    assert_int_equal(count(EVENT_DIP), 1);
    assert_int_equal(count(EVENT_RVC), 1);
}

/* 60 Hz: 120 values; delta: the line voltages. */
static void other_networks(void **state)
{
    (void)state;
    rig_scene_init(&scene, 60, 5, 30);
    meter.setup.nominal_hz = 60;
    meter.setup.delta = true;
    meter.setup.nominal_voltage_v = 230 * sqrt(3);
    change(2, 5, 7, 0.93);
    measure();
    assert_int_equal(record.events, 1);
    const struct metrology_event *e = event(EVENT_RVC);
    assert_int_equal(e->channel_count, 3);
    assert_int_equal(e->channel[0].channel, SPECTRUM_U12);
    for (int c = 0; c < 3; c++) {
        assert_near(e->channel[c].extreme, 0.07 * 230 * sqrt(3), 0.2);
        assert_near(seconds(e->channel[c].start_ns), 2, 0.017);
    }
}

static void any_block(void **state)
{
    (void)state;
    uint64_t digest = 0;
    change(2, 5, 1, 0.94);
    change(3.3, 3.4, 3, 0.5);
    float *samples = rig_make(&scene);
    static const size_t blocks[] = {0, 1, 7, 64, 1000};
    for (int i = 0; i < 5; i++) {
        struct rig_run run;
        rig_forget(&record);
        rig_begin(&run, &meter, &record);
        rig_push(&run, &scene, samples, blocks[i]);
        rig_end(&run);
        assert_true(record.events >= 3);
        digest = i == 0 ? rig_digest(&record) : digest;
        assert_true(rig_digest(&record) == digest);
    }
    free(samples);
}

/* --- The sliding reference ------------------------------------------------------------------------------- */

/* It goes to the present level within some minutes; then a dip is a dip of that. */
static void sliding(void **state)
{
    (void)state;
    meter.setup.load_count = 0;
    scene.rate_hz = 1200;
    meter.setup.rvc_percent = 0;
    double levels[2] = {0.92, 0.92};
    for (int k = 0; k < 2; k++) {
        scene.frames = 1200 * 180;
        scene.changes = 0;
        for (int w = 0; w < 3; w++)
            scene.wire[w].rms = 230 * levels[k];
        change(170, 171, 1, 0.93); /* 85.6 % of nominal, 93 % of what was there */
        meter.setup.sliding_reference = k == 1;
        measure();
        assert_int_equal(count(EVENT_DIP), k == 0);
    }
    scene.changes = 0;
    change(170, 171, 1, 0.85);
    measure();
    const struct metrology_event *e = event(EVENT_DIP);
    /* from nominal, a part exp(-170 s / 60.5 s) of the way is left; then it is held */
    double reference = 230 * (0.92 + 0.08 * pow(0.9967, 5 * 170));
    assert_near(e->channel[0].reference, reference, 0.05);
    assert_near(e->channel[0].extreme, 0.85 * 0.92 * 230, 0.05);
}

/* --- Each channel's own ----------------------------------------------------------------------------------- */

static void own_times(void **state)
{
    (void)state;
    change(1, 2, 1, 0.7);
    change(1.2, 1.5, 2, 0.5);
    change(1.4, 2.6, 4, 0.8);
    measure();
    const struct metrology_event *e = event(EVENT_DIP);
    static const double from[] = {1, 1.2, 1.4}, to[] = {2, 1.5, 2.6}, residual[] = {70, 50, 80};
    assert_int_equal(e->channel_count, 3);
    assert_near(seconds(e->start_ns), 1, 0.0101);
    assert_near(seconds(e->end_ns), 2.6, 0.0101);
    for (int c = 0; c < 3; c++) {
        assert_true(e->channel[c].ended);
        assert_near(seconds(e->channel[c].start_ns), from[c], 0.0201);
        assert_near(seconds(e->channel[c].end_ns), to[c], 0.0101);
        assert_near(e->channel[c].extreme / 2.3, residual[c], 0.05);
        assert_near(e->channel[c].reference, 230, 0);
    }
    /* while it runs, those that are back have ended */
    assert_false(record.event[0].channel[0].ended);
    /* an interruption ends with the first one back: so do the others in it */
    begin(NULL);
    change(1, 2, 7, 0);
    change(2, 2.5, 3, 0);
    measure();
    e = event(EVENT_INTERRUPTION);
    assert_int_equal(e->channel_count, 3);
    for (int c = 0; c < 3; c++)
        assert_near(seconds(e->channel[c].end_ns), 2, 0.0201);
    e = event(EVENT_DIP);
    assert_near(seconds(e->channel[0].end_ns), 2.5, 0.0101);
    assert_near(seconds(e->channel[2].end_ns), 2, 0.0101);
}

/* An inrush of I2 within one of I1. */
static void overcurrents(void **state)
{
    (void)state;
    meter.load[0].rated_current_a = 5;
    change(1, 1.8, 1u << 4, 3);
    change(1.2, 1.3, 1u << 5, 6);
    measure();
    const struct metrology_event *e = event(EVENT_OVERCURRENT);
    assert_int_equal(e->channel_count, 2);
    assert_near(e->channel[0].extreme, 15, 0.01);
    assert_near(e->channel[1].extreme, 30, 0.01);
    assert_near(seconds(e->channel[0].start_ns), 1, 0.0201);
    assert_near(seconds(e->channel[0].end_ns), 1.8, 0.0101);
    assert_near(seconds(e->channel[1].start_ns), 1.2, 0.0201);
    assert_near(seconds(e->channel[1].end_ns), 1.3, 0.0101);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_step),       TEST(no_change),   TEST(a_pulse),        TEST(hysteresis),
        TEST(two_channels), TEST(a_dip_in_it), TEST(other_networks), TEST(any_block),
        TEST(sliding),      TEST(own_times),   TEST(overcurrents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
