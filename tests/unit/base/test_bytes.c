/* Numbers in byte strings, and the CRC over them. */
#include "base/bytes.h"
#include "base/crc32.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t ladder[] = {0xff, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};

static void reads_either_end_first(void **state)
{
    (void)state;
    const uint8_t *odd = ladder + 1; /* not aligned */
    assert_int_equal(get_be16(odd), 0x0123);
    assert_int_equal(get_le16(odd), 0x2301);
    assert_true(get_be32(odd) == UINT32_C(0x01234567));
    assert_true(get_le32(odd) == UINT32_C(0x67452301));
    assert_true(get_be64(odd) == UINT64_C(0x0123456789abcdef));
    assert_true(get_le64(odd) == UINT64_C(0xefcdab8967452301));
}

static void keeps_the_highest_bit(void **state)
{
    (void)state;
    const uint8_t ones[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe};
    assert_true(get_be64(ones) == UINT64_C(0xfffffffffffffffe));
    assert_true(get_le64(ones) == UINT64_C(0xfeffffffffffffff));
    assert_true(get_be32(ones) == UINT32_MAX);
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    uint8_t out[10];
    memset(out, 0x55, sizeof out);
    put_be64(out + 1, get_be64(ladder + 1));
    assert_memory_equal(out + 1, ladder + 1, 8);
    put_le64(out + 1, get_le64(ladder + 1));
    assert_memory_equal(out + 1, ladder + 1, 8);
    put_be32(out + 1, 0x01234567);
    put_le32(out + 5, 0xefcdab89);
    assert_memory_equal(out + 1, ladder + 1, 8);
    put_be16(out + 1, 0x0123);
    put_le16(out + 3, 0x6745);
    assert_memory_equal(out + 1, ladder + 1, 8);
    assert_int_equal(out[0], 0x55);
    assert_int_equal(out[9], 0x55);
}

static void crc_has_its_check_value(void **state)
{
    (void)state;
    assert_true(crc32_of(0, "123456789", 9) == UINT32_C(0xCBF43926));
    assert_true(crc32_of(0, "", 0) == 0);
    /* thirty-two zero bytes and a pangram, as every zip program computes them */
    const char zeros[32] = {0};
    assert_true(crc32_of(0, zeros, 32) == UINT32_C(0x190A55AD));
    assert_true(crc32_of(0, "The quick brown fox jumps over the lazy dog", 43) ==
                UINT32_C(0x414FA339));
}

static void crc_of_pieces_is_crc_of_the_whole(void **state)
{
    (void)state;
    const char *text = "123456789";
    for (size_t cut = 0; cut <= 9; cut++) {
        uint32_t first = crc32_of(0, text, cut);
        assert_true(crc32_of(first, text + cut, 9 - cut) == UINT32_C(0xCBF43926));
    }
}

static void crc_sees_every_flipped_bit(void **state)
{
    (void)state;
    uint8_t data[64];
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 37);
    uint32_t right = crc32_of(0, data, sizeof data);
    for (unsigned bit = 0; bit < sizeof data * 8; bit++) {
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(crc32_of(0, data, sizeof data) != right);
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_either_end_first),
        cmocka_unit_test(keeps_the_highest_bit),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(crc_has_its_check_value),
        cmocka_unit_test(crc_of_pieces_is_crc_of_the_whole),
        cmocka_unit_test(crc_sees_every_flipped_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
