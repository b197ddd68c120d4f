/* Influence states of IEC 62586-2: what is present beside the parameter under test. As they are known here
 * [K]; what a state says of the parameter under test itself gives way to the test point. */
#ifndef ACCURACY_QUALITY_H
#define ACCURACY_QUALITY_H

#include "chain.h"
#include "closed.h"
#include "worst.h"

#define QUALITY_SHAPE "shape of IEC 62586-2 [K]"

enum quality_state { STATE_1, STATE_2, STATE_3, QUALITY_STATES };
const char *quality_state_name(enum quality_state s); /* "S1" */

/* What of a state is left to the test point. */
enum quality_own {
    OWN_FREQUENCY = 1,
    OWN_VOLTAGE = 2,
    OWN_HARMONICS = 4,
    OWN_INTERHARMONICS = 8,
    OWN_FLICKER = 16
};

struct quality_scene {
    struct simulator_config c;
    struct simulator_load load; /* not measured unless load_count is 1 */
    struct simulator_harmonic harmonics[4];
    struct metrology_setup setup;
    struct metrology_load wired;
};

/* 230 V and 50 or 60 Hz with the state's influences, but those in `own`, through draw `draw` of a device. A voltage
 * of a state stands in every phase as its percentage of Udin. */
void quality_begin(struct quality_scene *s, enum quality_state state, unsigned own,
                   double nominal_hz);

/* After the test point has been put in: the device's sensors and converter, and the core's setup. */
void quality_finish(struct quality_scene *s, const struct chain_device *d, unsigned draw,
                    double nominal_hz);

/* Devices: the meters alone. */
unsigned quality_devices(const struct lab *lab);
unsigned quality_draws(const struct lab *lab);
/* "draw 9" */
void quality_take(struct worst *w, double is, double reads, double scale, unsigned draw);

/* Seconds that hold whole periods of the state's flicker, near to `about`. */
double quality_seconds(const struct quality_scene *s, double about);

/* What flicker does to a mean square over whole periods: a factor of the RMS value. */
double quality_sway(const struct quality_scene *s);

/* Root of the mean of the squares of a range's windows; the lab keeps their mean, and differences between windows
 * are so small that both agree within 1e-5. */
#endif
