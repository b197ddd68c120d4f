#include "config/config.h"

#include "config/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- From the draft to the installation ------------------------------------------------------------------ */

static unsigned conductor_of(const struct draft_sensor *s)
{
    unsigned conductor = 0;
    while (!(s->conductor >> conductor & 1))
        conductor++;
    return conductor;
}

/* The load's currents I1 I2 I3 IN are those of L1 L2 L3 N; of a load of fewer phases they are those of its
 * own phases, in order. */
static void place_sensor(const struct draft_load *from, unsigned k, struct plant_load *to)
{
    const struct load_type_info *info = load_type_info(to->type);
    unsigned conductor = conductor_of(&from->sensor[k]), current = conductor;
    if (info->phases < 3 && conductor < 3) {
        current = 0;
        for (unsigned other = 0; other < from->sensor_count; other++)
            current += conductor_of(&from->sensor[other]) < conductor;
    }
    to->input[current] = (uint8_t)from->sensor[k].input;
    to->reversed[current] = from->sensor[k].direction;
    to->sensor[current] = from->sensor[k].calibration;
    if (conductor < 3)
        to->phase[current] = (uint8_t)(conductor + 1);
}

/* Phases without a sensor: all three of a three-phase load; of one between two phases the next one, which
 * on a network of two phases is the other. */
static void place_phases(const struct plant_network *n, struct plant_load *to)
{
    const struct load_type_info *info = load_type_info(to->type);
    for (unsigned i = 0; info->phases == 3 && i < 3; i++)
        to->phase[i] = (uint8_t)(i + 1);
    if (info->rule == RULE_BETWEEN)
        to->phase[1] = (uint8_t)(to->phase[0] % network_type_info(n->type)->phases + 1);
}

static void place_load(const struct draft_load *from, const struct plant_network *n,
                       struct plant_load *to)
{
    memcpy(to->name, from->name, sizeof to->name);
    to->type = (enum load_type)from->type;
    to->rated_current_a = from->rated_current_a;
    to->demand_current_a = from->demand_current_a;
    to->ct_primary_a = from->ct_primary_a;
    to->ct_secondary_a = from->ct_secondary_a;
    for (unsigned k = 0; k < from->sensor_count; k++)
        place_sensor(from, k, to);
    place_phases(n, to);
}

static void place_devices(const struct draft *d, struct config *c)
{
    unsigned point = 0;
    c->plant.device_count = d->device_count;
    for (unsigned i = 0; i < d->device_count; i++) {
        const struct draft_device *from = &d->device[i];
        struct plant_device *to = &c->plant.device[i];
        to->profile = &profiles[from->profile];
        to->address = (uint8_t)from->address;
        memcpy(to->name, from->name, sizeof to->name);
        memcpy(to->serial, from->serial, sizeof to->serial);
        memcpy(to->extended_name, from->extended_name, sizeof to->extended_name);
        to->load_count = from->load_count;
        for (unsigned l = 0; l < from->load_count; l++) {
            place_load(&from->load[l], &d->network, &to->load[l]);
            c->load[point++] = from->load[l].simulation;
        }
    }
    plant_number(&c->plant);
}

/* A relative path begins at the folder of the file that says it. */
static bool join_path(const char *name, char path[CONFIG_PATH_TEXT])
{
    const char *slash = strrchr(name, '/');
    if (!*path || *path == '/' || !slash)
        return true;
    char joined[CONFIG_PATH_TEXT];
    int n = snprintf(joined, sizeof joined, "%.*s/%s", (int)(slash - name), name, path);
    if (n < 0 || (size_t)n >= sizeof joined)
        return false;
    memcpy(path, joined, (size_t)n + 1);
    return true;
}

static bool join_paths(const char *name, struct draft *d)
{
    return join_path(name, d->source.file) && join_path(name, d->data.directory) &&
           join_path(name, d->modbus_tls.certificate) && join_path(name, d->modbus_tls.key) &&
           join_path(name, d->modbus_tls.authorities);
}

static void place(const struct draft *d, struct config *c)
{
    memset(c, 0, sizeof *c);
    plant_init(&c->plant);
    memcpy(c->plant.name, d->name, sizeof d->name);
    c->plant.network = d->network;
    c->plant.measurement = d->measurement;
    place_devices(d, c);
    c->source = d->source;
    c->plant.secondary = d->source.values == CONFIG_VALUES_SECONDARY;
    c->simulation = d->simulation;
    c->servers = d->servers;
    c->modbus_tls = d->modbus_tls;
    c->serial = d->serial;
    c->data = d->data;
    c->clock = d->clock;
    c->tariff = d->tariff;
    c->waveforms = d->waveforms;
}

void config_waveforms_init(struct config_waveforms *w)
{
    section_set_defaults(section_below(config_file_section, "waveforms"), w);
}

/* --- Reading ------------------------------------------------------------------------------------------------ */

static enum err read_document(yaml_document_t *document, const char *name, struct config *out,
                              struct config_faults *faults)
{
    struct draft *draft = malloc(sizeof *draft);
    size_t nodes = (size_t)(document->nodes.top - document->nodes.start);
    struct reader r = {document, faults, calloc(nodes, 1)};
    enum err err = ERR_MEMORY;
    if (draft && r.bad) {
        section_set_defaults(config_file_section, draft);
        reader_read_section(&r, config_file_section, yaml_document_get_root_node(document), draft);
        rules_apply(&r, draft);
        if (!join_paths(name, draft))
            config_faults_add(faults, 0, 0, "a path in it is longer than %d bytes",
                              CONFIG_PATH_TEXT - 1);
        err = faults->count ? ERR_INPUT : ERR_OK;
    }
    if (err == ERR_OK)
        place(draft, out);
    free(r.bad);
    free(draft);
    return err;
}

enum err config_parse(const char *text, size_t length, const char *name, struct config *out,
                      struct config_faults *faults)
{
    yaml_document_t document;
    config_faults_begin(faults, name);
    enum err err = document_load(text, length, &document, faults);
    if (err == ERR_OK) {
        err = read_document(&document, name, out, faults);
        yaml_document_delete(&document);
    }
    if (err == ERR_MEMORY && faults->count == 0)
        config_faults_add(faults, 0, 0, "out of memory while reading it");
    config_faults_sort(faults);
    return err;
}

static enum err read_file(FILE *file, char *text, size_t room, size_t *length,
                          struct config_faults *faults)
{
    *length = fread(text, 1, room, file);
    if (!ferror(file))
        return ERR_OK;
    config_faults_add(faults, 0, 0, "cannot be read: %s", strerror(errno));
    return errno == EISDIR ? ERR_INPUT : ERR_SYSTEM;
}

enum err config_read(const char *path, struct config *out, struct config_faults *faults)
{
    size_t room = CONFIG_BYTES_MAX + 1, length; /* one more shows that it is too long */
    config_faults_begin(faults, path);
    FILE *file = fopen(path, "rb");
    if (!file) {
        int why = errno;
        config_faults_add(faults, 0, 0, "cannot be opened: %s", strerror(why));
        return why == EMFILE || why == ENFILE || why == ENOMEM || why == EIO ? ERR_SYSTEM
                                                                             : ERR_INPUT;
    }
    char *text = malloc(room);
    enum err err = text ? read_file(file, text, room, &length, faults) : ERR_MEMORY;
    fclose(file);
    if (err == ERR_OK)
        err = config_parse(text, length, path, out, faults);
    else if (err == ERR_MEMORY)
        config_faults_add(faults, 0, 0, "out of memory while reading it");
    free(text);
    return err;
}

enum err config_demo(struct config *out, struct config_faults *faults)
{
    return config_parse(config_demo_text, strlen(config_demo_text), "demo.yaml", out, faults);
}
