/* Every compiler and every instruction set: what double precision decides is the same within 1e-12, what a spectrum
 * decides within single precision. The figures were written by this test when it was made (gcc, baseline). */
#include "rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct golden {
    const char *name;
    double value; /* of window 2, %.15g */
} in_double[] = {
#include "golden.inc"
};

static const struct rig_partial shape[] = {{3, 4, 20}, {5, 3, 90}, {7, 2, 10}, {49, 1, 5}};

static void measure(enum lanes_level level, struct rig_record *r)
{
    struct rig_meter m;
    struct rig_scene s;
    rig_meter_init(&m);
    m.setup.lanes = level;
    rig_scene_init(&s, 49.87, 0.75, 33);
    for (unsigned c = 0; c < 8; c++) {
        s.wire[c].partial = shape;
        s.wire[c].partials = 4;
        s.wire[c].noise = 1e-4 * s.wire[c].rms;
    }
    s.wire[1].rms *= 0.97;
    s.wire[5].phase_deg += 11;
    rig_measure(&m, &s, r);
    assert_true(r->windows == 3);
}

static void values_from_sums(void **state)
{
    (void)state;
    struct rig_worst w = {"values from sums", "of the value", 1e-12};
    for (int level = LANES_BASELINE; level <= LANES_AVX512; level++) {
        struct rig_record r;
        if (!lanes_ops((enum lanes_level)level))
            continue;
        measure((enum lanes_level)level, &r);
        for (size_t i = 0; i < sizeof in_double / sizeof *in_double; i++) {
            double got = rig_value(&r, 2, quantity_find(in_double[i].name));
            rig_check(&w, got / in_double[i].value - 1, "%s, %s", in_double[i].name,
                      lanes_ops((enum lanes_level)level)->name);
        }
        rig_forget(&r);
    }
    rig_print(&w, 1);
}

/* Harmonics of 1 % and more against those that are there: their noise is part of the golden scene. */
static void values_from_spectra(void **state)
{
    (void)state;
    static const struct golden harmonic[] = {{"1", 229.999}, {"3", 9.2}, {"5", 6.9}, {"7", 4.6}};
    struct rig_worst w = {"instruction sets, harmonics", "of the fundamental", 5e-7};
    struct rig_record first, r;
    measure(LANES_BASELINE, &first);
    for (int i = 0; i < 4; i++)
        assert_near(first.window[2].network.spectrum[SPECTRUM_V1].rms[2 * i + 1], harmonic[i].value,
                    0.01);
    for (int level = LANES_AVX2; level <= LANES_AVX512; level++) {
        if (!lanes_ops((enum lanes_level)level))
            continue;
        measure((enum lanes_level)level, &r);
        for (int c = 0; c < SPECTRUM_COUNT; c++)
            for (unsigned h = 0; h <= HARMONIC_MAX; h++) {
                const struct spectrum *a = &first.window[2].load[0].spectrum[c];
                const struct spectrum *b = &r.window[2].load[0].spectrum[c];
                if (a->rms[1] > 0)
                    rig_check(&w, (b->rms[h] - a->rms[h]) / a->rms[1], "channel %d, order %u", c,
                              h);
                if (a->rms[1] > 0)
                    rig_check(&w, (b->inter[h] - a->inter[h]) / a->rms[1], "channel %d, after %u",
                              c, h);
            }
        rig_forget(&r);
    }
    rig_forget(&first);
    rig_print(&w, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_from_sums),
        cmocka_unit_test(values_from_spectra),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
