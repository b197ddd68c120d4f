/* Any bytes as a TZif file: a fault, or a zone in which every instant has a local time and comes back. */
#include "base/instant.h"
#include "base/zone.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct zone zone;

static void ask(int64_t utc_s)
{
    struct zone_period p;
    int64_t first, second, local = zone_local(&zone, utc_s);
    char text[ZONE_TIME_TEXT];
    zone_at(&zone, utc_s, &p);
    if (p.until_s <= utc_s || local != utc_s + p.type->offset_s)
        abort();
    /* of three and more times that a mad zone shows a time, two are told */
    if (zone_utc(&zone, local, &first, &second) == ZONE_SKIPPED || first > utc_s)
        abort();
    zone_format(&zone, utc_s, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fault fault;
    if (zone_parse(&zone, "Fuzz", data, size, &fault) != ERR_OK)
        return fault.text[0] ? 0 : (abort(), 0);
    const int64_t limit = INT64_MAX / NS_PER_S - 2 * 86400;
    for (unsigned i = 0; i < zone.transitions; i++)
        if (zone.at_s[i] > -limit && zone.at_s[i] < limit) {
            ask(zone.at_s[i] - 1);
            ask(zone.at_s[i]);
        }
    struct zone_period p;
    int64_t at = days_from_civil(2020, 1, 1) * 86400;
    for (int i = 0; i < 50 && at < limit; i++) { /* and on, from change to change */
        ask(at);
        zone_at(&zone, at, &p);
        at = p.until_s;
    }
    ask(limit);
    ask(-limit);
    return 0;
}
