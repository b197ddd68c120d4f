/* Packet captures, pcap and pcapng, read as a stream of packets: bytes, instant, link type.
 *
 * pcap (draft-ietf-opsawg-pcap) with microseconds or nanoseconds, pcapng (draft-ietf-opsawg-pcapng)
 * with any number of sections and interfaces, either byte order; blocks of unknown types are passed
 * over. Packed by gzip they are read too. Memory is one packet, whatever the file says. */
#ifndef SOURCE_CAPTURE_H
#define SOURCE_CAPTURE_H

#include "source/input.h"

#define CAPTURE_PACKET_MAX    (256u * 1024) /* the largest snapshot length that capture tools use */
#define CAPTURE_LINK_ETHERNET 1u            /* LINKTYPE_ETHERNET */

struct capture;

struct capture_packet {
    uint64_t number; /* from 1, as other tools number them */
    bool has_time;   /* false: a simple packet block, or an instant outside what int64_t holds */
    int64_t time_ns; /* UTC */
    unsigned link_type;
    const uint8_t *bytes; /* good until the next packet */
    size_t size;          /* bytes that were captured */
    size_t wire_size;     /* bytes that the packet had */
};

/* Whether a file that begins with these bytes is a capture. */
bool capture_is(const uint8_t *head, size_t bytes);

/* Reads the file's header. The input belongs to the capture from now on, also if this fails. */
enum err capture_open(struct input *in, struct capture **capture, struct fault *fault);

/* The next packet. ERR_END after the last. ERR_INPUT: from here on the file is damaged or cut; the
 * fault names the byte offset, and what came before is sound. ERR_SYSTEM: it cannot be read. */
enum err capture_next(struct capture *c, struct capture_packet *packet, struct fault *fault);

/* Begins anew. */
enum err capture_rewind(struct capture *c, struct fault *fault);

void capture_close(struct capture *c); /* NULL is fine */

#endif
