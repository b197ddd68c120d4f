/* Power goes at every operation and every byte of it; the energies come back as they were reported. */
#include "base/log.h"
#include "disk.h"
#include "energy_version_1.h"
#include "store/energy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WRITES 4
#define MANY   200 /* loads: a record of 126 sectors */
#ifdef __SANITIZE_ADDRESS__
#define STEP 7 /* the plain build takes every byte; here the memory is looked at */
#else
#define STEP 1
#endif

static struct files files;
static struct fault fault;
static struct energy_point *points;

/* What has been told to the world, and the most that may be on the disk. */
struct story {
    uint64_t durable, begun;
};

static int setup(void **state)
{
    (void)state;
    log_set_level((enum log_level) - 1);
    points = calloc(ENERGY_POINTS_MAX, sizeof *points);
    return points ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    free(points);
    return 0;
}

/* Register r of load p after n writes: different everywhere, growing with n. */
static uint64_t amount(uint64_t n, unsigned p, unsigned r)
{
    return n * 1000003 + p * 16 + r;
}

static void prepare(struct energy_store *store, uint64_t n, unsigned loads)
{
    for (unsigned p = 0; p < loads; p++) {
        energy_key(points[p].key, "", p % 247 + 1, p);
        for (unsigned r = 0; r < ENERGY_REGISTERS; r++)
            points[p].energy_mj[r] = amount(n, p, r);
    }
    assert_int_equal(energy_prepare(store, points, loads, (int64_t)n), ERR_OK);
}

/* A start, then writes from n on until the power goes or there have been enough of them. */
static void run(struct story *story, uint64_t from, unsigned writes, unsigned loads)
{
    struct energy_store *store;
    if (energy_open(&files, "d", &store, &fault) != ERR_OK)
        return;
    for (uint64_t n = from; n < from + writes; n++) {
        prepare(store, n, loads);
        story->begun = n;
        if (energy_write(store, &fault) == ERR_OK)
            story->durable = n;
    }
    energy_close(store);
}

/* Opens as after a cut: all that is there is of one and the same write, and no older than was told. */
static uint64_t look(const struct story *story, unsigned loads)
{
    struct energy_store *store;
    uint64_t found[ENERGY_REGISTERS], n = 0;
    assert_int_equal(energy_open(&files, "d", &store, &fault), ERR_OK);
    for (unsigned p = 0; p < loads; p++) {
        char key[ENERGY_KEY_TEXT];
        energy_key(key, "", p % 247 + 1, p);
        bool there = energy_find(store, key, found);
        uint64_t this = there ? (found[0] - p * 16) / 1000003 : 0;
        if (p == 0)
            n = this;
        assert_true(this == n); /* never a mixture */
        for (unsigned r = 0; there && r < ENERGY_REGISTERS; r++)
            assert_true(found[r] == amount(n, p, r));
    }
    energy_close(store);
    assert_true(n >= story->durable);
    assert_true(n <= story->begun);
    return n;
}

/* Cuts operation `op` after `bytes`, lets the power return, looks, and sees that life goes on. */
static void cut(unsigned op, size_t bytes, bool names, unsigned chance, uint32_t seed,
                unsigned loads)
{
    struct story story = {0, 0};
    struct disk *disk = disk_new(&files);
    disk_fail(disk, op, bytes, -EIO, true);
    run(&story, 1, WRITES, loads);
    disk_power_on(disk, names, chance, seed);
    uint64_t n = look(&story, loads);
    story = (struct story){n, n};
    run(&story, n + 1, 2, loads);
    assert_true(story.durable == n + 2);
    disk_power_on(disk, false, 0, 0);
    assert_true(look(&story, loads) == n + 2);
    disk_free(disk);
}

/* The lengths of the writes of a run that nothing disturbs. */
static unsigned undisturbed(size_t *written, unsigned loads)
{
    struct story story = {0, 0};
    struct disk *disk = disk_new(&files);
    run(&story, 1, WRITES, loads);
    assert_true(story.durable == WRITES);
    unsigned operations = disk_operations(disk);
    for (unsigned i = 0; i < operations; i++)
        written[i] = disk_written(disk, i);
    disk_free(disk);
    return operations;
}

static void power_goes_at_every_byte_of_every_operation(void **state)
{
    (void)state;
    size_t written[64];
    unsigned operations = undisturbed(written, 2), cuts = 0;
    assert_true(operations > 2 * WRITES && operations < 64);
    for (unsigned op = 0; op < operations; op++)
        for (size_t bytes = 0; bytes <= written[op]; bytes++) {
            if (bytes < written[op] && bytes % STEP != 0)
                continue;
            if (bytes > 300 && bytes % 8191 != 0 && bytes != written[op])
                continue; /* zeros, of the file's first moment */
            for (int names = 0; names <= 1; names++) {
                cut(op, bytes, names, 255, 0, 2); /* what had been written made it */
                cuts++;
            }
        }
    for (unsigned op = 0; op < operations; op++)
        for (int names = 0; names <= 1; names++)
            cut(op, written[op], names, 0, 0, 2); /* nothing of it did */
    assert_true(cuts > 2 * WRITES * 270 / STEP);
}

static void power_goes_and_sectors_are_written_in_any_order(void **state)
{
    (void)state;
    size_t written[64];
    unsigned operations = undisturbed(written, MANY);
    uint32_t seed = 1;
    for (unsigned op = 0; op < operations; op++)
        for (unsigned round = 0; round < 8; round++, seed++)
            cut(op, written[op] * (round % 4 + 1) / 4, round % 2, 32 + 28 * round, seed, MANY);
}

/* A fault that passes: a full disk, an error of the medium. The next write is as good as ever. */
static void a_fault_that_passes_loses_nothing(void **state)
{
    (void)state;
    static const int codes[] = {-EIO, -ENOSPC};
    size_t written[64];
    unsigned operations = undisturbed(written, 2);
    for (unsigned op = 0; op < operations; op++)
        for (int c = 0; c < 2; c++)
            for (size_t bytes = 0; bytes <= 240 && bytes <= written[op]; bytes += 16)
                for (unsigned chance = 0; chance <= 255; chance += 85) {
                    struct story story = {0, 0};
                    struct disk *disk = disk_new(&files);
                    disk_fail(disk, op, bytes, codes[c], false);
                    run(&story, 1, WRITES, 2);
                    assert_true(story.durable == WRITES || story.begun == 0 ||
                                op == operations - 1 || op == operations - 2);
                    disk_power_on(disk, false, chance, op + 1);
                    look(&story, 2);
                    disk_free(disk);
                }
}

/* A write that failed has spoilt one place; the other one must not be touched before the first is whole. */
static void a_fault_and_then_a_cut_lose_nothing(void **state)
{
    (void)state;
    size_t written[64];
    unsigned operations = undisturbed(written, 2);
    for (unsigned first = 5; first < operations; first++)
        for (unsigned second = first + 1; second <= first + 3; second++)
            for (size_t bytes = 0; bytes <= 272; bytes += 34) {
                struct story story = {0, 0};
                struct disk *disk = disk_new(&files);
                disk_fail(disk, first, 100, -EIO, false);
                disk_fail(disk, second, bytes, -EIO, true);
                run(&story, 1, WRITES, 2);
                disk_power_on(disk, false, 255, 0);
                look(&story, 2);
                disk_free(disk);
            }
}

/* A file of version 1 is written anew when it is opened: wherever the power goes, it or the new one is
 * there. */
static void a_cut_while_a_file_is_renewed_loses_nothing(void **state)
{
    (void)state;
    struct energy_store *whole;
    struct disk *undisturbed_disk = disk_new(&files);
    energy_version_1_plant(&files, "d/energy", true);
    unsigned planted = disk_operations(undisturbed_disk), cuts = 0;
    assert_int_equal(energy_open(&files, "d", &whole, &fault), ERR_OK);
    energy_close(whole);
    unsigned operations = disk_operations(undisturbed_disk) - planted;
    assert_true(operations >= 6); /* create, write twice, sync, rename, sync the folder */
    disk_free(undisturbed_disk);
    for (unsigned op = 0; op < operations; op++)
        for (unsigned part = 0; part <= 4; part++)
            for (unsigned chance = 0; chance <= 255; chance += 85)
                for (int names = 0; names <= 1; names++, cuts++) {
                    struct energy_store *store;
                    struct disk *disk = disk_new(&files);
                    energy_version_1_plant(&files, "d/energy", true);
                    disk_fail(disk, planted + op, part * (size_t)ENERGY_SLOT_BYTES / 4, -EIO, true);
                    if (energy_open(&files, "d", &store, &fault) == ERR_OK)
                        energy_close(store);
                    disk_power_on(disk, names, chance, cuts);
                    assert_int_equal(energy_open(&files, "d", &store, &fault), ERR_OK);
                    energy_version_1_expect(store, 2);
                    energy_close(store);
                    disk_power_on(disk, false, 0, 0);
                    assert_int_equal(energy_open(&files, "d", &store, &fault), ERR_OK);
                    energy_version_1_expect(store, 2);
                    energy_close(store);
                    disk_free(disk);
                }
}

/* A killed program leaves what it wrote in the machine's memory. The next start finds it, tells it to
 * the world, and then the power goes. */
static void what_a_start_has_found_is_durable(void **state)
{
    (void)state;
    size_t written[64];
    unsigned operations = undisturbed(written, 2);
    for (unsigned op = 0; op < operations; op++) {
        struct story story = {0, 0};
        struct disk *disk = disk_new(&files);
        disk_fail(disk, op, written[op], -EIO, true);
        run(&story, 1, WRITES, 2);
        disk_kill(disk);
        uint64_t told = look(&story, 2);
        disk_power_on(disk, false, 0, 0);
        assert_true(look(&story, 2) == told);
        disk_free(disk);
    }
}

static void many_cuts_in_a_row_never_go_back(void **state)
{
    (void)state;
    uint32_t random = 7;
    struct disk *disk = disk_new(&files);
    struct story story = {0, 0};
    for (int round = 0; round < 400; round++) {
        random = random * 1664525u + 1013904223u;
        disk_fail(disk, (random >> 20) % 12, (random >> 8) % 300, -EIO, true);
        uint64_t before = story.durable;
        run(&story, story.begun + 1, 6, 2);
        disk_power_on(disk, random & 1, (random >> 3) & 255, random);
        uint64_t n = look(&story, 2);
        assert_true(n >= before);
        story = (struct story){n, n};
    }
    assert_true(story.durable > 400);
    disk_free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_goes_at_every_byte_of_every_operation),
        cmocka_unit_test(power_goes_and_sectors_are_written_in_any_order),
        cmocka_unit_test(a_fault_that_passes_loses_nothing),
        cmocka_unit_test(a_fault_and_then_a_cut_lose_nothing),
        cmocka_unit_test(a_cut_while_a_file_is_renewed_loses_nothing),
        cmocka_unit_test(what_a_start_has_found_is_durable),
        cmocka_unit_test(many_cuts_in_a_row_never_go_back),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
