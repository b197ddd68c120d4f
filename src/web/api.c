/* The API: its routes, and how a request becomes an answer. */
#include "base/crc32.h"
#include "web/subscription.h"
#include "web/values.h"
#include "web/web_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BODY_BYTES_MAX ((size_t)8 << 20)

#define JSON_TYPE "application/json"

#define ADDRESS                                                                             \
    {                                                                                       \
        .name = "address", .in_path = true, .required = true, .minimum = 1, .maximum = 247, \
        .sentence = "Modbus address of the device."                                         \
    }
#define LOAD_NUMBER                                                                               \
    {                                                                                             \
        .name = "n", .in_path = true, .required = true, .minimum = 1, .maximum = PLANT_LOADS_MAX, \
        .sentence = "Number of the load on its device, from 1."                                   \
    }
#define HARMONICS                                       \
    {                                                   \
        .name = "harmonics", .kind = PARAMETER_BOOLEAN, \
        .sentence = "Adds the spectra to order 63."     \
    }

#define KIND                                                                                  \
    {                                                                                         \
        .name = "kind", .kind = PARAMETER_WORD, .word = values_kind_name,                     \
        .sentence = "Over which time: window (10 or 12 cycles), 150cycles (or 180), average " \
                    "(the installation's), 10min, 2h, fast."                                  \
    }

const struct route routes[] = {
    {.path = "/api/v1/openapi.json",
     .right = RIGHT_NONE,
     .id = "getOpenapi",
     .tag = "about",
     .summary = "This document.",
     .type = JSON_TYPE,
     .schema = "Openapi",
     .etag = true,
     .answer = answer_openapi},
    {.path = "/api/v1/info",
     .right = RIGHT_READ,
     .id = "getInfo",
     .tag = "about",
     .summary = "What runs here, on which network, and how fresh its values are.",
     .type = JSON_TYPE,
     .schema = "Info",
     .answer = answer_info},
    {.path = "/api/v1/quantities",
     .right = RIGHT_READ,
     .id = "listQuantities",
     .tag = "about",
     .summary = "The vocabulary: every quantity with its unit, scope, kind, digits and meaning.",
     .type = JSON_TYPE,
     .schema = "Quantities",
     .etag = true,
     .answer = answer_quantities},
    {.path = "/api/v1/devices",
     .right = RIGHT_READ,
     .id = "listDevices",
     .tag = "devices",
     .summary = "The devices on the bus and their loads.",
     .type = JSON_TYPE,
     .schema = "Devices",
     .answer = answer_devices},
    {.path = "/api/v1/devices/{address}",
     .right = RIGHT_READ,
     .id = "getDevice",
     .tag = "devices",
     .summary = "One device and its loads.",
     .type = JSON_TYPE,
     .schema = "Device",
     .missing = true,
     .parameter = {ADDRESS},
     .answer = answer_device},
    {.path = "/api/v1/devices/{address}/values",
     .right = RIGHT_READ,
     .id = "getNetworkValues",
     .tag = "values",
     .summary =
         "Values of the network in the newest window, or over a longer time, from a device that "
         "measures voltage.",
     .type = JSON_TYPE,
     .schema = "Values",
     .csv = true,
     .etag = true,
     .missing = true,
     .unready = "Error",
     .parameter = {ADDRESS, HARMONICS, KIND},
     .answer = answer_network_values},
    {.path = "/api/v1/devices/{address}/loads/{n}/values",
     .right = RIGHT_READ,
     .id = "getLoadValues",
     .tag = "values",
     .summary = "Values of a load in the newest window, or over a longer time.",
     .type = JSON_TYPE,
     .schema = "Values",
     .csv = true,
     .etag = true,
     .missing = true,
     .unready = "Error",
     .parameter = {ADDRESS, LOAD_NUMBER, HARMONICS, KIND},
     .answer = answer_load_values},
    {.path = "/api/v1/scope",
     .right = RIGHT_READ,
     .id = "getScope",
     .tag = "values",
     .summary = "The newest samples of a load or of the network, about two cycles.",
     .type = JSON_TYPE,
     .schema = "Scope",
     .etag = true,
     .missing = true,
     .unready = "Error",
     .parameter = {{.name = "device",
                    .required = true,
                    .minimum = 1,
                    .maximum = 247,
                    .sentence = "Modbus address of the device."},
                   {.name = "load",
                    .minimum = 1,
                    .maximum = PLANT_LOADS_MAX,
                    .sentence = "Number of the load; without it, the network."}},
     .answer = answer_scope},
    {.path = "/api/v1/events",
     .right = RIGHT_READ,
     .id = "listEvents",
     .tag = "events",
     .summary = "The most recent quality events, newest first.",
     .type = JSON_TYPE,
     .schema = "Events",
     .parameter = {{.name = "limit",
                    .minimum = 1,
                    .maximum = 500,
                    .otherwise = 100,
                    .sentence = "How many at most."}},
     .answer = answer_events},
    {.path = "/api/v1/tariff",
     .right = RIGHT_READ,
     .id = "getTariff",
     .tag = "tariff",
     .summary = "The tariff in force, and until when.",
     .type = JSON_TYPE,
     .schema = "Tariff",
     .missing = true,
     .unready = "Error",
     .answer = answer_tariff},
    {.path = "/api/v1/tariff/calendar",
     .right = RIGHT_READ,
     .id = "getTariffCalendar",
     .tag = "tariff",
     .summary = "The time-of-use calendar of a year: schedules, days and changes.",
     .type = JSON_TYPE,
     .schema = "TariffCalendar",
     .missing = true,
     .unready = "Error",
     .etag = true,
     .parameter = {{.name = "year",
                    .minimum = CONFIG_YEAR_FIRST,
                    .maximum = CONFIG_YEAR_LAST,
                    .sentence = "Which year of local time. If left out: the running one."}},
     .answer = answer_tariff_calendar},
    {.path = "/api/v1/waveforms",
     .right = RIGHT_READ,
     .id = "listWaveforms",
     .tag = "events",
     .summary = "The captured sets of waveforms, newest first, without their samples.",
     .type = JSON_TYPE,
     .schema = "Waveforms",
     .parameter = {{.name = "limit",
                    .minimum = 1,
                    .maximum = WAVEFORM_SETS,
                    .otherwise = WAVEFORM_SETS,
                    .sentence = "How many at most."}},
     .answer = answer_waveforms},
    {.path = "/api/v1/waveforms/{id}",
     .right = RIGHT_READ,
     .id = "getWaveform",
     .tag = "events",
     .summary = "A set of waveforms: JSON, CSV, or COMTRADE in two parts.",
     .type = JSON_TYPE,
     .schema = "Waveform",
     .csv = true,
     .binary = true,
     .etag = true,
     .missing = true,
     .parameter = {{.name = "id",
                    .in_path = true,
                    .required = true,
                    .minimum = 1,
                    .maximum = 999999999,
                    .sentence = "Number of the set."},
                   {.name = "format",
                    .kind = PARAMETER_WORD,
                    .word = waveform_format_name,
                    .sentence = "json, csv or comtrade. Without it, as Accept says."},
                   {.name = "part",
                    .kind = PARAMETER_WORD,
                    .word = waveform_part_name,
                    .sentence =
                        "Of COMTRADE: the configuration (cfg) or the data (dat, BINARY32)."}},
     .answer = answer_waveform},
    {.path = "/healthz",
     .right = RIGHT_NONE,
     .id = "getHealth",
     .tag = "operation",
     .summary = "Whether values arrive.",
     .type = JSON_TYPE,
     .schema = "Health",
     .unready = "Health",
     .answer = answer_health},
    {.path = LIVE_PATH,
     .right = RIGHT_READ,
     .id = "openLive",
     .tag = "values",
     .summary =
         "WebSocket: each new window of values as a message. Without a device: of every point.",
     .socket = true,
     .missing = true,
     .parameter = {[LIVE_DEVICE] = {.name = "device",
                                    .minimum = 1,
                                    .maximum = 247,
                                    .sentence = "Modbus address of the only device to hear of."},
                   [LIVE_LOAD] = {.name = "load",
                                  .minimum = 1,
                                  .maximum = PLANT_LOADS_MAX,
                                  .sentence = "Number of the load; without it, the network."},
                   [LIVE_HARMONICS] = HARMONICS,
                   [LIVE_SCOPE] = {.name = "scope",
                                   .kind = PARAMETER_BOOLEAN,
                                   .sentence = "Adds the newest samples."}},
     .answer = answer_live},
    {.path = "/metrics",
     .right = RIGHT_READ,
     .id = "getMetrics",
     .tag = "operation",
     .summary = "All values, and the server's own counters, for Prometheus (text format 0.0.4).",
     .type = "text/plain; version=0.0.4; charset=utf-8",
     .answer = answer_metrics},
};
const unsigned route_count = sizeof routes / sizeof *routes;

/* --- Errors ---------------------------------------------------------------------------------------- */

static const char *error_code(int status)
{
    static const struct {
        int status;
        const char *code;
    } codes[] = {
        {400, "bad_request"},        {403, "forbidden"},         {404, "not_found"},
        {405, "method_not_allowed"}, {408, "timeout"},           {411, "length_required"},
        {413, "too_large"},          {414, "uri_too_long"},      {417, "bad_request"},
        {426, "upgrade_required"},   {431, "headers_too_large"}, {503, "busy"},
        {505, "bad_request"},
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].status == status)
            return codes[i].code;
    return "internal";
}

static void put_error(struct json *j, const char *code, const char *message)
{
    json_put_object(j);
    json_put_key(j, "error");
    json_put_object(j);
    json_put_key_string(j, "code", code);
    json_put_key_string(j, "message", message);
    json_put_end_object(j);
    json_put_end_object(j);
}

void api_put_error(struct json *j, int status, const char *message)
{
    put_error(j, error_code(status), message);
}

void api_error_response(struct http_server *http, struct http_response *response, int status,
                        const char *message)
{
    struct text body;
    struct json j;
    text_init(&body, 1024);
    json_init(&j, &body, 0);
    api_put_error(&j, status, message);
    response->status = status;
    response->type = JSON_TYPE;
    response->cache = "no-store";
    response->text = http_text_take(http, &body); /* without memory: without a body */
}

static void fail(struct api_call *call, int status, const char *code, const char *message)
{
    text_clear(call->body);
    json_init(&call->json, call->body, 0);
    put_error(&call->json, code, message);
    *call->response = (struct http_response){
        .status = status, .type = JSON_TYPE, .cache = "no-store", .retry_after_s = status == 503};
}

void api_fail(struct api_call *call, int status, const char *format, ...)
{
    char message[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    fail(call, status, error_code(status), message);
}

void api_fail_not_complete(struct api_call *call)
{
    fail(call, 503, "no_data_yet", "No values of this kind are complete yet.");
}

void api_fail_no_data(struct api_call *call)
{
    fail(call, 503, "no_data_yet", "No values have arrived yet; try again in a second.");
}

/* --- A request ------------------------------------------------------------------------------------- */

/* A document that has no number of its own is known by its bytes. */
static void tag_document(struct api_call *call)
{
    struct http_response *r = call->response;
    if (call->match.route->etag && r->status == 200 && !r->etag[0])
        snprintf(r->etag, sizeof r->etag, "\"%08" PRIx32 "-%zx\"",
                 crc32_of(0, call->body->bytes, call->body->length), call->body->length);
}

static void answer(struct api_call *call)
{
    char allow[64], why[200];
    int status = route_match(call->request, &call->match, allow, why);
    if (status == 404) {
        api_fail(call, 404,
                 "There is nothing at this path; /api/v1/openapi.json says what there is.");
    } else if (status == 405) {
        api_fail(call, 405, "This path can be asked with %s only.", allow);
        memcpy(call->response->allow, allow, sizeof allow);
    } else if (status == 400) {
        api_fail(call, 400, "%s", why);
    } else {
        call->response->status = 200;
        call->response->type = call->match.route->type;
        call->response->cache = "no-cache";
        call->match.route->answer(call);
        tag_document(call);
    }
}

void api_request(struct web_server *web, struct http_exchange *x, const struct http_request *r)
{
    struct text body;
    struct http_response response = {0};
    text_init(&body, BODY_BYTES_MAX);
    struct api_call call = {.web = web, .request = r, .response = &response, .body = &body};
    json_init(&call.json, &body, 0);
    answer(&call);
    if (!response.text)
        response.text = http_text_take(web->http, &body);
    if (!response.text) {
        response = (struct http_response){.retry_after_s = 1};
        api_error_response(web->http, &response, 503,
                           "Too many answers wait to be sent; try again in a moment.");
    }
    text_free(&body);
    http_respond(x, &response);
}
