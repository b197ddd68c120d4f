/* Acquisition: what the first four cycles of a stretch tell. A scan with a Hann window finds the
 * frequency, the phase between its two halves refines it, and every signal's phase is taken there. Then
 * the tracker goes through these cycles as it will later, twice; what it finds is the beginning. */
#include "metrology/track.h"

#include <math.h>
#include <string.h>

/* Fewer cycles do not tell a frequency: the last known one, or the nominal one, is better. */
#define CYCLES_THAT_TELL 2.75
/* Of the nominal voltage, below which frequency is not taken from it; of the rated current, below which it
 * does not stand in for a voltage. */
#define REFERENCE_MINIMUM 0.1
#define CURRENT_MINIMUM   0.005

double track_floor_of(const struct metrology *m, unsigned signal)
{
    if (signal >= 3) {
        int load = m->signal[signal].load;
        double rated = load < 0 ? 0 : m->load[load].wiring.rated_current_a;
        return m->voltages ? CURRENT_MINIMUM * rated * sqrt(2) : 0;
    }
    if (m->setup.nominal_voltage_v <= 0)
        return m->track.floor;
    double phase =
        m->setup.delta ? m->setup.nominal_voltage_v / sqrt(3) : m->setup.nominal_voltage_v;
    return REFERENCE_MINIMUM * phase * sqrt(2);
}

bool track_may_steer(const struct metrology *m, unsigned signal)
{
    if (!m->signal[signal].used || signal >= m->bank_count * LANES)
        return false;
    return signal < 3 || (signal >= 4 && (!m->voltages || m->track.by_current));
}

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
    size_t stride = (size_t)fmax(1, floor(1 / (16 * track_highest(m))));
    uint32_t mask = m->frame_ring - 1;
    *power = 0;
    for (double f = track_lowest(m); f <= track_highest(m); f += step) {
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
        f = track_clamp(f + track_wrap(gained / (2 * M_PI)) / (double)half, track_lowest(m),
                        track_highest(m));
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
            if (!track_may_steer(m, s) || !(variance[l] > 0))
                continue;
            double f = scan(m, &m->bank[b], n, mean[l], l, &power);
            if (power / 2 < TONAL_SHARE * variance[l] || sqrt(power) < track_floor_of(m, s))
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
        s->phase = track_wrap(s->offset - own);
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
    const struct signal *reference = track_find_steady(m, 1);
    for (unsigned i = 0; i < m->signal_count && reference; i++) {
        struct signal *s = &m->signal[i];
        bool even = fabs(s->amplitude - s->amplitude_before) <= EVEN_LEVEL * s->amplitude &&
                    fabs(track_wrap(s->lead - s->lead_before)) <= EVEN_PHASE;
        if (s->used && s->tonal && s->steady == 0 && even) {
            s->level = s->amplitude;
            s->offset = track_wrap(s->phase - reference->lead);
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
    if (fit_phases(t, &f, &phase) && f >= track_lowest(m) && f <= track_highest(m))
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
    if (!t->locked && m->voltages) { /* channels without voltage: a current tells it as well */
        t->by_current = true;
        t->locked = find_reference(m, n, &reference);
        t->by_current = t->locked;
    }
    double own = find_offsets(m, n, reference);
    begin_marks(m, t->locked ? own + t->cycles_per_frame * STRETCH_BEGIN : 0);
    if (t->locked)
        for (int pass = 0; pass < 2; pass++)
            rehearse(m, n);
    /* Crossings between the stretch's begin and the first mark follow the mark that would be before it. */
    half_schedule(m, t->next_mark - 0.5 / t->cycles_per_frame);
}
