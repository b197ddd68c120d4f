/* Opening by content: what is no recording is refused with a sentence. */
#include "source/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void missing_file_is_named(void **state)
{
    (void)state;
    struct source *s = NULL;
    struct fault fault = {0};
    assert_int_equal(source_open("/nowhere/at.all", NULL, &s, &fault), ERR_INPUT);
    assert_null(s);
    assert_non_null(strstr(fault.text, "/nowhere/at.all"));
}

static void folder_is_refused(void **state)
{
    (void)state;
    struct source *s = NULL;
    struct fault fault = {0};
    assert_int_equal(source_open("/", NULL, &s, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "regular file"));
}

static void unknown_bytes_are_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/busbar-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "\1\2\3\4\0\0\0\0", 8), 8);
    close(fd);
    struct source *s = NULL;
    struct fault fault = {0};
    assert_int_equal(source_open(path, NULL, &s, &fault), ERR_UNSUPPORTED);
    assert_non_null(strstr(fault.text, path));
    unlink(path);
}

static void closing_nothing_is_fine(void **state)
{
    (void)state;
    source_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_file_is_named),
        cmocka_unit_test(folder_is_refused),
        cmocka_unit_test(unknown_bytes_are_refused),
        cmocka_unit_test(closing_nothing_is_fine),
    };
    return cmocka_run_group_tests_name("source/sources", tests, NULL, NULL);
}
