/* Every kind of load on every kind of network that it may exist on: an installation file, its simulation,
 * its wiring and the whole of metrology, against closed formulas. And those that may not exist are refused. */
#include "app/simulation.h"
#include "plant/wiring.h"

#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECONDS 1.0
#define AMPERES 10.0
#define LAG_DEG 50.0
#define NOMINAL 240.0

static struct config config;
static struct config_faults faults;
static struct quantity_set seen, network; /* of the last window */
static struct energy counted;
static unsigned windows;

static void take_window(void *context, struct metrology *m, const struct metrology_window *w)
{
    (void)context;
    network = *w->network;
    seen = w->load[0];
    counted = *metrology_energy(m, 0);
    windows++;
}

static enum err read_file(const char *text)
{
    return config_parse(text, strlen(text), "test.yaml", &config, &faults);
}

/* Meters the installation's first second. */
static void run(void)
{
    static struct wiring wiring;
    static struct wave_place place[1024];
    struct fault fault;
    struct source *source;
    assert_int_equal(simulation_open(&config, 0, &source, &fault), ERR_OK);
    const struct source_info *info = source_info(source);
    for (unsigned i = 0; i < info->channel_count; i++)
        place[i] = info->channels[i].place;
    assert_int_equal(wiring_find(&wiring, &config.plant, place, info->channel_count, &fault),
                     ERR_OK);
    assert_int_equal(wiring.load_count, config.plant.point_count - 1);
    wiring.setup.highest_rate_hz = config.simulation.rate_hz;
    struct metrology_sink sink = {.window = take_window};
    size_t bytes = (metrology_bytes(&wiring.setup) + 63) / 64 * 64;
    void *memory = aligned_alloc(64, bytes);
    assert_non_null(memory);
    struct metrology *m = metrology_begin(memory, &wiring.setup, &sink);
    struct wave_block block;
    uint64_t frames = 0;
    windows = 0;
    while ((double)frames < SECONDS * config.simulation.rate_hz) {
        assert_int_equal(source_read(source, &block, &fault), ERR_OK);
        assert_int_equal(metrology_push(m, &block), ERR_OK);
        frames += block.frames;
    }
    metrology_finish(m);
    counted = *metrology_energy(m, 0);
    free(memory);
    source_close(source);
    assert_true(windows >= 4);
}

static void near(double value, double expected, double limit, const char *what)
{
    if (!(fabs(value - expected) <= limit))
        fail_msg("%s is %.9g instead of %.9g", what, value, expected);
}

static void is(enum quantity q, double expected, double limit)
{
    char what[64];
    snprintf(what, sizeof what, "%s of %s on %s", quantity_info(q)->name,
             load_type_info(config.plant.device[0].load[0].type)->name,
             network_type_info(config.plant.network.type)->name);
    if (!quantity_valid(&seen, q))
        fail_msg("%s is not available", what);
    near(seen.value[q], expected, limit, what);
}

/* --- Closed formulas ------------------------------------------------------------------------------------ */

static double complex at(double size, double degrees)
{
    return size * cexp(I * degrees * M_PI / 180);
}

/* Voltages against the neutral, or what stands for it. */
static void voltages(enum network_type type, double complex v[3])
{
    static const double star[] = {0, -120, 120};
    for (int p = 0; p < 3; p++)
        v[p] = at(type == NETWORK_3P ? NOMINAL / sqrt(3) : NOMINAL, star[p]);
    if (type == NETWORK_2P || type == NETWORK_2P_N || type == NETWORK_3P_HIGH_LEG) {
        v[0] = at(type == NETWORK_2P_N ? NOMINAL : NOMINAL / 2, 0);
        v[1] = -v[0];
        v[2] = at(NOMINAL * sqrt(0.75), 90);
    }
}

/* The power that the installation's only load draws: each conductor's voltage times its current, which lags
 * the voltage to the middle of the conductors that it lies between. */
static double complex power(const struct plant_load *load, enum network_type type,
                            double complex phase[3])
{
    const struct load_type_info *info = load_type_info(load->type);
    double complex v[3], middle = 0, sum = 0;
    voltages(type, v);
    for (unsigned k = 0; k < info->phases && !info->neutral; k++)
        middle += v[load->phase[k] - 1] / info->phases;
    for (unsigned k = 0; k < info->phases; k++) {
        double complex own = v[load->phase[k] - 1], to_middle = own - middle;
        double complex current = AMPERES * to_middle / cabs(to_middle) * at(1, -LAG_DEG);
        phase[k] = own * conj(current);
        sum += phase[k];
    }
    return sum;
}

static void check_power(const struct plant_load *load, enum network_type type)
{
    const struct load_type_info *info = load_type_info(load->type);
    double complex phase[3], total = power(load, type, phase);
    double s = cabs(total), limit = 20e-6 * s;
    is(Q_P, creal(total), limit);
    is(Q_Q, cimag(total), 50e-6 * s);
    is(Q_S, s, limit);
    is(Q_PF, cos(LAG_DEG * M_PI / 180), 1e-4);
    is(Q_PHI, LAG_DEG, 0.005);
    is(Q_PFTYPE, 1, 0);
    bool own = network_type_info(type)->neutral && info->rule != RULE_BETWEEN;
    for (unsigned k = 0; k < 3; k++) {
        if (k >= info->phases || !own) {
            assert_false(quantity_valid(&seen, (enum quantity)(Q_P1 + k)));
            assert_false(quantity_valid(&seen, (enum quantity)(Q_EA_POS1 + 9 * k)));
            continue;
        }
        /* 3P-2CT on a high leg: the third current is as it should be only where all three are equal */
        is(Q_P1 + k, creal(phase[k]), limit);
        is(Q_Q1 + k, cimag(phase[k]), 50e-6 * s);
        is(Q_S1 + k, cabs(phase[k]), limit);
        double joules = creal(phase[k]) * SECONDS * 1000;
        unsigned reg = ENERGY_KINDS * (k + 1) + (joules < 0);
        near((double)counted.count_mj[reg], fabs(joules), 1000 * s * 50e-6 + 2,
             "energy of a phase");
    }
    near((double)counted.count_mj[0], creal(total) * SECONDS * 1000, 1000 * s * 50e-6 + 2,
         "energy");
}

static void check_channels(const struct plant_load *load, enum network_type type)
{
    const struct load_type_info *info = load_type_info(load->type);
    double complex v[3];
    voltages(type, v);
    for (unsigned k = 0; k < 3; k++) {
        bool there = info->rule == RULE_BETWEEN ? k == 0 : k < info->phases;
        assert_int_equal(quantity_valid(&seen, (enum quantity)(Q_I1 + k)), there);
        if (there)
            is(Q_I1 + k, AMPERES, AMPERES * 10e-6);
    }
    is(Q_ISYS, AMPERES, AMPERES * 10e-6);
    is(Q_F, 50, 0.0005);
    if (info->phases == 1) {
        is(Q_V1, cabs(v[load->phase[0] - 1]), NOMINAL * 10e-6);
        assert_false(quantity_valid(&seen, Q_V2) || quantity_valid(&seen, Q_U12));
    } else if (info->rule == RULE_BETWEEN) {
        is(Q_U12, cabs(v[load->phase[0] - 1] - v[load->phase[1] - 1]), NOMINAL * 20e-6);
        assert_false(quantity_valid(&seen, Q_V1) || quantity_valid(&seen, Q_U23));
    } else {
        for (unsigned k = 0; k < network_type_info(type)->phases; k++)
            is(Q_V1 + k, cabs(v[k]), NOMINAL * 10e-6);
    }
    /* all voltages are nominal ones, whatever the network calls so */
    for (int q = Q_UNDER_V1; q <= Q_OVER_U31; q++)
        if (quantity_valid(&network, (enum quantity)q))
            near(network.value[q], 0, 0.002, quantity_info((enum quantity)q)->name);
}

/* --- The pairs -------------------------------------------------------------------------------------------- */

static bool allowed(enum network_type n, enum load_type l)
{
    return load_type_info(l)->networks >> n & 1;
}

static enum err write_file(enum network_type n, enum load_type l, const char *sensors,
                           const char *more)
{
    char text[600];
    snprintf(text, sizeof text,
             "busbar: 1\n"
             "network: {type: %s, voltage: 240 V}\n"
             "%s"
             "devices:\n"
             "  - profile: A-200\n"
             "    loads:\n"
             "      - type: %s\n"
             "        rated_current: 16 A\n"
             "%s"
             "        simulated: {current: 10 A, angle: 50°}\n",
             network_type_info(n)->name, more, load_type_info(l)->name, sensors);
    return read_file(text);
}

/* The conductors on which a load may have its sensors, as the file says them. */
static unsigned places(enum network_type n, enum load_type l, char list[8][80])
{
    static const char *const one[] = {"L1", "L2", "L3"};
    static const char *const two[] = {"{phase: L1}, {phase: L2}", "{phase: L2}, {phase: L3}",
                                      "{phase: L3}, {phase: L1}"};
    unsigned phases = network_type_info(n)->phases, count = 0;
    const struct load_type_info *info = load_type_info(l);
    if (info->phases == phases)
        list[count++][0] = '\0';
    for (unsigned k = 0; k < phases && info->inputs < 3; k++) {
        if (info->inputs == 2 && phases == 2 && k > 0)
            continue;
        if (info->inputs == 1)
            snprintf(list[count++], 80, "        sensors: [{phase: %s}]\n", one[k]);
        else
            snprintf(list[count++], 80, "        sensors: [%s]\n", two[k]);
    }
    return count;
}

static void what_may_exist_is_metered(void **state)
{
    (void)state;
    unsigned pairs = 0;
    for (int n = 0; n < NETWORK_TYPES; n++)
        for (int l = 0; l < LOAD_TYPES; l++) {
            char list[8][80];
            unsigned count = places((enum network_type)n, (enum load_type)l, list);
            for (unsigned k = 0; allowed((enum network_type)n, (enum load_type)l) && k < count;
                 k++) {
                if (write_file((enum network_type)n, (enum load_type)l, list[k], "") != ERR_OK)
                    fail_msg("%s", faults.fault[0].text);
                run();
                check_power(&config.plant.device[0].load[0], (enum network_type)n);
                check_channels(&config.plant.device[0].load[0], (enum network_type)n);
                pairs++;
            }
        }
    assert_true(pairs > 40);
    printf("# %u loads on networks\n", pairs);
}

static void what_may_not_exist_is_refused(void **state)
{
    (void)state;
    unsigned pairs = 0;
    for (int n = 0; n < NETWORK_TYPES; n++)
        for (int l = 0; l < LOAD_TYPES; l++) {
            if (allowed((enum network_type)n, (enum load_type)l))
                continue;
            assert_int_equal(write_file((enum network_type)n, (enum load_type)l, "", ""),
                             ERR_INPUT);
            assert_int_equal(faults.count, 1);
            assert_non_null(strstr(faults.fault[0].text, "cannot exist on a "));
            pairs++;
        }
    assert_true(pairs > 20);
}

/* Behind transformers: the samples are secondary values, and what is shown is not. */
static void transformers_are_multiplied(void **state)
{
    (void)state;
    static const char text[] = "busbar: 1\n"
                               "network: {type: 3P, voltage: 20 kV, voltage_transformer: {primary: "
                               "20 kV, secondary: 100 V}}\n"
                               "source: {values: secondary}\n"
                               "devices:\n"
                               "  - profile: A-200\n"
                               "    loads:\n"
                               "      - type: 3P-2CT\n"
                               "        rated_current: 400 A\n"
                               "        current_transformer: {primary: 400 A, secondary: 5 A}\n"
                               "        simulated: {current: 200 A, power_factor: 0.5 lagging}\n";
    assert_int_equal(read_file(text), ERR_OK);
    run();
    near(seen.value[Q_U12], 20000, 0.4, "U12");
    near(seen.value[Q_I2], 200, 0.004, "I2");
    near(seen.value[Q_P], sqrt(3) * 20000 * 200 * 0.5, 140, "P");
    near(seen.value[Q_UNDER_U12] + seen.value[Q_OVER_U12], 0, 0.002, "deviation");
}

/* A sensor that shows 0.5 % too much and leads by 30 minutes makes P at a power factor of 0.5 wrong by two
 * percent. With both in its calibration it is right, at every frequency that a mains has. */
static void a_calibrated_sensor_is_right(void **state)
{
    (void)state;
    static const char *const sensors[] = {
        "", ", sensors: [{ratio_error: 0.5 %, phase_error: 30 arcmin},"
            "{ratio_error: 0.5 %, phase_error: 30 arcmin},"
            "{ratio_error: 0.5 %, phase_error: 0.5°}]"};
    for (int calibrated = 0; calibrated < 2; calibrated++)
        for (int rate = 4000; rate <= 14400; rate += 5200) {
            char text[800];
            snprintf(
                text, sizeof text,
                "busbar: 1\n"
                "devices:\n"
                "  - profile: A-200\n"
                "    loads:\n"
                "      - {type: 3P+N-3CT, rated_current: 16 A, simulated: {current: 10 A, "
                "angle: 60°}%s}\n"
                "simulation: {rate: %d, sensor_ratio_error: 0.5 %%, sensor_phase_error: 0.5°}\n",
                sensors[calibrated], rate);
            if (read_file(text) != ERR_OK)
                fail_msg("%s", faults.fault[0].text);
            run();
            double p = 3 * 230 * 10 * 0.5;
            if (!calibrated) {
                assert_true(fabs(seen.value[Q_P] / p - 1) > 0.015);
                continue;
            }
            near(seen.value[Q_P] / p, 1, 100e-6, "P, calibrated");
            near(seen.value[Q_I2], 10, 200e-6, "I2, calibrated");
            near(seen.value[Q_PHI], 60, 0.003, "phi, calibrated");
            printf("# calibrated at %d Hz: P off by %.1f ppm\n", rate,
                   (seen.value[Q_P] / p - 1) * 1e6);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_exist_is_metered),
        cmocka_unit_test(what_may_not_exist_is_refused),
        cmocka_unit_test(transformers_are_multiplied),
        cmocka_unit_test(a_calibrated_sensor_is_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
