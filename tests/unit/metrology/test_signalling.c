/* Mains signalling: levels on a line and between lines, all channels, frequencies beside nominal, what is out
 * of reach, and the recording of an event. */
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
static struct rig_partial carrier[3];

static int begin(void **state)
{
    (void)state;
    rig_meter_init(&meter);
    meter.setup.load_count = 0;
    rig_scene_init(&scene, 50, 1, 30);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_forget(&record);
    return 0;
}

/* A carrier of so many percent on each voltage. */
static void put_carrier(double hz, double percent)
{
    for (int w = 0; w < 3; w++) {
        carrier[w] = (struct rig_partial){hz / scene.hz, percent * (w + 1), 50.0 * w};
        scene.wire[w].partial = &carrier[w];
        scene.wire[w].partials = 1;
    }
    meter.setup.signalling_hz = hz;
}

static void measure(void)
{
    rig_forget(&record);
    rig_measure(&meter, &scene, &record);
    assert_true(record.windows >= 2);
}

/* Class A asks for 5 % of the value. The fundamental beside nominal leaves nothing: windows are synchronous. */
static void levels(void **state)
{
    (void)state;
    static const double carriers[] = {110,   167, 175,    183.33, 217,  283.3, 316.67, 425,
                                      492.0, 600, 725.01, 1042.5, 1350, 2175,  2990};
    static const double frequencies[] = {50, 49.7, 50.4, 60};
    struct rig_worst worst = {"signalling", "% of the level", 0.5};
    for (size_t f = 0; f < sizeof frequencies / sizeof *frequencies; f++)
        for (size_t c = 0; c < sizeof carriers / sizeof *carriers; c++) {
            if (fabs(remainder(carriers[c], frequencies[f])) < 4)
                continue; /* a harmonic's line too */
            rig_scene_init(&scene, frequencies[f], 1, 30);
            meter.setup.nominal_hz = frequencies[f] > 55 ? 60 : 50;
            put_carrier(carriers[c], 2);
            measure();
            for (int w = 0; w < 3; w++) {
                double level = rig_value(&record, 1, Q_SIG1 + w), is = 230 * 0.02 * (w + 1);
                rig_check(&worst, 100 * (level / is - 1), "%g Hz on %g Hz", carriers[c],
                          frequencies[f]);
            }
        }
    rig_print(&worst, 1);
}

static void what_is_not_there(void **state)
{
    (void)state;
    static const double carriers[] = {0, -5, 3000, 4000, NAN};
    for (size_t c = 0; c < sizeof carriers / sizeof *carriers; c++) {
        meter.setup.signalling_hz = carriers[c];
        measure();
        assert_false(quantity_valid(&record.window[1].network, Q_SIG1));
        assert_int_equal(record.events, 0);
    }
    meter.setup.signalling_hz = 1600; /* at 2000 Hz no line of it */
    scene.rate_hz = 2000;
    scene.frames = 2000;
    measure();
    assert_false(quantity_valid(&record.window[1].network, Q_SIG1));
    begin(NULL);
    meter.setup.signalling_hz = 175;
    meter.setup.no_spectra = true;
    measure();
    assert_false(quantity_valid(&record.window[1].network, Q_SIG1));
}

/* On a network without neutral: of the line voltages. */
static void line_voltages(void **state)
{
    (void)state;
    meter.setup.delta = true;
    meter.setup.nominal_voltage_v = 400;
    put_carrier(175, 2);
    for (int w = 0; w < 3; w++)
        carrier[w] = (struct rig_partial){3.5, w == 0 ? 2 : 0, 0};
    measure();
    assert_near(rig_value(&record, 1, Q_SIG1), 4.6, 0.01);
    assert_near(rig_value(&record, 1, Q_SIG2), 0, 0.01);
    assert_near(rig_value(&record, 1, Q_SIG3), 4.6, 0.01);
}

/* It begins with the first window above the threshold, records for its time, and may begin again. */
static void event(void **state)
{
    (void)state;
    scene.frames = 3 * 9600;
    put_carrier(175, 3); /* 3, 6, 9 % */
    meter.setup.signalling_s = 1;
    meter.setup.signalling_percent = 5;
    scene.changes = 1;
    scene.change[0] = (struct rig_change){0, 1, 7, 0.5, 0}; /* 1.5, 3, 4.5 % */
    meter.setup.dip_percent = 10;
    measure();
    unsigned begins = 0, ends = 0;
    for (size_t i = 0; i < record.events; i++) {
        const struct metrology_event *e = &record.event[i];
        assert_int_equal(e->kind, EVENT_SIGNALLING);
        begins += !e->ended;
        ends += e->ended;
        assert_int_equal(e->channel_count, 2);
        assert_int_equal(e->channel[0].channel, SPECTRUM_V2);
        assert_near(e->channel[1].extreme, 0.09 * 230, 0.05);
        assert_near(e->reference, 230, 0);
        if (e->ended)
            assert_near((double)(e->end_ns - e->start_ns) / 1e9, 1, 0.002);
    }
    assert_near((double)record.event[0].start_ns / 1e9, 1, 0.002);
    assert_int_equal(begins, 2);
    assert_int_equal(ends, 2);
    meter.setup.signalling_percent = 0;
    measure();
    assert_int_equal(record.events, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(levels),
        TEST(what_is_not_there),
        TEST(line_voltages),
        TEST(event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
