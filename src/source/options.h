/* The options of a source that speak of channels by position: roles and factors. */
#ifndef SOURCE_OPTIONS_H
#define SOURCE_OPTIONS_H

#include "source/source.h"

/* Roles from "V1,V2,-,2:I1": sets the place of every channel (those behind the list's end become
 * other). ERR_USAGE: no such role, the same one twice, more of them than channels. */
enum err options_places(const char *list, struct source_channel *channels, unsigned count,
                        struct fault *fault);

/* Factors from "100,100,-5"; the last one repeats. NULL: all 1. ERR_USAGE: not a finite number, zero,
 * more of them than channels. */
enum err options_scale(const char *list, double *scale, unsigned count, struct fault *fault);

#endif
