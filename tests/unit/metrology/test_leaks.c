/* Tones above the band and between the orders: what they add to orders that they are no part of. Tones lie on lines
 * of the window (multiples of 5 Hz): what a tone between lines spills on all lines is the window's own
 * (IEC 61000-4-7), not the resampler's. */
#include "rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PERCENT 10 /* of the fundamental */

static void sweep(struct rig_worst *w, double rate_hz, double hz, unsigned nominal, double from,
                  double to, double step, unsigned highest)
{
    unsigned cycles = nominal == 60 ? 12 : 10;
    for (double tone = from; tone <= to; tone += step) {
        struct rig_partial p = {tone / hz, PERCENT, 20};
        struct rig_meter m;
        struct rig_scene s;
        struct rig_record r;
        rig_meter_init(&m);
        m.setup.nominal_hz = nominal;
        m.setup.highest_rate_hz = rate_hz;
        rig_scene_init(&s, hz, 0.45, 0);
        s.rate_hz = rate_hz;
        s.frames = (uint64_t)(0.45 * rate_hz);
        s.wire[0].partial = &p;
        s.wire[0].partials = 1;
        rig_measure(&m, &s, &r);
        assert_true(r.windows >= 1);
        double line = tone / hz * cycles;
        const struct spectrum *v = &r.window[r.windows - 1].network.spectrum[SPECTRUM_V1];
        assert_true(v->highest >= highest);
        for (unsigned h = 2; h <= highest; h++)
            if (fabs(line - h * cycles) > 1.5)
                rig_check(w, v->rms[h] / (230 * PERCENT / 100.0) * 100,
                          "%g Hz at %g Hz and %g Hz, order %u", tone, hz, rate_hz, h);
        rig_forget(&r);
    }
}

static void the_tone_of_3900_hz(void **state)
{
    (void)state;
    struct rig_worst w = {"a tone of 3.9 kHz, on any order to 63", "% of the tone", 0.05};
    sweep(&w, 9600, 50, 50, 3900, 3900, 1, 63);
    sweep(&w, 9600, 60, 60, 3900, 3900, 1, 63);
    sweep(&w, 12800, 50, 50, 3900, 3900, 1, 63);
    rig_print(&w, 1);
}

static void tones_above_the_band(void **state)
{
    (void)state;
    struct rig_worst w = {"tones above the band to 4.7 kHz, on any order to 63", "% of the tone",
                          0.05};
    sweep(&w, 9600, 50, 50, 3200, 4700, 35, 63);
    sweep(&w, 9600, 60, 60, 3800, 4700, 35, 63);
    rig_print(&w, 1);
}

/* Where windows are longest for their rate, images come nearest to the band. */
static void at_the_ends_of_the_range(void **state)
{
    (void)state;
    struct rig_worst w = {"tones on lines at 45 ... 65 Hz", "% of the tone", 0.05};
    sweep(&w, 9600, 45, 50, 3195, 4680, 4.5 * 33, 63);
    sweep(&w, 9600, 57.5, 50, 3697.25, 4700, 5.75 * 17, 63);
    sweep(&w, 9600, 55, 60, 3520, 4700, 55.0 / 12 * 26, 63);
    sweep(&w, 9600, 65, 60, 4160, 4700, 65.0 / 12 * 10, 63);
    rig_print(&w, 1);
}

/* Within the band: interharmonics on lines, 60 Hz in groups of 12. So large a tone moves the ends of the window by a
 * millionth of its length; that is 1e-3 of a cycle of the tone, and spills on the lines next to it. */
static void tones_between_the_orders(void **state)
{
    (void)state;
    struct rig_worst w = {"interharmonics on lines, on any order", "% of the tone", 0.3};
    sweep(&w, 9600, 50, 50, 1020, 3130, 210, 63);
    sweep(&w, 9600, 60, 60, 1030, 3750, 270, 63);
    rig_print(&w, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tone_of_3900_hz),
        cmocka_unit_test(tones_above_the_band),
        cmocka_unit_test(at_the_ends_of_the_range),
        cmocka_unit_test(tones_between_the_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
