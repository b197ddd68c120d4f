/* Channels that are zero throughout: a measured zero, whose ratios and angles are not available, and which
 * gives no energy. */
#include "bad.h"

static void no_current(void **state)
{
    (void)state;
    spoil(0xf0, 0, scene.frames, 0);
    bad_measure();
    for (size_t w = 0; w < record.windows; w++) {
        const struct quantity_set *s = &record.window[w].load[0];
        static const enum quantity absent[] = {Q_THD_I1, Q_CF_I1, Q_K_I1, Q_PF,
                                               Q_PF1,    Q_PHI,   Q_INB,  Q_TANPHI1};
        for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
            if (quantity_valid(s, absent[i]))
                fail_msg("%s is %g", quantity_info(absent[i])->name, s->value[absent[i]]);
        assert_true(quantity_valid(s, Q_I1) && s->value[Q_I1] == 0);
        assert_true(quantity_valid(s, Q_P) && s->value[Q_P] == 0);
        assert_true(s->value[Q_Q] == 0 && s->value[Q_S] == 0);
        assert_int_equal(s->flags, 0);
    }
    for (int r = 0; r < ENERGY_REGISTERS; r++)
        assert_int_equal(record.energy[0].count_mj[r], 0);
}

static void no_voltage(void **state)
{
    (void)state;
    spoil(0x0f, 0, scene.frames, 0);
    bad_measure();
    for (size_t w = 0; w < record.windows; w++) {
        const struct quantity_set *s = &record.window[w].load[0];
        assert_near(s->value[Q_F], 50, 0.05); /* of the currents */
        assert_int_equal(s->quality[Q_F] & QUALITY_HELD, 0);
        assert_false(quantity_valid(s, Q_VNB));
        assert_false(quantity_valid(s, Q_CF_V1));
        assert_true(quantity_valid(s, Q_V1) && s->value[Q_V1] == 0);
        assert_near(s->value[Q_I1], 5, 0.1);
        assert_true(s->value[Q_P] == 0);
        assert_true(s->flags & QUALITY_FLAGGED); /* an interruption */
    }
    for (int r = 0; r < ENERGY_REGISTERS; r++)
        assert_int_equal(record.energy[0].count_mj[r], 0);
}

static void nothing_at_all(void **state)
{
    (void)state;
    spoil(0xff, 0, scene.frames, 0);
    bad_measure();
    assert_true(record.windows >= 4);
    for (size_t w = 0; w < record.windows; w++)
        for (int q = 0; q < Q_COUNT; q++) {
            bool under = q >= Q_UNDER_V1 && q <= Q_UNDER_U31; /* all of the nominal voltage lacks */
            assert_true(record.window[w].load[0].value[q] == (under ? 100 : 0));
        }
    for (size_t h = 0; h < record.halves; h++)
        assert_true(record.half[h].rms == 0);
    for (int r = 0; r < ENERGY_REGISTERS; r++)
        assert_int_equal(record.energy[0].count_mj[r], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(no_current), TEST(no_voltage), TEST(nothing_at_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
