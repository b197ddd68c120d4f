/* From what is installed to what is metered: which channel of a source drives which signal of the
 * network and of each load, with the direction of its sensor, and a neutral that is the sum of the phases
 * where no sensor measures it. */
#ifndef PLANT_WIRING_H
#define PLANT_WIRING_H

#include "base/fault.h"
#include "metrology/metrology.h"
#include "plant/plant.h"
#include "wave/role.h"

#define WIRING_LOADS_MAX WAVE_CIRCUITS_MAX

struct wiring {
    struct metrology_setup setup; /* highest_rate_hz is for the caller to set */
    struct metrology_load load[WIRING_LOADS_MAX];
    uint16_t point[WIRING_LOADS_MAX]; /* the table's row of each */
    const struct plant_load *of[WIRING_LOADS_MAX];
    unsigned load_count;
};

/* `place` says what each of the source's channels stands for: voltages of circuit 1, currents of the
 * circuit whose number is the load's point. Channels that no load has are left out; a load whose
 * currents the source lacks has none of their values. ERR_INPUT if there is no voltage or no channel
 * that fits. */
enum err wiring_find(struct wiring *w, const struct plant *plant, const struct wave_place *place,
                     unsigned channel_count, struct fault *fault);

/* The parts of it. The network: voltages, nominal values, thresholds and methods of `setup`, which
 * metrology_setup_init has prepared. ERR_INPUT: a voltage is missing. */
enum err wiring_find_network(struct metrology_setup *setup, const struct plant *plant,
                             const struct wave_place *place, unsigned channel_count,
                             struct fault *fault);
/* One load; false: the source has none of its currents. */
bool wiring_find_load(struct metrology_load *to, const struct plant *plant,
                      const struct plant_load *load, const struct wave_place *place,
                      unsigned channel_count);

#endif
