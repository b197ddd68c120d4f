/* From lanes to quantities: powers and their signs, totals, symmetrical components, distortion, wirings. */
#include "rig.h"

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

static struct rig_meter meter;
static struct rig_scene scene;
static struct rig_record record;

static int begin(void **state)
{
    (void)state;
    rig_meter_init(&meter);
    rig_scene_init(&scene, 50.1, 0.45, 30);
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
    assert_int_equal(record.windows, 2);
}

/* The second window's value of load 0. */
static double value(enum quantity q)
{
    return rig_value(&record, 1, q);
}

static const struct quantity_set *set_of(unsigned load)
{
    return &record.window[1].load[load];
}

static void put_phasor(unsigned wire, double rms, double deg)
{
    scene.wire[wire].rms = rms;
    scene.wire[wire].phase_deg = deg;
}

static double complex phasor(unsigned wire)
{
    return scene.wire[wire].rms * cexp(I * scene.wire[wire].phase_deg * M_PI / 180);
}

/* --- Symmetrical components ------------------------------------------------------------------------------- */

static void check_sequence(unsigned first, const enum quantity q[6])
{
    double complex a = cexp(I * 2 * M_PI / 3), x = phasor(first), y = phasor(first + 1),
                   z = phasor(first + 2);
    double direct = cabs(x + a * y + a * a * z) / 3, inverse = cabs(x + a * a * y + a * z) / 3;
    double zero = cabs(x + y + z) / 3, size = cabs(x);
    double mean = (cabs(x) + cabs(y) + cabs(z)) / 3;
    double largest = fmax(fabs(cabs(x) - mean), fmax(fabs(cabs(y) - mean), fabs(cabs(z) - mean)));
    assert_near(value(q[0]), direct, size * 1e-5);
    assert_near(value(q[1]), inverse, size * 1e-5);
    assert_near(value(q[2]), zero, size * 1e-5);
    assert_near(value(q[3]), 100 * inverse / direct, 2e-3);
    assert_near(value(q[4]), 100 * zero / direct, 2e-3);
    assert_near(value(q[5]), 100 * largest / mean, 1e-3);
}

static void symmetrical_components(void **state)
{
    (void)state;
    static const enum quantity v[] = {Q_VDIR, Q_VINV, Q_VHOM, Q_VNB, Q_V0NB, Q_VNBA};
    static const enum quantity i[] = {Q_IDIR, Q_IINV, Q_IHOM, Q_INB, Q_I0NB, Q_INBA};
    static const double sets[][6] = {{100, 0, 90, -120, 100, 120},
                                     {230, 10, 200, -100, 245, 133},
                                     {230, 0, 230, -90, 115, 90},
                                     {230, 0, 1, 40, 2, 50},
                                     {110, 0, 95, -129, 95, 129}};
    static const struct rig_partial fifth[] = {{5, 10, 0}, {3, 8, 0}};
    for (size_t k = 0; k < sizeof sets / sizeof *sets; k++) {
        for (unsigned p = 0; p < 3; p++) {
            put_phasor(p, sets[k][2 * p], sets[k][2 * p + 1]);
            put_phasor(4 + p, sets[k][2 * p] / 20, sets[k][2 * p + 1] - 35);
        }
        measure();
        check_sequence(0, v);
        check_sequence(4, i);
        /* the components of the line voltages follow from those of the phases, without zero */
        assert_near(value(Q_UDIR), value(Q_VDIR) * sqrt(3), 230 * 2e-5);
        assert_near(value(Q_UINV), value(Q_VINV) * sqrt(3), 230 * 2e-5);
        assert_near(value(Q_UNB), value(Q_VNB), 4e-3);
    }
    /* harmonics of inverse and zero sequence are not unbalance */
    for (unsigned p = 0; p < 3; p++) {
        put_phasor(p, 230, -120.0 * p);
        scene.wire[p].partial = fifth;
        scene.wire[p].partials = 2;
    }
    measure();
    assert_near(value(Q_VNB), 0, 1e-3);
    assert_near(value(Q_V0NB), 0, 1e-3);
}

/* 400, 390, 380 V between the phases: 2.56 % by amplitudes, 2.96 % by components (IEC 61000-4-30). */
static void unbalance_of_line_voltages(void **state)
{
    (void)state;
    double complex u12 = 400, u23, u31;
    double angle = acos((400.0 * 400 + 390.0 * 390 - 380.0 * 380) / (2 * 400.0 * 390));
    u23 = 390 * cexp(I * (M_PI + angle)); /* the triangle closes */
    u31 = -u12 - u23;
    assert_near(cabs(u31), 380, 1e-9);
    double complex v1 = (u12 - u31) / 3, v2 = (u23 - u12) / 3, v3 = (u31 - u23) / 3;
    double complex v[] = {v1, v2, v3};
    for (unsigned p = 0; p < 3; p++)
        put_phasor(p, cabs(v[p]), carg(v[p]) * 180 / M_PI);
    measure();
    assert_near(value(Q_U12), 400, 0.01);
    assert_near(value(Q_U23), 390, 0.01);
    assert_near(value(Q_U31), 380, 0.01);
    assert_near(value(Q_USYS), 390, 0.01);
    assert_near(value(Q_UNBA), 100.0 * 10 / 390, 1e-3);
    double b =
        (pow(400, 4) + pow(390, 4) + pow(380, 4)) / pow(400 * 400 + 390 * 390 + 380 * 380, 2);
    double root = sqrt(3 - 6 * b);
    assert_near(value(Q_UNB), 100 * sqrt((1 - root) / (1 + root)), 2e-3);
    assert_near(value(Q_UNB), 2.96, 0.005);
}

/* --- Powers ----------------------------------------------------------------------------------------------- */

static void check_pf(double lag_deg, enum metrology_pf_sign rule, double sign)
{
    for (unsigned p = 0; p < 3; p++)
        put_phasor(4 + p, 5, -120.0 * p - lag_deg);
    meter.setup.pf_sign = rule;
    measure();
    for (int i = 0; i < 4; i++)
        assert_near(value((enum quantity)(Q_PF + i)), sign * fabs(cos(lag_deg * M_PI / 180)), 1e-4);
    /* the angle and its cosine follow the current, whatever the rule */
    assert_near(value(Q_PHI), lag_deg, 0.01);
    assert_near(value(Q_PHI3), lag_deg, 0.01);
    assert_near(value(Q_COSPHI), cos(lag_deg * M_PI / 180), 1e-4);
    assert_near(value(Q_TANPHI2), tan(lag_deg * M_PI / 180), 1e-3);
}

/* IEC: the sign of P. IEEE: lagging (quadrants 1 and 3) is negative, leading (2 and 4) positive. */
static void signs_of_the_power_factor(void **state)
{
    (void)state;
    check_pf(30, PF_SIGN_IEC, 1);
    check_pf(150, PF_SIGN_IEC, -1);
    check_pf(-150, PF_SIGN_IEC, -1);
    check_pf(-30, PF_SIGN_IEC, 1);
    check_pf(30, PF_SIGN_IEEE, -1);
    check_pf(150, PF_SIGN_IEEE, 1);
    check_pf(-150, PF_SIGN_IEEE, -1);
    check_pf(-30, PF_SIGN_IEEE, 1);
}

static void signs_of_p_and_q(void **state)
{
    (void)state;
    static const double lags[] = {30, 150, -150, -30};
    for (int i = 0; i < 4; i++)
        for (int method = 0; method < 2; method++) {
            double phi = lags[i] * M_PI / 180;
            meter.setup.reactive = method ? REACTIVE_FUNDAMENTAL : REACTIVE_IEC61557;
            for (unsigned p = 0; p < 3; p++)
                put_phasor(4 + p, 5, -120.0 * p - lags[i]);
            measure();
            assert_near(value(Q_P2), 1150 * cos(phi), 0.03);
            assert_near(value(Q_Q2), 1150 * sin(phi), 0.1);
            assert_near(value(Q_P), 3450 * cos(phi), 0.1);
            assert_near(value(Q_Q), 3450 * sin(phi), 0.3);
            assert_near(value(Q_S), 3450, 0.2);
        }
}

static void a_right_angle(void **state)
{
    (void)state;
    for (unsigned p = 0; p < 3; p++)
        put_phasor(4 + p, 5, -120.0 * p - 90);
    measure();
    assert_near(value(Q_PHI1), 90, 0.001);
    assert_near(value(Q_COSPHI1), 0, 1e-4);
    assert_near(value(Q_PF1), 0, 1e-4);
    assert_near(value(Q_Q1), 1150, 0.05);
}

static void totals_by_vector_and_arithmetic(void **state)
{
    (void)state;
    /* an inductive, a capacitive, and a feeding phase */
    put_phasor(4, 10, -60);
    put_phasor(5, 6, -120 + 45);
    put_phasor(6, 2, 120 + 170);
    double p[3], q[3], s[3], sp = 0, sq = 0, ss = 0;
    for (unsigned i = 0; i < 3; i++) {
        double complex x = phasor(i) * conj(phasor(4 + i));
        p[i] = creal(x), q[i] = cimag(x), s[i] = cabs(x);
        sp += p[i], sq += q[i], ss += s[i];
    }
    measure();
    for (unsigned i = 0; i < 3; i++) {
        assert_near(value(Q_P1 + i), p[i], 0.1);
        assert_near(value(Q_Q1 + i), q[i], 0.2);
        assert_near(value(Q_S1 + i), s[i], 0.1);
    }
    assert_near(value(Q_P), sp, 0.2);
    assert_near(value(Q_Q), sq, 0.4);
    assert_near(value(Q_S), hypot(sp, sq), 0.3);
    assert_near(value(Q_PF), sp / hypot(sp, sq), 1e-4);
    meter.setup.total = TOTAL_ARITHMETIC;
    measure();
    assert_near(value(Q_P), sp, 0.2);
    assert_near(value(Q_S), ss, 0.2);
    assert_near(value(Q_Q), sqrt(ss * ss - sp * sp), 0.4);
    assert_near(value(Q_PF), sp / ss, 1e-4);
}

static void reactive_power_of_a_distorted_load(void **state)
{
    (void)state;
    static const struct rig_partial v[] = {{5, 5, 30}}, i[] = {{3, 40, 0}, {5, 30, 70}};
    for (unsigned p = 0; p < 3; p++) {
        scene.wire[p].partial = v;
        scene.wire[p].partials = 1;
        scene.wire[4 + p].partial = i;
        scene.wire[4 + p].partials = 2;
    }
    double watt = rig_product(&scene, 0, 4), va = rig_rms(&scene, 0, 0) * rig_rms(&scene, 4, 0);
    measure();
    assert_near(value(Q_P1), watt, 0.05);
    assert_near(value(Q_S1), va, 0.05);
    assert_near(value(Q_Q1), sqrt(va * va - watt * watt), 0.1);
    assert_near(value(Q_PF1), watt / va, 1e-5);
    assert_near(value(Q_COSPHI1), cos(M_PI / 6), 1e-5);
    meter.setup.reactive = REACTIVE_FUNDAMENTAL;
    measure();
    assert_near(value(Q_Q1), 1150 * sin(M_PI / 6), 0.05);
    assert_near(value(Q_S1), va, 0.05);
}

/* --- Distortion ------------------------------------------------------------------------------------------- */

static void distortion(void **state)
{
    (void)state;
    static const struct rig_partial shape[] = {{2, 3, 0}, {5, 30, 10}, {7, 20, 200}, {63, 4, 0}};
    double square = 0, heat = 1, all = 1;
    for (int i = 0; i < 4; i++) {
        double x = shape[i].percent / 100;
        square += x * x, all += x * x, heat += pow(shape[i].order * x, 2);
    }
    meter.load[0].rated_current_a = 20;
    for (unsigned c = 4; c < 8; c++) {
        scene.wire[c].partial = shape;
        scene.wire[c].partials = 4;
    }
    put_phasor(7, 2, 12);
    scene.wire[0].partial = shape;
    scene.wire[0].partials = 4;
    measure();
    static const enum quantity thd[] = {Q_THD_I1, Q_THD_I2,   Q_THD_I3,
                                        Q_THD_IN, Q_THD_ISYS, Q_THD_V1};
    static const enum quantity thdr[] = {Q_THDR_I1, Q_THDR_I3, Q_THDR_IN, Q_THDR_ISYS, Q_THDR_V1};
    for (size_t i = 0; i < 6; i++)
        assert_near(value(thd[i]), 100 * sqrt(square), 0.01);
    for (size_t i = 0; i < 5; i++)
        assert_near(value(thdr[i]), 100 * sqrt(square / all), 0.01);
    assert_near(value(Q_THD_VSYS), 100 * sqrt(square) / 3, 0.01);
    assert_near(value(Q_K_I1), heat / all, heat / all * 1e-3);
    assert_near(value(Q_K_IN), heat / all, heat / all * 1e-3);
    assert_near(value(Q_TDD_I2), 100 * sqrt(square) * 5 / 20, 0.01);
    assert_near(value(Q_TDD_IN), 100 * sqrt(square) * 2 / 20, 0.01);
    meter.load[0].rated_current_a = 0;
    measure();
    assert_false(quantity_valid(set_of(0), Q_TDD_I1));
}

/* --- Wirings ---------------------------------------------------------------------------------------------- */

static struct metrology_mix mix2(unsigned a, double fa, unsigned b, double fb)
{
    return (struct metrology_mix){.terms = 2,
                                  .term = {{(uint16_t)a, (float)fa}, {(uint16_t)b, (float)fb}}};
}

/* U12, U23, I1, I3: voltages to the virtual star point, I2 = -I1 - I3, and P of the two wattmeters. */
static void two_wattmeters(void **state)
{
    (void)state;
    double complex v[] = {230, 220 * cexp(-I * 2.05), 240 * cexp(I * 2.1)};
    double complex star = (v[0] + v[1] + v[2]) / 3;
    double complex u12 = v[0] - v[1], u23 = v[1] - v[2];
    double complex i1 = 7 * cexp(-I * 0.6), i3 = 4 * cexp(I * 1.9), i2 = -i1 - i3;
    double complex p[] = {u12, u23, i1, i3};
    memset(&scene.wire, 0, sizeof scene.wire);
    scene.wires = 4;
    for (unsigned w = 0; w < 4; w++)
        put_phasor(w, cabs(p[w]), carg(p[w]) * 180 / M_PI);
    meter.setup.delta = true;
    meter.setup.nominal_voltage_v = 400;
    meter.setup.voltage[0] = mix2(0, 2.0 / 3, 1, 1.0 / 3);
    meter.setup.voltage[1] = mix2(0, -1.0 / 3, 1, 1.0 / 3);
    meter.setup.voltage[2] = mix2(0, -1.0 / 3, 1, -2.0 / 3);
    meter.setup.voltage[3].terms = 0;
    meter.load[0].current[0] = rig_mix(2, 1);
    meter.load[0].current[1] = mix2(2, -1, 3, -1);
    meter.load[0].current[2] = rig_mix(3, 1);
    meter.load[0].current[3].terms = 0;
    measure();
    /* two wattmeters: P = Re(u12 i1* + u32 i3*) */
    double complex s = u12 * conj(i1) - u23 * conj(i3);
    assert_near(value(Q_V1), cabs(v[0] - star), 0.01);
    assert_near(value(Q_V3), cabs(v[2] - star), 0.01);
    assert_near(value(Q_U12), cabs(u12), 0.01);
    assert_near(value(Q_U31), cabs(v[2] - v[0]), 0.01);
    assert_near(value(Q_I2), cabs(i2), 0.001);
    assert_near(value(Q_P), creal(s), cabs(s) * 5e-5);
    assert_near(value(Q_Q), cimag(s), cabs(s) * 5e-4);
    assert_near(value(Q_V0NB), 0, 1e-3);
    assert_near(value(Q_I0NB), 0, 1e-3);
    for (int i = 1; i < 4; i++) /* powers of single phases mean nothing here */
        assert_false(quantity_valid(set_of(0), (enum quantity)(Q_P + i)) ||
                     quantity_valid(set_of(0), (enum quantity)(Q_PF + i)));
}

/* A single-phase load on phase 2 has that voltage as its V1, and no other. */
static void a_load_on_phase_2(void **state)
{
    (void)state;
    static const enum quantity absent[] = {Q_V2,  Q_V3, Q_VN,     Q_U12,   Q_USYS, Q_VDIR,
                                           Q_VNB, Q_I2, Q_THD_V2, Q_CF_V3, Q_P2};
    scene.wire[1].rms = 215;
    scene.wire[3].rms = 4;
    put_phasor(4, 3, -120 - 40);
    meter.load[0].phase[0] = 1;
    for (int c = 1; c < 4; c++)
        meter.load[0].current[c].terms = 0;
    measure();
    const struct quantity_set *s = set_of(0), *n = &record.window[1].network;
    assert_near(value(Q_V1), 215, 0.01);
    assert_near(value(Q_VSYS), 215, 0.01);
    assert_near(value(Q_P1), 215 * 3 * cos(40 * M_PI / 180), 0.05);
    assert_near(value(Q_P), 215 * 3 * cos(40 * M_PI / 180), 0.05);
    assert_near(value(Q_PHI1), 40, 0.01);
    assert_near(s->spectrum[SPECTRUM_V1].rms[1], 215, 0.01);
    assert_near(value(Q_CF_V1), sqrt(2), 1e-3);
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        assert_false(quantity_valid(s, absent[i]));
    for (int c = SPECTRUM_V2; c <= SPECTRUM_U31; c++)
        assert_int_equal(s->spectrum[c].highest, 0);
    assert_near(n->value[Q_V1], 230, 0.01); /* the network keeps its own */
    assert_near(n->value[Q_V2], 215, 0.01);
    assert_true(quantity_valid(s, Q_F));
}

/* Currents wired to other phases than their numbers, a reversed sensor, a ratio, and N as the sum. */
static void loads_of_every_wiring(void **state)
{
    (void)state;
    put_phasor(4, 5, -120 - 10); /* on phase 2 */
    put_phasor(5, 4, 120 - 20);  /* on phase 3 */
    put_phasor(6, 3, 180 - 30);  /* on phase 1, its sensor turned round */
    meter.setup.load_count = 2;
    meter.load[0].phase[0] = 1;
    meter.load[0].phase[1] = 2;
    meter.load[0].phase[2] = 0;
    meter.load[0].current[2] = rig_mix(6, -1);
    meter.load[0].current[3] =
        (struct metrology_mix){.terms = 3, .term = {{4, 1}, {5, 1}, {6, -1}}};
    meter.load[1] = meter.load[0];
    meter.load[1].current[0] = rig_mix(4, 100);
    meter.load[1].current[3].terms = 0;
    measure();
    assert_near(value(Q_P1), 230 * 5 * cos(10 * M_PI / 180), 0.05);
    assert_near(value(Q_P2), 230 * 4 * cos(20 * M_PI / 180), 0.05);
    assert_near(value(Q_P3), 230 * 3 * cos(30 * M_PI / 180), 0.05);
    assert_near(value(Q_PHI3), 30, 0.01);
    assert_near(value(Q_IN), cabs(phasor(4) + phasor(5) - phasor(6)), 0.001);
    assert_near(value(Q_ISYS), 4, 0.001);
    assert_near(set_of(1)->value[Q_I1], 500, 0.05);
    assert_near(set_of(1)->value[Q_P1], 230 * 500 * cos(10 * M_PI / 180), 5);
    assert_near(set_of(1)->value[Q_P2], value(Q_P2), 1e-9);
    assert_false(quantity_valid(set_of(1), Q_IN));
}

/* Without load nothing is divided by nothing. */
static void no_current(void **state)
{
    (void)state;
    static const enum quantity absent[] = {Q_PF,    Q_PF1,  Q_COSPHI, Q_PHI2, Q_TANPHI, Q_THD_I1,
                                           Q_CF_I2, Q_K_I3, Q_INB,    Q_INBA, Q_THDR_I1};
    for (unsigned c = 4; c < 8; c++)
        scene.wire[c].rms = 0;
    measure();
    assert_near(value(Q_I1), 0, 0);
    assert_near(value(Q_P), 0, 0);
    assert_near(value(Q_S), 0, 0);
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        assert_false(quantity_valid(set_of(0), absent[i]));
}

/* --- The scope's samples ---------------------------------------------------------------------------------- */

static void on_window(void *context, struct metrology *m, const struct metrology_window *w)
{
    unsigned *calls = context;
    for (unsigned room = 64; room <= 512; room *= 2)
        for (unsigned signal = 0; signal < 4; signal++)
            for (int load = METROLOGY_NETWORK; load < 1; load++) {
                float sample[1024];
                int64_t start_ns;
                double rate_hz;
                memset(sample, 0x7f, sizeof sample);
                unsigned n = metrology_trace(m, load, signal, sample, room, 2, &start_ns, &rate_hz);
                if (signal == 3) { /* no such signal here */
                    assert_int_equal(n, 0);
                    continue;
                }
                assert_in_range(n, 1, room);
                double begin = (double)start_ns / 1e9, length = n / rate_hz;
                assert_near(length, 2 / scene.hz, 4 / rate_hz);
                /* near the window's end, and from an upward crossing of V1 */
                assert_near(begin, (double)w->network->end_ns / 1e9, 5 / scene.hz);
                double cycles = rig_cycles(&scene, begin) + scene.wire[0].phase_deg / 360;
                assert_near(cycles - round(cycles), 0, 1.01 * scene.hz / scene.rate_hz);
                unsigned wire = (load < 0 ? 0 : 4) + signal;
                for (unsigned i = 0; i < n; i++) {
                    double angle = 2 * M_PI * rig_cycles(&scene, begin + i / rate_hz) +
                                   scene.wire[wire].phase_deg * M_PI / 180;
                    double peak = sqrt(2) * scene.wire[wire].rms;
                    assert_near(sample[2 * i], peak * sin(angle), peak * 1e-3);
                }
                ++*calls;
            }
}

static void samples_for_the_scope(void **state)
{
    (void)state;
    unsigned calls = 0;
    struct metrology_sink sink = {&calls, on_window, NULL, NULL};
    meter.setup.voltage[3].terms = meter.load[0].current[3].terms = 0;
    for (double phase = 0; phase < 360; phase += 50) {
        static unsigned char memory[1 << 23] __attribute__((aligned(64)));
        for (unsigned p = 0; p < 3; p++)
            scene.wire[p].phase_deg = phase - 120.0 * p;
        assert_true(metrology_bytes(&meter.setup) <= sizeof memory);
        struct metrology *m = metrology_begin(memory, &meter.setup, &sink);
        float *samples = rig_make(&scene);
        struct wave_block b = {.rate_hz = 9600,
                               .flags = WAVE_BEGIN,
                               .frames = (uint32_t)scene.frames,
                               .channels = 8,
                               .samples = samples};
        metrology_push(m, &b);
        metrology_finish(m);
        free(samples);
    }
    assert_int_equal(calls, 8 * 2 * 4 * 6);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(symmetrical_components),
        TEST(unbalance_of_line_voltages),
        TEST(signs_of_the_power_factor),
        TEST(signs_of_p_and_q),
        TEST(a_right_angle),
        TEST(totals_by_vector_and_arithmetic),
        TEST(reactive_power_of_a_distorted_load),
        TEST(distortion),
        TEST(two_wattmeters),
        TEST(a_load_on_phase_2),
        TEST(loads_of_every_wiring),
        TEST(no_current),
        TEST(samples_for_the_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
