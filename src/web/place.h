/* Where values are measured, as clients name it: a load of a device, or the network by a device that measures
 * voltage. */
#ifndef WEB_PLACE_H
#define WEB_PLACE_H

#include "plant/plant.h"
#include "quantity/quantity.h"

#include <stdbool.h>

struct place {
    const struct plant_device *device;
    const struct plant_load *load; /* NULL: the network */
    unsigned n;                    /* of the load, from 1; 0: the network */
    unsigned point;                /* row of the table */
};

/* Every place: the loads of all devices, and the network once for each device that measures it. */
#define PLACES_MAX (PLANT_DEVICES_MAX * (PLANT_LOADS_MAX + 1))

/* `n` 0: the network. False if there is no such device, or it has no such load or does not measure voltage. */
bool place_find(const struct plant *p, unsigned address, unsigned n, struct place *place);

bool device_measures_voltage(const struct plant_device *d);

/* Quantities of this scope belong to the place; others may have a value there, too. */
enum quantity_scope place_scope(const struct place *place);

/* The load's name, or the device's. */
const char *place_name(const struct place *place);

#endif
