/* Running sums: what the blocks of frames keep, and sums up to any instant from them. */
#include "metrology/internal.h"

#include <math.h>
#include <string.h>

/* The sum up to a coordinate is the one before the block that holds frame `base`, and the frames from there on:
 * those up to `base` entirely, five more by the weights of all sums that hold them. */
struct part {
    int64_t first; /* frame */
    size_t full;
    double weight[5];
};

/* Where the six frames round a coordinate begin: two before it, but all within the stretch. */
static int64_t base_of(const struct metrology *m, double position)
{
    int64_t base = (int64_t)(position + 2) - 4; /* rounds down: it is never below -1 */
    int64_t last = m->processed - 1;
    if (base + 5 > last)
        base = last - 5;
    return base < -1 ? -1 : base;
}

/* The weights are Lagrange's for the six sums, whose own coordinates are the frames' ends, summed up from the
 * last. (Written where they are to stand: this is asked for at every crossing of every signal.) */
static inline void part_at(const struct metrology *m, double at, struct part *p)
{
    double position = at - 0.5;
    int64_t base = base_of(m, position);
    double x = position - (double)base;
    double d0 = x, d1 = x - 1, d2 = x - 2, d3 = x - 3, d4 = x - 4, d5 = x - 5;
    double low = d0 * d1, middle = d2 * d3, high = d4 * d5;
    double sum = low * middle * d4 * (1.0 / 120);
    p->weight[4] = sum;
    p->weight[3] = sum += low * middle * d5 * (-1.0 / 24);
    p->weight[2] = sum += low * d2 * high * (1.0 / 12);
    p->weight[1] = sum += low * d3 * high * (-1.0 / 12);
    p->weight[0] = sum + d0 * middle * high * (1.0 / 24);
    p->first = base < 0 ? 0 : base & ~(int64_t)(m->sums_block - 1);
    p->full = (size_t)(base + 1 - p->first);
}

static const struct lanes_sums *sums_before(const struct metrology *m, const struct bank *b,
                                            int64_t frame)
{
    return &b->sums[(uint64_t)frame / m->sums_block & (m->sums_ring - 1)];
}

static struct lanes_run run_at(const struct metrology *m, const struct bank *b, int64_t first)
{
    uint64_t at = (uint64_t)first & (m->frame_ring - 1);
    uint64_t turn = (uint64_t)first & (m->turn_ring - 1);
    return (struct lanes_run){
        .frame = b->frame + at,
        .voltage = m->bank[0].frame + at,
        .companion = b->companion,
        .minus = b->lines ? b->minus : NULL,
        .lines = b->lines,
        .cosine = m->cosine + turn,
        .sine = m->sine + turn,
    };
}

void sums_at(const struct metrology *m, const struct bank *b, double at, struct lanes_sums *out)
{
    struct part p;
    part_at(m, at, &p);
    struct lanes_run run = run_at(m, b, p.first);
    m->ops->sum(out, sums_before(m, b, p.first), &run, p.full, p.weight);
}

void sums_to(const struct metrology *m, const struct bank *b, int64_t last, struct lanes_sums *out)
{
    int64_t first = last < 0 ? 0 : last & ~(int64_t)(m->sums_block - 1);
    struct lanes_run run = run_at(m, b, first);
    m->ops->sum(out, sums_before(m, b, first), &run, (size_t)(last + 1 - first), NULL);
}

double sum_of_lane_at(const struct metrology *m, const struct bank *b, unsigned lane, int which,
                      double at)
{
    struct part p;
    part_at(m, at, &p);
    struct lanes_run run = run_at(m, b, p.first);
    const struct lanes_sums *before = sums_before(m, b, p.first);
    double sum = which ? before->product[lane] : before->square[lane];
    if (!which) {
        const float *x = (const float *)(const void *)run.frame + lane;
        for (size_t i = 0; i < p.full; i++, x += LANES)
            sum += (double)*x * (double)*x;
        for (size_t i = 0; i < 5; i++, x += LANES)
            sum += p.weight[i] * ((double)*x * (double)*x);
        return sum;
    }
    for (size_t i = 0; i < p.full + 5; i++) {
        double x = run.frame[i][lane], weight = i < p.full ? 1 : p.weight[i - p.full];
        uint64_t place = (uint64_t)(p.first + (int64_t)i) & (m->frame_ring - 1);
        sum += weight * x * companion_at(m, b, lane, place);
    }
    return sum;
}

/* Keeps the running sums small, so that doubles stay exact enough for ever: every 2^17 frames what has
 * been reached is taken off everywhere. */
#define REBASE_FRAMES (1 << 17)

static void rebase(struct metrology *m, unsigned b)
{
    struct bank *bank = &m->bank[b];
    struct lanes_sums base = bank->carry;
    struct lanes_sums *fast = m->fast_sums ? &m->fast_sums[b] : NULL;
    struct lanes_sums *all[] = {
        bank->sums,   &bank->begin, &bank->counted, &bank->restart, &m->window_end_sums[b],
        &bank->carry, fast};
    size_t count[] = {m->sums_ring, 1, 1, 1, 1, 1, fast ? 1 : 0};
    for (int a = 0; a < 7; a++)
        for (size_t i = 0; i < count[a]; i++) {
            all[a][i].square -= base.square;
            all[a][i].product -= base.product;
            all[a][i].in_phase -= base.in_phase;
            all[a][i].quadrature -= base.quadrature;
        }
    for (unsigned l = 0; l < LANES; l++)
        for (int k = 0; k < 2; k++)
            m->signal[b * LANES + l].last_square[k] -= base.square[l];
    for (unsigned u = 0; b == 0 && u < LINE_VOLTAGES; u++)
        for (int k = 0; k < 2; k++)
            m->signal[m->bank_count * LANES + u].last_square[k] -=
                base.square[u] + base.square[(u + 1) % 3] - 2 * base.product[u];
    bank->rebased = m->processed;
}

/* A sample that is far larger than all before it (a fault of the source, up to LANES_LARGEST) would swallow
 * the sums of what follows; so would what has been reached, where all is far smaller now. */
#define OUTGROWN 4e6

static bool outgrown(const struct metrology *m, const struct bank *bank)
{
    if (m->processed - bank->rebased < 2 * (int64_t)m->chunk)
        return false;
    lanes_d before = sums_before(m, bank, m->processed - m->chunk)->square;
    lanes_d more = bank->carry.square - before;
    for (unsigned l = 0; l < LANES; l++)
        if (bank->carry.square[l] > OUTGROWN * before[l] || before[l] > OUTGROWN * more[l])
            return true;
    return false;
}

void sums_keep_small(struct metrology *m)
{
    for (unsigned b = 0; b < m->bank_count; b++)
        if (m->processed % REBASE_FRAMES == 0 || outgrown(m, &m->bank[b]))
            rebase(m, b);
}

float companion_at(const struct metrology *m, const struct bank *b, unsigned l, uint64_t at)
{
    const lanes_f *v = &m->bank[0].frame[at];
    return (*v)[b->companion[l]] - (b->lines >> l & 1 ? (*v)[b->minus[l]] : 0);
}

void metrology_sum(struct metrology *m, unsigned n)
{
    track_oscillator(m, m->processed, n);
    uint64_t to = (uint64_t)m->processed / m->sums_block & (m->sums_ring - 1);
    for (unsigned b = 0; b < m->bank_count; b++) {
        struct bank *bank = &m->bank[b];
        struct lanes_run run = run_at(m, bank, m->processed);
        m->ops->accumulate(bank->sums + to, &bank->carry, m->sums_block, &run, n);
    }
    m->processed += n;
}

void metrology_unsum(struct metrology *m)
{
    m->processed = 0;
    for (unsigned b = 0; b < m->bank_count; b++) {
        memset(&m->bank[b].carry, 0, sizeof m->bank[b].carry);
        m->bank[b].rebased = 0;
    }
}
