/* The installation as it is seen over Modbus, whatever the line: who answers at which unit id, and what.
 *
 * Every device of the plant answers at its address, through the gateway; the gateway itself also at 0
 * and 255, which clients use for "the device at this network address". */
#ifndef PROTOCOL_MODBUS_BUS_H
#define PROTOCOL_MODBUS_BUS_H

#include "plant/plant.h"
#include "protocol/modbus/pdu.h"
#include "table/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was asked; only grows. */
struct modbus_counters {
    uint64_t requests;       /* answered, exceptions included */
    uint64_t registers;      /* words that were read */
    uint64_t exceptions;     /* answers that said no, of any kind: */
    uint64_t writes_refused; /*   a function that writes */
    uint64_t unknown_units;  /*   no device has this unit id */
};

struct modbus_bus {
    struct image *image;
    const struct plant_device *unit[256]; /* NULL: nobody */
};

/* `plant` and `table` are borrowed and outlive the bus. `table` NULL: nothing is measured. False: there
 * is no memory. */
bool modbus_bus_init(struct modbus_bus *bus, const struct plant *plant, const struct table *table);
void modbus_bus_free(struct modbus_bus *bus);

/* Carries out one request (`bytes` at least 1) and writes the answer, PDU_BYTES at most, whose length
 * is returned. Never fails: what cannot be done is answered with an exception. */
size_t modbus_bus_answer(const struct modbus_bus *bus, uint8_t unit, const uint8_t *pdu,
                         size_t bytes, uint8_t answer[PDU_BYTES], struct modbus_counters *counters);

#endif
