/* Frames of Modbus RTU: the CRC against published frames, and where a frame ends. */
#include "protocol/modbus/pdu.h"
#include "protocol/modbus/rtu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Frames that others have published: (1) MODBUS over Serial Line V1.02, 6.2.2 gives CRC 0x1241 for 02 07;
 * (2), (3) requests in manuals of meters of many makes. */
static void crc_is_that_of_published_frames(void **state)
{
    (void)state;
    static const uint8_t status[] = {0x02, 0x07, 0x41, 0x12};
    static const uint8_t read_ten[] = {0x01, 0x03, 0x00, 0x00, 0x00, 0x0A, 0xC5, 0xCD};
    static const uint8_t read_input[] = {0x11, 0x04, 0x00, 0x08, 0x00, 0x01, 0xB2, 0x98};
    assert_int_equal(rtu_crc(status, 2), 0x1241);
    assert_int_equal(rtu_crc(status, 4), 0);
    assert_int_equal(rtu_crc(read_ten, 6), 0xCDC5);
    assert_int_equal(rtu_crc(read_input, 6), 0x98B2);
    assert_int_equal(rtu_crc((const uint8_t *)"123456789", 9),
                     0x4B37); /* the catalogue's check value */
}

/* Puts the CRC behind `n` bytes. */
static size_t seal(uint8_t *bytes, size_t n)
{
    uint16_t crc = rtu_crc(bytes, n);
    bytes[n] = (uint8_t)crc;
    bytes[n + 1] = (uint8_t)(crc >> 8);
    return n + 2;
}

/* Every beginning of the frame wants more; the frame, and what follows it, is whole. */
static void expect_frame(const uint8_t *bytes, size_t n)
{
    struct frame frame;
    for (size_t have = 0; have < n; have++) {
        uint8_t *exact = malloc(have + 1); /* a sanitizer sees a step too far */
        memcpy(exact, bytes, have);
        uint8_t *begin = realloc(exact, have ? have : 1);
        assert_int_equal(rtu_decode(begin, have, &frame), FRAME_MORE);
        assert_true(rtu_wanted(begin, have) > have && rtu_wanted(begin, have) <= n);
        free(begin);
    }
    assert_int_equal(rtu_decode(bytes, n, &frame), FRAME_WHOLE);
    assert_int_equal(frame.unit, bytes[0]);
    assert_int_equal(frame.pdu_bytes, n - 3);
}

static void a_frame_ends_where_its_function_says(void **state)
{
    (void)state;
    uint8_t read[16] = {5, FUNCTION_READ_HOLDING, 0xC3, 0x50, 0, 4};
    uint8_t write_one[16] = {5, FUNCTION_WRITE_SINGLE, 0x30, 0, 0, 1};
    uint8_t write[32] = {5, FUNCTION_WRITE_MULTIPLE, 0xE1, 0, 0, 2, 4, 1, 2, 3, 4};
    uint8_t both[32] = {5, FUNCTION_READ_WRITE, 0x30, 0, 0, 1, 0x30, 0, 0, 1, 2, 9, 9};
    uint8_t identify[16] = {5, FUNCTION_ENCAPSULATED, PDU_MEI_IDENT, 1, 0};
    uint8_t echo[16] = {5, FUNCTION_DIAGNOSTICS, 0, 0, 0xA5, 0x37};
    uint8_t status[8] = {5, 7};
    expect_frame(read, seal(read, 6));
    expect_frame(write_one, seal(write_one, 6));
    expect_frame(write, seal(write, 11));
    expect_frame(both, seal(both, 13));
    expect_frame(identify, seal(identify, 5));
    expect_frame(echo, seal(echo, 6));
    expect_frame(status, seal(status, 2));
}

static void an_unknown_function_ends_where_the_crc_fits(void **state)
{
    (void)state;
    uint8_t unknown[16] = {5, 0x41, 7, 8, 9};
    uint8_t other_interface[16] = {5, FUNCTION_ENCAPSULATED, 0x0D, 1, 2, 3};
    expect_frame(unknown, seal(unknown, 5));
    expect_frame(other_interface, seal(other_interface, 6));
}

static void a_damaged_frame_is_bad(void **state)
{
    (void)state;
    struct frame frame;
    uint8_t read[16] = {5, FUNCTION_READ_HOLDING, 0xC3, 0x50, 0, 4};
    size_t n = seal(read, 6);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        uint8_t damaged[300] = {0};
        memcpy(damaged, read, n);
        damaged[bit / 8] ^= (uint8_t)(1u << bit % 8);
        enum frame_state state_of_it = rtu_decode(damaged, n, &frame);
        assert_int_not_equal(state_of_it, FRAME_WHOLE);
        if (damaged[1] == FUNCTION_READ_HOLDING)
            assert_int_equal(state_of_it, FRAME_BAD);
    }
    /* a function that no one knows, and no CRC within the longest frame */
    uint8_t noise[RTU_FRAME_BYTES];
    memset(noise, 0x55, sizeof noise);
    assert_int_equal(rtu_decode(noise, sizeof noise - 1, &frame), FRAME_MORE);
    assert_int_equal(rtu_decode(noise, sizeof noise, &frame), FRAME_BAD);
    /* a count that would make the frame longer than any */
    uint8_t long_write[] = {5, FUNCTION_WRITE_MULTIPLE, 0, 0, 0, 125, 250};
    assert_int_equal(rtu_decode(long_write, sizeof long_write, &frame), FRAME_BAD);
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    struct frame frame;
    uint8_t bytes[16] = {0, FUNCTION_READ_INPUT, 0x48, 0, 0, 2};
    rtu_encode(bytes, &(struct frame){.unit = 17, .pdu_bytes = 5});
    assert_int_equal(rtu_decode(bytes, 8, &frame), FRAME_WHOLE);
    assert_int_equal(frame.unit, 17);
    assert_int_equal(frame.pdu_bytes, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc_is_that_of_published_frames),
        cmocka_unit_test(a_frame_ends_where_its_function_says),
        cmocka_unit_test(an_unknown_function_ends_where_the_crc_fits),
        cmocka_unit_test(a_damaged_frame_is_bad),
        cmocka_unit_test(writes_what_it_reads),
    };
    return cmocka_run_group_tests_name("modbus/rtu", tests, NULL, NULL);
}
