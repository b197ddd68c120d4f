/* For tests about tariffs: settings from the text of an installation file, and a zone from a TZ string of POSIX, so
 * that no database is needed. */
#ifndef SUPPORT_TARIFF_CASE_H
#define SUPPORT_TARIFF_CASE_H

#include "base/instant.h"
#include "config/config.h"
#include "tariff/tariff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARIS     "CET-1CEST,M3.5.0,M10.5.0/3"
#define NEW_YORK  "EST5EDT,M3.2.0,M11.1.0"
#define LORD_HOWE "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"
#define SAO_PAULO "<-03>3<-02>,M10.3.0/0,M2.3.0/0" /* as until 2019: at midnight */
#define KATHMANDU "<+0545>-5:45"

struct tariff_case {
    struct config config;
    struct config_faults faults;
    struct zone zone;
    struct tariff tariff;
};

/* NULL: the text has a fault, which is printed. Freed by free. */
static inline struct tariff_case *tariff_case_new(const char *text, const char *tz)
{
    struct tariff_case *c = calloc(1, sizeof *c);
    char file[4000];
    snprintf(file, sizeof file, "busbar: 1\ndevices: [{profile: U-30}]\n%s", text);
    zone_init_utc(&c->zone);
    if (!zone_future_parse(tz, &c->zone.future) ||
        config_parse(file, strlen(file), "case", &c->config, &c->faults) != ERR_OK) {
        fprintf(stderr, "%s\n", c->faults.fault[0].text);
        free(c);
        return NULL;
    }
    tariff_init(&c->tariff, &c->config.tariff, &c->zone);
    return c;
}

/* UTC of a civil time. */
static inline int64_t at_utc(int year, int month, int day, int hour, int minute)
{
    struct civil civil = {year, month, day, hour, minute, 0, 0};
    int64_t instant;
    if (!instant_from_civil(&civil, &instant))
        abort();
    return instant;
}

#endif
