#include "table/table.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A sequence lock over 64-bit words. The count is odd while the writer is at work. Words are stored
 * with release and loaded with acquire order (free on x86, cheap elsewhere), so that no fence is
 * needed and thread sanitizers understand it. */
struct slot {
    _Atomic uint64_t count;
    size_t words;
    _Atomic uint64_t *word;
};

struct row {
    struct slot set, trace, committed, aggregate[TABLE_KINDS];
};

struct table {
    unsigned points;
    struct row *row;
    _Atomic uint64_t *memory;
};

#define WORDS(type) (sizeof(type) / sizeof(uint64_t))
_Static_assert(sizeof(struct quantity_set) % 8 == 0, "copied in 64-bit words");
_Static_assert(sizeof(struct trace) % 8 == 0, "copied in 64-bit words");

typedef uint64_t energies[ENERGY_REGISTERS];

static void slot_write(struct slot *s, const void *data)
{
    const unsigned char *from = data;
    uint64_t count = atomic_load_explicit(&s->count, memory_order_relaxed);
    atomic_store_explicit(&s->count, count + 1, memory_order_relaxed);
    for (size_t i = 0; i < s->words; i++) {
        uint64_t w;
        memcpy(&w, from + 8 * i, 8);
        atomic_store_explicit(&s->word[i], w, memory_order_release);
    }
    atomic_store_explicit(&s->count, count + 2, memory_order_release);
}

static bool slot_read(const struct slot *s, void *data)
{
    unsigned char *to = data;
    for (;;) {
        uint64_t before = atomic_load_explicit(&s->count, memory_order_acquire);
        if (before == 0)
            return false;
        if (before & 1)
            continue; /* the writer needs less than a microsecond */
        for (size_t i = 0; i < s->words; i++) {
            uint64_t w = atomic_load_explicit(&s->word[i], memory_order_acquire);
            memcpy(to + 8 * i, &w, 8);
        }
        if (atomic_load_explicit(&s->count, memory_order_relaxed) == before)
            return true;
    }
}

struct table *table_new(unsigned points)
{
    assert(points > 0 && points <= TABLE_POINTS_MAX);
    size_t words =
        (1 + TABLE_KINDS) * WORDS(struct quantity_set) + WORDS(struct trace) + WORDS(energies);
    struct table *t = calloc(1, sizeof *t);
    struct row *row = calloc(points, sizeof *row);
    _Atomic uint64_t *memory = calloc(points * words, sizeof *memory);
    if (!t || !row || !memory) {
        free(t);
        free(row);
        free(memory);
        return NULL;
    }
    *t = (struct table){.points = points, .row = row, .memory = memory};
    for (unsigned i = 0; i < points; i++) {
        struct slot *slots[] = {&row[i].set, &row[i].trace, &row[i].committed};
        size_t sizes[] = {WORDS(struct quantity_set), WORDS(struct trace), WORDS(energies)};
        for (int k = 0; k < 3; k++) {
            slots[k]->words = sizes[k];
            slots[k]->word = memory;
            memory += sizes[k];
        }
        for (int k = 0; k < TABLE_KINDS; k++) {
            row[i].aggregate[k].words = WORDS(struct quantity_set);
            row[i].aggregate[k].word = memory;
            memory += WORDS(struct quantity_set);
        }
    }
    return t;
}

void table_free(struct table *t)
{
    if (!t)
        return;
    free(t->memory);
    free(t->row);
    free(t);
}

unsigned table_points(const struct table *t)
{
    return t->points;
}

void table_publish(struct table *t, unsigned point, const struct quantity_set *set)
{
    assert(point < t->points);
    slot_write(&t->row[point].set, set);
}

void table_publish_trace(struct table *t, unsigned point, const struct trace *trace)
{
    assert(point < t->points);
    slot_write(&t->row[point].trace, trace);
}

bool table_snapshot(const struct table *t, unsigned point, struct quantity_set *set)
{
    assert(point < t->points);
    energies committed = {0};
    bool measured = slot_read(&t->row[point].set, set);
    bool durable = slot_read(&t->row[point].committed, committed);
    if (!measured && !durable)
        return false;
    if (!measured)
        memset(set, 0, sizeof *set);
    for (int i = 0; i < ENERGY_REGISTERS; i++) {
        enum quantity q = energy_quantity((unsigned)i);
        set->energy_mj[i] = committed[i];
        set->value[q] = (double)committed[i] / 3.6e6;
        if (!durable)
            set->quality[q] = 0;
        else if (!measured && (i < ENERGY_KINDS || committed[i] > 0))
            set->quality[q] =
                QUALITY_VALID; /* without a window none knows which phases there are */
    }
    return true;
}

bool table_trace(const struct table *t, unsigned point, struct trace *trace)
{
    assert(point < t->points);
    return slot_read(&t->row[point].trace, trace);
}

const char *table_kind_name(enum table_kind k)
{
    return k == TABLE_FAST ? "fast" : metrology_span_name((enum metrology_span)k);
}

void table_publish_aggregate(struct table *t, unsigned point, enum table_kind kind,
                             const struct quantity_set *set)
{
    assert(point < t->points && kind < TABLE_KINDS);
    slot_write(&t->row[point].aggregate[kind], set);
}

bool table_aggregate(const struct table *t, unsigned point, enum table_kind kind,
                     struct quantity_set *set, uint64_t *sequence)
{
    assert(point < t->points && kind < TABLE_KINDS);
    const struct slot *s = &t->row[point].aggregate[kind];
    uint64_t before;
    do {
        before = atomic_load_explicit(&s->count, memory_order_acquire);
        if (!slot_read(s, set))
            return false;
        *sequence = atomic_load_explicit(&s->count, memory_order_acquire) / 2;
    } while (*sequence != before / 2);
    return true;
}

uint64_t table_sequence(const struct table *t, unsigned point)
{
    assert(point < t->points);
    return atomic_load_explicit(&t->row[point].set.count, memory_order_acquire) / 2;
}

uint64_t table_version(const struct table *t, unsigned point)
{
    assert(point < t->points);
    const struct row *row = &t->row[point];
    return atomic_load_explicit(&row->set.count, memory_order_acquire) +
           atomic_load_explicit(&row->committed.count, memory_order_acquire);
}

bool table_counted(const struct table *t, unsigned point, uint64_t energy_mj[ENERGY_REGISTERS])
{
    assert(point < t->points);
    struct quantity_set set;
    if (!slot_read(&t->row[point].set, &set))
        return false;
    memcpy(energy_mj, set.energy_mj, sizeof set.energy_mj);
    return true;
}

void table_commit(struct table *t, unsigned point, const uint64_t energy_mj[ENERGY_REGISTERS])
{
    assert(point < t->points);
    slot_write(&t->row[point].committed, energy_mj);
}
