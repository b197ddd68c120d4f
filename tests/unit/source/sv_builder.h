/* Frames of sampled values and captures of them, made byte by byte for tests. */
#ifndef SV_BUILDER_H
#define SV_BUILDER_H

#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct bytes {
    uint8_t *data;
    size_t size, room;
    bool big; /* byte order of numbers that are added */
};

static inline void add(struct bytes *b, const void *data, size_t size)
{
    if (b->size + size > b->room) {
        b->room = 2 * (b->size + size) + 256;
        b->data = realloc(b->data, b->room);
        assert_non_null(b->data);
    }
    if (size)
        memcpy(b->data + b->size, data, size);
    b->size += size;
}

static inline void add16(struct bytes *b, unsigned v)
{
    uint8_t p[2];
    if (b->big)
        put_be16(p, (uint16_t)v);
    else
        put_le16(p, (uint16_t)v);
    add(b, p, 2);
}

static inline void add32(struct bytes *b, uint32_t v)
{
    uint8_t p[4];
    if (b->big)
        put_be32(p, v);
    else
        put_le32(p, v);
    add(b, p, 4);
}

/* --- Sampled values ------------------------------------------------------------------------------ */

struct frame {
    const char *id;   /* svID; NULL: "MU01" */
    const char *set;  /* datSet; NULL: none */
    unsigned appid;   /* 0: 0x4000 */
    unsigned station; /* last byte of the source address */
    unsigned vlans;   /* tags */
    bool simulated;
    unsigned asdus;    /* 0: 1 */
    unsigned channels; /* 0: 8 */
    unsigned modulus;  /* of smpCnt; 0: 4000 */
    unsigned synch;    /* smpSynch, plus 1; 0: global */
    bool has_rate, has_mode, has_time;
    unsigned rate, mode;
    unsigned revision;
    uint32_t quality[32]; /* of channels, in every ASDU */
    bool long_lengths;    /* in three bytes where one would do */
};

/* What channel c holds at a sample. */
static inline int32_t value_at(uint64_t sample, unsigned channel)
{
    return (int32_t)(((sample * 37 + channel * 1001) % 200000) - 100000);
}

static inline void add_element(struct bytes *b, const struct frame *f, unsigned tag,
                               const void *value, size_t size)
{
    uint8_t head[4] = {(uint8_t)tag, 0x82, (uint8_t)(size >> 8), (uint8_t)size};
    if (!f->long_lengths && size < 128) {
        head[1] = (uint8_t)size;
        add(b, head, 2);
    } else if (!f->long_lengths && size < 256) {
        head[1] = 0x81;
        head[2] = (uint8_t)size;
        add(b, head, 3);
    } else {
        add(b, head, 4);
    }
    add(b, value, size);
}

static inline void add_number(struct bytes *b, const struct frame *f, unsigned tag, uint32_t v,
                              size_t width)
{
    uint8_t p[4];
    put_be32(p, v);
    add_element(b, f, tag, p + 4 - width, width);
}

static inline void add_asdu(struct bytes *b, const struct frame *f, uint64_t sample)
{
    struct bytes asdu = {.big = true}, data = {.big = true};
    const char *id = f->id ? f->id : "MU01";
    unsigned channels = f->channels ? f->channels : 8, modulus = f->modulus ? f->modulus : 4000;
    add_element(&asdu, f, 0x80, id, strlen(id));
    if (f->set)
        add_element(&asdu, f, 0x81, f->set, strlen(f->set));
    add_number(&asdu, f, 0x82, (uint32_t)(sample % modulus), 2);
    add_number(&asdu, f, 0x83, f->revision, 4);
    if (f->has_time)
        add_element(&asdu, f, 0x84, "\1\2\3\4\5\6\7", 8);
    add_number(&asdu, f, 0x85, f->synch ? f->synch - 1 : 2, 1);
    if (f->has_rate)
        add_number(&asdu, f, 0x86, f->rate, 2);
    for (unsigned c = 0; c < channels; c++) {
        add32(&data, (uint32_t)value_at(sample, c));
        add32(&data, f->quality[c]);
    }
    add_element(&asdu, f, 0x87, data.data, data.size);
    if (f->has_mode)
        add_number(&asdu, f, 0x88, f->mode, 2);
    add_element(b, f, 0x30, asdu.data, asdu.size);
    free(asdu.data);
    free(data.data);
}

/* A frame whose first ASDU is `sample`; replaces what is in `b`. */
static inline void make_frame(struct bytes *b, const struct frame *f, uint64_t sample)
{
    struct bytes asdus = {.big = true}, pdu = {.big = true}, whole = {.big = true};
    unsigned count = f->asdus ? f->asdus : 1;
    static const uint8_t padding[64];
    for (unsigned i = 0; i < count; i++)
        add_asdu(&asdus, f, sample + i);
    add_number(&pdu, f, 0x80, count, 1);
    add_element(&pdu, f, 0xa2, asdus.data, asdus.size);
    add_element(&whole, f, 0x60, pdu.data, pdu.size);

    b->size = 0;
    b->big = true;
    add(b, "\x01\x0c\xcd\x04\x00\x01", 6);
    add(b, (uint8_t[6]){2, 0, 0, 0, 0, (uint8_t)f->station}, 6);
    for (unsigned i = 0; i < f->vlans; i++) {
        add16(b, i + 1 < f->vlans ? 0x88a8 : 0x8100);
        add16(b, 0x8000 + 5 + i);
    }
    add16(b, 0x88ba);
    add16(b, f->appid ? f->appid : 0x4000);
    add16(b, (unsigned)whole.size + 8);
    add16(b, f->simulated ? 0x8000 : 0);
    add16(b, 0);
    add(b, whole.data, whole.size);
    if (b->size < 60)
        add(b, padding, 60 - b->size);
    free(asdus.data);
    free(pdu.data);
    free(whole.data);
}

/* --- Captures -------------------------------------------------------------------------------------- */

#define START_NS INT64_C(1699264350027291000)

static inline void pcap_begin(struct bytes *b, bool big, bool nano)
{
    b->big = big;
    b->size = 0;
    add32(b, nano ? 0xa1b23c4d : 0xa1b2c3d4);
    add16(b, 2);
    add16(b, 4);
    add32(b, 0);
    add32(b, 0);
    add32(b, 262144);
    add32(b, 1);
}

static inline void pcap_add(struct bytes *b, int64_t ns, const struct bytes *packet)
{
    bool nano = b->big ? get_be32(b->data) == 0xa1b23c4d : get_le32(b->data) == 0xa1b23c4d;
    add32(b, (uint32_t)(ns / 1000000000));
    add32(b, (uint32_t)(ns % 1000000000 / (nano ? 1 : 1000)));
    add32(b, (uint32_t)packet->size);
    add32(b, (uint32_t)packet->size);
    add(b, packet->data, packet->size);
}

static inline void ng_block(struct bytes *b, uint32_t type, const struct bytes *body)
{
    uint32_t padding = (4 - body->size % 4) % 4, length = (uint32_t)(body->size + padding + 12);
    add32(b, type);
    add32(b, length);
    add(b, body->data, body->size);
    add(b, "\0\0\0", padding);
    add32(b, length);
}

static inline void ng_section(struct bytes *b, bool big)
{
    struct bytes body = {.big = big};
    b->big = big;
    add32(&body, 0x1a2b3c4d);
    add16(&body, 1);
    add16(&body, 0);
    add32(&body, 0xffffffff);
    add32(&body, 0xffffffff);
    ng_block(b, 0x0a0d0d0a, &body);
    free(body.data);
}

/* resolution < 0: no such option; with an offset in seconds if it is not 0 */
static inline void ng_interface(struct bytes *b, unsigned link_type, int resolution, int64_t offset)
{
    struct bytes body = {.big = b->big};
    add16(&body, link_type);
    add16(&body, 0);
    add32(&body, 0);
    add16(&body, 2); /* if_name, which nobody needs */
    add16(&body, 5);
    add(&body, "eth07\0\0", 8);
    if (resolution >= 0) {
        add16(&body, 9);
        add16(&body, 1);
        add(&body, (uint8_t[4]){(uint8_t)resolution}, 4);
    }
    if (offset) {
        add16(&body, 14);
        add16(&body, 8);
        uint32_t high = (uint32_t)((uint64_t)offset >> 32), low = (uint32_t)offset;
        add32(&body, body.big ? high : low);
        add32(&body, body.big ? low : high);
    }
    add32(&body, 0);
    ng_block(b, 1, &body);
    free(body.data);
}

static inline void ng_packet(struct bytes *b, unsigned interface, uint64_t ticks,
                             const struct bytes *packet)
{
    struct bytes body = {.big = b->big};
    add32(&body, interface);
    add32(&body, (uint32_t)(ticks >> 32));
    add32(&body, (uint32_t)ticks);
    add32(&body, (uint32_t)packet->size);
    add32(&body, (uint32_t)packet->size);
    add(&body, packet->data, packet->size);
    ng_block(b, 6, &body);
    free(body.data);
}

/* The obsolete packet block. */
static inline void ng_old_packet(struct bytes *b, unsigned interface, uint64_t ticks,
                                 const struct bytes *packet)
{
    struct bytes body = {.big = b->big};
    add16(&body, interface);
    add16(&body, 3); /* drops */
    add32(&body, (uint32_t)(ticks >> 32));
    add32(&body, (uint32_t)ticks);
    add32(&body, (uint32_t)packet->size);
    add32(&body, (uint32_t)packet->size);
    add(&body, packet->data, packet->size);
    ng_block(b, 2, &body);
    free(body.data);
}

static inline void ng_simple_packet(struct bytes *b, const struct bytes *packet)
{
    struct bytes body = {.big = b->big};
    add32(&body, (uint32_t)packet->size);
    add(&body, packet->data, packet->size);
    ng_block(b, 3, &body);
    free(body.data);
}

#define TEMPORARY "/tmp/busbar-test-XXXXXX"

/* Writes a file; `path` begins as TEMPORARY. */
static inline void write_file(char *path, const struct bytes *b)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(write(fd, b->data, b->size) == (ssize_t)b->size);
    close(fd);
}

#endif
