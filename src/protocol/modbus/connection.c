#include "protocol/modbus/connection.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define KEEPALIVE_S 60

/* What waits while a client does not read: answers that were not sent, requests not looked at. */
struct jam {
    uv_write_t write;
    size_t in_bytes;
    uint8_t in[MODBUS_READ_BYTES];
    uint8_t out[MODBUS_SEND_BYTES];
};

/* --- Leaving --------------------------------------------------------------------------------------- */

static void on_client_closed(uv_handle_t *handle)
{
    struct client *c = handle->data;
    struct modbus_server *s = c->server;
    if (c->next)
        c->next->previous = c->previous;
    if (c->previous)
        c->previous->next = c->next;
    else
        s->clients = c->next;
    s->counters.clients--;
    free(c->jam);
    tls_end(c->tls);
    free(c);
    server_free_when_over(s);
}

void client_close(struct client *c)
{
    if (c->closing)
        return;
    c->closing = true;
    uv_close((uv_handle_t *)&c->tcp, on_client_closed);
}

/* --- Answering ------------------------------------------------------------------------------------- */

static void serve(struct client *c, const uint8_t *in, size_t bytes);

static bool send_cipher(struct client *c, const uint8_t *in, size_t in_bytes);
static void serve_cipher(struct client *c);
static void start_reading(struct client *c);

static void on_jam_written(uv_write_t *write, int status)
{
    struct client *c = write->data;
    if (c->closing)
        return;
    if (status < 0) {
        client_close(c);
        return;
    }
    struct jam *jam = c->jam;
    c->jam = NULL;
    c->progress_ms = uv_now(c->tcp.loop);
    if (!c->tls || send_cipher(c, jam->in, jam->in_bytes)) {
        serve(c, jam->in, jam->in_bytes);
        if (c->tls)
            serve_cipher(c);
    }
    free(jam);
    if (!c->jam && !c->closing)
        start_reading(c);
}

/* Keeps the answers that the kernel did not take and the requests behind them, and reads no more until
 * they are gone. */
static void begin_jam(struct client *c, const uint8_t *out, size_t out_bytes, const uint8_t *in,
                      size_t in_bytes)
{
    assert(!c->jam && out_bytes <= MODBUS_SEND_BYTES && in_bytes <= MODBUS_READ_BYTES);
    struct jam *jam = malloc(sizeof *jam);
    if (!jam) {
        client_close(c);
        return;
    }
    memcpy(jam->out, out, out_bytes);
    memcpy(jam->in, in, in_bytes);
    jam->in_bytes = in_bytes;
    jam->write.data = c;
    c->jam = jam;
    c->progress_ms = uv_now(c->tcp.loop);
    c->unsent = out_bytes;
    uv_read_stop((uv_stream_t *)&c->tcp);
    uv_buf_t buffer = uv_buf_init((char *)jam->out, (unsigned)out_bytes);
    if (uv_write(&jam->write, (uv_stream_t *)&c->tcp, &buffer, 1, on_jam_written) != 0)
        client_close(c);
}

/* Sends what the kernel takes. False: not all of it; the rest is kept together with the requests that
 * were not looked at, or the client is being closed. */
static bool send_bytes(struct client *c, const uint8_t *out, size_t out_bytes, const uint8_t *in,
                       size_t in_bytes)
{
    if (out_bytes == 0)
        return true;
    uv_buf_t buffer = uv_buf_init((char *)out, (unsigned)out_bytes);
    int sent = uv_try_write((uv_stream_t *)&c->tcp, &buffer, 1);
    if (sent == (int)out_bytes)
        return true;
    if (sent < 0 && sent != UV_EAGAIN) {
        client_close(c);
        return false;
    }
    size_t gone = sent > 0 ? (size_t)sent : 0;
    begin_jam(c, out + gone, out_bytes - gone, in, in_bytes);
    return false;
}

/* Sends what TLS has for the network; as send_bytes. */
static bool send_cipher(struct client *c, const uint8_t *in, size_t in_bytes)
{
    uint8_t *cipher = c->server->cipher;
    size_t bytes;
    while ((bytes = tls_take(c->tls, cipher, MODBUS_SEND_BYTES)) > 0)
        if (!send_bytes(c, cipher, bytes, in, in_bytes))
            return false;
    return true;
}

/* The answers that stand in the server's `out`; as send_bytes. */
static bool send_answers(struct client *c, size_t out_bytes, const uint8_t *in, size_t in_bytes)
{
    if (!c->tls || out_bytes == 0)
        return send_bytes(c, c->server->out, out_bytes, in, in_bytes);
    if (tls_write(c->tls, c->server->out, out_bytes))
        return send_cipher(c, in, in_bytes);
    client_close(c);
    return false;
}

/* Answers what stands in `in`, as far as the client takes it. */
static void serve(struct client *c, const uint8_t *in, size_t bytes)
{
    struct modbus_server *s = c->server;
    uint64_t now = uv_now(c->tcp.loop), before = s->counters.bus.requests;
    bool frame_begun = c->stream.held > 0;
    for (;;) {
        struct stream_io io = {
            .in = in, .in_bytes = bytes, .out = s->out, .out_room = sizeof s->out};
        enum stream_state state = modbus_stream_feed(&c->stream, &s->bus, &io, &s->counters.bus);
        in += io.in_taken;
        bytes -= io.in_taken;
        bool sent = send_answers(c, io.out_bytes, in, state == STREAM_FULL ? bytes : 0);
        if (state == STREAM_BAD && !c->closing) {
            s->counters.bad++;
            client_close(c);
        }
        if (!sent || state != STREAM_FULL)
            break;
    }
    bool answered = s->counters.bus.requests != before;
    if (answered)
        c->asked_ms = now;
    if (!c->jam && c->stream.held > 0 && (answered || !frame_begun))
        c->progress_ms = now; /* a frame began just now */
}

/* Answers what TLS can decipher by now. */
static void serve_cipher(struct client *c)
{
    struct modbus_server *s = c->server;
    while (!c->jam && !c->closing) {
        size_t bytes;
        bool begun = tls_is_established(c->tls);
        enum tls_state state = tls_read(c->tls, s->plain, sizeof s->plain, &bytes);
        if (!send_cipher(c, s->plain, bytes) && state == TLS_OPEN)
            return; /* the jam goes on with it */
        if (!begun && tls_is_established(c->tls))
            c->progress_ms = uv_now(c->tcp.loop);
        if (state != TLS_OPEN) {
            s->counters.strangers += !tls_is_established(c->tls);
            client_close(c);
            return;
        }
        if (bytes == 0)
            return;
        serve(c, s->plain, bytes);
    }
}

bool client_is_stalled(struct client *c, uint64_t now_ms)
{
    size_t unsent = c->jam ? uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp) : 0;
    if (unsent < c->unsent) {
        c->unsent = unsent;
        c->progress_ms = now_ms;
    }
    bool strange = c->tls && !tls_is_established(c->tls);
    return (c->jam || c->stream.held > 0 || strange) &&
           now_ms - c->progress_ms >= c->server->config.stall_ms;
}

/* --- Reading ----------------------------------------------------------------------------------------- */

/* One buffer serves all: whatever is read is dealt with before the next read. A client that has had its
 * share of this turn gets none, and is asked again in the next. */
static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    struct client *c = handle->data;
    struct modbus_server *s = c->server;
    bool served = c->turn == s->turn;
    c->turn = s->turn;
    *buffer = uv_buf_init((char *)s->in, served ? 0 : sizeof s->in);
}

static void on_read(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *buffer)
{
    struct client *c = stream->data;
    if (bytes == 0 || bytes == UV_ENOBUFS)
        return; /* nothing there, or its share of this turn is used up */
    if (bytes < 0)
        client_close(c);
    else if (!c->tls)
        serve(c, (const uint8_t *)buffer->base, (size_t)bytes);
    else if (tls_hear(c->tls, (const uint8_t *)buffer->base, (size_t)bytes))
        serve_cipher(c);
    else
        client_close(c);
}

static void start_reading(struct client *c)
{
    if (uv_read_start((uv_stream_t *)&c->tcp, on_room, on_read) != 0)
        client_close(c);
}

/* --- Coming ---------------------------------------------------------------------------------------- */

void client_admit(struct client *c)
{
    struct modbus_server *s = c->server;
    c->next = s->clients;
    if (c->next)
        c->next->previous = c;
    s->clients = c;
    s->counters.clients++;
    c->asked_ms = c->progress_ms = uv_now(c->tcp.loop);
    c->turn = UINT64_MAX;
    modbus_stream_begin(&c->stream, s->config.framing);
    /* Both are comforts: a connection works without them. */
    uv_tcp_nodelay(&c->tcp, 1);
    uv_tcp_keepalive(&c->tcp, 1, KEEPALIVE_S);
    start_reading(c);
}
