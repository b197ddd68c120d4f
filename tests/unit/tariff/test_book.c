/* Energies and maximum demand per tariff: nothing is lost, nothing counts twice. */
#include "tariff/book.h"
#include "tariff_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

#define TWO                                                               \
    "tariff:\n  rates: [Low, High]\n  weekend_days: [Saturday, Sunday]\n" \
    "  billing_day: 15\n  seasons:\n  - name: S\n"                        \
    "    weekday: [00:00-06:00 Low, 06:00-22:00 High, 22:00-24:00 Low]\n" \
    "    weekend: Low\n"

static struct tariff_case *c;
static struct tariff_book book;

static void begin(const char *text, const char *tz)
{
    c = tariff_case_new(text, tz);
    assert_non_null(c);
    tariff_book_init(&book);
}

static int teardown(void **state)
{
    (void)state;
    free(c);
    c = NULL;
    return 0;
}

static void book_mj(int64_t from_ns, int64_t to_ns, uint64_t mj)
{
    uint64_t energy[ENERGY_KINDS] = {mj, mj / 2, 0, mj / 3, mj, 1, 0, mj / 7, 0};
    tariff_book_energy(&book, &c->tariff, from_ns, to_ns, energy);
}

static uint64_t page_sum(const struct tariff_page *page, unsigned reg)
{
    uint64_t sum = 0;
    for (unsigned n = 0; n < TARIFFS_MAX; n++)
        sum += page->tariff[n].energy_mj[reg];
    return sum;
}

static uint64_t total_sum(unsigned reg)
{
    uint64_t sum = 0;
    for (unsigned n = 0; n < TARIFFS_MAX; n++)
        sum += book.total_mj[n][reg];
    return sum;
}

static void an_hour_is_split_where_the_rate_changes(void **state)
{
    (void)state;
    begin(TWO, PARIS);
    /* Tuesday 2027-06-01, 05:40 to 06:40 in Paris: 20 minutes Low, 40 High */
    book_mj(at_utc(2027, 6, 1, 3, 40), at_utc(2027, 6, 1, 4, 40), 3001);
    assert_int_equal(book.total_mj[0][0], 1000);
    assert_int_equal(book.total_mj[1][0], 2001);
    /* 2027-05-31 23:30 to 00:30: two days, two months, one billing period */
    book_mj(at_utc(2027, 5, 31, 21, 30), at_utc(2027, 5, 31, 22, 30), 10);
    assert_int_equal(tariff_book_page(&book, TARIFF_DAYS, 0)->tariff[0].energy_mj[0], 5);
    assert_int_equal(page_sum(tariff_book_page(&book, TARIFF_DAYS, 1), 0), 3001 + 5);
    assert_int_equal(page_sum(tariff_book_page(&book, TARIFF_BILLINGS, 0), 0), 3011);
    assert_null(tariff_book_page(&book, TARIFF_BILLINGS, 1));
}

static uint64_t seed = 2463534242u;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Intervals of any length, from a window to weeks, one after another over three years. */
static void the_parts_are_the_whole(void **state)
{
    (void)state;
    begin(TWO, NEW_YORK);
    uint64_t counted[ENERGY_KINDS] = {0};
    for (int64_t at = at_utc(2026, 1, 1, 0, 0), next; at < at_utc(2029, 1, 1, 0, 0); at = next) {
        static const uint64_t longest[] = {NS_PER_S / 5, 3600 * NS_PER_S, 86400 * NS_PER_S,
                                           20 * 86400 * NS_PER_S};
        uint64_t energy[ENERGY_KINDS];
        next = at + 1 + (int64_t)(next_random() % longest[next_random() % 4]);
        for (unsigned r = 0; r < ENERGY_KINDS; r++) {
            energy[r] = next_random() >> (10 + next_random() % 54);
            counted[r] += energy[r];
        }
        tariff_book_energy(&book, &c->tariff, at, next, energy);
        for (unsigned r = 0; r < ENERGY_KINDS; r++)
            assert_true(total_sum(r) == counted[r]);
    }
}

/* Ten years of quarters of an hour: each finished period has its whole length of them, 92 and 100 quarters on the
 * days when clocks change (Lord Howe: by half an hour). */
static void ten_years_of_intervals(void **state)
{
    (void)state;
    static const char *const zones[] = {PARIS, NEW_YORK, SAO_PAULO, LORD_HOWE, KATHMANDU};
    const int64_t quarter = 900 * NS_PER_S;
    for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
        begin(TWO, zones[z]);
        int64_t last[TARIFF_PERIODS] = {0}, at, first = at_utc(2027, 1, 1, 0, 0);
        unsigned short_days = 0, long_days = 0, days = 0;
        for (at = first; at < at_utc(2037, 1, 1, 0, 0); at += quarter) {
            book_mj(at, at + quarter, 1000);
            for (enum tariff_period kind = 0; kind < TARIFF_PERIODS; kind++) {
                const struct tariff_page *done = tariff_book_page(&book, kind, 1);
                if (!done || done->to_ns == last[kind])
                    continue;
                last[kind] = done->to_ns;
                if (done->from_ns < first)
                    continue; /* began before the data */
                int64_t length = done->to_ns - done->from_ns;
                assert_int_equal(page_sum(done, 0), 1000 * (length / quarter));
                days += kind == TARIFF_DAYS;
                short_days += kind == TARIFF_DAYS && length < 86400 * NS_PER_S;
                long_days += kind == TARIFF_DAYS && length > 86400 * NS_PER_S;
            }
        }
        assert_int_equal(total_sum(0), 1000 * ((at - first) / quarter));
        assert_true(days == 3651 || days == 3652);
        assert_int_equal(short_days, z == 4 ? 0 : 10);
        assert_int_equal(long_days, z == 4 ? 0 : 10);
        free(c);
    }
    c = NULL;
}

static void the_greatest_demand_stays(void **state)
{
    (void)state;
    begin(TWO, PARIS);
    int64_t at = at_utc(2027, 6, 1, 10, 0), step = 900 * NS_PER_S;
    const double demands[][TARIFF_DEMANDS] = {
        {10, 0, 3, 0, 11}, {12, 0, 2, 0, 12}, {NAN, 0, 9, INFINITY, 5}};
    for (int i = 0; i < 3; i++)
        tariff_book_demand(&book, &c->tariff, at + i * step, at + (i + 1) * step, demands[i]);
    for (enum tariff_period kind = 0; kind < TARIFF_PERIODS; kind++) {
        const struct tariff_sum *high = &tariff_book_page(&book, kind, 0)->tariff[1];
        assert_true(high->demand[0] == 12 && high->demand_ns[0] == at + 2 * step);
        assert_true(high->demand[2] == 9 && high->demand_ns[2] == at + 3 * step);
        assert_true(high->demand[1] == 0 && high->demand_ns[1] == at + step);
        assert_true(high->demand[3] == 0 && high->demand[4] == 12);
        assert_true(tariff_book_page(&book, kind, 0)->tariff[0].demand_ns[0] == INSTANT_UNKNOWN);
    }
    /* 21:50 to 22:05: it began in High */
    at = at_utc(2027, 6, 1, 19, 50);
    tariff_book_demand(&book, &c->tariff, at, at + step, (double[]){20, 0, 0, 0, 0});
    assert_true(tariff_book_page(&book, TARIFF_DAYS, 0)->tariff[1].demand[0] == 20);
}

static void clocks_that_are_set_lose_nothing(void **state)
{
    (void)state;
    begin(TWO, PARIS);
    const int64_t day = 86400 * NS_PER_S, hour = 3600 * NS_PER_S;
    int64_t at = at_utc(2027, 6, 10, 12, 0);
    book_mj(at, at + hour, 100);
    book_mj(at - day, at - day + hour, 10); /* a day back: a new page, and kept apart */
    book_mj(at, at + hour, 1);              /* forth again: its page is still there */
    assert_int_equal(page_sum(tariff_book_page(&book, TARIFF_DAYS, 1), 0), 101);
    assert_int_equal(page_sum(tariff_book_page(&book, TARIFF_DAYS, 0), 0), 10);
    assert_int_equal(page_sum(tariff_book_page(&book, TARIFF_MONTHS, 0), 0), 111);
    book_mj(at - 365 * day, at - 365 * day + hour, 1000);
    book_mj(at + 365 * day, at + 365 * day + hour, 10000);
    book_mj(at, at, 5); /* without a length */
    book_mj(at + 1, at, 5);
    assert_int_equal(total_sum(0), 11121);
    assert_int_equal(page_sum(tariff_book_page(&book, TARIFF_MONTHS, 2), 0), 121);
    book_mj(INT64_MIN, INT64_MIN + 1, 7);
    book_mj(INT64_MAX - 1, INT64_MAX, 7);
    assert_int_equal(total_sum(0), 11135);
}

static void readings_are_booked_once(void **state)
{
    (void)state;
    static uint8_t bytes[TARIFF_BOOK_BYTES];
    struct fault fault;
    begin(TWO, PARIS);
    const int64_t minute = 60 * NS_PER_S;
    uint64_t energy[ENERGY_KINDS] = {1000000, 5};
    int64_t at = at_utc(2027, 6, 1, 3, 30); /* 05:30 in Paris, half an hour before High */
    tariff_book_registers(&book, &c->tariff, at, energy);
    assert_int_equal(total_sum(0), 0); /* what was before has no tariff */
    for (int i = 0; i < 40; i++) {
        energy[0] += 60;
        tariff_book_registers(&book, &c->tariff, at += minute, energy);
        if (i == 24)
            tariff_book_encode(&book, bytes);
    }
    assert_int_equal(book.total_mj[0][0], 30 * 60);
    assert_int_equal(book.total_mj[1][0], 10 * 60);
    /* a restart with a copy that is fifteen minutes old */
    assert_int_equal(tariff_book_decode(&book, bytes, sizeof bytes, &fault), ERR_OK);
    assert_int_equal(total_sum(0), 25 * 60);
    tariff_book_registers(&book, &c->tariff, at, energy);
    assert_int_equal(book.total_mj[0][0], 30 * 60);
    assert_int_equal(book.total_mj[1][0], 10 * 60);
    tariff_book_registers(&book, &c->tariff, at, energy); /* the same once more */
    tariff_book_registers(&book, &c->tariff, at + 100 * minute, energy);
    assert_int_equal(total_sum(0), 40 * 60);
    energy[0] += 7; /* the clock was set back */
    tariff_book_registers(&book, &c->tariff, at - 1000 * minute, energy);
    assert_int_equal(total_sum(0), 40 * 60 + 7);
    energy[0] = 3; /* another meter */
    tariff_book_registers(&book, &c->tariff, at, energy);
    energy[0] = 13;
    tariff_book_registers(&book, &c->tariff, at + minute, energy);
    assert_int_equal(total_sum(0), 40 * 60 + 7 + 10);
}

static void without_tariffs_nothing_is_booked(void **state)
{
    (void)state;
    begin("", PARIS);
    book_mj(0, 1000, 5);
    tariff_book_demand(&book, &c->tariff, 0, 1, (double[]){1, 1, 1, 1, 1});
    assert_int_equal(total_sum(0), 0);
    assert_null(tariff_book_page(&book, TARIFF_DAYS, 0));
}

static void bytes_are_the_book(void **state)
{
    (void)state;
    static uint8_t bytes[TARIFF_BOOK_BYTES], other[TARIFF_BOOK_BYTES];
    static struct tariff_book back;
    struct fault fault;
    begin(TWO, PARIS);
    for (int i = 0; i < 500; i++) {
        int64_t at = at_utc(2027, 1, 1, 0, 0) + i * 7 * 3600 * NS_PER_S;
        book_mj(at, at + 3600 * NS_PER_S, next_random() >> 20);
        tariff_book_demand(&book, &c->tariff, at, at + 1,
                           (double[]){(double)i, 1.5, -0.0, 1e300, 0.1});
    }
    tariff_book_encode(&book, bytes);
    assert_int_equal(tariff_book_decode(&back, bytes, sizeof bytes, &fault), ERR_OK);
    tariff_book_encode(&back, other);
    assert_memory_equal(bytes, other, sizeof bytes);
    assert_true(back.total_mj[1][0] == book.total_mj[1][0]);
    assert_true(back.page[TARIFF_BILLINGS][1].tariff[0].demand_ns[0] ==
                book.page[TARIFF_BILLINGS][1].tariff[0].demand_ns[0]);
    for (size_t i = 0; i < sizeof bytes; i += 97) { /* any byte that is altered shows */
        bool zeros = i >= 12 && i < 16;
        bytes[i] ^= 0x40;
        enum err err = tariff_book_decode(&back, bytes, sizeof bytes, &fault);
        assert_true(zeros || err == ERR_INPUT || (i < 8 && err == ERR_UNSUPPORTED));
        bytes[i] ^= 0x40;
    }
    bytes[4] = TARIFF_BOOK_VERSION + 1;
    assert_int_equal(tariff_book_decode(&back, bytes, sizeof bytes, &fault), ERR_UNSUPPORTED);
    bytes[4] = TARIFF_BOOK_VERSION;
    assert_int_equal(tariff_book_decode(&back, bytes, sizeof bytes - 1, &fault), ERR_INPUT);
    assert_int_equal(tariff_book_decode(&back, bytes, 3, &fault), ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(an_hour_is_split_where_the_rate_changes, teardown),
        cmocka_unit_test_teardown(the_parts_are_the_whole, teardown),
        cmocka_unit_test_teardown(ten_years_of_intervals, teardown),
        cmocka_unit_test_teardown(the_greatest_demand_stays, teardown),
        cmocka_unit_test_teardown(clocks_that_are_set_lose_nothing, teardown),
        cmocka_unit_test_teardown(readings_are_booked_once, teardown),
        cmocka_unit_test_teardown(without_tariffs_nothing_is_booked, teardown),
        cmocka_unit_test_teardown(bytes_are_the_book, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
