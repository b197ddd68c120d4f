/* The tables of networks, loads and profiles against the seeds and the register map's codes. */
#include "plant/plant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static void every_name_is_found_again(void **state)
{
    (void)state;
    for (int i = 0; i < NETWORK_TYPES; i++) {
        enum network_type t = NETWORK_TYPES;
        assert_true(network_type_find(network_type_info((enum network_type)i)->name, &t));
        assert_int_equal(t, i);
    }
    for (int i = 0; i < LOAD_TYPES; i++) {
        enum load_type t = LOAD_TYPES;
        assert_true(load_type_find(load_type_info((enum load_type)i)->name, &t));
        assert_int_equal(t, i);
    }
    for (const struct profile *p = profiles; p->name; p++)
        assert_ptr_equal(profile_find(p->name), p);
    enum network_type n;
    enum load_type l;
    assert_false(network_type_find("3P+", &n));
    assert_false(load_type_find("", &l));
    assert_null(profile_find("I-3"));
}

static void codes_are_those_of_the_register_map(void **state)
{
    (void)state;
    /* register_enums_digiware.csv, 12288 and 13825 */
    static const char *const networks[] = {NULL, "1P+N", "2P", "2P+N", "3P", "3P+N"};
    static const char *const loads[] = {NULL,     "1P+N-1CT", "2P-1CT",   "2P+N-2CT", "3P-1CT",
                                        "3P-2CT", "3P-3CT",   "3P+N-1CT", "3P+N-3CT", "3P+N-4CT"};
    for (int i = 0; i < NETWORK_TYPES; i++) {
        const struct network_type_info *t = network_type_info((enum network_type)i);
        bool high_leg =
            strstr(t->name, "high-leg"); /* the map knows four wires, not where the neutral is */
        assert_string_equal(networks[t->modbus_code], high_leg ? "3P+N" : t->name);
    }
    for (int i = 0; i < LOAD_TYPES; i++) {
        const struct load_type_info *t = load_type_info((enum load_type)i);
        bool high_leg = strstr(t->name, "high-leg");
        assert_string_equal(loads[t->modbus_code], high_leg ? "3P+N-3CT" : t->name);
    }
}

/* A name says its own numbers: "3P+N-4CT" has 3 phases, a neutral and 4 current transformers. */
static void names_agree_with_their_numbers(void **state)
{
    (void)state;
    for (int i = 0; i < NETWORK_TYPES; i++) {
        const struct network_type_info *t = network_type_info((enum network_type)i);
        assert_int_equal(t->name[0] - '0', t->phases);
        assert_int_equal(strstr(t->name, "+N") || strstr(t->name, "+high-leg"), t->neutral);
    }
    for (int i = 0; i < LOAD_TYPES; i++) {
        const struct load_type_info *t = load_type_info((enum load_type)i);
        assert_int_equal(t->name[0] - '0', t->phases);
        assert_int_equal(strstr(t->name, "+N") || strstr(t->name, "+high-leg"), t->neutral);
        assert_int_equal(strrchr(t->name, '-')[1] - '0', t->inputs);
        assert_int_equal(t->neutral_measured, t->inputs > t->phases);
        assert_int_equal(t->rule == RULE_PHASES, t->inputs >= t->phases);
        assert_true(t->networks != 0);
        /* no network has fewer wires than a load on it */
        for (int n = 0; n < NETWORK_TYPES; n++)
            if (t->networks >> n & 1) {
                assert_true(network_type_info((enum network_type)n)->phases >= t->phases);
                assert_true(network_type_info((enum network_type)n)->neutral || !t->neutral);
            }
    }
}

static void loads_exist_where_the_manual_says(void **state)
{
    (void)state;
    unsigned delta = 1u << NETWORK_3P, wye = 1u << NETWORK_3P_N, single = 1u << NETWORK_1P_N;
    assert_true(load_type_info(LOAD_1P_N_1CT)->networks & single);
    assert_true(load_type_info(LOAD_3P_3CT)->networks & delta);
    assert_true(load_type_info(LOAD_3P_N_3CT)->networks & wye);
    assert_true(load_type_info(LOAD_3P_N_4CT)->networks & wye);
    /* the note of seed 002 5.2.1 */
    assert_false(load_type_info(LOAD_1P_N_1CT)->networks & delta);
    static const struct {
        enum load_type load;
        enum network_type network;
    } table[] = {{LOAD_1P_N_1CT, NETWORK_1P_N}, {LOAD_2P_1CT, NETWORK_2P},
                 {LOAD_2P_N_2CT, NETWORK_2P_N}, {LOAD_3P_3CT, NETWORK_3P},
                 {LOAD_3P_2CT, NETWORK_3P},     {LOAD_3P_1CT, NETWORK_3P},
                 {LOAD_3P_N_3CT, NETWORK_3P_N}, {LOAD_3P_N_1CT, NETWORK_3P_N},
                 {LOAD_3P_N_4CT, NETWORK_3P_N}, {LOAD_3P_HIGH_LEG_3CT, NETWORK_3P_N},
                 {LOAD_3P_1CT, NETWORK_3P_N}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_true(load_type_info(table[i].load)->networks >> table[i].network & 1);
    /* an example of 5.2.3: one three-phase and one single-phase load on four wires */
    assert_true(load_type_info(LOAD_1P_N_1CT)->networks & wye);
}

static void profiles_have_what_the_tender_asks(void **state)
{
    (void)state;
    const struct profile *i35 = profile_find("I-35"), *i45 = profile_find("I-45");
    assert_int_equal(i35->current_inputs, 3);
    assert_int_equal(i35->neutral_inputs, 0);
    assert_int_equal(i45->current_inputs, 4);
    assert_int_equal(i45->neutral_inputs, 1);
    assert_true(profile_find("D-70")->features & FEATURE_GATEWAY);
    assert_true(profile_find("U-30")->features & FEATURE_VOLTAGE);
    assert_false(i35->features & FEATURE_VOLTAGE);
    assert_true(profile_find("A-200")->features & FEATURE_VOLTAGE);
    for (const struct profile *p = profiles; p->name; p++) {
        assert_true(p->neutral_inputs <= p->current_inputs);
        assert_true(p->max_loads <= PLANT_LOADS_MAX);
        assert_int_equal(p->max_loads > 0, p->current_inputs > 0);
        assert_true(strlen(p->sentence) > 10);
        for (const struct profile *other = profiles; other < p; other++)
            assert_int_not_equal(other->product_id, p->product_id);
    }
}

static void loads_are_numbered_in_order(void **state)
{
    (void)state;
    static struct plant p;
    plant_init(&p);
    assert_int_equal(p.point_count, 1);
    assert_null(plant_voltage_device(&p));
    p.device_count = 3;
    p.device[0] = (struct plant_device){.profile = profile_find("D-70"), .address = 1};
    p.device[1] =
        (struct plant_device){.profile = profile_find("I-35"), .address = 9, .load_count = 2};
    p.device[2] =
        (struct plant_device){.profile = profile_find("A-200"), .address = 4, .load_count = 1};
    plant_number(&p);
    assert_int_equal(p.point_count, 4);
    assert_int_equal(p.device[1].load[0].point, 1);
    assert_int_equal(p.device[1].load[1].point, 2);
    assert_int_equal(p.device[2].load[0].point, 3);
    assert_ptr_equal(plant_device_at(&p, 9), &p.device[1]);
    assert_null(plant_device_at(&p, 2));
    assert_ptr_equal(plant_voltage_device(&p), &p.device[2]);
}

static void a_new_plant_has_the_european_defaults(void **state)
{
    (void)state;
    static struct plant p;
    plant_init(&p);
    assert_int_equal(p.network.type, NETWORK_3P_N);
    assert_true(p.network.nominal_voltage_v == 230 && p.network.nominal_hz == 50);
    assert_true(p.network.dip_percent == 90 && p.network.swell_percent == 110);
    assert_true(p.network.interruption_percent == 10 && p.network.hysteresis_percent == 2);
    assert_true(p.network.overcurrent_percent == 120 && p.network.vt_primary_v == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_found_again),
        cmocka_unit_test(codes_are_those_of_the_register_map),
        cmocka_unit_test(names_agree_with_their_numbers),
        cmocka_unit_test(loads_exist_where_the_manual_says),
        cmocka_unit_test(profiles_have_what_the_tender_asks),
        cmocka_unit_test(loads_are_numbered_in_order),
        cmocka_unit_test(a_new_plant_has_the_european_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
