/* What is said about values: clipped, doubtful, simulated, missing samples mark exactly the windows that
 * hold them, and change nothing else. */
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
static float *samples;

/* 1.1 s of 50 Hz: windows of 1920 frames that begin at frames 0, 1920, 3840 ... */
static int begin(void **state)
{
    (void)state;
    rig_meter_init(&meter);
    rig_scene_init(&scene, 50, 1.1, 30);
    scene.wire[3].rms = 2;
    scene.wire[7].rms = 1;
    samples = rig_make(&scene);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(samples);
    return 0;
}

/* Frames from ... to - 1 come in blocks with the flags. */
static void meter_flagged(uint64_t from, uint64_t to, uint32_t flags, struct rig_record *r)
{
    struct rig_run run;
    uint64_t edges[] = {0, from, to, scene.frames};
    rig_begin(&run, &meter, r);
    for (int i = 0; i < 3; i++) {
        struct wave_block b = {
            .start_ns = llround((double)edges[i] / 9600 * 1e9),
            .rate_hz = 9600,
            .flags = (edges[i] == 0 ? WAVE_BEGIN : 0u) | (i == 1 ? flags : 0u),
            .frames = (uint32_t)(edges[i + 1] - edges[i]),
            .channels = 8,
            .samples = samples + edges[i] * 8,
        };
        if (b.frames > 0)
            assert_int_equal(metrology_push(run.metrology, &b), ERR_OK);
    }
    rig_end(&run);
    assert_int_equal(r->windows, 5);
}

static void check_flags(const struct rig_record *r, uint64_t from, uint64_t to, uint32_t quality)
{
    for (size_t w = 0; w < 5; w++) {
        bool holds = from < 1920 * (w + 1) && to > 1920 * w;
        const struct quantity_set *s = &r->window[w].load[0];
        assert_int_equal(s->flags, holds ? quality : 0);
        assert_int_equal(r->window[w].network.flags, s->flags);
        for (int q = 0; q < Q_COUNT; q++) {
            bool predicted = q >= Q_PRED_P && q <= Q_PRED_S; /* has a gap of all its interval */
            uint32_t had = predicted ? s->quality[q] & QUALITY_GAP : 0u;
            if (s->quality[q] && quantity_info((enum quantity)q)->kind != KIND_COUNTER)
                assert_int_equal(s->quality[q], QUALITY_VALID | s->flags | had);
        }
    }
}

static void flags_of_blocks(void **state)
{
    (void)state;
    static const uint64_t ranges[][2] = {{1920, 1921}, {1919, 1920}, {1919, 1921}, {0, 1},
                                         {3839, 3841}, {2000, 2500}, {3840, 7680}, {3839, 7681},
                                         {9599, 9600}, {9600, 9700}, {100, 9000},  {1888, 1920},
                                         {1920, 1952}, {5759, 5760}, {5760, 5761}};
    static const uint32_t pairs[][2] = {
        {WAVE_CLIPPED, QUALITY_CLIPPED},
        {WAVE_DOUBTFUL, QUALITY_GAP},
        {WAVE_SIMULATED, QUALITY_SIMULATED},
        {WAVE_CLIPPED | WAVE_SIMULATED, QUALITY_CLIPPED | QUALITY_SIMULATED}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        for (int k = 0; k < 4; k++) {
            struct rig_record r;
            meter_flagged(ranges[i][0], ranges[i][1], pairs[k][0], &r);
            check_flags(&r, ranges[i][0], ranges[i][1], pairs[k][1]);
            rig_forget(&r);
        }
}

/* A whole stream from a model. */
static void a_simulated_stream(void **state)
{
    (void)state;
    struct rig_record r;
    meter_flagged(0, scene.frames, WAVE_SIMULATED, &r);
    check_flags(&r, 0, scene.frames, QUALITY_SIMULATED);
    rig_forget(&r);
}

static void meter_with(float odd, unsigned wire, uint64_t frame, struct rig_record *r)
{
    struct rig_run run;
    float keep = samples[frame * 8 + wire];
    samples[frame * 8 + wire] = odd;
    rig_begin(&run, &meter, r);
    rig_push(&run, &scene, samples, 64);
    rig_end(&run);
    samples[frame * 8 + wire] = keep;
}

/* Values of the quantity are the same in both records, to the bit. */
static void check_same(const struct rig_record *a, const struct rig_record *b, enum quantity q)
{
    for (size_t w = 0; w < a->windows; w++)
        if (a->window[w].load[0].value[q] != b->window[w].load[0].value[q])
            fail_msg("%s differs in window %zu", quantity_info(q)->name, w);
}

/* One sample of a voltage: the network and the loads on it are flagged in its window; of a current: that
 * load alone. All other lanes read what they did. */
static void missing_samples(void **state)
{
    (void)state;
    static const float odd[] = {NAN, INFINITY, -INFINITY, 2e9f, -3e38f};
    static const uint64_t at[] = {0, 1919, 1920, 5000, 9599, 10000};
    struct rig_record whole;
    meter.setup.load_count = 2;
    meter.load[1] = meter.load[0];
    meter.load[1].current[0] = rig_mix(5, 1); /* the second load does not know wire 4 */
    meter_flagged(0, 0, 0, &whole);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        for (size_t k = 0; k < sizeof at / sizeof *at; k++)
            for (unsigned wire = 2; wire <= 4; wire += 2) {
                struct rig_record r;
                meter_with(odd[i], wire, at[k], &r);
                for (size_t w = 0; w < 5; w++) {
                    bool holds = at[k] / 1920 == w;
                    uint32_t gap = holds ? QUALITY_GAP : 0;
                    const struct rig_window *x = &r.window[w];
                    assert_int_equal(x->network.flags, wire < 4 ? gap : 0);
                    assert_int_equal(x->load[0].flags, gap);
                    assert_int_equal(x->load[1].flags, wire < 4 ? gap : 0);
                    assert_int_equal(x->load[0].quality[Q_V1],
                                     QUALITY_VALID | (wire < 4 ? gap : 0));
                    assert_int_equal(x->load[0].quality[Q_I2], QUALITY_VALID | gap);
                    for (int q = 0; q < Q_COUNT; q++)
                        assert_true(isfinite(x->load[0].value[q]));
                    if (!holds)
                        assert_memory_equal(x->load[0].spectrum[SPECTRUM_V1].rms,
                                            whole.window[w].load[0].spectrum[SPECTRUM_V1].rms,
                                            sizeof x->load[0].spectrum[0].rms);
                }
                check_same(&r, &whole, Q_F);
                check_same(&r, &whole, Q_V1);
                check_same(&r, &whole, Q_U12);
                check_same(&r, &whole, Q_I2);
                check_same(&r, &whole, Q_IN);
                check_same(&r, &whole, Q_P2);
                check_same(&r, &whole, Q_THD_V2);
                check_same(&r, &whole, Q_VN);
                rig_forget(&r);
            }
    rig_forget(&whole);
}

/* A sample that is out of this world in one window leaves nothing behind in the next ones. */
static void nothing_lingers(void **state)
{
    (void)state;
    struct rig_record r;
    meter_with(9e8f, 0, 3000, &r); /* still taken as a measurement */
    assert_true(r.window[1].network.value[Q_V1] > 1e6);
    assert_int_equal(r.window[1].network.flags & QUALITY_GAP, 0);
    for (size_t w = 3; w < 5; w++)
        assert_near(r.window[w].network.value[Q_V1], 230, 0.05);
    rig_forget(&r);
    meter_with(INFINITY, 0, 3000, &r);
    assert_near(r.window[1].network.value[Q_V1], 230, 0.2);
    for (size_t w = 2; w < 5; w++)
        assert_near(r.window[w].network.value[Q_V1], 230, 230 * 20e-6);
    rig_forget(&r);
}

/* A channel that is missing throughout reads 0 and says so; the others do not mind. */
static void a_missing_channel(void **state)
{
    (void)state;
    struct rig_run run;
    struct rig_record r;
    for (uint64_t n = 0; n < scene.frames; n++)
        samples[n * 8 + 1] = NAN;
    rig_begin(&run, &meter, &r);
    rig_push(&run, &scene, samples, 0);
    rig_end(&run);
    assert_int_equal(r.windows, 5);
    for (size_t w = 0; w < 5; w++) {
        const struct quantity_set *s = &r.window[w].network;
        assert_true(s->flags & QUALITY_GAP);
        assert_near(s->value[Q_V2], 0, 0);
        assert_near(s->value[Q_V1], 230, 230 * 20e-6);
        assert_near(s->value[Q_F], 50, 1e-3);
    }
    rig_forget(&r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(flags_of_blocks), TEST(a_simulated_stream), TEST(missing_samples),
        TEST(nothing_lingers), TEST(a_missing_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
