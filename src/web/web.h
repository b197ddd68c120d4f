/* The web room: one HTTP server with the API, live values over a WebSocket, and the page (docs/api.md).
 *
 * Reads the plant, the table and the recent events; changes nothing. Runs on the loop's thread. */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "base/fault.h"
#include "base/instant.h"
#include "plant/plant.h"
#include "quantity/quantity.h"
#include "store/waveforms.h"
#include "table/table.h"
#include "tariff/tariff.h"
#include "web/http.h"

#include <stdint.h>
#include <uv.h>

/* --- Quality events, which the program remembers for us ----------------------------------------------- */

enum web_event_kind {
    WEB_EVENT_DIP,
    WEB_EVENT_SWELL,
    WEB_EVENT_INTERRUPTION,
    WEB_EVENT_OVERCURRENT,
    WEB_EVENT_RVC, /* rapid voltage change */
    WEB_EVENT_SIGNALLING,
    WEB_EVENT_KINDS
};

#define WEB_EVENT_CHANNELS 4

struct web_event {
    uint64_t id;       /* of the event, from 1; newer ones are greater */
    uint64_t revision; /* what web_events.revision gave when the event last changed */
    enum web_event_kind kind;
    uint8_t device;   /* address */
    uint8_t load;     /* of the device, from 1; 0: the network */
    int64_t start_ns; /* UTC */
    int64_t end_ns;   /* INSTANT_UNKNOWN while it is going on */
    double reference; /* what percents are of: nominal voltage or rated current, V or A */
    unsigned channel_count;
    struct {
        enum quantity quantity; /* Q_V1 ...: names the channel and its unit */
        double extreme;         /* the residual or highest half-cycle value, V or A */
        double percent;         /* of the reference */
        double steady;          /* of a rapid voltage change: between the levels before and after */
        int64_t start_ns, end_ns; /* the channel's own; INSTANT_UNKNOWN while it lasts */
    } channel[WEB_EVENT_CHANNELS];
};

/* Called on the loop's thread. */
struct web_events {
    void *context;

    /* Copies up to `room` events, newest first; returns how many. */
    unsigned (*latest)(void *context, struct web_event *events, unsigned room);

    /* Grows by one each time an event begins, changes or ends. */
    uint64_t (*revision)(void *context);
};

/* --- The server --------------------------------------------------------------------------------------- */

struct web_config {
    struct http_config http;
    unsigned stale_ms;     /* without a new window for so long, /healthz says so */
    unsigned tick_ms;      /* how often the table is looked at for new windows */
    struct tariff *tariff; /* asked on the loop's thread; borrowed; NULL: there are no tariffs */
    const struct waveforms *waveforms; /* captured ones, borrowed; NULL: there are none */
};

/* Port 8080 of every address; 5 s; 50 ms. */
struct web_config web_config_defaults(void);

struct web_server;

/* Serves from now on. `plant` (numbered, and unchanged as long as the server runs), `table` and `events` (NULL:
 * there are none) are borrowed until the server is stopped. NULL and a fault: as http_server_start. */
struct web_server *web_server_start(uv_loop_t *loop, const struct web_config *config,
                                    const struct plant *plant, const struct table *table,
                                    const struct web_events *events, struct fault *fault);

uint16_t web_server_port(const struct web_server *server);
const struct http_counters *web_server_counters(const struct web_server *server);

/* Closes everything; NULL is allowed. The loop has to run on until the handles are closed. Nothing that
 * was borrowed is looked at any more from this call on. */
void web_server_stop(struct web_server *server);

#endif
