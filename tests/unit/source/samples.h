/* Where recordings for tests lie, and reading one to its end. */
#ifndef TEST_SAMPLES_H
#define TEST_SAMPLES_H

#include "source/source.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_PATH 1024

/* tests/data/NAME */
static inline const char *data_path(const char *name)
{
    static char path[SAMPLE_PATH];
    const char *root = getenv("TEST_ROOT");
    snprintf(path, sizeof path, "%s/tests/data/%s", root ? root : ".", name);
    return path;
}

/* FOLDER/NAME among the recordings that are not part of the source. NULL: they are not here. */
static inline const char *recording_path(const char *folder, const char *name)
{
    static char paths[4][SAMPLE_PATH];
    static unsigned next;
    char *path = paths[next++ % 4];
    const char *shared = getenv("BUSBAR_SHARED"), *root = getenv("TEST_ROOT");
    if (shared)
        snprintf(path, SAMPLE_PATH, "%s/recordings/%s/%s", shared, folder, name);
    else
        snprintf(path, SAMPLE_PATH, "%s/../shared/recordings/%s/%s", root ? root : ".", folder,
                 name);
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    fclose(f);
    return path;
}

static inline struct source *open_sample(const char *path, const struct source_options *options)
{
    struct source *s = NULL;
    struct fault fault = {0};
    if (source_open(path, options, &s, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return s;
}

/* All frames of a source, without regard to segments. */
struct whole {
    float *samples; /* frames * channels */
    size_t frames;
    unsigned channels, blocks, begins, flags;
    int64_t first_ns, last_block_ns;
};

static inline struct whole read_all(struct source *s)
{
    struct whole w = {.channels = source_info(s)->channel_count};
    struct wave_block b;
    struct fault fault = {0};
    enum err err;
    size_t room = 0;
    while ((err = source_read(s, &b, &fault)) == ERR_OK) {
        assert_int_equal(b.channels, w.channels);
        assert_true(b.frames > 0);
        assert_true(b.rate_hz > 0);
        if (w.blocks == 0)
            w.first_ns = b.start_ns;
        if (b.flags & WAVE_BEGIN) {
            assert_int_equal(b.first_frame, 0);
            w.begins++;
        }
        w.last_block_ns = b.start_ns;
        w.blocks++;
        w.flags |= b.flags;
        if (w.frames + b.frames > room) {
            room = (w.frames + b.frames) * 2;
            w.samples = realloc(w.samples, room * w.channels * sizeof(float));
            assert_non_null(w.samples);
        }
        memcpy(w.samples + w.frames * w.channels, b.samples,
               (size_t)b.frames * w.channels * sizeof(float));
        w.frames += b.frames;
    }
    if (err != ERR_END)
        fail_msg("%s", fault.text);
    return w;
}

static inline double value_at(const struct whole *w, size_t frame, unsigned channel)
{
    return (double)w->samples[frame * w->channels + channel];
}

struct statistic {
    double min, max, rms;
    size_t missing;
};

static inline struct statistic statistic_of(const struct whole *w, unsigned channel, size_t from,
                                            size_t to)
{
    struct statistic s = {INFINITY, -INFINITY, 0, 0};
    double sum = 0;
    for (size_t i = from; i < to; i++) {
        double v = value_at(w, i, channel);
        if (isnan(v)) {
            s.missing++;
            continue;
        }
        s.min = fmin(s.min, v);
        s.max = fmax(s.max, v);
        sum += v * v;
    }
    s.rms = sqrt(sum / (double)(to - from - s.missing));
    return s;
}

/* `digits` figures agree, or both are nearly nothing beside `scale`. */
static inline void assert_figure(double value, double expected, double relative, double scale)
{
    if (fabs(value - expected) > relative * fabs(expected) + 1e-9 * scale)
        fail_msg("%.9g is not the %.9g that is expected", value, expected);
}

static inline const char *place_of(const struct source *s, unsigned channel)
{
    static char texts[4][WAVE_PLACE_TEXT];
    static unsigned next;
    char *text = texts[next++ % 4];
    wave_place_format(source_info(s)->channels[channel].place, text);
    return text;
}

static inline bool has_note(const struct source *s, const char *words)
{
    const struct source_info *info = source_info(s);
    for (unsigned i = 0; i < info->note_count; i++)
        if (strstr(info->notes[i], words))
            return true;
    return false;
}

static inline void assert_places(const struct source *s, const char *list)
{
    const struct source_info *info = source_info(s);
    unsigned i = 0;
    for (const char *p = list; *p; i++) {
        size_t n = strcspn(p, " ");
        assert_true(i < info->channel_count);
        const char *place = place_of(s, i);
        if (strlen(place) != n || strncmp(place, p, n) != 0)
            fail_msg("channel %u, %s: role %s, expected %.*s", i + 1, info->channels[i].name, place,
                     (int)n, p);
        p += n + (p[n] == ' ');
    }
    assert_int_equal(i, info->channel_count);
}

#endif
