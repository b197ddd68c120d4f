/* Block demand: the mean power of each interval, from the energy registers themselves, so that the demands of
 * a day sum up to what the registers grew by. A piece of signal that straddles the end of an interval is
 * split in proportion: its power is its mean.
 *
 * A piece is what energy is counted of at once: a window, what an overlap left of one, the rest of a
 * stretch. demand_piece_begin looks whether an interval ends within it; whoever counts then asks for the share
 * that lies before (demand_share), and between the two calls demand_take. demand_piece_end gives the interval
 * to the sink. */
#include "metrology/internal.h"

#include <math.h>
#include <string.h>

_Static_assert((int)Q_DMD_S - (int)Q_DMD_P_POS == DEMAND_S, "in the order of the quantities");
_Static_assert((int)Q_ES - (int)Q_EA_POS == DEMAND_S, "in the order of the registers");

/* Samples that go on within this time go on without a gap. */
#define GAP_NS 1000000
/* Pulses that come faster than this are bounces. */
#define PULSE_NS NS_PER_S
/* Lengths after which an interval ends that waits for a pulse. */
#define PATIENCE 2

static int64_t period_of(const struct metrology *m)
{
    return (int64_t)m->setup.demand_minutes * 60 * NS_PER_S;
}

/* --- Energies ------------------------------------------------------------------------------------------- */

static void take_base(struct load_state *load)
{
    memcpy(load->demand.base_mj, load->energy.count_mj, sizeof load->demand.base_mj);
    memcpy(load->demand.base_remainder_mj, load->energy.remainder_mj,
           sizeof load->demand.base_remainder_mj);
}

/* Joules since the interval began. A register that was set anew meanwhile counts from there. */
static double grown(const struct load_state *load, unsigned r)
{
    const struct load_demand *d = &load->demand;
    uint64_t now = load->energy.count_mj[r];
    if (now < d->base_mj[r])
        return 0;
    double whole = (double)(now - d->base_mj[r]);
    return fmax(0, whole + (load->energy.remainder_mj[r] - d->base_remainder_mj[r])) / 1000;
}

void demand_take(struct load_state *load)
{
    for (unsigned r = 0; r < DEMANDS; r++)
        load->demand.ended_j[r] = grown(load, r);
    load->demand.taken = true;
    take_base(load);
}

/* --- Intervals ------------------------------------------------------------------------------------------ */

static void open_interval(struct metrology *m, int64_t from_ns, bool by_pulse)
{
    struct demand *d = &m->demand;
    int64_t period = period_of(m);
    d->open = true;
    d->begin_ns = m->setup.demand_by_pulse ? from_ns : clock_floor(from_ns, period);
    d->end_ns = d->begin_ns + period;
    d->covered_ns = 0;
    d->flags = m->setup.demand_by_pulse && !by_pulse ? QUALITY_INCOMPLETE : 0;
}

/* Gives the interval to the sink. Every load has been taken. */
static void end_interval(struct metrology *m, enum metrology_ending ending, int64_t end_ns)
{
    struct demand *d = &m->demand;
    double seconds = (double)(end_ns - d->begin_ns) / 1e9;
    bool early = ending != METROLOGY_ENDED && ending != METROLOGY_ENDED_BY_PULSE;
    if (early || d->covered_ns != end_ns - d->begin_ns)
        d->flags |= QUALITY_INCOMPLETE;
    for (unsigned i = 0; i < m->load_count; i++) {
        struct load_demand *l = &m->load[i].demand;
        struct metrology_load_demand *given = &m->demand_given[i];
        for (unsigned r = 0; r < DEMANDS; r++) {
            given->energy_j[r] = l->ended_j[r];
            given->mean[r] = seconds > 0 ? l->ended_j[r] / seconds : 0;
        }
        l->taken = false;
    }
    d->shown = true;
    d->shown_flags = d->flags;
    d->open = false;
    if (!m->sink.demand)
        return;
    const struct metrology_demand given = {
        .ending = ending,
        .start_ns = d->begin_ns,
        .end_ns = end_ns,
        .covered_ns = d->covered_ns,
        .flags = d->flags,
        .load = m->demand_given,
        .load_count = m->load_count,
    };
    m->sink.demand(m->sink.context, m, &given);
}

/* --- Pulses --------------------------------------------------------------------------------------------- */

void metrology_demand_sync(struct metrology *m, int64_t at_ns)
{
    struct demand *d = &m->demand;
    if (!m->setup.demand_by_pulse || d->pulses == DEMAND_PULSES)
        return;
    if (d->last_pulse_ns != INSTANT_UNKNOWN && at_ns > d->last_pulse_ns - PULSE_NS &&
        at_ns < d->last_pulse_ns + PULSE_NS)
        return;
    d->last_pulse_ns = at_ns;
    d->pulse_ns[d->pulses++] = at_ns;
}

/* Takes the first pulse up to an instant off the list; false: there is none. */
static bool pulse_until(struct demand *d, int64_t to_ns, int64_t *at_ns)
{
    if (d->pulses == 0 || d->pulse_ns[0] > to_ns)
        return false;
    *at_ns = d->pulse_ns[0];
    d->pulses--;
    memmove(d->pulse_ns, d->pulse_ns + 1, d->pulses * sizeof *d->pulse_ns);
    return true;
}

/* --- Pieces --------------------------------------------------------------------------------------------- */

/* Where the running interval ends, if it does within the piece. */
static bool find_cut(struct metrology *m, int64_t from_ns, int64_t to_ns)
{
    struct demand *d = &m->demand;
    d->cut_ns = d->end_ns;
    d->cut_by = METROLOGY_ENDED;
    if (!m->setup.demand_by_pulse)
        return d->end_ns <= to_ns;
    if (pulse_until(d, to_ns, &d->cut_ns)) {
        d->cut_ns = d->cut_ns < from_ns ? from_ns : d->cut_ns;
        d->cut_by = METROLOGY_ENDED_BY_PULSE;
        return d->cut_ns > d->begin_ns;
    }
    d->cut_ns = d->begin_ns + PATIENCE * period_of(m);
    if (d->cut_ns > to_ns)
        return false;
    d->flags |= QUALITY_INCOMPLETE;
    return true;
}

void demand_piece_begin(struct metrology *m, int64_t from_ns, int64_t to_ns, uint32_t flags)
{
    struct demand *d = &m->demand;
    d->in_piece = m->setup.demand_minutes > 0 && to_ns > from_ns;
    d->cut = false;
    if (!d->in_piece)
        return;
    if (!d->open) {
        open_interval(m, from_ns, false);
        for (unsigned i = 0; i < m->load_count; i++)
            take_base(&m->load[i]);
    }
    d->from_ns = from_ns;
    d->to_ns = to_ns;
    d->flags |= flags & (QUALITY_FLAGGED | QUALITY_CLIPPED | QUALITY_GAP | QUALITY_SIMULATED);
    d->piece_flags = flags;
    d->cut = find_cut(m, from_ns, to_ns);
    d->share = d->cut ? (double)(d->cut_ns - from_ns) / (double)(to_ns - from_ns) : 1;
}

double demand_share(const struct metrology *m)
{
    return m->demand.in_piece && m->demand.cut ? m->demand.share : 1;
}

void demand_piece_end(struct metrology *m)
{
    struct demand *d = &m->demand;
    if (!d->in_piece)
        return;
    d->in_piece = false;
    if (d->cut) {
        for (unsigned i = 0; i < m->load_count; i++)
            if (!m->load[i].demand.taken)
                demand_take(&m->load[i]);
        d->covered_ns += d->cut_ns - d->from_ns;
        end_interval(m, d->cut_by, d->cut_ns);
        open_interval(m, d->cut_ns, d->cut_by == METROLOGY_ENDED_BY_PULSE);
        d->flags |=
            d->piece_flags & (QUALITY_FLAGGED | QUALITY_CLIPPED | QUALITY_GAP | QUALITY_SIMULATED);
        d->covered_ns = d->to_ns - d->cut_ns;
    } else {
        d->covered_ns += d->to_ns - d->from_ns;
    }
    d->counted_to_ns = d->to_ns;
}

/* --- Breaks --------------------------------------------------------------------------------------------- */

static void end_early(struct metrology *m, enum metrology_ending ending)
{
    struct demand *d = &m->demand;
    d->open = d->covered_ns > 0; /* else it has just begun */
    if (!d->open)
        return;
    for (unsigned i = 0; i < m->load_count; i++)
        demand_take(&m->load[i]);
    end_interval(m, ending, m->setup.demand_by_pulse ? d->counted_to_ns : d->end_ns);
}

void demand_break(struct metrology *m, int64_t next_ns)
{
    struct demand *d = &m->demand;
    if (!d->open)
        return;
    if (next_ns < d->counted_to_ns - GAP_NS) {
        end_early(m, METROLOGY_ENDED_BY_CLOCK);
    } else if (next_ns <= d->counted_to_ns + GAP_NS) {
        d->covered_ns += next_ns - d->counted_to_ns; /* another rate or file, without a gap */
        d->counted_to_ns = next_ns;
    } else {
        d->flags |= QUALITY_GAP;
        if (!m->setup.demand_by_pulse && next_ns >= d->end_ns)
            end_early(m, METROLOGY_ENDED_BY_GAP);
    }
}

void demand_stop(struct metrology *m)
{
    if (m->demand.open)
        end_early(m, METROLOGY_ENDED_BY_STOP);
}

/* --- What is shown -------------------------------------------------------------------------------------- */

static void put(struct quantity_set *set, enum quantity q, double value, uint32_t quality)
{
    set->value[q] = value;
    set->quality[q] = (uint8_t)(QUALITY_VALID | quality);
}

/* Mean of the whole interval if the power stays as it is: energy so far and what will come. */
static double predicted(const struct demand *d, double joules, double power)
{
    double left = (double)(d->end_ns - d->counted_to_ns) / 1e9;
    return (joules + power * fmax(left, 0)) / ((double)(d->end_ns - d->begin_ns) / 1e9);
}

void demand_put(struct metrology *m)
{
    const struct demand *d = &m->demand;
    bool whole = d->covered_ns == d->counted_to_ns - d->begin_ns;
    uint32_t running = (d->flags & QUALITY_GAP) | (whole ? 0u : QUALITY_INCOMPLETE);
    for (unsigned i = 0; i < m->load_count && m->setup.demand_minutes > 0 && m->voltages; i++) {
        const struct load_state *load = &m->load[i];
        struct quantity_set *set = &m->load_set[i];
        for (unsigned r = 0; r < DEMANDS && d->shown; r++)
            put(set, Q_DMD_P_POS + r, m->demand_given[i].mean[r], d->shown_flags);
        if (!d->open || !quantity_valid(set, Q_P))
            continue;
        double p = grown(load, DEMAND_P_POS) - grown(load, DEMAND_P_NEG);
        double q = grown(load, DEMAND_Q_POS) - grown(load, DEMAND_Q_NEG);
        put(set, Q_PRED_P, predicted(d, p, set->value[Q_P]), set->flags | running);
        put(set, Q_PRED_Q, predicted(d, q, set->value[Q_Q]), set->flags | running);
        put(set, Q_PRED_S, predicted(d, grown(load, DEMAND_S), set->value[Q_S]),
            set->flags | running);
    }
}
