#include "web/websocket.h"

#include "base/bytes.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#define CONTROL_BYTES_MAX 125
#define NO_CODE           1005

bool websocket_accept(const char *key, char accept[29])
{
    unsigned char decoded[18], hash[SHA_DIGEST_LENGTH];
    char joined[64];
    if (strlen(key) != 24 || strcmp(key + 22, "==") != 0 ||
        EVP_DecodeBlock(decoded, (const unsigned char *)key, 24) != 18)
        return false;
    int n = snprintf(joined, sizeof joined, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    SHA1((const unsigned char *)joined, (size_t)n, hash);
    EVP_EncodeBlock((unsigned char *)accept, hash, sizeof hash);
    return true;
}

size_t websocket_header(uint8_t header[WEBSOCKET_HEADER_MAX], enum websocket_opcode opcode,
                        size_t payload_bytes)
{
    header[0] = (uint8_t)(0x80 | opcode);
    if (payload_bytes < 126) {
        header[1] = (uint8_t)payload_bytes;
        return 2;
    }
    if (payload_bytes < 65536) {
        header[1] = 126;
        put_be16(header + 2, (uint16_t)payload_bytes);
        return 4;
    }
    header[1] = 127;
    put_be64(header + 2, payload_bytes);
    return 10;
}

void websocket_reader_init(struct websocket_reader *r, size_t message_bytes_max)
{
    *r = (struct websocket_reader){0};
    text_init(&r->message, message_bytes_max);
}

void websocket_reader_free(struct websocket_reader *r)
{
    text_free(&r->message);
}

struct frame {
    bool fin;
    uint8_t opcode;
    size_t header; /* bytes before the payload */
    uint64_t length;
};

static size_t fault(struct websocket_input *in, int code)
{
    *in = (struct websocket_input){.event = WEBSOCKET_FAULT, .code = code};
    return 0;
}

/* True if the header is whole; a code in `code` if it is not allowed. */
static bool read_header(const uint8_t *bytes, size_t length, struct frame *f, int *code)
{
    *code = 0;
    if (length < 2)
        return false;
    f->fin = bytes[0] & 0x80;
    f->opcode = bytes[0] & 0x0f;
    bool control = f->opcode & 8;
    unsigned coded = bytes[1] & 0x7f;
    size_t extra = coded == 127 ? 8 : coded == 126 ? 2 : 0;
    bool known = f->opcode <= WEBSOCKET_BINARY ||
                 (f->opcode >= WEBSOCKET_CLOSE && f->opcode <= WEBSOCKET_PONG);
    if ((bytes[0] & 0x70) || !known || !(bytes[1] & 0x80) || (control && (extra || !f->fin))) {
        *code = WEBSOCKET_PROTOCOL_ERROR;
        return false;
    }
    f->header = 2 + extra + 4;
    if (length < f->header)
        return false;
    f->length = extra == 8 ? get_be64(bytes + 2) : extra == 2 ? get_be16(bytes + 2) : coded;
    if ((extra == 8 && f->length < 65536) || (extra == 2 && f->length < 126)) {
        *code = WEBSOCKET_PROTOCOL_ERROR; /* 5.2: the minimal number of bytes must be used */
        return false;
    }
    return true;
}

static bool is_utf8(const char *s, size_t length)
{
    size_t n;
    for (size_t i = 0; i < length; i += n)
        if ((n = utf8_length(s + i, length - i)) == 0)
            return false;
    return true;
}

static bool is_code(int code)
{
    return (code >= 3000 && code <= 4999) ||
           (code >= 1000 && code <= 1011 && code != 1004 && code != 1005 && code != 1006);
}

static size_t read_control(const struct frame *f, const char *payload, struct websocket_input *in)
{
    size_t n = (size_t)f->length;
    *in = (struct websocket_input){.event = f->opcode == WEBSOCKET_PING ? WEBSOCKET_PINGED
                                                                        : WEBSOCKET_PONGED,
                                   .payload = payload,
                                   .length = n};
    if (f->opcode == WEBSOCKET_CLOSE) {
        in->event = WEBSOCKET_CLOSED;
        in->code = n >= 2 ? get_be16((const uint8_t *)payload) : NO_CODE;
        if (n == 1 || (n >= 2 && !is_code(in->code)))
            return fault(in, WEBSOCKET_PROTOCOL_ERROR);
        if (n > 2 && !is_utf8(payload + 2, n - 2))
            return fault(in, WEBSOCKET_NOT_UTF8);
    }
    return f->header + n;
}

static size_t read_data(struct websocket_reader *r, const struct frame *f, const char *payload,
                        struct websocket_input *in)
{
    if ((f->opcode == WEBSOCKET_CONTINUATION) != r->open)
        return fault(in, WEBSOCKET_PROTOCOL_ERROR);
    if (f->opcode == WEBSOCKET_BINARY)
        return fault(in, WEBSOCKET_UNSUPPORTED);
    if (!r->open)
        text_clear(&r->message);
    text_add(&r->message, payload, (size_t)f->length);
    if (r->message.failed)
        return fault(in, WEBSOCKET_TOO_BIG);
    r->open = !f->fin;
    *in = (struct websocket_input){.event = f->fin ? WEBSOCKET_MESSAGE : WEBSOCKET_FRAGMENT,
                                   .payload = r->message.bytes,
                                   .length = r->message.length};
    if (f->fin && !is_utf8(in->payload, in->length))
        return fault(in, WEBSOCKET_NOT_UTF8);
    return f->header + (size_t)f->length;
}

size_t websocket_read(struct websocket_reader *r, uint8_t *bytes, size_t length,
                      struct websocket_input *in)
{
    struct frame f;
    int code;
    *in = (struct websocket_input){.event = WEBSOCKET_NOTHING};
    if (!read_header(bytes, length, &f, &code))
        return code ? fault(in, code) : 0;
    bool control = f.opcode & 8;
    if (!control && f.length > r->message.limit - (r->open ? r->message.length : 0))
        return fault(in, WEBSOCKET_TOO_BIG);
    if (length - f.header < f.length)
        return 0;
    uint8_t *payload = bytes + f.header;
    const uint8_t *mask = payload - 4;
    for (size_t i = 0; i < f.length; i++)
        payload[i] ^= mask[i & 3];
    return control ? read_control(&f, (const char *)payload, in)
                   : read_data(r, &f, (const char *)payload, in);
}
