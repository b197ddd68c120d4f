/* Rules for the loads of one device: may they exist on the network, has the module the inputs, and which
 * sensor is on which input and conductor. */
#include "config/rules.h"

#include <string.h>

#define NEUTRAL    3 /* number of the conductor N */
#define INPUTS_MAX 64

struct scene {
    struct reader *r;
    const struct section *load_section, *sensor_section;
    const struct plant_network *network;
    bool network_is_good;
    const struct profile *profile;
    struct draft_device *device;
    const yaml_node_t *loads;
    unsigned taken_by[INPUTS_MAX]; /* input: load that has it, from 1; 0: free */
};

static const struct load_type_info *info_of(const struct draft_load *l)
{
    return load_type_info((enum load_type)l->type);
}

static unsigned first_bit(unsigned bits)
{
    unsigned n = 0;
    while (!(bits >> n & 1))
        n++;
    return n;
}

static const char *conductor_name(unsigned conductor)
{
    static const char *const names[] = {"L1", "L2", "L3", "N"};
    return names[conductor];
}

/* "I-45, A-200": the profiles with at least so many inputs of a kind. */
static void name_profiles(struct text *out, unsigned neutral_inputs)
{
    text_init(out, 0);
    for (const struct profile *p = profiles; p->name; p++)
        if (p->current_inputs > 0 && p->neutral_inputs >= neutral_inputs)
            text_printf(out, "%s%s", out->length ? ", " : "", p->name);
}

static void network_fault(const struct scene *s, const yaml_node_t *type,
                          const struct load_type_info *info)
{
    struct text possible;
    text_init(&possible, 0);
    for (int i = 0; i < LOAD_TYPES; i++)
        if (load_type_info((enum load_type)i)->networks >> s->network->type & 1)
            text_printf(&possible, "%s%s", possible.length ? ", " : "",
                        load_type_info((enum load_type)i)->name);
    reader_fault(s->r, type, "a load %s cannot exist on a %s network; possible are %s", info->name,
                 network_type_info(s->network->type)->name, possible.bytes);
    text_free(&possible);
}

/* The type of a load against network and module. */
static void check_type(const struct scene *s, const struct draft_load *l, const yaml_node_t *node)
{
    const struct load_type_info *info = info_of(l);
    const yaml_node_t *type = document_value(s->r->document, node, "type");
    if (s->network_is_good && !(info->networks >> s->network->type & 1)) {
        network_fault(s, type, info);
    } else if (info->neutral_measured && s->profile->neutral_inputs == 0) {
        struct text names;
        name_profiles(&names, 1);
        reader_fault(s->r, type, "%s measures the neutral, and %s has no input for it; %s has",
                     info->name, s->profile->name, names.bytes);
        text_free(&names);
    } else if (info->inputs > s->profile->current_inputs) {
        reader_fault(s->r, type, "%s takes %u inputs, and %s has %u", info->name, info->inputs,
                     s->profile->name, s->profile->current_inputs);
    }
}

/* --- Conductors ------------------------------------------------------------------------------------ */

/* The conductor of sensor k where the file is silent: L1 L2 L3 N in the order of the list, L1 and L3 for two
 * of three. A load of fewer phases than its network must say it. */
static bool default_conductor(const struct scene *s, const struct load_type_info *info, unsigned k,
                              unsigned *conductor)
{
    *conductor = k < info->phases ? k : NEUTRAL;
    if (info->rule == RULE_TWO_OF_THREE)
        *conductor = 2 * k;
    return info->phases == network_type_info(s->network->type)->phases;
}

static bool check_conductor(const struct scene *s, const struct load_type_info *info,
                            unsigned conductor, unsigned before, const yaml_node_t *node)
{
    const struct network_type_info *network = network_type_info(s->network->type);
    const char *name = conductor_name(conductor);
    if (conductor == NEUTRAL && !info->neutral_measured)
        reader_fault(s->r, node, "%s has no sensor on the neutral", info->name);
    else if (conductor != NEUTRAL && conductor >= network->phases)
        reader_fault(s->r, node, "there is no %s on a %s network", name, network->name);
    else if (before >> conductor & 1)
        reader_fault(s->r, node, "%s has another sensor of this load already", name);
    else
        return true;
    return false;
}

/* Every sensor of a load gets its conductor. */
static void settle_conductors(const struct scene *s, struct draft_load *l, const yaml_node_t *node)
{
    const struct load_type_info *info = info_of(l);
    const yaml_node_t *list = document_value(s->r->document, node, "sensors");
    unsigned seen = 0;
    for (unsigned k = 0; k < l->sensor_count; k++) {
        const yaml_node_t *item = document_item(s->r->document, list, k);
        const yaml_node_t *said = document_value(s->r->document, item, "phase");
        const yaml_node_t *where = said ? said : item ? item : node;
        unsigned conductor;
        if (l->sensor[k].conductor) {
            conductor = first_bit(l->sensor[k].conductor);
        } else if (!default_conductor(s, info, k, &conductor)) {
            reader_fault(s->r, where,
                         "a load %s on a %s network must say its phase, such as "
                         "sensors: [{phase: L1}]",
                         info->name, network_type_info(s->network->type)->name);
            return;
        }
        if (!check_conductor(s, info, conductor, seen, where))
            return;
        seen |= 1u << conductor;
        l->sensor[k].conductor = 1u << conductor;
    }
    if (info->neutral_measured && !(seen >> NEUTRAL & 1))
        reader_fault(s->r, list ? list : node, "%s needs one sensor with phase: N", info->name);
}

/* --- Inputs ------------------------------------------------------------------------------------------ */

static void take_said_inputs(struct scene *s, unsigned load, const yaml_node_t *node)
{
    struct draft_load *l = &s->device->load[load];
    const yaml_node_t *list = document_value(s->r->document, node, "sensors");
    for (unsigned k = 0; k < l->sensor_count; k++) {
        const yaml_node_t *item = document_item(s->r->document, list, k);
        const yaml_node_t *said = document_value(s->r->document, item, "input");
        unsigned input = l->sensor[k].input;
        if (input == 0)
            continue;
        if (!said)
            said = item;
        if (input > s->profile->current_inputs)
            reader_fault(s->r, said, "there is no input %u; %s has %u", input, s->profile->name,
                         s->profile->current_inputs);
        else if (s->taken_by[input])
            reader_fault(s->r, said, "input %u is used twice; load %u of this device has it", input,
                         s->taken_by[input]);
        else
            s->taken_by[input] = load + 1;
    }
}

/* False if none is left. */
static bool take_free_inputs(struct scene *s, unsigned load)
{
    struct draft_load *l = &s->device->load[load];
    for (unsigned k = 0; k < l->sensor_count; k++) {
        unsigned input = 1;
        if (l->sensor[k].input)
            continue;
        while (input <= s->profile->current_inputs && s->taken_by[input])
            input++;
        if (input > s->profile->current_inputs)
            return false;
        s->taken_by[input] = load + 1;
        l->sensor[k].input = input;
    }
    return true;
}

/* --- All loads of a device ----------------------------------------------------------------------------- */

/* One load by itself; true if its sensors may be placed. */
static bool check_load(struct scene *s, struct draft_load *l, const yaml_node_t *node)
{
    if (!reader_is_good(s->r, s->load_section, node, "type"))
        return false;
    unsigned before = s->r->faults->count;
    check_type(s, l, node);
    if (s->r->faults->count != before)
        return false;
    const struct load_type_info *info = info_of(l);
    const yaml_node_t *list = document_value(s->r->document, node, "sensors");
    for (unsigned k = 0; k < l->sensor_count; k++) {
        const yaml_node_t *item = document_item(s->r->document, list, k);
        if (!reader_is_good(s->r, s->sensor_section, item, "input") ||
            !reader_is_good(s->r, s->sensor_section, item, "phase"))
            return false;
    }
    if (l->sensor_count == 0)
        l->sensor_count = info->inputs;
    if (l->sensor_count != info->inputs) {
        reader_fault(s->r, list, "%s has %u sensor%s, and %u are listed", info->name, info->inputs,
                     info->inputs > 1 ? "s" : "", l->sensor_count);
        return false;
    }
    if (s->network_is_good)
        settle_conductors(s, l, node);
    return s->r->faults->count == before;
}

static void check_simulated(struct reader *r, const yaml_node_t *load)
{
    const yaml_node_t *simulated = document_value(r->document, load, "simulated");
    const yaml_node_t *factor = document_value(r->document, simulated, "power_factor");
    if (factor && document_value(r->document, simulated, "angle"))
        reader_fault(r, factor, "power_factor and angle say the same thing; one of them is enough");
}

static unsigned inputs_needed(const struct scene *s)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < s->device->load_count; i++)
        sum += info_of(&s->device->load[i])->inputs;
    return sum;
}

static void check_loads(struct scene *s)
{
    bool placeable[PLANT_LOADS_MAX];
    bool all = true;
    for (unsigned i = 0; i < s->device->load_count; i++) {
        const yaml_node_t *node = document_item(s->r->document, s->loads, i);
        placeable[i] = check_load(s, &s->device->load[i], node);
        all &= placeable[i];
        check_simulated(s->r, node);
    }
    for (unsigned i = 0; i < s->device->load_count; i++)
        if (placeable[i])
            take_said_inputs(s, i, document_item(s->r->document, s->loads, i));
    for (unsigned i = 0; all && i < s->device->load_count; i++)
        if (!take_free_inputs(s, i)) {
            reader_fault(s->r, document_item(s->r->document, s->loads, i),
                         "no input is left for this load: the loads of this device take %u, and %s "
                         "has %u",
                         inputs_needed(s), s->profile->name, s->profile->current_inputs);
            return;
        }
}

void rules_apply_loads(struct reader *r, const struct plant_network *network, bool network_is_good,
                       struct draft_device *device, const yaml_node_t *loads)
{
    const struct profile *profile = &profiles[device->profile];
    const struct section *devices = section_below(config_file_section, "devices");
    struct scene s = {.r = r,
                      .load_section = section_below(devices, "loads"),
                      .sensor_section = section_below(section_below(devices, "loads"), "sensors"),
                      .network = network,
                      .network_is_good = network_is_good,
                      .profile = profile,
                      .device = device,
                      .loads = loads};
    if (device->load_count == 0)
        return;
    if (profile->current_inputs == 0) {
        struct text names;
        name_profiles(&names, 0);
        reader_fault(r, loads, "%s has no current inputs; loads belong to %s", profile->name,
                     names.bytes);
        text_free(&names);
    } else if (device->load_count > profile->max_loads) {
        reader_fault(r, document_item(r->document, loads, profile->max_loads),
                     "%s measures at most %u loads, and %u are listed", profile->name,
                     profile->max_loads, device->load_count);
    } else {
        check_loads(&s);
    }
}
