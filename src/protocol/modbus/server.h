/* A TCP port on a libuv loop (Modbus TCP, or RTU over TCP): one door of the bus, for many clients at
 * once.
 *
 * Everything runs on the loop's thread. A client costs less than 1 KiB while it is idle, and at most
 * about 12 KiB while it does not read its answers; then nothing more is read from it. In one turn of the
 * loop each client is served at most MODBUS_READ_BYTES of requests, so that one that sends thousands at
 * once, half a frame, or nothing does not keep others waiting. */
#ifndef PROTOCOL_MODBUS_SERVER_H
#define PROTOCOL_MODBUS_SERVER_H

#include "base/fault.h"
#include "plant/plant.h"
#include "port/tls.h"
#include "protocol/modbus/bus.h"
#include "protocol/modbus/framing.h"
#include "table/table.h"

#include <stdint.h>
#include <uv.h>

#define MODBUS_READ_BYTES 2048

struct modbus_server_config {
    const struct modbus_framing *framing; /* modbus_mbap or modbus_rtu */
    const struct tls_files *tls;          /* NULL: in the clear */
    const char *host; /* address to listen at; NULL: every IPv4 and IPv6 address of the machine */
    uint16_t port;    /* 0: any that is free */
    unsigned max_clients; /* one more is closed as soon as it comes */
    unsigned idle_ms;     /* a client that asks nothing for so long is closed; 0: never */
    unsigned stall_ms; /* one that leaves a frame unfinished or answers unread for so long, too */
};

/* Modbus TCP, port 502, 1024 clients, 5 minutes, 10 seconds. */
struct modbus_server_config modbus_server_defaults(void);

struct modbus_server_counters {
    struct modbus_counters bus;
    unsigned clients;   /* connected now */
    uint64_t accepted;  /* since the start, and of them: */
    uint64_t refused;   /*   too many were connected */
    uint64_t bad;       /*   closed for bytes that are not Modbus */
    uint64_t strangers; /*  closed for no TLS, or no certificate that we trust */
    uint64_t idle;      /*   closed after idle_ms */
    uint64_t stalled;   /*   closed after stall_ms */
};

struct modbus_server;

/* Listens and serves from now on. `plant` and `table` are borrowed until the server has stopped.
 * NULL and a fault: ERR_INPUT (the files of TLS), ERR_SYSTEM (the port is in use, or needs rights), ERR_USAGE (host is no address of
 * this machine), ERR_MEMORY; what was begun is undone by the loop when it runs next. */
struct modbus_server *modbus_server_start(uv_loop_t *loop,
                                          const struct modbus_server_config *config,
                                          const struct plant *plant, const struct table *table,
                                          struct fault *fault);

/* The port that it listens at. */
uint16_t modbus_server_port(const struct modbus_server *server);

struct modbus_server_counters modbus_server_counters(const struct modbus_server *server);

/* Closes the door and every connection; NULL is allowed. The loop has to run on until its handles are
 * closed; the last of them frees the server. Nothing is answered any more from this call on. */
void modbus_server_stop(struct modbus_server *server);

#endif
