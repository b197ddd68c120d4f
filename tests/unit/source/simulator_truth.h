/* The simulator's closed formulas, written out once more in long double, and how its tests read it. */
#ifndef SIMULATOR_TRUTH_H
#define SIMULATOR_TRUTH_H

#include "source/simulator.h"
#include "source/simulator_model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fault fault;

static const struct simulator_harmonic comb[] = {
    {2, 0.5, 17},  {3, 7, -30},  {5, 5, 100},  {7, 3, 180},   {11, 2, 45},
    {13, 1.5, 10}, {25, 1, -80}, {40, 0.7, 5}, {49, 0.6, 70}, {63, 0.4, 33},
};
#define COMB                             \
    {                                    \
        comb, sizeof comb / sizeof *comb \
    }

/* A network and two loads with everything but noise and converters. */
static inline void fill(struct simulator_config *c, struct simulator_load loads[2])
{
    simulator_config_init(c);
    c->start_ns = INT64_C(1700000000) * 1000000000;
    c->network.channels = 15;
    c->network.neutral_percent = 1;
    c->network.neutral_deg = 40;
    for (int p = 0; p < 3; p++) {
        c->network.phase[p].percent = 100 + p;
        c->network.phase[p].angle_deg += p;
        c->network.phase[p].harmonics = (struct simulator_spectrum)COMB;
    }
    memset(loads, 0, 2 * sizeof *loads);
    for (int i = 0; i < 2; i++) {
        loads[i].circuit = (unsigned)(3 * i + 1);
        loads[i].channels = i == 0 ? 15 : 5;
        for (int p = 0; p < 3; p++)
            loads[i].current[p] = (struct simulator_current){
                .rms_a = 10 * (p + 1) * (i == 0 ? 1 : -1),
                .lag_deg = 30 * i + 10 * p,
                .harmonics = COMB,
            };
    }
    loads[1].is_constant_current = true;
    c->loads = loads;
    c->load_count = 2;
}

static inline struct source *open_simulator(const struct simulator_config *c)
{
    struct source *s;
    if (simulator_open(c, &s, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return s;
}

/* Reads `frames` frames, of which there must be so many; flags of all blocks together. */
static inline uint32_t take(struct source *s, float *to, uint64_t frames)
{
    struct wave_block b;
    uint32_t flags = 0;
    while (frames > 0) {
        assert_int_equal(source_read(s, &b, &fault), ERR_OK);
        assert_true(b.frames > 0 && b.frames <= frames);
        memcpy(to, b.samples, (size_t)b.frames * b.channels * sizeof *to);
        to += (size_t)b.frames * b.channels;
        frames -= b.frames;
        flags |= b.flags;
    }
    return flags;
}

static inline float *run(const struct simulator_config *c, uint64_t frames, unsigned *channels)
{
    struct simulator_config ending = *c;
    ending.duration_s = (double)frames / c->rate_hz;
    struct source *s = open_simulator(&ending);
    *channels = source_info(s)->channel_count;
    float *samples = malloc(frames * *channels * sizeof *samples);
    assert_non_null(samples);
    take(s, samples, frames);
    source_close(s);
    return samples;
}

/* --- The formulas ------------------------------------------------------------------------------ */

static inline long double sine(long double turns)
{
    return sinl(2 * acosl(-1) * (turns - floorl(turns)));
}

static inline long double wave(long double cycles, double rms, double angle_deg,
                               const struct simulator_spectrum *s)
{
    long double psi = cycles - floorl(cycles) + (long double)angle_deg / 360, sum = sine(psi);
    for (unsigned i = 0; i < s->count; i++)
        sum += (long double)s->list[i].percent / 100 *
               sine(s->list[i].order * psi + (long double)s->list[i].angle_deg / 360);
    return sqrtl(2) * rms * sum;
}

/* Channels of fill(): V1 V2 V3 VN, I1 I2 I3 IN, 4:I1 4:I3. `gain` of the phases at that moment. */
static inline void truth(const struct simulator_config *c, long double cycles, const double gain[3],
                         long double out[10])
{
    const struct simulator_network *n = &c->network;
    out[7] = 0;
    for (int p = 0; p < 3; p++) {
        out[p] = gain[p] * wave(cycles, n->nominal_v * n->phase[p].percent / 100,
                                n->phase[p].angle_deg, &n->phase[p].harmonics);
        const struct simulator_current *i = &c->loads[0].current[p];
        out[4 + p] =
            gain[p] * wave(cycles, i->rms_a, n->phase[p].angle_deg - i->lag_deg, &i->harmonics);
        out[7] += out[4 + p];
    }
    out[3] = wave(cycles, n->nominal_v * n->neutral_percent / 100, n->neutral_deg,
                  &(struct simulator_spectrum){NULL, 0});
    for (int k = 0; k < 2; k++) {
        const struct simulator_current *i = &c->loads[1].current[2 * k];
        out[8 + k] = wave(cycles, i->rms_a, n->phase[2 * k].angle_deg - i->lag_deg, &i->harmonics);
    }
}

/* Peaks, as a scale for what is a small difference. */
static const double peaks[10] = {420, 420, 420, 4, 20, 40, 60, 90, 20, 60};

static inline void compare(const float *samples, const long double *expected, double times)
{
    for (int i = 0; i < 10; i++)
        if (fabsl(samples[i] - expected[i]) > 1e-7 * times * peaks[i])
            fail_msg("channel %d: %.9g, expected %.9Lg", i, (double)samples[i], expected[i]);
}

static const double no_gain[3] = {1, 1, 1};

#endif
