#include "app/event_log.h"

#include <stdlib.h>
#include <uv.h>

struct event_log {
    uv_mutex_t lock;
    uint64_t count; /* ever */
    uint64_t revision;
    struct event_record record[EVENT_LOG_MAX];
};

struct event_log *event_log_new(void)
{
    struct event_log *log = calloc(1, sizeof *log);
    if (log && uv_mutex_init(&log->lock) != 0) {
        free(log);
        return NULL;
    }
    return log;
}

void event_log_free(struct event_log *log)
{
    if (!log)
        return;
    uv_mutex_destroy(&log->lock);
    free(log);
}

/* The record of the same event while it was running; NULL if it has left the log. */
static struct event_record *find_running(struct event_log *log, unsigned point,
                                         const struct metrology_event *e)
{
    unsigned held = log->count < EVENT_LOG_MAX ? (unsigned)log->count : EVENT_LOG_MAX;
    for (unsigned i = 1; i <= held; i++) {
        struct event_record *r = &log->record[(log->count - i) % EVENT_LOG_MAX];
        if (!r->event.ended && r->point == point && r->event.kind == e->kind)
            return r;
    }
    return NULL;
}

void event_log_put(struct event_log *log, unsigned point, const struct metrology_event *e)
{
    uv_mutex_lock(&log->lock);
    struct event_record *r = find_running(log, point, e);
    if (!r) {
        r = &log->record[log->count % EVENT_LOG_MAX];
        r->id = ++log->count;
        r->point = point;
    }
    r->event = *e;
    r->revision = ++log->revision;
    uv_mutex_unlock(&log->lock);
}

unsigned event_log_read(struct event_log *log, struct event_record *out, unsigned room)
{
    unsigned n = 0;
    uv_mutex_lock(&log->lock);
    unsigned held = log->count < EVENT_LOG_MAX ? (unsigned)log->count : EVENT_LOG_MAX;
    for (; n < room && n < held; n++)
        out[n] = log->record[(log->count - 1 - n) % EVENT_LOG_MAX];
    uv_mutex_unlock(&log->lock);
    return n;
}

uint64_t event_log_revision(struct event_log *log)
{
    uv_mutex_lock(&log->lock);
    uint64_t revision = log->revision;
    uv_mutex_unlock(&log->lock);
    return revision;
}
