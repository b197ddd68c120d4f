/* The event loop prepares, a worker writes: as the program does it, under ThreadSanitizer too. */
#include "base/log.h"
#include "disk.h"
#include "store/energy.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS 200

static struct energy_store *store;
static _Atomic unsigned asked, done;
static _Atomic enum err last;

static void *work(void *argument)
{
    (void)argument;
    for (unsigned n = 1; n <= ROUNDS; n++) {
        while (atomic_load(&asked) < n)
            sched_yield();
        struct fault fault;
        atomic_store(&last, energy_write(store, &fault));
        atomic_store(&done, n);
    }
    return NULL;
}

static void a_slow_disk_holds_nobody_up(void **state)
{
    (void)state;
    struct files files;
    struct fault fault;
    struct disk *disk = disk_new(&files);
    struct energy_point point = {.key = "I35-0001/1"};
    uint64_t counted = 0;
    pthread_t worker;
    log_set_level((enum log_level) - 1);
    assert_int_equal(energy_open(&files, "d", &store, &fault), ERR_OK);
    assert_int_equal(pthread_create(&worker, NULL, work, NULL), 0);
    for (unsigned n = 1; n <= ROUNDS; n++) {
        for (int r = 0; r < ENERGY_REGISTERS; r++)
            point.energy_mj[r] = counted + 10;
        counted += 10;
        assert_int_equal(energy_prepare(store, &point, 1, n), ERR_OK);
        uint64_t prepared = point.energy_mj[0];
        atomic_store(&asked, n);
        /* while the worker writes, the loop lives on, and is told to come back */
        while (atomic_load(&done) < n) {
            struct energy_point early = point;
            uint64_t seen[ENERGY_REGISTERS];
            enum err err = energy_prepare(store, &early, 0, 0);
            assert_true(err == ERR_OK || err == ERR_AGAIN);
            assert_true(energy_find(store, point.key, seen));
            assert_true(seen[0] == prepared);
            if (err == ERR_OK) /* it had ended in the meantime: what was prepared must be written */
                assert_int_equal(energy_write(store, &fault), ERR_OK);
            sched_yield();
        }
        assert_int_equal(atomic_load(&last), ERR_OK);
    }
    pthread_join(worker, NULL);
    energy_close(store);
    disk_power_on(disk, false, 0, 0);
    uint64_t found[ENERGY_REGISTERS];
    assert_int_equal(energy_open(&files, "d", &store, &fault), ERR_OK);
    assert_true(energy_find(store, point.key, found));
    assert_true(found[0] == counted);
    energy_close(store);
    disk_free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_disk_holds_nobody_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
