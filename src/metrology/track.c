/* Frequency and zero crossings of the fundamental, from where acquisition (acquire.c) begins.
 *
 * The reference's half cycles are marked one by one. At each mark the one-cycle phasors of all signals
 * are differences of running sums; the first steady voltage steers phase and frequency. Through a dip no
 * signal is steady, and the marks go on as they were before it.
 *
 * A lasting change (another phase, another frequency, another level) is taken over when it has been even
 * for a while: the marks keep their pace, the signals get new offsets against them. So a jump of the
 * phase never makes a window longer or shorter than its cycles are. */
#include "metrology/track.h"

#include <math.h>
#include <string.h>

/* A tone of about its old amplitude need not wait for ACCEPT_AFTER: only phase or frequency changed. */
#define NEAR_LEVEL 0.1
/* Half cycles after a change whose phases are too rough for the frequency that is shown. */
#define SETTLING 4
/* Loop gains per half cycle. */
#define GAIN_PHASE     0.3
#define GAIN_FREQUENCY 0.05

/* --- The oscillator ----------------------------------------------------------------------------------- */

static double tone_phase(const struct tracker *t, double at)
{
    const struct tone *tone = at < t->tone[1].begin ? &t->tone[0] : &t->tone[1];
    return tone->phase + tone->cycles_per_frame * (at - tone->begin);
}

/* Frames after which the oscillator is set anew, so that rounding does not add up. */
#define RESET_FRAMES 4096

static void tune(struct tracker *t)
{
    t->tuned = t->tone[1].cycles_per_frame;
    for (int i = 0; i <= LANES; i++) {
        t->power[0][i] = cos(2 * M_PI * t->tuned * i);
        t->power[1][i] = sin(2 * M_PI * t->tuned * i);
    }
}

void track_oscillator(struct metrology *m, int64_t first_frame, unsigned n)
{
    struct tracker *t = &m->track;
    uint64_t at = (uint64_t)first_frame & (m->turn_ring - 1);
    if (t->tuned != t->tone[1].cycles_per_frame)
        tune(t);
    if (first_frame % RESET_FRAMES == 0 || (double)first_frame == t->tone[1].begin) {
        double phase = tone_phase(t, (double)first_frame),
               angle = 2 * M_PI * (phase - floor(phase));
        t->now[0] = cos(angle);
        t->now[1] = sin(angle);
    }
    if (m->chunk >= LANES) /* a stretch's end may be cut short; its chunk has room */
        n = (n + LANES - 1) / LANES * LANES;
    m->ops->oscillate(m->cosine + at, m->sine + at, n, t->now, t->power[0], t->power[1]);
    if (at < LANES_ROW) {
        memcpy(m->cosine + m->turn_ring, m->cosine, LANES_ROW * sizeof *m->cosine);
        memcpy(m->sine + m->turn_ring, m->sine, LANES_ROW * sizeof *m->sine);
    }
}

void track_retune(struct metrology *m, double tolerance)
{
    struct tracker *t = &m->track;
    double old = t->tone[1].cycles_per_frame, at = (double)m->processed;
    if (fabs(t->cycles_per_frame - old) < tolerance * old || at - t->tone[1].begin < 2 / old)
        return;
    double phase = tone_phase(t, at);
    t->tone[0] = t->tone[1];
    t->tone[1] = (struct tone){at, phase - floor(phase), t->cycles_per_frame};
    t->tone[0].phase -= floor(phase); /* the same cycles on both sides of the seam */
}

/* --- Marks --------------------------------------------------------------------------------------------- */

static void measure_signal(struct signal *s, double re, double im, double mean_square,
                           double oscillator, double expected, double cycle)
{
    s->amplitude_before = s->amplitude;
    s->amplitude = 2 * sqrt(re * re + im * im) / cycle;
    s->tonal = s->amplitude * s->amplitude / 2 >= TONAL_SHARE * mean_square && s->amplitude > 0;
    s->phase = track_wrap(oscillator + atan2(im, re) / (2 * M_PI) + 0.25 - expected);
}

/* One-cycle phasors of all signals for the cycle that ends at `mark`. */
static void measure(struct metrology *m, double mark, double cycle, double expected)
{
    double oscillator = tone_phase(&m->track, mark - cycle / 2);
    for (unsigned b = 0; b < m->bank_count; b++) {
        struct lanes_sums from, to;
        sums_at(m, &m->bank[b], mark - cycle, &from);
        sums_at(m, &m->bank[b], mark, &to);
        lanes_d re = to.in_phase - from.in_phase, im = from.quadrature - to.quadrature;
        lanes_d square = to.square - from.square, product = to.product - from.product;
        for (unsigned l = 0; l < LANES; l++)
            measure_signal(&m->signal[b * LANES + l], re[l], im[l], square[l] / cycle, oscillator,
                           expected, cycle);
        for (unsigned u = 0; b == 0 && u < LINE_VOLTAGES; u++) {
            unsigned v = (u + 1) % 3;
            measure_signal(&m->signal[m->bank_count * LANES + u], re[u] - re[v], im[u] - im[v],
                           (square[u] + square[v] - 2 * product[u]) / cycle, oscillator, expected,
                           cycle);
        }
    }
}

static bool steady(const struct metrology *m, unsigned index)
{
    const struct signal *s = &m->signal[index];
    return s->used && s->tonal && s->amplitude >= track_floor_of(m, index) &&
           fabs(s->amplitude - s->level) <=
               track_clamp(3 * s->spread, STEADY_LEAST, STEADY_MOST) * s->level &&
           fabs(track_wrap(s->phase - s->offset)) <= STEADY_PHASE;
}

/* Notes how each signal stands after a new phasor. */
static void note_steadiness(struct metrology *m)
{
    for (unsigned i = 0; i < m->signal_count; i++) {
        struct signal *s = &m->signal[i];
        s->lead_before = s->lead;
        s->lead = track_wrap(s->phase - s->offset);
        if (s->level > 0) {
            double jump = fabs(s->amplitude - s->amplitude_before) / s->level;
            s->spread += 0.05 * (fmin(jump, STEADY_MOST) - s->spread);
        }
        s->steady = steady(m, i) ? s->steady + 1 : 0;
    }
}

/* A phasor that holds a little of a dip, at its begin or end, may still look steady; it is used when the
 * ones before and after it do too. So what counts is the last but one. */
#define CERTAIN 3

const struct signal *track_find_steady(const struct metrology *m, unsigned least)
{
    for (unsigned s = 0; s < m->bank_count * LANES; s++)
        if (track_may_steer(m, s) && m->signal[s].steady >= least)
            return &m->signal[s];
    return NULL;
}

/* Half cycles without any voltage after which a current stands in for it: longer than an interruption that
 * a network clears by itself, through which the marks go on as they were. */
#define DEAD_AFTER 100

static void look_for_voltage(struct metrology *m)
{
    struct tracker *t = &m->track;
    bool any = false, certain = false;
    for (unsigned i = 0; i < 3; i++) {
        const struct signal *s = &m->signal[i];
        any |= s->used && s->tonal && s->amplitude >= track_floor_of(m, i);
        certain |= s->steady >= CERTAIN;
    }
    t->dead = any ? 0 : t->dead + 1;
    if (m->voltages && t->dead >= DEAD_AFTER)
        t->by_current = true;
    else if (certain)
        t->by_current = false;
}

/* While no signal is steady: watches the first tone among those that may steer. Returns how many half
 * cycles in a row it has kept its amplitude and moved evenly against the marks. */
static unsigned watch(struct metrology *m)
{
    struct tracker *t = &m->track;
    for (unsigned i = 0; i < m->bank_count * LANES; i++) {
        const struct signal *s = &m->signal[i];
        if (!track_may_steer(m, i) || !s->tonal || s->amplitude < track_floor_of(m, i))
            continue;
        /* A cycle that is not the signal's own lets amplitude and phase ripple by about the drift. */
        double moved = track_wrap(s->phase - t->watched_phase),
               ripple = t->even < 2 ? moved : t->drift;
        double level = (EVEN_LEVEL + 2 * fabs(ripple)) * t->watched_amplitude;
        if (t->even > 0 && t->watched == i && fabs(s->amplitude - t->watched_amplitude) <= level &&
            (t->even < 2 || fabs(moved - t->drift) <= EVEN_PHASE + 0.3 * fabs(ripple))) {
            t->moved[t->even++ % DRIFT_OVER] = moved;
            unsigned n = t->even - 1 < DRIFT_OVER ? t->even - 1 : DRIFT_OVER;
            t->drift = 0;
            for (unsigned k = 0; k < n; k++)
                t->drift += t->moved[(t->even - 1 - k) % DRIFT_OVER] / n;
        } else {
            t->drift = 0;
            t->even = 1;
        }
        t->watched = i;
        t->watched_phase = s->phase;
        t->watched_amplitude = s->amplitude;
        return t->even;
    }
    return t->even = 0;
}

static bool is_near(const struct metrology *m)
{
    const struct signal *s = &m->signal[m->track.watched];
    return fabs(s->amplitude - s->level) <= (NEAR_LEVEL + fabs(m->track.drift)) * s->level;
}

/* After a lasting change: what is there now becomes the truth. Phases were measured in the middle of the
 * last cycle; by its end they have moved by the drift of half a cycle. */
static void accept_change(struct metrology *m)
{
    struct tracker *t = &m->track;
    for (unsigned i = 0; i < m->signal_count; i++) {
        struct signal *s = &m->signal[i];
        if (!s->used || !s->tonal)
            continue;
        s->level = s->amplitude;
        s->offset = track_wrap(s->phase + t->drift);
        s->unsteady = s->steady = 0;
    }
    t->cycles_per_frame *= 1 + track_clamp(2 * t->drift, -0.5, 0.5);
    t->measured = 0;
    t->settling = SETTLING;
    t->locked = true;
    t->even = 0;
    t->unsteady = 0;
}

/* Signals other than the one that steers follow their own changes, and take over lasting ones. While
 * nothing steers, those that could wait for accept_change. */
static void follow_signals(struct metrology *m, const struct signal *reference)
{
    double lead = reference ? reference->lead : 0, before = reference ? reference->lead_before : 0;
    for (unsigned i = 0; i < m->signal_count; i++) {
        struct signal *s = &m->signal[i];
        if (!s->used)
            continue;
        if (s->steady >= CERTAIN && reference) {
            s->level += 0.1 * (s->amplitude - s->level);
            s->offset = track_wrap(s->offset + 0.2 * (s->lead_before - before));
            s->unsteady = 0;
        } else if (s->steady == 0 && ++s->unsteady >= ACCEPT_AFTER && s->tonal &&
                   (reference || !track_may_steer(m, i))) {
            s->level = s->amplitude;
            s->offset = track_wrap(s->phase - lead);
            s->unsteady = 0;
        }
    }
}

/* Takes a measured phase into the ones that give the frequency. */
static void record_phase(struct tracker *t, double middle, double phase)
{
    if (t->settling > 0) {
        t->settling--;
        return;
    }
    unsigned entry = (unsigned)(t->measured++ & (MARKS - 1));
    t->middle[entry] = middle;
    t->phase[entry] = phase;
}

/* Nothing is steady: a change that lasts is taken over. */
static void coast(struct metrology *m)
{
    struct tracker *t = &m->track;
    unsigned even = watch(m);
    t->unsteady++;
    if (even >= ACCEPT_EVEN && (t->unsteady >= ACCEPT_AFTER || is_near(m)))
        accept_change(m);
    else if (even > 0 && t->unsteady >= 2 * ACCEPT_AFTER)
        accept_change(m); /* it never gets even */
    else
        follow_signals(m, NULL);
}

/* Corrects the mark that is due, and the frequency, by what the last cycles show. Returns by how much the
 * mark is late, in frames. */
static double steer(struct metrology *m, double mark)
{
    struct tracker *t = &m->track;
    double cycle = 1 / t->cycles_per_frame, slip = 0;
    double expected = (double)t->mark_count / 2 - 0.5; /* of the cycle's middle */
    measure(m, mark, cycle, expected);
    note_steadiness(m);
    look_for_voltage(m);
    const struct signal *reference = track_find_steady(m, CERTAIN);
    if (reference) {
        t->locked = true;
        record_phase(t, t->last_middle, t->last_expected + reference->lead_before);
        /* some of what was seen then has been corrected since */
        slip = reference->lead_before - t->corrected;
        follow_signals(m, reference);
        t->cycles_per_frame *= 1 + 2 * GAIN_FREQUENCY * slip;
    } else if (!track_find_steady(m, 1)) {
        coast(m);
    }
    if (track_find_steady(m, 1))
        t->unsteady = t->even = 0;
    t->last_middle = mark - cycle / 2;
    t->last_expected = expected;
    t->corrected = GAIN_PHASE * slip;
    t->cycles_per_frame = track_clamp(t->cycles_per_frame, track_lowest(m), track_highest(m));
    return t->corrected * cycle;
}

void track_finish(struct metrology *m)
{
    const struct signal *reference = track_find_steady(m, CERTAIN - 1);
    if (reference)
        record_phase(&m->track, m->track.last_middle, m->track.last_expected + reference->lead);
}

void track_advance(struct metrology *m, double limit)
{
    struct tracker *t = &m->track;
    while (t->next_mark <= limit) {
        double mark = t->next_mark;
        if (mark - 1 / t->cycles_per_frame >= STRETCH_BEGIN)
            mark -= steer(m, mark);
        t->mark[t->mark_count & (MARKS - 1)] = mark;
        t->mark_count++;
        t->next_mark = mark + 0.5 / t->cycles_per_frame;
        if (!m->rehearsing)
            half_schedule(m, mark);
    }
}

double track_instant_of(const struct metrology *m, double phase)
{
    const struct tracker *t = &m->track;
    int64_t k = (int64_t)floor(2 * phase);
    if (k + 1 >= t->mark_count)
        return NAN;
    double from_phase = (double)k / 2, from = t->mark[k & (MARKS - 1)];
    double to = t->mark[(k + 1) & (MARKS - 1)];
    if (k < t->first_mark) {
        from_phase = t->begin_phase;
        from = STRETCH_BEGIN;
    }
    double span = (double)(k + 1) / 2 - from_phase;
    return span > 0 ? from + (to - from) * (phase - from_phase) / span : to;
}

double track_cycle(const struct metrology *m)
{
    return 1 / m->track.cycles_per_frame;
}

/* Slope, at the middle of the interval, of the parabola through the phases of those cycles that lie within
 * it; of the straight line if they do not surround the middle well. They must reach over half of the
 * interval. They weigh less towards its ends, so that what an interharmonic adds to them cancels. */
bool track_frequency(struct metrology *m, double from, double to, double *hz)
{
    struct tracker *t = &m->track;
    double half = (to - from) / 2, cycle = track_cycle(m) / half, first = 0;
    double room = 1 - 0.5 * cycle, reach = 1 - 0.25 * cycle; /* of the middles of whole cycles */
    double least = 1, most = -1, n = 0, x1 = 0, x2 = 0, x3 = 0, x4 = 0, y0 = 0, y1 = 0, y2 = 0;
    unsigned count = 0;
    int64_t oldest = t->measured > MARKS ? t->measured - MARKS : 0;
    for (int64_t i = oldest; i < t->measured; i++) {
        double x = (t->middle[i & (MARKS - 1)] - from) / half - 1, y = t->phase[i & (MARKS - 1)];
        if (fabs(x) > reach)
            continue;
        first = count > 0 ? first : y;
        y -= first;
        least = fmin(least, x), most = fmax(most, x);
        double w = 1 - x * x, wx = w * x, wxx = wx * x;
        count++;
        n += w, x1 += wx, x2 += wxx, x3 += wxx * x, x4 += wxx * x * x;
        y0 += w * y, y1 += wx * y, y2 += wxx * y;
    }
    *hz = t->last_hz;
    if (count < 3 || most - least < room)
        return false;
    /* About the mean of x: u = x - mean, v = u^2 - mean(u^2). */
    double mean = x1 / n, uu = x2 - n * mean * mean, slope = (y1 - mean * y0) / uu;
    if (count >= 8 && least < -0.6 && most > 0.6) {
        double square = x2 - 2 * mean * x1; /* sum of u^2 - mean^2 */
        double uv = x3 - 3 * mean * x2 + 2 * n * mean * mean * mean;
        double vv = x4 - 4 * mean * x3 + 4 * mean * mean * x2 - square * square / n;
        double vy = y2 - 2 * mean * y1 - y0 * square / n;
        double curve = (vy - slope * uv) / (vv - uv * uv / uu);
        slope += curve * (-2 * mean - uv / uu);
    }
    double measured = slope / half * m->rate_hz;
    if (!(measured >= LOWEST_OF_NOMINAL * m->setup.nominal_hz &&
          measured <= HIGHEST_OF_NOMINAL * m->setup.nominal_hz))
        return false;
    *hz = t->last_hz = measured;
    return true;
}
