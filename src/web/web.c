#include "web/web.h"

#include "web/embedded.h"
#include "web/live.h"
#include "web/page.h"
#include "web/web_internal.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct web_config web_config_defaults(void)
{
    return (struct web_config){.http = http_config_defaults(), .stale_ms = 5000, .tick_ms = 50};
}

/* --- What the HTTP server asks ----------------------------------------------------------------------- */

static void refuse(void *context, struct http_response *response, const char *why)
{
    struct web_server *web = context;
    api_error_response(web->http, response, response->status, why);
}

/* True for the paths of the table of routes and all below /api; others belong to the page. */
static bool is_api(const char *path)
{
    if (strncmp(path, "/api", 4) == 0 && (path[4] == '/' || !path[4]))
        return true;
    for (unsigned i = 0; i < route_count; i++)
        if (strcmp(path, routes[i].path) == 0)
            return true;
    return false;
}

static void request_page(struct web_server *web, struct http_exchange *x,
                         const struct http_request *r)
{
    struct http_response response = {0};
    if (r->method != HTTP_GET && r->method != HTTP_HEAD) {
        strcpy(response.allow, "GET, HEAD");
        api_error_response(web->http, &response, 405,
                           "The page can only be read, with GET or HEAD.");
    } else if (!page_response(embedded_page, r, &response)) {
        api_error_response(web->http, &response, 404, "There is nothing at this path.");
    }
    http_respond(x, &response);
}

static void on_request(void *context, struct http_exchange *x, const struct http_request *r)
{
    struct web_server *web = context;
    if (is_api(r->path))
        api_request(web, x, r);
    else
        request_page(web, x, r);
}

static bool on_upgrade(void *context, struct http_exchange *x, const struct http_request *r)
{
    struct web_server *web = context;
    struct http_response response = {0};
    char why[200];
    int status;
    if (live_accepts(web->live, r, &status, why))
        return true;
    api_error_response(web->http, &response, status, why);
    http_respond(x, &response);
    return false;
}

static void *on_opened(void *context, struct http_socket *s, const struct http_request *r)
{
    struct web_server *web = context;
    return live_opened(web->live, s, r);
}

void answer_live(struct api_call *call)
{
    api_fail(call, 426, "This path is a WebSocket; open it with one.");
}

/* --- Starting and stopping --------------------------------------------------------------------------- */

struct web_server *web_server_start(uv_loop_t *loop, const struct web_config *config,
                                    const struct plant *plant, const struct table *table,
                                    const struct web_events *events, struct fault *fault)
{
    struct web_server *web = calloc(1, sizeof *web);
    struct live *live = web ? live_start(loop, config, plant, table, events) : NULL;
    if (!live) {
        free(web);
        fault_set(fault, ERR_MEMORY, "the web server has no memory to start");
        return NULL;
    }
    uint32_t boot = 0;
    RAND_bytes((unsigned char *)&boot, sizeof boot);
    *web = (struct web_server){.loop = loop,
                               .config = *config,
                               .plant = plant,
                               .table = table,
                               .events = events,
                               .live = live};
    snprintf(web->boot, sizeof web->boot, "%08x", boot);
    const struct http_handler handler = {
        .context = web,
        .request = on_request,
        .refuse = refuse,
        .upgrade = on_upgrade,
        .opened = on_opened,
        .message = live_message,
        .closed = live_closed,
    };
    web->http = http_server_start(loop, &config->http, &handler, fault);
    if (!web->http) {
        web_server_stop(web);
        return NULL;
    }
    live_attach(live, web->http);
    return web;
}

uint16_t web_server_port(const struct web_server *web)
{
    return http_server_port(web->http);
}

const struct http_counters *web_server_counters(const struct web_server *web)
{
    return http_server_counters(web->http);
}

void web_server_stop(struct web_server *web)
{
    if (!web)
        return;
    http_text_drop(web->metrics);
    http_server_stop(web->http);
    live_stop(web->live);
    free(web);
}
