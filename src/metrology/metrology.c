#include "metrology/internal.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* --- Sizes ---------------------------------------------------------------------------------------- */

#define MARGIN_FRAMES (LANES_ROW + 16)
/* Frames between two running sums that are kept: more would cost time to sum again, fewer to store. */
#define SUMS_BLOCK 8
#define SUMS_LEAST 128

static uint32_t power_of_two_above(double x)
{
    uint32_t n = 1;
    while (n < x)
        n *= 2;
    return n;
}

struct sizes {
    unsigned banks;
    uint32_t chunk, frame_ring, turn_ring, chunk_ring, sums_block;
    unsigned fft_points;
};

/* Points of the transform: no harmonic that is reported may be reached by what folds back. */
static unsigned points_for(double rate_hz, const struct metrology_setup *s)
{
    unsigned cycles = window_cycles(s);
    double longest = rate_hz * cycles / (LOWEST_OF_NOMINAL * s->nominal_hz);
    double lines = fmin((HARMONIC_MAX + 1) * cycles, longest / 2) + 2;
    unsigned n = 64;
    while (n / 2 < lines || n - longest / 2 < lines)
        n *= 2;
    return n;
}

static void sizes_for(const struct metrology_setup *s, double rate_hz, struct sizes *z)
{
    unsigned lanes = 4;
    for (unsigned i = 0; i < s->load_count; i++)
        for (int c = 0; c < METROLOGY_CURRENTS; c++)
            lanes += s->load[i].current[c].terms > 0;
    z->banks = (lanes + LANES - 1) / LANES;
    /* Decisions are taken about 300 times a second, at fixed frame numbers. */
    z->chunk = power_of_two_above(rate_hz / 400);
    if (z->chunk > 512)
        z->chunk = 512;
    double cycle = rate_hz / (LOWEST_OF_NOMINAL * s->nominal_hz);
    double window = cycle * window_cycles(s);
    double reach = fmax(window + 3 * cycle, METROLOGY_ACQUIRE_S * rate_hz);
    z->frame_ring = power_of_two_above(fmax(reach, capture_reach(s, rate_hz)) + 4 * MARGIN_FRAMES +
                                       2 * z->chunk);
    z->turn_ring = power_of_two_above(3 * cycle + 16 + 2 * z->chunk);
    z->sums_block = z->chunk < SUMS_BLOCK ? z->chunk : SUMS_BLOCK;
    z->chunk_ring = z->frame_ring / z->chunk;
    z->fft_points = points_for(rate_hz, s);
}

/* Takes pieces of the caller's memory, or, with no memory, only counts. */
struct piece {
    unsigned char *at;
    size_t bytes;
};

static void *take(struct piece *p, size_t count, size_t size)
{
    void *r = p->at ? p->at + p->bytes : NULL;
    p->bytes += (count * size + 63) / 64 * 64;
    return r;
}

static void lay_out_aggregates(struct metrology *m, const struct metrology_setup *s,
                               struct piece *p)
{
    if (s->spans == 0)
        return;
    size_t points = (size_t)s->load_count + 1;
    struct aggregates *a = take(p, 1, sizeof *a);
    m->aggregates = a;
    for (unsigned i = 0; i <= AGGREGATE_SLOTS; i++) {
        struct aggregate_sums *sums = NULL;
        if (aggregate_slot_needed(s->spans, i))
            sums = take(p, points, sizeof *sums);
        if (a)
            a->sums[i] = sums;
    }
}

static bool any_balanced(const struct metrology_setup *s)
{
    for (unsigned i = 0; i < s->load_count; i++)
        if (s->load[i].balanced)
            return true;
    return false;
}

static void lay_out_shift(struct metrology *m, const struct metrology_setup *s, struct piece *p)
{
    unsigned shifted = shift_count(s), channels = shift_channels(s);
    uint32_t room = shift_room(s->highest_rate_hz);
    struct shift none = {0}, *to;
    if (shifted == 0)
        return;
    m->shift = take(p, 1, sizeof *m->shift);
    to = m->shift ? m->shift : &none;
    memset(to, 0, sizeof *to);
    to->shifted = take(p, shifted, sizeof *to->shifted);
    to->raw = take(p, (size_t)room * channels, sizeof *to->raw);
    to->flags = take(p, room, 1);
    to->moved = take(p, (size_t)SHIFT_PIECE * channels, sizeof *to->moved);
}

static void lay_out_spectrum(struct metrology *m, const struct sizes *z, struct piece *p)
{
    unsigned together = z->banks < SPECTRUM_BANKS ? z->banks : SPECTRUM_BANKS;
    m->kernel = take(p, 1, sizeof *m->kernel);
    m->fft_table = take(p, LANES_FFT_FLOATS(z->fft_points), sizeof *m->fft_table);
    m->row = take(p, SPECTRUM_ROWS, sizeof *m->row);
    m->row_at = take(p, SPECTRUM_ROWS, sizeof *m->row_at);
    m->fft_in = take(p, (size_t)z->fft_points * together, sizeof *m->fft_in);
    m->fft_work = take(p, z->fft_points, sizeof *m->fft_work);
    m->line = take(p, z->fft_points / 2, sizeof *m->line);
}

static void lay_out(struct metrology *m, const struct metrology_setup *s, struct piece *p)
{
    struct sizes z;
    sizes_for(s, s->highest_rate_hz, &z);
    m->bank_count = z.banks;
    m->load_count = s->load_count;
    m->signal_count = z.banks * LANES + LINE_VOLTAGES;
    m->bank = take(p, z.banks, sizeof *m->bank);
    m->result = take(p, z.banks, sizeof *m->result);
    m->mix = take(p, (size_t)z.banks * LANES, sizeof *m->mix);
    m->load = take(p, s->load_count, sizeof *m->load);
    m->load_set = take(p, s->load_count, sizeof *m->load_set);
    if (s->fast_cycles > 0) {
        m->fast_sums = take(p, z.banks, sizeof *m->fast_sums);
        m->fast_load = take(p, s->load_count, sizeof *m->fast_load);
    }
    m->demand_given = take(p, s->load_count, sizeof *m->demand_given);
    m->signal = take(p, m->signal_count, sizeof *m->signal);
    m->window_end_sums = take(p, z.banks, sizeof *m->window_end_sums);
    m->chunk_flags = take(p, z.frame_ring, 1);
    m->frame_flags = take(p, z.frame_ring, 1);
    if (!s->no_spectra)
        lay_out_spectrum(m, &z, p);
    lay_out_shift(m, s, p);
    if (any_balanced(s))
        m->harmonic = take(p, (size_t)z.banks * (HARMONIC_MAX + 1), sizeof *m->harmonic);
    m->cosine = take(p, z.turn_ring + LANES_ROW, sizeof *m->cosine);
    m->sine = take(p, z.turn_ring + LANES_ROW, sizeof *m->sine);
    m->capture.waiting = take(p, capture_room(s), sizeof *m->capture.waiting);
    m->capture.sample = take(p, capture_room(s) ? CAPTURE_WAVEFORMS * CAPTURE_SAMPLES : 0,
                             sizeof *m->capture.sample);
    lay_out_aggregates(m, s, p);
    /* Slower stretches may have smaller blocks, but of those no more than this. */
    size_t sums = z.turn_ring / z.sums_block < SUMS_LEAST ? SUMS_LEAST : z.turn_ring / z.sums_block;
    if (flicker_meter_wanted(s))
        m->flicker = take(p, 1, sizeof *m->flicker);
    for (unsigned b = 0; b < z.banks; b++) {
        struct bank *bank = m->bank ? &m->bank[b] : &(struct bank){0};
        bank->frame = take(p, z.frame_ring + LANES_ROW, sizeof *bank->frame);
        bank->sums = take(p, sums, sizeof *bank->sums);
        bank->missing = take(p, z.frame_ring, 1);
        bank->frame_missing = take(p, z.frame_ring, 1);
    }
}

size_t metrology_bytes(const struct metrology_setup *s)
{
    struct metrology m = {0};
    struct piece p = {NULL, 0};
    take(&p, 1, sizeof m);
    lay_out(&m, s, &p);
    return p.bytes;
}

/* --- Begin ------------------------------------------------------------------------------------------ */

/* A lane's companion: a phase voltage, or the difference of two. */
static void drive_lane(struct metrology *m, unsigned lane, unsigned drive)
{
    struct bank *bank = &m->bank[lane / LANES];
    unsigned l = lane % LANES;
    bank->companion[l] = (int32_t)(drive % 3);
    bank->minus[l] = (int32_t)((drive + 1) % 3);
    bank->lines |= (drive >= DRIVE_U12 ? 1u : 0u) << l;
}

static void assign_load(struct metrology *m, unsigned index, unsigned *next)
{
    struct load_state *load = &m->load[index];
    bool neutral = !m->setup.delta || m->setup.high_leg;
    for (unsigned c = 0; c < METROLOGY_CURRENTS; c++) {
        load->lane[c] = NO_LANE;
        if (load->wiring.current[c].terms == 0)
            continue;
        unsigned lane = (*next)++;
        load->lane[c] = (uint16_t)lane;
        m->mix[lane] = load->wiring.current[c];
        m->bank[lane / LANES].companion[lane % LANES] = 3;
        if (c < CURRENT_N) {
            drive_lane(m, lane, load->wiring.phase[c]);
            bool own = neutral && load->wiring.phase[c] < DRIVE_U12 &&
                       m->voltages >> load->wiring.phase[c] & 1;
            load->phases |= (own ? 1u : 0u) << c;
        }
        if (c < METROLOGY_LINES)
            m->signal[lane] = (struct signal){.used = true,
                                              .load = (int)index,
                                              .channel = (enum spectrum_channel)(SPECTRUM_I1 + c)};
    }
    if (load->wiring.balanced && load->phases)
        load->phases = m->voltages;
}

/* The terms of a bank's lanes, side by side. What a lane lacks is its own first channel times 0, so that no
 * other channel's missing samples become its own; a lane that is not used has a channel of its neighbours. */
static void gather_terms(struct bank *bank, const struct metrology_mix mix[LANES])
{
    uint32_t other = 0;
    for (unsigned l = LANES; l-- > 0;)
        other = mix[l].terms ? mix[l].term[0].channel : other;
    bank->terms = 1;
    for (unsigned l = 0; l < LANES; l++) {
        bank->terms = mix[l].terms > bank->terms ? mix[l].terms : bank->terms;
        bank->offset[l] = mix[l].terms ? mix[l].offset : 0;
        for (unsigned t = 0; t < METROLOGY_TERMS; t++) {
            uint32_t own = mix[l].terms ? mix[l].term[0].channel : other;
            bool has = t < mix[l].terms;
            bank->term[t].channel[l] = has ? mix[l].term[t].channel : own;
            bank->term[t].factor[l] = has ? mix[l].term[t].factor : 0;
        }
    }
}

static void assign_lanes(struct metrology *m)
{
    for (unsigned l = 0; l < 4; l++) {
        m->mix[l] = m->setup.voltage[l];
        if (l < 3 && m->mix[l].terms > 0)
            m->voltages |= 1u << l;
    }
    for (unsigned l = 0; l < 4; l++)
        m->signal[l] = (struct signal){.used = m->mix[l].terms > 0,
                                       .load = METROLOGY_NETWORK,
                                       .channel = (enum spectrum_channel)(SPECTRUM_V1 + l)};
    unsigned next = 4;
    for (unsigned i = 0; i < m->load_count; i++)
        assign_load(m, i, &next);
    /* The voltages' companions give the cross sums that line voltages need. */
    for (int l = 0; l < 3; l++)
        m->bank[0].companion[l] = (l + 1) % 3;
    m->bank[0].companion[3] = 3;
    for (unsigned u = 0; u < LINE_VOLTAGES; u++) {
        struct signal *line = &m->signal[m->bank_count * LANES + u];
        unsigned pair = 1u << u | 1u << (u + 1) % 3;
        line->used = (m->voltages & pair) == pair;
        line->load = METROLOGY_NETWORK;
        line->channel = (enum spectrum_channel)(SPECTRUM_U12 + u);
    }
    for (unsigned l = 0; l < next; l++)
        for (unsigned t = 0; t < m->mix[l].terms; t++)
            if (m->mix[l].term[t].channel >= m->channels)
                m->channels = m->mix[l].term[t].channel + 1u;
    for (unsigned b = 0; b < m->bank_count; b++)
        gather_terms(&m->bank[b], &m->mix[b * LANES]);
}

struct metrology *metrology_begin(void *memory, const struct metrology_setup *s,
                                  const struct metrology_sink *sink)
{
    assert((uintptr_t)memory % 64 == 0);
    assert(s->highest_rate_hz > 0 && s->nominal_hz > 0);
    assert(s->average_s > 0 || !(s->spans >> METROLOGY_SPAN_AVERAGE & 1));
    assert(s->fast_cycles <= METROLOGY_FAST_CYCLES_MAX && s->demand_minutes <= 60);
    struct piece p = {memory, 0};
    struct metrology *m = take(&p, 1, sizeof *m);
    memset(m, 0, sizeof *m);
    m->setup = *s;
    m->sink = *sink;
    m->ops = lanes_ops(s->lanes);
    assert(m->ops);
    lay_out(m, s, &p);
    memset(m->mix, 0, sizeof *m->mix * m->bank_count * LANES);
    memset(m->load, 0, sizeof *m->load * m->load_count);
    memset(m->signal, 0, sizeof *m->signal * m->signal_count);
    memset(m->result, 0, sizeof *m->result * m->bank_count);
    for (unsigned b = 0; b < m->bank_count; b++)
        m->bank[b].lines = 0, memset(m->bank[b].companion, 0, sizeof m->bank[b].companion);
    for (unsigned i = 0; i < m->load_count; i++)
        m->load[i].wiring = s->load[i];
    m->setup.load = NULL;
    assign_lanes(m);
    if (m->shift)
        shift_init(m->shift, s);
    event_begin(m);
    capture_begin(m);
    if (m->aggregates)
        aggregates_init(m->aggregates);
    flicker_meter_begin(m);
    m->stretch_end_ns = m->demand.last_pulse_ns = INSTANT_UNKNOWN;
    return m;
}

/* The resampler's kernel. Mostly its edge is low and soft: images lie at the rate minus a tone, and beyond 0.617
 * of it, where they could fall onto an order that is reported (55 Hz, windows of 12 cycles, 9600 Hz), they are
 * down by 80 dB with few taps. At slow rates orders are reported up to half the rate: then it is sharp. */
#define SOFT_TAPS  12
#define SOFT_EDGE  0.39
#define SOFT_BETA  8.2
#define SHARP_TAPS 24
#define SHARP_EDGE 0.5
#define SHARP_BETA 8.4
/* Orders above this share of the rate would be too small behind the soft edge. */
#define SOFT_REACHES 0.44

static void begin_spectra(struct metrology *m, unsigned points)
{
    m->kernel->taps = m->fft_points ? m->kernel->taps : 0; /* 0: not made yet */
    if (m->fft_points != points)
        lanes_fft_init(m->fft_table, points);
    m->fft_points = points;
    double usual = m->setup.nominal_hz > 55 ? 65 / 60.0 : 57.5 / 50;
    bool soft = (HARMONIC_MAX + 0.5) * usual * m->setup.nominal_hz < SOFT_REACHES * m->rate_hz;
    unsigned taps = soft ? SOFT_TAPS : SHARP_TAPS;
    if (m->kernel->taps != taps)
        lanes_kernel_init(m->kernel, taps, soft ? SOFT_EDGE : SHARP_EDGE,
                          soft ? SOFT_BETA : SHARP_BETA, m->gain, GAIN_POINTS);
}

static void stretch_begin(struct metrology *m, const struct wave_block *block)
{
    struct metrology_setup *s = &m->setup;
    struct sizes z;
    struct metrology_setup no_loads = *s;
    no_loads.load_count = 0;
    sizes_for(&no_loads, block->rate_hz, &z);
    m->rate_hz = block->rate_hz;
    m->start_ns = follow_start(block);
    aggregate_break(m, m->start_ns);
    demand_break(m, m->start_ns);
    m->chunk = z.chunk;
    m->frame_ring = z.frame_ring;
    m->turn_ring = z.turn_ring;
    m->sums_block = z.sums_block;
    m->sums_ring = z.turn_ring / z.sums_block;
    m->chunk_ring = z.chunk_ring;
    if (!s->no_spectra)
        begin_spectra(m, z.fft_points);
    m->frames = 0;
    m->end = -1;
    m->running = true;
    m->acquired = false;
    m->pending_flags = 0;
    for (unsigned b = 0; b < m->bank_count; b++) {
        m->bank[b].pending_missing = 0;
        memset(m->bank[b].frame, 0, sizeof *m->bank[b].frame * (m->frame_ring + LANES_ROW));
    }
    metrology_unsum(m);
    if (m->shift)
        shift_begin(m->shift, m->rate_hz);
    track_begin(m);
    half_begin(m);
    flicker_meter_stretch(m);
    rvc_begin(m);
    window_begin(m);
}

int64_t instant_of(const struct metrology *m, double coordinate)
{
    double at = coordinate < 0 ? 0 : coordinate;
    double ns = at / m->rate_hz * 1e9;
    int64_t whole = (int64_t)ns;
    return m->start_ns + whole + (ns - (double)whole >= 0.5); /* llround, which is a call */
}

void frames_written(struct metrology *m, struct bank *b, uint32_t at)
{
    if (at < LANES_ROW)
        memcpy(b->frame + m->frame_ring, b->frame, LANES_ROW * sizeof *b->frame);
}

/* --- The way of a chunk ------------------------------------------------------------------------------- */

/* Decisions that the sums up to m->processed allow. Six-point interpolation wants three frames more. */
static void decide(struct metrology *m)
{
    double limit =
        m->end >= 0 && m->processed == m->end ? (double)m->end - 0.5 : (double)m->processed - 3.5;
    track_advance(m, limit);
    track_retune(m, 0.005);
    half_advance(m, limit);
    window_advance(m, limit);
    sums_keep_small(m);
}

static void process(struct metrology *m)
{
    while (m->frames - m->processed >= m->chunk) {
        metrology_sum(m, m->chunk);
        flicker_meter_chunk(m, m->processed - m->chunk, m->chunk);
        decide(m);
        if (m->capture.count > 0)
            capture_advance(m);
    }
    if (m->end >= 0) {
        int64_t rest = m->frames - m->processed;
        if (rest > 0) {
            metrology_sum(m, (unsigned)rest);
            flicker_meter_chunk(m, m->processed - rest, (unsigned)rest);
        }
        flicker_meter_finish(m);
        spectrum_margin(m, true);
        decide(m);
        track_finish(m);
    }
}

void metrology_advance(struct metrology *m)
{
    if (!m->acquired) {
        if ((size_t)m->frames < track_acquire_frames(m) && m->end < 0)
            return;
        track_acquire(m);
        m->acquired = true;
    }
    process(m);
}

/* --- Blocks ---------------------------------------------------------------------------------------------- */

static void finish(struct metrology *m, bool power_failed)
{
    if (!m->running)
        return;
    intake_end(m);
    m->end = m->frames;
    /* Shorter than a cycle: nothing can be said of it. */
    if (m->frames >= METROLOGY_SAMPLES_PER_CYCLE) {
        if (((uint64_t)m->frames & (m->chunk - 1)) != 0)
            intake_end_chunk(m);
        metrology_advance(m);
        window_finish(m);
        flicker_meter_give(m, INT64_MAX);
        capture_finish(m, power_failed);
    }
    m->stretch_end_ns = instant_of(m, (double)m->end);
    m->running = false;
    m->rate_hz = 0;
}

enum err metrology_push(struct metrology *m, const struct wave_block *block)
{
    if (!follow_continues(m, block)) {
        finish(m, capture_silence(m, follow_start(block)));
        /* Written so that NAN is refused as well. */
        if (!(block->rate_hz <= m->setup.highest_rate_hz &&
              block->rate_hz >= METROLOGY_SAMPLES_PER_CYCLE * m->setup.nominal_hz))
            return ERR_UNSUPPORTED;
        stretch_begin(m, block);
    }
    if (!m->running)
        return ERR_UNSUPPORTED;
    assert(block->channels >= m->channels);
    follow_clock(m, block);
    intake_take(m, block);
    return ERR_OK;
}

void metrology_finish(struct metrology *m)
{
    finish(m, true);
}

void metrology_stop(struct metrology *m)
{
    metrology_finish(m);
    aggregate_stop(m);
    demand_stop(m);
}

struct energy *metrology_energy(struct metrology *m, unsigned load)
{
    assert(load < m->load_count);
    return &m->load[load].energy;
}
