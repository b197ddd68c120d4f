#include "chain.h"

#include <math.h>

#define LIST(...)   \
    {               \
        __VA_ARGS__ \
    }

static const struct chain_device devices[] = {
    {"meter 16 bit", 16, "0.2S", "1S", "0.1", 100, false, {0}, {0}, 0},
    {"meter 24 bit", 24, "0.2S", "1S", "0.1", 100, false, {0}, {0}, 0},
#define SENSOR(family, active, reactive, value, rated, ratio, phase, noise) \
    {family, 24, active, reactive, value, rated, true, LIST ratio, LIST phase, noise},
#include "sensors.def"
#undef SENSOR
};

const struct chain_device *chain_devices(unsigned *count)
{
    *count = sizeof devices / sizeof *devices;
    return devices;
}

static double even(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ z >> 31) >> 11) * 0x1p-52 - 1;
}

struct chain_draw chain_draw(unsigned number)
{
    struct chain_draw d = {.seed = number + 1};
    uint64_t state = 1000003 * (uint64_t)(number + 1);
    /* Corners: all phases alike, which is the worst for totals. Ratios with the same sign add up in power, phases
     * with opposite ones. */
    double ratio = number & 1 ? -1 : 1, phase = number & 2 ? -1 : 1, against = number & 4 ? -1 : 1;
    bool corner = number < CHAIN_CORNERS;
    for (unsigned i = 0; i < 4; i++) {
        if (i < 3) {
            d.voltage_ratio[i] = corner ? ratio * against : even(&state);
            d.voltage_phase[i] = corner ? -phase : even(&state);
        }
        d.current_ratio[i] = corner ? ratio : even(&state);
        d.current_phase[i] = corner ? phase : even(&state);
        d.sensor_ratio[i] = corner ? ratio : even(&state);
        d.sensor_phase[i] = corner ? phase : even(&state);
    }
    d.clock = corner ? ratio : even(&state);
    return d;
}

/* A limit at a share of In, from those at 2, 10 and 100 %. */
static double limit_at(const double limit[3], double share)
{
    static const double at[3] = {0.02, 0.1, 1};
    if (share <= at[0])
        return limit[0];
    if (share >= at[2])
        return limit[2];
    int i = share < at[1] ? 0 : 1;
    return limit[i] + (limit[i + 1] - limit[i]) * log(share / at[i]) / log(at[i + 1] / at[i]);
}

/* White noise of the inputs: half a step of 16 bits, an eighth of a step of 18 with the better converter. */
static double input_noise(unsigned bits, double full_scale)
{
    return full_scale * (bits <= 16 ? 0x1p-16 : 0x1p-20);
}

void chain_apply(const struct chain_device *d, const struct chain_draw *draw, double share,
                 struct simulator_config *signal, struct simulator_load *load)
{
    double range = CHAIN_CURRENT_PEAK * d->rated_a;
    signal->adc_bits = d->bits;
    signal->clock_error_ppm = draw->clock * CHAIN_CLOCK_PPM;
    signal->seed = draw->seed;
    for (unsigned i = 0; i < 3; i++)
        signal->network.sensor[i] = (struct simulator_sensor){
            .ratio_error_percent = draw->voltage_ratio[i] * CHAIN_INPUT_RATIO_PERCENT,
            .phase_error_min = draw->voltage_phase[i] * CHAIN_INPUT_PHASE_MIN,
            .noise_rms = input_noise(d->bits, CHAIN_VOLTAGE_PEAK),
            .full_scale_peak = CHAIN_VOLTAGE_PEAK,
        };
    for (unsigned i = 0; load && i < 4; i++) {
        double ratio = draw->current_ratio[i] * CHAIN_INPUT_RATIO_PERCENT;
        double phase = draw->current_phase[i] * CHAIN_INPUT_PHASE_MIN;
        double noise = input_noise(d->bits, range);
        if (d->has_sensor) {
            ratio += draw->sensor_ratio[i] * limit_at(d->ratio_percent, share);
            phase += draw->sensor_phase[i] * limit_at(d->phase_min, share);
            noise = hypot(noise, d->rated_a * d->noise_percent / 100);
        }
        load->sensor[i] = (struct simulator_sensor){.ratio_error_percent = ratio,
                                                    .phase_error_min = phase,
                                                    .noise_rms = noise,
                                                    .full_scale_peak = range};
    }
}
