/* Frequency and zero crossings of the fundamental.
 *
 * Acquisition looks at the first four cycles of a stretch: a scan with a Hann window finds the
 * frequency, the phase between its two halves refines it, and every signal's phase is taken there. From
 * then on the reference's half cycles are marked one by one. At each mark the one-cycle phasors of all
 * signals are differences of running sums; the first steady voltage steers phase and frequency. Through
 * a dip no signal is steady, and the marks go on as they were before it.
 *
 * A lasting change (another phase, another frequency, another level) is taken over when it has been even
 * for a while: the marks keep their pace, the signals get new offsets against them. So a jump of the
 * phase never makes a window longer or shorter than its cycles are. */
#include "metrology/internal.h"

#include <math.h>
#include <string.h>

/* A signal is steady while its phase keeps within this of what is expected, and its amplitude within three
 * times its usual spread, which noise and interharmonics make, between two shares of it. */
#define STEADY_PHASE 0.03 /* cycles */
#define STEADY_LEAST 0.04
#define STEADY_MOST  0.12
/* Half cycles after which a lasting change is accepted as the new state, and those for which a tone has
 * to move evenly before: by this much of its amplitude, and cycles, from one half cycle to the next. */
#define ACCEPT_AFTER 24
#define ACCEPT_EVEN  8
#define EVEN_LEVEL   0.04
#define EVEN_PHASE   0.012
/* A tone of about its old amplitude need not wait for ACCEPT_AFTER: only phase or frequency changed. */
#define NEAR_LEVEL 0.1
/* Half cycles after a change whose phases are too rough for the frequency that is shown. */
#define SETTLING 4
/* Share of the fundamental in a signal's mean square that makes it fit to be followed. */
#define TONAL_SHARE 0.25
/* Loop gains per half cycle. */
#define GAIN_PHASE     0.3
#define GAIN_FREQUENCY 0.05
/* Fewer cycles do not tell a frequency: the last known one, or the nominal one, is better. */
#define CYCLES_THAT_TELL 2.75
/* Of the nominal voltage, below which frequency is not taken from it. */
#define REFERENCE_MINIMUM 0.1

static double wrap(double cycles)
{
    return cycles - floor(cycles + 0.5);
}

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static double lowest(const struct metrology *m)
{
    return LOWEST_OF_NOMINAL * m->setup.nominal_hz / m->rate_hz;
}

static double highest(const struct metrology *m)
{
    return HIGHEST_OF_NOMINAL * m->setup.nominal_hz / m->rate_hz;
}

/* Smallest amplitude (peak) at which a signal of bank 0 may steer. */
static double floor_of(const struct metrology *m, unsigned signal)
{
    if (signal >= 3)
        return 0;
    if (m->setup.nominal_voltage_v <= 0)
        return m->track.floor;
    double phase =
        m->setup.delta ? m->setup.nominal_voltage_v / sqrt(3) : m->setup.nominal_voltage_v;
    return REFERENCE_MINIMUM * phase * sqrt(2);
}

/* Signals that may steer: phase voltages; currents only where there are no voltages at all. */
static bool may_steer(const struct metrology *m, unsigned signal)
{
    if (!m->signal[signal].used || signal >= m->bank_count * LANES)
        return false;
    return m->voltages ? signal < 3 : signal >= 4;
}

/* --- Acquisition ------------------------------------------------------------------------------------ */

static const struct signal *find_steady(const struct metrology *m, unsigned least);

struct phasors {
    double re[LANES], im[LANES]; /* amplitude (peak) of each lane's tone */
};

/* Hann-weighted phasors of a bank over n frames, against a tone of phase 0 at frame 0. */
static void hann_phasors(const struct metrology *m, const struct bank *b, int64_t first, size_t n,
                         double cycles_per_frame, const double *mean, struct phasors *out)
{
    double re[LANES] = {0}, im[LANES] = {0}, weights = 0;
    uint32_t mask = m->frame_ring - 1;
    for (size_t i = 0; i < n; i++) {
        double weight = 0.5 - 0.5 * cos(2 * M_PI * ((double)i + 0.5) / (double)n);
        double angle = 2 * M_PI * cycles_per_frame * (double)(first + (int64_t)i);
        double c = weight * cos(angle), s = weight * sin(angle);
        const lanes_f *x = &b->frame[(uint64_t)(first + (int64_t)i) & mask];
        for (int l = 0; l < LANES; l++) {
            double value = (*x)[l] - mean[l];
            re[l] += value * c;
            im[l] -= value * s;
        }
        weights += weight;
    }
    for (int l = 0; l < LANES; l++) {
        out->re[l] = 2 * re[l] / weights;
        out->im[l] = 2 * im[l] / weights;
    }
}

static void statistics(const struct metrology *m, const struct bank *b, size_t n, double *mean,
                       double *variance)
{
    uint32_t mask = m->frame_ring - 1;
    for (int l = 0; l < LANES; l++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++) {
            double x = b->frame[i & mask][l];
            sum += x;
            squares += x * x;
        }
        mean[l] = sum / (double)n;
        variance[l] = squares / (double)n - mean[l] * mean[l];
    }
}

static double power_of(const struct phasors *p, unsigned lane)
{
    return p->re[lane] * p->re[lane] + p->im[lane] * p->im[lane];
}

/* Scans for the strongest tone of one lane; cycles per frame, and its power. */
static double scan(const struct metrology *m, const struct bank *b, size_t n, double mean,
                   unsigned lane, double *power)
{
    /* The main lobe is 4 / n wide: ten steps over it, of no more points than a tone needs. */
    double step = 0.4 / (double)n, best_at = m->setup.nominal_hz / m->rate_hz;
    size_t stride = (size_t)fmax(1, floor(1 / (16 * highest(m))));
    uint32_t mask = m->frame_ring - 1;
    *power = 0;
    for (double f = lowest(m); f <= highest(m); f += step) {
        double turn = 2 * M_PI * f * (double)stride, tc = cos(turn), ts = sin(turn);
        double slow = 2 * M_PI * (double)stride / (double)n, wc = cos(slow), ws = sin(slow);
        double c = 1, s = 0, hc = 1, hs = 0, re = 0, im = 0, weights = 0, next;
        for (size_t i = 0; i < n; i += stride) {
            double weight = 0.5 - 0.5 * hc, x = weight * (b->frame[i & mask][lane] - mean);
            re += x * c;
            im -= x * s;
            weights += weight;
            next = c * tc - s * ts, s = s * tc + c * ts, c = next;
            next = hc * wc - hs * ws, hs = hs * wc + hc * ws, hc = next;
        }
        double p = 4 * (re * re + im * im) / (weights * weights);
        if (p > *power) {
            *power = p;
            best_at = f;
        }
    }
    return best_at;
}

/* The phase that the tone gains from the first half to the second tells how far the frequency is off. */
static double refine(const struct metrology *m, const struct bank *b, size_t n, const double *mean,
                     unsigned lane, double f)
{
    size_t half = n / 2;
    for (int i = 0; i < 4; i++) {
        struct phasors a, z;
        hann_phasors(m, b, 0, half, f, mean, &a);
        hann_phasors(m, b, (int64_t)half, half, f, mean, &z);
        double gained = atan2(z.im[lane], z.re[lane]) - atan2(a.im[lane], a.re[lane]);
        f = clamp(f + wrap(gained / (2 * M_PI)) / (double)half, lowest(m), highest(m));
    }
    return f;
}

size_t track_acquire_frames(const struct metrology *m)
{
    size_t n = (size_t)(METROLOGY_ACQUIRE_S * m->rate_hz);
    return (n + m->chunk - 1) / m->chunk * m->chunk;
}

void track_begin(struct metrology *m)
{
    struct tracker *t = &m->track;
    double last_hz = t->last_hz;
    memset(t, 0, sizeof *t);
    t->last_hz = last_hz;
    t->cycles_per_frame = (last_hz > 0 ? last_hz : m->setup.nominal_hz) / m->rate_hz;
}

/* Where no nominal voltage is known: a share of the largest amplitude that there is. */
static double find_floor(const struct metrology *m, size_t n)
{
    double mean[LANES], variance[LANES], largest = 0;
    statistics(m, &m->bank[0], n, mean, variance);
    for (unsigned l = 0; l < 3; l++)
        largest = fmax(largest, variance[l]);
    return REFERENCE_MINIMUM * sqrt(2 * largest);
}

/* Finds the reference: the first signal that may steer and is a tone. Sets the frequency. */
static bool find_reference(struct metrology *m, size_t n, unsigned *reference)
{
    m->track.floor = find_floor(m, n);
    for (unsigned b = 0; b < m->bank_count; b++) {
        double mean[LANES], variance[LANES];
        statistics(m, &m->bank[b], n, mean, variance);
        for (unsigned l = 0; l < LANES; l++) {
            unsigned s = b * LANES + l;
            double power;
            if (!may_steer(m, s) || !(variance[l] > 0))
                continue;
            double f = scan(m, &m->bank[b], n, mean[l], l, &power);
            if (power / 2 < TONAL_SHARE * variance[l] || sqrt(power) < floor_of(m, s))
                continue;
            if ((double)n * m->track.cycles_per_frame >= CYCLES_THAT_TELL)
                m->track.cycles_per_frame = refine(m, &m->bank[b], n, mean, l, f);
            *reference = s;
            return true;
        }
    }
    return false;
}

/* Sets the tone, the phase at the stretch's begin, and the first mark. */
static void begin_marks(struct metrology *m, double begin_phase)
{
    struct tracker *t = &m->track;
    t->tone[0] = t->tone[1] = (struct tone){0, 0, t->cycles_per_frame};
    t->begin_phase = begin_phase - floor(begin_phase);
    t->mark_count = t->first_mark = (int64_t)ceil(2 * t->begin_phase - 1e-9);
    t->next_mark =
        STRETCH_BEGIN + ((double)t->mark_count / 2 - t->begin_phase) / t->cycles_per_frame;
    t->measured = 0;
    t->unsteady = 0;
    t->corrected = 0;
    for (unsigned i = 0; i < m->signal_count; i++)
        m->signal[i].steady = 1; /* before the first phasor nothing is known to be wrong */
}

/* Phases of all signals against the reference's, from the frames of the acquisition. Returns the
 * reference's own phase at frame 0. */
static double find_offsets(struct metrology *m, size_t n, unsigned reference)
{
    double own = 0, f = m->track.cycles_per_frame;
    unsigned lanes = m->bank_count * LANES;
    for (unsigned b = 0; b < m->bank_count; b++) {
        struct phasors p;
        double mean[LANES], variance[LANES];
        statistics(m, &m->bank[b], n, mean, variance);
        hann_phasors(m, &m->bank[b], 0, n, f, mean, &p);
        for (unsigned l = 0; l < LANES; l++) {
            struct signal *s = &m->signal[b * LANES + l];
            /* phase of a sine: a quarter before the cosine's */
            s->offset = atan2(p.im[l], p.re[l]) / (2 * M_PI) + 0.25;
            s->level = s->amplitude = sqrt(power_of(&p, l));
            s->tonal = power_of(&p, l) / 2 >= TONAL_SHARE * variance[l] && s->level > 0;
            if (b * LANES + l == reference)
                own = s->offset;
        }
        for (unsigned u = 0; b == 0 && u < LINE_VOLTAGES; u++) {
            struct signal *s = &m->signal[lanes + u];
            double re = p.re[u] - p.re[(u + 1) % 3], im = p.im[u] - p.im[(u + 1) % 3];
            s->offset = atan2(im, re) / (2 * M_PI) + 0.25;
            s->level = s->amplitude = sqrt(re * re + im * im);
            s->tonal = m->signal[u].tonal && m->signal[(u + 1) % 3].tonal && s->level > 0;
        }
    }
    for (unsigned i = 0; i < m->signal_count; i++) {
        struct signal *s = &m->signal[i];
        s->phase = wrap(s->offset - own);
        s->spread = STEADY_MOST / 3; /* its level is not known well yet */
        s->offset = s->tonal && m->track.locked ? s->phase : 0;
        s->unsteady = 0;
    }
    return own;
}

/* The line through the measured phases: cycles per frame, and the phase at the stretch's begin. */
static bool fit_phases(const struct tracker *t, double *cycles_per_frame, double *begin_phase)
{
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (int64_t i = 0; i < t->measured && i < MARKS; i++) {
        double x = t->middle[i] - STRETCH_BEGIN, y = t->phase[i];
        n += 1, sx += x, sy += y, sxx += x * x, sxy += x * y;
    }
    double d = n * sxx - sx * sx;
    if (n < 3 || d <= 0)
        return false;
    *cycles_per_frame = (n * sxy - sx * sy) / d;
    *begin_phase = (sy - *cycles_per_frame * sx) / n;
    return true;
}

/* A signal that was disturbed in the first cycles, and is even in the last two, is as it is there. */
static void settle_offsets(struct metrology *m)
{
    const struct signal *reference = find_steady(m, 1);
    for (unsigned i = 0; i < m->signal_count && reference; i++) {
        struct signal *s = &m->signal[i];
        bool even = fabs(s->amplitude - s->amplitude_before) <= EVEN_LEVEL * s->amplitude &&
                    fabs(wrap(s->lead - s->lead_before)) <= EVEN_PHASE;
        if (s->used && s->tonal && s->steady == 0 && even) {
            s->level = s->amplitude;
            s->offset = wrap(s->phase - reference->lead);
        }
    }
}

/* Goes through the first frames as the tracker will, and takes its findings as the beginning: one-cycle
 * phasors are exact where a short Hann window still leaks. */
static void rehearse(struct metrology *m, size_t n)
{
    struct tracker *t = &m->track;
    double f, phase;
    m->rehearsing = true;
    while (m->processed + (int64_t)m->chunk <= (int64_t)n) {
        metrology_sum(m, m->chunk);
        track_advance(m, (double)m->processed - 3.5);
    }
    track_finish(m);
    m->rehearsing = false;
    metrology_unsum(m);
    settle_offsets(m);
    if (fit_phases(t, &f, &phase) && f >= lowest(m) && f <= highest(m))
        t->cycles_per_frame = f;
    else
        phase = t->begin_phase;
    begin_marks(m, phase);
}

void track_acquire(struct metrology *m)
{
    struct tracker *t = &m->track;
    size_t wanted = track_acquire_frames(m);
    size_t n = (size_t)m->frames < wanted ? (size_t)m->frames : wanted;
    unsigned reference = UINT32_MAX;
    t->locked = find_reference(m, n, &reference);
    double own = find_offsets(m, n, reference);
    begin_marks(m, t->locked ? own + t->cycles_per_frame * STRETCH_BEGIN : 0);
    if (t->locked)
        for (int pass = 0; pass < 2; pass++)
            rehearse(m, n);
    /* Crossings between the stretch's begin and the first mark follow the mark that would be before it. */
    half_schedule(m, t->next_mark - 0.5 / t->cycles_per_frame);
}

/* --- The oscillator ----------------------------------------------------------------------------------- */

static double tone_phase(const struct tracker *t, double at)
{
    const struct tone *tone = at < t->tone[1].begin ? &t->tone[0] : &t->tone[1];
    return tone->phase + tone->cycles_per_frame * (at - tone->begin);
}

void track_oscillator(struct metrology *m, int64_t first_frame, unsigned n)
{
    double phase = tone_phase(&m->track, (double)first_frame);
    double angle = 2 * M_PI * (phase - floor(phase));
    double turn = 2 * M_PI * m->track.tone[1].cycles_per_frame;
    double c = cos(angle), s = sin(angle), tc = cos(turn), ts = sin(turn);
    for (unsigned i = 0; i < n; i++) {
        m->cosine[i] = c;
        m->sine[i] = s;
        double next = c * tc - s * ts;
        s = s * tc + c * ts;
        c = next;
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
    s->phase = wrap(oscillator + atan2(im, re) / (2 * M_PI) + 0.25 - expected);
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
    return s->used && s->tonal && s->amplitude >= floor_of(m, index) &&
           fabs(s->amplitude - s->level) <=
               clamp(3 * s->spread, STEADY_LEAST, STEADY_MOST) * s->level &&
           fabs(wrap(s->phase - s->offset)) <= STEADY_PHASE;
}

/* Notes how each signal stands after a new phasor. */
static void note_steadiness(struct metrology *m)
{
    for (unsigned i = 0; i < m->signal_count; i++) {
        struct signal *s = &m->signal[i];
        s->lead_before = s->lead;
        s->lead = wrap(s->phase - s->offset);
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

/* The first signal that may steer and was steady at least so many half cycles; NULL: none. */
static const struct signal *find_steady(const struct metrology *m, unsigned least)
{
    for (unsigned s = 0; s < m->bank_count * LANES; s++)
        if (may_steer(m, s) && m->signal[s].steady >= least)
            return &m->signal[s];
    return NULL;
}

/* While no signal is steady: watches the first tone among those that may steer. Returns how many half
 * cycles in a row it has kept its amplitude and moved evenly against the marks. */
static unsigned watch(struct metrology *m)
{
    struct tracker *t = &m->track;
    for (unsigned i = 0; i < m->bank_count * LANES; i++) {
        const struct signal *s = &m->signal[i];
        if (!may_steer(m, i) || !s->tonal || s->amplitude < floor_of(m, i))
            continue;
        /* A cycle that is not the signal's own lets amplitude and phase ripple by about the drift. */
        double moved = wrap(s->phase - t->watched_phase), ripple = t->even < 2 ? moved : t->drift;
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
        s->offset = wrap(s->phase + t->drift);
        s->unsteady = s->steady = 0;
    }
    t->cycles_per_frame *= 1 + clamp(2 * t->drift, -0.5, 0.5);
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
            s->offset = wrap(s->offset + 0.2 * (s->lead_before - before));
            s->unsteady = 0;
        } else if (s->steady == 0 && ++s->unsteady >= ACCEPT_AFTER && s->tonal &&
                   (reference || !may_steer(m, i))) {
            s->level = s->amplitude;
            s->offset = wrap(s->phase - lead);
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
    const struct signal *reference = find_steady(m, CERTAIN);
    if (reference) {
        t->locked = true;
        record_phase(t, t->last_middle, t->last_expected + reference->lead_before);
        /* some of what was seen then has been corrected since */
        slip = reference->lead_before - t->corrected;
        follow_signals(m, reference);
        t->cycles_per_frame *= 1 + 2 * GAIN_FREQUENCY * slip;
    } else if (!find_steady(m, 1)) {
        coast(m);
    }
    if (find_steady(m, 1))
        t->unsteady = t->even = 0;
    t->last_middle = mark - cycle / 2;
    t->last_expected = expected;
    t->corrected = GAIN_PHASE * slip;
    t->cycles_per_frame = clamp(t->cycles_per_frame, lowest(m), highest(m));
    return t->corrected * cycle;
}

void track_finish(struct metrology *m)
{
    const struct signal *reference = find_steady(m, CERTAIN - 1);
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
