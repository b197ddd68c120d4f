/* Local time: a time zone as its file in the system's zone database tells it (TZif, RFC 8536), and the way from
 * UTC to local time and back. A zone is plain memory that no function changes after it was read: any number
 * of threads may ask it, and nothing is kept for the process as a whole. The file comes from zone_load
 * (port/zone_file.h).
 *
 * Local time is counted like UTC, in seconds since 1970-01-01T00:00:00, but of the clock on the wall. Where
 * clocks go back, an hour of local time happens twice; where they go forward, one does not happen. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZONE_TRANSITIONS_MAX 2000 /* a zone of the database has some 240 */
#define ZONE_TYPES_MAX       256
#define ZONE_NAME_TEXT       64
#define ZONE_LETTERS_TEXT    12 /* of an abbreviation, with its end */

/* One kind of local time. */
struct zone_type {
    int32_t offset_s;                /* local time less UTC: 3600 in Paris in winter */
    bool daylight;                   /* daylight saving time */
    char letters[ZONE_LETTERS_TEXT]; /* "CET" */
};

/* A day of a year and a time on it, at which clocks change. */
struct zone_rule {
    char form; /* 'M': weekday of week of month; 'J': 1 ... 365; '0': 0 ... 365 */
    uint8_t month, week, weekday; /* M: 1 ... 12, 1 ... 5 (5: the last), 0 Sunday ... */
    uint16_t day;                 /* J: 29 February is not counted; 0: it is */
    int32_t time_s;               /* local time that held until then; -167 h ... 167 h */
};

/* What holds for ever after the last transition. */
struct zone_future {
    bool known, changes; /* changes: there is daylight saving time */
    struct zone_type standard, daylight;
    struct zone_rule begin, end; /* of daylight saving time */
};

struct zone {
    char name[ZONE_NAME_TEXT]; /* "Europe/Paris" */
    unsigned transitions;
    int64_t at_s[ZONE_TRANSITIONS_MAX]; /* UTC, rising */
    uint8_t to[ZONE_TRANSITIONS_MAX];   /* type from then on */
    unsigned types;
    struct zone_type type[ZONE_TYPES_MAX]; /* the first holds before all transitions */
    struct zone_future future;
};

/* About 23 KiB. */

/* UTC, which needs no database. */
void zone_init_utc(struct zone *z);

/* Reads a TZif file of version 2 or higher; `name` is kept in the zone. ERR_INPUT: it is none, or damaged;
 * ERR_UNSUPPORTED: version 1, leap seconds counted in ("right/..."), more transitions than there is room for.
 * The zone is undefined after a fault. */
enum err zone_parse(struct zone *z, const char *name, const uint8_t *bytes, size_t size,
                    struct fault *fault);

/* Reads a TZ string of POSIX (with the extensions of RFC 8536 3.3.1): "CET-1CEST,M3.5.0,M10.5.0/3". The rules
 * must be said, for what POSIX leaves to the machine is no fact. False: it is none. */
bool zone_future_parse(const char *text, struct zone_future *future);

/* The kind of time in force at an instant, and since and until when. */
struct zone_period {
    const struct zone_type *type; /* in the zone */
    int64_t until_s;              /* UTC second at which something changes next; INT64_MAX: never */
};
void zone_at(const struct zone *z, int64_t utc_s, struct zone_period *period);

/* Local time of a UTC second. */
int64_t zone_local(const struct zone *z, int64_t utc_s);

enum zone_times { ZONE_ONCE, ZONE_TWICE, ZONE_SKIPPED };

/* The UTC second of a local time. ZONE_TWICE: the clock shows it twice, `first` is the earlier, `second` the
 * later; ZONE_SKIPPED: it never shows it, both are the instant at which it jumps over it; else both are the
 * same. */
enum zone_times zone_utc(const struct zone *z, int64_t local_s, int64_t *first, int64_t *second);

/* "2027-03-28T01:30:00+01:00" */
#define ZONE_TIME_TEXT 40
void zone_format(const struct zone *z, int64_t utc_s, char text[ZONE_TIME_TEXT]);

#endif
