/* What waveform capture costs while nothing happens: CPU-seconds per second of signal without it, and with it
 * at the shortest and the longest sets, in turns in the same run; for 8 channels, and for a full bus.
 * Beside it, what the taking of one set costs. Each is the smallest of several runs. */
#include "metrology/metrology.h"
#include "port/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE       9600
#define BLOCK      96
#define SIGNAL_S   5
#define FRAMES     (RATE * SIGNAL_S)
#define RUNS       7
#define FULL_LOADS 64
#define SETS       200

static float *signal_of(unsigned channels)
{
    float *x = malloc((size_t)FRAMES * channels * sizeof *x);
    if (!x)
        abort();
    for (unsigned n = 0; n < FRAMES; n++)
        for (unsigned c = 0; c < channels; c++) {
            double t = 2 * acos(-1) * (50.02 * n / RATE - c % 4 / 3.0);
            x[(size_t)n * channels + c] =
                (float)((c < 4 ? 325 : 14) * (sin(t) + 0.05 * sin(5 * t)));
        }
    return x;
}

static void count_capture(void *context, const struct metrology_capture *c)
{
    *(uint64_t *)context += c->count;
}

struct bench {
    struct metrology_setup setup;
    struct metrology_load load[FULL_LOADS];
    unsigned channels;
    const float *x;
};

static void prepare(struct bench *b, const float *x, unsigned loads, unsigned wires)
{
    memset(b, 0, sizeof *b);
    metrology_setup_init(&b->setup);
    b->x = x;
    b->channels = 4 + loads * wires;
    b->setup.nominal_voltage_v = 230;
    for (uint16_t i = 0; i < 4; i++)
        b->setup.voltage[i] = (struct metrology_mix){1, {{i, 1}}};
    for (unsigned l = 0; l < loads; l++) {
        b->load[l] = (struct metrology_load){.phase = {0, 1, 2}, .rated_current_a = 16};
        for (unsigned i = 0; i < wires; i++)
            b->load[l].current[i] = (struct metrology_mix){1, {{(uint16_t)(4 + l * wires + i), 1}}};
    }
    b->setup.load = b->load;
    b->setup.load_count = loads;
    b->setup.capture.reasons = (1u << CAPTURE_REASONS) - 1;
}

/* CPU-seconds per second of signal; `sets` triggers on the way, whose cost is in it. */
static double once(struct bench *b, unsigned subsampling, unsigned sets)
{
    uint64_t used = 0;
    struct metrology_sink sink = {.context = &used, .capture = count_capture};
    b->setup.capture.subsampling = subsampling;
    size_t bytes = (metrology_bytes(&b->setup) + 63) / 64 * 64;
    void *memory = aligned_alloc(64, bytes);
    if (!memory)
        abort();
    memset(memory, 0, bytes); /* pages are there before the clock starts */
    struct metrology *m = metrology_begin(memory, &b->setup, &sink);
    int64_t begin = clock_cpu_ns();
    for (unsigned n = 0, taken = 0; n < FRAMES; n += BLOCK) {
        struct wave_block w = {.start_ns = (int64_t)n * 1000000000 / RATE,
                               .rate_hz = RATE,
                               .flags = n == 0 ? WAVE_BEGIN : 0,
                               .frames = BLOCK,
                               .channels = b->channels,
                               .samples = b->x + (size_t)n * b->channels};
        metrology_push(m, &w);
        if (taken < sets && n > FRAMES / 2) {
            metrology_trigger(m, CAPTURE_DIGITAL_INPUT, 0, w.start_ns);
            taken++;
        }
    }
    double s = (double)(clock_cpu_ns() - begin) / 1e9 / SIGNAL_S;
    if (sets > 0 && used == 0)
        abort();
    free(memory);
    return s;
}

static void measure(struct bench *b, double best[4])
{
    for (int i = 0; i < 4; i++)
        best[i] = 1e9;
    for (int run = 0; run < RUNS; run++) {
        best[0] = fmin(best[0], once(b, 0, 0));
        best[1] = fmin(best[1], once(b, 1, 0));
        best[2] = fmin(best[2], once(b, CAPTURE_SUBSAMPLING_MAX, 0));
        best[3] = fmin(best[3], once(b, 2, SETS));
    }
}

int main(void)
{
    static struct bench one, full;
    double a[4], f[4];
    float *x = signal_of(8), *wide = signal_of(4 + 3 * FULL_LOADS);
    prepare(&one, x, 1, 4);
    prepare(&full, wide, FULL_LOADS, 3);
    measure(&one, a);
    measure(&full, f);
    printf(
        "{\"capture\": {\"off_cpu_s_per_signal_s\": %.4e, \"shortest_cpu_s_per_signal_s\": %.4e, "
        "\"longest_cpu_s_per_signal_s\": %.4e, \"set_us\": %.3g,\n"
        "  \"full_bus_off_cpu_share\": %.4e, \"full_bus_shortest_cpu_share\": %.4e, "
        "\"full_bus_longest_cpu_share\": %.4e}}\n",
        a[0], a[1], a[2], fmax(0, a[3] - a[1]) * SIGNAL_S / SETS * 1e6, f[0], f[1], f[2]);
    free(x);
    free(wide);
    return 0;
}
