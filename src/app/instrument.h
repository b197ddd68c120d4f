/* The running instrument: who is connected to whom. */
#ifndef APP_INSTRUMENT_H
#define APP_INSTRUMENT_H

#include "config/config.h"

struct instrument_options {
    const char *data; /* folder for what is kept; NULL: nothing is kept */
    double speed;     /* seconds of signal in a second; 1: real time */
    bool any_port;    /* a port of 0 means any that is free, not that there is no such server */
    bool lenient;     /* a port of Modbus RTU over TCP that is in use is said, and left out */
};

/* Runs until a signal ends it (SIGINT, SIGTERM), or a recording that does not loop is over. Returns the
 * program's exit code; what was wrong has been said. */
int instrument_run(const struct config *config, const struct instrument_options *options);

#endif
