/* The calendar of a year as a page of text, 78 columns wide. */
#include "tariff/year.h"

#include "base/instant.h"

#include <stdio.h>
#include <string.h>

#define HALF_HOURS     48
#define MONTHS_ABREAST 3
#define DAY_COLUMNS    3
#define GAP_COLUMNS    5
#define MONTH_COLUMNS  (DAYS_PER_WEEK * DAY_COLUMNS)
#define SEASON_COLUMNS 14
#define KIND_COLUMNS   11

/* --- Schedules ------------------------------------------------------------------------------------------- */

/* The number of the rate for each half hour; where it changes within one, that of its beginning. */
static void bar(struct text *out, const struct config_schedule *s)
{
    const struct config_segment *segment = s->segment;
    for (unsigned half = 0; half < HALF_HOURS; half++) {
        while (half * 30 >= segment->end_min)
            segment++;
        text_printf(out, "%u", segment->rate);
    }
    text_puts(out, "\n");
}

static void schedule(struct text *out, const char *first, const char *kind,
                     const struct config_schedule *s)
{
    if (s->count == 0)
        return;
    text_column(out, first, SEASON_COLUMNS);
    text_column(out, kind, KIND_COLUMNS);
    bar(out, s);
}

static void schedules(struct text *out, const struct config_tariff *t)
{
    text_column(out, "SEASON", SEASON_COLUMNS);
    text_column(out, "DAY", KIND_COLUMNS);
    text_puts(out, "0     3     6     9     12    15    18    21    24 h\n");
    for (unsigned i = 0; i < t->season_count; i++) {
        schedule(out, t->season[i].name, "weekday", &t->season[i].weekday);
        schedule(out, "", "weekend", &t->season[i].weekend);
        schedule(out, "", "holiday", &t->season[i].holiday);
    }
    for (unsigned i = 0; i < t->alternate_count; i++)
        schedule(out, t->alternate[i].name, "alternate", &t->alternate[i].schedule);
}

/* --- What stands above ------------------------------------------------------------------------------------- */

static void clock_changes(struct text *out, const struct zone *zone, int year)
{
    int64_t at, end;
    struct zone_period before, after;
    const char *between = "Clocks: ";
    tariff_year_span(zone, year, &at, &end);
    end /= NS_PER_S;
    zone_at(zone, at / NS_PER_S, &before);
    while (before.until_s < end) {
        char date[DATE_TEXT];
        int64_t from = before.until_s + before.type->offset_s;
        zone_at(zone, before.until_s, &after);
        int64_t to = before.until_s + after.type->offset_s;
        date_write(from / 86400, date);
        if (from != to) {
            text_printf(out, "%s%s %02d:%02d becomes %02d:%02d", between, date,
                        (int)(from % 86400 / 3600), (int)(from % 3600 / 60),
                        (int)(to % 86400 / 3600), (int)(to % 3600 / 60));
            between = ", ";
        }
        before = after;
    }
    text_puts(out, *between == ',' ? ".\n" : "");
}

static void head(struct text *out, const struct tariff_calendar *c, const char *site, int year)
{
    const struct config_tariff *t = c->settings;
    text_printf(out, "%s: time of use in %d, local time of %s\n\nRates: ", site, year,
                c->zone->name);
    for (unsigned i = 0; i < t->rate_count; i++)
        text_printf(out, "%s%u %s", i ? ", " : "", i + 1, t->rate[i].name);
    if (t->demand_response_rate)
        text_printf(out, "; demand response brings %s", t->demand_response);
    text_printf(out, ".\nA week begins on %s, a billing period on day %u of the month.\n",
                weekday_name(t->week_start), t->billing_day);
    clock_changes(out, c->zone, year);
    text_puts(out, "\n");
}

/* --- Months --------------------------------------------------------------------------------------------------- */

/* Columns before the first day of a month. */
static int lead_of(const struct config_tariff *t, int year, int month)
{
    int weekday = weekday_of(days_from_civil(year, month, 1));
    return (weekday - t->week_start + DAYS_PER_WEEK) % DAYS_PER_WEEK;
}

/* Without the blanks that would stand at its end. */
static void end_line(struct text *out)
{
    while (!out->failed && out->length > 0 && out->bytes[out->length - 1] == ' ')
        out->length--;
    text_puts(out, "\n");
}

/* Rows of weeks that a month takes. */
static int rows_of(const struct config_tariff *t, int year, int month)
{
    int lead = lead_of(t, year, month);
    return (lead + days_in_month(year, month) + DAYS_PER_WEEK - 1) / DAYS_PER_WEEK;
}

static bool season_begins(const struct tariff_year *y, unsigned at)
{
    return at > 0 && at < y->days && y->day[at].season != y->day[at - 1].season;
}

/* The mark behind a day: '>' a season begins, '+' alternate, '*' holiday, '.' weekend. */
static char mark_of(const struct tariff_year *y, unsigned at)
{
    static const char marks[TARIFF_DAY_KINDS] = {' ', '.', '*', '+'};
    if (y->day[at].kind < TARIFF_HOLIDAY && season_begins(y, at))
        return '>';
    return marks[y->day[at].kind];
}

/* Row `row` of a month's days; `first` is the month's first day of the year. */
static void month_row(struct text *out, const struct config_tariff *t, const struct tariff_year *y,
                      int month, int row)
{
    int64_t first = days_from_civil(y->year, month, 1);
    int lead = lead_of(t, y->year, month);
    for (int column = 0; column < DAYS_PER_WEEK; column++) {
        int day = row * DAYS_PER_WEEK + column - lead;
        if (day < 0 || day >= days_in_month(y->year, month))
            text_puts(out, "   ");
        else
            text_printf(out, "%2d%c", day + 1, mark_of(y, (unsigned)(first - y->first_day + day)));
    }
}

/* Months side by side. */
static void quarter(struct text *out, const struct config_tariff *t, const struct tariff_year *y,
                    int first)
{
    int rows = 0;
    for (int m = first; m < first + MONTHS_ABREAST; m++) {
        int needed = rows_of(t, y->year, m);
        text_column(out, month_name(m), MONTH_COLUMNS + GAP_COLUMNS);
        rows = needed > rows ? needed : rows;
    }
    end_line(out);
    for (int m = 0; m < MONTHS_ABREAST; m++) {
        for (int d = 0; d < DAYS_PER_WEEK; d++)
            text_printf(out, "%.2s ", weekday_name((t->week_start + d) % DAYS_PER_WEEK));
        text_column(out, "", GAP_COLUMNS);
    }
    end_line(out);
    for (int row = 0; row < rows; row++) {
        for (int m = first; m < first + MONTHS_ABREAST; m++) {
            month_row(out, t, y, m, row);
            text_column(out, "", GAP_COLUMNS);
        }
        end_line(out);
    }
}

static void months(struct text *out, const struct config_tariff *t, const struct tariff_year *y)
{
    for (int first = 1; first <= 12; first += MONTHS_ABREAST) {
        text_puts(out, "\n");
        quarter(out, t, y, first);
    }
    text_puts(out, "\n> a season begins   . weekend   * holiday   + alternate day\n\n");
}

/* --- Days of their own ------------------------------------------------------------------------------------------- */

static void special_days(struct text *out, const struct tariff_calendar *c,
                         const struct tariff_year *y)
{
    for (unsigned i = 0; i < y->days; i++) {
        const struct tariff_day *d = &y->day[i];
        char date[DATE_TEXT];
        bool begins = i == 0 || season_begins(y, i);
        if (d->kind < TARIFF_HOLIDAY && !begins)
            continue;
        date_write(y->first_day + i, date);
        text_printf(out, "%s  ", date);
        text_column(out, weekday_name(weekday_of(y->first_day + i)), KIND_COLUMNS);
        if (begins)
            text_printf(out, "%s%s", c->settings->season[d->season].name,
                        i == 0 ? " goes on" : " begins");
        if (d->kind >= TARIFF_HOLIDAY)
            text_printf(out, "%s%s (%s)", begins ? "; " : "", tariff_calendar_day_name(c, d),
                        tariff_day_kind_name((enum tariff_day_kind)d->kind));
        text_puts(out, "\n");
    }
}

void tariff_year_page(struct tariff_calendar *c, const char *site, int year, struct text *out)
{
    const struct tariff_year *y = tariff_calendar_year(c, year);
    head(out, c, site, year);
    schedules(out, c->settings);
    months(out, c->settings, y);
    special_days(out, c, y);
}
