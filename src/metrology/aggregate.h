/* The time structure above the basic window: which windows make which value. Not for other rooms. */
#ifndef METROLOGY_AGGREGATE_H
#define METROLOGY_AGGREGATE_H

#include "metrology/aggregate_sums.h"

/* Intervals that can run at the same time. */
enum aggregate_slot {
    SLOT_CYCLES_OLD, /* 150/180 cycles that were running when a tick came */
    SLOT_CYCLES,
    SLOT_AVERAGE,
    SLOT_10MIN,
    SLOT_2H,
    AGGREGATE_SLOTS,
    SLOT_PART = AGGREGATE_SLOTS /* sums of the windows since any interval began or ended */
};

struct interval {
    bool open;
    bool broken; /* samples between were lost, or cycles of them are in no window */
    bool first;  /* nothing was added to its sums yet */
    uint32_t flags;
    int64_t begin_ns, end_ns; /* of the clock's interval; of cycles: of what was taken in */
    unsigned windows;
    uint32_t cycles;
    int64_t covered_ns;
};

struct aggregates {
    struct aggregate_rules rules;
    struct interval slot[AGGREGATE_SLOTS];
    struct aggregate_sums *sums[AGGREGATE_SLOTS + 1]; /* of the network and every load; NULL: off */
    unsigned part_windows;                            /* in sums[SLOT_PART] */
    int64_t chain_ns;  /* since when every cycle is in a window, that the next window continues */
    bool chain_broken; /* the next window begins a new chain */
    int64_t last_ns;   /* end of the last window */
};

/* For the slots and SLOT_PART, whether these spans (setup.spans) want their sums. */
bool aggregate_slot_needed(unsigned spans, unsigned slot);
void aggregates_init(struct aggregates *a); /* all but `sums` */

#endif
