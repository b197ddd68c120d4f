/* What the tests of bad input share: a meter, a second of good signal to spoil, and what must hold for
 * everything that is said whatever came in. */
#ifndef TESTS_BAD_H
#define TESTS_BAD_H

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
static float *samples;

#define P_W        (3 * 230 * 5 * 0.86602540378443864676) /* of the good signal */
#define S_VA       (3 * 230 * 5.0)
#define TEST(name) cmocka_unit_test_setup_teardown(name, bad_begin, bad_end)

/* 230 V, 5 A lagging by 30 degrees, 50 Hz, 9600 Hz: windows of 1920 frames from frame 0. */
static inline int bad_begin(void **state)
{
    (void)state;
    rig_meter_init(&meter);
    rig_scene_init(&scene, 50, 1, 30);
    meter.load[0].rated_current_a = 10;
    samples = rig_make(&scene);
    return 0;
}

static inline int bad_end(void **state)
{
    (void)state;
    rig_forget(&record);
    free(samples);
    samples = NULL;
    return 0;
}

static inline void bad_check_set(const struct quantity_set *s)
{
    for (int q = 0; q < Q_COUNT; q++) {
        if (!isfinite(s->value[q]))
            fail_msg("%s is not finite", quantity_info((enum quantity)q)->name);
        if (!(s->quality[q] & QUALITY_VALID) && (s->quality[q] || s->value[q] != 0))
            fail_msg("%s is not available, but not 0", quantity_info((enum quantity)q)->name);
    }
    for (int c = 0; c < SPECTRUM_COUNT; c++)
        for (int h = 0; h <= HARMONIC_MAX; h++)
            assert_true(isfinite(s->spectrum[c].rms[h]) && (h == 0 || s->spectrum[c].rms[h] >= 0));
}

/* Every number is one; counters never shrink. */
static inline void bad_check(const struct rig_record *r)
{
    for (size_t w = 0; w < r->windows; w++) {
        bad_check_set(&r->window[w].network);
        for (unsigned l = 0; l < r->loads; l++) {
            bad_check_set(&r->window[w].load[l]);
            for (int e = 0; e < ENERGY_REGISTERS && w > 0; e++)
                assert_true(r->window[w].load[l].energy_mj[e] >=
                            r->window[w - 1].load[l].energy_mj[e]);
        }
    }
    for (size_t h = 0; h < r->halves; h++)
        assert_true(r->half[h].rms >= 0 && isfinite(r->half[h].rms));
    for (size_t e = 0; e < r->events; e++)
        for (unsigned c = 0; c < r->event[e].channel_count; c++)
            assert_true(isfinite(r->event[e].channel[c].extreme));
}

/* A counter of load 0 in J (W s). */
static inline double counted_j(enum quantity q)
{
    return (double)record.energy[0].count_mj[q - Q_EA_POS] / 1000;
}

static inline void bad_push(struct rig_run *run, const float *x, uint32_t frames, double rate_hz,
                            int64_t start_ns, uint32_t flags, enum err expected)
{
    struct wave_block b = {.start_ns = start_ns,
                           .rate_hz = rate_hz,
                           .flags = flags,
                           .frames = frames,
                           .channels = scene.wires,
                           .samples = x};
    assert_int_equal(metrology_push(run->metrology, &b), expected);
}

/* Meters what stands in `samples`. */
static inline void bad_measure(void)
{
    struct rig_run run;
    rig_forget(&record);
    rig_begin(&run, &meter, &record);
    rig_push(&run, &scene, samples, 480);
    rig_end(&run);
    bad_check(&record);
}

static inline void spoil(unsigned wires, uint64_t from, uint64_t to, float value)
{
    for (uint64_t n = from; n < to; n++)
        for (unsigned w = 0; w < scene.wires; w++)
            if (wires >> w & 1)
                samples[n * scene.wires + w] = value;
}

#define VOLTAGES 0x07u
#define CURRENTS 0x70u

#endif
