/* The registers of one device as bytes: the map, its readers and their encoding put together. */
#ifndef PROTOCOL_MODBUS_IMAGE_H
#define PROTOCOL_MODBUS_IMAGE_H

#include "plant/plant.h"
#include "protocol/modbus/pdu.h"
#include "table/table.h"

#include <stdint.h>

/* Writes registers `address` ... `address + count - 1` of the device, 2 bytes each, the most significant
 * first. Any piece of a block may be read, also one that cuts a value. All values of one load come from
 * one window. EXCEPTION_ADDRESS if a register lies in no block of the device; `bytes` is then undefined. */
enum pdu_exception image_read(const struct plant *plant, const struct table *table,
                              const struct plant_device *device, uint16_t address, uint16_t count,
                              uint8_t *bytes);

#endif
