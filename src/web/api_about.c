/* Answers about what there is: the program, the plant, the vocabulary, recent events. */
#include "web/embedded.h"
#include "web/live.h"
#include "web/values.h"
#include "web/web_internal.h"

#include <stdlib.h>
#include <string.h>

void answer_openapi(struct api_call *call)
{
    const struct text schemas = {.bytes = (char *)(uintptr_t)embedded_schemas,
                                 .length = strlen(embedded_schemas)};
    openapi_put(&call->json, &schemas);
}

/* --- Info ------------------------------------------------------------------------------------------ */

static void put_network(struct json *j, const struct plant_network *n)
{
    const struct network_type_info *type = network_type_info(n->type);
    json_put_key(j, "network");
    json_put_object(j);
    json_put_key_string(j, "type", type->name);
    json_put_key_integer(j, "phases", type->phases);
    json_put_key_bool(j, "neutral", type->neutral);
    json_put_key_number(j, "nominal_voltage_v", n->nominal_voltage_v);
    json_put_key_number(j, "nominal_frequency_hz", n->nominal_hz);
    json_put_key_number(j, "dip_percent", n->dip_percent);
    json_put_key_number(j, "swell_percent", n->swell_percent);
    json_put_key_number(j, "interruption_percent", n->interruption_percent);
    json_put_key_number(j, "hysteresis_percent", n->hysteresis_percent);
    json_put_key_number(j, "overcurrent_percent", n->overcurrent_percent);
    json_put_end_object(j);
}

void answer_info(struct api_call *call)
{
    const struct plant *p = call->web->plant;
    struct json *j = &call->json;
    int64_t now = INSTANT_UNKNOWN;
    uint32_t flags = 0;
    for (unsigned point = 0; point < p->point_count; point++) {
        struct quantity_set set;
        if (!table_snapshot(call->web->table, point, &set) || set.cycles == 0)
            continue;
        flags |= set.flags;
        now = set.end_ns > now ? set.end_ns : now;
    }
    unsigned loads = 0;
    for (unsigned d = 0; d < p->device_count; d++)
        loads += p->device[d].load_count;
    json_put_object(j);
    json_put_key_string(j, "program", "busbar");
    json_put_key_string(j, "version", BUSBAR_VERSION);
    json_put_key_string(j, "name", p->name);
    if (now != INSTANT_UNKNOWN)
        values_put_instant(j, "now", now, 6);
    json_put_key_bool(j, "simulated", flags & QUALITY_SIMULATED);
    put_network(j, &p->network);
    json_put_key_integer(j, "device_count", p->device_count);
    json_put_key_integer(j, "load_count", loads);
    json_put_key_string(j, "live", "/live");
    json_put_end_object(j);
}

/* --- Devices --------------------------------------------------------------------------------------- */

static void put_load(struct json *j, unsigned n, const struct plant_load *l)
{
    const struct load_type_info *type = load_type_info(l->type);
    json_put_object(j);
    json_put_key_integer(j, "n", n);
    json_put_key_string(j, "name", l->name);
    json_put_key_string(j, "type", type->name);
    json_put_key_integer(j, "phases", type->phases);
    json_put_key(j, "phase");
    json_put_array(j);
    for (unsigned i = 0; i < type->phases; i++)
        json_put_integer(j, l->phase[i]);
    json_put_end_array(j);
    json_put_key_bool(j, "neutral_measured", type->neutral_measured);
    json_put_key_number(j, "rated_current_a", l->rated_current_a);
    json_put_end_object(j);
}

static void put_device(struct json *j, const struct plant_device *d)
{
    json_put_object(j);
    json_put_key_integer(j, "address", d->address);
    json_put_key_string(j, "profile", d->profile->name);
    json_put_key_string(j, "sentence", d->profile->sentence);
    json_put_key_string(j, "name", d->name);
    json_put_key_string(j, "serial", d->serial);
    json_put_key_bool(j, "measures_voltage", device_measures_voltage(d));
    json_put_key(j, "loads");
    json_put_array(j);
    for (unsigned l = 0; l < d->load_count; l++)
        put_load(j, l + 1, &d->load[l]);
    json_put_end_array(j);
    json_put_end_object(j);
}

void answer_devices(struct api_call *call)
{
    const struct plant *p = call->web->plant;
    json_put_object(&call->json);
    json_put_key(&call->json, "devices");
    json_put_array(&call->json);
    for (unsigned d = 0; d < p->device_count; d++)
        put_device(&call->json, &p->device[d]);
    json_put_end_array(&call->json);
    json_put_end_object(&call->json);
}

void answer_device(struct api_call *call)
{
    int address = call->match.argument[0];
    const struct plant_device *d = plant_device_at(call->web->plant, (unsigned)address);
    if (d)
        put_device(&call->json, d);
    else
        api_fail(call, 404, "There is no device with the address %d.", address);
}

/* --- The vocabulary -------------------------------------------------------------------------------- */

void answer_quantities(struct api_call *call)
{
    struct json *j = &call->json;
    json_put_object(j);
    json_put_key(j, "quantities");
    json_put_array(j);
    for (int q = 0; q < Q_COUNT; q++) {
        const struct quantity_info *info = quantity_info((enum quantity)q);
        json_put_object(j);
        json_put_key_string(j, "name", info->name);
        json_put_key_string(j, "sentence", quantity_sentence((enum quantity)q));
        json_put_key_string(j, "unit", unit_symbol(info->unit));
        json_put_key_string(j, "scope", quantity_scope_name(info->scope));
        json_put_key_string(j, "kind", quantity_kind_name(info->kind));
        json_put_key_integer(j, "digits", info->digits);
        json_put_end_object(j);
    }
    json_put_end_array(j);
    json_put_end_object(j);
}

/* --- Events ---------------------------------------------------------------------------------------- */

void event_put_json(struct json *j, const struct web_event *e)
{
    static const char *const kinds[WEB_EVENT_KINDS] = {"dip",         "swell", "interruption",
                                                       "overcurrent", "rvc",   "signalling"};
    bool ongoing = e->end_ns == INSTANT_UNKNOWN;
    json_put_object(j);
    json_put_key_integer(j, "id", (int64_t)e->id);
    json_put_key_string(j, "kind", kinds[e->kind]);
    json_put_key_integer(j, "device", e->device);
    if (e->load)
        json_put_key_integer(j, "load", e->load);
    values_put_instant(j, "start", e->start_ns, 6);
    json_put_key_bool(j, "ongoing", ongoing);
    if (!ongoing) {
        values_put_instant(j, "end", e->end_ns, 6);
        json_put_key(j, "duration_s");
        json_put_number_rounded(j, (double)(e->end_ns - e->start_ns) / 1e9, 9);
    }
    json_put_key_number(j, "reference", e->reference);
    json_put_key_string(j, "unit", e->kind == WEB_EVENT_OVERCURRENT ? "A" : "V");
    json_put_key(j, "channels");
    json_put_array(j);
    for (unsigned c = 0; c < e->channel_count && c < WEB_EVENT_CHANNELS; c++) {
        json_put_object(j);
        json_put_key_string(j, "name", quantity_info(e->channel[c].quantity)->name);
        json_put_key(j, "extreme");
        json_put_number_rounded(j, e->channel[c].extreme, 9);
        json_put_key(j, "percent");
        json_put_number_rounded(j, e->channel[c].percent, 9);
        if (e->kind == WEB_EVENT_RVC) {
            json_put_key(j, "steady");
            json_put_number_rounded(j, e->channel[c].steady, 9);
        }
        values_put_instant(j, "start", e->channel[c].start_ns, 6);
        if (e->channel[c].end_ns != INSTANT_UNKNOWN) {
            json_put_key(j, "duration_s");
            json_put_number_rounded(
                j, (double)(e->channel[c].end_ns - e->channel[c].start_ns) / 1e9, 9);
        }
        json_put_end_object(j);
    }
    json_put_end_array(j);
    json_put_end_object(j);
}

void answer_events(struct api_call *call)
{
    const struct web_events *source = call->web->events;
    unsigned limit = (unsigned)call->match.argument[0], count = 0;
    struct web_event *events = calloc(limit, sizeof *events);
    if (!events) {
        api_fail(call, 503, "There is no memory for the events; try again in a moment.");
        return;
    }
    if (source)
        count = source->latest(source->context, events, limit);
    json_put_object(&call->json);
    json_put_key(&call->json, "events");
    json_put_array(&call->json);
    for (unsigned i = 0; i < count; i++)
        event_put_json(&call->json, &events[i]);
    json_put_end_array(&call->json);
    json_put_end_object(&call->json);
    free(events);
}

/* --- Health ---------------------------------------------------------------------------------------- */

void answer_health(struct api_call *call)
{
    uint64_t age_ms;
    bool begun = live_age_ms(call->web->live, &age_ms);
    bool stale = begun && age_ms >= call->web->config.stale_ms;
    call->response->status = begun && !stale ? 200 : 503;
    call->response->cache = "no-store";
    json_put_object(&call->json);
    json_put_key_string(&call->json, "status", !begun ? "starting" : stale ? "stale" : "ok");
    if (begun)
        json_put_key_number(&call->json, "age_s", (double)age_ms / 1000);
    json_put_end_object(&call->json);
}
