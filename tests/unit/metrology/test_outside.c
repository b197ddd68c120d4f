/* Frequencies outside of what is followed (40 ... 72.5 Hz on a 50 Hz network): F is never a number that
 * was not measured; RMS and power stay near what they are; energy is what it is. */
#include "bad.h"

static void far_away(void **state)
{
    (void)state;
    static const double hz[] = {5, 16.7, 25, 33, 38, 76, 90, 120, 400};
    for (size_t i = 0; i < sizeof hz / sizeof *hz; i++) {
        rig_scene_init(&scene, hz[i], 2, 30);
        free(samples);
        samples = rig_make(&scene);
        bad_measure();
        assert_true(record.windows >= 8);
        for (size_t w = 0; w < record.windows; w++) {
            const struct quantity_set *s = &record.window[w].load[0];
            if (quantity_valid(s, Q_F))
                fail_msg("%g Hz reads as %g Hz", hz[i], s->value[Q_F]);
        }
        double cycles_left = 0.5 / (hz[i] * 2); /* of the beats between signal and interval */
        assert_near(counted_j(Q_EA_POS) - counted_j(Q_EA_NEG), 2 * P_W,
                    P_W * (0.002 + cycles_left));
    }
}

/* It was 50 Hz and leaves: the last good value, held. */
static void it_leaves(void **state)
{
    (void)state;
    static const double step[] = {-25, 40, 100};
    for (size_t i = 0; i < sizeof step / sizeof *step; i++) {
        rig_scene_init(&scene, 50, 3, 30);
        scene.step_s = 1;
        scene.step_hz = step[i];
        free(samples);
        samples = rig_make(&scene);
        bad_measure();
        for (size_t w = 0; w < record.windows; w++) {
            const struct quantity_set *s = &record.window[w].network;
            if (s->end_ns <= 1000000000) {
                assert_near(s->value[Q_F], 50, 2e-3);
            } else if (s->start_ns > 1600000000 && quantity_valid(s, Q_F)) {
                assert_true(s->quality[Q_F] & QUALITY_HELD);
                assert_near(s->value[Q_F], 50, 0.5);
            }
        }
    }
}

/* To the ends of the range and back. */
static void at_the_ends(void **state)
{
    (void)state;
    static const double hz[] = {42.5, 69};
    for (int i = 0; i < 2; i++) {
        rig_scene_init(&scene, hz[i], 1, 30);
        free(samples);
        samples = rig_make(&scene);
        bad_measure();
        for (size_t w = 0; w < record.windows; w++)
            assert_near(rig_value(&record, w, Q_F), hz[i], 1e-3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(far_away), TEST(it_leaves), TEST(at_the_ends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
