#include "app/captures.h"

#include "base/log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sets that wait to be written, 40 KiB each. */
#define WAITING_MAX 64
#define TURN_MS     100

struct captures {
    const struct plant *plant;
    struct waveforms *store;
    uv_timer_t timer;
    uv_work_t work;
    bool writing, failing;
    struct fault fault;

    uv_mutex_t lock; /* of what follows */
    struct waveform_set *waiting[WAITING_MAX];
    unsigned first, count;
    uint64_t lost_here, lost_in_core;
};

struct capture_setup captures_setup(const struct config_waveforms *w)
{
    return (struct capture_setup){
        .subsampling = w->subsampling,
        .after_percent = w->after_percent,
        .reasons = (w->dip ? 1u << CAPTURE_DIP : 0) | (w->swell ? 1u << CAPTURE_SWELL : 0) |
                   (w->interruption ? 1u << CAPTURE_INTERRUPTION : 0) |
                   (w->overcurrent ? 1u << CAPTURE_OVERCURRENT : 0) |
                   (w->rapid_change ? 1u << CAPTURE_RAPID_CHANGE : 0) |
                   (w->power_failure ? 1u << CAPTURE_POWER_FAILURE : 0),
        .load = METROLOGY_NETWORK,
    };
}

void capture_to_set(const struct metrology_capture *from, double nominal_hz,
                    struct waveform_set *to)
{
    memset(to, 0, sizeof *to);
    to->reason = from->reason;
    to->at_end = from->at_end;
    to->event_ns = from->event_ns;
    to->trigger_ns = from->trigger_ns;
    to->start_ns = from->start_ns;
    to->rate_hz = from->rate_hz;
    to->nominal_hz = nominal_hz;
    to->subsampling = from->subsampling;
    to->count = from->count;
    to->before = from->before;
    to->flags = from->flags;
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++) {
        to->line[l].present = from->waveform[l].sample != NULL;
        to->line[l].channel = from->waveform[l].channel;
        if (to->line[l].present)
            memcpy(to->sample[l], from->waveform[l].sample, from->count * sizeof(float));
    }
}

/* --- From the sampling thread ------------------------------------------------------------------------- */

static void find_owners(const struct captures *c, const struct metrology_capture *from,
                        const uint16_t *point, struct waveform_set *to)
{
    plant_owner(c->plant, from->load < 0 ? 0 : point[from->load], &to->device, &to->load);
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++)
        if (to->line[l].present && from->waveform[l].load >= 0)
            plant_owner(c->plant, point[from->waveform[l].load], &to->line[l].device,
                        &to->line[l].load);
}

void captures_take(struct captures *c, const struct metrology_capture *from, const uint16_t *point)
{
    struct waveform_set *set = malloc(sizeof *set);
    if (set) {
        capture_to_set(from, c->plant->network.nominal_hz, set);
        find_owners(c, from, point, set);
    }
    uv_mutex_lock(&c->lock);
    c->lost_in_core = from->lost;
    if (set && c->count < WAITING_MAX) {
        c->waiting[(c->first + c->count++) % WAITING_MAX] = set;
        set = NULL;
    } else {
        c->lost_here++;
    }
    uv_mutex_unlock(&c->lock);
    free(set);
}

/* --- On the loop --------------------------------------------------------------------------------------- */

static struct waveform_set *next(struct captures *c, uint64_t *lost)
{
    struct waveform_set *set = NULL;
    uv_mutex_lock(&c->lock);
    *lost = c->lost_here + c->lost_in_core;
    if (c->count > 0) {
        set = c->waiting[c->first];
        c->first = (c->first + 1) % WAITING_MAX;
        c->count--;
    }
    uv_mutex_unlock(&c->lock);
    return set;
}

/* Puts the next set into the store; false: there is none. */
static bool put_next(struct captures *c)
{
    uint64_t lost, before = waveforms_lost(c->store);
    struct waveform_set *set = next(c, &lost);
    if (lost > before)
        log_message(LOG_WARNING, "%llu more sets of waveforms were lost: too many at a time",
                    (unsigned long long)(lost - before));
    waveforms_set_lost(c->store, lost);
    if (!set)
        return false;
    enum err err = waveforms_put(c->store, set);
    assert(err == ERR_OK); /* one at a time */
    return err == ERR_OK;
}

static void commit(struct captures *c)
{
    bool failed = c->fault.code != ERR_OK;
    if (failed && !c->failing)
        log_message(LOG_ERROR, "waveforms are not kept: %s", c->fault.text);
    if (!failed && c->failing)
        log_message(LOG_WARNING, "waveforms are kept again");
    c->failing = failed;
    waveforms_commit(c->store);
}

static void write_one(struct captures *c)
{
    c->fault.code = ERR_OK;
    c->fault.code = waveforms_write(c->store, &c->fault);
}

static void on_worker(uv_work_t *work)
{
    write_one(work->data);
}

static void turn(struct captures *c);

static void after_worker(uv_work_t *work, int status)
{
    struct captures *c = work->data;
    c->writing = false;
    if (status != 0)
        write_one(c); /* the loop is ending: here and now */
    commit(c);
    if (!uv_is_closing((uv_handle_t *)&c->timer))
        turn(c);
}

static void turn(struct captures *c)
{
    if (c->writing || !put_next(c))
        return;
    c->work.data = c;
    c->writing = uv_queue_work(c->timer.loop, &c->work, on_worker, after_worker) == 0;
    if (!c->writing) {
        write_one(c);
        commit(c);
    }
}

static void on_turn(uv_timer_t *timer)
{
    turn(timer->data);
}

void captures_start(struct captures *c, uv_loop_t *loop)
{
    uv_timer_init(loop, &c->timer);
    c->timer.data = c;
    uv_timer_start(&c->timer, on_turn, TURN_MS, TURN_MS);
}

void captures_stop(struct captures *c)
{
    uv_close((uv_handle_t *)&c->timer, NULL);
}

/* --- Opening and closing -------------------------------------------------------------------------------- */

static enum err open_store(struct captures *c, const char *data, struct fault *fault)
{
    char folder[CONFIG_PATH_TEXT + 16];
    if (!data)
        return waveforms_open(&files_system, NULL, &c->store, fault);
    if (snprintf(folder, sizeof folder, "%s/waveforms", data) >= (int)sizeof folder)
        return fault_set(fault, ERR_SYSTEM, "%.60s...: the name is too long", data);
    enum err err = folder_make(folder, fault);
    return err ? err : waveforms_open(&files_system, folder, &c->store, fault);
}

struct captures *captures_open(const char *data, const struct plant *plant, struct fault *fault)
{
    struct captures *c = calloc(1, sizeof *c);
    if (!c || uv_mutex_init(&c->lock) != 0) {
        free(c);
        fault_set(fault, ERR_MEMORY, "not enough memory for waveforms");
        return NULL;
    }
    c->plant = plant;
    if (open_store(c, data, fault) != ERR_OK) {
        captures_close(c);
        return NULL;
    }
    return c;
}

const struct waveforms *captures_store(const struct captures *c)
{
    return c->store;
}

void captures_close(struct captures *c)
{
    if (!c)
        return;
    assert(!c->writing);
    while (c->store && put_next(c)) {
        write_one(c);
        commit(c);
    }
    waveforms_close(c->store);
    uv_mutex_destroy(&c->lock);
    free(c);
}
