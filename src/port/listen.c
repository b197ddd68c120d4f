#include "port/listen.h"

#include <netinet/in.h>

#define BACKLOG 512 /* connections that wait to be accepted */

static int try_at(struct listener *l, uv_loop_t *loop, const char *host, uint16_t port,
                  uv_connection_cb on_connection, void *data)
{
    struct sockaddr_storage address = {0};
    uv_tcp_t *door = &l->door[l->doors];
    int e = uv_tcp_init(loop, door);
    if (e != 0)
        return e;
    door->data = data;
    l->doors++;
    if (uv_ip6_addr(host, port, (struct sockaddr_in6 *)&address) != 0)
        e = uv_ip4_addr(host, port, (struct sockaddr_in *)&address);
    if (e == 0)
        e = uv_tcp_bind(door, (const struct sockaddr *)&address, 0);
    return e != 0 ? e : uv_listen((uv_stream_t *)door, BACKLOG, on_connection);
}

static enum err say(int e, const char *host, uint16_t port, const char *service,
                    struct fault *fault)
{
    if (!host)
        host = "every address";
    switch (e) {
    case UV_EADDRINUSE:
        return fault_set(
            fault, ERR_SYSTEM,
            "%s cannot listen at port %u of %s: another program uses it; end that program or "
            "choose another port",
            service, port, host);
    case UV_EACCES:
        return fault_set(fault, ERR_SYSTEM,
                         "%s cannot listen at port %u of %s: ports below 1024 need the right "
                         "CAP_NET_BIND_SERVICE; grant it or choose a higher port",
                         service, port, host);
    case UV_EINVAL:
    case UV_EADDRNOTAVAIL:
        return fault_set(
            fault, ERR_USAGE,
            "%s cannot listen at \"%s\": an IPv4 or IPv6 address of this machine is expected",
            service, host);
    default:
        return fault_set(fault, ERR_SYSTEM, "%s cannot listen at port %u of %s: %s", service, port,
                         host, uv_strerror(e));
    }
}

enum err listener_open(struct listener *l, uv_loop_t *loop, const char *host, uint16_t port,
                       const char *service, uv_connection_cb on_connection, void *data,
                       struct fault *fault)
{
    l->doors = 0;
    int e = try_at(l, loop, host ? host : "::", port, on_connection, data);
    if (!host && (e == UV_EAFNOSUPPORT || e == UV_EADDRNOTAVAIL)) /* a machine without IPv6 */
        e = try_at(l, loop, "0.0.0.0", port, on_connection, data);
    return e == 0 ? ERR_OK : say(e, host, port, service, fault);
}

uint16_t listener_port(const struct listener *l)
{
    struct sockaddr_storage address = {0};
    int length = sizeof address;
    uv_tcp_getsockname(&l->door[l->doors - 1], (struct sockaddr *)&address, &length);
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

void listener_close(struct listener *l, uv_close_cb closed)
{
    for (unsigned d = 0; d < l->doors; d++)
        uv_close((uv_handle_t *)&l->door[d], closed);
}
