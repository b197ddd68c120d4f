#include "base/date.h"

#include "base/instant.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- Names ----------------------------------------------------------------------------------------- */

static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday",  "Wednesday",
                                       "Thursday", "Friday", "Saturday", NULL};
static const char *const months[] = {"January",  "February", "March",  "April",     "May",
                                     "June",     "July",     "August", "September", "October",
                                     "November", "December", NULL};
static const char *const nths[][2] = {{"first", "1st"},  {"second", "2nd"}, {"third", "3rd"},
                                      {"fourth", "4th"}, {"last", NULL},    {"fifth", "5th"}};

/* Feasts by their distance from Easter Sunday, in days. Files name them: append, never rename. */
static const struct special {
    const char *name;
    int days;
} specials[] = {
    {"Easter Sunday", 0},    {"Good Friday", -2},    {"Easter Monday", 1},
    {"Maundy Thursday", -3}, {"Ascension Day", 39},  {"Whit Sunday", 49},
    {"Whit Monday", 50},     {"Corpus Christi", 60}, {"Carnival Monday", -48},
    {"Shrove Tuesday", -47}, {"Ash Wednesday", -46}, {"Palm Sunday", -7},
};
#define SPECIALS (sizeof specials / sizeof *specials)

const char *weekday_name(int weekday)
{
    return weekdays[weekday];
}

const char *month_name(int month)
{
    return months[month - 1];
}

const char *date_special_name(unsigned special)
{
    return special < SPECIALS ? specials[special].name : NULL;
}

/* --- Days ------------------------------------------------------------------------------------------ */

int weekday_of(int64_t day)
{
    int weekday = (int)((day + 4) % DAYS_PER_WEEK); /* 1970-01-01 was a Thursday */
    return weekday < 0 ? weekday + DAYS_PER_WEEK : weekday;
}

int64_t date_easter(int year)
{
    int a = year % 19, b = year / 100, c = year % 100;
    int d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
    int h = (19 * a + b - d - g + 15) % 30;
    int i = c / 4, k = c % 4;
    int l = (32 + 2 * e + 2 * i - h - k) % 7;
    int m = (a + 11 * h + 22 * l) / 451;
    int n = h + l - 7 * m + 114;
    return days_from_civil(year, n / 31, n % 31 + 1);
}

static int64_t nth_day(const struct date_rule *r, int year)
{
    int64_t first = days_from_civil(year, r->month, 1);
    int64_t day = first + (r->weekday - weekday_of(first) + DAYS_PER_WEEK) % DAYS_PER_WEEK +
                  DAYS_PER_WEEK * (r->nth - 1);
    return day < first + days_in_month(year, r->month) ? day : day - DAYS_PER_WEEK;
}

static bool is_meant(const struct date_rule *r, int64_t day)
{
    int weekday = weekday_of(day);
    return r->weekday == DATE_WORKDAY ? weekday >= 1 && weekday <= 5 : weekday == r->weekday;
}

static int64_t offset_day(const struct date_rule *r, int year)
{
    int64_t day = days_from_civil(year, r->month, r->day);
    for (int distance = 0; distance < DAYS_PER_WEEK; distance++) {
        if (r->direction != DATE_NEXT && is_meant(r, day - distance))
            return day - distance;
        if (r->direction != DATE_PRIOR && is_meant(r, day + distance))
            return day + distance;
    }
    assert(!"a weekday");
    return day;
}

bool date_rule_day(const struct date_rule *r, int year, int64_t *day)
{
    switch ((enum date_kind)r->kind) {
    case DATE_NONE:
        return false;
    case DATE_EXACT:
        *day = days_from_civil(year, r->month, r->day);
        break;
    case DATE_NTH:
        *day = nth_day(r, year);
        break;
    case DATE_OFFSET:
        *day = offset_day(r, year);
        break;
    case DATE_SPECIAL:
        *day = date_easter(year) + specials[r->special].days;
        break;
    }
    return true;
}

/* --- Reading --------------------------------------------------------------------------------------- */

#define WORDS_MAX 8
#define WORD_TEXT 16

struct words {
    unsigned count;
    char word[WORDS_MAX][WORD_TEXT];
};

static bool split(const char *text, struct words *w)
{
    w->count = 0;
    for (const char *c = text + strspn(text, " "); *c; c += strspn(c, " ")) {
        size_t length = strcspn(c, " ");
        if (w->count == WORDS_MAX || length >= WORD_TEXT)
            return false;
        memcpy(w->word[w->count], c, length);
        w->word[w->count++][length] = '\0';
        c += length;
    }
    return w->count > 0;
}

/* Position of a name in a list that ends with NULL, whole or by its first three letters; -1: none. */
static int find_name(const char *const *names, const char *word)
{
    for (int i = 0; names[i]; i++)
        if (strcasecmp(names[i], word) == 0 ||
            (strlen(word) == 3 && strncasecmp(names[i], word, 3) == 0))
            return i;
    return -1;
}

bool weekday_read(const char *text, int *weekday)
{
    int found = find_name(weekdays, text);
    if (found >= 0)
        *weekday = found;
    return found >= 0;
}

/* One or two digits; 0: something else. */
static unsigned small_number(const char *word)
{
    size_t digits = strspn(word, "0123456789");
    if (digits == 0 || digits > 2 || word[digits])
        return 0;
    return digits == 1 ? (unsigned)(word[0] - '0')
                       : (unsigned)(word[0] - '0') * 10 + (unsigned)(word[1] - '0');
}

#define NOT_ONE ""

/* Checks and stores a date of every year. */
static const char *store_date(unsigned month, unsigned day, struct date_rule *r)
{
    if (month < 1 || month > 12 || day < 1)
        return NOT_ONE;
    if (month == 2 && day == 29)
        return ", a day that most years do not have,";
    if (day > (unsigned)days_in_month(2000, (int)month))
        return ", a day that no year has,";
    r->month = (uint8_t)month;
    r->day = (uint8_t)day;
    return NULL;
}

/* "25 December" or "December 25". */
static const char *read_day(const char *first, const char *second, struct date_rule *r)
{
    unsigned day = small_number(first);
    int month = find_name(months, day ? second : first);
    if (!day)
        day = small_number(second);
    return month < 0 || !day ? NOT_ONE : store_date((unsigned)month + 1, day, r);
}

/* "12-25" */
static const char *read_number_date(const char *word, struct date_rule *r)
{
    char month[3] = {0};
    if (strlen(word) != 5 || word[2] != '-')
        return NOT_ONE;
    memcpy(month, word, 2);
    return store_date(small_number(month), small_number(word + 3), r);
}

static bool read_nth(const struct words *w, struct date_rule *r)
{
    int nth = -1;
    for (int i = 0; i < (int)(sizeof nths / sizeof *nths); i++)
        for (int k = 0; k < 2; k++)
            if (nths[i][k] && strcasecmp(nths[i][k], w->word[0]) == 0)
                nth = i;
    int weekday = find_name(weekdays, w->word[1]), month = find_name(months, w->word[3]);
    if (nth < 0 || weekday < 0 || month < 0 || strcasecmp(w->word[2], "of") != 0)
        return false;
    r->nth = (uint8_t)(nth + 1 < DATE_LAST ? nth + 1 : DATE_LAST);
    r->weekday = (uint8_t)weekday;
    r->month = (uint8_t)(month + 1);
    return true;
}

static bool read_offset_weekday(const char *word, struct date_rule *r)
{
    int weekday = DATE_WORKDAY;
    if (strcasecmp(word, "weekday") != 0 && !weekday_read(word, &weekday))
        return false;
    r->weekday = (uint8_t)weekday;
    return true;
}

static bool says(const struct words *w, unsigned at, const char *word)
{
    return strcasecmp(w->word[at], word) == 0;
}

/* "nearest weekday to 4 July", "Monday on or before 24 May" */
static const char *read_offset(const struct words *w, struct date_rule *r)
{
    bool nearest = w->count == 5 && says(w, 0, "nearest") && says(w, 2, "to");
    bool prior = w->count == 6 && says(w, 3, "before"), next = w->count == 6 && says(w, 3, "after");
    if (!nearest && !((prior || next) && says(w, 1, "on") && says(w, 2, "or")))
        return NOT_ONE;
    if (!read_offset_weekday(w->word[nearest ? 1 : 0], r))
        return NOT_ONE;
    r->direction = nearest ? DATE_NEAREST : prior ? DATE_PRIOR : DATE_NEXT;
    return read_day(w->word[w->count - 2], w->word[w->count - 1], r);
}

static bool read_special(const struct words *w, struct date_rule *r)
{
    char name[2 * WORD_TEXT + 2];
    snprintf(name, sizeof name, "%s %s", w->word[0], w->word[1]);
    for (unsigned i = 0; i < SPECIALS; i++)
        if (strcasecmp(specials[i].name, name) == 0) {
            r->special = (uint8_t)i;
            return true;
        }
    return false;
}

const char *date_rule_read(const char *text, struct date_rule *rule)
{
    struct date_rule r = {0};
    struct words w;
    const char *wrong = NOT_ONE;
    if (!split(text, &w))
        return NOT_ONE;
    if (w.count == 2 && read_special(&w, &r)) {
        r.kind = DATE_SPECIAL;
        wrong = NULL;
    } else if (w.count <= 2) {
        r.kind = DATE_EXACT;
        wrong = w.count == 1 ? read_number_date(w.word[0], &r) : read_day(w.word[0], w.word[1], &r);
    } else if (w.count == 4) {
        r.kind = DATE_NTH;
        wrong = read_nth(&w, &r) ? NULL : NOT_ONE;
    } else {
        r.kind = DATE_OFFSET;
        wrong = read_offset(&w, &r);
    }
    if (!wrong)
        *rule = r;
    return wrong;
}

/* --- Writing --------------------------------------------------------------------------------------- */

void date_rule_write(const struct date_rule *r, char text[DATE_RULE_TEXT])
{
    const char *weekday = r->weekday == DATE_WORKDAY ? "weekday" : weekdays[r->weekday];
    text[0] = '\0';
    switch ((enum date_kind)r->kind) {
    case DATE_NONE:
        break;
    case DATE_EXACT:
        snprintf(text, DATE_RULE_TEXT, "%u %s", r->day, month_name(r->month));
        break;
    case DATE_NTH:
        snprintf(text, DATE_RULE_TEXT, "%s %s of %s", nths[r->nth - 1][0], weekday,
                 month_name(r->month));
        break;
    case DATE_OFFSET:
        snprintf(text, DATE_RULE_TEXT, "%s%s %s %u %s",
                 r->direction == DATE_NEAREST ? "nearest " : "", weekday,
                 r->direction == DATE_NEAREST ? "to"
                 : r->direction == DATE_PRIOR ? "on or before"
                                              : "on or after",
                 r->day, month_name(r->month));
        break;
    case DATE_SPECIAL:
        snprintf(text, DATE_RULE_TEXT, "%s", date_special_name(r->special));
        break;
    }
}

void date_write(int64_t day, char text[DATE_TEXT])
{
    int year, month, d;
    civil_from_days(day, &year, &month, &d);
    snprintf(text, DATE_TEXT, "%04u-%02u-%02u", (unsigned)year % 10000, (unsigned)month % 100,
             (unsigned)d % 100);
}
