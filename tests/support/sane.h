/* What holds for everything that metrology says, whatever it was fed: numbers are numbers, times run
 * forward, counters do not shrink, events end after they began. A sink that keeps watch, for tests and
 * fuzzing; `complaint` is the first thing that was wrong. */
#ifndef SUPPORT_SANE_H
#define SUPPORT_SANE_H

#include "metrology/metrology.h"

#include <math.h>
#include <string.h>

#define SANE_LOADS 32

struct sane {
    const char *complaint;
    unsigned windows, halves, events;
    uint64_t energy[SANE_LOADS][ENERGY_REGISTERS];
    bool open[EVENT_KINDS][SANE_LOADS + 1];
    unsigned captures;
    uint64_t captures_lost;
};

static inline void sane_complain(struct sane *s, const char *text)
{
    if (!s->complaint)
        s->complaint = text;
}

static inline void sane_set(struct sane *s, const struct quantity_set *q, double nominal_hz)
{
    if (q->start_ns >= q->end_ns)
        sane_complain(s, "a window ends before it begins");
    if (q->cycles < 1 || q->cycles > (nominal_hz > 55 ? 12 : 10))
        sane_complain(s, "a window of a strange number of cycles");
    for (int i = 0; i < Q_COUNT; i++) {
        if (!isfinite(q->value[i]))
            sane_complain(s, "a value is not finite");
        if (!(q->quality[i] & QUALITY_VALID) && q->value[i] != 0)
            sane_complain(s, "a value that is not available is not 0");
        if (!(q->quality[i] & QUALITY_VALID) && q->quality[i] != 0)
            sane_complain(s, "a value that is not available has a quality");
    }
    for (int c = 0; c < SPECTRUM_COUNT; c++) {
        const struct spectrum *x = &q->spectrum[c];
        if (x->highest > HARMONIC_MAX || !isfinite(x->angle_rad))
            sane_complain(s, "a spectrum without sense");
        for (int h = 0; h <= HARMONIC_MAX; h++)
            if (!isfinite(x->rms[h]) || (h > 0 && x->rms[h] < 0))
                sane_complain(s, "a harmonic is not a magnitude");
    }
}

static inline void sane_window(void *context, struct metrology *m, const struct metrology_window *w)
{
    struct sane *s = context;
    float trace[64];
    int64_t start_ns;
    double rate_hz;
    s->windows++;
    sane_set(s, w->network, 60);
    for (unsigned i = 0; i < w->load_count && i < SANE_LOADS; i++) {
        sane_set(s, &w->load[i], 60);
        for (int r = 0; r < ENERGY_REGISTERS; r++) {
            if (w->load[i].energy_mj[r] < s->energy[i][r])
                sane_complain(s, "a counter shrinks");
            s->energy[i][r] = w->load[i].energy_mj[r];
        }
        unsigned n = metrology_trace(m, (int)i, 0, trace, 64, 1, &start_ns, &rate_hz);
        for (unsigned k = 0; k < n; k++)
            if (!isfinite(trace[k]))
                sane_complain(s, "a sample for the scope is not finite");
    }
}

static inline void sane_aggregate_set(struct sane *s, const struct quantity_set *q)
{
    for (int i = 0; i < Q_COUNT; i++) {
        if (!isfinite(q->value[i]))
            sane_complain(s, "a value of an aggregate is not finite");
        if (!(q->quality[i] & QUALITY_VALID) && (q->value[i] != 0 || q->quality[i] != 0))
            sane_complain(s, "a value of an aggregate that is not available is not 0");
    }
    for (int c = 0; c < SPECTRUM_COUNT; c++)
        for (int h = 0; h <= HARMONIC_MAX; h++)
            if (!isfinite(q->spectrum[c].rms[h]) || !isfinite(q->spectrum[c].inter[h]))
                sane_complain(s, "a harmonic of an aggregate is not finite");
}

static inline void sane_aggregate(void *context, struct metrology *m,
                                  const struct metrology_aggregate *a)
{
    struct sane *s = context;
    (void)m;
    if (a->start_ns >= a->end_ns)
        sane_complain(s, "an aggregate ends before it begins");
    if (a->windows < 1 || a->network->cycles < 1)
        sane_complain(s, "an aggregate of nothing");
    if (a->ending != METROLOGY_ENDED && !(a->network->flags & QUALITY_INCOMPLETE))
        sane_complain(s, "an aggregate that was cut short is not incomplete");
    sane_aggregate_set(s, a->network);
    for (unsigned i = 0; i < a->load_count; i++)
        sane_aggregate_set(s, &a->load[i]);
}

static inline void sane_fast(void *context, const struct metrology_fast *f)
{
    struct sane *s = context;
    if (f->start_ns >= f->end_ns)
        sane_complain(s, "fast values end before they begin");
    for (unsigned i = 0; i < f->load_count; i++)
        for (int k = 0; k < 4; k++)
            if (isinf(f->load[i].p[k]) || isinf(f->load[i].q[k]) || isinf(f->load[i].s[k]) ||
                isinf(f->load[i].current[k]) || fabs(f->load[i].power_factor[k]) > 1)
                sane_complain(s, "a fast value is beyond bounds");
}

static inline void sane_half_cycle(void *context, const struct metrology_half_cycle *h)
{
    struct sane *s = context;
    s->halves++;
    if (!(h->rms >= 0) || !isfinite(h->rms))
        sane_complain(s, "a half-cycle value is not a magnitude");
    if (h->start_ns >= h->end_ns)
        sane_complain(s, "a cycle ends before it begins");
}

static inline void sane_event(void *context, const struct metrology_event *e)
{
    struct sane *s = context;
    s->events++;
    if (e->kind >= EVENT_KINDS || e->load < METROLOGY_NETWORK || e->load >= SANE_LOADS) {
        sane_complain(s, "an event of nothing");
        return;
    }
    bool *open = &s->open[e->kind][e->load + 1];
    if (e->kind == EVENT_RVC) { /* given once, when it is over */
        if (!e->ended || e->end_ns < e->start_ns)
            sane_complain(s, "a rapid voltage change that is not over");
    } else if (*open != e->ended) {
        sane_complain(s, e->ended ? "an event ends that is not open" : "an event begins twice");
    }
    *open = !e->ended;
    if (e->channel_count < 1 || e->channel_count > EVENT_CHANNELS || !(e->reference > 0))
        sane_complain(s, "an event without channels or reference");
    for (unsigned c = 0; c < e->channel_count && c < EVENT_CHANNELS; c++)
        if (!(e->channel[c].extreme >= 0) || !isfinite(e->channel[c].extreme))
            sane_complain(s, "an extreme is not a magnitude");
}

static inline void sane_capture(void *context, const struct metrology_capture *c)
{
    struct sane *s = context;
    s->captures++;
    if (c->reason >= CAPTURE_REASONS || c->load < METROLOGY_NETWORK || c->load >= SANE_LOADS)
        sane_complain(s, "a capture of nothing");
    if (c->count < 1 || c->count > CAPTURE_SAMPLES || c->before > CAPTURE_SAMPLES ||
        c->before > c->count + CAPTURE_SAMPLES)
        sane_complain(s, "a capture without samples, or with too many");
    if (!(c->rate_hz > 0) || c->subsampling < 1 || c->subsampling > CAPTURE_SUBSAMPLING_MAX)
        sane_complain(s, "a capture without a rate");
    if (c->lost < s->captures_lost)
        sane_complain(s, "lost captures have come back");
    s->captures_lost = c->lost;
    for (unsigned w = 0; w < CAPTURE_WAVEFORMS; w++)
        for (unsigned i = 0; c->waveform[w].sample && i < c->count; i++)
            if (!isfinite(c->waveform[w].sample[i]))
                sane_complain(s, "a captured sample is not finite");
}

static inline struct metrology_sink sane_sink(struct sane *s)
{
    memset(s, 0, sizeof *s);
    return (struct metrology_sink){.context = s,
                                   .window = sane_window,
                                   .half_cycle = sane_half_cycle,
                                   .event = sane_event,
                                   .aggregate = sane_aggregate,
                                   .fast = sane_fast,
                                   .capture = sane_capture};
}

#endif
