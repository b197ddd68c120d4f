/* Voltage dips, swells and interruptions, and overcurrents, on half-cycle values (IEC 61000-4-30 5.4 and
 * 5.5). Polyphase: a dip or swell begins with the first channel past the threshold and ends when all are
 * back past threshold and hysteresis; an interruption begins when all are below and ends when one is
 * back. Values are taken in the order in which they become known. Each channel keeps its own begin, end and
 * extreme. */
#include "metrology/internal.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* First-order filter of one minute on windows of 200 ms (IEC 61000-4-30 5.4.4). */
#define SLIDING_KEEPS 0.9967

const char *event_kind_name(enum event_kind k)
{
    static const char *const names[EVENT_KINDS] = {"dip",         "swell", "interruption",
                                                   "overcurrent", "rvc",   "signalling"};
    assert(k < EVENT_KINDS);
    return names[k];
}

void event_begin(struct metrology *m)
{
    memset(m->event, 0, sizeof m->event);
    m->ended_count = 0;
    for (unsigned i = 0; i < m->load_count; i++)
        memset(&m->load[i].overcurrent, 0, sizeof m->load[i].overcurrent);
    for (int c = 0; c < 3; c++)
        m->sliding[c] = m->setup.nominal_voltage_v;
}

enum spectrum_channel event_first_channel(const struct metrology *m)
{
    return m->setup.delta ? SPECTRUM_U12 : SPECTRUM_V1;
}

unsigned event_channels(const struct metrology *m)
{
    unsigned first = m->setup.delta ? m->bank_count * LANES : 0, present = 0;
    for (unsigned i = 0; i < 3; i++)
        present |= (m->signal[first + i].used ? 1u : 0u) << i;
    return present;
}

void event_give(struct metrology *m, const struct metrology_event *e)
{
    if (m->sink.event)
        m->sink.event(m->sink.context, e);
    flicker_meter_event(m, e);
    if (e->kind <
        EVENT_RVC) /* rvc.c captures when it begins; of signalling there is nothing to see */
        capture_event(m, e);
}

/* --- The rules ------------------------------------------------------------------------------------------ */

/* Lists the channels that took part so far. */
static void describe(struct event_state *s, enum spectrum_channel first)
{
    struct metrology_event *e = &s->event;
    e->channel_count = 0;
    for (unsigned c = 0; c < EVENT_CHANNELS; c++) {
        if (!s->took_part[c])
            continue;
        unsigned n = e->channel_count++;
        e->channel[n].channel = (enum spectrum_channel)(first + c);
        e->channel[n].extreme = s->extreme[c];
        e->channel[n].reference = s->reference[c];
        e->channel[n].start_ns = s->start_ns[c];
        e->channel[n].ended = e->ended || !s->outside[c];
        /* Of one that is still out when the event ends, that is its end as well. */
        e->channel[n].end_ns = !s->outside[c] ? s->until_ns[c] : e->ended ? e->end_ns : 0;
    }
}

struct rule {
    enum event_kind kind;
    bool upward;      /* beyond means above */
    bool needs_all;   /* begins when all channels are beyond, ends when one is back */
    double threshold; /* V or A */
    double back;
    double reference;
    unsigned present; /* bit per channel that there is */
};

static void open_event(struct event_state *s, const struct rule *r, int load, int64_t start_ns)
{
    s->open = true;
    memset(s->took_part, 0, sizeof s->took_part);
    s->event = (struct metrology_event){
        .kind = r->kind, .load = load, .start_ns = start_ns, .reference = r->reference};
}

static void close_event(struct metrology *m, struct event_state *s, int64_t end_ns)
{
    s->open = false;
    s->event.ended = true;
    s->event.end_ns = end_ns;
    if (s->event.load == METROLOGY_NETWORK) {
        int64_t *span = m->ended[m->ended_count++ % EVENTS_ENDED];
        span[0] = s->event.start_ns;
        span[1] = end_ns;
    }
}

/* Takes the latest values of those of `channels` (bits) that are past the threshold. */
static void note_extremes(struct event_state *s, const struct rule *r, unsigned channels)
{
    for (unsigned c = 0; c < EVENT_CHANNELS; c++) {
        double x = s->latest[c];
        if (!(channels >> c & 1) || !s->outside[c])
            continue;
        if (!s->took_part[c])
            s->start_ns[c] = s->since_ns[c];
        if (!s->took_part[c] || (r->upward ? x > s->extreme[c] : x < s->extreme[c])) {
            s->extreme[c] = x;
            s->reference[c] = r->reference;
        }
        s->took_part[c] = true;
    }
}

static void note_value(struct event_state *s, const struct rule *r,
                       const struct metrology_half_cycle *h, unsigned channel)
{
    bool beyond = r->upward ? h->rms > r->threshold : h->rms < r->threshold;
    bool back = r->upward ? h->rms <= r->back : h->rms >= r->back;
    bool was_outside = s->outside[channel];
    s->outside[channel] = beyond || (was_outside && !back);
    s->latest[channel] = h->rms;
    if (!was_outside && s->outside[channel])
        s->since_ns[channel] = h->start_ns;
    if (was_outside && !s->outside[channel])
        s->until_ns[channel] = h->start_ns;
}

static void apply(struct metrology *m, struct event_state *s, const struct rule *r,
                  const struct metrology_half_cycle *h, unsigned channel,
                  enum spectrum_channel first)
{
    note_value(s, r, h, channel);
    bool beyond = r->upward ? h->rms > r->threshold : h->rms < r->threshold;
    unsigned out = 0;
    for (unsigned c = 0; c < EVENT_CHANNELS; c++)
        out |= (s->outside[c] ? 1u : 0u) << c;
    out &= r->present;
    bool begins = r->needs_all ? out == r->present : out != 0;
    bool ends = r->needs_all ? out != r->present : out == 0;
    bool was_open = s->open;
    if (!s->open && begins && beyond)
        open_event(s, r, h->load, h->start_ns);
    if (!s->open)
        return;
    if (was_open && ends)
        close_event(m, s, h->start_ns);
    else
        note_extremes(s, r, was_open ? 1u << channel : out);
    describe(s, first);
    if (!was_open || ends)
        event_give(m, &s->event);
}

/* --- The network ---------------------------------------------------------------------------------------- */

void event_window(struct metrology *m)
{
    const struct quantity_set *set = &m->network;
    enum quantity first = m->setup.delta ? Q_U12 : Q_V1;
    /* held during an event */
    for (unsigned c = 0; c < 3 && !(set->flags & (QUALITY_FLAGGED | QUALITY_GAP)); c++)
        if (quantity_valid(set, first + c))
            m->sliding[c] =
                SLIDING_KEEPS * m->sliding[c] + (1 - SLIDING_KEEPS) * set->value[first + c];
}

static void network_half_cycle(struct metrology *m, const struct metrology_half_cycle *h)
{
    const struct metrology_setup *s = &m->setup;
    enum spectrum_channel first = event_first_channel(m);
    double nominal = s->nominal_voltage_v, hysteresis = s->hysteresis_percent;
    if (nominal <= 0 || h->channel < first || h->channel >= first + 3)
        return;
    unsigned channel = (unsigned)(h->channel - first), present = event_channels(m);
    double reference = s->sliding_reference ? m->sliding[channel] : nominal;
    double share = reference / 100, nominal_share = nominal / 100;
    const struct rule rules[NETWORK_EVENTS] = {
        {EVENT_DIP, false, false, s->dip_percent * share, (s->dip_percent + hysteresis) * share,
         reference, present},
        {EVENT_SWELL, true, false, s->swell_percent * share,
         (s->swell_percent - hysteresis) * share, reference, present},
        {EVENT_INTERRUPTION, false, true, s->interruption_percent * nominal_share,
         (s->interruption_percent + hysteresis) * nominal_share, nominal, present},
    };
    for (int i = 0; i < NETWORK_EVENTS; i++)
        apply(m, &m->event[i], &rules[i], h, channel, first);
    rvc_half_cycle(m, h, channel, reference);
}

/* --- Loads ---------------------------------------------------------------------------------------------- */

static void load_half_cycle(struct metrology *m, const struct metrology_half_cycle *h)
{
    struct load_state *load = &m->load[h->load];
    double rated = load->wiring.rated_current_a;
    double percent = m->setup.overcurrent_percent;
    if (rated <= 0 || percent <= 0)
        return;
    struct rule r = {EVENT_OVERCURRENT,
                     true,
                     false,
                     percent * rated / 100,
                     (percent - m->setup.hysteresis_percent) * rated / 100,
                     rated,
                     0xf};
    apply(m, &load->overcurrent, &r, h, (unsigned)(h->channel - SPECTRUM_I1), SPECTRUM_I1);
}

void event_half_cycle(struct metrology *m, const struct metrology_half_cycle *h)
{
    if (h->load == METROLOGY_NETWORK)
        network_half_cycle(m, h);
    else
        load_half_cycle(m, h);
}

bool event_overlaps(const struct metrology *m, int64_t from_ns, int64_t to_ns)
{
    for (int i = 0; i < NETWORK_EVENTS; i++)
        if (m->event[i].open && m->event[i].event.start_ns < to_ns)
            return true;
    unsigned n = m->ended_count < EVENTS_ENDED ? m->ended_count : EVENTS_ENDED;
    for (unsigned i = 0; i < n; i++)
        if (m->ended[i][0] < to_ns && m->ended[i][1] > from_ns)
            return true;
    return false;
}

void metrology_open_events(const struct metrology *m, void *context,
                           void (*each)(void *context, const struct metrology_event *e))
{
    for (int i = 0; i < NETWORK_EVENTS; i++)
        if (m->event[i].open)
            each(context, &m->event[i].event);
    if (m->signalling.open)
        each(context, &m->signalling.event);
    for (unsigned i = 0; i < m->load_count; i++)
        if (m->load[i].overcurrent.open)
            each(context, &m->load[i].overcurrent.event);
}
