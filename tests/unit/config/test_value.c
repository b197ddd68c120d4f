#include "config/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

static double read(const char *text, enum dimension d)
{
    double value = NAN;
    assert_int_equal(value_read(text, d, &value), VALUE_GOOD);
    return value;
}

static void numbers_are_read_as_people_write_them(void **state)
{
    (void)state;
    assert_true(read("63 A", DIMENSION_CURRENT) == 63);
    assert_true(read("63A", DIMENSION_CURRENT) == 63);
    assert_true(read("63", DIMENSION_CURRENT) == 63);
    assert_true(read(" 63  A ", DIMENSION_CURRENT) == 63);
    assert_true(read("20 kV", DIMENSION_VOLTAGE) == 20000);
    assert_true(read("15 min", DIMENSION_TIME) == 900);
    assert_true(read("1.5 h", DIMENSION_TIME) == 5400);
    assert_true(read("100 ms", DIMENSION_TIME) == 0.1);
    assert_true(read("2 %", DIMENSION_PERCENT) == 2);
    assert_true(read("-30°", DIMENSION_ANGLE) == -30);
    assert_true(read("+30 deg", DIMENSION_ANGLE) == 30);
    assert_true(read(".5", DIMENSION_NONE) == 0.5);
    assert_true(read("9.6e3", DIMENSION_FREQUENCY) == 9600);
    assert_true(read("1E-2 kHz", DIMENSION_FREQUENCY) == 10);
}

/* A prefix shifts the decimals as written: 2.3 * 1000 is not 2300 in binary. */
static void prefixes_are_exact(void **state)
{
    (void)state;
    assert_true(read("2.3 kV", DIMENSION_VOLTAGE) == 2300);
    assert_true(read("20 mHz", DIMENSION_FREQUENCY) == 0.02);
    assert_true(read("0.3 mA", DIMENSION_CURRENT) == 0.0003);
    assert_true(read("4.35e1 kA", DIMENSION_CURRENT) == 43500);
}

static void what_is_no_number_is_said_so(void **state)
{
    (void)state;
    static const char *const no[] = {"",   "abc", "A",   "0x10",  "nan", "inf",   "-",
                                     "1e", ".",   "--1", "1e999", "e5",  "1e1000"};
    static const char *const unit[] = {"63 V", "63 a", "63 A A", "63 kg", "1.2.3", "0x10", "1e"};
    double v;
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_int_not_equal(value_read(no[i], DIMENSION_CURRENT, &v), VALUE_GOOD);
    for (size_t i = 0; i < sizeof unit / sizeof *unit; i++)
        assert_int_equal(value_read(unit[i], DIMENSION_CURRENT, &v), VALUE_UNIT);
    assert_int_equal(value_read("0,5 A", DIMENSION_CURRENT, &v), VALUE_DECIMAL_COMMA);
    assert_int_equal(value_read("5 A", DIMENSION_NONE, &v), VALUE_UNIT);
    char digits[200];
    for (size_t i = 0; i < sizeof digits; i++)
        digits[i] = i + 1 < sizeof digits ? '1' : '\0';
    assert_int_equal(value_read(digits, DIMENSION_NONE, &v), VALUE_NO_NUMBER);
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    static const double values[] = {0, 1, -0.1, 1e-9, 230, 123456.789, 1.0 / 3, 4e8};
    for (int d = 0; d < DIMENSIONS; d++)
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            char text[VALUE_TEXT];
            value_write(values[i], (enum dimension)d, text);
            assert_true(read(text, (enum dimension)d) == values[i]);
        }
    char text[VALUE_TEXT];
    value_write(0.02, DIMENSION_FREQUENCY, text);
    assert_string_equal(text, "0.02 Hz");
    assert_string_equal(dimension_units(DIMENSION_CURRENT, text), "A, mA or kA");
    assert_string_equal(dimension_units(DIMENSION_NONE, text), "");
}

static void flags_and_conductors(void **state)
{
    (void)state;
    bool flag = false;
    unsigned c = 9;
    assert_true(value_read_flag("Yes", &flag) && flag);
    assert_true(value_read_flag("off", &flag) && !flag);
    assert_false(value_read_flag("1", &flag));
    assert_true(value_read_conductor("L1", &c) && c == 0);
    assert_true(value_read_conductor("3", &c) && c == 2);
    assert_true(value_read_conductor("n", &c) && c == 3);
    assert_false(value_read_conductor("L4", &c));
    assert_false(value_read_conductor("L", &c));
    assert_false(value_read_conductor("L12", &c));
    assert_false(value_read_conductor("", &c));
}

static void power_factors_become_angles(void **state)
{
    (void)state;
    double a = 0;
    assert_true(value_read_power_factor("0.5 lagging", &a) && fabs(a - 60) < 1e-12);
    assert_true(value_read_power_factor("0.5 leading", &a) && fabs(a + 60) < 1e-12);
    assert_true(value_read_power_factor("0 inductive", &a) && fabs(a - 90) < 1e-12);
    assert_true(value_read_power_factor("1", &a) && a == 0);
    assert_false(value_read_power_factor("0.5", &a)); /* which way? */
    assert_false(value_read_power_factor("1.1 lagging", &a));
    assert_false(value_read_power_factor("-0.5 lagging", &a));
    assert_false(value_read_power_factor("0.5 legging", &a));
}

static void harmonics_have_a_share_and_perhaps_an_angle(void **state)
{
    (void)state;
    double p, a;
    assert_true(value_read_harmonic("5 %", &p, &a) && p == 5 && a == 0);
    assert_true(value_read_harmonic("2.5% at -30°", &p, &a) && p == 2.5 && a == -30);
    assert_true(value_read_harmonic("2.5 at 30", &p, &a) && p == 2.5 && a == 30);
    assert_false(value_read_harmonic("5 % 30", &p, &a));
    assert_false(value_read_harmonic("5 % at", &p, &a));
    assert_false(value_read_harmonic("5 A", &p, &a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_as_people_write_them),
        cmocka_unit_test(prefixes_are_exact),
        cmocka_unit_test(what_is_no_number_is_said_so),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(flags_and_conductors),
        cmocka_unit_test(power_factors_become_angles),
        cmocka_unit_test(harmonics_have_a_share_and_perhaps_an_angle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
