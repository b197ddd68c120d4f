/* Interpolation onto one grid, against the closed form of the signal that was sampled. */
#include "source/regrid.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS 2

struct sampled {
    const struct source_segment *segments;
    uint32_t count;
    double hz[CHANNELS];
    uint64_t next;
    double next_s;
    uint32_t segment;
    uint64_t in_segment;
};

static double signal_at(const struct sampled *s, int channel, double t)
{
    return sin(2 * M_PI * s->hz[channel] * t + 0.3 * channel);
}

static enum err pull(void *context, uint32_t frames, float *samples, uint32_t *flags,
                     struct fault *fault)
{
    struct sampled *s = context;
    (void)flags;
    (void)fault;
    for (uint32_t i = 0; i < frames; i++) {
        assert_true(s->segment < s->count);
        for (int c = 0; c < CHANNELS; c++)
            samples[i * CHANNELS + c] = (float)signal_at(s, c, s->next_s);
        s->next_s += 1 / s->segments[s->segment].rate_hz;
        if (++s->in_segment == s->segments[s->segment].frames) {
            s->segment++;
            s->in_segment = 0;
        }
    }
    return ERR_OK;
}

/* Largest error over the grid, but for 24 frames at both ends. */
static double worst(const struct source_segment *segments, uint32_t count, double rate, double hz)
{
    struct sampled s = {.segments = segments, .count = count, .hz = {hz, hz / 3}};
    uint64_t n = regrid_count(segments, count, rate);
    struct regrid *g = regrid_new(segments, count, rate, CHANNELS, pull, &s);
    float *out = malloc(n * CHANNELS * sizeof *out);
    uint32_t flags = 0;
    struct fault fault;
    assert_true(g && out);
    for (uint64_t at = 0; at < n;) { /* in pieces of different lengths */
        uint32_t piece = (uint32_t)(at % 97 + 1);
        piece = piece < n - at ? piece : (uint32_t)(n - at);
        assert_int_equal(regrid_read(g, piece, out + at * CHANNELS, &flags, &fault), ERR_OK);
        at += piece;
    }
    double error = 0;
    for (uint64_t i = 24; i + 24 < n; i++)
        for (int c = 0; c < CHANNELS; c++)
            error = fmax(error,
                         fabs((double)out[i * CHANNELS + c] - signal_at(&s, c, (double)i / rate)));
    regrid_free(g);
    free(out);
    return error;
}

static void one_rate_leaves_as_it_is(void **state)
{
    (void)state;
    const struct source_segment segments[] = {{0, 2400, 500}, {0.2, 2400, 3000}};
    assert_true(worst(segments, 2, 2400, 1100) < 1e-6);
}

static void follows_slightly_different_rates(void **state)
{
    (void)state;
    struct source_segment segments[60];
    double at = 0;
    for (int i = 0; i < 60; i++) {
        segments[i] =
            (struct source_segment){at, 2400 + 5 * sin(i * 0.4), 24 + (uint64_t)i % 3 * 70};
        at += (double)segments[i].frames / segments[i].rate_hz;
    }
    /* Ripple of the window, and: a change of rate is a kink of the signal over its frames, of slope times
     * change, of which a sinc misses a tenth (kinks lie nearer than the window is wide: a fifth). */
    double kink = 5 * 0.4 / 2400 * 2 * M_PI / 2400;
    assert_true(worst(segments, 60, 2401.5, 50) < 1e-5 + 50 * kink / 5);
    assert_true(worst(segments, 60, 2401.5, 350) < 1e-5 + 350 * kink / 5);
}

static void keeps_signals_up_to_four_fifths(void **state)
{
    (void)state;
    const struct source_segment segments[] = {{0, 2400, 1000}, {1000.0 / 2400, 2410, 5000}};
    assert_true(worst(segments + 1, 1, 2400, 0.8 * 1200) < 2e-5);
    assert_true(worst(segments, 2, 2400, 300) < 1e-5 + 0.1 * 10.0 / 2400 * 2 * M_PI * 300 / 2400);
}

static void very_short_stretches_are_safe(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 40; n++) {
        const struct source_segment segments[] = {{0, 1000, n}, {(double)n / 1000, 1010, 1}};
        assert_true(worst(segments, 2, 1000, 10) < 1.1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rate_leaves_as_it_is),
        cmocka_unit_test(follows_slightly_different_rates),
        cmocka_unit_test(keeps_signals_up_to_four_fifths),
        cmocka_unit_test(very_short_stretches_are_safe),
    };
    return cmocka_run_group_tests_name("source/regrid", tests, NULL, NULL);
}
