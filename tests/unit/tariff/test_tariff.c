/* Who says which tariff is in force. */
#include "tariff_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct tariff_case *c;
static struct fault fault;

static int teardown(void **state)
{
    (void)state;
    free(c);
    c = NULL;
    return 0;
}

static unsigned in_force(int64_t instant_ns)
{
    int64_t until_ns;
    unsigned tariff = tariff_in_force(&c->tariff, instant_ns, &until_ns);
    assert_true(until_ns > instant_ns);
    return tariff;
}

static void without_tariffs_nothing_is_in_force(void **state)
{
    (void)state;
    c = tariff_case_new("", "UTC0");
    assert_int_equal(in_force(0), 0);
    assert_int_equal(tariff_select(&c->tariff, 1, &fault), ERR_USAGE);
}

static void commands_select(void **state)
{
    (void)state;
    c = tariff_case_new("tariff: {source: communication, tariffs: 8}", "UTC0");
    char name[TARIFF_NAME_TEXT];
    assert_int_equal(in_force(0), 1);
    assert_int_equal(tariff_select(&c->tariff, 8, &fault), ERR_OK);
    assert_int_equal(in_force(0), 8);
    assert_int_equal(tariff_select(&c->tariff, 0, &fault), ERR_INPUT);
    assert_int_equal(tariff_select(&c->tariff, 9, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "from 1 to 8"));
    assert_int_equal(in_force(1), 8);
    assert_false(tariff_set_inputs(&c->tariff, 0));
    assert_int_equal(tariff_respond(&c->tariff, 0, &fault), ERR_USAGE);
    assert_string_equal(tariff_name(&c->config.tariff, 5, name), "T5");
}

static void inputs_select(void **state)
{
    (void)state;
    c = tariff_case_new("tariff: {source: inputs, tariffs: 3, rates: [Low]}", "UTC0");
    char name[TARIFF_NAME_TEXT];
    assert_true(tariff_set_inputs(&c->tariff, 2));
    assert_int_equal(in_force(0), 3);
    assert_false(tariff_set_inputs(&c->tariff, 3));
    assert_int_equal(in_force(0), 3);
    assert_true(tariff_set_inputs(&c->tariff, 0));
    assert_int_equal(in_force(0), 1);
    assert_int_equal(tariff_select(&c->tariff, 2, &fault), ERR_USAGE);
    assert_non_null(strstr(fault.text, "inputs"));
    assert_string_equal(tariff_name(&c->config.tariff, 1, name), "Low");
}

static void a_demand_response_lasts_until_the_next_change(void **state)
{
    (void)state;
    c = tariff_case_new(
        "tariff: {rates: [Low, High, Top], demand_response: Top, seasons: [{name: S, "
        "weekday: [00:00-06:00 Low, 06:00-22:00 High, 22:00-24:00 Low]}]}",
        "UTC0");
    int64_t trigger = at_utc(2027, 5, 3, 9, 30), change = at_utc(2027, 5, 3, 22, 0), until_ns;
    assert_int_equal(in_force(trigger), 2);
    assert_int_equal(tariff_respond(&c->tariff, trigger, &fault), ERR_OK);
    assert_int_equal(tariff_in_force(&c->tariff, trigger - 1, &until_ns), 2);
    assert_true(until_ns == trigger);
    assert_int_equal(tariff_in_force(&c->tariff, trigger, &until_ns), 3);
    assert_true(until_ns == change);
    assert_int_equal(in_force(change - 1), 3);
    assert_int_equal(in_force(change), 1);
    /* across midnight: until 06:00 */
    assert_int_equal(tariff_respond(&c->tariff, change + NS_PER_S, &fault), ERR_OK);
    assert_int_equal(in_force(at_utc(2027, 5, 4, 5, 59)), 3);
    assert_int_equal(in_force(at_utc(2027, 5, 4, 6, 0)), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(without_tariffs_nothing_is_in_force, teardown),
        cmocka_unit_test_teardown(commands_select, teardown),
        cmocka_unit_test_teardown(inputs_select, teardown),
        cmocka_unit_test_teardown(a_demand_response_lasts_until_the_next_change, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
