/* Devices under test: a meter with its inputs and converters, alone or with a family of sensors, as models of
 * limits that its errors stay within. A draw takes one device out of them: at a corner of the limits, or at
 * random. */
#ifndef ACCURACY_CHAIN_H
#define ACCURACY_CHAIN_H

#include "lab.h"

struct chain_device {
    const char *name;
    unsigned bits;
    const char *active, *reactive, *value; /* classes: P, Q, and of I, S, PF */
    double rated_a;
    bool has_sensor;
    double ratio_percent[3], phase_min[3]; /* sensor: at 2, 10, 100 % of In */
    double noise_percent;                  /* of In */
};

/* The meters alone with 16 and 24 bits, then each family of sensors with 24 bits. */
const struct chain_device *chain_devices(unsigned *count);

/* What is known of the meter's own part: after calibration, its inputs err by no more than this. */
#define CHAIN_INPUT_RATIO_PERCENT 0.02
#define CHAIN_INPUT_PHASE_MIN     1.0
#define CHAIN_CLOCK_PPM           20.0
#define CHAIN_VOLTAGE_PEAK        1000.0 /* V, the converter's range */
#define CHAIN_CURRENT_PEAK        2.55   /* of In: 1.2 In, and half as much again for crests */

#define CHAIN_CORNERS 8
/* Draws below CHAIN_CORNERS are corners, the others random by their number. */
struct chain_draw {
    double voltage_ratio[3], voltage_phase[3]; /* -1 ... 1, shares of the limits */
    double current_ratio[4], current_phase[4];
    double sensor_ratio[4], sensor_phase[4];
    double clock;
    uint64_t seed;
};
struct chain_draw chain_draw(unsigned number);

/* Puts the device into the signal: voltages, and the load's currents at `share` of In (which chooses the
 * sensors' errors). */
void chain_apply(const struct chain_device *d, const struct chain_draw *draw, double share,
                 struct simulator_config *signal, struct simulator_load *load);

#endif
