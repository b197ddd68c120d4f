/* The vocabulary: every name that the outside relies on, and slots that never move. */
#include "base/text.h"
#include "quantity/quantity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The names that users and their scripts rely on; "*" stands for each word behind the bar. */
static const char *const promised[] = {
    "F",
    "V1",
    "V2",
    "V3",
    "VN",
    "U12",
    "U23",
    "U31",
    "VSYS",
    "USYS",
    "I1",
    "I2",
    "I3",
    "IN",
    "ISYS",
    "ID",
    "IPE",
    "P*|,1,2,3",
    "Q*|,1,2,3",
    "S*|,1,2,3",
    "PF*|,1,2,3",
    "PHI*|,1,2,3",
    "COSPHI*|,1,2,3",
    "TANPHI*|,1,2,3",
    "PRED_P",
    "PRED_Q",
    "PRED_S",
    "THD_*|V1,V2,V3,U12,U23,U31,I1,I2,I3,IN,VSYS,USYS,ISYS",
    "THDR_*|V1,V2,V3,U12,U23,U31,I1,I2,I3,IN,VSYS,USYS,ISYS",
    "TDD_*|I1,I2,I3,IN",
    "CF_*|V1,V2,V3,U12,U23,U31,I1,I2,I3,IN",
    "K_*|I1,I2,I3,IN",
    "VDIR",
    "VINV",
    "VHOM",
    "UDIR",
    "UINV",
    "IDIR",
    "IINV",
    "IHOM",
    "VNB",
    "VNBA",
    "UNB",
    "UNBA",
    "INB",
    "INBA",
    "V0NB",
    "I0NB",
    "EA_POS*|,_PART,_T1,_T2,_T3,_T4,_T5,_T6,_T7,_T8",
    "EA_NEG*|,_PART,_T1,_T2,_T3,_T4,_T5,_T6,_T7,_T8",
    "ER_POS*|,_PART,_T1,_T2,_T3,_T4,_T5,_T6,_T7,_T8",
    "ER_NEG*|,_PART,_T1,_T2,_T3,_T4,_T5,_T6,_T7,_T8",
    "ES*|,_PART,_T1,_T2,_T3,_T4,_T5,_T6,_T7,_T8",
    "ER_POS_IND*|,_PART,_T1,_T2,_T3,_T4,_T5,_T6,_T7,_T8",
    "ER_POS_CAP*|,_PART,_T1,_T2,_T3,_T4,_T5,_T6,_T7,_T8",
    "ER_NEG_IND*|,_PART,_T1,_T2,_T3,_T4,_T5,_T6,_T7,_T8",
    "ER_NEG_CAP*|,_PART,_T1,_T2,_T3,_T4,_T5,_T6,_T7,_T8",
    "PST",
    "PLT",
    /* of METROLOGY.md, beyond the names that others rely on */
    "DC_*|V1,V2,V3,U12,U23,U31,I1,I2,I3,IN",
    "THD40_*|V1,V2,V3,U12,U23,U31,I1,I2,I3,IN,VSYS,USYS,ISYS",
    "THD50_*|V1,V2,V3,U12,U23,U31,I1,I2,I3,IN,VSYS,USYS,ISYS",
    "UNDER_*|V1,V2,V3,U12,U23,U31",
    "OVER_*|V1,V2,V3,U12,U23,U31",
    "PINST*|1,2,3",
    "PST*|1,2,3",
    "PLT*|1,2,3",
    "SIG*|1,2,3",
    "F_10S",
    "EA_POS*|1,2,3",
    "EA_NEG*|1,2,3",
    "ER_POS*|1,2,3",
    "ER_NEG*|1,2,3",
    "ES*|1,2,3",
    "ER_POS_IND*|1,2,3",
    "ER_POS_CAP*|1,2,3",
    "ER_NEG_IND*|1,2,3",
    "ER_NEG_CAP*|1,2,3",
    "ISUM",
    "PFTYPE*|,1,2,3",
    "DMD_*|P_POS,P_NEG,Q_POS,Q_NEG,S",
};

static int check_promise(const char *promise)
{
    const char *star = strchr(promise, '*');
    if (!star) {
        assert_true(quantity_find(promise) < Q_COUNT);
        return 1;
    }
    int names = 0;
    for (const char *word = strchr(promise, '|'); word; word = strchr(word + 1, ',')) {
        char name[32];
        snprintf(name, sizeof name, "%.*s%.*s", (int)(star - promise), promise,
                 (int)strcspn(word + 1, ","), word + 1);
        if (quantity_find(name) == Q_COUNT)
            fail_msg("no quantity %s", name);
        names++;
    }
    return names;
}

static void has_every_promised_name(void **state)
{
    (void)state;
    int names = 0;
    for (size_t i = 0; i < sizeof promised / sizeof promised[0]; i++)
        names += check_promise(promised[i]);
    assert_int_equal(names, Q_COUNT); /* and none that nobody was promised */
}

static void slots_are_dense_and_names_unique(void **state)
{
    (void)state;
    for (int q = 0; q < Q_COUNT; q++) {
        const struct quantity_info *info = quantity_info((enum quantity)q);
        assert_int_equal(quantity_find(info->name), q); /* the first of that name */
        assert_true(info->digits >= 0 && info->digits <= 6);
        const char *sentence = quantity_sentence((enum quantity)q);
        size_t length = strlen(sentence);
        assert_true(length > 10 && sentence[length - 1] == '.');
    }
    assert_int_equal(quantity_find("NO_SUCH"), Q_COUNT);
    assert_int_equal(quantity_find(""), Q_COUNT);
    assert_int_equal(quantity_find("v1"), Q_COUNT); /* names are exact */
}

static void units_fit_what_is_measured(void **state)
{
    (void)state;
    for (int q = 0; q < Q_COUNT; q++) {
        const struct quantity_info *info = quantity_info((enum quantity)q);
        bool energy = info->unit == UNIT_WH || info->unit == UNIT_VARH || info->unit == UNIT_VAH;
        assert_int_equal(info->kind == KIND_COUNTER, energy);
        assert_int_equal(info->kind == KIND_ANGLE, info->unit == UNIT_DEG);
    }
    assert_string_equal(unit_symbol(UNIT_VAR), "var");
    assert_string_equal(unit_symbol(UNIT_NONE), "");
    assert_string_equal(quantity_scope_name(SCOPE_NETWORK), "network");
    assert_string_equal(quantity_scope_name(SCOPE_LOAD), "load");
    assert_string_equal(quantity_kind_name(KIND_COUNTER), "counter");
}

static void energy_registers_follow_each_other(void **state)
{
    (void)state;
    static const char *const names[ENERGY_KINDS] = {
        "EA_POS",     "EA_NEG",     "ER_POS",     "ER_NEG",     "ES",
        "ER_POS_IND", "ER_POS_CAP", "ER_NEG_IND", "ER_NEG_CAP",
    };
    for (unsigned i = 0; i < ENERGY_REGISTERS; i++) {
        char name[16];
        unsigned phase = i / ENERGY_KINDS;
        snprintf(name, sizeof name, phase ? "%s%u" : "%s", names[i % ENERGY_KINDS], phase);
        assert_int_equal(quantity_find(name), energy_quantity(i));
    }
}

static void channels_with_spectrum_are_rms_quantities(void **state)
{
    (void)state;
    for (int c = 0; c < SPECTRUM_COUNT; c++) {
        const struct quantity_info *info =
            quantity_info(spectrum_quantity((enum spectrum_channel)c));
        assert_true(info->unit == UNIT_V || info->unit == UNIT_A);
    }
    assert_int_equal(spectrum_quantity(SPECTRUM_V1), Q_V1);
    assert_int_equal(spectrum_quantity(SPECTRUM_U31), Q_U31);
    assert_int_equal(spectrum_quantity(SPECTRUM_IN), Q_IN);
}

static void a_put_value_bears_the_window_s_flags(void **state)
{
    (void)state;
    struct quantity_set *set = calloc(1, sizeof *set);
    assert_non_null(set);
    set->flags = QUALITY_FLAGGED | QUALITY_SIMULATED;
    assert_false(quantity_valid(set, Q_V1));
    quantity_put(set, Q_V1, 230.5);
    assert_true(quantity_valid(set, Q_V1));
    assert_true(set->value[Q_V1] == 230.5);
    assert_int_equal(set->quality[Q_V1], QUALITY_VALID | QUALITY_FLAGGED | QUALITY_SIMULATED);
    assert_false(quantity_valid(set, Q_V2));
    free(set);
    for (int bit = 0; bit < QUALITY_BITS; bit++)
        assert_true(strlen(quality_name(bit)) > 0);
    assert_string_equal(quality_name(0), "valid");
    assert_string_equal(quality_name(6), "short");
    assert_string_equal(quality_name(7), "incomplete");
}

/* A moved slot, a changed unit or a lost name shows itself as a changed line of the golden file. */
static void the_vocabulary_is_as_it_was(void **state)
{
    (void)state;
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/golden/quantities.txt", getenv("TEST_ROOT"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (int q = 0; q < Q_COUNT; q++) {
        const struct quantity_info *i = quantity_info((enum quantity)q);
        char now[256], then[256] = "(end of file)\n";
        snprintf(now, sizeof now, "%d %s %s %s %s %d\n", q, i->name,
                 i->unit == UNIT_NONE ? "-" : unit_symbol(i->unit), quantity_scope_name(i->scope),
                 quantity_kind_name(i->kind), i->digits);
        if (!fgets(then, sizeof then, file) || strcmp(now, then) != 0)
            fail_msg("line %d of quantities.txt is: %.*s; should be: %s", q + 1,
                     (int)strcspn(then, "\n"), then, now);
    }
    char more[8];
    assert_null(fgets(more, sizeof more, file));
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_every_promised_name),
        cmocka_unit_test(slots_are_dense_and_names_unique),
        cmocka_unit_test(units_fit_what_is_measured),
        cmocka_unit_test(energy_registers_follow_each_other),
        cmocka_unit_test(channels_with_spectrum_are_rms_quantities),
        cmocka_unit_test(a_put_value_bears_the_window_s_flags),
        cmocka_unit_test(the_vocabulary_is_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
