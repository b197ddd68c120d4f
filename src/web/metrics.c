/* All values and the server's own counters in the Prometheus text format 0.0.4.
 *
 * Names follow the conventions of Prometheus: busbar_<quantity>_<base unit>, with "_total" for counters. So
 * percent becomes a ratio and watt-hours become joules. The sentence of the vocabulary is the help. */
#include "web/values.h"
#include "web/web_internal.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *suffix;
    double factor;
} units[UNIT_COUNT] = {
    [UNIT_NONE] = {"ratio", 1},
    [UNIT_V] = {"volts", 1},
    [UNIT_A] = {"amperes", 1},
    [UNIT_W] = {"watts", 1},
    [UNIT_VAR] = {"vars", 1},
    [UNIT_VA] = {"volt_amperes", 1},
    [UNIT_HZ] = {"hertz", 1},
    [UNIT_DEG] = {"degrees", 1},
    [UNIT_PERCENT] = {"ratio", 0.01},
    [UNIT_WH] = {"joules", 3600},
    [UNIT_VARH] = {"var_seconds", 3600},
    [UNIT_VAH] = {"volt_ampere_seconds", 3600},
};

/* A label's value: backslash, quote and line end are escaped. */
static void put_label(struct text *t, const char *name, const char *value)
{
    text_printf(t, "%s=\"", name);
    for (const char *c = value; *c; c++)
        if (*c == '\\' || *c == '"')
            text_printf(t, "\\%c", *c);
        else if (*c == '\n')
            text_puts(t, "\\n");
        else
            text_add(t, c, 1);
    text_puts(t, "\"");
}

static void put_place(struct text *t, const struct place *place)
{
    text_printf(t, "{device=\"%u\",", place->device->address);
    if (place->load)
        text_printf(t, "load=\"%u\",", place->n);
    put_label(t, "name", place_name(place));
    text_puts(t, "} ");
}

static void put_head(struct text *t, const char *name, const char *type, const char *help)
{
    text_printf(t, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* One row of the table, and the place it is shown under. */
struct metric_row {
    struct place place;
    bool there;
    uint64_t windows;
    struct quantity_set set;
};

/* Every point once: the network under the first device that measures it. */
static unsigned read_rows(const struct web_server *web, struct metric_row *rows)
{
    const struct plant *p = web->plant;
    const struct plant_device *voltage = plant_voltage_device(p);
    unsigned count = 0;
    for (unsigned d = 0; d < p->device_count; d++)
        for (unsigned n = &p->device[d] == voltage ? 0 : 1; n <= p->device[d].load_count; n++) {
            struct metric_row *row = &rows[count];
            if (!place_find(p, p->device[d].address, n, &row->place))
                continue;
            row->there = values_read(web->table, row->place.point, &row->set, &row->windows);
            count++;
        }
    return count;
}

static void put_quantity(struct text *t, enum quantity q, const struct metric_row *rows,
                         unsigned count)
{
    const struct quantity_info *info = quantity_info(q);
    bool counter = info->kind == KIND_COUNTER, headed = false;
    char name[80] = "busbar_";
    size_t n = strlen(name);
    for (const char *c = info->name; *c && n < sizeof name - 1; c++)
        name[n++] = (char)tolower((unsigned char)*c);
    snprintf(name + n, sizeof name - n, "_%s%s", units[info->unit].suffix, counter ? "_total" : "");
    for (unsigned i = 0; i < count; i++) {
        const struct quantity_set *set = &rows[i].set;
        if (!rows[i].there || !quantity_valid(set, q) || !isfinite(set->value[q]))
            continue;
        if (!headed)
            put_head(t, name, counter ? "counter" : "gauge", quantity_sentence(q));
        headed = true;
        text_puts(t, name);
        put_place(t, &rows[i].place);
        text_printf(t, "%.*g\n", counter ? 15 : 9, set->value[q] * units[info->unit].factor);
    }
}

static void put_windows(struct text *t, const struct metric_row *rows, unsigned count)
{
    put_head(t, "busbar_windows_total", "counter", "Windows of values published since the start.");
    for (unsigned i = 0; i < count; i++) {
        text_puts(t, "busbar_windows_total");
        put_place(t, &rows[i].place);
        text_printf(t, "%" PRIu64 "\n", rows[i].there ? rows[i].windows : 0);
    }
    put_head(t, "busbar_window_end_timestamp_seconds", "gauge", "End of the newest window, UTC.");
    for (unsigned i = 0; i < count; i++) {
        if (!rows[i].there)
            continue;
        text_puts(t, "busbar_window_end_timestamp_seconds");
        put_place(t, &rows[i].place);
        text_printf(t, "%.3f\n", (double)rows[i].set.end_ns / 1e9);
    }
}

static void put_number(struct text *t, const char *name, const char *type, const char *help,
                       uint64_t value)
{
    put_head(t, name, type, help);
    text_printf(t, "%s %" PRIu64 "\n", name, value);
}

static void put_server(struct text *t, const struct http_counters *c)
{
    put_head(t, "busbar_build_info", "gauge", "Always 1; says which version runs.");
    text_printf(t, "busbar_build_info{version=\"%s\"} 1\n", BUSBAR_VERSION);
    put_number(t, "busbar_http_connections", "gauge", "Open connections of the web server.",
               c->connections);
    put_number(t, "busbar_http_sockets", "gauge", "Open WebSockets.", c->sockets);
    put_number(t, "busbar_http_queued_bytes", "gauge", "Answers and messages that wait to be sent.",
               c->text_bytes);
    put_number(t, "busbar_http_accepted_total", "counter", "Connections accepted.", c->accepted);
    put_number(t, "busbar_http_refused_total", "counter", "Connections refused: too many.",
               c->refused);
    put_number(t, "busbar_http_evicted_total", "counter",
               "Idle connections closed to make room for others.", c->evicted);
    put_number(t, "busbar_http_timed_out_total", "counter", "Connections closed as too slow.",
               c->timed_out);
    put_number(t, "busbar_http_malformed_total", "counter",
               "Requests and frames that broke the protocol or its limits.", c->malformed);
    put_number(t, "busbar_http_requests_total", "counter", "Requests answered.", c->requests);
    put_number(t, "busbar_http_messages_total", "counter", "WebSocket messages sent.", c->messages);
    put_number(t, "busbar_http_sent_bytes_total", "counter", "Bytes sent.", c->sent_bytes);
}

/* One answer serves all who ask within this time: it is long, and a scraper wants none fresher. */
#define FRESH_MS 200

static bool answer_again(struct api_call *call)
{
    struct web_server *web = call->web;
    if (!web->metrics || uv_now(web->loop) - web->metrics_ms >= FRESH_MS)
        return false;
    call->response->text = http_text_share(web->metrics);
    return true;
}

static void keep_answer(struct api_call *call)
{
    struct web_server *web = call->web;
    http_text_drop(web->metrics);
    web->metrics = http_text_take(web->http, call->body);
    web->metrics_ms = uv_now(web->loop);
    if (web->metrics)
        call->response->text = http_text_share(web->metrics);
}

void answer_metrics(struct api_call *call)
{
    call->response->cache = "no-store";
    if (answer_again(call))
        return;
    struct metric_row *rows = calloc(call->web->plant->point_count, sizeof *rows);
    if (!rows) {
        api_fail(call, 503, "There is no memory for the metrics; try again in a moment.");
        return;
    }
    unsigned count = read_rows(call->web, rows);
    for (int q = 0; q < Q_COUNT; q++)
        put_quantity(call->body, (enum quantity)q, rows, count);
    put_windows(call->body, rows, count);
    put_server(call->body, http_server_counters(call->web->http));
    free(rows);
    keep_answer(call);
}
