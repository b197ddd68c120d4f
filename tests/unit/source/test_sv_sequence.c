/* The order of samples by their counts, and the rate of a stream. */
#include "source/sv_rate.h"
#include "source/sv_sequence.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define RATE 4000
#define NS   INT64_C(1000000000)

static struct sv_sequence q;

/* The sample at a place of an endless stream, as it comes `late_s` after its time. */
static enum sv_step at(uint64_t place, double late_s)
{
    return sv_sequence_push(&q, (uint32_t)(place % RATE), true,
                            (int64_t)((double)place / RATE * 1e9 + late_s * 1e9));
}

static void begin(uint64_t first)
{
    sv_sequence_init(&q, RATE, RATE);
    assert_int_equal(at(first, 0), SV_FIRST);
    assert_true(q.tick == 0);
}

static void samples_follow_over_the_second(void **state)
{
    (void)state;
    begin(3979);
    for (uint64_t i = 3980; i < 20000; i++)
        assert_int_equal(at(i, i % 11 * 0.0003), SV_NEXT); /* batches of a capture card */
    assert_true(q.tick == 20000 - 3980);
    assert_true(q.lost == 0 && q.gaps == 0 && q.repeated == 0 && q.late == 0 && q.jumps == 0);
}

static void stalls_of_a_capture_lose_nothing(void **state)
{
    (void)state;
    begin(0);
    for (uint64_t i = 1; i < 3000; i++)
        assert_int_equal(at(i, i < 1000 ? 0 : 0.6), SV_NEXT);
    for (uint64_t i = 3000; i < 5000; i++)
        assert_int_equal(at(i, 0), SV_NEXT);
    /* a stumble of times with two samples missing is not a second */
    assert_int_equal(at(5002, 0.6), SV_AFTER_GAP);
    assert_true(q.lost == 2 && q.tick == 5002);
}

static void missing_samples_are_counted(void **state)
{
    (void)state;
    static const uint64_t gaps[] = {1,    2,    19,   63,   64,   65,    200,
                                    1999, 3000, 3999, 4000, 4001, 12345, 400000};
    uint64_t place = 17, lost = 0;
    begin(place);
    for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++) {
        place += gaps[i] + 1;
        lost += gaps[i];
        assert_int_equal(at(place, 0.003), SV_AFTER_GAP);
        assert_true(q.tick == place - 17);
        assert_true(q.lost == lost && q.gaps == i + 1);
        for (int k = 0; k < 5; k++)
            assert_int_equal(at(++place, 0), SV_NEXT);
    }
}

static void old_samples_are_dropped(void **state)
{
    (void)state;
    begin(3990);
    for (uint64_t i = 3991; i < 4010; i++) {
        assert_int_equal(at(i, 0), SV_NEXT);
        assert_int_equal(at(i, 0.0001), SV_REPEATED); /* the second copy of a redundant network */
    }
    assert_true(q.repeated == 19);
    assert_int_equal(at(4012, 0), SV_AFTER_GAP); /* 4010 and 4011 will come later */
    assert_int_equal(at(4010, 0.001), SV_LATE);
    assert_int_equal(at(4013, 0), SV_NEXT);
    assert_int_equal(at(4011, 0.001), SV_LATE);
    assert_int_equal(at(3991, 0.006), SV_REPEATED); /* over the second */
    assert_true(q.late == 2 && q.repeated == 20 && q.lost == 2);
    assert_int_equal(at(4014, 0), SV_NEXT);
    assert_true(q.tick == 24);
}

static void a_counter_that_is_set_is_no_loss(void **state)
{
    (void)state;
    begin(100);
    for (uint64_t i = 101; i < 200; i++)
        at(i, 0);
    /* the merging unit finds its clock: half a second on, at once */
    assert_int_equal(sv_sequence_push(&q, 2200, true, 200 * NS / RATE), SV_JUMPED);
    assert_true(q.tick == 100 && q.lost == 0 && q.jumps == 1);
    assert_int_equal(sv_sequence_push(&q, 2201, true, 201 * NS / RATE), SV_NEXT);
    /* it restarts: 5.3 s of silence, then from 0 */
    assert_int_equal(sv_sequence_push(&q, 0, true, (201 + 21200) * NS / RATE), SV_JUMPED);
    assert_true(q.tick == 101 + 21200 && q.lost == 0 && q.jumps == 2);
    /* captures put together in the wrong order */
    assert_int_equal(sv_sequence_push(&q, 2000, true, 0), SV_JUMPED);
    assert_true(q.tick == 101 + 21200 + 1);
}

static void without_times_counts_alone_tell(void **state)
{
    (void)state;
    sv_sequence_init(&q, RATE, RATE);
    assert_int_equal(sv_sequence_push(&q, 3998, false, 0), SV_FIRST);
    assert_int_equal(sv_sequence_push(&q, 3999, false, 0), SV_NEXT);
    assert_int_equal(sv_sequence_push(&q, 0, false, 0), SV_NEXT);
    assert_int_equal(sv_sequence_push(&q, 0, false, 0), SV_REPEATED);
    assert_int_equal(sv_sequence_push(&q, 3000, false, 0), SV_AFTER_GAP);
    assert_true(q.lost == 2999 && q.tick == 3002);
}

static void where_counts_begin_again_is_learned(void **state)
{
    (void)state;
    sv_sequence_init(&q, RATE, 0);
    for (uint64_t i = 3000; i < 9000; i++)
        assert_int_equal(at(i, 0), i == 3000 ? SV_FIRST : SV_NEXT);
    assert_int_equal(q.modulus, RATE);
    /* the last one before the wrap is missing */
    sv_sequence_init(&q, RATE, 0);
    for (uint64_t i = 3000; i < 5000; i++)
        if (i != 3999)
            assert_int_equal(at(i, 0), i == 3000 ? SV_FIRST : i == 4000 ? SV_AFTER_GAP : SV_NEXT);
    assert_int_equal(q.modulus, RATE);
    assert_true(q.lost == 1 && q.tick == 1999);
    /* late ones are no wrap; a counter of 16 bits runs over */
    sv_sequence_init(&q, RATE, 0);
    for (unsigned i = 65000; i < 66000; i++) {
        enum sv_step step = sv_sequence_push(&q, i % 65536, true, i * NS / RATE);
        assert_int_equal(step, i == 65000 ? SV_FIRST : SV_NEXT);
        if (i % 100 == 50)
            assert_int_equal(sv_sequence_push(&q, (i - 7) % 65536, true, i * NS / RATE),
                             SV_REPEATED);
    }
}

/* --- Rates ----------------------------------------------------------------------------------- */

struct stream {
    unsigned rate, modulus, first, samples, every; /* every n-th is missing; 0: none */
    bool has_field, has_mode, has_time;
    unsigned field, mode;
    double jitter_s;
};

static struct sv_rate seen;

static struct sv_clock find(const struct stream *s, double given)
{
    memset(&seen, 0, sizeof seen);
    for (unsigned i = 0; i < s->samples; i++) {
        if (s->every && i % s->every == s->every - 1)
            continue;
        struct sv_asdu a = {
            .count = (uint16_t)((s->first + i) % s->modulus),
            .has_rate = s->has_field,
            .rate = (uint16_t)s->field,
            .has_mode = s->has_mode,
            .mode = (uint16_t)s->mode,
        };
        double t = (double)i / s->rate + (i % 7) * s->jitter_s / 7;
        sv_rate_push(&seen, &a, s->has_time, (int64_t)(t * 1e9));
    }
    return sv_rate_find(&seen, given);
}

static void expect(const struct stream *s, double given, double rate, unsigned modulus,
                   enum sv_rate_from from, double line)
{
    struct sv_clock c = find(s, given);
    if (c.rate_hz != rate || c.modulus != modulus || c.from != from || c.line_hz != line)
        fail_msg("%g Hz, modulus %u, from %d, line %g; expected %g %u %d %g", c.rate_hz, c.modulus,
                 c.from, c.line_hz, rate, modulus, from, line);
}

static void rates_from_the_wrap(void **state)
{
    (void)state;
    static const unsigned rates[] = {4000, 4800, 5760, 12800, 14400, 15360, 1600, 9600, 10000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct stream s = {
            .rate = rates[i], .modulus = rates[i], .first = rates[i] - 9, .samples = 20};
        expect(&s, 0, rates[i], rates[i], SV_RATE_WRAP, 0);
        s.first = 0;
        s.samples = rates[i] * 2 + 5;
        s.has_time = true;
        s.jitter_s = 0.003;
        expect(&s, 0, rates[i], rates[i], SV_RATE_WRAP, 0);
        assert_true(sv_rate_is_sure(&seen));
    }
    /* played at ten times its speed: the counts know better than the times */
    struct stream fast = {
        .rate = 40000, .modulus = 4000, .first = 3000, .samples = 30000, .has_time = true};
    expect(&fast, 0, 4000, 4000, SV_RATE_WRAP, 0);
}

static void a_lost_sample_at_the_wrap_does_not_change_the_rate(void **state)
{
    (void)state;
    struct stream s = {.rate = 4800,
                       .modulus = 4800,
                       .first = 4700,
                       .samples = 300,
                       .every = 100,
                       .has_time = true};
    expect(&s, 0, 4800, 4800, SV_RATE_WRAP, 0); /* 4799 is missing */
    assert_int_equal(seen.top, 4798);
    assert_false(sv_rate_is_sure(&seen));
    s.samples = 4800 + 300; /* the next wrap is whole */
    s.every = 0;
    expect(&s, 0, 4800, 4800, SV_RATE_WRAP, 0);
    assert_true(sv_rate_is_sure(&seen));
}

static void rates_from_capture_times_are_standard_ones(void **state)
{
    (void)state;
    static const unsigned rates[] = {4000, 4800, 5760, 12800, 14400, 15360};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct stream s = {.rate = rates[i],
                           .modulus = 65535,
                           .samples = rates[i] / 5,
                           .has_time = true,
                           .jitter_s = 0.0027};
        expect(&s, 0, rates[i], 0, SV_RATE_TIMES, 0);
    }
    struct stream s = {.rate = 1000, .modulus = 65535, .samples = 500, .has_time = true};
    struct sv_clock c = find(&s, 0);
    assert_true(c.rate_hz == 1000 && !c.is_standard);
    expect(&s, 1024, 1024, 0, SV_RATE_OPTION, 0);
    s.samples = 10; /* too short */
    expect(&s, 0, 0, 0, SV_RATE_UNKNOWN, 0);
    expect(&s, 4000, 4000, 0, SV_RATE_OPTION, 0);
}

static void rates_from_the_field(void **state)
{
    (void)state;
    struct stream s = {.rate = 4800,
                       .modulus = 4800,
                       .samples = 10,
                       .has_field = true,
                       .has_mode = true,
                       .field = 4800,
                       .mode = SV_PER_SECOND};
    expect(&s, 0, 4800, 0, SV_RATE_FIELD, 0);
    s.mode = SV_PER_PERIOD;
    s.field = 80;
    expect(&s, 0, 4000, 0, SV_RATE_FIELD, 50); /* nothing speaks for 60 Hz */
    s.samples = 4900;
    expect(&s, 0, 4800, 4800, SV_RATE_FIELD, 60); /* the wrap does */
    s.has_mode = false;
    expect(&s, 0, 4800, 4800, SV_RATE_FIELD, 60);
    s.samples = 800;
    s.has_time = true;
    expect(&s, 0, 4800, 0, SV_RATE_FIELD, 60); /* the times do */
    s.field = 4800;
    expect(&s, 0, 4800, 0, SV_RATE_FIELD, 0); /* samples per second, though smpMod is missing */
    s.has_mode = true;
    s.mode = SV_SECONDS_PER_SAMPLE;
    s.field = 2;
    s.samples = 2;
    expect(&s, 0, 0.5, 0, SV_RATE_FIELD, 0);
}

static void two_against_one(void **state)
{
    (void)state;
    struct stream s = {.rate = 4000,
                       .modulus = 4000,
                       .samples = 8000,
                       .has_field = true,
                       .has_mode = true,
                       .field = 4800,
                       .mode = SV_PER_SECOND,
                       .has_time = true};
    struct sv_clock c = find(&s, 0);
    assert_true(c.disagrees && c.rate_hz == 4000 && c.from == SV_RATE_WRAP);
    s.rate = 4800; /* the times agree with the field */
    c = find(&s, 0);
    assert_true(c.disagrees && c.rate_hz == 4800 && c.from == SV_RATE_FIELD && c.modulus == 4000);
}

static void counters_that_run_over_otherwise(void **state)
{
    (void)state;
    struct stream s = {
        .rate = 4800, .modulus = 65536, .first = 60000, .samples = 9600, .has_time = true};
    expect(&s, 0, 4800, 65536, SV_RATE_WRAP, 0);
    s = (struct stream){.rate = 96000, .modulus = 48000, .samples = 100000, .has_time = true};
    expect(&s, 0, 96000, 48000, SV_RATE_WRAP, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_follow_over_the_second),
        cmocka_unit_test(stalls_of_a_capture_lose_nothing),
        cmocka_unit_test(missing_samples_are_counted),
        cmocka_unit_test(old_samples_are_dropped),
        cmocka_unit_test(a_counter_that_is_set_is_no_loss),
        cmocka_unit_test(without_times_counts_alone_tell),
        cmocka_unit_test(where_counts_begin_again_is_learned),
        cmocka_unit_test(rates_from_the_wrap),
        cmocka_unit_test(a_lost_sample_at_the_wrap_does_not_change_the_rate),
        cmocka_unit_test(rates_from_capture_times_are_standard_ones),
        cmocka_unit_test(rates_from_the_field),
        cmocka_unit_test(two_against_one),
        cmocka_unit_test(counters_that_run_over_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
