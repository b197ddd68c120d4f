/* Quantities beyond the basic ones, and loads that are not three phases with three sensors. */
#include "rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct rig_meter meter;
static struct rig_scene scene;
static struct rig_record record;

static int begin(void **state)
{
    (void)state;
    rig_meter_init(&meter);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_forget(&record);
    return 0;
}

static void measure(void)
{
    rig_forget(&record);
    rig_measure(&meter, &scene, &record);
    assert_int_equal(record.pushed, ERR_OK);
}

static double value(enum quantity q)
{
    return rig_value(&record, record.windows - 1, q);
}

static double load_value(unsigned load, enum quantity q)
{
    const struct quantity_set *s = &record.window[record.windows - 1].load[load];
    if (!quantity_valid(s, q))
        fail_msg("%s of load %u is not available", quantity_info(q)->name, load);
    return s->value[q];
}

/* --- Channels ------------------------------------------------------------------------------------------- */

/* Orders 5, 47 and 55 tell the three THDs apart. */
static void thd_to_40_50_and_63(void **state)
{
    (void)state;
    static const struct rig_partial shape[] = {{5, 6, 0}, {47, 3, 0}, {55, 2, 0}};
    rig_scene_init(&scene, 50, 0.41, 0);
    for (int w = 0; w < 8; w++) {
        scene.wire[w].partial = shape;
        scene.wire[w].partials = 3;
    }
    scene.wire[7].rms = 1;
    meter.load[0].rated_current_a = 20;
    meter.load[0].demand_current_a = 8;
    measure();
    static const struct {
        enum quantity first;
        unsigned count;
        double percent;
    } families[] = {{Q_THD40_V1, 10, 6},       {Q_THD50_V1, 10, 6.7082}, {Q_THD40_VSYS, 3, 6},
                    {Q_THD50_VSYS, 3, 6.7082}, {Q_THD_V1, 3, 7},         {Q_THD_I1, 4, 7}};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        for (unsigned k = 0; k < families[i].count; k++)
            assert_near(value(families[i].first + k), families[i].percent, 0.02);
    assert_near(value(Q_TDD_I1), 100 * 0.07 * 5 / 8, 0.02); /* of the demand current */
    meter.load[0].demand_current_a = 0;
    measure();
    assert_near(value(Q_TDD_I1), 100 * 0.07 * 5 / 20, 0.01); /* of the rated one */
    /* at 4000 Hz order 39 is the last: a THD to 40 would be less than it says */
    scene.rate_hz = 4000;
    scene.frames = 1640;
    for (int w = 0; w < 8; w++)
        scene.wire[w].partials = 1;
    measure();
    assert_false(quantity_valid(&record.window[0].network, Q_THD40_V1));
    assert_near(value(Q_THD_V1), 6, 0.02);
}

static void direct_components(void **state)
{
    (void)state;
    rig_scene_init(&scene, 50, 0.41, 0);
    static const double dc[] = {4, -3, 2, 0, 0.1, -0.2, 0.3, -0.4};
    for (int w = 0; w < 8; w++)
        scene.wire[w].dc = dc[w];
    measure();
    for (unsigned k = 0; k < 3; k++) {
        assert_near(value(Q_DC_V1 + k), dc[k], 1e-4);
        assert_near(value(Q_DC_U12 + k), dc[k] - dc[(k + 1) % 3], 2e-4);
    }
    for (unsigned k = 0; k < 4; k++)
        assert_near(value(Q_DC_I1 + k), dc[4 + k], 1e-5);
}

static void types_of_a_power_factor(void **state)
{
    (void)state;
    static const double lag[] = {30, -30, 150, -150, 0, 180};
    static const double type[] = {1, -1, -1, 1, 0, 0};
    for (int i = 0; i < 6; i++) {
        rig_scene_init(&scene, 50, 0.21, lag[i]);
        measure();
        for (unsigned k = 0; k < 4; k++)
            assert_true(value(Q_PFTYPE + k) == type[i]);
    }
}

/* --- Residual currents ------------------------------------------------------------------------------------ */

/* 300 mA leave phase 1 by the protective conductor: a toroid round all conductors shows them, and so does
 * their sum. A half wave in the toroid is metered as it is. */
static void residual_currents(void **state)
{
    (void)state;
    rig_scene_init(&scene, 50, 0.41, 20);
    scene.wires = 10;
    scene.wire[4] = (struct rig_wire){.rms = 5.3, .phase_deg = 0};
    scene.wire[5] = (struct rig_wire){.rms = 5, .phase_deg = -120};
    scene.wire[6] = (struct rig_wire){.rms = 5, .phase_deg = 120};
    scene.wire[8] = (struct rig_wire){.rms = 0.3, .phase_deg = 0};
    scene.wire[9] = (struct rig_wire){.rms = 0.29, .phase_deg = 10, .dc = 0.1};
    meter.load[0].current[CURRENT_D] = rig_mix(8, 1);
    meter.load[0].current[CURRENT_PE] = rig_mix(9, 1);
    struct metrology_mix *sum = &meter.load[0].current[CURRENT_SUM];
    for (unsigned i = 0; i < 4; i++) {
        sum->term[i].channel = (uint16_t)(4 + i);
        sum->term[i].factor = 1;
    }
    sum->terms = 4;
    measure();
    assert_near(value(Q_ID), 0.3, 0.3 * 20e-6);
    assert_near(value(Q_IPE), sqrt(0.29 * 0.29 + 0.01), 0.3 * 20e-6);
    assert_near(value(Q_ISUM), 0.3, 0.3 * 100e-6);
    assert_near(value(Q_I1), 5.3, 5.3 * 10e-6);
    assert_near(value(Q_ISYS), 5.1, 5.1 * 10e-6); /* they are no phases */
    for (size_t i = 0; i < record.halves; i++)
        assert_true(record.half[i].load == METROLOGY_NETWORK ||
                    record.half[i].channel <= SPECTRUM_IN);
}

/* --- Energies of phases ------------------------------------------------------------------------------------ */

static double joules(enum quantity q)
{
    for (unsigned r = 0; r < ENERGY_REGISTERS; r++)
        if (energy_quantity(r) == q)
            return (double)record.energy[0].count_mj[r] / 1000;
    fail_msg("no register");
    return 0;
}

/* Phase 1 draws 1150 W, phase 2 feeds 690 W, phase 3 rests: net, they cancel; per phase, they do not. */
static void phases_cancel_or_not(void **state)
{
    (void)state;
    for (int total = TOTAL_VECTOR; total <= TOTAL_ARITHMETIC; total++)
        for (int per_phase = 0; per_phase < 2; per_phase++) {
            rig_scene_init(&scene, 50, 1.1, 0);
            scene.wire[5] = (struct rig_wire){.rms = 3, .phase_deg = 60};
            scene.wire[6].rms = 0;
            meter.setup.total = (enum metrology_total)total;
            meter.setup.energy_per_phase = per_phase;
            measure();
            double seconds = (double)scene.frames / 9600;
            assert_near(joules(Q_EA_POS), (per_phase ? 1150 : 460) * seconds, 0.05);
            assert_near(joules(Q_EA_NEG), (per_phase ? 690 : 0) * seconds, 0.05);
            assert_near(joules(Q_EA_POS1), 1150 * seconds, 0.05);
            assert_near(joules(Q_EA_NEG2), 690 * seconds, 0.05);
            assert_near(joules(Q_EA_POS2) + joules(Q_EA_NEG1) + joules(Q_EA_POS3), 0, 0.05);
            assert_near(joules(Q_ES1), 1150 * seconds, 0.05);
            if (per_phase)
                assert_near(joules(Q_ES), 1840 * seconds, 0.1);
            assert_near(value(Q_EA_NEG2), 690.0 / 3600, 0.05);
        }
}

/* Each phase in a quadrant of its own. */
static void phases_have_quadrants(void **state)
{
    (void)state;
    static const double lag[] = {30, 150, -150};
    rig_scene_init(&scene, 50, 1.0, 0);
    for (int p = 0; p < 3; p++)
        scene.wire[4 + p].phase_deg -= lag[p];
    meter.setup.energy_per_phase = true;
    measure();
    double p = 1150 * sqrt(0.75), q = 575, limit = 0.1;
    assert_near(joules(Q_EA_POS1), p, limit);
    assert_near(joules(Q_ER_POS_IND1), q, limit);
    assert_near(joules(Q_EA_NEG2), p, limit);
    assert_near(joules(Q_ER_POS_CAP2), q, limit);
    assert_near(joules(Q_EA_NEG3), p, limit);
    assert_near(joules(Q_ER_NEG_IND3), q, limit);
    assert_near(joules(Q_ER_NEG3), q, limit);
    assert_near(joules(Q_EA_POS), p, limit);
    assert_near(joules(Q_EA_NEG), 2 * p, 2 * limit);
    assert_near(joules(Q_ER_POS), 2 * q, 2 * limit);
    assert_near(joules(Q_ER_NEG), q, limit);
}

/* --- One current for three --------------------------------------------------------------------------------- */

/* A second load with all three sensors carries what the first one, with one sensor, ought to: the same
 * current, later by thirds. The voltages are neither balanced nor clean. */
static void balanced_scene(double hz, double seconds, int rotation, unsigned measured)
{
    static const struct rig_partial v[3][2] = {
        {{5, 3, 20}, {7, 2, 0}}, {{5, 4, 80}, {7, 1, 10}}, {{5, 2, -30}, {7, 3, 90}}};
    static const struct rig_partial i[] = {{5, 25, 40}, {7, 12, -60}, {11, 8, 10}};
    rig_scene_init(&scene, hz, seconds, 0);
    for (int p = 0; p < 3; p++) {
        double place = -120.0 * p * rotation;
        scene.wire[p] = (struct rig_wire){
            .rms = 230 + 9 * p, .phase_deg = place + p, .partial = v[p], .partials = 2};
        scene.wire[4 + p] =
            (struct rig_wire){.rms = 5, .phase_deg = place - 50, .partial = i, .partials = 3};
    }
    meter.load[1] = meter.load[0];
    for (unsigned c = 0; c < 4; c++)
        if (c != measured)
            meter.load[0].current[c].terms = 0;
    meter.load[1].current[3].terms = 0;
    meter.load[0].balanced = true;
    meter.setup.load_count = 2;
}

static void one_sensor_tells_as_much_as_three(void **state)
{
    (void)state;
    struct rig_worst w[] = {{"P with one sensor against three", "ppm of S", 20},
                            {"Q", "ppm of S", 100},
                            {"energy, to the last sample", "ppm", 200}};
    for (int method = 0; method < 2; method++)
        for (unsigned measured = 0; measured < 3; measured++)
            for (int rotation = -1; rotation <= 1; rotation += 2) {
                meter = (struct rig_meter){0};
                rig_meter_init(&meter);
                meter.setup.reactive = method ? REACTIVE_FUNDAMENTAL : REACTIVE_IEC61557;
                balanced_scene(49.7, 1.03, rotation, measured);
                measure();
                double s = load_value(1, Q_S);
                for (unsigned k = 0; k < 4; k++) {
                    rig_check(&w[0], (load_value(0, Q_P + k) - load_value(1, Q_P + k)) / s * 1e6,
                              "P%u, sensor %u", k, measured + 1);
                    rig_check(&w[1], (load_value(0, Q_Q + k) - load_value(1, Q_Q + k)) / s * 1e6,
                              "Q%u, sensor %u", k, measured + 1);
                }
                for (unsigned k = 0; k < 3; k++)
                    assert_near(load_value(0, Q_I1 + k), load_value(1, Q_I1 + k), 5 * 20e-6);
                assert_false(quantity_valid(&record.window[1].load[0], Q_INB));
                double a = (double)record.energy[0].count_mj[0];
                double b = (double)record.energy[1].count_mj[0];
                rig_check(&w[2], (a / b - 1) * 1e6, "sensor %u, rotation %d", measured + 1,
                          rotation);
            }
    rig_print(w, 3);
}

/* Balanced voltages: P is three times what the one sensor shows, whatever the frequency and the shape. */
static void a_balanced_load_is_three_times_one_phase(void **state)
{
    (void)state;
    static const struct rig_partial i[] = {{5, 40, 40}, {7.3, 12, -60}, {49, 8, 10}};
    for (double hz = 45; hz < 66; hz += 4.9) {
        rig_scene_init(&scene, hz, 1.03, 37);
        for (int p = 0; p < 3; p++) {
            scene.wire[4 + p].partial = i;
            scene.wire[4 + p].partials = 3;
        }
        rig_meter_init(&meter);
        meter.load[0].current[1].terms = meter.load[0].current[2].terms = 0;
        meter.load[0].balanced = true;
        measure();
        assert_near(value(Q_P), 3 * value(Q_P1), 3e-6 * value(Q_S));
        double p = 3 * rig_product(&scene, 0, 4);
        assert_near(value(Q_P), p, 20e-6 * value(Q_S));
        double counted = (double)record.energy[0].count_mj[0] / 1000;
        /* the end is no whole cycle: harmonics leave there what they swing */
        assert_near(counted, p * (double)scene.frames / 9600,
                    (0.4 + 0.12 + 0.08) * p / cos(37 * M_PI / 180) / (2 * M_PI * 6 * hz));
    }
}

/* --- Deviation -------------------------------------------------------------------------------------------- */

static void deviation_from_what_is_nominal(void **state)
{
    (void)state;
    static const struct {
        bool delta, split, high_leg;
        double nominal, v[3], u[3]; /* in % of what is applied; 0: not available */
    } networks[] = {
        {false, false, false, 230, {100, 100, 100}, {100, 100, 100}},
        {true, false, false, 230 * 1.7320508075688772, {0, 0, 0}, {100, 100, 100}},
        {true, false, true, 460, {100, 100, 57.7350}, {86.60254, 86.60254, 86.60254}},
    };
    for (size_t n = 0; n < sizeof networks / sizeof *networks; n++) {
        rig_meter_init(&meter);
        rig_scene_init(&scene, 50, 0.41, 0);
        meter.setup.delta = networks[n].delta;
        meter.setup.split = networks[n].split;
        meter.setup.high_leg = networks[n].high_leg;
        meter.setup.nominal_voltage_v = networks[n].nominal;
        measure();
        for (unsigned k = 0; k < 3; k++) {
            const struct quantity_set *s = &record.window[1].network;
            double v = networks[n].v[k], u = networks[n].u[k];
            assert_int_equal(quantity_valid(s, (enum quantity)(Q_UNDER_V1 + k)), v > 0);
            if (v > 0) {
                assert_near(value(Q_UNDER_V1 + k), fmax(100 - v, 0), 0.002);
                assert_near(value(Q_OVER_V1 + k), fmax(v - 100, 0), 0.002);
            }
            assert_near(value(Q_UNDER_U12 + k), fmax(100 - u, 0), 0.002);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(thd_to_40_50_and_63),
        TEST(direct_components),
        TEST(types_of_a_power_factor),
        TEST(residual_currents),
        TEST(phases_cancel_or_not),
        TEST(phases_have_quadrants),
        TEST(one_sensor_tells_as_much_as_three),
        TEST(a_balanced_load_is_three_times_one_phase),
        TEST(deviation_from_what_is_nominal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
