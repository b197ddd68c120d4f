#include "base/instant.h"

#include <assert.h>
#include <stdio.h>

/* Howard Hinnant's algorithm "days_from_civil": eras of 400 years that begin on 1 March. */
int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

bool instant_from_civil(const struct civil *c, int64_t *instant_ns)
{
    if (c->year < 1680 || c->year > 2260 || c->month < 1 || c->month > 12 || c->day < 1 ||
        c->day > days_in_month(c->year, c->month))
        return false;
    if (c->hour < 0 || c->hour > 23 || c->minute < 0 || c->minute > 59 || c->second < 0 ||
        c->second > 59 || c->nanosecond < 0 || c->nanosecond >= NS_PER_S)
        return false;
    int64_t seconds = days_from_civil(c->year, c->month, c->day) * 86400 + c->hour * 3600 +
                      c->minute * 60 + c->second;
    *instant_ns = seconds * NS_PER_S + c->nanosecond;
    return true;
}

void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t mp = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

void instant_to_civil(int64_t instant_ns, struct civil *c)
{
    int64_t seconds = instant_ns / NS_PER_S;
    int64_t ns = instant_ns % NS_PER_S;
    if (ns < 0) {
        ns += NS_PER_S;
        seconds--;
    }
    int64_t days = seconds / 86400;
    int64_t rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    civil_from_days(days, &c->year, &c->month, &c->day);
    c->hour = (int)(rest / 3600);
    c->minute = (int)(rest % 3600 / 60);
    c->second = (int)(rest % 60);
    c->nanosecond = (int32_t)ns;
}

void instant_format(int64_t instant_ns, int digits, char text[INSTANT_TEXT])
{
    assert(digits >= 0 && digits <= 9);
    struct civil c;
    instant_to_civil(instant_ns, &c);
    int n = snprintf(text, INSTANT_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", c.year % 10000, c.month,
                     c.day, c.hour, c.minute, c.second);
    if (digits > 0) {
        int32_t fraction = c.nanosecond;
        for (int i = digits; i < 9; i++)
            fraction /= 10;
        n += snprintf(text + n, INSTANT_TEXT - (size_t)n, ".%0*d", digits, (int)fraction);
    }
    snprintf(text + n, INSTANT_TEXT - (size_t)n, "Z");
}
