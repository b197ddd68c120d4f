#include "plant/wiring.h"

#include <string.h>

#define NONE UINT16_MAX

static uint16_t channel_of(const struct wave_place *place, unsigned count, enum wave_role role,
                           unsigned circuit)
{
    for (unsigned i = 0; i < count; i++)
        if (place[i].role == role && place[i].circuit == circuit)
            return (uint16_t)i;
    return NONE;
}

static void add_term(struct metrology_mix *mix, uint16_t channel, float factor)
{
    if (channel == NONE)
        return;
    mix->term[mix->terms].channel = channel;
    mix->term[mix->terms++].factor = factor;
}

static void wire_load(struct wiring *w, const struct plant_load *load,
                      const struct wave_place *place, unsigned count)
{
    static const enum wave_role roles[] = {ROLE_I1, ROLE_I2, ROLE_I3, ROLE_IN};
    const struct load_type_info *type = load_type_info(load->type);
    struct metrology_load *to = &w->load[w->load_count];
    unsigned found = 0;
    memset(to, 0, sizeof *to);
    to->rated_current_a = load->rated_current_a;
    for (unsigned i = 0; i < type->phases; i++) {
        /* A source names a current by its place in the load, or by the network's phase. */
        uint16_t channel = channel_of(place, count, roles[i], load->point);
        if (channel == NONE)
            channel = channel_of(place, count, roles[load->phase[i] - 1], load->point);
        add_term(&to->current[i], channel, load->reversed[i] ? -1 : 1);
        to->phase[i] = (uint8_t)(load->phase[i] - 1);
        found += channel != NONE;
    }
    if (type->neutral_measured) {
        uint16_t channel = channel_of(place, count, ROLE_IN, load->point);
        add_term(&to->current[3], channel, load->reversed[3] ? -1 : 1);
    } else if (type->neutral && type->phases == 3 && found == 3) {
        for (unsigned i = 0; i < 3; i++)
            add_term(&to->current[3], to->current[i].term[0].channel,
                     to->current[i].term[0].factor);
    }
    if (found == 0)
        return;
    w->point[w->load_count] = load->point;
    w->of[w->load_count++] = load;
}

enum err wiring_find(struct wiring *w, const struct plant *plant, const struct wave_place *place,
                     unsigned channel_count, struct fault *fault)
{
    const struct plant_network *n = &plant->network;
    struct metrology_setup *s = &w->setup;
    memset(w, 0, sizeof *w);
    metrology_setup_init(s);
    s->nominal_hz = n->nominal_hz;
    s->nominal_voltage_v = n->nominal_voltage_v;
    s->delta = n->type == NETWORK_3P;
    s->dip_percent = n->dip_percent;
    s->swell_percent = n->swell_percent;
    s->interruption_percent = n->interruption_percent;
    s->hysteresis_percent = n->hysteresis_percent;
    s->overcurrent_percent = n->overcurrent_percent;
    s->reactive = plant->measurement.reactive;
    s->total = plant->measurement.total;
    s->pf_sign = plant->measurement.pf_sign;
    s->start_up_w = plant->measurement.start_up_va;
    bool any = false;
    for (unsigned v = 0; v < 4; v++) {
        uint16_t channel = channel_of(place, channel_count, (enum wave_role)(ROLE_V1 + v), 1);
        add_term(&s->voltage[v], channel, 1);
        any = any || (v < 3 && channel != NONE);
    }
    if (!any)
        return fault_set(
            fault, ERR_INPUT,
            "the source has no voltage channel; V1, V2 and V3 are needed (name them with "
            "`channels`)");
    for (unsigned d = 0; d < plant->device_count; d++)
        for (unsigned l = 0; l < plant->device[d].load_count; l++)
            wire_load(w, &plant->device[d].load[l], place, channel_count);
    s->load = w->load;
    s->load_count = w->load_count;
    return ERR_OK;
}
