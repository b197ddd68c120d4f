/* Whatever comes in: no crash, no endless loop, and what is said holds together (support/sane.h). */
#include "rig.h"
#include "sane.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHANNELS 16

static struct rig_meter meter;
static struct sane sane;
static struct metrology *metrology;
static void *memory;

static int begin(void **state)
{
    (void)state;
    rig_meter_init(&meter);
    meter.setup.load_count = 3;
    for (unsigned i = 0; i < 3; i++) {
        meter.load[i].rated_current_a = 5;
        for (unsigned c = 0; c < 3; c++)
            meter.load[i].phase[c] = (uint8_t)c;
        for (unsigned c = 0; c < 4; c++)
            meter.load[i].current[c] = rig_mix(4 + 4 * i + c, 1);
    }
    return 0;
}

static void start(double highest_rate_hz)
{
    struct metrology_sink sink = sane_sink(&sane);
    meter.setup.highest_rate_hz = highest_rate_hz;
    memory = aligned_alloc(64, (metrology_bytes(&meter.setup) + 63) / 64 * 64);
    assert_non_null(memory);
    metrology = metrology_begin(memory, &meter.setup, &sink);
}

static void push(double rate_hz, const float *samples, uint64_t frames, uint32_t flags)
{
    struct wave_block b = {.rate_hz = rate_hz,
                           .flags = flags,
                           .frames = (uint32_t)frames,
                           .channels = CHANNELS,
                           .samples = samples};
    metrology_push(metrology, &b);
}

static void stop(void)
{
    metrology_finish(metrology);
    free(memory);
    if (sane.complaint)
        fail_msg("%s", sane.complaint);
}

static float odd_sample(uint64_t *random, int kind)
{
    static const float edges[] = {0,         -0.0f, FLT_MAX, -FLT_MAX, FLT_MIN, 1e-42f, INFINITY,
                                  -INFINITY, NAN,   1e9f,    -1e9f,    1e30f,   -1e-30f};
    switch (kind) {
    case 0:
        return edges[(size_t)(rig_random(random) * 13)];
    case 1: { /* any bits */
        uint32_t bits = (uint32_t)(rig_random(random) * 4294967296.0);
        float x;
        memcpy(&x, &bits, 4);
        return x;
    }
    case 2: /* any size that is still taken */
        return (float)(rig_gaussian(random) * pow(10, rig_random(random) * 16 - 8));
    case 3:
        return (float)(1e-41 * rig_gaussian(random)); /* denormal */
    default:
        return (float)rig_gaussian(random);
    }
}

static void odd_numbers(void **state)
{
    (void)state;
    float *samples = malloc(4000 * CHANNELS * sizeof *samples);
    assert_non_null(samples);
    for (int kind = 0; kind < 5; kind++) {
        uint64_t random = (uint64_t)kind;
        start(9600);
        for (int block = 0; block < 3; block++) {
            for (int i = 0; i < 4000 * CHANNELS; i++)
                samples[i] = odd_sample(&random, kind);
            push(9600, samples, 4000, block == 0 ? WAVE_BEGIN : 0);
        }
        metrology_finish(metrology);
        assert_in_range(sane.windows, 4, 9); /* frequencies from 40 to 72.5 Hz */
        stop();
    }
    free(samples);
}

/* A good signal with a bad sample now and then. */
static void odd_numbers_among_good_ones(void **state)
{
    (void)state;
    struct rig_scene s;
    rig_scene_init(&s, 50.2, 2, 20);
    s.wires = CHANNELS;
    float *samples = rig_make(&s);
    for (int kind = 0; kind < 3; kind++) {
        uint64_t random = 99;
        for (int i = 0; i < 50; i++)
            samples[(size_t)(rig_random(&random) * (double)s.frames * CHANNELS)] =
                odd_sample(&random, kind);
        start(9600);
        push(9600, samples, s.frames, WAVE_BEGIN);
        metrology_finish(metrology);
        assert_in_range(sane.windows, 9, 11);
        stop();
    }
    free(samples);
}

static void rates_at_the_edges(void **state)
{
    (void)state;
    static const double rates[] = {400, 400.001, 401, 511.9, 1599, 3199.9, 204800, 204801, 1e6};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        for (int nominal = 50; nominal <= 60; nominal += 10) {
            struct rig_scene s;
            if (rates[i] < METROLOGY_SAMPLES_PER_CYCLE * nominal)
                continue;
            rig_scene_init(&s, nominal * 1.01, 0.5, 20);
            s.rate_hz = rates[i];
            s.frames = (uint64_t)(0.5 * rates[i]);
            s.wires = CHANNELS;
            meter.setup.nominal_hz = nominal;
            meter.setup.load_count = rates[i] > 1e5 ? 0 : 3;
            float *samples = rig_make(&s);
            start(rates[i]);
            push(rates[i], samples, s.frames, WAVE_BEGIN);
            metrology_finish(metrology);
            assert_int_equal(sane.windows, 2);
            stop();
            free(samples);
        }
}

/* Frequencies far outside what is followed, direct current, a square, a ramp, silence. */
static void strange_signals(void **state)
{
    (void)state;
    float *samples = malloc(9600 * CHANNELS * sizeof *samples);
    assert_non_null(samples);
    for (int kind = 0; kind < 9; kind++) {
        static const double hz[] = {0.3, 7, 25, 39, 73, 150, 1234, 4799, 4800};
        start(9600);
        for (int n = 0; n < 9600; n++)
            for (int c = 0; c < CHANNELS; c++)
                samples[n * CHANNELS + c] =
                    (float)((c % 2 ? 100 : 0) + 325 * cos(2 * M_PI * hz[kind] * n / 9600 + c) +
                            (c == 5 ? n : 0));
        push(9600, samples, 9600, WAVE_BEGIN);
        metrology_finish(metrology);
        assert_in_range(sane.windows, 3, 8);
        stop();
    }
    free(samples);
}

/* Every length from nothing up, of every rate. */
static void tiny_stretches(void **state)
{
    (void)state;
    static const double rates[] = {400, 800.2, 2000, 9600, 50000};
    struct rig_scene s;
    rig_scene_init(&s, 50.5, 1, 20);
    s.wires = CHANNELS;
    float *samples = rig_make(&s);
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        start(50000);
        for (uint64_t frames = 0; frames <= 50; frames++)
            push(rates[i], samples + frames * CHANNELS, frames, WAVE_BEGIN);
        stop();
    }
    free(samples);
}

/* Thousands of stretches of some frames: their energy adds up, and they take no longer than they should. */
static void thousands_of_stretches(void **state)
{
    (void)state;
    struct rig_scene s;
    rig_scene_init(&s, 50, 1, 0);
    s.wires = CHANNELS;
    float *samples = rig_make(&s);
    uint64_t random = 3, total = 0;
    meter.setup.load_count = 1;
    start(9600);
    for (int i = 0; i < 3000; i++) {
        uint64_t frames = 8 + (uint64_t)(rig_random(&random) * 40);
        push(9600, samples + (uint64_t)(rig_random(&random) * 9000) * CHANNELS, frames, WAVE_BEGIN);
        total += frames;
    }
    metrology_finish(metrology);
    const struct energy *e = metrology_energy(metrology, 0);
    double mj = 3450.0 * (double)total / 9600 * 1000;
    assert_near((double)e->count_mj[0] - (double)e->count_mj[1], mj, mj * 1e-3);
    stop();
    free(samples);
}

/* Ends, begins and empty blocks in any order. */
static void ends_without_begins(void **state)
{
    (void)state;
    static float nothing[CHANNELS];
    start(9600);
    metrology_finish(metrology);
    metrology_finish(metrology);
    push(9600, nothing, 0, 0);
    push(9600, nothing, 0, WAVE_BEGIN);
    push(9600, nothing, 1, WAVE_BEGIN);
    metrology_finish(metrology);
    push(4800, nothing, 1, 0);
    push(9600, nothing, 1, 0);
    assert_int_equal(sane.windows, 0);
    stop();
}

/* No voltages, no loads, nothing at all. */
static void empty_wirings(void **state)
{
    (void)state;
    struct rig_scene s;
    rig_scene_init(&s, 50, 1, 0);
    s.wires = CHANNELS;
    float *samples = rig_make(&s);
    for (int kind = 0; kind < 3; kind++) {
        if (kind != 1)
            for (int v = 0; v < 4; v++)
                meter.setup.voltage[v].terms = 0;
        meter.setup.load_count = kind == 2 ? 3 : 0;
        for (int i = 0; i < 3; i++)
            for (int c = 0; c < 4; c++)
                meter.load[i].current[c].terms = 0;
        start(9600);
        push(9600, samples, s.frames, WAVE_BEGIN);
        metrology_finish(metrology);
        assert_in_range(sane.windows, 4, 5);
        stop();
        begin(NULL);
    }
    free(samples);
}

/* What is fed first must not matter to what is fed later, apart from its energy and its events. */
static void garbage_leaves_no_trace(void **state)
{
    (void)state;
    struct rig_scene s;
    struct rig_record clean, after;
    struct rig_run run;
    rig_scene_init(&s, 49.9, 1, 20);
    s.wires = CHANNELS;
    s.start_ns = 7000000000;
    meter.setup.nominal_voltage_v = 0;
    float *samples = rig_make(&s), *garbage = malloc(5000 * CHANNELS * sizeof *garbage);
    assert_non_null(garbage);
    uint64_t random = 5;
    for (int i = 0; i < 5000 * CHANNELS; i++)
        garbage[i] = odd_sample(&random, i % 5);
    rig_begin(&run, &meter, &clean);
    rig_push(&run, &s, samples, 0);
    rig_end(&run);
    rig_begin(&run, &meter, &after);
    struct wave_block b = {.rate_hz = 9600,
                           .flags = WAVE_BEGIN | WAVE_CLIPPED,
                           .frames = 5000,
                           .channels = CHANNELS,
                           .samples = garbage};
    metrology_push(run.metrology, &b);
    metrology_finish(run.metrology);
    size_t before = after.windows;
    rig_push(&run, &s, samples, 0);
    rig_end(&run);
    assert_int_equal(after.windows, before + clean.windows);
    for (size_t i = 0; i < clean.windows; i++) {
        const struct quantity_set *a = &clean.window[i].network;
        const struct quantity_set *c = &after.window[before + i].network;
        assert_int_equal(a->start_ns, c->start_ns);
        assert_int_equal(a->end_ns, c->end_ns);
        assert_int_equal(a->flags, c->flags);
        assert_memory_equal(a->value, c->value, sizeof a->value);
        assert_memory_equal(a->spectrum, c->spectrum, sizeof a->spectrum);
    }
    rig_forget(&clean);
    rig_forget(&after);
    free(samples);
    free(garbage);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(odd_numbers),
        TEST(odd_numbers_among_good_ones),
        TEST(rates_at_the_edges),
        TEST(strange_signals),
        TEST(tiny_stretches),
        TEST(thousands_of_stretches),
        TEST(ends_without_begins),
        TEST(empty_wirings),
        TEST(garbage_leaves_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
