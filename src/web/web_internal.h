/* Inside the web room: what a running server consists of, and what an answer is written with. */
#ifndef WEB_WEB_INTERNAL_H
#define WEB_WEB_INTERNAL_H

#include "base/json.h"
#include "web/place.h"
#include "web/route.h"
#include "web/web.h"

struct live;

#define LIVE_PATH "/live"

struct web_server {
    uv_loop_t *loop;
    struct web_config config;
    const struct plant *plant;
    const struct table *table;
    const struct web_events *events; /* NULL: none */
    struct http_server *http;
    struct live *live;
    struct http_text *metrics; /* the newest answer of /metrics; NULL: none */
    uint64_t metrics_ms;       /* when it was written */
    char boot[12]; /* part of every ETag: numbers of windows begin anew with the program */
};

/* One request to the API. An answer writes its document into `json` (or any text into `body`), or fails. */
struct api_call {
    struct web_server *web;
    const struct http_request *request;
    struct route_match match;
    struct http_response *response;
    struct text *body;
    struct json json;
};

/* Makes the response an error with this code and sentence. */
void api_fail(struct api_call *call, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Makes it 503: nothing was measured yet. */
void api_fail_no_data(struct api_call *call);
void api_fail_not_complete(struct api_call *call); /* of an aggregate */

/* Answers a request below /api, or of another route of the table. */
void api_request(struct web_server *web, struct http_exchange *x, const struct http_request *r);

/* {"error":{"code":..,"message":..}} */
void api_put_error(struct json *j, int status, const char *message);

/* The same as a response; `body` receives the text and is taken over. */
void api_error_response(struct http_server *http, struct http_response *response, int status,
                        const char *message);

/* Whether the client would rather have CSV than JSON. */
bool api_prefers_csv(const struct http_request *r);

/* --- Answers, by route (api_about.c, api_tariff.c, api_values.c, api_waveforms.c, metrics.c) ---------- */

void answer_openapi(struct api_call *call);
void answer_info(struct api_call *call);
void answer_devices(struct api_call *call);
void answer_device(struct api_call *call);
void answer_quantities(struct api_call *call);
void answer_load_values(struct api_call *call);
void answer_network_values(struct api_call *call);
void answer_events(struct api_call *call);
void answer_tariff(struct api_call *call);
void answer_tariff_calendar(struct api_call *call);
void answer_scope(struct api_call *call);
void answer_health(struct api_call *call);
void answer_waveforms(struct api_call *call);
void answer_waveform(struct api_call *call);
void answer_live(struct api_call *call); /* to a plain request */
void answer_metrics(struct api_call *call);

/* Words of the parameters `format` and `part`. */
const char *waveform_format_name(int n);
const char *waveform_part_name(int n);

void event_put_json(struct json *j, const struct web_event *e);

#endif
