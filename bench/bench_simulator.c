/* What simulated samples cost: 4 voltages and 8 currents, and a full bus of 192 currents, ten harmonics on
 * every phase, 9600 Hz. Beside it: the same sums of sines by the C library's sin(). */
#include "port/clock.h"
#include "source/simulator.h"
#include "source/synth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define RATE     9600
#define SIGNAL_S 10
#define RUNS     5

static const struct simulator_harmonic harmonics[] = {
    {3, 7, 10},  {5, 6, 20},  {7, 5, 30},  {9, 4, 40},    {11, 3, 50},
    {13, 3, 60}, {17, 2, 70}, {19, 2, 80}, {23, 1.5, 90}, {25, 1, 100},
};
#define HARMONICS (sizeof harmonics / sizeof *harmonics)

static const struct simulator_spectrum spectrum = {harmonics, HARMONICS};

/* Everything that a sample can go through. */
static void add_errors(struct simulator_config *c, struct simulator_load *loads)
{
    c->adc_bits = 24;
    c->network.noise_percent = 0.01;
    c->network.wander_hz = 0.02;
    c->network.wander_period_s = 30;
    c->network.flicker_percent = 0.5;
    c->network.flicker_hz = 8.8;
    for (unsigned i = 0; i < c->load_count; i++) {
        loads[i].flutter_percent = 2;
        for (int p = 0; p <= SIMULATOR_PHASES; p++)
            loads[i].sensor[p] = (struct simulator_sensor){0.1, 5, 0.01, 0, 200};
    }
}

/* Processor seconds per second of signal, the best of some runs. */
static double cost(unsigned load_count, unsigned channels, bool errors, unsigned *channel_count)
{
    struct simulator_config c;
    struct simulator_load *loads = calloc(load_count, sizeof *loads);
    struct source *s;
    struct fault fault;
    double best = INFINITY;
    if (!loads)
        exit(3);
    simulator_config_init(&c);
    c.network.channels = 15;
    c.loads = loads;
    c.load_count = load_count;
    for (unsigned i = 0; i < load_count; i++) {
        loads[i].circuit = i + 1;
        loads[i].channels = channels;
        for (int p = 0; p < SIMULATOR_PHASES; p++) {
            c.network.phase[p].harmonics = spectrum;
            loads[i].current[p] = (struct simulator_current){10 + i, 20, spectrum};
        }
    }
    if (errors)
        add_errors(&c, loads);
    if (simulator_open(&c, &s, &fault)) {
        fprintf(stderr, "%s\n", fault.text);
        exit(3);
    }
    *channel_count = source_info(s)->channel_count;
    for (int run = 0; run < RUNS; run++) {
        int64_t before = clock_cpu_ns();
        for (uint32_t frames = 0; frames < RATE * SIGNAL_S;) {
            struct wave_block b;
            if (source_read(s, &b, &fault))
                exit(3);
            frames += b.frames;
        }
        best = fmin(best, (double)(clock_cpu_ns() - before) / 1e9 / SIGNAL_S);
    }
    source_close(s);
    free(loads);
    return best;
}

/* A sine for each term of each sample, as one would write it down; a second of one channel at a time. */
static double plain_cost(unsigned channels)
{
    volatile double keep = 0;
    double pi2 = 2 * acos(-1), best = INFINITY;
    for (int run = 0; run < RUNS; run++) {
        int64_t before = clock_cpu_ns();
        for (int n = 0; n < RATE; n++) {
            double turns = 50.0 * n / RATE, sum = sin(pi2 * turns);
            for (size_t h = 0; h < HARMONICS; h++)
                sum += harmonics[h].percent / 100 *
                       sin(pi2 * (harmonics[h].order * turns + harmonics[h].angle_deg / 360));
            keep = sum;
        }
        best = fmin(best, (double)(clock_cpu_ns() - before) / 1e9);
    }
    (void)keep;
    return best * channels;
}

int main(void)
{
    unsigned channels, full_channels;
    double ideal = cost(2, 15, false, &channels), all = cost(2, 15, true, &channels);
    double full = cost(64, 7, false, &full_channels), full_all = cost(64, 7, true, &full_channels);
    double plain = plain_cost(channels);
    printf("{\"simulator\": {\"channels\": %u, \"rate_hz\": %d, \"lanes\": \"%s\", "
           "\"cpu_s_per_signal_s\": %.4e, \"with_errors_cpu_s_per_signal_s\": %.4e, "
           "\"libm_cpu_s_per_signal_s\": %.4e, \"ratio\": %.3f},\n"
           " \"full_bus\": {\"simulator_cpu_share\": %.4e, "
           "\"simulator_with_errors_cpu_share\": %.4e}}\n",
           channels, RATE, synth_ops(SYNTH_AUTO)->name, ideal, all, plain, ideal / plain, full,
           full_all);
    return 0;
}
