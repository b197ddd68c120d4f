#include "source/encoding.h"

#include "base/text.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_utf8(const char *text, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t n = utf8_length(text + i, length - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

struct survey {
    size_t high;      /* bytes above 127 */
    size_t runs;      /* stretches of them */
    size_t letters;   /* where CP1251 has the letters from A to ya */
    size_t pairs;     /* characters, if it is GBK */
    size_t common;    /* of those, in GB 2312 */
    bool pairs_break; /* a pair that GBK does not know */
};

static struct survey survey_bytes(const unsigned char *s, size_t length)
{
    struct survey v = {0};
    for (size_t i = 0; i < length; i++) {
        if (s[i] < 0x80)
            continue;
        v.high++;
        v.runs += i == 0 || s[i - 1] < 0x80;
        v.letters += s[i] >= 0xc0;
    }
    for (size_t i = 0; i < length; i++) {
        if (s[i] < 0x80)
            continue;
        unsigned char trail = i + 1 < length ? s[i + 1] : 0;
        if (s[i] == 0x80 || s[i] == 0xff || trail < 0x40 || trail == 0x7f || trail == 0xff) {
            v.pairs_break = true;
            break;
        }
        v.pairs++;
        v.common += s[i] >= 0xa1 && s[i] <= 0xf7 && trail >= 0xa1;
        i++;
    }
    return v;
}

static const char *judge(const char *text, size_t length)
{
    struct survey v = survey_bytes((const unsigned char *)text, length);
    if (v.letters * 10 >= v.high * 9)
        return v.high >= v.runs * 3 ? "CP1251" : "ISO-8859-1";
    if (!v.pairs_break && v.common * 10 >= v.pairs * 8)
        return "GBK";
    return "ISO-8859-1";
}

static char *convert(const char *text, size_t length, const char *from, size_t *out_length)
{
    iconv_t way = iconv_open("UTF-8", from);
    if (way == (iconv_t)-1)
        return NULL;
    size_t room = length * 3 + 4; /* two bytes become at most three, one at most three */
    char *out = malloc(room);
    char *in_at = (char *)(uintptr_t)text, *out_at = out;
    size_t in_left = length, out_left = room - 1;
    while (out && in_left > 0) {
        if (iconv(way, &in_at, &in_left, &out_at, &out_left) != (size_t)-1 || errno == E2BIG)
            break;
        in_at++; /* no character: a question mark, and on with the next byte */
        in_left--;
        if (out_left > 0) {
            *out_at++ = '?';
            out_left--;
        }
    }
    iconv_close(way);
    if (out) {
        *out_at = '\0';
        *out_length = (size_t)(out_at - out);
    }
    return out;
}

char *encoding_to_utf8(const char *text, size_t length, size_t *out_length, const char **encoding)
{
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        length -= 3;
    }
    char *out = NULL;
    *encoding = is_utf8(text, length) ? "UTF-8" : judge(text, length);
    if (strcmp(*encoding, "UTF-8") != 0) {
        out = convert(text, length, *encoding, out_length);
        if (out)
            return out;
        /* a system without that table: every byte is a character of ISO 8859-1 */
        *encoding = "ISO-8859-1";
    }
    out = malloc(length * 2 + 1);
    if (!out)
        return NULL;
    size_t o = 0;
    bool latin = strcmp(*encoding, "UTF-8") != 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (latin && c >= 0x80) {
            out[o++] = (char)(0xc0 | c >> 6);
            out[o++] = (char)(0x80 | (c & 0x3f));
        } else {
            out[o++] = (char)c;
        }
    }
    out[o] = '\0';
    *out_length = o;
    return out;
}
