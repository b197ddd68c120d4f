#include "metrology/values.h"

/* Of S1: so little reactive power of the fundamental is none, for the type of a power factor. */
#define NEITHER 1e-3

static double signed_root(double square, double sign)
{
    double root = sqrt(fmax(square, 0));
    return sign < 0 ? -root : root;
}

static double reactive(const struct metrology *m, const struct power *w)
{
    return m->setup.reactive == REACTIVE_FUNDAMENTAL
               ? w->q1
               : signed_root(w->s * w->s - w->p * w->p, w->q1);
}

/* P1 and Q1 of a voltage and a current: Re and Im of V times the conjugate of I. */
static void put_fundamental(struct power *w, struct phasor v, struct phasor i)
{
    w->p1 = v.re * i.re + v.im * i.im;
    w->q1 = v.im * i.re - v.re * i.im;
}

/* Of a current's lane with the voltage that drives it: P = mean(v i). */
static struct power measured_power(const struct metrology *m, unsigned drive, unsigned lane,
                                   unsigned highest)
{
    struct channel v = channel_of_drive(m, drive, highest), i = channel_of_lane(m, lane, highest);
    struct power w = {.p = m->result[lane / LANES].mean_product[lane % LANES], .s = v.rms * i.rms};
    put_fundamental(&w, v.fundamental, i.fundamental);
    w.q = reactive(m, &w);
    return w;
}

/* --- One current for three -------------------------------------------------------------------------- */

/* Harmonic h of a lane. */
static struct phasor harmonic_of(const struct metrology *m, unsigned lane, unsigned h)
{
    const struct lanes_complex *line = &m->harmonic[(lane / LANES) * (HARMONIC_MAX + 1) + h];
    return (struct phasor){line->re[lane % LANES], line->im[lane % LANES]};
}

static double active(struct phasor v, struct phasor i)
{
    return v.re * i.re + v.im * i.im;
}

/* The phases' order: 1 where V2 follows V1, -1 where V3 does; 1 where it cannot be told. */
static int rotation(const struct metrology *m, unsigned highest)
{
    struct phasor v[3];
    if (m->voltages != 7)
        return 1;
    for (unsigned p = 0; p < 3; p++)
        v[p] = channel_of_lane(m, p, highest).fundamental;
    return sequence_component(v, 1) >= sequence_component(v, 2) ? 1 : -1;
}

/* A lane's sample at a coordinate inside the stretch, by a cubic through four frames. */
static double sample_at(const struct metrology *m, unsigned lane, double at)
{
    int64_t last = m->frames - 4, first = (int64_t)floor(at) - 1;
    first = first > last ? last : first;
    first = first < 0 ? 0 : first;
    const lanes_f *ring = m->bank[lane / LANES].frame;
    double u = at - (double)first, x[4];
    for (int i = 0; i < 4; i++)
        x[i] = (double)ring[(uint64_t)(first + i) & (m->frame_ring - 1)][lane % LANES];
    return x[0] * (1 - u) * (2 - u) * (3 - u) / 6 + x[1] * u * (2 - u) * (3 - u) / 2 +
           x[2] * u * (u - 1) * (3 - u) / 2 + x[3] * u * (u - 1) * (u - 2) / 6;
}

/* Mean of voltage p times a current that comes `thirds` (1, 2) of a cycle later, over the frames of an
 * interval. Where the stretch is too young for that, the current of the cycle after is taken. */
static double late_product(const struct metrology *m, unsigned p, unsigned lane, int thirds,
                           double from, double to)
{
    double cycle = track_cycle(m), late = cycle * thirds / 3, sum = 0;
    int64_t first = (int64_t)ceil(from), beyond = (int64_t)ceil(to);
    beyond = beyond > m->frames ? m->frames : beyond;
    for (int64_t n = first; n < beyond; n++) {
        double at = (double)n - late;
        double v = (double)m->bank[0].frame[(uint64_t)n & (m->frame_ring - 1)][p];
        sum += v * sample_at(m, lane, at < 0 ? at + cycle : at);
    }
    return beyond > first ? sum / (double)(beyond - first) : 0;
}

/* Phase p of a balanced load whose current of phase `from` is measured with power `w`. Its current is the
 * measured one, later by a third of a cycle for each phase between; harmonic h by h thirds of its turn. Over
 * whole cycles with their spectrum, P is the measured phase's, which holds all that the samples hold, and what
 * the two voltages differ in, order by order: where the voltages are balanced, three times what was measured.
 * Without spectrum (the rest of a stretch, which is no whole cycles) it is made sample by sample. */
static struct power rotated_power(const struct metrology *m, unsigned from, unsigned p,
                                  unsigned lane, const struct power *w, const struct span *span)
{
    unsigned highest = span->highest;
    int later = (((int)p - (int)from) * rotation(m, highest) % 3 + 3) % 3;
    struct channel v = channel_of_lane(m, p, highest), i = channel_of_lane(m, lane, highest);
    struct power r = {.p = w->p, .s = v.rms * i.rms};
    put_fundamental(&r, v.fundamental, phasor_turned(i.fundamental, -later));
    if (highest == 0)
        r.p = late_product(m, p, lane, later, span->begin, span->end);
    for (unsigned h = 1; h <= highest; h++) {
        struct phasor current = harmonic_of(m, lane, h);
        r.p += active(harmonic_of(m, p, h), phasor_turned(current, -later * (int)(h % 3))) -
               active(harmonic_of(m, from, h), current);
    }
    r.q = reactive(m, &r);
    return r;
}

/* --- A load ------------------------------------------------------------------------------------------- */

unsigned power_of_phases(const struct metrology *m, const struct load_state *load,
                         const struct span *span, struct power phase[3])
{
    unsigned which = 0;
    for (unsigned c = 0; c < 3; c++) {
        unsigned drive = load->wiring.phase[c], lane = load->lane[c];
        if (lane == NO_LANE || !channel_drives(m, drive))
            continue;
        phase[c] = measured_power(m, drive, lane, span->highest);
        which |= 1u << c;
        for (unsigned p = 0; load->wiring.balanced && p < 3; p++)
            if (p != drive && m->voltages >> p & 1) {
                phase[p] = rotated_power(m, drive, p, lane, &phase[c], span);
                which |= 1u << p;
            }
    }
    return which;
}

struct power power_of_total(const struct metrology *m, const struct power phase[3], unsigned which)
{
    struct power t = {0};
    for (unsigned i = 0; i < 3; i++) {
        if (!(which >> i & 1))
            continue;
        t.p += phase[i].p;
        t.q += phase[i].q;
        t.s += phase[i].s;
        t.p1 += phase[i].p1;
        t.q1 += phase[i].q1;
    }
    if (m->setup.total == TOTAL_VECTOR)
        t.s = sqrt(t.p * t.p + t.q * t.q);
    else
        t.q = signed_root(t.s * t.s - t.p * t.p, t.q);
    return t;
}

/* Lagging where the fundamental's Q has the sign of P (quadrants 1 and 3), leading where it has not. */
static double type_of(const struct power *w, double s1)
{
    if (!(fabs(w->q1) > NEITHER * s1))
        return 0;
    return w->p * w->q1 >= 0 ? 1 : -1;
}

void power_put(const struct metrology *m, struct quantity_set *set, const struct power *w,
               unsigned which, unsigned highest)
{
    _Static_assert(Q_P1 == Q_P + 1 && Q_PF3 == Q_PF + 3 && Q_TANPHI3 == Q_TANPHI + 3 &&
                       Q_PFTYPE3 == Q_PFTYPE + 3,
                   "in order: total, 1, 2, 3");
    put(set, Q_P + which, w->p);
    put(set, Q_Q + which, w->q);
    put(set, Q_S + which, w->s);
    if (w->s > 0) {
        double pf = fmin(fabs(w->p) / w->s, 1);
        bool negative = m->setup.pf_sign == PF_SIGN_IEC ? w->p < 0 : w->p * w->q1 > 0;
        put(set, Q_PF + which, negative ? -pf : pf);
    }
    double s1 = sqrt(w->p1 * w->p1 + w->q1 * w->q1);
    if (!(s1 > 0) || highest == 0)
        return;
    put(set, Q_PHI + which, atan2(w->q1, w->p1) * 180 / M_PI);
    put(set, Q_COSPHI + which, w->p1 / s1);
    put(set, Q_TANPHI + which, fabs(w->p1) > 1e-9 * s1 ? w->q1 / w->p1 : NAN);
    put(set, Q_PFTYPE + which, type_of(w, s1));
}

static void count_part(const struct metrology *m, struct load_state *load,
                       const struct power *total, const struct power phase[3], unsigned which,
                       double seconds)
{
    struct energy *e = &load->energy;
    bool split = m->setup.energy_per_phase && load->phases;
    for (unsigned p = 0; p < 3; p++) {
        if (!(which & load->phases & 1u << p))
            continue;
        energy_add_phase(e, p, phase[p].p, phase[p].q, phase[p].s, seconds);
        if (split)
            energy_add(e, phase[p].p, phase[p].q, phase[p].s, seconds);
    }
    if (!split)
        energy_add(e, total->p, total->q, total->s, seconds);
}

void power_count(const struct metrology *m, struct load_state *load, const struct power *total,
                 const struct power phase[3], unsigned which, double seconds)
{
    if (!(total->s >= m->setup.start_up_w))
        return;
    double share = demand_share(m);
    count_part(m, load, total, phase, which, share * seconds);
    if (share < 1) {
        demand_take(load);
        count_part(m, load, total, phase, which, (1 - share) * seconds);
    }
}
