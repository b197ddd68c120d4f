/* The table of routes: what the API offers, in one place. Requests are dispatched by it, their parameters are
 * checked by it, and /api/v1/openapi.json is written from it. */
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H

#include "base/json.h"
#include "web/request.h"

#include <stdbool.h>

struct api_call;

/* What a client must be allowed to do. */
enum right { RIGHT_NONE, RIGHT_READ };
const char *right_name(enum right r); /* "none", "read" */

enum parameter_kind { PARAMETER_INTEGER, PARAMETER_BOOLEAN, PARAMETER_WORD };

struct parameter {
    const char *name;
    enum parameter_kind kind;
    bool in_path;  /* "{name}" in the path; else in the query */
    bool required; /* those in the path are */
    int minimum, maximum;
    int otherwise; /* value of one that is not given */
    const char *(*word)(
        int number); /* PARAMETER_WORD: word 0, 1, ... that it may be; NULL past the end */
    const char *sentence;
};

#define ROUTE_PARAMETERS_MAX 4

struct route {
    enum http_method method; /* HEAD comes with GET */
    const char *path;        /* "/api/v1/devices/{address}" */
    enum right right;
    const char *id; /* unique: clients are generated with it */
    const char *tag;
    const char *summary;
    const char *type;    /* of the answer, "application/json" ... */
    const char *schema;  /* of the answer, by its name in schemas.json; NULL: it is text */
    bool socket;         /* becomes a WebSocket; a plain request gets 426 */
    bool csv;            /* also as text/csv, if asked for */
    bool binary;         /* also as application/octet-stream */
    bool etag;           /* 304 if nothing is new */
    bool missing;        /* 404 if the device or load is not there */
    const char *unready; /* schema of the 503 while there are no values; NULL: none */
    struct parameter parameter[ROUTE_PARAMETERS_MAX]; /* those in the path first, in its order */
    void (*answer)(struct api_call *call);
};

extern const struct route routes[];
extern const unsigned route_count;

/* A route and the values of its parameters. */
struct route_match {
    const struct route *route;
    int argument[ROUTE_PARAMETERS_MAX]; /* in the order of the parameters; booleans 0 or 1 */
    bool given[ROUTE_PARAMETERS_MAX];
};

/* Finds the route and checks the parameters. Returns 200; 404 (no such path), 405 (the path has no such method;
 * `allow` lists those it has), 400 (a parameter of the query; `why` says which). */
int route_match(const struct http_request *r, struct route_match *match, char allow[64],
                char why[200]);

/* The OpenAPI document. `schemas`: the JSON object of their definitions. */
void openapi_put(struct json *j, const struct text *schemas);

#endif
