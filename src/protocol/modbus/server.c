#include "protocol/modbus/connection.h"

#include <stdlib.h>

#define SOCKET_BYTES 65536 /* what the kernel may hold for one client, each way */
#define BACKLOG      512   /* connections that wait to be accepted */

struct modbus_server_config modbus_server_defaults(void)
{
    return (struct modbus_server_config){.framing = &modbus_mbap,
                                         .port = 502,
                                         .max_clients = 1024,
                                         .idle_ms = 300000,
                                         .stall_ms = 10000};
}

void server_free_when_over(struct modbus_server *s)
{
    if (s->handles > 0 || s->clients)
        return;
    modbus_bus_free(&s->bus);
    tls_server_free(s->tls);
    free(s);
}

/* --- Coming ---------------------------------------------------------------------------------------- */

static void on_refused_closed(uv_handle_t *handle)
{
    struct client *c = handle->data;
    struct modbus_server *s = c->server;
    tls_end(c->tls);
    free(c);
    s->handles--;
    server_free_when_over(s);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct modbus_server *s = listener->data;
    if (status < 0 || s->stopping)
        return;
    struct client *c = calloc(1, sizeof *c);
    if (!c || uv_tcp_init(listener->loop, &c->tcp) != 0) {
        free(c);
        s->starved = true; /* libuv accepts nobody else before this one: on_timer tries again */
        return;
    }
    c->server = s;
    c->tcp.data = c;
    if (s->tls)
        c->tls = tls_begin(s->tls);
    bool here = uv_accept(listener, (uv_stream_t *)&c->tcp) == 0;
    s->counters.accepted += here;
    if (here && s->counters.clients < s->config.max_clients && (c->tls || !s->tls)) {
        client_admit(c);
        return;
    }
    s->counters.refused += here;
    s->handles++; /* it is in no list, but the server must outlive it */
    uv_close((uv_handle_t *)&c->tcp, on_refused_closed);
}

static void on_turn(uv_prepare_t *handle)
{
    struct modbus_server *s = handle->data;
    s->turn++;
}

static void on_timer(uv_timer_t *timer)
{
    struct modbus_server *s = timer->data;
    uint64_t now = uv_now(timer->loop);
    if (s->starved) {
        s->starved = false;
        on_connection((uv_stream_t *)&s->door[s->doors - 1], 0);
    }
    for (struct client *c = s->clients, *next; c; c = next) {
        next = c->next;
        if (c->closing)
            continue;
        if (client_is_stalled(c, now)) {
            s->counters.stalled++;
            client_close(c);
        } else if (s->config.idle_ms && now - c->asked_ms >= s->config.idle_ms) {
            s->counters.idle++;
            client_close(c);
        }
    }
}

/* --- Opening and closing ----------------------------------------------------------------------------- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct modbus_server *s = handle->data;
    s->handles--;
    server_free_when_over(s);
}

/* A handle that lives as long as the server. */
static void own(struct modbus_server *s, void *handle)
{
    uv_handle_set_data(handle, s);
    s->handles++;
}

static int listen_at(uv_loop_t *loop, struct modbus_server *s, const char *host)
{
    struct sockaddr_storage address;
    uv_tcp_t *door = &s->door[s->doors];
    int e = uv_tcp_init(loop, door);
    if (e != 0)
        return e;
    own(s, door);
    s->doors++;
    if (uv_ip6_addr(host, s->config.port, (struct sockaddr_in6 *)&address) != 0)
        e = uv_ip4_addr(host, s->config.port, (struct sockaddr_in *)&address);
    if (e == 0)
        e = uv_tcp_bind(door, (const struct sockaddr *)&address, 0);
    if (e != 0)
        return e;
    /* Accepted sockets inherit these: a client that does not read costs the kernel little, too. */
    int send = SOCKET_BYTES, receive = SOCKET_BYTES;
    uv_send_buffer_size((uv_handle_t *)door, &send);
    uv_recv_buffer_size((uv_handle_t *)door, &receive);
    return uv_listen((uv_stream_t *)door, BACKLOG, on_connection);
}

static const char *name_of(const struct modbus_server_config *config)
{
    return config->tls ? "Modbus TLS" : config->framing->name;
}

static void listen_fault(const struct modbus_server_config *config, int e, struct fault *fault)
{
    const char *host = config->host ? config->host : "every address";
    if (e == UV_EADDRINUSE)
        fault_set(fault, ERR_SYSTEM,
                  "%s cannot listen at port %u of %s: another program uses it; end that "
                  "program or choose another port",
                  name_of(config), config->port, host);
    else if (e == UV_EACCES)
        fault_set(fault, ERR_SYSTEM,
                  "%s cannot listen at port %u of %s: ports below 1024 need the right "
                  "CAP_NET_BIND_SERVICE; grant it or choose a higher port",
                  name_of(config), config->port, host);
    else if (e == UV_EINVAL || e == UV_EADDRNOTAVAIL)
        fault_set(fault, ERR_USAGE,
                  "%s cannot listen at %s: an IPv4 or IPv6 address of this machine is expected",
                  name_of(config), host);
    else
        fault_set(fault, ERR_SYSTEM, "%s cannot listen at port %u of %s: %s", name_of(config),
                  config->port, host, uv_strerror(e));
}

static int open_door(uv_loop_t *loop, struct modbus_server *s, const char *host)
{
    uv_timer_init(loop, &s->timer); /* this and the next cannot fail */
    own(s, &s->timer);
    uv_prepare_init(loop, &s->turns);
    own(s, &s->turns);
    int e = listen_at(loop, s, host ? host : "::");
    if ((e == UV_EAFNOSUPPORT || e == UV_EADDRNOTAVAIL) && !host)
        e = listen_at(loop, s, "0.0.0.0"); /* a machine without IPv6 */
    if (e != 0)
        return e;
    unsigned shortest = s->config.stall_ms;
    if (s->config.idle_ms && s->config.idle_ms < shortest)
        shortest = s->config.idle_ms;
    uint64_t period = shortest / 4 > 1000 ? 1000 : shortest / 4 + 1;
    uv_timer_start(&s->timer, on_timer, period, period);
    uv_prepare_start(&s->turns, on_turn);
    uv_unref((uv_handle_t *)&s->timer);
    uv_unref((uv_handle_t *)&s->turns);
    return 0;
}

struct modbus_server *modbus_server_start(uv_loop_t *loop,
                                          const struct modbus_server_config *config,
                                          const struct plant *plant, const struct table *table,
                                          struct fault *fault)
{
    struct modbus_server *s = calloc(1, sizeof *s);
    if (!s || !modbus_bus_init(&s->bus, plant, table)) {
        fault_set(fault, ERR_MEMORY, "%s: out of memory", name_of(config));
        free(s);
        return NULL;
    }
    s->config = *config;
    s->config.host = NULL; /* borrowed, and not needed any more */
    s->config.tls = NULL;
    if (config->tls && !(s->tls = tls_server_new(config->tls, fault))) {
        modbus_bus_free(&s->bus);
        free(s);
        return NULL;
    }
    int e = open_door(loop, s, config->host);
    if (e != 0) {
        listen_fault(config, e, fault);
        modbus_server_stop(s);
        return NULL;
    }
    return s;
}

uint16_t modbus_server_port(const struct modbus_server *s)
{
    struct sockaddr_storage address;
    int length = sizeof address;
    if (uv_tcp_getsockname(&s->door[s->doors - 1], (struct sockaddr *)&address, &length) != 0)
        return s->config.port;
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

struct modbus_server_counters modbus_server_counters(const struct modbus_server *s)
{
    return s->counters;
}

void modbus_server_stop(struct modbus_server *s)
{
    if (!s || s->stopping)
        return;
    s->stopping = true;
    for (struct client *c = s->clients; c; c = c->next)
        client_close(c);
    for (unsigned d = 0; d < s->doors; d++)
        uv_close((uv_handle_t *)&s->door[d], on_handle_closed);
    uv_close((uv_handle_t *)&s->timer, on_handle_closed);
    uv_close((uv_handle_t *)&s->turns, on_handle_closed);
}
