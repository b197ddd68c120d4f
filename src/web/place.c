#include "web/place.h"

#include <stddef.h>

bool device_measures_voltage(const struct plant_device *d)
{
    return d->profile->features & FEATURE_VOLTAGE;
}

bool place_find(const struct plant *p, unsigned address, unsigned n, struct place *place)
{
    const struct plant_device *d = plant_device_at(p, address);
    if (!d || n > d->load_count || (n == 0 && !device_measures_voltage(d)))
        return false;
    *place = (struct place){.device = d, .n = n};
    if (n > 0) {
        place->load = &d->load[n - 1];
        place->point = place->load->point;
    }
    return true;
}

enum quantity_scope place_scope(const struct place *place)
{
    return place->load ? SCOPE_LOAD : SCOPE_NETWORK;
}

const char *place_name(const struct place *place)
{
    return place->load ? place->load->name : place->device->name;
}
