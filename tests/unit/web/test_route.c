/* The table of routes: what matches, what a parameter may be, and that its own entries are sound. */
#include "table/table.h"
#include "web/route.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct http_request request;
static struct route_match match;
static char allow[64], why[200];
static char bytes[1024];

/* "GET /path?query" */
static int ask(const char *line)
{
    size_t used;
    const char *sentence;
    int n = snprintf(bytes, sizeof bytes, "%s HTTP/1.1\r\nHost: a\r\n\r\n", line);
    assert_int_equal(http_request_parse(&request, bytes, (size_t)n, &used, &sentence), 200);
    return route_match(&request, &match, allow, why);
}

static void finds_routes_and_arguments(void **state)
{
    (void)state;
    assert_int_equal(ask("GET /healthz"), 200);
    assert_string_equal(match.route->id, "getHealth");
    assert_int_equal(ask("HEAD /api/v1/devices"), 200);
    assert_string_equal(match.route->id, "listDevices");
    assert_int_equal(ask("GET /api/v1/devices/247"), 200);
    assert_int_equal(match.argument[0], 247);
    assert_int_equal(ask("GET /api/v1/devices/3/loads/12/values?harmonics=true"), 200);
    assert_string_equal(match.route->id, "getLoadValues");
    assert_int_equal(match.argument[0], 3);
    assert_int_equal(match.argument[1], 12);
    assert_int_equal(match.argument[2], 1);
    assert_int_equal(match.argument[3], 0);
    assert_int_equal(ask("GET /api/v1/devices/3/loads/12/values?kind=window"), 200);
    assert_int_equal(match.argument[3], 0);
    assert_int_equal(ask("GET /api/v1/devices/3/loads/12/values?kind=10min"), 200);
    assert_int_equal(match.argument[3], 1 + TABLE_10MIN);
    assert_int_equal(ask("GET /api/v1/devices/3/values?kind=fast"), 200);
    assert_int_equal(match.argument[2], 1 + TABLE_FAST);
    assert_int_equal(ask("GET /api/v1/events"), 200);
    assert_int_equal(match.argument[0], 100);
    assert_int_equal(ask("GET /api/v1/scope?load=2&device=3"), 200);
    assert_int_equal(match.argument[0], 3);
    assert_int_equal(match.argument[1], 2);
}

static void knows_no_other_path(void **state)
{
    (void)state;
    const char *const lines[] = {
        "GET /",
        "GET /api",
        "GET /api/v1/",
        "GET /api/v1/devices/",
        "GET /api/v1/devices/0",
        "GET /api/v1/devices/248",
        "GET /api/v1/devices/03",
        "GET /api/v1/devices/-3",
        "GET /api/v1/devices/+3",
        "GET /api/v1/devices/3x",
        "GET /api/v1/devices/99999999999999999999",
        "GET /api/v1/devices/3/",
        "GET /api/v1/devices/3/loads/25/values",
        "GET /api/v1/devices/{address}",
        "GET /healthz/",
        "GET /Healthz",
        "GET //healthz",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (ask(lines[i]) != 404)
            fail_msg("found: %s", lines[i]);
}

static void says_which_methods_a_path_has(void **state)
{
    (void)state;
    assert_int_equal(ask("POST /api/v1/devices"), 405);
    assert_string_equal(allow, "GET, HEAD");
    assert_int_equal(ask("BREW /healthz?x=1"), 405);
}

static void refuses_queries(void **state)
{
    (void)state;
    const char *const lines[][2] = {
        {"GET /api/v1/events?limit=0", "\"limit\" must be a whole number from 1 to 500"},
        {"GET /api/v1/events?limit=501", "\"limit\" must be"},
        {"GET /api/v1/events?limit=", "\"limit\" must be"},
        {"GET /api/v1/events?limit=1e2", "\"limit\" must be"},
        {"GET /api/v1/events?limit=1&limit=2", "given twice"},
        {"GET /api/v1/events?limits=1", "\"limits\" is not known"},
        {"GET /api/v1/devices/3/values?harmonics=yes", "must be true or false"},
        {"GET /api/v1/devices/3/values?kind=",
         "must be window, 150cycles, average, 10min, 2h or fast"},
        {"GET /api/v1/devices/3/values?kind=10", "\"kind\" must be"},
        {"GET /api/v1/devices/3/values?address=4", "\"address\" is not known"},
        {"GET /api/v1/scope", "\"device\" is missing"},
        {"GET /healthz?x", "\"x\" is not known"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_int_equal(ask(lines[i][0]), 400);
        if (!strstr(why, lines[i][1]))
            fail_msg("%s: %s", lines[i][0], why);
    }
}

/* What the table promises the code that reads it. */
static void entries_are_sound(void **state)
{
    (void)state;
    for (unsigned i = 0; i < route_count; i++) {
        const struct route *r = &routes[i];
        assert_true(r->path[0] == '/' && r->id && r->tag && r->summary && r->answer);
        assert_true(r->type || r->socket);
        for (unsigned k = 0; k < i; k++) {
            assert_string_not_equal(routes[k].id, r->id);
            assert_false(!strcmp(routes[k].path, r->path) && routes[k].method == r->method);
        }
        const char *at = r->path;
        bool query = false;
        for (int p = 0; p < ROUTE_PARAMETERS_MAX && r->parameter[p].name; p++) {
            const struct parameter *q = &r->parameter[p];
            assert_true(q->sentence && (!q->in_path || (q->required && !query)));
            assert_true(q->kind == PARAMETER_BOOLEAN || q->minimum <= q->maximum);
            query |= !q->in_path;
            if (q->in_path) { /* in the order of the path */
                char name[40];
                snprintf(name, sizeof name, "{%s}", q->name);
                at = strstr(at, name);
                assert_non_null(at);
                at += strlen(name);
            }
        }
        assert_null(strchr(at, '{'));
    }
}

static void openapi_is_json_of_every_route(void **state)
{
    (void)state;
    struct text text;
    struct json j;
    text_init(&text, 0);
    json_init(&j, &text, 0);
    char none[] = "{}";
    openapi_put(&j, &(struct text){.bytes = none, .length = 2});
    json_error_t error;
    json_t *read = json_loads(text.bytes, 0, &error);
    assert_non_null(read);
    json_t *paths = json_object_get(read, "paths");
    for (unsigned i = 0; i < route_count; i++) {
        json_t *get = json_object_get(json_object_get(paths, routes[i].path), "get");
        assert_string_equal(json_string_value(json_object_get(get, "operationId")), routes[i].id);
        assert_string_equal(json_string_value(json_object_get(get, "x-right")),
                            right_name(routes[i].right));
    }
    json_decref(read);
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_routes_and_arguments),
        cmocka_unit_test(knows_no_other_path),
        cmocka_unit_test(says_which_methods_a_path_has),
        cmocka_unit_test(refuses_queries),
        cmocka_unit_test(entries_are_sound),
        cmocka_unit_test(openapi_is_json_of_every_route),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
