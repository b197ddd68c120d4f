/* Listening: any free port, one in use, an address that is none, and every address of both kinds. */
#include "port/listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uv_loop_t loop;

static int begin(void **state)
{
    (void)state;
    return uv_loop_init(&loop);
}

static int end(void **state)
{
    (void)state;
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop); /* UV_EBUSY if a handle was left open */
}

static void on_connection(uv_stream_t *door, int status)
{
    (void)door;
    (void)status;
}

static unsigned reached;

static void on_reached(uv_connect_t *request, int status)
{
    reached += status == 0;
    uv_close((uv_handle_t *)request->handle, NULL);
}

static void every_address_is_of_both_kinds(void **state)
{
    (void)state;
    static struct listener l;
    struct fault fault;
    assert_int_equal(listener_open(&l, &loop, NULL, 0, "A test", on_connection, &l, &fault),
                     ERR_OK);
    uint16_t port = listener_port(&l);
    assert_true(port > 0);
    const char *hosts[] = {"127.0.0.1", "::1"};
    static uv_tcp_t tcp[2];
    static uv_connect_t request[2];
    reached = 0;
    for (int i = 0; i < 2; i++) {
        struct sockaddr_storage to;
        if (i == 0)
            uv_ip4_addr(hosts[i], port, (struct sockaddr_in *)&to);
        else
            uv_ip6_addr(hosts[i], port, (struct sockaddr_in6 *)&to);
        uv_tcp_init(&loop, &tcp[i]);
        assert_int_equal(uv_tcp_connect(&request[i], &tcp[i], (struct sockaddr *)&to, on_reached),
                         0);
    }
    for (int i = 0; i < 100 && reached < 2; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    assert_true(reached >= 1); /* a machine without IPv6 has one kind */
    listener_close(&l, NULL);
}

static void a_port_in_use_is_the_machines_fault(void **state)
{
    (void)state;
    static struct listener first, second; /* closed after the test, by the loop */
    struct fault fault;
    assert_int_equal(
        listener_open(&first, &loop, "127.0.0.1", 0, "A test", on_connection, NULL, &fault),
        ERR_OK);
    uint16_t port = listener_port(&first);
    assert_int_equal(
        listener_open(&second, &loop, "127.0.0.1", port, "A test", on_connection, NULL, &fault),
        ERR_SYSTEM);
    assert_non_null(strstr(fault.text, "A test cannot listen at port"));
    assert_non_null(strstr(fault.text, "another program uses it"));
    listener_close(&first, NULL);
    listener_close(&second, NULL);
}

static void an_address_that_is_none_is_wrong_usage(void **state)
{
    (void)state;
    const char *const hosts[] = {"", "localhost", "256.1.1.1",
                                 "192.0.2.1"}; /* the last: not here */
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        static struct listener l;
        struct fault fault;
        assert_int_equal(
            listener_open(&l, &loop, hosts[i], 0, "A test", on_connection, NULL, &fault),
            ERR_USAGE);
        assert_non_null(strstr(fault.text, "address of this machine"));
        listener_close(&l, NULL);
        uv_run(&loop, UV_RUN_DEFAULT);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        T(every_address_is_of_both_kinds),
        T(a_port_in_use_is_the_machines_fault),
        T(an_address_that_is_none_is_wrong_usage),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
