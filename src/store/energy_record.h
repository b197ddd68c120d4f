/* The bytes of one energy record: the registers of every load, with a checksum. docs/format.md tells
 * each byte; energy.h keeps two of these in a file. */
#ifndef STORE_ENERGY_RECORD_H
#define STORE_ENERGY_RECORD_H

#include "quantity/quantity.h"

#include <stddef.h>
#include <stdint.h>

#define ENERGY_KEY_TEXT         32 /* with its end */
#define ENERGY_POINTS_MAX       600
#define ENERGY_RECORD_VERSION   2
#define ENERGY_HEADER_BYTES     64
#define ENERGY_ENTRY_BYTES      (ENERGY_KEY_TEXT + 8 * ENERGY_REGISTERS)
#define ENERGY_RECORD_BYTES_MAX (ENERGY_HEADER_BYTES + ENERGY_POINTS_MAX * ENERGY_ENTRY_BYTES)

/* A place in the file; a record never outgrows it. */
#define ENERGY_SLOT_BYTES 196608

/* Version 1 knew the registers of the loads, not those of their phases. */
#define ENERGY_REGISTERS_1   9
#define ENERGY_SLOT_BYTES_1  65536
#define ENERGY_ENTRY_BYTES_1 (ENERGY_KEY_TEXT + 8 * ENERGY_REGISTERS_1)

/* The registers of one load, under a key that stays with the load wherever its row is. */
struct energy_entry {
    char key[ENERGY_KEY_TEXT]; /* 1 ... 31 bytes */
    uint64_t energy_mj[ENERGY_REGISTERS];
};

struct energy_record {
    unsigned version;   /* that it was read from; it is written as ENERGY_RECORD_VERSION */
    uint64_t sequence;  /* grows by one with each record; the higher one is the newer */
    int64_t instant_ns; /* to which the registers were counted, in the samples' own time */
    unsigned count;
    struct energy_entry entry[ENERGY_POINTS_MAX];
};

/* Writes the record into `bytes` (ENERGY_RECORD_BYTES_MAX); returns how many it took. */
size_t energy_record_encode(const struct energy_record *record, uint8_t *bytes);

enum energy_record_fault {
    ENERGY_RECORD_GOOD,
    ENERGY_RECORD_DAMAGED, /* not a record, cut, or altered */
    ENERGY_RECORD_NEWER,   /* whole, but of a version that this program does not know */
};

/* Reads a record of any version that begins at `bytes`; `available` may be more than it takes. Registers
 * that its version did not know are 0. `record` is undefined unless the result is ENERGY_RECORD_GOOD. */
enum energy_record_fault energy_record_decode(const uint8_t *bytes, size_t available,
                                              struct energy_record *record);

#endif
