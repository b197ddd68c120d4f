/* An HTTP/1.1 and WebSocket server on a libuv loop. It knows how to serve many clients, slow and hostile
 * ones among them, and nothing of what is served: that is the handler's.
 *
 * Everything runs on the loop's thread. One request of a connection is answered at a time; pipelined ones
 * wait. What the server holds is bounded: connections, bytes of each request, bytes of all answers and messages
 * that wait to be sent. Where a bound is reached, a client that idles makes room, or the newcomer gets 503.
 * All instants are of the loop's clock (uv_now), in ms. */
#ifndef WEB_HTTP_H
#define WEB_HTTP_H

#include "base/fault.h"
#include "base/text.h"
#include "web/request.h"
#include "web/websocket.h"

#include <uv.h>

struct http_server;
struct http_exchange; /* a request that waits for its response */
struct http_socket;   /* an open WebSocket */

/* --- Bytes that several connections send -------------------------------------------------------------- */

struct http_text;

/* Takes over what was written into `t`, which is empty afterwards; one reference is the caller's. NULL if `t`
 * has failed, or all texts together would pass the server's limit: the caller answers 503, or leaves a
 * message out. */
struct http_text *http_text_take(struct http_server *server, struct text *t);
struct http_text *http_text_share(struct http_text *text); /* one reference more */
void http_text_drop(struct http_text *text);               /* one less; NULL is allowed */

/* --- Responses ---------------------------------------------------------------------------------------- */

#define HTTP_ETAG_TEXT 64

/* Zero means: no such field. Strings are copied or static; none has a line end. */
struct http_response {
    int status;
    const char *type;          /* Content-Type */
    char etag[HTTP_ETAG_TEXT]; /* with its quotes; If-None-Match is then answered with 304 */
    const char *cache;         /* Cache-Control */
    const char *encoding;      /* Content-Encoding */
    const char *vary;
    char allow[64]; /* Allow */
    char file[40];  /* name under which a browser saves it (letters, digits, - and .) */
    unsigned retry_after_s;
    const char *bytes; /* the body: static bytes, or those of `text` */
    size_t length;
    struct http_text *text; /* one reference is handed over; `bytes` and `length` are set from it */
};

/* Sends the response and ends the exchange. HEAD gets the head only. */
void http_respond(struct http_exchange *x, struct http_response *response);

/* The request of an exchange that has not been responded to. */
const struct http_request *http_exchange_request(const struct http_exchange *x);

/* --- WebSockets --------------------------------------------------------------------------------------- */

/* Queues a text message (one more reference is taken), sent with the next http_socket_flush. False if there
 * is no memory to queue it. Flushing may close the socket: `closed` is then called before it returns. */
bool http_socket_send(struct http_socket *s, struct http_text *text);
void http_socket_flush(struct http_socket *s);

/* True while something of an earlier flush has not reached the kernel: the client reads too slowly. */
bool http_socket_busy(const struct http_socket *s);

/* --- The handler -------------------------------------------------------------------------------------- */

struct http_handler {
    void *context;

    /* Answers with http_respond, now or later (each exchange must be responded to, even when its client
     * has gone). Strings of the request are valid until then. */
    void (*request)(void *context, struct http_exchange *x, const struct http_request *r);

    /* Fills in the body of a refusal that the server itself makes (400 ... 505). */
    void (*refuse)(void *context, struct http_response *response, const char *why);

    /* A request for a WebSocket: true opens it; false after http_respond refuses. */
    bool (*upgrade)(void *context, struct http_exchange *x, const struct http_request *r);

    /* `r` is valid during the call, in which nothing is sent yet. Returns what the others get as `client`;
     * NULL closes with 1011. */
    void *(*opened)(void *context, struct http_socket *s, const struct http_request *r);
    void (*message)(void *client, const char *text, size_t length);
    void (*closed)(void *client); /* the socket is not valid any more */
};

/* --- The server --------------------------------------------------------------------------------------- */

struct http_config {
    const char *host; /* address to listen at; NULL: every IPv4 and IPv6 address of the machine */
    uint16_t port;    /* 0: any that is free */
    unsigned connections_max;
    unsigned peer_connections_max; /* of one IPv4 address or IPv6 /64 */
    unsigned sockets_max;          /* WebSockets, among the connections */
    size_t body_bytes_max;         /* of a request */
    size_t message_bytes_max;      /* of a client's WebSocket message, at most 16 KiB */
    size_t text_bytes_max;         /* of all http_texts that are alive */
    unsigned head_ms;              /* from the first byte of a request to the last of its head */
    unsigned body_ms;              /* and of its body */
    unsigned idle_ms;              /* between requests */
    unsigned send_ms;              /* for the client to take a response, or a flush of messages */
    unsigned ping_ms; /* a silent WebSocket is pinged after this, and closed after twice */
};

/* Port 8080, 512 connections, half of them of one peer, three quarters WebSockets; 64 KiB bodies, 16 KiB messages,
 * 24 MiB of texts; 10, 30, 60, 60 and 20 s. */
struct http_config http_config_defaults(void);

struct http_counters {
    unsigned connections; /* open now */
    unsigned sockets;     /* WebSockets among them */
    size_t text_bytes;    /* waiting to be sent */
    uint64_t accepted;
    uint64_t refused;   /* accepted and closed at once: too many */
    uint64_t evicted;   /* idle ones that made room for another */
    uint64_t timed_out; /* too slow, or silent */
    uint64_t malformed; /* requests and frames that broke the protocol or its limits */
    uint64_t requests;
    uint64_t messages; /* sent over WebSockets */
    uint64_t sent_bytes;
};

/* Listens and serves from now on. `handler` and its context are borrowed until http_server_stop.
 * NULL and a fault: ERR_SYSTEM (the port is in use, or needs rights), ERR_USAGE (host is no address of this
 * machine), ERR_MEMORY. */
struct http_server *http_server_start(uv_loop_t *loop, const struct http_config *config,
                                      const struct http_handler *handler, struct fault *fault);
uint16_t http_server_port(const struct http_server *s);
const struct http_counters *http_server_counters(const struct http_server *s);

/* Closes everything; NULL is allowed. The handler hears `closed` of each WebSocket within this call, and
 * nothing afterwards. The loop has to run on until the handles are closed; the last one frees the server. */
void http_server_stop(struct http_server *s);

#endif
