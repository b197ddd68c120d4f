/* What the core takes of a Cortex-M7: memory by setup, stack, and instructions, which QEMU counts
 * (-icount shift=0: one instruction a nanosecond). Printed as "name value" for tools/firmware-figures. */
#include "metrology/metrology.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS  3
#define LOADS    4
#define CHANNELS (3 + 3 * LOADS)

static void make_setup(struct metrology_setup *s, struct metrology_load load[LOADS], double rate_hz,
                       unsigned loads, bool no_spectra)
{
    metrology_setup_init(s);
    s->highest_rate_hz = rate_hz;
    s->nominal_voltage_v = 230;
    s->no_spectra = no_spectra;
    s->no_flicker = true; /* it takes 26 KiB more */
    s->load = load;
    s->load_count = loads;
    for (uint16_t p = 0; p < 3; p++)
        s->voltage[p] = (struct metrology_mix){1, {{p, 1}}};
    for (unsigned i = 0; i < loads; i++) {
        load[i] = (struct metrology_load){.phase = {0, 1, 2}, .rated_current_a = 16};
        for (unsigned p = 0; p < 3; p++)
            load[i].current[p] = (struct metrology_mix){1, {{(uint16_t)(3 + 3 * i + p), 1}}};
    }
}

/* --- Instructions ----------------------------------------------------------------------------------- */

struct systick {
    volatile uint32_t control, reload, value;
};
#define SYSTICK         ((struct systick *)0xe000e010)
#define TICK_LAST       0xffffff
#define TICKS_PER_S     25e6 /* the machine's clock */
#define INSTRUCTIONS(t) ((double)(t) * (1e9 / TICKS_PER_S))

static uint32_t ticks(void)
{
    return TICK_LAST - SYSTICK->value;
}

/* --- Stack ------------------------------------------------------------------------------------------- */

#define STACK_ROOM 65536
#define NEAR       64 /* the two functions' own */
#define UNUSED     0xa5

/* The stack that is free below a function's frame. Nothing interrupts here. */
static volatile unsigned char *below(const void *frame)
{
    return (volatile unsigned char *)((uintptr_t)frame - NEAR - STACK_ROOM);
}

static __attribute__((noinline)) void paint_stack(void)
{
    volatile unsigned char *room = below(__builtin_frame_address(0));
    for (unsigned i = 0; i < STACK_ROOM; i++)
        room[i] = UNUSED;
}

/* How much of it was written to since. */
static __attribute__((noinline)) unsigned used_stack(void)
{
    volatile unsigned char *room = below(__builtin_frame_address(0));
    unsigned clean = 0;
    while (clean < STACK_ROOM && room[clean] == UNUSED)
        clean++;
    return STACK_ROOM - clean + NEAR;
}

/* --- A run ------------------------------------------------------------------------------------------- */

static unsigned windows;

static void on_window(void *context, struct metrology *m, const struct metrology_window *w)
{
    (void)context, (void)m, (void)w;
    windows++;
}

static void make_frames(float *out, unsigned channels, double rate_hz, uint64_t first, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        for (unsigned c = 0; c < channels; c++) {
            double turns = 50 * (double)(first + i) / rate_hz - c % 3 / 3.0 - (c > 2) / 12.0;
            *out++ = (float)((c < 3 ? 325 : 14) * sin(2 * M_PI * turns));
        }
}

/* Prints instructions for a second of signal and for the block that takes the most (it ends a window), after
 * a second in which frequency was found. */
static void run(double rate_hz, unsigned loads, bool no_spectra)
{
    struct metrology_setup s;
    struct metrology_load load[LOADS];
    struct metrology_sink sink = {.window = on_window};
    make_setup(&s, load, rate_hz, loads, no_spectra);
    void *memory = aligned_alloc(64, metrology_bytes(&s));
    paint_stack();
    struct metrology *m = metrology_begin(memory, &s, &sink);
    unsigned channels = 3 + 3 * loads, frames = (unsigned)(rate_hz / 100);
    float *samples = malloc(frames * channels * sizeof *samples);
    double all = 0, most = 0;
    windows = 0;
    for (unsigned k = 0; k < SECONDS * 100; k++) {
        make_frames(samples, channels, rate_hz, k * frames, frames);
        struct wave_block b = {.start_ns = k * 10000000LL,
                               .rate_hz = rate_hz,
                               .first_frame = k * frames,
                               .flags = k ? 0 : WAVE_BEGIN,
                               .frames = frames,
                               .channels = channels,
                               .samples = samples};
        uint32_t from = ticks();
        metrology_push(m, &b);
        double took = INSTRUCTIONS((ticks() - from) & TICK_LAST);
        if (k < 100)
            continue;
        all += took;
        most = took > most ? took : most;
    }
    metrology_finish(m);
    printf("run %g %u %d second %.0f block %.0f stack %u windows %u\n", rate_hz, loads, no_spectra,
           all / (SECONDS - 1), most, used_stack(), windows);
    free(memory);
    free(samples);
}

static void print_memory(double rate_hz)
{
    for (int no_spectra = 0; no_spectra < 2; no_spectra++)
        for (unsigned loads = 0; loads <= LOADS; loads++) {
            struct metrology_setup s;
            struct metrology_load load[LOADS];
            make_setup(&s, load, rate_hz, loads, no_spectra);
            printf("memory %g %u %d %lu\n", rate_hz, loads, no_spectra,
                   (unsigned long)metrology_bytes(&s));
        }
}

int main(void)
{
    static const double rates[] = {3200, 4000, 6400, 8000, 9600};
    SYSTICK->reload = TICK_LAST;
    SYSTICK->control = 5; /* on, by the processor's clock */
    for (unsigned i = 0; i < sizeof rates / sizeof *rates; i++)
        print_memory(rates[i]);
    for (int no_spectra = 0; no_spectra < 2; no_spectra++)
        for (unsigned loads = 1; loads <= LOADS; loads += LOADS - 1) {
            run(4000, loads, no_spectra);
            run(8000, loads, no_spectra);
        }
    return 0;
}
