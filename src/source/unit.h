/* What a unit in a file means: "kV", "ampere", "mA rms". */
#ifndef SOURCE_UNIT_H
#define SOURCE_UNIT_H

#include <stdbool.h>
#include <stddef.h>

/* True if the text is a unit of voltage or current: *si is then "V" or "A", and *factor leads to it
 * (1000 for kV). Blanks round it do not count, nor what follows a blank ("kV rms"). */
bool unit_read(const char *text, size_t length, const char **si, double *factor);

#endif
