/* Answers about tariffs: which one is in force, and the calendar of a year. */
#include "tariff/year.h"
#include "web/values.h"
#include "web/web_internal.h"

/* Time comes with the data: the end of the newest window of the network. */
static bool read_now(struct api_call *call, int64_t *now_ns)
{
    struct quantity_set network;
    uint64_t sequence;
    bool there = values_read(call->web->table, 0, &network, &sequence);
    if (there)
        *now_ns = network.end_ns;
    else
        api_fail_no_data(call);
    return there;
}

static void put_names(struct json *j, const struct config_tariff *settings)
{
    json_put_key(j, "tariffs");
    json_put_array(j);
    for (unsigned n = 1; n <= settings->tariffs; n++) {
        char room[TARIFF_NAME_TEXT];
        json_put_object(j);
        json_put_key_integer(j, "tariff", n);
        json_put_key_string(j, "name", tariff_name(settings, n, room));
        json_put_end_object(j);
    }
    json_put_end_array(j);
}

static void put_day(struct json *j, struct tariff_calendar *calendar, int64_t now_ns)
{
    struct tariff_moment m;
    tariff_calendar_at(calendar, now_ns, &m);
    json_put_key_string(j, "season", calendar->settings->season[m.day.season].name);
    json_put_key_string(j, "day", tariff_day_kind_name((enum tariff_day_kind)m.day.kind));
    if (m.day.kind >= TARIFF_HOLIDAY)
        json_put_key_string(j, "day_name", tariff_calendar_day_name(calendar, &m.day));
}

void answer_tariff(struct api_call *call)
{
    struct tariff *t = call->web->config.tariff;
    struct json *j = &call->json;
    char room[TARIFF_NAME_TEXT];
    int64_t now_ns, until_ns;
    if (!t || tariff_count(t) == 0) {
        api_fail(call, 404, "This installation counts no tariffs.");
        return;
    }
    if (!read_now(call, &now_ns))
        return;
    unsigned tariff = tariff_in_force(t, now_ns, &until_ns);
    json_put_object(j);
    json_put_key_string(j, "source", config_tariff_source_name((int)t->settings->source));
    json_put_key_string(j, "zone", t->zone->name);
    values_put_instant(j, "at", now_ns, 6);
    json_put_key_integer(j, "tariff", tariff);
    json_put_key_string(j, "name", tariff_name(t->settings, tariff, room));
    if (until_ns != INT64_MAX)
        values_put_instant(j, "until", until_ns, 0);
    if (t->settings->season_count > 0)
        put_day(j, &t->calendar, now_ns);
    put_names(j, t->settings);
    json_put_end_object(j);
}

void answer_tariff_calendar(struct api_call *call)
{
    struct tariff *t = call->web->config.tariff;
    int year = call->match.argument[0];
    if (!t || t->settings->season_count == 0) {
        api_fail(call, 404, "This installation has no time-of-use calendar.");
        return;
    }
    if (!call->match.given[0]) {
        int64_t now_ns;
        int month, day;
        if (!read_now(call, &now_ns))
            return;
        civil_from_days(zone_local(t->zone, now_ns / NS_PER_S) / 86400, &year, &month, &day);
    }
    tariff_year_json(&t->calendar, call->web->plant->name, year, &call->json);
}
