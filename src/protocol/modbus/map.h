/* The register map: what each address means. One const table (map.def): a line says address, words,
 * type, scale and which reader finds the value. Lines of a block that repeats for every load are those
 * of load 1. The addresses are those that existing clients of the family read; they never move. */
#ifndef PROTOCOL_MODBUS_MAP_H
#define PROTOCOL_MODBUS_MAP_H

#include "plant/plant.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- Types ------------------------------------------------------------------------------------- */

enum register_type {
#define T(name, words, sign) TYPE_##name,
#include "protocol/modbus/types.def"
#undef T
    TYPE_COUNT
};

enum register_sign { TYPE_UNSIGNED, TYPE_SIGNED, TYPE_TEXT };

struct register_type_info {
    const char *name; /* "U32" */
    uint8_t words;    /* 0: as the row says */
    enum register_sign sign;
};
const struct register_type_info *register_type_info(enum register_type t);

/* --- Rows -------------------------------------------------------------------------------------- */

struct register_scene; /* whom the reader reads: reader.h */
struct register_value;
struct register_row;

/* Finds the value of a row; false: not available. */
typedef bool register_reader(struct register_scene *scene, const struct register_row *row,
                             struct register_value *value);

struct register_row {
    uint16_t address; /* on the wire; of load 1 */
    uint8_t words;
    uint8_t type;                    /* enum register_type */
    uint16_t numerator, denominator; /* value in the unit = raw x numerator / denominator */
    const char *unit;                /* "V"; "" where there is none; NULL: the quantity's */
    const char *access;              /* "R", "RW": what the map allows */
    uint32_t needs;                  /* FEATURE_ bits that the profile must all have */
    register_reader *read;
    uint16_t a, b, c;  /* what to read; the reader says what they mean */
    const char *label; /* the quantity's name, or what the words hold */
};

extern const struct register_row register_rows[]; /* by address, none overlaps another */
extern const size_t register_row_count;

/* Row that holds this address of load 1, or the next one after it; register_row_count: none. */
size_t register_row_from(uint16_t address);

/* --- Blocks ------------------------------------------------------------------------------------ */

enum block_scope {
    BLOCK_DEVICE,  /* every device has it */
    BLOCK_METER,   /* devices that measure voltage or current */
    BLOCK_NETWORK, /* devices that measure voltage */
    BLOCK_SENSORS, /* devices with current inputs */
    BLOCK_LOAD,    /* once for each load that the device has room for */
};

/* A stretch of addresses that may be read in any pieces; words without a row are reserved. */
struct register_block {
    uint16_t first, words;
    uint16_t stride; /* BLOCK_LOAD: from one load to the next */
    uint8_t repeat;  /* how many loads have room before the next block begins; 1 for the others */
    uint8_t scope;   /* enum block_scope */
    uint32_t needs;  /* FEATURE_ bits */
    const char *name;
};

extern const struct register_block register_blocks[]; /* by address */
extern const size_t register_block_count;

/* Times that a device of this profile has the block: 0, 1, or its loads. */
unsigned register_block_times(const struct register_block *block, const struct profile *profile);

struct register_place {
    const struct register_block *block;
    unsigned load;   /* from 0; 0 for blocks that do not repeat */
    uint16_t offset; /* of the address in the block */
};

/* Where an address lies on a device of this profile; false: in no block of it. */
bool register_place_find(const struct profile *profile, uint16_t address,
                         struct register_place *place);

#endif
