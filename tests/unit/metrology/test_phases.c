/* Phases that are missing, from the beginning or from an instant on: the others are metered as before, the
 * frequency comes from those that are left. */
#include "bad.h"

/* Any set of dead voltages. */
static void dead_from_the_beginning(void **state)
{
    (void)state;
    for (unsigned dead = 1; dead < 7; dead++) {
        free(samples);
        samples = rig_make(&scene);
        spoil(dead, 0, scene.frames, 0);
        bad_measure();
        assert_int_equal(record.windows, 5);
        unsigned left = 0;
        for (unsigned p = 0; p < 3; p++)
            left += !(dead >> p & 1);
        for (size_t w = 0; w < 5; w++) {
            const struct quantity_set *s = &record.window[w].load[0];
            assert_near(s->value[Q_F], 50, 1e-3);
            assert_int_equal(s->quality[Q_F] & QUALITY_HELD, 0);
            for (unsigned p = 0; p < 3; p++) {
                assert_near(s->value[Q_V1 + p], dead >> p & 1 ? 0 : 230, 0.01);
                assert_near(s->value[Q_P1 + p], dead >> p & 1 ? 0 : P_W / 3, 0.05);
                assert_int_equal(quantity_valid(s, Q_THD_V1 + p), !(dead >> p & 1));
                assert_int_equal(quantity_valid(s, Q_PF1 + p), !(dead >> p & 1));
            }
            assert_true(s->value[Q_VNB] > 10); /* far from balanced */
        }
        assert_near(counted_j(Q_EA_POS), P_W * left / 3, P_W * 1e-3);
        /* a dip of those that are dead; no interruption while one lives */
        assert_int_equal(record.opens, 1);
        assert_int_equal(record.open[0].kind, EVENT_DIP);
        assert_int_equal(record.open[0].channel_count, 3 - left);
    }
}

static void lost_on_the_way(void **state)
{
    (void)state;
    for (unsigned dead = 1; dead < 7; dead++) {
        free(samples);
        samples = rig_make(&scene);
        spoil(dead | dead << 4, 4400, scene.frames, 0);
        bad_measure();
        for (size_t w = 0; w < 5; w++) {
            const struct quantity_set *s = &record.window[w].load[0];
            assert_near(s->value[Q_F], 50, 5e-3);
            for (unsigned p = 0; p < 3; p++)
                if (!(dead >> p & 1) || w < 2) {
                    assert_near(s->value[Q_V1 + p], 230, 0.01);
                    assert_near(s->value[Q_P1 + p], P_W / 3, 0.05);
                } else if (w > 2) {
                    assert_near(s->value[Q_V1 + p], 0, 0); /* not what running sums round */
                    assert_near(s->value[Q_I1 + p], 0, 0);
                    assert_near(s->value[Q_P1 + p], 0, 0);
                    assert_false(quantity_valid(s, Q_PF1 + p));
                    assert_false(quantity_valid(s, Q_THD_I1 + p));
                }
            assert_int_equal(s->flags & QUALITY_FLAGGED, w < 2 ? 0 : QUALITY_FLAGGED);
        }
    }
}

/* Channels that the wiring does not have are not available; never a zero. */
static void not_wired(void **state)
{
    (void)state;
    meter.setup.voltage[1].terms = 0;
    meter.setup.voltage[2].terms = 0;
    meter.load[0].current[2].terms = 0;
    bad_measure();
    for (size_t w = 0; w < 5; w++) {
        const struct quantity_set *s = &record.window[w].load[0];
        static const enum quantity absent[] = {Q_V2, Q_V3, Q_U12, Q_U23, Q_U31, Q_P2,
                                               Q_P3, Q_I3, Q_VNB, Q_UNB, Q_USYS};
        for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
            assert_false(quantity_valid(s, absent[i]));
        assert_near(s->value[Q_P], P_W / 3, 0.05);
        assert_near(s->value[Q_I2], 5, 1e-3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(dead_from_the_beginning), TEST(lost_on_the_way),
                                       TEST(not_wired)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
