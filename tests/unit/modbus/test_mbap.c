/* Where a frame of Modbus TCP ends, and what is none. */
#include "protocol/modbus/mbap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The example of the specification: read 3 registers from 107, unit 17. */
static const uint8_t frame[] = {0x12, 0x34, 0, 0, 0, 6, 17, 3, 0, 107, 0, 3};

static void finds_the_frame(void **state)
{
    (void)state;
    struct frame head;
    assert_int_equal(mbap_decode(frame, sizeof frame, &head), FRAME_WHOLE);
    assert_int_equal(head.transaction, 0x1234);
    assert_int_equal(head.unit, 17);
    assert_int_equal(head.pdu_bytes, 5);
}

static void asks_for_what_is_missing(void **state)
{
    (void)state;
    struct frame head;
    for (size_t n = 0; n < sizeof frame; n++) {
        assert_int_equal(mbap_decode(frame, n, &head), FRAME_MORE);
        assert_int_equal(mbap_wanted(frame, n), n < 6 ? 6 : sizeof frame);
    }
}

static void refuses_at_the_first_wrong_byte(void **state)
{
    (void)state;
    struct frame head;
    uint8_t bytes[sizeof frame];
    for (int wrong = 2; wrong <= 3; wrong++) {
        memcpy(bytes, frame, sizeof frame);
        bytes[wrong] = 1;
        assert_int_equal(mbap_decode(bytes, (size_t)wrong, &head), FRAME_MORE);
        assert_int_equal(mbap_decode(bytes, (size_t)wrong + 1, &head), FRAME_BAD);
    }
    static const unsigned lengths[] = {0, 1, 255, 256, 0xFFFF};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        memcpy(bytes, frame, sizeof frame);
        bytes[4] = (uint8_t)(lengths[i] >> 8);
        bytes[5] = (uint8_t)lengths[i];
        assert_int_equal(mbap_decode(bytes, 5, &head), FRAME_MORE);
        assert_int_equal(mbap_decode(bytes, 6, &head), FRAME_BAD);
    }
}

static void takes_the_shortest_and_the_longest(void **state)
{
    (void)state;
    uint8_t bytes[MBAP_FRAME_BYTES] = {0};
    struct frame head;
    bytes[5] = 2;
    assert_int_equal(mbap_decode(bytes, 8, &head), FRAME_WHOLE);
    assert_int_equal(head.pdu_bytes, 1);
    bytes[5] = 254;
    assert_int_equal(mbap_decode(bytes, sizeof bytes, &head), FRAME_WHOLE);
    assert_int_equal(head.pdu_bytes, PDU_BYTES);
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    struct frame head;
    uint8_t bytes[MBAP_BYTES];
    assert_int_equal(mbap_decode(frame, sizeof frame, &head), FRAME_WHOLE);
    mbap_encode(bytes, &head);
    assert_memory_equal(bytes, frame, sizeof bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_frame),
        cmocka_unit_test(asks_for_what_is_missing),
        cmocka_unit_test(refuses_at_the_first_wrong_byte),
        cmocka_unit_test(takes_the_shortest_and_the_longest),
        cmocka_unit_test(writes_what_it_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
