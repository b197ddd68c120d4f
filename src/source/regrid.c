#include "source/regrid.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HALF        24 /* frames on each side of a position */
#define TAPS        (2 * HALF)
#define KAISER_BETA 10.0
#define PIECE       1024 /* frames that are pulled at once */
#define ON_A_FRAME  1e-6 /* a position as near as this is on the frame */
#define TABLE       2048 /* points of the window, evenly over the square of the distance */

struct regrid {
    const struct source_segment *segments;
    uint32_t segment_count, channels;
    double rate_hz;
    regrid_pull *pull;
    void *context;

    uint64_t frame; /* next of the grid */
    uint32_t segment;
    double segment_s;       /* start of `segment`, since the start of the first */
    uint64_t segment_frame; /* its first frame */

    uint64_t total;  /* frames that can be pulled */
    uint64_t pulled; /* so far */
    float *held;     /* frames `held_from` ... pulled - 1 */
    uint64_t held_from;
    uint64_t room;
    float *mirrored; /* one frame beyond an end */
    float window[TABLE + 1];
};

static uint64_t total_frames(const struct source_segment *segments, uint32_t count)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++)
        total += segments[i].frames;
    return total;
}

uint64_t regrid_count(const struct source_segment *segments, uint32_t count, double rate_hz)
{
    double span = -1.0 / segments[count - 1].rate_hz; /* of the last frame, from the first */
    for (uint32_t i = 0; i < count; i++)
        span += (double)segments[i].frames / segments[i].rate_hz;
    return (uint64_t)floor(span * rate_hz + ON_A_FRAME) + 1;
}

/* Modified Bessel function of the first kind, order 0 (Abramowitz and Stegun 9.6.10). */
static double bessel_i0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; term > sum * 1e-17; k++) {
        term *= x / (2 * k) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

struct regrid *regrid_new(const struct source_segment *segments, uint32_t count, double rate_hz,
                          uint32_t channels, regrid_pull *pull, void *context)
{
    struct regrid *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    *g = (struct regrid){.segments = segments,
                         .segment_count = count,
                         .channels = channels,
                         .rate_hz = rate_hz,
                         .pull = pull,
                         .context = context,
                         .total = total_frames(segments, count),
                         .room = PIECE + 2 * TAPS};
    g->held = malloc(g->room * channels * sizeof *g->held);
    g->mirrored = malloc(channels * sizeof *g->mirrored);
    if (!g->held || !g->mirrored) {
        regrid_free(g);
        return NULL;
    }
    for (int i = 0; i <= TABLE; i++)
        g->window[i] =
            (float)(bessel_i0(KAISER_BETA * sqrt(1 - (double)i / TABLE)) / bessel_i0(KAISER_BETA));
    return g;
}

void regrid_free(struct regrid *g)
{
    if (!g)
        return;
    free(g->held);
    free(g->mirrored);
    free(g);
}

/* The position of the next frame of the grid, in frames of the file. */
static double position(struct regrid *g)
{
    double t = (double)g->frame / g->rate_hz;
    for (;;) {
        const struct source_segment *s = &g->segments[g->segment];
        double within = (t - g->segment_s) * s->rate_hz;
        if (within < (double)s->frames - ON_A_FRAME || g->segment + 1 == g->segment_count)
            return (double)g->segment_frame + within;
        g->segment_s += (double)s->frames / s->rate_hz;
        g->segment_frame += s->frames;
        g->segment++;
    }
}

/* Holds the frames from `from` up to and with `to`, as far as there are any. */
static enum err hold(struct regrid *g, uint64_t from, uint64_t to, uint32_t *flags,
                     struct fault *fault)
{
    while (g->pulled <= to && g->pulled < g->total) {
        if (from > g->held_from) {
            uint64_t keep = from < g->pulled ? from : g->pulled;
            memmove(g->held, g->held + (keep - g->held_from) * g->channels,
                    (g->pulled - keep) * g->channels * sizeof *g->held);
            g->held_from = keep;
        }
        uint64_t room = g->room - (g->pulled - g->held_from);
        uint64_t rest = g->total - g->pulled;
        uint64_t n = room < PIECE ? room : PIECE;
        n = n < rest ? n : rest;
        assert(n > 0);
        enum err err = g->pull(g->context, (uint32_t)n,
                               g->held + (g->pulled - g->held_from) * g->channels, flags, fault);
        if (err)
            return err;
        g->pulled += n;
    }
    return ERR_OK;
}

static const float *held(const struct regrid *g, int64_t frame)
{
    assert(frame >= (int64_t)g->held_from && frame < (int64_t)g->pulled);
    return g->held + ((uint64_t)frame - g->held_from) * g->channels;
}

/* A frame of the signal, continued beyond its ends. */
static const float *frame_at(struct regrid *g, int64_t frame)
{
    int64_t last = (int64_t)g->total - 1;
    int64_t end = frame < 0 ? 0 : last;
    if (frame >= 0 && frame <= last)
        return held(g, frame);
    int64_t image = 2 * end - frame;
    if (image < 0 || image > last) /* fewer frames than the window is wide */
        return held(g, end);
    const float *pivot = held(g, end), *other = held(g, image);
    for (uint32_t c = 0; c < g->channels; c++)
        g->mirrored[c] = 2 * pivot[c] - other[c];
    return g->mirrored;
}

/* Weights of the TAPS frames round a position that lies `part` behind the frame HALF - 1. */
static void weigh(const struct regrid *g, double part, double weight[TAPS])
{
    double sine = sin(M_PI * part) / M_PI, sum = 0;
    for (int k = 0; k < TAPS; k++) {
        double x = part + HALF - 1 - k; /* from the frame to the position */
        double place = x * x * (TABLE / (double)(HALF * HALF));
        int i = place < TABLE ? (int)place : TABLE - 1;
        double window = g->window[i] + (place - i) * (double)(g->window[i + 1] - g->window[i]);
        /* sin(pi x) is the sine of the part, with a sign that alternates */
        weight[k] = ((HALF - 1 - k) % 2 == 0 ? sine : -sine) / x * window;
        sum += weight[k];
    }
    for (int k = 0; k < TAPS; k++)
        weight[k] /= sum;
}

static enum err interpolate(struct regrid *g, float *to, uint32_t *flags, struct fault *fault)
{
    double at = position(g);
    int64_t before = (int64_t)floor(at + ON_A_FRAME);
    double part = at - (double)before;
    int64_t from = before - HALF + 1, last = before + HALF;
    enum err err = hold(g, from > 0 ? (uint64_t)from : 0, (uint64_t)last, flags, fault);
    if (err)
        return err;
    if (part <= ON_A_FRAME) {
        memcpy(to, frame_at(g, before), g->channels * sizeof *to);
        return ERR_OK;
    }
    double weight[TAPS], sum[SOURCE_CHANNELS_MAX] = {0};
    weigh(g, part, weight);
    for (int k = 0; k < TAPS; k++) {
        const float *frame = frame_at(g, from + k);
        for (uint32_t c = 0; c < g->channels; c++)
            sum[c] += weight[k] * (double)frame[c];
    }
    for (uint32_t c = 0; c < g->channels; c++)
        to[c] = (float)sum[c];
    return ERR_OK;
}

enum err regrid_read(struct regrid *g, uint32_t frames, float *samples, uint32_t *flags,
                     struct fault *fault)
{
    for (uint32_t i = 0; i < frames; i++) {
        enum err err = interpolate(g, samples + (size_t)i * g->channels, flags, fault);
        if (err)
            return err;
        g->frame++;
    }
    return ERR_OK;
}
