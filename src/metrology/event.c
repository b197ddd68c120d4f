/* Voltage dips, swells and interruptions, and overcurrents, on half-cycle values (IEC 61000-4-30 5.4 and
 * 5.5). Polyphase: a dip or swell begins with the first channel past the threshold and ends when all are
 * back past threshold and hysteresis; an interruption begins when all are below and ends when one is
 * back. Values are taken in the order in which they become known. */
#include "metrology/internal.h"

#include <math.h>
#include <string.h>

void event_begin(struct metrology *m)
{
    memset(m->event, 0, sizeof m->event);
    m->ended_count = 0;
    for (unsigned i = 0; i < m->load_count; i++)
        memset(&m->load[i].overcurrent, 0, sizeof m->load[i].overcurrent);
}

/* Lists the channels that took part so far. */
static void describe(struct event_state *s, enum spectrum_channel first)
{
    struct metrology_event *e = &s->event;
    e->channel_count = 0;
    for (unsigned c = 0; c < EVENT_CHANNELS; c++)
        if (s->took_part[c]) {
            e->channel[e->channel_count].channel = (enum spectrum_channel)(first + c);
            e->channel[e->channel_count++].extreme = s->extreme[c];
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
        if (!s->took_part[c] || (r->upward ? x > s->extreme[c] : x < s->extreme[c]))
            s->extreme[c] = x;
        s->took_part[c] = true;
    }
}

static void apply(struct metrology *m, struct event_state *s, const struct rule *r,
                  const struct metrology_half_cycle *h, unsigned channel,
                  enum spectrum_channel first)
{
    double x = h->rms;
    bool beyond = r->upward ? x > r->threshold : x < r->threshold;
    bool back = r->upward ? x <= r->back : x >= r->back;
    s->outside[channel] = beyond || (s->outside[channel] && !back);
    s->latest[channel] = x;
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
    if (was_open && !ends)
        return;
    if (m->sink.event)
        m->sink.event(m->sink.context, &s->event);
    capture_event(m, &s->event);
}

static void network_half_cycle(struct metrology *m, const struct metrology_half_cycle *h)
{
    const struct metrology_setup *s = &m->setup;
    enum spectrum_channel first = s->delta ? SPECTRUM_U12 : SPECTRUM_V1;
    double nominal = s->nominal_voltage_v, hysteresis = s->hysteresis_percent;
    if (nominal <= 0 || h->channel < first || h->channel >= first + 3)
        return;
    unsigned present = 0;
    for (unsigned i = 0; i < 3; i++)
        present |= (m->signal[s->delta ? m->bank_count * LANES + i : i].used ? 1u : 0u) << i;
    const struct rule rules[] = {
        {EVENT_DIP, false, false, s->dip_percent, s->dip_percent + hysteresis, nominal, present},
        {EVENT_SWELL, true, false, s->swell_percent, s->swell_percent - hysteresis, nominal,
         present},
        {EVENT_INTERRUPTION, false, true, s->interruption_percent,
         s->interruption_percent + hysteresis, nominal, present},
    };
    for (int i = 0; i < 3; i++) {
        struct rule r = rules[i];
        r.threshold *= nominal / 100;
        r.back *= nominal / 100;
        apply(m, &m->event[i], &r, h, (unsigned)(h->channel - first), first);
    }
}

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
    for (int i = 0; i < 3; i++)
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
    for (int i = 0; i < 3; i++)
        if (m->event[i].open)
            each(context, &m->event[i].event);
    for (unsigned i = 0; i < m->load_count; i++)
        if (m->load[i].overcurrent.open)
            each(context, &m->load[i].overcurrent.event);
}
