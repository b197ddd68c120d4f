/* What a live source of sampled values (source_open_live) can tell beside its samples. */
#ifndef SOURCE_SV_H
#define SOURCE_SV_H

#include "source/driver.h"
#include "source/sv_reader.h"

/* What a live source has counted so far; `dropped` (may be NULL) gets the frames that the operating
 * system dropped because they were not read in time. */
const struct sv_counts *sv_live_counts(struct source *s, uint64_t *dropped);
const struct sv_sequence *sv_live_sequence(const struct source *s);

#endif
