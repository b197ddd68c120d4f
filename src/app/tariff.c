/* busbar tariff: the time-of-use calendar of an installation for a year. */
#include "app/commands.h"
#include "app/options.h"
#include "base/instant.h"
#include "config/config.h"
#include "port/clock.h"
#include "port/zone_file.h"
#include "tariff/year.h"

#include <stdio.h>
#include <stdlib.h>

struct request {
    long year; /* 0: this one */
    bool json, csv;
};

/* All that is too large for a stack. */
struct desk {
    struct config config;
    struct config_faults faults;
    struct zone zone;
    struct tariff_calendar calendar;
};

static int this_year(const struct zone *zone)
{
    int year, month, day;
    int64_t local = zone_local(zone, clock_utc_ns() / NS_PER_S);
    civil_from_days(local / 86400, &year, &month, &day);
    return year;
}

/* What is in force, for the person who asks without a year. */
static void write_now(struct desk *d, struct text *out)
{
    struct tariff_moment m;
    int64_t now_ns = clock_utc_ns();
    char text[ZONE_TIME_TEXT];
    tariff_calendar_at(&d->calendar, now_ns, &m);
    zone_format(&d->zone, now_ns / NS_PER_S, text);
    text_printf(out, "\nNow, %s: %s, %s", text, d->config.tariff.season[m.day.season].name,
                d->config.tariff.rate[m.rate - 1].name);
    if (m.until_ns != INT64_MAX) {
        zone_format(&d->zone, m.until_ns / NS_PER_S, text);
        text_printf(out, ", until %s", text);
    }
    text_puts(out, ".\n");
}

static void write_year(struct desk *d, const struct request *r, struct text *out)
{
    int year = r->year ? (int)r->year : this_year(&d->zone);
    tariff_calendar_init(&d->calendar, &d->config.tariff, &d->zone);
    if (r->csv) {
        tariff_year_csv(&d->calendar, year, out);
    } else if (r->json) {
        struct json j;
        json_init(&j, out, 2);
        tariff_year_json(&d->calendar, d->config.plant.name, year, &j);
        text_puts(out, "\n");
    } else {
        tariff_year_page(&d->calendar, d->config.plant.name, year, out);
        if (!r->year)
            write_now(d, out);
    }
}

/* ERR_OK: `out` is the result; else what is to be told. */
static enum err answer(struct desk *d, const char *path, const struct request *r, struct text *out)
{
    struct fault fault;
    enum err err = config_read(path, &d->config, &d->faults);
    if (err) {
        config_faults_print(&d->faults, out);
        return err;
    }
    if (d->config.tariff.season_count == 0) {
        text_printf(out, "%s: this installation has no time-of-use calendar (tariff: seasons)\n",
                    path);
        return ERR_INPUT;
    }
    err = zone_load(d->config.clock.zone, &d->zone, &fault);
    if (err)
        text_printf(out, "%s: %s\n", path, fault.text);
    else
        write_year(d, r, out);
    return err;
}

static int print_calendar(const char *path, const struct request *r)
{
    struct desk *d = calloc(1, sizeof *d);
    struct text out;
    text_init(&out, 0);
    enum err err = d ? answer(d, path, r, &out) : ERR_MEMORY;
    if (!d || out.failed) {
        fputs("busbar tariff: out of memory\n", stderr);
        err = ERR_MEMORY;
    } else {
        fwrite(out.bytes, 1, out.length, err ? stderr : stdout);
    }
    text_free(&out);
    free(d);
    return err_exit_code(err);
}

int tariff_command(int argc, char **argv)
{
    struct request r = {0};
    const struct option_line options[] = {
        {"year", "YEAR", OPTION_INTEGER, &r.year, CONFIG_YEAR_FIRST, CONFIG_YEAR_LAST,
         "another year than this one"},
        {"csv", NULL, OPTION_FLAG, &r.csv, 0, 0, "print each change of the rate, as CSV"},
        {"json", NULL, OPTION_FLAG, &r.json, 0, 0, "print days, schedules and changes, as JSON"},
        {NULL},
    };
    const struct usage usage = {
        .command = "tariff",
        .operands = "INSTALLATION.yaml",
        .sentence =
            "Prints the time-of-use calendar of an installation: seasons, schedules, holidays,\n"
            "and each day of a year.",
        .operands_min = 1,
        .operands_max = 1,
        .options = options,
    };
    const char *operand[OPERANDS_MAX];
    int exit_code;
    if (!options_read(&usage, argc, argv, operand, &exit_code))
        return exit_code;
    if (r.csv && r.json)
        return usage_fault(usage.command, "either --csv or --json");
    return print_calendar(operand[0], &r);
}
