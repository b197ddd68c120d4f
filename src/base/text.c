#include "base/text.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LIMIT ((size_t)64 << 20)

void text_init(struct text *t, size_t limit_bytes)
{
    assert(limit_bytes < SIZE_MAX / 2);
    *t = (struct text){.limit = limit_bytes ? limit_bytes : DEFAULT_LIMIT};
}

void text_free(struct text *t)
{
    free(t->bytes);
    *t = (struct text){.limit = t->limit};
}

void text_clear(struct text *t)
{
    t->length = 0;
    t->failed = false;
    if (t->bytes)
        t->bytes[0] = '\0';
}

static bool make_room(struct text *t, size_t more)
{
    if (t->failed)
        return false;
    if (more > t->limit - t->length) {
        t->failed = true;
        return false;
    }
    size_t need = t->length + more + 1;
    if (need <= t->room)
        return true;
    size_t want = t->room < 128 ? 256 : t->room > t->limit / 2 ? t->limit + 1 : t->room * 2;
    if (want < need)
        want = need;
    char *grown = realloc(t->bytes, want);
    if (!grown) {
        t->failed = true;
        return false;
    }
    t->bytes = grown;
    t->room = want;
    return true;
}

void text_add(struct text *t, const char *bytes, size_t length)
{
    if (!make_room(t, length))
        return;
    memcpy(t->bytes + t->length, bytes, length);
    t->length += length;
    t->bytes[t->length] = '\0';
}

void text_puts(struct text *t, const char *string)
{
    text_add(t, string, strlen(string));
}

void text_printf(struct text *t, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n < 0)
        t->failed = true;
    else if (make_room(t, (size_t)n)) {
        vsnprintf(t->bytes + t->length, (size_t)n + 1, format, again);
        t->length += (size_t)n;
    }
    va_end(again);
}

void text_column(struct text *t, const char *string, unsigned columns)
{
    unsigned width = 0;
    for (const char *c = string; *c; c++)
        width += ((unsigned char)*c & 0xc0) != 0x80;
    text_puts(t, string);
    do
        text_puts(t, " ");
    while (++width < columns);
}

const char *number_shortest(double value, char buffer[32])
{
    assert(isfinite(value));
    /* A decimal of up to 15 digits survives the way through a normal double, and %g drops its zeros: one
     * of that length that reads back is the shortest. */
    for (int digits = fabs(value) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        snprintf(buffer, 32, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value)
            break;
    }
    return buffer;
}

size_t utf8_length(const char *s, size_t length)
{
    const unsigned char *u = (const unsigned char *)s;
    if (length == 0)
        return 0;
    if (u[0] < 0x80)
        return 1;
    size_t n = u[0] >= 0xc2 && u[0] <= 0xdf   ? 2
               : (u[0] & 0xf0) == 0xe0        ? 3
               : u[0] >= 0xf0 && u[0] <= 0xf4 ? 4
                                              : 0;
    if (n == 0 || n > length)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((u[i] & 0xc0) != 0x80)
            return 0;
    /* overlong forms, surrogates, beyond U+10FFFF */
    if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
        (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
        return 0;
    return n;
}

/* C0 and C1: what a terminal or a log might take for a command. */
static bool is_control(const char *s, size_t n)
{
    const unsigned char *u = (const unsigned char *)s;
    return n == 1 ? u[0] < 0x20 || u[0] == 0x7f : n == 2 && u[0] == 0xc2 && u[1] < 0xa0;
}

void utf8_sanitize(char *out, size_t out_bytes, const char *in, size_t length)
{
    assert(out_bytes > 0);
    size_t o = 0;
    for (size_t i = 0; i < length;) {
        unsigned char c = (unsigned char)in[i];
        char latin[2] = {(char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f))};
        size_t taken = utf8_length(in + i, length - i);
        const char *from = taken ? in + i : latin;
        size_t n = taken ? taken : 2;
        if (is_control(from, n)) {
            from = " ";
            n = 1;
        }
        if (o + n >= out_bytes)
            break;
        memcpy(out + o, from, n);
        o += n;
        i += taken ? taken : 1;
    }
    out[o] = '\0';
}

void utf8_make_printable(char *string)
{
    size_t length = strlen(string);
    size_t o = 0;
    for (size_t i = 0; i < length;) {
        size_t n = utf8_length(string + i, length - i);
        if (n == 0 || is_control(string + i, n)) {
            string[o++] = '?';
            i += n ? n : 1;
        } else {
            memmove(string + o, string + i, n);
            o += n;
            i += n;
        }
    }
    string[o] = '\0';
}

void utf8_cut(char *string)
{
    size_t length = strlen(string);
    size_t tail = 0; /* continuation bytes at the end */
    while (tail < 3 && tail < length && ((unsigned char)string[length - 1 - tail] & 0xc0) == 0x80)
        tail++;
    if (tail == length)
        return;
    char *lead = string + length - 1 - tail;
    if (((unsigned char)*lead & 0xc0) == 0xc0 && utf8_length(lead, tail + 1) == 0)
        *lead = '\0';
}
