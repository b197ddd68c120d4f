/* Blocks of one sample, and stretches shorter than a cycle. */
#include "bad.h"

static void blocks_of_one(void **state)
{
    (void)state;
    struct rig_run run;
    spoil(1, 3000, 3010, NAN);
    spoil(VOLTAGES, 5000, 6000, 10);
    bad_measure();
    uint64_t digest = rig_digest(&record);
    rig_forget(&record);
    rig_begin(&run, &meter, &record);
    for (uint32_t n = 0; n < 9600; n++)
        bad_push(&run, samples + 8 * n, 1, 9600, n * 1000000000LL / 9600, n == 0 ? WAVE_BEGIN : 0,
                 ERR_OK);
    rig_end(&run);
    assert_true(rig_digest(&record) == digest);
}

/* Each sample a stretch of its own: nothing can be said, nothing is. */
static void stretches_of_one(void **state)
{
    (void)state;
    struct rig_run run;
    rig_begin(&run, &meter, &record);
    for (uint32_t n = 0; n < 9600; n++)
        bad_push(&run, samples + 8 * n, 1, 9600, n * 1000000000LL / 9600, WAVE_BEGIN, ERR_OK);
    rig_end(&run);
    assert_int_equal(record.windows, 0);
    assert_int_equal(record.halves, 0);
    assert_int_equal(record.events, 0);
    for (int r = 0; r < ENERGY_REGISTERS; r++)
        assert_int_equal(record.energy[0].count_mj[r], 0);
}

/* Every length below a cycle: no window, its energy and no more. */
static void shorter_than_a_cycle(void **state)
{
    (void)state;
    double most_w = 3 * 230 * sqrt(2) * 5 * sqrt(2);
    for (uint32_t frames = 0; frames < 186; frames++) {
        struct rig_run run;
        rig_begin(&run, &meter, &record);
        bad_push(&run, samples, frames, 9600, 0, WAVE_BEGIN, ERR_OK);
        rig_end(&run);
        bad_check(&record);
        assert_int_equal(record.windows, 0);
        double sum = 0;
        for (uint32_t n = 0; n < frames; n++)
            for (int p = 0; p < 3; p++)
                sum += (double)samples[8 * n + p] * samples[8 * n + 4 + p] / 9600;
        double counted = counted_j(Q_EA_POS) - counted_j(Q_EA_NEG);
        if (frames >= METROLOGY_SAMPLES_PER_CYCLE)
            assert_near(counted, sum, 0.01 * fabs(sum) + 0.002);
        else
            assert_near(counted, 0, 0);
        for (int r = 0; r < ENERGY_REGISTERS; r++)
            assert_true((double)record.energy[0].count_mj[r] / 1000 <= most_w * frames / 9600);
        rig_forget(&record);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(blocks_of_one), TEST(stretches_of_one),
                                       TEST(shorter_than_a_cycle)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
