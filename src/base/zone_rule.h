/* The future of a zone: when clocks change in years that its file has no line for. Inside this room only. */
#ifndef BASE_ZONE_RULE_H
#define BASE_ZONE_RULE_H

#include "base/zone.h"

/* Type in force at a UTC second, and when it changes next (INT64_MAX: never), by the rules alone. */
const struct zone_type *zone_future_at(const struct zone_future *f, int64_t utc_s,
                                       int64_t *until_s);

#endif
