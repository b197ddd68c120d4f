/* The latest sets of waveforms: put, list, get; first in, first out.
 *
 * Each set is a file of its own in a folder, `00` ... `99` by its number; so the room is bounded, and a new
 * set takes the place of the oldest one. A file gets its name only when it is whole and on the medium: whenever
 * the power goes, each place holds the set that it held before or the new one. A file that cannot be read
 * (a medium that rots) is said and passed over until its place is taken.
 *
 * Use: the event loop calls waveforms_put, a worker thread waveforms_write, then the loop
 * waveforms_commit; only from then on the set is listed. All else is for the loop. The sets are kept in
 * memory too (40 KiB each), so that nobody who asks waits for the medium. */
#ifndef STORE_WAVEFORMS_H
#define STORE_WAVEFORMS_H

#include "base/fault.h"
#include "metrology/metrology.h"
#include "port/files.h"

#include <stdbool.h>

#define WAVEFORM_SETS 100

struct waveform_line {
    bool present;
    enum spectrum_channel channel; /* SPECTRUM_V1 ... SPECTRUM_IN */
    uint8_t device, load;          /* of a current: address, and number of the load from 1 */
};

struct waveform_set {
    uint64_t id; /* from 1, rising; given by waveforms_put */
    enum capture_reason reason;
    uint8_t device, load; /* that it is about: address, and number from 1; load 0: the network */
    bool at_end;          /* of an event that is longer than a set */
    int64_t event_ns;     /* start of the event */
    int64_t trigger_ns;
    int64_t start_ns; /* of the first sample */
    double rate_hz;
    double nominal_hz; /* of the network */
    unsigned subsampling;
    unsigned count; /* of samples in each line */
    unsigned
        before; /* number of the trigger's sample; may be `count`: it would have been the next */
    uint32_t flags; /* QUALITY_ bits: clipped, gap, simulated */
    struct waveform_line line[CAPTURE_WAVEFORMS];
    float sample[CAPTURE_WAVEFORMS][CAPTURE_SAMPLES]; /* V, A */
};

struct waveforms;

/* Opens the sets in a folder that is there; NULL: they are kept in memory only. `files` must live as long.
 * ERR_MEMORY, ERR_SYSTEM (the machine refuses). */
enum err waveforms_open(const struct files *files, const char *folder, struct waveforms **waveforms,
                        struct fault *fault);
void waveforms_close(struct waveforms *w); /* NULL is fine; no write may be under way */

/* Takes over a set (from malloc), gives it its number, and prepares the writing. ERR_AGAIN: a write is
 * under way, the set stays the caller's. Quick, no I/O. */
enum err waveforms_put(struct waveforms *w, struct waveform_set *set);

/* Writes what was put, and returns when it is durable; blocks, so for a worker thread. ERR_SYSTEM: it is not
 * kept; its place holds what it held before. */
enum err waveforms_write(struct waveforms *w, struct fault *fault);

/* Lists what was put, written or not; the oldest of more than WAVEFORM_SETS goes. */
void waveforms_commit(struct waveforms *w);

/* Up to `room` sets, newest first; returns how many. Good until the next waveforms_commit. */
unsigned waveforms_list(const struct waveforms *w, const struct waveform_set **sets, unsigned room);
const struct waveform_set *waveforms_get(const struct waveforms *w, uint64_t id); /* NULL: none */

/* Sets that were wanted and are nowhere; the program counts them. */
void waveforms_set_lost(struct waveforms *w, uint64_t lost);
uint64_t waveforms_lost(const struct waveforms *w);

/* --- The file (docs/format.md) --------------------------------------------------------------------------- */

#define WAVEFORM_VERSION      1
#define WAVEFORM_HEADER_BYTES 128
#define WAVEFORM_BYTES_MAX    (WAVEFORM_HEADER_BYTES + 4 * CAPTURE_WAVEFORMS * CAPTURE_SAMPLES)

/* Writes a set as bytes (room for WAVEFORM_BYTES_MAX); returns how many. */
size_t waveform_encode(const struct waveform_set *set, uint8_t *bytes);
/* False: these are no set, or one of another version. */
bool waveform_decode(const uint8_t *bytes, size_t length, struct waveform_set *set);

#endif
