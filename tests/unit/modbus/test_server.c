/* Opening and closing the door of Modbus TCP. How it treats its clients is shown by tests/interop and
 * tests/fault, with clients that are not ours. */
#include "modbus_house.h"
#include "protocol/modbus/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct plant plant;

static int open_house(void **state)
{
    (void)state;
    modbus_house_plant(&plant);
    return 0;
}

static struct modbus_server_config loopback(const char *host)
{
    struct modbus_server_config config = modbus_server_defaults();
    config.host = host;
    config.port = 0;
    return config;
}

static void stops_without_a_trace(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct fault fault;
    struct modbus_server_config config = loopback("127.0.0.1");
    assert_int_equal(uv_loop_init(&loop), 0);
    struct modbus_server *server = modbus_server_start(&loop, &config, &plant, NULL, &fault);
    assert_non_null(server);
    assert_int_not_equal(modbus_server_port(server), 0);
    assert_int_equal(modbus_server_counters(server).accepted, 0);
    uv_run(&loop, UV_RUN_NOWAIT);
    modbus_server_stop(server);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
    modbus_server_stop(NULL);
}

static void says_that_the_port_is_in_use(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct fault fault = {0};
    struct modbus_server_config config = loopback("127.0.0.1");
    assert_int_equal(uv_loop_init(&loop), 0);
    struct modbus_server *server = modbus_server_start(&loop, &config, &plant, NULL, &fault);
    assert_non_null(server);
    config.port = modbus_server_port(server);
    assert_null(modbus_server_start(&loop, &config, &plant, NULL, &fault));
    assert_int_equal(fault.code, ERR_SYSTEM);
    char port[8];
    snprintf(port, sizeof port, "%u", config.port);
    assert_non_null(strstr(fault.text, port));
    assert_non_null(strstr(fault.text, "in use") ? fault.text : strstr(fault.text, "uses it"));
    config.host = NULL; /* every address includes that one */
    assert_null(modbus_server_start(&loop, &config, &plant, NULL, &fault));
    assert_int_equal(fault.code, ERR_SYSTEM);
    modbus_server_stop(server);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void says_that_a_host_is_none_of_its_own(void **state)
{
    (void)state;
    static const char *const hosts[] = {"192.0.2.1", "2001:db8::1", "meter.example", ""};
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct fault fault = {0};
        struct modbus_server_config config = loopback(hosts[i]);
        assert_null(modbus_server_start(&loop, &config, &plant, NULL, &fault));
        assert_int_equal(fault.code, ERR_USAGE);
        assert_non_null(strstr(fault.text, hosts[i]));
    }
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* --- One client, over IPv4 and IPv6 ------------------------------------------------------------------ */

static char answer[64];
static size_t answered;

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)handle, (void)suggested;
    *buffer = uv_buf_init(answer + answered, (unsigned)(sizeof answer - answered));
}

static void on_answer(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *buffer)
{
    (void)buffer;
    if (bytes > 0)
        answered += (size_t)bytes;
    if (bytes < 0 || answered >= 13)
        uv_close((uv_handle_t *)stream, NULL);
}

static void on_connected(uv_connect_t *connect, int status)
{
    static char request[] = {0, 1, 0, 0, 0, 6, 1, 4, (char)0xC3, 0x50, 0, 2};
    uv_buf_t buffer = uv_buf_init(request, sizeof request);
    assert_int_equal(status, 0);
    assert_int_equal(uv_try_write(connect->handle, &buffer, 1), sizeof request);
    assert_int_equal(uv_read_start(connect->handle, on_room, on_answer), 0);
}

/* Asks at `address` a server that listens at every address; false: the machine cannot. */
static bool asks(const char *address)
{
    uv_loop_t loop;
    uv_tcp_t client;
    uv_connect_t connect;
    struct fault fault;
    struct sockaddr_storage to;
    struct modbus_server_config config = loopback(NULL);
    assert_int_equal(uv_loop_init(&loop), 0);
    struct modbus_server *server = modbus_server_start(&loop, &config, &plant, NULL, &fault);
    assert_non_null(server);
    int port = modbus_server_port(server);
    if (uv_ip6_addr(address, port, (struct sockaddr_in6 *)&to) != 0)
        assert_int_equal(uv_ip4_addr(address, port, (struct sockaddr_in *)&to), 0);
    uv_tcp_init(&loop, &client);
    answered = 0;
    bool can = uv_tcp_connect(&connect, &client, (struct sockaddr *)&to, on_connected) == 0;
    if (!can)
        uv_close((uv_handle_t *)&client, NULL);
    while (uv_is_active((uv_handle_t *)&client) || !uv_is_closing((uv_handle_t *)&client))
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(modbus_server_counters(server).accepted, can);
    modbus_server_stop(server);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
    if (can) {
        static const char expected[] = {0, 1, 0, 0, 0, 7, 1, 4, 4, 0, 'S', 0, 'O'};
        assert_int_equal(answered, sizeof expected);
        assert_memory_equal(answer, expected, sizeof expected);
    }
    return can;
}

static void serves_both_families(void **state)
{
    (void)state;
    assert_true(asks("127.0.0.1"));
    struct sockaddr_storage s;
    assert_int_equal(uv_ip6_addr("::1", 0, (struct sockaddr_in6 *)&s), 0);
    asks("::1"); /* where the machine has it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_without_a_trace),
        cmocka_unit_test(says_that_the_port_is_in_use),
        cmocka_unit_test(says_that_a_host_is_none_of_its_own),
        cmocka_unit_test(serves_both_families),
    };
    return cmocka_run_group_tests(tests, open_house, NULL);
}
