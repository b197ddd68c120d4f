/* Frames of Modbus RTU: unit (1)  PDU  CRC (2, low byte first). Source: MODBUS over Serial Line V1.02, 2.5.1.
 *
 * On a serial line silence ends a frame; over TCP there is none, and on a line it comes late. So the end
 * is found from the function code of the request and its counts. Functions that this program does not
 * know are whole where the CRC first fits, so that they can be answered with an exception. */
#ifndef PROTOCOL_MODBUS_RTU_H
#define PROTOCOL_MODBUS_RTU_H

#include "protocol/modbus/framing.h"

#define RTU_FRAME_BYTES 256

/* CRC-16 of the serial line (2.5.1.2), polynomial 0xA001, beginning with 0xFFFF. */
uint16_t rtu_crc(const uint8_t *bytes, size_t length);

/* As struct modbus_framing says. */
enum frame_state rtu_decode(const uint8_t *bytes, size_t length, struct frame *frame);
size_t rtu_wanted(const uint8_t *bytes, size_t length);
void rtu_encode(uint8_t *bytes, const struct frame *frame);

#endif
