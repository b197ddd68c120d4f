#include "tariff/year.h"

#include "base/instant.h"
#include "tariff/tariff.h"

#include <string.h>

void tariff_year_span(const struct zone *zone, int year, int64_t *from_ns, int64_t *to_ns)
{
    int64_t first, second;
    zone_utc(zone, days_from_civil(year, 1, 1) * 86400, &first, &second);
    *from_ns = first * NS_PER_S;
    zone_utc(zone, days_from_civil(year + 1, 1, 1) * 86400, &first, &second);
    *to_ns = first * NS_PER_S;
}

/* --- CSV --------------------------------------------------------------------------------------------------- */

/* In quotes where it has to be (RFC 4180). */
static void csv_field(struct text *out, const char *field)
{
    if (!strpbrk(field, ",\"\r\n")) {
        text_puts(out, field);
        return;
    }
    text_puts(out, "\"");
    for (; *field; field++)
        text_printf(out, "%s%c", *field == '"' ? "\"" : "", *field);
    text_puts(out, "\"");
}

void tariff_year_csv(struct tariff_calendar *c, int year, struct text *out)
{
    int64_t at, end;
    tariff_year_span(c->zone, year, &at, &end);
    text_puts(out, "utc,local,tariff,rate,season,day,name\n");
    while (at < end) {
        struct tariff_moment m;
        char utc[INSTANT_TEXT], local[ZONE_TIME_TEXT];
        tariff_calendar_at(c, at, &m);
        instant_format(at, 0, utc);
        zone_format(c->zone, at / NS_PER_S, local);
        text_printf(out, "%s,%s,%u,", utc, local, m.rate);
        csv_field(out, c->settings->rate[m.rate - 1].name);
        text_puts(out, ",");
        csv_field(out, c->settings->season[m.day.season].name);
        text_printf(out, ",%s,", tariff_day_kind_name((enum tariff_day_kind)m.day.kind));
        csv_field(out, m.day.kind >= TARIFF_HOLIDAY ? tariff_calendar_day_name(c, &m.day) : "");
        text_puts(out, "\n");
        at = m.until_ns;
    }
}

/* --- JSON -------------------------------------------------------------------------------------------------- */

static void json_schedule(struct json *j, const char *key, const struct config_schedule *s)
{
    if (s->count == 0)
        return;
    json_put_key(j, key);
    json_put_array(j);
    for (unsigned i = 0; i < s->count; i++) {
        json_put_object(j);
        json_put_key_integer(j, "from_min", s->segment[i].begin_min);
        json_put_key_integer(j, "to_min", s->segment[i].end_min);
        json_put_key_integer(j, "tariff", s->segment[i].rate);
        json_put_end_object(j);
    }
    json_put_end_array(j);
}

static void json_settings(const struct config_tariff *t, struct json *j)
{
    json_put_key(j, "rates");
    json_put_array(j);
    for (unsigned i = 0; i < t->rate_count; i++) {
        json_put_object(j);
        json_put_key_integer(j, "tariff", i + 1);
        json_put_key_string(j, "name", t->rate[i].name);
        json_put_end_object(j);
    }
    json_put_end_array(j);
    json_put_key(j, "seasons");
    json_put_array(j);
    for (unsigned i = 0; i < t->season_count; i++) {
        const struct config_season *s = &t->season[i];
        char from[DATE_RULE_TEXT];
        date_rule_write(&s->from, from);
        json_put_object(j);
        json_put_key_string(j, "name", s->name);
        json_put_key_string(j, "from", from);
        json_schedule(j, "weekday", &s->weekday);
        json_schedule(j, "weekend", &s->weekend);
        json_schedule(j, "holiday", &s->holiday);
        json_put_end_object(j);
    }
    json_put_end_array(j);
    json_put_key(j, "alternate_days");
    json_put_array(j);
    for (unsigned i = 0; i < t->alternate_count; i++) {
        json_put_object(j);
        json_put_key_string(j, "name", t->alternate[i].name);
        json_schedule(j, "schedule", &t->alternate[i].schedule);
        json_put_end_object(j);
    }
    json_put_end_array(j);
}

static void json_days(struct tariff_calendar *c, int year, struct json *j)
{
    const struct tariff_year *y = tariff_calendar_year(c, year);
    json_put_key(j, "days");
    json_put_array(j);
    for (unsigned i = 0; i < y->days; i++) {
        char date[DATE_TEXT];
        const struct tariff_day *d = &y->day[i];
        date_write(y->first_day + i, date);
        json_put_object(j);
        json_put_key_string(j, "date", date);
        json_put_key_string(j, "season", c->settings->season[d->season].name);
        json_put_key_string(j, "kind", tariff_day_kind_name((enum tariff_day_kind)d->kind));
        if (d->kind >= TARIFF_HOLIDAY)
            json_put_key_string(j, "name", tariff_calendar_day_name(c, d));
        json_put_end_object(j);
    }
    json_put_end_array(j);
}

static void json_changes(struct tariff_calendar *c, int year, struct json *j)
{
    int64_t at, end;
    tariff_year_span(c->zone, year, &at, &end);
    json_put_key(j, "changes");
    json_put_array(j);
    while (at < end) {
        struct tariff_moment m;
        char utc[INSTANT_TEXT], local[ZONE_TIME_TEXT];
        tariff_calendar_at(c, at, &m);
        instant_format(at, 0, utc);
        zone_format(c->zone, at / NS_PER_S, local);
        json_put_object(j);
        json_put_key_string(j, "utc", utc);
        json_put_key_string(j, "local", local);
        json_put_key_integer(j, "tariff", m.rate);
        json_put_end_object(j);
        at = m.until_ns;
    }
    json_put_end_array(j);
}

void tariff_year_json(struct tariff_calendar *c, const char *site, int year, struct json *j)
{
    json_put_object(j);
    json_put_key_string(j, "schema", "busbar-tariff/1");
    json_put_key_string(j, "name", site);
    json_put_key_integer(j, "year", year);
    json_put_key_string(j, "zone", c->zone->name);
    json_settings(c->settings, j);
    json_days(c, year, j);
    json_changes(c, year, j);
    json_put_end_object(j);
}
