#include "metrology/aggregate_sums.h"

#include <math.h>
#include <string.h>

#ifndef M_PI
#define M_PI 3.14159265358979323846
#endif

/* --- Rules -------------------------------------------------------------------------------------------- */

/* Quantities that their unit and kind do not tell. */
static const struct {
    enum quantity first, last;
    enum aggregate_kind kind;
} exceptions[] = {
    {Q_PF, Q_PF3, AGGREGATE_DERIVED},         {Q_COSPHI, Q_COSPHI3, AGGREGATE_DERIVED},
    {Q_TANPHI, Q_TANPHI3, AGGREGATE_DERIVED}, {Q_PFTYPE, Q_PFTYPE3, AGGREGATE_DERIVED},
    {Q_DC_V1, Q_DC_IN, AGGREGATE_MEAN},       {Q_UNDER_V1, Q_UNDER_U31, AGGREGATE_UNDER},
    {Q_OVER_V1, Q_OVER_U31, AGGREGATE_OVER},  {Q_PINST1, Q_PINST3, AGGREGATE_LARGEST},
    {Q_PST, Q_PLT, AGGREGATE_LAST},           {Q_PST1, Q_PLT3, AGGREGATE_LAST},
    {Q_PRED_P, Q_PRED_S, AGGREGATE_LAST},     {Q_DMD_P_POS, Q_DMD_S, AGGREGATE_LAST},
};

enum aggregate_kind aggregate_kind_of(enum quantity q)
{
    const struct quantity_info *info = quantity_info(q);
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
        if (q >= exceptions[i].first && q <= exceptions[i].last)
            return exceptions[i].kind;
    if (info->kind == KIND_ANGLE)
        return AGGREGATE_ANGLE;
    if (info->kind != KIND_INSTANT)
        return AGGREGATE_LAST;
    switch (info->unit) {
    case UNIT_HZ:
    case UNIT_W:
    case UNIT_VAR:
    case UNIT_VA:
        return AGGREGATE_MEAN;
    default:
        return AGGREGATE_RMS;
    }
}

void aggregate_rules_init(struct aggregate_rules *r)
{
    memset(r, 0, sizeof *r);
    for (int q = 0; q < Q_COUNT; q++) {
        enum aggregate_kind kind = aggregate_kind_of((enum quantity)q);
        r->kind[q] = (uint8_t)kind;
        r->scale[q] = 1;
        r->linear[q] = kind == AGGREGATE_MEAN;
        r->square[q] = kind == AGGREGATE_RMS;
        r->root[q] = kind == AGGREGATE_RMS || kind == AGGREGATE_UNDER || kind == AGGREGATE_OVER;
        if (kind == AGGREGATE_UNDER || kind == AGGREGATE_OVER) {
            /* u = 1 - x / 100 (under) or 1 + x / 100 (over) of nominal */
            double sign = kind == AGGREGATE_UNDER ? -1 : 1;
            r->constant[q] = 1;
            r->linear[q] = sign * 2 / 100;
            r->square[q] = 1e-4;
            r->offset[q] = -sign * 100;
            r->scale[q] = sign * 100;
        }
    }
}

/* --- Sums --------------------------------------------------------------------------------------------- */

void aggregate_sums_clear(struct aggregate_sums *s)
{
    memset(s, 0, sizeof *s);
}

static void add_angles(struct aggregate_sums *s, const struct quantity_set *set)
{
    for (int i = 0; i < AGGREGATE_ANGLES; i++) {
        if (!quantity_valid(set, Q_PHI + i))
            continue;
        double angle = set->value[Q_PHI + i] * M_PI / 180, length = set->value[Q_S + i];
        s->turn[i][0] += length * cos(angle);
        s->turn[i][1] += length * sin(angle);
    }
    for (int i = 0; i < AGGREGATE_PEAKS; i++)
        s->peak[i] = fmax(s->peak[i], set->value[Q_PINST1 + i]);
}

static void note_highest(uint8_t *highest, uint32_t *count, uint8_t seen, uint32_t times)
{
    if (times == 0)
        return;
    *highest = *count == 0 || seen < *highest ? seen : *highest;
    *count += times;
}

static void add_spectrum(struct aggregate_spectrum *to, const struct spectrum *from)
{
    if (from->highest == 0 && from->highest_inter == 0)
        return;
    note_highest(&to->highest, &to->count, from->highest, from->highest > 0);
    note_highest(&to->highest_inter, &to->count_inter, from->highest_inter,
                 from->highest_inter > 0);
    to->square[0] += (double)from->rms[0];
    for (int h = 1; h <= HARMONIC_MAX; h++)
        to->square[h] += (double)from->rms[h] * (double)from->rms[h];
    for (int h = 0; h <= HARMONIC_MAX; h++)
        to->square[HARMONIC_MAX + 1 + h] += (double)from->inter[h] * (double)from->inter[h];
    to->turn[0] += (double)(from->rms[1] * cosf(from->angle_rad));
    to->turn[1] += (double)(from->rms[1] * sinf(from->angle_rad));
}

void aggregate_sums_add(struct aggregate_sums *s, const struct aggregate_rules *r,
                        const struct quantity_set *set)
{
    for (int q = 0; q < Q_COUNT; q++) {
        double x = set->value[q], there = (double)(set->quality[q] & QUALITY_VALID);
        s->value[q] += there * (r->constant[q] + x * (r->linear[q] + x * r->square[q]));
    }
    for (int q = 0; q < Q_COUNT; q++)
        s->count[q] += set->quality[q] & QUALITY_VALID;
    for (int q = 0; q < Q_COUNT; q++)
        s->quality[q] |= set->quality[q];
    s->flags |= set->flags;
    add_angles(s, set);
    for (int c = 0; c < SPECTRUM_COUNT; c++)
        add_spectrum(&s->spectrum[c], &set->spectrum[c]);
}

static void merge_spectrum(struct aggregate_spectrum *to, const struct aggregate_spectrum *from)
{
    if (from->count == 0 && from->count_inter == 0)
        return;
    note_highest(&to->highest, &to->count, from->highest, from->count);
    note_highest(&to->highest_inter, &to->count_inter, from->highest_inter, from->count_inter);
    for (int h = 0; h < AGGREGATE_ORDERS; h++)
        to->square[h] += from->square[h];
    to->turn[0] += from->turn[0];
    to->turn[1] += from->turn[1];
}

void aggregate_sums_merge(struct aggregate_sums *s, const struct aggregate_sums *other)
{
    for (int q = 0; q < Q_COUNT; q++)
        s->value[q] += other->value[q];
    for (int q = 0; q < Q_COUNT; q++)
        s->count[q] += other->count[q];
    for (int q = 0; q < Q_COUNT; q++)
        s->quality[q] |= other->quality[q];
    s->flags |= other->flags;
    for (int i = 0; i < AGGREGATE_ANGLES; i++) {
        s->turn[i][0] += other->turn[i][0];
        s->turn[i][1] += other->turn[i][1];
    }
    for (int i = 0; i < AGGREGATE_PEAKS; i++)
        s->peak[i] = fmax(s->peak[i], other->peak[i]);
    for (int c = 0; c < SPECTRUM_COUNT; c++)
        merge_spectrum(&s->spectrum[c], &other->spectrum[c]);
}

/* --- Results ------------------------------------------------------------------------------------------ */

static void put(struct quantity_set *set, enum quantity q, double value, uint32_t quality)
{
    bool valid = quality & QUALITY_VALID && isfinite(value);
    set->value[q] = valid ? value : 0;
    set->quality[q] = valid ? (uint8_t)quality : 0;
}

/* What follows from the aggregates of P, S and the angle, of the load (0) or a phase (1 ... 3). */
static void derive(const struct aggregate_sums *s, enum metrology_pf_sign pf_sign, uint32_t more,
                   unsigned which, struct quantity_set *set)
{
    double x = s->turn[which][0], y = s->turn[which][1];
    double length = sqrt(x * x + y * y);
    uint32_t angle = length > 0 ? s->quality[Q_PHI + which] | more : 0;
    put(set, Q_PHI + which, atan2(y, x) * 180 / M_PI, angle);
    put(set, Q_COSPHI + which, x / length, angle);
    put(set, Q_TANPHI + which, fabs(x) > 1e-9 * length ? y / x : NAN, angle);
    double active = set->value[Q_P + which], apparent = set->value[Q_S + which];
    double lag = angle & QUALITY_VALID ? x * y : active * set->value[Q_Q + which];
    double pf = apparent > 0 ? fmin(fabs(active) / apparent, 1) : NAN;
    bool negative = pf_sign == PF_SIGN_IEC ? active < 0 : lag > 0;
    put(set, Q_PF + which, negative ? -pf : pf, s->quality[Q_PF + which] | more);
    bool neither = !(fabs(y) > 1e-3 * length); /* as for a window */
    put(set, Q_PFTYPE + which, neither ? 0 : lag > 0 ? 1 : -1, s->quality[Q_PFTYPE + which] | more);
}

static void put_spectrum(struct spectrum *to, const struct aggregate_spectrum *from)
{
    memset(to, 0, sizeof *to);
    to->highest = from->highest;
    to->highest_inter = from->highest_inter;
    double each = from->count ? 1.0 / from->count : 0;
    double each_inter = from->count_inter ? 1.0 / from->count_inter : 0;
    to->rms[0] = (float)(from->square[0] * each);
    for (int h = 1; h <= from->highest; h++)
        to->rms[h] = (float)sqrt(from->square[h] * each);
    for (int h = 0; h <= from->highest_inter && from->count_inter; h++)
        to->inter[h] = (float)sqrt(from->square[HARMONIC_MAX + 1 + h] * each_inter);
    to->angle_rad = (float)atan2(from->turn[1], from->turn[0]);
}

void aggregate_sums_result(const struct aggregate_sums *s, const struct aggregate_rules *r,
                           enum metrology_pf_sign pf_sign, uint32_t more, struct quantity_set *set)
{
    for (int q = 0; q < Q_COUNT; q++) {
        if (r->kind[q] == AGGREGATE_LAST) {
            set->quality[q] |= set->quality[q] & QUALITY_VALID ? (uint8_t)more : 0;
            continue;
        }
        double mean = s->count[q] ? s->value[q] / s->count[q] : 0;
        double y = r->root[q] ? sqrt(fmax(mean, 0)) : mean;
        put(set, (enum quantity)q, r->offset[q] + r->scale[q] * y,
            s->count[q] ? s->quality[q] | more : 0);
    }
    for (int i = 0; i < AGGREGATE_PEAKS; i++)
        put(set, Q_PINST1 + i, s->peak[i], s->quality[Q_PINST1 + i] | more);
    for (unsigned i = 0; i < AGGREGATE_ANGLES; i++)
        derive(s, pf_sign, more, i, set);
    for (int c = 0; c < SPECTRUM_COUNT; c++)
        put_spectrum(&set->spectrum[c], &s->spectrum[c]);
    set->flags = s->flags | more;
}
