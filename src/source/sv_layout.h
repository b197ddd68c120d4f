/* What the positions of a data set stand for, and how its counts become volts and amperes.
 *
 * 9-2LE: I1 I2 I3 IN in mA, U1 U2 U3 UN in 10 mV. IEC 61869-9 (clause 6.903.3 and 6.903.9): as many
 * currents as the variant says, then as many voltages, with the same units; a variant is named like
 * F4800S2I4U4. The frames themselves carry numbers only. */
#ifndef SOURCE_SV_LAYOUT_H
#define SOURCE_SV_LAYOUT_H

#include "source/source.h"
#include "source/sv_frame.h"

struct sv_layout {
    unsigned channel_count;
    bool is_clear; /* roles follow from the count, or from a name of a variant */
    struct source_channel channels[SOURCE_CHANNELS_MAX];
    double factors[SOURCE_CHANNELS_MAX]; /* from counts to the channel's unit, with --scale */
};

/* False: the data are no row of INT32 with quality, or too many. */
bool sv_layout_find(const struct sv_asdu *asdu, struct sv_layout *layout);

/* Roles and factors of the user; before it every factor is 0. */
enum err sv_layout_finish(struct sv_layout *layout, const struct source_options *options,
                          struct fault *fault);

#endif
