/* The table: what one publishes and others see, also while it is being published. */
#include "table/table.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define POINTS 3

static struct table *table;
static struct quantity_set *set; /* too big for a stack that a thread may have */

static int setup(void **state)
{
    (void)state;
    table = table_new(POINTS);
    set = calloc(1, sizeof *set);
    return table && set ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    table_free(table);
    free(set);
    return 0;
}

static void fill(struct quantity_set *s, uint64_t n)
{
    memset(s, 0, sizeof *s);
    s->start_ns = (int64_t)n;
    s->end_ns = (int64_t)n;
    s->cycles = (uint32_t)n;
    s->flags = (uint32_t)n;
    for (int i = 0; i < ENERGY_REGISTERS; i++)
        s->energy_mj[i] = n;
    for (int q = 0; q < Q_COUNT; q++) {
        s->value[q] = (double)n;
        s->quality[q] = (uint8_t)n;
    }
    for (int c = 0; c < SPECTRUM_COUNT; c++) {
        s->spectrum[c].highest = (uint8_t)n;
        for (int h = 0; h <= HARMONIC_MAX; h++)
            s->spectrum[c].rms[h] = (float)(n % 65536);
    }
}

/* True if all that it holds, energies aside, was filled with the same number. */
static bool whole(const struct quantity_set *s)
{
    uint64_t n = (uint64_t)s->start_ns;
    bool same = (uint64_t)s->end_ns == n && s->cycles == (uint32_t)n && s->flags == (uint32_t)n;
    for (int q = 0; q < Q_COUNT; q++)
        if (quantity_info((enum quantity)q)->kind != KIND_COUNTER)
            same = same && s->value[q] == (double)n && s->quality[q] == (uint8_t)n;
    for (int c = 0; c < SPECTRUM_COUNT; c++) {
        same = same && s->spectrum[c].highest == (uint8_t)n;
        for (int h = 0; h <= HARMONIC_MAX; h++)
            same = same && s->spectrum[c].rms[h] == (float)(n % 65536);
    }
    return same;
}

static void shows_nothing_before_the_first_window(void **state)
{
    (void)state;
    struct trace *trace = calloc(1, sizeof *trace);
    uint64_t energy[ENERGY_REGISTERS];
    assert_non_null(trace);
    assert_int_equal(table_points(table), POINTS);
    for (unsigned p = 0; p < POINTS; p++) {
        assert_false(table_snapshot(table, p, set));
        assert_false(table_trace(table, p, trace));
        assert_false(table_counted(table, p, energy));
        assert_true(table_sequence(table, p) == 0);
    }
    free(trace);
    table_free(NULL);
}

static void gives_back_what_was_published(void **state)
{
    (void)state;
    struct quantity_set *seen = calloc(1, sizeof *seen);
    assert_non_null(seen);
    for (uint64_t n = 1; n <= 5; n++) {
        fill(set, n);
        table_publish(table, 1, set);
        assert_true(table_sequence(table, 1) == n);
        assert_true(table_snapshot(table, 1, seen));
        assert_true(whole(seen));
        assert_true(seen->start_ns == (int64_t)n);
    }
    assert_false(table_snapshot(table, 0, seen)); /* the neighbours have nothing of it */
    assert_false(table_snapshot(table, 2, seen));
    free(seen);
}

static void aggregates_stand_beside_the_window(void **state)
{
    (void)state;
    uint64_t sequence = 0;
    struct quantity_set *seen = calloc(1, sizeof *seen);
    assert_non_null(seen);
    for (int k = 0; k < TABLE_KINDS; k++)
        assert_false(table_aggregate(table, 1, (enum table_kind)k, seen, &sequence));
    for (uint64_t n = 1; n <= 3; n++)
        for (int k = 0; k < TABLE_KINDS; k++) {
            fill(set, 10 * n + (unsigned)k);
            table_publish_aggregate(table, 1, (enum table_kind)k, set);
        }
    for (int k = 0; k < TABLE_KINDS; k++) {
        assert_true(table_aggregate(table, 1, (enum table_kind)k, seen, &sequence));
        assert_true(whole(seen) && seen->start_ns == 30 + k && sequence == 3);
        assert_false(table_aggregate(table, 2, (enum table_kind)k, seen, &sequence));
    }
    assert_false(table_snapshot(table, 1, seen));
    assert_string_equal(table_kind_name(TABLE_CYCLES), "150cycles");
    assert_string_equal(table_kind_name(TABLE_FAST), "fast");
    free(seen);
}

static void the_version_tells_when_a_snapshot_is_another(void **state)
{
    (void)state;
    uint64_t counted[ENERGY_REGISTERS] = {1};
    uint64_t before = table_version(table, 1), other = table_version(table, 2);
    fill(set, 1);
    table_publish(table, 1, set);
    uint64_t published = table_version(table, 1);
    assert_true(published > before);
    assert_true(table_snapshot(table, 1, set) && table_version(table, 1) == published);
    table_commit(table, 1, counted);
    assert_true(table_version(table, 1) > published);
    assert_true(table_version(table, 2) == other);
}

static void gives_back_traces(void **state)
{
    (void)state;
    struct trace *trace = calloc(2, sizeof *trace);
    assert_non_null(trace);
    for (unsigned i = 0; i < TRACE_FRAMES; i++)
        for (unsigned lane = 0; lane < TRACE_LANES; lane++)
            trace[0].sample[i][lane] = (float)(i * TRACE_LANES + lane);
    trace[0].start_ns = 77;
    trace[0].rate_hz = 9600;
    trace[0].frames = TRACE_FRAMES;
    trace[0].lanes = 1 << TRACE_V1 | 1 << TRACE_IN;
    table_publish_trace(table, 2, &trace[0]);
    assert_true(table_trace(table, 2, &trace[1]));
    assert_memory_equal(&trace[0], &trace[1], sizeof trace[0]);
    assert_true(table_sequence(table, 2) == 0); /* a trace is not a window */
    free(trace);
}

static void energy_is_shown_once_it_is_durable(void **state)
{
    (void)state;
    uint64_t counted[ENERGY_REGISTERS];
    memset(set, 0, sizeof *set);
    for (int i = 0; i < ENERGY_REGISTERS; i++) {
        set->energy_mj[i] = 3600000u * (unsigned)(i + 1); /* 1, 2, 3 ... Wh */
        quantity_put(set, energy_quantity((unsigned)i), (double)(i + 1));
    }
    quantity_put(set, Q_P, 500);
    table_publish(table, 1, set);

    /* metrology has counted it, the store knows, no reader sees it */
    assert_true(table_counted(table, 1, counted));
    assert_true(counted[2] == 3 * 3600000u);
    assert_true(table_snapshot(table, 1, set));
    assert_true(quantity_valid(set, Q_P));
    for (int i = 0; i < ENERGY_REGISTERS; i++) {
        assert_false(quantity_valid(set, energy_quantity((unsigned)i)));
        assert_true(set->energy_mj[i] == 0);
        assert_true(set->value[energy_quantity((unsigned)i)] == 0);
    }

    table_commit(table, 1, counted);
    assert_true(table_snapshot(table, 1, set));
    for (int i = 0; i < ENERGY_REGISTERS; i++) {
        assert_true(quantity_valid(set, energy_quantity((unsigned)i)));
        assert_true(set->energy_mj[i] == counted[i]);
        assert_true(set->value[energy_quantity((unsigned)i)] == (double)(i + 1));
    }

    /* the next window counts on; readers stay with what is durable */
    for (int i = 0; i < ENERGY_REGISTERS; i++)
        set->energy_mj[i] += 1000;
    table_publish(table, 1, set);
    assert_true(table_snapshot(table, 1, set));
    assert_true(set->energy_mj[0] == counted[0]);
    assert_true(table_counted(table, 1, counted));
    assert_true(counted[0] == 3600000u + 1000);
}

static void what_is_not_measured_is_not_shown_as_energy(void **state)
{
    (void)state;
    uint64_t none[ENERGY_REGISTERS] = {0};
    memset(set, 0, sizeof *set); /* a voltage module has no energies */
    table_publish(table, 0, set);
    table_commit(table, 0, none);
    assert_true(table_snapshot(table, 0, set));
    assert_false(quantity_valid(set, Q_EA_POS));
}

/* --- one writer, four readers ------------------------------------------------------------------ */

#define READERS 4
#ifdef __SANITIZE_THREAD__
#define ROUNDS 300 /* each word costs a hundred times more */
#else
#define ROUNDS 3000
#endif

static _Atomic bool finished;
static _Atomic unsigned torn, backwards, snapshots;

static void *read_on(void *argument)
{
    struct quantity_set *seen = calloc(1, sizeof *seen);
    struct trace *trace = calloc(1, sizeof *trace);
    int64_t last = 0;
    unsigned taken = 0;
    (void)argument;
    while (!atomic_load(&finished) || taken == 0) {
        if (!table_snapshot(table, 1, seen))
            continue;
        taken++;
        if (!whole(seen))
            atomic_fetch_add(&torn, 1);
        for (int i = 1; i < ENERGY_REGISTERS; i++)
            if (seen->energy_mj[i] != seen->energy_mj[0])
                atomic_fetch_add(&torn, 1);
        if (seen->start_ns < last)
            atomic_fetch_add(&backwards, 1);
        last = seen->start_ns;
        if (table_trace(table, 1, trace))
            for (int i = 0; i < TRACE_FRAMES; i++)
                if (trace->sample[i][0] != trace->sample[0][0] ||
                    trace->start_ns % 65536 != (int64_t)trace->sample[0][0])
                    atomic_fetch_add(&torn, 1);
    }
    atomic_fetch_add(&snapshots, taken);
    free(seen);
    free(trace);
    return NULL;
}

static void *commit_on(void *argument)
{
    uint64_t energy[ENERGY_REGISTERS];
    (void)argument;
    while (!atomic_load(&finished))
        if (table_counted(table, 1, energy))
            table_commit(table, 1, energy);
    return NULL;
}

static void a_snapshot_is_of_one_window_whoever_reads(void **state)
{
    (void)state;
    pthread_t readers[READERS], store;
    struct trace *trace = calloc(1, sizeof *trace);
    assert_non_null(trace);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_on, NULL), 0);
    assert_int_equal(pthread_create(&store, NULL, commit_on, NULL), 0);
    for (uint64_t n = 1; n <= ROUNDS; n++) {
        fill(set, n);
        table_publish(table, 1, set);
        trace->start_ns = (int64_t)n;
        for (int i = 0; i < TRACE_FRAMES; i++)
            trace->sample[i][0] = (float)(n % 65536);
        table_publish_trace(table, 1, trace);
    }
    atomic_store(&finished, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    pthread_join(store, NULL);
    free(trace);
    assert_true(table_sequence(table, 1) == ROUNDS);
    assert_int_equal(atomic_load(&torn), 0);
    assert_int_equal(atomic_load(&backwards), 0);
    assert_true(atomic_load(&snapshots) >= READERS);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(shows_nothing_before_the_first_window),
        T(gives_back_what_was_published),
        T(aggregates_stand_beside_the_window),
        T(the_version_tells_when_a_snapshot_is_another),
        T(gives_back_traces),
        T(energy_is_shown_once_it_is_durable),
        T(what_is_not_measured_is_not_shown_as_energy),
        T(a_snapshot_is_of_one_window_whoever_reads),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
