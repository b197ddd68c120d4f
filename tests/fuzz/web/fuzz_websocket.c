/* Frames of a client. The first byte says in pieces of which size they arrive; that must change nothing. */
#include "web/websocket.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    unsigned frames, messages;
    size_t bytes;
    int64_t code; /* no padding: outcomes are compared as bytes */
};

static struct outcome run(const uint8_t *data, size_t size, size_t piece)
{
    struct websocket_reader reader;
    struct outcome o = {0};
    uint8_t *bytes = malloc(size ? size : 1);
    size_t length = 0, given = 0;
    websocket_reader_init(&reader, 1000);
    for (;;) {
        struct websocket_input in;
        size_t used = websocket_read(&reader, bytes, length, &in);
        if (in.event == WEBSOCKET_FAULT) {
            o.code = in.code;
            break;
        }
        if (in.event != WEBSOCKET_NOTHING) {
            if (used == 0 || used > length)
                abort();
            o.frames++;
            o.messages += in.event == WEBSOCKET_MESSAGE;
            o.bytes += in.length;
            if (in.event == WEBSOCKET_MESSAGE && (in.length > 1000 || in.payload[in.length]))
                abort();
            length -= used;
            memmove(bytes, bytes + used, length);
            continue;
        }
        if (used != 0 || given == size)
            break;
        size_t n = size - given < piece ? size - given : piece;
        memcpy(bytes + length, data + given, n);
        given += n;
        length += n;
    }
    websocket_reader_free(&reader);
    free(bytes);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct outcome whole = run(data + 1, size - 1, size);
    struct outcome pieces = run(data + 1, size - 1, 1 + data[0] % 32);
    if (memcmp(&whole, &pieces, sizeof whole) != 0)
        abort();
    return 0;
}
