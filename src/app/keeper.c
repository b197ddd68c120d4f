#include "app/keeper.h"

#include "base/log.h"
#include "port/files.h"
#include "store/energy.h"

#include <assert.h>
#include <stdlib.h>

/* "At most the last second is lost": a turn begins twice a second and a write takes a few ms. */
#define TURN_MS 400
/* Without a folder there is nothing to wait for. */
#define TURN_UNKEPT_MS 100

struct keeper {
    const struct plant *plant;
    struct table *table;
    struct energy_store *store; /* NULL: nothing is kept */
    int lock;
    uv_timer_t timer;
    uv_work_t work;
    bool writing;
    bool failing;   /* the last write failed, and it was said */
    unsigned count; /* of loads */
    struct energy_point *point;
    uint16_t *row;
    uint64_t *sequence; /* of each row, when it was taken last */
    int64_t instant_ns;
    struct fault fault;
};

static void list_loads(struct keeper *k)
{
    for (unsigned d = 0; d < k->plant->device_count; d++) {
        const struct plant_device *device = &k->plant->device[d];
        for (unsigned l = 0; l < device->load_count; l++) {
            energy_key(k->point[k->count].key, device->serial, device->address, l + 1);
            k->row[k->count++] = device->load[l].point;
        }
    }
}

static enum err open_store(struct keeper *k, const char *folder, struct fault *fault)
{
    enum err err = folder_make(folder, fault);
    if (!err)
        err = folder_lock(folder, &k->lock, fault);
    if (err)
        return err;
    err = energy_open(&files_system, folder, &k->store, fault);
    if (err)
        folder_unlock(k->lock);
    return err;
}

struct keeper *keeper_open(const char *folder, const struct plant *plant, struct table *table,
                           struct fault *fault)
{
    struct keeper *k = calloc(1, sizeof *k);
    unsigned rows = table_points(table);
    if (k) {
        k->plant = plant;
        k->table = table;
        k->point = calloc(rows, sizeof *k->point);
        k->row = calloc(rows, sizeof *k->row);
        k->sequence = calloc(rows, sizeof *k->sequence);
    }
    if (!k || !k->point || !k->row || !k->sequence) {
        fault_set(fault, ERR_MEMORY, "not enough memory for the energy registers");
        keeper_close(k);
        return NULL;
    }
    if (folder && open_store(k, folder, fault) != ERR_OK) {
        keeper_close(k);
        return NULL;
    }
    list_loads(k);
    for (unsigned i = 0; i < k->count; i++) {
        uint64_t energy_mj[ENERGY_REGISTERS] = {0};
        keeper_restore(k, k->row[i], energy_mj);
        table_commit(table, k->row[i], energy_mj);
    }
    return k;
}

bool keeper_restore(void *keeper, unsigned point, uint64_t energy_mj[ENERGY_REGISTERS])
{
    struct keeper *k = keeper;
    for (unsigned i = 0; i < k->count; i++)
        if (k->row[i] == point)
            return k->store && energy_find(k->store, k->point[i].key, energy_mj);
    return false;
}

/* Takes the counters of every load that has had a window; false if none has a new one. */
static bool take(struct keeper *k)
{
    bool news = false;
    for (unsigned i = 0; i < k->count; i++) {
        uint64_t sequence = table_sequence(k->table, k->row[i]);
        news = news || sequence != k->sequence[i];
        k->sequence[i] = sequence;
        if (!table_counted(k->table, k->row[i], k->point[i].energy_mj) && k->store)
            energy_find(k->store, k->point[i].key, k->point[i].energy_mj);
    }
    struct quantity_set network;
    if (table_snapshot(k->table, 0, &network))
        k->instant_ns = network.end_ns;
    return news;
}

static void commit(struct keeper *k)
{
    for (unsigned i = 0; i < k->count; i++)
        if (k->sequence[i] > 0 && (!k->store || k->point[i].kept))
            table_commit(k->table, k->row[i], k->point[i].energy_mj);
}

static void on_worker(uv_work_t *work)
{
    struct keeper *k = work->data;
    k->fault.code = energy_write(k->store, &k->fault);
}

static void after_worker(uv_work_t *work, int status)
{
    struct keeper *k = work->data;
    k->writing = false;
    if (status != 0)
        return;
    bool failed = k->fault.code != ERR_OK;
    if (!failed)
        commit(k);
    if (failed && !k->failing)
        log_message(LOG_ERROR, "energies are not kept: %s; what is shown stays at what is kept",
                    k->fault.text);
    if (!failed && k->failing)
        log_message(LOG_WARNING, "energies are kept again");
    k->failing = failed;
}

static void on_turn(uv_timer_t *timer)
{
    struct keeper *k = timer->data;
    if (k->writing || !take(k))
        return;
    if (!k->store) {
        commit(k);
        return;
    }
    if (energy_prepare(k->store, k->point, k->count, k->instant_ns) != ERR_OK)
        return;
    k->work.data = k;
    k->writing = uv_queue_work(timer->loop, &k->work, on_worker, after_worker) == 0;
}

void keeper_start(struct keeper *k, uv_loop_t *loop)
{
    unsigned turn = k->store ? TURN_MS : TURN_UNKEPT_MS;
    uv_timer_init(loop, &k->timer);
    k->timer.data = k;
    uv_timer_start(&k->timer, on_turn, turn, turn);
}

void keeper_stop(struct keeper *k)
{
    uv_close((uv_handle_t *)&k->timer, NULL);
}

void keeper_close(struct keeper *k)
{
    if (!k)
        return;
    if (k->store) {
        assert(!k->writing);
        if (take(k) && energy_prepare(k->store, k->point, k->count, k->instant_ns) == ERR_OK &&
            energy_write(k->store, &k->fault) != ERR_OK)
            log_message(LOG_ERROR, "the last energies are not kept: %s", k->fault.text);
        energy_close(k->store);
        folder_unlock(k->lock);
    }
    free(k->point);
    free(k->row);
    free(k->sequence);
    free(k);
}
