#include "protocol/modbus/reader.h"

#include "base/instant.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool number(struct register_value *value, double n)
{
    value->kind = VALUE_NUMBER;
    value->number = n;
    return true;
}

static bool raw(struct register_value *value, uint64_t n)
{
    value->kind = VALUE_RAW;
    value->raw = n;
    return true;
}

const struct quantity_set *register_scene_window(struct register_scene *scene)
{
    if (scene->state == WINDOW_UNREAD) {
        bool here = scene->table && scene->point < table_points(scene->table) &&
                    table_snapshot(scene->table, scene->point, &scene->window);
        scene->state = here ? WINDOW_HERE : WINDOW_NONE;
    }
    return scene->state == WINDOW_HERE ? &scene->window : NULL;
}

bool read_nothing(struct register_scene *scene, const struct register_row *row,
                  struct register_value *value)
{
    (void)scene, (void)row, (void)value;
    return false;
}

bool read_constant(struct register_scene *scene, const struct register_row *row,
                   struct register_value *value)
{
    (void)scene;
    return raw(value, row->a);
}

/* --- Windows ------------------------------------------------------------------------------------ */

bool read_window_end(struct register_scene *scene, const struct register_row *row,
                     struct register_value *value)
{
    (void)row;
    const struct quantity_set *w = register_scene_window(scene);
    if (!w || w->cycles == 0)
        return false;
    int64_t seconds = w->end_ns / NS_PER_S - days_from_civil(2000, 1, 1) * 86400;
    return raw(value, seconds > 0 ? (uint64_t)seconds : 0);
}

bool read_window_length(struct register_scene *scene, const struct register_row *row,
                        struct register_value *value)
{
    (void)row;
    const struct quantity_set *w = register_scene_window(scene);
    return w && w->cycles > 0 &&
           number(value, (double)(w->end_ns - w->start_ns) / (double)NS_PER_S);
}

bool read_quantity(struct register_scene *scene, const struct register_row *row,
                   struct register_value *value)
{
    const struct quantity_set *w = register_scene_window(scene);
    return w && quantity_valid(w, row->a) && number(value, w->value[row->a]);
}

/* --- Reactive power ----------------------------------------------------------------------------- */

enum { TYPE_UNDEFINED, TYPE_LEADING, TYPE_LAGGING }; /* codes of registers 18487, 18521 ... */

/* Quadrants 1 and 3 lag (inductive), 2 and 4 lead (capacitive); without active power as on import. */
static int reactive_type(double q, double p)
{
    if (q == 0)
        return TYPE_UNDEFINED;
    return (q > 0) == (p >= 0) ? TYPE_LAGGING : TYPE_LEADING;
}

bool read_reactive_part(struct register_scene *scene, const struct register_row *row,
                        struct register_value *value)
{
    const struct quantity_set *w = register_scene_window(scene);
    if (!w || !quantity_valid(w, row->a) || !quantity_valid(w, row->c))
        return false;
    int asked = row->b == PART_LAGGING ? TYPE_LAGGING : TYPE_LEADING;
    double q = w->value[row->a];
    return number(value, reactive_type(q, w->value[row->c]) == asked ? q : 0);
}

bool read_power_factor_type(struct register_scene *scene, const struct register_row *row,
                            struct register_value *value)
{
    const struct quantity_set *w = register_scene_window(scene);
    if (!w || !quantity_valid(w, row->b) || !quantity_valid(w, row->c))
        return raw(value, TYPE_UNDEFINED);
    return raw(value, (uint64_t)reactive_type(w->value[row->b], w->value[row->c]));
}

bool read_power_factor_signed(struct register_scene *scene, const struct register_row *row,
                              struct register_value *value)
{
    const struct quantity_set *w = register_scene_window(scene);
    if (!w || !quantity_valid(w, row->a) || !quantity_valid(w, row->b) ||
        !quantity_valid(w, row->c))
        return false;
    double pf = fabs(w->value[row->a]);
    bool leads = reactive_type(w->value[row->b], w->value[row->c]) == TYPE_LEADING;
    return number(value, leads ? -pf : pf);
}

/* --- Energies ----------------------------------------------------------------------------------- */

#define MJ_PER_KWH   UINT64_C(3600000000) /* and per kvarh, kVAh */
#define MJ_PER_TENTH UINT64_C(360000)     /* 0.1 Wh */

/* A counter shows what it has passed: it is cut, not rounded, so that the two words agree. */
static bool energy(struct register_scene *scene, unsigned reg, uint64_t *energy_mj)
{
    const struct quantity_set *w = register_scene_window(scene);
    if (!w || !quantity_valid(w, energy_quantity(reg)))
        return false;
    *energy_mj = w->energy_mj[reg];
    return true;
}

bool read_energy_whole(struct register_scene *scene, const struct register_row *row,
                       struct register_value *value)
{
    uint64_t mj;
    return energy(scene, row->a, &mj) && raw(value, mj / MJ_PER_KWH);
}

bool read_energy_rest(struct register_scene *scene, const struct register_row *row,
                      struct register_value *value)
{
    uint64_t mj;
    return energy(scene, row->a, &mj) && raw(value, mj % MJ_PER_KWH / MJ_PER_TENTH);
}

/* --- Spectra ------------------------------------------------------------------------------------- */

/* The channel's spectrum if it has a fundamental; NULL: none. */
static const struct spectrum *spectrum(struct register_scene *scene, unsigned channel)
{
    const struct quantity_set *w = register_scene_window(scene);
    if (!w || w->spectrum[channel].highest == 0)
        return NULL;
    return &w->spectrum[channel];
}

static const struct spectrum *spectrum_with_angle(struct register_scene *scene, unsigned channel)
{
    const struct spectrum *s = spectrum(scene, channel);
    return s && s->rms[1] > 0 ? s : NULL;
}

static double degrees(double angle_rad)
{
    return remainder(angle_rad, 2 * M_PI) * 180 / M_PI;
}

bool read_fundamental(struct register_scene *scene, const struct register_row *row,
                      struct register_value *value)
{
    const struct spectrum *s = spectrum(scene, row->a);
    return s && number(value, s->rms[1]);
}

/* Angles count from V1; where there is none, from the first voltage or current that there is. */
bool read_angle(struct register_scene *scene, const struct register_row *row,
                struct register_value *value)
{
    const struct spectrum *s = spectrum_with_angle(scene, row->a), *reference = NULL;
    for (unsigned c = SPECTRUM_V1; s && !reference; c++)
        reference = spectrum_with_angle(scene, c);
    return s && number(value, degrees((double)s->angle_rad - (double)reference->angle_rad));
}

bool read_lag(struct register_scene *scene, const struct register_row *row,
              struct register_value *value)
{
    const struct spectrum *a = spectrum_with_angle(scene, row->a);
    const struct spectrum *b = spectrum_with_angle(scene, row->b);
    return a && b && number(value, degrees((double)a->angle_rad - (double)b->angle_rad));
}

/* The voltage that drives a current of the load; a load of one phase has its own voltage as V1, one between
 * two phases as U12. */
static enum spectrum_channel driving_voltage(const struct plant_load *load, unsigned phase)
{
    if (load_type_info(load->type)->rule == RULE_BETWEEN)
        return SPECTRUM_U12;
    if (load_type_info(load->type)->phases == 1)
        return SPECTRUM_V1;
    unsigned line = load->phase[phase - 1];
    return SPECTRUM_V1 + (line >= 1 && line <= 3 ? line : phase) - 1;
}

static bool fundamental_power(struct register_scene *scene, unsigned phase, unsigned what,
                              double *power)
{
    if (!scene->load)
        return false;
    const struct spectrum *v = spectrum(scene, driving_voltage(scene->load, phase));
    const struct spectrum *i = spectrum(scene, SPECTRUM_I1 + phase - 1);
    if (!v || !i)
        return false;
    double lag_rad = (double)v->angle_rad - (double)i->angle_rad;
    *power = (double)v->rms[1] * (double)i->rms[1] *
             (what == FUNDAMENTAL_P ? cos(lag_rad) : sin(lag_rad));
    return true;
}

/* Phases have powers of their own only where there is a neutral; their sum is right without one, too. */
bool read_fundamental_power(struct register_scene *scene, const struct register_row *row,
                            struct register_value *value)
{
    const struct quantity_set *w = register_scene_window(scene);
    double power, sum = 0;
    if (w && row->a)
        return quantity_valid(w, Q_P + row->a) &&
               fundamental_power(scene, row->a, row->b, &power) && number(value, power);
    unsigned phases = 0;
    for (unsigned phase = 1; phase <= 3; phase++)
        if (fundamental_power(scene, phase, row->b, &power)) {
            sum += power;
            phases++;
        }
    return phases > 0 && number(value, sum);
}

bool read_harmonic(struct register_scene *scene, const struct register_row *row,
                   struct register_value *value)
{
    const struct spectrum *s = spectrum_with_angle(scene, row->a);
    if (!s || s->highest < row->c)
        return false; /* a part of a group would say less than it seems to */
    double squares = 0;
    for (unsigned order = row->b; order <= row->c; order++)
        squares += (double)s->rms[order] * (double)s->rms[order];
    return number(value, 100 * sqrt(squares) / (double)s->rms[1]);
}

/* --- What is installed ------------------------------------------------------------------------------ */

bool read_network_setting(struct register_scene *scene, const struct register_row *row,
                          struct register_value *value)
{
    const struct plant_network *n = &scene->plant->network;
    bool transformer = n->vt_primary_v > 0 && n->vt_secondary_v > 0;
    switch ((enum network_setting)row->a) {
    case NETWORK_TYPE_CODE:
        return raw(value, network_type_info(n->type)->modbus_code);
    case NETWORK_NOMINAL_V:
        return number(value, n->nominal_voltage_v);
    case NETWORK_FREQUENCY_CODE:
        return raw(value, n->nominal_hz > 55);
    case NETWORK_ROTATION:
        return raw(value, 0); /* channels are metered in the order in which they are connected */
    case NETWORK_VT_USED:
        return raw(value, transformer);
    case NETWORK_VT_PRIMARY:
        return transformer && number(value, n->vt_primary_v);
    case NETWORK_VT_SECONDARY:
        return transformer && number(value, n->vt_secondary_v);
    }
    return false;
}

/* The load and the lane (0 1 2: I1 I2 I3, 3: IN) that a current input serves; NULL: it is free. */
static const struct plant_load *load_of_input(const struct plant_device *device, unsigned input,
                                              unsigned *lane)
{
    for (unsigned l = 0; l < device->load_count; l++)
        for (*lane = 0; *lane < 4; ++*lane)
            if (device->load[l].input[*lane] == input)
                return &device->load[l];
    return NULL;
}

bool read_sensor_way(struct register_scene *scene, const struct register_row *row,
                     struct register_value *value)
{
    unsigned lane;
    const struct plant_load *load = load_of_input(scene->device, row->a, &lane);
    return load && raw(value, load->reversed[lane]);
}

bool read_sensor_line(struct register_scene *scene, const struct register_row *row,
                      struct register_value *value)
{
    enum { LINE_VN = 3, LINE_UNDEFINED = 5 };
    unsigned lane;
    const struct plant_load *load = load_of_input(scene->device, row->a, &lane);
    if (load && lane == 3)
        return raw(value, LINE_VN);
    bool known = load && load->phase[lane] >= 1 && load->phase[lane] <= 3;
    return raw(value, known ? load->phase[lane] - 1u : LINE_UNDEFINED);
}

bool read_load_status(struct register_scene *scene, const struct register_row *row,
                      struct register_value *value)
{
    (void)row;
    return raw(value, scene->load != NULL);
}

bool read_load_setting(struct register_scene *scene, const struct register_row *row,
                       struct register_value *value)
{
    const struct plant_load *load = scene->load;
    switch ((enum load_setting)row->a) {
    case LOAD_ENABLED:
        return raw(value, load != NULL);
    case LOAD_TYPE_CODE:
        return raw(value, load ? load_type_info(load->type)->modbus_code : 0);
    case LOAD_RATED_A:
        return load && number(value, load->rated_current_a);
    }
    return false;
}

bool read_nominal_power(struct register_scene *scene, const struct register_row *row,
                        struct register_value *value)
{
    (void)row;
    const struct plant_network *n = &scene->plant->network;
    if (!scene->load)
        return false;
    const struct load_type_info *type = load_type_info(scene->load->type);
    bool star = network_type_info(n->type)->neutral && n->type != NETWORK_3P_HIGH_LEG;
    bool pair = network_type_info(n->type)->phases == 2;
    /* times the nominal voltage, which is that of a phase on a star and else that between phases */
    double factor = star ? type->phases : type->phases == 3 ? sqrt(3) : 1;
    if (type->rule == RULE_BETWEEN)
        factor = !star ? 1 : pair ? 2 : sqrt(3);
    else if (!star && type->neutral)
        factor = type->phases == 1 ? 0.5 : type->phases == 2 ? 1 : 1 + sqrt(0.75);
    return number(value, factor * n->nominal_voltage_v * scene->load->rated_current_a);
}
