/* Roles of channels: their names, and the notation with a circuit before them. */
#include "wave/role.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool parse(const char *text, struct wave_place *place)
{
    return wave_place_parse(text, strlen(text), place);
}

static void reads_roles_and_circuits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum wave_role role;
        unsigned circuit;
    } cases[] = {
        {"V1", ROLE_V1, 1},     {"u31", ROLE_U31, 1},  {"In", ROLE_IN, 1},
        {"IPE", ROLE_IPE, 1},   {"1:V1", ROLE_V1, 1},  {"2:I1", ROLE_I1, 2},
        {"64:id", ROLE_ID, 64}, {"02:I1", ROLE_I1, 2}, {"-", ROLE_OTHER, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wave_place place = {ROLE_COUNT, 999};
        assert_true(parse(cases[i].text, &place));
        assert_int_equal(place.role, cases[i].role);
        assert_int_equal(place.circuit, cases[i].circuit);
    }
}

static void refuses_what_is_no_role(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "V",
        "V4",
        "V11",
        "V1 ",
        " V1",
        "2",
        "2:",
        ":V1",
        "0:V1",
        "257:V1",
        "640:V1",
        "99999999999:V1",
        "-1:V1",
        "2:-",
        "2:other",
        "other",
        "--",
        "2::V1",
        "1:2:V1",
        "VSYS",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct wave_place place = {ROLE_VN, 7};
        if (parse(wrong[i], &place))
            fail_msg("'%s' was taken for a role", wrong[i]);
        assert_int_equal(place.role, ROLE_VN); /* untouched */
        assert_int_equal(place.circuit, 7);
    }
}

static void reads_no_further_than_it_may(void **state)
{
    (void)state;
    struct wave_place place;
    assert_true(wave_place_parse("V12", 2, &place));
    assert_int_equal(place.role, ROLE_V1);
    assert_true(wave_place_parse("2:I1,2:I2", 4, &place));
    assert_int_equal(place.role, ROLE_I1);
    assert_false(wave_place_parse("V1", 0, &place));
    assert_false(wave_place_parse("V1", 1, &place));
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    for (int role = 0; role < ROLE_OTHER; role++)
        for (unsigned circuit = 1; circuit <= WAVE_CIRCUITS_MAX; circuit++) {
            char text[WAVE_PLACE_TEXT];
            struct wave_place place = {(enum wave_role)role, circuit}, back;
            wave_place_format(place, text);
            assert_true(parse(text, &back));
            assert_int_equal(back.role, role);
            assert_int_equal(back.circuit, circuit);
            assert_int_equal(strchr(text, ':') != NULL, circuit > 1);
        }
    char text[WAVE_PLACE_TEXT];
    wave_place_format((struct wave_place){ROLE_OTHER, 0}, text);
    assert_string_equal(text, "other");
}

static void tells_voltages_from_currents(void **state)
{
    (void)state;
    for (int role = 0; role < ROLE_COUNT; role++) {
        const char *name = wave_role_name((enum wave_role)role);
        assert_int_equal(wave_role_is_voltage((enum wave_role)role),
                         name[0] == 'V' || name[0] == 'U');
        assert_int_equal(wave_role_is_current((enum wave_role)role), name[0] == 'I');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_roles_and_circuits),     cmocka_unit_test(refuses_what_is_no_role),
        cmocka_unit_test(reads_no_further_than_it_may), cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(tells_voltages_from_currents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
