#include "modbus_house.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define UNIT_WITHOUT_VALUES 7

static struct plant_device *add_device(struct plant *plant, const char *profile)
{
    struct plant_device *d = &plant->device[plant->device_count++];
    d->profile = profile_find(profile);
    assert(d->profile);
    d->address = (uint8_t)plant->device_count;
    snprintf(d->name, sizeof d->name, "%s at %u", profile, d->address);
    snprintf(d->serial, sizeof d->serial, "23451234%05u", 100u + d->address);
    return d;
}

static struct plant_load *add_load(struct plant_device *d, enum load_type type, double rated_a)
{
    struct plant_load *l = &d->load[d->load_count++];
    l->type = type;
    l->rated_current_a = rated_a;
    snprintf(l->name, sizeof l->name, "Load %u of %s", d->load_count, d->profile->name);
    for (unsigned i = 0; i < load_type_info(type)->inputs; i++)
        l->input[i] = (uint8_t)(i + 1);
    for (unsigned i = 0; i < load_type_info(type)->phases; i++)
        l->phase[i] = (uint8_t)(i + 1);
    return l;
}

void modbus_house_plant(struct plant *plant)
{
    plant_init(plant);
    snprintf(plant->name, sizeof plant->name, "House of Modbus");
    plant->network.vt_primary_v = 20000;
    plant->network.vt_secondary_v = 110;
    plant->network.nominal_voltage_v = 11547;
    add_device(plant, "D-70");
    add_device(plant, "U-30");
    add_load(add_device(plant, "I-35"), LOAD_3P_N_3CT, 630);
    struct plant_device *single = add_device(plant, "I-35");
    for (unsigned i = 0; i < 3; i++) {
        struct plant_load *l = add_load(single, LOAD_1P_N_1CT, 63);
        l->input[0] = (uint8_t)(i + 1);
        l->phase[0] = (uint8_t)(3 - i);
        l->reversed[0] = i == 1;
    }
    strcpy(single->serial, "B24-77");
    strcpy(single->extended_name, "Diris B30");
    add_load(add_device(plant, "I-45"), LOAD_3P_N_4CT, 250);
    struct plant_load *turned = add_load(add_device(plant, "A-200"), LOAD_3P_3CT, 1000);
    for (unsigned i = 0; i < 3; i++) /* I1 belongs to V2, I2 to V3, I3 to V1 */
        turned->phase[i] = (uint8_t)((i + 1) % 3 + 1);
    add_load(add_device(plant, "I-35"), LOAD_3P_N_3CT, 100);
    plant_number(plant);
}

/* --- Values ---------------------------------------------------------------------------------------- */

/* 0 ... 1, another one for each pair. */
static double fraction(unsigned a, unsigned b)
{
    uint64_t x = (uint64_t)a << 32 | b;
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9) + UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (double)((x ^ (x >> 31)) >> 11) / 9007199254740992.0;
}

static double between(double low, double high, double f)
{
    return low + (high - low) * f;
}

static double value_of(enum quantity q, double f)
{
    if (q == Q_F)
        return between(49.9, 50.1, f);
    switch (quantity_info(q)->unit) {
    case UNIT_V:
        return between(10000, 24000, f);
    case UNIT_A:
        return between(0, 1200, f);
    case UNIT_W:
    case UNIT_VAR:
        return between(-9e6, 9e6, f);
    case UNIT_VA:
        return between(0, 12e6, f);
    case UNIT_DEG:
        return between(-180, 180, f);
    case UNIT_PERCENT:
        return between(0, 120, f);
    default: /* factors */
        return between(-1, 3, f);
    }
}

/* Whether a quantity whose name ends in a phase (or phases) exists in a load with so many. */
static bool phase_exists(const char *name, unsigned phases)
{
    char last = name[strlen(name) - 1];
    if (strstr(name, "U12") || strstr(name, "U23") || strstr(name, "U31") || name[0] == 'U')
        return phases > 1;
    return last < '1' || last > '3' || (unsigned)(last - '0') <= phases;
}

static void put_spectrum(struct spectrum *s, unsigned seed, unsigned highest)
{
    s->highest = (uint8_t)highest;
    s->angle_rad = (float)between(-3.14, 3.14, fraction(seed, 1000));
    for (unsigned order = 0; order <= highest; order++)
        s->rms[order] = (float)(between(50, 400, fraction(seed, order)) / (order > 1 ? order : 1));
}

void modbus_house_values(const struct plant *plant, const struct plant_load *load,
                         struct quantity_set *set)
{
    unsigned point = load ? load->point : 0;
    unsigned phases = load ? load_type_info(load->type)->phases : 3;
    memset(set, 0, sizeof *set);
    /* 2024-02-29 12:34:56.7 */
    set->end_ns = INT64_C(1709210096700000000) + (int64_t)point * INT64_C(1000000000);
    set->start_ns = set->end_ns - INT64_C(200300000);
    set->cycles = plant->network.nominal_hz > 55 ? 12 : 10;
    for (unsigned q = 0; q < Q_EA_POS; q++) {
        const struct quantity_info *info = quantity_info((enum quantity)q);
        bool current = info->scope == SCOPE_LOAD;
        bool predicted = q >= Q_PRED_P && q <= Q_PRED_S, residual = q == Q_ID || q == Q_IPE;
        if ((!load && current) || predicted || residual || q == Q_VN ||
            !phase_exists(info->name, phases))
            continue;
        quantity_put(set, (enum quantity)q, value_of((enum quantity)q, fraction(point, q)));
    }
    for (unsigned c = 0; c < SPECTRUM_COUNT; c++) {
        const struct quantity_info *info =
            quantity_info(spectrum_quantity((enum spectrum_channel)c));
        bool current = info->scope == SCOPE_LOAD;
        if ((load || !current) && c != SPECTRUM_VN && phase_exists(info->name, phases))
            put_spectrum(&set->spectrum[c], 100 * (point + 1) + c, c == SPECTRUM_I2 ? 40 : 63);
    }
    for (unsigned e = 0; load && e < ENERGY_REGISTERS; e++) {
        set->energy_mj[e] = (uint64_t)between(0, 4e16, fraction(point, 2000 + e));
        quantity_put(set, energy_quantity(e), (double)set->energy_mj[e] / 3.6e6);
    }
}

struct table *modbus_house_table(const struct plant *plant)
{
    struct table *table = table_new(plant->point_count);
    struct quantity_set set;
    assert(table);
    modbus_house_values(plant, NULL, &set);
    table_publish(table, 0, &set);
    for (unsigned d = 0; d < plant->device_count; d++)
        for (unsigned l = 0; l < plant->device[d].load_count; l++) {
            const struct plant_load *load = &plant->device[d].load[l];
            if (plant->device[d].address == UNIT_WITHOUT_VALUES)
                continue;
            modbus_house_values(plant, load, &set);
            table_publish(table, load->point, &set);
            table_commit(table, load->point, set.energy_mj);
        }
    return table;
}

/* --- As JSON ----------------------------------------------------------------------------------------- */

static void describe_point(const struct table *table, unsigned point, struct json *out)
{
    struct quantity_set set;
    if (!table_snapshot(table, point, &set)) {
        json_put_null(out);
        return;
    }
    json_put_object(out);
    json_put_key_integer(out, "start_ns", set.start_ns);
    json_put_key_integer(out, "end_ns", set.end_ns);
    json_put_key(out, "values");
    json_put_object(out);
    for (unsigned q = 0; q < Q_COUNT; q++)
        if (quantity_valid(&set, q))
            json_put_key_number(out, quantity_info((enum quantity)q)->name, set.value[q]);
    json_put_end_object(out);
    json_put_key(out, "energy_mj");
    json_put_object(out);
    for (unsigned e = 0; e < ENERGY_REGISTERS; e++)
        if (quantity_valid(&set, energy_quantity(e)))
            json_put_key_integer(out, quantity_info(energy_quantity(e))->name,
                                 (int64_t)set.energy_mj[e]);
    json_put_end_object(out);
    json_put_key(out, "spectra");
    json_put_object(out);
    for (unsigned c = 0; c < SPECTRUM_COUNT; c++) {
        const struct spectrum *s = &set.spectrum[c];
        if (s->highest == 0)
            continue;
        json_put_key(out, quantity_info(spectrum_quantity((enum spectrum_channel)c))->name);
        json_put_object(out);
        json_put_key_number(out, "angle_rad", (double)s->angle_rad);
        json_put_key(out, "rms");
        json_put_array(out);
        for (unsigned order = 0; order <= s->highest; order++)
            json_put_number(out, (double)s->rms[order]);
        json_put_end_array(out);
        json_put_end_object(out);
    }
    json_put_end_object(out);
    json_put_end_object(out);
}

static void describe_load(const struct plant_load *l, struct json *out)
{
    json_put_object(out);
    json_put_key_string(out, "name", l->name);
    json_put_key_string(out, "type", load_type_info(l->type)->name);
    json_put_key_integer(out, "phases", load_type_info(l->type)->phases);
    json_put_key_number(out, "rated_a", l->rated_current_a);
    json_put_key_integer(out, "point", l->point);
    json_put_key(out, "inputs");
    json_put_array(out);
    for (unsigned i = 0; i < 4; i++)
        json_put_integer(out, l->input[i]);
    json_put_end_array(out);
    json_put_key(out, "phase");
    json_put_array(out);
    for (unsigned i = 0; i < 3; i++)
        json_put_integer(out, l->phase[i]);
    json_put_end_array(out);
    json_put_key(out, "reversed");
    json_put_array(out);
    for (unsigned i = 0; i < 4; i++)
        json_put_bool(out, l->reversed[i]);
    json_put_end_array(out);
    json_put_end_object(out);
}

void modbus_house_describe(const struct plant *plant, const struct table *table, struct json *out)
{
    const struct plant_network *n = &plant->network;
    json_put_key(out, "network");
    json_put_object(out);
    json_put_key_string(out, "type", network_type_info(n->type)->name);
    json_put_key_number(out, "nominal_v", n->nominal_voltage_v);
    json_put_key_number(out, "nominal_hz", n->nominal_hz);
    json_put_key_number(out, "vt_primary_v", n->vt_primary_v);
    json_put_key_number(out, "vt_secondary_v", n->vt_secondary_v);
    json_put_end_object(out);
    json_put_key(out, "devices");
    json_put_array(out);
    for (unsigned d = 0; d < plant->device_count; d++) {
        const struct plant_device *device = &plant->device[d];
        json_put_object(out);
        json_put_key_integer(out, "unit", device->address);
        json_put_key_string(out, "profile", device->profile->name);
        json_put_key_integer(out, "product", device->profile->product_id);
        json_put_key_integer(out, "max_loads", device->profile->max_loads);
        json_put_key_string(out, "name", device->name);
        json_put_key_string(out, "serial", device->serial);
        json_put_key_string(out, "extended_name", device->extended_name);
        json_put_key(out, "loads");
        json_put_array(out);
        for (unsigned l = 0; l < device->load_count; l++)
            describe_load(&device->load[l], out);
        json_put_end_array(out);
        json_put_end_object(out);
    }
    json_put_end_array(out);
    json_put_key(out, "points");
    json_put_array(out);
    for (unsigned p = 0; p < plant->point_count; p++)
        describe_point(table, p, out);
    json_put_end_array(out);
}
