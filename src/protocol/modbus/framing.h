/* Frames: how a PDU is wrapped on one kind of line, and where a frame ends. A codec per kind (mbap, rtu),
 * one conversation for all (stream). */
#ifndef PROTOCOL_MODBUS_FRAMING_H
#define PROTOCOL_MODBUS_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_BYTES_MAX 260 /* the longest frame of any kind */

struct frame {
    uint16_t transaction; /* 0 where the line has none */
    uint8_t unit;
    uint16_t pdu_bytes; /* 1 ... PDU_BYTES */
};

enum frame_state {
    FRAME_WHOLE, /* the frame is filled in, and the whole PDU is there */
    FRAME_MORE,  /* so far so good, bytes are missing */
    FRAME_BAD,   /* no Modbus of this kind; where the next frame would begin is unknown */
};

/* Codecs are pure functions over bytes. */
struct modbus_framing {
    const char *name;   /* of the door: "Modbus TCP" */
    size_t frame_bytes; /* the longest frame */
    size_t head_bytes;  /* before the PDU */
    size_t tail_bytes;  /* behind it */
    bool broadcast;     /* unit 0 is everyone, and no one answers */

    /* Looks at the beginning of `length` bytes. FRAME_BAD as soon as a byte proves it. */
    enum frame_state (*decode)(const uint8_t *bytes, size_t length, struct frame *frame);
    /* Bytes, more than the `length` that are there, by which decode may say more than FRAME_MORE. */
    size_t (*wanted)(const uint8_t *bytes, size_t length);
    /* Writes head and tail round the PDU that stands at bytes + head_bytes. */
    void (*encode)(uint8_t *bytes, const struct frame *frame);
};

extern const struct modbus_framing modbus_mbap; /* Modbus TCP */
extern const struct modbus_framing modbus_rtu;  /* Modbus RTU, on a line or over TCP */

#endif
