#include "tariff/calendar.h"

#include "base/instant.h"

#include <assert.h>
#include <string.h>

#define DAY_S     86400
#define HORIZON_S (INT64_C(3653) * DAY_S)

const char *tariff_day_kind_name(enum tariff_day_kind kind)
{
    static const char *const names[TARIFF_DAY_KINDS] = {"weekday", "weekend", "holiday",
                                                        "alternate"};
    return names[kind];
}

/* Towards the past, of negative numbers too. */
static int64_t floor_of(int64_t number, int64_t divisor)
{
    return number / divisor - (number % divisor < 0);
}

static int64_t ns_of(int64_t second)
{
    return second >= INT64_MAX / NS_PER_S ? INT64_MAX : second * NS_PER_S;
}

/* --- Years -------------------------------------------------------------------------------------------- */

/* Writes a value into every day of the year from `day` on. */
static void begin_season(struct tariff_year *y, int64_t day, unsigned season)
{
    int64_t at = day > y->first_day ? day - y->first_day : 0;
    for (; at < y->days; at++)
        y->day[at].season = (uint8_t)season;
}

/* Seasons in the order in which they begin: those of the year before first. Two that begin on one day, which
 * a checked calendar has not: the later one in the file. */
static void fill_seasons(const struct config_tariff *t, struct tariff_year *y)
{
    int64_t begun[TARIFF_SEASONS_MAX][3], last = INT64_MIN;
    unsigned pending = 3 * t->season_count;
    for (unsigned i = 0; i < t->season_count; i++)
        for (int k = 0; k < 3; k++)
            if (!date_rule_day(&t->season[i].from, y->year - 1 + k, &begun[i][k]))
                assert(!"a first day of every season");
    while (pending > 0) {
        int64_t next = INT64_MAX;
        for (unsigned i = 0; i < t->season_count; i++)
            for (int k = 0; k < 3; k++)
                if (begun[i][k] > last && begun[i][k] < next)
                    next = begun[i][k];
        for (unsigned i = 0; i < t->season_count; i++)
            for (int k = 0; k < 3; k++)
                if (begun[i][k] == next) {
                    begin_season(y, next, i);
                    pending--;
                }
        last = next;
    }
}

/* A rule's day, if it lies in the year; asked for the neighbours too, for an offset may lead across. */
static void mark_rule(struct tariff_year *y, const struct date_rule *rule,
                      enum tariff_day_kind kind, unsigned special)
{
    for (int year = y->year - 1; year <= y->year + 1; year++) {
        int64_t day;
        if (!date_rule_day(rule, year, &day) || day < y->first_day || day >= y->first_day + y->days)
            continue;
        y->day[day - y->first_day].kind = (uint8_t)kind;
        y->day[day - y->first_day].special = (uint8_t)special;
    }
}

static void fill_year(const struct tariff_calendar *c, int year, struct tariff_year *y)
{
    const struct config_tariff *t = c->settings;
    memset(y, 0, sizeof *y);
    y->year = year;
    y->first_day = days_from_civil(year, 1, 1);
    y->days = (unsigned)(days_from_civil(year + 1, 1, 1) - y->first_day);
    fill_seasons(t, y);
    for (unsigned i = 0; i < y->days; i++)
        if (t->weekend_days >> weekday_of(y->first_day + i) & 1)
            y->day[i].kind = TARIFF_WEEKEND;
    for (unsigned i = c->holiday_count; i-- > 0;) /* the first of two on one day gives its name */
        mark_rule(y, &c->holiday[i].date, TARIFF_HOLIDAY, i);
    for (unsigned i = t->alternate_count; i-- > 0;)
        mark_rule(y, &t->alternate[i].date, TARIFF_ALTERNATE, i);
}

const struct tariff_year *tariff_calendar_year(struct tariff_calendar *c, int year)
{
    struct tariff_year *y = &c->year[year & 1];
    if (y->year != year)
        fill_year(c, year, y);
    return y;
}

static struct tariff_day day_of(struct tariff_calendar *c, int64_t day)
{
    for (int i = 0; i < 2; i++)
        if (c->year[i].year && day >= c->year[i].first_day &&
            day < c->year[i].first_day + c->year[i].days)
            return c->year[i].day[day - c->year[i].first_day];
    int year, month, d;
    civil_from_days(day, &year, &month, &d);
    const struct tariff_year *y = tariff_calendar_year(c, year);
    return y->day[day - y->first_day];
}

/* --- Schedules ------------------------------------------------------------------------------------------ */

const struct config_schedule *tariff_calendar_schedule(const struct tariff_calendar *c,
                                                       const struct tariff_day *day)
{
    const struct config_season *season = &c->settings->season[day->season];
    switch ((enum tariff_day_kind)day->kind) {
    case TARIFF_ALTERNATE:
        return &c->settings->alternate[day->special].schedule;
    case TARIFF_HOLIDAY:
        return &season->holiday;
    case TARIFF_WEEKEND:
        return &season->weekend;
    case TARIFF_WEEKDAY:
    case TARIFF_DAY_KINDS:
        break;
    }
    return &season->weekday;
}

const char *tariff_calendar_day_name(const struct tariff_calendar *c, const struct tariff_day *day)
{
    if (day->kind == TARIFF_ALTERNATE)
        return c->settings->alternate[day->special].name;
    if (day->kind == TARIFF_HOLIDAY)
        return c->holiday[day->special].name;
    return c->settings->season[day->season].name;
}

/* --- Instants ------------------------------------------------------------------------------------------- */

/* A stretch in which nothing changes: a segment of a day, cut where the clocks change. */
struct stretch {
    unsigned rate;
    struct tariff_day day;
    int64_t until_s;
};

static void stretch_at(struct tariff_calendar *c, int64_t utc_s, struct stretch *s)
{
    struct zone_period p;
    zone_at(c->zone, utc_s, &p);
    int64_t local = utc_s + p.type->offset_s;
    int64_t day = floor_of(local, DAY_S);
    int64_t second = local - day * DAY_S;
    s->day = day_of(c, day);
    const struct config_schedule *schedule = tariff_calendar_schedule(c, &s->day);
    const struct config_segment *segment = schedule->segment;
    assert(schedule->count > 0);
    while (second >= segment->end_min * 60 && segment + 1 < schedule->segment + schedule->count)
        segment++;
    s->rate = segment->rate;
    s->until_s = utc_s + segment->end_min * 60 - second;
    if (p.until_s < s->until_s)
        s->until_s = p.until_s;
}

/* When another rate comes than the one of the stretch. */
static int64_t next_change(struct tariff_calendar *c, const struct stretch *first)
{
    struct stretch s = *first;
    int64_t horizon = first->until_s + HORIZON_S;
    if (!c->changes)
        return INT64_MAX;
    while (s.until_s < horizon) {
        int64_t at = s.until_s;
        stretch_at(c, at, &s);
        if (s.rate != first->rate)
            return ns_of(at);
    }
    return ns_of(s.until_s);
}

void tariff_calendar_at(struct tariff_calendar *c, int64_t instant_ns, struct tariff_moment *m)
{
    int64_t utc_s = floor_of(instant_ns, NS_PER_S);
    if (utc_s < c->now_from_s || utc_s >= c->now_until_s) {
        struct stretch s;
        bool goes_on = c->now_from_s < c->now_until_s && utc_s >= c->now_from_s &&
                       instant_ns < c->now.until_ns;
        stretch_at(c, utc_s, &s);
        if (!goes_on)
            c->now.until_ns = next_change(c, &s);
        c->now.rate = s.rate;
        c->now.day = s.day;
        c->now_from_s = utc_s;
        c->now_until_s = s.until_s;
    }
    *m = c->now;
}

/* --- Beginning -------------------------------------------------------------------------------------------- */

static unsigned rates_of(const struct config_schedule *s)
{
    unsigned set = 0;
    for (unsigned i = 0; i < s->count; i++)
        set |= 1u << s->segment[i].rate;
    return set;
}

void tariff_calendar_init(struct tariff_calendar *c, const struct config_tariff *settings,
                          const struct zone *zone)
{
    memset(c, 0, sizeof *c);
    assert(settings->season_count > 0);
    c->settings = settings;
    c->zone = zone;
    struct config_holiday room;
    const struct config_holiday *holiday;
    while (c->holiday_count < TARIFF_HOLIDAYS_MAX &&
           (holiday = config_holiday(settings, c->holiday_count, &room)) != NULL)
        c->holiday[c->holiday_count++] = *holiday;
    unsigned set = 0;
    for (unsigned i = 0; i < settings->season_count; i++) {
        const struct config_season *s = &settings->season[i];
        set |= rates_of(&s->weekday) | rates_of(&s->weekend) | rates_of(&s->holiday);
    }
    for (unsigned i = 0; i < settings->alternate_count; i++)
        set |= rates_of(&settings->alternate[i].schedule);
    c->changes = (set & (set - 1)) != 0;
}
