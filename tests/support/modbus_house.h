/* A small installation with fixed values, for tests and benches of Modbus: every quantity that a point
 * can have has a value of its own, so that no two registers can be mistaken for each other. */
#ifndef TESTS_SUPPORT_MODBUS_HOUSE_H
#define TESTS_SUPPORT_MODBUS_HOUSE_H

#include "base/json.h"
#include "plant/plant.h"
#include "table/table.h"

/* Unit ids: 1 D-70, 2 U-30, 3 I-35 with one three-phase load, 4 I-35 with three single-phase loads,
 * 5 I-45 with a measured neutral, 6 A-200, 7 I-35 whose loads have no values yet. */
void modbus_house_plant(struct plant *plant);

/* The values of a point: `network` without currents, otherwise those of `load`. */
void modbus_house_values(const struct plant *plant, const struct plant_load *load,
                         struct quantity_set *set);

/* A table in which every point has its values, those of unit 7 excepted. Owned by the caller. */
struct table *modbus_house_table(const struct plant *plant);

/* Plant and values as JSON, for those who check what is served. */
void modbus_house_describe(const struct plant *plant, const struct table *table, struct json *out);

#endif
