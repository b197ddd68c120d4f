#include "source/simulator_check.h"

#include <math.h>
#include <stdio.h>

/* One number and its range; the name may hold a %u for the number of a load or an event. */
struct range {
    const char *name;
    double value, least, most;
};

static enum err check(const char *what, const struct range *list, size_t count, struct fault *fault)
{
    for (size_t i = 0; i < count; i++)
        if (!(list[i].value >= list[i].least && list[i].value <= list[i].most))
            return fault_set(fault, ERR_USAGE, "simulator: %s: %s is %g, expected %g to %g", what,
                             list[i].name, list[i].value, list[i].least, list[i].most);
    return ERR_OK;
}

#define CHECK(what, list, fault) check(what, list, sizeof(list) / sizeof *(list), fault)

static enum err check_spectrum(const char *what, const struct simulator_spectrum *s,
                               struct fault *fault)
{
    bool seen[SIMULATOR_ORDER_MAX + 1] = {false};
    enum err err = ERR_OK;
    for (unsigned i = 0; i < s->count && !err; i++) {
        const struct simulator_harmonic *h = &s->list[i];
        const struct range list[] = {
            {"harmonic order", h->order, 2, SIMULATOR_ORDER_MAX},
            {"harmonic percent", h->percent, 0, 1000},
            {"harmonic angle", h->angle_deg, -36000, 36000},
        };
        err = CHECK(what, list, fault);
        if (!err && seen[h->order])
            err = fault_set(fault, ERR_USAGE, "simulator: %s: harmonic %u stands twice", what,
                            h->order);
        if (!err)
            seen[h->order] = true;
    }
    return err;
}

static enum err check_sensor(const char *what, const struct simulator_sensor *s,
                             struct fault *fault)
{
    const struct range list[] = {
        {"ratio_error_percent", s->ratio_error_percent, -99, 1000},
        {"phase_error_min", s->phase_error_min, -10800, 10800},
        {"noise_rms", s->noise_rms, 0, 1e9},
        {"saturation_peak", s->saturation_peak, 0, 1e9},
        {"full_scale_peak", s->full_scale_peak, 0, 1e9},
    };
    return CHECK(what, list, fault);
}

enum err simulator_check_network(const struct simulator_network *n, struct fault *fault)
{
    const double turn = 36000;
    const struct range list[] = {
        {"nominal_v", n->nominal_v, 0.001, 1e6},
        {"frequency_hz", n->frequency_hz, 1, 1000},
        {"drift_hz_per_s", n->drift_hz_per_s, -100, 100},
        {"drift_limit_hz", n->drift_limit_hz, 0, n->frequency_hz * 0.9},
        {"wander_hz", n->wander_hz, 0, n->frequency_hz * 0.9},
        {"wander_period_s", n->wander_period_s, n->wander_hz != 0 ? 0.1 : 0, 1e9},
        {"negative_percent", n->negative_percent, 0, 1000},
        {"negative_deg", n->negative_deg, -turn, turn},
        {"zero_percent", n->zero_percent, 0, 1000},
        {"zero_deg", n->zero_deg, -turn, turn},
        {"neutral_percent", n->neutral_percent, 0, 1000},
        {"neutral_deg", n->neutral_deg, -turn, turn},
        {"noise_percent", n->noise_percent, 0, 1000},
        {"flicker_percent", n->flicker_percent, 0, 200},
        {"flicker_hz", n->flicker_hz, n->flicker_percent != 0 ? 0.001 : 0, 1000},
        {"channels", n->channels, 0, 15},
        {"tone_count", n->tone_count, 0, SIMULATOR_TONES_MAX},
    };
    enum err err = CHECK("network", list, fault);
    for (unsigned i = 0; i < n->tone_count && !err; i++) {
        const struct range tone[] = {
            {"hz", n->tone[i].hz, 0.001, 1e6},
            {"voltage_percent", n->tone[i].voltage_percent, 0, 1000},
            {"current_percent", n->tone[i].current_percent, 0, 1000},
            {"angle_deg", n->tone[i].angle_deg, -turn, turn},
        };
        err = CHECK("network, tone", tone, fault);
    }
    for (int p = 0; p <= SIMULATOR_PHASES && !err; p++) {
        char what[32];
        snprintf(what, sizeof what, p < SIMULATOR_PHASES ? "network, phase %d" : "network, neutral",
                 p + 1);
        err = check_sensor(what, &n->sensor[p], fault);
        if (err || p == SIMULATOR_PHASES)
            break;
        const struct range phase[] = {
            {"percent", n->phase[p].percent, 0, 1000},
            {"angle_deg", n->phase[p].angle_deg, -turn, turn},
        };
        err = CHECK(what, phase, fault);
        if (!err)
            err = check_spectrum(what, &n->phase[p].harmonics, fault);
    }
    return err;
}

enum err simulator_check_load(const struct simulator_load *l, unsigned index, struct fault *fault)
{
    char what[48];
    const struct range list[] = {
        {"circuit", l->circuit, 1, WAVE_CIRCUITS_MAX},
        {"channels", l->channels, 1, 15},
        {"swing_percent", l->swing_percent, 0, 100},
        {"swing_period_s", l->swing_period_s, l->swing_percent != 0 ? 2 : 0, 1e9},
        {"flutter_percent", l->flutter_percent, 0, 100},
    };
    snprintf(what, sizeof what, "load %u", index);
    enum err err = CHECK(what, list, fault);
    for (int i = 0; l->has_profile && i < SIMULATOR_PROFILE_HOURS && !err; i++) {
        const struct range hour[] = {{"profile", l->profile[i], -1000, 1000}};
        err = CHECK(what, hour, fault);
    }
    for (int p = 0; p <= SIMULATOR_PHASES && !err; p++) {
        snprintf(what, sizeof what, p < SIMULATOR_PHASES ? "load %u, phase %d" : "load %u, neutral",
                 index, p + 1);
        err = check_sensor(what, &l->sensor[p], fault);
        if (err || p == SIMULATOR_PHASES)
            break;
        const struct range current[] = {
            {"rms_a", l->current[p].rms_a, -1e6, 1e6},
            {"lag_deg", l->current[p].lag_deg, -36000, 36000},
        };
        err = CHECK(what, current, fault);
        if (!err)
            err = check_spectrum(what, &l->current[p].harmonics, fault);
    }
    return err;
}

enum err simulator_check_event(const struct simulator_event *e, unsigned index, struct fault *fault)
{
    const struct range list[] = {
        {"phases", e->phases, 1, 7},
        {"start_s", e->start_s, 0, 1e10},
        {"duration_s", e->duration_s, 0, 1e10},
        {"residual", e->residual, 0, 100},
        {"period_s", e->period_s, e->period_s != 0 ? fmax(e->duration_s, 0.001) : 0, 1e10},
    };
    char what[32];
    snprintf(what, sizeof what, "event %u", index);
    return CHECK(what, list, fault);
}

enum err simulator_check_config(const struct simulator_config *c, struct fault *fault)
{
    const struct range list[] = {
        {"utc_offset_s", c->utc_offset_s, -86400, 86400},
        {"duration_s", c->duration_s, 0, 1e10},
        {"rate_hz", c->rate_hz, 10, 1e6},
        {"block_frames", c->block_frames, 1, 65536},
        {"adc_bits", c->adc_bits, c->adc_bits != 0 ? 8 : 0, 32},
        {"clock_error_ppm", c->clock_error_ppm, -100000, 100000},
        {"event_count", c->event_count, 0, SIMULATOR_EVENTS_MAX},
        {"load_count", c->load_count, 0, WAVE_CIRCUITS_MAX},
    };
    enum err err = CHECK("configuration", list, fault);
    if (!err)
        err = simulator_check_network(&c->network, fault);
    if (!err && c->network.frequency_hz >= c->rate_hz / 2)
        err = fault_set(fault, ERR_USAGE,
                        "simulator: configuration: rate_hz is %g, which cannot carry %g Hz",
                        c->rate_hz, c->network.frequency_hz);
    for (unsigned i = 0; i < c->event_count && !err; i++)
        err = simulator_check_event(&c->events[i], i + 1, fault);
    unsigned channels = (unsigned)__builtin_popcount(c->network.channels);
    for (unsigned i = 0; i < c->load_count && !err; i++) {
        err = simulator_check_load(&c->loads[i], i + 1, fault);
        channels += (unsigned)__builtin_popcount(c->loads[i].channels & 15);
        for (unsigned k = 0; k < i && !err; k++)
            if (c->loads[k].circuit == c->loads[i].circuit)
                err =
                    fault_set(fault, ERR_USAGE, "simulator: loads %u and %u are both of circuit %u",
                              k + 1, i + 1, c->loads[i].circuit);
    }
    if (!err && (channels == 0 || channels > SOURCE_CHANNELS_MAX))
        err = fault_set(fault, ERR_USAGE, "simulator: %u channels, expected 1 to %u", channels,
                        SOURCE_CHANNELS_MAX);
    return err;
}
