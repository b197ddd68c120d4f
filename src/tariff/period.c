#include "tariff/period.h"

#include "base/instant.h"

#define DAY_S 86400

const char *tariff_period_name(enum tariff_period kind)
{
    static const char *const names[TARIFF_PERIODS] = {"day", "week", "month", "billing"};
    return names[kind];
}

/* First day of the period that a day lies in. */
static int64_t first_day(const struct config_tariff *t, enum tariff_period kind, int64_t day)
{
    int year, month, d;
    if (kind == TARIFF_DAYS)
        return day;
    if (kind == TARIFF_WEEKS)
        return day - (weekday_of(day) - t->week_start + DAYS_PER_WEEK) % DAYS_PER_WEEK;
    int begins = kind == TARIFF_BILLINGS ? (int)t->billing_day : 1;
    civil_from_days(day, &year, &month, &d);
    if (d < begins && --month == 0) {
        month = 12;
        year--;
    }
    return days_from_civil(year, month, begins);
}

/* First day of the period after the one that begins on a day. */
static int64_t next_day(const struct config_tariff *t, enum tariff_period kind, int64_t first)
{
    static const int longest[TARIFF_PERIODS] = {1, 7, 31, 31};
    return first_day(t, kind, first + longest[kind]);
}

static int64_t midnight(const struct zone *zone, int64_t day)
{
    int64_t first, second;
    zone_utc(zone, day * DAY_S, &first, &second);
    return first;
}

static int64_t ns_of(int64_t second)
{
    if (second > INT64_MAX / NS_PER_S)
        return INT64_MAX;
    return second < INT64_MIN / NS_PER_S ? INT64_MIN : second * NS_PER_S;
}

void tariff_period_at(const struct config_tariff *t, const struct zone *zone,
                      enum tariff_period kind, int64_t instant_ns, int64_t *from_ns, int64_t *to_ns)
{
    int64_t utc_s = instant_ns / NS_PER_S - (instant_ns % NS_PER_S < 0);
    int64_t local = zone_local(zone, utc_s);
    int64_t first = first_day(t, kind, local / DAY_S - (local % DAY_S < 0));
    /* Where clocks go back across midnight, the wall shows yesterday's date once more. */
    while (midnight(zone, first) > utc_s)
        first = first_day(t, kind, first - 1);
    while (midnight(zone, next_day(t, kind, first)) <= utc_s)
        first = next_day(t, kind, first);
    *from_ns = ns_of(midnight(zone, first));
    *to_ns = ns_of(midnight(zone, next_day(t, kind, first)));
}
