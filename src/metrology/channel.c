#include "metrology/values.h"

/* The quantities that a channel has beside its RMS value, in the order of the channels. */
static const struct channel_quantities {
    enum quantity thd, thd40, thd50, thdr, crest, direct, k_factor, tdd;
} quantities_of[SPECTRUM_COUNT] = {
#define VOLTAGE(c)                                                     \
    [SPECTRUM_##c] = {Q_THD_##c, Q_THD40_##c, Q_THD50_##c, Q_THDR_##c, \
                      Q_CF_##c,  Q_DC_##c,    Q_COUNT,     Q_COUNT}
#define CURRENT(c)                                                     \
    [SPECTRUM_##c] = {Q_THD_##c, Q_THD40_##c, Q_THD50_##c, Q_THDR_##c, \
                      Q_CF_##c,  Q_DC_##c,    Q_K_##c,     Q_TDD_##c}
    VOLTAGE(V1),
    VOLTAGE(V2),
    VOLTAGE(V3),
    VOLTAGE(U12),
    VOLTAGE(U23),
    VOLTAGE(U31),
    CURRENT(I1),
    CURRENT(I2),
    CURRENT(I3),
    CURRENT(IN),
    [SPECTRUM_VN] = {Q_COUNT, Q_COUNT, Q_COUNT, Q_COUNT, Q_COUNT, Q_COUNT, Q_COUNT, Q_COUNT},
#undef VOLTAGE
#undef CURRENT
};

/* --- From the results of a window -------------------------------------------------------------------- */

/* Fundamental of the cycle that was looked at last. */
static struct phasor last_fundamental(const struct signal *s)
{
    double rms = s->amplitude / sqrt(2), angle = 2 * M_PI * s->phase;
    struct phasor p = {rms, rms};
    p.re *= cos(angle);
    p.im *= sin(angle);
    return p;
}

struct channel channel_of_lane(const struct metrology *m, unsigned lane, unsigned highest)
{
    const struct bank_result *r = &m->result[lane / LANES];
    unsigned l = lane % LANES;
    struct channel c = {.rms = sqrt(r->mean_square[l]),
                        .peak = r->peak[0][l],
                        .harmonic = r->rms,
                        .inter = r->inter,
                        .highest_inter = highest > 0 ? m->highest_inter : 0,
                        .lane = l};
    if (highest > 0)
        c.fundamental = (struct phasor){r->fundamental.re[l], r->fundamental.im[l]};
    else
        c.fundamental = last_fundamental(&m->signal[lane]);
    return c;
}

struct channel channel_of_line(const struct metrology *m, unsigned u, unsigned highest)
{
    const struct bank_result *r = &m->result[0];
    struct channel c = {.rms = sqrt(r->line_mean_square[u]),
                        .peak = r->peak[1][u],
                        .harmonic = r->line_rms,
                        .inter = r->line_inter,
                        .highest_inter = highest > 0 ? m->highest_inter : 0,
                        .lane = u};
    if (highest > 0)
        c.fundamental = (struct phasor){r->line_fundamental.re[u], r->line_fundamental.im[u]};
    else
        c.fundamental = last_fundamental(&m->signal[m->bank_count * LANES + u]);
    return c;
}

struct channel channel_of_drive(const struct metrology *m, unsigned drive, unsigned highest)
{
    return drive < DRIVE_U12 ? channel_of_lane(m, drive, highest)
                             : channel_of_line(m, drive - DRIVE_U12, highest);
}

bool channel_drives(const struct metrology *m, unsigned drive)
{
    return m->signal[drive < DRIVE_U12 ? drive : m->bank_count * LANES + drive - DRIVE_U12].used;
}

/* --- Into a set --------------------------------------------------------------------------------------- */

/* Sums of squares over the orders of a spectrum. */
struct squares {
    double from_2, from_2_to_40, from_2_to_50;
    double from_1, weighted; /* weighted: times the order's square */
};

static struct squares copy_spectrum(struct spectrum *s, const struct channel *from,
                                    unsigned highest)
{
    struct squares sum = {0, NAN, NAN, 0, 0};
    s->highest = (uint8_t)highest;
    s->angle_rad = (float)atan2(from->fundamental.im, from->fundamental.re);
    s->highest_inter = (uint8_t)from->highest_inter;
    for (unsigned h = 0; s->highest_inter > 0 && h <= s->highest_inter; h++)
        s->inter[h] = from->inter[h][from->lane];
    s->rms[0] = from->harmonic[0][from->lane];
    for (unsigned h = 1; h <= highest; h++) {
        float x = from->harmonic[h][from->lane];
        double square = (double)x * (double)x;
        s->rms[h] = x;
        sum.from_1 += square;
        sum.weighted += (double)(h * h) * square;
        sum.from_2 += h > 1 ? square : 0;
        if (h == 40)
            sum.from_2_to_40 = sum.from_2;
        if (h == 50)
            sum.from_2_to_50 = sum.from_2;
    }
    return sum;
}

void channel_put(struct quantity_set *set, enum spectrum_channel c, const struct channel *from,
                 unsigned highest, double demand_a)
{
    const struct channel_quantities *q = &quantities_of[c];
    put(set, spectrum_quantity(c), from->rms);
    put(set, q->crest, from->rms > 0 ? from->peak / from->rms : NAN);
    if (highest == 0)
        return;
    struct spectrum *s = &set->spectrum[c];
    struct squares sum = copy_spectrum(s, from, highest);
    put(set, q->direct, (double)s->rms[0]);
    double fundamental = (double)s->rms[1], distortion = sqrt(sum.from_2);
    if (!(fundamental > 1e-6 * from->rms))
        return;
    put(set, q->thd, 100 * distortion / fundamental);
    put(set, q->thd40, 100 * sqrt(sum.from_2_to_40) / fundamental);
    put(set, q->thd50, 100 * sqrt(sum.from_2_to_50) / fundamental);
    put(set, q->thdr, 100 * distortion / from->rms);
    put(set, q->k_factor, sum.weighted / sum.from_1);
    put(set, q->tdd, demand_a > 0 ? 100 * distortion / demand_a : NAN);
}

void channel_put_mean(struct quantity_set *set, enum quantity to, const enum quantity *from,
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
