/* From the channels of a source to the signals that the core meters: sums with signs, ratios and
 * calibration, voltages to a star point, and which voltage drives a current. */
#ifndef PLANT_SIGNALS_H
#define PLANT_SIGNALS_H

#include "metrology/metrology.h"
#include "plant/plant.h"
#include "wave/role.h"

#define SIGNAL_NONE UINT16_MAX

/* A channel, put right. */
struct signal_tap {
    uint16_t channel;  /* SIGNAL_NONE: there is no such */
    double factor;     /* to V or A */
    double advance_us; /* that it comes too late */
    double offset;     /* V or A to add */
};

/* The channel as it is. */
struct signal_tap signal_tap_of(uint16_t channel);
/* With its ratio (of transformers, 1 if none) and what is known to be wrong at the nominal frequency. */
struct signal_tap signal_tap_calibrated(uint16_t channel, double ratio,
                                        const struct plant_calibration *c, double nominal_hz);

/* Channel of a role in a circuit; SIGNAL_NONE. */
uint16_t signal_channel(const struct wave_place *place, unsigned count, enum wave_role role,
                        unsigned circuit);

/* Adds factor times the tap; nothing if it has no channel. */
void signal_add(struct metrology_mix *mix, const struct signal_tap *tap, double factor);

/* V1 V2 V3 to the virtual star point of two or three line voltages (U12 U23 U31, whose sum is zero):
 * V1 = (U12 - U31) / 3 and so on round. Of one alone: its two ends, against their middle. */
void signal_star(struct metrology_mix voltage[3], const struct signal_tap line[3]);

/* The voltage between phases a and b (0, 1, 2): enum metrology_drive, and -1 in `sign` if it runs from b to
 * a. */
uint8_t signal_drive_between(unsigned a, unsigned b, double *sign);

#endif
