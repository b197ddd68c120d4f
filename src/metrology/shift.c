#include "metrology/shift.h"

#include <math.h>
#include <string.h>

/* --- Which channels ------------------------------------------------------------------------------------- */

struct collection {
    struct shifted *to; /* NULL: only counts */
    unsigned count, channels;
};

static void collect_mix(struct collection *c, const struct metrology_mix *mix)
{
    for (unsigned t = 0; t < mix->terms; t++) {
        uint16_t channel = mix->term[t].channel;
        double advance = (double)mix->term[t].advance_us;
        bool known = !(fabs(advance) > 0);
        if (channel >= c->channels)
            c->channels = channel + 1u;
        for (unsigned i = 0; c->to && i < c->count && !known; i++)
            known = c->to[i].channel == channel;
        if (known)
            continue;
        if (c->to)
            c->to[c->count] = (struct shifted){
                .channel = channel,
                .advance_us = fmin(fmax(advance, -METROLOGY_ADVANCE_US), METROLOGY_ADVANCE_US)};
        c->count++;
    }
}

static void collect(struct collection *c, const struct metrology_setup *s)
{
    for (unsigned v = 0; v < 4; v++)
        collect_mix(c, &s->voltage[v]);
    for (unsigned i = 0; i < s->load_count; i++)
        for (unsigned k = 0; k < METROLOGY_CURRENTS; k++)
            collect_mix(c, &s->load[i].current[k]);
}

unsigned shift_count(const struct metrology_setup *s)
{
    struct collection c = {NULL, 0,
                           0}; /* a channel that is named twice counts twice: room enough */
    collect(&c, s);
    return c.count;
}

unsigned shift_channels(const struct metrology_setup *s)
{
    struct collection c = {NULL, 0, 0};
    collect(&c, s);
    return c.channels;
}

static uint32_t reach_at(double rate_hz)
{
    return (uint32_t)ceil(METROLOGY_ADVANCE_US * 1e-6 * rate_hz) + SHIFT_TAPS;
}

uint32_t shift_room(double rate_hz)
{
    return 2 * reach_at(rate_hz) + 2 * SHIFT_PIECE;
}

void shift_init(struct shift *s, const struct metrology_setup *setup)
{
    struct collection c = {s->shifted, 0, 0};
    collect(&c, setup);
    s->count = c.count;
    s->channels = c.channels;
}

/* --- The filter ------------------------------------------------------------------------------------------ */

/* Weights of frames 0 ... SHIFT_TAPS - 1 for the value at `at` among them. */
static void weights(double at, float tap[SHIFT_TAPS])
{
    for (int i = 0; i < SHIFT_TAPS; i++) {
        double w = 1;
        for (int k = 0; k < SHIFT_TAPS; k++)
            if (k != i)
                w *= (at - k) / (i - k);
        tap[i] = (float)w;
    }
}

void shift_begin(struct shift *s, double rate_hz)
{
    s->reach = reach_at(rate_hz);
    s->held = s->ready = 0;
    for (unsigned i = 0; i < s->count; i++) {
        struct shifted *c = &s->shifted[i];
        double frames = c->advance_us * 1e-6 * rate_hz;
        c->whole = (int32_t)floor(frames);
        c->part = frames - c->whole;
        weights(c->part + SHIFT_TAPS / 2 - 1, c->tap);
    }
}

/* Near the ends of a stretch: the parabola through the three nearest frames. Further out than they lie it
 * stays near for a millisecond of a mains signal, and does not make much of noise. */
static float value_at_edge(const struct shift *s, const struct shifted *c, uint32_t n)
{
    double at = (double)n + c->whole + c->part;
    if (s->held < 3)
        return s->raw[(size_t)n * s->channels + c->channel];
    double first = fmin(fmax(round(at) - 1, 0), (double)s->held - 3), u = at - first - 1;
    const float *x = s->raw + (size_t)first * s->channels + c->channel;
    double a = (double)x[0], b = (double)x[s->channels], z = (double)x[2 * (size_t)s->channels];
    return (float)(b + u * ((z - a) + u * (z - 2 * b + a)) / 2);
}

/* The value of a channel in frame n of `raw`, moved. */
static float moved_value(const struct shift *s, const struct shifted *c, uint32_t n)
{
    int64_t first = (int64_t)n + c->whole - (SHIFT_TAPS / 2 - 1);
    if (first < 0 || first + SHIFT_TAPS > (int64_t)s->held)
        return value_at_edge(s, c, n);
    const float *x = s->raw + (size_t)first * s->channels + c->channel;
    double sum = 0;
    for (int t = 0; t < SHIFT_TAPS; t++)
        sum += (double)c->tap[t] * (double)x[(size_t)t * s->channels];
    return (float)sum;
}

void shift_take(struct shift *s, const float *samples, unsigned channels, uint32_t n, uint8_t flags)
{
    /* What no value needs any more makes room. */
    uint32_t over = s->ready > s->reach ? s->ready - s->reach : 0;
    if (over >= SHIFT_PIECE) {
        memmove(s->raw, s->raw + (size_t)over * s->channels,
                (size_t)(s->held - over) * s->channels * sizeof *s->raw);
        memmove(s->flags, s->flags + over, s->held - over);
        s->held -= over;
        s->ready -= over;
    }
    for (uint32_t i = 0; i < n; i++)
        memcpy(s->raw + (size_t)(s->held + i) * s->channels, samples + (size_t)i * channels,
               s->channels * sizeof *s->raw);
    memset(s->flags + s->held, flags, n);
    s->held += n;
}

uint32_t shift_give(struct shift *s, bool all, uint8_t *flags)
{
    uint32_t end = all ? s->held : s->held > s->reach ? s->held - s->reach : 0;
    uint32_t first = s->ready, n = 0;
    if (end <= first)
        return 0;
    *flags = s->flags[first];
    while (n < SHIFT_PIECE && first + n < end && s->flags[first + n] == *flags)
        n++;
    memcpy(s->moved, s->raw + (size_t)first * s->channels,
           (size_t)n * s->channels * sizeof *s->raw);
    for (unsigned i = 0; i < s->count; i++)
        for (uint32_t k = 0; k < n; k++)
            s->moved[(size_t)k * s->channels + s->shifted[i].channel] =
                moved_value(s, &s->shifted[i], first + k);
    s->ready += n;
    return n;
}
