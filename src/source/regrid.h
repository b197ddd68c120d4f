/* Brings frames that were sampled at rates which differ a little (a recorder that follows the mains) to
 * one even grid, by local interpolation with a windowed sinc (48 frames wide, Kaiser window).
 *
 * The position in the file, in frames, is a function of time that is straight within a segment. At that
 * position the frames round it are weighed as if they were evenly spaced, which they are but for the
 * small change of rate. Where the position falls on a frame that frame leaves as it is. Signals up to
 * 0.8 of half the rate keep their amplitude within 2e-5. Before the first and behind the last frame the
 * signal is continued by point reflection. */
#ifndef SOURCE_REGRID_H
#define SOURCE_REGRID_H

#include "source/source.h"

struct regrid;

/* Gives the next `frames` frames; as recording_reader.frames. */
typedef enum err regrid_pull(void *context, uint32_t frames, float *samples, uint32_t *flags,
                             struct fault *fault);

/* How many frames at rate_hz cover the segments: the first stands on the first frame, the last one is
 * not behind the last frame. */
uint64_t regrid_count(const struct source_segment *segments, uint32_t count, double rate_hz);

/* The segments (borrowed) follow each other. NULL: out of memory. */
struct regrid *regrid_new(const struct source_segment *segments, uint32_t count, double rate_hz,
                          uint32_t channels, regrid_pull *pull, void *context);
void regrid_free(struct regrid *g);

/* Writes the next `frames` frames of the grid; no more in all than regrid_count. */
enum err regrid_read(struct regrid *g, uint32_t frames, float *samples, uint32_t *flags,
                     struct fault *fault);

#endif
