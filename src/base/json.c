#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void json_init(struct json *j, struct text *out, int indent)
{
    *j = (struct json){.out = out, .indent = indent};
}

static bool in_object(const struct json *j)
{
    return j->depth > 0 && j->objects >> (j->depth - 1) & 1;
}

static void new_line(struct json *j)
{
    if (j->indent == 0)
        return;
    text_puts(j->out, "\n");
    for (int i = 0; i < j->depth * j->indent; i++)
        text_puts(j->out, " ");
}

/* Before a key, or a value that has none. */
static void before_item(struct json *j)
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
        size_t plain = 0; /* most are, and go together */
        while (i + plain < length && s[i + plain] >= 0x20 && s[i + plain] != '"' &&
               s[i + plain] != '\\' && (unsigned char)s[i + plain] < 0x80)
            plain++;
        text_add(j->out, s + i, plain);
        i += plain;
        if (i == length)
            break;
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

void json_put_key(struct json *j, const char *key)
{
    assert(in_object(j) && !j->after_key);
    before_item(j);
    quoted(j, key);
    text_puts(j->out, j->indent ? ": " : ":");
    j->after_key = true;
}

static void before_value(struct json *j)
{
    assert(in_object(j) == j->after_key && (j->depth > 0 || !j->comma));
    if (!j->after_key)
        before_item(j);
    j->after_key = false;
}

static void begin(struct json *j, const char *bracket, bool object)
{
    assert(j->depth < JSON_DEPTH_MAX);
    before_value(j);
    text_puts(j->out, bracket);
    uint64_t bit = UINT64_C(1) << j->depth;
    j->objects = object ? j->objects | bit : j->objects & ~bit;
    j->depth++;
    j->comma = false;
}

static void end(struct json *j, const char *bracket, bool object)
{
    assert(j->depth > 0 && in_object(j) == object && !j->after_key);
    (void)object;
    bool empty = !j->comma;
    j->depth--;
    if (!empty)
        new_line(j);
    text_puts(j->out, bracket);
    j->comma = true;
}

void json_put_object(struct json *j)
{
    begin(j, "{", true);
}

void json_put_end_object(struct json *j)
{
    end(j, "}", true);
}

void json_put_array(struct json *j)
{
    begin(j, "[", false);
}

void json_put_end_array(struct json *j)
{
    end(j, "]", false);
}

void json_put_string(struct json *j, const char *string)
{
    before_value(j);
    quoted(j, string);
}

void json_put_number(struct json *j, double value)
{
    char buffer[32];
    before_value(j);
    text_puts(j->out, isfinite(value) ? number_shortest(value, buffer) : "null");
}

void json_put_number_rounded(struct json *j, double value, int significant)
{
    assert(significant >= 1 && significant <= 17);
    char buffer[32] = "null";
    if (isfinite(value))
        snprintf(buffer, sizeof buffer, "%.*g", significant, value);
    before_value(j);
    text_puts(j->out, buffer);
}

void json_put_integer(struct json *j, int64_t value)
{
    before_value(j);
    text_printf(j->out, "%lld", (long long)value);
}

void json_put_bool(struct json *j, bool value)
{
    before_value(j);
    text_puts(j->out, value ? "true" : "false");
}

void json_put_null(struct json *j)
{
    before_value(j);
    text_puts(j->out, "null");
}

void json_put_written(struct json *j, const struct text *value)
{
    before_value(j);
    text_add(j->out, value->bytes, value->length);
    j->out->failed |= value->failed;
}

void json_put_key_string(struct json *j, const char *key, const char *string)
{
    json_put_key(j, key);
    json_put_string(j, string);
}

void json_put_key_number(struct json *j, const char *key, double value)
{
    json_put_key(j, key);
    json_put_number(j, value);
}

void json_put_key_integer(struct json *j, const char *key, int64_t value)
{
    json_put_key(j, key);
    json_put_integer(j, value);
}

void json_put_key_bool(struct json *j, const char *key, bool value)
{
    json_put_key(j, key);
    json_put_bool(j, value);
}
