/* The OpenAPI document, written from the table of routes. */
#include "web/route.h"

#include <stdio.h>
#include <string.h>

static const char about[] = "Reads what the meter measures. Times are ISO 8601 UTC. What is not "
                            "available is absent, never null. "
                            "Every error carries a code and a sentence. The WebSocket at /live "
                            "pushes each new window of values; "
                            "docs/api.md describes its messages.";

static void put_schema_of(struct json *j, const struct parameter *p)
{
    json_put_key(j, "schema");
    json_put_object(j);
    static const char *const types[] = {"integer", "boolean", "string"};
    json_put_key_string(j, "type", types[p->kind]);
    if (p->kind == PARAMETER_WORD) {
        json_put_key(j, "enum");
        json_put_array(j);
        for (int i = 0; p->word(i); i++)
            json_put_string(j, p->word(i));
        json_put_end_array(j);
    }
    if (p->kind == PARAMETER_INTEGER) {
        json_put_key_integer(j, "minimum", p->minimum);
        json_put_key_integer(j, "maximum", p->maximum);
    }
    if (!p->required && p->kind == PARAMETER_BOOLEAN)
        json_put_key_bool(j, "default", p->otherwise);
    else if (!p->required && p->kind == PARAMETER_WORD)
        json_put_key_string(j, "default", p->word(p->otherwise));
    else if (!p->required && p->otherwise >= p->minimum)
        json_put_key_integer(j, "default", p->otherwise);
    json_put_end_object(j);
}

static void put_parameters(struct json *j, const struct route *r)
{
    if (!r->parameter[0].name)
        return;
    json_put_key(j, "parameters");
    json_put_array(j);
    for (int i = 0; i < ROUTE_PARAMETERS_MAX && r->parameter[i].name; i++) {
        const struct parameter *p = &r->parameter[i];
        json_put_object(j);
        json_put_key_string(j, "name", p->name);
        json_put_key_string(j, "in", p->in_path ? "path" : "query");
        json_put_key_bool(j, "required", p->required);
        json_put_key_string(j, "description", p->sentence);
        put_schema_of(j, p);
        json_put_end_object(j);
    }
    json_put_end_array(j);
}

/* {"schema":{"$ref":"#/components/schemas/Name"}}, or of a string */
static void put_media(struct json *j, const char *type, const char *schema)
{
    char reference[80];
    json_put_key(j, type);
    json_put_object(j);
    json_put_key(j, "schema");
    json_put_object(j);
    if (schema) {
        snprintf(reference, sizeof reference, "#/components/schemas/%s", schema);
        json_put_key_string(j, "$ref", reference);
    } else {
        json_put_key_string(j, "type", "string");
    }
    json_put_end_object(j);
    json_put_end_object(j);
}

static void put_response(struct json *j, const char *status, const char *description,
                         const struct route *r, const char *schema)
{
    json_put_key(j, status);
    json_put_object(j);
    json_put_key_string(j, "description", description);
    if (r || schema) {
        json_put_key(j, "content");
        json_put_object(j);
        put_media(j, r ? r->type : "application/json", schema);
        if (r && r->csv)
            put_media(j, "text/csv", NULL);
        if (r && r->binary)
            put_media(j, "application/octet-stream", NULL);
        json_put_end_object(j);
    }
    json_put_end_object(j);
}

static void put_responses(struct json *j, const struct route *r)
{
    json_put_key(j, "responses");
    json_put_object(j);
    if (r->socket) {
        put_response(j, "101", "A WebSocket is open.", NULL, NULL);
        put_response(j, "426", "This is no request for a WebSocket.", NULL, "Error");
    } else {
        put_response(j, "200", "The answer.", r, r->schema);
    }
    if (r->etag)
        put_response(j, "304", "Nothing is new since the ETag in If-None-Match.", NULL, NULL);
    put_response(j, "400", "The query is not understood.", NULL, "Error");
    if (r->missing)
        put_response(j, "404", "There is no such device or load.", NULL, "Error");
    if (r->unready)
        put_response(j, "503", "No values have arrived yet, or not for a while.", NULL, r->unready);
    json_put_end_object(j);
}

static void put_operation(struct json *j, const struct route *r)
{
    char method[8];
    snprintf(method, sizeof method, "%s", http_method_name(r->method));
    for (char *c = method; *c; c++)
        *c = (char)(*c | 0x20);
    json_put_key(j, method);
    json_put_object(j);
    json_put_key_string(j, "operationId", r->id);
    json_put_key(j, "tags");
    json_put_array(j);
    json_put_string(j, r->tag);
    json_put_end_array(j);
    json_put_key_string(j, "summary", r->summary);
    json_put_key_string(j, "x-right", right_name(r->right));
    put_parameters(j, r);
    put_responses(j, r);
    json_put_end_object(j);
}

void openapi_put(struct json *j, const struct text *schemas)
{
    json_put_object(j);
    json_put_key_string(j, "openapi", "3.0.3");
    json_put_key(j, "info");
    json_put_object(j);
    json_put_key_string(j, "title", "Busbar");
    json_put_key_string(j, "version", BUSBAR_VERSION);
    json_put_key_string(j, "description", about);
    json_put_key(j, "license");
    json_put_object(j);
    json_put_key_string(j, "name", "Apache-2.0");
    json_put_end_object(j);
    json_put_end_object(j);
    json_put_key(j, "paths");
    json_put_object(j);
    for (unsigned i = 0; i < route_count; i++) {
        bool same_path = i > 0 && strcmp(routes[i].path, routes[i - 1].path) == 0;
        bool more = i + 1 < route_count && strcmp(routes[i].path, routes[i + 1].path) == 0;
        if (!same_path) {
            json_put_key(j, routes[i].path);
            json_put_object(j);
        }
        put_operation(j, &routes[i]);
        if (!more)
            json_put_end_object(j);
    }
    json_put_end_object(j);
    json_put_key(j, "components");
    json_put_object(j);
    json_put_key(j, "schemas");
    json_put_written(j, schemas);
    json_put_end_object(j);
    json_put_end_object(j);
}
