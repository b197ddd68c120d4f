/* Any bytes as a pcap or pcapng file: packets that lie where they say, then an end or a fault. */
#include "source/capture.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

static unsigned read_all(struct capture *c)
{
    struct capture_packet p;
    struct fault fault;
    unsigned packets = 0;
    enum err err;
    while (!(err = capture_next(c, &p, &fault))) {
        if (p.size > CAPTURE_PACKET_MAX * 2 || p.number != ++packets)
            abort();
        for (size_t i = 0; i < p.size; i++)
            sink ^= p.bytes[i];
    }
    if (err != ERR_END && err != ERR_INPUT && err != ERR_UNSUPPORTED)
        abort();
    return packets;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input *in;
    struct capture *c;
    struct fault fault;
    if (input_open_memory("fuzz", data, size, &in, &fault))
        return 0;
    if (capture_open(in, &c, &fault))
        return 0;
    unsigned packets = read_all(c);
    /* the second time it is the same */
    if (capture_rewind(c, &fault) || read_all(c) != packets)
        abort();
    capture_close(c);
    return 0;
}
