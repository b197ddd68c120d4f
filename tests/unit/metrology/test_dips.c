/* What a dip reads: every one-cycle RMS value against the closed form over the cycle between the channel's
 * own zero crossings, and the event that follows from these. */
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

enum figure { HALF, TIME, RESIDUAL, EDGE, FIGURES };
static struct rig_worst worst[FIGURES];

static int begin(void **state)
{
    (void)state;
    rig_meter_init(&meter);
    rig_scene_init(&scene, 50, 1, 30);
    worst[HALF] = (struct rig_worst){"half-cycle RMS through dips", "% of nominal", 0.2};
    worst[TIME] = (struct rig_worst){"crossings through dips", "us", 30};
    worst[RESIDUAL] = (struct rig_worst){"residual", "% of nominal", 0.2};
    worst[EDGE] = (struct rig_worst){"begin and end of the event", "us", 30};
    return 0;
}

/* Crossing k of a wire's fundamental as it is without changes. */
static double crossing(const struct rig_scene *s, unsigned wire, long k)
{
    return ((double)k / 2 - s->wire[wire].phase_deg / 360) / s->hz;
}

/* The dip that a wire's one-cycle values make by definition: true if there is one. */
static bool closed_form(const struct rig_scene *s, unsigned wire, double *start_s, double *end_s,
                        double *residual)
{
    double nominal = meter.setup.nominal_voltage_v, last = (double)(s->frames - 1) / s->rate_hz;
    bool open = false;
    *residual = INFINITY;
    for (long k = 0;; k++) {
        double from = crossing(s, wire, k), to = crossing(s, wire, k + 2);
        if (from < -0.5 / s->rate_hz)
            continue;
        if (to > last)
            return open;
        double rms = rig_rms_between(s, wire, from, to);
        if (!open && rms < 0.9 * nominal) {
            open = true;
            *start_s = from;
        }
        if (open && rms >= 0.92 * nominal) {
            *end_s = from;
            return true;
        }
        if (open)
            *residual = fmin(*residual, rms);
    }
}

static void check_half_cycles(const char *name)
{
    for (size_t i = 0; i < record.halves; i++) {
        const struct metrology_half_cycle *h = &record.half[i];
        if (h->channel > SPECTRUM_V3)
            continue;
        unsigned wire = (unsigned)h->channel;
        double from = (double)h->start_ns / 1e9, to = (double)h->end_ns / 1e9;
        long k = lround((from * scene.hz + scene.wire[wire].phase_deg / 360) * 2);
        double should_from = crossing(&scene, wire, k), should_to = crossing(&scene, wire, k + 2);
        rig_check(&worst[TIME], (from - should_from) * 1e6, "%s, V%u, %g s", name, wire + 1, from);
        rig_check(&worst[TIME], (to - should_to) * 1e6, "%s, V%u, %g s", name, wire + 1, to);
        rig_check(&worst[HALF],
                  (h->rms - rig_rms_between(&scene, wire, should_from, should_to)) / 2.3,
                  "%s, V%u, %g s", name, wire + 1, from);
    }
}

/* One dip on wire 0: what is recorded is what the closed form says. */
static void check_dip(const char *name)
{
    double start_s, end_s, residual;
    rig_measure(&meter, &scene, &record);
    check_half_cycles(name);
    if (!closed_form(&scene, 0, &start_s, &end_s, &residual)) {
        assert_int_equal(record.events, 0);
    } else {
        assert_int_equal(record.events, 2);
        const struct metrology_event *b = &record.event[0], *e = &record.event[1];
        assert_int_equal(b->kind, EVENT_DIP);
        assert_false(b->ended);
        assert_true(e->ended);
        assert_int_equal(e->kind, EVENT_DIP);
        assert_int_equal(e->load, METROLOGY_NETWORK);
        assert_int_equal(e->channel_count, 1);
        assert_int_equal(e->channel[0].channel, SPECTRUM_V1);
        assert_true(b->start_ns == e->start_ns);
        assert_near(e->reference, 230, 0);
        rig_check(&worst[EDGE], (double)e->start_ns / 1e3 - start_s * 1e6, "%s, begin", name);
        rig_check(&worst[EDGE], (double)e->end_ns / 1e3 - end_s * 1e6, "%s, end", name);
        rig_check(&worst[RESIDUAL], (e->channel[0].extreme - residual) / 2.3, "%s", name);
    }
    rig_forget(&record);
}

static void put_dip(double from_s, double cycles, double factor, double turn_deg)
{
    scene.changes = 1;
    scene.change[0] = (struct rig_change){
        .from_s = rig_between_frames(&scene, from_s),
        .to_s = rig_between_frames(&scene, from_s + cycles / scene.hz),
        .wires = 1,
        .factor = factor,
        .turn_deg = turn_deg,
    };
}

/* Begins on the zero crossing: reads its depth. */
static void one_cycle_from_the_crossing(void **state)
{
    (void)state;
    static const double frequencies[] = {50, 49.3, 50.7, 47.5, 52.3};
    for (size_t i = 0; i < sizeof frequencies / sizeof *frequencies; i++)
        for (double factor = 0; factor < 0.9; factor += 0.125) {
            rig_scene_init(&scene, frequencies[i], 1, 30);
            double from = 20 / scene.hz;
            scene.changes = 1;
            scene.change[0] = (struct rig_change){from, from + 1 / scene.hz, 1, factor, 0};
            rig_measure(&meter, &scene, &record);
            assert_int_equal(record.events, 2);
            rig_check(&worst[RESIDUAL], record.event[1].channel[0].extreme / 2.3 - 100 * factor,
                      "%g Hz, factor %g", scene.hz, factor);
            rig_forget(&record);
        }
    rig_print(&worst[RESIDUAL], 1);
}

static void every_angle_and_length(void **state)
{
    (void)state;
    static const double lengths[] = {0.5, 1, 1.5, 2.5, 10};
    static const double factors[] = {0, 0.5, 0.8, 0.89, 0.95};
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
        for (size_t f = 0; f < sizeof factors / sizeof *factors; f++)
            for (double angle = 0; angle < 360; angle += 22.5) {
                char name[80];
                snprintf(name, sizeof name, "%g cycles to %g at %g deg", lengths[l], factors[f],
                         angle);
                rig_scene_init(&scene, 50, 0.7, 30);
                put_dip((10 + angle / 360) / 50, lengths[l], factors[f], 0);
                check_dip(name);
            }
    rig_print(worst, FIGURES);
}

static void off_frequency(void **state)
{
    (void)state;
    static const double frequencies[] = {49.3, 50.7, 60};
    for (size_t i = 0; i < sizeof frequencies / sizeof *frequencies; i++)
        for (double angle = 0; angle < 360; angle += 60)
            for (double cycles = 1; cycles < 3; cycles += 0.75) {
                char name[80];
                snprintf(name, sizeof name, "%g Hz, %g cycles at %g deg", frequencies[i], cycles,
                         angle);
                rig_scene_init(&scene, frequencies[i], 0.8, 30);
                put_dip((12 + angle / 360) / scene.hz, cycles, 0.4, 0);
                meter.setup.nominal_hz = 50;
                check_dip(name);
                if (scene.hz == 60) {
                    meter.setup.nominal_hz = 60;
                    check_dip(name);
                }
            }
    rig_print(worst, FIGURES);
}

/* The voltage is distorted before, in and after the dip. */
static void with_harmonics(void **state)
{
    (void)state;
    static const struct rig_partial shape[] = {{3, 5, 20},   {5, 6, 190}, {7, 5, 44},
                                               {11, 3.5, 0}, {13, 3, 80}, {25, 1.5, 10}};
    for (double angle = 0; angle < 360; angle += 45)
        for (double cycles = 1; cycles < 3; cycles += 0.75) {
            char name[80];
            snprintf(name, sizeof name, "harmonics, %g cycles at %g deg", cycles, angle);
            rig_scene_init(&scene, 49.8, 0.6, 30);
            scene.wire[0].partial = shape;
            scene.wire[0].partials = 6;
            put_dip((10 + angle / 360) / scene.hz, cycles, 0.55, 0);
            check_dip(name);
        }
    rig_print(worst, FIGURES);
}

/* A fault turns the phase as well; the cycles are cut as before it. */
static void with_a_phase_jump(void **state)
{
    (void)state;
    for (double turn = -60; turn <= 60; turn += 30)
        for (double cycles = 1; cycles < 10; cycles += 2.25) {
            char name[80];
            snprintf(name, sizeof name, "turned by %g deg, %g cycles", turn, cycles);
            rig_scene_init(&scene, 50.2, 0.8, 30);
            put_dip(0.2137, cycles, 0.6, turn);
            check_dip(name);
        }
    rig_print(worst, FIGURES);
}

/* All three voltages dip, so that nothing is left to steer by: the crossings go on as they were. */
static void on_all_phases(void **state)
{
    (void)state;
    for (double angle = 0; angle < 360; angle += 60)
        for (double cycles = 1; cycles < 11; cycles += 3.25) {
            char name[80];
            double start = INFINITY, end = 0, least[3];
            snprintf(name, sizeof name, "three phases, %g cycles at %g deg", cycles, angle);
            rig_scene_init(&scene, 49.6, 0.8, 30);
            put_dip((12 + angle / 360) / scene.hz, cycles, 0.3, 12);
            scene.change[0].wires = 0x7;
            rig_measure(&meter, &scene, &record);
            check_half_cycles(name);
            for (unsigned w = 0; w < 3; w++) {
                double from, to;
                assert_true(closed_form(&scene, w, &from, &to, &least[w]));
                start = fmin(start, from);
                end = fmax(end, to);
            }
            assert_int_equal(record.events, 2);
            const struct metrology_event *e = &record.event[1];
            assert_int_equal(e->channel_count, 3);
            rig_check(&worst[EDGE], (double)e->start_ns / 1e3 - start * 1e6, "%s, begin", name);
            rig_check(&worst[EDGE], (double)e->end_ns / 1e3 - end * 1e6, "%s, end", name);
            for (unsigned w = 0; w < 3; w++) {
                assert_int_equal(e->channel[w].channel, w);
                rig_check(&worst[RESIDUAL], (e->channel[w].extreme - least[w]) / 2.3, "%s", name);
            }
            rig_forget(&record);
        }
    rig_print(worst, FIGURES);
}

/* 50 cycles: long enough to become the new state. If the phase has turned the crossings move with it, but
 * every value stays that of a whole cycle. */
static void fifty_cycles(void **state)
{
    (void)state;
    for (unsigned wires = 1; wires <= 7; wires += 6)
        for (double turn = 0; turn <= 90; turn += 45) {
            rig_scene_init(&scene, 50.1, 2, 30);
            put_dip(0.3, 50, 0.7, turn);
            scene.change[0].wires = wires;
            rig_measure(&meter, &scene, &record);
            double least = INFINITY;
            for (size_t i = 0; i < record.halves; i++) {
                const struct metrology_half_cycle *h = &record.half[i];
                double from = (double)h->start_ns / 1e9, to = (double)h->end_ns / 1e9;
                if (h->channel > SPECTRUM_V3)
                    continue;
                rig_check(&worst[TIME], (to - from - 1 / scene.hz) * 1e6, "%g s", from);
                double rms = rig_rms_between(&scene, (unsigned)h->channel, from, to);
                rig_check(&worst[HALF], (h->rms - rms) / 2.3, "turned by %g, %g s", turn, from);
                least = h->channel == SPECTRUM_V1 ? fmin(least, h->rms) : least;
            }
            assert_int_equal(record.events, 2);
            const struct metrology_event *e = &record.event[1];
            double length = (double)(e->end_ns - e->start_ns) / 1e9;
            assert_near(e->channel[0].extreme, least, 0);
            if (turn == 0) {
                assert_near(length, 50 / 50.1, 1 / 50.1); /* class A: a cycle */
                rig_check(&worst[RESIDUAL], least / 2.3 - 70, "%u wires", wires);
            } else {
                assert_near(length, 50 / 50.1, 1.5 / 50.1);
            }
            rig_forget(&record);
        }
    rig_print(worst, FIGURES);
}

/* As soon and as late as a whole cycle fits into the recording. Where the dip lies in the cycles from which
 * phases are first taken, the crossings are less exact. */
static void near_the_ends_of_a_recording(void **state)
{
    (void)state;
    worst[TIME].limit = worst[EDGE].limit = 200;
    for (double from = 0; from < 0.09; from += 0.0071) {
        char name[80];
        snprintf(name, sizeof name, "%g s after the begin", from);
        rig_scene_init(&scene, 50, 1, 30);
        put_dip(from, 2, 0.5, 0);
        check_dip(name);
    }
    for (double left = 0.021; left < 0.09; left += 0.0071) {
        double start, end, residual;
        rig_scene_init(&scene, 50, 1, 30);
        put_dip(1 - left, 50, 0.5, 0);
        rig_measure(&meter, &scene, &record);
        assert_true(closed_form(&scene, 0, &start, &end, &residual));
        assert_int_equal(record.events, 1);
        assert_int_equal(record.opens, 1);
        assert_false(record.open[0].ended);
        rig_check(&worst[EDGE], (double)record.open[0].start_ns / 1e3 - start * 1e6,
                  "%g s before the end", left);
        rig_check(&worst[RESIDUAL], (record.open[0].channel[0].extreme - residual) / 2.3,
                  "%g s before the end", left);
        rig_forget(&record);
    }
    rig_print(worst, FIGURES);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_cycle_from_the_crossing),
        TEST(every_angle_and_length),
        TEST(off_frequency),
        TEST(with_harmonics),
        TEST(with_a_phase_jump),
        TEST(on_all_phases),
        TEST(fifty_cycles),
        TEST(near_the_ends_of_a_recording),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
