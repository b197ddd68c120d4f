/* Days, feasts and rules for dates, against dates that were published. The peer for many years is
 * tests/scenario/tariff_year.py. */
#include "base/date.h"
#include "base/instant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void weekdays_are_those_of_known_days(void **state)
{
    (void)state;
    assert_string_equal(weekday_name(weekday_of(0)), "Thursday");
    assert_string_equal(weekday_name(weekday_of(days_from_civil(1969, 7, 20))), "Sunday");
    assert_string_equal(weekday_name(weekday_of(days_from_civil(2000, 2, 29))), "Tuesday");
    assert_string_equal(weekday_name(weekday_of(days_from_civil(1789, 7, 14))), "Tuesday");
    for (int64_t day = -200000; day < 200000; day++) {
        int year, month, d;
        civil_from_days(day, &year, &month, &d);
        assert_int_equal(days_from_civil(year, month, d), day);
        assert_int_equal((weekday_of(day) + 1) % 7, weekday_of(day + 1));
    }
}

static void easter_is_as_published(void **state)
{
    (void)state;
    static const int known[][3] = {{1818, 3, 22}, {1943, 4, 25}, {1961, 4, 2},  {2000, 4, 23},
                                   {2008, 3, 23}, {2011, 4, 24}, {2024, 3, 31}, {2025, 4, 20},
                                   {2026, 4, 5},  {2027, 3, 28}, {2038, 4, 25}, {2076, 4, 19}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_int_equal(date_easter(known[i][0]),
                         days_from_civil(known[i][0], known[i][1], known[i][2]));
}

/* Reads the rule, checks how it is written, and returns its day of a year. */
static const char *day_of(const char *text, const char *written, int year)
{
    static char date[DATE_TEXT];
    struct date_rule r, again;
    char back[DATE_RULE_TEXT];
    int64_t day;
    assert_null(date_rule_read(text, &r));
    date_rule_write(&r, back);
    assert_string_equal(back, written);
    assert_null(date_rule_read(back, &again));
    assert_memory_equal(&again, &r, sizeof r);
    assert_true(date_rule_day(&r, year, &day));
    date_write(day, date);
    return date;
}

static void rules_name_their_day(void **state)
{
    (void)state;
    assert_string_equal(day_of("25 December", "25 December", 2027), "2027-12-25");
    assert_string_equal(day_of("dec 25", "25 December", 2027), "2027-12-25");
    assert_string_equal(day_of("12-25", "25 December", 2027), "2027-12-25");
    assert_string_equal(day_of("third Monday of January", "third Monday of January", 2026),
                        "2026-01-19");
    assert_string_equal(day_of("3rd mon of jan", "third Monday of January", 2027), "2027-01-18");
    assert_string_equal(day_of("fifth Monday of May", "last Monday of May", 2026), "2026-05-25");
    assert_string_equal(day_of("last monday of May", "last Monday of May", 2027), "2027-05-31");
    assert_string_equal(day_of("first Sunday of March", "first Sunday of March", 2026),
                        "2026-03-01");
    assert_string_equal(day_of("nearest weekday to 4 July", "nearest weekday to 4 July", 2026),
                        "2026-07-03"); /* a Saturday */
    assert_string_equal(day_of("nearest weekday to 4 July", "nearest weekday to 4 July", 2027),
                        "2027-07-05"); /* a Sunday */
    assert_string_equal(day_of("nearest weekday to 4 July", "nearest weekday to 4 July", 2028),
                        "2028-07-04");
    assert_string_equal(day_of("nearest weekday to Jan 1", "nearest weekday to 1 January", 2028),
                        "2027-12-31");
    assert_string_equal(day_of("weekday on or before 4 July", "weekday on or before 4 July", 2027),
                        "2027-07-02");
    assert_string_equal(day_of("weekday on or after 4 July", "weekday on or after 4 July", 2026),
                        "2026-07-06");
    assert_string_equal(day_of("Monday on or before 24 May", "Monday on or before 24 May", 2027),
                        "2027-05-24"); /* Victoria Day */
    assert_string_equal(day_of("nearest Wednesday to 1 May", "nearest Wednesday to 1 May", 2027),
                        "2027-04-28");
    assert_string_equal(day_of("GOOD  friday", "Good Friday", 2026), "2026-04-03");
    assert_string_equal(day_of("Corpus Christi", "Corpus Christi", 2026), "2026-06-04");
}

static void wrong_rules_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        " ",
                                        "25",
                                        "December",
                                        "25/12",
                                        "31 April",
                                        "0 May",
                                        "32 May",
                                        "13-01",
                                        "sixth Monday of May",
                                        "third of May",
                                        "last weekday of May",
                                        "nearest weekday to Easter Monday",
                                        "Monday before 4 July",
                                        "Eastern Monday",
                                        "25 December 2026",
                                        "123 May",
                                        "a b c d e f g h i j",
                                        "wordwordwordwordword May",
                                        "4 Jul y"};
    struct date_rule r = {.kind = 77};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (!date_rule_read(wrong[i], &r) || r.kind != 77)
            fail_msg("%s was taken", wrong[i]);
    assert_non_null(strstr(date_rule_read("29 February", &r), "most years"));
    assert_non_null(strstr(date_rule_read("02-29", &r), "most years"));
    assert_non_null(strstr(date_rule_read("30 feb", &r), "no year"));
}

/* Every rule there is, over 600 years: near where it must be. */
static void every_rule_stays_in_its_place(void **state)
{
    (void)state;
    for (int year = DATE_YEAR_MIN; year <= DATE_YEAR_MAX; year++)
        for (uint8_t month = 1; month <= 12; month++)
            for (uint8_t weekday = 0; weekday <= DATE_WORKDAY; weekday++) {
                int64_t day;
                for (uint8_t nth = 1; nth <= DATE_LAST && weekday < DATE_WORKDAY; nth++) {
                    struct date_rule r = {DATE_NTH, month, 0, nth, weekday, 0, 0};
                    int y, m, d;
                    date_rule_day(&r, year, &day);
                    civil_from_days(day, &y, &m, &d);
                    assert_true(y == year && m == month && weekday_of(day) == weekday);
                    assert_true(nth < DATE_LAST ? (d - 1) / 7 + 1 == nth
                                                : d + 7 > days_in_month(year, month));
                }
                for (uint8_t direction = 0; direction <= DATE_NEXT; direction++) {
                    struct date_rule r = {DATE_OFFSET, month, 14, 0, weekday, direction, 0};
                    int64_t base = days_from_civil(year, month, 14);
                    date_rule_day(&r, year, &day);
                    int64_t least = direction == DATE_NEXT ? 0 : direction == DATE_PRIOR ? -6 : -3;
                    assert_true(day >= base + least && day <= base + least + 6);
                }
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weekdays_are_those_of_known_days),
        cmocka_unit_test(easter_is_as_published),
        cmocka_unit_test(rules_name_their_day),
        cmocka_unit_test(wrong_rules_are_refused),
        cmocka_unit_test(every_rule_stays_in_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
