#include "source/recording.h"

#include "base/instant.h"
#include "source/options.h"
#include "source/regrid.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIKE_RATES       1.02 /* rates nearer than this are one run */
#define FOLLOWS_STEPS    0.5  /* a segment that begins no further from the end of the one before */
#define BLOCK_SAMPLES    ((uint32_t)1 << 17)
#define BLOCK_FRAMES_MIN 64
#define TIME_MAX_S       3.2e9 /* a hundred years */

enum err recording_check_rate(const struct source_options *options, struct fault *fault)
{
    double rate = options->rate_hz;
    if (rate == 0 || (rate > 0 && rate <= RECORDING_RATE_MAX_HZ))
        return ERR_OK;
    return fault_set(fault, ERR_USAGE,
                     "rate: %g is no sampling rate; expected more than 0 Hz, up "
                     "to %g Hz",
                     rate, RECORDING_RATE_MAX_HZ);
}

enum err recording_init(struct recording *r, const struct source_driver *driver,
                        const struct recording_reader *reader, const char *path, unsigned channels,
                        const struct source_options *options, struct fault *fault)
{
    assert(channels >= 1 && channels <= SOURCE_CHANNELS_MAX);
    r->source.driver = driver;
    r->reader = reader;
    r->path = strdup(path);
    r->channels = calloc(channels, sizeof *r->channels);
    r->scale = calloc(channels, sizeof *r->scale);
    if (!r->path || !r->channels || !r->scale)
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", path);
    r->source.info.format = driver->format;
    r->source.info.file = r->path;
    r->source.info.channels = r->channels;
    r->source.info.channel_count = channels;
    enum err err = recording_check_rate(options, fault);
    return err ? err : options_scale(options->scale, r->scale, channels, fault);
}

enum err recording_add_segment(struct recording *r, double start_s, double rate_hz, uint64_t frames,
                               struct fault *fault)
{
    if (frames == 0)
        return ERR_OK;
    if (!(rate_hz > 0 && rate_hz <= RECORDING_RATE_MAX_HZ))
        return fault_set(
            fault, ERR_INPUT,
            "%s: a sampling rate of %g Hz is stated, expected more than 0, up to %g Hz", r->path,
            rate_hz, RECORDING_RATE_MAX_HZ);
    if (!(start_s >= 0 && start_s + (double)frames / rate_hz <= TIME_MAX_S))
        return fault_set(fault, ERR_INPUT,
                         "%s: the recording would last longer than a hundred years", r->path);
    if (r->segment_count == RECORDING_SEGMENTS_MAX)
        return fault_set(fault, ERR_INPUT,
                         "%s: more than %d gaps or changes of rate; the times of its samples are "
                         "not those of a steady clock",
                         r->path, RECORDING_SEGMENTS_MAX);
    if (r->segment_count == r->segment_room) {
        size_t room = r->segment_room ? r->segment_room * 2 : 16;
        struct source_segment *more = realloc(r->segments, room * sizeof *more);
        if (!more)
            return fault_set(fault, ERR_MEMORY, "%s: out of memory", r->path);
        r->segments = more;
        r->segment_room = room;
    }
    r->segments[r->segment_count++] = (struct source_segment){start_s, rate_hz, frames};
    return ERR_OK;
}

static double end_of(const struct source_segment *s)
{
    return s->start_s + (double)s->frames / s->rate_hz;
}

enum err recording_add_stretch(struct recording *r, const struct timeline_stretch *stretch,
                               int64_t origin_ns, struct fault *fault)
{
    double rate = stretch->rate_hz;
    double start_s = (double)(stretch->start_ns - origin_ns) / NS_PER_S;
    if (r->segment_count > 0) {
        const struct source_segment *before = &r->segments[r->segment_count - 1];
        rate = rate > 0 ? rate : before->rate_hz;
        double step = 1 / rate;
        if (start_s < end_of(before) - FOLLOWS_STEPS * step) {
            if (!r->was_set_back)
                notes_add(&r->notes,
                          "Time is set back (first at sample %" PRIu64 ", %.6g s); what follows is "
                          "placed behind it, after a gap of one sample.",
                          stretch->first + 1, end_of(before));
            r->was_set_back = true;
            start_s = end_of(before) + step;
        }
    }
    if (!(rate > 0))
        return fault_set(fault, ERR_INPUT, "%s: a single sample does not tell its sampling rate",
                         r->path);
    return recording_add_segment(r, start_s, rate, stretch->frames, fault);
}

enum err recording_add_record(struct recording *r, double rate_hz, uint64_t frames,
                              struct fault *fault)
{
    double start_s = 0;
    if (r->segment_count > 0)
        start_s = end_of(&r->segments[r->segment_count - 1]) + 1 / rate_hz;
    return recording_add_segment(r, start_s, rate_hz, frames, fault);
}

float *recording_keep(struct recording *r, size_t frames)
{
    size_t frame_bytes = r->source.info.channel_count * sizeof *r->kept;
    size_t want = r->kept_frames + frames;
    if (!r->keeps_nothing && want > r->kept_room) {
        size_t most = RECORDING_KEEP_BYTES / frame_bytes;
        size_t room = want > r->kept_room * 2 ? want + 1024 : r->kept_room * 2;
        room = room < most ? room : most;
        float *more = want <= most ? realloc(r->kept, room * frame_bytes) : NULL;
        r->keeps_nothing = !more;
        if (more) {
            r->kept = more;
            r->kept_room = room;
        }
    }
    if (r->keeps_nothing) {
        free(r->kept);
        r->kept = NULL;
        return NULL;
    }
    float *next = r->kept + r->kept_frames * r->source.info.channel_count;
    r->kept_frames = want;
    return next;
}

/* --- the plan -------------------------------------------------------------------------------- */

/* How many segments from `first` on are one run. */
static uint32_t run_length(const struct recording *r, size_t first, bool *same_rate)
{
    double low = r->segments[first].rate_hz, high = low;
    uint32_t n = 1;
    *same_rate = true;
    for (; first + n < r->segment_count; n++) {
        const struct source_segment *last = &r->segments[first + n - 1], *next = last + 1;
        double lower = fmin(low, next->rate_hz), higher = fmax(high, next->rate_hz);
        if (fabs(next->start_s - end_of(last)) > FOLLOWS_STEPS / next->rate_hz ||
            higher > lower * LIKE_RATES)
            break;
        *same_rate = *same_rate && next->rate_hz == low && next->rate_hz == high;
        low = lower;
        high = higher;
    }
    return n;
}

static void note_regrid(struct recording *r, const struct recording_run *run)
{
    const struct source_segment *s = &r->segments[run->first_segment];
    double low = s->rate_hz, high = low;
    for (uint32_t i = 1; i < run->segments; i++) {
        low = fmin(low, s[i].rate_hz);
        high = fmax(high, s[i].rate_hz);
    }
    notes_add(
        &r->notes,
        "%u segments of %.9g to %.9g Hz that follow each other without a gap (from %.6g s on) "
        "are metered as one at %.9g Hz; samples were interpolated.",
        run->segments, low, high, run->start_s, run->rate_hz);
}

static void plan_run(struct recording *r, struct recording_run *run, size_t first, uint32_t count,
                     bool same_rate)
{
    const struct source_segment *s = &r->segments[first], *longest = s;
    *run = (struct recording_run){.start_s = s->start_s,
                                  .first_segment = (uint32_t)first,
                                  .segments = count,
                                  .regrid = !same_rate};
    for (uint32_t i = 0; i < count; i++) {
        run->file_frames += s[i].frames;
        if (s[i].frames > longest->frames)
            longest = &s[i];
    }
    run->rate_hz = longest->rate_hz;
    run->frames = same_rate ? run->file_frames : regrid_count(s, count, run->rate_hz);
    if (!same_rate)
        note_regrid(r, run);
}

static enum err plan(struct recording *r, struct fault *fault)
{
    if (r->segment_count == 0)
        return fault_set(fault, ERR_INPUT, "%s: there are no samples in it", r->path);
    r->runs = calloc(r->segment_count, sizeof *r->runs);
    uint32_t frames = BLOCK_SAMPLES / r->source.info.channel_count;
    r->block_frames = frames < BLOCK_FRAMES_MIN         ? BLOCK_FRAMES_MIN
                      : frames > RECORDING_BLOCK_FRAMES ? RECORDING_BLOCK_FRAMES
                                                        : frames;
    r->samples = malloc((size_t)r->block_frames * r->source.info.channel_count * sizeof(float));
    if (!r->runs || !r->samples)
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", r->path);
    for (size_t i = 0; i < r->segment_count;) {
        bool same_rate;
        uint32_t n = run_length(r, i, &same_rate);
        plan_run(r, &r->runs[r->run_count++], i, n, same_rate);
        i += n;
    }
    return ERR_OK;
}

static void share_lists(struct recording *r)
{
    struct source_info *info = &r->source.info;
    info->notes = (const char *const *)r->notes.items;
    info->note_count = r->notes.count;
    info->segments = r->segments;
    info->segment_count = (unsigned)r->segment_count;
}

/* What was kept must be all that will be read. */
static void drop_partial(struct recording *r)
{
    uint64_t frames = 0;
    for (size_t i = 0; i < r->segment_count; i++)
        frames += r->segments[i].frames;
    if (r->kept_frames < frames) {
        free(r->kept);
        r->kept = NULL;
    }
}

/* A channel without a unit that was given a role has the unit of the role. */
static void name_units(struct recording *r)
{
    for (unsigned i = 0; i < r->source.info.channel_count; i++) {
        struct source_channel *c = &r->channels[i];
        if (c->unit[0] == '\0' && c->place.role != ROLE_OTHER)
            strcpy(c->unit, wave_role_is_voltage(c->place.role) ? "V" : "A");
    }
}

enum err recording_complete(struct recording *r, const struct source_options *options,
                            struct fault *fault)
{
    enum err err = plan(r, fault);
    if (!err && options->channels)
        err = options_places(options->channels, r->channels, r->source.info.channel_count, fault);
    if (err)
        return err;
    name_units(r);
    drop_partial(r);
    r->source.info.duration_s = end_of(&r->segments[r->segment_count - 1]);
    share_lists(r);
    return recording_rewind(&r->source, fault);
}

/* --- reading --------------------------------------------------------------------------------- */

/* The next frames of the file, from the file or from what was kept. */
static enum err pull(void *context, uint32_t frames, float *samples, uint32_t *flags,
                     struct fault *fault)
{
    struct recording *r = context;
    size_t channels = r->source.info.channel_count;
    uint64_t at = r->file_frame;
    r->file_frame += frames;
    if (!r->kept)
        return r->reader->frames(r, frames, samples, flags, fault);
    memcpy(samples, r->kept + at * channels, frames * channels * sizeof *samples);
    return ERR_OK;
}

/* The next frames as they leave; *samples is where they are. */
static enum err next_frames(struct recording *r, uint32_t frames, const float **samples,
                            uint32_t *flags, struct fault *fault)
{
    *samples = r->samples;
    if (r->regrid)
        return regrid_read(r->regrid, frames, r->samples, flags, fault);
    if (!r->kept)
        return pull(r, frames, r->samples, flags, fault);
    *samples = r->kept + r->file_frame * r->source.info.channel_count;
    r->file_frame += frames;
    return ERR_OK;
}

static enum err begin_run(struct recording *r, struct fault *fault)
{
    const struct recording_run *run = &r->runs[r->run];
    regrid_free(r->regrid);
    r->regrid = NULL;
    if (!run->regrid)
        return ERR_OK;
    r->regrid = regrid_new(&r->segments[run->first_segment], run->segments, run->rate_hz,
                           r->source.info.channel_count, pull, r);
    return r->regrid ? ERR_OK : fault_set(fault, ERR_MEMORY, "%s: out of memory", r->path);
}

enum err recording_read(struct source *s, struct wave_block *block, struct fault *fault)
{
    struct recording *r = (struct recording *)s;
    if (r->run < r->run_count && r->frame == r->runs[r->run].frames) {
        r->run++;
        r->frame = 0;
    }
    if (r->run == r->run_count)
        return ERR_END;
    enum err err = r->frame == 0 ? begin_run(r, fault) : ERR_OK;
    if (err)
        return err;

    const struct recording_run *run = &r->runs[r->run];
    uint64_t rest = run->frames - r->frame;
    uint32_t frames = rest < r->block_frames ? (uint32_t)rest : r->block_frames;
    uint32_t flags = r->frame == 0 ? WAVE_BEGIN : 0;
    const float *samples;
    err = next_frames(r, frames, &samples, &flags, fault);
    if (err)
        return err;
    double since_start = run->start_s + (double)r->frame / run->rate_hz;
    *block = (struct wave_block){.start_ns = s->info.start_ns + llround(since_start * NS_PER_S),
                                 .rate_hz = run->rate_hz,
                                 .first_frame = r->frame,
                                 .segment = (uint32_t)r->run,
                                 .flags = flags,
                                 .frames = frames,
                                 .channels = s->info.channel_count,
                                 .samples = samples};
    r->frame += frames;
    share_lists(r);
    return ERR_OK;
}

enum err recording_rewind(struct source *s, struct fault *fault)
{
    struct recording *r = (struct recording *)s;
    r->run = 0;
    r->frame = 0;
    r->file_frame = 0;
    return r->kept ? ERR_OK : r->reader->restart(r, fault);
}

void recording_close(struct source *s)
{
    struct recording *r = (struct recording *)s;
    r->reader->free(r);
}

void recording_free(struct recording *r)
{
    regrid_free(r->regrid);
    notes_free(&r->notes);
    free(r->samples);
    free(r->kept);
    free(r->runs);
    free(r->segments);
    free(r->scale);
    free(r->channels);
    free(r->path);
}
