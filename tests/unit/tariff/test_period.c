/* Days, weeks, months and billing periods: each instant in exactly one, on days when clocks change too. */
#include "tariff/period.h"
#include "tariff_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct zone zone;
static struct config_tariff settings;

static void use(const char *tz, int week_start, unsigned billing_day)
{
    zone_init_utc(&zone);
    assert_true(zone_future_parse(tz, &zone.future));
    settings = (struct config_tariff){.week_start = week_start, .billing_day = billing_day};
}

static void expect(enum tariff_period kind, int64_t instant_ns, int64_t from_ns, int64_t to_ns)
{
    int64_t from, to;
    tariff_period_at(&settings, &zone, kind, instant_ns, &from, &to);
    char text[4][INSTANT_TEXT];
    instant_format(from, 0, text[0]);
    instant_format(to, 0, text[1]);
    if (from != from_ns || to != to_ns)
        fail_msg("%s from %s to %s", tariff_period_name(kind), text[0], text[1]);
}

static void periods_have_their_dates(void **state)
{
    (void)state;
    use(PARIS, 1, 15);
    int64_t instant = at_utc(2027, 10, 31, 12, 0); /* a Sunday of 25 hours */
    expect(TARIFF_DAYS, instant, at_utc(2027, 10, 30, 22, 0), at_utc(2027, 10, 31, 23, 0));
    expect(TARIFF_WEEKS, instant, at_utc(2027, 10, 24, 22, 0), at_utc(2027, 10, 31, 23, 0));
    expect(TARIFF_MONTHS, instant, at_utc(2027, 9, 30, 22, 0), at_utc(2027, 10, 31, 23, 0));
    expect(TARIFF_BILLINGS, instant, at_utc(2027, 10, 14, 22, 0), at_utc(2027, 11, 14, 23, 0));
    expect(TARIFF_BILLINGS, at_utc(2027, 1, 3, 0, 0), at_utc(2026, 12, 14, 23, 0),
           at_utc(2027, 1, 14, 23, 0));
    settings.week_start = 0;
    expect(TARIFF_WEEKS, instant, at_utc(2027, 10, 30, 22, 0), at_utc(2027, 11, 6, 23, 0));
    /* where midnight is skipped the day begins at the jump */
    use(SAO_PAULO, 0, 1);
    expect(TARIFF_DAYS, at_utc(2018, 10, 21, 12, 0), at_utc(2018, 10, 21, 3, 0),
           at_utc(2018, 10, 22, 2, 0));
}

static void every_instant_is_in_one(void **state)
{
    (void)state;
    static const char *const zones[] = {
        PARIS, NEW_YORK, SAO_PAULO, LORD_HOWE, KATHMANDU,
        /* midnight twice, and clocks that go back across midnight */
        "CST5CDT,M3.2.0/0,M11.1.0/1", "NST3:30NDT,M4.1.0/0:01,M10.5.0/0:01"};
    for (size_t z = 0; z < sizeof zones / sizeof *zones; z++)
        for (enum tariff_period kind = 0; kind < TARIFF_PERIODS; kind++) {
            use(zones[z], (int)z % 7, 1 + 9 * (unsigned)z % 28);
            int64_t from, to, last = 0;
            for (int64_t at = at_utc(2026, 1, 1, 0, 0); at < at_utc(2028, 1, 1, 0, 0);
                 at += 1799 * NS_PER_S) {
                tariff_period_at(&settings, &zone, kind, at, &from, &to);
                assert_true(from <= at && at < to);
                if (last && from != last) { /* the next one, and no gap before it */
                    int64_t before, end;
                    tariff_period_at(&settings, &zone, kind, from - 1, &before, &end);
                    assert_true(end == from && before == last);
                    tariff_period_at(&settings, &zone, kind, from, &before, &end);
                    assert_true(before == from && end == to);
                }
                last = from;
            }
        }
}

static void all_of_time_has_periods(void **state)
{
    (void)state;
    use(NEW_YORK, 0, 28);
    const int64_t instants[] = {INT64_MIN, INT64_MIN / 2, 0, INT64_MAX / 2, INT64_MAX};
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++)
        for (enum tariff_period kind = 0; kind < TARIFF_PERIODS; kind++) {
            int64_t from, to;
            tariff_period_at(&settings, &zone, kind, instants[i], &from, &to);
            assert_true(from <= instants[i] && instants[i] <= to && from < to);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(periods_have_their_dates),
        cmocka_unit_test(every_instant_is_in_one),
        cmocka_unit_test(all_of_time_has_periods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
