/* The time-of-use calendar as the installation file says it: rates, seasons, the schedules of their days,
 * holidays, alternate days (seed 002, Annex III). What it means for an instant is told by the room tariff.
 *
 * A calendar that was read has been checked: every rate that it names exists, every schedule covers its day
 * without overlaps, and every day of the years CONFIG_YEAR_FIRST to CONFIG_YEAR_LAST has one season. */
#ifndef CONFIG_TARIFF_H
#define CONFIG_TARIFF_H

#include "base/date.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TARIFFS_MAX           8 /* T1 ... T8, on modules */
#define TARIFFS_SMALL_MAX     4 /* on a panel meter */
#define TARIFF_RATES_MAX      4 /* that a calendar knows; rate n is tariff Tn */
#define TARIFF_SEASONS_MAX    4
#define TARIFF_SEGMENTS_MAX   8  /* of one day */
#define TARIFF_HOLIDAYS_MAX   16 /* those of the template included */
#define TARIFF_ALTERNATES_MAX 2
#define TARIFF_NAME_TEXT      32
#define MINUTES_PER_DAY       1440

#define CONFIG_YEAR_FIRST 2000
#define CONFIG_YEAR_LAST  2100

/* Who says which tariff is in force. */
enum config_tariff_source {
    TARIFF_BY_CALENDAR,
    TARIFF_BY_COMMUNICATION, /* a command: a Modbus write, the web page */
    TARIFF_BY_INPUTS,  /* digital inputs of a panel meter or an IO module, as a binary number */
    TARIFF_BY_GATEWAY, /* the calendar of a gateway such as a D-70 */
    TARIFF_SOURCES
};

struct config_rate {
    char name[TARIFF_NAME_TEXT];
};

/* A part of a day, in minutes of local time: [begin, end). */
struct config_segment {
    uint16_t begin_min, end_min; /* 0 ... 1440; begin < end */
    uint8_t rate;                /* from 1; 0 while the file is being read */
    char name[TARIFF_NAME_TEXT]; /* of the rate, as written */
};

struct config_schedule {
    unsigned count;                                     /* 0: not said */
    struct config_segment segment[TARIFF_SEGMENTS_MAX]; /* by time, once checked */
};

struct config_season {
    char name[TARIFF_NAME_TEXT];
    struct date_rule from, to; /* first and last day; `to` DATE_NONE: until the next one begins */
    struct config_schedule weekday, weekend, holiday;
};

struct config_holiday {
    char name[TARIFF_NAME_TEXT];
    struct date_rule date;
};

struct config_alternate {
    char name[TARIFF_NAME_TEXT];
    struct date_rule date;
    struct config_schedule schedule;
};

struct config_tariff {
    enum config_tariff_source source;
    unsigned tariffs;      /* how many are counted, 1 ... 8; 0: there are no tariffs */
    int week_start;        /* 0 Sunday ... */
    unsigned billing_day;  /* of the month, 1 ... 28: a billing period begins */
    unsigned weekend_days; /* bit n: weekday n, 0 Sunday */
    unsigned rate_count;
    struct config_rate rate[TARIFF_RATES_MAX];
    int holiday_template; /* of holiday_templates; 0: none */
    unsigned holiday_count;
    struct config_holiday holiday[TARIFF_HOLIDAYS_MAX]; /* beside those of the template */
    unsigned season_count;                              /* 0: there is no calendar */
    struct config_season season[TARIFF_SEASONS_MAX];
    unsigned alternate_count;
    struct config_alternate alternate[TARIFF_ALTERNATES_MAX];
    char demand_response[TARIFF_NAME_TEXT]; /* name of a rate; "": not enabled */
    unsigned demand_response_rate;          /* from 1; 0: not enabled */
};

/* "calendar", "communication", "inputs", "gateway"; NULL past the last. */
const char *config_tariff_source_name(int source);

/* "none", "United States" ...; NULL past the last. */
const char *holiday_template_name(int number);

/* Holiday `i` of the whole calendar, those of the template first; NULL past the last. The result is overwritten
 * where it says so: `of_template` gives room for one. */
const struct config_holiday *config_holiday(const struct config_tariff *t, unsigned i,
                                            struct config_holiday *of_template);

/* --- Schedules as text ----------------------------------------------------------------------------------- */

/* "07:00-22:00 Peak", or only "Peak" for the whole day. NULL, or what is wrong beyond not being one (", ..."; often
 * ""). A segment that passes midnight is refused with a sentence of its own. */
const char *config_segment_read(const char *text, struct config_segment *s);

#define CONFIG_SEGMENT_TEXT (TARIFF_NAME_TEXT + 16)
void config_segment_write(const struct config_segment *s, char text[CONFIG_SEGMENT_TEXT]);

/* A name that a segment can say: no comma, no digit at its beginning, no blank at either end. */
bool config_rate_name(const char *text);

/* --- Checks ---------------------------------------------------------------------------------------------- */

#define CONFIG_SENTENCE_TEXT 240

/* Sorts the segments by time and looks whether they cover the day without an overlap. False, and one sentence
 * about the first fault. */
bool config_schedule_check(struct config_schedule *s, char sentence[CONFIG_SENTENCE_TEXT]);

/* Looks whether each day from CONFIG_YEAR_FIRST to CONFIG_YEAR_LAST has one season. False: `at` is the season
 * whose line is to be looked at, and one sentence names the year and the days. */
bool config_seasons_check(const struct config_tariff *t, unsigned *at,
                          char sentence[CONFIG_SENTENCE_TEXT]);

#endif
