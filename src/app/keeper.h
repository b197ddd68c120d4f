/* The keeper makes energies durable: some times a second it takes what metrology has counted, has it
 * written by a worker, and only then shows it in the table. */
#ifndef APP_KEEPER_H
#define APP_KEEPER_H

#include "base/fault.h"
#include "plant/plant.h"
#include "table/table.h"

#include <uv.h>

struct keeper;

/* Opens (or makes) the data folder and takes its lock. folder NULL: nothing is kept, energies are shown
 * as they are counted. What was kept is committed to the table at once. NULL and a fault otherwise. */
struct keeper *keeper_open(const char *folder, const struct plant *plant, struct table *table,
                           struct fault *fault);

/* The registers that were kept for the load of a row. */
bool keeper_restore(void *keeper, unsigned point, uint64_t energy_mj[ENERGY_REGISTERS]);

/* Begins its turns on the loop. */
void keeper_start(struct keeper *k, uv_loop_t *loop);

/* Ends its turns; the loop has to run until its handles are closed. */
void keeper_stop(struct keeper *k);

/* Writes what is counted now, waits for it, closes the folder, and frees. The loop is not running. */
void keeper_close(struct keeper *k);

#endif
