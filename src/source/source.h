/* Sources of samples, for the one who starts an acquisition. Who writes a driver reads driver.h.
 *
 * A source describes its channels and gives blocks until it ends: a recording at ERR_END, a live one
 * when it is closed. Samples leave in SI units, scaled as the file says and by `scale`. Every format
 * is read as a stream: memory does not grow with the length of a recording. */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "base/fault.h"
#include "wave/block.h"
#include "wave/role.h"

#include <stdbool.h>
#include <stdint.h>

struct source; /* one open source */

struct source_options {
    const char *channels; /* roles by position, comma separated, "-" skips one; NULL: as found */
    const char *scale;    /* factors by position, comma separated, the last one repeats; NULL: 1 */
    double rate_hz;       /* samples per second where the file cannot tell; 0: not given */
    const char *stream;   /* svID to follow where a capture holds several; NULL: the first */
};

#define SOURCE_CHANNELS_MAX 256
#define SOURCE_NAME_TEXT    96

struct source_channel {
    char name[SOURCE_NAME_TEXT]; /* UTF-8, as the file has it */
    char unit[16];               /* of the samples that leave: "V", "A", "" unknown */
    struct wave_place place;
    /* Ratings that the file states, in SI units; 0: not stated. */
    double rated_primary;
    double rated_secondary;
    bool is_primary; /* samples are primary values (or the file does not know the difference) */
};

/* A run of frames at one rate without a gap. */
struct source_segment {
    double start_s; /* of the first frame, since the recording's start */
    double rate_hz;
    uint64_t frames;
};

struct source_info {
    const char *format; /* "comtrade", "sv", "csv", "wav", "simulator" */
    const char *file;   /* as opened; NULL for live */
    bool live;          /* no end known, nothing to rewind to */
    bool has_date;      /* start_ns is UTC; otherwise it is 0 */
    int64_t start_ns;
    double duration_s; /* 0 if live */
    double line_hz;    /* nominal frequency that the file states; 0: it does not */
    unsigned channel_count;
    const struct source_channel *channels;
    unsigned segment_count; /* as the file has them; blocks may join what belongs together */
    const struct source_segment *segments;
    unsigned note_count; /* what was odd in the file, a sentence each */
    const char *const *notes;
};

/* Opens a recording; the format is found from its content and name. `options` may be NULL. The fault's
 * sentence names file, line or byte offset, and what was expected. */
enum err source_open(const char *path, const struct source_options *options, struct source **source,
                     struct fault *fault);

/* Opens a live stream of sampled values (IEC 61850-9-2LE, 61869-9) on an Ethernet interface; needs the
 * right to open a raw socket. `stream` is the svID to follow, NULL the first one seen. */
enum err source_open_live(const char *interface, const char *stream,
                          const struct source_options *options, struct source **source,
                          struct fault *fault);

/* What the source is; owned by it. Notes may grow while it is read. */
const struct source_info *source_info(const struct source *s);

/* Next block. ERR_OK; ERR_END after the last; ERR_AGAIN if a live source had nothing within 200 ms;
 * otherwise a fault. */
enum err source_read(struct source *s, struct wave_block *block, struct fault *fault);

/* Begins a recording anew: the next block is its first. ERR_UNSUPPORTED if live. */
enum err source_rewind(struct source *s, struct fault *fault);

void source_close(struct source *s); /* NULL is fine */

#endif
