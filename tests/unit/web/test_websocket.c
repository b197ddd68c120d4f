/* WebSocket bytes: the handshake of RFC 6455 1.3, its frames of 5.7, and what a client must not do. */
#include "web/websocket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT 1000

static struct websocket_reader reader;
static struct websocket_input in;
static uint8_t frame[70000];

static int begin(void **state)
{
    (void)state;
    websocket_reader_init(&reader, LIMIT);
    return 0;
}

static int end(void **state)
{
    (void)state;
    websocket_reader_free(&reader);
    return 0;
}

/* A masked frame; returns its bytes. */
static size_t build(unsigned first, const void *payload, size_t n)
{
    size_t at = websocket_header(frame, WEBSOCKET_TEXT, n);
    frame[0] = (uint8_t)first;
    frame[1] |= 0x80;
    const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    memcpy(frame + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < n; i++)
        frame[at + i] = ((const uint8_t *)payload)[i] ^ mask[i & 3];
    return at + n;
}

static enum websocket_event read_frame(unsigned first, const void *payload, size_t n)
{
    size_t bytes = build(first, payload, n);
    for (size_t part = 0; part < bytes;
         part++) { /* piece by piece nothing happens before it is whole */
        uint8_t *exact = malloc(part ? part : 1);
        memcpy(exact, frame, part);
        size_t used = websocket_read(&reader, exact, part, &in);
        free(exact);
        assert_int_equal(used, 0);
        if (in.event == WEBSOCKET_FAULT)
            return in.event;
        assert_int_equal(in.event, WEBSOCKET_NOTHING);
    }
    size_t used = websocket_read(&reader, frame, bytes, &in);
    assert_int_equal(used, in.event == WEBSOCKET_FAULT ? 0 : bytes);
    return in.event;
}

static void shakes_hands(void **state)
{
    (void)state;
    char accept[29];
    assert_true(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==", accept));
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    const char *const bad[] = {"",
                               "abc",
                               "dGhlIHNhbXBsZSBub25jZQ=",
                               "dGhlIHNhbXBsZSBub25jZQ=a",
                               "dGhlIHNhbXBsZSBub25j!Q==",
                               "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNh"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(websocket_accept(bad[i], accept));
}

static void writes_headers(void **state)
{
    (void)state;
    uint8_t h[WEBSOCKET_HEADER_MAX];
    assert_int_equal(websocket_header(h, WEBSOCKET_TEXT, 5), 2);
    assert_memory_equal(h, "\x81\x05", 2);
    assert_int_equal(websocket_header(h, WEBSOCKET_PING, 125), 2);
    assert_int_equal(websocket_header(h, WEBSOCKET_TEXT, 126), 4);
    assert_memory_equal(h, "\x81\x7e\x00\x7e", 4);
    assert_int_equal(websocket_header(h, WEBSOCKET_TEXT, 65536), 10);
    assert_memory_equal(h, "\x81\x7f\0\0\0\0\0\1\0\0", 10);
}

static void reads_messages(void **state)
{
    (void)state;
    assert_int_equal(read_frame(0x81, "Hello", 5), WEBSOCKET_MESSAGE);
    assert_string_equal(in.payload, "Hello");
    assert_int_equal(in.length, 5);
    assert_int_equal(read_frame(0x81, "", 0), WEBSOCKET_MESSAGE);
    assert_string_equal(in.payload, "");
    /* in fragments, with a ping between them, cut within a character */
    assert_int_equal(read_frame(0x01, "gr\xc3", 3), WEBSOCKET_FRAGMENT);
    assert_int_equal(read_frame(0x89, "p", 1), WEBSOCKET_PINGED);
    assert_memory_equal(in.payload, "p", 1);
    assert_int_equal(read_frame(0x80, "\xbc\xc3\x9f", 3), WEBSOCKET_MESSAGE);
    assert_string_equal(in.payload, "gr\xc3\xbc\xc3\x9f");
    char longest[LIMIT];
    memset(longest, 'x', sizeof longest);
    assert_int_equal(read_frame(0x81, longest, LIMIT), WEBSOCKET_MESSAGE);
    assert_int_equal(read_frame(0x8a, "", 0), WEBSOCKET_PONGED);
}

static void hears_a_close(void **state)
{
    (void)state;
    assert_int_equal(read_frame(0x88, "", 0), WEBSOCKET_CLOSED);
    assert_int_equal(in.code, 1005);
    assert_int_equal(read_frame(0x88,
                                "\x03\xe8"
                                "bye",
                                5),
                     WEBSOCKET_CLOSED);
    assert_int_equal(in.code, 1000);
    assert_int_equal(read_frame(0x88, "\x0f\xa0", 2),
                     WEBSOCKET_CLOSED); /* 4000: an application's own */
}

static void expect_fault(unsigned first, const char *payload, size_t n, int code)
{
    websocket_reader_free(&reader);
    websocket_reader_init(&reader, LIMIT);
    assert_int_equal(read_frame(first, payload, n), WEBSOCKET_FAULT);
    assert_int_equal(in.code, code);
}

static void refuses_what_breaks_the_protocol(void **state)
{
    (void)state;
    expect_fault(0x91, "x", 1, 1002); /* a reserved bit */
    expect_fault(0x83, "x", 1, 1002); /* an unknown opcode */
    expect_fault(0x8b, "x", 1, 1002);
    expect_fault(0x80, "x", 1, 1002); /* a continuation of nothing */
    expect_fault(0x09, "x", 1, 1002); /* a fragmented ping */
    expect_fault(0x82, "x", 1, 1003); /* binary */
    expect_fault(0x81, "\xff", 1, 1007);
    expect_fault(0x88, "\x03", 1, 1002);     /* half a code */
    expect_fault(0x88, "\x03\xed", 2, 1002); /* 1005 may not be sent */
    expect_fault(0x88, "\x00\x01", 2, 1002);
    expect_fault(0x88, "\x03\xe8\xff", 3, 1007);
    char payload[LIMIT + 1];
    memset(payload, 'x', sizeof payload);
    expect_fault(0x81, payload, LIMIT + 1, 1009);
    expect_fault(0x89, payload, 126, 1002); /* a control frame has at most 125 bytes */

    websocket_reader_free(&reader);
    websocket_reader_init(&reader, LIMIT);
    assert_int_equal(read_frame(0x01, payload, LIMIT - 1), WEBSOCKET_FRAGMENT);
    assert_int_equal(read_frame(0x80, payload, 2), WEBSOCKET_FAULT); /* too long together */
    assert_int_equal(in.code, 1009);
}

static void refuses_a_new_message_within_one(void **state)
{
    (void)state;
    assert_int_equal(read_frame(0x01, "a", 1), WEBSOCKET_FRAGMENT);
    assert_int_equal(read_frame(0x81, "b", 1), WEBSOCKET_FAULT);
    assert_int_equal(in.code, 1002);
}

static void refuses_lengths_that_lie(void **state)
{
    (void)state;
    uint8_t unmasked[] = {0x81, 0x01, 'x'};
    websocket_read(&reader, unmasked, sizeof unmasked, &in);
    assert_int_equal(in.code, 1002);
    uint8_t wasteful[] = {0x81, 0xfe, 0x00, 0x05, 0, 0, 0, 0};
    websocket_read(&reader, wasteful, sizeof wasteful, &in);
    assert_int_equal(in.code, 1002);
    uint8_t endless[] = {0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0};
    websocket_read(&reader, endless, sizeof endless, &in);
    assert_int_equal(in.code, 1009); /* at once, not after it has come */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        T(shakes_hands),
        T(writes_headers),
        T(reads_messages),
        T(hears_a_close),
        T(refuses_what_breaks_the_protocol),
        T(refuses_a_new_message_within_one),
        T(refuses_lengths_that_lie),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
