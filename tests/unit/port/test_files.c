/* The operating system's files, behind the struct that tests replace; the folder's lock; the clocks. */
#include "port/clock.h"
#include "port/files.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/busbar-files-XXXXXX";
static char path[64], other[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/a", folder);
    snprintf(other, sizeof other, "%s/b", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void reads_what_was_written(void **state)
{
    (void)state;
    const struct files *f = &files_system;
    int handle, second;
    size_t got = 99;
    char data[8] = "";
    assert_int_equal(f->open(f->self, path, false, &handle), -ENOENT);
    assert_int_equal(f->open(f->self, path, true, &handle), 0);
    assert_int_equal(f->open(f->self, path, true, &second), -EEXIST);
    assert_int_equal(f->write(f->self, handle, "busbar", 6, 4), 0);
    assert_int_equal(f->sync(f->self, handle), 0);
    assert_int_equal(f->read(f->self, handle, data, sizeof data, 2, &got), 0);
    assert_int_equal(got, 8);
    assert_memory_equal(data, "\0\0busbar", 8);
    assert_int_equal(f->read(f->self, handle, data, sizeof data, 8, &got), 0);
    assert_int_equal(got, 2);
    assert_int_equal(f->read(f->self, handle, data, sizeof data, 100, &got), 0);
    assert_int_equal(got, 0);
    f->close(f->self, handle);
}

static void renames_and_removes(void **state)
{
    (void)state;
    const struct files *f = &files_system;
    assert_int_equal(path_kind(path), PATH_FILE);
    assert_int_equal(f->rename(f->self, path, other), 0);
    assert_int_equal(f->sync_folder(f->self, folder), 0);
    assert_int_equal(path_kind(path), PATH_NONE);
    assert_int_equal(path_kind(other), PATH_FILE);
    assert_int_equal(f->rename(f->self, path, other), -ENOENT);
    assert_int_equal(f->remove(f->self, other), 0);
    assert_int_equal(f->remove(f->self, other), -ENOENT);
    assert_int_equal(f->sync_folder(f->self, other), -ENOENT);
    assert_int_equal(path_kind(folder), PATH_FOLDER);
    assert_int_equal(path_kind("/dev/null"), PATH_OTHER);
}

static void tells_a_full_disk(void **state)
{
    (void)state;
    const struct files *f = &files_system;
    int handle;
    assert_int_equal(f->open(f->self, "/dev/full", false, &handle), 0);
    assert_int_equal(f->write(f->self, handle, "x", 1, 0), -ENOSPC);
    f->close(f->self, handle);
}

static void makes_folders(void **state)
{
    (void)state;
    char deep[96];
    struct fault fault = {0};
    snprintf(deep, sizeof deep, "%s/x/y//z/", folder);
    assert_int_equal(folder_make(deep, &fault), ERR_OK);
    assert_int_equal(folder_make(deep, &fault), ERR_OK);
    assert_int_equal(path_kind(deep), PATH_FOLDER);
    assert_int_equal(folder_make("/dev/null", &fault), ERR_SYSTEM);
    assert_int_equal(folder_make("/dev/null/x", &fault), ERR_SYSTEM);
    assert_non_null(strstr(fault.text, "/dev/null/x"));
    assert_int_equal(folder_make("", &fault), ERR_SYSTEM);
}

/* A process of its own tries for the folder: 0 it got it. */
static int other_process_locks(struct fault *fault, int *lock)
{
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        enum err err = folder_lock(folder, lock, fault);
        ssize_t n = write(ends[1], fault->text, sizeof fault->text);
        _exit(n > 0 ? -err : 99);
    }
    int status = -1;
    ssize_t n = read(ends[0], fault->text, sizeof fault->text);
    close(ends[0]);
    close(ends[1]);
    waitpid(child, &status, 0);
    return n > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void locks_a_folder_for_one_process(void **state)
{
    (void)state;
    int lock, theirs;
    struct fault fault = {0};
    char holder[32];
    assert_int_equal(other_process_locks(&fault, &theirs), 0); /* and its end gives it back */
    assert_int_equal(folder_lock(folder, &lock, &fault), ERR_OK);
    assert_int_equal(other_process_locks(&fault, &theirs), -ERR_SYSTEM);
    snprintf(holder, sizeof holder, "process %ld)", (long)getpid());
    assert_non_null(strstr(fault.text, holder));
    folder_unlock(lock);
    assert_int_equal(other_process_locks(&fault, &theirs), 0);
    assert_int_equal(folder_lock("/dev/null/x", &lock, &fault), ERR_SYSTEM);
}

static void clocks_run(void **state)
{
    (void)state;
    int64_t before = clock_monotonic_ns();
    clock_sleep_until(before + 20000000);
    int64_t after = clock_monotonic_ns();
    assert_true(after - before >= 20000000);
    clock_sleep_until(before);      /* long past */
    clock_sleep_until(-1000000000); /* before the clock began */
    assert_true(clock_monotonic_ns() - after < INT64_C(5000000000));
    assert_true(clock_utc_ns() > INT64_C(1600000000000000000));
    assert_true(clock_cpu_ns() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(renames_and_removes),
        cmocka_unit_test(tells_a_full_disk),
        cmocka_unit_test(makes_folders),
        cmocka_unit_test(locks_a_folder_for_one_process),
        cmocka_unit_test(clocks_run),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
