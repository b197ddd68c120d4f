/* The system's zone database (tzdata): /usr/share/zoneinfo, or the folder that the variable TZDIR names. */
#ifndef PORT_ZONE_FILE_H
#define PORT_ZONE_FILE_H

#include "base/zone.h"

/* Reads a zone by its name: "Europe/Paris". UTC needs no database. ERR_INPUT: there is no zone of that name (the
 * fault's sentence offers one that is like it), or its file is damaged; ERR_UNSUPPORTED: see zone_parse; ERR_SYSTEM:
 * there is no database, or it cannot be read. */
enum err zone_load(const char *name, struct zone *z, struct fault *fault);

#endif
