/* The feed joins metrology to the table: each window of each load becomes a row, with a short trace of
 * its samples. It runs on the sampling thread. */
#ifndef TABLE_FEED_H
#define TABLE_FEED_H

#include "metrology/metrology.h"
#include "table/table.h"

struct feed {
    struct table *table;
    const uint16_t *point; /* row of each of metrology's loads */
    struct trace trace;    /* scratch */
};

/* Publishes a window: the function for metrology_sink.window, with the feed as its context. */
void feed_window(void *feed, struct metrology *m, const struct metrology_window *w);

#endif
