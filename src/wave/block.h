/* A block of samples: some instants ("frames") of all channels of a source, side by side, in SI units
 * (V, A), with the time of the first frame. It is how samples travel from a source to metrology. */
#ifndef WAVE_BLOCK_H
#define WAVE_BLOCK_H

#include <stdint.h>

enum wave_flags {
    WAVE_BEGIN =
        1 << 0, /* does not continue the block before: first of a segment, or after a gap */
    WAVE_CLIPPED = 1 << 1,   /* a sample reached the end of its range */
    WAVE_DOUBTFUL = 1 << 2,  /* the source marks samples as questionable or invalid */
    WAVE_SIMULATED = 1 << 3, /* from a model or marked as test */
};

struct wave_block {
    int64_t
        start_ns; /* instant of the first frame: UTC, or since the recording's start if it has no date */
    double rate_hz;       /* constant within a segment */
    uint64_t first_frame; /* index of the first frame in its segment */
    uint32_t segment;     /* index; a gap or a new rate begins the next one, with WAVE_BEGIN */
    uint32_t flags;       /* WAVE_ bits that hold for the block */
    uint32_t frames;
    uint32_t channels;    /* floats per frame; a sample is samples[frame * channels + channel] */
    const float *samples; /* owned by the source, good until its next read; NaN: missing */
};

#endif
