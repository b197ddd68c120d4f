/* Captured waveforms on their way from the sampling thread to the store: a short queue, written set by set by
 * a worker. */
#ifndef APP_CAPTURES_H
#define APP_CAPTURES_H

#include "config/config.h"
#include "metrology/metrology.h"
#include "store/waveforms.h"

#include <uv.h>

struct captures;

/* What the core needs to know of the settings. */
struct capture_setup captures_setup(const struct config_waveforms *w);

/* Opens the sets that are kept in the folder `waveforms` of a data folder that this process has locked;
 * NULL: they are kept in memory only. `plant` is borrowed. NULL and a fault otherwise. */
struct captures *captures_open(const char *data, const struct plant *plant, struct fault *fault);
const struct waveforms *captures_store(const struct captures *c);

/* Takes a copy of a set; `point`: the row of each load. From any thread, and quick. Too many at a time are
 * counted as lost. */
void captures_take(struct captures *c, const struct metrology_capture *from, const uint16_t *point);

/* Begins its turns on the loop. */
void captures_start(struct captures *c, uv_loop_t *loop);
/* Ends them; the loop has to run until its handles are closed. */
void captures_stop(struct captures *c);
/* Writes what still waits, and frees. The loop is not running, nobody takes. NULL is fine. */
void captures_close(struct captures *c);

/* The set that a capture becomes; device and load 0 are for the caller to set, also in the lines. */
void capture_to_set(const struct metrology_capture *from, double nominal_hz,
                    struct waveform_set *to);

#endif
