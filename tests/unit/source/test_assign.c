/* Roles from names, phases and units. */
#include "source/assign.h"

#include "source/encoding.h"
#include "source/options.h"
#include "source/unit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "name|phase|unit name|phase|unit ..." with ';' between channels. */
static void expect(const char *channels, const char *places)
{
    static struct source_channel list[SOURCE_CHANNELS_MAX];
    static char phase_texts[SOURCE_CHANNELS_MAX][32];
    const char *phases[SOURCE_CHANNELS_MAX] = {NULL};
    unsigned count = 0;
    memset(list, 0, sizeof list);
    for (const char *p = channels; *p; count++) {
        char unit[16] = "";
        phase_texts[count][0] = '\0';
        size_t n = strcspn(p, "|;");
        snprintf(list[count].name, sizeof list[count].name, "%.*s", (int)n, p);
        p += n;
        if (*p == '|') {
            n = strcspn(++p, "|;");
            snprintf(phase_texts[count], sizeof phase_texts[count], "%.*s", (int)n, p);
            p += n;
        }
        if (*p == '|') {
            n = strcspn(++p, ";");
            snprintf(unit, sizeof unit, "%.*s", (int)n, p);
            p += n;
        }
        memcpy(list[count].unit, unit, sizeof unit);
        phases[count] = phase_texts[count];
        p += *p == ';';
    }
    assert_true(assign_roles(list, phases, count));
    char found[2048] = "";
    for (unsigned i = 0; i < count; i++) {
        char place[WAVE_PLACE_TEXT];
        wave_place_format(list[i].place, place);
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s", i ? " " : "", place);
    }
    assert_string_equal(found, places);
}

static void names_as_vendors_write_them(void **state)
{
    (void)state;
    expect("VA||V;VB||V;VC||V;IA||A;IB||A;IC||A;IN||A", "V1 V2 V3 I1 I2 I3 IN");
    expect("V1;V2;V3;I1;I2;I3", "V1 V2 V3 I1 I2 I3");
    expect("Ua;Ub;Uc;Ia;Ib;Ic", "V1 V2 V3 I1 I2 I3");
    expect("UL1;UL2;UL3;IL1;IL2;IL3;IN", "V1 V2 V3 I1 I2 I3 IN");
    expect("U_L1;U_L2;U_L3;I_L1;I_L2;I_L3", "V1 V2 V3 I1 I2 I3");
    expect("Van;Vbn;Vcn;Vab;Vbc;Vca", "V1 V2 V3 U12 U23 U31");
    expect("U12;U23;I1;I3", "U12 U23 I1 I3");
    expect("U L1-L2;U L2-L3;U L3-L1", "U12 U23 U31");
    expect("UR;US;UT;IR;IS;IT", "V1 V2 V3 I1 I2 I3");
    expect("voltage;current", "V1 I1");
    expect("Voltage A;Voltage B;Voltage C;Current A;Current B;Current C", "V1 V2 V3 I1 I2 I3");
    expect("MODAQ_Va_V;MODAQ_Vb_V;MODAQ_Vc_V;MODAQ_Ia_I;MODAQ_Ib_I;MODAQ_Ic_I",
           "V1 V2 V3 I1 I2 I3");
    expect("I1|I1|A;I2|I2|A;I3|I3|A;I4|I4|A;U1|V1|V;U2|V2|V;U3|V3|V;U4|V4|V",
           "I1 I2 I3 IN V1 V2 V3 VN");
    expect("F1-IA|A|A;F2-IB|B|A;F3-IC|C|A;F4-IG|G|A;F5-VA|A|V;F6-VB|B|V;F7-VC|C|V;F8-VN|N|V",
           "I1 I2 I3 other V1 V2 V3 VN");
    expect("Ia|1|A;Ib|1|A;Ic|1|A;Id|1|A;Ie|1|A;In1|1|A;Ua|1|V;Ub|1|V;Uc|1|V;Un|1|V;Man_Close|1|V",
           "I1 I2 I3 other other IN V1 V2 V3 VN other");
}

static void no_phases_are_other(void **state)
{
    (void)state;
    expect("UA||V;UB||V;UC||V;3U0||V;3I0||A;Ux|N|V;I0||A;U_0||V;IG|G|A",
           "V1 V2 V3 other other other other other other");
    expect("VA||V;SRC 1  Vag Mag|_|V;SRC 1  Vag Angle|_|deg;U1_rms||V;Freq||Hz",
           "V1 other other other other");
    expect("VDC_G1| |V;IDC_G1| |A;VAC||V", "other other other");
    expect("noise;time in hours;in service||A;Uac||V;U13||V", "other other other other other");
    expect("VA||A;IA||V;P1||W", "other other other"); /* name and unit disagree */
}

static void phase_fields_where_names_do_not_say(void **state)
{
    (void)state;
    expect("SBUS A  V-node|A|V;SBUS B  V-node|B|V;SBUS C  V-node|C|V;"
           "SBUS A 25 A I-branch|A|A;SBUS B 25 B I-branch|B|A;SBUS C 25 C I-branch|C|A;"
           "FAULTA I-branch|A|A;FAULTB I-branch|B|A;FAULTC I-branch|C|A;FALTBC C I-branch|C|A;"
           "TACS PV004A I-branch|S|A",
           "V1 V2 V3 I1 I2 I3 2:I1 2:I2 2:I3 other other");
    expect("left|L1|V;left|L2|V;left|L3|V", "V1 V2 V3");
    expect(" C||A;x C||A", "other other"); /* no field at all */
}

static void circuits_by_name(void **state)
{
    (void)state;
    expect("VA_GC1||V;VB_GC1||V;VC_GC1||V;IA_GC1||A;IB_GC1||A;IC_GC1||A;"
           "VA_GC2||V;VB_GC2||V;VC_GC2||V;IA_GC2||A;IB_GC2||A;IC_GC2||A;IA_T||A;IB_T||A;IC_T||A",
           "V1 V2 V3 I1 I2 I3 2:V1 2:V2 2:V3 2:I1 2:I2 2:I3 3:I1 3:I2 3:I3");
    /* the currents' name begins with that of the voltages; the bus has none */
    expect("Bus_Ua||V;Bus_Ub||V;Bus_Uc||V;L2_CB7_Ia||A;L2_CB7_Ib||A;L2_CB7_Ic||A;"
           "L2_Ua||V;L2_Ub||V;L2_Uc||V;Tie_Ia||A;Tie_Ib||A;Tie_Ic||A;T1_Ia||A;T1_Ib||A;T1_Ic||A",
           "V1 V2 V3 2:I1 2:I2 2:I3 2:V1 2:V2 2:V3 3:I1 3:I2 3:I3 4:I1 4:I2 4:I3");
    expect("Ia1||A;Ib1||A;Ic1||A;Ua1||V;Ub1||V;Uc1||V;Ia2||A;Ib2||A;Ic2||A",
           "I1 I2 I3 V1 V2 V3 2:I1 2:I2 2:I3");
}

static void circuits_by_order(void **state)
{
    (void)state;
    expect(
        "Ua_x||V;Ub_x||V;Uc_x||V;Ua_y||V;Ub_y||V;Uc_y||V;Ia_p||A;Ib_p||A;Ic_p||A;Ia_q||A;Ib_q||A;"
        "Ic_q||A",
        "V1 V2 V3 2:V1 2:V2 2:V3 I1 I2 I3 2:I1 2:I2 2:I3");
    expect("Ua_x||V;Ub_x||V;Uc_x||V;Ia_p||A;Ib_p||A;Ic_p||A;Ia_q||A;Ib_q||A;Ic_q||A",
           "V1 V2 V3 I1 I2 I3 2:I1 2:I2 2:I3");
    /* the same names twice */
    expect("Ua;Ub;Uc;Ia;Ib;Ic;Ua;Ub;Uc;Ia;Ib;Ic",
           "V1 V2 V3 I1 I2 I3 2:V1 2:V2 2:V3 2:I1 2:I2 2:I3");
    expect("Ia_p||A;Ib_p||A;Ic_p||A;Ia_q||A;Ib_q||A;Ic_q||A", "I1 I2 I3 2:I1 2:I2 2:I3");
}

static void names_that_are_places(void **state)
{
    (void)state;
    expect("V1;I1;2:V1;2:I1;noise", "V1 I1 2:V1 2:I1 other");
    expect("2:V1;2:V1;3:IPE", "2:V1 other 3:IPE");
}

/* As many as there are channels: two of each. */
static void every_circuit_is_found(void **state)
{
    (void)state;
    static char names[SOURCE_CHANNELS_MAX * 16], places[SOURCE_CHANNELS_MAX * 16];
    _Static_assert(WAVE_CIRCUITS_MAX >= SOURCE_CHANNELS_MAX, "a circuit for each channel");
    names[0] = places[0] = '\0';
    for (int i = 1; i <= SOURCE_CHANNELS_MAX / 2; i++) {
        snprintf(names + strlen(names), 32, "Ia_x%dy;Ib_x%dy;", i, i);
        snprintf(places + strlen(places), 32, i == 1 ? "I1 I2" : " %d:I1 %d:I2", i, i);
    }
    expect(names, places);
}

static void units(void **state)
{
    (void)state;
    static const struct {
        const char *text, *si;
        double factor;
    } good[] = {
        {"V", "V", 1},           {" kV", "V", 1e3},        {"kA", "A", 1e3}, {"mA", "A", 1e-3},
        {"ampere", "A", 1},      {"volt", "V", 1},         {"KV", "V", 1e3}, {"MV", "V", 1e6},
        {"mV", "V", 1e-3},       {"uA", "A", 1e-6},        {"Amps", "A", 1}, {"kV rms", "V", 1e3},
        {"kilovolts", "V", 1e3}, {"\xc2\xb5V", "V", 1e-6}, {"v", "V", 1},    {"a ", "A", 1}};
    const char *si;
    double factor;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(unit_read(good[i].text, strlen(good[i].text), &si, &factor));
        assert_string_equal(si, good[i].si);
        assert_true(factor == good[i].factor);
    }
    static const char *const bad[] = {"", "deg", "kW", "Hz", "VA", "none", "k", "kk"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(unit_read(bad[i], strlen(bad[i]), &si, &factor));
}

static void encodings(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *utf8, *encoding;
    } cases[] = {
        {"plain", "plain", "UTF-8"},
        {"\xef\xbb\xbf"
         "Gr\xc3\xb6\xc3\x9f"
         "e",
         "Größe", "UTF-8"},
        {"Esta\xe7\xe3o de Medi\xe7\xe3o,Oscil\xf3grafo", "Estação de Medição,Oscilógrafo",
         "ISO-8859-1"},
        {"25 \xb0"
         "C",
         "25 °C", "ISO-8859-1"},
        {"220kV\xc4\xb8\xcf\xdfI_Ua", "220kV母线I_Ua", "GBK"},
        {"Ua\xb6\xd4\xb2\xe0,Ua\xcd\xac\xb2\xbd", "Ua对侧,Ua同步", "GBK"},
        {"11,\xf0\xe5\xec\xe8\xed\xed\xe0\xff \xe2\xe5\xf0\xf1\xe8\xff", "11,реминная версия",
         "CP1251"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *encoding;
        size_t length;
        char *utf8 = encoding_to_utf8(cases[i].bytes, strlen(cases[i].bytes), &length, &encoding);
        assert_non_null(utf8);
        assert_string_equal(encoding, cases[i].encoding);
        assert_string_equal(utf8, cases[i].utf8);
        assert_int_equal(length, strlen(utf8));
        free(utf8);
    }
}

static void options_by_position(void **state)
{
    (void)state;
    struct source_channel c[4] = {{.name = "x"}};
    struct fault fault;
    assert_int_equal(options_places("V1,-, 2:i1", c, 4, &fault), ERR_OK);
    assert_int_equal(c[0].place.role, ROLE_V1);
    assert_int_equal(c[1].place.role, ROLE_OTHER);
    assert_int_equal(c[2].place.role, ROLE_I1);
    assert_int_equal(c[2].place.circuit, 2);
    assert_int_equal(c[3].place.role, ROLE_OTHER);
    static const char *const bad[] = {"V1,V1",          "V9", "V1,,V2", "0:V1", "257:V1",
                                      "V1,V2,V3,I1,I2", ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(options_places(bad[i], c, 4, &fault), ERR_USAGE);
    double scale[4];
    assert_int_equal(options_scale("100,-2e3", scale, 4, &fault), ERR_OK);
    assert_true(scale[0] == 100 && scale[1] == -2000 && scale[3] == -2000);
    assert_int_equal(options_scale(NULL, scale, 4, &fault), ERR_OK);
    assert_true(scale[3] == 1);
    static const char *const no_factor[] = {"0", "x", "1,", "inf", "nan", "1,2,3,4,5", "1 2", ""};
    for (size_t i = 0; i < sizeof no_factor / sizeof no_factor[0]; i++)
        assert_int_equal(options_scale(no_factor[i], scale, 4, &fault), ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_as_vendors_write_them),
        cmocka_unit_test(no_phases_are_other),
        cmocka_unit_test(phase_fields_where_names_do_not_say),
        cmocka_unit_test(circuits_by_name),
        cmocka_unit_test(circuits_by_order),
        cmocka_unit_test(names_that_are_places),
        cmocka_unit_test(every_circuit_is_found),
        cmocka_unit_test(units),
        cmocka_unit_test(encodings),
        cmocka_unit_test(options_by_position),
    };
    return cmocka_run_group_tests_name("source/assign", tests, NULL, NULL);
}
