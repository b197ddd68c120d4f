/* Energy registers that survive a power cut at any byte, and never go back.
 *
 * The file `energy` in the data folder has two places that take turns: a record is written whole into
 * the place that does not hold the newest durable one, and synced. Whenever the power goes, one of them
 * is whole, and the one with the higher sequence number counts. What has been reported as durable is
 * never lost; at most what was counted after it is.
 *
 * Use: the event loop takes the counters from the table and calls energy_prepare; a worker thread calls
 * energy_write; when it succeeded, and only then, the loop commits the prepared values to the table.
 *
 * Both records damaged (a medium that rots, not a power cut): the file is kept aside as
 * `energy.damaged-N`, said as an error, and counting starts anew, so that a meter comes up by itself. */
#ifndef STORE_ENERGY_H
#define STORE_ENERGY_H

#include "base/fault.h"
#include "port/files.h"
#include "store/energy_record.h"

#include <stdbool.h>

struct energy_store;

/* One load for energy_prepare. */
struct energy_point {
    /* Who the load is, wherever it stands in the installation: serial number of its device (or its
     * address, where it has none), a slash and the load's number there. See energy_key. */
    char key[ENERGY_KEY_TEXT];
    /* In: as metrology counted. Out: as prepared to be written, never lower than what was kept. */
    uint64_t energy_mj[ENERGY_REGISTERS];
    bool kept; /* out: false if there was no room for one more load; it must not be committed */
};

/* "serial/number", or "@address/number" where `serial` is empty. */
void energy_key(char key[ENERGY_KEY_TEXT], const char *serial, unsigned address, unsigned number);

/* Opens or creates the registers in a folder that is there. What energy_find gives afterwards is
 * durable. `files` must live as long as the store. ERR_SYSTEM: the machine refuses; ERR_UNSUPPORTED: the
 * file was written by a newer program (nothing is changed); ERR_MEMORY. */
enum err energy_open(const struct files *files, const char *folder, struct energy_store **store,
                     struct fault *fault);
void energy_close(struct energy_store *s); /* NULL is fine; no write may be under way */

/* The registers of a load as they were last prepared, or found at the start. False: never seen. */
bool energy_find(const struct energy_store *s, const char *key,
                 uint64_t energy_mj[ENERGY_REGISTERS]);

/* Takes the counters of the loads that are there now; loads that are not keep theirs. A register lower
 * than the kept one is said once as an error and stays at the higher value. `instant_ns` is the time up
 * to which was counted. Quick, no I/O. ERR_AGAIN: a write is under way, nothing was taken. */
enum err energy_prepare(struct energy_store *s, struct energy_point *points, unsigned count,
                        int64_t instant_ns);

/* Writes what was prepared and returns when it is durable; blocks, so for a worker thread. After a
 * fault (ERR_SYSTEM) the record before is untouched, and the next prepare and write begin anew. */
enum err energy_write(struct energy_store *s, struct fault *fault);

#endif
