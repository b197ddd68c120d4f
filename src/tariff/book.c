#include "tariff/book.h"

#include "base/instant.h"

#include <math.h>
#include <string.h>

static void clear_page(struct tariff_page *page, int64_t from_ns, int64_t to_ns)
{
    memset(page, 0, sizeof *page);
    page->from_ns = from_ns;
    page->to_ns = to_ns;
    for (unsigned n = 0; n < TARIFFS_MAX; n++)
        for (unsigned k = 0; k < TARIFF_DEMANDS; k++)
            page->tariff[n].demand_ns[k] = INSTANT_UNKNOWN;
}

void tariff_book_init(struct tariff_book *b)
{
    memset(b, 0, sizeof *b);
    b->read_ns = INSTANT_UNKNOWN;
    for (unsigned kind = 0; kind < TARIFF_PERIODS; kind++)
        for (unsigned i = 0; i < TARIFF_PERIODS_KEPT; i++)
            clear_page(&b->page[kind][i], INSTANT_UNKNOWN, INSTANT_UNKNOWN);
}

static bool holds(const struct tariff_page *page, int64_t instant_ns)
{
    return instant_ns >= page->from_ns && instant_ns < page->to_ns;
}

/* The page on which an instant is booked; begins a new one where none that is kept holds it. */
static struct tariff_page *page_at(struct tariff_book *b, const struct tariff *t,
                                   enum tariff_period kind, int64_t instant_ns)
{
    struct tariff_page *kept = b->page[kind];
    for (unsigned i = 0; i < TARIFF_PERIODS_KEPT; i++)
        if (holds(&kept[i], instant_ns))
            return &kept[i];
    int64_t from_ns, to_ns;
    memmove(&kept[1], &kept[0], (TARIFF_PERIODS_KEPT - 1) * sizeof *kept);
    tariff_period_at(t->settings, t->zone, kind, instant_ns, &from_ns, &to_ns);
    clear_page(&kept[0], from_ns, to_ns);
    return &kept[0];
}

/* Adds to the tariff in force at an instant, in every kind of period. Returns until when the same sums would
 * be added to. */
static int64_t add(struct tariff_book *b, struct tariff *t, int64_t instant_ns,
                   struct tariff_sum *sum[TARIFF_PERIODS], unsigned *tariff)
{
    int64_t until_ns;
    *tariff = tariff_in_force(t, instant_ns, &until_ns);
    for (unsigned kind = 0; kind < TARIFF_PERIODS; kind++) {
        struct tariff_page *page = page_at(b, t, (enum tariff_period)kind, instant_ns);
        sum[kind] = &page->tariff[*tariff - 1];
        if (page->to_ns < until_ns)
            until_ns = page->to_ns;
    }
    return until_ns;
}

static double length(int64_t from_ns, int64_t to_ns)
{
    return (double)((uint64_t)to_ns - (uint64_t)from_ns);
}

/* What of a whole has been reached at a share of its time; 1 gives all of it. */
static uint64_t reached(uint64_t whole, double share)
{
    if (share >= 1)
        return whole;
    double part = floor((double)whole * share);
    return part < (double)whole ? (uint64_t)part : whole;
}

void tariff_book_energy(struct tariff_book *b, struct tariff *t, int64_t from_ns, int64_t to_ns,
                        const uint64_t energy_mj[ENERGY_KINDS])
{
    uint64_t booked[ENERGY_KINDS] = {0};
    int64_t at = from_ns < to_ns ? from_ns : to_ns;
    if (tariff_count(t) == 0)
        return;
    for (bool more = true; more;) {
        struct tariff_sum *sum[TARIFF_PERIODS];
        unsigned tariff;
        int64_t until_ns = add(b, t, at, sum, &tariff);
        more = until_ns < to_ns;
        double share = more ? length(from_ns, until_ns) / length(from_ns, to_ns) : 1;
        for (unsigned r = 0; r < ENERGY_KINDS; r++) {
            uint64_t part = reached(energy_mj[r], share) - booked[r];
            booked[r] += part;
            b->total_mj[tariff - 1][r] += part;
            for (unsigned kind = 0; kind < TARIFF_PERIODS; kind++)
                sum[kind]->energy_mj[r] += part;
        }
        at = until_ns;
    }
}

void tariff_book_registers(struct tariff_book *b, struct tariff *t, int64_t instant_ns,
                           const uint64_t energy_mj[ENERGY_KINDS])
{
    uint64_t grown[ENERGY_KINDS] = {0};
    bool counts = b->read_ns != INSTANT_UNKNOWN, any = false;
    for (unsigned r = 0; r < ENERGY_KINDS && counts; r++) {
        counts = energy_mj[r] >= b->read_mj[r];
        grown[r] = energy_mj[r] - b->read_mj[r];
        any = any || grown[r] > 0;
    }
    if (counts && any)
        tariff_book_energy(b, t, b->read_ns, instant_ns, grown);
    memcpy(b->read_mj, energy_mj, sizeof b->read_mj);
    b->read_ns = instant_ns;
}

void tariff_book_demand(struct tariff_book *b, struct tariff *t, int64_t from_ns, int64_t to_ns,
                        const double demand[TARIFF_DEMANDS])
{
    struct tariff_sum *sum[TARIFF_PERIODS];
    unsigned tariff;
    if (tariff_count(t) == 0)
        return;
    add(b, t, from_ns, sum, &tariff);
    for (unsigned kind = 0; kind < TARIFF_PERIODS; kind++)
        for (unsigned k = 0; k < TARIFF_DEMANDS; k++) {
            bool first = sum[kind]->demand_ns[k] == INSTANT_UNKNOWN;
            if (!isfinite(demand[k]) || (!first && demand[k] <= sum[kind]->demand[k]))
                continue;
            sum[kind]->demand[k] = demand[k];
            sum[kind]->demand_ns[k] = to_ns;
        }
}

const struct tariff_page *tariff_book_page(const struct tariff_book *b, enum tariff_period kind,
                                           unsigned back)
{
    if (back >= TARIFF_PERIODS_KEPT || b->page[kind][back].from_ns == INSTANT_UNKNOWN)
        return NULL;
    return &b->page[kind][back];
}
