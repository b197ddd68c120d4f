/* Answers with values of the newest window. */
#include "web/values.h"
#include "web/web_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The place, or a 404 that says what is missing. `n` 0: the network. */
static bool find_place(struct api_call *call, int address, int n, struct place *place)
{
    const struct plant *p = call->web->plant;
    if (place_find(p, (unsigned)address, (unsigned)n, place))
        return true;
    const struct plant_device *d = plant_device_at(p, (unsigned)address);
    if (!d)
        api_fail(call, 404, "There is no device with the address %d.", address);
    else if (n == 0)
        api_fail(call, 404,
                 "Device %d (%s) does not measure voltage; its values are those of its loads.",
                 address, d->profile->name);
    else
        api_fail(call, 404, "Device %d (%s) has %u loads; there is no load %d.", address,
                 d->profile->name, d->load_count, n);
    return false;
}

static void set_etag(struct api_call *call, uint64_t sequence, const char *form)
{
    snprintf(call->response->etag, HTTP_ETAG_TEXT, "\"%s-%" PRIu64 "%s\"", call->web->boot,
             sequence, form);
}

bool api_prefers_csv(const struct http_request *r)
{
    const char *accept = http_field(r, "accept");
    return accept && http_list_weight(accept, "text/csv") > 0 &&
           http_list_weight(accept, "text/csv") > http_list_weight(accept, "application/json");
}

static void answer_values(struct api_call *call, int n, bool harmonics, int kind)
{
    struct place place;
    struct quantity_set set;
    uint64_t sequence;
    if (!find_place(call, call->match.argument[0], n, &place))
        return;
    if (!values_read_kind(call->web->table, place.point, kind, &set, &sequence)) {
        if (kind == 0)
            api_fail_no_data(call);
        else
            api_fail_not_complete(call);
        return;
    }
    char form[32];
    snprintf(form, sizeof form, "%s%s", kind ? "-" : "", kind ? values_kind_name(kind) : "");
    call->response->vary = "Accept";
    if (api_prefers_csv(call->request)) {
        size_t used = strlen(form);
        snprintf(form + used, sizeof form - used, "-csv");
        set_etag(call, sequence, form);
        call->response->type = "text/csv; charset=utf-8; header=present";
        values_put_csv(call->body, &place, &set);
    } else {
        set_etag(call, sequence, form);
        values_put_json(&call->json, &place, &set, sequence, harmonics);
    }
}

void answer_network_values(struct api_call *call)
{
    answer_values(call, 0, call->match.argument[1], call->match.argument[2]);
}

void answer_load_values(struct api_call *call)
{
    answer_values(call, call->match.argument[1], call->match.argument[2], call->match.argument[3]);
}

void answer_scope(struct api_call *call)
{
    struct place place;
    struct trace trace;
    struct json *j = &call->json;
    if (!find_place(call, call->match.argument[0], call->match.argument[1], &place))
        return;
    if (!table_trace(call->web->table, place.point, &trace)) {
        api_fail_no_data(call);
        return;
    }
    snprintf(call->response->etag, HTTP_ETAG_TEXT, "\"%s-%" PRIx64 "\"", call->web->boot,
             (uint64_t)trace.start_ns);
    json_put_object(j);
    values_put_place(j, &place);
    json_put_key_string(j, "name", place_name(&place));
    values_put_trace(j, &trace);
    json_put_end_object(j);
}
