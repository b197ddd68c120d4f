/* The calendar of a whole year: for people as a page, for programs as CSV or JSON. */
#ifndef TARIFF_YEAR_H
#define TARIFF_YEAR_H

#include "base/json.h"
#include "tariff/calendar.h"

/* The first and last instant of a year in local time: [from_ns, to_ns). */
void tariff_year_span(const struct zone *zone, int year, int64_t *from_ns, int64_t *to_ns);

/* A page: rates, seasons with their schedules, changes of the clocks, every month, holidays and alternate days.
 * `site` is its title. */
void tariff_year_page(struct tariff_calendar *c, const char *site, int year, struct text *out);

/* A row for what holds when the year begins, and for each change of the rate in it: UTC, local time, tariff, rate,
 * season, kind of day and its name. With a line of heads. */
void tariff_year_csv(struct tariff_calendar *c, int year, struct text *out);

/* {"schema": "busbar-tariff/1", ...}: docs/tariff.md. */
void tariff_year_json(struct tariff_calendar *c, const char *site, int year, struct json *j);

#endif
