/* Whether what is asked of the simulator is possible; the faults name the field. */
#ifndef SOURCE_SIMULATOR_CHECK_H
#define SOURCE_SIMULATOR_CHECK_H

#include "source/simulator.h"

enum err simulator_check_config(const struct simulator_config *c, struct fault *fault);
enum err simulator_check_network(const struct simulator_network *n, struct fault *fault);
/* `index` as faults name it */
enum err simulator_check_load(const struct simulator_load *l, unsigned index, struct fault *fault);
enum err simulator_check_event(const struct simulator_event *e, unsigned index,
                               struct fault *fault);

#endif
