/* The tariff book of a load: energies of each tariff for ever, and energies and maximum demand of each tariff
 * for the days, weeks, months and billing periods that run and for those before them (seed 002, Annex III 3).
 *
 * Memory is the caller's, one struct per load. Energies are whole mJ: what is booked is split where the tariff
 * or a period changes, in proportion to time, so that the parts add up to the whole exactly: the sum over
 * the tariffs is what was counted.
 *
 * Time comes with the data. After an outage the periods without any data are not there: each one that is tells
 * its own dates. If the clock was set back, what is booked goes to a period that is still kept, or a new one is
 * begun: nothing is lost, and nothing counts twice. */
#ifndef TARIFF_BOOK_H
#define TARIFF_BOOK_H

#include "quantity/quantity.h"
#include "tariff/period.h"
#include "tariff/tariff.h"

#define TARIFF_PERIODS_KEPT 4 /* of each kind: the running one and three before it */
#define TARIFF_DEMANDS      5 /* P+ P- Q+ Q- S */

/* What one tariff has in one period: the registers of the load (Q_EA_POS ...), not those of its phases. */
struct tariff_sum {
    uint64_t energy_mj[ENERGY_KINDS];
    double demand[TARIFF_DEMANDS];     /* maximum of the means over demand intervals: W, var, VA */
    int64_t demand_ns[TARIFF_DEMANDS]; /* end of that interval; INSTANT_UNKNOWN: there was none */
};

struct tariff_page {
    int64_t from_ns, to_ns; /* the period; both INSTANT_UNKNOWN: none yet */
    struct tariff_sum tariff[TARIFFS_MAX];
};

struct tariff_book {
    uint64_t read_mj[ENERGY_KINDS]; /* the load's registers as they were last read */
    int64_t read_ns;                /* up to which they were counted; INSTANT_UNKNOWN: never read */
    uint64_t total_mj[TARIFFS_MAX][ENERGY_KINDS];                 /* EA_POS_T1 ..., never falls */
    struct tariff_page page[TARIFF_PERIODS][TARIFF_PERIODS_KEPT]; /* [0]: the running one */
};

void tariff_book_init(struct tariff_book *b);

/* Books energies of [from_ns, to_ns): a window of 200 ms or an interval of an hour. Where from_ns >= to_ns, all
 * of it belongs to to_ns. The first registers of quantity_set.energy_mj are what is meant. Without tariffs nothing
 * is booked. */
void tariff_book_energy(struct tariff_book *b, struct tariff *t, int64_t from_ns, int64_t to_ns,
                        const uint64_t energy_mj[ENERGY_KINDS]);

/* The same for a caller who has the load's registers, which only grow: books what they have grown by since they were
 * last read, over the time since then. The first reading, and one that is lower than the last (another meter), only
 * says where they stand. Since a book remembers its reading, nothing is lost between an old copy of a book and the
 * registers as they were kept: after a restart, first give it those, with the instant up to which they were
 * counted. */
void tariff_book_registers(struct tariff_book *b, struct tariff *t, int64_t instant_ns,
                           const uint64_t energy_mj[ENERGY_KINDS]);

/* Books the mean powers of a demand interval, in the order of TARIFF_DEMANDS, each 0 or more. It belongs to the
 * tariff and to the periods in which it began. Values that are not finite are left out. */
void tariff_book_demand(struct tariff_book *b, struct tariff *t, int64_t from_ns, int64_t to_ns,
                        const double demand[TARIFF_DEMANDS]);

/* A period, `back` from the running one (0); NULL: there was none yet. */
const struct tariff_page *tariff_book_page(const struct tariff_book *b, enum tariff_period kind,
                                           unsigned back);

/* --- Bytes (docs/format.md) -------------------------------------------------------------------------------- */

#define TARIFF_BOOK_VERSION 1
#define TARIFF_SUM_BYTES    (8 * ENERGY_KINDS + 16 * TARIFF_DEMANDS)
#define TARIFF_PAGE_BYTES   (16 + TARIFFS_MAX * TARIFF_SUM_BYTES)
#define TARIFF_BOOK_BYTES                        \
    (24 + 8 * (TARIFFS_MAX + 1) * ENERGY_KINDS + \
     TARIFF_PERIODS * TARIFF_PERIODS_KEPT * TARIFF_PAGE_BYTES)

void tariff_book_encode(const struct tariff_book *b, uint8_t bytes[TARIFF_BOOK_BYTES]);

/* ERR_INPUT: damaged; ERR_UNSUPPORTED: written by a newer program. The book is untouched after a fault. */
enum err tariff_book_decode(struct tariff_book *b, const uint8_t *bytes, size_t size,
                            struct fault *fault);

#endif
