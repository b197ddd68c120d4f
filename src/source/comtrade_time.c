/* When the samples of a COMTRADE record were taken. */
#include "source/comtrade.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define CHUNK     4096
#define LONG_STEP 1.5

/* A step that is longer than it should be. */
struct gap {
    uint64_t frame; /* the first behind it, from 0 */
    double at_s;    /* its time, from the first frame */
};

struct survey {
    const struct comtrade_cfg *cfg;
    struct recording *r;
    double unit_s; /* what one of a timestamp is */

    uint64_t frames;
    bool missing; /* a timestamp is not there */
    uint64_t steps, regular, backwards;
    uint64_t first_back; /* frame */
    int64_t first_time, last_time;
    int64_t since_first; /* of the last frame, in units */
    int64_t odd_step;    /* an irregular one, as example */

    struct gap *gaps;
    size_t gap_count, gap_room;
    bool too_many;

    unsigned rate; /* of the next frame */
};

static double rate_at(struct survey *s, uint64_t frame)
{
    while (s->rate + 1 < s->cfg->rate_count && frame >= s->cfg->rates[s->rate].last)
        s->rate++;
    return s->cfg->rates[s->rate].hz;
}

/* From one timestamp to the next. Binary ones count in 32 bits and may overflow, or begin below 0. */
static int64_t step_between(const struct comtrade_cfg *cfg, int64_t before, int64_t now)
{
    return cfg->form == COMTRADE_ASCII ? now - before : (int32_t)((uint32_t)now - (uint32_t)before);
}

static enum err add_gap(struct survey *s, uint64_t frame, struct fault *fault)
{
    if (s->gap_count == RECORDING_SEGMENTS_MAX) {
        s->too_many = true;
        return ERR_OK;
    }
    if (s->gap_count == s->gap_room) {
        size_t room = s->gap_room ? s->gap_room * 2 : 16;
        struct gap *more = realloc(s->gaps, room * sizeof *more);
        if (!more)
            return fault_set(fault, ERR_MEMORY, "out of memory");
        s->gaps = more;
        s->gap_room = room;
    }
    s->gaps[s->gap_count++] = (struct gap){frame, (double)s->since_first * s->unit_s};
    return ERR_OK;
}

static enum err look_at(struct survey *s, uint64_t frame, int64_t time, struct fault *fault)
{
    if (frame == 0) {
        s->first_time = s->last_time = time;
        return ERR_OK;
    }
    double before_s = 1 / rate_at(s, frame - 1), here_s = 1 / rate_at(s, frame);
    int64_t step = step_between(s->cfg, s->last_time, time);
    double step_s = (double)step * s->unit_s, blur_s = 1.5 * s->unit_s;
    s->last_time = time;
    s->since_first += step;
    s->steps++;
    if (step < 0) {
        s->first_back = s->backwards++ == 0 ? frame : s->first_back;
        return ERR_OK;
    }
    if (fabs(step_s - before_s) <= before_s / 2 + blur_s ||
        fabs(step_s - here_s) <= here_s / 2 + blur_s)
        s->regular++;
    else
        s->odd_step = step;
    return step_s > LONG_STEP * fmax(before_s, here_s) + blur_s ? add_gap(s, frame, fault) : ERR_OK;
}

/* Timestamps count microseconds. Writers that give the start to the nanosecond may count those: then the
 * first steps tell. */
static double find_unit(const struct comtrade_cfg *cfg, const int64_t *times, size_t count)
{
    double micro = 1e-6 * cfg->timemult, nano = 1e-9 * cfg->timemult;
    if (!cfg->start_in_ns || !cfg->has_rates || count < 2)
        return micro;
    double step = (double)step_between(cfg, times[0], times[1]);
    double interval = 1 / cfg->rates[0].hz;
    bool fits_nano = fabs(step * nano - interval) <= interval / 2;
    bool fits_micro = fabs(step * micro - interval) <= interval / 2;
    return fits_nano && !fits_micro ? nano : micro;
}

static enum err survey_times(struct survey *s, struct comtrade_data *data, struct fault *fault)
{
    uint64_t promised = s->cfg->rates[s->cfg->rate_count - 1].last;
    int64_t *times = malloc(CHUNK * sizeof *times);
    size_t count = 0;
    if (!times)
        return fault_set(fault, ERR_MEMORY, "out of memory");
    enum err err = comtrade_data_restart(data, fault);
    while (!err) {
        bool missing;
        err = comtrade_data_times(data, s->r, times, &missing, CHUNK, &count, fault);
        if (err || count == 0)
            break;
        if (s->frames == 0)
            s->unit_s = find_unit(s->cfg, times, count);
        s->missing = s->missing || missing;
        for (size_t i = 0; i < count && !err; i++, s->frames++)
            if (!s->missing && s->frames < promised)
                err = look_at(s, s->frames, times[i], fault);
    }
    free(times);
    return err;
}

/* --- what is said about it ------------------------------------------------------------------------- */

static void note_length(struct recording *r, const struct comtrade_data *data, uint64_t frames,
                        uint64_t promised)
{
    if (frames < promised)
        notes_add(&r->notes,
                  "The data hold %" PRIu64 " samples, the configuration promises %" PRIu64 ".",
                  frames, promised);
    if (frames > promised)
        notes_add(&r->notes,
                  "The data hold %" PRIu64 " samples, the configuration speaks of %" PRIu64
                  "; the others are left out.",
                  frames, promised);
    if (data->torn)
        notes_add(&r->notes, "The data end within a record; that part is left out.");
}

static bool times_are_usable(struct survey *s)
{
    struct notes *n = &s->r->notes;
    static const char rates_only[] = "the stated sampling rates alone are used";
    if (s->missing) {
        notes_add(n, "Times of samples are missing; %s.", rates_only);
    } else if (s->backwards > 0) {
        notes_add(n,
                  "The times of the samples run backwards %" PRIu64
                  " times (first at sample %" PRIu64 "), as a counter does that overflows; %s.",
                  s->backwards, s->first_back + 1, rates_only);
    } else if (s->regular * 2 < s->steps || s->too_many) {
        notes_add(
            n,
            "The times of the samples do not fit the stated sampling rates (a step of %" PRId64
            "); %s.",
            s->odd_step, rates_only);
    } else {
        return true;
    }
    return false;
}

static void note_gaps(const struct survey *s, double seconds)
{
    if (s->gap_count > 0)
        notes_add(&s->r->notes,
                  "%zu gap%s without samples, %.6g s in all: so the times of the samples say.",
                  s->gap_count, s->gap_count == 1 ? "" : "s", seconds);
    if (s->first_time != 0)
        notes_add(&s->r->notes,
                  "The first sample has the time %.9g s; seconds are counted from that sample.",
                  (double)s->first_time * s->unit_s);
}

/* --- segments ---------------------------------------------------------------------------------------- */

/* Segments by the rates, cut at the gaps. */
static enum err add_by_rates(struct survey *s, struct fault *fault)
{
    const struct comtrade_cfg *cfg = s->cfg;
    uint64_t frame = 0;
    size_t gap = 0;
    double at_s = 0, without_s = 0;
    for (unsigned k = 0; k < cfg->rate_count; k++) {
        uint64_t end = cfg->rates[k].last < s->frames ? cfg->rates[k].last : s->frames;
        double rate = cfg->rates[k].hz;
        while (frame < end) {
            if (gap < s->gap_count && s->gaps[gap].frame == frame) {
                double later = fmax(s->gaps[gap++].at_s, at_s);
                without_s += later - at_s;
                at_s = later;
            }
            uint64_t stop =
                gap < s->gap_count && s->gaps[gap].frame < end ? s->gaps[gap].frame : end;
            enum err err = recording_add_segment(s->r, at_s, rate, stop - frame, fault);
            if (err)
                return err;
            at_s += (double)(stop - frame) / rate;
            frame = stop;
        }
    }
    note_gaps(s, without_s);
    return ERR_OK;
}

static enum err by_rates(struct recording *r, const struct comtrade_cfg *cfg,
                         struct comtrade_data *data, struct fault *fault)
{
    struct survey s = {.cfg = cfg, .r = r};
    enum err err = survey_times(&s, data, fault);
    if (!err) {
        note_length(r, data, s.frames, cfg->rates[cfg->rate_count - 1].last);
        if (s.frames > 1 && !times_are_usable(&s))
            s.gap_count = 0;
        err = add_by_rates(&s, fault);
    }
    free(s.gaps);
    return err;
}

/* --- without rates ------------------------------------------------------------------------------------ */

struct walk {
    struct recording *r;
    struct fault *fault;
    enum err err;
};

static bool emit(void *context, const struct timeline_stretch *stretch)
{
    struct walk *w = context;
    w->err = recording_add_stretch(w->r, stretch, 0, w->fault);
    return w->err == ERR_OK;
}

/* Gives all times to the timeline; *frames is how many there were. False: one is missing or they stand
 * still (then no segment was added, or not all), or *err. */
static bool walk_times(struct recording *r, struct timeline *t, const struct comtrade_cfg *cfg,
                       struct comtrade_data *data, uint64_t *frames, enum err *err,
                       struct fault *fault)
{
    uint64_t most = cfg->rates[0].last ? cfg->rates[0].last : UINT64_MAX;
    int64_t *times = malloc(CHUNK * sizeof *times);
    int64_t before = 0, since_first = 0;
    bool good = times != NULL, missing = false;
    size_t count = 1;
    *err =
        good ? comtrade_data_restart(data, fault) : fault_set(fault, ERR_MEMORY, "out of memory");
    for (*frames = 0; !*err && count > 0;) {
        *err = comtrade_data_times(data, r, times, &missing, CHUNK, &count, fault);
        good = good && !missing;
        for (size_t i = 0; i < count && !*err; i++, ++*frames) {
            since_first += *frames > 0 ? step_between(cfg, before, times[i]) : 0;
            before = times[i];
            double ns = (double)since_first * cfg->timemult * 1e3;
            if (good && *frames < most)
                good = fabs(ns) < 1e18 && timeline_push(t, llround(ns));
        }
    }
    free(times);
    return !*err && good && timeline_finish(t);
}

static enum err by_times(struct recording *r, const struct comtrade_cfg *cfg,
                         struct comtrade_data *data, double rate_hz, struct fault *fault)
{
    struct walk w = {.r = r, .fault = fault};
    struct timeline t;
    uint64_t frames;
    enum err err;
    timeline_init(&t, 1e3 * cfg->timemult, 0, emit, &w);
    bool good = walk_times(r, &t, cfg, data, &frames, &err, fault);
    if (err || w.err)
        return err ? err : w.err;
    note_length(r, data, frames, cfg->rates[0].last ? cfg->rates[0].last : frames);
    if (good) {
        if (r->segment_count > 0)
            notes_add(&r->notes,
                      "The file states no sampling rate; the times of its samples give %.9g Hz.",
                      r->segments[0].rate_hz);
        return ERR_OK;
    }
    if (rate_hz > 0) {
        r->segment_count = 0;
        notes_add(
            &r->notes,
            "Neither the file nor the times of its samples tell the sampling rate; %.9g Hz is "
            "taken as asked.",
            rate_hz);
        return recording_add_segment(r, 0, rate_hz, frames, fault);
    }
    return fault_set(
        fault, ERR_INPUT,
        "%s: states no sampling rate (nrates = 0), and the times of its samples do not "
        "tell it; give the rate (--rate)",
        r->path);
}

enum err comtrade_add_segments(struct recording *r, const struct comtrade_cfg *cfg,
                               struct comtrade_data *data, double rate_hz, struct fault *fault)
{
    return cfg->has_rates ? by_rates(r, cfg, data, fault) : by_times(r, cfg, data, rate_hz, fault);
}
