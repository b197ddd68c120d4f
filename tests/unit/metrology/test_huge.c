/* Numbers that no plant has: metered up to 1e9, struck out beyond; powers beyond 1e15 W are no energy;
 * what came after them is right again. */
#include "bad.h"

static void any_size(void **state)
{
    (void)state;
    for (int exponent = -30; exponent <= 38; exponent++) {
        double factor = pow(10, exponent);
        free(samples);
        samples = rig_make(&scene);
        for (uint64_t n = 0; n < scene.frames * 8; n++)
            samples[n] = (float)(samples[n] * factor);
        meter.setup.nominal_voltage_v = 0;
        bad_measure();
        assert_true(record.windows >= 4);
        if (exponent < -10 || exponent > 6)
            continue;
        for (size_t w = 0; w < record.windows; w++) {
            const struct quantity_set *s = &record.window[w].load[0];
            assert_near(s->value[Q_V1] / factor, 230, 0.01);
            assert_near(s->value[Q_P] / factor / factor, P_W, 0.1);
            assert_near(s->value[Q_F], 50, 1e-3);
        }
    }
}

/* 1e8 V and 1e8 A are 3e16 W: shown, and not counted. They keep away from the window's ends, which are known to
 * 1e-9 of a frame: so much of 1e16 would show. */
static void no_energy_beyond_any_plant(void **state)
{
    (void)state;
    spoil(VOLTAGES | CURRENTS, 1930, 3830, 1e8f);
    bad_measure();
    assert_true(counted_j(Q_EA_POS) < 1.001 * P_W);
    assert_near(rig_value(&record, 3, Q_V1), 230, 0.5);
    assert_near(rig_value(&record, 4, Q_V1), 230, 0.5);
    assert_near(rig_value(&record, 3, Q_P), P_W, 0.1);
}

/* One sample of every size in one channel. */
static void one_sample(void **state)
{
    (void)state;
    static const float sizes[] = {1e4f, 1e6f, 9.9e8f, 1.1e9f, 1e20f, 3e38f, -9.9e8f, -3e38f};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        free(samples);
        samples = rig_make(&scene);
        spoil(1u << 4, 3000, 3001, sizes[i]);
        bad_measure();
        assert_int_equal(record.window[1].load[0].flags & QUALITY_GAP,
                         fabsf(sizes[i]) > 1e9f ? QUALITY_GAP : 0);
        for (size_t w = 0; w < 5; w++) {
            assert_near(record.window[w].load[0].value[Q_V1], 230, 0.01);
            assert_near(record.window[w].load[0].value[Q_I2], 5, 1e-3);
            if (w != 1)
                assert_near(record.window[w].load[0].value[Q_I1], 5, 5e-3);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(any_size), TEST(no_energy_beyond_any_plant),
                                       TEST(one_sample)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
