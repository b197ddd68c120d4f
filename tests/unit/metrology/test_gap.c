/* Gaps in time: no window reaches over one, no energy is counted for it. */
#include "bad.h"

#define S 1000000000LL

/* A second, a gap (forward or backward in time), a second. */
static void energy_of_what_was_there(void **state)
{
    (void)state;
    static const int64_t gap_ns[] = {104166,           20000000, S,        3600 * S,
                                     86400LL * 40 * S, -3 * S,   -7200 * S};
    for (size_t i = 0; i < sizeof gap_ns / sizeof *gap_ns; i++) {
        struct rig_run run;
        int64_t second = 10000 * S + gap_ns[i];
        rig_begin(&run, &meter, &record);
        bad_push(&run, samples, 9600, 9600, 9999 * S, WAVE_BEGIN, ERR_OK);
        bad_push(&run, samples, 9600, 9600, second, WAVE_BEGIN, ERR_OK);
        rig_end(&run);
        bad_check(&record);
        assert_int_equal(record.windows, 10);
        for (size_t w = 0; w < 10; w++) {
            const struct quantity_set *s = &record.window[w].network;
            assert_true(s->end_ns - s->start_ns < 201000000);
            assert_true(w < 5 ? s->end_ns <= 10000 * S : s->start_ns >= second);
        }
        assert_near(counted_j(Q_EA_POS), 2 * P_W, 2 * P_W * 1e-4);
        assert_near(counted_j(Q_ES), 2 * S_VA, 2 * S_VA * 1e-4);
        rig_forget(&record);
    }
}

/* Many short losses: what is left adds up. */
static void many(void **state)
{
    (void)state;
    struct rig_run run;
    uint64_t random = 1, metered = 0;
    int64_t at = 0;
    rig_begin(&run, &meter, &record);
    for (int i = 0; i < 300; i++) {
        uint32_t from = (uint32_t)(rig_random(&random) * 4000);
        uint32_t frames = 100 + (uint32_t)(rig_random(&random) * 3000);
        bad_push(&run, samples + 8 * from, frames, 9600, at, WAVE_BEGIN, ERR_OK);
        at += (int64_t)(frames / 9600.0 * 1e9) + (int64_t)(rig_random(&random) * 1e8);
        metered += frames;
    }
    rig_end(&run);
    bad_check(&record);
    double expected = P_W * (double)metered / 9600;
    assert_near(counted_j(Q_EA_POS) - counted_j(Q_EA_NEG), expected, expected * 1e-3);
}

/* A dip that runs when the samples stop is still open, and ends where the voltage is seen to be back. */
static void events_across(void **state)
{
    (void)state;
    struct rig_run run;
    for (uint64_t n = 4800; n < 9600; n++)
        for (int p = 0; p < 3; p++)
            samples[n * 8 + p] *= 0.5f;
    rig_begin(&run, &meter, &record);
    bad_push(&run, samples, 9600, 9600, 0, WAVE_BEGIN, ERR_OK);
    assert_int_equal(record.events, 1);
    bad_push(&run, samples, 4000, 9600, 60 * S, WAVE_BEGIN, ERR_OK);
    rig_end(&run);
    assert_int_equal(record.events, 2);
    assert_true(record.event[1].ended && record.event[1].kind == EVENT_DIP);
    assert_true(record.event[1].end_ns >= 60 * S && record.event[1].end_ns < 61 * S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(energy_of_what_was_there), TEST(many),
                                       TEST(events_across)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
