/* Days of the Gregorian calendar, and rules that name one day of every year: "4 July", "third Monday of
 * January", "nearest weekday to 4 July", "Easter Monday". A day is counted from 1970-01-01 (instant.h); no
 * zone is known here. */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DAYS_PER_WEEK 7
#define DATE_YEAR_MIN 1678 /* years that an instant can be in (instant.h) */
#define DATE_YEAR_MAX 2262

/* 0 Sunday ... 6 Saturday. */
int weekday_of(int64_t day);
const char *weekday_name(int weekday); /* "Sunday"; NULL past Saturday */
const char *month_name(int month);     /* from 1: "January"; NULL past December */

/* The name, or its first three letters, in any letter case. */
bool weekday_read(const char *text, int *weekday);

enum date_kind {
    DATE_NONE, /* never */
    DATE_EXACT,
    DATE_NTH,    /* the nth weekday of a month */
    DATE_OFFSET, /* a weekday on, before or after a date */
    DATE_SPECIAL /* a moveable feast */
};

enum date_direction { DATE_NEAREST, DATE_PRIOR, DATE_NEXT };

#define DATE_WORKDAY DAYS_PER_WEEK /* as a weekday: any from Monday to Friday */
#define DATE_LAST    5             /* as nth: the fifth, or the fourth where there is no fifth */

struct date_rule {
    uint8_t kind;    /* enum date_kind */
    uint8_t month;   /* EXACT, NTH, OFFSET: from 1 */
    uint8_t day;     /* EXACT, OFFSET: from 1; never 29 February */
    uint8_t nth;     /* NTH: 1 ... DATE_LAST */
    uint8_t weekday; /* NTH, OFFSET: 0 Sunday ...; OFFSET: DATE_WORKDAY too */
    uint8_t
        direction; /* OFFSET: enum date_direction; a date that is such a weekday stands for itself */
    uint8_t special; /* SPECIAL: number of date_special_name */
};

/* The day that the rule names for a year (DATE_YEAR_MIN ... DATE_YEAR_MAX). An offset may lead into a neighbouring
 * year: the nearest weekday to 1 January 2028, a Saturday, is 31 December 2027. False: DATE_NONE. */
bool date_rule_day(const struct date_rule *r, int year, int64_t *day);

/* Gregorian Easter Sunday (Meeus, Astronomical Algorithms, chapter 8). */
int64_t date_easter(int year);

/* "Easter Sunday", "Good Friday" ...; NULL past the last. */
const char *date_special_name(unsigned special);

/* Reads a rule, letter case does not matter:
 *   "25 December", "December 25", "12-25" (month-day)
 *   "third Monday of January", "3rd Monday of January", "last Monday of May" (fifth means the same)
 *   "nearest weekday to 4 July", "weekday on or before 4 July", "Monday on or after 1 March"
 *   "Easter Monday" (date_special_name)
 * NULL, or what is wrong beyond not being one of these, as a piece of a sentence (", which most years do not
 * have,"; often ""); the rule is untouched then. */
const char *date_rule_read(const char *text, struct date_rule *r);

/* What date_rule_read takes, for a sentence. */
#define DATE_RULE_EXPECTED                                                                \
    "a date such as 25 December, third Monday of January, nearest weekday to 4 July, or " \
    "Easter Monday"

/* The rule as date_rule_read reads it; "" for DATE_NONE. */
#define DATE_RULE_TEXT 64
void date_rule_write(const struct date_rule *r, char text[DATE_RULE_TEXT]);

/* "2027-07-05" */
#define DATE_TEXT 16
void date_write(int64_t day, char text[DATE_TEXT]);

#endif
