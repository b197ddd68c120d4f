/* Mains signalling voltage (IEC 61000-4-30 5.10): the line of the window's spectrum at the carrier's
 * frequency, or, where the carrier lies between lines, the root of the sum of squares of the four nearest.
 * Half-way between lines the four miss 5 % of a tone's level, because the window is rectangular; as the
 * carrier's frequency is known, so is that share, and it is given back. */
#include "metrology/internal.h"

#include <math.h>

#define HIGHEST_HZ 3000
/* So near to a line, in lines, that line has it all (to 0.04 %). */
#define ON_A_LINE 0.015
#define LONGEST_S 120

static double square_of(const struct metrology *m, const struct lanes_complex *line, size_t k,
                        unsigned lane, double frames)
{
    double re = line[k].re[lane], im = line[k].im[lane];
    double scale = sqrt(2) / m->fft_points / spectrum_gain(m, (double)k / frames);
    return (re * re + im * im) * scale * scale;
}

/* Share of a tone's square, at a place in lines, that `count` lines from `first` on hold. */
static double share_of(double position, size_t first, size_t count)
{
    double share = 0;
    for (size_t k = first; k < first + count; k++) {
        double x = M_PI * (position - (double)k);
        share += fabs(x) < 1e-9 ? 1 : sin(x) * sin(x) / (x * x);
    }
    return share;
}

void signalling_lines(struct metrology *m, const struct lanes_complex *line, size_t lines,
                      double frames)
{
    struct signalling_state *s = &m->signalling;
    double hz = m->setup.signalling_hz, position = hz * frames / m->rate_hz;
    s->valid = 0;
    if (!(hz > 0 && hz < HIGHEST_HZ) || position < 2 || position + 3 > (double)lines)
        return;
    size_t nearest = (size_t)lround(position), first = (size_t)floor(position) - 1, count = 4;
    if (fabs(position - (double)nearest) < ON_A_LINE) {
        first = nearest;
        count = 1;
    }
    double share = share_of(position, first, count);
    s->valid = event_channels(m);
    for (unsigned c = 0; c < 3; c++) {
        double sum = 0;
        for (size_t k = first; k < first + count; k++)
            sum += square_of(m, line, k, c, frames);
        s->level[c] = sqrt(sum / share);
    }
}

/* A channel above the threshold takes part from its first such window to the end of its last one. */
static void take_part(struct metrology *m, unsigned c)
{
    struct metrology_event *e = &m->signalling.event;
    enum spectrum_channel channel = (enum spectrum_channel)(event_first_channel(m) + c);
    unsigned n = 0;
    while (n < e->channel_count && e->channel[n].channel != channel)
        n++;
    if (n == e->channel_count) {
        e->channel_count++;
        e->channel[n].channel = channel;
        e->channel[n].extreme = 0;
        e->channel[n].reference = e->reference;
        e->channel[n].ended = false;
        e->channel[n].start_ns = m->network.start_ns;
    }
    e->channel[n].extreme = fmax(e->channel[n].extreme, m->signalling.level[c]);
    e->channel[n].end_ns = m->network.end_ns;
}

static void finish_event(struct metrology *m)
{
    struct signalling_state *s = &m->signalling;
    s->open = false;
    s->event.ended = true;
    s->event.end_ns = m->network.end_ns;
    for (unsigned n = 0; n < s->event.channel_count; n++)
        s->event.channel[n].ended = true;
    event_give(m, &s->event);
}

/* It records for the set time from the first window above the threshold. */
static void watch(struct metrology *m)
{
    struct signalling_state *s = &m->signalling;
    double nominal = m->setup.nominal_voltage_v;
    double threshold = m->setup.signalling_percent / 100 * nominal;
    double length_s = fmin(m->setup.signalling_s, LONGEST_S);
    unsigned above = 0;
    for (unsigned c = 0; c < 3 && threshold > 0; c++)
        above |= (s->valid >> c & 1 && s->level[c] > threshold ? 1u : 0u) << c;
    bool begins = !s->open && above;
    if (begins) {
        s->open = true;
        s->event = (struct metrology_event){.kind = EVENT_SIGNALLING,
                                            .load = METROLOGY_NETWORK,
                                            .start_ns = m->network.start_ns,
                                            .reference = nominal};
    }
    if (!s->open)
        return;
    for (unsigned c = 0; c < 3; c++)
        if (above >> c & 1)
            take_part(m, c);
    if (begins)
        event_give(m, &s->event);
    if ((double)(m->network.end_ns - s->event.start_ns) >= (length_s - 0.001) * NS_PER_S)
        finish_event(m);
}

void signalling_put(struct metrology *m, bool measured)
{
    struct signalling_state *s = &m->signalling;
    if (!(m->setup.signalling_hz > 0))
        return;
    if (!measured)
        s->valid = 0;
    for (unsigned c = 0; c < 3; c++)
        if (s->valid >> c & 1)
            quantity_put(&m->network, Q_SIG1 + c, s->level[c]);
    watch(m);
}
