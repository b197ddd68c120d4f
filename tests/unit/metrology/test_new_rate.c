/* Another sampling rate in mid-stream, said with WAVE_BEGIN or not: metered on, energy complete, orders that
 * the new rate cannot carry not available. A rate that cannot be metered is passed over. */
#include "bad.h"

static float *at_rate(double rate_hz, uint32_t *frames)
{
    struct rig_scene s = scene;
    s.rate_hz = rate_hz;
    s.frames = (uint64_t)llround(rate_hz);
    *frames = (uint32_t)s.frames;
    return rig_make(&s);
}

static void one_after_the_other(void **state)
{
    (void)state;
    static const double rates[] = {9600, 4000, 30707.244, 9600, 800, 12800, 12800.5, 48000};
    for (uint32_t begin = 0; begin < 2; begin++) {
        struct rig_run run;
        meter.setup.highest_rate_hz = 48000;
        rig_begin(&run, &meter, &record);
        for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
            uint32_t frames;
            float *x = at_rate(rates[i], &frames);
            bad_push(&run, x, frames, rates[i], (int64_t)i * 1000000000,
                     i == 0 || begin ? WAVE_BEGIN : 0, ERR_OK);
            free(x);
        }
        rig_end(&run);
        bad_check(&record);
        assert_in_range(record.windows, 4 * 8, 5 * 8);
        for (size_t w = 0; w < record.windows; w++) {
            const struct quantity_set *s = &record.window[w].load[0];
            unsigned second = (unsigned)(s->start_ns / 1000000000);
            double orders = fmin(rates[second] / 100 - 0.11, 63);
            assert_near(s->value[Q_F], 50, 5e-3);
            assert_near(s->value[Q_V1], 230, 0.05);
            assert_near(s->value[Q_P], P_W, 1.5);
            assert_in_range(s->spectrum[SPECTRUM_V1].highest, (unsigned)orders - 1,
                            (unsigned)orders);
        }
        assert_near(counted_j(Q_EA_POS), 8 * P_W, 8 * P_W * 1e-3);
        rig_forget(&record);
    }
}

static void passed_over(void **state)
{
    (void)state;
    static const double odd[] = {0, -9600, 399.9, 9600.1, 1e9, NAN, INFINITY};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct rig_run run;
        rig_begin(&run, &meter, &record);
        bad_push(&run, samples, 9600, 9600, 0, WAVE_BEGIN, ERR_OK);
        bad_push(&run, samples, 5000, odd[i], 1000000000, 0, ERR_UNSUPPORTED);
        bad_push(&run, samples, 5000, odd[i], 1000000000, WAVE_BEGIN, ERR_UNSUPPORTED);
        bad_push(&run, samples, 9600, 9600, 2000000000, 0, ERR_OK);
        rig_end(&run);
        bad_check(&record);
        assert_int_equal(record.windows, 10);
        assert_near(counted_j(Q_EA_POS), 2 * P_W, 2 * P_W * 1e-4);
        rig_forget(&record);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(one_after_the_other), TEST(passed_over)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
