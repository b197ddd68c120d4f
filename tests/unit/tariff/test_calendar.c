/* The rate at an instant, and when it changes next. Ten years of every minute are compared by
 * tests/scenario/tariff_years.py; here is what a page of a year does not show: the order of questions, instants
 * between seconds, the edges of time, years without a change. */
#include "tariff_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define TWO                                                               \
    "tariff:\n  rates: [Low, High]\n  weekend_days: [Saturday, Sunday]\n" \
    "  seasons:\n  - name: S\n"                                           \
    "    weekday: [00:00-02:30 Low, 02:30-22:00 High, 22:00-24:00 Low]\n" \
    "    weekend: Low\n"

static struct tariff_case *c;

static int teardown(void **state)
{
    (void)state;
    free(c);
    c = NULL;
    return 0;
}

static struct tariff_moment moment(int64_t instant_ns)
{
    struct tariff_moment m;
    tariff_calendar_at(&c->tariff.calendar, instant_ns, &m);
    return m;
}

static void the_rate_changes_at_its_second(void **state)
{
    (void)state;
    c = tariff_case_new(TWO, PARIS);
    int64_t change = at_utc(2027, 7, 14, 0, 30); /* a Wednesday, 02:30 in Paris */
    assert_int_equal(moment(change - 1).rate, 1);
    assert_true(moment(change - 1).until_ns == change);
    assert_int_equal(moment(change).rate, 2);
    assert_true(moment(change).until_ns == at_utc(2027, 7, 14, 20, 0));
    /* from Friday evening to Monday morning */
    assert_true(moment(at_utc(2027, 7, 16, 20, 0)).until_ns == at_utc(2027, 7, 19, 0, 30));
}

static void clocks_that_change_change_the_rate(void **state)
{
    (void)state;
    c = tariff_case_new(
        "tariff: {rates: [Low, High], seasons: [{name: S, weekday: [00:00-02:30 Low, "
        "02:30-24:00 High]}]}",
        PARIS);
    /* 2027-10-31: 02:30 CEST, back to 02:00 CET, 02:30 CET */
    const int64_t night[] = {at_utc(2027, 10, 31, 0, 30), at_utc(2027, 10, 31, 1, 0),
                             at_utc(2027, 10, 31, 1, 30)};
    assert_int_equal(moment(night[0] - 1).rate, 1);
    assert_true(moment(night[0] - 1).until_ns == night[0]);
    assert_true(moment(night[0]).rate == 2 && moment(night[0]).until_ns == night[1]);
    assert_true(moment(night[1]).rate == 1 && moment(night[1]).until_ns == night[2]);
    assert_int_equal(moment(night[2]).rate, 2);
    /* 2027-03-28: 02:30 is skipped, the rate changes at the jump */
    int64_t jump = at_utc(2027, 3, 28, 1, 0);
    assert_true(moment(jump - 1).rate == 1 && moment(jump - 1).until_ns == jump);
    assert_int_equal(moment(jump).rate, 2);
}

static void one_rate_never_changes(void **state)
{
    (void)state;
    c = tariff_case_new("tariff: {rates: [A, B], seasons: [{name: S, weekday: [00:00-12:00 B, "
                        "12:00-24:00 B]}]}",
                        PARIS);
    assert_true(moment(0).rate == 2 && moment(0).until_ns == INT64_MAX);
}

static void what_no_day_has_is_looked_for_ten_years(void **state)
{
    (void)state;
    /* The only other rate is on a holiday that is always an alternate day, too. */
    c = tariff_case_new(
        "tariff: {rates: [A, B], holidays: [1 May], seasons: [{name: S, weekday: A, "
        "holiday: B}], alternate_days: [{name: X, date: 1 May, schedule: A}]}",
        "UTC0");
    int64_t from = at_utc(2027, 1, 1, 0, 0);
    assert_true(moment(from).until_ns > at_utc(2036, 12, 1, 0, 0));
    assert_true(moment(from).until_ns < at_utc(2037, 2, 1, 0, 0));
}

static void all_of_time_has_a_rate(void **state)
{
    (void)state;
    c = tariff_case_new(TWO, NEW_YORK);
    const int64_t instants[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++) {
        struct tariff_moment m = moment(instants[i]);
        assert_true(m.rate >= 1 && m.rate <= 2);
        assert_true(m.until_ns > instants[i] || instants[i] == INT64_MAX);
    }
}

static uint64_t seed = 88172645463325252u;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void the_order_of_questions_does_not_matter(void **state)
{
    (void)state;
    static const char *const zones[] = {PARIS, NEW_YORK, SAO_PAULO, LORD_HOWE, KATHMANDU};
    for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
        free(c);
        c = tariff_case_new(
            "tariff:\n  rates: [A, B, C]\n  weekend_days: [Sunday]\n  holiday_template: Canada\n"
            "  seasons:\n"
            "  - {name: W, from: nearest weekday to 1 January, weekday: [0:00-7:00 A, 7:00-24:00 "
            "B], "
            "weekend: A, holiday: [0:00-23:45 A, 23:45-24:00 C]}\n"
            "  - {name: T, from: last Sunday of June, weekday: [0:00-0:01 C, 0:01-24:00 A], "
            "weekend: B, holiday: C}\n"
            "  alternate_days: [{name: X, date: Easter Monday, schedule: C}]\n",
            zones[z]);
        assert_non_null(c);
        int64_t begin = at_utc(2020, 1, 1, 0, 0), at = begin;
        for (int i = 0; i < 20000; i++) {
            /* near the last one, or anywhere in 30 years; a second forth and back, and a fresh calendar */
            at = i % 3 ? at + (int64_t)(next_random() % (200 * 3600)) * NS_PER_S -
                             3600 * 99 * NS_PER_S
                       : begin + (int64_t)(next_random() % (30u * 365 * 86400)) * NS_PER_S;
            struct tariff_calendar fresh;
            struct tariff_moment m = moment(at), other;
            tariff_calendar_init(&fresh, &c->config.tariff, &c->zone);
            tariff_calendar_at(&fresh, at, &other);
            assert_true(m.rate == other.rate && m.until_ns == other.until_ns);
            assert_memory_equal(&m.day, &other.day, sizeof m.day);
            assert_true(m.until_ns > at);
            assert_int_not_equal(moment(m.until_ns).rate, m.rate);
            assert_int_equal(moment(m.until_ns - 1).rate, m.rate);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_rate_changes_at_its_second, teardown),
        cmocka_unit_test_teardown(clocks_that_change_change_the_rate, teardown),
        cmocka_unit_test_teardown(one_rate_never_changes, teardown),
        cmocka_unit_test_teardown(what_no_day_has_is_looked_for_ten_years, teardown),
        cmocka_unit_test_teardown(all_of_time_has_a_rate, teardown),
        cmocka_unit_test_teardown(the_order_of_questions_does_not_matter, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
