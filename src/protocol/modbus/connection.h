/* Inside the server: one client, what it costs and how it is served. For server.c and connection.c. */
#ifndef PROTOCOL_MODBUS_CONNECTION_H
#define PROTOCOL_MODBUS_CONNECTION_H

#include "protocol/modbus/server.h"
#include "protocol/modbus/stream.h"

#include <stdbool.h>

#define MODBUS_OUT_BYTES  8192                              /* answers that are sent in one go */
#define MODBUS_SEND_BYTES (MODBUS_OUT_BYTES + TLS_OVERHEAD) /* and what TLS makes of them */

struct modbus_server {
    uv_tcp_t door[2]; /* the last opened one listens */
    unsigned doors;
    uv_timer_t timer;   /* closes who was silent for too long */
    uv_prepare_t turns; /* counts the turns of the loop */
    unsigned handles;   /* open ones beside those of `clients` */
    uint64_t turn;
    bool stopping;
    bool starved; /* a connection waits to be accepted: there was no memory for it */
    struct modbus_server_config config;
    struct modbus_server_counters counters;
    struct modbus_bus bus;
    struct tls_server *tls; /* NULL: in the clear */
    struct client *clients;
    uint8_t in[MODBUS_READ_BYTES]; /* shared by all: nothing stays in them between two calls */
    uint8_t out[MODBUS_OUT_BYTES];
    uint8_t plain[MODBUS_READ_BYTES];  /* what TLS made of `in` */
    uint8_t cipher[MODBUS_SEND_BYTES]; /* and of `out` */
};

struct client {
    uv_tcp_t tcp;
    struct modbus_server *server;
    struct client *next, *previous;
    struct tls *tls;      /* NULL: in the clear */
    struct jam *jam;      /* NULL: every answer was sent */
    uint64_t asked_ms;    /* when the last request was complete */
    uint64_t progress_ms; /* when the unfinished frame began, or answers last went out of the jam */
    size_t unsent;        /* bytes in the jam at that time */
    uint64_t turn;        /* turn of the loop in which bytes were last taken */
    bool closing;
    struct modbus_stream stream;
};

/* Takes in a client whose connection was accepted, and begins to serve it. */
void client_admit(struct client *c);

/* A frame was left unfinished, or no answer was taken, for config.stall_ms. To be asked regularly: it
 * looks how far the answers got since the last time. */
bool client_is_stalled(struct client *c, uint64_t now_ms);

/* It is freed when the loop has closed its handle. */
void client_close(struct client *c);

/* Frees the server when nothing of it is open any more. */
void server_free_when_over(struct modbus_server *s);

#endif
