/* The server with a handler that answers late, or never before the client has gone; texts and their limit; a
 * stop at any moment. What a client sees is tested from outside (tests/interop/web). */
#include "web/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uv_loop_t loop;
static struct http_server *server;
static struct http_exchange *waiting;

static void keep(void *context, struct http_exchange *x, const struct http_request *r)
{
    (void)context;
    (void)r;
    waiting = x;
}

static void refuse(void *context, struct http_response *response, const char *why)
{
    (void)context;
    (void)response;
    (void)why;
}

static const struct http_handler handler = {.request = keep, .refuse = refuse};

static struct http_config config(void)
{
    struct http_config c = http_config_defaults();
    c.host = "127.0.0.1";
    c.port = 0;
    return c;
}

/* --- A client ---------------------------------------------------------------------------------------- */

static uv_tcp_t client;
static uv_connect_t connecting;
static uv_write_t writing;
static char got[4096];
static size_t got_length;
static bool ended;

static void on_room(uv_handle_t *h, size_t n, uv_buf_t *b)
{
    (void)h;
    (void)n;
    *b = uv_buf_init(got + got_length, (unsigned)(sizeof got - 1 - got_length));
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
    (void)b;
    if (n >= 0) {
        got_length += (size_t)n;
        got[got_length] = '\0';
        return;
    }
    ended = true;
    if (!uv_is_closing((uv_handle_t *)s))
        uv_close((uv_handle_t *)s, NULL);
}

static void on_connected(uv_connect_t *c, int status)
{
    assert_int_equal(status, 0);
    uv_buf_t part = uv_buf_init(c->data, (unsigned)strlen(c->data));
    uv_read_start(c->handle, on_room, on_read);
    uv_write(&writing, c->handle, &part, 1, NULL);
}

static void send_request(const char *text)
{
    struct sockaddr_in to;
    uv_ip4_addr("127.0.0.1", http_server_port(server), &to);
    uv_tcp_init(&loop, &client);
    connecting.data = (void *)(uintptr_t)text;
    got_length = 0;
    ended = false;
    waiting = NULL;
    assert_int_equal(
        uv_tcp_connect(&connecting, &client, (const struct sockaddr *)&to, on_connected), 0);
}

#define RUN_UNTIL(condition)                   \
    for (int turn = 0; !(condition); turn++) { \
        assert_true(turn < 10000);             \
        uv_run(&loop, UV_RUN_ONCE);            \
    }

static int begin(void **state)
{
    (void)state;
    struct http_config c = config();
    struct fault fault;
    uv_loop_init(&loop);
    server = http_server_start(&loop, &c, &handler, &fault);
    return !server;
}

static int end(void **state)
{
    (void)state;
    http_server_stop(server);
    if (!ended && !uv_is_closing((uv_handle_t *)&client))
        uv_close((uv_handle_t *)&client, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop); /* fails if a handle is left */
}

static void respond(const char *words)
{
    struct text t;
    text_init(&t, 100);
    text_puts(&t, words);
    struct http_response response = {
        .status = 200, .type = "text/plain", .text = http_text_take(server, &t)};
    http_respond(waiting, &response);
}

/* --- Tests ------------------------------------------------------------------------------------------- */

static void answers_later(void **state)
{
    (void)state;
    send_request("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    RUN_UNTIL(waiting);
    for (int i = 0; i < 20; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    assert_string_equal(http_exchange_request(waiting)->path,
                        "/a"); /* still there, and the only one */
    respond("one");
    waiting = NULL;
    RUN_UNTIL(waiting);
    assert_string_equal(http_exchange_request(waiting)->path, "/b");
    respond("two");
    RUN_UNTIL(strstr(got, "two"));
    assert_non_null(strstr(got, "one"));
    assert_int_equal(http_server_counters(server)->text_bytes, 0);
}

static uv_shutdown_t half;

static void answers_who_has_closed_its_half(void **state)
{
    (void)state;
    send_request("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    RUN_UNTIL(waiting);
    uv_shutdown(&half, (uv_stream_t *)&client, NULL);
    for (int i = 0; i < 20; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    respond("one");
    waiting = NULL;
    RUN_UNTIL(waiting);
    respond("two");
    RUN_UNTIL(ended);
    assert_true(strstr(got, "one") && strstr(got, "two"));
}

static void an_answer_to_a_client_that_has_gone_is_dropped(void **state)
{
    (void)state;
    send_request("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    RUN_UNTIL(waiting);
    assert_string_equal(http_exchange_request(waiting)->body, "abc");
    uv_tcp_close_reset(&client, NULL);
    RUN_UNTIL(http_server_counters(server)->connections == 0);
    assert_string_equal(http_exchange_request(waiting)->path, "/a");
    respond("nobody listens");
    assert_int_equal(http_server_counters(server)->text_bytes, 0);
}

static void stops_while_an_answer_is_owed(void **state)
{
    (void)state;
    send_request("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    RUN_UNTIL(waiting);
    struct text t;
    text_init(&t, 100);
    text_puts(&t, "late");
    struct http_response response = {.status = 200, .text = http_text_take(server, &t)};
    http_server_stop(server);
    RUN_UNTIL(ended);
    http_respond(waiting, &response); /* frees the server, which waited for it */
    server = NULL;
}

static void texts_have_a_limit_together(void **state)
{
    (void)state;
    http_server_stop(server);
    struct http_config c = config();
    struct fault fault;
    c.text_bytes_max = 5000;
    server = http_server_start(&loop, &c, &handler, &fault);
    struct http_text *held[2];
    for (int i = 0; i < 2; i++) {
        struct text t;
        text_init(&t, 0);
        text_printf(&t, "%2000d", i);
        held[i] = http_text_take(server, &t);
        assert_non_null(held[i]);
        assert_null(t.bytes);
    }
    struct text t;
    text_init(&t, 0);
    text_printf(&t, "%2000d", 3);
    assert_null(http_text_take(server, &t));
    http_text_drop(http_text_share(held[0]));
    http_text_drop(held[0]);
    text_printf(&t, "%2000d", 3);
    held[0] = http_text_take(server, &t);
    assert_non_null(held[0]);
    text_init(&t, 3);
    text_puts(&t, "too long");
    assert_null(http_text_take(server, &t)); /* a text that failed is none */
    http_text_drop(held[0]);
    http_text_drop(held[1]);
    http_text_drop(NULL);
    assert_int_equal(http_server_counters(server)->text_bytes, 0);
    ended = true;
}

static void a_port_in_use_is_said(void **state)
{
    (void)state;
    struct http_config c = config();
    struct fault fault;
    c.port = http_server_port(server);
    assert_null(http_server_start(&loop, &c, &handler, &fault));
    assert_int_equal(fault.code, ERR_SYSTEM);
    assert_non_null(strstr(fault.text, "the web server cannot listen at port"));
    ended = true;
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        T(answers_later),
        T(answers_who_has_closed_its_half),
        T(an_answer_to_a_client_that_has_gone_is_dropped),
        T(stops_while_an_answer_is_owed),
        T(texts_have_a_limit_together),
        T(a_port_in_use_is_said),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
