/* A connection that has become a WebSocket: messages out in batches, frames in, pings and goodbyes. */
#include "web/http_internal.h"

#include <stdlib.h>
#include <string.h>

#define CONTROL_FRAME_MAX 127 /* header and payload of a ping, pong or close */
#define MESSAGES_PER_S    50  /* that a client may send */

/* What was given to the kernel in one go; lives until it has taken it. */
struct flush {
    uv_write_t write;
    uint8_t control[CONTROL_FRAME_MAX];
    unsigned count;
    struct http_text *text[];
};

struct http_socket {
    struct http_exchange *connection;
    void *client; /* the handler's */
    struct websocket_reader reader;
    struct http_text **queue;
    unsigned queued, queue_room;
    uint8_t control[CONTROL_FRAME_MAX]; /* a frame to be sent with the next flush */
    size_t control_length;
    struct flush *flying;
    uint64_t flown_ms; /* when it left */
    uint64_t heard_ms; /* when the client last sent something */
    bool pinged;       /* and nothing was heard since */
    uint64_t second_ms;
    unsigned heard_in_second; /* messages */
};

static uint64_t now_of(const struct http_socket *s)
{
    return uv_now(s->connection->tcp.loop);
}

/* --- Out ------------------------------------------------------------------------------------------- */

static void flush_free(struct flush *f)
{
    for (unsigned i = 0; i < f->count; i++)
        http_text_drop(f->text[i]);
    free(f);
}

static void on_flushed(uv_write_t *request, int status)
{
    struct flush *f = (struct flush *)request;
    struct http_exchange *c = request->handle->data;
    struct http_socket *s = c->socket;
    bool own = s && s->flying == f;
    if (own)
        s->flying = NULL;
    flush_free(f);
    if (status < 0)
        connection_close(c);
    else if (own)
        http_socket_flush(s);
}

bool http_socket_send(struct http_socket *s, struct http_text *text)
{
    if (s->queued == s->queue_room) {
        unsigned room = s->queue_room ? s->queue_room * 2 : 16;
        struct http_text **grown = realloc(s->queue, room * sizeof *grown);
        if (!grown)
            return false;
        s->queue = grown;
        s->queue_room = room;
    }
    s->queue[s->queued++] = http_text_share(text);
    return true;
}

static unsigned gather(struct http_socket *s, struct flush *f, uv_buf_t *parts)
{
    unsigned n = 0;
    if (s->control_length > 0) {
        memcpy(f->control, s->control, s->control_length);
        parts[n++] = uv_buf_init((char *)f->control, (unsigned)s->control_length);
        s->control_length = 0;
    }
    for (unsigned i = 0; i < s->queued; i++) {
        struct http_text *t = f->text[f->count++] = s->queue[i];
        parts[n++] = uv_buf_init((char *)t->header, (unsigned)t->header_length);
        parts[n++] = uv_buf_init(t->bytes, (unsigned)t->length);
    }
    s->queued = 0;
    return n;
}

void http_socket_flush(struct http_socket *s)
{
    struct http_exchange *c = s->connection;
    if (s->flying || (s->queued == 0 && s->control_length == 0))
        return;
    struct flush *f = malloc(sizeof *f + s->queued * sizeof *f->text);
    uv_buf_t *parts = malloc((2 * (size_t)s->queued + 1) * sizeof *parts);
    if (!f || !parts) {
        free(f);
        free(parts);
        return; /* what is queued stays, and counts as unread */
    }
    f->count = 0;
    c->server->counters.messages += s->queued;
    unsigned n = gather(s, f, parts);
    for (unsigned i = 0; i < n; i++)
        c->server->counters.sent_bytes += parts[i].len;
    s->flying = f;
    s->flown_ms = now_of(s);
    int e = uv_write(&f->write, (uv_stream_t *)&c->tcp, parts, n, on_flushed);
    free(parts);
    if (e != 0) {
        s->flying = NULL;
        flush_free(f);
        connection_close(c);
    }
}

bool http_socket_busy(const struct http_socket *s)
{
    return s->flying || s->queued > 0;
}

static void put_control(struct http_socket *s, enum websocket_opcode opcode, const char *payload,
                        size_t length)
{
    size_t n = websocket_header(s->control, opcode, length);
    if (length > 0)
        memcpy(s->control + n, payload, length);
    s->control_length = n + length;
}

/* --- The end --------------------------------------------------------------------------------------- */

void socket_free(struct http_exchange *c)
{
    struct http_socket *s = c->socket;
    c->socket = NULL;
    c->server->counters.sockets--;
    if (s->client)
        c->server->handler.closed(s->client);
    for (unsigned i = 0; i < s->queued; i++)
        http_text_drop(s->queue[i]);
    free(s->queue);
    websocket_reader_free(&s->reader);
    free(s);
}

void socket_goodbye(struct http_exchange *c, int code)
{
    uint8_t payload[2] = {(uint8_t)(code >> 8), (uint8_t)code};
    struct http_socket *s = c->socket;
    for (unsigned i = 0; i < s->queued; i++)
        http_text_drop(s->queue[i]);
    s->queued = 0;
    put_control(s, WEBSOCKET_CLOSE, (const char *)payload, code >= 1000 ? 2 : 0);
    s->flying = NULL; /* goes its own way; libuv keeps the order */
    http_socket_flush(s);
    if (c->phase == PHASE_CLOSED)
        return;
    socket_free(c);
    connection_linger(c);
}

void socket_overdue(struct http_exchange *c)
{
    struct http_socket *s = c->socket;
    const struct http_config *config = &c->server->config;
    uint64_t silent = now_of(s) - s->heard_ms;
    bool stuck = s->flying && now_of(s) - s->flown_ms >= config->send_ms;
    if (stuck || silent >= 2 * (uint64_t)config->ping_ms) {
        c->server->counters.timed_out++;
        connection_close(c);
    } else if (silent >= config->ping_ms && !s->pinged) {
        s->pinged = true;
        put_control(s, WEBSOCKET_PING, NULL, 0);
        http_socket_flush(s);
    }
}

/* --- In -------------------------------------------------------------------------------------------- */

static bool too_many(struct http_socket *s)
{
    if (now_of(s) - s->second_ms >= 1000) {
        s->second_ms = now_of(s);
        s->heard_in_second = 0;
    }
    return ++s->heard_in_second > MESSAGES_PER_S;
}

static void take(struct http_exchange *c, const struct websocket_input *in)
{
    struct http_socket *s = c->socket;
    switch (in->event) {
    case WEBSOCKET_MESSAGE:
        if (too_many(s))
            socket_goodbye(c, WEBSOCKET_POLICY);
        else
            c->server->handler.message(s->client, in->payload, in->length);
        break;
    case WEBSOCKET_PINGED: /* of several that came together the last one is answered (5.5.3) */
        put_control(s, WEBSOCKET_PONG, in->payload, in->length);
        break;
    case WEBSOCKET_CLOSED:
        socket_goodbye(c, in->code == 1005 ? 0 : in->code);
        break;
    case WEBSOCKET_FAULT:
        c->server->counters.malformed++;
        socket_goodbye(c, in->code);
        break;
    default:
        break;
    }
}

void socket_process(struct http_exchange *c)
{
    struct http_socket *s = c->socket;
    s->heard_ms = now_of(s);
    s->pinged = false;
    size_t used = 0;
    struct websocket_input in;
    do {
        used += websocket_read(&s->reader, (uint8_t *)c->in + used, c->in_length - used, &in);
        take(c, &in);
    } while (c->phase == PHASE_SOCKET && in.event != WEBSOCKET_NOTHING);
    if (c->phase != PHASE_SOCKET)
        return;
    c->in_length -= used;
    memmove(c->in, c->in + used, c->in_length);
    http_socket_flush(s);
}

/* --- The beginning --------------------------------------------------------------------------------- */

static void on_welcomed(uv_write_t *request, int status)
{
    if (status < 0)
        connection_close(request->handle->data);
}

void socket_open(struct http_exchange *c)
{
    struct http_server *server = c->server;
    const char *key = http_field(&c->request, "sec-websocket-key");
    char accept[29];
    struct http_socket *s = NULL;
    if (!key || !websocket_accept(key, accept))
        connection_refuse(c, 400, "Sec-WebSocket-Key is not 16 bytes in base64.");
    else if (!(s = calloc(1, sizeof *s)))
        connection_refuse(c, 503, "There is no memory for another WebSocket.");
    if (!s)
        return;
    s->connection = c;
    s->heard_ms = uv_now(c->tcp.loop);
    websocket_reader_init(&s->reader, server->config.message_bytes_max);
    c->held = false;
    c->socket = s;
    c->phase = PHASE_SOCKET;
    c->deadline_ms = 0; /* socket_overdue looks at its own */
    server->counters.sockets++;
    text_clear(&c->head);
    text_printf(&c->head,
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Accept: %s\r\n\r\n",
                accept);
    uv_buf_t part = uv_buf_init(c->head.bytes, (unsigned)c->head.length);
    if (c->head.failed || uv_write(&c->write, (uv_stream_t *)&c->tcp, &part, 1, on_welcomed) != 0) {
        connection_close(c);
        return;
    }
    s->client = server->handler.opened(server->handler.context, s, &c->request);
    connection_forget_request(c);
    if (!s->client)
        socket_goodbye(c, WEBSOCKET_INTERNAL);
}
