/* Aggregates (IEC 61000-4-30 4.4, 4.5). The sums of the windows since the last begin or end of any
 * interval are kept once, and added to those of every interval that runs when there is one. */
#include "metrology/internal.h"

#include <assert.h>
#include <string.h>

#define WINDOWS_OF_CYCLES 15
#define VALUES_OF_2H      12
/* Samples that go on within this time go on without a gap. */
#define GAP_NS 1000000

const char *metrology_span_name(enum metrology_span s)
{
    static const char *const names[METROLOGY_SPANS] = {"150cycles", "average", "10min", "2h"};
    assert(s < METROLOGY_SPANS);
    return names[s];
}

const char *metrology_ending_name(enum metrology_ending e)
{
    static const char *const names[] = {"time", "pulse", "gap", "clock", "stop"};
    assert(e < sizeof names / sizeof *names);
    return names[e];
}

static enum metrology_span span_of(unsigned slot)
{
    return slot == SLOT_CYCLES_OLD ? METROLOGY_SPAN_CYCLES : (enum metrology_span)(slot - 1);
}

bool aggregate_slot_needed(unsigned spans, unsigned slot)
{
    if (slot == SLOT_PART)
        return spans != 0;
    if (slot == SLOT_10MIN && spans >> METROLOGY_SPAN_2H & 1)
        return true;
    return spans >> span_of(slot) & 1;
}

void aggregates_init(struct aggregates *a)
{
    aggregate_rules_init(&a->rules);
    memset(a->slot, 0, sizeof a->slot);
    a->part_windows = 0;
    a->chain_broken = true;
    a->chain_ns = a->last_ns = INSTANT_UNKNOWN;
}

static int64_t period_of(const struct metrology *m, unsigned slot)
{
    return NS_PER_S * (slot == SLOT_AVERAGE ? m->setup.average_s : slot == SLOT_10MIN ? 600 : 7200);
}

static struct quantity_set *set_of(struct metrology *m, unsigned point)
{
    return point == 0 ? &m->network : &m->load_set[point - 1];
}

/* --- Sums ----------------------------------------------------------------------------------------------- */

/* Adds the part to every interval that takes windows. */
static void share_part(struct metrology *m)
{
    struct aggregates *a = m->aggregates;
    for (unsigned i = 0; i < SLOT_2H && a->part_windows > 0; i++) {
        struct interval *v = &a->slot[i];
        if (!v->open)
            continue;
        for (unsigned p = 0; p <= m->load_count; p++)
            if (v->first)
                a->sums[i][p] = a->sums[SLOT_PART][p];
            else
                aggregate_sums_merge(&a->sums[i][p], &a->sums[SLOT_PART][p]);
        v->first = false;
    }
    a->part_windows = 0;
}

/* Adds what stands in the sets to sums. */
static void add_sets(struct metrology *m, struct aggregate_sums *sums, bool first)
{
    for (unsigned p = 0; p <= m->load_count; p++) {
        if (first)
            aggregate_sums_clear(&sums[p]);
        aggregate_sums_add(&sums[p], &m->aggregates->rules, set_of(m, p));
    }
}

/* --- Begin and end of an interval ----------------------------------------------------------------------- */

static void open_interval(struct metrology *m, unsigned slot, int64_t begin_ns, int64_t end_ns)
{
    share_part(m);
    m->aggregates->slot[slot] =
        (struct interval){.open = true, .first = true, .begin_ns = begin_ns, .end_ns = end_ns};
}

static unsigned expected_of(const struct interval *v, unsigned slot)
{
    if (slot <= SLOT_CYCLES)
        return WINDOWS_OF_CYCLES;
    if (slot == SLOT_2H)
        return VALUES_OF_2H;
    double each = (double)v->covered_ns / v->windows;
    return (unsigned)((double)(v->end_ns - v->begin_ns) / each + 0.5);
}

static bool incomplete(const struct metrology *m, unsigned slot, enum metrology_ending ending)
{
    const struct interval *v = &m->aggregates->slot[slot];
    if (slot <= SLOT_CYCLES)
        return v->windows < WINDOWS_OF_CYCLES;
    if (slot == SLOT_2H)
        return v->windows < VALUES_OF_2H; /* an incomplete one of them has its own flag */
    return ending != METROLOGY_ENDED || v->broken || m->aggregates->chain_ns > v->begin_ns;
}

static void take_10min(struct metrology *m, int64_t begin_ns, int64_t end_ns);
static void end_2h_before(struct metrology *m, int64_t begin_ns);

/* Gives the interval's values to the sink. They stand in m->network and m->load_set then. */
static void end_interval(struct metrology *m, unsigned slot, enum metrology_ending ending)
{
    struct aggregates *a = m->aggregates;
    struct interval *v = &a->slot[slot];
    if (slot == SLOT_10MIN)
        end_2h_before(m, v->begin_ns);
    share_part(m);
    v->open = false;
    uint32_t more = v->flags | (incomplete(m, slot, ending) ? QUALITY_INCOMPLETE : 0u);
    for (unsigned p = 0; p <= m->load_count; p++) {
        struct quantity_set *set = set_of(m, p);
        aggregate_sums_result(&a->sums[slot][p], &a->rules, m->setup.pf_sign, more, set);
        set->start_ns = v->begin_ns;
        set->end_ns = v->end_ns;
        set->cycles = v->cycles;
    }
    if (m->sink.aggregate && m->setup.spans >> span_of(slot) & 1) {
        const struct metrology_aggregate given = {
            .span = span_of(slot),
            .ending = ending,
            .start_ns = v->begin_ns,
            .end_ns = v->end_ns,
            .windows = v->windows,
            .expected = expected_of(v, slot),
            .network = &m->network,
            .load = m->load_set,
            .load_count = m->load_count,
        };
        m->sink.aggregate(m->sink.context, m, &given);
    }
    if (slot == SLOT_10MIN)
        take_10min(m, v->begin_ns, v->end_ns);
}

/* Two hours of which no value of 10 minutes will come any more. */
static void end_2h_before(struct metrology *m, int64_t begin_ns)
{
    struct interval *v = &m->aggregates->slot[SLOT_2H];
    if (v->open && (begin_ns >= v->end_ns || begin_ns < v->begin_ns))
        end_interval(m, SLOT_2H,
                     begin_ns < v->begin_ns ? METROLOGY_ENDED_BY_CLOCK : METROLOGY_ENDED_BY_GAP);
}

/* The values of 10 minutes stand in the sets. */
static void take_10min(struct metrology *m, int64_t begin_ns, int64_t end_ns)
{
    struct aggregates *a = m->aggregates;
    struct interval *v = &a->slot[SLOT_2H];
    if (!a->sums[SLOT_2H])
        return;
    int64_t period = period_of(m, SLOT_2H), begin = clock_floor(begin_ns, period);
    if (!v->open)
        open_interval(m, SLOT_2H, begin, begin + period);
    add_sets(m, a->sums[SLOT_2H], v->first);
    v->first = false;
    v->windows++;
    v->cycles += m->network.cycles;
    if (end_ns >= v->end_ns)
        end_interval(m, SLOT_2H, METROLOGY_ENDED);
}

/* --- Windows -------------------------------------------------------------------------------------------- */

/* The interval of 150/180 cycles that the window is of; after a tick a new one, while the one that was
 * running takes windows until it has its fifteen. */
static void prepare_cycles(struct metrology *m, int64_t begin_ns)
{
    struct aggregates *a = m->aggregates;
    struct interval *v = &a->slot[SLOT_CYCLES];
    int64_t period = NS_PER_S * m->setup.resync_s;
    if (v->open && period > 0 && begin_ns >= clock_floor(v->begin_ns, period) + period) {
        if (a->slot[SLOT_CYCLES_OLD].open)
            end_interval(m, SLOT_CYCLES_OLD, METROLOGY_ENDED_BY_CLOCK);
        share_part(m);
        a->slot[SLOT_CYCLES_OLD] = *v;
        struct aggregate_sums *sums = a->sums[SLOT_CYCLES_OLD];
        a->sums[SLOT_CYCLES_OLD] = a->sums[SLOT_CYCLES];
        a->sums[SLOT_CYCLES] = sums;
        v->open = false;
    }
    if (!v->open)
        open_interval(m, SLOT_CYCLES, begin_ns, begin_ns);
}

static void prepare(struct metrology *m, unsigned slot, int64_t begin_ns)
{
    if (slot == SLOT_CYCLES) {
        prepare_cycles(m, begin_ns);
    } else if (slot != SLOT_CYCLES_OLD && !m->aggregates->slot[slot].open) {
        int64_t period = period_of(m, slot), begin = clock_floor(begin_ns, period);
        open_interval(m, slot, begin, begin + period);
    }
}

static void note_window(struct interval *v, unsigned slot, const struct quantity_set *set)
{
    v->windows++;
    v->cycles += set->cycles;
    v->covered_ns += set->end_ns - set->start_ns;
    if (slot <= SLOT_CYCLES)
        v->end_ns = set->end_ns;
}

void aggregate_window(struct metrology *m, int64_t next_ns)
{
    struct aggregates *a = m->aggregates;
    if (!a)
        return;
    if (a->chain_broken)
        a->chain_ns = m->network.start_ns;
    a->chain_broken = false;
    a->last_ns = m->network.end_ns;
    for (unsigned i = 0; i < SLOT_2H; i++)
        if (a->sums[i])
            prepare(m, i, m->network.start_ns);
    add_sets(m, a->sums[SLOT_PART], a->part_windows == 0);
    a->part_windows++;
    for (unsigned i = 0; i < SLOT_2H; i++)
        if (a->slot[i].open)
            note_window(&a->slot[i], i, &m->network);
    for (unsigned i = 0; i < SLOT_2H; i++) {
        const struct interval *v = &a->slot[i];
        if (v->open && (i <= SLOT_CYCLES ? v->windows == WINDOWS_OF_CYCLES : next_ns >= v->end_ns))
            end_interval(m, i, METROLOGY_ENDED);
    }
}

/* --- Breaks ---------------------------------------------------------------------------------------------- */

void aggregate_break(struct metrology *m, int64_t next_ns)
{
    struct aggregates *a = m->aggregates;
    if (!a || m->stretch_end_ns == INSTANT_UNKNOWN)
        return;
    bool back = next_ns < m->stretch_end_ns - GAP_NS;
    for (unsigned i = 0; i < SLOT_2H; i++) {
        struct interval *v = &a->slot[i];
        if (!v->open)
            continue;
        if (i <= SLOT_CYCLES || back || next_ns >= v->end_ns) {
            end_interval(m, i, back ? METROLOGY_ENDED_BY_CLOCK : METROLOGY_ENDED_BY_GAP);
        } else {
            v->broken = true;
            v->flags |= next_ns > m->stretch_end_ns + GAP_NS ? QUALITY_GAP : 0u;
        }
    }
    /* Two hours go on: the values of 10 minutes that will come tell whether they are of them. */
    a->chain_broken = true;
}

void aggregate_stop(struct metrology *m)
{
    struct aggregates *a = m->aggregates;
    for (unsigned i = 0; a && i < AGGREGATE_SLOTS; i++)
        if (a->slot[i].open)
            end_interval(m, i, METROLOGY_ENDED_BY_STOP);
    if (a)
        a->chain_broken = true;
}
