/* Fast values: whole cycles of the reference, from the running sums alone. */
#include "metrology/values.h"

#include <string.h>

void fast_begin(struct metrology *m)
{
    m->fast_from = STRETCH_BEGIN;
    m->fast_from_ns = instant_of(m, STRETCH_BEGIN);
    m->fast_cycle = 0;
    memset(m->fast_sums, 0, sizeof *m->fast_sums * m->bank_count);
}

static double rms_of(const struct metrology *m, unsigned lane)
{
    return lane != NO_LANE && m->signal[lane].used
               ? sqrt(m->result[lane / LANES].mean_square[lane % LANES])
               : NAN;
}

static void take_power(const struct metrology *m, struct metrology_fast_load *f, unsigned which,
                       const struct power *w)
{
    f->p[which] = w->p;
    f->q[which] = w->q;
    f->s[which] = w->s;
    bool negative = m->setup.pf_sign == PF_SIGN_IEC ? w->p < 0 : w->p * w->q1 > 0;
    double factor = w->s > 0 ? fmin(fabs(w->p) / w->s, 1) : NAN;
    f->power_factor[which] = negative ? -factor : factor;
}

static void fill_load(struct metrology *m, const struct load_state *load, const struct span *span,
                      struct metrology_fast_load *f)
{
    struct power phase[3];
    unsigned which = power_of_phases(m, load, span, phase);
    for (unsigned c = 0; c < METROLOGY_LINES; c++)
        f->current[c] = rms_of(m, load->lane[c]);
    for (unsigned i = 0; i < 4; i++)
        f->p[i] = f->q[i] = f->s[i] = f->power_factor[i] = NAN;
    for (unsigned p = 0; p < 3; p++)
        if (which & load->phases & 1u << p)
            take_power(m, f, p + 1, &phase[p]);
    if (which) {
        struct power total = power_of_total(m, phase, which);
        take_power(m, f, 0, &total);
    }
}

/* Gives the values from m->fast_from to a coordinate, where the sums are those of the argument. */
static void give(struct metrology *m, double end)
{
    struct metrology_fast f = {
        .start_ns = m->fast_from_ns,
        .end_ns = instant_of(m, end),
        .cycles = m->setup.fast_cycles,
        .frequency =
            m->track.locked ? m->setup.fast_cycles / (end - m->fast_from) * m->rate_hz : NAN,
        .load = m->fast_load,
        .load_count = m->load_count,
    };
    f.flags = flags_between(m, m->fast_from, end);
    for (unsigned b = 0; b < m->bank_count; b++)
        f.flags |= m->result[b].missing ? QUALITY_GAP : 0u;
    for (unsigned i = 0; i < 4; i++)
        f.voltage[i] = rms_of(m, i);
    for (unsigned u = 0; u < LINE_VOLTAGES; u++)
        f.line_voltage[u] =
            channel_drives(m, DRIVE_U12 + u) ? sqrt(m->result[0].line_mean_square[u]) : NAN;
    struct span span = {m->fast_from, end, 0};
    for (unsigned i = 0; i < m->load_count; i++)
        fill_load(m, &m->load[i], &span, &m->fast_load[i]);
    if (m->sink.fast)
        m->sink.fast(m->sink.context, &f);
}

void fast_advance(struct metrology *m, double limit)
{
    for (;;) {
        double phase = m->track.begin_phase + (double)(m->fast_cycle + m->setup.fast_cycles);
        double end = track_instant_of(m, phase);
        if (!(end <= limit))
            return;
        for (unsigned b = 0; b < m->bank_count; b++) {
            struct lanes_sums to;
            sums_at(m, &m->bank[b], end, &to);
            means_between(m, b, &m->fast_sums[b], &to, end - m->fast_from);
            m->fast_sums[b] = to;
        }
        means_of_lines(m);
        give(m, end);
        m->fast_from = end;
        m->fast_from_ns = instant_of(m, end);
        m->fast_cycle += m->setup.fast_cycles;
    }
}
