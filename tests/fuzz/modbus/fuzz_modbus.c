/* The bytes of a client of Modbus TCP or of RTU over TCP: framing, PDU and the whole live map behind them.
 *
 * The first byte chooses the framing, how the others are cut and how much room the answers have. However
 * that is, the answers are whole frames, as many as were counted, and the same as for the bytes in one
 * piece. */
#include "modbus_house.h"
#include "protocol/modbus/mbap.h"
#include "protocol/modbus/rtu.h"
#include "protocol/modbus/stream.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IN_MAX 4096
#define ANSWER_MAX \
    (IN_MAX / 4 * FRAME_BYTES_MAX + FRAME_BYTES_MAX) /* a request has 4 bytes or more */

static struct modbus_bus bus;

static void open_house(void)
{
    static struct plant plant;
    modbus_house_plant(&plant);
    if (!modbus_bus_init(&bus, &plant, modbus_house_table(&plant)))
        abort();
}

static void expect(bool true_statement)
{
    if (!true_statement)
        abort();
}

/* Returns the bytes of all answers. */
static size_t converse(const struct modbus_framing *framing, const uint8_t *in, size_t size,
                       size_t cut, size_t room, uint8_t *answers, uint64_t *requests)
{
    struct modbus_stream stream;
    modbus_stream_begin(&stream, framing);
    struct modbus_counters counters = {0};
    size_t total = 0;
    enum stream_state state = STREAM_ALL;
    for (size_t at = 0; at < size && state == STREAM_ALL; at += cut) {
        struct stream_io io = {
            .in = in + at, .in_bytes = size - at < cut ? size - at : cut, .out_room = room};
        do {
            io.out = answers + total;
            state = modbus_stream_feed(&stream, &bus, &io, &counters);
            expect(io.in_taken <= io.in_bytes && io.out_bytes <= room);
            total += io.out_bytes;
            io.in += io.in_taken;
            io.in_bytes -= io.in_taken;
        } while (state == STREAM_FULL);
    }
    *requests = counters.requests;
    return total;
}

static void expect_frames(const uint8_t *answers, size_t bytes, uint64_t count)
{
    struct frame head;
    for (size_t at = 0; at < bytes; count--) {
        expect(mbap_decode(answers + at, bytes - at, &head) == FRAME_WHOLE);
        expect(head.pdu_bytes >= 2);
        at += MBAP_BYTES + head.pdu_bytes;
    }
    expect(count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t whole[ANSWER_MAX], cut[ANSWER_MAX];
    if (!bus.image)
        open_house();
    if (size < 1 || size > IN_MAX)
        return 0;
    size_t piece = 1 + data[0] % 16, room = FRAME_BYTES_MAX + 40u * (data[0] / 16 % 8);
    const struct modbus_framing *framing = data[0] & 0x80 ? &modbus_rtu : &modbus_mbap;
    uint64_t requests, again;
    size_t bytes = converse(framing, data + 1, size - 1, size, sizeof whole, whole, &requests);
    if (framing == &modbus_mbap)
        expect_frames(whole, bytes, requests);
    expect(converse(framing, data + 1, size - 1, piece, room, cut, &again) == bytes &&
           again == requests);
    expect(memcmp(whole, cut, bytes) == 0);
    return 0;
}
