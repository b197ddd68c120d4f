#include "base/zone.h"

#include "base/bytes.h"
#include "base/instant.h"
#include "base/text.h"
#include "base/zone_rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 44
#define FOOTER_TEXT  128

/* Between which the years of an instant lie; a transition outside never matters. */
#define SECOND_MIN (INT64_MIN / NS_PER_S)
#define SECOND_MAX (INT64_MAX / NS_PER_S)

void zone_init_utc(struct zone *z)
{
    memset(z, 0, sizeof *z);
    strcpy(z->name, "UTC");
    strcpy(z->type[0].letters, "UTC");
    z->types = 1;
}

/* --- Reading (RFC 8536 3) --------------------------------------------------------------------------------- */

struct tzif {
    const uint8_t *bytes;
    size_t size;
    const char *name;
    struct fault *fault;
};

struct tzif_header {
    uint32_t isut, isstd, leap, time, type, letters;
};

static enum err damaged(const struct tzif *f, size_t at, const char *what)
{
    return fault_set(f->fault, ERR_INPUT, "time zone %s: byte %zu: %s", f->name, at, what);
}

static enum err read_header(const struct tzif *f, size_t at, struct tzif_header *h, char *version)
{
    if (f->size < HEADER_BYTES || at > f->size - HEADER_BYTES ||
        memcmp(f->bytes + at, "TZif", 4) != 0)
        return damaged(f, at, "no header of a TZif file (RFC 8536)");
    const uint8_t *b = f->bytes + at;
    *version = (char)b[4];
    h->isut = get_be32(b + 20);
    h->isstd = get_be32(b + 24);
    h->leap = get_be32(b + 28);
    h->time = get_be32(b + 32);
    h->type = get_be32(b + 36);
    h->letters = get_be32(b + 40);
    return ERR_OK;
}

/* Bytes of the data block after a header; numbers of 32 bits cannot make it overflow. */
static uint64_t block_bytes(const struct tzif_header *h, unsigned time_bytes)
{
    return (uint64_t)h->time * (time_bytes + 1) + (uint64_t)h->type * 6 + h->letters +
           (uint64_t)h->leap * (time_bytes + 4) + h->isstd + h->isut;
}

static enum err check_counts(const struct tzif *f, const struct tzif_header *h, size_t at)
{
    if (h->leap > 0)
        return fault_set(f->fault, ERR_UNSUPPORTED,
                         "time zone %s counts leap seconds; use the name without \"right/\"",
                         f->name);
    if (h->type < 1 || h->type > ZONE_TYPES_MAX || h->letters < 1)
        return damaged(f, at, "the number of kinds of local time is impossible");
    if (h->time > ZONE_TRANSITIONS_MAX)
        return fault_set(f->fault, ERR_UNSUPPORTED,
                         "time zone %s has %u changes; at most %d are expected", f->name,
                         (unsigned)h->time, ZONE_TRANSITIONS_MAX);
    if (block_bytes(h, 8) > f->size - HEADER_BYTES - at)
        return damaged(f, f->size, "the file ends too early");
    return ERR_OK;
}

static enum err read_transitions(const struct tzif *f, size_t at, const struct tzif_header *h,
                                 struct zone *z)
{
    z->transitions = h->time;
    for (uint32_t i = 0; i < h->time; i++) {
        size_t type_at = at + 8 * (size_t)h->time + i;
        z->at_s[i] = (int64_t)get_be64(f->bytes + at + 8 * (size_t)i);
        z->to[i] = f->bytes[type_at];
        if (i > 0 && z->at_s[i] <= z->at_s[i - 1])
            return damaged(f, at + 8 * (size_t)i, "the changes are not in the order of time");
        if (z->to[i] >= h->type)
            return damaged(f, type_at, "a change to a kind of local time that is not there");
    }
    return ERR_OK;
}

static enum err read_types(const struct tzif *f, size_t at, const struct tzif_header *h,
                           struct zone *z)
{
    const char *letters = (const char *)f->bytes + at + 6 * (size_t)h->type;
    z->types = h->type;
    for (uint32_t i = 0; i < h->type; i++) {
        const uint8_t *b = f->bytes + at + 6 * (size_t)i;
        struct zone_type *type = &z->type[i];
        type->offset_s = (int32_t)get_be32(b);
        type->daylight = b[4] == 1;
        if (type->offset_s < -89999 || type->offset_s > 93599 || b[4] > 1)
            return damaged(f, at + 6 * (size_t)i, "an impossible kind of local time");
        size_t room = b[5] < h->letters ? h->letters - b[5] : 0;
        const char *end = memchr(letters + b[5], '\0', room);
        if (!end || end - (letters + b[5]) >= ZONE_LETTERS_TEXT)
            return damaged(f, at + 6 * (size_t)i + 5, "an abbreviation without an end");
        memcpy(type->letters, letters + b[5], (size_t)(end - (letters + b[5])) + 1);
        utf8_make_printable(type->letters);
    }
    return ERR_OK;
}

static enum err read_footer(const struct tzif *f, size_t at, struct zone *z)
{
    char text[FOOTER_TEXT];
    const uint8_t *begin = f->bytes + at + 1;
    const uint8_t *end = at < f->size ? memchr(begin, '\n', f->size - at - 1) : NULL;
    if (!end || f->bytes[at] != '\n' || end - begin >= FOOTER_TEXT)
        return damaged(f, at, "a line with the rule of the future is expected");
    memcpy(text, begin, (size_t)(end - begin));
    text[end - begin] = '\0';
    if (*text && (strlen(text) < (size_t)(end - begin) || !zone_future_parse(text, &z->future)))
        return damaged(f, at + 1, "the rule of the future is no TZ string of POSIX");
    return ERR_OK;
}

enum err zone_parse(struct zone *z, const char *name, const uint8_t *bytes, size_t size,
                    struct fault *fault)
{
    const struct tzif f = {bytes, size, name, fault};
    struct tzif_header h;
    char version;
    memset(z, 0, sizeof *z);
    snprintf(z->name, sizeof z->name, "%s", name);
    enum err err = read_header(&f, 0, &h, &version);
    if (err)
        return err;
    if (version < '2')
        return fault_set(fault, ERR_UNSUPPORTED,
                         "time zone %s: a file of version 1, which ends in 2038; 2 or higher is "
                         "expected",
                         name);
    uint64_t second = HEADER_BYTES + block_bytes(&h, 4);
    if (second > size)
        return damaged(&f, size, "the file ends too early");
    err = read_header(&f, (size_t)second, &h, &version);
    if (!err)
        err = check_counts(&f, &h, (size_t)second);
    size_t at = (size_t)second + HEADER_BYTES;
    if (!err)
        err = read_transitions(&f, at, &h, z);
    if (!err)
        err = read_types(&f, at + 9 * (size_t)h.time, &h, z);
    if (!err)
        err = read_footer(&f, at + (size_t)block_bytes(&h, 8), z);
    return err;
}

/* --- Asking ------------------------------------------------------------------------------------------------ */

/* How many transitions are at or before the second. */
static unsigned passed(const struct zone *z, int64_t utc_s)
{
    unsigned low = 0, high = z->transitions;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (z->at_s[middle] <= utc_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void zone_at(const struct zone *z, int64_t utc_s, struct zone_period *p)
{
    if (utc_s < SECOND_MIN)
        utc_s = SECOND_MIN;
    if (utc_s > SECOND_MAX)
        utc_s = SECOND_MAX;
    unsigned n = passed(z, utc_s);
    p->until_s = n < z->transitions ? z->at_s[n] : INT64_MAX;
    if (n == z->transitions && z->future.known)
        p->type = zone_future_at(&z->future, utc_s, &p->until_s);
    else
        p->type = n == 0 ? &z->type[0] : &z->type[z->to[n - 1]];
    if (p->until_s > SECOND_MAX)
        p->until_s = INT64_MAX;
}

int64_t zone_local(const struct zone *z, int64_t utc_s)
{
    struct zone_period p;
    zone_at(z, utc_s, &p);
    return utc_s + p.type->offset_s;
}

/* An offset is less than 26 hours (RFC 8536 3.2): a local time lies that near to its UTC. */
#define NEAR_S (27 * 3600)

enum zone_times zone_utc(const struct zone *z, int64_t local_s, int64_t *first, int64_t *second)
{
    unsigned found = 0;
    int64_t jump = local_s;
    bool ahead = true; /* the clock shows less than the local time so far */
    for (int64_t at = local_s - NEAR_S; at <= local_s + NEAR_S;) {
        struct zone_period p;
        zone_at(z, at, &p);
        int64_t utc_s = local_s - p.type->offset_s;
        if (ahead && utc_s < at)
            jump = at; /* it shows more from here on: the change jumped over it */
        ahead = utc_s >= at;
        if (utc_s >= at && utc_s < p.until_s) {
            *(found == 0 ? first : second) = utc_s;
            if (++found == 2)
                return ZONE_TWICE;
        }
        if (p.until_s == INT64_MAX)
            break;
        at = p.until_s;
    }
    if (found == 0)
        *first = jump;
    *second = *first;
    return found == 0 ? ZONE_SKIPPED : ZONE_ONCE;
}

void zone_format(const struct zone *z, int64_t utc_s, char text[ZONE_TIME_TEXT])
{
    struct zone_period p;
    char stamp[INSTANT_TEXT];
    zone_at(z, utc_s, &p);
    instant_format((utc_s + p.type->offset_s) * NS_PER_S, 0, stamp);
    stamp[strlen(stamp) - 1] = '\0'; /* the Z */
    int minutes = abs(p.type->offset_s) / 60;
    snprintf(text, ZONE_TIME_TEXT, "%.24s%c%02d:%02d", stamp, p.type->offset_s < 0 ? '-' : '+',
             minutes / 60 % 100, minutes % 60);
}
