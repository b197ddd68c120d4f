/* The table of live values: one row for the network and one for each load, filled window by window by
 * the sampling thread, read by everyone else.
 *
 * A row is a `struct quantity_set`: all its values come from one window. One thread publishes; any
 * number of threads take snapshots, which never block the writer and never tear (a sequence lock over
 * atomic words). Energy is shown only after it was made durable: metrology publishes what it counted,
 * the store commits what it has written, and a snapshot carries the committed registers. What a client
 * has read is therefore never taken back by a crash. */
#ifndef TABLE_TABLE_H
#define TABLE_TABLE_H

#include "metrology/metrology.h"
#include "quantity/quantity.h"

#include <stdbool.h>
#include <stdint.h>

#define TABLE_POINTS_MAX 256 /* the network and 32 modules with up to 7 loads and their spares */

/* A short stretch of samples for the scope; the lanes of a load in the order of this enum. */
enum trace_lane {
    TRACE_V1,
    TRACE_V2,
    TRACE_V3,
    TRACE_I1,
    TRACE_I2,
    TRACE_I3,
    TRACE_IN,
    TRACE_LANES
};
#define TRACE_FRAMES 400

struct trace {
    int64_t
        start_ns; /* instant of the first frame: an upward zero crossing of the reference channel */
    double rate_hz;  /* of the frames held here */
    uint32_t frames; /* up to TRACE_FRAMES, about two cycles */
    uint32_t lanes;  /* bit n: lane n is there */
    float sample[TRACE_FRAMES][TRACE_LANES];
};

/* Beside the newest window a row has the newest aggregate of each span, and the newest fast values. */
enum table_kind {
    TABLE_CYCLES = METROLOGY_SPAN_CYCLES, /* 150 or 180 cycles */
    TABLE_AVERAGE = METROLOGY_SPAN_AVERAGE,
    TABLE_10MIN = METROLOGY_SPAN_10MIN,
    TABLE_2H = METROLOGY_SPAN_2H,
    TABLE_FAST = METROLOGY_SPANS,
    TABLE_KINDS
};
const char *table_kind_name(enum table_kind k); /* "150cycles", "average", "10min", "2h", "fast" */

struct table;

/* Takes all the memory it will ever need; NULL if there is none. Point 0 is the network. */
struct table *table_new(unsigned points);
void table_free(struct table *t);
unsigned table_points(const struct table *t);

/* Writer's side: the sampling thread only. */
void table_publish(struct table *t, unsigned point, const struct quantity_set *set);
void table_publish_trace(struct table *t, unsigned point, const struct trace *trace);

void table_publish_aggregate(struct table *t, unsigned point, enum table_kind kind,
                             const struct quantity_set *set);

/* Readers: any thread. False if nothing was published or committed yet. A row whose first window is still to
 * come, but whose energies are durable, has these alone: cycles and times are 0, all else is not
 * available. So a client that asks right after a start reads no gap in a counter. */
bool table_snapshot(const struct table *t, unsigned point, struct quantity_set *set);
bool table_trace(const struct table *t, unsigned point, struct trace *trace); /* false: none yet */

/* The newest of a kind, without counters (those are the window's), and its number; false: none yet. */
bool table_aggregate(const struct table *t, unsigned point, enum table_kind kind,
                     struct quantity_set *set, uint64_t *sequence);

/* Number of windows published for the point so far; grows by one each window. */
uint64_t table_sequence(const struct table *t, unsigned point);

/* Grows whenever a snapshot of the point may have become another: what was made from a snapshot that was
 * taken after asking is still right as long as this says the same. */
uint64_t table_version(const struct table *t, unsigned point);

/* Store's side (one thread): what metrology counted so far, and what is durable. */
bool table_counted(const struct table *t, unsigned point, uint64_t energy_mj[ENERGY_REGISTERS]);
void table_commit(struct table *t, unsigned point, const uint64_t energy_mj[ENERGY_REGISTERS]);

#endif
