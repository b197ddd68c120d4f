#include "base/zone_rule.h"

#include "base/date.h"
#include "base/instant.h"

#include <string.h>

#define DAY_S 86400

/* --- Reading (POSIX.1-2017 8.3, RFC 8536 3.3.1) ------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Each reader takes its part from the start of *text and steps over it, or returns false. */

/* "CET", "<+0530>": three letters at least. */
static bool read_letters(const char **text, char letters[ZONE_LETTERS_TEXT])
{
    bool quoted = **text == '<';
    const char *c = *text + quoted;
    size_t length = 0;
    while (is_letter(c[length]) ||
           (quoted && (is_digit(c[length]) || c[length] == '+' || c[length] == '-')))
        length++;
    if (length < 3 || length >= ZONE_LETTERS_TEXT || (quoted && c[length] != '>'))
        return false;
    memcpy(letters, c, length);
    letters[length] = '\0';
    *text = c + length + quoted;
    return true;
}

static bool read_number(const char **text, unsigned max, unsigned *number)
{
    const char *c = *text;
    *number = 0;
    if (!is_digit(*c))
        return false;
    for (; is_digit(*c); c++) {
        *number = *number * 10 + (unsigned)(*c - '0');
        if (*number > max)
            return false;
    }
    *text = c;
    return true;
}

/* "[+-]hh[:mm[:ss]]" in seconds. */
static bool read_time(const char **text, unsigned hours_max, int32_t *seconds)
{
    unsigned part[3] = {0, 0, 0};
    bool minus = **text == '-';
    *text += **text == '-' || **text == '+';
    for (int i = 0; i < 3; i++) {
        if (!read_number(text, i == 0 ? hours_max : 59, &part[i]))
            return false;
        if (i == 2 || **text != ':')
            break;
        ++*text;
    }
    int32_t sum = (int32_t)(part[0] * 3600 + part[1] * 60 + part[2]);
    *seconds = minus ? -sum : sum;
    return true;
}

/* "M10.5.0" */
static bool read_month_week_day(const char **text, struct zone_rule *r)
{
    unsigned month, week, weekday;
    if (!read_number(text, 12, &month) || *(*text)++ != '.' || !read_number(text, 5, &week) ||
        *(*text)++ != '.' || !read_number(text, 6, &weekday) || month < 1 || week < 1)
        return false;
    r->month = (uint8_t)month;
    r->week = (uint8_t)week;
    r->weekday = (uint8_t)weekday;
    return true;
}

/* ",M10.5.0/3" */
static bool read_rule(const char **text, struct zone_rule *r)
{
    unsigned day = 0;
    *r = (struct zone_rule){.time_s = 2 * 3600};
    if (*(*text)++ != ',')
        return false;
    r->form = is_digit(**text) ? '0' : *(*text)++;
    if (r->form == 'M') {
        if (!read_month_week_day(text, r))
            return false;
    } else if ((r->form != 'J' && r->form != '0') || !read_number(text, 365, &day) ||
               (r->form == 'J' && day < 1)) {
        return false;
    }
    r->day = (uint16_t)day;
    if (**text != '/')
        return true;
    ++*text;
    return read_time(text, 167, &r->time_s);
}

/* A TZ string says how far UTC is ahead: west of Greenwich is positive. */
static bool read_offset(const char **text, struct zone_type *type)
{
    if (!read_time(text, 24, &type->offset_s))
        return false;
    type->offset_s = -type->offset_s;
    return true;
}

bool zone_future_parse(const char *text, struct zone_future *f)
{
    memset(f, 0, sizeof *f);
    if (!read_letters(&text, f->standard.letters) || !read_offset(&text, &f->standard))
        return false;
    f->known = true;
    if (!*text)
        return true;
    f->changes = true;
    f->daylight = (struct zone_type){.offset_s = f->standard.offset_s + 3600, .daylight = true};
    if (!read_letters(&text, f->daylight.letters))
        return false;
    if (*text != ',' && !read_offset(&text, &f->daylight))
        return false;
    return read_rule(&text, &f->begin) && read_rule(&text, &f->end) && !*text;
}

/* --- Asking ---------------------------------------------------------------------------------------------- */

/* Local midnight of the rule's day, plus its time. */
static int64_t local_of(const struct zone_rule *r, int year)
{
    int64_t first = days_from_civil(year, 1, 1);
    int64_t day = first + r->day;
    if (r->form == 'J') {
        bool leap = days_in_month(year, 2) == 29;
        day = first + r->day - 1 + (leap && r->day >= 60);
    } else if (r->form == 'M') {
        struct date_rule nth = {
            .kind = DATE_NTH, .month = r->month, .nth = r->week, .weekday = r->weekday};
        date_rule_day(&nth, year, &day);
    }
    return day * DAY_S + r->time_s;
}

struct change {
    int64_t at_s;
    bool daylight; /* from then on */
};

#define YEARS   4
#define CHANGES (2 * YEARS)

/* The changes of the year before, this and the next two, in order. Where an end and a beginning fall together,
 * the beginning counts: that is how all-year daylight saving time is written (RFC 8536 3.3.1). */
static void list_changes(const struct zone_future *f, int year, struct change change[CHANGES])
{
    unsigned count = 0;
    for (int y = year - 1; y < year - 1 + YEARS; y++)
        for (int daylight = 0; daylight <= 1; daylight++) {
            struct change c = {.daylight = daylight};
            c.at_s = daylight ? local_of(&f->begin, y) - f->standard.offset_s
                              : local_of(&f->end, y) - f->daylight.offset_s;
            unsigned at = count++;
            while (at > 0 && (change[at - 1].at_s > c.at_s ||
                              (change[at - 1].at_s == c.at_s && change[at - 1].daylight))) {
                change[at] = change[at - 1];
                at--;
            }
            change[at] = c;
        }
}

const struct zone_type *zone_future_at(const struct zone_future *f, int64_t utc_s, int64_t *until_s)
{
    *until_s = INT64_MAX;
    if (!f->changes)
        return &f->standard;
    struct change change[CHANGES];
    int year, month, day;
    civil_from_days(utc_s / DAY_S - (utc_s % DAY_S < 0), &year, &month, &day);
    list_changes(f, year, change);
    bool daylight = !change[0].daylight; /* before them all: never asked, two years lie before */
    unsigned i = 0;
    for (; i < CHANGES && change[i].at_s <= utc_s; i++)
        daylight = change[i].daylight;
    while (i <
           CHANGES -
               1) { /* to the first that lasts; of the last one the partner is not in the list */
        int64_t at_s = change[i].at_s;
        bool then = change[i++].daylight;
        while (i < CHANGES && change[i].at_s == at_s)
            then = change[i++].daylight;
        if (then != daylight) {
            *until_s = at_s;
            break;
        }
    }
    return daylight ? &f->daylight : &f->standard;
}
