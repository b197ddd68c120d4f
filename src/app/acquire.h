/* Acquisition: the sampling thread. It reads a source block by block, at the pace of its time, meters
 * each block and publishes the windows in the table. */
#ifndef APP_ACQUIRE_H
#define APP_ACQUIRE_H

#include "base/fault.h"
#include "metrology/metrology.h"
#include "plant/plant.h"
#include "source/source.h"
#include "table/table.h"

struct acquire_config {
    const struct plant *plant;
    struct source *source; /* taken over: closed at the end, also after a fault */
    struct table *table;
    bool paced;        /* the source is as fast as it is read; else it comes by itself */
    double speed;      /* paced: seconds of signal in a second */
    bool loop;         /* begin a recording anew at its end, its time going on */
    int64_t origin_ns; /* time of the first sample of a source that has no date */
    void *context;
    /* The registers that a load goes on from; false: none are known, it begins at 0. Called before the
     * thread starts. */
    bool (*restore)(void *context, unsigned point, uint64_t energy_mj[ENERGY_REGISTERS]);
    /* On the sampling thread. point 0: the network's. */
    void (*event)(void *context, unsigned point, const struct metrology_event *e);
    /* Likewise; `point`: the row of each load. NULL: nothing is captured. */
    void (*capture)(void *context, const struct metrology_capture *c, const uint16_t *point);
    struct capture_setup capture_setup;
};

struct acquire;

/* Wires the source's channels to the plant and starts the thread. NULL and a fault otherwise. */
struct acquire *acquire_start(const struct acquire_config *config, struct fault *fault);

/* True once the source has ended or failed; what was wrong then stands in `fault` (ERR_END: a recording
 * is over). */
bool acquire_ended(struct acquire *a, struct fault *fault);

/* Ends the thread within 300 ms (what it has metered is published) and frees it. NULL is fine. */
void acquire_stop(struct acquire *a);

#endif
