/* Sets of waveforms: first in, first out, also over starts; damage is passed over; the power may go at any
 * byte. */
#include "base/log.h"
#include "disk.h"
#include "waveform_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct files files;
static struct disk *disk;
static struct fault fault;
static const struct waveform_set *listed[WAVEFORM_SETS + 10];

static int setup(void **state)
{
    (void)state;
    log_set_level(LOG_ERROR);
    disk = disk_new(&files);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    disk_free(disk);
    return 0;
}

static struct waveforms *open_at(const char *folder)
{
    struct waveforms *w;
    assert_int_equal(waveforms_open(&files, folder, &w, &fault), ERR_OK);
    return w;
}

static void add(struct waveforms *w, unsigned n)
{
    assert_int_equal(waveforms_put(w, waveform_fixture(n)), ERR_OK);
    assert_int_equal(waveforms_write(w, &fault), ERR_OK);
    waveforms_commit(w);
}

/* The sets are first ... last, newest first, each as the fixture makes it. */
static void check(const struct waveforms *w, unsigned first, unsigned last)
{
    unsigned n = waveforms_list(w, listed, WAVEFORM_SETS + 10);
    assert_int_equal(n, last < first ? 0 : last - first + 1);
    for (unsigned i = 0; i < n; i++) {
        struct waveform_set *expected = waveform_fixture(last - i);
        expected->id = last - i;
        assert_true(waveform_same(listed[i], expected));
        assert_ptr_equal(waveforms_get(w, last - i), listed[i]);
        free(expected);
    }
    assert_null(waveforms_get(w, first - 1));
    assert_null(waveforms_get(w, last + 1));
    assert_null(waveforms_get(w, 0));
}

static void first_in_first_out(void **state)
{
    (void)state;
    for (int kept = 0; kept < 2; kept++) {
        struct waveforms *w = open_at(kept ? "d" : NULL);
        check(w, 1, 0);
        for (unsigned n = 1; n <= 230; n++) {
            add(w, n);
            if (n % 37 == 0 || n == 100 || n == 101)
                check(w, n > 100 ? n - 99 : 1, n);
        }
        assert_int_equal(waveforms_list(w, listed, 3), 3);
        assert_int_equal(listed[0]->id, 230);
        waveforms_close(w);
    }
}

static void over_starts(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 130; n += 13) {
        struct waveforms *w = open_at("d");
        check(w, n > 100 ? n - 100 : 1, n - 1);
        for (unsigned k = n; k < n + 13; k++)
            add(w, k);
        waveforms_close(w);
        disk_power_on(disk, false, 0, 0);
    }
    struct waveforms *memory = open_at(NULL);
    check(memory, 1, 0);
    waveforms_close(memory);
}

/* A set is listed when it was committed; before, another one cannot be put. */
static void one_at_a_time(void **state)
{
    (void)state;
    struct waveforms *w = open_at("d");
    struct waveform_set *second = waveform_fixture(2);
    assert_int_equal(waveforms_put(w, waveform_fixture(1)), ERR_OK);
    assert_int_equal(waveforms_put(w, second), ERR_AGAIN);
    check(w, 1, 0);
    assert_int_equal(waveforms_write(w, &fault), ERR_OK);
    assert_int_equal(waveforms_put(w, second), ERR_AGAIN);
    check(w, 1, 0);
    waveforms_commit(w);
    check(w, 1, 1);
    assert_int_equal(waveforms_put(w, second), ERR_OK);
    waveforms_close(w); /* with one that was put only: it is nobody's any more */
}

/* Any byte altered, any length cut: that set is not there, the others are. */
static void damage_is_passed_over(void **state)
{
    (void)state;
    struct waveforms *w = open_at("d");
    for (unsigned n = 1; n <= 3; n++)
        add(w, n);
    waveforms_close(w);
    size_t size;
    assert_non_null(disk_bytes(disk, "d/02", &size));
    for (size_t at = 0; at < size; at += at < 200 ? 1 : 997) {
        disk_alter(disk, "d/02", at, 0x40);
        w = open_at("d");
        assert_int_equal(waveforms_list(w, listed, 9), 2);
        assert_int_equal(listed[0]->id, 3);
        assert_int_equal(listed[1]->id, 1);
        assert_null(waveforms_get(w, 2));
        waveforms_close(w);
        disk_alter(disk, "d/02", at, 0x40);
    }
    w = open_at("d");
    check(w, 1, 3);
    waveforms_close(w);
    for (size_t length = size; length-- > 0; length = length < 140 ? length : length * 7 / 8) {
        disk_truncate(disk, "d/02", length);
        w = open_at("d");
        assert_int_equal(waveforms_list(w, listed, 9), 2);
        waveforms_close(w);
    }
    w = open_at("d"); /* life goes on, and its place is taken when its turn comes */
    for (unsigned n = 4; n <= 102; n++)
        add(w, n);
    check(w, 3, 102);
    waveforms_close(w);
}

/* A set in another one's place is not believed. */
static void a_copy_in_a_wrong_place(void **state)
{
    (void)state;
    struct waveforms *w = open_at("d");
    add(w, 1);
    waveforms_close(w);
    assert_int_equal(files.rename(files.self, "d/01", "d/07"), 0);
    w = open_at("d");
    check(w, 1, 0);
    waveforms_close(w);
}

/* What cannot be written is listed all the same, and gone after the next start; the set before is not. */
static void a_disk_that_refuses(void **state)
{
    (void)state;
    struct waveforms *w = open_at("d");
    for (unsigned k = 0; k < 5; k++) { /* create, write, sync, rename, sync_folder */
        add(w, 2 * k + 1);
        disk_fail(disk, disk_operations(disk) + k, 100, -ENOSPC, false);
        assert_int_equal(waveforms_put(w, waveform_fixture(2 * k + 2)), ERR_OK);
        enum err err = waveforms_write(w, &fault);
        assert_int_equal(err, ERR_SYSTEM);
        waveforms_commit(w);
        check(w, 1, 2 * k + 2);
        disk_kill(disk); /* forgets the failure */
    }
    waveforms_close(w);
    w = open_at("d");
    for (unsigned id = 1; id <= 10; id++)
        assert_int_equal(waveforms_get(w, id) != NULL, id % 2 || id == 10); /* its name was there */
    waveforms_close(w);
}

/* --- Cuts of the power --------------------------------------------------------------------------------- */

#define WRITES 3

/* Starts, and adds sets from n on; returns the last that was durable. */
static unsigned run(unsigned from, unsigned writes)
{
    struct waveforms *w;
    unsigned durable = from - 1;
    if (waveforms_open(&files, "d", &w, &fault) != ERR_OK)
        return durable;
    for (unsigned n = from; n < from + writes; n++) {
        assert_int_equal(waveforms_put(w, waveform_fixture(n)), ERR_OK);
        if (waveforms_write(w, &fault) == ERR_OK)
            durable = n;
        waveforms_commit(w);
    }
    waveforms_close(w);
    return durable;
}

/* All that was durable is there and whole; nothing else is but what was begun. */
static void look(unsigned first, unsigned durable, unsigned begun)
{
    struct waveforms *w = open_at("d");
    unsigned n = waveforms_list(w, listed, WAVEFORM_SETS);
    for (unsigned i = 0; i < n; i++) {
        struct waveform_set *expected = waveform_fixture((unsigned)listed[i]->id);
        expected->id = listed[i]->id;
        assert_true(waveform_same(listed[i], expected));
        assert_true(listed[i]->id <= begun);
        free(expected);
    }
    for (unsigned id = first; id <= durable; id++)
        assert_non_null(waveforms_get(w, id));
    waveforms_close(w);
}

static void power_goes_anywhere(void **state)
{
    (void)state;
    /* 100 places are taken, so that each write replaces a set */
    static const unsigned chances[] = {0, 128, 255};
    unsigned before = 100;
    run(1, before);
    disk_power_on(disk, false, 0, 0);
    run(before + 1, WRITES);
    unsigned operations = disk_operations(disk), from = before + WRITES + 1;
    assert_true(operations >= 5 * WRITES && operations < 40);
    for (unsigned op = 0; op < operations; op++)
        for (unsigned k = 0; k < 3; k++) {
            disk_power_on(disk, true, 255, 0);
            disk_fail(disk, op, k * 14001, -EIO, true);
            unsigned durable = run(from, WRITES);
            disk_power_on(disk, (op + k) % 2, chances[k], op * 10 + k);
            look(from > 96 ? from - 96 : 1, durable, from + WRITES - 1);
            /* what was not durable may or may not be there: numbers go on from what is */
            struct waveforms *w = open_at("d");
            from = waveforms_list(w, listed, 1) ? (unsigned)listed[0]->id + 1 : 1;
            waveforms_close(w);
        }
}

/* --- Bytes --------------------------------------------------------------------------------------------- */

static void bytes_and_back(void **state)
{
    (void)state;
    static uint8_t bytes[WAVEFORM_BYTES_MAX];
    for (unsigned n = 0; n < 300; n += 7) {
        struct waveform_set *a = waveform_fixture(n), *b = waveform_fixture(5);
        a->id = n + 1;
        size_t length = waveform_encode(a, bytes);
        assert_true(length <= sizeof bytes);
        assert_true(waveform_decode(bytes, length, b));
        assert_true(waveform_same(a, b));
        assert_false(waveform_decode(bytes, length - 1, b));
        free(a);
        free(b);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(first_in_first_out),      TEST(over_starts),
        TEST(one_at_a_time),           TEST(damage_is_passed_over),
        TEST(a_copy_in_a_wrong_place), TEST(a_disk_that_refuses),
        TEST(power_goes_anywhere),     TEST(bytes_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
