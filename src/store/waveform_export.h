/* Sets of waveforms for other programs: CSV, and COMTRADE (IEEE C37.111-2013, IEC 60255-24:2013) as a
 * configuration and BINARY32 data. `busbar analyse` reads both back to the same figures.
 *
 * CSV: lines of comment with `#`, then `t` in seconds from the first sample and a column for each channel,
 * named as docs/recordings.md says (`2:I1`: of the second load in the set), with as many digits as the samples
 * have. COMTRADE: the factor of each channel is a power of two, so that what is read back are the same
 * numbers, to 2^-30 of the channel's peak. */
#ifndef STORE_WAVEFORM_EXPORT_H
#define STORE_WAVEFORM_EXPORT_H

#include "base/text.h"
#include "store/waveforms.h"

void waveform_put_csv(struct text *out, const struct waveform_set *set);
void waveform_put_comtrade_cfg(struct text *out, const struct waveform_set *set);
void waveform_put_comtrade_dat(struct text *out, const struct waveform_set *set);

/* "V1", "IN". */
const char *waveform_channel_name(const struct waveform_line *line);

#endif
