/* CPU-seconds of metrology per second of signal: 4 voltages and 4 currents at 9600 Hz with everything on,
 * in blocks of 10 ms as the program gets them; each further load; a full bus; the flickermeter.
 *
 * Beside it, measured in the same run:
 *   fft_floor  FFTW (single precision, measured plan) of 2048 points for 8 channels, a window each 200 ms
 *   floor      that, and sums of squares and of products of the 8 channels in double precision: what no
 *              meter with harmonics can leave out. Resampling, tracking, half cycles, events and
 *              powers come on top of it in the figure, not in the floor.
 * Each is the smallest of several runs: what the machine can do when nothing else disturbs. */
#include "metrology/flicker.h"
#include "metrology/metrology.h"
#include "port/clock.h"

#include <fftw3.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE       9600
#define BLOCK      96
#define SIGNAL_S   10
#define FRAMES     (RATE * SIGNAL_S)
#define RUNS       5
#define POINTS     2048
#define FULL_LOADS 64 /* of three currents */

static double pi2;

/* Frequency a little off nominal, harmonics, some unbalance and noise: work as in a real network. */
static float *signal_of(unsigned channels)
{
    float *x = malloc(sizeof *x * channels * FRAMES);
    uint32_t noise = 1;
    if (!x)
        abort();
    for (unsigned n = 0; n < FRAMES; n++)
        for (unsigned c = 0; c < channels; c++) {
            double phase = 50.02 * n / RATE - c % 4 / 3.0, s = sin(pi2 * phase);
            for (int h = 3; h <= 13; h += 2)
                s += 0.03 / h * sin(pi2 * h * phase + c);
            noise = noise * 1664525 + 1013904223;
            s += 1e-4 * ((int32_t)noise / 2147483648.0);
            x[n * channels + c] = (float)(s * (c < 4 ? (c == 3 ? 1 : 325) : c % 4 == 3 ? 2 : 14));
        }
    return x;
}

static void ignore_window(void *context, struct metrology *m, const struct metrology_window *w)
{
    (void)m;
    *(uint64_t *)context += (uint64_t)w->network->end_ns;
}

static void ignore_aggregate(void *context, struct metrology *m,
                             const struct metrology_aggregate *a)
{
    (void)m;
    *(uint64_t *)context += (uint64_t)a->end_ns;
}

static void ignore_half(void *context, const struct metrology_half_cycle *h)
{
    *(uint64_t *)context += (uint64_t)h->end_ns;
}

static void ignore_event(void *context, const struct metrology_event *e)
{
    *(uint64_t *)context += (uint64_t)e->start_ns;
}

/* CPU-seconds per second of signal; `wires` currents per load. */
static double meter(const float *x, unsigned channels, unsigned loads, unsigned wires,
                    unsigned spans)
{
    struct metrology_setup s;
    struct metrology_load *load = calloc(loads, sizeof *load);
    uint64_t used = 0;
    struct metrology_sink sink = {.context = &used,
                                  .window = ignore_window,
                                  .half_cycle = ignore_half,
                                  .event = ignore_event,
                                  .aggregate = ignore_aggregate};
    metrology_setup_init(&s);
    s.nominal_voltage_v = 230;
    s.spans = spans;
    s.average_s = 1;
    for (uint16_t i = 0; i < 4; i++)
        s.voltage[i] = (struct metrology_mix){1, {{i, 1}}};
    for (unsigned l = 0; l < loads; l++) {
        load[l] = (struct metrology_load){.phase = {0, 1, 2}, .rated_current_a = 16};
        for (unsigned i = 0; i < wires; i++)
            load[l].current[i] =
                (struct metrology_mix){1, {{(uint16_t)(4 + (l * wires + i) % (channels - 4)), 1}}};
    }
    s.load = load;
    s.load_count = loads;
    size_t bytes = (metrology_bytes(&s) + 63) / 64 * 64;
    void *memory = aligned_alloc(64, bytes);
    double best = 1e9;
    for (int run = 0; run < RUNS; run++) {
        memset(memory, 0, bytes); /* pages are there before the clock starts */
        struct metrology *m = metrology_begin(memory, &s, &sink);
        int64_t begin = clock_cpu_ns();
        for (unsigned n = 0; n < FRAMES; n += BLOCK) {
            struct wave_block b = {
                .start_ns = (int64_t)n * 1000000000 / RATE,
                .rate_hz = RATE,
                .first_frame = n,
                .flags = n == 0 ? WAVE_BEGIN : 0,
                .frames = BLOCK,
                .channels = channels,
                .samples = x + (size_t)n * channels,
            };
            metrology_push(m, &b);
        }
        best = fmin(best, (double)(clock_cpu_ns() - begin) / 1e9 / SIGNAL_S);
    }
    if (used == 0)
        abort();
    free(memory);
    free(load);
    return best;
}

/* The flickermeter alone: three voltages, in pieces as the core feeds it. */
static double flicker(const float *x)
{
    static struct flicker f;
    struct flicker_setup s = {.nominal_hz = 50, .nominal_voltage_v = 230};
    const size_t piece = 32;
    lanes_f *frames = aligned_alloc(64, FRAMES * sizeof *frames);
    if (!frames)
        abort();
    memcpy(frames, x, FRAMES * sizeof *frames);
    double best = 1e9;
    for (int run = 0; run < RUNS; run++) {
        flicker_begin(&f, &s);
        flicker_stretch(&f, RATE);
        int64_t begin = clock_cpu_ns();
        for (size_t n = 0; n < FRAMES; n += piece)
            flicker_push(&f, (int64_t)n * 1000000000 / RATE, frames + n, piece);
        best = fmin(best, (double)(clock_cpu_ns() - begin) / 1e9 / SIGNAL_S);
    }
    if (f.distribution[2].total == 0)
        abort();
    free(frames);
    return best;
}

static double fft_floor(const float *x)
{
    float *in = fftwf_malloc(sizeof *in * 8 * POINTS);
    fftwf_complex *out = fftwf_malloc(sizeof *out * 8 * (POINTS / 2 + 1));
    int n = POINTS;
    /* the layout that suits FFTW best: one channel after the other */
    fftwf_plan plan = fftwf_plan_many_dft_r2c(1, &n, 8, in, NULL, 1, POINTS, out, NULL, 1,
                                              POINTS / 2 + 1, FFTW_MEASURE);
    for (int i = 0; i < 8 * POINTS; i++)
        in[i] = x[i];
    double best = 1e9;
    for (int run = 0; run < RUNS; run++) {
        int64_t begin = clock_cpu_ns();
        for (int w = 0; w < 5 * SIGNAL_S; w++)
            fftwf_execute(plan);
        best = fmin(best, (double)(clock_cpu_ns() - begin) / 1e9 / SIGNAL_S);
    }
    fftwf_destroy_plan(plan);
    fftwf_free(in);
    fftwf_free(out);
    return best;
}

static double sums_floor(const float *x)
{
    double best = 1e9;
    volatile double keep = 0;
    for (int run = 0; run < RUNS; run++) {
        double square[8] = {0}, product[4] = {0};
        int64_t begin = clock_cpu_ns();
        for (unsigned n = 0; n < FRAMES; n++) {
            const float *f = x + 8 * (size_t)n;
            for (int c = 0; c < 8; c++)
                square[c] += (double)f[c] * f[c];
            for (int c = 0; c < 4; c++)
                product[c] += (double)f[c] * f[c + 4];
        }
        best = fmin(best, (double)(clock_cpu_ns() - begin) / 1e9 / SIGNAL_S);
        for (int c = 0; c < 8; c++)
            keep += square[c] + product[c / 2];
    }
    (void)keep;
    return best;
}

int main(void)
{
    pi2 = 2 * acos(-1);
    float *x = signal_of(8), *wide = signal_of(4 + 3 * FULL_LOADS);
    double base = meter(x, 8, 1, 4, 0);
    double fft = fft_floor(x), floor_s = fft + sums_floor(x);
    double nine = meter(x, 8, 9, 4, 0);
    double full = meter(wide, 4 + 3 * FULL_LOADS, FULL_LOADS, 3, 0);
    /* every span, averages of 1 s: more than any installation asks for */
    double all_spans = meter(wide, 4 + 3 * FULL_LOADS, FULL_LOADS, 3, (1u << METROLOGY_SPANS) - 1);
    printf("{\"metrology\": {\"channels\": 8, \"rate_hz\": %d, \"lanes\": \"%s\", "
           "\"cpu_s_per_signal_s\": %.4e, \"floor_cpu_s_per_signal_s\": %.4e, "
           "\"fft_floor_cpu_s_per_signal_s\": %.4e, \"ratio\": %.2f},\n"
           " \"extra_load\": {\"cpu_s_per_signal_s\": %.4e},\n"
           " \"full_bus\": {\"currents\": %d, \"cpu_share\": %.4e,\n"
           "  \"with_aggregates\": %.4e, \"aggregates\": %.4e},\n",
           RATE, lanes_ops(LANES_AUTO)->name, base, floor_s, fft, base / floor_s, (nine - base) / 8,
           3 * FULL_LOADS, full, all_spans, all_spans - full);
    printf(" \"flicker\": {\"cpu_s_per_signal_s\": %.4e}}\n", flicker(x));
    free(x);
    free(wide);
    return 0;
}
