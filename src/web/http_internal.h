/* Inside the HTTP server: the server, its connections, and how bytes leave. For http*.c only. */
#ifndef WEB_HTTP_INTERNAL_H
#define WEB_HTTP_INTERNAL_H

#include "port/listen.h"
#include "web/http.h"

/* The head that is parsed, or the frame, and what arrived behind it. */
#define HTTP_IN_BYTES ((size_t)24 << 10)

struct http_text {
    struct http_server *server;
    unsigned references;
    size_t room; /* allocated */
    char *bytes;
    size_t length;
    uint8_t header[WEBSOCKET_HEADER_MAX]; /* of the frame, when it is a message */
    size_t header_length;
};

/* What a connection is doing. */
enum http_phase {
    PHASE_HEAD,      /* waits for a request, or for the rest of its head */
    PHASE_BODY,      /* waits for the rest of its body */
    PHASE_ANSWERING, /* the handler has the exchange */
    PHASE_SENDING,   /* the response is on its way */
    PHASE_SOCKET,
    PHASE_LINGERING, /* everything was sent; what the client still sends is thrown away, so that it can read */
    PHASE_CLOSED, /* waits for the loop */
};

/* A connection is its own exchange: there is one at a time. */
struct http_exchange {
    uv_tcp_t tcp;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct http_server *server;
    struct http_exchange *next, *previous;
    struct sockaddr_storage peer;
    enum http_phase phase;
    uint64_t deadline_ms; /* when its patience in this phase ends */
    uint64_t since_ms;    /* when it began to wait for a request */
    bool reading;
    bool ended;         /* the client has closed its half */
    bool closing_after; /* the response is the last one */
    bool held;          /* the handler owes the response */
    bool handle_closed;
    char *in; /* HTTP_IN_BYTES while there is something in it */
    size_t in_length;
    struct http_request request;
    size_t head_bytes; /* of the request, at the beginning of `in` */
    char *body;
    size_t body_length; /* so far */
    struct text head;   /* of the response */
    struct http_text *text;
    struct http_socket *socket;
};

struct http_server {
    struct listener listener;
    uv_timer_t timer;
    unsigned handles; /* open ones, those of connections included */
    unsigned held;    /* closed connections whose exchange is not responded to, and living texts */
    bool stopping;
    bool starved; /* a connection waits to be accepted: there was no memory for it */
    struct http_config config;
    struct http_handler handler;
    struct http_counters counters;
    struct http_exchange *connections;
};

/* http_connection.c */
void connection_admit(struct http_exchange *c);
void connection_forget_request(struct http_exchange *c); /* keeps what came behind it */
void connection_close(
    struct http_exchange *c); /* at once; freed when the loop has closed its handle */
void connection_overdue(struct http_exchange *c); /* its deadline has passed */
void connection_refuse(struct http_exchange *c, int status, const char *why);
void connection_linger(struct http_exchange *c); /* closes when the client has read what was sent */
void connection_free_when_over(struct http_exchange *c);

/* http_socket.c: each may close the connection */
void socket_open(struct http_exchange *c);              /* answers 101; the exchange is over */
void socket_process(struct http_exchange *c);           /* takes frames from `in` */
void socket_overdue(struct http_exchange *c);           /* comes with every tick of the timer */
void socket_goodbye(struct http_exchange *c, int code); /* says so, and lingers */
void socket_free(struct http_exchange *c);              /* tells the handler */

/* http.c */
void http_server_free_when_over(struct http_server *s);

#endif
