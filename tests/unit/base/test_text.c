/* Texts that grow to a limit, numbers that read back, and UTF-8 out of anything. */
#include "base/text.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void grows_and_is_terminated(void **state)
{
    (void)state;
    struct text t;
    text_init(&t, 0);
    for (int i = 0; i < 5000; i++) {
        text_printf(&t, "%04d,", i);
        assert_int_equal(t.bytes[t.length], '\0');
    }
    assert_false(t.failed);
    assert_int_equal(t.length, 25000);
    assert_memory_equal(t.bytes + 24990, "4998,4999,", 11);
    text_clear(&t);
    assert_string_equal(t.bytes, "");
    text_puts(&t, "again");
    assert_string_equal(t.bytes, "again");
    text_free(&t);
    assert_null(t.bytes);
    text_puts(&t, "after");
    assert_string_equal(t.bytes, "after");
    text_free(&t);
}

static void stops_at_its_limit_to_the_byte(void **state)
{
    (void)state;
    for (size_t limit = 1; limit < 600; limit += limit < 10 ? 1 : 37) {
        struct text t;
        text_init(&t, limit);
        for (size_t i = 0; i < limit; i++)
            text_puts(&t, "x");
        assert_false(t.failed);
        assert_int_equal(t.length, limit);
        assert_true(t.room <= limit + 1 || t.room <= 256);
        text_puts(&t, "");
        assert_false(t.failed);
        text_puts(&t, "y");
        assert_true(t.failed);
        assert_int_equal(t.length, limit);
        assert_null(strchr(t.bytes, 'y'));
        text_free(&t);
    }
}

static void ignores_everything_after_a_failure(void **state)
{
    (void)state;
    struct text t;
    text_init(&t, 10);
    text_puts(&t, "12345");
    text_add(&t, "123456", 6);
    text_puts(&t, "1");
    text_printf(&t, "%d", 1);
    assert_true(t.failed);
    assert_string_equal(t.bytes, "12345");
    text_clear(&t);
    assert_false(t.failed);
    text_printf(&t, "%s", "1234567890");
    assert_false(t.failed);
    assert_string_equal(t.bytes, "1234567890");
    text_printf(&t, "%s", "1");
    assert_true(t.failed);
    text_free(&t);
    /* nor does a length beyond all memory make it turn round */
    text_init(&t, 10);
    text_puts(&t, "1");
    text_add(&t, "", SIZE_MAX);
    assert_true(t.failed);
    text_free(&t);
}

static void pads_by_characters(void **state)
{
    (void)state;
    struct text t;
    text_init(&t, 0);
    text_column(&t, "Größe", 7);
    text_column(&t, "longer", 3);
    text_puts(&t, "|");
    assert_string_equal(t.bytes, "Größe  longer |");
    text_free(&t);
}

static void numbers_read_back(void **state)
{
    (void)state;
    char buffer[32];
    assert_string_equal(number_shortest(0.1, buffer), "0.1");
    assert_string_equal(number_shortest(50, buffer), "50");
    assert_string_equal(number_shortest(-230.25, buffer), "-230.25");
    assert_string_equal(number_shortest(0.1 + 0.2, buffer), "0.30000000000000004");
    assert_string_equal(number_shortest(123456789, buffer), "123456789");
    assert_string_equal(number_shortest(0, buffer), "0");
    assert_string_equal(number_shortest(DBL_TRUE_MIN, buffer), "5e-324");
    static const double edges[] = {DBL_MAX, -DBL_MAX, DBL_MIN, DBL_TRUE_MIN, 1.0 / 3, 0.0, 1e22};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        assert_true(strtod(number_shortest(edges[i], buffer), NULL) == edges[i]);
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            assert_true(strtod(number_shortest(value, buffer), NULL) == value);
    }
}

static void tells_utf8(void **state)
{
    (void)state;
    assert_int_equal(utf8_length("a", 1), 1);
    assert_int_equal(utf8_length("é", 2), 2);
    assert_int_equal(utf8_length("電", 3), 3);
    assert_int_equal(utf8_length("😀", 4), 4);
    assert_int_equal(utf8_length("a", 0), 0);
    assert_int_equal(utf8_length("é", 1), 0);                /* cut */
    assert_int_equal(utf8_length("\x80", 1), 0);             /* continues nothing */
    assert_int_equal(utf8_length("\xc0\x80", 2), 0);         /* overlong */
    assert_int_equal(utf8_length("\xe0\x9f\xbf", 3), 0);     /* overlong */
    assert_int_equal(utf8_length("\xf0\x8f\xbf\xbf", 4), 0); /* overlong */
    assert_int_equal(utf8_length("\xed\xa0\x80", 3), 0);     /* surrogate */
    assert_int_equal(utf8_length("\xf4\x90\x80\x80", 4), 0); /* beyond U+10FFFF */
    assert_int_equal(utf8_length("\xf4\x8f\xbf\xbf", 4), 4); /* the last one */
    assert_int_equal(utf8_length("\xc3(", 2), 0);
}

static void makes_utf8_of_unknown_bytes(void **state)
{
    (void)state;
    char out[32];
    utf8_sanitize(out, sizeof out, "Spannung \xfc\xe9 ü", 14);
    assert_string_equal(out, "Spannung üé ü");
    utf8_sanitize(out, sizeof out, "a\0b\tc\x7f\x9b\xc2\x9b", 9);
    assert_string_equal(out, "a b c   ");
    utf8_sanitize(out, 4, "aü電", 6);
    assert_string_equal(out, "aü");
    utf8_sanitize(out, 4, "aüx", 4);
    assert_string_equal(out, "aü");
    utf8_sanitize(out, 1, "abc", 3);
    assert_string_equal(out, "");
    utf8_sanitize(out, sizeof out, "", 0);
    assert_string_equal(out, "");
}

static void sanitized_bytes_are_utf8_whatever_they_were(void **state)
{
    (void)state;
    uint32_t random = 12345;
    for (int round = 0; round < 20000; round++) {
        char in[24], out[40];
        size_t length = 0, room = 1 + round % sizeof out;
        for (; length < sizeof in; length++) {
            random = random * 1664525u + 1013904223u;
            in[length] = (char)(random >> 24);
        }
        utf8_sanitize(out, room, in, length);
        size_t n = strlen(out);
        assert_true(n < room);
        for (size_t i = 0; i < n;) {
            size_t step = utf8_length(out + i, n - i);
            assert_true(step > 0);
            assert_true((unsigned char)out[i] >= 0x20);
            i += step;
        }
    }
}

static void cuts_only_what_is_cut(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},           {"a", "a"},
        {"aü", "aü"},       {"a電", "a電"},
        {"a😀", "a😀"},       {"a\xc3", "a"},
        {"a\xe9\x9b", "a"}, {"a\xf0\x9f\x98", "a"},
        {"a\xf0\x9f", "a"}, {"\xf0", ""},
        {"\x80", "\x80"},   {"\x80\x80\x80\x80\x80", "\x80\x80\x80\x80\x80"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[16];
        strcpy(text, cases[i][0]);
        utf8_cut(text);
        assert_string_equal(text, cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_is_terminated),
        cmocka_unit_test(stops_at_its_limit_to_the_byte),
        cmocka_unit_test(ignores_everything_after_a_failure),
        cmocka_unit_test(pads_by_characters),
        cmocka_unit_test(numbers_read_back),
        cmocka_unit_test(tells_utf8),
        cmocka_unit_test(makes_utf8_of_unknown_bytes),
        cmocka_unit_test(sanitized_bytes_are_utf8_whatever_they_were),
        cmocka_unit_test(cuts_only_what_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
