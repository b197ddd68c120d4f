/* What the readers of pcap and pcapng share. */
#ifndef SOURCE_CAPTURE_PARTS_H
#define SOURCE_CAPTURE_PARTS_H

#include "base/bytes.h"
#include "source/capture.h"

struct capture_interface {
    unsigned link_type;
    uint32_t snap_length; /* 0: no limit */
    uint8_t resolution;   /* if_tsresol: high bit clear 10^-n, set 2^-n seconds */
    int64_t offset_s;     /* if_tsoffset */
};

struct capture {
    struct input *in;
    uint64_t number; /* of the packet last read */
    bool big_endian;
    bool next_generation;
    bool nanoseconds; /* pcap */
    struct capture_interface *interfaces;
    unsigned interface_count;
    unsigned interface_room;
};

static inline uint16_t capture_u16(const struct capture *c, const uint8_t *p)
{
    return c->big_endian ? get_be16(p) : get_le16(p);
}

static inline uint32_t capture_u32(const struct capture *c, const uint8_t *p)
{
    return c->big_endian ? get_be32(p) : get_le32(p);
}

/* The next `want` bytes (at most INPUT_PIECE_MAX), good until the next call. ERR_END: the file ended
 * before the first of them; ERR_INPUT: it ended inside `what` ("a packet"). */
enum err capture_take(struct capture *c, size_t want, const char *what, const uint8_t **bytes,
                      struct fault *fault);

/* The same where the file must not end. */
enum err capture_take_rest(struct capture *c, size_t want, const char *what, const uint8_t **bytes,
                           struct fault *fault);

/* Another interface of this section (pcap has one). */
enum err capture_add_interface(struct capture *c, struct capture_interface i, struct fault *fault);

/* pcapng: the section header whose first 4 bytes were read; the next packet. */
enum err capture_ng_begin(struct capture *c, struct fault *fault);
enum err capture_ng_next(struct capture *c, struct capture_packet *packet, struct fault *fault);

#endif
