/* Samples that are no number, or infinite: they count as 0, their windows say `gap`, and nothing that was
 * not measured is counted. */
#include "bad.h"

static const float odd[] = {NAN, INFINITY, -INFINITY};

/* Runs of them, up to whole windows, in one voltage: flagged where they are, right where they are not. */
static void runs_of_them(void **state)
{
    (void)state;
    static const unsigned lengths[] = {1, 48, 192, 960, 1920, 3000};
    for (int k = 0; k < 3; k++)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            uint64_t from = 2000, to = from + lengths[i];
            free(samples);
            samples = rig_make(&scene);
            spoil(1, from, to, odd[k]);
            bad_measure();
            assert_int_equal(record.windows, 5);
            for (size_t w = 0; w < 5; w++) {
                const struct quantity_set *s = &record.window[w].load[0];
                bool holds = from < 1920 * (w + 1) && to > 1920 * w;
                assert_int_equal(s->flags & QUALITY_GAP, holds ? QUALITY_GAP : 0);
                assert_near(s->value[Q_V2], 230, 0.01);
                assert_near(s->value[Q_F], 50, 0.001);
                assert_true(s->value[Q_V1] < 230.01);
                if (!holds)
                    assert_near(s->value[Q_V1], 230, 0.01);
            }
            assert_true(counted_j(Q_EA_POS) <= P_W * 1.0001);
            assert_true(counted_j(Q_EA_POS) >= P_W * (1 - lengths[i] / 9600.0 / 2) - 10);
        }
}

/* A current that never is a number counts nothing. */
static void no_current(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        spoil(CURRENTS, 0, scene.frames, odd[k]);
        bad_measure();
        for (int r = 0; r < ENERGY_REGISTERS; r++)
            assert_int_equal(record.energy[0].count_mj[r], 0);
        for (size_t w = 0; w < record.windows; w++)
            assert_true(record.window[w].load[0].flags & QUALITY_GAP);
    }
}

static void nothing_at_all(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        spoil(0xff, 0, scene.frames, odd[k]);
        bad_measure();
        for (int r = 0; r < ENERGY_REGISTERS; r++)
            assert_int_equal(record.energy[0].count_mj[r], 0);
        for (size_t w = 0; w < record.windows; w++) {
            assert_false(quantity_valid(&record.window[w].network, Q_F));
            assert_true(record.window[w].network.flags & QUALITY_GAP);
        }
    }
}

/* All channels for a while, and back: the frequency is held meanwhile, and then as before. */
static void all_for_a_while(void **state)
{
    (void)state;
    spoil(0xff, 1920, 5760, NAN);
    bad_measure();
    assert_int_equal(record.windows, 5);
    for (size_t w = 1; w < 3; w++) {
        const struct quantity_set *s = &record.window[w].load[0];
        assert_true(s->quality[Q_F] == 0 || s->quality[Q_F] & QUALITY_HELD);
        assert_near(s->value[Q_P], 0, 1);
        assert_true(s->flags & QUALITY_GAP);
    }
    assert_near(rig_value(&record, 4, Q_V1), 230, 0.01);
    assert_near(rig_value(&record, 4, Q_F), 50, 0.002);
    assert_near(counted_j(Q_EA_POS), P_W * 0.6, P_W * 0.002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(runs_of_them), TEST(no_current), TEST(nothing_at_all),
                                       TEST(all_for_a_while)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
