/* Frames of Modbus TCP: the MBAP header and where a frame ends.
 *
 *   transaction (2)  protocol = 0 (2)  length (2)  unit (1)  PDU (length - 1)
 *
 * Source: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3. Pure functions over bytes. */
#ifndef PROTOCOL_MODBUS_MBAP_H
#define PROTOCOL_MODBUS_MBAP_H

#include "protocol/modbus/pdu.h"

#include <stddef.h>
#include <stdint.h>

#define MBAP_BYTES       7
#define MBAP_FRAME_BYTES (MBAP_BYTES + PDU_BYTES) /* the longest frame */

struct mbap {
    uint16_t transaction;
    uint8_t unit;
    uint16_t pdu_bytes; /* 1 ... PDU_BYTES */
};

enum mbap_state {
    MBAP_FRAME, /* `head` is filled, and the whole PDU is there */
    MBAP_MORE,  /* so far so good, bytes are missing */
    MBAP_BAD,   /* no Modbus: another protocol number, or a length that no frame has */
};

/* Looks at the beginning of `length` bytes. Says MBAP_BAD as soon as a byte proves it: where the next
 * frame would begin is then unknown, and the connection cannot be saved. */
enum mbap_state mbap_decode(const uint8_t *bytes, size_t length, struct mbap *head);

/* Bytes that are needed before mbap_decode can say more than it did with these `length` (fewer than a
 * frame): up to the header's length field first, then up to the end of the frame. */
size_t mbap_wanted(const uint8_t *bytes, size_t length);

/* Writes the MBAP_BYTES of the header. */
void mbap_encode(uint8_t *bytes, const struct mbap *head);

#endif
