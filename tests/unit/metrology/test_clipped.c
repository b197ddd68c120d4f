/* Samples at the end of their range: the windows say `clipped`, and read what the samples are. */
#include "bad.h"

/* Mean square of a sine of peak 1 that is cut at c. */
static double clipped_square(double c)
{
    double a = asin(c);
    return 2 / M_PI * (a / 2 - sin(2 * a) / 4 + c * c * (M_PI / 2 - a));
}

static void measure_flagged(uint64_t from, uint64_t to)
{
    struct rig_run run;
    uint64_t edge[] = {0, from, to, scene.frames};
    rig_forget(&record);
    rig_begin(&run, &meter, &record);
    for (int i = 0; i < 3; i++)
        if (edge[i + 1] > edge[i])
            bad_push(&run, samples + 8 * edge[i], (uint32_t)(edge[i + 1] - edge[i]), 9600,
                     (int64_t)(edge[i] / 9600.0 * 1e9),
                     (edge[i] == 0 ? WAVE_BEGIN : 0u) | (i == 1 ? WAVE_CLIPPED : 0u), ERR_OK);
    rig_end(&run);
    bad_check(&record);
}

static void clip(unsigned wires, uint64_t from, uint64_t to, float limit)
{
    for (uint64_t n = from; n < to; n++)
        for (unsigned w = 0; w < 8; w++)
            if (wires >> w & 1)
                samples[n * 8 + w] = fmaxf(-limit, fminf(limit, samples[n * 8 + w]));
}

static void values_and_flags(void **state)
{
    (void)state;
    double peak = 230 * sqrt(2);
    for (int percent = 30; percent < 100; percent += 20) {
        double c = percent / 100.0;
        free(samples);
        samples = rig_make(&scene);
        clip(VOLTAGES, 1920, 5760, (float)(c * peak));
        measure_flagged(1920, 5760);
        for (size_t w = 0; w < 5; w++) {
            bool cut = w == 1 || w == 2;
            const struct quantity_set *s = &record.window[w].load[0];
            assert_int_equal(s->flags & QUALITY_CLIPPED, cut ? QUALITY_CLIPPED : 0);
            assert_int_equal(s->quality[Q_V1] & QUALITY_CLIPPED, cut ? QUALITY_CLIPPED : 0);
            double rms = cut ? peak * sqrt(clipped_square(c)) : 230;
            assert_near(s->value[Q_V1], rms, 2e-4 * rms);
            assert_near(s->value[Q_F], 50, 0.002);
            assert_true(cut ? s->value[Q_THD_V1] > 0.01 : s->value[Q_THD_V1] < 0.1);
        }
        assert_true(counted_j(Q_EA_POS) < P_W && counted_j(Q_EA_POS) > P_W * 0.4);
    }
}

/* A current that is a square wave: as large as it gets. */
static void nearly_a_square(void **state)
{
    (void)state;
    clip(CURRENTS, 0, scene.frames, 0.05f);
    measure_flagged(0, scene.frames);
    assert_int_equal(record.windows, 5);
    for (size_t w = 0; w < 5; w++) {
        const struct quantity_set *s = &record.window[w].load[0];
        assert_true(s->quality[Q_I1] & QUALITY_CLIPPED);
        assert_near(s->value[Q_I1], 0.05, 0.001);
        assert_in_range((int)s->value[Q_THD_I1], 40, 48); /* 48.3 % for all orders */
        assert_true(s->value[Q_CF_I1] >= 1 && s->value[Q_CF_I1] < 1.02);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(values_and_flags), TEST(nearly_a_square)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
