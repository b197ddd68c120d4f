/* The samples' clock: frequency over ten seconds of it, a clock that runs away, one that is set, and fast
 * values. */
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
    scene.start_ns = 1700000000 * S;
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

/* --- F_10S ------------------------------------------------------------------------------------------------ */

static void ten_seconds(void **state)
{
    (void)state;
    static const double hz[] = {42.5, 49.7, 50, 50.0123, 57.5, 69};
    for (int i = 0; i < 6; i++) {
        scene.hz = hz[i];
        meter.setup.nominal_hz = hz[i] > 57.5 ? 60 : 50;
        scene.start_ns = 1700000000 * S + 2345678901;
        last_for(29);
        rig_measure(&meter, &scene, &record);
        unsigned valid = 0;
        for (size_t w = 0; w < record.windows; w++) {
            const struct quantity_set *s = &record.window[w].load[0];
            /* the first interval that is seen from its begin ends at 20 s of the clock */
            bool there = s->end_ns - 40000000 >= 1700000020 * S;
            if (!quantity_valid(s, Q_F_10S)) {
                assert_false(there);
                continue;
            }
            valid++;
            assert_near(s->value[Q_F_10S], hz[i], 1e-4);
            assert_int_equal(s->quality[Q_F_10S], QUALITY_VALID);
        }
        assert_true(valid > 45);
        rig_forget(&record);
    }
}

/* A ramp of the frequency: the mean over the whole cycles of the interval, which is its middle's. */
static void a_ramp(void **state)
{
    (void)state;
    scene.hz = 49.5;
    scene.ramp_from_s = 0;
    scene.ramp_to_s = 30;
    scene.ramp_hz_per_s = 0.03;
    last_for(25);
    rig_measure(&meter, &scene, &record);
    double first = rig_value(&record, 60, Q_F_10S), second = rig_value(&record, 110, Q_F_10S);
    assert_near(first, (rig_cycles(&scene, 10) - rig_cycles(&scene, 0)) / 10, 1e-3);
    assert_near(second, (rig_cycles(&scene, 20) - rig_cycles(&scene, 10)) / 10, 1e-3);
}

/* A dip flags it and leaves it right; without any voltage a current tells it, and without one there is
 * none. */
static void with_a_dip(void **state)
{
    (void)state;
    scene.hz = 50.05;
    scene.change[scene.changes++] = (struct rig_change){4.0, 4.3, 7, 0.3, 0};
    last_for(21);
    rig_measure(&meter, &scene, &record);
    const struct quantity_set *s = &record.window[60].network;
    assert_near(s->value[Q_F_10S], 50.05, 2e-3);
    assert_int_equal(s->quality[Q_F_10S], QUALITY_VALID | QUALITY_FLAGGED);
    s = &record.window[record.windows - 1].network;
    assert_int_equal(s->quality[Q_F_10S], QUALITY_VALID);
    assert_near(s->value[Q_F_10S], 50.05, 1e-4);
    rig_forget(&record);
    for (int w = 0; w < 3; w++)
        scene.wire[w].rms = 0;
    rig_measure(&meter, &scene, &record);
    assert_near(rig_value(&record, 60, Q_F_10S), 50.05, 1e-4);
    rig_forget(&record);
    for (int w = 4; w < 8; w++)
        scene.wire[w].rms = 0;
    rig_measure(&meter, &scene, &record);
    assert_false(quantity_valid(&record.window[60].network, Q_F_10S));
}

/* --- A clock that runs away, and one that is set ------------------------------------------------------ */

/* Pushes the scene in blocks of 64 whose starts are those of a clock that gains `ppm`, and is put on by step_ns
 * from step_s on, without WAVE_BEGIN. */
static void meter_drifting(double ppm, double step_s, int64_t step_ns)
{
    float *samples = rig_make(&scene);
    struct rig_run run;
    rig_begin(&run, &meter, &record);
    for (uint64_t n = 0; n < scene.frames; n += 64) {
        double t = (double)n / scene.rate_hz;
        struct wave_block b = {
            .start_ns =
                scene.start_ns + llround(t * (1 + ppm * 1e-6) * 1e9) + (t >= step_s ? step_ns : 0),
            .rate_hz = scene.rate_hz,
            .first_frame = n,
            .flags = n == 0 ? WAVE_BEGIN : 0,
            .frames = (uint32_t)(scene.frames - n < 64 ? scene.frames - n : 64),
            .channels = scene.wires,
            .samples = samples + n * scene.wires,
        };
        assert_int_equal(metrology_push(run.metrology, &b), ERR_OK);
    }
    rig_end(&run);
    free(samples);
}

static double joules(void)
{
    return ((double)record.energy[0].count_mj[0] + record.energy[0].remainder_mj[0]) / 1000;
}

static void a_drifting_clock(void **state)
{
    (void)state;
    static const double ppm[] = {200, -300, 0.5};
    double watt = rig_product(&scene, 0, 4) + rig_product(&scene, 1, 5) + rig_product(&scene, 2, 6);
    last_for(40);
    for (int i = 0; i < 3; i++) {
        meter_drifting(ppm[i], 1000, 0);
        for (size_t w = 0; w < record.windows; w++) {
            const struct quantity_set *s = &record.window[w].network;
            /* one after the other, of 10 cycles, and within a little over a millisecond of the clock */
            assert_true(w == 0 || s->start_ns == record.window[w - 1].network.end_ns);
            assert_int_equal(s->flags, 0);
            assert_near((double)(s->end_ns - s->start_ns) / 1e9, 0.2, 0.0003);
            double due = (double)(w + 1) * 0.2 * (1 + ppm[i] * 1e-6);
            assert_near((double)(s->end_ns - scene.start_ns) / 1e9, due, 0.0015);
            assert_near(s->value[Q_F], 50, 1e-4);
        }
        assert_int_equal(record.windows, 200);
        assert_near(joules() / (watt * 40), 1, 1e-8);
        rig_forget(&record);
    }
}

/* Steps of 3 ms are followed slowly; of 5 s, either way, end the stretch. Energy is what the samples tell. */
static void a_clock_that_is_set(void **state)
{
    (void)state;
    static const int64_t steps[] = {3000000, -3000000, 5 * S, -5 * S};
    double watt = rig_product(&scene, 0, 4) + rig_product(&scene, 1, 5) + rig_product(&scene, 2, 6);
    last_for(20);
    for (int i = 0; i < 4; i++) {
        meter_drifting(0, 10.01, steps[i]);
        size_t breaks = 0;
        for (size_t w = 1; w < record.windows; w++)
            breaks += record.window[w].network.start_ns != record.window[w - 1].network.end_ns;
        assert_int_equal(breaks, i < 2 ? 0 : 1);
        assert_near(joules() / (watt * 20), 1, 1e-8);
        const struct quantity_set *last = &record.window[record.windows - 1].network;
        double off = (double)(last->end_ns - scene.start_ns - steps[i]) / 1e9;
        assert_true(off <= 20.0012 && off > 19.79);
        rig_forget(&record);
    }
}

/* Instants at the ends of what int64_t holds harm nothing. */
static void the_ends_of_time(void **state)
{
    (void)state;
    static const int64_t starts[] = {INT64_MIN, INT64_MAX, INT64_MIN + 5, INT64_MAX - 20 * S};
    double watt = rig_product(&scene, 0, 4) + rig_product(&scene, 1, 5) + rig_product(&scene, 2, 6);
    meter.setup.spans = (1u << METROLOGY_SPANS) - 1;
    last_for(2);
    float *samples = rig_make(&scene);
    for (int i = 0; i < 4; i++) {
        struct rig_run run;
        rig_begin(&run, &meter, &record);
        struct wave_block b = {.start_ns = starts[i],
                               .rate_hz = scene.rate_hz,
                               .flags = WAVE_BEGIN,
                               .frames = (uint32_t)scene.frames / 2,
                               .channels = scene.wires,
                               .samples = samples};
        assert_int_equal(metrology_push(run.metrology, &b), ERR_OK);
        b.flags = 0;
        b.samples += (size_t)b.frames * scene.wires;
        b.start_ns = i % 2 == 0 ? INT64_MAX : INT64_MIN; /* the other end */
        assert_int_equal(metrology_push(run.metrology, &b), ERR_OK);
        metrology_stop(run.metrology);
        rig_end(&run);
        assert_near(joules() / (watt * 2), 1, 1e-7);
        rig_forget(&record);
    }
    free(samples);
}

/* --- Fast values ------------------------------------------------------------------------------------------ */

struct fast_seen {
    unsigned count, cycles;
    int64_t last_ns;
    bool flagged;
};

static void on_fast(void *context, const struct metrology_fast *f)
{
    struct fast_seen *seen = context;
    assert_true(seen->count == 0 || f->start_ns == seen->last_ns);
    assert_int_equal(f->cycles, seen->cycles);
    assert_int_equal(f->load_count, 1);
    const struct metrology_fast_load *l = &f->load[0];
    if (seen->count > 2) {
        double p = 230 * 5 * cos(M_PI / 6);
        assert_near(f->frequency, scene.hz, 0.01);
        assert_near((double)(f->end_ns - f->start_ns) / 1e9, seen->cycles / scene.hz, 2e-6);
        for (int i = 0; i < 3; i++) {
            assert_near(f->voltage[i], 230, 0.01);
            assert_near(f->line_voltage[i], 230 * sqrt(3), 0.02);
            assert_near(l->current[i], 5, 0.001);
            assert_near(l->p[i + 1], p, 0.1);
            assert_near(l->power_factor[i + 1], cos(M_PI / 6), 1e-4);
        }
        assert_near(l->p[0], 3 * p, 0.1);
        assert_near(l->q[0], 3 * 230 * 5 * sin(M_PI / 6), 0.3);
        assert_near(l->s[0], 3 * 230 * 5, 0.3);
    }
    assert_true(f->voltage[3] == 0 && l->current[3] == 0);
    assert_int_equal(f->flags, 0);
    seen->last_ns = f->end_ns;
    seen->count++;
}

static void fast(void **state)
{
    (void)state;
    float *samples;
    scene.hz = 49.9;
    last_for(60); /* past the point where the running sums are brought back to 0 */
    samples = rig_make(&scene);
    for (unsigned cycles = 0; cycles <= 10; cycles += cycles == 1 ? 4 : cycles == 0 ? 1 : 5) {
        struct fast_seen seen = {.cycles = cycles};
        struct metrology_sink sink = {.context = &seen, .fast = on_fast};
        meter.setup.fast_cycles = cycles;
        void *memory = aligned_alloc(64, (metrology_bytes(&meter.setup) + 63) / 64 * 64);
        assert_non_null(memory);
        struct metrology *m = metrology_begin(memory, &meter.setup, &sink);
        struct wave_block b = {.start_ns = scene.start_ns,
                               .rate_hz = scene.rate_hz,
                               .flags = WAVE_BEGIN,
                               .frames = (uint32_t)scene.frames,
                               .channels = scene.wires,
                               .samples = samples};
        assert_int_equal(metrology_push(m, &b), ERR_OK);
        metrology_stop(m);
        free(memory);
        if (cycles == 0)
            assert_int_equal(seen.count, 0);
        else
            assert_near(seen.count, 60 * scene.hz / cycles, 2);
    }
    free(samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ten_seconds, begin, end),
        cmocka_unit_test_setup_teardown(a_ramp, begin, end),
        cmocka_unit_test_setup_teardown(with_a_dip, begin, end),
        cmocka_unit_test_setup_teardown(a_drifting_clock, begin, end),
        cmocka_unit_test_setup_teardown(a_clock_that_is_set, begin, end),
        cmocka_unit_test_setup_teardown(the_ends_of_time, begin, end),
        cmocka_unit_test_setup_teardown(fast, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
