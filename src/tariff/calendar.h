/* The time-of-use calendar: which rate is in force at an instant, and when it changes next.
 *
 * The rate follows the clock on the wall: what the schedule of a day says from 02:00 to 03:00 holds whenever the
 * clocks of the zone show such a time. So on the night when an hour comes twice its rates come twice, with a change
 * between them where 03:00 becomes 02:00 again; what lies in the hour that is skipped does not happen. Instants
 * are UTC, every instant has exactly one rate, and nothing is counted twice or left out.
 *
 * Which schedule: alternate day before holiday before weekend before weekday (seed 002, Annex III 2.4); a
 * day's season is the one that began last. */
#ifndef TARIFF_CALENDAR_H
#define TARIFF_CALENDAR_H

#include "base/zone.h"
#include "config/tariff.h"

#define DAYS_PER_YEAR_MAX 366

enum tariff_day_kind {
    TARIFF_WEEKDAY,
    TARIFF_WEEKEND,
    TARIFF_HOLIDAY,
    TARIFF_ALTERNATE,
    TARIFF_DAY_KINDS
};

/* "weekday", "weekend", "holiday", "alternate" */
const char *tariff_day_kind_name(enum tariff_day_kind kind);

struct tariff_day {
    uint8_t season;  /* from 0, of config_tariff.season */
    uint8_t kind;    /* enum tariff_day_kind */
    uint8_t special; /* from 0: which alternate day, or which holiday of the calendar */
};

/* The days of a civil year. */
struct tariff_year {
    int year; /* 0: empty */
    int64_t first_day;
    unsigned days; /* 365 or 366 */
    struct tariff_day day[DAYS_PER_YEAR_MAX];
};

/* What is in force at an instant. */
struct tariff_moment {
    unsigned rate; /* from 1 */
    struct tariff_day day;
    int64_t until_ns; /* the rate holds until then; INT64_MAX: for ever */
};

/* A calendar with what it worked out last; one thread at a time. Some 5 KiB. */
struct tariff_calendar {
    const struct config_tariff *settings;
    const struct zone *zone;
    unsigned holiday_count;
    struct config_holiday holiday[TARIFF_HOLIDAYS_MAX]; /* those of the template first */
    bool changes;                                       /* more than one rate is in some schedule */
    struct tariff_year year[2];                         /* of even and odd number */
    struct tariff_moment now;
    int64_t now_from_s, now_until_s; /* in which all of `now` holds */
};

/* Both must live as long as the calendar, and have a season (season_count > 0). */
void tariff_calendar_init(struct tariff_calendar *c, const struct config_tariff *settings,
                          const struct zone *zone);

/* What is in force at an instant. The next change is looked for ten years ahead; where there is none by then,
 * `until_ns` is the end of that time. Answers about the same stretch of time come from memory (a few ns); another
 * one costs about a microsecond. */
void tariff_calendar_at(struct tariff_calendar *c, int64_t instant_ns, struct tariff_moment *m);

/* Season and kind of each day of a year (DATE_YEAR_MIN ... DATE_YEAR_MAX). The result stays until a year of the
 * same parity is asked for. */
const struct tariff_year *tariff_calendar_year(struct tariff_calendar *c, int year);

/* The schedule that holds on such a day. */
const struct config_schedule *tariff_calendar_schedule(const struct tariff_calendar *c,
                                                       const struct tariff_day *day);

/* Name of the alternate day or holiday, of another day its season's. */
const char *tariff_calendar_day_name(const struct tariff_calendar *c, const struct tariff_day *day);

#endif
