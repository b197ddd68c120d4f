#include "plant/wiring.h"

#include "plant/signals.h"

#include <math.h>
#include <string.h>

struct scene {
    const struct plant *plant;
    const struct wave_place *place;
    unsigned channels;
};

static uint16_t channel_of(const struct scene *s, enum wave_role role, unsigned circuit)
{
    return signal_channel(s->place, s->channels, role, circuit);
}

static double ratio_of(const struct scene *s, double primary, double secondary)
{
    return s->plant->secondary && primary > 0 && secondary > 0 ? primary / secondary : 1;
}

/* --- Voltages ------------------------------------------------------------------------------------------- */

/* What is known of the inputs that lie between these conductors: of a line voltage, the mean. */
static struct plant_calibration calibration_of(const struct plant_network *n, unsigned conductors)
{
    struct plant_calibration c = {0, 0, 0};
    double share = conductors & (conductors - 1) ? 0.5 : 1;
    for (unsigned i = 0; i < n->voltage_input_count; i++)
        if (n->voltage_input[i].conductor & conductors) {
            const struct plant_calibration *of = &n->voltage_input[i].calibration;
            c.ratio_error_percent += share * of->ratio_error_percent;
            c.phase_error_deg += share * of->phase_error_deg;
            c.offset += share == 1 ? of->offset : 0;
        }
    return c;
}

static struct signal_tap voltage_tap(const struct scene *s, enum wave_role role,
                                     unsigned conductors)
{
    const struct plant_network *n = &s->plant->network;
    struct plant_calibration c = calibration_of(n, conductors);
    return signal_tap_calibrated(
        channel_of(s, role, 1), ratio_of(s, n->vt_primary_v, n->vt_secondary_v), &c, n->nominal_hz);
}

/* Two phases without neutral: each against the middle of both, whatever the source counts from. */
static void wire_middle(struct metrology_mix voltage[3], const struct signal_tap phase[3])
{
    for (unsigned v = 0; v < 2; v++) {
        signal_add(&voltage[v], &phase[v], 0.5);
        signal_add(&voltage[v], &phase[1 - v], -0.5);
    }
}

static enum err wire_voltages(const struct scene *s, struct metrology_setup *setup,
                              struct fault *fault)
{
    const struct network_type_info *type = network_type_info(s->plant->network.type);
    struct signal_tap phase[4], line[3];
    unsigned phases = 0, lines = 0;
    for (unsigned v = 0; v < 4; v++) {
        phase[v] = voltage_tap(s, (enum wave_role)(ROLE_V1 + v), 1u << v);
        phases += v < type->phases && phase[v].channel != SIGNAL_NONE;
    }
    for (unsigned u = 0; u < 3; u++) {
        line[u] = voltage_tap(s, (enum wave_role)(ROLE_U12 + u), 1u << u | 1u << (u + 1) % 3);
        lines += line[u].channel != SIGNAL_NONE;
    }
    if (!type->neutral && type->phases == 2 && phases == 2) {
        wire_middle(setup->voltage, phase);
    } else if (!type->neutral && type->phases == 2 && line[0].channel != SIGNAL_NONE) {
        line[1].channel = line[2].channel = SIGNAL_NONE;
        signal_star(setup->voltage, line);
    } else if (phases > 0) {
        for (unsigned v = 0; v < 4; v++)
            if (v == 3 || v < type->phases)
                signal_add(&setup->voltage[v], &phase[v], 1);
    } else if (!type->neutral && type->phases == 3 && lines >= 2) {
        signal_star(setup->voltage, line);
    } else {
        return fault_set(fault, ERR_INPUT,
                         "the source has no voltage channel that a %s network needs: %s (name "
                         "them with `channels`)",
                         type->name,
                         type->phases == 1   ? "V1"
                         : type->neutral     ? type->phases == 2 ? "V1 and V2" : "V1, V2 and V3"
                         : type->phases == 2 ? "U12, or V1 and V2"
                                             : "V1, V2 and V3, or two of U12, U23 and U31");
    }
    return ERR_OK;
}

/* --- Currents ------------------------------------------------------------------------------------------- */

static bool is_measured(const struct plant_load *load, unsigned i)
{
    const struct load_type_info *type = load_type_info(load->type);
    if (i == 3)
        return type->neutral_measured;
    if (type->rule == RULE_PHASES)
        return i < type->phases;
    return type->rule == RULE_BETWEEN ? i == 0 : load->input[i] != 0;
}

/* Does the source name the load's currents by their place in the load? Else by the network's phases. */
static bool is_named_by_place(const struct scene *s, const struct plant_load *load)
{
    for (unsigned i = 0; i < 3; i++)
        if (is_measured(load, i) &&
            channel_of(s, (enum wave_role)(ROLE_I1 + i), load->point) == SIGNAL_NONE)
            return false;
    return true;
}

/* The channel of current i (0 1 2). The one current of a load with one sensor may also be I1. */
static uint16_t current_channel(const struct scene *s, const struct plant_load *load, unsigned i)
{
    unsigned place = is_named_by_place(s, load) ? i : load->phase[i] - 1u;
    uint16_t channel = channel_of(s, (enum wave_role)(ROLE_I1 + place), load->point);
    if (channel == SIGNAL_NONE && load_type_info(load->type)->inputs == 1)
        channel = channel_of(s, ROLE_I1, load->point);
    return channel;
}

static struct signal_tap current_tap(const struct scene *s, const struct plant_load *load,
                                     unsigned i)
{
    uint16_t channel = i < 3 ? current_channel(s, load, i) : channel_of(s, ROLE_IN, load->point);
    struct signal_tap tap =
        signal_tap_calibrated(channel, ratio_of(s, load->ct_primary_a, load->ct_secondary_a),
                              &load->sensor[i], s->plant->network.nominal_hz);
    if (load->reversed[i]) {
        tap.factor = -tap.factor;
        tap.offset = -tap.offset;
    }
    return tap;
}

/* IN where no sensor measures it; the third of three currents; the sum that ID is compared with. */
static void wire_sums(struct metrology_load *to, const struct load_type_info *type,
                      const struct signal_tap tap[4], unsigned found)
{
    bool all = found == type->phases && type->rule == RULE_PHASES;
    for (unsigned i = 0;
         all && type->neutral && type->phases > 1 && !type->neutral_measured && i < 3; i++)
        signal_add(&to->current[CURRENT_N], &tap[i], 1);
    bool sum = all && to->current[CURRENT_D].terms > 0 &&
               (!type->neutral || tap[3].channel != SIGNAL_NONE);
    for (unsigned i = 0; sum && i < 4; i++)
        signal_add(&to->current[CURRENT_SUM], &tap[i], 1);
    for (unsigned i = 0; type->rule == RULE_TWO_OF_THREE && found == 2 && i < 3; i++) {
        if (tap[i].channel != SIGNAL_NONE)
            continue;
        signal_add(&to->current[i], &tap[(i + 1) % 3], -1);
        signal_add(&to->current[i], &tap[(i + 2) % 3], -1);
    }
}

static uint8_t drive_of(const struct plant_load *load, unsigned i, double *sign)
{
    const struct load_type_info *type = load_type_info(load->type);
    *sign = 1;
    if (i >= type->phases)
        return 0;
    if (type->rule == RULE_BETWEEN)
        return signal_drive_between(load->phase[0] - 1u, load->phase[1] - 1u, sign);
    return (uint8_t)(load->phase[i] - 1);
}

static bool wire_load(const struct scene *s, const struct plant_load *load,
                      struct metrology_load *to)
{
    const struct load_type_info *type = load_type_info(load->type);
    struct signal_tap tap[4];
    unsigned found = 0;
    memset(to, 0, sizeof *to);
    to->rated_current_a = load->rated_current_a;
    to->demand_current_a = load->demand_current_a;
    to->balanced = type->rule == RULE_BALANCED;
    for (unsigned i = 0; i < 4; i++) {
        double sign = 1;
        tap[i] = is_measured(load, i) ? current_tap(s, load, i) : signal_tap_of(SIGNAL_NONE);
        if (i < 3)
            to->phase[i] = drive_of(load, i, &sign);
        signal_add(&to->current[i], &tap[i], sign);
        found += i < 3 && tap[i].channel != SIGNAL_NONE;
    }
    for (unsigned i = 0; i < 2; i++) {
        uint16_t channel = channel_of(s, (enum wave_role)(ROLE_ID + i), load->point);
        struct signal_tap residual = signal_tap_of(channel);
        signal_add(&to->current[CURRENT_D + i], &residual, 1);
    }
    wire_sums(to, type, tap, found);
    return found > 0;
}

/* --- All of it ------------------------------------------------------------------------------------------ */

static void take_settings(struct metrology_setup *s, const struct plant *plant)
{
    const struct plant_network *n = &plant->network;
    const struct network_type_info *type = network_type_info(n->type);
    s->nominal_hz = n->nominal_hz;
    s->nominal_voltage_v = n->nominal_voltage_v;
    s->high_leg = n->type == NETWORK_3P_HIGH_LEG;
    s->delta = (!type->neutral && type->phases > 1) || s->high_leg;
    s->split = type->phases == 2;
    s->dip_percent = n->dip_percent;
    s->swell_percent = n->swell_percent;
    s->interruption_percent = n->interruption_percent;
    s->hysteresis_percent = n->hysteresis_percent;
    s->overcurrent_percent = n->overcurrent_percent;
    s->sliding_reference = n->sliding_reference;
    s->rvc_percent = n->rvc_percent;
    s->rvc_hysteresis_percent = n->rvc_hysteresis_percent;
    s->signalling_percent = n->signalling_percent;
    s->signalling_hz = plant->measurement.signalling_hz;
    s->signalling_s = plant->measurement.signalling_s;
    s->flicker_lamp = plant->measurement.flicker_lamp;
    s->reactive = plant->measurement.reactive;
    s->total = plant->measurement.total;
    s->pf_sign = plant->measurement.pf_sign;
    s->start_up_w = plant->measurement.start_up_va;
    s->energy_per_phase = plant->measurement.energy == PLANT_ENERGY_PER_PHASE;
    s->average_s = (unsigned)(plant->measurement.average_s + 0.5);
    s->demand_minutes = (unsigned)(plant->measurement.demand_s / 60 + 0.5);
    s->fast_cycles = (unsigned)(plant->measurement.fast_s * n->nominal_hz + 0.5);
    if (s->fast_cycles > METROLOGY_FAST_CYCLES_MAX)
        s->fast_cycles = METROLOGY_FAST_CYCLES_MAX;
    if (s->fast_cycles == 0 && plant->measurement.fast_s > 0)
        s->fast_cycles = 1;
}

enum err wiring_find_network(struct metrology_setup *setup, const struct plant *plant,
                             const struct wave_place *place, unsigned channel_count,
                             struct fault *fault)
{
    struct scene s = {plant, place, channel_count};
    take_settings(setup, plant);
    return wire_voltages(&s, setup, fault);
}

bool wiring_find_load(struct metrology_load *to, const struct plant *plant,
                      const struct plant_load *load, const struct wave_place *place,
                      unsigned channel_count)
{
    struct scene s = {plant, place, channel_count};
    return wire_load(&s, load, to);
}

enum err wiring_find(struct wiring *w, const struct plant *plant, const struct wave_place *place,
                     unsigned channel_count, struct fault *fault)
{
    memset(w, 0, sizeof *w);
    metrology_setup_init(&w->setup);
    enum err err = wiring_find_network(&w->setup, plant, place, channel_count, fault);
    if (err)
        return err;
    for (unsigned d = 0; d < plant->device_count; d++)
        for (unsigned l = 0; l < plant->device[d].load_count; l++) {
            const struct plant_load *load = &plant->device[d].load[l];
            if (!wiring_find_load(&w->load[w->load_count], plant, load, place, channel_count))
                continue;
            w->point[w->load_count] = load->point;
            w->of[w->load_count++] = load;
        }
    w->setup.load = w->load;
    w->setup.load_count = w->load_count;
    return ERR_OK;
}
