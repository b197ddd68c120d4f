/* Sampling rates other than the reference: what a rate can carry is right, what it cannot is absent. */
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

/* The highest order whose subgroup (three lines of 1 / window) lies below half the rate. */
static unsigned highest_below_half(double rate_hz, double hz)
{
    double half = rate_hz / hz * 10 / 2;
    unsigned h = 0;
    while (h < HARMONIC_MAX && (h + 1) * 10 + 1 < half)
        h++;
    return h;
}

/* Every order that the rate carries at 1 % of the voltages. */
static void make_scene(struct rig_scene *s, struct rig_partial *p, double rate_hz, double hz)
{
    unsigned highest = highest_below_half(rate_hz, hz);
    rig_scene_init(s, hz, 1, 30);
    s->rate_hz = rate_hz;
    s->frames = (uint64_t)((rate_hz < 20000 ? 0.85 : 0.45) * rate_hz);
    for (unsigned h = 2; h <= highest; h++)
        p[h - 2] = (struct rig_partial){h, 1, 37.0 * h};
    for (int w = 0; w < 3; w++) {
        s->wire[w].partial = p;
        s->wire[w].partials = highest - 1;
    }
}

enum figure { F, V, I, P, HARMONIC, NEAR_HALF, HALF_CYCLE, FIGURES };

static void check_windows(struct rig_worst w[FIGURES], const struct rig_scene *s,
                          const struct rig_record *r)
{
    unsigned highest = highest_below_half(s->rate_hz, s->hz);
    for (size_t i = 0; i < r->windows; i++) {
        const struct quantity_set *set = &r->window[i].load[0];
        rig_check(&w[F], set->value[Q_F] - s->hz, "%g Hz at %g Hz", s->hz, s->rate_hz);
        rig_check(&w[V], (set->value[Q_V2] / rig_rms(s, 1, 0) - 1) * 1e6, "%g Hz at %g Hz", s->hz,
                  s->rate_hz);
        rig_check(&w[I], (set->value[Q_I3] / 5 - 1) * 1e6, "%g Hz at %g Hz", s->hz, s->rate_hz);
        rig_check(&w[P], (set->value[Q_P1] - rig_product(s, 0, 4)) / (5 * 230) * 1e6,
                  "%g Hz at %g Hz", s->hz, s->rate_hz);
        for (int c = SPECTRUM_V1; c <= SPECTRUM_V3; c++) {
            assert_int_equal(set->spectrum[c].highest, highest);
            for (unsigned h = 1; h <= highest; h++)
                rig_check(&w[h * s->hz > 0.49 * s->rate_hz ? NEAR_HALF : HARMONIC],
                          (set->spectrum[c].rms[h] / rig_rms(s, (unsigned)c, h) - 1) * 100,
                          "%g Hz at %g Hz, order %u", s->hz, s->rate_hz, h);
            for (unsigned h = highest + 1; h <= HARMONIC_MAX; h++)
                assert_true(set->spectrum[c].rms[h] == 0);
        }
    }
    for (size_t i = 0; i < r->halves; i++)
        if (r->half[i].channel == SPECTRUM_V1)
            rig_check(&w[HALF_CYCLE], (r->half[i].rms - rig_rms(s, 0, 0)) / 2.3, "%g Hz at %g Hz",
                      s->hz, s->rate_hz);
}

static void measure_at(struct rig_worst w[FIGURES], double rate_hz, double hz)
{
    struct rig_meter m;
    struct rig_scene s;
    struct rig_record r;
    struct rig_partial p[HARMONIC_MAX];
    rig_meter_init(&m);
    m.setup.highest_rate_hz = rate_hz;
    make_scene(&s, p, rate_hz, hz);
    rig_measure(&m, &s, &r);
    assert_int_equal(r.pushed, ERR_OK);
    assert_int_equal(r.windows, (size_t)((double)s.frames / rate_hz * hz / 10));
    check_windows(w, &s, &r);
    rig_forget(&r);
}

static void usual_rates(void **state)
{
    (void)state;
    static const double rates[] = {3200,  4000,  4800,  5000,      5555.555, 6400,  10000,
                                   12800, 14400, 20000, 30707.244, 50000,    100000};
    struct rig_worst w[FIGURES] = {
        [F] = {"3.2-100 kHz, frequency", "Hz", 1e-3},
        [V] = {"3.2-100 kHz, V", "ppm", 20},
        [I] = {"3.2-100 kHz, I", "ppm", 20},
        [P] = {"3.2-100 kHz, P", "ppm of S", 50},
        [HARMONIC] = {"3.2-100 kHz, harmonics", "%", 0.5},
        [NEAR_HALF] = {"3.2-100 kHz, harmonics above 0.49 of the rate", "%", 5}, /* class I */
        [HALF_CYCLE] = {"3.2-100 kHz, half-cycle RMS", "% of nominal", 0.02},
    };
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        measure_at(w, rates[i], 49.97);
        if (rates[i] < 20000) {
            measure_at(w, rates[i], 50);
            measure_at(w, rates[i], 49.3);
            measure_at(w, rates[i], 60.2);
        }
    }
    rig_print(w, FIGURES);
}

/* With 13 ... 40 frames in a cycle a cycle's RMS is less exact, and so is everything near half the rate. */
static void slow_rates(void **state)
{
    (void)state;
    static const double rates[] = {800.2, 1000, 1200, 1600, 2000};
    struct rig_worst w[FIGURES] = {
        [F] = {"0.8-2 kHz, frequency", "Hz", 1e-3},
        [V] = {"0.8-2 kHz, V", "ppm", 100},
        [I] = {"0.8-2 kHz, I", "ppm", 50},
        [P] = {"0.8-2 kHz, P", "ppm of S", 100},
        [HARMONIC] = {"0.8-2 kHz, harmonics", "%", 0.5},
        [NEAR_HALF] = {"0.8-2 kHz, harmonics above 0.49 of the rate", "%", 5},
        [HALF_CYCLE] = {"0.8-2 kHz, half-cycle RMS", "% of nominal", 0.1},
    };
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        measure_at(w, rates[i], 50);
        measure_at(w, rates[i], 49.3);
        measure_at(w, rates[i], 60.2);
    }
    rig_print(w, FIGURES);
}

/* What the standards' rates must carry: 39 orders at 80 frames a cycle, 7 at 16. */
static void orders_that_a_rate_carries(void **state)
{
    (void)state;
    static const struct {
        double rate_hz, hz;
        unsigned highest;
    } cases[] = {{4000, 50, 39},  {4800, 60, 39},  {800.2, 50, 7}, {9600, 50, 63}, {9600, 69, 63},
                 {14400, 60, 63}, {12800, 50, 63}, {6400, 50, 63}, {6300, 50, 62}, {480, 50, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig_meter m;
        struct rig_scene s;
        struct rig_record r;
        rig_meter_init(&m);
        m.setup.highest_rate_hz = cases[i].rate_hz;
        rig_scene_init(&s, cases[i].hz, 1, 0);
        s.rate_hz = cases[i].rate_hz;
        s.frames = (uint64_t)(0.5 * s.rate_hz);
        rig_measure(&m, &s, &r);
        assert_true(r.windows > 0);
        for (size_t k = 0; k < r.windows; k++)
            for (int c = 0; c < SPECTRUM_COUNT; c++)
                assert_int_equal(r.window[k].load[0].spectrum[c].highest, cases[i].highest);
        rig_forget(&r);
    }
}

/* Down to eight frames in a nominal cycle the values keep their sense: IEC 61000-4-30 class A. */
static void slowest_rates(void **state)
{
    (void)state;
    static const double rates[] = {400, 480, 600};
    static const struct rig_partial third = {3, 10, 20};
    struct rig_worst w[] = {{"400-600 Hz, V", "ppm", 1000},
                            {"400-600 Hz, frequency", "Hz", 0.01},
                            {"400-600 Hz, third harmonic", "%", 5}};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct rig_meter m;
        struct rig_scene s;
        struct rig_record r;
        rig_meter_init(&m);
        m.setup.highest_rate_hz = 600;
        rig_scene_init(&s, 50.1, 1, 30);
        s.rate_hz = rates[i];
        s.frames = (uint64_t)(2 * rates[i]);
        s.wire[1].partial = &third;
        s.wire[1].partials = 1;
        rig_measure(&m, &s, &r);
        assert_int_equal(r.windows, 10);
        for (size_t k = 0; k < r.windows; k++) {
            rig_check(&w[0], (rig_value(&r, k, Q_V1) / 230 - 1) * 1e6, "%g Hz", rates[i]);
            rig_check(&w[1], rig_value(&r, k, Q_F) - 50.1, "%g Hz", rates[i]);
            rig_check(&w[2], (r.window[k].network.spectrum[SPECTRUM_V2].rms[3] / 23 - 1) * 100,
                      "%g Hz, window %zu", rates[i], k);
        }
        rig_forget(&r);
    }
    rig_print(w, 3);
}

static void rates_out_of_range_are_refused(void **state)
{
    (void)state;
    static const double refused[] = {9600.001, 1e9, INFINITY, 399.99, 1, 0, -9600, NAN};
    struct rig_meter m;
    rig_meter_init(&m);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct rig_run run;
        struct rig_record r;
        float samples[8] = {0};
        struct wave_block b = {.rate_hz = refused[i],
                               .flags = WAVE_BEGIN,
                               .frames = 1,
                               .channels = 8,
                               .samples = samples};
        rig_begin(&run, &m, &r);
        assert_int_equal(metrology_push(run.metrology, &b), ERR_UNSUPPORTED);
        b.flags = 0;
        assert_int_equal(metrology_push(run.metrology, &b), ERR_UNSUPPORTED);
        b.rate_hz = 9600; /* and then what it can do */
        assert_int_equal(metrology_push(run.metrology, &b), ERR_OK);
        rig_end(&run);
        rig_forget(&r);
    }
}

/* A recording of four rates: every segment is metered as it would be alone, in its own time. */
static void rates_that_change(void **state)
{
    (void)state;
    static const double rates[] = {4800, 1200, 9600, 600};
    struct rig_meter m;
    struct rig_run run;
    struct rig_record all, alone;
    rig_meter_init(&m);
    rig_begin(&run, &m, &all);
    size_t windows = 0;
    for (int i = 0; i < 4; i++) {
        struct rig_scene s;
        rig_scene_init(&s, 50.02, 1, 30);
        s.rate_hz = rates[i];
        s.frames = (uint64_t)(0.65 * rates[i]);
        s.start_ns = i * 650000000;
        float *samples = rig_make(&s);
        rig_push(&run, &s, samples, 100);
        metrology_finish(run.metrology);
        rig_measure(&m, &s, &alone);
        assert_int_equal(all.windows - windows, alone.windows);
        for (size_t k = 0; k < alone.windows; k++) {
            const struct quantity_set *a = &all.window[windows + k].network;
            const struct quantity_set *b = &alone.window[k].network;
            assert_int_equal(a->start_ns, b->start_ns);
            assert_int_equal(a->end_ns, b->end_ns);
            assert_memory_equal(a->value, b->value, sizeof a->value);
            assert_memory_equal(a->spectrum, b->spectrum, sizeof a->spectrum);
        }
        windows = all.windows;
        rig_forget(&alone);
        free(samples);
    }
    rig_end(&run);
    rig_forget(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_rates),
        cmocka_unit_test(slow_rates),
        cmocka_unit_test(slowest_rates),
        cmocka_unit_test(orders_that_a_rate_carries),
        cmocka_unit_test(rates_out_of_range_are_refused),
        cmocka_unit_test(rates_that_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
