/* The least that a firmware does: blocks from the converter into the metrology core, P of every window out.
 * The converter is a formula here: 230 V, 10 A, 50 Hz, the currents 30 degrees late, in 24-bit steps. */
#include "metrology/metrology.h"

#include <math.h>
#include <stdio.h>

#define RATE_HZ          4000
#define CHANNELS         6  /* V1 V2 V3 I1 I2 I3 */
#define BLOCK            40 /* frames: 10 ms, what a DMA fills while the block before is metered */
#define VOLTS_PER_STEP   (800 / 8388608.0) /* in a real meter each channel's calibrated number */
#define AMPERES_PER_STEP (100 / 8388608.0)

static unsigned char memory[320 * 1024] __attribute__((aligned(64)));
static float block[BLOCK][CHANNELS];

static void read_converter(uint64_t first_frame)
{
    for (unsigned n = 0; n < BLOCK; n++)
        for (unsigned c = 0; c < CHANNELS; c++) {
            double turns = 50.0 * (double)(first_frame + n) / RATE_HZ - c % 3 / 3.0 - c / 3 / 12.0;
            double rms = c < 3 ? 230 / VOLTS_PER_STEP : 10 / AMPERES_PER_STEP;
            block[n][c] = (float)round(rms * sqrt(2) * sin(2 * 3.141592653589793 * turns));
        }
}

static void on_window(void *context, struct metrology *m, const struct metrology_window *w)
{
    const struct quantity_set *load = &w->load[0];
    (void)context, (void)m;
    if (quantity_valid(load, Q_P)) /* else it is not available, and its number means nothing */
        printf("%ld ms: P %.2f W\n", (long)(load->end_ns / 1000000), load->value[Q_P]);
}

int main(void)
{
    struct metrology_load load = {
        .phase = {0, 1, 2}}; /* I1 flows with V1, I2 with V2, I3 with V3 */
    struct metrology_sink sink = {.window = on_window};
    struct metrology_setup setup;
    metrology_setup_init(&setup);
    setup.highest_rate_hz = RATE_HZ;
    setup.load = &load;
    setup.load_count = 1;
    for (uint16_t p = 0; p < 3;
         p++) { /* channel, and the factor that makes volts or amperes of it */
        setup.voltage[p] = (struct metrology_mix){1, {{p, (float)VOLTS_PER_STEP}}};
        load.current[p] = (struct metrology_mix){1, {{3 + p, (float)AMPERES_PER_STEP}}};
    }
    if (metrology_bytes(&setup) > sizeof memory)
        return 1;
    struct metrology *m = metrology_begin(memory, &setup, &sink);
    struct wave_block b = {0, RATE_HZ, 0, 0, WAVE_BEGIN, BLOCK, CHANNELS, block[0]};
    for (; b.first_frame < 2 * RATE_HZ; b.first_frame += BLOCK, b.flags = 0) {
        b.start_ns = (int64_t)b.first_frame * 1000000000 / RATE_HZ; /* a real one asks its clock */
        read_converter(b.first_frame);
        metrology_push(m, &b);
    }
    return 0;
}
