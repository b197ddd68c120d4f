/* Rules for local time and tariffs: the zone is there, every rate that is named exists, schedules cover their
 * day, seasons cover the year. */
#include "config/rules.h"

#include "base/nearest.h"
#include "port/zone_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sheet {
    struct reader *r;
    struct draft *d;
    struct config_tariff *t;
    const struct section *section;
    const yaml_node_t *node; /* of the section; NULL: it is left out */
};

static const yaml_node_t *value(const struct sheet *s, const char *key)
{
    return document_value(s->r->document, s->node, key);
}

static bool good(const struct sheet *s, const char *key)
{
    return reader_is_good(s->r, s->section, s->node, key);
}

/* --- Zone ------------------------------------------------------------------------------------------------ */

static void check_zone(struct reader *r, struct draft *d, const yaml_node_t *root)
{
    const struct section *section = section_below(config_file_section, "clock");
    const yaml_node_t *clock = document_value(r->document, root, "clock");
    const yaml_node_t *node = document_value(r->document, clock, "zone");
    struct zone *zone =
        node && reader_is_good(r, section, clock, "zone") ? malloc(sizeof *zone) : NULL;
    struct fault fault;
    if (zone && zone_load(d->clock.zone, zone, &fault) != ERR_OK)
        reader_fault(r, node, "zone: %s", fault.text);
    free(zone);
}

/* --- Rates and schedules ------------------------------------------------------------------------------------- */

/* Number of a rate, from 1; 0: there is none of that name. */
static unsigned find_rate(const struct config_tariff *t, const char *name)
{
    for (unsigned i = 0; i < t->rate_count; i++)
        if (strcmp(t->rate[i].name, name) == 0)
            return i + 1;
    return 0;
}

static void no_such_rate(const struct sheet *s, const yaml_node_t *node, const char *key,
                         const char *name)
{
    struct nearest n;
    nearest_begin(&n, name);
    for (unsigned i = 0; i < s->t->rate_count; i++)
        nearest_offer(&n, s->t->rate[i].name);
    if (n.best)
        reader_fault(s->r, node, "%s: there is no rate \"%s\"; did you mean %s?", key, name,
                     n.best);
    else
        reader_fault(s->r, node, "%s: there is no rate \"%s\" among the rates of the tariff", key,
                     name);
}

/* A schedule that was read without a fault; `owner` is the mapping that has it. */
static void settle_schedule(const struct sheet *s, const struct section *section,
                            const yaml_node_t *owner, const char *key,
                            struct config_schedule *schedule)
{
    const yaml_node_t *node = document_value(s->r->document, owner, key);
    char sentence[CONFIG_SENTENCE_TEXT];
    if (!node || !reader_is_good(s->r, section, owner, key))
        return;
    for (unsigned i = 0; i < schedule->count && good(s, "rates"); i++) {
        struct config_segment *segment = &schedule->segment[i];
        const yaml_node_t *item = document_item(s->r->document, node, i);
        segment->rate = (uint8_t)find_rate(s->t, segment->name);
        if (segment->rate == 0)
            no_such_rate(s, item ? item : node, key, segment->name);
    }
    if (!config_schedule_check(schedule, sentence))
        reader_fault(s->r, node, "%s: %s", key, sentence);
}

/* Lists whose items have a name: no two the same. */
static void check_names(const struct sheet *s, const char *key, unsigned count, const char *names,
                        size_t step)
{
    const yaml_node_t *list = value(s, key);
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < i; k++)
            if (names[i * step] && strcmp(names + i * step, names + k * step) == 0)
                reader_fault(s->r, document_item(s->r->document, list, i),
                             "the name %s stands in %s twice", names + i * step, key);
}

/* --- Seasons ------------------------------------------------------------------------------------------------------ */

/* A schedule that some days need: there, or a fault; and not there where no day has it. */
static void check_need(const struct sheet *s, const yaml_node_t *season, const char *key,
                       bool needed, const char *days)
{
    const yaml_node_t *node = document_value(s->r->document, season, key);
    if (needed && !node)
        reader_fault(s->r, season, "there are %s, but \"%s\" of this season is missing", days, key);
    if (!needed && node)
        reader_fault(s->r, node, "\"%s\" of a season, but there are no %s", key, days);
}

static void check_season(const struct sheet *s, unsigned i)
{
    struct config_season *season = &s->t->season[i];
    const struct section *section = section_below(s->section, "seasons");
    const yaml_node_t *node = document_item(s->r->document, value(s, "seasons"), i);
    struct config_holiday holiday;
    settle_schedule(s, section, node, "weekday", &season->weekday);
    settle_schedule(s, section, node, "weekend", &season->weekend);
    settle_schedule(s, section, node, "holiday", &season->holiday);
    if (good(s, "weekend_days"))
        check_need(s, node, "weekend", s->t->weekend_days != 0, "weekend_days");
    if (good(s, "holidays") && good(s, "holiday_template"))
        check_need(s, node, "holiday", config_holiday(s->t, 0, &holiday) != NULL, "holidays");
    bool first_day = document_value(s->r->document, node, "from") != NULL;
    if (!first_day && s->t->season_count > 1)
        reader_fault(s->r, node, "\"from\" is missing: the first day of the season");
    else if (!first_day)
        season->from = (struct date_rule){.kind = DATE_EXACT, .month = 1, .day = 1};
}

static bool dates_are_good(const struct sheet *s, unsigned i)
{
    const struct section *section = section_below(s->section, "seasons");
    const yaml_node_t *node = document_item(s->r->document, value(s, "seasons"), i);
    return reader_is_good(s->r, section, node, "from") && reader_is_good(s->r, section, node, "to");
}

/* All of them together; only where each of them is good. */
static void check_seasons(const struct sheet *s)
{
    unsigned before = s->r->faults->count, at;
    char sentence[CONFIG_SENTENCE_TEXT];
    bool dates = true;
    for (unsigned i = 0; i < s->t->season_count; i++) {
        check_season(s, i);
        dates = dates && dates_are_good(s, i);
    }
    check_names(s, "seasons", s->t->season_count, s->t->season[0].name, sizeof *s->t->season);
    if (dates && s->r->faults->count == before && good(s, "seasons") &&
        !config_seasons_check(s->t, &at, sentence))
        reader_fault(s->r, document_item(s->r->document, value(s, "seasons"), at), "%s", sentence);
}

/* --- The other lists ------------------------------------------------------------------------------------------- */

static void check_holidays(const struct sheet *s)
{
    struct config_holiday holiday;
    unsigned all = 0;
    const yaml_node_t *list = value(s, "holidays");
    while (config_holiday(s->t, all, &holiday))
        all++;
    if (all > TARIFF_HOLIDAYS_MAX)
        reader_fault(s->r, list, "%u holidays with those of the template; at most %d are possible",
                     all, TARIFF_HOLIDAYS_MAX);
    for (unsigned i = 0; i < s->t->holiday_count; i++) {
        struct config_holiday *unnamed = &s->t->holiday[i];
        char date[DATE_RULE_TEXT];
        date_rule_write(&unnamed->date, date);
        if (!unnamed->name[0])
            snprintf(unnamed->name, sizeof unnamed->name, "%.31s", date);
    }
}

static void check_alternates(const struct sheet *s)
{
    const struct section *section = section_below(s->section, "alternate_days");
    for (unsigned i = 0; i < s->t->alternate_count; i++)
        settle_schedule(s, section, document_item(s->r->document, value(s, "alternate_days"), i),
                        "schedule", &s->t->alternate[i].schedule);
    check_names(s, "alternate_days", s->t->alternate_count, s->t->alternate[0].name,
                sizeof *s->t->alternate);
}

/* --- The whole ---------------------------------------------------------------------------------------------------- */

/* Keys that only a calendar has a use for. */
static void check_source(const struct sheet *s)
{
    static const char *const keys[] = {"seasons",          "weekend_days",   "holidays",
                                       "holiday_template", "alternate_days", "demand_response"};
    unsigned at = section_find(s->section, "source");
    bool calendar = s->t->source == TARIFF_BY_CALENDAR;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const yaml_node_t *node = value(s, keys[i]);
        bool said = node && strcmp(keys[i], "holiday_template") == 0 ? s->t->holiday_template != 0
                                                                     : node != NULL;
        if (said && !calendar)
            reader_fault(s->r, node, "tariffs from %s have no \"%s\"",
                         s->section->settings[at].choice((int)s->t->source), keys[i]);
        else if (said && !value(s, "seasons"))
            reader_fault(s->r, node, "\"%s\" needs \"seasons\", with the rates of their days",
                         keys[i]);
    }
    if (calendar && value(s, "seasons") && !value(s, "rates"))
        reader_fault(s->r, value(s, "seasons"), "\"seasons\" need \"rates\"");
    const yaml_node_t *counted = value(s, "rates") ? value(s, "rates") : value(s, "tariffs");
    if (calendar && counted && !value(s, "seasons"))
        reader_fault(s->r, counted, "\"seasons\" is missing: when each of the rates is in force");
}

static void settle_tariffs(const struct sheet *s)
{
    const yaml_node_t *node = value(s, "tariffs");
    if (!node)
        node = value(s, "rates");
    if (s->t->tariffs == 0)
        s->t->tariffs = s->t->rate_count;
    else if (s->t->tariffs < s->t->rate_count)
        reader_fault(s->r, node, "tariffs: %u where there are %u rates", s->t->tariffs,
                     s->t->rate_count);
    if (s->t->tariffs == 0 && s->t->source != TARIFF_BY_CALENDAR)
        reader_fault(s->r, s->node, "\"tariffs\" is missing: how many are counted");
    const struct section *devices = section_below(config_file_section, "devices");
    const yaml_node_t *root = yaml_document_get_root_node(s->r->document);
    const yaml_node_t *list = document_value(s->r->document, root, "devices");
    for (unsigned i = 0; i < s->d->device_count; i++) {
        const yaml_node_t *device = document_item(s->r->document, list, i);
        if (!reader_is_good(s->r, devices, device, "profile"))
            continue;
        const struct profile *p = &profiles[s->d->device[i].profile];
        if (p->features & FEATURE_PANEL && s->t->tariffs > TARIFFS_SMALL_MAX) {
            reader_fault(s->r, node, "%u tariffs; %s counts %d at most", s->t->tariffs, p->name,
                         TARIFFS_SMALL_MAX);
            break;
        }
    }
}

static void settle_demand_response(const struct sheet *s)
{
    const yaml_node_t *node = value(s, "demand_response");
    if (!node || !good(s, "demand_response") || !good(s, "rates"))
        return;
    s->t->demand_response_rate = find_rate(s->t, s->t->demand_response);
    if (s->t->demand_response_rate == 0)
        no_such_rate(s, node, "demand_response", s->t->demand_response);
}

void rules_apply_tariff(struct reader *r, struct draft *d, const yaml_node_t *root)
{
    const struct sheet s = {
        .r = r,
        .d = d,
        .t = &d->tariff,
        .section = section_below(config_file_section, "tariff"),
        .node = document_value(r->document, root, "tariff"),
    };
    check_zone(r, d, root);
    if (!s.node || s.node->type != YAML_MAPPING_NODE)
        return;
    check_names(&s, "rates", s.t->rate_count, s.t->rate[0].name, sizeof *s.t->rate);
    if (good(&s, "source"))
        check_source(&s);
    check_holidays(&s);
    check_seasons(&s);
    check_alternates(&s);
    settle_demand_response(&s);
    if (good(&s, "tariffs") && good(&s, "rates"))
        settle_tariffs(&s);
}
