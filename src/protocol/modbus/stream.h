/* The conversation with one client, without the socket: bytes in, answers out. Frames may come in any
 * pieces and any number of them at once; they are answered in their order. */
#ifndef PROTOCOL_MODBUS_STREAM_H
#define PROTOCOL_MODBUS_STREAM_H

#include "protocol/modbus/bus.h"
#include "protocol/modbus/framing.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What must be kept between two pieces: the beginning of a frame. */
struct modbus_stream {
    const struct modbus_framing *framing;
    uint16_t held;
    uint8_t part[FRAME_BYTES_MAX];
};

void modbus_stream_begin(struct modbus_stream *stream, const struct modbus_framing *framing);

enum stream_state {
    STREAM_ALL,  /* every byte was taken */
    STREAM_FULL, /* no room for another answer: send what is there, then come again with the rest */
    STREAM_BAD,  /* this is not Modbus: send what is there and close */
};

struct stream_io {
    const uint8_t *in;
    size_t in_bytes;
    uint8_t *out;
    size_t out_room;  /* at least FRAME_BYTES_MAX */
    size_t in_taken;  /* result: bytes of `in` that are done with */
    size_t out_bytes; /* result: bytes of answers */
};

enum stream_state modbus_stream_feed(struct modbus_stream *stream, const struct modbus_bus *bus,
                                     struct stream_io *io, struct modbus_counters *counters);

#endif
