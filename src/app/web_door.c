#include "app/web_door.h"

#include "web/web.h"

#include <stdlib.h>
#include <string.h>

struct web_door {
    struct web_server *server;
    const struct plant *plant;
    struct event_log *log;
    struct web_events events;
    struct event_record record[EVENT_LOG_MAX]; /* scratch */
};

static enum web_event_kind kind_of(enum event_kind k)
{
    switch (k) {
    case EVENT_DIP:
        return WEB_EVENT_DIP;
    case EVENT_SWELL:
        return WEB_EVENT_SWELL;
    case EVENT_INTERRUPTION:
        return WEB_EVENT_INTERRUPTION;
    case EVENT_RVC:
        return WEB_EVENT_RVC;
    case EVENT_SIGNALLING:
        return WEB_EVENT_SIGNALLING;
    default:
        return WEB_EVENT_OVERCURRENT;
    }
}

static void translate(const struct web_door *door, const struct event_record *from,
                      struct web_event *to)
{
    const struct metrology_event *e = &from->event;
    memset(to, 0, sizeof *to);
    to->id = from->id;
    to->revision = from->revision;
    to->kind = kind_of(e->kind);
    plant_owner(door->plant, from->point, &to->device, &to->load);
    to->start_ns = e->start_ns;
    to->end_ns = e->ended ? e->end_ns : INSTANT_UNKNOWN;
    to->reference = e->reference;
    for (unsigned i = 0; i < e->channel_count && i < WEB_EVENT_CHANNELS; i++) {
        to->channel[i].quantity = spectrum_quantity(e->channel[i].channel);
        to->channel[i].extreme = e->channel[i].extreme;
        to->channel[i].percent = 100 * e->channel[i].extreme / e->channel[i].reference;
        to->channel[i].steady = e->channel[i].steady;
        to->channel[i].start_ns = e->channel[i].start_ns;
        to->channel[i].end_ns = e->channel[i].ended ? e->channel[i].end_ns : INSTANT_UNKNOWN;
        to->channel_count++;
    }
}

static unsigned latest(void *context, struct web_event *events, unsigned room)
{
    struct web_door *door = context;
    if (room > EVENT_LOG_MAX)
        room = EVENT_LOG_MAX;
    unsigned n = event_log_read(door->log, door->record, room);
    for (unsigned i = 0; i < n; i++)
        translate(door, &door->record[i], &events[i]);
    return n;
}

static uint64_t revision(void *context)
{
    struct web_door *door = context;
    return event_log_revision(door->log);
}

struct web_door *web_door_open(uv_loop_t *loop, const char *host, uint16_t port,
                               const struct plant *plant, const struct table *table,
                               struct event_log *log, struct tariff *tariff,
                               const struct waveforms *waveforms, struct fault *fault)
{
    struct web_door *door = calloc(1, sizeof *door);
    if (!door) {
        fault_set(fault, ERR_MEMORY, "not enough memory for the web server");
        return NULL;
    }
    struct web_config config = web_config_defaults();
    config.http.host = host;
    config.http.port = port;
    config.tariff = tariff;
    config.waveforms = waveforms;
    door->plant = plant;
    door->log = log;
    door->events = (struct web_events){door, latest, revision};
    door->server = web_server_start(loop, &config, plant, table, &door->events, fault);
    if (!door->server) {
        free(door);
        return NULL;
    }
    return door;
}

uint16_t web_door_port(const struct web_door *door)
{
    return web_server_port(door->server);
}

void web_door_close(struct web_door *door)
{
    if (!door)
        return;
    web_server_stop(door->server);
    free(door);
}
