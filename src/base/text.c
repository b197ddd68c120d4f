#include "base/text.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LIMIT ((size_t)64 << 20)

void text_init(struct text *t, size_t limit_bytes)
{
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
    if (more < t->room - t->length)
        return true;
    size_t want = t->room ? t->room * 2 : 256;
    while (want - t->length <= more)
        want *= 2;
    char *grown =
        want > t->limit + 1 && t->length + more >= t->limit ? NULL : realloc(t->bytes, want);
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
    if (n >= 0 && make_room(t, (size_t)n)) {
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
    for (int digits = 6; digits <= 17; digits++) {
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

void utf8_sanitize(char *out, size_t out_bytes, const char *in, size_t length)
{
    assert(out_bytes > 0);
    size_t o = 0;
    for (size_t i = 0; i < length;) {
        size_t n = utf8_length(in + i, length - i);
        unsigned char c = (unsigned char)in[i];
        if (n > 1 || (n == 1 && c >= 0x20 && c != 0x7f)) {
            if (o + n >= out_bytes)
                break;
            memcpy(out + o, in + i, n);
            o += n;
            i += n;
        } else if (n == 1) {
            if (o + 1 >= out_bytes)
                break;
            out[o++] = ' ';
            i++;
        } else {
            if (o + 2 >= out_bytes)
                break;
            out[o++] = (char)(0xc0 | c >> 6);
            out[o++] = (char)(0x80 | (c & 0x3f));
            i++;
        }
    }
    out[o] = '\0';
}

/* --- JSON ---------------------------------------------------------------------------------- */

void json_init(struct json *j, struct text *out, int indent)
{
    *j = (struct json){.out = out, .indent = indent};
}

static void new_line(struct json *j)
{
    if (j->indent == 0)
        return;
    text_puts(j->out, "\n");
    for (int i = 0; i < j->depth * j->indent; i++)
        text_puts(j->out, " ");
}

static void before_value(struct json *j)
{
    if (j->comma)
        text_puts(j->out, ",");
    if (j->depth > 0)
        new_line(j);
    j->comma = true;
}

static void quoted(struct json *j, const char *s)
{
    size_t length = strlen(s);
    text_puts(j->out, "\"");
    for (size_t i = 0; i < length;) {
        unsigned char c = (unsigned char)s[i];
        size_t n = utf8_length(s + i, length - i);
        if (n == 0) {
            text_puts(j->out, "\xef\xbf\xbd");
            n = 1;
        } else if (c == '"' || c == '\\') {
            text_printf(j->out, "\\%c", c);
        } else if (c < 0x20) {
            text_printf(j->out, "\\u%04x", c);
        } else {
            text_add(j->out, s + i, n);
        }
        i += n;
    }
    text_puts(j->out, "\"");
}

void json_key(struct json *j, const char *key)
{
    before_value(j);
    quoted(j, key);
    text_puts(j->out, j->indent ? ": " : ":");
    j->comma = false;
    /* the value follows on the same line */
    j->depth = -j->depth;
}

/* A value that follows its key needs neither comma nor line. */
static void open_value(struct json *j)
{
    if (j->depth < 0) {
        j->depth = -j->depth;
        j->comma = true;
    } else {
        before_value(j);
    }
}

static void begin(struct json *j, const char *bracket)
{
    open_value(j);
    text_puts(j->out, bracket);
    j->depth++;
    j->comma = false;
}

static void end(struct json *j, const char *bracket)
{
    bool empty = !j->comma;
    j->depth--;
    assert(j->depth >= 0);
    if (!empty)
        new_line(j);
    text_puts(j->out, bracket);
    j->comma = true;
}

void json_object(struct json *j)
{
    begin(j, "{");
}

void json_end_object(struct json *j)
{
    end(j, "}");
}

void json_array(struct json *j)
{
    begin(j, "[");
}

void json_end_array(struct json *j)
{
    end(j, "]");
}

void json_string(struct json *j, const char *string)
{
    open_value(j);
    quoted(j, string);
}

void json_number(struct json *j, double value)
{
    char buffer[32];
    open_value(j);
    text_puts(j->out, isfinite(value) ? number_shortest(value, buffer) : "null");
}

void json_integer(struct json *j, int64_t value)
{
    open_value(j);
    text_printf(j->out, "%lld", (long long)value);
}

void json_bool(struct json *j, bool value)
{
    open_value(j);
    text_puts(j->out, value ? "true" : "false");
}

void json_null(struct json *j)
{
    open_value(j);
    text_puts(j->out, "null");
}

void json_key_string(struct json *j, const char *key, const char *string)
{
    json_key(j, key);
    json_string(j, string);
}

void json_key_number(struct json *j, const char *key, double value)
{
    json_key(j, key);
    json_number(j, value);
}

void json_key_integer(struct json *j, const char *key, int64_t value)
{
    json_key(j, key);
    json_integer(j, value);
}

void json_key_bool(struct json *j, const char *key, bool value)
{
    json_key(j, key);
    json_bool(j, value);
}
