/* From the installation file's simulation to the simulator's configuration. */
#ifndef APP_SIMULATION_H
#define APP_SIMULATION_H

#include "base/fault.h"
#include "config/config.h"
#include "source/source.h"

/* Opens the simulated installation; its first sample is at start_ns. */
enum err simulation_open(const struct config *config, int64_t start_ns, struct source **source,
                         struct fault *fault);

#endif
