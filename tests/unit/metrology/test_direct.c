/* Direct components: beside an alternating one they belong to RMS and power; alone, they have no frequency. */
#include "bad.h"

static void beside_a_sine(void **state)
{
    (void)state;
    for (int k = -2; k <= 2; k++) {
        for (unsigned p = 0; p < 3; p++) {
            scene.wire[p].dc = 40 * k;
            scene.wire[4 + p].dc = 1.5 * k;
        }
        free(samples);
        samples = rig_make(&scene);
        bad_measure();
        assert_int_equal(record.windows, 5);
        for (size_t w = 0; w < 5; w++) {
            const struct quantity_set *s = &record.window[w].load[0];
            assert_near(s->value[Q_F], 50, 1e-3);
            assert_near(s->value[Q_V1], sqrt(230 * 230.0 + 1600.0 * k * k), 0.01);
            assert_near(s->value[Q_I2], sqrt(25 + 2.25 * k * k), 1e-3);
            assert_near(s->value[Q_P], P_W + 3 * 60.0 * k * k, 0.2);
            assert_near(s->spectrum[SPECTRUM_V1].rms[0], 40 * k, 0.01);
            assert_near(s->value[Q_U12], 230 * sqrt(3), 0.02); /* it cancels between phases */
        }
    }
}

static void alone(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        for (uint64_t n = 0; n < scene.frames; n++)
            for (unsigned p = 0; p < 3; p++) {
                samples[n * 8 + p] = 100;
                samples[n * 8 + 4 + p] = (float)(2 * sign);
            }
        bad_measure();
        assert_true(record.windows >= 4);
        for (size_t w = 0; w < record.windows; w++) {
            const struct quantity_set *s = &record.window[w].load[0];
            assert_false(quantity_valid(s, Q_F));
            assert_false(quantity_valid(s, Q_THD_V1));
            assert_near(s->value[Q_V1], 100, 1e-3);
            assert_near(s->value[Q_P], sign * 600, 1e-2);
            assert_near(s->value[Q_PF], sign, 1e-4);
            assert_near(s->value[Q_Q], 0, 1);
        }
        assert_near(counted_j(sign > 0 ? Q_EA_POS : Q_EA_NEG), 600, 0.1);
        assert_int_equal(record.energy[0].count_mj[sign > 0 ? 1 : 0], 0);
        for (size_t h = 0; h < record.halves; h++)
            if (record.half[h].channel == SPECTRUM_V1)
                assert_near(record.half[h].rms, 100, 0.01);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(beside_a_sine), TEST(alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
