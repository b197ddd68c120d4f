/* TLS 1.2 and 1.3 for a server, without a socket: bytes of the network in and out, bytes of the
 * application in and out. Never blocks; what it holds is bounded by what is put in. */
#ifndef PORT_TLS_H
#define PORT_TLS_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_files {
    const char *certificate; /* PEM: the server's, and those between it and the authority */
    const char *key;         /* PEM, without a passphrase */
    const char *
        authorities; /* PEM: who signs the certificates of clients, which every client must then have;
                                NULL: clients need none */
};

/* Who a server is: shared by its conversations. */
struct tls_server;

/* NULL and a fault: ERR_INPUT (a file cannot be read, is no PEM, or the key is that of another certificate),
 * ERR_MEMORY. */
struct tls_server *tls_server_new(const struct tls_files *files, struct fault *fault);

/* Conversations that run keep what they need. NULL is allowed. */
void tls_server_free(struct tls_server *server);

/* One conversation. NULL: no memory. */
struct tls;
struct tls *tls_begin(struct tls_server *server);
void tls_end(struct tls *tls); /* NULL is allowed */

/* More than a record of plain bytes becomes on the network: 16 KiB at most at a time, and a record for each. */
#define TLS_OVERHEAD 256

/* Bytes that came from the network. False: no memory. */
bool tls_hear(struct tls *tls, const uint8_t *bytes, size_t count);

enum tls_state {
    TLS_OPEN,   /* nothing more for now, or bytes were given */
    TLS_ENDED,  /* the other side said goodbye */
    TLS_BROKEN, /* this is not TLS, or nobody who may come in; there may be a last word to send */
};

/* Up to `room` bytes of the application into `plain`, their number into *count (0: none now). Carries on the
 * handshake as well, so look at tls_take after it. */
enum tls_state tls_read(struct tls *tls, uint8_t *plain, size_t room, size_t *count);

/* The handshake is over: tls_write may be used. */
bool tls_is_established(const struct tls *tls);

/* Bytes of the application to be sent, after the handshake. False: no memory. */
bool tls_write(struct tls *tls, const uint8_t *plain, size_t count);

/* Moves up to `room` bytes that the network is to carry. */
size_t tls_take(struct tls *tls, uint8_t *bytes, size_t room);

#endif
