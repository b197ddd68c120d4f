/* The latest quality events in memory: written by the sampling thread, read by the servers. */
#ifndef APP_EVENT_LOG_H
#define APP_EVENT_LOG_H

#include "metrology/metrology.h"

#include <stdint.h>

#define EVENT_LOG_MAX 500

struct event_record {
    uint64_t id;       /* from 1, rising */
    uint64_t revision; /* of the log, when the event was last changed */
    unsigned point;    /* row of the table: 0 the network */
    struct metrology_event event;
};

struct event_log;

struct event_log *event_log_new(void); /* NULL: no memory */
void event_log_free(struct event_log *log);

/* An event that begins is appended; its end completes it. */
void event_log_put(struct event_log *log, unsigned point, const struct metrology_event *e);

/* Copies up to `room` events, newest first; returns how many. */
unsigned event_log_read(struct event_log *log, struct event_record *out, unsigned room);

/* Grows by one with each event that begins or ends. */
uint64_t event_log_revision(struct event_log *log);

#endif
