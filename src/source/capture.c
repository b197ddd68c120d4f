#include "source/capture.h"

#include "base/instant.h"
#include "source/capture_parts.h"

#include <inttypes.h>
#include <stdlib.h>

#define MAGIC_MICRO   0xa1b2c3d4u
#define MAGIC_NANO    0xa1b23c4du
#define MAGIC_SECTION 0x0a0d0d0au /* reads the same from either end */

bool capture_is(const uint8_t *head, size_t bytes)
{
    if (bytes < 4)
        return false;
    uint32_t little = get_le32(head), big = get_be32(head);
    return little == MAGIC_MICRO || little == MAGIC_NANO || big == MAGIC_MICRO ||
           big == MAGIC_NANO || big == MAGIC_SECTION;
}

static enum err begin(struct capture *c, struct fault *fault)
{
    const uint8_t *p;
    enum err err = capture_take_rest(c, 4, "the magic number", &p, fault);
    if (err)
        return err;
    uint32_t big = get_be32(p);
    if (!capture_is(p, 4))
        return fault_set(fault, ERR_INPUT,
                         "%s: byte 0: 0x%08x is not the magic number of a pcap or pcapng file",
                         input_name(c->in), big);
    c->next_generation = big == MAGIC_SECTION;
    if (c->next_generation)
        return capture_ng_begin(c, fault);

    c->big_endian = big == MAGIC_MICRO || big == MAGIC_NANO;
    c->nanoseconds = capture_u32(c, p) == MAGIC_NANO;
    err = capture_take_rest(c, 20, "the file header", &p, fault);
    if (err)
        return err;
    unsigned major = capture_u16(c, p);
    if (major != 2)
        return fault_set(fault, ERR_UNSUPPORTED, "%s: byte 4: pcap version %u, expected 2",
                         input_name(c->in), major);
    /* The upper half of the last word tells of frame check sequences; decoders go by inner lengths. */
    return capture_add_interface(
        c, (struct capture_interface){.link_type = capture_u32(c, p + 16) & 0xffff}, fault);
}

enum err capture_open(struct input *in, struct capture **capture, struct fault *fault)
{
    *capture = NULL;
    struct capture *c = calloc(1, sizeof *c);
    if (!c) {
        enum err err = fault_set(fault, ERR_MEMORY, "%s: out of memory", input_name(in));
        input_close(in);
        return err;
    }
    c->in = in;
    enum err err = begin(c, fault);
    if (err) {
        capture_close(c);
        return err;
    }
    *capture = c;
    return ERR_OK;
}

static enum err classic_next(struct capture *c, struct capture_packet *packet, struct fault *fault)
{
    uint64_t at = input_offset(c->in);
    const uint8_t *p;
    enum err err = capture_take(c, 16, "a packet header", &p, fault);
    if (err)
        return err;
    uint32_t seconds = capture_u32(c, p), part = capture_u32(c, p + 4);
    *packet = (struct capture_packet){
        .has_time = true,
        .time_ns = (int64_t)seconds * NS_PER_S + (int64_t)part * (c->nanoseconds ? 1 : 1000),
        .link_type = c->interfaces[0].link_type,
        .size = capture_u32(c, p + 8),
        .wire_size = capture_u32(c, p + 12),
    };
    if (packet->size > CAPTURE_PACKET_MAX)
        return fault_set(fault, ERR_INPUT,
                         "%s: byte %" PRIu64 ": a packet of %zu bytes, expected at most %u",
                         input_name(c->in), at, packet->size, CAPTURE_PACKET_MAX);
    packet->number = ++c->number;
    return capture_take_rest(c, packet->size, "a packet", &packet->bytes, fault);
}

enum err capture_next(struct capture *c, struct capture_packet *packet, struct fault *fault)
{
    return c->next_generation ? capture_ng_next(c, packet, fault) : classic_next(c, packet, fault);
}

enum err capture_rewind(struct capture *c, struct fault *fault)
{
    enum err err = input_seek(c->in, 0, 0, fault);
    c->number = 0;
    c->interface_count = 0;
    return err ? err : begin(c, fault);
}

void capture_close(struct capture *c)
{
    if (!c)
        return;
    input_close(c->in);
    free(c->interfaces);
    free(c);
}

enum err capture_take(struct capture *c, size_t want, const char *what, const uint8_t **bytes,
                      struct fault *fault)
{
    size_t got = 0;
    enum err err = input_bytes(c->in, want, bytes, &got, fault);
    if (err || got == want)
        return err;
    if (got == 0)
        return ERR_END;
    return fault_set(fault, ERR_INPUT, "%s: byte %" PRIu64 ": the file ends inside %s",
                     input_name(c->in), input_offset(c->in), what);
}

enum err capture_take_rest(struct capture *c, size_t want, const char *what, const uint8_t **bytes,
                           struct fault *fault)
{
    enum err err = capture_take(c, want, what, bytes, fault);
    if (err != ERR_END)
        return err;
    return fault_set(fault, ERR_INPUT, "%s: byte %" PRIu64 ": the file ends, expected %s",
                     input_name(c->in), input_offset(c->in), what);
}

enum err capture_add_interface(struct capture *c, struct capture_interface i, struct fault *fault)
{
    const unsigned most = 65536;
    if (c->interface_count == most)
        return fault_set(fault, ERR_UNSUPPORTED, "%s: byte %" PRIu64 ": more than %u interfaces",
                         input_name(c->in), input_offset(c->in), most);
    if (c->interface_count == c->interface_room) {
        unsigned room = c->interface_room ? 2 * c->interface_room : 4;
        void *grown = realloc(c->interfaces, room * sizeof *c->interfaces);
        if (!grown)
            return fault_set(fault, ERR_MEMORY, "%s: out of memory", input_name(c->in));
        c->interfaces = grown;
        c->interface_room = room;
    }
    c->interfaces[c->interface_count++] = i;
    return ERR_OK;
}
