/* One connection: bytes in, a request at a time to the handler, its response out. */
#include "web/http_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LINGER_MS    2000
#define LINGER_BYTES ((size_t)1 << 20) /* thrown away at most */

static void process(struct http_exchange *c);
static void read_or_pause(struct http_exchange *c);

static void enter(struct http_exchange *c, enum http_phase phase, unsigned patience_ms)
{
    c->phase = phase;
    c->deadline_ms = uv_now(c->tcp.loop) + patience_ms;
}

/* --- The end --------------------------------------------------------------------------------------- */

void connection_free_when_over(struct http_exchange *c)
{
    if (!c->handle_closed || c->held)
        return;
    struct http_server *s = c->server;
    text_free(&c->head);
    free(c->body);
    free(c->in);
    free(c);
    s->handles--;
    http_server_free_when_over(s);
}

static void on_closed(uv_handle_t *handle)
{
    struct http_exchange *c = handle->data;
    struct http_server *s = c->server;
    if (c->previous)
        c->previous->next = c->next;
    else
        s->connections = c->next;
    if (c->next)
        c->next->previous = c->previous;
    http_text_drop(c->text);
    c->text = NULL;
    c->handle_closed = true;
    connection_free_when_over(c);
}

void connection_close(struct http_exchange *c)
{
    if (c->phase == PHASE_CLOSED)
        return;
    if (c->socket)
        socket_free(c);
    c->phase = PHASE_CLOSED;
    c->server->counters.connections--;
    uv_close((uv_handle_t *)&c->tcp, on_closed);
}

static void on_shut_down(uv_shutdown_t *request, int status)
{
    struct http_exchange *c = request->handle->data;
    if (status < 0)
        connection_close(c);
}

/* A connection that is closed while bytes wait unread is reset by the kernel, and the client may lose what
 * was sent to it. So the sending half is closed first, and the client gets a moment to close its own. */
void connection_linger(struct http_exchange *c)
{
    enter(c, PHASE_LINGERING, LINGER_MS);
    c->since_ms = uv_now(c->tcp.loop);
    c->in_length = 0;
    c->body_length = 0;
    if (c->ended || uv_shutdown(&c->shutdown, (uv_stream_t *)&c->tcp, on_shut_down) != 0)
        connection_close(c);
    else
        read_or_pause(c);
}

void connection_overdue(struct http_exchange *c)
{
    if (c->phase == PHASE_SOCKET) {
        socket_overdue(c);
        return;
    }
    bool asked = c->phase == PHASE_BODY || (c->phase == PHASE_HEAD && c->in_length > 0);
    if (c->phase != PHASE_LINGERING)
        c->server->counters.timed_out += asked || c->phase == PHASE_SENDING;
    if (asked)
        connection_refuse(c, 408, "The request did not arrive in time.");
    else
        connection_close(c);
}

/* --- Out ------------------------------------------------------------------------------------------- */

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {417, "Expectation Failed"},
        {426, "Upgrade Required"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Status";
}

static void put_field(struct text *head, const char *name, const char *value)
{
    if (value)
        text_printf(head, "%s: %s\r\n", name, value);
}

/* What a browser must not do with anything that is served here. */
static const char security_fields[] =
    "Content-Security-Policy: default-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

static void write_head(struct http_exchange *c, const struct http_response *r)
{
    struct text *head = &c->head;
    text_clear(head);
    text_printf(head, "HTTP/1.1 %d %s\r\n", r->status, reason(r->status));
    if (r->status != 304) {
        put_field(head, "Content-Type", r->type);
        put_field(head, "Content-Encoding", r->encoding);
        text_printf(head, "Content-Length: %zu\r\n", r->length);
    }
    put_field(head, "ETag", r->etag[0] ? r->etag : NULL);
    put_field(head, "Cache-Control", r->cache);
    put_field(head, "Vary", r->vary);
    put_field(head, "Allow", r->allow[0] ? r->allow : NULL);
    if (r->file[0])
        text_printf(head, "Content-Disposition: attachment; filename=\"%s\"\r\n", r->file);
    if (r->retry_after_s)
        text_printf(head, "Retry-After: %u\r\n", r->retry_after_s);
    text_puts(head, security_fields);
    text_puts(head, c->closing_after ? "Connection: close\r\n\r\n" : "\r\n");
}

/* The request is done with: makes room for the next one, of which a part may have come already. */
void connection_forget_request(struct http_exchange *c)
{
    http_text_drop(c->text);
    c->text = NULL;
    free(c->body);
    c->body = NULL;
    c->body_length = 0;
    c->in_length -= c->head_bytes;
    if (c->in_length > 0)
        memmove(c->in, c->in + c->head_bytes, c->in_length);
    c->head_bytes = 0;
    c->request = (struct http_request){.keep_alive = true};
}

static void on_sent(uv_write_t *request, int status)
{
    struct http_exchange *c = request->handle->data;
    if (c->phase == PHASE_CLOSED)
        return;
    if (status < 0) {
        connection_close(c);
        return;
    }
    connection_forget_request(c);
    if (c->closing_after) {
        connection_linger(c);
        return;
    }
    enter(c, PHASE_HEAD, c->in_length > 0 ? c->server->config.head_ms : c->server->config.idle_ms);
    c->since_ms = uv_now(c->tcp.loop);
    process(c);
}

/* Leaves out the body where HTTP has none, and all of it when the client has it already. */
static void reduce(const struct http_exchange *c, struct http_response *r, bool *body)
{
    const char *known = http_field(&c->request, "if-none-match");
    bool reads = c->request.method == HTTP_GET || c->request.method == HTTP_HEAD;
    if (r->status == 200 && reads && r->etag[0] && known && http_etag_listed(known, r->etag))
        r->status = 304;
    *body = c->request.method != HTTP_HEAD && r->status != 304;
}

void http_respond(struct http_exchange *c, struct http_response *r)
{
    struct http_server *s = c->server;
    if (r->text) {
        r->bytes = r->text->bytes;
        r->length = r->text->length;
    }
    if (c->phase == PHASE_CLOSED) { /* the client has gone meanwhile */
        http_text_drop(r->text);
        c->held = false;
        connection_free_when_over(c);
        return;
    }
    assert(c->held && c->phase == PHASE_ANSWERING);
    c->held = false;
    bool body;
    reduce(c, r, &body);
    c->closing_after |= !c->request.keep_alive || s->stopping;
    write_head(c, r);
    c->text = r->text;
    enter(c, PHASE_SENDING, s->config.send_ms);
    uv_buf_t parts[2] = {uv_buf_init(c->head.bytes, (unsigned)c->head.length),
                         uv_buf_init((char *)(uintptr_t)r->bytes, (unsigned)r->length)};
    unsigned count = body && r->length > 0 ? 2 : 1;
    s->counters.sent_bytes += parts[0].len + (count == 2 ? parts[1].len : 0);
    if (c->head.failed || uv_write(&c->write, (uv_stream_t *)&c->tcp, parts, count, on_sent) != 0)
        connection_close(c);
}

const struct http_request *http_exchange_request(const struct http_exchange *c)
{
    return &c->request;
}

/* An answer of the server's own, after which the connection is closed: what follows it in the stream is not
 * understood, or not wanted. */
void connection_refuse(struct http_exchange *c, int status, const char *why)
{
    if (c->phase == PHASE_CLOSED)
        return;
    struct http_response response = {.status = status, .retry_after_s = status == 503};
    c->closing_after = true;
    c->held = true;
    enter(c, PHASE_ANSWERING, 0);
    c->server->handler.refuse(c->server->handler.context, &response, why);
    http_respond(c, &response);
}

/* --- In -------------------------------------------------------------------------------------------- */

static void dispatch(struct http_exchange *c)
{
    struct http_server *s = c->server;
    struct http_request *r = &c->request;
    s->counters.requests++;
    r->body = c->body;
    enter(c, PHASE_ANSWERING, 0);
    c->deadline_ms = UINT64_MAX; /* the handler answers in the end */
    c->held = true;
    if (!r->websocket)
        s->handler.request(s->handler.context, c, r);
    else if (s->counters.sockets >= s->config.sockets_max)
        connection_refuse(c, 503, "Too many browsers are watching; try again later.");
    else if (s->handler.upgrade(s->handler.context, c, r))
        socket_open(c);
}

static void take_head(struct http_exchange *c)
{
    const char *why = NULL;
    struct http_server *s = c->server;
    int status = http_request_parse(&c->request, c->in, c->in_length, &c->head_bytes, &why);
    if (status == 0)
        return;
    if (status == 200 && c->request.content_length > s->config.body_bytes_max) {
        status = 413;
        why = "The body of the request is too long.";
    }
    if (status == 200 && c->request.content_length > 0) {
        c->body = malloc((size_t)c->request.content_length + 1);
        if (!c->body) {
            status = 503;
            why = "There is no memory for the body of the request.";
        }
    }
    if (status != 200) {
        s->counters.malformed += status < 500 || status == 505;
        if (c->head_bytes == 0)
            c->request.method = HTTP_GET; /* it is not known whether it wanted a head only */
        connection_refuse(c, status, why);
        return;
    }
    enter(c, PHASE_BODY, s->config.body_ms);
    if (c->request.expects_continue && c->request.content_length > c->in_length - c->head_bytes) {
        static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
        uv_buf_t part = uv_buf_init((char *)(uintptr_t)go_on, sizeof go_on - 1);
        uv_try_write((uv_stream_t *)&c->tcp, &part, 1); /* nothing else is on its way */
    }
}

/* Moves what belongs to the body from behind the head. */
static void take_body(struct http_exchange *c)
{
    size_t here = c->in_length - c->head_bytes;
    size_t missing = (size_t)c->request.content_length - c->body_length;
    size_t n = here < missing ? here : missing;
    if (n > 0) {
        memcpy(c->body + c->body_length, c->in + c->head_bytes, n);
        c->body_length += n;
        c->in_length -= n;
        memmove(c->in + c->head_bytes, c->in + c->head_bytes + n, c->in_length - c->head_bytes);
    }
    if (c->body_length == c->request.content_length) {
        if (c->body)
            c->body[c->body_length] = '\0';
        dispatch(c);
    }
}

static void throw_away(struct http_exchange *c)
{
    c->body_length += c->in_length; /* counts */
    c->in_length = 0;
    if (c->body_length > LINGER_BYTES)
        connection_close(c);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer);

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    (void)wanted;
    struct http_exchange *c = handle->data;
    if (!c->in)
        c->in = malloc(HTTP_IN_BYTES);
    *buffer = c->in ? uv_buf_init(c->in + c->in_length, (unsigned)(HTTP_IN_BYTES - c->in_length))
                    : uv_buf_init(NULL, 0);
}

/* Reads while there is room; what is not read keeps the client waiting. */
static void read_or_pause(struct http_exchange *c)
{
    if (c->phase == PHASE_CLOSED)
        return;
    if (c->in_length == 0 && c->in) {
        free(c->in);
        c->in = NULL;
    }
    bool want = c->in_length < HTTP_IN_BYTES && !c->ended;
    if (want == c->reading)
        return;
    c->reading = want;
    if (!want)
        uv_read_stop((uv_stream_t *)&c->tcp);
    else if (uv_read_start((uv_stream_t *)&c->tcp, on_room, on_read) != 0)
        connection_close(c);
}

/* Does what can be done with the bytes that are here. */
static void process(struct http_exchange *c)
{
    if (c->phase == PHASE_HEAD && c->in_length > 0)
        take_head(c);
    if (c->phase == PHASE_BODY)
        take_body(c);
    if (c->phase == PHASE_SOCKET)
        socket_process(c);
    if (c->phase == PHASE_LINGERING)
        throw_away(c);
    if (c->ended && (c->phase == PHASE_HEAD || c->phase == PHASE_BODY))
        connection_close(c); /* nothing whole is left, and nothing comes any more */
    read_or_pause(c);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
    (void)buffer;
    struct http_exchange *c = stream->data;
    if (c->phase == PHASE_CLOSED || n == 0)
        return;
    if (n == UV_EOF && (c->phase == PHASE_ANSWERING || c->phase == PHASE_SENDING)) {
        c->ended = true; /* it has asked all that it wanted, and waits for the answers */
        read_or_pause(c);
        return;
    }
    if (n < 0) { /* UV_ENOBUFS, too: no memory for what it says */
        connection_close(c);
        return;
    }
    if (c->phase == PHASE_HEAD && c->in_length == 0)
        c->deadline_ms = uv_now(stream->loop) + c->server->config.head_ms;
    c->in_length += (size_t)n;
    process(c);
}

void connection_admit(struct http_exchange *c)
{
    struct http_server *s = c->server;
    c->next = s->connections;
    if (c->next)
        c->next->previous = c;
    s->connections = c;
    s->counters.connections++;
    text_init(&c->head, 4096);
    c->request.keep_alive = true;
    enter(c, PHASE_HEAD, s->config.head_ms);
    c->since_ms = uv_now(c->tcp.loop);
    uv_tcp_nodelay(&c->tcp, 1);
    read_or_pause(c);
}
