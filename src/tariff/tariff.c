#include "tariff/tariff.h"

#include <stdio.h>
#include <string.h>

void tariff_init(struct tariff *t, const struct config_tariff *settings, const struct zone *zone)
{
    memset(t, 0, sizeof *t);
    t->settings = settings;
    t->zone = zone;
    t->selected = 1;
    t->response_from_ns = t->response_until_ns = INT64_MIN;
    if (settings->source == TARIFF_BY_CALENDAR && settings->season_count > 0)
        tariff_calendar_init(&t->calendar, settings, zone);
}

unsigned tariff_count(const struct tariff *t)
{
    return t->settings->tariffs;
}

static bool has_calendar(const struct tariff *t)
{
    return t->calendar.settings != NULL;
}

unsigned tariff_in_force(struct tariff *t, int64_t instant_ns, int64_t *until_ns)
{
    struct tariff_moment m;
    *until_ns = INT64_MAX;
    if (tariff_count(t) == 0)
        return 0;
    if (!has_calendar(t))
        return t->selected;
    if (instant_ns >= t->response_from_ns && instant_ns < t->response_until_ns) {
        *until_ns = t->response_until_ns;
        return t->settings->demand_response_rate;
    }
    tariff_calendar_at(&t->calendar, instant_ns, &m);
    *until_ns = m.until_ns;
    if (instant_ns < t->response_from_ns && t->response_from_ns < m.until_ns)
        *until_ns = t->response_from_ns;
    return m.rate;
}

static bool selects(const struct tariff *t)
{
    return t->settings->source == TARIFF_BY_COMMUNICATION ||
           t->settings->source == TARIFF_BY_GATEWAY;
}

enum err tariff_select(struct tariff *t, unsigned number, struct fault *fault)
{
    if (!selects(t))
        return fault_set(fault, ERR_USAGE, "tariffs are selected by %s here, not by a command",
                         t->settings->source == TARIFF_BY_INPUTS ? "inputs" : "the calendar");
    if (number < 1 || number > tariff_count(t))
        return fault_set(fault, ERR_INPUT,
                         "there is no tariff %u; a number from 1 to %u is expected", number,
                         tariff_count(t));
    t->selected = number;
    return ERR_OK;
}

bool tariff_set_inputs(struct tariff *t, unsigned inputs)
{
    if (t->settings->source != TARIFF_BY_INPUTS || inputs >= tariff_count(t))
        return false;
    t->selected = inputs + 1;
    return true;
}

enum err tariff_respond(struct tariff *t, int64_t instant_ns, struct fault *fault)
{
    struct tariff_moment m;
    if (!has_calendar(t) || t->settings->demand_response_rate == 0)
        return fault_set(fault, ERR_USAGE, "this installation has no demand response");
    tariff_calendar_at(&t->calendar, instant_ns, &m);
    t->response_from_ns = instant_ns;
    t->response_until_ns = m.until_ns;
    return ERR_OK;
}

const char *tariff_name(const struct config_tariff *settings, unsigned number,
                        char name[TARIFF_NAME_TEXT])
{
    if (number >= 1 && number <= settings->rate_count)
        return settings->rate[number - 1].name;
    snprintf(name, TARIFF_NAME_TEXT, "T%u", number);
    return name;
}
