#include "app/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static bool json;
static const char *file;
static long port;
static double rate;
static const char *operand[OPERANDS_MAX];
static int exit_code;

/* Reads words as "test ..." against one table with every kind of option and one or two operands. */
#define READ(...) read_words((const char *[]){"test", __VA_ARGS__, NULL})

static bool read_words(const char **argv)
{
    static const struct option_line options[] = {
        {"json", NULL, OPTION_FLAG, &json, 0, 0, "as JSON"},
        {"file", "FILE", OPTION_TEXT, &file, 0, 0, "where to"},
        {"port", "N", OPTION_INTEGER, &port, 1, 65535, "of TCP"},
        {"rate", "HZ", OPTION_NUMBER, &rate, -1, 1e6, "of samples"},
        {NULL},
    };
    static const struct usage usage = {"test", "IN [OUT]", "Tests.", 1, 2, options, NULL};
    json = false;
    file = NULL;
    port = 502;
    rate = 0;
    int argc = 0;
    while (argv[argc])
        argc++;
    return options_read(&usage, argc, (char **)argv, operand, &exit_code);
}

static void both_forms_of_a_value_are_read(void **state)
{
    (void)state;
    assert_true(READ("a", "--file", "x=y", "--port=1502", "--rate", "-0.5", "--json"));
    assert_string_equal(operand[0], "a");
    assert_null(operand[1]);
    assert_string_equal(file, "x=y");
    assert_int_equal(port, 1502);
    assert_true(rate == -0.5);
    assert_true(json);
    assert_int_equal(exit_code, 0);
}

static void what_is_not_given_keeps_its_default(void **state)
{
    (void)state;
    assert_true(READ("a", "b"));
    assert_string_equal(operand[1], "b");
    assert_int_equal(port, 502);
    assert_null(file);
    assert_false(json);
}

static void a_dash_and_what_follows_two_are_operands(void **state)
{
    (void)state;
    assert_true(READ("-", "--file", "-"));
    assert_string_equal(operand[0], "-");
    assert_string_equal(file, "-");
    assert_true(READ("--", "--json"));
    assert_string_equal(operand[0], "--json");
    assert_false(json);
}

static void wrong_usage_is_exit_code_2(void **state)
{
    (void)state;
    static const char *const wrong[][4] = {
        {"a", "--jsn"},           {"a", "-j"},           {"a", "--json=1"},   {"a", "--file"},
        {"a", "--file="},         {"a", "--port", "0"},  {"a", "--port=1.5"}, {"a", "--port=0x10"},
        {"a", "--port", "65536"}, {"a", "--port", ""},   {"a", "--rate=nan"}, {"a", "--rate=1e7"},
        {"a", "--rate", "1,5"},   {"a", "--rate=1e999"}, {"a", "b", "c"},     {"--json"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *argv[6] = {"test"};
        memcpy(argv + 1, wrong[i], sizeof wrong[i]);
        assert_false(read_words(argv));
        assert_int_equal(exit_code, 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_of_a_value_are_read),
        cmocka_unit_test(what_is_not_given_keeps_its_default),
        cmocka_unit_test(a_dash_and_what_follows_two_are_operands),
        cmocka_unit_test(wrong_usage_is_exit_code_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
