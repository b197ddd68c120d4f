/* The flickermeter (flicker.h) within the core: fed chunk by chunk with the voltages that events are judged
 * on, its results put into the network's set. */
#include "metrology/internal.h"

#include <math.h>

/* A P_st is shown until the next one is due, and a little longer. */
#define SHOWN_NS (INT64_C(601) * NS_PER_S)

bool flicker_meter_wanted(const struct metrology_setup *s)
{
    unsigned terms = 0;
    for (int i = 0; i < FLICKER_CHANNELS; i++)
        terms += s->voltage[i].terms;
    return terms > 0 && !s->no_flicker;
}

void flicker_meter_begin(struct metrology *m)
{
    if (!m->flicker)
        return;
    const struct metrology_setup *s = &m->setup;
    struct flicker_setup f = {
        .nominal_hz = s->nominal_hz,
        .nominal_voltage_v = s->delta ? s->nominal_voltage_v / sqrt(3) : s->nominal_voltage_v,
        .lamp = s->flicker_lamp,
        .delta = s->delta,
        .origin_ns = s->flicker_origin_ns,
        .lanes = s->lanes,
    };
    flicker_begin(m->flicker, &f);
}

void flicker_meter_stretch(struct metrology *m)
{
    if (m->flicker)
        flicker_stretch(m->flicker, m->rate_hz);
}

/* Bits of the channels that there are: of V1 V2 V3, or of U12 U23 U31. */
static unsigned channels_of(const struct metrology *m)
{
    unsigned v = m->voltages;
    return m->setup.delta ? v & (v >> 1 | v << 2) & 7u : v;
}

void flicker_meter_chunk(struct metrology *m, int64_t first, unsigned n)
{
    struct flicker *f = m->flicker;
    if (!f)
        return;
    uint32_t slot = (uint32_t)((uint64_t)first / m->chunk & (m->chunk_ring - 1));
    const struct bank *b = &m->bank[0];
    uint32_t flags = quality_of_wave(m->chunk_flags[slot]);
    for (int i = 0; i < NETWORK_EVENTS; i++)
        flags |= m->event[i].open ? QUALITY_FLAGGED : 0u;
    if (flags)
        flicker_flag(f, INT64_MAX, flags);
    if (b->missing[slot] & m->voltages) { /* zeros in place of samples would flicker */
        flicker_stretch(f, m->rate_hz);
        flicker_flag(f, INT64_MAX, QUALITY_GAP);
        return;
    }
    uint32_t results = f->results;
    flicker_push(f, instant_of(m, (double)first),
                 b->frame + ((uint64_t)first & (m->frame_ring - 1)), n);
    if (f->results != results)
        m->flicker_due = true;
}

void flicker_meter_event(struct metrology *m, const struct metrology_event *e)
{
    if (m->flicker && e->load == METROLOGY_NETWORK && e->kind <= EVENT_INTERRUPTION)
        flicker_flag(m->flicker, e->start_ns, QUALITY_FLAGGED);
}

void flicker_meter_finish(struct metrology *m)
{
    struct flicker *f = m->flicker;
    if (!f)
        return;
    uint32_t results = f->results;
    flicker_finish(f, instant_of(m, (double)m->end));
    if (f->results != results)
        m->flicker_due = true;
}

void flicker_meter_give(struct metrology *m, int64_t by_ns)
{
    if (!m->flicker_due || m->flicker->result.end_ns > by_ns)
        return;
    unsigned there = channels_of(m);
    m->flicker_due = false;
    m->flicker_last = m->flicker->result;
    m->flicker_last.pst_valid &= there;
    m->flicker_last.plt_valid &= there;
    if (m->flicker_last.plt_valid)
        m->flicker_long = m->flicker_last;
    if (m->sink.flicker)
        m->sink.flicker(m->sink.context, &m->flicker_last);
}

/* Three values and the largest of them. */
static void put_severities(struct quantity_set *set, enum quantity first, enum quantity worst,
                           unsigned valid, const double *value, uint32_t flags)
{
    for (unsigned c = 0; c < FLICKER_CHANNELS; c++) {
        if (!(valid >> c & 1))
            continue;
        set->value[first + c] = value[c];
        set->value[worst] = fmax(set->value[worst], value[c]);
        set->quality[first + c] = set->quality[worst] = (uint8_t)(QUALITY_VALID | flags);
    }
}

void flicker_meter_put(struct metrology *m)
{
    _Static_assert(Q_PINST3 == Q_PINST1 + 2 && Q_PST3 == Q_PST1 + 2 && Q_PLT3 == Q_PLT1 + 2,
                   "in order");
    struct flicker *f = m->flicker;
    struct quantity_set *set = &m->network;
    double largest[FLICKER_CHANNELS];
    if (!f)
        return;
    unsigned seen = flicker_take_largest(f, largest) & channels_of(m);
    for (unsigned c = 0; c < FLICKER_CHANNELS; c++)
        if (seen >> c & 1)
            quantity_put(set, Q_PINST1 + c, largest[c]);
    flicker_meter_give(m, set->end_ns);
    const struct flicker_result *last = &m->flicker_last, *two_hours = &m->flicker_long;
    if (set->end_ns - last->end_ns < SHOWN_NS)
        put_severities(set, Q_PST1, Q_PST, last->pst_valid, last->pst, last->flags);
    if (set->end_ns - two_hours->end_ns < FLICKER_LONG_TERM * SHOWN_NS)
        put_severities(set, Q_PLT1, Q_PLT, two_hours->plt_valid, two_hours->plt,
                       two_hours->plt_flags);
}
