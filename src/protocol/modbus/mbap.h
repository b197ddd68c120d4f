/* Frames of Modbus TCP: the MBAP header and where a frame ends.
 *
 *   transaction (2)  protocol = 0 (2)  length (2)  unit (1)  PDU (length - 1)
 *
 * Source: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3. Pure functions over bytes. */
#ifndef PROTOCOL_MODBUS_MBAP_H
#define PROTOCOL_MODBUS_MBAP_H

#include "protocol/modbus/framing.h"
#include "protocol/modbus/pdu.h"

#include <stddef.h>
#include <stdint.h>

#define MBAP_BYTES       7
#define MBAP_FRAME_BYTES (MBAP_BYTES + PDU_BYTES) /* the longest frame */

/* Looks at the beginning of `length` bytes. Says FRAME_BAD as soon as a byte proves it, by another
 * protocol number or a length that no frame has: the connection cannot be saved then. */
enum frame_state mbap_decode(const uint8_t *bytes, size_t length, struct frame *head);

/* Bytes that are needed before mbap_decode can say more than it did with these `length` (fewer than a
 * frame): up to the header's length field first, then up to the end of the frame. */
size_t mbap_wanted(const uint8_t *bytes, size_t length);

/* Writes the MBAP_BYTES of the header. */
void mbap_encode(uint8_t *bytes, const struct frame *head);

#endif
