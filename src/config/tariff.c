#include "config/tariff.h"

#include "base/instant.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* --- Holidays of templates ------------------------------------------------------------------------------ */

static const struct template_line {
    const char *country; /* begins a template; else a holiday */
    const char *name, *date;
} template_lines[] = {
#define COUNTRY(name_)        {.country = (name_)},
#define HOLIDAY(name_, date_) {.name = (name_), .date = (date_)},
    {.country = "none"},
#include "config/holidays.def"
    {.country = NULL, .name = NULL},
};

/* The line of a template; the last one past the last. */
static const struct template_line *template_line(int number)
{
    const struct template_line *line = template_lines;
    while (line->country || line->name) {
        if (line->country && number-- == 0)
            break;
        line++;
    }
    return line;
}

const char *holiday_template_name(int number)
{
    return template_line(number)->country;
}

const struct config_holiday *config_holiday(const struct config_tariff *t, unsigned i,
                                            struct config_holiday *of_template)
{
    const struct template_line *line = template_line(t->holiday_template) + 1;
    for (; line->name; line++, i--) {
        if (i > 0)
            continue;
        snprintf(of_template->name, sizeof of_template->name, "%s", line->name);
        const char *wrong = date_rule_read(line->date, &of_template->date);
        assert(!wrong && "a holiday of holidays.def");
        (void)wrong;
        return of_template;
    }
    return i < t->holiday_count ? &t->holiday[i] : NULL;
}

/* --- Segments ------------------------------------------------------------------------------------------------ */

/* "7:00", "24:00"; NULL: no time of a day, else what follows it. */
static const char *read_minute(const char *c, uint16_t *minute)
{
    size_t hours = strspn(c, "0123456789");
    if (hours < 1 || hours > 2 || c[hours] != ':' || strspn(c + hours + 1, "0123456789") != 2)
        return NULL;
    unsigned hour = (unsigned)(c[0] - '0');
    if (hours == 2)
        hour = hour * 10 + (unsigned)(c[1] - '0');
    unsigned m = (unsigned)(c[hours + 1] - '0') * 10 + (unsigned)(c[hours + 2] - '0');
    if (m > 59 || hour * 60 + m > MINUTES_PER_DAY)
        return NULL;
    *minute = (uint16_t)(hour * 60 + m);
    return c + hours + 3;
}

bool config_rate_name(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && !strchr(text, ',') && (text[0] < '0' || text[0] > '9') && text[0] != ' ' &&
           text[length - 1] != ' ';
}

const char *config_segment_read(const char *text, struct config_segment *segment)
{
    struct config_segment s = {.begin_min = 0, .end_min = MINUTES_PER_DAY};
    const char *c = text + strspn(text, " ");
    if (*c >= '0' && *c <= '9') {
        c = read_minute(c, &s.begin_min);
        if (!c)
            return "";
        c += strspn(c, " ");
        if (*c != '-')
            return "";
        c = read_minute(c + 1 + strspn(c + 1, " "), &s.end_min);
        if (!c || *c != ' ')
            return "";
        c += strspn(c, " ");
        if (s.begin_min == s.end_min)
            return ", which lasts no time,";
        if (s.begin_min > s.end_min)
            return ", which passes midnight and has to be written as two,";
    }
    if (strlen(c) >= sizeof s.name)
        return ", with a name that is too long,";
    if (!config_rate_name(c))
        return "";
    strcpy(s.name, c);
    *segment = s;
    return NULL;
}

static void write_minute(unsigned minute, char text[8])
{
    snprintf(text, 8, "%02u:%02u", minute / 60 % 100, minute % 60);
}

void config_segment_write(const struct config_segment *s, char text[CONFIG_SEGMENT_TEXT])
{
    char begin[8], end[8];
    write_minute(s->begin_min, begin);
    write_minute(s->end_min, end);
    if (s->begin_min == 0 && s->end_min == MINUTES_PER_DAY)
        snprintf(text, CONFIG_SEGMENT_TEXT, "%s", s->name);
    else
        snprintf(text, CONFIG_SEGMENT_TEXT, "%s-%s %s", begin, end, s->name);
}

/* --- Schedules ------------------------------------------------------------------------------------------------- */

static void sort_segments(struct config_schedule *s)
{
    for (unsigned i = 1; i < s->count; i++) {
        struct config_segment moved = s->segment[i];
        unsigned at = i;
        for (; at > 0 && s->segment[at - 1].begin_min > moved.begin_min; at--)
            s->segment[at] = s->segment[at - 1];
        s->segment[at] = moved;
    }
}

bool config_schedule_check(struct config_schedule *s, char sentence[CONFIG_SENTENCE_TEXT])
{
    sort_segments(s);
    unsigned covered = 0;
    for (unsigned i = 0; i <= s->count; i++) {
        unsigned begin = i < s->count ? s->segment[i].begin_min : MINUTES_PER_DAY;
        if (begin < covered) {
            char one[CONFIG_SEGMENT_TEXT], other[CONFIG_SEGMENT_TEXT];
            config_segment_write(&s->segment[i - 1], one);
            config_segment_write(&s->segment[i], other);
            snprintf(sentence, CONFIG_SENTENCE_TEXT, "%s overlaps %s", other, one);
            return false;
        }
        if (begin > covered) {
            char from[8], to[8];
            write_minute(covered, from);
            write_minute(begin, to);
            snprintf(
                sentence, CONFIG_SENTENCE_TEXT,
                "no rate is said from %s to %s; the segments of a schedule cover the whole day",
                from, to);
            return false;
        }
        covered = i < s->count ? s->segment[i].end_min : MINUTES_PER_DAY;
    }
    return true;
}

/* --- Seasons ----------------------------------------------------------------------------------------------------- */

struct start {
    int64_t day;
    unsigned season;
    int year; /* for which its rule was asked */
};

#define STARTS (3 * TARIFF_SEASONS_MAX)

/* The first days of the seasons for the year before, this and the next, by time. */
static unsigned list_starts(const struct config_tariff *t, int year, struct start start[STARTS])
{
    unsigned count = 0;
    for (int y = year - 1; y <= year + 1; y++)
        for (unsigned i = 0; i < t->season_count; i++) {
            struct start new = {.season = i, .year = y};
            if (!date_rule_day(&t->season[i].from, y, &new.day))
                continue;
            unsigned at = count++;
            for (; at > 0 && start[at - 1].day > new.day; at--)
                start[at] = start[at - 1];
            start[at] = new;
        }
    return count;
}

/* Last day of a season that begins there. */
static int64_t last_day(const struct config_season *s, const struct start *start)
{
    int64_t day = INT64_MIN;
    for (int y = start->year - 1; day < start->day; y++)
        date_rule_day(&s->to, y, &day);
    return day;
}

/* A season and the one after it; the days between, if there are any, or those of both. */
static bool check_pair(const struct config_tariff *t, const struct start *one,
                       const struct start *next, char sentence[CONFIG_SENTENCE_TEXT])
{
    const struct config_season *s = &t->season[one->season], *n = &t->season[next->season];
    char from[DATE_TEXT], to[DATE_TEXT];
    if (one->day == next->day) {
        date_write(one->day, from);
        snprintf(sentence, CONFIG_SENTENCE_TEXT, "the seasons %s and %s both begin on %s", s->name,
                 n->name, from);
        return false;
    }
    if (s->to.kind == DATE_NONE)
        return true;
    int64_t last = last_day(s, one);
    if (last + 1 == next->day)
        return true;
    bool gap = last < next->day;
    date_write(gap ? last + 1 : next->day, from);
    date_write(gap ? next->day - 1 : last, to);
    if (gap)
        snprintf(
            sentence, CONFIG_SENTENCE_TEXT,
            "no season covers %s to %s, between %s and %s; without \"to\" a season lasts until "
            "the next begins",
            from, to, s->name, n->name);
    else
        snprintf(sentence, CONFIG_SENTENCE_TEXT, "the season %s overlaps %s from %s to %s", s->name,
                 n->name, from, to);
    return false;
}

bool config_seasons_check(const struct config_tariff *t, unsigned *at,
                          char sentence[CONFIG_SENTENCE_TEXT])
{
    struct start start[STARTS];
    for (int year = CONFIG_YEAR_FIRST; year <= CONFIG_YEAR_LAST; year++) {
        unsigned count = list_starts(t, year, start);
        int64_t first = days_from_civil(year, 1, 1), end = days_from_civil(year + 1, 1, 1);
        for (unsigned i = 0; i + 1 < count; i++) {
            if (start[i + 1].day < first || start[i].day >= end)
                continue;
            *at = start[i].season;
            if (!check_pair(t, &start[i], &start[i + 1], sentence))
                return false;
        }
    }
    return true;
}
