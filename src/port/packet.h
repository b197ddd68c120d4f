/* Packets of one ethertype as they arrive at an Ethernet interface, for a source that must not miss
 * any: the kernel writes them into a ring that is shared with the program (on Linux a packet socket
 * with PACKET_RX_RING; other systems say that they have none).
 *
 * Needs the right CAP_NET_RAW in the network namespace. */
#ifndef PORT_PACKET_H
#define PORT_PACKET_H

#include "base/fault.h"

#include <stddef.h>
#include <stdint.h>

struct packet_socket;

struct packet {
    const uint8_t *bytes; /* from the destination address on; VLAN tags may have been taken off */
    size_t size;          /* bytes that are there */
    size_t wire_size;     /* bytes that came */
    int64_t time_ns;      /* UTC of the arrival, by the kernel */
};

/* Opens `interface` for frames of `ethertype`, all multicast groups included. ERR_USAGE: there is no such
 * interface, or it is no Ethernet; ERR_SYSTEM: the right is missing, or the kernel refuses. */
enum err packet_open(const char *interface, uint16_t ethertype, struct packet_socket **socket,
                     struct fault *fault);

/* The next packet; it stays until the next call. Waits until clock_monotonic_ns() has reached
 * `deadline_ns`, then ERR_AGAIN; also while the interface is down. ERR_SYSTEM: it is gone. */
enum err packet_read(struct packet_socket *s, int64_t deadline_ns, struct packet *packet,
                     struct fault *fault);

/* Packets that found the ring full, since it was opened. */
uint64_t packet_dropped(struct packet_socket *s);

void packet_close(struct packet_socket *s); /* NULL is fine */

#endif
