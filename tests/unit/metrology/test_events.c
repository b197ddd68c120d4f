/* The rules of dips, swells, interruptions and overcurrents: thresholds, hysteresis, who begins and who
 * ends, what is flagged. Levels change on the zero crossings of V1 unless told otherwise. */
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
    rig_scene_init(&scene, 50, 2, 30);
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

static double seconds(int64_t ns)
{
    return (double)ns / 1e9;
}

/* The n-th record of this kind that begins or ends; fails if there is none. */
static const struct metrology_event *event(enum event_kind kind, bool ended, unsigned n)
{
    for (size_t i = 0; i < record.events; i++)
        if (record.event[i].kind == kind && record.event[i].ended == ended && n-- == 0)
            return &record.event[i];
    fail_msg("no such %s", event_kind_name(kind));
    return NULL;
}

static size_t count(enum event_kind kind, bool ended)
{
    size_t n = 0;
    for (size_t i = 0; i < record.events; i++)
        n += record.event[i].kind == kind && record.event[i].ended == ended;
    return n;
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(event_kind_name(EVENT_DIP), "dip");
    assert_string_equal(event_kind_name(EVENT_SWELL), "swell");
    assert_string_equal(event_kind_name(EVENT_INTERRUPTION), "interruption");
    assert_string_equal(event_kind_name(EVENT_OVERCURRENT), "overcurrent");
}

/* --- Thresholds ------------------------------------------------------------------------------------------- */

/* Steps of a tenth of a second on V1 alone; level k holds from k / 10 s on. */
static void levels(const double *percent, unsigned n)
{
    scene.frames = (uint64_t)(n * 0.1 * scene.rate_hz);
    scene.changes = 0;
    for (unsigned k = 0; k < n; k++)
        change(k * 0.1, (k + 1) * 0.1, 1, percent[k] / 100);
    rig_measure(&meter, &scene, &record);
}

static void a_dip_needs_its_threshold(void **state)
{
    (void)state;
    static const double above[] = {100, 100, 90.01, 90.01, 100},
                        below[] = {100, 100, 89.99, 89.99, 100};
    levels(above, 5);
    assert_int_equal(record.events, 0);
    rig_forget(&record);
    levels(below, 5);
    assert_int_equal(record.events, 2);
    assert_near(event(EVENT_DIP, true, 0)->channel[0].extreme, 0.8999 * 230, 0.01);
}

static void a_dip_ends_above_its_hysteresis(void **state)
{
    (void)state;
    static const double percent[] = {100, 100, 80, 91.99, 89, 91.97, 92.01, 91, 90.1, 100};
    levels(percent, 10);
    assert_int_equal(record.events, 2);
    const struct metrology_event *e = event(EVENT_DIP, true, 0);
    /* the cycle that is half at 80 % reads 90.55 %, the one that is half at 92.01 % reads 91.99 % */
    assert_near(seconds(e->start_ns), 0.2, 1e-4);
    assert_near(seconds(e->end_ns), 0.6, 1e-4);
    assert_near(e->channel[0].extreme, 0.8 * 230, 0.01);
}

static void a_swell_likewise(void **state)
{
    (void)state;
    static const double none[] = {100, 100, 109.99, 109.99, 100};
    static const double percent[] = {100, 100, 125, 108.01, 112, 108.03, 107.99, 109, 109.9, 100};
    levels(none, 5);
    assert_int_equal(record.events, 0);
    rig_forget(&record);
    levels(percent, 10);
    assert_int_equal(record.events, 2);
    const struct metrology_event *e = event(EVENT_SWELL, true, 0);
    assert_near(seconds(e->start_ns), 0.19, 1e-4);
    assert_near(seconds(e->end_ns), 0.6, 1e-4);
    assert_near(e->channel[0].extreme, 1.25 * 230, 0.01);
}

static void thresholds_are_settings(void **state)
{
    (void)state;
    static const double percent[] = {100, 100, 84, 100, 117, 100, 100};
    levels(percent, 7);
    assert_int_equal(record.events, 4);
    rig_forget(&record);
    meter.setup.dip_percent = 83;
    meter.setup.swell_percent = 118;
    levels(percent, 7);
    assert_int_equal(record.events, 0);
    rig_forget(&record);
    meter.setup.dip_percent = 85;
    meter.setup.hysteresis_percent = 16; /* never back at 101 % */
    levels(percent, 7);
    assert_int_equal(count(EVENT_DIP, false), 1);
    assert_int_equal(count(EVENT_DIP, true), 1);                         /* 117 % is back */
    assert_near(seconds(event(EVENT_DIP, true, 0)->end_ns), 0.39, 1e-4); /* half at 117 % */
}

/* cases.json events-002: levels 100 ... 140, threshold 105 with 2 of hysteresis; here each level stays for
 * 0.1 s instead of 10 units. Fed in three pieces; after the first the event is open. */
static void levels_of_case_events_002(void **state)
{
    (void)state;
    static const double percent[] = {100, 110, 120, 130, 120, 110, 100, 100, 140, 100};
    struct rig_run run;
    meter.setup.swell_percent = 105;
    scene.frames = 9600;
    for (unsigned k = 0; k < 10; k++)
        change(k * 0.1, (k + 1) * 0.1, 1, percent[k] / 100);
    float *samples = rig_make(&scene);
    rig_begin(&run, &meter, &record);
    struct wave_block b = {
        .rate_hz = 9600, .flags = WAVE_BEGIN, .frames = 2880, .channels = 8, .samples = samples};
    metrology_push(run.metrology, &b);
    assert_int_equal(record.events, 1);
    assert_near(seconds(record.event[0].start_ns), 0.1, 0.0101);
    rig_end(&run); /* looks at what is open, after some more half cycles */
    assert_int_equal(record.opens, 1);
    assert_false(record.open[0].ended);
    assert_near(record.open[0].channel[0].extreme, 1.2 * 230, 0.02);
    rig_forget(&record);

    rig_begin(&run, &meter, &record);
    rig_push(&run, &scene, samples, 480);
    rig_end(&run);
    assert_int_equal(record.events, 4);
    const struct metrology_event *first = event(EVENT_SWELL, true, 0);
    const struct metrology_event *second = event(EVENT_SWELL, true, 1);
    assert_near(seconds(first->start_ns), 0.1, 0.0101); /* half a cycle of Urms(1/2) */
    assert_near(seconds(first->end_ns), 0.6, 1e-4);
    assert_near(first->channel[0].extreme, 1.3 * 230, 0.02);
    assert_near(seconds(second->start_ns), 0.8, 0.0101);
    assert_near(seconds(second->end_ns), 0.9, 1e-4);
    assert_near(second->channel[0].extreme, 1.4 * 230, 0.02);
    free(samples);
}

static void no_nominal_voltage_no_events(void **state)
{
    (void)state;
    static const double percent[] = {100, 100, 5, 100, 150, 100, 100};
    meter.setup.nominal_voltage_v = 0;
    levels(percent, 7);
    assert_int_equal(record.events, 0);
    for (size_t i = 0; i < record.windows; i++)
        assert_int_equal(record.window[i].network.flags, 0);
}

/* --- Polyphase -------------------------------------------------------------------------------------------- */

/* V1 from 0.5 to 0.7, V2 from 0.6 to 0.9 s: one dip, from the first to the last. */
static void a_dip_runs_from_the_first_to_the_last(void **state)
{
    (void)state;
    change(0.5, 0.7, 1, 0.7);
    change(0.6, 0.9, 2, 0.4);
    rig_measure(&meter, &scene, &record);
    assert_int_equal(record.events, 2);
    const struct metrology_event *b = event(EVENT_DIP, false, 0), *e = event(EVENT_DIP, true, 0);
    assert_int_equal(b->channel_count, 1);
    assert_int_equal(b->channel[0].channel, SPECTRUM_V1);
    assert_near(seconds(e->start_ns), 0.49, 1e-4);
    assert_near(seconds(e->end_ns), 0.9, 0.0101);
    assert_int_equal(e->channel_count, 2);
    assert_int_equal(e->channel[0].channel, SPECTRUM_V1);
    assert_int_equal(e->channel[1].channel, SPECTRUM_V2);
    assert_near(e->channel[0].extreme, 0.7 * 230, 0.02);
    assert_near(e->channel[1].extreme, 0.4 * 230, 0.2);
}

/* Of three channels that fall at one instant the one begins whose cycle began first, in whatever order
 * they become known. */
static void the_earliest_channel_begins(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 30; i++) {
        double from = 0.5 + i * 0.00067, earliest = INFINITY;
        rig_scene_init(&scene, 50, 1, 30);
        change(from, from + 0.1, 7, 0.3);
        rig_measure(&meter, &scene, &record);
        for (size_t k = 0; k < record.halves; k++)
            if (record.half[k].channel <= SPECTRUM_V3 && record.half[k].rms < 0.9 * 230)
                earliest = fmin(earliest, seconds(record.half[k].start_ns));
        assert_near(seconds(event(EVENT_DIP, true, 0)->start_ns), earliest, 1e-9);
        rig_forget(&record);
    }
}

/* V1 and V2 are dead from 0.4 to 1.4, V3 from 0.6 to 1.0 s: the interruption is where all are. */
static void an_interruption_needs_all(void **state)
{
    (void)state;
    change(0.4, 1.4, 3, 0.02);
    change(0.6, 1.0, 4, 0.03);
    rig_measure(&meter, &scene, &record);
    assert_int_equal(count(EVENT_DIP, true), 1);
    assert_int_equal(count(EVENT_INTERRUPTION, false), 1);
    const struct metrology_event *e = event(EVENT_INTERRUPTION, true, 0);
    assert_near(seconds(e->start_ns), 0.6, 0.0101);
    assert_true(e->start_ns >= 599900000);
    assert_near(seconds(e->end_ns), 0.985, 0.0101); /* the first cycle that holds 12 % again */
    assert_true(e->end_ns < 1000000000);
    assert_int_equal(e->channel_count, 3);
    assert_near(e->channel[0].extreme, 0.02 * 230, 0.01);
    assert_near(e->channel[2].extreme, 0.03 * 230, 0.01);
    const struct metrology_event *d = event(EVENT_DIP, true, 0);
    assert_near(seconds(d->start_ns), 0.39, 0.0101);
    assert_near(seconds(d->end_ns), 1.4, 0.0101);
}

static void two_dead_phases_are_no_interruption(void **state)
{
    (void)state;
    change(0.4, 1.4, 3, 0);
    rig_measure(&meter, &scene, &record);
    assert_int_equal(count(EVENT_DIP, true), 1);
    assert_int_equal(count(EVENT_INTERRUPTION, false), 0);
}

/* With one voltage, "all" is that one. */
static void an_interruption_of_one_phase(void **state)
{
    (void)state;
    meter.setup.voltage[1].terms = meter.setup.voltage[2].terms = 0;
    change(0.5, 0.8, 1, 0.05);
    rig_measure(&meter, &scene, &record);
    assert_int_equal(count(EVENT_INTERRUPTION, true), 1);
    assert_int_equal(event(EVENT_INTERRUPTION, true, 0)->channel_count, 1);
}

/* An interruption ends above its own hysteresis. */
static void an_interruption_ends_above_its_hysteresis(void **state)
{
    (void)state;
    change(0.4, 0.8, 7, 0.05);
    change(0.8, 1.0, 7, 0.1199);
    change(1.0, 1.2, 7, 0.1201);
    rig_measure(&meter, &scene, &record);
    const struct metrology_event *e = event(EVENT_INTERRUPTION, true, 0);
    assert_int_equal(count(EVENT_INTERRUPTION, false), 1);
    assert_near(seconds(e->end_ns), 1.0, 0.0101);
}

static void a_dip_and_a_swell_at_once(void **state)
{
    (void)state;
    change(0.5, 0.9, 1, 0.6);
    change(0.6, 0.8, 4, 1.3);
    rig_measure(&meter, &scene, &record);
    assert_int_equal(record.events, 4);
    assert_int_equal(event(EVENT_SWELL, true, 0)->channel[0].channel, SPECTRUM_V3);
    assert_near(event(EVENT_SWELL, true, 0)->channel[0].extreme, 1.3 * 230, 0.1);
    assert_int_equal(event(EVENT_DIP, true, 0)->channel_count, 1);
}

/* Without neutral the voltages between the phases count. V1 halved makes U12 and U31 0.764 of nominal. */
static void delta_networks_watch_line_voltages(void **state)
{
    (void)state;
    meter.setup.delta = true;
    meter.setup.nominal_voltage_v = 230 * sqrt(3);
    change(0.5, 0.9, 1, 0.5);
    rig_measure(&meter, &scene, &record);
    assert_int_equal(record.events, 2);
    const struct metrology_event *e = event(EVENT_DIP, true, 0);
    assert_int_equal(e->channel_count, 2);
    assert_int_equal(e->channel[0].channel, SPECTRUM_U12);
    assert_int_equal(e->channel[1].channel, SPECTRUM_U31);
    for (size_t i = 0; i < record.halves; i++)
        if (record.half[i].channel == SPECTRUM_U12 && record.half[i].start_ns > 530000000 &&
            record.half[i].end_ns < 870000000)
            assert_near(record.half[i].rms, 230 * sqrt(1.75), 0.05);
    /* U12 turns by 19 degrees at both ends, so that a cycle there reads a little less */
    assert_near(e->channel[0].extreme, 230 * sqrt(1.75), 4);
    assert_near(e->reference, 230 * sqrt(3), 1e-9);
}

/* --- Currents --------------------------------------------------------------------------------------------- */

static void overcurrents(void **state)
{
    (void)state;
    meter.load[0].rated_current_a = 5;
    meter.setup.load_count = 2;
    meter.load[1] = meter.load[0];
    meter.load[1].rated_current_a = 10;
    change(0.5, 0.56, 0x10, 1.5); /* I1: 7.5 A, above 120 % of 5 A only */
    change(0.52, 0.6, 0x40, 3);   /* I3: 15 A, above both */
    change(0.9, 1.0, 0x20, 1.19); /* I2: 5.95 A: no */
    rig_measure(&meter, &scene, &record);
    assert_int_equal(record.events, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(record.event[i].kind, EVENT_OVERCURRENT);
    const struct metrology_event *a = NULL, *b = NULL;
    for (size_t i = 0; i < 4; i++)
        if (record.event[i].ended) {
            a = record.event[i].load == 0 ? &record.event[i] : a;
            b = record.event[i].load == 1 ? &record.event[i] : b;
        }
    assert_non_null(a);
    assert_non_null(b);
    assert_near(a->reference, 5, 0);
    assert_near(b->reference, 10, 0);
    assert_int_equal(a->channel_count, 2);
    assert_int_equal(a->channel[0].channel, SPECTRUM_I1);
    assert_int_equal(a->channel[1].channel, SPECTRUM_I3);
    assert_near(a->channel[0].extreme, 7.5, 0.01);
    assert_near(a->channel[1].extreme, 15, 0.02);
    assert_int_equal(b->channel_count, 1);
    assert_int_equal(b->channel[0].channel, SPECTRUM_I3);
    assert_near(seconds(a->start_ns), 0.495, 0.0151);
    assert_near(seconds(a->end_ns), 0.6, 0.0101);
    /* overcurrents flag no voltage window */
    for (size_t i = 0; i < record.windows; i++)
        assert_int_equal(record.window[i].network.flags, 0);
}

static void no_rated_current_no_overcurrents(void **state)
{
    (void)state;
    change(0.5, 0.6, 0x70, 100);
    rig_measure(&meter, &scene, &record);
    assert_int_equal(record.events, 0);
}

/* --- Flags ------------------------------------------------------------------------------------------------ */

/* Exactly the windows that overlap an event are flagged, and every value in them. */
static void windows_that_overlap_are_flagged(void **state)
{
    (void)state;
    static const double begins[] = {0.4, 0.41, 0.45, 0.59, 0.595, 0.605};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        for (double length = 0.02; length < 0.5; length *= 2.3) {
            rig_scene_init(&scene, 50, 1.6, 30);
            change(begins[i], begins[i] + length, 1, 0.3);
            rig_measure(&meter, &scene, &record);
            assert_int_equal(record.events, 2);
            const struct metrology_event *e = &record.event[1];
            size_t flagged = 0;
            for (size_t w = 0; w < record.windows; w++) {
                const struct quantity_set *s = &record.window[w].load[0];
                bool overlaps = s->start_ns < e->end_ns && s->end_ns > e->start_ns;
                assert_int_equal(s->flags, overlaps ? QUALITY_FLAGGED : 0);
                for (int q = 0; q < Q_COUNT; q++)
                    if (s->quality[q] & QUALITY_VALID &&
                        quantity_info((enum quantity)q)->kind != KIND_COUNTER)
                        assert_int_equal(s->quality[q] & QUALITY_FLAGGED,
                                         overlaps ? QUALITY_FLAGGED : 0);
                flagged += overlaps;
            }
            assert_true(flagged >= 1 && flagged < record.windows);
            rig_forget(&record);
        }
}

/* A dip of half a cycle is over before the window before it is closed, and does not flag that. */
static void a_dip_just_after_a_window(void **state)
{
    (void)state;
    change(0.605, 0.615, 1,
           0.7); /* one cycle, from 0.6 to 0.62 s, reads 86 %, those beside it 93 % */
    rig_measure(&meter, &scene, &record);
    const struct metrology_event *e = event(EVENT_DIP, true, 0);
    assert_near(seconds(e->start_ns), 0.6, 1e-4);
    assert_near(seconds(e->end_ns), 0.61, 1e-4);
    for (size_t w = 0; w < record.windows; w++)
        assert_int_equal(record.window[w].network.flags, w == 3 ? QUALITY_FLAGGED : 0);
}

/* Many events in one window: each keeps its flag. */
static void a_row_of_dips(void **state)
{
    (void)state;
    scene.changes = 0;
    for (unsigned k = 0; k < 15; k++)
        change(0.62 + k * 0.04, 0.64 + k * 0.04, 1, 0.5);
    rig_measure(&meter, &scene, &record);
    assert_int_equal(count(EVENT_DIP, true), 15);
    for (size_t w = 0; w < record.windows; w++) {
        double from = seconds(record.window[w].network.start_ns);
        double to = seconds(record.window[w].network.end_ns);
        bool overlaps = from < 1.2 && to > 0.611;
        assert_int_equal(record.window[w].network.flags, overlaps ? QUALITY_FLAGGED : 0);
    }
}

/* --- Stretches -------------------------------------------------------------------------------------------- */

/* A dip that is open when the samples stop goes on when they come again. */
static void an_event_over_two_stretches(void **state)
{
    (void)state;
    struct rig_run run;
    struct rig_scene second = scene;
    change(1.9, 9, 1, 0.6);
    second.start_ns = 5000000000;
    second.changes = 1;
    second.change[0] = (struct rig_change){0, 0.3, 1, 0.55, 0};
    float *a = rig_make(&scene), *b = rig_make(&second);
    rig_begin(&run, &meter, &record);
    rig_push(&run, &scene, a, 100);
    assert_int_equal(record.events, 1);
    rig_push(&run, &second, b, 100);
    rig_end(&run);
    assert_int_equal(record.events, 2);
    assert_int_equal(record.opens, 0);
    const struct metrology_event *e = event(EVENT_DIP, true, 0);
    assert_near(seconds(e->start_ns), 1.89, 0.0101);
    assert_near(seconds(e->end_ns), 5.3, 0.0101);
    assert_near(e->channel[0].extreme, 0.55 * 230, 0.05);
    assert_int_equal(record.windows, 20);
    assert_int_equal(record.window[9].network.flags, QUALITY_FLAGGED);
    assert_int_equal(record.window[10].network.flags, QUALITY_FLAGGED);
    assert_int_equal(record.window[12].network.flags, 0);
    free(a);
    free(b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names),
        TEST(a_dip_needs_its_threshold),
        TEST(a_dip_ends_above_its_hysteresis),
        TEST(a_swell_likewise),
        TEST(thresholds_are_settings),
        TEST(levels_of_case_events_002),
        TEST(no_nominal_voltage_no_events),
        TEST(a_dip_runs_from_the_first_to_the_last),
        TEST(the_earliest_channel_begins),
        TEST(an_interruption_needs_all),
        TEST(two_dead_phases_are_no_interruption),
        TEST(an_interruption_of_one_phase),
        TEST(an_interruption_ends_above_its_hysteresis),
        TEST(a_dip_and_a_swell_at_once),
        TEST(delta_networks_watch_line_voltages),
        TEST(overcurrents),
        TEST(no_rated_current_no_overcurrents),
        TEST(windows_that_overlap_are_flagged),
        TEST(a_dip_just_after_a_window),
        TEST(a_row_of_dips),
        TEST(an_event_over_two_stretches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
