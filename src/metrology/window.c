/* The basic window: 10 cycles at 50 Hz, 12 at 60 Hz, gapless, each beginning where the one before ended
 * (IEC 61000-4-30 4.2). Its ends are instants of equal phase of the fundamental, found from the marks
 * after they have passed, so that a window is as long as its cycles really were. */
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

void window_begin(struct metrology *m)
{
    m->window_begin = STRETCH_BEGIN;
    m->window_count = 0;
    m->window_end_known = NAN;
    for (unsigned b = 0; b < m->bank_count; b++)
        memset(&m->bank[b].begin, 0, sizeof m->bank[b].begin);
}

static double end_phase(const struct metrology *m)
{
    return m->track.begin_phase + (double)(m->window_count + 1) * window_cycles(&m->setup);
}

/* Means over the interval from the sums at its ends. */
static void means(struct metrology *m, double begin, double end)
{
    double frames = end - begin;
    for (unsigned b = 0; b < m->bank_count; b++) {
        const struct lanes_sums *from = &m->bank[b].begin, *to = &m->window_end_sums[b];
        struct bank_result *r = &m->result[b];
        for (unsigned l = 0; l < LANES; l++) {
            r->mean_square[l] = fmax((to->square[l] - from->square[l]) / frames, 0);
            r->mean_product[l] = (to->product[l] - from->product[l]) / frames;
        }
        for (unsigned u = 0; b == 0 && u < LINE_VOLTAGES; u++)
            r->line_mean_square[u] =
                fmax(r->mean_square[u] + r->mean_square[(u + 1) % 3] - 2 * r->mean_product[u], 0);
    }
}

/* What a ring noted of frames first ... last: of whole chunks in one, else frame by frame. */
static unsigned noted(const struct metrology *m, const uint8_t *chunk, const uint8_t *frame,
                      int64_t first, int64_t last)
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

/* What the blocks and the events say of the interval. */
static uint32_t flags_between(struct metrology *m, double begin, double end)
{
    int64_t first = (int64_t)ceil(begin), last = (int64_t)ceil(end) - 1;
    uint32_t wave = noted(m, m->chunk_flags, m->frame_flags, first, last), flags = 0;
    for (unsigned b = 0; b < m->bank_count; b++)
        m->result[b].missing = noted(m, m->bank[b].missing, m->bank[b].frame_missing, first, last);
    if (wave & WAVE_CLIPPED)
        flags |= QUALITY_CLIPPED;
    if (wave & WAVE_DOUBTFUL)
        flags |= QUALITY_GAP;
    if (wave & WAVE_SIMULATED)
        flags |= QUALITY_SIMULATED;
    if (event_overlaps(m, instant_of(m, begin), instant_of(m, end)))
        flags |= QUALITY_FLAGGED;
    return flags;
}

static void end_sums(struct metrology *m, double end)
{
    for (unsigned b = 0; b < m->bank_count; b++)
        sums_at(m, &m->bank[b], end, &m->window_end_sums[b]);
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
                double y = m->bank[0].frame[at][m->bank[b].companion[l]];
                m->window_end_sums[b].square[l] += share * x * x;
                m->window_end_sums[b].product[l] += share * x * y;
            }
    }
}

static void next_window(struct metrology *m, double end)
{
    for (unsigned b = 0; b < m->bank_count; b++)
        m->bank[b].begin = m->window_end_sums[b];
    m->window_begin = end;
    m->window_count++;
    m->window_end_known = NAN;
}

/* Meters the window that ends at m->window_end_known. */
static void close_window(struct metrology *m, unsigned cycles, uint32_t more_flags)
{
    double begin = m->window_begin, end = m->window_end_known;
    uint32_t flags = flags_between(m, begin, end) | more_flags;
    means(m, begin, end);
    unsigned highest = 0;
    if (!m->setup.no_spectra) {
        if (m->window_count == 0)
            spectrum_margin(m, false);
        highest = spectrum_of_window(m, begin, end, cycles);
    }
    values_fill(m, begin, end, cycles, highest, flags);
    if (m->sink.window) {
        struct metrology_window w = {&m->network, m->load_set, m->load_count};
        m->sink.window(m->sink.context, m, &w);
    }
    next_window(m, end);
}

void window_advance(struct metrology *m, double limit)
{
    bool complete = m->end >= 0 && m->processed == m->end;
    for (;;) {
        if (isnan(m->window_end_known)) {
            double end = track_instant_of(m, end_phase(m));
            if (!(end <= limit))
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
        close_window(m, cycles, flags);
    }
    /* Energy of the rest, to the last sample. */
    end_sums(m, last);
    means(m, m->window_begin, last);
    if (last > m->window_begin)
        values_count_rest(m, m->window_begin, last);
}
