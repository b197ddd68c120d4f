/* Who tells the frequency: V1, else V2 or V3, else a current. */
#include "rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct rig_meter meter;
static struct rig_scene scene;
static struct rig_record record;

static int begin(void **state)
{
    (void)state;
    rig_meter_init(&meter);
    meter.load[0].rated_current_a = 10;
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_forget(&record);
    return 0;
}

/* Voltages (bits) are dead from one instant to another. */
static void dead(unsigned voltages, double from_s, double to_s)
{
    scene.changes = 1;
    scene.change[0] = (struct rig_change){from_s, to_s, voltages, 0, 0};
}

static bool held(size_t window)
{
    const struct quantity_set *n = &record.window[window].network;
    return !quantity_valid(n, Q_F) || n->quality[Q_F] & QUALITY_HELD;
}

static void a_voltage_that_is_left(void **state)
{
    (void)state;
    for (unsigned voltages = 1; voltages < 7; voltages++) {
        rig_scene_init(&scene, 50.37, 1, 30);
        dead(voltages, 0, 9);
        rig_measure(&meter, &scene, &record);
        for (size_t w = 0; w < record.windows; w++) {
            assert_near(rig_value(&record, w, Q_F), 50.37, 0.0005);
            assert_false(held(w));
        }
        rig_forget(&record);
    }
}

static void a_current_where_all_are_dead(void **state)
{
    (void)state;
    for (double hz = 43; hz < 69; hz += 5.37) {
        rig_scene_init(&scene, hz, 2, 30);
        dead(7, 0, 9);
        rig_measure(&meter, &scene, &record);
        assert_true(record.windows >= 8);
        for (size_t w = 0; w < record.windows; w++) {
            assert_near(rig_value(&record, w, Q_F), hz, 0.0005);
            assert_near(rig_value(&record, w, Q_I2), 5, 5 * 10e-6);
            assert_int_equal(record.window[w].network.cycles, 10);
            assert_false(held(w));
        }
        rig_forget(&record);
    }
}

/* A current of a thousandth of what is rated is none: the frequency is not known, and nothing hangs. */
static void a_current_that_is_none(void **state)
{
    (void)state;
    rig_scene_init(&scene, 50.37, 2, 30);
    dead(7, 0, 9);
    for (int i = 4; i < 7; i++)
        scene.wire[i].rms = 0.01;
    rig_measure(&meter, &scene, &record);
    assert_true(record.windows >= 8);
    for (size_t w = 0; w < record.windows; w++)
        assert_true(held(w));
}

/* A fuse blows: the frequency holds for a second, then a current tells it. The voltage comes back, and steers
 * again; windows stay as long as their cycles are throughout. */
static void voltages_that_go_and_come_back(void **state)
{
    (void)state;
    rig_scene_init(&scene, 50.2, 12, 30);
    dead(7, 3, 8);
    rig_measure(&meter, &scene, &record);
    unsigned holds = 0;
    for (size_t w = 0; w < record.windows; w++) {
        const struct quantity_set *n = &record.window[w].network;
        double at = (double)n->start_ns / 1e9, length = (double)(n->end_ns - n->start_ns) / 1e9;
        holds += held(w);
        if (held(w))
            assert_true(at > 2.7 && at < 4.5);
        else
            assert_near(n->value[Q_F], 50.2, 0.002);
        assert_near(length, 10 / 50.2,
                    w == 0 ? 6e-5 : 1e-5); /* the first begins half a frame early */
        assert_int_equal(n->cycles, 10);
        if (w > 0)
            assert_true(n->start_ns == record.window[w - 1].network.end_ns);
    }
    assert_in_range(holds, 3, 8);
}

/* An interruption that ends by itself is not told by anyone else. */
static void a_short_interruption(void **state)
{
    (void)state;
    rig_scene_init(&scene, 50.2, 3, 30);
    dead(7, 1, 1.6);
    rig_measure(&meter, &scene, &record);
    unsigned holds = 0;
    for (size_t w = 0; w < record.windows; w++)
        holds += held(w);
    assert_in_range(holds, 2, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_voltage_that_is_left), TEST(a_current_where_all_are_dead),
        TEST(a_current_that_is_none), TEST(voltages_that_go_and_come_back),
        TEST(a_short_interruption),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
