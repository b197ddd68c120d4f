#include "plant/signals.h"

struct signal_tap signal_tap_of(uint16_t channel)
{
    return (struct signal_tap){.channel = channel, .factor = 1};
}

struct signal_tap signal_tap_calibrated(uint16_t channel, double ratio,
                                        const struct plant_calibration *c, double nominal_hz)
{
    double factor = ratio / (1 + c->ratio_error_percent / 100);
    return (struct signal_tap){.channel = channel,
                               .factor = factor,
                               .advance_us = -c->phase_error_deg / 360 / nominal_hz * 1e6,
                               .offset = -c->offset};
}

uint16_t signal_channel(const struct wave_place *place, unsigned count, enum wave_role role,
                        unsigned circuit)
{
    for (unsigned i = 0; i < count; i++)
        if (place[i].role == role && place[i].circuit == circuit)
            return (uint16_t)i;
    return SIGNAL_NONE;
}

void signal_add(struct metrology_mix *mix, const struct signal_tap *tap, double factor)
{
    if (tap->channel == SIGNAL_NONE || factor == 0)
        return;
    mix->term[mix->terms].channel = tap->channel;
    mix->term[mix->terms].factor = (float)(factor * tap->factor);
    mix->term[mix->terms++].advance_us = (float)tap->advance_us;
    mix->offset += (float)(factor * tap->offset);
}

void signal_star(struct metrology_mix voltage[3], const struct signal_tap line[3])
{
    const double third = 1.0 / 3;
    /* rows V1 V2 V3; columns U12 U23 U31 */
    double with_all[3][3] = {{third, 0, -third}, {-third, third, 0}, {0, -third, third}};
    int there[3], count = 0;
    for (int u = 0; u < 3; u++)
        if (line[u].channel != SIGNAL_NONE)
            there[count++] = u;
    if (count == 1) {
        signal_add(&voltage[there[0]], &line[there[0]], 0.5);
        signal_add(&voltage[(there[0] + 1) % 3], &line[there[0]], -0.5);
        return;
    }
    for (int u = 0; u < 3; u++)
        for (int v = 0; v < 3 && line[u].channel == SIGNAL_NONE; v++) {
            double f = with_all[v][u]; /* the missing one is minus the others' sum */
            for (int k = 0; k < 3; k++)
                with_all[v][k] -= f;
        }
    for (int v = 0; v < 3; v++)
        for (int u = 0; u < 3; u++)
            signal_add(&voltage[v], &line[u], with_all[v][u]);
}

uint8_t signal_drive_between(unsigned a, unsigned b, double *sign)
{
    bool onward = (a + 1) % 3 == b;
    *sign = onward ? 1 : -1;
    return (uint8_t)(DRIVE_U12 + (onward ? a : b));
}
