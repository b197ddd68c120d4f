/* Rapid voltage changes (IEC 61000-4-30 5.11). A voltage is steady while each of its last 100 (at 60 Hz: 120)
 * one-cycle values lies within the threshold of their mean. A change begins when the first voltage is not
 * steady any more, and ends when all are steady again, on their old level or another one; until then the
 * threshold is smaller by the hysteresis. It is none if a dip, a swell or an interruption falls into it.
 *
 * Times are the begins of one-cycle windows: of the value that lay too far off, and of the first of the
 * values that are steady again. */
#include "metrology/internal.h"

#include <math.h>
#include <string.h>

void rvc_begin(struct metrology *m)
{
    memset(&m->rvc, 0, sizeof m->rvc);
}

static unsigned values_of(const struct metrology *m)
{
    return 10 * window_cycles(&m->setup);
}

static void find_range(struct rvc_channel *c)
{
    c->low = c->high = c->value[0];
    for (unsigned i = 1; i < c->count; i++) {
        c->low = fmin(c->low, c->value[i]);
        c->high = fmax(c->high, c->value[i]);
    }
}

/* Puts a value in the place of the oldest one. The sum is made anew with every round, so that nothing
 * gathers in it. */
static void take_value(struct rvc_channel *c, const struct metrology_half_cycle *h, unsigned values)
{
    bool full = c->count == values;
    double oldest = c->value[c->next];
    c->value[c->next] = h->rms;
    c->start_ns[c->next] = h->start_ns;
    c->count += !full;
    c->sum += h->rms - (full ? oldest : 0);
    if (full && (oldest <= c->low || oldest >= c->high))
        find_range(c);
    c->low = c->count == 1 ? h->rms : fmin(c->low, h->rms);
    c->high = c->count == 1 ? h->rms : fmax(c->high, h->rms);
    if (++c->next < values)
        return;
    c->next = 0;
    c->sum = 0;
    for (unsigned i = 0; i < values; i++)
        c->sum += c->value[i];
}

/* A channel that has been steady is not any more. */
static void leave(struct rvc_state *r, struct rvc_channel *c, const struct metrology_half_cycle *h)
{
    if (!r->running) {
        r->running = true;
        r->spoiled = false;
        r->start_ns = h->start_ns;
        for (int i = 0; i < 3; i++)
            r->channel[i].changed = false;
        r->captured = false;
    }
    if (!c->changed) {
        c->changed = true;
        c->left_ns = h->start_ns;
        c->largest = 0;
    }
}

/* What it will turn out to be is known when the samples may be gone: what is no dip after a cycle is captured. */
static void capture(struct metrology *m, const struct metrology_half_cycle *h)
{
    struct rvc_state *r = &m->rvc;
    if (r->captured || r->spoiled ||
        h->start_ns - r->start_ns < (int64_t)(NS_PER_S / m->setup.nominal_hz))
        return;
    r->captured = true;
    capture_event(m, &(struct metrology_event){
                         .kind = EVENT_RVC, .load = METROLOGY_NETWORK, .start_ns = r->start_ns});
}

static void give(struct metrology *m, double reference)
{
    struct rvc_state *r = &m->rvc;
    struct metrology_event e = {.kind = EVENT_RVC,
                                .load = METROLOGY_NETWORK,
                                .ended = true,
                                .start_ns = r->start_ns,
                                .end_ns = r->start_ns,
                                .reference = reference};
    for (unsigned i = 0; i < 3; i++) {
        const struct rvc_channel *c = &r->channel[i];
        if (!c->changed)
            continue;
        unsigned n = e.channel_count++;
        e.channel[n].channel = (enum spectrum_channel)(event_first_channel(m) + i);
        e.channel[n].extreme = c->largest;
        e.channel[n].steady = fabs(c->after - c->before);
        e.channel[n].reference = reference;
        e.channel[n].ended = true;
        e.channel[n].start_ns = c->left_ns;
        e.channel[n].end_ns = c->back_ns > c->left_ns ? c->back_ns : c->left_ns;
        if (e.channel[n].end_ns > e.end_ns)
            e.end_ns = e.channel[n].end_ns;
    }
    event_give(m, &e);
}

void rvc_half_cycle(struct metrology *m, const struct metrology_half_cycle *h, unsigned channel,
                    double reference)
{
    struct rvc_state *r = &m->rvc;
    struct rvc_channel *c = &r->channel[channel];
    double threshold = m->setup.rvc_percent / 100 * reference;
    unsigned values = values_of(m), present = event_channels(m), steady = 0;
    if (!(threshold > 0))
        return;
    take_value(c, h, values);
    if (c->count < values)
        return;
    double mean = c->sum / values;
    if (r->running && !c->steady)
        threshold *= 1 - m->setup.rvc_hysteresis_percent / 100;
    bool is_steady = c->high - mean <= threshold && mean - c->low <= threshold;
    if (c->steady && !is_steady)
        leave(r, c, h);
    for (int i = 0; i < NETWORK_EVENTS; i++)
        r->spoiled = r->spoiled || m->event[i].open;
    if (r->running)
        capture(m, h);
    if (c->changed && r->running)
        c->largest = fmax(c->largest, fabs(h->rms - c->before));
    if (c->changed && r->running && is_steady && !c->steady) {
        c->after = mean;
        c->back_ns = c->start_ns[c->next];
    }
    if (is_steady && !(r->running && c->changed))
        c->before = mean;
    c->steady = is_steady;
    if (!r->running)
        return;
    for (unsigned i = 0; i < 3; i++)
        steady |= (r->channel[i].steady ? 1u : 0u) << i;
    if ((steady & present) != present)
        return;
    r->running = false;
    if (!r->spoiled)
        give(m, reference);
    for (int i = 0; i < 3; i++)
        r->channel[i].before = r->channel[i].sum / values;
}
