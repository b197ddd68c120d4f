/* Installation files that are right: what they become. Those that are wrong are in test_faults.c. */
#include "config/config.h"
#include "plant/wiring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

static struct config config;
static struct config_faults faults;

/* Expects a file without faults. */
static const struct config *parse(const char *text)
{
    enum err err = config_parse(text, strlen(text), "test.yaml", &config, &faults);
    if (err != ERR_OK)
        fail_msg("%s (line %u)", faults.fault[0].text, faults.fault[0].line);
    return &config;
}

#define SMALLEST "busbar: 1\ndevices: [{profile: U-30}]\n"

static void the_smallest_file_has_the_defaults(void **state)
{
    (void)state;
    const struct config *c = parse(SMALLEST);
    static struct plant plant;
    plant_init(&plant);
    /* settings.def and plant_init tell the same */
    assert_int_equal(c->plant.network.type, plant.network.type);
    assert_true(c->plant.network.nominal_voltage_v == plant.network.nominal_voltage_v);
    assert_true(c->plant.network.nominal_hz == plant.network.nominal_hz);
    assert_true(c->plant.network.vt_primary_v == plant.network.vt_primary_v);
    assert_true(c->plant.network.dip_percent == plant.network.dip_percent);
    assert_true(c->plant.network.swell_percent == plant.network.swell_percent);
    assert_true(c->plant.network.interruption_percent == plant.network.interruption_percent);
    assert_true(c->plant.network.hysteresis_percent == plant.network.hysteresis_percent);
    assert_true(c->plant.network.overcurrent_percent == plant.network.overcurrent_percent);
    assert_int_equal(c->plant.measurement.reactive, plant.measurement.reactive);
    assert_int_equal(c->plant.measurement.total, plant.measurement.total);
    assert_int_equal(c->plant.measurement.pf_sign, plant.measurement.pf_sign);
    assert_true(c->plant.measurement.start_up_va == plant.measurement.start_up_va);
    assert_true(c->plant.measurement.average_s == plant.measurement.average_s);
    assert_true(c->plant.measurement.demand_s == plant.measurement.demand_s);
    assert_true(c->plant.measurement.fast_s == plant.measurement.fast_s);
    assert_int_equal(c->plant.device_count, 1);
    assert_int_equal(c->plant.device[0].address, 1);
    assert_string_equal(c->plant.device[0].name, "U-30");
    assert_int_equal(c->plant.point_count, 1);
    assert_int_equal(c->source.type, CONFIG_SOURCE_SIMULATOR);
    assert_true(c->simulation.rate_hz == 9600 && c->simulation.voltage_percent == 100);
    assert_string_equal(c->servers.bind, "0.0.0.0");
    assert_int_equal(c->servers.web_port, 80);
    assert_int_equal(c->servers.modbus_tcp_port, 502);
    assert_string_equal(c->data.directory, "");
}

static void addresses_and_inputs_are_found_where_they_are_free(void **state)
{
    (void)state;
    const struct config *c =
        parse("busbar: 1\n"
              "devices:\n"
              "  - profile: D-70\n"
              "  - profile: U-30\n"
              "    address: 1\n"
              "  - profile: I-45\n"
              "    loads:\n"
              "      - {type: 1P+N-1CT, rated_current: 16, sensors: [{phase: L3}]}\n"
              "      - type: 3P-3CT\n"
              "        name: Motor\n"
              "        rated_current: 0.025 kA\n"
              "        sensors: [1, {input: 4, direction: reversed}, 3]\n"
              "  - profile: A-200\n"
              "    address: 3\n"
              "    loads: [{type: 3P+N-4CT, rated_current: 100 A}]\n");
    assert_int_equal(c->plant.device[0].address, 2);
    assert_int_equal(c->plant.device[1].address, 1);
    assert_int_equal(c->plant.device[2].address, 4);
    assert_int_equal(c->plant.device[3].address, 3);
    const struct plant_load *single = &c->plant.device[2].load[0];
    assert_string_equal(single->name, "Load 1");
    assert_int_equal(single->input[0], 2); /* the only one that the motor leaves */
    assert_int_equal(single->phase[0], 3);
    assert_int_equal(single->input[1], 0);
    assert_int_equal(single->point, 1);
    const struct plant_load *motor = &c->plant.device[2].load[1];
    assert_string_equal(motor->name, "Motor");
    assert_true(motor->rated_current_a == 25);
    assert_memory_equal(motor->input, ((uint8_t[]){1, 4, 3, 0}), 4);
    assert_memory_equal(motor->phase, ((uint8_t[]){1, 2, 3}), 3);
    assert_true(!motor->reversed[0] && motor->reversed[1] && !motor->reversed[2]);
    const struct plant_load *all = &c->plant.device[3].load[0];
    assert_memory_equal(all->input, ((uint8_t[]){1, 2, 3, 4}), 4);
    assert_int_equal(all->point, 3);
    assert_int_equal(c->plant.point_count, 4);
}

/* The load's currents are those of L1 L2 L3 N in whatever order the sensors are listed. */
static void sensors_may_be_listed_in_any_order(void **state)
{
    (void)state;
    const struct config *c = parse("busbar: 1\n"
                                   "devices:\n"
                                   "  - profile: A-200\n"
                                   "    loads:\n"
                                   "      - type: 3P+N-4CT\n"
                                   "        rated_current: 63 A\n"
                                   "        sensors:\n"
                                   "          - {input: 1, phase: N}\n"
                                   "          - {input: 2, phase: L3, direction: reversed}\n"
                                   "          - {input: 3, phase: 1}\n"
                                   "          - {input: 4, phase: L2}\n");
    const struct plant_load *l = &c->plant.device[0].load[0];
    assert_memory_equal(l->input, ((uint8_t[]){3, 4, 2, 1}), 4);
    assert_memory_equal(l->phase, ((uint8_t[]){1, 2, 3}), 3);
    assert_true(l->reversed[2] && !l->reversed[0] && !l->reversed[1] && !l->reversed[3]);
}

static void a_simulation_is_read_with_units(void **state)
{
    (void)state;
    const struct config *c = parse(
        "busbar: 1\n"
        "network: {type: 3P, voltage: 20 kV, voltage_transformer: {primary: 20 kV, secondary: 100 "
        "V}}\n"
        "devices:\n"
        "  - profile: U-30\n"
        "  - profile: I-35\n"
        "    loads:\n"
        "      - type: 3P-3CT\n"
        "        rated_current: 400 A\n"
        "        simulated: {current: 0.2 kA, power_factor: 0.5 leading, export: on,\n"
        "                    harmonics: {7: 2.5 %, 5: 4 % at 180°}, variation_period: 2 min}\n"
        "simulation:\n"
        "  voltage: 98 %\n"
        "  frequency: 49.9 Hz\n"
        "  frequency_wander: 20 mHz\n"
        "  harmonics: {}\n"
        "  dips:\n"
        "    - {duration: 100 ms, residual: 70 %, every: 1 min}\n"
        "    - {start: 5, duration: 0.02, residual: 120, phases: [L2, L3]}\n");
    assert_int_equal(c->plant.network.type, NETWORK_3P);
    assert_true(c->plant.network.nominal_voltage_v == 20000);
    assert_true(c->plant.network.vt_primary_v == 20000 && c->plant.network.vt_secondary_v == 100);
    const struct config_load_simulation *s = &c->load[0];
    assert_true(s->current_a == 200 && s->exports && s->variation_period_s == 120);
    assert_true(fabs(s->angle_deg + 60) < 1e-9);
    assert_int_equal(s->harmonics.count, 2);
    assert_int_equal(s->harmonics.item[0].order, 5);
    assert_true(s->harmonics.item[0].percent == 4 && s->harmonics.item[0].angle_deg == 180);
    assert_int_equal(s->harmonics.item[1].order, 7);
    assert_true(c->simulation.frequency_hz == 49.9 && c->simulation.frequency_wander_hz == 0.02);
    assert_int_equal(c->simulation.dip_count, 2);
    assert_true(c->simulation.dip[0].start_s == 10 && c->simulation.dip[0].every_s == 60);
    assert_true(c->simulation.dip[0].duration_s == 0.1);
    assert_int_equal(c->simulation.dip[0].phases, 7);
    assert_true(c->simulation.dip[1].every_s == 0);
    assert_int_equal(c->simulation.dip[1].phases, 6);
}

static void the_way_of_computing_is_chosen(void **state)
{
    (void)state;
    const struct config *c =
        parse("busbar: 1\n"
              "measurement: {reactive: fundamental, totals: arithmetic, power_factor_sign: ieee,\n"
              "              start_up_power: 0.02 kVA, average: 1 min, demand_interval: 0.5 h,\n"
              "              fast_values: 40 ms}\n"
              "devices: [{profile: U-30}]\n");
    assert_int_equal(c->plant.measurement.reactive, REACTIVE_FUNDAMENTAL);
    assert_int_equal(c->plant.measurement.total, TOTAL_ARITHMETIC);
    assert_int_equal(c->plant.measurement.pf_sign, PF_SIGN_IEEE);
    assert_true(c->plant.measurement.start_up_va == 20);
    static struct wiring wiring;
    static const struct wave_place v1 = {.role = ROLE_V1, .circuit = 1};
    struct fault fault;
    assert_int_equal(wiring_find(&wiring, &c->plant, &v1, 1, &fault), ERR_OK);
    assert_int_equal(wiring.setup.reactive, REACTIVE_FUNDAMENTAL);
    assert_int_equal(wiring.setup.total, TOTAL_ARITHMETIC);
    assert_int_equal(wiring.setup.pf_sign, PF_SIGN_IEEE);
    assert_true(wiring.setup.start_up_w == 20);
    assert_int_equal(wiring.setup.average_s, 60);
    assert_int_equal(wiring.setup.demand_minutes, 30);
    assert_int_equal(wiring.setup.fast_cycles, 2);
}

static void paths_begin_at_the_folder_of_the_file(void **state)
{
    (void)state;
    static const char text[] = SMALLEST "source: {type: recording, file: day/one.cfg, loop: yes,\n"
                                        "  channels: \"V1, V2,-\", scale: [1, -2.5e3]}\n"
                                        "data: {directory: /var/lib/busbar}\n";
    assert_int_equal(config_parse(text, strlen(text), "plants/a/b.yaml", &config, &faults), ERR_OK);
    assert_string_equal(config.source.file, "plants/a/day/one.cfg");
    assert_string_equal(config.data.directory, "/var/lib/busbar");
    assert_string_equal(config.source.channels, "V1,V2,-");
    assert_string_equal(config.source.scale, "1,-2.5e3");
    assert_true(config.source.loop);
    assert_string_equal(parse(text)->source.file, "day/one.cfg");
}

static void sections_may_be_empty_and_text_may_be_quoted(void **state)
{
    (void)state;
    const struct config *c = parse("\xef\xbb\xbf"
                                   "busbar: \"1\"\r\n"
                                   "name: 'Küche: Ost'   # a comment\r\n"
                                   "simulation:\r\n"
                                   "  # nothing yet\r\n"
                                   "network:\r\n"
                                   "devices:\r\n"
                                   "- profile: \"U-30\"\r\n"
                                   "  serial: 0012\r\n"
                                   "  extended_name: Countis E23\r\n"
                                   "...\r\n");
    assert_string_equal(c->plant.name, "Küche: Ost");
    assert_string_equal(c->plant.device[0].serial, "0012");
    assert_string_equal(c->plant.device[0].extended_name, "Countis E23");
}

static void the_demo_is_an_installation(void **state)
{
    (void)state;
    assert_int_equal(config_demo(&config, &faults), ERR_OK);
    const struct plant *p = &config.plant;
    assert_int_equal(p->device_count, 7);
    assert_string_equal(plant_device_at(p, 1)->profile->name, "D-70");
    assert_string_equal(plant_voltage_device(p)->profile->name, "U-30");
    bool has[8] = {false}, exports = false;
    for (unsigned i = 0; i < p->device_count; i++)
        has[p->device[i].profile - profiles] = true;
    for (unsigned i = 0; profiles[i].name; i++)
        assert_true(has[i]); /* "at least one of every other profile" */
    for (unsigned i = 0; i + 1 < p->point_count; i++) {
        assert_true(config.load[i].current_a > 0);
        exports |= config.load[i].exports;
    }
    assert_true(exports);
    assert_int_equal(config.simulation.dip_count, 1);
    assert_int_equal(config.servers.web_port, 8080);
    assert_int_equal(config.servers.modbus_tcp_port, 1502);
}

/* What --print-config prints is a file that says the same. */
static void prints_again_the_same(const char *text, size_t length)
{
    struct text once, twice;
    text_init(&once, 0);
    text_init(&twice, 0);
    assert_int_equal(config_parse(text, length, "t.yaml", &config, &faults), ERR_OK);
    config_print(&config, &once);
    static struct config before;
    before = config;
    enum err err = config_parse(once.bytes, once.length, "again.yaml", &config, &faults);
    if (err != ERR_OK)
        fail_msg("line %u: %s\n%s", faults.fault[0].line, faults.fault[0].text, once.bytes);
    config_print(&config, &twice);
    assert_string_equal(once.bytes, twice.bytes);
    assert_int_equal(config.plant.point_count, before.plant.point_count);
    for (unsigned i = 0; i < config.plant.device_count; i++)
        for (unsigned l = 0; l < config.plant.device[i].load_count; l++) {
            const struct plant_load *a = &before.plant.device[i].load[l];
            const struct plant_load *b = &config.plant.device[i].load[l];
            assert_string_equal(a->name, b->name);
            assert_memory_equal(a->input, b->input, sizeof a->input);
            assert_memory_equal(a->phase, b->phase, sizeof a->phase);
            assert_memory_equal(a->reversed, b->reversed, sizeof a->reversed);
            assert_int_equal(a->point, b->point);
        }
    text_free(&once);
    text_free(&twice);
}

static void what_is_printed_is_read_again(void **state)
{
    (void)state;
    static const char *const files[] = {
        SMALLEST,
        SMALLEST "name: 'a \"quoted\" \\ text'\n",
        SMALLEST "source: {type: recording, file: x.csv, loop: yes, rate: 10 kHz, "
                 "channels: [V1, -], scale: [2]}\n",
        SMALLEST "source: {type: sampled_values, interface: eth0, stream: MU 1}\n"
                 "network: {type: 2P, voltage: 33.3 V, frequency: 60}\n",
        config_demo_text,
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        prints_again_the_same(files[i], strlen(files[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_file_has_the_defaults),
        cmocka_unit_test(addresses_and_inputs_are_found_where_they_are_free),
        cmocka_unit_test(sensors_may_be_listed_in_any_order),
        cmocka_unit_test(a_simulation_is_read_with_units),
        cmocka_unit_test(the_way_of_computing_is_chosen),
        cmocka_unit_test(paths_begin_at_the_folder_of_the_file),
        cmocka_unit_test(sections_may_be_empty_and_text_may_be_quoted),
        cmocka_unit_test(the_demo_is_an_installation),
        cmocka_unit_test(what_is_printed_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
