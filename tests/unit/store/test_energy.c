/* Energy registers: keys, records, and what happens to a file that is not as it should be. Power cuts have
 * a test of their own, test_energy_cut.c. */
#include "base/bytes.h"
#include "base/crc32.h"
#include "base/log.h"
#include "disk.h"
#include "energy_version_1.h"
#include "store/energy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SLOT  ENERGY_SLOT_BYTES
#define WHOLE (ENERGY_HEADER_BYTES + ENERGY_ENTRY_BYTES) /* a record of one load */

static struct files files;
static struct disk *disk;
static struct energy_store *store;
static struct fault fault;

static int setup(void **state)
{
    (void)state;
    log_set_level((enum log_level) - 1); /* the faults here are planted */
    disk = disk_new(&files);
    return energy_open(&files, "d", &store, &fault);
}

static int teardown(void **state)
{
    (void)state;
    energy_close(store);
    disk_free(disk);
    return 0;
}

static void fill(struct energy_point *p, unsigned load, uint64_t amount)
{
    energy_key(p->key, "I35-0001", 0, load);
    for (unsigned r = 0; r < ENERGY_REGISTERS; r++)
        p->energy_mj[r] = amount + r;
}

static void write_points(struct energy_point *points, unsigned count)
{
    assert_int_equal(energy_prepare(store, points, count, 1000), ERR_OK);
    assert_int_equal(energy_write(store, &fault), ERR_OK);
}

static void reopen(void)
{
    energy_close(store);
    disk_kill(disk);
    assert_int_equal(energy_open(&files, "d", &store, &fault), ERR_OK);
}

static void expect(const char *key, uint64_t amount)
{
    uint64_t found[ENERGY_REGISTERS];
    assert_true(energy_find(store, key, found));
    for (unsigned r = 0; r < ENERGY_REGISTERS; r++)
        assert_true(found[r] == amount + r);
}

static void keys_stay_with_the_load(void **state)
{
    (void)state;
    char key[ENERGY_KEY_TEXT];
    energy_key(key, "A1B2C3", 7, 3);
    assert_string_equal(key, "A1B2C3/3");
    energy_key(key, "", 7, 3);
    assert_string_equal(key, "@7/3");
    energy_key(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 4294967295u, 4294967295u);
    assert_string_equal(key, "ABCDEFGHIJKLMNOPQRST/4294967295");
}

static void a_new_folder_has_no_energies(void **state)
{
    (void)state;
    uint64_t untouched[ENERGY_REGISTERS] = {42};
    assert_false(energy_find(store, "I35-0001/1", untouched));
    assert_true(untouched[0] == 42);
    reopen();
    assert_false(energy_find(store, "I35-0001/1", untouched));
    energy_close(NULL);
}

static void registers_are_found_again(void **state)
{
    (void)state;
    struct energy_point points[2];
    fill(&points[0], 1, 100);
    fill(&points[1], 2, UINT64_MAX - 100);
    write_points(points, 2);
    assert_true(points[0].kept && points[1].kept);
    reopen();
    expect("I35-0001/1", 100);
    expect("I35-0001/2", UINT64_MAX - 100);
}

static void a_reordered_installation_keeps_its_energies(void **state)
{
    (void)state;
    struct energy_point points[3];
    for (unsigned i = 0; i < 3; i++)
        fill(&points[i], i + 1, 100 * (i + 1));
    write_points(points, 3);
    reopen();

    /* load 2 has gone, 3 stands first, 4 is new */
    fill(&points[0], 3, 310);
    fill(&points[1], 4, 400);
    fill(&points[2], 1, 110);
    write_points(points, 3);
    reopen();
    expect("I35-0001/1", 110);
    expect("I35-0001/2", 200); /* kept for the day it comes back */
    expect("I35-0001/3", 310);
    expect("I35-0001/4", 400);
}

static void nothing_goes_back(void **state)
{
    (void)state;
    struct energy_point point;
    fill(&point, 1, 1000);
    write_points(&point, 1);
    fill(&point, 1, 900);
    point.energy_mj[3] = 5000;
    write_points(&point, 1);
    for (unsigned r = 0; r < ENERGY_REGISTERS; r++)
        assert_true(point.energy_mj[r] == (r == 3 ? 5000 : 1000 + r)); /* and so it is committed */
    reopen();
    uint64_t found[ENERGY_REGISTERS];
    assert_true(energy_find(store, "I35-0001/1", found));
    assert_memory_equal(found, point.energy_mj, sizeof found);
}

static void a_write_under_way_is_waited_for(void **state)
{
    (void)state;
    struct energy_point point;
    fill(&point, 1, 1);
    assert_int_equal(energy_prepare(store, &point, 1, 0), ERR_OK);
    fill(&point, 1, 2);
    assert_int_equal(energy_prepare(store, &point, 1, 0), ERR_AGAIN);
    assert_int_equal(energy_write(store, &fault), ERR_OK);
    assert_int_equal(energy_prepare(store, &point, 1, 0), ERR_OK);
    assert_int_equal(energy_write(store, &fault), ERR_OK);
    expect("I35-0001/1", 2);
}

static void one_load_too_many_takes_no_other_s_room(void **state)
{
    (void)state;
    struct energy_point *points = calloc(ENERGY_POINTS_MAX + 1, sizeof *points);
    assert_non_null(points);
    for (unsigned i = 0; i <= ENERGY_POINTS_MAX; i++)
        fill(&points[i], i, 10000 + i);
    write_points(points, ENERGY_POINTS_MAX + 1);
    for (unsigned i = 0; i <= ENERGY_POINTS_MAX; i++)
        assert_int_equal(points[i].kept, i < ENERGY_POINTS_MAX);
    reopen();
    expect("I35-0001/0", 10000);
    expect("I35-0001/599", 10599);
    uint64_t none[ENERGY_REGISTERS];
    assert_false(energy_find(store, "I35-0001/600", none));
    free(points);
}

static void a_full_disk_stops_no_energy_once_it_has_begun(void **state)
{
    (void)state;
    size_t size = 0;
    assert_non_null(disk_bytes(disk, "d/energy", &size));
    assert_int_equal(size, 2 * SLOT); /* nothing is ever added to it */
    struct energy_point point;
    for (unsigned n = 1; n < 5; n++) {
        fill(&point, 1, n);
        write_points(&point, 1);
    }
    disk_bytes(disk, "d/energy", &size);
    assert_int_equal(size, 2 * SLOT);
}

/* --- records that are not as they were --------------------------------------------------------- */

/* Where the record with the higher sequence number begins. */
static size_t newest_place(void)
{
    size_t size;
    const uint8_t *bytes = disk_bytes(disk, "d/energy", &size);
    return get_le64(bytes + 16) > get_le64(bytes + SLOT + 16) ? 0 : SLOT;
}

/* Puts a file of version 1 where the store's own was; its newer record is damaged, or whole. */
static void plant_version_1(bool newer_too)
{
    energy_close(store);
    disk_free(disk);
    disk = disk_new(&files);
    energy_version_1_plant(&files, "d/energy", newer_too);
    assert_int_equal(energy_open(&files, "d", &store, &fault), ERR_OK);
}

static void a_file_of_version_1_goes_on(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 2; n++) {
        plant_version_1(n == 2);
        for (int again = 0; again < 3; again++) {
            energy_version_1_expect(store, n);
            reopen(); /* it is of this version now, and says the same */
        }
        size_t size;
        const uint8_t *bytes = disk_bytes(disk, "d/energy", &size);
        assert_int_equal(size, 2 * SLOT);
        assert_int_equal(get_le32(bytes + 8), ENERGY_RECORD_VERSION);
        assert_null(disk_bytes(disk, "d/energy.new", &size));
        struct energy_point point;
        fill(&point, 1, UINT64_C(1) << 40);
        write_points(&point, 1);
        reopen();
        expect("I35-0001/1", UINT64_C(1) << 40);
    }
}

static void a_flipped_bit_is_seen_wherever_it_is(void **state)
{
    (void)state;
    struct energy_point points[2];
    fill(&points[0], 1, 100);
    fill(&points[1], 2, 200);
    write_points(points, 2);
    fill(&points[0], 1, 101);
    fill(&points[1], 2, 201);
    write_points(points, 2);
    size_t newest = newest_place(), length = 64 + 2 * ENERGY_ENTRY_BYTES;
    for (size_t bit = 0; bit < 8 * length; bit++) {
        disk_alter(disk, "d/energy", newest + bit / 8, (uint8_t)(1u << bit % 8));
        reopen();
        expect("I35-0001/1", 100); /* the record before, whole */
        expect("I35-0001/2", 200);
        disk_alter(disk, "d/energy", newest + bit / 8, (uint8_t)(1u << bit % 8));
    }
    reopen();
    expect("I35-0001/1", 101);
}

static void a_damaged_file_is_kept_aside_and_counting_goes_on(void **state)
{
    (void)state;
    struct energy_point point;
    char aside[32];
    for (unsigned n = 1; n <= 3; n++) {
        fill(&point, 1, 100 * n);
        write_points(&point, 1);
        write_points(&point, 1);
        disk_alter(disk, "d/energy", 20, 0x10);
        disk_alter(disk, "d/energy", SLOT + 20, 0x10);
        reopen();
        assert_false(energy_find(store, point.key, point.energy_mj));
        size_t size = 0;
        snprintf(aside, sizeof aside, "d/energy.damaged-%u", n);
        const uint8_t *bytes = disk_bytes(disk, aside, &size);
        assert_non_null(bytes);
        assert_int_equal(size, 2 * SLOT);
        assert_true(get_le64(bytes + 64 + ENERGY_KEY_TEXT) == 100 * n);
    }
    fill(&point, 1, 7);
    write_points(&point, 1);
    reopen();
    expect("I35-0001/1", 7);
}

static void a_file_cut_at_any_length_starts(void **state)
{
    (void)state;
    static const size_t sizes[] = {0,     1,     63,    64,       167,  168,       WHOLE - 1,
                                   WHOLE, 65535, 65536, SLOT - 1, SLOT, SLOT + 64, SLOT + WHOLE};
    struct energy_point point;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        energy_close(store);
        disk_free(disk);
        disk = disk_new(&files);
        assert_int_equal(energy_open(&files, "d", &store, &fault), ERR_OK);
        fill(&point, 1, 50);
        write_points(&point, 1);
        write_points(&point, 1); /* both places hold it */
        disk_truncate(disk, "d/energy", sizes[i]);
        reopen();
        uint64_t found[ENERGY_REGISTERS];
        assert_int_equal(energy_find(store, point.key, found), sizes[i] >= WHOLE);
        fill(&point, 1, 60);
        write_points(&point, 1);
        reopen();
        expect("I35-0001/1", 60);
    }
}

/* Writes the header's checksum anew, as a program that meant it would have. */
static void seal(uint8_t *record)
{
    uint32_t count = get_le32(record + 12);
    if (count <= ENERGY_POINTS_MAX)
        put_le32(record + 56, crc32_of(0, record + 64, count * (size_t)ENERGY_ENTRY_BYTES));
    put_le32(record + 60, crc32_of(0, record, 60));
}

static void a_newer_program_s_file_is_left_alone(void **state)
{
    (void)state;
    struct energy_point point;
    size_t size;
    fill(&point, 1, 50);
    write_points(&point, 1);
    uint8_t *bytes = disk_bytes(disk, "d/energy", &size);
    size_t newest = newest_place();
    put_le32(bytes + newest + 8, ENERGY_RECORD_VERSION + 1);
    seal(bytes + newest);
    energy_close(store);
    unsigned before = disk_operations(disk);
    assert_int_equal(energy_open(&files, "d", &store, &fault), ERR_UNSUPPORTED);
    assert_null(store);
    assert_non_null(strstr(fault.text, "newer"));
    assert_int_equal(disk_operations(disk), before);
}

static void well_sealed_nonsense_is_not_a_record(void **state)
{
    (void)state;
    static struct energy_record record;
    static uint8_t bytes[SLOT];
    struct energy_record sample = {.sequence = 5, .count = 2};
    strcpy(sample.entry[0].key, "a");
    strcpy(sample.entry[1].key, "b");
    size_t length = energy_record_encode(&sample, bytes);
    assert_int_equal(energy_record_decode(bytes, length, &record), ENERGY_RECORD_GOOD);
    assert_int_equal(record.count, 2);
    assert_string_equal(record.entry[1].key, "b");
    assert_int_equal(energy_record_decode(bytes, length - 1, &record), ENERGY_RECORD_DAMAGED);

    static const struct {
        size_t at;
        uint32_t value;
    } nonsense[] = {{12, ENERGY_POINTS_MAX + 1}, {12, UINT32_MAX}, {32, 8}, {36, 96}};
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        energy_record_encode(&sample, bytes);
        put_le32(bytes + nonsense[i].at, nonsense[i].value);
        seal(bytes);
        assert_int_equal(energy_record_decode(bytes, sizeof bytes, &record), ENERGY_RECORD_DAMAGED);
    }
    energy_record_encode(&sample, bytes);
    memset(bytes + 64, 'k', ENERGY_KEY_TEXT); /* a key without an end */
    seal(bytes);
    assert_int_equal(energy_record_decode(bytes, sizeof bytes, &record), ENERGY_RECORD_DAMAGED);
    memset(bytes + 64, 0, ENERGY_KEY_TEXT); /* an empty one */
    seal(bytes);
    assert_int_equal(energy_record_decode(bytes, sizeof bytes, &record), ENERGY_RECORD_DAMAGED);
}

/* --- the machine refuses ----------------------------------------------------------------------- */

static void a_machine_that_refuses_is_said(void **state)
{
    (void)state;
    struct files real = files_system;
    struct energy_store *other;
    assert_int_equal(energy_open(&real, "/dev/null/x", &other, &fault), ERR_SYSTEM);
    assert_null(other);
    assert_non_null(strstr(fault.text, "/dev/null/x/energy"));
    char endless[2000];
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_int_equal(energy_open(&real, endless, &other, &fault), ERR_SYSTEM);
}

static void works_on_the_real_disk(void **state)
{
    (void)state;
    char folder[] = "/tmp/busbar-energy-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    struct energy_store *mine = store;
    struct energy_point point;
    for (uint64_t n = 1; n <= 4; n++) {
        assert_int_equal(energy_open(&files_system, folder, &store, &fault), ERR_OK);
        if (n > 1)
            expect("I35-0001/1", (n - 1) * 10);
        fill(&point, 1, n * 10);
        write_points(&point, 1);
        energy_close(store);
    }
    store = mine;
    snprintf(path, sizeof path, "%s/energy", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* and nothing else was left there */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(keys_stay_with_the_load),
        T(a_new_folder_has_no_energies),
        T(registers_are_found_again),
        T(a_reordered_installation_keeps_its_energies),
        T(nothing_goes_back),
        T(a_write_under_way_is_waited_for),
        T(one_load_too_many_takes_no_other_s_room),
        T(a_full_disk_stops_no_energy_once_it_has_begun),
        T(a_file_of_version_1_goes_on),
        T(a_flipped_bit_is_seen_wherever_it_is),
        T(a_damaged_file_is_kept_aside_and_counting_goes_on),
        T(a_file_cut_at_any_length_starts),
        T(a_newer_program_s_file_is_left_alone),
        T(well_sealed_nonsense_is_not_a_record),
        T(a_machine_that_refuses_is_said),
        T(works_on_the_real_disk),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
