/* What the drivers of recording files have in common: the list of segments, the plan of blocks that
 * follows from it, and the reading of blocks.
 *
 * A driver opens its file, describes channels and segments (all frames of the file, in order), and
 * gives the frames one after another; this room does the rest. Segments that follow each other without
 * a gap and whose rates differ by less than 2 % are one *run*: a stretch of blocks at one rate. If the
 * rates within a run differ, its frames are brought to the rate of its longest segment (regrid.h). */
#ifndef SOURCE_RECORDING_H
#define SOURCE_RECORDING_H

#include "source/driver.h"
#include "source/notes.h"
#include "source/timeline.h"

#define RECORDING_SEGMENTS_MAX 65536
#define RECORDING_RATE_MAX_HZ  1e9
#define RECORDING_BLOCK_FRAMES 4096
#define RECORDING_KEEP_BYTES   ((size_t)64 << 20)

struct recording;

/* What a driver of a file does. */
struct recording_reader {
    /* Goes back to the first frame. */
    enum err (*restart)(struct recording *r, struct fault *fault);
    /* Writes the next `frames` frames, all channels side by side, in SI units; *flags gets WAVE_CLIPPED
     * or WAVE_DOUBTFUL as needed. Fewer frames than the segments promised are a fault. */
    enum err (*frames)(struct recording *r, uint32_t frames, float *samples, uint32_t *flags,
                       struct fault *fault);
    void (*free)(struct recording *r); /* what the driver owns, and r itself */
};

struct recording_run {
    uint64_t frames;      /* as they leave */
    uint64_t file_frames; /* as they lie in the file */
    double start_s, rate_hz;
    uint32_t first_segment, segments;
    bool regrid;
};

/* First member of a driver's own struct. */
struct recording {
    struct source source;
    const struct recording_reader *reader;
    char *path;
    struct source_channel *channels;
    double *scale; /* factor of options.scale, one for each channel */
    struct notes notes;

    struct source_segment *segments;
    size_t segment_count, segment_room;
    bool was_set_back; /* a note says so */
    struct recording_run *runs;
    size_t run_count;

    /* Samples that were read with their times, so that text is not taken apart twice. */
    float *kept; /* NULL: none */
    size_t kept_frames, kept_room;
    bool keeps_nothing; /* they would not fit */

    /* reading */
    float *samples;
    uint64_t file_frame; /* next one of the file */
    uint32_t block_frames;
    size_t run;
    uint64_t frame; /* of the run, as they leave */
    struct regrid *regrid;
};

/* Prepares a zeroed recording: its path, `channels` zeroed channels (1 ... SOURCE_CHANNELS_MAX) and
 * their scale. ERR_USAGE if options.scale is impossible. */
enum err recording_init(struct recording *r, const struct source_driver *driver,
                        const struct recording_reader *reader, const char *path, unsigned channels,
                        const struct source_options *options, struct fault *fault);

/* Adds a segment; without frames it is ignored. ERR_INPUT if there are too many or rate or time are
 * beyond reason. */
enum err recording_add_segment(struct recording *r, double start_s, double rate_hz, uint64_t frames,
                               struct fault *fault);

/* Adds a stretch that was found from times (timeline.h); `origin_ns` is the time of the recording's first
 * frame. A stretch that begins before the end of the one before it (a clock set back) is put behind it,
 * with a note, as if after a gap. A stretch without a rate of its own is a fault. */
enum err recording_add_stretch(struct recording *r, const struct timeline_stretch *stretch,
                               int64_t origin_ns, struct fault *fault);

/* Adds a record whose time is not known: behind the last segment, after a gap of one sample. */
enum err recording_add_record(struct recording *r, double rate_hz, uint64_t frames,
                              struct fault *fault);

/* For a driver that reads text for its times: room for the samples of the next frames, if they are to be
 * kept; else NULL, then and for all that follow. No more than RECORDING_KEEP_BYTES are kept, so memory does
 * not grow with the recording; a longer one is read anew. Then reader->frames must give them again. */
float *recording_keep(struct recording *r, size_t frames);

/* All is described: gives channels their roles by options.channels if that is set, makes the plan and
 * fills source.info. ERR_USAGE if options.channels is impossible; ERR_INPUT if there are no frames. */
enum err recording_complete(struct recording *r, const struct source_options *options,
                            struct fault *fault);

/* For the driver's table. */
enum err recording_read(struct source *s, struct wave_block *block, struct fault *fault);
enum err recording_rewind(struct source *s, struct fault *fault);
void recording_close(struct source *s);

/* Frees what recording_init and the others took; for the reader's `free`. */
void recording_free(struct recording *r);

/* Whether options.rate_hz is a rate (or not given). */
enum err recording_check_rate(const struct source_options *options, struct fault *fault);

#endif
