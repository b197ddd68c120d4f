/* The tables of what exists: networks, loads, profiles. Each is a .def file; a new kind is a line there. */
#include "plant/plant.h"

#include <assert.h>
#include <string.h>

static const struct network_type_info network_types[NETWORK_TYPES] = {
#define N(symbol, name_, code, phases_, neutral_) \
    [NETWORK_##                                   \
        symbol] = {.name = name_, .modbus_code = code, .phases = phases_, .neutral = neutral_},
#include "plant/networks.def"
#undef N
};

static const struct load_type_info load_types[LOAD_TYPES] = {
#define ON(network) (1u << NETWORK_##network)
#define L(symbol, name_, code, phases_, inputs_, neutral_, rule_, networks_) \
    [LOAD_##symbol] = {.name = name_,                                        \
                       .modbus_code = code,                                  \
                       .phases = phases_,                                    \
                       .inputs = inputs_,                                    \
                       .neutral = neutral_,                                  \
                       .neutral_measured = (inputs_) > (phases_),            \
                       .rule = RULE_##rule_,                                 \
                       .networks = networks_},
#include "plant/loads.def"
#undef L
#undef ON
};

const struct profile profiles[] = {
#define F(feature) FEATURE_##feature
#define PROFILE(name_, id, currents, neutrals, loads, features_, sentence_) \
    {.name = name_,                                                         \
     .sentence = sentence_,                                                 \
     .product_id = id,                                                      \
     .current_inputs = currents,                                            \
     .neutral_inputs = neutrals,                                            \
     .max_loads = loads,                                                    \
     .features = features_},
#include "plant/profiles.def"
#undef PROFILE
#undef F
    {.name = NULL},
};

const struct network_type_info *network_type_info(enum network_type t)
{
    assert(t < NETWORK_TYPES);
    return &network_types[t];
}

const struct load_type_info *load_type_info(enum load_type t)
{
    assert(t < LOAD_TYPES);
    return &load_types[t];
}

bool network_type_find(const char *name, enum network_type *t)
{
    for (int i = 0; i < NETWORK_TYPES; i++)
        if (strcmp(network_types[i].name, name) == 0) {
            *t = (enum network_type)i;
            return true;
        }
    return false;
}

bool load_type_find(const char *name, enum load_type *t)
{
    for (int i = 0; i < LOAD_TYPES; i++)
        if (strcmp(load_types[i].name, name) == 0) {
            *t = (enum load_type)i;
            return true;
        }
    return false;
}

const struct profile *profile_find(const char *name)
{
    for (const struct profile *p = profiles; p->name; p++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}
