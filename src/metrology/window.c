/* The basic window: 10 cycles at 50 Hz, 12 at 60 Hz, gapless, each beginning where the one before ended
 * (IEC 61000-4-30 4.2). Its ends are instants of equal phase of the fundamental, found from the marks
 * after they have passed, so that a window is as long as its cycles really were.
 *
 * At a tick of the clock (10 min, class A) windows begin anew: the next one begins with the first whole
 * cycle that begins at the tick or after it, and the one in progress runs on to its end. The two overlap
 * by whole cycles. Energy does not: it is always counted on from where it was counted to. */
#include "metrology/internal.h"

#include <math.h>
#include <string.h>

/* Cycles that a window waits after its end: by then the half cycles that touch it are known. And the
 * resampler reads some frames beyond. */
#define WAIT_CYCLES 1.6
#define WAIT_FRAMES (SPECTRUM_SIDE + 2)
/* A recording may end this little before a window's end: a hundredth of a cycle, as far as the
 * frequency is known through a disturbance. */
#define END_TOLERANCE 0.001

/* What a window that has just begun waits for. */
static void expect_end(struct metrology *m)
{
    int64_t period_ns = (int64_t)m->setup.resync_s * NS_PER_S;
    m->tick_ns = period_ns > 0 ? clock_floor(m->window_begin_ns, period_ns) + period_ns : INT64_MAX;
    m->window_end_known = NAN;
    m->restart = NAN;
    m->restart_cycles = 1;
}

void window_begin(struct metrology *m)
{
    clock10_begin(m);
    if (m->setup.fast_cycles > 0)
        fast_begin(m);
    m->window_begin = m->counted_to = STRETCH_BEGIN;
    m->window_begin_ns = m->counted_to_ns = instant_of(m, STRETCH_BEGIN);
    m->window_count = m->window_cycle = 0;
    for (unsigned b = 0; b < m->bank_count; b++) {
        memset(&m->bank[b].begin, 0, sizeof m->bank[b].begin);
        memset(&m->bank[b].counted, 0, sizeof m->bank[b].counted);
    }
    expect_end(m);
}

static double phase_of_cycle(const struct metrology *m, int64_t cycle)
{
    return m->track.begin_phase + (double)cycle;
}

static double end_phase(const struct metrology *m)
{
    return phase_of_cycle(m, m->window_cycle + window_cycles(&m->setup));
}

/* --- Soft edges -------------------------------------------------------------------------------------
 *
 * Squares of orders near half the sampling rate fold back to where nothing is periodic in the window, and sharp
 * edges let them through: 20 ppm with 62 harmonics of 3 %. With edges at which the frames weigh less and
 * less it is below 2 ppm: what is periodic keeps its mean if both edges are alike. The edge is the
 * integral of a cubic B-spline, whose spectrum falls off quickly. */

/* Frames between the spline's knots; it reaches twice as far to either side. 0: sharp edges. At few frames
 * per cycle a spline would be no better, at many there is nothing that folds back. */
static int edge_unit(const struct metrology *m)
{
    double cycle = m->rate_hz / m->setup.nominal_hz;
    int unit = (int)fmin(cycle / 48 + 0.01, 3);
    return cycle <= 400 && unit >= 2 ? unit : 0;
}

/* The share of the spline that lies beyond x. */
static double spline_beyond(double x)
{
    double y = fabs(x), tail = 0;
    if (y < 1)
        tail = 0.5 - y * (2.0 / 3 - y * y * (1.0 / 3 - y / 8));
    else if (y < 2)
        tail = pow(2 - y, 4) / 24;
    return x >= 0 ? tail : 1 - tail;
}

/* What a soft edge at `at` adds to the sums of a sharp one. `base`: sums up to and including frame `last`,
 * which lies near. Beyond the stretch's ends, frames are those that spectrum_margin has made. */
static struct edge edge_of(const struct metrology *m, const struct bank *b, double at, int64_t last,
                           const struct lanes_sums *base, const struct lanes_sums *sharp)
{
    int unit = edge_unit(m);
    struct edge e = {base->square - sharp->square, base->product - sharp->product};
    int64_t first = (int64_t)floor(at) - 2 * unit, end = (int64_t)ceil(at) + 2 * unit;
    for (int64_t n = first; unit > 0 && n <= end; n++) {
        double share = spline_beyond(((double)n - at) / unit) - (n <= last ? 1 : 0);
        uint64_t i = (uint64_t)n & (m->frame_ring - 1);
        for (unsigned l = 0; l < LANES; l++) {
            double x = b->frame[i][l], y = companion_at(m, b, l, i);
            e.square[l] += share * x * x;
            e.product[l] += share * x * y;
        }
    }
    return e;
}

static struct edge edge_at(const struct metrology *m, const struct bank *b, double at,
                           const struct lanes_sums *sharp)
{
    int64_t last = (int64_t)fmin(floor(at), (double)m->processed - 1);
    struct lanes_sums base;
    sums_to(m, b, last, &base);
    return edge_of(m, b, at, last, &base, sharp);
}

/* Whether the frames of a soft edge are there. */
static bool edge_known(const struct metrology *m, double at)
{
    return m->end >= 0 || at + 2 * edge_unit(m) + 1 < (double)m->processed;
}

/* At the stretch's first instant, once the frames before it have been made. */
static void find_first_edges(struct metrology *m)
{
    const struct lanes_sums none = {{0}, {0}, {0}, {0}};
    for (unsigned b = 0; b < m->bank_count; b++)
        m->bank[b].edge_begin = edge_of(m, &m->bank[b], STRETCH_BEGIN, -1, &none, &none);
}

/* Where a signal changes at an edge, soft edges would change more than this share: they stay sharp. */
#define EDGE_SHARE 2e-4

static void soften_means(const struct metrology *m, const struct bank *bank, struct bank_result *r,
                         double frames)
{
    double square[LANES];
    for (unsigned l = 0; l < LANES; l++) {
        square[l] = r->mean_square[l];
        double change = (bank->edge_end.square[l] - bank->edge_begin.square[l]) / frames;
        if (m->soft && fabs(change) <= EDGE_SHARE * square[l])
            r->mean_square[l] += change;
    }
    for (unsigned l = 0; l < LANES; l++) {
        unsigned v = (unsigned)bank->companion[l];
        double other = bank == m->bank ? square[v] : m->result[0].mean_square[v];
        double change = (bank->edge_end.product[l] - bank->edge_begin.product[l]) / frames;
        if (m->soft && fabs(change) <= EDGE_SHARE * sqrt(square[l] * other))
            r->mean_product[l] += change;
    }
}

/* Means from a coordinate to the one that m->window_end_sums belong to: from the window's begin, or from
 * where energy was counted to. */
enum means_from { FROM_BEGIN, FROM_COUNTED };

/* What is less than this share of the running sum may be its rounding: of a channel that was live and is
 * dead now, ratios of it would be made of nothing. */
#define ROUNDING 2e-13

void means_between(struct metrology *m, unsigned bank, const struct lanes_sums *from,
                   const struct lanes_sums *to, double frames)
{
    struct bank_result *r = &m->result[bank];
    for (unsigned l = 0; l < LANES; l++) {
        double square = to->square[l] - from->square[l];
        bool dead = square <= ROUNDING * to->square[l];
        r->mean_square[l] = dead ? 0 : square / frames;
        r->mean_product[l] = dead ? 0 : (to->product[l] - from->product[l]) / frames;
    }
}

void means_of_lines(struct metrology *m)
{
    struct bank_result *r = &m->result[0];
    for (unsigned u = 0; u < LINE_VOLTAGES; u++)
        r->line_mean_square[u] =
            fmax(r->mean_square[u] + r->mean_square[(u + 1) % 3] - 2 * r->mean_product[u], 0);
}

static void means(struct metrology *m, enum means_from which, double end)
{
    double frames = end - (which == FROM_BEGIN ? m->window_begin : m->counted_to);
    for (unsigned b = 0; b < m->bank_count; b++) {
        const struct bank *bank = &m->bank[b];
        const struct lanes_sums *from = which == FROM_BEGIN ? &bank->begin : &bank->counted;
        const struct lanes_sums *to = &m->window_end_sums[b];
        means_between(m, b, from, to, frames);
        if (which == FROM_BEGIN)
            soften_means(m, bank, &m->result[b], frames);
    }
    means_of_lines(m);
}

unsigned noted(const struct metrology *m, const uint8_t *chunk, const uint8_t *frame, int64_t first,
               int64_t last)
{
    unsigned bits = 0;
    for (int64_t n = first; n <= last;) {
        int64_t c = n / m->chunk, begin = c * m->chunk, end = begin + m->chunk;
        unsigned all = chunk[c & (m->chunk_ring - 1)];
        if (n == begin && end - 1 <= last)
            bits |= all;
        else if (all != 0)
            for (int64_t i = n; i < end && i <= last; i++)
                bits |= frame[i & (m->frame_ring - 1)];
        n = end;
    }
    return bits;
}

uint32_t quality_of_wave(unsigned wave)
{
    return (wave & WAVE_CLIPPED ? QUALITY_CLIPPED : 0u) |
           (wave & WAVE_DOUBTFUL ? QUALITY_GAP : 0u) |
           (wave & WAVE_SIMULATED ? QUALITY_SIMULATED : 0u);
}

/* What the blocks and the events say of the interval. */
uint32_t flags_between(struct metrology *m, double begin, double end)
{
    int64_t first = (int64_t)ceil(begin), last = (int64_t)ceil(end) - 1;
    uint32_t flags = quality_of_wave(noted(m, m->chunk_flags, m->frame_flags, first, last));
    for (unsigned b = 0; b < m->bank_count; b++)
        m->result[b].missing = noted(m, m->bank[b].missing, m->bank[b].frame_missing, first, last);
    if (event_overlaps(m, instant_of(m, begin), instant_of(m, end)))
        flags |= QUALITY_FLAGGED;
    return flags;
}

static void end_sums(struct metrology *m, double end)
{
    for (unsigned b = 0; b < m->bank_count; b++) {
        struct bank *bank = &m->bank[b];
        sums_at(m, bank, end, &m->window_end_sums[b]);
        bank->edge_end = edge_at(m, bank, end, &m->window_end_sums[b]);
    }
}

/* Continues the sums of the stretch's end over frames that the margin made up: what little a last window
 * lacks. */
static void extend_sums(struct metrology *m, double end)
{
    for (int64_t n = m->frames; (double)n - 0.5 < end; n++) {
        double share = fmin(end - ((double)n - 0.5), 1);
        uint64_t at = (uint64_t)n & (m->frame_ring - 1);
        for (unsigned b = 0; b < m->bank_count; b++)
            for (unsigned l = 0; l < LANES; l++) {
                double x = m->bank[b].frame[at][l];
                double y = companion_at(m, &m->bank[b], l, at);
                m->window_end_sums[b].square[l] += share * x * x;
                m->window_end_sums[b].product[l] += share * x * y;
            }
    }
}

/* Windows begin anew at m->restart if a tick was passed, else where the one before ended. */
static void next_window(struct metrology *m, double end)
{
    bool anew = m->restart < end;
    for (unsigned b = 0; b < m->bank_count; b++) {
        struct bank *bank = &m->bank[b];
        bank->counted = m->window_end_sums[b];
        bank->begin = anew ? bank->restart : bank->counted;
        bank->edge_begin = anew ? bank->edge_restart : bank->edge_end;
    }
    m->counted_to = end;
    m->counted_to_ns = instant_of(m, end);
    m->window_begin = anew ? m->restart : end;
    m->window_begin_ns = anew ? m->restart_ns : m->counted_to_ns;
    m->window_cycle += anew ? m->restart_cycles : (int)window_cycles(&m->setup);
    m->window_count++;
    expect_end(m);
}

/* Of a window that overlaps the one before, energy is counted from where it was counted to. */
static void count_rest(struct metrology *m, double end, int64_t end_ns, uint32_t flags)
{
    means(m, FROM_COUNTED, end);
    demand_piece_begin(m, m->counted_to_ns, end_ns, flags);
    values_count_rest(m, m->counted_to, fmin(end, (double)m->frames - 0.5));
    demand_piece_end(m);
}

/* Meters the window that ends at m->window_end_known. */
static void close_window(struct metrology *m, unsigned cycles, uint32_t more_flags)
{
    double begin = m->window_begin, end = m->window_end_known;
    /* energy of these frames, no more */
    double real = fmin(end, (double)m->frames - 0.5) - begin;
    uint32_t flags = flags_between(m, begin, end) | more_flags;
    m->soft = edge_unit(m) > 0 && !(more_flags & QUALITY_SHORT);
    if (m->window_count == 0) {
        spectrum_margin(m, false);
        find_first_edges(m);
    }
    if (m->counted_to != begin) {
        count_rest(m, end, instant_of(m, end), flags);
        real = 0;
    }
    means(m, FROM_BEGIN, end);
    unsigned highest = 0;
    if (!m->setup.no_spectra)
        highest = spectrum_of_window(m, begin, end, cycles);
    demand_piece_begin(m, m->window_begin_ns, real > 0 ? instant_of(m, end) : INT64_MIN, flags);
    values_fill(m, begin, end, real, cycles, highest, flags);
    demand_piece_end(m);
    demand_put(m);
    if (m->sink.window) {
        struct metrology_window w = {&m->network, m->load_set, m->load_count};
        m->sink.window(m->sink.context, m, &w);
    }
    aggregate_window(m, m->restart < end ? m->restart_ns : instant_of(m, end));
    next_window(m, end);
}

/* Once a tick has been passed within the window: finds the first whole cycle from there on that begins
 * before the window's end, and keeps the sums at its begin. */
static void find_restart(struct metrology *m, double limit)
{
    while (isnan(m->restart) && m->restart_cycles < (int)window_cycles(&m->setup) &&
           m->tick_ns <= instant_of(m, limit)) {
        double at = track_instant_of(m, phase_of_cycle(m, m->window_cycle + m->restart_cycles));
        if (!(at <= limit && edge_known(m, at)))
            return;
        if (instant_of(m, at) < m->tick_ns) {
            m->restart_cycles++;
            continue;
        }
        m->restart = at;
        m->restart_ns = instant_of(m, at);
        for (unsigned b = 0; b < m->bank_count; b++) {
            struct bank *bank = &m->bank[b];
            sums_at(m, bank, at, &bank->restart);
            bank->edge_restart = edge_at(m, bank, at, &bank->restart);
        }
    }
}

void window_advance(struct metrology *m, double limit)
{
    clock10_advance(m);
    if (m->setup.fast_cycles > 0)
        fast_advance(m, limit);
    bool complete = m->end >= 0 && m->processed == m->end;
    for (;;) {
        find_restart(m, limit);
        if (isnan(m->window_end_known)) {
            double end = track_instant_of(m, end_phase(m));
            if (!(end <= limit && edge_known(m, end)))
                return;
            m->window_end_known = end;
            end_sums(m, end);
        }
        double wait = fmax(WAIT_CYCLES * track_cycle(m), WAIT_FRAMES);
        if (!complete && limit < m->window_end_known + wait)
            return;
        close_window(m, window_cycles(&m->setup), 0);
        track_retune(m, 1e-5);
    }
}

/* Phase of the reference at a coordinate after the last mark. */
static double phase_after_marks(const struct metrology *m, double at)
{
    const struct tracker *t = &m->track;
    return (double)t->mark_count / 2 - (t->next_mark - at) * t->cycles_per_frame;
}

void window_finish(struct metrology *m)
{
    double last = (double)m->end - 0.5, cycle = track_cycle(m);
    unsigned cycles = window_cycles(&m->setup);
    double missing = end_phase(m) - phase_after_marks(m, last);
    uint32_t flags = 0;
    if (missing > END_TOLERANCE * cycles) {
        /* A stretch without one complete window still tells something: its whole cycles. */
        double whole = floor(phase_after_marks(m, last) - m->track.begin_phase + 0.03);
        if (m->window_count > 0 || whole < 1) {
            cycles = 0;
        } else {
            cycles = (unsigned)whole;
            missing = m->track.begin_phase + whole - phase_after_marks(m, last);
            flags = QUALITY_SHORT;
        }
    }
    if (cycles > 0) {
        m->window_end_known = last + missing * cycle;
        end_sums(m, fmin(m->window_end_known, last));
        extend_sums(m, m->window_end_known);
        for (unsigned b = 0; b < m->bank_count; b++)
            m->bank[b].edge_end =
                edge_at(m, &m->bank[b], m->window_end_known, &m->window_end_sums[b]);
        close_window(m, cycles, flags);
    }
    /* Energy of the rest, to the last sample. */
    int64_t last_ns =
        instant_of(m, (double)m->end); /* of the last frame's end, for the first's begin */
    if (last > m->counted_to) {
        end_sums(m, last);
        count_rest(m, last, last_ns, flags_between(m, m->counted_to, last));
    } else {
        demand_piece_begin(m, m->counted_to_ns, last_ns, 0);
        demand_piece_end(m);
    }
}
