/* Which requests are carried out, and with which exception the others are answered. */
#include "protocol/modbus/pdu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

static void takes_reads_within_the_limits(void **state)
{
    (void)state;
    static const struct {
        uint8_t pdu[5];
        enum pdu_exception expected;
    } cases[] = {
        {{3, 0x48, 0x00, 0, 1}, EXCEPTION_NONE},
        {{4, 0x48, 0x00, 0, 125}, EXCEPTION_NONE},
        {{3, 0xFF, 0xFF, 0, 1}, EXCEPTION_NONE},
        {{3, 0x48, 0x00, 0, 0}, EXCEPTION_VALUE},
        {{3, 0x48, 0x00, 0, 126}, EXCEPTION_VALUE},
        {{4, 0x48, 0x00, 0xFF, 0xFF}, EXCEPTION_VALUE},
        {{3, 0xFF, 0xFF, 0, 2}, EXCEPTION_ADDRESS},
        {{3, 0xFF, 0xFF, 0, 126}, EXCEPTION_VALUE}, /* the quantity is looked at first */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pdu_request r;
        assert_int_equal(pdu_decode(cases[i].pdu, 5, &r), cases[i].expected);
        assert_int_equal(r.function, cases[i].pdu[0]);
        if (cases[i].expected == EXCEPTION_NONE) {
            assert_int_equal(r.address, cases[i].pdu[1] << 8 | cases[i].pdu[2]);
            assert_int_equal(r.count, cases[i].pdu[4]);
        }
    }
}

static void says_that_a_length_is_wrong(void **state)
{
    (void)state;
    static const uint8_t pdu[8] = {3, 0x48, 0, 0, 1, 0, 0, 0};
    struct pdu_request r;
    for (size_t n = 1; n <= sizeof pdu; n++)
        assert_int_equal(pdu_decode(pdu, n, &r), n == 5 ? EXCEPTION_NONE : EXCEPTION_VALUE);
}

static void knows_no_other_function(void **state)
{
    (void)state;
    for (unsigned function = 0; function < 256; function++) {
        uint8_t pdu[5] = {(uint8_t)function, 0, 0, 0, 1};
        struct pdu_request r;
        bool read = function == 3 || function == 4;
        assert_int_equal(pdu_decode(pdu, 5, &r), read ? EXCEPTION_NONE : EXCEPTION_FUNCTION);
        assert_int_equal(pdu_decode(pdu, 1, &r), read ? EXCEPTION_VALUE : EXCEPTION_FUNCTION);
    }
}

static void reads_identification_requests(void **state)
{
    (void)state;
    static const struct {
        uint8_t pdu[5];
        size_t bytes;
        enum pdu_exception expected;
    } cases[] = {
        {{43, 14, 1, 0}, 4, EXCEPTION_NONE},     {{43, 14, 4, 0x80}, 4, EXCEPTION_NONE},
        {{43, 14, 0, 0}, 4, EXCEPTION_VALUE},    {{43, 14, 5, 0}, 4, EXCEPTION_VALUE},
        {{43, 13, 1, 0}, 4, EXCEPTION_FUNCTION}, {{43, 14, 1, 0, 0}, 5, EXCEPTION_VALUE},
        {{43, 14}, 2, EXCEPTION_VALUE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pdu_request r;
        assert_int_equal(pdu_decode(cases[i].pdu, cases[i].bytes, &r), cases[i].expected);
        if (cases[i].expected == EXCEPTION_NONE) {
            assert_int_equal(r.code, cases[i].pdu[2]);
            assert_int_equal(r.object, cases[i].pdu[3]);
        }
    }
}

static void answers_no_in_two_bytes(void **state)
{
    (void)state;
    uint8_t pdu[2];
    assert_int_equal(pdu_exception_encode(pdu, 3, EXCEPTION_ADDRESS), 2);
    assert_int_equal(pdu[0], 0x83);
    assert_int_equal(pdu[1], 2);
}

static void heads_the_answer_to_a_read(void **state)
{
    (void)state;
    uint8_t pdu[2];
    struct pdu_request r = {.function = 4, .count = 125};
    assert_int_equal(pdu_read_encode(pdu, &r), 252);
    assert_int_equal(pdu[0], 4);
    assert_int_equal(pdu[1], 250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_reads_within_the_limits),
        cmocka_unit_test(says_that_a_length_is_wrong),
        cmocka_unit_test(knows_no_other_function),
        cmocka_unit_test(reads_identification_requests),
        cmocka_unit_test(answers_no_in_two_bytes),
        cmocka_unit_test(heads_the_answer_to_a_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
