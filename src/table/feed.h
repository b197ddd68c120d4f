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
    struct quantity_set set;
};

/* Publishes a window: the function for metrology_sink.window, with the feed as its context. */
void feed_window(void *feed, struct metrology *m, const struct metrology_window *w);

/* Publishes an aggregate, without its counters: for metrology_sink.aggregate. */
void feed_aggregate(void *feed, struct metrology *m, const struct metrology_aggregate *a);

/* Publishes fast values: for metrology_sink.fast. */
void feed_fast(void *feed, const struct metrology_fast *f);

#endif
