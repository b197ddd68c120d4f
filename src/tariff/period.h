/* Days, weeks, months and billing periods in local time, as stretches between instants. Each instant lies in
 * exactly one of each kind, on days when clocks change too: a day begins when its midnight comes first, or where
 * the clocks jump over midnight, at the jump. */
#ifndef TARIFF_PERIOD_H
#define TARIFF_PERIOD_H

#include "base/zone.h"
#include "config/tariff.h"

enum tariff_period { TARIFF_DAYS, TARIFF_WEEKS, TARIFF_MONTHS, TARIFF_BILLINGS, TARIFF_PERIODS };

/* "day", "week", "month", "billing" */
const char *tariff_period_name(enum tariff_period kind);

/* The period of that kind in which an instant lies: [from_ns, to_ns). Uses week_start and billing_day. */
void tariff_period_at(const struct config_tariff *t, const struct zone *zone,
                      enum tariff_period kind, int64_t instant_ns, int64_t *from_ns,
                      int64_t *to_ns);

#endif
