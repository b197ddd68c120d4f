/* The sentence of a fault, and what its code means to the program that calls ours. */
#include "base/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void says_one_sentence(void **state)
{
    (void)state;
    struct fault f = {0};
    assert_int_equal(fault_set(&f, ERR_INPUT, "%s:%d: expected a number", "a.cfg", 3), ERR_INPUT);
    assert_int_equal(f.code, ERR_INPUT);
    assert_string_equal(f.text, "a.cfg:3: expected a number");
    assert_int_equal(fault_set(NULL, ERR_SYSTEM, "nobody listens"), ERR_SYSTEM);
}

static void may_quote_itself(void **state)
{
    (void)state;
    struct fault f = {0};
    fault_set(&f, ERR_INPUT, "line 3: expected a number");
    fault_set(&f, f.code, "a.cfg: %s, so it is left out", f.text);
    assert_string_equal(f.text, "a.cfg: line 3: expected a number, so it is left out");
}

static void cannot_command_a_terminal(void **state)
{
    (void)state;
    struct fault f = {0};
    fault_set(&f, ERR_INPUT, "channel '%s'",
              "\033[2J\r\n\x7f\xc2\x9b"
              "31m\x9b");
    assert_string_equal(f.text, "channel '?[2J????31m?'");
}

static void keeps_letters_of_any_language(void **state)
{
    (void)state;
    struct fault f = {0};
    fault_set(&f, ERR_INPUT, "Größe ΔU 電圧 %s", "😀");
    assert_string_equal(f.text, "Größe ΔU 電圧 😀");
}

static void is_cut_between_characters(void **state)
{
    (void)state;
    /* whatever the offset, the end is whole */
    for (int lead = 0; lead < 8; lead++) {
        struct fault f = {0};
        char text[1200] = "";
        memset(text, '-', (size_t)lead);
        for (int i = 0; i < 250; i++)
            strcat(text, "電");
        fault_set(&f, ERR_INPUT, "%s", text);
        size_t length = strlen(f.text);
        assert_true(length < sizeof f.text && length >= sizeof f.text - 4);
        assert_int_equal((length - (size_t)lead) % 3, 0);
        assert_null(strchr(f.text, '?'));
    }
    /* a text that fits to the byte loses nothing */
    struct fault f = {0};
    char full[sizeof f.text] = "";
    memset(full, 'a', sizeof full - 3);
    strcat(full, "ü");
    fault_set(&f, ERR_INPUT, "%s", full);
    assert_string_equal(f.text, full);
}

static void codes_have_texts_and_exit_codes(void **state)
{
    (void)state;
    assert_int_equal(ERR_OK, 0);
    assert_int_equal(err_exit_code(ERR_OK), 0);
    assert_int_equal(err_exit_code(ERR_INPUT), 1);
    assert_int_equal(err_exit_code(ERR_UNSUPPORTED), 1);
    assert_int_equal(err_exit_code(ERR_USAGE), 2);
    assert_int_equal(err_exit_code(ERR_SYSTEM), 3);
    assert_int_equal(err_exit_code(ERR_MEMORY), 3);
    assert_string_equal(err_text(ERR_INPUT), "the input is at fault");
    assert_non_null(err_text((enum err) - 99));
    assert_int_equal(err_exit_code((enum err) - 99), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_one_sentence),
        cmocka_unit_test(may_quote_itself),
        cmocka_unit_test(cannot_command_a_terminal),
        cmocka_unit_test(keeps_letters_of_any_language),
        cmocka_unit_test(is_cut_between_characters),
        cmocka_unit_test(codes_have_texts_and_exit_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
