/* Messages come out whole, one line each, and only up to the level asked for. */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char said[8192];

/* What `speak` writes to standard error. */
static const char *listen(void (*speak)(void))
{
    FILE *file = tmpfile();
    assert_non_null(file);
    fflush(stderr);
    int before = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    speak();
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(file);
    said[fread(said, 1, sizeof said - 1, file)] = '\0';
    fclose(file);
    return said;
}

static void every_level(void)
{
    log_message(LOG_ERROR, "e");
    log_message(LOG_WARNING, "w %d", 1);
    log_message(LOG_INFO, "i");
    log_message(LOG_DEBUG, "d");
}

static void hostile(void)
{
    log_message(LOG_ERROR, "%s", "a\nbusbar: info: forged\033[2J");
}

static void endless(void)
{
    char text[4096];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    log_message(LOG_ERROR, "%s", text);
}

static void levels_are_kept_apart(void **state)
{
    (void)state;
    assert_string_equal(listen(every_level),
                        "busbar: error: e\nbusbar: warning: w 1\nbusbar: info: i\n");
    log_set_level(LOG_ERROR);
    assert_string_equal(listen(every_level), "busbar: error: e\n");
    log_set_level(LOG_DEBUG);
    assert_non_null(strstr(listen(every_level), "busbar: debug: d\n"));
}

static void one_message_is_one_line(void **state)
{
    (void)state;
    assert_string_equal(listen(hostile), "busbar: error: a?busbar: info: forged?[2J\n");
    const char *line = listen(endless);
    assert_true(strlen(line) > 900 && strlen(line) < 1100);
    assert_int_equal(line[strlen(line) - 1], '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_kept_apart),
        cmocka_unit_test(one_message_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
