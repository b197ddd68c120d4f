/* Who a device is: for the identification block of the map (50000 ...) and for function 43/14. */
#ifndef PROTOCOL_MODBUS_IDENTITY_H
#define PROTOCOL_MODBUS_IDENTITY_H

#include "plant/plant.h"
#include "protocol/modbus/pdu.h"

#define MODBUS_VENDOR      "Busbar"
#define EXTENDED_NAME_TEXT 17

/* The name at register 50058: the device's own, or "Diris " and its profile; cut to 16 characters. */
void identity_extended_name(const struct plant_device *device, char text[EXTENDED_NAME_TEXT]);

/* Parts of the program's version, "1.2.3": 0 is 1, 1 is 2, 2 is 3. */
unsigned identity_version(unsigned part);

/* Serial numbers of the family are eight digits, then a running number that fits in 16 bits. False if
 * this one is of another kind. part 0, 1: four digits each, as hexadecimal digits; 2: the number. */
bool identity_serial(const struct plant_device *device, unsigned part, uint16_t *word);

/* Answers function 43/14 (specification 6.21): all objects from `request->object` on that fit, or the
 * one asked for. On success `*bytes` is the length of the answer in `pdu` (PDU_BYTES of room). */
enum pdu_exception identity_answer(const struct plant_device *device,
                                   const struct pdu_request *request, uint8_t *pdu, size_t *bytes);

#endif
