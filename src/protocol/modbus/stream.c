#include "protocol/modbus/stream.h"

#include <string.h>

void modbus_stream_begin(struct modbus_stream *stream, const struct modbus_framing *framing)
{
    stream->framing = framing;
    stream->held = 0;
}

/* Answers the frame that begins at `bytes`, with room for it. */
static void answer(const struct modbus_framing *f, const struct modbus_bus *bus,
                   const uint8_t *bytes, struct frame frame, struct stream_io *io,
                   struct modbus_counters *counters)
{
    uint8_t *out = io->out + io->out_bytes;
    frame.pdu_bytes = (uint16_t)modbus_bus_answer(bus, frame.unit, bytes + f->head_bytes,
                                                  frame.pdu_bytes, out + f->head_bytes, counters);
    if (f->broadcast && frame.unit == 0)
        return;
    f->encode(out, &frame);
    io->out_bytes += f->head_bytes + frame.pdu_bytes + f->tail_bytes;
}

/* Takes bytes to complete the frame that an earlier piece began. */
static enum frame_state complete(struct modbus_stream *stream, struct stream_io *io,
                                 struct frame *frame)
{
    const struct modbus_framing *f = stream->framing;
    enum frame_state state;
    while ((state = f->decode(stream->part, stream->held, frame)) == FRAME_MORE) {
        size_t wanted = f->wanted(stream->part, stream->held) - stream->held;
        size_t there = io->in_bytes - io->in_taken;
        size_t n = wanted < there ? wanted : there;
        if (n == 0)
            return FRAME_MORE;
        memcpy(stream->part + stream->held, io->in + io->in_taken, n);
        stream->held = (uint16_t)(stream->held + n);
        io->in_taken += n;
    }
    return state;
}

enum stream_state modbus_stream_feed(struct modbus_stream *stream, const struct modbus_bus *bus,
                                     struct stream_io *io, struct modbus_counters *counters)
{
    const struct modbus_framing *f = stream->framing;
    io->in_taken = io->out_bytes = 0;
    while (io->in_taken < io->in_bytes) {
        if (io->out_room - io->out_bytes < f->frame_bytes)
            return STREAM_FULL;
        const uint8_t *in = io->in + io->in_taken;
        size_t left = io->in_bytes - io->in_taken;
        struct frame frame;
        enum frame_state state =
            stream->held ? complete(stream, io, &frame) : f->decode(in, left, &frame);
        if (state == FRAME_BAD)
            return STREAM_BAD;
        if (state == FRAME_WHOLE && stream->held) {
            answer(f, bus, stream->part, frame, io, counters);
            stream->held = 0;
        } else if (state == FRAME_WHOLE) {
            answer(f, bus, in, frame, io, counters);
            io->in_taken += f->head_bytes + frame.pdu_bytes + f->tail_bytes;
        } else if (!stream->held) { /* the rest is the beginning of a frame: shorter than one */
            memcpy(stream->part, in, left);
            stream->held = (uint16_t)left;
            io->in_taken = io->in_bytes;
        }
    }
    return STREAM_ALL;
}
