/* Numeric cases from other projects' tests, from standards and from arithmetic: signals, what should be
 * read, tolerances. The names are those of the reference collection (shared/reference/cases.json). Those of
 * flicker are in test_flicker_tables.c; cases of classification wait for what they are about. */
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
    memset(&scene, 0, sizeof scene);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_forget(&record);
    return 0;
}

/* One voltage (wire 0) and, with two wires, one current. */
static void single_phase(double rate_hz, double hz, double seconds, unsigned wires)
{
    scene = (struct rig_scene){.rate_hz = rate_hz, .hz = hz, .wires = wires};
    scene.frames = (uint64_t)llround(seconds * rate_hz);
    rig_meter_init(&meter);
    meter.setup.highest_rate_hz = rate_hz;
    meter.setup.nominal_voltage_v = 0;
    for (int i = 1; i < 4; i++)
        meter.setup.voltage[i].terms = meter.load[0].current[i].terms = 0;
    meter.load[0].current[0] = rig_mix(1, 1);
    meter.load[0].current[0].terms = wires > 1;
}

static void three_phase(double rate_hz, double hz, double seconds, double volts, double amperes,
                        double lag_deg)
{
    rig_scene_init(&scene, hz, seconds, lag_deg);
    scene.rate_hz = rate_hz;
    scene.frames = (uint64_t)llround(seconds * rate_hz);
    for (int p = 0; p < 3; p++) {
        scene.wire[p].rms = volts;
        scene.wire[4 + p].rms = amperes;
    }
    rig_meter_init(&meter);
    meter.setup.highest_rate_hz = rate_hz;
    meter.setup.nominal_voltage_v = 0;
}

static void measure(size_t least)
{
    rig_forget(&record);
    rig_measure(&meter, &scene, &record);
    assert_int_equal(record.pushed, ERR_OK);
    assert_true(record.windows >= least);
}

/* Meters samples that no sum of sines makes. */
static void measure_samples(const float *samples, size_t least)
{
    struct rig_run run;
    rig_forget(&record);
    rig_begin(&run, &meter, &record);
    rig_push(&run, &scene, samples, 100);
    rig_end(&run);
    assert_true(record.windows >= least);
}

static double value(enum quantity q)
{
    return rig_value(&record, record.windows - 1, q);
}

static const float *harmonics(enum spectrum_channel c)
{
    return record.window[record.windows - 1].load[0].spectrum[c].rms;
}

static const float *interharmonics(enum spectrum_channel c)
{
    return record.window[record.windows - 1].load[0].spectrum[c].inter;
}

/* --- Harmonics -------------------------------------------------------------------------------------------- */

static void harmonics_001(void **state)
{
    (void)state;
    static const struct rig_partial second = {2, 10, 4050};
    single_phase(5000, 50, 0.2, 1);
    scene.wire[0] = (struct rig_wire){.rms = 1, .partial = &second, .partials = 1};
    measure(1);
    static const double expected[] = {0, 1, 0.1, 0, 0, 0, 0, 0, 0, 0, 0};
    for (int h = 0; h <= 10; h++)
        assert_near(harmonics(SPECTRUM_V1)[h], expected[h], 0.01);
    /* cosine-referenced phase: a sine reads -90; the window begins half a frame before it */
    double angle = record.window[0].network.spectrum[SPECTRUM_V1].angle_rad * 180 / M_PI;
    assert_near(angle, -90 - 360 * 50 * 0.5 / 5000, 0.005);
}

static void harmonics_002(void **state)
{
    (void)state;
    static const struct rig_partial shape[] = {{1.5, 10, 4050}, {2, 10, 4050}};
    single_phase(5000, 53, 10.0 / 53, 1);
    scene.wire[0] = (struct rig_wire){.rms = 1, .partial = shape, .partials = 2};
    measure(1);
    static const double expected[] = {0, 1, 0.1, 0, 0, 0, 0, 0, 0, 0, 0};
    static const double between[] = {0, 0.1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    for (int h = 0; h <= 10; h++) {
        assert_near(harmonics(SPECTRUM_V1)[h], expected[h], 0.01);
        assert_near(interharmonics(SPECTRUM_V1)[h], between[h], 0.01);
    }
    assert_near(value(Q_THD_V1), 10, 0.05);
}

static void harmonics_004(void **state)
{
    (void)state;
    static const struct rig_partial shape[] = {{3, 10, 0}, {7.5, 1, 0}};
    single_phase(10000, 50, 1, 1);
    scene.wire[0] = (struct rig_wire){.rms = 1, .partial = shape, .partials = 2};
    measure(4);
    for (size_t w = 0; w < record.windows; w++)
        assert_near(record.window[w].network.spectrum[SPECTRUM_V1].rms[3], 0.1, 0.001);
}

/* Cases 007 and 008 at 1 Hz and 100 Hz, 50 times as fast: a tone alone, and with a third harmonic. */
static void harmonics_007_and_008(void **state)
{
    (void)state;
    static const struct rig_partial third = {3, 50, 0};
    for (unsigned partials = 0; partials < 2; partials++) {
        single_phase(5000, 50, 1, 1);
        scene.wire[0] = (struct rig_wire){.rms = 1, .partial = &third, .partials = partials};
        measure(5);
        assert_near(harmonics(SPECTRUM_V1)[1], 1, 1e-6); /* single precision: not 5e-8 */
        assert_near(harmonics(SPECTRUM_V1)[3], 0.5 * partials, 1e-6);
    }
}

static void harmonics_010_and_011(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        double thd = k ? 50 : 6;
        struct rig_partial shape[4];
        for (int i = 0; i < 4; i++)
            shape[i] = (struct rig_partial){3 + 2 * i, thd / 2, 40.0 * i};
        single_phase(12000, 60, 0.4, 1);
        meter.setup.nominal_hz = 60;
        scene.wire[0] = (struct rig_wire){.rms = 120, .partial = shape, .partials = 4};
        measure(2);
        assert_near(value(Q_THD_V1), thd, 0.01);
    }
}

/* A square wave of levels 0 and 1: 48.34 % with all orders, of which those above 63 are not summed. */
static void harmonics_013_and_014(void **state)
{
    (void)state;
    single_phase(12000, 60, 0.42, 1);
    meter.setup.nominal_hz = 60;
    float *samples = calloc(scene.frames, sizeof *samples);
    assert_non_null(samples);
    for (uint64_t n = 0; n < scene.frames; n++)
        samples[n] = n % 200 < 100;
    measure_samples(samples, 2);
    free(samples);
    const float *h = harmonics(SPECTRUM_V1);
    double v = value(Q_V1), all = sqrt(v * v - h[0] * h[0] - h[1] * h[1]) / h[1];
    assert_near(h[0], 0.5, 1e-4);
    assert_near(100 * all, 48.3, 0.1);
    /* the sampled wave's own lines: sin(pi / 200) / sin(pi h / 200) */
    double square = 0;
    for (int k = 3; k <= 63; k += 2)
        square += pow(sin(M_PI / 200) / sin(M_PI * k / 200), 2);
    assert_near(value(Q_THD_V1), 100 * sqrt(square), 0.01);
}

/* 255 Hz is line 51: in the subgroup of order 5. */
static void harmonics_016(void **state)
{
    (void)state;
    static const struct rig_partial beside = {5.1, 10, 0};
    single_phase(9600, 50, 0.4, 1);
    scene.wire[0] = (struct rig_wire){.rms = 100, .partial = &beside, .partials = 1};
    measure(1);
    assert_near(harmonics(SPECTRUM_V1)[5], 10, 10 * 5e-5); /* single precision and its gain */
    assert_near(harmonics(SPECTRUM_V1)[4], 0, 1e-3);
    assert_near(harmonics(SPECTRUM_V1)[6], 0, 1e-3);
    assert_near(interharmonics(SPECTRUM_V1)[5], 0, 5e-3);
}

/* 60 Hz: the group after order 1 is made of lines 14 ... 22 of 12 cycles; 110 Hz is line 22. */
static void harmonics_018(void **state)
{
    (void)state;
    static const struct rig_partial beside = {110.0 / 60, 10, 0};
    single_phase(9600, 60, 0.62, 1);
    meter.setup.nominal_hz = 60;
    scene.wire[0] = (struct rig_wire){.rms = 100, .partial = &beside, .partials = 1};
    measure(2);
    assert_near(interharmonics(SPECTRUM_V1)[1], 10, 10 * 5e-5); /* single precision and its gain */
    assert_near(interharmonics(SPECTRUM_V1)[0], 0, 1e-3);
    assert_near(interharmonics(SPECTRUM_V1)[2], 0, 1e-3);
    for (int h = 2; h <= 3; h++)
        assert_near(harmonics(SPECTRUM_V1)[h], 0, 1e-3);
}

/* Each line of a window belongs to one group: a tone on it is there, with its value, and nowhere else. Nowhere:
 * a tone between the orders also moves the window's ends a little, and so the fundamental spills. */
static void every_line_has_its_group(void **state)
{
    (void)state;
    for (unsigned nominal = 50; nominal <= 60; nominal += 10) {
        unsigned cycles = nominal == 50 ? 10 : 12;
        for (unsigned line = 2; line < 64 * cycles - 1; line += line < 3 * cycles ? 1 : 17) {
            if (line + 1 >= cycles && line <= cycles + 1)
                continue; /* the fundamental's own subgroup */
            struct rig_partial tone = {(double)line / cycles, 1, 33};
            single_phase(9600, nominal, 0.21, 1);
            meter.setup.nominal_hz = nominal;
            scene.wire[0] = (struct rig_wire){.rms = 100, .partial = &tone, .partials = 1};
            measure(1);
            unsigned order = line / cycles, beyond = line % cycles;
            bool inter = beyond >= 2 && beyond + 2 <= cycles;
            order += !inter && beyond + 1 == cycles;
            assert_int_equal(record.window[0].network.spectrum[SPECTRUM_V1].highest_inter, 63);
            for (unsigned h = 0; h <= HARMONIC_MAX; h++) {
                double in_harmonic = !inter && h == order ? 1 : h == 1 ? 100 : 0;
                double in_inter = inter && h == order ? 1 : 0;
                double spill = line < 3 * cycles && h < 4 ? 0.2 : 0.05;
                assert_near(harmonics(SPECTRUM_V1)[h], in_harmonic, spill);
                assert_near(interharmonics(SPECTRUM_V1)[h], in_inter, spill);
            }
        }
    }
}

/* --- Frequency -------------------------------------------------------------------------------------------- */

static void frequency_001(void **state)
{
    (void)state;
    single_phase(1000, 60, 20, 1);
    meter.setup.nominal_hz = 60;
    scene.wire[0].rms = sqrt(0.5);
    measure(99);
    for (size_t w = 0; w < record.windows; w++)
        assert_near(rig_value(&record, w, Q_F), 60, 0.05);
}

static void frequency_003(void **state)
{
    (void)state;
    single_phase(1000, 50, 1, 1);
    scene.wire[0].rms = sqrt(0.5);
    measure(4);
    /* crossings each 10 ms, so 20 samples between rising ones; nearly all of them found */
    for (size_t i = 0; i < record.halves; i++) {
        double samples = (double)(record.half[i].end_ns - record.half[i].start_ns) / 1e6;
        double at = (double)record.half[i].start_ns / 1e7;
        assert_near(samples, 20, 0.5);
        assert_near(at, round(at), 0.05);
    }
    assert_in_range(record.halves, 96, 98); /* 49 rising ones */
}

/* --- RMS and power ---------------------------------------------------------------------------------------- */

static void rms_power_002_and_003(void **state)
{
    (void)state;
    for (int dc = 0; dc < 2; dc++) {
        single_phase(1000, 50, 1, 1);
        scene.wire[0] = (struct rig_wire){.rms = !dc, .dc = dc};
        measure(4);
        assert_true(record.halves > 90);
        for (size_t i = 0; i < record.halves; i++)
            assert_near(record.half[i].rms, 1, 0.0005);
    }
}

static void rms_power_005_and_006(void **state)
{
    (void)state;
    single_phase(10000, 50, 1, 2);
    scene.wire[0].rms = 1;
    scene.wire[1] = (struct rig_wire){.rms = 2, .phase_deg = 60};
    measure(4);
    for (size_t w = 0; w < record.windows; w++) {
        assert_near(rig_value(&record, w, Q_V1), 1, 0.0005);
        assert_near(rig_value(&record, w, Q_I1), 2, 0.0005);
        assert_near(rig_value(&record, w, Q_P), 1, 0.0005);
        assert_near(record.window[w].load[0].spectrum[SPECTRUM_V1].rms[1], 1, 0.0005);
        assert_near(record.window[w].load[0].spectrum[SPECTRUM_I1].rms[1], 2, 0.0005);
        /* windows of 2000 samples */
        double end = (double)record.window[w].network.end_ns * 10000 / 1e9;
        assert_near(end, 2000 * (double)(w + 1), 1);
    }
    for (size_t i = 0; i < record.halves; i++)
        assert_near(record.half[i].rms, record.half[i].channel == SPECTRUM_V1 ? 1 : 2, 0.0005);
}

static void rms_power_008(void **state)
{
    (void)state;
    three_phase(10000, 50, 1, 1, 2, -60);
    scene.wire[1].rms = 1.1;
    scene.wire[2].rms = 1.2;
    scene.wire[5].rms = 2.1;
    scene.wire[6].rms = 2.2;
    static const double u[] = {1, 1.1, 1.2}, i[] = {2, 2.1, 2.2}, p[] = {1, 1.155, 1.32};
    measure(4);
    for (unsigned k = 0; k < 3; k++) {
        assert_near(value(Q_V1 + k), u[k], 0.0005);
        assert_near(value(Q_I1 + k), i[k], 0.0005);
        assert_near(value(Q_P1 + k), p[k], 0.0005);
    }
    assert_near(value(Q_P), 3.475, 0.0005);
    assert_near(fabs(value(Q_Q1)), 1.7320508, 0.0005);
    assert_near(value(Q_V0NB), 5.249, 0.0005);
    assert_near(value(Q_VNB), 5.249, 0.0005);
    meter.setup.reactive = REACTIVE_FUNDAMENTAL;
    measure(4);
    assert_near(value(Q_Q1), -1.7320508, 0.0005);
}

static void power_1459_001(void **state)
{
    (void)state;
    static const struct rig_partial v = {5, 5, 0}, i = {5, 20, -57.29577951308232 + 300};
    single_phase(9600, 50, 0.4, 2);
    scene.wire[0] = (struct rig_wire){.rms = 230, .partial = &v, .partials = 1};
    /* the partial's phase counts from the fundamental's, five times -60 degrees */
    scene.wire[1] = (struct rig_wire){.rms = 5, .phase_deg = -60, .partial = &i, .partials = 1};
    measure(1);
    assert_near(value(Q_P), 581.213477, 581 * 1e-6);
    assert_near(value(Q_S), 1174.239541, 1174 * 1e-6);
    assert_near(value(Q_PF), 0.49497, 1e-6);
    assert_near(value(Q_COSPHI), 0.5, 1e-6);
    meter.setup.reactive = REACTIVE_FUNDAMENTAL;
    measure(1);
    assert_near(value(Q_Q), 995.929214, 996 * 1e-6);
}

static void power_1459_002(void **state)
{
    (void)state;
    for (int total = TOTAL_VECTOR; total <= TOTAL_ARITHMETIC; total++) {
        three_phase(9600, 50, 0.4, 230, 10, 0);
        scene.wire[5].rms = scene.wire[6].rms = 0;
        scene.wire[7].rms = 10;
        meter.setup.total = (enum metrology_total)total;
        measure(1);
        assert_near(value(Q_P), 2300, 2300 * 1e-6);
        assert_near(value(Q_S), 2300, 2300 * 1e-6);
        assert_near(value(Q_IN), 10, 10 * 1e-6);
    }
}

/* --- Energy ----------------------------------------------------------------------------------------------- */

static void measure_from(const struct energy *preset)
{
    struct rig_run run;
    float *samples = rig_make(&scene);
    rig_forget(&record);
    rig_begin(&run, &meter, &record);
    *metrology_energy(run.metrology, 0) = *preset;
    rig_push(&run, &scene, samples, 0);
    rig_end(&run);
    free(samples);
}

static void energy_001_and_003(void **state)
{
    (void)state;
    static const double presets[] = {10, 1000000.1};
    for (int k = 0; k < 2; k++) {
        three_phase(10000, 50, 1, 1, 1, 0);
        struct energy preset = {{(uint64_t)llround(presets[k] * 3.6e6), 36000000}, {0}};
        measure_from(&preset);
        assert_int_equal(record.windows, 5);
        for (size_t w = 0; w < 5; w++) {
            double wh = presets[k] + (double)(w + 1) * 0.6 / 3600;
            assert_near(rig_value(&record, w, Q_EA_POS), wh, 1.5e-6);
            assert_near(rig_value(&record, w, Q_EA_NEG), 10, 1e-9);
        }
    }
}

static void energy_004(void **state)
{
    (void)state;
    three_phase(10000, 50, 2.04, 1, 1, 0);
    scene.changes = 1;
    scene.change[0] = (struct rig_change){1.02, 9, 0x70, -1, 0};
    measure(10);
    for (size_t w = 0; w < 10; w++)
        if (w != 5) /* the change falls into that one */
            assert_near(rig_value(&record, w, Q_P), w < 5 ? 3 : -3, 0.03);
    /* the window that holds both directions counts by its sum: 0.02 s of import less 0.18 s of export */
    assert_near((double)record.energy[0].count_mj[0], 3000, 5);
    assert_near((double)record.energy[0].count_mj[1], 3000, 5);
}

/* Accuracy classes of active energy: on ideal signals the error is far below any of them. */
static void accuracy_classes(void **state)
{
    (void)state;
    struct rig_worst w = {"energy at the points of classes 0.1S ... 1", "%", 0.002};
    static const struct {
        double amperes, lag_deg;
        unsigned cycles;
    } points[] = {
        {0.25, 0, 1000},      {5, 0, 1000},   {10, 0, 1000},   {0.5, -36.8699, 1000},
        {1, 60, 1000},        {10, 60, 1000}, {0.05, 0, 200},  {0.1, 60, 200},
        {0.1, -36.8699, 200}, {0.5, 60, 200}, {0.005, 0, 200}, /* starting current */
    };
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        single_phase(9600, 50, points[i].cycles / 50.0, 2);
        scene.wire[0].rms = 230;
        scene.wire[1] =
            (struct rig_wire){.rms = points[i].amperes, .phase_deg = -points[i].lag_deg};
        measure(20);
        double wh = 230 * points[i].amperes * cos(points[i].lag_deg * M_PI / 180) *
                    points[i].cycles / 50.0 / 3600;
        const struct energy *e = &record.energy[0];
        double got = ((double)e->count_mj[0] + e->remainder_mj[0]) / 3.6e6;
        rig_check(&w, (got / wh - 1) * 100, "%g A, %g deg", points[i].amperes, points[i].lag_deg);
    }
    rig_print(&w, 1);
}

/* --- Unbalance and shape ---------------------------------------------------------------------------------- */

static void unbalance_002_and_003(void **state)
{
    (void)state;
    three_phase(9600, 50, 0.4, 100, 1, 0);
    scene.wire[1].phase_deg = 120;
    scene.wire[2].phase_deg = -120;
    measure(2);
    assert_true(value(Q_VNB) > 100 && isfinite(value(Q_VNB)));
    three_phase(9600, 50, 0.4, 100, 1, 0);
    scene.wire[1].rms = 90;
    measure(2);
    assert_near(value(Q_VNB), 3.4482758620689, 2e-5); /* single precision: not 5e-8 */
    assert_near(value(Q_V0NB), 3.4482758620689, 2e-5);
    assert_near(value(Q_UNB), 3.4482758620689, 2e-5);
}

static double wave(int shape, double cycles)
{
    double x = cycles - floor(cycles);
    switch (shape) {
    case 0:
        return sin(2 * M_PI * x);
    case 1:
        return x < 0.5 ? 1 : -1;
    case 2:
        return x < 0.25 ? 4 * x : x < 0.75 ? 2 - 4 * x : 4 * x - 4;
    default:
        return fmax(0, sin(2 * M_PI * x));
    }
}

/* Also rcm-001: the half wave has 0.5 of its peak as RMS, and 1 / pi as mean. */
static void crest_factor_001(void **state)
{
    (void)state;
    static const double crest[] = {1.414214, 1.0, 1.732051, 2.0};
    for (int shape = 0; shape < 4; shape++) {
        single_phase(19200, 50, 0.6, 2);
        float *samples = calloc(scene.frames * 2, sizeof *samples);
        assert_non_null(samples);
        for (uint64_t n = 0; n < scene.frames; n++)
            for (int c = 0; c < 2; c++)
                samples[2 * n + (unsigned)c] =
                    (float)((c ? 0.03 : 325) * wave(shape, (double)n / 384));
        measure_samples(samples, 2);
        free(samples);
        assert_near(value(Q_CF_V1), crest[shape], crest[shape] * 1e-4);
        assert_near(value(Q_CF_I1), crest[shape], crest[shape] * 1e-4);
        assert_near(value(Q_I1), 0.03 / crest[shape], 0.03 * 1e-4);
        if (shape == 3)
            assert_near(harmonics(SPECTRUM_I1)[0], 0.03 * 0.31831, 0.03 * 1e-4);
    }
}

static void tdd_001(void **state)
{
    (void)state;
    static const struct rig_partial shape = {5, 20, 0};
    single_phase(9600, 50, 0.4, 2);
    scene.wire[0].rms = 230;
    scene.wire[1] = (struct rig_wire){.rms = 40, .partial = &shape, .partials = 1};
    meter.load[0].rated_current_a = 100;
    measure(1);
    assert_near(value(Q_THD_I1), 20, 1e-3);
    assert_near(value(Q_TDD_I1), 8, 1e-3);
}

/* --- Events ----------------------------------------------------------------------------------------------- */

/* A 2.5-cycle dip in a drifting, distorted voltage with a direct component and noise. */
static void events_003(void **state)
{
    (void)state;
    static const struct rig_partial shape[] = {{2, 4, 10},  {3, 10, 70}, {4, 1, 100},
                                               {5, 8, 200}, {6, 2, 300}, {7, 7, 30},
                                               {9, 5, 0},   {10, 3, 77}, {1.8, 0.1, 0}};
    for (int k = 0; k < 2; k++) {
        single_phase(10000, 50.3, 2, 1);
        meter.setup.nominal_voltage_v = 230;
        double share = 0;
        for (int i = 0; i < 9; i++)
            share += pow(shape[i].percent / 100, 2);
        scene.wire[0] = (struct rig_wire){.rms = 230 / sqrt(1 + share),
                                          .phase_deg = 123,
                                          .dc = k ? 4.9 : -4.9,
                                          .noise = 0.0023,
                                          .partial = shape,
                                          .partials = 9};
        scene.ramp_to_s = 99;
        scene.ramp_hz_per_s = k ? 0.005 : -0.005;
        scene.changes = 1;
        scene.change[0] = (struct rig_change){0.8, 0.85, 1, 0.5, 0};
        measure(9);
        assert_int_equal(record.events, 2); /* no swell, no interruption */
        const struct metrology_event *e = &record.event[1];
        assert_int_equal(e->kind, EVENT_DIP);
        assert_near((double)e->start_ns / 1e9, 0.8, 1 / 50.3);
        assert_near((double)(e->end_ns - e->start_ns) / 1e9, 0.05, 1 / 50.3);
        assert_near(e->channel[0].extreme / 2.3, 50, 0.2);
    }
}

static void events_019(void **state)
{
    (void)state;
    single_phase(9600, 50, 3.5, 1);
    meter.setup.nominal_voltage_v = 230;
    scene.wire[0].rms = 230;
    scene.changes = 1;
    scene.change[0] = (struct rig_change){3.0, 3.02, 1, 0.5, 0};
    measure(17);
    assert_int_equal(record.events, 2);
    const struct metrology_event *e = &record.event[1];
    assert_near(e->channel[0].extreme / 2.3, 50, 0.2);
    assert_near((double)(e->end_ns - e->start_ns) / 1e9, 0.03, 1e-4);
}

/* --- Mains signalling ---------------------------------------------------------------------------------- */

static void mains_signalling_001(void **state)
{
    (void)state;
    single_phase(10000, 50, 0.2, 1);
    meter.setup.signalling_hz = 100;
    scene.wire[0] = (struct rig_wire){.rms = 230};
    measure(1);
    assert_near(value(Q_SIG1), 0, 2e-5); /* single precision: not 5e-8 */
}

static void mains_signalling_003(void **state)
{
    (void)state;
    static const struct rig_partial carrier = {275.0 / 51, 100 / 230.0, 0};
    single_phase(10000, 51, 10 / 51.0, 1);
    meter.setup.signalling_hz = 275;
    scene.wire[0] = (struct rig_wire){.rms = 230, .partial = &carrier, .partials = 1};
    measure(1);
    assert_near(value(Q_SIG1), 1, 0.005);
}

/* Case 004 looks for edges to a period; here a telegram's windows tell, whose ends it hits. */
static void mains_signalling_004(void **state)
{
    (void)state;
    single_phase(5000, 50, 1, 1);
    meter.setup.signalling_hz = 383;
    meter.setup.nominal_voltage_v = 1;
    meter.setup.signalling_percent = 1;
    meter.setup.signalling_s = 0.6;
    float *samples = calloc(scene.frames, sizeof *samples);
    assert_non_null(samples);
    for (uint64_t n = 0; n < scene.frames; n++) {
        double t = (double)n / 5000;
        samples[n] =
            (float)(sqrt(2) * (sin(2 * M_PI * 50 * t) +
                               (n >= 1000 && n < 2000 ? 0.02 * sin(2 * M_PI * 383 * t) : 0)));
    }
    measure_samples(samples, 5);
    free(samples);
    assert_int_equal(record.events, 2);
    const struct metrology_event *e = &record.event[1];
    assert_int_equal(e->kind, EVENT_SIGNALLING);
    assert_true(e->ended);
    assert_int_equal(e->channel_count, 1);
    assert_near(e->channel[0].extreme, 0.02, 2e-4);
    assert_near((double)e->channel[0].start_ns / 1e9, 0.2, 1e-3);
    assert_near((double)e->channel[0].end_ns / 1e9, 0.4, 1e-3);
    assert_near((double)e->end_ns / 1e9, 0.8, 1e-3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(harmonics_001),
        TEST(harmonics_002),
        TEST(harmonics_004),
        TEST(harmonics_007_and_008),
        TEST(harmonics_010_and_011),
        TEST(harmonics_013_and_014),
        TEST(harmonics_016),
        TEST(harmonics_018),
        TEST(every_line_has_its_group),
        TEST(frequency_001),
        TEST(frequency_003),
        TEST(rms_power_002_and_003),
        TEST(rms_power_005_and_006),
        TEST(rms_power_008),
        TEST(power_1459_001),
        TEST(power_1459_002),
        TEST(energy_001_and_003),
        TEST(energy_004),
        TEST(accuracy_classes),
        TEST(unbalance_002_and_003),
        TEST(crest_factor_001),
        TEST(tdd_001),
        TEST(events_003),
        TEST(events_019),
        TEST(mains_signalling_001),
        TEST(mains_signalling_003),
        TEST(mains_signalling_004),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
