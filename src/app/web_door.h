/* The web server, with the events that the program remembers for it. */
#ifndef APP_WEB_DOOR_H
#define APP_WEB_DOOR_H

#include "app/event_log.h"
#include "base/fault.h"
#include "plant/plant.h"
#include "store/waveforms.h"
#include "table/table.h"
#include "tariff/tariff.h"

#include <uv.h>

struct web_door;

/* Serves at `host` (NULL: every address) and `port` (0: any that is free). All that is given is borrowed
 * until web_door_close. NULL and a fault otherwise. */
struct web_door *web_door_open(uv_loop_t *loop, const char *host, uint16_t port,
                               const struct plant *plant, const struct table *table,
                               struct event_log *log, struct tariff *tariff,
                               const struct waveforms *waveforms, struct fault *fault);
uint16_t web_door_port(const struct web_door *door);

/* Ends the service; the loop has to run until its handles are closed. NULL is fine. */
void web_door_close(struct web_door *door);

#endif
