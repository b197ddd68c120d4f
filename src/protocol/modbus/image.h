/* The registers of all devices as bytes: the map, its readers and their encoding put together.
 *
 * A block is encoded as a whole from one window and kept until the table says that the values are no
 * longer those; clients ask far more often than that. All memory is taken at the start. */
#ifndef PROTOCOL_MODBUS_IMAGE_H
#define PROTOCOL_MODBUS_IMAGE_H

#include "plant/plant.h"
#include "protocol/modbus/pdu.h"
#include "table/table.h"

#include <stdint.h>

struct image;

/* `plant` and `table` are borrowed and must not change their devices. `table` NULL: nothing is measured.
 * NULL: no memory. */
struct image *image_new(const struct plant *plant, const struct table *table);
void image_free(struct image *image);

/* Writes registers `address` ... `address + count - 1` of the device, which is one of the plant's, 2
 * bytes each, the most significant first. Any piece of a block may be read, also one that cuts a value;
 * all of it comes from one window. EXCEPTION_ADDRESS if it is not a piece of one of its blocks. One
 * thread at a time. */
enum pdu_exception image_read(struct image *image, const struct plant_device *device,
                              uint16_t address, uint16_t count, uint8_t *bytes);

#endif
