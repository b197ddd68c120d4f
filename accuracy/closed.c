#include "closed.h"

#include <math.h>

static double complex turn(double degrees)
{
    double r = degrees * acos(-1) / 180;
    return cos(r) + I * sin(r);
}

/* A phase's fundamental at `degrees`, or a harmonic of it. */
static double complex wave(double rms, double degrees, const struct simulator_spectrum *s,
                           unsigned order)
{
    if (order == 1)
        return rms * turn(degrees);
    for (unsigned i = 0; i < s->count; i++)
        if (s->list[i].order == order)
            return rms * s->list[i].percent / 100 * turn(order * degrees + s->list[i].angle_deg);
    return 0;
}

static double complex voltage(const struct simulator_config *c, unsigned p, unsigned order)
{
    const struct simulator_network *n = &c->network;
    double complex v = wave(n->nominal_v * n->phase[p].percent / 100, n->phase[p].angle_deg,
                            &n->phase[p].harmonics, order);
    if (order == 1) {
        v += n->nominal_v * n->negative_percent / 100 * turn(n->negative_deg + 120.0 * p);
        v += n->nominal_v * n->zero_percent / 100 * turn(n->zero_deg);
    }
    return v;
}

static double complex current(const struct simulator_config *c, unsigned load, unsigned p,
                              unsigned order)
{
    const struct simulator_current *i = &c->loads[load].current[p];
    return wave(i->rms_a, c->network.phase[p].angle_deg - i->lag_deg, &i->harmonics, order);
}

double complex closed_phasor(const struct simulator_config *c, unsigned load,
                             enum spectrum_channel channel, unsigned order)
{
    switch (channel) {
    case SPECTRUM_VN:
        return order == 1 ? c->network.nominal_v * c->network.neutral_percent / 100 *
                                turn(c->network.neutral_deg)
                          : 0;
    case SPECTRUM_U12:
    case SPECTRUM_U23:
    case SPECTRUM_U31: {
        unsigned p = (unsigned)channel - SPECTRUM_U12;
        return voltage(c, p, order) - voltage(c, (p + 1) % 3, order);
    }
    case SPECTRUM_IN:
        return current(c, load, 0, order) + current(c, load, 1, order) + current(c, load, 2, order);
    default:
        return channel < SPECTRUM_VN ? voltage(c, (unsigned)channel, order)
                                     : current(c, load, (unsigned)channel - SPECTRUM_I1, order);
    }
}

/* A tone of the network in a channel. */
static double complex tone(const struct simulator_config *c, unsigned load,
                           enum spectrum_channel channel, unsigned k)
{
    const struct simulator_network *n = &c->network;
    double complex part[3], sum = 0;
    bool amperes = channel >= SPECTRUM_I1;
    for (unsigned p = 0; p < 3; p++) {
        double lag = amperes ? c->loads[load].current[p].lag_deg : 0;
        double size = amperes ? c->loads[load].current[p].rms_a * n->tone[k].current_percent
                              : n->nominal_v * n->tone[k].voltage_percent;
        part[p] = size / 100 * turn(n->tone[k].angle_deg + n->phase[p].angle_deg - lag);
        sum += part[p];
    }
    if (channel >= SPECTRUM_U12 && channel <= SPECTRUM_U31)
        return part[channel - SPECTRUM_U12] - part[(channel - SPECTRUM_U12 + 1) % 3];
    if (channel == SPECTRUM_VN)
        return 0;
    if (channel == SPECTRUM_IN)
        return sum;
    return part[amperes ? channel - SPECTRUM_I1 : channel];
}

double closed_rms(const struct simulator_config *c, unsigned load, enum spectrum_channel channel,
                  unsigned order)
{
    if (order > 0)
        return cabs(closed_phasor(c, load, channel, order));
    double sum = 0;
    for (unsigned h = 1; h <= SIMULATOR_ORDER_MAX; h++)
        sum += pow(cabs(closed_phasor(c, load, channel, h)), 2);
    for (unsigned k = 0; k < c->network.tone_count; k++)
        sum += pow(cabs(tone(c, load, channel, k)), 2);
    return sqrt(sum);
}

double closed_power(const struct simulator_config *c, unsigned load, unsigned phase)
{
    enum spectrum_channel v = SPECTRUM_V1 + phase, i = SPECTRUM_I1 + phase;
    double sum = 0;
    for (unsigned h = 1; h <= SIMULATOR_ORDER_MAX; h++)
        sum += creal(closed_phasor(c, load, v, h) * conj(closed_phasor(c, load, i, h)));
    for (unsigned k = 0; k < c->network.tone_count; k++)
        sum += creal(tone(c, load, v, k) * conj(tone(c, load, i, k)));
    return sum;
}

double closed_lag_deg(const struct simulator_config *c, unsigned load, unsigned phase)
{
    double complex v = closed_phasor(c, load, SPECTRUM_V1 + phase, 1);
    double complex i = closed_phasor(c, load, SPECTRUM_I1 + phase, 1);
    return carg(v * conj(i)) * 180 / acos(-1);
}

double closed_component(const struct simulator_config *c, unsigned load,
                        enum spectrum_channel first, int thirds)
{
    double complex sum = 0;
    for (unsigned p = 0; p < 3; p++)
        sum += closed_phasor(c, load, first + p, 1) * turn(120.0 * p * thirds) / 3;
    return cabs(sum);
}
