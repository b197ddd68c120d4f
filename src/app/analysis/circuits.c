/* From the channels of a recording to circuits and meters. */
#include "app/analysis/analysis.h"
#include "plant/signals.h"
#include "plant/wiring.h"

#include <stdlib.h>
#include <string.h>

#define NONE SIGNAL_NONE

/* Channel of each role of one circuit. */
struct roles {
    uint16_t channel[ROLE_OTHER];
};

static struct metrology_mix one(uint16_t channel)
{
    struct metrology_mix m = {0};
    struct signal_tap tap = signal_tap_of(channel);
    signal_add(&m, &tap, 1);
    return m;
}

static struct metrology_mix sum_of(const uint16_t *channel, const double *factor, unsigned n)
{
    struct metrology_mix m = {0};
    for (unsigned i = 0; i < n; i++) {
        struct signal_tap tap = signal_tap_of(channel[i]);
        signal_add(&m, &tap, factor[i]);
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

static int line_voltages(const struct roles *r)
{
    return has(r, ROLE_U12) + has(r, ROLE_U23) + has(r, ROLE_U31);
}

/* Line voltages and no others: a delta, or two conductors if there is but one. */
static bool has_delta(const struct roles *r)
{
    return !has_phase_voltage(r) && line_voltages(r) > 0;
}

static bool has_pair(const struct roles *r)
{
    return !has_phase_voltage(r) && line_voltages(r) == 1;
}

static bool has_voltage(const struct roles *r)
{
    return has_phase_voltage(r) || has_delta(r);
}

static bool has_current(const struct roles *r)
{
    return has(r, ROLE_I1) || has(r, ROLE_I2) || has(r, ROLE_I3);
}

static void set_voltages(struct metrology_setup *s, const struct roles *r)
{
    s->delta = has_delta(r);
    s->split = has_pair(r);
    if (s->delta) {
        struct signal_tap line[3];
        for (int u = 0; u < 3; u++)
            line[u] = signal_tap_of(r->channel[ROLE_U12 + u]);
        signal_star(s->voltage, line);
        return;
    }
    for (int v = 0; v < 4; v++)
        s->voltage[v] = one(r->channel[ROLE_V1 + v]);
}

/* Between two conductors one current is driven by the voltage between them; where both currents are there,
 * each by its half of it. */
static void set_pair(struct metrology_load *load, const struct roles *current,
                     const struct roles *voltage)
{
    unsigned u = 0;
    while (!has(voltage, (enum wave_role)(ROLE_U12 + u)))
        u++;
    unsigned ends[2] = {u, (u + 1) % 3};
    bool both = has(current, (enum wave_role)(ROLE_I1 + ends[0])) &&
                has(current, (enum wave_role)(ROLE_I1 + ends[1]));
    for (unsigned i = 0; i < 3; i++) {
        double sign = i == ends[1] && !both ? -1 : 1; /* what comes back at the second end */
        bool end = i == ends[0] || i == ends[1];
        load->current[i] = sum_of(&current->channel[ROLE_I1 + i], &sign, end ? 1 : 0);
        load->phase[i] = (uint8_t)(both ? i : DRIVE_U12 + u);
    }
}

/* Three wires carry currents whose sum is zero; four have a neutral, measured or the sum. */
static void set_currents(struct metrology_load *load, const struct roles *r, bool three_wires)
{
    const uint16_t *c = &r->channel[ROLE_I1];
    for (uint8_t i = 0; i < 3; i++) {
        load->current[i] = one(c[i]);
        load->phase[i] = i;
    }
    load->current[CURRENT_N] = one(r->channel[ROLE_IN]);
    load->current[CURRENT_D] = one(r->channel[ROLE_ID]);
    load->current[CURRENT_PE] = one(r->channel[ROLE_IPE]);
    for (int i = 0; i < 3 && three_wires; i++) {
        uint16_t others[2] = {c[(i + 1) % 3], c[(i + 2) % 3]};
        if (c[i] == NONE && others[0] != NONE && others[1] != NONE)
            load->current[i] = sum_of(others, (const double[]){-1, -1}, 2);
    }
    if (!three_wires && !has(r, ROLE_IN) && c[0] != NONE && c[1] != NONE && c[2] != NONE)
        load->current[CURRENT_N] = sum_of(c, (const double[]){1, 1, 1}, 3);
}

static const char *type_of(const struct roles *voltage, const struct roles *current)
{
    if (!voltage)
        return "I";
    if (has_pair(voltage))
        return "2P";
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
    struct analysis_meter *m = &a->meter[a->meter_count];
    m->voltages_of = voltages_of;
    m->load = calloc(WAVE_CIRCUITS_MAX, sizeof *m->load);
    if (!m->load)
        return NULL;
    a->meter_count++;
    return m;
}

/* The installation's load with the circuit's number; NULL. */
static const struct plant_load *load_of(const struct analysis *a, unsigned number)
{
    const struct plant *p = a->options->plant;
    for (unsigned d = 0; p && d < p->device_count; d++)
        for (unsigned l = 0; l < p->device[d].load_count; l++)
            if (p->device[d].load[l].point == number)
                return &p->device[d].load[l];
    return NULL;
}

/* What an installation says of a circuit on its voltages decides how it is metered. */
static void take_installed(const struct analysis *a, struct analysis_circuit *c,
                           struct metrology_load *load)
{
    const struct plant_load *installed = load_of(a, c->number);
    if (!installed)
        return;
    load->rated_current_a = installed->rated_current_a;
    if (c->voltages_of != 1)
        return;
    struct metrology_load wired;
    if (wiring_find_load(&wired, a->options->plant, installed, a->place, a->info->channel_count)) {
        *load = wired;
        c->type = load_type_info(installed->type)->name;
    }
}

/* The installation's voltages are those of circuit 1. */
static void take_network(struct analysis *a, struct analysis_circuit *c,
                         struct analysis_meter *meter)
{
    struct metrology_setup s;
    struct fault fault;
    metrology_setup_init(&s);
    if (wiring_find_network(&s, a->options->plant, a->place, a->info->channel_count, &fault)) {
        analysis_note(a, "the recording does not fit the installation: %s", fault.text);
        return;
    }
    meter->setup = s;
    c->type = network_type_info(a->options->plant->network.type)->name;
}

/* False: out of memory. */
static bool add_circuit(struct analysis *a, unsigned number, const struct roles *all)
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
    if (!meter)
        return false;
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
    if (voltages_of == number && number == 1 && a->options->plant)
        take_network(a, c, meter);
    meter->delta = meter->setup.delta;
    if (!has_current(own))
        return true;
    c->load = (int)meter->load_count;
    struct metrology_load *load = &meter->load[meter->load_count++];
    if (voltages_of && has_pair(&all[voltages_of]))
        set_pair(load, own, &all[voltages_of]);
    else
        set_currents(load, own, voltages_of && has_delta(&all[voltages_of]));
    take_installed(a, c, load);
    if (a->options->nominal_current_a > 0)
        load->rated_current_a = a->options->nominal_current_a;
    return true;
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
    a->place = calloc(a->info->channel_count + 1, sizeof *a->place);
    if (!all || !a->circuit || !a->meter || !a->place) {
        free(all);
        return fault_set(fault, ERR_MEMORY, "not enough memory for the circuits of a recording");
    }
    for (unsigned i = 0; i < a->info->channel_count; i++)
        a->place[i] = a->info->channels[i].place;
    gather_roles(a, all);
    bool enough = true;
    /* Those with voltages first, so that their meters stand before the loads that share them. */
    for (int with_voltage = 1; with_voltage >= 0; with_voltage--)
        for (unsigned n = 1; n <= WAVE_CIRCUITS_MAX; n++)
            if (has_voltage(&all[n]) == with_voltage && (with_voltage || has_current(&all[n])))
                enough = enough && add_circuit(a, n, all);
    free(all);
    if (!enough)
        return fault_set(fault, ERR_MEMORY, "not enough memory for the circuits of a recording");
    if (a->circuit_count == 0)
        return fault_set(fault, ERR_INPUT,
                         "%s: no channel is known as a phase's voltage or current; name them by "
                         "position with --channels, for instance --channels V1,V2,V3,I1,I2,I3",
                         a->info->file);
    return ERR_OK;
}
