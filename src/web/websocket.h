/* The bytes of a WebSocket (RFC 6455), a server's side, without extensions: frames in, messages and faults
 * out. Knows no socket. */
#ifndef WEB_WEBSOCKET_H
#define WEB_WEBSOCKET_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum websocket_opcode {
    WEBSOCKET_CONTINUATION = 0,
    WEBSOCKET_TEXT = 1,
    WEBSOCKET_BINARY = 2,
    WEBSOCKET_CLOSE = 8,
    WEBSOCKET_PING = 9,
    WEBSOCKET_PONG = 10,
};

/* Reasons to close (7.4.1). */
enum websocket_code {
    WEBSOCKET_NORMAL = 1000,
    WEBSOCKET_GOING_AWAY = 1001,
    WEBSOCKET_PROTOCOL_ERROR = 1002,
    WEBSOCKET_UNSUPPORTED = 1003, /* a binary message */
    WEBSOCKET_NOT_UTF8 = 1007,
    WEBSOCKET_POLICY = 1008,
    WEBSOCKET_TOO_BIG = 1009,
    WEBSOCKET_INTERNAL = 1011,
};

/* Sec-WebSocket-Accept for the client's Sec-WebSocket-Key; false if that is not 16 bytes in base64. */
bool websocket_accept(const char *key, char accept[29]);

/* The header of an unmasked frame with FIN; returns its bytes, 2 to 10. */
#define WEBSOCKET_HEADER_MAX 10
size_t websocket_header(uint8_t header[WEBSOCKET_HEADER_MAX], enum websocket_opcode opcode,
                        size_t payload_bytes);

/* Reads what a client sends. */
struct websocket_reader {
    struct text message; /* the message so far; its limit is the longest one that is taken */
    bool open;           /* a fragmented message has begun */
};

void websocket_reader_init(struct websocket_reader *r, size_t message_bytes_max);
void websocket_reader_free(struct websocket_reader *r);

enum websocket_event {
    WEBSOCKET_NOTHING,  /* more bytes are needed */
    WEBSOCKET_FRAGMENT, /* a part of a message was taken in */
    WEBSOCKET_MESSAGE,  /* `payload`: a whole text, UTF-8 and zero-terminated */
    WEBSOCKET_PINGED,   /* `payload` is to be sent back in a pong */
    WEBSOCKET_PONGED,   /* an answer to a ping, or unasked */
    WEBSOCKET_CLOSED,   /* the client closes with `code` (1005: it gave none) */
    WEBSOCKET_FAULT,    /* `code` says what the client did wrong; close with it */
};

struct websocket_input {
    enum websocket_event event;
    int code;
    const char *payload; /* in `bytes` or in the reader; valid until the next call */
    size_t length;
};

/* Takes one frame from the beginning of `bytes` (unmasked in place) and returns how many bytes it had; 0 with
 * WEBSOCKET_NOTHING and WEBSOCKET_FAULT. A frame longer than the limit is refused as soon as its length is known. */
size_t websocket_read(struct websocket_reader *r, uint8_t *bytes, size_t length,
                      struct websocket_input *in);

#endif
