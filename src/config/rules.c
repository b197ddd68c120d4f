#include "config/rules.h"

#include "wave/role.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ADDRESS_MAX 247

struct file {
    struct reader *r;
    struct draft *d;
    const yaml_node_t *root;
};

const struct section *section_below(const struct section *s, const char *key)
{
    unsigned at = section_find(s, key);
    assert(at < s->count && s->settings[at].section);
    return s->settings[at].section;
}

/* Node of a section of the file; NULL: it is left out. */
static const yaml_node_t *part(const struct file *f, const char *key)
{
    return document_value(f->r->document, f->root, key);
}

static const yaml_node_t *value(const struct file *f, const yaml_node_t *mapping, const char *key)
{
    return document_value(f->r->document, mapping, key);
}

static bool good(const struct file *f, const char *section, const yaml_node_t *mapping,
                 const char *key)
{
    return reader_is_good(f->r, section_below(config_file_section, section), mapping, key);
}

static const yaml_node_t *device_node(const struct file *f, unsigned i)
{
    return document_item(f->r->document, part(f, "devices"), i);
}

/* --- Version and network ------------------------------------------------------------------------------- */

static void check_version(const struct file *f)
{
    const yaml_node_t *node = part(f, "busbar");
    if (node && reader_is_good(f->r, config_file_section, f->root, "busbar") &&
        f->d->version != CONFIG_VERSION)
        reader_fault(f->r, node,
                     "busbar: %u is a format that this program does not know; it reads %d",
                     f->d->version, CONFIG_VERSION);
}

static void check_ratio(const struct file *f, const yaml_node_t *node, const char *unit)
{
    const yaml_node_t *primary = value(f, node, "primary");
    const yaml_node_t *secondary = value(f, node, "secondary");
    if (primary && !secondary)
        reader_fault(f->r, primary, "a transformer has two %s; \"secondary\" is missing", unit);
    else if (secondary && !primary)
        reader_fault(f->r, secondary, "a transformer has two %s; \"primary\" is missing", unit);
}

static void check_voltage_inputs(const struct file *f, const yaml_node_t *network)
{
    const yaml_node_t *list = value(f, network, "voltage_inputs");
    const struct plant_network *n = &f->d->network;
    const struct section *s =
        section_below(section_below(config_file_section, "network"), "voltage_inputs");
    unsigned seen = 0;
    for (unsigned i = 0; i < n->voltage_input_count; i++) {
        const yaml_node_t *item = document_item(f->r->document, list, i);
        unsigned conductor = n->voltage_input[i].conductor;
        if (reader_is_good(f->r, s, item, "phase") && seen & conductor)
            reader_fault(f->r, item,
                         "this conductor has another voltage input in the list already");
        seen |= conductor;
    }
}

static void check_network(const struct file *f)
{
    const yaml_node_t *network = part(f, "network");
    const yaml_node_t *frequency = value(f, network, "frequency");
    double hz = f->d->network.nominal_hz;
    if (frequency && good(f, "network", network, "frequency") && hz != 50 && hz != 60)
        reader_fault(f->r, frequency, "the nominal frequency of a network is 50 Hz or 60 Hz");
    check_ratio(f, value(f, network, "voltage_transformer"), "voltages");
    check_voltage_inputs(f, network);
    const yaml_node_t *thresholds = value(f, network, "thresholds");
    const yaml_node_t *interruption = value(f, thresholds, "interruption");
    const yaml_node_t *dip = value(f, thresholds, "dip");
    const struct section *s =
        section_below(section_below(config_file_section, "network"), "thresholds");
    if (reader_is_good(f->r, s, thresholds, "interruption") &&
        reader_is_good(f->r, s, thresholds, "dip") &&
        f->d->network.interruption_percent >= f->d->network.dip_percent)
        reader_fault(f->r, interruption ? interruption : dip,
                     "the threshold of an interruption must be lower than that of a dip (%g %%)",
                     f->d->network.dip_percent);
}

/* --- Devices --------------------------------------------------------------------------------------------- */

/* The bus has one gateway, one voltage module and up to 32 modules (seed 000, 1). */
static void check_bus(const struct file *f)
{
    unsigned gateways = 0, voltage_modules = 0, modules = 0, loads = 0, voltages = 0;
    bool all_good = true;
    for (unsigned i = 0; i < f->d->device_count; i++) {
        const yaml_node_t *node = device_node(f, i);
        const yaml_node_t *where = value(f, node, "profile");
        loads += f->d->device[i].load_count;
        if (!good(f, "devices", node, "profile")) {
            all_good = false;
            continue;
        }
        const struct profile *p = &profiles[f->d->device[i].profile];
        voltages += (p->features & FEATURE_VOLTAGE) != 0;
        if (p->features & FEATURE_GATEWAY && ++gateways > 1)
            reader_fault(f->r, where, "a second gateway (%s); a bus has one", p->name);
        if (p->features & FEATURE_VOLTAGE && p->current_inputs == 0 && ++voltage_modules > 1)
            reader_fault(f->r, where, "a second voltage module (%s); a bus has one", p->name);
        if (!(p->features & FEATURE_GATEWAY) && ++modules == PLANT_DEVICES_MAX)
            reader_fault(f->r, where, "a bus carries %d modules", PLANT_DEVICES_MAX - 1);
    }
    if (loads > CONFIG_LOADS_MAX)
        reader_fault(f->r, part(f, "devices"), "%u loads; an installation has at most %d", loads,
                     CONFIG_LOADS_MAX);
    if (loads > 0 && voltages == 0 && all_good)
        reader_fault(f->r, part(f, "devices"),
                     "no device measures the voltage, which power needs; add a U-30");
}

static void check_serials(const struct file *f)
{
    for (unsigned i = 0; i < f->d->device_count; i++)
        for (unsigned j = 0; j < i; j++)
            if (f->d->device[i].serial[0] &&
                strcmp(f->d->device[i].serial, f->d->device[j].serial) == 0) {
                reader_fault(f->r, value(f, device_node(f, i), "serial"),
                             "serial number %s is that of another device, on line %zu",
                             f->d->device[i].serial, device_node(f, j)->start_mark.line + 1);
                break;
            }
}

/* Those that are said first; the others get the lowest that are free, in the order of the file. */
static void settle_addresses(const struct file *f)
{
    const yaml_node_t *taken[ADDRESS_MAX + 1] = {NULL};
    for (unsigned i = 0; i < f->d->device_count; i++) {
        unsigned address = f->d->device[i].address;
        const yaml_node_t *node = value(f, device_node(f, i), "address");
        if (address == 0)
            continue;
        if (taken[address])
            reader_fault(f->r, node, "address %u is that of another device, on line %zu", address,
                         taken[address]->start_mark.line + 1);
        else
            taken[address] = node;
    }
    unsigned next = 1;
    for (unsigned i = 0; i < f->d->device_count; i++) {
        if (f->d->device[i].address != 0)
            continue;
        while (taken[next])
            next++;
        f->d->device[i].address = next++;
    }
}

static void settle_names(struct draft_device *device)
{
    if (!device->name[0])
        snprintf(device->name, sizeof device->name, "%s", profiles[device->profile].name);
    for (unsigned i = 0; i < device->load_count; i++)
        if (!device->load[i].name[0])
            snprintf(device->load[i].name, sizeof device->load[i].name, "Load %u", i + 1);
}

static void check_devices(const struct file *f)
{
    bool network_is_good = good(f, "network", part(f, "network"), "type");
    check_bus(f);
    check_serials(f);
    settle_addresses(f);
    for (unsigned i = 0; i < f->d->device_count; i++) {
        const yaml_node_t *node = device_node(f, i);
        settle_names(&f->d->device[i]);
        for (unsigned l = 0; l < f->d->device[i].load_count; l++)
            check_ratio(f,
                        value(f, document_item(f->r->document, value(f, node, "loads"), l),
                              "current_transformer"),
                        "currents");
        if (good(f, "devices", node, "profile"))
            rules_apply_loads(f->r, &f->d->network, network_is_good, &f->d->device[i],
                              value(f, node, "loads"));
    }
}

/* --- Source ------------------------------------------------------------------------------------------------ */

/* Which keys belong to which type of source. */
static const struct source_key {
    const char *key;
    unsigned types; /* bit n: enum config_source_type */
    bool required;
} source_keys[] = {
    {"file", 1u << CONFIG_SOURCE_RECORDING, true},
    {"loop", 1u << CONFIG_SOURCE_RECORDING, false},
    {"rate", 1u << CONFIG_SOURCE_RECORDING, false},
    {"interface", 1u << CONFIG_SOURCE_SAMPLED_VALUES, true},
    {"stream", 1u << CONFIG_SOURCE_SAMPLED_VALUES, false},
    {"channels", 1u << CONFIG_SOURCE_RECORDING | 1u << CONFIG_SOURCE_SAMPLED_VALUES, false},
    {"scale", 1u << CONFIG_SOURCE_RECORDING | 1u << CONFIG_SOURCE_SAMPLED_VALUES, false},
};

static void check_channels(const struct file *f, const yaml_node_t *node)
{
    unsigned loads = 0;
    for (unsigned i = 0; i < f->d->device_count; i++)
        loads += f->d->device[i].load_count;
    const char *word = f->d->source.channels;
    for (unsigned k = 0; *word; k++) {
        size_t length = strcspn(word, ",");
        const yaml_node_t *item = document_item(f->r->document, node, k);
        struct wave_place place;
        if (wave_place_parse(word, length, &place) && place.role != ROLE_OTHER) {
            if (wave_role_is_voltage(place.role) && place.circuit > 1)
                reader_fault(f->r, item ? item : node,
                             "%.*s: the network's voltages belong to circuit 1; - skips a channel",
                             (int)length, word);
            else if (wave_role_is_current(place.role) && place.circuit > loads)
                reader_fault(f->r, item ? item : node, "%.*s: the loads of this file are 1 to %u",
                             (int)length, word, loads);
        }
        word += length + (word[length] == ',');
    }
}

static void check_source(const struct file *f)
{
    const yaml_node_t *source = part(f, "source");
    if (!good(f, "source", source, "type"))
        return;
    enum config_source_type type = f->d->source.type;
    const struct section *section = section_below(config_file_section, "source");
    const char *name = section->settings[section_find(section, "type")].choice((int)type);
    for (size_t i = 0; i < sizeof source_keys / sizeof *source_keys; i++) {
        const struct source_key *k = &source_keys[i];
        const yaml_node_t *node = value(f, source, k->key);
        bool belongs = k->types >> type & 1;
        if (node && !belongs)
            reader_fault(f->r, node, "a source of type %s has no \"%s\"", name, k->key);
        if (!node && belongs && k->required)
            reader_fault(f->r, source, "a source of type %s needs \"%s\"", name, k->key);
    }
    const yaml_node_t *channels = value(f, source, "channels");
    if (channels && good(f, "source", source, "channels"))
        check_channels(f, channels);
}

/* --- Simulation ---------------------------------------------------------------------------------------------- */

static void check_dips(const struct file *f)
{
    const yaml_node_t *list = value(f, part(f, "simulation"), "dips");
    const struct section *s =
        section_below(section_below(config_file_section, "simulation"), "dips");
    for (unsigned i = 0; i < f->d->simulation.dip_count; i++) {
        const struct config_dip *dip = &f->d->simulation.dip[i];
        const yaml_node_t *node = document_item(f->r->document, list, i);
        const yaml_node_t *every = value(f, node, "every");
        if (every && reader_is_good(f->r, s, node, "every") &&
            reader_is_good(f->r, s, node, "duration") && dip->every_s <= dip->duration_s)
            reader_fault(f->r, every, "a dip of %g s cannot come every %g s", dip->duration_s,
                         dip->every_s);
    }
}

/* The three files of TLS go together. */
static void check_modbus_tls(const struct file *f)
{
    static const char *const keys[] = {"certificate", "key", "authorities"};
    const yaml_node_t *tls = part(f, "modbus_tls"), *file[3];
    for (int i = 0; i < 3; i++)
        file[i] = value(f, tls, keys[i]);
    for (int i = 0; i < 3 && (file[0] || file[1] || file[2]); i++)
        if (!file[i])
            reader_fault(f->r, tls,
                         "Modbus over TLS needs a certificate, its key and the authorities of its "
                         "clients; \"%s\" is missing",
                         keys[i]);
}

void rules_apply(struct reader *r, struct draft *d)
{
    struct file f = {.r = r, .d = d, .root = yaml_document_get_root_node(r->document)};
    check_version(&f);
    check_network(&f);
    check_devices(&f);
    check_source(&f);
    check_dips(&f);
    check_modbus_tls(&f);
    rules_apply_tariff(r, d, f.root);
}
