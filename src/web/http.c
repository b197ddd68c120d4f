/* The server: who may come in, who has to go, and the texts that all share. */
#include "web/http_internal.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct http_config http_config_defaults(void)
{
    return (struct http_config){
        .port = 8080,
        .connections_max = 512,
        .peer_connections_max = 256,
        .sockets_max = 384,
        .body_bytes_max = (size_t)64 << 10,
        .message_bytes_max = (size_t)16 << 10,
        .text_bytes_max = (size_t)24 << 20,
        .head_ms = 10000,
        .body_ms = 30000,
        .idle_ms = 60000,
        .send_ms = 60000,
        .ping_ms = 20000,
    };
}

void http_server_free_when_over(struct http_server *s)
{
    if (s->stopping && s->handles == 0 && s->held == 0)
        free(s);
}

/* --- Texts ----------------------------------------------------------------------------------------- */

struct http_text *http_text_take(struct http_server *server, struct text *t)
{
    struct http_text *text = NULL;
    size_t bytes = sizeof *text + t->room;
    if (!t->failed && t->bytes && t->length > 0 &&
        bytes <= server->config.text_bytes_max - server->counters.text_bytes)
        text = malloc(sizeof *text);
    if (!text) {
        text_free(t);
        return NULL;
    }
    *text = (struct http_text){
        .server = server, .references = 1, .room = t->room, .bytes = t->bytes, .length = t->length};
    text->header_length = websocket_header(text->header, WEBSOCKET_TEXT, text->length);
    *t = (struct text){.limit = t->limit};
    server->counters.text_bytes += bytes;
    server->held++;
    return text;
}

struct http_text *http_text_share(struct http_text *text)
{
    text->references++;
    return text;
}

void http_text_drop(struct http_text *text)
{
    if (!text || --text->references > 0)
        return;
    struct http_server *s = text->server;
    s->counters.text_bytes -= sizeof *text + text->room;
    free(text->bytes);
    free(text);
    s->held--;
    http_server_free_when_over(s);
}

/* --- Coming and going ------------------------------------------------------------------------------- */

/* The bytes of an address that stand for one client: IPv4 whole, IPv6 its /64. */
static size_t peer_key(const struct sockaddr_storage *address, const uint8_t **key)
{
    if (address->ss_family != AF_INET6) {
        *key = (const uint8_t *)&((const struct sockaddr_in *)address)->sin_addr;
        return 4;
    }
    *key = ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr;
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (memcmp(*key, mapped, sizeof mapped) != 0)
        return 8;
    *key += sizeof mapped;
    return 4;
}

static bool same_peer(const struct http_exchange *a, const struct http_exchange *b)
{
    const uint8_t *ka, *kb;
    size_t na = peer_key(&a->peer, &ka), nb = peer_key(&b->peer, &kb);
    return na == nb && memcmp(ka, kb, na) == 0;
}

/* Closes the connection that has waited longest for a request or the rest of one; `like` NULL: of any
 * peer. False if every one of them is at work. */
static bool evict(struct http_server *s, const struct http_exchange *like)
{
    struct http_exchange *oldest = NULL;
    for (struct http_exchange *c = s->connections; c; c = c->next)
        if ((c->phase == PHASE_HEAD || c->phase == PHASE_LINGERING) &&
            (!like || same_peer(c, like)) && (!oldest || c->since_ms < oldest->since_ms))
            oldest = c;
    if (!oldest)
        return false;
    s->counters.evicted++;
    connection_close(oldest);
    return true;
}

static unsigned count_peer(const struct http_server *s, const struct http_exchange *like)
{
    unsigned n = 0;
    for (const struct http_exchange *c = s->connections; c; c = c->next)
        n += c->phase != PHASE_CLOSED && same_peer(c, like);
    return n;
}

static bool make_room(struct http_server *s, const struct http_exchange *newcomer)
{
    if (count_peer(s, newcomer) >= s->config.peer_connections_max)
        return evict(s, newcomer);
    return s->counters.connections < s->config.connections_max || evict(s, NULL);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct http_server *s = listener->data;
    if (status < 0 || s->stopping)
        return;
    struct http_exchange *c = calloc(1, sizeof *c);
    s->starved = !c || uv_tcp_init(listener->loop, &c->tcp) != 0;
    if (s->starved) { /* the client waits, and libuv accepts nobody else before it: on_timer tries again */
        free(c);
        return;
    }
    c->server = s;
    c->tcp.data = c;
    s->handles++;
    int length = sizeof c->peer;
    bool here = uv_accept(listener, (uv_stream_t *)&c->tcp) == 0 &&
                uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&c->peer, &length) == 0;
    bool room = here && make_room(s, c);
    s->counters.accepted += here;
    connection_admit(c);
    if (!here) {
        connection_close(c);
    } else if (!room) {
        s->counters.refused++;
        connection_refuse(c, 503, "Too many connections are open; try again in a moment.");
    }
}

/* --- Starting and stopping --------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *timer)
{
    struct http_server *s = timer->data;
    uint64_t now = uv_now(timer->loop);
    if (s->starved)
        on_connection((uv_stream_t *)&s->listener.door[s->listener.doors - 1], 0);
    for (struct http_exchange *c = s->connections, *next; c; c = next) {
        next = c->next; /* one that is closed here stays in the list until its handle is */
        if (c->phase != PHASE_CLOSED && now >= c->deadline_ms)
            connection_overdue(c);
    }
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_server *s = handle->data;
    s->handles--;
    http_server_free_when_over(s);
}

static uint64_t smallest(const struct http_config *c)
{
    unsigned times[] = {c->head_ms, c->body_ms, c->idle_ms, c->send_ms, c->ping_ms};
    unsigned least = times[0];
    for (unsigned i = 1; i < sizeof times / sizeof *times; i++)
        least = times[i] < least ? times[i] : least;
    return least;
}

struct http_server *http_server_start(uv_loop_t *loop, const struct http_config *config,
                                      const struct http_handler *handler, struct fault *fault)
{
    struct http_server *s = calloc(1, sizeof *s);
    if (!s) {
        fault_set(fault, ERR_MEMORY, "the web server has no memory to start");
        return NULL;
    }
    s->config = *config;
    s->handler = *handler;
    uv_timer_init(loop, &s->timer); /* cannot fail */
    s->timer.data = s;
    enum err e = listener_open(&s->listener, loop, config->host, config->port, "the web server",
                               on_connection, s, fault);
    s->handles = 1 + s->listener.doors;
    if (e != ERR_OK) {
        http_server_stop(s);
        return NULL;
    }
    uint64_t period = smallest(config) / 8;
    period = period < 10 ? 10 : period > 1000 ? 1000 : period;
    uv_timer_start(&s->timer, on_timer, period, period);
    uv_unref((uv_handle_t *)&s->timer);
    return s;
}

uint16_t http_server_port(const struct http_server *s)
{
    return listener_port(&s->listener);
}

const struct http_counters *http_server_counters(const struct http_server *s)
{
    return &s->counters;
}

void http_server_stop(struct http_server *s)
{
    if (!s || s->stopping)
        return;
    s->stopping = true;
    for (struct http_exchange *c = s->connections; c; c = c->next)
        if (c->phase == PHASE_SOCKET)
            socket_goodbye(c, WEBSOCKET_GOING_AWAY);
    for (struct http_exchange *c = s->connections; c; c = c->next)
        connection_close(c);
    listener_close(&s->listener, on_handle_closed);
    uv_close((uv_handle_t *)&s->timer, on_handle_closed);
}
