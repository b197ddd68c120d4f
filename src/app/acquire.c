#include "app/acquire.h"

#include "base/log.h"
#include "metrology/metrology.h"
#include "plant/wiring.h"
#include "port/clock.h"
#include "table/feed.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* Sleeps are cut so that a stop is heard; a source that falls further behind than this is not chased. */
#define SLEEP_MAX_NS  (100 * 1000000LL)
#define BEHIND_MAX_NS 1000000000LL
/* Where a live source cannot tell its rate before the first frames. */
#define LIVE_RATE_MAX_HZ 32000

struct acquire {
    struct acquire_config config;
    struct wiring wiring;
    struct feed feed;
    void *memory;
    struct metrology *metrology;
    uv_thread_t thread;
    atomic_bool stop, ended;
    struct fault fault; /* why it ended; written before `ended` */
    /* pace */
    bool begun;
    int64_t clock_begin_ns, signal_begin_ns;
    int64_t shift_ns; /* added to the source's time */
};

static void on_event(void *context, const struct metrology_event *e)
{
    struct acquire *a = context;
    unsigned point = e->load == METROLOGY_NETWORK ? 0 : a->wiring.point[e->load];
    if (a->config.event)
        a->config.event(a->config.context, point, e);
}

static void on_capture(void *context, const struct metrology_capture *c)
{
    struct acquire *a = context;
    a->config.capture(a->config.context, c, a->wiring.point);
}

static void on_window(void *context, struct metrology *m, const struct metrology_window *w)
{
    struct acquire *a = context;
    feed_window(&a->feed, m, w);
}

static void on_aggregate(void *context, struct metrology *m, const struct metrology_aggregate *g)
{
    struct acquire *a = context;
    feed_aggregate(&a->feed, m, g);
}

static void on_fast(void *context, const struct metrology_fast *f)
{
    struct acquire *a = context;
    feed_fast(&a->feed, f);
}

/* Waits until the block's last sample would have been taken. */
static void keep_pace(struct acquire *a, const struct wave_block *b)
{
    int64_t end = b->start_ns + (int64_t)(b->frames / b->rate_hz * 1e9);
    int64_t now = clock_monotonic_ns();
    if (!a->begun) {
        a->begun = true;
        a->clock_begin_ns = now;
        a->signal_begin_ns = b->start_ns;
    }
    int64_t due =
        a->clock_begin_ns + (int64_t)((double)(end - a->signal_begin_ns) / a->config.speed);
    if (now - due > BEHIND_MAX_NS) {
        a->clock_begin_ns += now - due;
        return;
    }
    while (now < due && !atomic_load(&a->stop)) {
        clock_sleep_until(due - now > SLEEP_MAX_NS ? now + SLEEP_MAX_NS : due);
        now = clock_monotonic_ns();
    }
}

/* At a recording's end: from the beginning again, with a time that goes on. */
static enum err begin_again(struct acquire *a, int64_t last_end_ns, struct fault *fault)
{
    enum err err = source_rewind(a->config.source, fault);
    if (!err)
        a->shift_ns = last_end_ns - source_info(a->config.source)->start_ns;
    return err;
}

static enum err read_and_meter(struct acquire *a, struct fault *fault)
{
    struct wave_block b;
    int64_t last_end_ns = 0;
    bool said = false;
    while (!atomic_load(&a->stop)) {
        enum err err = source_read(a->config.source, &b, fault);
        if (err == ERR_AGAIN) {
            metrology_finish(a->metrology); /* it has gone silent: what there is counts */
            continue;
        }
        if (err == ERR_END && a->config.loop && last_end_ns != 0)
            err = begin_again(a, last_end_ns, fault);
        else if (err == ERR_OK) {
            b.start_ns += a->shift_ns;
            last_end_ns = b.start_ns + (int64_t)(b.frames / b.rate_hz * 1e9);
            if (a->config.paced)
                keep_pace(a, &b);
            if (metrology_push(a->metrology, &b) != ERR_OK && !said) {
                log_message(LOG_WARNING, "samples at %g Hz cannot be metered; passed over",
                            b.rate_hz);
                said = true;
            }
        }
        if (err)
            return err;
    }
    return ERR_OK;
}

static void run(void *argument)
{
    struct acquire *a = argument;
    enum err err = read_and_meter(a, &a->fault);
    metrology_stop(a->metrology);
    if (err == ERR_END)
        fault_set(&a->fault, ERR_END, "the recording is over");
    if (err) {
        a->fault.code = err;
        atomic_store(&a->ended, true);
    }
}

static double highest_rate(const struct source_info *info)
{
    double rate = 0;
    for (unsigned i = 0; i < info->segment_count; i++)
        if (info->segments[i].rate_hz > rate)
            rate = info->segments[i].rate_hz;
    return rate > 0 ? rate : LIVE_RATE_MAX_HZ;
}

static enum err wire(struct acquire *a, struct fault *fault)
{
    const struct source_info *info = source_info(a->config.source);
    struct wave_place place[SOURCE_CHANNELS_MAX];
    for (unsigned i = 0; i < info->channel_count; i++)
        place[i] = info->channels[i].place;
    enum err err = wiring_find(&a->wiring, a->config.plant, place, info->channel_count, fault);
    if (err)
        return err;
    a->wiring.setup.highest_rate_hz = highest_rate(info);
    a->wiring.setup.spans = (1u << METROLOGY_SPANS) - 1;
    if (a->config.capture)
        a->wiring.setup.capture = a->config.capture_setup;
    size_t bytes = metrology_bytes(&a->wiring.setup);
    a->memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!a->memory)
        return fault_set(fault, ERR_MEMORY, "not enough memory to meter %u loads",
                         a->wiring.load_count);
    a->feed.table = a->config.table;
    a->feed.point = a->wiring.point;
    struct metrology_sink sink = {.context = a,
                                  .window = on_window,
                                  .event = on_event,
                                  .aggregate = on_aggregate,
                                  .fast = on_fast};
    if (a->config.capture)
        sink.capture = on_capture;
    a->metrology = metrology_begin(a->memory, &a->wiring.setup, &sink);
    for (unsigned i = 0; i < a->wiring.load_count; i++) {
        struct energy *e = metrology_energy(a->metrology, i);
        if (a->config.restore)
            a->config.restore(a->config.context, a->wiring.point[i], e->count_mj);
    }
    if (!info->has_date)
        a->shift_ns = a->config.origin_ns;
    return ERR_OK;
}

static void free_all(struct acquire *a)
{
    source_close(a->config.source);
    free(a->memory);
    free(a);
}

struct acquire *acquire_start(const struct acquire_config *config, struct fault *fault)
{
    struct acquire *a = calloc(1, sizeof *a);
    if (!a) {
        source_close(config->source);
        fault_set(fault, ERR_MEMORY, "not enough memory for the acquisition");
        return NULL;
    }
    a->config = *config;
    enum err err = wire(a, fault);
    if (!err && uv_thread_create(&a->thread, run, a) != 0)
        err = fault_set(fault, ERR_SYSTEM, "the sampling thread cannot be started");
    if (err) {
        free_all(a);
        return NULL;
    }
    return a;
}

bool acquire_ended(struct acquire *a, struct fault *fault)
{
    if (!atomic_load(&a->ended))
        return false;
    *fault = a->fault;
    return true;
}

void acquire_stop(struct acquire *a)
{
    if (!a)
        return;
    atomic_store(&a->stop, true);
    uv_thread_join(&a->thread);
    free_all(a);
}
