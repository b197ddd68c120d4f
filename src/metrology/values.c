/* From what the lanes of one window gave to the quantities of the network and of each load. The
 * definitions are those of the quantities' names; where a standard decides, it is named. */
#include "metrology/internal.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* A complex number that the vector code does not need. */
struct phasor {
    double re, im;
};

static double length_of(struct phasor p)
{
    return sqrt(p.re * p.re + p.im * p.im);
}

/* a = exp(j 2 pi / 3) */
static struct phasor turned(struct phasor p, int thirds)
{
    static const double c[] = {1, -0.5, -0.5},
                        s[] = {0, 0.86602540378443864676, -0.86602540378443864676};
    int k = ((thirds % 3) + 3) % 3;
    return (struct phasor){p.re * c[k] - p.im * s[k], p.re * s[k] + p.im * c[k]};
}

/* Component of three phasors whose phases follow by `thirds` of a turn: 1 direct, 2 inverse, 0
 * homopolar (Fortescue). */
static double component(const struct phasor p[3], int thirds)
{
    struct phasor sum = {0, 0};
    for (int i = 0; i < 3; i++) {
        struct phasor t = turned(p[i], thirds * i);
        sum.re += t.re / 3;
        sum.im += t.im / 3;
    }
    return length_of(sum);
}

/* --- One channel ------------------------------------------------------------------------------------ */

struct channel {
    double rms, peak;
    struct phasor fundamental;
    const lanes_f *harmonic;
    unsigned lane;
};

static const enum quantity no_quantity = Q_COUNT;

/* The quantities that a channel has beside its RMS value, in the order of the channels. */
static const struct channel_quantities {
    enum quantity thd, thdr, crest, k_factor, tdd;
} quantities_of[SPECTRUM_COUNT] = {
    [SPECTRUM_V1] = {Q_THD_V1, Q_THDR_V1, Q_CF_V1, Q_COUNT, Q_COUNT},
    [SPECTRUM_V2] = {Q_THD_V2, Q_THDR_V2, Q_CF_V2, Q_COUNT, Q_COUNT},
    [SPECTRUM_V3] = {Q_THD_V3, Q_THDR_V3, Q_CF_V3, Q_COUNT, Q_COUNT},
    [SPECTRUM_VN] = {Q_COUNT, Q_COUNT, Q_COUNT, Q_COUNT, Q_COUNT},
    [SPECTRUM_U12] = {Q_THD_U12, Q_THDR_U12, Q_CF_U12, Q_COUNT, Q_COUNT},
    [SPECTRUM_U23] = {Q_THD_U23, Q_THDR_U23, Q_CF_U23, Q_COUNT, Q_COUNT},
    [SPECTRUM_U31] = {Q_THD_U31, Q_THDR_U31, Q_CF_U31, Q_COUNT, Q_COUNT},
    [SPECTRUM_I1] = {Q_THD_I1, Q_THDR_I1, Q_CF_I1, Q_K_I1, Q_TDD_I1},
    [SPECTRUM_I2] = {Q_THD_I2, Q_THDR_I2, Q_CF_I2, Q_K_I2, Q_TDD_I2},
    [SPECTRUM_I3] = {Q_THD_I3, Q_THDR_I3, Q_CF_I3, Q_K_I3, Q_TDD_I3},
    [SPECTRUM_IN] = {Q_THD_IN, Q_THDR_IN, Q_CF_IN, Q_K_IN, Q_TDD_IN},
};

static void put(struct quantity_set *set, enum quantity q, double value)
{
    if (q != no_quantity && isfinite(value))
        quantity_put(set, q, value);
}

/* RMS, spectrum, and what follows from them. rated: for TDD, 0 if it has none. */
static void put_channel(struct quantity_set *set, enum spectrum_channel c,
                        const struct channel *from, unsigned highest, double rated)
{
    const struct channel_quantities *q = &quantities_of[c];
    put(set, spectrum_quantity(c), from->rms);
    put(set, q->crest, from->rms > 0 ? from->peak / from->rms : NAN);
    if (highest == 0)
        return;
    struct spectrum *s = &set->spectrum[c];
    s->highest = (uint8_t)highest;
    s->angle_rad = (float)atan2(from->fundamental.im, from->fundamental.re);
    double distortion = 0, heat = 0, all = 0;
    for (unsigned h = 0; h <= highest; h++) {
        double x = from->harmonic[h][from->lane];
        s->rms[h] = (float)x;
        if (h >= 2)
            distortion += x * x;
        if (h >= 1) {
            all += x * x;
            heat += (double)h * h * x * x;
        }
    }
    double fundamental = s->rms[1];
    if (!(fundamental > 1e-6 * from->rms))
        return;
    put(set, q->thd, 100 * sqrt(distortion) / fundamental);
    put(set, q->thdr, 100 * sqrt(distortion) / from->rms);
    put(set, q->k_factor, heat / all);
    put(set, q->tdd, rated > 0 ? 100 * sqrt(distortion) / rated : NAN);
}

static struct channel lane_channel(const struct metrology *m, unsigned lane)
{
    const struct bank_result *r = &m->result[lane / LANES];
    unsigned l = lane % LANES;
    return (struct channel){
        .rms = sqrt(r->mean_square[l]),
        .peak = r->peak[0][l],
        .fundamental = {r->fundamental.re[l], r->fundamental.im[l]},
        .harmonic = r->rms,
        .lane = l,
    };
}

static struct channel line_channel(const struct metrology *m, unsigned u)
{
    const struct bank_result *r = &m->result[0];
    return (struct channel){
        .rms = sqrt(r->line_mean_square[u]),
        .peak = r->peak[1][u],
        .fundamental = {r->line_fundamental.re[u], r->line_fundamental.im[u]},
        .harmonic = r->line_rms,
        .lane = u,
    };
}

/* --- Groups of three ---------------------------------------------------------------------------------- */

/* Mean of those of `count` quantities that are there. */
static void put_mean(struct quantity_set *set, enum quantity to, const enum quantity *from,
                     unsigned count)
{
    double sum = 0;
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++)
        if (quantity_valid(set, from[i])) {
            sum += set->value[from[i]];
            n++;
        }
    if (n > 0)
        put(set, to, sum / n);
}

struct sequence_quantities {
    enum quantity direct, inverse, homopolar, unbalance, amplitude, zero;
};

/* Symmetrical components and unbalance of three channels: inverse / direct and homopolar / direct from
 * the fundamentals (IEC 61000-4-30 5.7.1), and the largest deviation from the mean of the RMS values. */
static void put_sequence(struct quantity_set *set, const struct phasor p[3],
                         const enum quantity rms[3], const struct sequence_quantities *q)
{
    double direct = component(p, 1), inverse = component(p, 2), homopolar = component(p, 0);
    put(set, q->direct, direct);
    put(set, q->inverse, inverse);
    put(set, q->homopolar, homopolar);
    put(set, q->unbalance, direct > 0 ? 100 * inverse / direct : NAN);
    put(set, q->zero, direct > 0 ? 100 * homopolar / direct : NAN);
    double mean = 0, largest = 0;
    for (int i = 0; i < 3; i++)
        mean += set->value[rms[i]] / 3;
    for (int i = 0; i < 3; i++)
        largest = fmax(largest, fabs(set->value[rms[i]] - mean));
    put(set, q->amplitude, mean > 0 ? 100 * largest / mean : NAN);
}

static void put_voltages(struct metrology *m, unsigned highest)
{
    static const enum quantity v[] = {Q_V1, Q_V2, Q_V3}, u[] = {Q_U12, Q_U23, Q_U31};
    static const enum quantity thd_v[] = {Q_THD_V1, Q_THD_V2, Q_THD_V3};
    static const enum quantity thd_u[] = {Q_THD_U12, Q_THD_U23, Q_THD_U31};
    static const enum quantity thdr_v[] = {Q_THDR_V1, Q_THDR_V2, Q_THDR_V3};
    static const enum quantity thdr_u[] = {Q_THDR_U12, Q_THDR_U23, Q_THDR_U31};
    struct quantity_set *set = &m->network;
    struct phasor pv[3] = {{0, 0}}, pu[3] = {{0, 0}};
    unsigned lanes = m->bank_count * LANES;
    for (unsigned i = 0; i < 4; i++) {
        if (!m->signal[i].used)
            continue;
        struct channel c = lane_channel(m, i);
        put_channel(set, (enum spectrum_channel)(SPECTRUM_V1 + i), &c, highest, 0);
        if (i < 3)
            pv[i] = c.fundamental;
    }
    for (unsigned i = 0; i < LINE_VOLTAGES; i++) {
        if (!m->signal[lanes + i].used)
            continue;
        struct channel c = line_channel(m, i);
        put_channel(set, (enum spectrum_channel)(SPECTRUM_U12 + i), &c, highest, 0);
        pu[i] = c.fundamental;
    }
    put_mean(set, Q_VSYS, v, 3);
    put_mean(set, Q_USYS, u, 3);
    put_mean(set, Q_THD_VSYS, thd_v, 3);
    put_mean(set, Q_THD_USYS, thd_u, 3);
    put_mean(set, Q_THDR_VSYS, thdr_v, 3);
    put_mean(set, Q_THDR_USYS, thdr_u, 3);
    if (m->voltages != 7 || highest == 0)
        return;
    static const struct sequence_quantities qv = {Q_VDIR, Q_VINV, Q_VHOM, Q_VNB, Q_VNBA, Q_V0NB};
    static const struct sequence_quantities qu = {Q_UDIR, Q_UINV, Q_COUNT, Q_UNB, Q_UNBA, Q_COUNT};
    put_sequence(set, pv, v, &qv);
    put_sequence(set, pu, u, &qu);
}

/* --- Power --------------------------------------------------------------------------------------------- */

struct power {
    double p, q, s; /* W, var, VA */
    double p1, q1;  /* of the fundamental */
};

static double signed_root(double square, double sign)
{
    double root = sqrt(fmax(square, 0));
    return sign < 0 ? -root : root;
}

/* Power of current lane c with its voltage: P = mean(v i); the fundamental's P and Q from phasors, with
 * Q positive where the current lags. */
static struct power phase_power(const struct metrology *m, unsigned voltage, unsigned lane)
{
    const struct bank_result *r = &m->result[lane / LANES];
    struct channel v = lane_channel(m, voltage), i = lane_channel(m, lane);
    struct phasor a = v.fundamental, b = i.fundamental;
    struct power w = {
        .p = r->mean_product[lane % LANES],
        .s = v.rms * i.rms,
        .p1 = a.re * b.re + a.im * b.im,
        .q1 = a.im * b.re - a.re * b.im,
    };
    w.q =
        m->setup.reactive == REACTIVE_FUNDAMENTAL ? w.q1 : signed_root(w.s * w.s - w.p * w.p, w.q1);
    return w;
}

static struct power total_power(const struct metrology *m, const struct power *phase, unsigned n)
{
    struct power t = {0};
    for (unsigned i = 0; i < n; i++) {
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

/* P Q S PF and the displacement's quantities: the four of each kind stand in the order total, 1, 2, 3. */
static void put_power(const struct metrology *m, struct quantity_set *set, const struct power *w,
                      unsigned which)
{
    _Static_assert(Q_P1 == Q_P + 1 && Q_PF3 == Q_PF + 3 && Q_TANPHI3 == Q_TANPHI + 3, "in order");
    put(set, Q_P + which, w->p);
    put(set, Q_Q + which, w->q);
    put(set, Q_S + which, w->s);
    if (w->s > 0) {
        double pf = fmin(fabs(w->p) / w->s, 1);
        bool negative = m->setup.pf_sign == PF_SIGN_IEC ? w->p < 0 : w->p * w->q1 > 0;
        put(set, Q_PF + which, negative ? -pf : pf);
    }
    double s1 = sqrt(w->p1 * w->p1 + w->q1 * w->q1);
    if (!(s1 > 0))
        return;
    put(set, Q_PHI + which, atan2(w->q1, w->p1) * 180 / M_PI);
    put(set, Q_COSPHI + which, w->p1 / s1);
    put(set, Q_TANPHI + which, fabs(w->p1) > 1e-9 * s1 ? w->q1 / w->p1 : NAN);
}

/* --- A load --------------------------------------------------------------------------------------------- */

static void put_energy(struct quantity_set *set, const struct energy *e)
{
    for (int i = 0; i < ENERGY_REGISTERS; i++) {
        set->energy_mj[i] = e->count_mj[i];
        set->value[Q_EA_POS + i] = energy_wh(e->count_mj[i]);
        set->quality[Q_EA_POS + i] = QUALITY_VALID;
    }
}

static void count_energy(const struct metrology *m, struct load_state *load, const struct power *w,
                         double frames)
{
    if (w->s >= m->setup.start_up_w)
        energy_add(&load->energy, w->p, w->q, w->s, frames / m->rate_hz);
}

/* A load of one phase has its own voltage as V1 and no others. */
static void keep_own_voltage(struct quantity_set *set, unsigned phase)
{
    for (int q = 0; q < Q_COUNT; q++)
        if (q != Q_F && q != Q_F_10S && quantity_info((enum quantity)q)->scope == SCOPE_NETWORK &&
            q != (int)(Q_V1 + phase) && q != (int)(Q_UNDER_V1 + phase) &&
            q != (int)(Q_OVER_V1 + phase) && q != (int)(Q_THD_V1 + phase) &&
            q != (int)(Q_THDR_V1 + phase) && q != (int)(Q_CF_V1 + phase))
            set->quality[q] = 0, set->value[q] = 0;
    static const enum quantity first[] = {Q_V1,    Q_THD_V1,   Q_THDR_V1,
                                          Q_CF_V1, Q_UNDER_V1, Q_OVER_V1};
    for (int i = 0; i < 6 && phase > 0; i++) {
        set->value[first[i]] = set->value[first[i] + phase];
        set->quality[first[i]] = set->quality[first[i] + phase];
        set->value[first[i] + phase] = 0;
        set->quality[first[i] + phase] = 0;
    }
    struct spectrum own = set->spectrum[SPECTRUM_V1 + phase];
    memset(&set->spectrum[SPECTRUM_V1], 0, sizeof own * (SPECTRUM_U31 - SPECTRUM_V1 + 1));
    set->spectrum[SPECTRUM_V1] = own;
    if (quantity_valid(set, Q_V1))
        quantity_put(set, Q_VSYS, set->value[Q_V1]);
}

static void fill_load(struct metrology *m, unsigned index, double frames, unsigned highest)
{
    static const enum quantity currents[] = {Q_I1, Q_I2, Q_I3};
    static const enum quantity thd[] = {Q_THD_I1, Q_THD_I2, Q_THD_I3};
    static const enum quantity thdr[] = {Q_THDR_I1, Q_THDR_I2, Q_THDR_I3};
    struct load_state *load = &m->load[index];
    struct quantity_set *set = &m->load_set[index];
    struct power phase[3], total;
    struct phasor p[3] = {{0, 0}};
    unsigned n = 0, phases = 0;
    *set = m->network;
    for (unsigned c = 0; c < 4; c++)
        if (load->lane[c] != NO_LANE &&
            m->result[load->lane[c] / LANES].missing >> load->lane[c] % LANES & 1)
            set->flags |= QUALITY_GAP;
    for (unsigned c = 0; c < 3; c++)
        phases += load->lane[c] != NO_LANE;
    if (phases == 1 && load->lane[0] != NO_LANE)
        keep_own_voltage(set, load->wiring.phase[0]);
    for (unsigned c = 0; c < 4; c++) {
        if (load->lane[c] == NO_LANE)
            continue;
        struct channel ch = lane_channel(m, load->lane[c]);
        put_channel(set, (enum spectrum_channel)(SPECTRUM_I1 + c), &ch, highest,
                    load->wiring.rated_current_a);
        if (c == 3)
            continue;
        p[c] = ch.fundamental;
        if (!m->signal[load->wiring.phase[c]].used)
            continue;
        phase[n] = phase_power(m, load->wiring.phase[c], load->lane[c]);
        if (!m->setup.delta)
            put_power(m, set, &phase[n], c + 1);
        n++;
    }
    put_mean(set, Q_ISYS, currents, 3);
    put_mean(set, Q_THD_ISYS, thd, 3);
    put_mean(set, Q_THDR_ISYS, thdr, 3);
    static const struct sequence_quantities qi = {Q_IDIR, Q_IINV, Q_IHOM, Q_INB, Q_INBA, Q_I0NB};
    if (phases == 3 && highest > 0)
        put_sequence(set, p, currents, &qi);
    if (n > 0) {
        total = total_power(m, phase, n);
        put_power(m, set, &total, 0);
        count_energy(m, load, &total, frames);
    }
    if (m->voltages)
        put_energy(set, &load->energy);
}

void values_fill(struct metrology *m, double begin, double end, double counted, unsigned cycles,
                 unsigned highest, uint32_t flags)
{
    struct quantity_set *set = &m->network;
    memset(set, 0, sizeof *set);
    set->start_ns = m->window_begin_ns;
    set->end_ns = instant_of(m, end);
    set->cycles = cycles;
    set->flags = flags | (m->result[0].missing & 0xfu ? QUALITY_GAP : 0u);
    double hz;
    bool measured = track_frequency(m, begin, end, &hz);
    if (hz > 0) {
        put(set, Q_F, hz);
        if (!measured)
            set->quality[Q_F] |= QUALITY_HELD;
    }
    put_voltages(m, highest);
    deviation_put(m);
    clock10_put(m);
    for (unsigned i = 0; i < m->load_count; i++)
        fill_load(m, i, counted, highest);
}

void values_count_rest(struct metrology *m, double begin, double end)
{
    for (unsigned k = 0; k < m->load_count; k++) {
        struct load_state *load = &m->load[k];
        struct power phase[3];
        unsigned n = 0;
        for (unsigned c = 0; c < 3; c++) {
            unsigned voltage = load->wiring.phase[c];
            if (load->lane[c] == NO_LANE || !m->signal[voltage].used)
                continue;
            /* No spectrum of so short a piece: Q1 is that of the last cycle. */
            const struct signal *v = &m->signal[voltage], *i = &m->signal[load->lane[c]];
            double q1 = v->amplitude * i->amplitude / 2 * sin(2 * M_PI * (v->phase - i->phase));
            const struct bank_result *r = &m->result[load->lane[c] / LANES];
            unsigned l = load->lane[c] % LANES;
            double p = r->mean_product[l];
            double s = sqrt(m->result[0].mean_square[voltage] * r->mean_square[l]);
            double q =
                m->setup.reactive == REACTIVE_FUNDAMENTAL ? q1 : signed_root(s * s - p * p, q1);
            phase[n++] = (struct power){.p = p, .q = q, .s = s};
        }
        if (n > 0) {
            struct power total = total_power(m, phase, n);
            count_energy(m, load, &total, end - begin);
        }
    }
}
