/* The feed: what metrology gives, in the rows of the table. */
#include "rig.h"
#include "table/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void rows_are_filled(void **state)
{
    (void)state;
    static struct feed feed;
    static struct quantity_set set;
    static const uint16_t point[] = {2};
    struct rig_meter meter;
    struct rig_scene scene;
    rig_meter_init(&meter);
    rig_scene_init(&scene, 50, 5, 30);
    scene.start_ns = INT64_C(1700000000100000000);
    meter.setup.spans = 1u << METROLOGY_SPAN_CYCLES | 1u << METROLOGY_SPAN_AVERAGE;
    meter.setup.average_s = 2;
    meter.setup.fast_cycles = 2;
    feed = (struct feed){.table = table_new(3), .point = point};
    const struct metrology_sink sink = {
        .context = &feed, .window = feed_window, .aggregate = feed_aggregate, .fast = feed_fast};
    void *memory = aligned_alloc(64, (metrology_bytes(&meter.setup) + 63) / 64 * 64);
    float *samples = rig_make(&scene);
    assert_non_null(memory);
    assert_non_null(feed.table);
    struct metrology *m = metrology_begin(memory, &meter.setup, &sink);
    const struct wave_block b = {.start_ns = scene.start_ns,
                                 .rate_hz = scene.rate_hz,
                                 .flags = WAVE_BEGIN,
                                 .frames = (uint32_t)scene.frames,
                                 .channels = scene.wires,
                                 .samples = samples};
    assert_int_equal(metrology_push(m, &b), ERR_OK);
    uint64_t sequence;
    /* the second whole average of two seconds: 1700000002 ... 4 */
    assert_true(table_aggregate(feed.table, 2, TABLE_AVERAGE, &set, &sequence));
    assert_true(sequence == 2 && set.start_ns == INT64_C(1700000002000000000));
    assert_int_equal(set.flags, 0);
    assert_near(set.value[Q_V1], 230, 0.01);
    assert_near(set.value[Q_I1], 5, 0.001);
    for (int q = 0; q < Q_COUNT; q++)
        if (quantity_info((enum quantity)q)->kind == KIND_COUNTER)
            assert_true(set.quality[q] == 0 && set.value[q] == 0);
    for (int r = 0; r < ENERGY_REGISTERS; r++)
        assert_true(set.energy_mj[r] == 0);
    assert_true(table_aggregate(feed.table, 0, TABLE_CYCLES, &set, &sequence));
    assert_true(sequence == 1 && set.cycles == 150 && !quantity_valid(&set, Q_I1));
    assert_false(table_aggregate(feed.table, 2, TABLE_10MIN, &set, &sequence));
    assert_false(
        table_aggregate(feed.table, 1, TABLE_AVERAGE, &set, &sequence)); /* no load of ours */
    assert_true(table_aggregate(feed.table, 2, TABLE_FAST, &set, &sequence));
    assert_true(sequence > 120 && set.cycles == 2 && !quantity_valid(&set, Q_V1));
    assert_near(set.value[Q_P], 3 * 230 * 5 * 0.8660254, 0.5);
    assert_true(table_aggregate(feed.table, 0, TABLE_FAST, &set, &sequence));
    assert_near(set.value[Q_U12], 398.37, 0.05);
    assert_true(table_sequence(feed.table, 2) == 24 || table_sequence(feed.table, 2) == 25);
    metrology_stop(m);
    free(samples);
    free(memory);
    table_free(feed.table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_are_filled)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
