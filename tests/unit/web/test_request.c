/* The head of a request: what is taken, what is refused and with which status, and lists in fields. */
#include "web/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct http_request r;
static char bytes[32768];
static size_t used;
static const char *why;

static int parse_n(const char *text, size_t n)
{
    memcpy(bytes, text, n);
    why = NULL;
    used = 0;
    return http_request_parse(&r, bytes, n, &used, &why);
}

static int parse(const char *text)
{
    return parse_n(text, strlen(text));
}

/* The line and Host, which every request has. */
static int parse_line(const char *line)
{
    char text[20000];
    snprintf(text, sizeof text, "%s\r\nHost: a\r\n\r\n", line);
    return parse(text);
}

static int parse_field(const char *field)
{
    char text[20000];
    snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", field);
    return parse(text);
}

static void takes_a_request(void **state)
{
    (void)state;
    const char *text =
        "GET /a%20b/%C3%BC?x=1&y=a+b%26&z&=q HTTP/1.1\r\nHost: a:80\r\nAccept:\t text/csv \r\n"
        "If-None-Match: \"1\"\r\n\r\nGET";
    assert_int_equal(parse(text), 200);
    assert_int_equal(used, strlen(text) - 3);
    assert_int_equal(r.method, HTTP_GET);
    assert_string_equal(r.path, "/a b/\xc3\xbc");
    assert_int_equal(r.query_count, 4);
    assert_string_equal(r.query[1].name, "y");
    assert_string_equal(r.query[1].value, "a b&");
    assert_string_equal(r.query[2].name, "z");
    assert_string_equal(r.query[2].value, "");
    assert_string_equal(http_field(&r, "accept"), "text/csv");
    assert_null(http_field(&r, "cookie"));
    assert_true(r.keep_alive);
    assert_int_equal(r.content_length, 0);
}

static void waits_for_the_rest(void **state)
{
    (void)state;
    const char *text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (size_t n = 0; n < strlen(text); n++)
        assert_int_equal(parse_n(text, n), 0);
    assert_int_equal(parse(text), 200);
    assert_int_equal(parse("\r\n\r\nGET / HTTP/1.0\r\n\r\n"), 200); /* blank lines in front */
    assert_int_equal(used, 22);
}

static void knows_the_methods(void **state)
{
    (void)state;
    const char *names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    for (int m = 0; m < HTTP_OTHER; m++) {
        char line[40];
        snprintf(line, sizeof line, "%s / HTTP/1.1", names[m]);
        assert_int_equal(parse_line(line), 200);
        assert_int_equal(r.method, m);
        assert_string_equal(http_method_name((enum http_method)m), names[m]);
    }
    assert_int_equal(parse_line("BREW / HTTP/1.1"), 200);
    assert_int_equal(r.method, HTTP_OTHER);
    assert_int_equal(parse_line("get / HTTP/1.1"), 200);
    assert_int_equal(r.method, HTTP_OTHER);
    assert_int_equal(parse_line("OPTIONS * HTTP/1.1"), 200);
    assert_string_equal(r.path, "*");
    assert_int_equal(parse_line("GET http://host:80/x?y=1 HTTP/1.1"), 200);
    assert_string_equal(r.path, "/x");
}

static void refuses_lines(void **state)
{
    (void)state;
    const char *const bad[] = {
        "GET /",
        "GET  / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET /x y HTTP/1.1",
        "GET x HTTP/1.1",
        "GET * HTTP/1.1",
        "GET /#x HTTP/1.1",
        "GET /% HTTP/1.1",
        "GET /%4 HTTP/1.1",
        "GET /%zz HTTP/1.1",
        "GET /%00 HTTP/1.1",
        "GET /%0a HTTP/1.1",
        "GET /%ff HTTP/1.1",
        "GET /?a=%ff HTTP/1.1",
        "GET /?%7f HTTP/1.1",
        "GET /../x HTTP/1.1",
        "GET /a/.. HTTP/1.1",
        "GET /a/%2e%2e/b HTTP/1.1",
        "GET /./x HTTP/1.1",
        "GET / HTTP/1",
        "GET / http/1.1",
        "GET / HTTP/1.11",
        "G\x01T / HTTP/1.1",
        "GET /\tx HTTP/1.1",
        "GET http://host HTTP/1.1",
        "GET /?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q HTTP/1.1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (parse_line(bad[i]) != 400)
            fail_msg("taken: %s", bad[i]);
        assert_non_null(why);
    }
    assert_int_equal(parse_line("GET / HTTP/2.0"), 505);
    assert_int_equal(parse_n("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 28), 400);
    assert_int_equal(parse("\x16\x03\x01\x02"), 400); /* TLS at the wrong port, at its first byte */
}

static void refuses_fields(void **state)
{
    (void)state;
    const char *const bad[] = {
        "no colon",
        ": x",
        "A : x",
        "A: x\r\n folded",
        "A: \x01",
        "A: x\ny: z",
        "Host: b",
        "Content-Length: 1x",
        "Content-Length: -1",
        "Content-Length: +1",
        "Content-Length: ",
        "Content-Length: 1234567890123456789",
        "Content-Length: 1\r\nContent-Length: 2",
        "Content-Length: 1, 1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parse_field(bad[i]) != 400)
            fail_msg("taken: %s", bad[i]);
    assert_int_equal(parse("GET / HTTP/1.1\r\n\r\n"), 400); /* no Host */
    assert_int_equal(parse("GET / HTTP/1.0\r\n\r\n"), 200); /* which an old client need not send */
    assert_int_equal(parse_field("Transfer-Encoding: chunked"), 411);
    assert_int_equal(parse_field("Expect: a miracle"), 417);
}

static void refuses_what_is_too_long(void **state)
{
    (void)state;
    char *text = malloc(20000);
    memset(text, 'a', 20000);
    memcpy(text, "GET /", 5);
    assert_int_equal(parse_n(text, HTTP_HEAD_BYTES - 1), 0);
    assert_int_equal(parse_n(text, HTTP_HEAD_BYTES), 414);
    assert_int_equal(parse_n(text, 20000), 414);
    memcpy(text, "GET / HTTP/1.1\r\nHost: ", 22);
    assert_int_equal(parse_n(text, HTTP_HEAD_BYTES - 1), 0);
    assert_int_equal(parse_n(text, HTTP_HEAD_BYTES), 431);
    memcpy(text + 19996, "\r\n\r\n", 4);
    assert_int_equal(parse_n(text, 20000), 431);
    memset(text, '\n', 20000); /* blank lines without an end */
    for (int i = 0; i < 20000; i += 2)
        text[i] = '\r';
    assert_int_equal(parse_n(text, 20000), 400);
    size_t n = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < HTTP_FIELDS_MAX; i++)
        n += (size_t)sprintf(text + n, "a: b\r\n");
    sprintf(text + n, "\r\n");
    assert_int_equal(parse(text), 431);
    free(text);
}

static void understands_the_connection(void **state)
{
    (void)state;
    parse_field("Connection: close");
    assert_false(r.keep_alive);
    parse_field("Connection: foo, Close");
    assert_false(r.keep_alive);
    parse("GET / HTTP/1.0\r\n\r\n");
    assert_false(r.keep_alive);
    parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    assert_true(r.keep_alive);
    parse_field("Connection: keep-alive, Upgrade\r\nUpgrade: websocket");
    assert_true(r.websocket && r.keep_alive);
    parse_field("Upgrade: websocket");
    assert_false(r.websocket);
    parse_field("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk");
    assert_false(r.websocket);
    assert_int_equal(parse_field("Content-Length: 5\r\nContent-Length: 5\r\nExpect: 100-continue"),
                     200);
    assert_int_equal(r.content_length, 5);
    assert_true(r.expects_continue);
}

static void reads_lists(void **state)
{
    (void)state;
    assert_true(http_list_has("gzip, br", "br"));
    assert_true(http_list_has(" , GZIP ;q=1", "gzip"));
    assert_false(http_list_has("gzipped", "gzip"));
    assert_false(http_list_has("", "gzip"));
    assert_int_equal(http_list_weight("gzip;q=0", "gzip"), 0);
    assert_int_equal(http_list_weight("br, gzip; level=9; q=0.25", "gzip"), 250);
    assert_int_equal(http_list_weight("gzip;q=1.0", "gzip"), 1000);
    assert_int_equal(http_list_weight("gzip;q=0.0009", "gzip"), 0);
    assert_int_equal(http_list_weight("*", "gzip"), -1);
    assert_true(http_etag_listed("*", "\"a\""));
    assert_true(http_etag_listed("\"b\", W/\"a\"", "\"a\""));
    assert_true(http_etag_listed("\"a\"", "\"a\""));
    assert_false(http_etag_listed("\"a\"x", "\"a\""));
    assert_false(http_etag_listed("\"ab\"", "\"a\""));
    assert_false(http_etag_listed("", "\"a\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_request),
        cmocka_unit_test(waits_for_the_rest),
        cmocka_unit_test(knows_the_methods),
        cmocka_unit_test(refuses_lines),
        cmocka_unit_test(refuses_fields),
        cmocka_unit_test(refuses_what_is_too_long),
        cmocka_unit_test(understands_the_connection),
        cmocka_unit_test(reads_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
