/* As much of cmocka as the core's tests use, for a processor without an operating system. TAP goes to
 * stdout; a failed check ends its test and the next one begins. Newlib's printf knows neither %z nor
 * %j, so numbers are printed as long. */
#ifndef FIRMWARE_CMOCKA_H
#define FIRMWARE_CMOCKA_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*test)(void **state);
    int (*setup)(void **state);
    int (*teardown)(void **state);
};

#define cmocka_unit_test(f) \
    {                       \
#f, f, NULL, NULL   \
    }
#define cmocka_unit_test_setup(f, before) \
    {                                     \
#f, f, before, NULL               \
    }
#define cmocka_unit_test_setup_teardown(f, before, after) \
    {                                                     \
#f, f, before, after                              \
    }

/* Runs those whose names stand in the list ONLY of the build ("a b"; "": all), because an emulated
 * processor is slow. Returns how many failed. */
#define cmocka_run_group_tests(tests, group_setup, group_teardown) \
    cmocka_run(tests, sizeof(tests) / sizeof *(tests), ONLY)
int cmocka_run(const struct CMUnitTest *test, size_t count, const char *only);
_Noreturn void cmocka_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define print_error(...)  printf("# " __VA_ARGS__)
#define _fail(file, line) cmocka_fail(file, line, "failed")
#define fail_msg(...)     cmocka_fail(__FILE__, __LINE__, __VA_ARGS__)
#define check_(good, ...)          \
    do {                           \
        if (!(good))               \
            fail_msg(__VA_ARGS__); \
    } while (0)

#define assert_true(x)         check_(x, "%s", #x)
#define assert_false(x)        check_(!(x), "not: %s", #x)
#define assert_null(x)         check_((x) == NULL, "%s is not NULL", #x)
#define assert_non_null(x)     check_((x) != NULL, "%s is NULL", #x)
#define assert_ptr_equal(a, b) check_((a) == (b), "%s is another pointer than %s", #a, #b)
#define assert_int_equal(a, b)                                                  \
    do {                                                                        \
        long long a_ = (long long)(a), b_ = (long long)(b);                     \
        check_(a_ == b_, "%s is %ld, not %s, %ld", #a, (long)a_, #b, (long)b_); \
    } while (0)
#define assert_in_range(x, low, high)                                               \
    do {                                                                            \
        unsigned long long x_ = (x);                                                \
        check_(x_ >= (unsigned long long)(low) && x_ <= (unsigned long long)(high), \
               "%s is %lu, not in %s ... %s", #x, (unsigned long)x_, #low, #high);  \
    } while (0)
#define assert_string_equal(a, b)                                            \
    do {                                                                     \
        const char *a_ = (a), *b_ = (b);                                     \
        check_(strcmp(a_, b_) == 0, "%s is \"%s\", not \"%s\"", #a, a_, b_); \
    } while (0)
#define assert_memory_equal(a, b, n) \
    check_(memcmp(a, b, n) == 0, "%s and %s differ within %s bytes", #a, #b, #n)

#endif
