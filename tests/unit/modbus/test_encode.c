/* From values to words: scale, rounding, limits, and what is not available. */
#include "base/bytes.h"
#include "protocol/modbus/encode.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint64_t words_of(enum register_type type, unsigned numerator, unsigned denominator,
                         const struct register_value *value)
{
    struct register_row row = {.words = register_type_info(type)->words,
                               .type = (uint8_t)type,
                               .numerator = (uint16_t)numerator,
                               .denominator = (uint16_t)denominator};
    uint8_t bytes[8] = {0};
    register_encode(&row, value, bytes);
    uint64_t raw = 0;
    for (unsigned i = 0; i < 2u * row.words; i++)
        raw = raw << 8 | bytes[i];
    return raw;
}

static uint64_t number(enum register_type type, unsigned numerator, unsigned denominator, double n)
{
    struct register_value value = {.kind = VALUE_NUMBER, .number = n};
    return words_of(type, numerator, denominator, &value);
}

static void scales(void **state)
{
    (void)state;
    assert_int_equal(number(TYPE_U32, 1, 100, 230.25), 23025);
    assert_int_equal(number(TYPE_U32, 1, 1000, 50.001), 50001);
    assert_int_equal(number(TYPE_S32, 10, 1, -12345.0), (uint32_t)-1235);
    assert_int_equal(number(TYPE_U16, 1, 5, 0.2), 1);
    assert_int_equal(number(TYPE_S16, 1, 10, -120.04), (uint16_t)-1200);
    assert_int_equal(number(TYPE_S16, 1, 1000, -0.998), (uint16_t)-998);
}

static void rounds_halves_away_from_zero(void **state)
{
    (void)state;
    assert_int_equal(number(TYPE_S32, 1, 1, 0.5), 1);
    assert_int_equal(number(TYPE_S32, 1, 1, -0.5), UINT32_MAX); /* -1 */
    assert_int_equal(number(TYPE_S32, 1, 1, 2.5), 3);
    assert_int_equal(number(TYPE_S32, 1, 1, -2.5), (uint32_t)-3);
    assert_int_equal(number(TYPE_S32, 1, 1, 0.49), 0);
    assert_int_equal(number(TYPE_U32, 1, 100, 0.125), 13);
    assert_int_equal(number(TYPE_S32, 10, 1, 5.0), 1);
}

static void stops_at_the_limits(void **state)
{
    (void)state;
    static const double large[] = {1e5, 1e10, 1e300};
    for (int i = 0; i < 3; i++)
        assert_int_equal(number(TYPE_U16, 1, 1, large[i]), 0xFFFE);
    assert_int_equal(number(TYPE_U16, 1, 1, 65534), 0xFFFE);
    assert_int_equal(number(TYPE_U16, 1, 1, 65535), 0xFFFE); /* 0xFFFF would mean: not available */
    assert_int_equal(number(TYPE_U16, 1, 1, -1), 0);
    assert_int_equal(number(TYPE_U8, 1, 1, 300), 254);
    assert_int_equal(number(TYPE_U32, 1, 100, 1e9), 0xFFFFFFFE);
    assert_int_equal(number(TYPE_U32, 1, 100, -0.01), 0);
    assert_int_equal(number(TYPE_S16, 1, 1, 32767), 0x7FFF);
    assert_int_equal(number(TYPE_S16, 1, 1, 32768), 0x7FFF);
    assert_int_equal(number(TYPE_S16, 1, 1, -32768), 0x8001); /* -32768 would mean: not available */
    assert_int_equal(number(TYPE_S32, 1, 1, 3e9), 0x7FFFFFFF);
    assert_int_equal(number(TYPE_S32, 1, 1, -3e9), 0x80000001);
    assert_int_equal(number(TYPE_S64, 1, 1, 1e30), INT64_MAX);
    assert_int_equal(number(TYPE_S64, 1, 1, -1e30), (uint64_t)-INT64_MAX);
    assert_int_equal(number(TYPE_U64, 1, 1, 1e30), UINT64_MAX - 1);
    struct register_value raw = {.kind = VALUE_RAW, .raw = UINT64_C(0x1FFFFFFFF)};
    assert_int_equal(words_of(TYPE_U32, 1, 1, &raw), 0xFFFFFFFE);
    assert_int_equal(words_of(TYPE_DATETIME, 1, 1, &raw), 0xFFFFFFFE);
}

static void tells_what_is_not_available(void **state)
{
    (void)state;
    assert_int_equal(words_of(TYPE_U8, 1, 1, NULL), 0x00FF);
    assert_int_equal(words_of(TYPE_U16, 1, 1, NULL), 0xFFFF);
    assert_int_equal(words_of(TYPE_U16_HEX, 1, 1, NULL), 0xFFFF);
    assert_int_equal(words_of(TYPE_S16, 1, 1, NULL), 0x8000);
    assert_int_equal(words_of(TYPE_U32, 1, 1, NULL), 0xFFFFFFFF);
    assert_int_equal(words_of(TYPE_S32, 1, 1, NULL), 0x80000000);
    assert_int_equal(words_of(TYPE_U64, 1, 1, NULL), UINT64_MAX);
    assert_int_equal(words_of(TYPE_S64, 1, 1, NULL), UINT64_C(1) << 63);
    assert_int_equal(words_of(TYPE_DATETIME, 1, 1, NULL), 0xFFFFFFFF);
    assert_int_equal(words_of(TYPE_DATETIME_3, 1, 1, NULL), 0xFFFFFFFFFFFF);
    assert_int_equal(number(TYPE_U32, 1, 1, NAN), 0xFFFFFFFF);
    assert_int_equal(number(TYPE_S16, 1, 1, INFINITY), 0x8000);
}

/* Whatever the number: the nearest one that fits, never another sign, never the mark. */
static void never_wraps(void **state)
{
    (void)state;
    for (int exponent = -5; exponent < 40; exponent++)
        for (int sign = -1; sign <= 1; sign += 2) {
            double n = sign * pow(10, exponent) * 1.2345;
            int16_t s16 = (int16_t)number(TYPE_S16, 1, 10, n);
            int32_t s32 = (int32_t)number(TYPE_S32, 1, 100, n);
            uint16_t u16 = (uint16_t)number(TYPE_U16, 1, 100, n);
            assert_true(fabs(fmax(-32767, fmin(32767, n * 10)) - s16) <= 0.5);
            assert_true(fabs(fmax(-2147483647, fmin(2147483647, n * 100)) - s32) <= 0.5);
            assert_true(fabs(fmax(0, fmin(65534, n * 100)) - u16) <= 0.5);
        }
}

static void writes_text(void **state)
{
    (void)state;
    struct register_row row = {
        .words = 4, .type = TYPE_STRING_16, .numerator = 1, .denominator = 1};
    struct register_value value = {.kind = VALUE_TEXT, .text = "SOCO"};
    uint8_t bytes[10];
    memset(bytes, 0xAA, sizeof bytes);
    register_encode(&row, &value, bytes);
    assert_memory_equal(bytes, "\0S\0O\0C\0O\xAA\xAA", 10);
    row.type = TYPE_STRING_NORM;
    register_encode(&row, &value, bytes);
    assert_memory_equal(bytes, "SOCO\0\0\0\0\xAA\xAA", 10);
    strcpy(value.text, "Diris I-35");
    register_encode(&row, &value, bytes);
    assert_memory_equal(bytes, "Diris I-\xAA\xAA", 10);
    register_encode(&row, NULL, bytes);
    assert_memory_equal(bytes, "\0\0\0\0\0\0\0\0\xAA\xAA", 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scales),
        cmocka_unit_test(rounds_halves_away_from_zero),
        cmocka_unit_test(stops_at_the_limits),
        cmocka_unit_test(tells_what_is_not_available),
        cmocka_unit_test(never_wraps),
        cmocka_unit_test(writes_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
