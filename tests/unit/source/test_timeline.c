/* Times of samples to stretches at one rate. */
#include "source/timeline.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define MOST 64

struct found {
    struct timeline_stretch stretches[MOST];
    unsigned count;
};

static bool keep(void *context, const struct timeline_stretch *s)
{
    struct found *f = context;
    if (f->count == MOST)
        return false;
    f->stretches[f->count++] = *s;
    return true;
}

static struct found run(const int64_t *times, size_t n, double resolution_ns, double rate_hz)
{
    struct found f = {0};
    struct timeline t;
    timeline_init(&t, resolution_ns, rate_hz, keep, &f);
    for (size_t i = 0; i < n; i++)
        assert_true(timeline_push(&t, times[i]));
    assert_true(timeline_finish(&t));
    uint64_t next = 0;
    for (unsigned i = 0; i < f.count; i++) { /* every frame in one stretch, in order */
        assert_int_equal(f.stretches[i].first, next);
        next += f.stretches[i].frames;
    }
    assert_int_equal(next, n);
    return f;
}

static void rounded_times_are_one_stretch(void **state)
{
    (void)state;
    int64_t t[8000];
    for (int i = 0; i < 8000; i++)
        t[i] = llround(i * 1e9 / 48000); /* 20833.33 ns */
    struct found f = run(t, 8000, 1, 0);
    assert_int_equal(f.count, 1);
    assert_true(f.stretches[0].rate_hz == 48000);
}

static void one_short_step_is_no_gap(void **state)
{
    (void)state;
    int64_t t[8000];
    for (int i = 0; i < 8000; i++)
        t[i] = (int64_t)i * 40001 / 2 - (i >= 5000 ? 2244 : 0);
    struct found f = run(t, 8000, 1, 0);
    assert_int_equal(f.count, 1);
    assert_true(f.stretches[0].rate_hz == 50000);
}

static void a_rate_off_the_round_one_stays(void **state)
{
    (void)state;
    int64_t t[5000];
    for (int i = 0; i < 5000; i++)
        t[i] = llround(i * 1e9 / 50005); /* 100 ppm: not meant to be 50000 */
    struct found f = run(t, 5000, 1, 0);
    assert_int_equal(f.count, 1);
    assert_true(fabs(f.stretches[0].rate_hz - 50005) < 0.01);
}

static void coarse_times_still_tell_the_rate(void **state)
{
    (void)state;
    int64_t t[20000];
    for (int i = 0; i < 20000; i++)
        t[i] = (int64_t)floor(i / 9.6) * 1000000; /* 9600 Hz, written in milliseconds */
    struct found f = run(t, 20000, 1e6, 0);
    assert_int_equal(f.count, 1);
    assert_true(fabs(f.stretches[0].rate_hz - 9600) < 9600 * 6e-4);
}

static void jitter_does_not_break_a_stretch(void **state)
{
    (void)state;
    int64_t t[3000];
    uint32_t seed = 1;
    for (int i = 0; i < 3000; i++) {
        seed = seed * 1664525u + 1013904223u;
        t[i] = (int64_t)i * 1000000 + (int64_t)(seed >> 16) % 400000 - 200000;
    }
    struct found f = run(t, 3000, 1, 0);
    assert_int_equal(f.count, 1);
    assert_true(fabs(f.stretches[0].rate_hz - 1000) < 0.2);
}

static void gaps_begin_stretches(void **state)
{
    (void)state;
    int64_t t[1000];
    for (int i = 0; i < 1000; i++)
        t[i] = (int64_t)i * 250000 + (i >= 10 ? 1000000 : 0) + (i >= 500 ? 250000 : 0);
    struct found f = run(t, 1000, 1000, 0);
    assert_int_equal(f.count, 3);
    assert_int_equal(f.stretches[1].first, 10);
    assert_int_equal(f.stretches[1].start_ns, 3500000);
    assert_int_equal(f.stretches[2].first, 500);
    for (int i = 0; i < 3; i++)
        assert_true(f.stretches[i].rate_hz == 4000);
}

static void a_new_rate_begins_a_stretch(void **state)
{
    (void)state;
    int64_t t[600];
    for (int i = 0; i < 600; i++) /* 5000 Hz, then 50 Hz, then 5000 Hz */
        t[i] = i <= 200   ? i * 200000
               : i <= 300 ? 40000000 + (i - 200) * 20000000
                          : INT64_C(2040000000) + (i - 300) * 200000;
    struct found f = run(t, 600, 1000, 0);
    assert_int_equal(f.count, 3);
    assert_true(f.stretches[0].rate_hz == 5000);
    assert_true(fabs(f.stretches[1].rate_hz - 50) < 0.01);
    assert_true(f.stretches[2].rate_hz == 5000);
}

static void a_clock_set_back_begins_a_stretch(void **state)
{
    (void)state;
    int64_t t[400];
    for (int i = 0; i < 400; i++)
        t[i] = (int64_t)i * 1000000 - (i >= 200 ? 50000000 : 0);
    struct found f = run(t, 400, 1, 0);
    assert_int_equal(f.count, 2);
    assert_int_equal(f.stretches[1].first, 200);
}

static void a_known_rate_is_kept(void **state)
{
    (void)state;
    int64_t t[300];
    for (int i = 0; i < 300; i++)
        t[i] = (int64_t)i * 1000100 + (i >= 100 ? 5000000 : 0);
    struct found f = run(t, 300, 1, 1000);
    assert_int_equal(f.count, 2);
    assert_true(f.stretches[0].rate_hz == 1000 && f.stretches[1].rate_hz == 1000);
}

static void standing_times_are_told(void **state)
{
    (void)state;
    struct found f = {0};
    struct timeline t;
    timeline_init(&t, 1, 0, keep, &f);
    bool good = true;
    for (int i = 0; i < TIMELINE_LOOK && good; i++)
        good = timeline_push(&t, 42);
    assert_false(good);
    assert_true(t.stands);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounded_times_are_one_stretch),
        cmocka_unit_test(one_short_step_is_no_gap),
        cmocka_unit_test(a_rate_off_the_round_one_stays),
        cmocka_unit_test(coarse_times_still_tell_the_rate),
        cmocka_unit_test(jitter_does_not_break_a_stretch),
        cmocka_unit_test(gaps_begin_stretches),
        cmocka_unit_test(a_new_rate_begins_a_stretch),
        cmocka_unit_test(a_clock_set_back_begins_a_stretch),
        cmocka_unit_test(a_known_rate_is_kept),
        cmocka_unit_test(standing_times_are_told),
    };
    return cmocka_run_group_tests_name("source/timeline", tests, NULL, NULL);
}
