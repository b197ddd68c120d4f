/* Installation files that are wrong: every fault with its place, once, in words that help. */
#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct config config;
static struct config_faults faults;

static enum err parse(const char *text, size_t length)
{
    return config_parse(text, length, "test.yaml", &config, &faults);
}

/* What stands before each case; its own text begins on line 4. */
#define BEGINNING "busbar: 1\ndevices:\n- profile: U-30\n"

/* A file with just one fault. */
struct one {
    const char *text;
    unsigned line, column;
    const char *words; /* part of the sentence */
};

static void expect_one(const struct one *c, const char *text)
{
    enum err err = parse(text, strlen(text));
    char told[400] = "nothing";
    if (faults.count)
        snprintf(told, sizeof told, "%u:%u: %s", faults.fault[0].line, faults.fault[0].column,
                 faults.fault[0].text);
    if (err != ERR_INPUT || faults.count != 1 || faults.fault[0].line != c->line ||
        faults.fault[0].column != c->column || !strstr(faults.fault[0].text, c->words))
        fail_msg("expected %u:%u \"%s\", got %u faults; %s\n%s", c->line, c->column, c->words,
                 faults.count, told, text);
}

static void expect_each(const struct one *cases, size_t count, const char *before)
{
    for (size_t i = 0; i < count; i++) {
        char text[2000];
        snprintf(text, sizeof text, "%s%s", before, cases[i].text);
        expect_one(&cases[i], text);
    }
}
#define EXPECT(cases, before) expect_each(cases, sizeof(cases) / sizeof *(cases), before)

static void text_that_is_no_yaml(void **state)
{
    (void)state;
    static const struct one cases[] = {
        {"", 1, 1, "empty"},
        {"# only a comment\n", 1, 1, "empty"},
        {"busbar: 1\n\tname: x\n", 2, 1, "tab"},
        {"busbar: 1\nname: caf\xe9\n", 2, 10, "0xE9 is no UTF-8"},
        {"\xff\xfe"
         "b",
         1, 1, "UTF-8"},
        {"busbar: 1\nname: \x1b[31mred\n", 2, 7, "control character"},
        {"name: \xc2\x9b\n", 1, 7, "control character"},
        {"a: b: c\n", 1, 5, "mapping values are not allowed"},
        {"name: \"abc\nbusbar: 1\n", 3, 1, "quote or bracket not closed"},
        {"busbar: 1\nnetwork:\n  type: 3P\n   voltage: 5\n", 4, 11, "mapping values"},
        {"busbar: 1\n---\nbusbar: 1\n", 2, 1, "second document"},
        {"a: &x 1\n", 1, 4, "anchor"},
        {"a: *x\n", 1, 4, "alias"},
        {"a: !!python/object 1\n", 1, 4, "tag"},
        {"[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]\n", 1, 17, "nested too deeply"},
        {"- busbar: 1\n", 1, 1, "a list where keys"},
        {"busbar\n", 1, 1, "a single value where keys"},
    };
    EXPECT(cases, "");
}

static void keys_that_do_not_belong(void **state)
{
    (void)state;
    static const struct one cases[] = {
        {"nam: x\n", 4, 1, "did you mean \"name\"?"},
        {"Name: x\n", 4, 1, "did you mean \"name\"?"},
        {"network: {freqency: 50}\n", 4, 11, "did you mean \"frequency\"?"},
        {"voltage: 230\n", 4, 1, "does not belong here but under network"},
        {"server: {dips: []}\n", 4, 1, "did you mean \"servers\"?"},
        {"source: {residual: 5}\n", 4, 10, "under simulation.dips"},
        {"photovoltaics: 1\n", 4, 1, "unknown key \"photovoltaics\""},
        {"einschließlichzusätzlicherähnlicherländerübergreifender: 1\n", 4, 1, "…\""},
        {"name: a\nname: b\n", 5, 1, "twice; the first is on line 4"},
        {"? [a, b]\n: 1\n", 4, 3, "a key is expected"},
        {"? \"name\\0\"\n: 1\n", 4, 3, "name"},
    };
    EXPECT(cases, BEGINNING);
}

static void values_of_the_wrong_kind(void **state)
{
    (void)state;
    static const struct one cases[] = {
        {"name:\n", 4, 6, "nothing where a text"},
        {"name: [a]\n", 4, 7, "a list where a text"},
        {"name: {a: b}\n", 4, 7, "keys and values where a text"},
        {"name: 123456789012345678901234567890123456789012345678\n", 4, 7, "too long"},
        {"name: \"a\\nb\"\n", 4, 7, "control characters"},
        {"network: 5\n", 4, 10, "network: a single value"},
        {"network: {voltage: 230 A}\n", 4, 20, "\"230 A\" where a number in V, mV or kV"},
        {"network: {voltage: \"0,4 kV\"}\n", 4, 20, "comma instead of a decimal point"},
        {"network: {voltage: -1}\n", 4, 20, "out of range"},
        {"network: {voltage: nan}\n", 4, 20, "where a number"},
        {"network: {type: 3P+M}\n", 4, 17, "did you mean 3P+N?"},
        {"network: {frequency: 55 Hz}\n", 4, 22, "50 Hz or 60 Hz"},
        {"servers: {web_port: 80.5}\n", 4, 21, "a whole number from 0 to 65535"},
        {"servers: {web_port: 65536}\n", 4, 21, "out of range"},
        {"servers: {bind: localhost}\n", 4, 17, "a numeric address"},
        {"source: {type: recording, file: x, loop: maybe}\n", 4, 42, "yes or no"},
        {"simulation: {dips: 5}\n", 4, 20, "a single value where a list"},
        {"simulation: {dips: [5]}\n", 4, 21, "a single value where keys"},
        {"simulation: {harmonics: [5]}\n", 4, 25, "a list where orders"},
        {"simulation: {harmonics: {1: 5 %}}\n", 4, 26, "\"1\" as an order"},
        {"simulation: {harmonics: {64: 5 %}}\n", 4, 26, "\"64\" as an order"},
        {"simulation: {harmonics: {5.5: 5 %}}\n", 4, 26, "\"5.5\" as an order"},
        {"simulation: {harmonics: {5: 101 %}}\n", 4, 29, "up to 100 %"},
        {"simulation: {harmonics: {5: 1 %, 5: 1 %}}\n", 4, 34, "order 5 stands there twice"},
        {"simulation: {dips: [{residual: 5}]}\n", 4, 21, "\"duration\" is missing"},
        {"simulation: {dips: [{residual: 5, duration: 1, phases: L4}]}\n", 4, 56, "L1, L2, L3"},
        {"simulation: {dips: [{residual: 5, duration: 1, phases: []}]}\n", 4, 56, "empty list"},
        {"simulation: {dips: [{residual: 5, duration: 1, phases: [1, 1]}]}\n", 4, 60, "twice"},
        {"simulation: {dips: [{residual: 5, duration: 2, every: 1}]}\n", 4, 55, "cannot come"},
    };
    EXPECT(cases, BEGINNING);
}

static void values_that_do_not_fit_each_other(void **state)
{
    (void)state;
    static const struct one cases[] = {
        {"network: {voltage_transformer: {primary: 20 kV}}\n", 4, 42, "\"secondary\" is missing"},
        {"network: {voltage_transformer: {secondary: 100}}\n", 4, 44, "\"primary\" is missing"},
        {"network: {thresholds: {dip: 40, interruption: 40}}\n", 4, 47, "lower than that of a dip"},
        {"source: {type: recording}\n", 4, 9, "needs \"file\""},
        {"source: {type: sampled_values}\n", 4, 9, "needs \"interface\""},
        {"source: {file: x}\n", 4, 16, "type simulator has no \"file\""},
        {"source: {type: recording, file: x, channels: [V1, I1]}\n", 4, 51, "loads of this file"},
        {"source: {type: recording, file: x, channels: [2:V1]}\n", 4, 47, "circuit 1"},
        {"source: {type: recording, file: x, channels: [X1]}\n", 4, 47, "a role"},
        {"source: {type: recording, file: x, channels: V1;V2}\n", 4, 46, "a role"},
        {"source: {type: recording, file: x, scale: [1, two]}\n", 4, 47, "a plain number"},
    };
    EXPECT(cases, BEGINNING);
}

static void devices_that_cannot_be(void **state)
{
    (void)state;
    static const struct one cases[] = {
        {"- {}\n", 4, 3, "\"profile\" is missing"},
        {"- profile: I-99\n", 4, 12, "one of D-70, U-30"},
        {"- profile: U-30\n", 4, 12, "a second voltage module"},
        {"- profile: D-70\n- profile: D-70\n", 5, 12, "a second gateway"},
        {"- {profile: I-35, address: 0}\n", 4, 28, "from 1 to 247"},
        {"- {profile: I-35, address: 7}\n- {profile: I-45, address: 7}\n", 5, 28,
         "another device, on line 4"},
        {"- {profile: I-35, serial: A1}\n- {profile: I-45, serial: A1}\n", 5, 27,
         "another device, on line 4"},
        {"- {profile: I-35, serial: A-1}\n", 4, 27, "digits and letters"},
        {"- {profile: I-35, serial: 1234567890123456}\n", 4, 27, "too long"},
        {"- {profile: D-70, loads: [{type: 3P-3CT, rated_current: 5}]}\n", 4, 26,
         "no current inputs; loads belong to I-35, I-45, A-200"},
    };
    EXPECT(cases, BEGINNING);
    static const struct one others[] = {
        {"busbar: 1\n", 1, 1, "\"devices\" is missing"},
        {"busbar: 1\ndevices: []\n", 2, 10, "an empty list"},
        {"busbar: 1\ndevices:\n", 2, 9, "nothing where a list"},
        {"busbar: 1\ndevices: {profile: U-30}\n", 2, 10, "keys and values where a list"},
        {"devices: [{profile: U-30}]\n", 1, 1, "\"busbar\" is missing"},
        {"busbar: 2\ndevices: [{profile: U-30}]\n", 1, 9, "it reads 1"},
        {"busbar: 1\ndevices: [{profile: I-35, loads: [{type: 3P-3CT, rated_current: 5}]}]\n", 2,
         10, "no device measures the voltage"},
    };
    EXPECT(others, "");
}

static void loads_that_cannot_be(void **state)
{
    (void)state;
    static const struct one cases[] = {
        {"- {profile: I-35, loads: [{type: 3P-3CT}]}\n", 4, 27, "\"rated_current\" is missing"},
        {"- {profile: I-35, loads: [{rated_current: 5}]}\n", 4, 27, "\"type\" is missing"},
        {"- {profile: I-35, loads: [{type: 3P-3CT, rated_current: 0}]}\n", 4, 57, "out of range"},
        {"- {profile: I-35, loads: [{type: 3P+N-4CT, rated_current: 5}]}\n", 4, 34,
         "I-35 has no input for it; I-45, A-200 has"},
        {"- {profile: I-35, loads: [{type: 3P-3CT, rated_current: 5},\n"
         "   {type: 3P-3CT, rated_current: 5}]}\n",
         5, 4, "take 6, and I-35 has 3"},
        {"- {profile: I-35, loads: [{type: 1P+N-1CT, rated_current: 5}]}\n", 4, 27,
         "must say its phase"},
        {"- {profile: I-35, loads: [{type: 3P-3CT, rated_current: 5, sensors: [1, 2]}]}\n", 4, 69,
         "3P-3CT has 3 sensors, and 2 are listed"},
        {"- {profile: I-35, loads: [{type: 3P-3CT, rated_current: 5, sensors: [1, 2, 2]}]}\n", 4,
         76, "input 2 is used twice"},
        {"- {profile: I-35, loads: [{type: 3P-3CT, rated_current: 5, sensors: [1, 2, 4]}]}\n", 4,
         76, "there is no input 4"},
        {"- {profile: I-35, loads: [{type: 3P-3CT, rated_current: 5, sensors: [1, 2, x]}]}\n", 4,
         76, "a whole number"},
        {"- profile: I-35\n  loads:\n  - {type: 1P+N-1CT, rated_current: 5, sensors: [{phase: "
         "N}]}\n",
         6, 58, "no sensor on the neutral"},
        {"- profile: I-35\n  loads:\n  - {type: 3P-3CT, rated_current: 5, sensors: [1, 2, {phase: "
         "L1}]}"
         "\n",
         6, 62, "L1 has another sensor"},
        {"- profile: I-45\n  loads:\n  - {type: 3P-3CT, rated_current: 5, simulated: {angle: 5, "
         "power_factor: 1}}\n",
         6, 74, "say the same thing"},
    };
    EXPECT(cases, BEGINNING);
    static const struct one on_3p[] = {
        {"- {profile: I-35, loads: [{type: 1P+N-1CT, rated_current: 5}]}\n", 5, 34,
         "cannot exist on a 3P network; possible are 3P-3CT, 2P-1CT, 3P-2CT, 3P-1CT"},
        {"- {profile: I-45, loads: [{type: 3P+N-3CT, rated_current: 5}]}\n", 5, 34,
         "cannot exist on a 3P network"},
    };
    EXPECT(on_3p, "network: {type: 3P}\n" BEGINNING);
    static const struct one on_2p[] = {
        {"- {profile: I-35, loads: [{type: 1P+N-1CT, rated_current: 5, sensors: [{phase: L3}]}]}\n",
         5, 80, "no L3 on a 2P+N network"},
    };
    EXPECT(on_2p, "network: {type: 2P+N}\n" BEGINNING);
    static const struct one on_3p_n[] = {
        {"- {profile: I-35, loads: [{type: 2P-1CT, rated_current: 5}]}\n", 4, 27,
         "a load 2P-1CT on a 3P+N network must say its phase"},
        {"- {profile: I-35, loads: [{type: 2P+N-2CT, rated_current: 5}]}\n", 4, 27,
         "must say its phase"},
        {"- {profile: I-35, loads: [{type: 3P-2CT, rated_current: 5, sensors: [1]}]}\n", 4, 69,
         "3P-2CT has 2 sensors, and 1 are listed"},
        {"- profile: I-35\n  loads:\n  - {type: 3P-1CT, rated_current: 5,\n"
         "     current_transformer: {primary: 100 A}}\n",
         7, 37, "\"secondary\" is missing"},
        {"network: {voltage_inputs: [{phase: L1}, {phase: L1}]}\n", 4, 41, "another voltage input"},
    };
    EXPECT(on_3p_n, BEGINNING);
}

/* Modules, loads and inputs have their ends. */
static void more_than_there_can_be(void **state)
{
    (void)state;
    struct text t;
    text_init(&t, 0);
    text_puts(&t, BEGINNING);
    for (int i = 0; i < 31; i++)
        text_puts(&t, "- profile: I-35\n");
    assert_int_equal(parse(t.bytes, t.length), ERR_OK);
    text_puts(&t, "- profile: I-35\n");
    assert_int_equal(parse(t.bytes, t.length), ERR_INPUT);
    assert_int_equal(faults.count, 1);
    assert_non_null(strstr(faults.fault[0].text, "a bus carries 32 modules"));
    text_puts(&t, "- profile: I-35\n");
    assert_int_equal(parse(t.bytes, t.length), ERR_INPUT);
    assert_non_null(strstr(faults.fault[faults.count - 1].text, "at most 33"));
    text_clear(&t);
    text_puts(&t, BEGINNING);
    for (int i = 0; i < 31; i++) /* all inputs of a full bus, each a circuit */
        text_puts(
            &t,
            "- {profile: I-45, loads: [{type: 1P+N-1CT, rated_current: 5, sensors: [{phase: L1}]},"
            " {type: 1P+N-1CT, rated_current: 5, sensors: [{phase: L2}]},"
            " {type: 1P+N-1CT, rated_current: 5, sensors: [{phase: L3}]},"
            " {type: 1P+N-1CT, rated_current: 5, sensors: [{phase: L1}]}]}\n");
    assert_int_equal(parse(t.bytes, t.length), ERR_OK);
    _Static_assert(CONFIG_LOADS_MAX >= 32 * 6, "a bus of 32 modules with 6 inputs has room");
    text_clear(&t);
    text_puts(&t, BEGINNING "- profile: I-45\n  loads:\n");
    for (int i = 0; i < 5; i++)
        text_puts(&t, "  - {type: 1P+N-1CT, rated_current: 5, sensors: [{phase: L1}]}\n");
    assert_int_equal(parse(t.bytes, t.length), ERR_INPUT);
    assert_non_null(strstr(faults.fault[0].text, "at most 4 loads, and 5 are listed"));
    text_free(&t);
}

static void every_fault_is_told_in_the_order_of_the_lines(void **state)
{
    (void)state;
    static const char text[] = "busbar: 1\n"
                               "nam: x\n"
                               "network: {voltage: x}\n"
                               "devices:\n"
                               "  - {profile: I-35, address: 300}\n"
                               "  - {profile: I-54}\n"
                               "  - {profile: D-70, address: 1}\n"
                               "  - {profile: U-30, address: 1}\n"
                               "servers: {web_port: x}\n";
    assert_int_equal(parse(text, strlen(text)), ERR_INPUT);
    static const unsigned lines[] = {2, 3, 5, 6, 8, 9};
    assert_int_equal(faults.count, 6);
    for (int i = 0; i < 6; i++)
        assert_int_equal(faults.fault[i].line, lines[i]);
    struct text out;
    text_init(&out, 0);
    config_faults_print(&faults, &out);
    assert_non_null(
        strstr(out.bytes, "test.yaml:2:1: unknown key \"nam\"; did you mean \"name\"?\n"));
    text_free(&out);
}

static void faults_are_bounded(void **state)
{
    (void)state;
    struct text t, out;
    text_init(&t, 0);
    text_init(&out, 0);
    text_puts(&t, BEGINNING);
    for (int i = 0; i < 250; i++)
        text_printf(&t, "unknown%d: 1\n", i);
    assert_int_equal(parse(t.bytes, t.length), ERR_INPUT);
    assert_int_equal(faults.count, 250);
    config_faults_print(&faults, &out);
    assert_non_null(strstr(out.bytes, "\ntest.yaml: and 150 more faults\n"));
    text_free(&t);
    text_free(&out);
}

/* What a file quotes cannot command the terminal, however it gets there. */
static void faults_are_printable(void **state)
{
    (void)state;
    static const char text[] = BEGINNING "\"a\\e[2J\\x9b\": 1\nname: \"\\e]0;x\\a\"\n";
    assert_int_equal(config_parse(text, strlen(text), "te\x1bst.yaml", &config, &faults),
                     ERR_INPUT);
    struct text out;
    text_init(&out, 0);
    config_faults_print(&faults, &out);
    for (size_t i = 0; i < out.length; i++)
        assert_true((unsigned char)out.bytes[i] >= 0x20 || out.bytes[i] == '\n');
    assert_null(strstr(out.bytes, "\xc2\x9b"));
    text_free(&out);
}

/* A wrong file costs bounded time and memory: a deep one, a wide one, a long one, a long line. */
static void files_out_of_bounds_are_refused_at_once(void **state)
{
    (void)state;
    size_t room = CONFIG_BYTES_MAX + 1;
    char *text = malloc(room);
    assert_non_null(text);
    static const char *const patterns[] = {"[",  "{a: ", "- ",  "a,",   "a: 1\n", "? ",
                                           "\"", "#",    "'",   "&a [", "%",      "- - \n",
                                           "a",  ": ",   "|\n", "\t",   "[a, "};
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
        size_t n = strlen(patterns[p]);
        for (size_t i = 0; i < room; i++)
            text[i] = patterns[p][i % n];
        assert_int_equal(parse(text, room - 1), ERR_INPUT);
        assert_true(faults.count > 0);
        text[0] = '[';
        assert_int_equal(parse(text, room - 1), ERR_INPUT);
    }
    assert_int_equal(parse(text, room), ERR_INPUT);
    assert_non_null(strstr(faults.fault[0].text, "1024 KiB"));
    free(text);
}

static void files_that_cannot_be_read(void **state)
{
    (void)state;
    assert_int_equal(config_read("/nowhere/x.yaml", &config, &faults), ERR_INPUT);
    assert_string_equal(faults.fault[0].text, "cannot be opened: No such file or directory");
    assert_int_equal(config_read("/", &config, &faults), ERR_INPUT);
    assert_int_equal(config_read("/dev/zero", &config, &faults), ERR_INPUT);
    assert_int_equal(faults.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_that_is_no_yaml),
        cmocka_unit_test(keys_that_do_not_belong),
        cmocka_unit_test(values_of_the_wrong_kind),
        cmocka_unit_test(values_that_do_not_fit_each_other),
        cmocka_unit_test(devices_that_cannot_be),
        cmocka_unit_test(loads_that_cannot_be),
        cmocka_unit_test(more_than_there_can_be),
        cmocka_unit_test(every_fault_is_told_in_the_order_of_the_lines),
        cmocka_unit_test(faults_are_bounded),
        cmocka_unit_test(faults_are_printable),
        cmocka_unit_test(files_out_of_bounds_are_refused_at_once),
        cmocka_unit_test(files_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
