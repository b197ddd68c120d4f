/* The vocabulary: every quantity that the program measures, what a value of it carries, and the set
 * of values that belong to one window. Names and slots come from quantities.def; tables, labels,
 * CSV headers and maps elsewhere are loops over it. */
#ifndef QUANTITY_QUANTITY_H
#define QUANTITY_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unit {
#define U(name, symbol) UNIT_##name,
#include "quantity/units.def"
#undef U
    UNIT_COUNT
};

enum quantity_scope { SCOPE_NETWORK, SCOPE_LOAD };
enum quantity_kind { KIND_INSTANT, KIND_ANGLE, KIND_COUNTER, KIND_STATE };

/* Q_F, Q_V1, ... with the slot as value. */
enum quantity {
#define Q(slot, name, unit, scope, kind, digits, sentence) Q_##name = (slot),
#include "quantity/quantities.def"
#undef Q
    Q_COUNT /* one more than the last slot */
};

struct quantity_info {
    const char *name; /* "THD_V1" */
    enum unit unit;
    enum quantity_scope scope;
    enum quantity_kind kind;
    int digits; /* decimals in the unit without prefix */
};

/* Never NULL for a slot below Q_COUNT. */
const struct quantity_info *quantity_info(enum quantity q);
/* What it is, one English sentence. */
const char *quantity_sentence(enum quantity q);
const char *unit_symbol(enum unit u);
const char *quantity_scope_name(enum quantity_scope s);
const char *quantity_kind_name(enum quantity_kind k);

/* Exact name; Q_COUNT if there is none. */
enum quantity quantity_find(const char *name);

/* --- Quality of a value (METROLOGY: a value is a number, a quality and the end of its window) ---- */

/* A value with QUALITY_VALID set is a measurement; the other bits say what to know about it. Without
 * QUALITY_VALID it is not available, and its number is 0 and means nothing. */
enum quality {
    QUALITY_VALID = 1 << 0,
    QUALITY_FLAGGED = 1 << 1,    /* a dip, swell or interruption fell into the window */
    QUALITY_HELD = 1 << 2,       /* the last good value (frequency without voltage) */
    QUALITY_CLIPPED = 1 << 3,    /* a sample reached the end of the range */
    QUALITY_GAP = 1 << 4,        /* samples were missing */
    QUALITY_SIMULATED = 1 << 5,  /* the source is a model or a test set */
    QUALITY_SHORT = 1 << 6,      /* fewer cycles than a basic window has */
    QUALITY_INCOMPLETE = 1 << 7, /* an aggregate that lacks some of its interval's windows */
};

#define QUALITY_BITS 8
/* "valid", "flagged", ... of the bit with this number (0 ... QUALITY_BITS - 1). */
const char *quality_name(int bit);

/* --- What one window gives --------------------------------------------------------------------- */

/* Channels that have a spectrum. */
enum spectrum_channel {
    SPECTRUM_V1,
    SPECTRUM_V2,
    SPECTRUM_V3,
    SPECTRUM_VN,
    SPECTRUM_U12,
    SPECTRUM_U23,
    SPECTRUM_U31,
    SPECTRUM_I1,
    SPECTRUM_I2,
    SPECTRUM_I3,
    SPECTRUM_IN,
    SPECTRUM_COUNT
};

#define HARMONIC_MAX 63

/* The quantity that is the RMS value of the channel (Q_V1 ...), whose name is the channel's name. */
enum quantity spectrum_quantity(enum spectrum_channel c);

/* Harmonic subgroups (IEC 61000-4-7 5.6) as RMS values in V or A. Index is the order: 0 is the direct
 * component (with its sign), 1 the fundamental. Orders above `highest` are not available (0). */
struct spectrum {
    uint8_t highest;       /* 0: the channel is not available */
    uint8_t highest_inter; /* likewise for `inter`: 0: none */
    float angle_rad; /* of the fundamental, against a cosine at the window's begin; -pi ... pi */
    float rms[HARMONIC_MAX + 1];
    /* Interharmonic centred subgroups (IEC 61000-4-7 5.7) between order h and h + 1; [0] below 1. */
    float inter[HARMONIC_MAX + 1];
};

/* Energy registers: nine of the load (Q_EA_POS ... Q_ER_NEG_CAP), then the same nine of phase 1, 2 and 3
 * (Q_EA_POS1 ...). energy_quantity() tells which quantity a register is. */
#define ENERGY_KINDS     9
#define ENERGY_REGISTERS (4 * ENERGY_KINDS)

static inline enum quantity energy_quantity(unsigned reg)
{
    return (enum quantity)(reg < ENERGY_KINDS ? Q_EA_POS + reg : Q_EA_POS1 + reg - ENERGY_KINDS);
}

/* All values of one load (or, for a voltage module, of the network) over one basic window. */
struct quantity_set {
    int64_t start_ns; /* UTC of the window's first and last instant, from the samples' own time */
    int64_t end_ns;
    uint32_t cycles; /* of the fundamental in the window: 10 or 12, fewer if QUALITY_SHORT */
    uint32_t flags;  /* QUALITY_ bits of the window as a whole */
    uint64_t energy_mj[ENERGY_REGISTERS]; /* counters in mJ (mWs, mvars, mVAs), exact */
    double value[Q_COUNT];                /* SI units; energies in Wh, from energy_mj */
    uint8_t quality[Q_COUNT];
    struct spectrum spectrum[SPECTRUM_COUNT];
};

static inline bool quantity_valid(const struct quantity_set *s, enum quantity q)
{
    return s->quality[q] & QUALITY_VALID;
}

static inline void quantity_put(struct quantity_set *s, enum quantity q, double value)
{
    s->value[q] = value;
    s->quality[q] = (uint8_t)(QUALITY_VALID | s->flags);
}

#endif
