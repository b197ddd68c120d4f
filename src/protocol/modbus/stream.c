#include "protocol/modbus/stream.h"

#include <string.h>

/* Answers the frame that begins at `frame`, with room for it. */
static void answer(const struct modbus_bus *bus, const uint8_t *frame, struct mbap head,
                   struct stream_io *io, struct modbus_counters *counters)
{
    uint8_t *out = io->out + io->out_bytes;
    head.pdu_bytes = (uint16_t)modbus_bus_answer(bus, head.unit, frame + MBAP_BYTES, head.pdu_bytes,
                                                 out + MBAP_BYTES, counters);
    mbap_encode(out, &head);
    io->out_bytes += MBAP_BYTES + head.pdu_bytes;
}

/* Takes bytes to complete the frame that an earlier piece began. */
static enum mbap_state complete(struct modbus_stream *stream, struct stream_io *io,
                                struct mbap *head)
{
    enum mbap_state state;
    while ((state = mbap_decode(stream->part, stream->held, head)) == MBAP_MORE) {
        size_t wanted = mbap_wanted(stream->part, stream->held) - stream->held;
        size_t there = io->in_bytes - io->in_taken;
        size_t n = wanted < there ? wanted : there;
        if (n == 0)
            return MBAP_MORE;
        memcpy(stream->part + stream->held, io->in + io->in_taken, n);
        stream->held = (uint16_t)(stream->held + n);
        io->in_taken += n;
    }
    return state;
}

enum stream_state modbus_stream_feed(struct modbus_stream *stream, const struct modbus_bus *bus,
                                     struct stream_io *io, struct modbus_counters *counters)
{
    io->in_taken = io->out_bytes = 0;
    while (io->in_taken < io->in_bytes) {
        if (io->out_room - io->out_bytes < MBAP_FRAME_BYTES)
            return STREAM_FULL;
        const uint8_t *in = io->in + io->in_taken;
        size_t left = io->in_bytes - io->in_taken;
        struct mbap head;
        enum mbap_state state =
            stream->held ? complete(stream, io, &head) : mbap_decode(in, left, &head);
        if (state == MBAP_BAD)
            return STREAM_BAD;
        if (state == MBAP_FRAME && stream->held) {
            answer(bus, stream->part, head, io, counters);
            stream->held = 0;
        } else if (state == MBAP_FRAME) {
            answer(bus, in, head, io, counters);
            io->in_taken += MBAP_BYTES + head.pdu_bytes;
        } else if (!stream->held) { /* the rest is the beginning of a frame: shorter than one */
            memcpy(stream->part, in, left);
            stream->held = (uint16_t)left;
            io->in_taken = io->in_bytes;
        }
    }
    return STREAM_ALL;
}
