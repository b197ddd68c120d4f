/* Pieces and lines, from files and memory, plain and packed, give the same bytes. */
#include "source/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static char *long_text(size_t lines, size_t *length)
{
    char *text = malloc(lines * 24 + 1);
    assert_non_null(text);
    size_t n = 0;
    for (size_t i = 0; i < lines; i++)
        n += (size_t)sprintf(text + n, "line %zu%s", i + 1, i % 3 == 0 ? "\r\n" : "\n");
    *length = n;
    return text;
}

static void count_lines(struct input *in, size_t lines)
{
    const char *line;
    size_t length;
    struct fault fault;
    for (size_t i = 1; i <= lines; i++) {
        char want[32];
        assert_int_equal(input_line(in, &line, &length, &fault), ERR_OK);
        assert_int_equal(length, sprintf(want, "line %zu", i));
        assert_memory_equal(line, want, length);
        assert_int_equal(input_line_number(in), i);
    }
    assert_int_equal(input_line(in, &line, &length, &fault), ERR_END);
}

static char *temporary(const void *bytes, size_t length, bool packed)
{
    static char path[64];
    strcpy(path, "/tmp/busbar-input-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    if (packed) {
        gzFile z = gzdopen(fd, "wb");
        assert_int_equal(gzwrite(z, bytes, (unsigned)length), length);
        gzclose(z);
    } else {
        assert_int_equal(write(fd, bytes, length), length);
        close(fd);
    }
    return path;
}

static void lines_of_files(void **state)
{
    (void)state;
    size_t length, lines = 200000; /* several windows */
    char *text = long_text(lines, &length);
    for (int packed = 0; packed < 2; packed++) {
        struct fault fault;
        struct input *in;
        char *path = temporary(text, length, packed);
        assert_int_equal(input_open(path, &in, &fault), ERR_OK);
        assert_int_equal(input_is_packed(in), packed);
        count_lines(in, lines);
        assert_int_equal(input_seek(in, 0, 1, &fault), ERR_OK);
        count_lines(in, lines);
        input_close(in);
        unlink(path);
    }
    free(text);
}

static void pieces_and_ends(void **state)
{
    (void)state;
    struct input *in;
    struct fault fault;
    const unsigned char *p;
    size_t got, length;
    const char *line;
    assert_int_equal(input_open_memory("m", "0123456789\nab", 13, &in, &fault), ERR_OK);
    assert_int_equal(input_bytes(in, 4, &p, &got, &fault), ERR_OK);
    assert_int_equal(got, 4);
    assert_memory_equal(p, "0123", 4);
    assert_int_equal(input_line(in, &line, &length, &fault), ERR_OK);
    assert_int_equal(length, 6);
    assert_true(input_line_was_whole(in));
    assert_int_equal(input_offset(in), 11);
    assert_int_equal(input_line(in, &line, &length, &fault), ERR_OK);
    assert_memory_equal(line, "ab", 2);
    assert_false(input_line_was_whole(in));
    assert_int_equal(input_bytes(in, 4, &p, &got, &fault), ERR_OK);
    assert_int_equal(got, 0);
    assert_int_equal(input_seek(in, 2, 7, &fault), ERR_OK);
    input_set_end(in, 5);
    assert_int_equal(input_bytes(in, 100, &p, &got, &fault), ERR_OK);
    assert_int_equal(got, 3);
    assert_memory_equal(p, "234", 3);
    assert_int_equal(input_seek(in, 0, 1, &fault), ERR_OK);
    assert_int_equal(input_line(in, &line, &length, &fault), ERR_OK);
    assert_int_equal(length, 5);
    input_close(in);
}

static void endless_line_is_a_fault(void **state)
{
    (void)state;
    size_t length = INPUT_PIECE_MAX + 10;
    char *text = malloc(length);
    assert_non_null(text);
    memset(text, 'x', length);
    struct input *in;
    struct fault fault;
    const char *line;
    assert_int_equal(input_open_memory("long", text, length, &in, &fault), ERR_OK);
    assert_int_equal(input_line(in, &line, &length, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "long:1:"));
    input_close(in);
    free(text);
}

static void damaged_packing_is_a_fault(void **state)
{
    (void)state;
    size_t length;
    char *text = long_text(20000, &length);
    char *path = temporary(text, length, true);
    FILE *f = fopen(path, "rb");
    unsigned char *packed = malloc(length);
    assert_non_null(packed);
    size_t n = fread(packed, 1, length, f);
    fclose(f);
    unlink(path);
    for (int cut = 0; cut < 2; cut++) {
        struct input *in;
        struct fault fault = {0};
        const char *line;
        size_t line_length;
        enum err err;
        if (!cut)
            packed[n / 2] ^= 0x55;
        assert_int_equal(input_open_memory("z", packed, cut ? n / 3 : n, &in, &fault), ERR_OK);
        while ((err = input_line(in, &line, &line_length, &fault)) == ERR_OK)
            ;
        assert_int_equal(err, ERR_INPUT);
        assert_non_null(strstr(fault.text, "gzip"));
        input_close(in);
    }
    free(packed);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_files),
        cmocka_unit_test(pieces_and_ends),
        cmocka_unit_test(endless_line_is_a_fault),
        cmocka_unit_test(damaged_packing_is_a_fault),
    };
    return cmocka_run_group_tests_name("source/input", tests, NULL, NULL);
}
