/* Zones made here, byte by byte, and TZ strings. All zones of the database are compared with another reader by
 * tests/interop/zones.py. */
#include "base/bytes.h"
#include "base/instant.h"
#include "base/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct zone zone;
static struct fault fault;

/* --- A file ------------------------------------------------------------------------------------------ */

struct file {
    uint8_t bytes[1024];
    size_t size;
};

static void add(struct file *f, const void *bytes, size_t size)
{
    memcpy(f->bytes + f->size, bytes, size);
    f->size += size;
}

static void add_header(struct file *f, char version, const uint32_t count[6])
{
    uint8_t header[44] = "TZif";
    header[4] = (uint8_t)version;
    for (int i = 0; i < 6; i++)
        put_be32(header + 20 + 4 * i, count[i]);
    add(f, header, sizeof header);
}

/* CET from 1000, CEST from 2000, then by `footer`; LMT before. */
static void make_file(struct file *f, const char *footer)
{
    static const uint32_t none[6] = {0, 0, 0, 0, 1, 1}, two[6] = {0, 0, 0, 2, 3, 13};
    static const uint8_t v1[7] = {0};
    uint8_t times[16], types[18] = {0};
    f->size = 0;
    add_header(f, '2', none);
    add(f, v1, sizeof v1);
    add_header(f, '2', two);
    put_be64(times, 1000);
    put_be64(times + 8, 2000);
    add(f, times, sizeof times);
    add(f, "\1\2", 2);
    put_be32(types, 561);
    put_be32(types + 6, 3600);
    types[11] = 4;
    put_be32(types + 12, 7200);
    types[16] = 1;
    types[17] = 8;
    add(f, types, sizeof types);
    add(f, "LMT\0CET\0CEST", 13);
    add(f, "\n", 1);
    add(f, footer, strlen(footer));
    add(f, "\n", 1);
}

static enum err parse(const struct file *f)
{
    uint8_t *exact = malloc(f->size); /* so that the sanitizer sees a read past the end */
    assert_non_null(exact);
    memcpy(exact, f->bytes, f->size);
    enum err err = zone_parse(&zone, "Test/Zone", exact, f->size, &fault);
    free(exact);
    return err;
}

static void a_file_is_read(void **state)
{
    (void)state;
    struct file f;
    struct zone_period p;
    make_file(&f, "CET-1CEST,M3.5.0,M10.5.0/3");
    assert_int_equal(parse(&f), ERR_OK);
    zone_at(&zone, 999, &p);
    assert_string_equal(p.type->letters, "LMT");
    assert_true(p.type->offset_s == 561 && p.until_s == 1000);
    zone_at(&zone, 1000, &p);
    assert_string_equal(p.type->letters, "CET");
    zone_at(&zone, INT64_MIN, &p);
    assert_true(p.until_s == 1000);
    /* 2027-07-01: by the footer, until the last Sunday of October, 01:00 UTC */
    zone_at(&zone, days_from_civil(2027, 7, 1) * 86400, &p);
    assert_true(p.type->daylight && p.type->offset_s == 7200);
    assert_true(p.until_s == days_from_civil(2027, 10, 31) * 86400 + 3600);
    make_file(&f, "");
    assert_int_equal(parse(&f), ERR_OK);
    zone_at(&zone, 3000, &p);
    assert_true(p.type->daylight && p.until_s == INT64_MAX);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    struct file f, g;
    make_file(&f, "CET-1");
    for (size_t size = 0; size < f.size; size++) {
        g = f;
        g.size = size;
        assert_int_equal(parse(&g), ERR_INPUT);
        assert_non_null(strstr(fault.text, "Test/Zone"));
    }
    static const struct {
        size_t at;
        uint8_t byte;
        enum err err;
        const char *says;
    } wrong[] = {
        {0, 'X', ERR_INPUT, "header"},
        {4, 0, ERR_UNSUPPORTED, "version 1"},
        {36, 1, ERR_INPUT, "ends too early"}, /* of the first block, whose counts nobody needs */
        {51, 'X', ERR_INPUT, "header"},
        {51 + 31, 1, ERR_UNSUPPORTED, "leap seconds"},
        {51 + 38, 1, ERR_INPUT, "kinds"},
        {51 + 39, 0, ERR_INPUT, "kinds"},
        {51 + 34, 9, ERR_UNSUPPORTED, "2306"},
        {51 + 44 + 8, 128, ERR_INPUT, "order"},
        {51 + 44 + 16, 3, ERR_INPUT, "kind"},
        {51 + 44 + 18, 1, ERR_INPUT, "impossible"},
        {51 + 44 + 23, 13, ERR_INPUT, "abbreviation"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        g = f;
        g.bytes[wrong[i].at] = wrong[i].byte;
        assert_int_equal(parse(&g), wrong[i].err);
        if (!strstr(fault.text, wrong[i].says))
            fail_msg("%s", fault.text);
    }
}

static void tz_strings_are_read_or_refused(void **state)
{
    (void)state;
    static const char *const good[] = {"UTC0",
                                       "<+0545>-5:45",
                                       "EST5EDT,M3.2.0,M11.1.0",
                                       "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
                                       "NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01",
                                       "IST-1GMT0,M10.5.0,M3.5.0/1",
                                       "XXX3EDT4,0/0,J365/23",
                                       "LHST-10:30LHDT-11,J60/167:59:59,364/-167"};
    static const char *const bad[] = {"",
                                      "UT0",
                                      "UTC",
                                      "UTC25",
                                      "UTC0 ",
                                      "<UTC0",
                                      "<U!C>0",
                                      "EST5EDT",
                                      "EST5EDT,",
                                      "EST5EDT,M3.2.0",
                                      "EST5EDT,M13.2.0,M11.1.0",
                                      "EST5EDT,M3.0.0,M11.1.0",
                                      "EST5EDT,M3.2.7,M11.1.0",
                                      "EST5EDT,J0,J366",
                                      "EST5EDT,366,1",
                                      "EST5EDT,M3.2.0/168,M11.1.0",
                                      "EST5EDT,M3.2.0,M11.1.0x",
                                      "EST5:60",
                                      "EST5EDT,M3.2.0/,M11.1.0",
                                      "ABCDEFGHIJKLMN0",
                                      "EST99999999999999999999"};
    struct zone_future f;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!zone_future_parse(good[i], &f))
            fail_msg("%s was refused", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (zone_future_parse(bad[i], &f))
            fail_msg("%s was taken", bad[i]);
}

/* --- Both ways ------------------------------------------------------------------------------------------ */

static int64_t second_of(int year, int month, int day, int hour, int minute)
{
    return days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60;
}

static void use(const char *tz)
{
    zone_init_utc(&zone);
    assert_true(zone_future_parse(tz, &zone.future));
}

static void local_times_twice_and_never(void **state)
{
    (void)state;
    int64_t first, second;
    use("CET-1CEST,M3.5.0,M10.5.0/3");
    assert_int_equal(zone_utc(&zone, second_of(2027, 7, 14, 12, 0), &first, &second), ZONE_ONCE);
    assert_true(first == second_of(2027, 7, 14, 10, 0) && second == first);
    assert_int_equal(zone_utc(&zone, second_of(2027, 10, 31, 2, 30), &first, &second), ZONE_TWICE);
    assert_true(first == second_of(2027, 10, 31, 0, 30) && second == first + 3600);
    assert_int_equal(zone_utc(&zone, second_of(2027, 3, 28, 2, 30), &first, &second), ZONE_SKIPPED);
    assert_true(first == second_of(2027, 3, 28, 1, 0) && second == first);
    /* the edges: 02:00 is skipped, 03:00 is not; 02:00 comes twice, 03:00 once */
    assert_int_equal(zone_utc(&zone, second_of(2027, 3, 28, 2, 0), &first, &second), ZONE_SKIPPED);
    assert_int_equal(zone_utc(&zone, second_of(2027, 3, 28, 3, 0), &first, &second), ZONE_ONCE);
    assert_int_equal(zone_utc(&zone, second_of(2027, 10, 31, 2, 0), &first, &second), ZONE_TWICE);
    assert_int_equal(zone_utc(&zone, second_of(2027, 10, 31, 3, 0), &first, &second), ZONE_ONCE);
}

static void every_second_comes_back(void **state)
{
    (void)state;
    static const char *const zones[] = {"CET-1CEST,M3.5.0,M10.5.0/3",
                                        "EST5EDT,M3.2.0,M11.1.0",
                                        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
                                        "UTC0",
                                        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
                                        "XXX3EDT4,0/0,J365/23",
                                        "<+13>-13",
                                        "AAA12BBB-12,J100,J200"};
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        use(zones[i]);
        for (int64_t s = second_of(2026, 1, 1, 0, 0); s < second_of(2028, 1, 1, 0, 0); s += 600) {
            int64_t first, second, local = zone_local(&zone, s);
            enum zone_times times = zone_utc(&zone, local, &first, &second);
            assert_int_not_equal(times, ZONE_SKIPPED);
            assert_true(s == first || s == second);
            assert_true((times == ZONE_TWICE) == (first < second));
        }
    }
}

static void all_year_daylight_never_changes(void **state)
{
    (void)state;
    struct zone_period p;
    use("XXX3EDT4,0/0,J365/23");
    for (int64_t s = second_of(2026, 12, 30, 0, 0); s < second_of(2027, 1, 3, 0, 0); s += 60) {
        zone_at(&zone, s, &p);
        assert_true(p.type->daylight && p.until_s == INT64_MAX);
    }
}

static void a_time_is_written_with_its_offset(void **state)
{
    (void)state;
    char text[ZONE_TIME_TEXT];
    use("<-0330>3:30");
    zone_format(&zone, second_of(2027, 1, 1, 0, 0), text);
    assert_string_equal(text, "2026-12-31T20:30:00-03:30");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(tz_strings_are_read_or_refused),
        cmocka_unit_test(local_times_twice_and_never),
        cmocka_unit_test(every_second_comes_back),
        cmocka_unit_test(all_year_daylight_never_changes),
        cmocka_unit_test(a_time_is_written_with_its_offset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
