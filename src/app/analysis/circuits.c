/* From the channels of a recording to circuits and meters. */
#include "app/analysis/analysis.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT16_MAX

/* Channel of each role of one circuit. */
struct roles {
    uint16_t channel[ROLE_OTHER];
};

static struct metrology_mix one(uint16_t channel)
{
    struct metrology_mix m = {0};
    if (channel != NONE) {
        m.terms = 1;
        m.term[0].channel = channel;
        m.term[0].factor = 1;
    }
    return m;
}

static struct metrology_mix sum_of(const uint16_t *channel, const float *factor, unsigned n)
{
    struct metrology_mix m = {0};
    for (unsigned i = 0; i < n; i++) {
        if (factor[i] == 0)
            continue;
        m.term[m.terms].channel = channel[i];
        m.term[m.terms++].factor = factor[i];
    }
    return m;
}

static bool has(const struct roles *r, enum wave_role role)
{
    return r->channel[role] != NONE;
}

static bool has_phase_voltage(const struct roles *r)
{
    return has(r, ROLE_V1) || has(r, ROLE_V2) || has(r, ROLE_V3);
}

static bool has_delta(const struct roles *r)
{
    int lines = has(r, ROLE_U12) + has(r, ROLE_U23) + has(r, ROLE_U31);
    return !has_phase_voltage(r) && lines >= 2;
}

static bool has_voltage(const struct roles *r)
{
    return has_phase_voltage(r) || has_delta(r);
}

static bool has_current(const struct roles *r)
{
    return has(r, ROLE_I1) || has(r, ROLE_I2) || has(r, ROLE_I3);
}

/* Voltages to the virtual star point from two or three line voltages, whose sum is zero:
 * V1 = (U12 - U31) / 3 and so on round. */
static void delta_voltages(struct metrology_setup *s, const struct roles *r)
{
    const float third = 1.0f / 3;
    /* rows V1 V2 V3; columns U12 U23 U31 */
    float with_all[3][3] = {{third, 0, -third}, {-third, third, 0}, {0, -third, third}};
    uint16_t line[3] = {r->channel[ROLE_U12], r->channel[ROLE_U23], r->channel[ROLE_U31]};
    for (int missing = 0; missing < 3; missing++) {
        if (line[missing] != NONE)
            continue;
        for (int v = 0; v < 3; v++) { /* the missing one is minus the others' sum */
            float f = with_all[v][missing];
            for (int u = 0; u < 3; u++)
                with_all[v][u] -= f;
        }
    }
    for (int v = 0; v < 3; v++)
        s->voltage[v] = sum_of(line, with_all[v], 3);
}

static void set_voltages(struct metrology_setup *s, const struct roles *r)
{
    s->delta = has_delta(r);
    if (s->delta) {
        delta_voltages(s, r);
        return;
    }
    for (int v = 0; v < 4; v++)
        s->voltage[v] = one(r->channel[ROLE_V1 + v]);
}

/* Three wires carry currents whose sum is zero; four have a neutral, measured or the sum. */
static void set_currents(struct metrology_load *load, const struct roles *r, bool three_wires)
{
    const uint16_t *c = &r->channel[ROLE_I1];
    for (uint8_t i = 0; i < 3; i++) {
        load->current[i] = one(c[i]);
        load->phase[i] = i;
    }
    load->current[3] = one(r->channel[ROLE_IN]);
    for (int i = 0; i < 3 && three_wires; i++) {
        uint16_t others[2] = {c[(i + 1) % 3], c[(i + 2) % 3]};
        if (c[i] == NONE && others[0] != NONE && others[1] != NONE)
            load->current[i] = sum_of(others, (const float[]){-1, -1}, 2);
    }
    if (!three_wires && !has(r, ROLE_IN) && c[0] != NONE && c[1] != NONE && c[2] != NONE)
        load->current[3] = sum_of(c, (const float[]){1, 1, 1}, 3);
}

static const char *type_of(const struct roles *voltage, const struct roles *current)
{
    if (!voltage)
        return "I";
    if (has_delta(voltage))
        return "3P";
    int phases = has(voltage, ROLE_V1) + has(voltage, ROLE_V2) + has(voltage, ROLE_V3);
    int currents = has_current(current)
                       ? has(current, ROLE_I1) + has(current, ROLE_I2) + has(current, ROLE_I3)
                       : phases;
    int conductors = currents < phases ? currents : phases;
    return conductors == 3 ? "3P+N" : conductors == 2 ? "2P+N" : "1P+N";
}

static struct analysis_meter *meter_for(struct analysis *a, unsigned voltages_of)
{
    for (unsigned i = 0; i < a->meter_count; i++)
        if (a->meter[i].voltages_of == voltages_of)
            return &a->meter[i];
    struct analysis_meter *m = &a->meter[a->meter_count++];
    m->voltages_of = voltages_of;
    return m;
}

/* As given, or that of the installation's load with the circuit's number. */
static double rated_current(const struct analysis *a, unsigned number)
{
    const struct plant *p = a->options->plant;
    if (a->options->nominal_current_a > 0 || !p)
        return a->options->nominal_current_a;
    for (unsigned d = 0; d < p->device_count; d++)
        for (unsigned l = 0; l < p->device[d].load_count; l++)
            if (p->device[d].load[l].point == number)
                return p->device[d].load[l].rated_current_a;
    return 0;
}

static void add_circuit(struct analysis *a, unsigned number, const struct roles *all)
{
    const struct roles *own = &all[number];
    unsigned voltages_of = number;
    if (!has_voltage(own))
        for (voltages_of = 1; voltages_of <= WAVE_CIRCUITS_MAX; voltages_of++)
            if (has_voltage(&all[voltages_of]))
                break;
    if (voltages_of > WAVE_CIRCUITS_MAX)
        voltages_of = 0;
    struct analysis_meter *meter = meter_for(a, voltages_of);
    struct analysis_circuit *c = &a->circuit[a->circuit_count++];
    c->number = number;
    c->voltages_of = voltages_of;
    c->type = type_of(voltages_of ? &all[voltages_of] : NULL, own);
    c->meter = (unsigned)(meter - a->meter);
    c->load = METROLOGY_NETWORK;
    for (int s = 0; s < SPECTRUM_COUNT; s++) {
        text_init(&c->half_cycle_t[s], (size_t)1 << 30);
        text_init(&c->half_cycle_rms[s], (size_t)1 << 30);
    }
    if (voltages_of == number)
        set_voltages(&meter->setup, own);
    if (!has_current(own))
        return;
    c->load = (int)meter->load_count;
    struct metrology_load *load = &meter->load[meter->load_count++];
    load->rated_current_a = rated_current(a, number);
    set_currents(load, own, voltages_of && has_delta(&all[voltages_of]));
}

static void gather_roles(struct analysis *a, struct roles *all)
{
    memset(all, 0xff, sizeof *all * (WAVE_CIRCUITS_MAX + 1));
    for (unsigned i = 0; i < a->info->channel_count; i++) {
        const struct source_channel *ch = &a->info->channels[i];
        if (ch->place.role == ROLE_OTHER)
            continue;
        uint16_t *slot = &all[ch->place.circuit].channel[ch->place.role];
        if (*slot == NONE)
            *slot = (uint16_t)i;
        else
            analysis_note(a, "channel \"%s\" has a role that another one has already: not metered",
                          ch->name);
    }
}

enum err analysis_find_circuits(struct analysis *a, struct fault *fault)
{
    struct roles *all = malloc(sizeof *all * (WAVE_CIRCUITS_MAX + 1));
    a->circuit = calloc(WAVE_CIRCUITS_MAX, sizeof *a->circuit);
    a->meter = calloc(WAVE_CIRCUITS_MAX, sizeof *a->meter);
    if (!all || !a->circuit || !a->meter) {
        free(all);
        return fault_set(fault, ERR_MEMORY, "not enough memory for the circuits of a recording");
    }
    gather_roles(a, all);
    /* Those with voltages first, so that their meters stand before the loads that share them. */
    for (int with_voltage = 1; with_voltage >= 0; with_voltage--)
        for (unsigned n = 1; n <= WAVE_CIRCUITS_MAX; n++)
            if (has_voltage(&all[n]) == with_voltage && (with_voltage || has_current(&all[n])))
                add_circuit(a, n, all);
    free(all);
    if (a->circuit_count == 0)
        return fault_set(fault, ERR_INPUT,
                         "%s: no channel is known as a phase's voltage or current; name them by "
                         "position with --channels, for instance --channels V1,V2,V3,I1,I2,I3",
                         a->info->file);
    return ERR_OK;
}
