/* Waveform capture: a trigger is a frame number in a short queue; when the frames that it wants are in the
 * ring, they are copied out. */
#include "metrology/internal.h"

#include <assert.h>
#include <math.h>

/* An event is known this late: its one-cycle value, the crossing of the slowest channel, the chunk; and a
 * cycle to tell a rapid change from a dip. */
#define LATE_CYCLES 4
/* The end of a stretch is a power failure if nothing follows for so long; networks lose less. */
#define SILENCE_NS 100000000

/* Triggers that can wait at a time: some for the network, some for each load. */
#define WAITING_NETWORK  32
#define WAITING_PER_LOAD 4

const char *capture_reason_name(enum capture_reason r)
{
    static const char *const names[CAPTURE_REASONS] = {
        "dip",          "swell",         "interruption", "overcurrent",
        "rapid_change", "digital_input", "power_failure"};
    assert(r < CAPTURE_REASONS);
    return names[r];
}

static bool wanted(const struct metrology *m, enum capture_reason r)
{
    return m->setup.capture.subsampling > 0 && m->setup.capture.reasons >> r & 1;
}

double capture_reach(const struct metrology_setup *s, double rate_hz)
{
    double cycle = rate_hz / (LOWEST_OF_NOMINAL * s->nominal_hz);
    return s->capture.subsampling == 0
               ? 0
               : (CAPTURE_SAMPLES - 1.0) * s->capture.subsampling + LATE_CYCLES * cycle;
}

unsigned capture_room(const struct metrology_setup *s)
{
    return s->capture.subsampling == 0 ? 0 : WAITING_NETWORK + WAITING_PER_LOAD * s->load_count;
}

void capture_begin(struct metrology *m)
{
    struct capture_state *c = &m->capture;
    const struct capture_setup *s = &m->setup.capture;
    assert(s->subsampling <= CAPTURE_SUBSAMPLING_MAX);
    c->count = 0;
    c->lost = 0;
    c->before = (unsigned)lround((100 - s->after_percent) / 100 * CAPTURE_SAMPLES);
    if (c->before > CAPTURE_SAMPLES)
        c->before = CAPTURE_SAMPLES;
}

/* --- Triggers ---------------------------------------------------------------------------------------- */

static int64_t frame_of(const struct metrology *m, int64_t instant_ns)
{
    return llround((double)(instant_ns - m->start_ns) * m->rate_hz / 1e9);
}

/* The oldest frame that is in the ring. A stretch's end may have put a margin behind its last frame. */
static int64_t oldest_frame(const struct metrology *m)
{
    int64_t first = m->frames + 2 * SPECTRUM_SIDE - (int64_t)m->frame_ring;
    return first > 0 ? first : 0;
}

/* False, and counted, if the queue is full. */
static bool add(struct metrology *m, const struct capture_trigger *t)
{
    struct capture_state *c = &m->capture;
    if (c->count == capture_room(&m->setup)) {
        c->lost++;
        return false;
    }
    c->waiting[c->count++] = *t;
    return true;
}

bool metrology_trigger(struct metrology *m, enum capture_reason reason, int load,
                       int64_t instant_ns)
{
    assert(load >= METROLOGY_NETWORK && load < (int)m->load_count);
    if (!wanted(m, reason) || !m->running)
        return false;
    int64_t frame = frame_of(m, instant_ns);
    if (frame < oldest_frame(m) || frame > m->frames + (int64_t)m->frame_ring)
        return false;
    return add(m, &(struct capture_trigger){.reason = reason,
                                            .load = load,
                                            .event_ns = instant_ns,
                                            .trigger_ns = instant_ns,
                                            .frame = frame});
}

uint64_t metrology_captures_lost(const struct metrology *m)
{
    return m->capture.lost;
}

static enum capture_reason reason_of(enum event_kind kind)
{
    switch (kind) {
    case EVENT_DIP:
        return CAPTURE_DIP;
    case EVENT_SWELL:
        return CAPTURE_SWELL;
    case EVENT_INTERRUPTION:
        return CAPTURE_INTERRUPTION;
    case EVENT_OVERCURRENT:
        return CAPTURE_OVERCURRENT;
    case EVENT_RVC:
        return CAPTURE_RAPID_CHANGE;
    default:
        assert(!"kind of event");
        return CAPTURE_REASONS;
    }
}

void capture_event(struct metrology *m, const struct metrology_event *e)
{
    struct capture_trigger t = {.reason = reason_of(e->kind),
                                .load = e->load,
                                .at_end = e->ended,
                                .event_ns = e->start_ns,
                                .trigger_ns = e->ended ? e->end_ns : e->start_ns};
    double set_s = CAPTURE_SAMPLES * m->setup.capture.subsampling / m->rate_hz;
    if (!wanted(m, t.reason) || (e->ended && (double)(e->end_ns - e->start_ns) / 1e9 <= set_s))
        return;
    t.frame = frame_of(m, t.trigger_ns);
    add(m, &t);
}

/* --- Sets -------------------------------------------------------------------------------------------- */

static int64_t frame_of_sample(const struct metrology *m, const struct capture_trigger *t,
                               int64_t sample)
{
    return t->frame + (sample - (int64_t)m->capture.before) * (int64_t)m->setup.capture.subsampling;
}

/* The samples from the `first` frame on, of one lane or of the difference of two. */
static void copy_lane(const struct metrology *m, unsigned lane, int minus, int64_t first,
                      unsigned count, float *out)
{
    const lanes_f *frame = m->bank[lane / LANES].frame;
    uint64_t mask = m->frame_ring - 1, step = m->setup.capture.subsampling;
    for (unsigned i = 0; i < count; i++) {
        const lanes_f *x = &frame[((uint64_t)first + i * step) & mask];
        out[i] = minus < 0 ? (*x)[lane % LANES] : (*x)[lane] - (*x)[minus];
    }
}

/* Fills a waveform, and notes whether its lane had missing samples. */
static void take_lane(struct metrology *m, struct metrology_capture *c, unsigned n, unsigned lane,
                      int minus, int64_t first)
{
    float *to = m->capture.sample + (size_t)n * CAPTURE_SAMPLES;
    const struct bank *b = &m->bank[lane / LANES];
    int64_t last = first + (int64_t)((c->count - 1) * c->subsampling);
    unsigned missing = noted(m, b->missing, b->frame_missing, first, last);
    copy_lane(m, lane, minus, first, c->count, to);
    if (missing >> lane % LANES & 1 || (minus >= 0 && missing >> minus & 1))
        c->flags |= QUALITY_GAP;
    c->waveform[n].sample = to;
}

/* Load and number of the current that is line `n` of a set of `load`; false if there is none. */
static bool find_line(const struct metrology *m, int load, unsigned n, unsigned *of,
                      unsigned *which)
{
    if (load == METROLOGY_NETWORK)
        load = m->setup.capture.load;
    if (load >= 0 && load < (int)m->load_count) {
        *of = (unsigned)load;
        *which = n;
        return m->load[load].lane[n] != NO_LANE;
    }
    for (*of = 0; *of < m->load_count; ++*of)
        for (*which = 0; *which < 4; ++*which)
            if (m->load[*of].lane[*which] != NO_LANE && n-- == 0)
                return true;
    return false;
}

static void take_all(struct metrology *m, struct metrology_capture *c, int64_t first)
{
    for (unsigned u = 0; u < 3; u++) {
        unsigned line = m->bank_count * LANES + u;
        c->waveform[u].channel = (enum spectrum_channel)(SPECTRUM_V1 + u);
        c->waveform[3 + u].channel = (enum spectrum_channel)(SPECTRUM_U12 + u);
        c->waveform[u].load = c->waveform[3 + u].load = METROLOGY_NETWORK;
        if (m->signal[u].used)
            take_lane(m, c, u, u, -1, first);
        if (m->signal[line].used)
            take_lane(m, c, 3 + u, u, (int)(u + 1) % 3, first);
    }
    for (unsigned i = 0; i < CAPTURE_CURRENTS; i++) {
        unsigned of, which;
        c->waveform[6 + i].channel = (enum spectrum_channel)(SPECTRUM_I1 + i);
        c->waveform[6 + i].load = c->load;
        if (!find_line(m, c->load, i, &of, &which))
            continue;
        c->waveform[6 + i].channel = (enum spectrum_channel)(SPECTRUM_I1 + which);
        c->waveform[6 + i].load = (int)of;
        take_lane(m, c, 6 + i, m->load[of].lane[which], -1, first);
    }
}

/* Hands over what there is of a set: frames up to the stretch's last one so far. */
static void take(struct metrology *m, const struct capture_trigger *t)
{
    struct capture_state *state = &m->capture;
    int64_t step = m->setup.capture.subsampling, oldest = oldest_frame(m);
    int64_t from = 0, to = CAPTURE_SAMPLES;
    if (frame_of_sample(m, t, 0) < oldest)
        from = (oldest - frame_of_sample(m, t, 0) + step - 1) / step;
    if (frame_of_sample(m, t, to - 1) >= m->processed)
        to = (m->processed - 1 - frame_of_sample(m, t, 0) + step) / step;
    if (t->frame < oldest || m->processed <= frame_of_sample(m, t, 0) || to <= from) {
        state->lost++;
        return;
    }
    int64_t first = frame_of_sample(m, t, from), last = frame_of_sample(m, t, to - 1);
    struct metrology_capture c = {
        .reason = t->reason,
        .load = t->load,
        .at_end = t->at_end,
        .event_ns = t->event_ns,
        .trigger_ns = t->trigger_ns,
        .start_ns = instant_of(m, (double)first),
        .rate_hz = m->rate_hz / (double)step,
        .subsampling = (unsigned)step,
        .count = (unsigned)(to - from),
        .before = state->before - (unsigned)from,
        .lost = state->lost,
    };
    unsigned wave = noted(m, m->chunk_flags, m->frame_flags, first, last);
    c.flags = quality_of_wave(wave);
    take_all(m, &c, first);
    if (m->sink.capture)
        m->sink.capture(m->sink.context, &c);
}

void capture_advance(struct metrology *m)
{
    struct capture_state *c = &m->capture;
    unsigned kept = 0;
    for (unsigned i = 0; i < c->count; i++) {
        const struct capture_trigger *t = &c->waiting[i];
        if (frame_of_sample(m, t, CAPTURE_SAMPLES - 1) < m->processed)
            take(m, t);
        else
            c->waiting[kept++] = *t;
    }
    c->count = kept;
}

void capture_finish(struct metrology *m, bool power_failed)
{
    struct capture_state *c = &m->capture;
    for (unsigned i = 0; i < c->count; i++)
        take(m, &c->waiting[i]);
    c->count = 0;
    if (!power_failed || !wanted(m, CAPTURE_POWER_FAILURE))
        return;
    /* Nothing comes after it: the whole set is what was before. */
    unsigned before = c->before;
    int64_t end = instant_of(m, (double)m->frames);
    c->before = CAPTURE_SAMPLES;
    take(m,
         &(struct capture_trigger){.reason = CAPTURE_POWER_FAILURE,
                                   .load = METROLOGY_NETWORK,
                                   .event_ns = end,
                                   .trigger_ns = end,
                                   .frame = m->frames - 1 + (int64_t)m->setup.capture.subsampling});
    c->before = before;
}

bool capture_silence(const struct metrology *m, int64_t next_ns)
{
    return m->running && next_ns - instant_of(m, (double)m->frames) > SILENCE_NS;
}
