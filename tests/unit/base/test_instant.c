/* Instants and civil dates, against the C library's calendar and against dates that are known. */
#include "base/instant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

static void agrees_with_the_c_library_on_every_day(void **state)
{
    (void)state;
    int checked = 0;
    for (int year = 1680; year <= 2260; year++)
        for (int month = 1; month <= 12; month++)
            for (int day = 1; day <= 31; day++) {
                struct tm t = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
                int64_t seconds = timegm(&t);
                struct civil c = {.year = year, .month = month, .day = day}, back;
                int64_t instant = 0;
                bool exists = t.tm_mon == month - 1; /* timegm carries 30 February into March */
                assert_int_equal(instant_from_civil(&c, &instant), exists);
                if (!exists)
                    continue;
                assert_true(instant == seconds * NS_PER_S);
                assert_true(days_from_civil(year, month, day) * 86400 == seconds);
                instant_to_civil(instant + NS_PER_S * 86399 + 999999999, &back);
                assert_true(back.year == year && back.month == month && back.day == day);
                assert_true(back.hour == 23 && back.minute == 59 && back.second == 59);
                assert_true(back.nanosecond == 999999999);
                checked++;
            }
    assert_int_equal(checked, 581 * 365 + 141); /* leap years of the Gregorian calendar */
}

static void knows_dates(void **state)
{
    (void)state;
    static const struct {
        struct civil civil;
        int64_t seconds;
        int32_t ns;
    } known[] = {
        {{1970, 1, 1, 0, 0, 0, 0}, 0, 0},
        {{2000, 2, 29, 12, 0, 0, 1}, 951825600, 1},
        {{2001, 9, 9, 1, 46, 40, 0}, 1000000000, 0},
        {{2023, 6, 21, 9, 51, 43, 157000000}, 1687341103, 157000000},
        {{2038, 1, 19, 3, 14, 8, 0}, INT64_C(2147483648), 0},
        {{1969, 12, 31, 23, 59, 59, 999999999}, -1, 999999999},
        {{1900, 1, 1, 0, 0, 0, 0}, INT64_C(-2208988800), 0}, /* the epoch of NTP */
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        int64_t instant = 0;
        assert_true(instant_from_civil(&known[i].civil, &instant));
        assert_true(instant == known[i].seconds * NS_PER_S + known[i].ns);
    }
}

static void refuses_what_is_no_date(void **state)
{
    (void)state;
    static const struct civil wrong[] = {
        {1679, 12, 31, 0, 0, 0, 0},        {2261, 1, 1, 0, 0, 0, 0},  {2023, 0, 1, 0, 0, 0, 0},
        {2023, 13, 1, 0, 0, 0, 0},         {2023, 1, 0, 0, 0, 0, 0},  {2023, 4, 31, 0, 0, 0, 0},
        {2023, 2, 29, 0, 0, 0, 0},         {1900, 2, 29, 0, 0, 0, 0}, {2023, 1, 1, 24, 0, 0, 0},
        {2023, 1, 1, -1, 0, 0, 0},         {2023, 1, 1, 0, 60, 0, 0}, {2023, 1, 1, 0, -1, 0, 0},
        {2023, 1, 1, 0, 0, 60, 0},         {2023, 1, 1, 0, 0, -1, 0}, {2023, 1, 1, 0, 0, 0, -1},
        {2023, 1, 1, 0, 0, 0, 1000000000},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t untouched = 42;
        assert_false(instant_from_civil(&wrong[i], &untouched));
        assert_true(untouched == 42);
    }
}

static void formats_with_the_digits_asked_for(void **state)
{
    (void)state;
    char text[INSTANT_TEXT];
    int64_t t = INT64_C(1687341103157999999);
    instant_format(t, 6, text);
    assert_string_equal(text, "2023-06-21T09:51:43.157999Z");
    instant_format(t, 0, text);
    assert_string_equal(text, "2023-06-21T09:51:43Z");
    instant_format(t, 9, text);
    assert_string_equal(text, "2023-06-21T09:51:43.157999999Z");
    instant_format(-1, 3, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
}

static void holds_the_ends_of_its_range(void **state)
{
    (void)state;
    char text[INSTANT_TEXT];
    instant_format(INT64_MAX, 9, text);
    assert_string_equal(text, "2262-04-11T23:47:16.854775807Z");
    instant_format(INT64_MIN, 9, text);
    assert_string_equal(text, "1677-09-21T00:12:43.145224192Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_c_library_on_every_day),
        cmocka_unit_test(knows_dates),
        cmocka_unit_test(refuses_what_is_no_date),
        cmocka_unit_test(formats_with_the_digits_asked_for),
        cmocka_unit_test(holds_the_ends_of_its_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
