#include "base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static const char *of(const char *word)
{
    static const char *const keys[] = {"frequency", "voltage", "current", "type", "name", "dips"};
    struct nearest n;
    nearest_begin(&n, word);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        nearest_offer(&n, keys[i]);
    return n.best ? n.best : "";
}

static void a_slip_of_the_pen_is_seen(void **state)
{
    (void)state;
    assert_string_equal(of("freqency"), "frequency");   /* left out */
    assert_string_equal(of("frequencyy"), "frequency"); /* twice */
    assert_string_equal(of("vlotage"), "voltage");      /* swapped */
    assert_string_equal(of("Corrent"), "current");      /* other case, another letter */
    assert_string_equal(of("tpye"), "type");
    assert_string_equal(of("name"), "name");
}

static void another_word_is_left_alone(void **state)
{
    (void)state;
    assert_string_equal(of("harmonics"), "");
    assert_string_equal(of("x"), "");
    assert_string_equal(of(""), "");
    char endless[1000];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = 0;
    assert_string_equal(of(endless), "");
}

static void the_nearest_of_several_wins(void **state)
{
    (void)state;
    struct nearest n;
    nearest_begin(&n, "I-54");
    nearest_offer(&n, "I-35");
    nearest_offer(&n, "I-45");
    nearest_offer(&n, "I-34");
    assert_string_equal(n.best, "I-45");
    assert_int_equal(n.distance, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_of_the_pen_is_seen),
        cmocka_unit_test(another_word_is_left_alone),
        cmocka_unit_test(the_nearest_of_several_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
