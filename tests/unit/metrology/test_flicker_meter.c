/* The flickermeter inside the core: what windows show of it and when, flags, blocks, missing samples. */
#include "modulated.h"
#include "rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RATE 2400

/* What is kept of a run. */
struct kept {
    size_t windows;
    double largest[3];   /* of PINST */
    int64_t first_pinst; /* end of the first window with one, and with a P_st */
    int64_t first_pst;
    struct quantity_set last;
    struct flicker_result result[8];
    unsigned results;
};

static struct kept kept;
static struct rig_meter meter;
static void *memory;
static struct metrology *core;

static double reached_s; /* where the latest push ended */

static void take_window(void *context, struct metrology *m, const struct metrology_window *w)
{
    const struct quantity_set *set = w->network;
    (void)context;
    (void)m;
    kept.windows++;
    for (int c = 0; c < 3; c++)
        if (quantity_valid(set, Q_PINST1 + c))
            kept.largest[c] = fmax(kept.largest[c], set->value[Q_PINST1 + c]);
    if (quantity_valid(set, Q_PINST1) && kept.first_pinst == 0)
        kept.first_pinst = set->end_ns;
    if (quantity_valid(set, Q_PST) && kept.first_pst == 0)
        kept.first_pst = set->end_ns;
    kept.last = *set;
}

static void take_flicker(void *context, const struct flicker_result *r)
{
    (void)context;
    assert_true(kept.results < 8);
    kept.result[kept.results++] = *r;
}

static int begin(void **state)
{
    (void)state;
    rig_meter_init(&meter);
    meter.setup.highest_rate_hz = RATE;
    meter.setup.no_spectra = true;
    meter.setup.load_count = 0;
    memset(&kept, 0, sizeof kept);
    reached_s = -1;
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(memory);
    memory = NULL;
    return 0;
}

static void start(void)
{
    struct metrology_sink sink = {.window = take_window, .flicker = take_flicker};
    size_t bytes = (metrology_bytes(&meter.setup) + 63) / 64 * 64;
    memory = aligned_alloc(64, bytes);
    assert_non_null(memory);
    core = metrology_begin(memory, &meter.setup, &sink);
}

/* A signal that flickers with P_st 1, 2 and 0 on V1 V2 V3. */
static const struct modulation seen[3] = {{true, 0.325, 0.894}, {true, 0.325, 1.788}, {0}};
static double scale = 1;

/* Seconds from_s ... to_s of it in blocks, with WAVE_BEGIN where nothing was before; `missing`: V1 is no
 * number in that block. */

static void push(double from_s, double to_s, size_t block, long missing)
{
    static float sample[4096 * 4];
    uint64_t first = (uint64_t)llround(from_s * RATE), last = (uint64_t)llround(to_s * RATE);
    long count = 0;
    for (uint64_t n = first; n < last; n += block, count++) {
        size_t frames = last - n < block ? (size_t)(last - n) : block;
        for (size_t i = 0; i < frames; i++) {
            double t = (double)(n + i) / RATE;
            for (int c = 0; c < 3; c++)
                sample[4 * i + c] = (float)(scale * 230 * sqrt(2) * modulated_factor(&seen[c], t) *
                                            sin(2 * M_PI * (fmod(50 * t, 1) - c / 3.0)));
            sample[4 * i + 3] = 0;
        }
        if (count == missing)
            sample[0] = NAN;
        struct wave_block b = {
            .start_ns = llround((double)n / RATE * 1e9),
            .rate_hz = RATE,
            .first_frame = n - first,
            .flags = n == first && from_s != reached_s ? WAVE_BEGIN : 0,
            .frames = (uint32_t)frames,
            .channels = 4,
            .samples = sample,
        };
        assert_int_equal(metrology_push(core, &b), ERR_OK);
    }
    reached_s = to_s;
}

/* From the middle of an interval: nothing of the first part; then a P_st of each whole ten minutes, shown from
 * its end on. */
static void whole_intervals(void **state)
{
    (void)state;
    start();
    push(300, 1830, 96, -1);
    metrology_finish(core);
    assert_int_equal(kept.results, 3);
    assert_int_equal(kept.result[0].pst_valid, 0);
    assert_int_equal(kept.result[1].start_ns, INT64_C(600000000000));
    assert_int_equal(kept.result[1].pst_valid, 7);
    assert_int_equal(kept.result[1].flags, 0);
    assert_near(kept.result[1].pst[0], 1, 0.02);
    assert_near(kept.result[1].pst[1], 2, 0.04);
    assert_near(kept.result[1].pst[2], 0, 0.02);
    assert_true(kept.first_pst >= INT64_C(1200000000000) &&
                kept.first_pst < INT64_C(1200300000000));
    assert_true(kept.first_pinst > INT64_C(304900000000) &&
                kept.first_pinst < INT64_C(305500000000));
    for (int c = 0; c < 3; c++)
        assert_near(kept.last.value[Q_PST1 + c], kept.result[2].pst[c], 0);
    assert_near(kept.last.value[Q_PST], kept.result[2].pst[1], 0);
    assert_false(quantity_valid(&kept.last, Q_PLT));
    assert_near(kept.largest[0], 2.98, 0.1);
    assert_near(kept.largest[1], 4 * kept.largest[0], 0.3);
}

/* A recording of ten minutes holds one if its own begin counts. Its last window may end before it does. */
static void a_recording_of_ten_minutes(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        begin(NULL);
        meter.setup.flicker_origin_ns = INT64_C(77000000000);
        start();
        push(77, 677 + k * 0.07, 500, -1);
        metrology_finish(core);
        assert_int_equal(kept.results, 1);
        assert_int_equal(kept.result[0].pst_valid, 7);
        assert_int_equal(kept.result[0].flags, 0);
        assert_near(kept.result[0].pst[0], 1, 0.02);
        end(NULL);
    }
}

static void any_block(void **state)
{
    (void)state;
    static struct kept first;
    static const size_t blocks[] = {4096, 1, 7, 64, 1000};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        begin(NULL);
        meter.setup.flicker_origin_ns = INT64_C(1000000000); /* ends 30 s before the samples do */
        start();
        push(0, 12, blocks[i], -1);
        push(570, 631, blocks[i], -1);
        metrology_finish(core);
        if (i == 0)
            first = kept;
        assert_int_equal(kept.results, 2);
        assert_memory_equal(&first, &kept, sizeof kept);
        end(NULL);
    }
}

/* A dip at the end of the ten minutes flags them, however late it is noticed; missing samples leave a gap,
 * and no flicker of their own. */
static void flags(void **state)
{
    (void)state;
    start();
    push(0, 300, 96, 5000);
    assert_near(kept.largest[2], 0, 0.01);
    push(300, 599.98, 96, -1);
    scale = 0.5;
    push(599.98, 600.1, 96, -1);
    scale = 1;
    push(600.1, 1201, 96, -1);
    assert_int_equal(kept.results, 2);
    assert_int_equal(kept.result[0].flags & QUALITY_FLAGGED, QUALITY_FLAGGED);
    assert_int_equal(kept.result[0].flags & QUALITY_GAP, QUALITY_GAP);
    assert_int_equal(kept.result[1].flags, QUALITY_FLAGGED);
    assert_int_equal(kept.result[0].pst_valid, 7);
    push(1201, 1801, 96, -1);
    assert_int_equal(kept.result[2].flags, 0);
    assert_near(kept.result[2].pst[1], 2, 0.04);
    assert_int_equal(kept.last.quality[Q_PST1], QUALITY_VALID);
}

/* Where it is not wanted, or there are no voltages, it takes no memory and gives nothing. */
static void left_out(void **state)
{
    (void)state;
    size_t with = metrology_bytes(&meter.setup);
    meter.setup.no_flicker = true;
    assert_true(metrology_bytes(&meter.setup) + sizeof(struct flicker) <= with);
    start();
    push(0, 12, 96, -1);
    metrology_finish(core);
    assert_true(kept.windows > 50);
    assert_false(quantity_valid(&kept.last, Q_PINST1));
}

/* Of U12 U23 U31 where there is no neutral. */
static void without_neutral(void **state)
{
    (void)state;
    meter.setup.delta = true;
    meter.setup.nominal_voltage_v = 400;
    meter.setup.voltage[1].terms = 0; /* then only U31 is there */
    start();
    push(0, 20, 96, -1);
    metrology_finish(core);
    assert_false(quantity_valid(&kept.last, Q_PINST1));
    assert_false(quantity_valid(&kept.last, Q_PINST2));
    assert_true(quantity_valid(&kept.last, Q_PINST3));
    assert_true(kept.largest[2] > 0.4 && kept.largest[2] < 1); /* half of V1's change */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whole_intervals), TEST(a_recording_of_ten_minutes),
        TEST(any_block),       TEST(flags),
        TEST(left_out),        TEST(without_neutral),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
