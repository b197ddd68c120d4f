/* pcapng: sections of blocks. Each block: type, total length, body, total length again. */
#include "base/instant.h"
#include "source/capture_parts.h"

#include <inttypes.h>

enum block_type {
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, /* obsolete, still found */
    BLOCK_SIMPLE = 3,
    BLOCK_ENHANCED = 6,
    BLOCK_SECTION = 0x0a0d0d0a,
};

enum { OPTION_END = 0, OPTION_RESOLUTION = 9, OPTION_OFFSET = 14 };

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define BLOCK_FRAME      12u /* type, and the length before and after the body */
#define BLOCK_MAX        (2 * CAPTURE_PACKET_MAX) /* of those that are read; others may be longer */

struct block {
    uint64_t at; /* offset of its first byte */
    uint32_t type, length;
    const uint8_t *body;
    size_t left; /* bytes of the body that were not read yet */
};

static enum err block_fault(const struct capture *c, const struct block *b, const char *what,
                            struct fault *fault)
{
    return fault_set(fault, ERR_INPUT, "%s: byte %" PRIu64 ": a block of type 0x%x and %u bytes %s",
                     input_name(c->in), b->at, b->type, b->length, what);
}

static enum err check_length(const struct capture *c, const struct block *b, struct fault *fault)
{
    if (b->length < BLOCK_FRAME || b->length % 4)
        return block_fault(c, b, "(expected a multiple of 4 from 12)", fault);
    return ERR_OK;
}

/* Reads the rest of a block into b->body. `taken`: bytes of the block that were read before. */
static enum err block_take(struct capture *c, struct block *b, uint32_t taken, struct fault *fault)
{
    if (b->length > BLOCK_MAX)
        return block_fault(c, b, "is longer than any packet", fault);
    if (b->length < taken + 4)
        return block_fault(c, b, "is too short for its type", fault);
    enum err err = capture_take_rest(c, b->length - taken, "a block", &b->body, fault);
    if (err)
        return err;
    b->left = b->length - taken - 4;
    if (capture_u32(c, b->body + b->left) != b->length)
        return block_fault(c, b, "ends with another length", fault);
    return ERR_OK;
}

/* Passes over a block of which type and length were read. */
static enum err block_skip(struct capture *c, const struct block *b, struct fault *fault)
{
    uint32_t left = b->length - 8;
    const uint8_t *p = NULL;
    uint32_t piece = 0;
    while (left > 0) {
        piece = left < BLOCK_MAX ? left : BLOCK_MAX;
        enum err err = capture_take_rest(c, piece, "a block", &p, fault);
        if (err)
            return err;
        left -= piece;
    }
    if (capture_u32(c, p + piece - 4) != b->length)
        return block_fault(c, b, "ends with another length", fault);
    return ERR_OK;
}

/* A section header whose type was read: it tells the byte order of all that follows. */
static enum err section_begin(struct capture *c, struct fault *fault)
{
    struct block b = {.at = input_offset(c->in) - 4, .type = BLOCK_SECTION};
    const uint8_t *p;
    enum err err = capture_take_rest(c, 8, "a section header", &p, fault);
    if (err)
        return err;
    uint32_t big = get_be32(p + 4);
    if (big != BYTE_ORDER_MAGIC && get_le32(p + 4) != BYTE_ORDER_MAGIC)
        return fault_set(fault, ERR_INPUT, "%s: byte %" PRIu64 ": 0x%08x is no byte-order magic",
                         input_name(c->in), b.at + 8, big);
    c->big_endian = big == BYTE_ORDER_MAGIC;
    b.length = capture_u32(c, p);
    err = check_length(c, &b, fault);
    if (!err)
        err = block_take(c, &b, 12, fault);
    if (err)
        return err;
    if (b.left < 12)
        return block_fault(c, &b, "is too short for a section header", fault);
    if (capture_u16(c, b.body) != 1)
        return fault_set(fault, ERR_UNSUPPORTED,
                         "%s: byte %" PRIu64 ": pcapng version %u, expected 1", input_name(c->in),
                         b.at + 12, capture_u16(c, b.body));
    c->interface_count = 0;
    return ERR_OK;
}

enum err capture_ng_begin(struct capture *c, struct fault *fault)
{
    return section_begin(c, fault);
}

static enum err read_interface(struct capture *c, const struct block *b, struct fault *fault)
{
    if (b->left < 8)
        return block_fault(c, b, "is too short for an interface", fault);
    struct capture_interface i = {
        .link_type = capture_u16(c, b->body),
        .snap_length = capture_u32(c, b->body + 4),
        .resolution = 6,
    };
    const uint8_t *p = b->body + 8, *end = b->body + b->left;
    while (end - p >= 4) {
        unsigned code = capture_u16(c, p), length = capture_u16(c, p + 2);
        size_t padded = (length + 3u) & ~3u;
        p += 4;
        if (code == OPTION_END || (size_t)(end - p) < padded)
            break;
        if (code == OPTION_RESOLUTION && length == 1)
            i.resolution = p[0];
        if (code == OPTION_OFFSET && length == 8)
            i.offset_s = (int64_t)(c->big_endian ? get_be64(p) : get_le64(p));
        p += padded;
    }
    return capture_add_interface(c, i, fault);
}

/* Ticks of an interface's clock to an instant; false if it does not fit. */
static bool ticks_to_instant(const struct capture_interface *i, uint64_t ticks, int64_t *time_ns)
{
    unsigned exponent = i->resolution & 0x7fu;
    uint64_t seconds, ns;
    if (i->resolution & 0x80u) {
        if (exponent > 63)
            return false;
        seconds = ticks >> exponent;
        uint64_t rest = ticks & ((UINT64_C(1) << exponent) - 1);
        if (exponent > 34) { /* finer than a nanosecond, and the product would not fit */
            rest >>= exponent - 34;
            exponent = 34;
        }
        ns = (rest * (uint64_t)NS_PER_S) >> exponent;
    } else {
        if (exponent > 19)
            return false;
        uint64_t per_second = 1;
        for (unsigned n = 0; n < exponent; n++)
            per_second *= 10;
        seconds = ticks / per_second;
        uint64_t rest = ticks % per_second;
        ns = exponent <= 9 ? rest * ((uint64_t)NS_PER_S / per_second)
                           : rest / (per_second / (uint64_t)NS_PER_S);
    }
    const int64_t most_s = INT64_MAX / NS_PER_S - 1;
    int64_t whole;
    if (seconds > (uint64_t)most_s ||
        __builtin_add_overflow((int64_t)seconds, i->offset_s, &whole) || whole > most_s ||
        whole < -most_s)
        return false;
    *time_ns = whole * NS_PER_S + (int64_t)ns;
    return true;
}

static enum err read_packet(struct capture *c, const struct block *b, struct capture_packet *packet,
                            struct fault *fault)
{
    bool simple = b->type == BLOCK_SIMPLE;
    size_t fixed = simple ? 4 : 20;
    if (b->left < fixed)
        return block_fault(c, b, "is too short for a packet", fault);
    const uint8_t *p = b->body;
    unsigned index = simple ? 0 : b->type == BLOCK_PACKET ? capture_u16(c, p) : capture_u32(c, p);
    if (index >= c->interface_count)
        return fault_set(fault, ERR_INPUT,
                         "%s: byte %" PRIu64
                         ": a packet of interface %u, but the section describes "
                         "%u of them",
                         input_name(c->in), b->at, index, c->interface_count);
    const struct capture_interface *i = &c->interfaces[index];
    *packet = (struct capture_packet){.link_type = i->link_type, .bytes = p + fixed};
    if (simple) { /* as much as the block has room for, and the interface takes */
        packet->wire_size = packet->size = capture_u32(c, p);
        if (i->snap_length && packet->size > i->snap_length)
            packet->size = i->snap_length;
        if (packet->size > b->left - fixed)
            packet->size = b->left - fixed;
    } else {
        uint64_t ticks = (uint64_t)capture_u32(c, p + 4) << 32 | capture_u32(c, p + 8);
        packet->has_time = ticks_to_instant(i, ticks, &packet->time_ns);
        packet->size = capture_u32(c, p + 12);
        packet->wire_size = capture_u32(c, p + 16);
    }
    if (packet->size > b->left - fixed)
        return block_fault(c, b, "is too short for its packet", fault);
    packet->number = ++c->number;
    return ERR_OK;
}

enum err capture_ng_next(struct capture *c, struct capture_packet *packet, struct fault *fault)
{
    for (;;) {
        struct block b = {.at = input_offset(c->in)};
        const uint8_t *p;
        enum err err = capture_take(c, 4, "a block header", &p, fault);
        if (err)
            return err;
        b.type = capture_u32(c, p);
        if (get_be32(p) == BLOCK_SECTION) {
            err = section_begin(c, fault);
            if (err)
                return err;
            continue;
        }
        err = capture_take_rest(c, 4, "a block header", &p, fault);
        if (err)
            return err;
        b.length = capture_u32(c, p);
        err = check_length(c, &b, fault);
        if (err)
            return err;
        bool is_packet =
            b.type == BLOCK_ENHANCED || b.type == BLOCK_SIMPLE || b.type == BLOCK_PACKET;
        if (!is_packet && b.type != BLOCK_INTERFACE) {
            err = block_skip(c, &b, fault);
        } else {
            err = block_take(c, &b, 8, fault);
            if (!err)
                err = is_packet ? read_packet(c, &b, packet, fault) : read_interface(c, &b, fault);
        }
        if (err || is_packet)
            return err;
    }
}
