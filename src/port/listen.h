/* Listening at a TCP port, of one address or of the whole machine, and the sentences for when that fails. */
#ifndef PORT_LISTEN_H
#define PORT_LISTEN_H

#include "base/fault.h"

#include <stdint.h>
#include <uv.h>

struct listener {
    uv_tcp_t door[2]; /* the last opened one listens; the other was tried before it */
    unsigned doors;   /* open handles, to be closed by listener_close */
};

/* Listens at an IPv4 or IPv6 address of this machine; `host` NULL: at all of them, of both kinds. `port` 0: any
 * that is free. `service` begins the sentence of a fault ("Modbus TCP"). The doors' data is `data`.
 *
 * ERR_SYSTEM: the port is in use, or needs rights. ERR_USAGE: host is no address of this machine. After a
 * fault, too, the listener has to be closed. */
enum err listener_open(struct listener *l, uv_loop_t *loop, const char *host, uint16_t port,
                       const char *service, uv_connection_cb on_connection, void *data,
                       struct fault *fault);

/* The port that it listens at. */
uint16_t listener_port(const struct listener *l);

/* Calls `closed` for each of its handles, later, from the loop. */
void listener_close(struct listener *l, uv_close_cb closed);

#endif
