/* CPU-seconds of metrology per second of signal: 4 voltages and 4 currents at 9600 Hz with everything on but flicker,
 * in blocks of 10 ms as the program gets them; each further load; a full bus. From the second second on: what a
 * meter that runs costs.
 *
 * Beside it, measured in the same run, what no meter with harmonics can leave out, each as tight as we can write
 * it and in the same layout of eight channels side by side:
 *   sums_floor      sums of squares and of products in double precision
 *   resample_floor  2048 values of each window by the core's own kernel and loop
 *   fft_floor_lanes their transform by the core's own loop
 *   floor           these three
 *   fft_floor       the transforms alone by FFTW (single precision, measured plan, its own best layout)
 * Intake, frequency, half cycles, events, groups of lines and quantities come on top of it in the figure, not in
 * the floor. Each is the smallest of several runs in turn: what the machine can do when nothing else disturbs. */
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
#define FRAMES     RATE /* that are held: a second, over and over */
#define RUNS       12
#define POINTS     2048
#define WINDOW     (RATE / 5)
#define WINDOWS    40
#define FULL_LOADS 64 /* of three currents */

static double pi2;

/* Frequency a little off nominal (so that a second can follow itself), harmonics, some unbalance and noise: work
 * as in a real network. A second is small enough to stay near the processor, as a source's block does. */
static float *signal_of(unsigned channels)
{
    float *x = aligned_alloc(64, sizeof *x * channels * FRAMES);
    uint32_t noise = 1;
    if (!x)
        abort();
    for (unsigned n = 0; n < FRAMES; n++)
        for (unsigned c = 0; c < channels; c++) {
            double phase = 51.0 * n / RATE - c % 4 / 3.0, s = sin(pi2 * phase);
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

/* A meter and its memory; `wires` currents per load. */
struct meter {
    struct metrology_setup setup;
    struct metrology_load *load;
    void *memory;
    size_t bytes;
};

static struct meter meter_of(unsigned channels, unsigned loads, unsigned wires, unsigned spans)
{
    struct meter r = {.load = calloc(loads, sizeof *r.load)};
    metrology_setup_init(&r.setup);
    r.setup.nominal_voltage_v = 230;
    r.setup.spans = spans;
    r.setup.no_flicker = true; /* its cost stands on its own line */
    r.setup.average_s = 1;
    for (uint16_t i = 0; i < 4; i++)
        r.setup.voltage[i] = (struct metrology_mix){.terms = 1, .term = {{i, 1}}};
    for (unsigned l = 0; l < loads; l++) {
        r.load[l] = (struct metrology_load){.phase = {0, 1, 2}, .rated_current_a = 16};
        for (unsigned i = 0; i < wires; i++)
            r.load[l].current[i] = (struct metrology_mix){
                .terms = 1, .term = {{(uint16_t)(4 + (l * wires + i) % (channels - 4)), 1}}};
    }
    r.setup.load = r.load;
    r.setup.load_count = loads;
    r.bytes = (metrology_bytes(&r.setup) + 63) / 64 * 64;
    r.memory = aligned_alloc(64, r.bytes);
    if (!r.memory)
        abort();
    return r;
}

static void forget(struct meter *r)
{
    free(r->memory);
    free(r->load);
}

/* CPU-seconds per second of signal. */
static double run(const struct meter *r, const float *x, unsigned channels)
{
    uint64_t used = 0;
    struct metrology_sink sink = {.context = &used,
                                  .window = ignore_window,
                                  .half_cycle = ignore_half,
                                  .event = ignore_event,
                                  .aggregate = ignore_aggregate};
    memset(r->memory, 0, r->bytes); /* pages are there before the clock starts */
    struct metrology *m = metrology_begin(r->memory, &r->setup, &sink);
    int64_t begin = 0;
    for (unsigned n = 0; n < RATE * SIGNAL_S; n += BLOCK) {
        struct wave_block b = {
            .start_ns = (int64_t)n * 1000000000 / RATE,
            .rate_hz = RATE,
            .first_frame = n,
            .flags = n == 0 ? WAVE_BEGIN : 0,
            .frames = BLOCK,
            .channels = channels,
            .samples = x + (size_t)(n % FRAMES) * channels,
        };
        if (n == RATE)
            begin = clock_cpu_ns();
        metrology_push(m, &b);
    }
    double took = (double)(clock_cpu_ns() - begin) / 1e9 / (SIGNAL_S - 1);
    if (used == 0)
        abort();
    return took;
}

/* The flickermeter alone: three voltages, in pieces as the core feeds it. */
static double flicker(const float *x)
{
    static struct flicker f;
    struct flicker_setup s = {.nominal_hz = 50, .nominal_voltage_v = 230};
    const size_t piece = 32;
    double best = 1e9;
    for (int run = 0; run < RUNS; run++) {
        flicker_begin(&f, &s);
        flicker_stretch(&f, RATE);
        int64_t begin = clock_cpu_ns();
        for (size_t n = 0; n < RATE * SIGNAL_S; n += piece)
            flicker_push(&f, (int64_t)n * 1000000000 / RATE,
                         (const lanes_f *)(const void *)x + n % FRAMES, piece);
        best = fmin(best, (double)(clock_cpu_ns() - begin) / 1e9 / SIGNAL_S);
    }
    if (f.distribution[2].total == 0)
        abort();
    return best;
}

/* --- Floors ------------------------------------------------------------------------------------------- */

/* The seconds that so many windows took, per second of signal. */
static double per_signal_second(int64_t begin, unsigned windows)
{
    return (double)(clock_cpu_ns() - begin) / 1e9 / (windows * (double)WINDOW / RATE);
}

struct fftw {
    float *in;
    fftwf_complex *out;
    fftwf_plan plan;
};

static struct fftw fftw_of(const float *x)
{
    struct fftw f = {fftwf_malloc(sizeof *f.in * 8 * POINTS),
                     fftwf_malloc(sizeof *f.out * 8 * (POINTS / 2 + 1)), NULL};
    int n = POINTS;
    /* the layout that suits FFTW best: one channel after the other */
    f.plan = fftwf_plan_many_dft_r2c(1, &n, 8, f.in, NULL, 1, POINTS, f.out, NULL, 1,
                                     POINTS / 2 + 1, FFTW_MEASURE);
    for (int i = 0; i < 8 * POINTS; i++)
        f.in[i] = x[i];
    return f;
}

static double fft_floor(const struct fftw *f)
{
    int64_t begin = clock_cpu_ns();
    for (unsigned w = 0; w < WINDOWS; w++)
        fftwf_execute(f->plan);
    return per_signal_second(begin, WINDOWS);
}

/* As wide as the processor allows, as the core's own loops. */
#if defined __x86_64__ && !defined __clang__
__attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#endif
static void
sum_frames(const lanes_f *x, unsigned n, lanes_d *square, lanes_d *product)
{
    lanes_d s[2] = {{0}, {0}}, p[2] = {{0}, {0}};
    for (unsigned i = 0; i < n; i += 2)
        for (int k = 0; k < 2; k++) { /* two chains hide latency */
            lanes_d a = __builtin_convertvector(x[i + (unsigned)k], lanes_d);
            s[k] += a * a;
            p[k] += a * __builtin_shufflevector(a, a, 1, 2, 0, 3, 0, 1, 2, 3);
        }
    *square += s[0] + s[1];
    *product += p[0] + p[1];
}

static double sums_floor(const float *x)
{
    volatile double keep = 0;
    lanes_d square = {0}, product = {0};
    int64_t begin = clock_cpu_ns();
    for (unsigned w = 0; w < WINDOWS; w++)
        sum_frames((const lanes_f *)(const void *)x + (size_t)(w % 5) * WINDOW, WINDOW, &square,
                   &product);
    double took = per_signal_second(begin, WINDOWS);
    keep += square[0] + product[0];
    return took;
}

struct spectrum_floor {
    const struct lanes_ops *ops;
    struct lanes_kernel kernel;
    struct lanes_row row[64];
    uint32_t at[64];
    float gain[257];
    float table[LANES_FFT_FLOATS(POINTS)];
    lanes_f in[POINTS], work[POINTS];
    struct lanes_complex line[POINTS / 2];
};

static struct spectrum_floor *spectrum_floor_of(void)
{
    struct spectrum_floor *f = aligned_alloc(64, (sizeof *f + 63) / 64 * 64);
    if (!f)
        abort();
    memset(f, 0, sizeof *f);
    f->ops = lanes_ops(LANES_AUTO);
    lanes_kernel_init(&f->kernel, 12, 0.39, 8.2, f->gain, 257); /* as metrology.c at this rate */
    lanes_fft_init(f->table, POINTS);
    return f;
}

static double resample_floor(struct spectrum_floor *f, const float *x)
{
    double length = RATE / 51.0 * 10, step = length / POINTS;
    int64_t begin = clock_cpu_ns();
    for (unsigned w = 0; w < WINDOWS; w++)
        for (unsigned i = 0; i < POINTS; i += 64) {
            f->ops->place(f->row, f->at, 64, 16 + (int64_t)(w % 4) * WINDOW, 0.3 + i * step, step,
                          UINT32_MAX, &f->kernel);
            f->ops->resample(f->in, i, 64, POINTS, (const lanes_f *)(const void *)x, f->row, f->at,
                             f->kernel.taps);
        }
    return per_signal_second(begin, WINDOWS);
}

static double fft_floor_lanes(struct spectrum_floor *f)
{
    int64_t begin = clock_cpu_ns();
    for (unsigned w = 0; w < WINDOWS; w++) {
        memset(f->in, 0, sizeof *f->in * 16); /* it is destroyed: keep it from growing */
        f->ops->fft(f->line, 640, f->in, f->work, POINTS, f->table);
        memcpy(f->in + 16, f->line, sizeof *f->in * 16);
        for (int i = 0; i < 32; i++)
            f->in[i] *= 1e-6f;
    }
    return per_signal_second(begin, WINDOWS);
}

int main(void)
{
    pi2 = 2 * acos(-1);
    float *x = signal_of(8), *wide = signal_of(4 + 3 * FULL_LOADS);
    /* every span of aggregates, averages of 1 s: more than any installation asks for */
    const unsigned all = (1u << METROLOGY_SPANS) - 1;
    struct meter one = meter_of(8, 1, 4, all), nine = meter_of(8, 9, 4, all);
    struct meter bus = meter_of(4 + 3 * FULL_LOADS, FULL_LOADS, 3, 0);
    struct meter bus_all = meter_of(4 + 3 * FULL_LOADS, FULL_LOADS, 3, all);
    struct fftw fftw = fftw_of(x);
    struct spectrum_floor *floor = spectrum_floor_of();
    double base = 1, extra = 1, full = 1, full_all = 1, fft = 1, sums = 1, resample = 1, lines = 1;
    for (int i = 0; i < RUNS; i++) {
        base = fmin(base, run(&one, x, 8));
        fft = fmin(fft, fft_floor(&fftw));
        sums = fmin(sums, sums_floor(x));
        resample = fmin(resample, resample_floor(floor, x));
        lines = fmin(lines, fft_floor_lanes(floor));
        extra = fmin(extra, run(&nine, x, 8));
    }
    for (int i = 0; i < 3; i++) {
        full = fmin(full, run(&bus, wide, 4 + 3 * FULL_LOADS));
        full_all = fmin(full_all, run(&bus_all, wide, 4 + 3 * FULL_LOADS));
    }
    double floors = sums + resample + lines;
    printf("{\"metrology\": {\"channels\": 8, \"rate_hz\": %d, \"lanes\": \"%s\", "
           "\"cpu_s_per_signal_s\": %.4e, \"floor_cpu_s_per_signal_s\": %.4e, "
           "\"sums_floor_cpu_s_per_signal_s\": %.4e, \"resample_floor_cpu_s_per_signal_s\": %.4e, "
           "\"fft_lanes_floor_cpu_s_per_signal_s\": %.4e, "
           "\"fft_floor_cpu_s_per_signal_s\": %.4e, \"ratio\": %.2f},\n"
           " \"extra_load\": {\"cpu_s_per_signal_s\": %.4e},\n"
           " \"full_bus\": {\"currents\": %d, \"cpu_share\": %.4e,\n"
           "  \"with_aggregates\": %.4e, \"aggregates\": %.4e},\n"
           " \"flicker\": {\"cpu_s_per_signal_s\": %.4e}}\n",
           RATE, floor->ops->name, base, floors, sums, resample, lines, fft, base / floors,
           (extra - base) / 8, 3 * FULL_LOADS, full, full_all, full_all - full, flicker(x));
    forget(&one);
    forget(&nine);
    forget(&bus);
    forget(&bus_all);
    fftwf_destroy_plan(fftw.plan);
    fftwf_free(fftw.in);
    fftwf_free(fftw.out);
    free(floor);
    free(x);
    free(wide);
    return 0;
}
