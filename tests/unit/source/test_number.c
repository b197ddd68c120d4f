/* Decimal text to numbers, compared with the C library's reading of the same text. */
#include "source/number.h"

#include "base/instant.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double scan(const char *text, size_t *used)
{
    double v = -12345;
    const char *end = number_scan(text, text + strlen(text), '.', &v);
    *used = end ? (size_t)(end - text) : 0;
    return v;
}

static void reads_what_strtod_reads(void **state)
{
    (void)state;
    static const char *const texts[] = {"0",
                                        "-0",
                                        "+000025",
                                        "-000001",
                                        "12.5",
                                        ".5",
                                        "5.",
                                        "4.028324E-02",
                                        "1e22",
                                        "1e-22",
                                        "123456789012345",
                                        "10652.76449584961",
                                        "-3.402823466e+38",
                                        "0.000000000000001",
                                        "25.3736882060767",
                                        "9007199254740993",
                                        "1735554592842",
                                        "6e0"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t used;
        double v = scan(texts[i], &used), want = strtod(texts[i], NULL);
        assert_int_equal(used, strlen(texts[i]));
        assert_true(fabs(v - want) <= 3 * fabs(nextafter(want, INFINITY) - want));
        if (strlen(texts[i]) <= 15 && strchr(texts[i], 'E') == NULL)
            assert_true(v == want);
    }
}

static void agrees_over_many_numbers(void **state)
{
    (void)state;
    uint64_t seed = 12345;
    for (int i = 0; i < 200000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        int exponent = (int)(seed >> 40) % 600 - 300;
        char text[64];
        snprintf(text, sizeof text, "%.*e", (int)(seed >> 33) % 18,
                 ldexp((double)(seed >> 11), -53) * pow(10, exponent));
        size_t used;
        double v = scan(text, &used), want = strtod(text, NULL);
        assert_int_equal(used, strlen(text));
        if (fabs(v - want) > 40 * (nextafter(fabs(want), INFINITY) - fabs(want)))
            fail_msg("%s is read as %.17g", text, v);
    }
}

static void stops_where_the_number_ends(void **state)
{
    (void)state;
    size_t used;
    assert_true(scan("12,13", &used) == 12 && used == 2);
    assert_true(scan("12e", &used) == 12 && used == 2);
    assert_true(scan("1.5.7", &used) == 1.5 && used == 3);
    scan("", &used);
    assert_int_equal(used, 0);
    scan("-", &used);
    assert_int_equal(used, 0);
    scan("x1", &used);
    assert_int_equal(used, 0);
    assert_true(isnan(scan("NaN", &used)) && used == 3);
    assert_true(isinf(scan("-inf", &used)) && used == 4);
    assert_true(isinf(scan("1e999", &used)));
    assert_true(scan("1e-999", &used) == 0);
    assert_true(scan("0e999999999999", &used) == 0);
    double v;
    const char *comma = "-1,25;";
    assert_ptr_equal(number_scan(comma, comma + 6, ',', &v), comma + 5);
    assert_true(v == -1.25);
}

static void reads_nanoseconds_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int unit;
        int64_t ns;
    } cases[] = {{"0.000020833", 9, 20833},
                 {"-1.5", 9, -1500000000},
                 {"1735554592842", 6, INT64_C(1735554592842000000)},
                 {"1735554592.842123457", 9, INT64_C(1735554592842123457)},
                 {"2e-05", 9, 20000},
                 {"0.0000000005", 9, 1},
                 {"0.0000000004", 9, 0},
                 {"0.0000000014999", 9, 1},
                 {"7", 0, 7}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ns = -1;
        const char *end = cases[i].text + strlen(cases[i].text);
        assert_ptr_equal(number_scan_ns(cases[i].text, end, '.', cases[i].unit, &ns), end);
        assert_int_equal(ns, cases[i].ns);
    }
    int64_t ns;
    const char *far = "99999999999999";
    assert_null(number_scan_ns(far, far + strlen(far), '.', 9, &ns));
}

static void reads_dates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {{"2020-02-24 18:15:21.499998208", INT64_C(1582568121499998208)},
                 {"2020-02-24T18:15:21.499998208Z", INT64_C(1582568121499998208)},
                 {"2020/02/24 19:15:21,499998208+01:00", INT64_C(1582568121499998208)},
                 {"2020-02-24T12:45:21.499998208-0530", INT64_C(1582568121499998208)},
                 {"1970-01-01T00:00", 0},
                 {"2016-12-31T23:59:60Z", INT64_C(1483228800) * NS_PER_S}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ns = -1;
        const char *end = cases[i].text + strlen(cases[i].text);
        assert_ptr_equal(number_scan_date(cases[i].text, end, &ns), end);
        assert_int_equal(ns, cases[i].ns);
    }
    static const char *const bad[] = {"",
                                      "2020",
                                      "20-02-24 18:15:21",
                                      "2020-13-01 00:00:00",
                                      "2020-02-30 00:00:00",
                                      "2020-02-24 25:00:00",
                                      "2020-02-24"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t ns;
        assert_null(number_scan_date(bad[i], bad[i] + strlen(bad[i]), &ns));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_strtod_reads),
        cmocka_unit_test(agrees_over_many_numbers),
        cmocka_unit_test(stops_where_the_number_ends),
        cmocka_unit_test(reads_nanoseconds_exactly),
        cmocka_unit_test(reads_dates),
    };
    return cmocka_run_group_tests_name("source/number", tests, NULL, NULL);
}
