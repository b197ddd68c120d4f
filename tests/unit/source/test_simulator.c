/* The simulator against its closed formulas: waves, events, frequency, loads. */
#include "simulator_truth.h"

static void samples_are_the_formula(void **state)
{
    (void)state;
    static const double rates[] = {9600, 4000, 14400, 12345.678};
    for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
        struct simulator_config c;
        struct simulator_load loads[2];
        unsigned channels;
        fill(&c, loads);
        c.rate_hz = rates[k];
        c.network.frequency_hz = 50.137;
        if (rates[k] == 4000)
            c.network.frequency_hz = 30; /* the 63rd at 1890 Hz */
        float *x = run(&c, 9600, &channels);
        assert_int_equal(channels, 10);
        for (unsigned n = 0; n < 9600; n++) {
            long double expected[10];
            truth(&c, (long double)c.network.frequency_hz * n / (long double)c.rate_hz, no_gain,
                  expected);
            compare(x + (size_t)n * channels, expected, 1);
        }
        free(x);
    }
}

static void angles_are_exact_to_the_last_place(void **state)
{
    (void)state;
    double turns[SYNTH_FRAMES], cosine[SYNTH_FRAMES], sines[SYNTH_FRAMES];
    for (int k = 0; k < 2000; k++) {
        for (int i = 0; i < SYNTH_FRAMES; i++)
            turns[i] = k < 8 ? k * 0.125 - 0.5 + i * 1e-17 : (k * SYNTH_FRAMES + i) * 0.00037 - 20;
        synth_ops(SYNTH_AUTO)->phasors(cosine, sines, turns);
        for (int i = 0; i < SYNTH_FRAMES; i++) {
            assert_true(fabsl(sines[i] - sine(turns[i])) < 3e-16L);
            assert_true(fabsl(cosine[i] - sine(turns[i] + 0.25L)) < 3e-16L);
        }
    }
}

static void nothing_drifts_in_a_year(void **state)
{
    (void)state;
    struct simulator_config c;
    struct simulator_load loads[2];
    struct model m;
    float x[SYNTH_FRAMES * 10];
    fill(&c, loads);
    c.network.frequency_hz = 50 + 1.0 / 4096;
    assert_int_equal(model_init(&m, &c, &fault), ERR_OK);
    static const uint64_t days[] = {1, 30, 365};
    for (int d = 0; d < 3; d++) {
        uint64_t first = days[d] * 86400 * 9600;
        model_make(&m, first, x);
        for (unsigned i = 0; i < SYNTH_FRAMES; i++) {
            /* whole cycles are taken off in integers */
            const uint64_t frames = 4096 * 9600, cycles = 50 * 4096 + 1;
            long double expected[10];
            truth(&c, (long double)((first + i) * cycles % frames) / frames, no_gain, expected);
            compare(x + (size_t)i * 10, expected, 2);
        }
    }
    model_free(&m);
}

/* Everything at once. */
static void fill_all(struct simulator_config *c, struct simulator_load loads[2],
                     struct simulator_event events[3])
{
    fill(c, loads);
    c->seed = 42;
    c->adc_bits = 16;
    c->clock_error_ppm = 35;
    c->network.noise_percent = 0.1;
    c->network.flicker_percent = 2;
    c->network.flicker_hz = 8.8;
    c->network.wander_hz = 0.05;
    c->network.wander_period_s = 7;
    c->network.drift_hz_per_s = 0.3;
    c->network.drift_limit_hz = 0.2;
    for (int i = 0; i < 4; i++) {
        c->network.sensor[i] = (struct simulator_sensor){0.2, 10, 0.05, 400, 450};
        loads[0].sensor[i] = (struct simulator_sensor){-0.3, -20, 0.01, 0, 100};
        loads[1].sensor[i].noise_rms = 0.02;
    }
    loads[0].swing_percent = 20;
    loads[0].swing_period_s = 5;
    loads[1].flutter_percent = 10;
    events[0] = (struct simulator_event){3, 0.0213, 0.05, 0.4, 0};
    events[1] = (struct simulator_event){4, 0.1, 0.013, 0, 0.0371};
    events[2] = (struct simulator_event){7, 0.15, 0.2, 1.15, 0};
    c->events = events;
    c->event_count = 3;
}

static void blocks_of_any_size_are_the_same_bits(void **state)
{
    (void)state;
    enum { FRAMES = 7000 * 3 };
    static const uint32_t sizes[] = {1, 7, 64, 1000};
    struct simulator_config c;
    struct simulator_load loads[2];
    struct simulator_event events[3];
    unsigned channels;
    fill_all(&c, loads, events);
    c.block_frames = 96;
    float *whole = run(&c, FRAMES, &channels);
    for (int i = 0; i < 4; i++) {
        c.block_frames = sizes[i];
        float *x = run(&c, FRAMES, &channels);
        assert_memory_equal(x, whole, FRAMES * channels * sizeof *x);
        free(x);
    }
    c.seed++;
    float *other = run(&c, FRAMES, &channels);
    assert_memory_not_equal(other, whole, FRAMES * channels * sizeof *other);
    free(other);
    free(whole);
}

static void instruction_sets_are_the_same_bits(void **state)
{
    (void)state;
    struct simulator_config c;
    struct simulator_load loads[2];
    struct simulator_event events[3];
    struct model m;
    enum { CHUNKS = 100, CHUNK = SYNTH_FRAMES * 10 };
    float *first = malloc(CHUNKS * CHUNK * sizeof *first), x[CHUNK];
    uint64_t clipped[CHUNKS];
    fill_all(&c, loads, events);
    for (enum synth_level level = SYNTH_BASELINE; level <= SYNTH_AVX512; level++) {
        const struct synth_ops *ops = synth_ops(level);
        if (!ops)
            continue;
        assert_int_equal(model_init(&m, &c, &fault), ERR_OK);
        m.ops = ops;
        for (uint64_t i = 0; i < CHUNKS; i++) {
            uint64_t bits = model_make(&m, i * SYNTH_FRAMES, x);
            if (level == SYNTH_BASELINE) {
                memcpy(first + i * CHUNK, x, sizeof x);
                clipped[i] = bits;
            }
            assert_memory_equal(first + i * CHUNK, x, sizeof x);
            assert_true(clipped[i] == bits);
        }
        model_free(&m);
    }
    free(first);
}

static void a_dip_begins_and_ends_at_its_sample(void **state)
{
    (void)state;
    struct simulator_config c;
    struct simulator_load loads[2];
    unsigned channels;
    fill(&c, loads);
    /* 0.1 s and 0.06 s are no exact binary numbers: 960, 576 frames; the last one repeats */
    static const struct simulator_event events[] = {
        {SIMULATOR_1 | SIMULATOR_2, 0.1, 0.06, 0.4, 0},
        {SIMULATOR_2, 0.12, 0.06, 0.5, 0},
        {SIMULATOR_3, 0.3, 0.01, 0, 0.1},
    };
    c.events = events;
    c.event_count = 3;
    enum { FRAMES = 9600 };
    float *x = run(&c, FRAMES, &channels);
    for (unsigned n = 0; n < FRAMES; n++) {
        double gain[3] = {1, 1, 1};
        if (n >= 960 && n < 1536)
            gain[0] = gain[1] = 0.4;
        if (n >= 1152 && n < 1728)
            gain[1] *= 0.5;
        if (n >= 2880 && (n - 2880) % 960 < 96)
            gain[2] = 0;
        long double expected[10];
        truth(&c, 50.0L * n / 9600, gain, expected);
        compare(x + (size_t)n * channels, expected, 1);
    }
    free(x);
}

static void events_are_triggered_while_it_runs(void **state)
{
    (void)state;
    struct simulator_config c;
    struct simulator_load loads[2];
    float *x = malloc(9600 * 10 * sizeof *x);
    fill(&c, loads);
    c.block_frames = 100;
    struct source *s = open_simulator(&c);
    take(s, x, 1000);
    uint64_t next = simulator_next_frame(s);
    assert_int_equal(next, 1024); /* 64 at a time */
    struct simulator_event e = {SIMULATOR_1, 0.01, 0.02, 0.7, 0};
    assert_int_equal(simulator_trigger(s, &e, &fault), ERR_OK);
    take(s, x + 1000 * 10, 8600);
    for (unsigned n = 0; n < 9600; n++) {
        double gain[3] = {n >= next + 96 && n < next + 288 ? 0.7 : 1, 1, 1};
        long double expected[10];
        truth(&c, 50.0L * n / 9600, gain, expected);
        compare(x + (size_t)n * 10, expected, 1);
    }
    /* there is room again for those that have passed, and no more */
    e = (struct simulator_event){SIMULATOR_1, 0, 0.001, 0.7, 0};
    for (unsigned i = 0; i < SIMULATOR_EVENTS_MAX; i++)
        assert_int_equal(simulator_trigger(s, &e, &fault), ERR_OK);
    assert_int_equal(simulator_trigger(s, &e, &fault), ERR_AGAIN);
    take(s, x, 200);
    assert_int_equal(simulator_trigger(s, &e, &fault), ERR_OK);
    e.residual = -1;
    assert_int_equal(simulator_trigger(s, &e, &fault), ERR_USAGE);
    source_close(s);
    free(x);
}

static void the_frequency_drifts_without_a_step(void **state)
{
    (void)state;
    struct simulator_config c;
    struct simulator_load loads[2];
    unsigned channels;
    fill(&c, loads);
    /* 49.9 Hz to 50.9 Hz in 0.8 s, the end of it inside a chunk */
    c.network.frequency_hz = 49.9;
    c.network.drift_hz_per_s = 1.25;
    c.network.drift_limit_hz = 1;
    c.network.wander_hz = 0.3;
    c.network.wander_period_s = 1.7;
    enum { FRAMES = 3 * 9600 };
    float *x = run(&c, FRAMES, &channels);
    for (unsigned n = 0; n < FRAMES; n++) {
        long double t = n / 9600.0L, pi = acosl(-1), expected[10];
        long double cycles = 49.9L * t + (t < 0.8L ? 1.25L * t * t / 2 : 0.4L + (t - 0.8L));
        cycles += 0.3L * 1.7L / (2 * pi) * (1 - cosl(2 * pi * t / 1.7L));
        truth(&c, cycles, no_gain, expected);
        compare(x + (size_t)n * channels, expected, 1);
    }
    free(x);
}

static void a_new_network_continues_the_cycles(void **state)
{
    (void)state;
    struct simulator_config c;
    struct simulator_load loads[2];
    float *x = malloc(9600 * 10 * sizeof *x);
    fill(&c, loads);
    struct source *s = open_simulator(&c);
    take(s, x, 4032);
    uint64_t at = simulator_next_frame(s);
    assert_int_equal(at, 4032);
    struct simulator_network n = c.network;
    n.frequency_hz = 60;
    n.nominal_v = 120;
    n.drift_hz_per_s = -2;
    n.phase[1].harmonics.count = 3;
    assert_int_equal(simulator_set_network(s, &n, &fault), ERR_OK);
    take(s, x + 4032 * 10, 4800);
    for (unsigned i = 0; i < 8832; i++) {
        if (i == at)
            c.network = n;
        long double t = i < at ? 0 : (i - at) / 9600.0L, expected[10];
        truth(&c, i < at ? 50.0L * i / 9600 : 50.0L * at / 9600 + 60 * t - t * t, no_gain,
              expected);
        compare(x + (size_t)i * 10, expected, 1);
    }
    n.channels = 7;
    assert_int_equal(simulator_set_network(s, &n, &fault), ERR_USAGE);
    n.channels = 15;
    n.phase[0].percent = NAN;
    assert_int_equal(simulator_set_network(s, &n, &fault), ERR_USAGE);
    source_close(s);
    free(x);
}

static void a_load_is_changed_while_it_runs(void **state)
{
    (void)state;
    struct simulator_config c;
    struct simulator_load loads[2];
    float *x = malloc(9600 * 10 * sizeof *x);
    fill(&c, loads);
    struct source *s = open_simulator(&c);
    take(s, x, 1000 / 96 * 96);
    uint64_t at = simulator_next_frame(s);
    struct simulator_load l = loads[0];
    l.current[1].rms_a = -33;
    l.current[1].harmonics.count = 0;
    assert_int_equal(simulator_set_load(s, 0, &l, &fault), ERR_OK);
    take(s, x + 960 * 10, 960);
    for (unsigned i = 0; i < 1920; i++) {
        if (i == at)
            loads[0] = l;
        long double expected[10];
        truth(&c, 50.0L * i / 9600, no_gain, expected);
        compare(x + (size_t)i * 10, expected, 1);
    }
    assert_int_equal(simulator_set_load(s, 2, &l, &fault), ERR_USAGE);
    l.circuit = 9;
    assert_int_equal(simulator_set_load(s, 0, &l, &fault), ERR_USAGE);
    source_close(s);
    free(x);
}

static void flicker_is_a_relative_change(void **state)
{
    (void)state;
    for (int square = 0; square < 2; square++) {
        struct simulator_config c;
        struct simulator_load loads[2];
        unsigned channels;
        fill(&c, loads);
        c.network.flicker_percent = 3;
        c.network.flicker_hz = 7.5; /* 1280 frames */
        c.network.flicker_is_square = square;
        float *x = run(&c, 9600, &channels);
        for (unsigned n = 0; n < 9600; n++) {
            double sway = square ? (n % 1280 < 640 ? 1 : -1) : (double)sine(7.5L * n / 9600);
            double gain[3] = {1 + 0.015 * sway, 1 + 0.015 * sway, 1 + 0.015 * sway};
            long double expected[10];
            truth(&c, 50.0L * n / 9600, gain, expected);
            compare(x + (size_t)n * channels, expected, 1);
        }
        free(x);
    }
}

static void loads_follow_the_hour(void **state)
{
    (void)state;
    struct simulator_config c;
    struct simulator_load loads[2];
    unsigned channels;
    fill(&c, loads);
    /* 23:59:59.5 in local time */
    c.start_ns = INT64_C(86400) * 1000000000 * 20000 - INT64_C(7200500000000);
    c.utc_offset_s = 7200;
    loads[0].has_profile = true;
    for (int h = 0; h < 24; h++)
        loads[0].profile[h] = h == 0 ? 0.25 : h == 1 ? 3.85 : h == 23 ? 0.61 : 1;
    loads[1].swing_percent = 50;
    loads[1].swing_period_s = 4;
    float *x = run(&c, 4 * 9600, &channels);
    for (unsigned n = 0; n < 4 * 9600; n++) {
        unsigned k = n / 9600;
        double part = n / 9600.0 - k, level[2], swing[2];
        for (unsigned i = 0; i < 2; i++) {  /* knots at full seconds since the start */
            int64_t second = 86399 + k + i; /* of the day: those of the start, in whole ones */
            level[i] = second < 86400 ? 0.61 + (0.25 - 0.61) * (double)(second - 82800) / 3600
                                      : 0.25 + (3.85 - 0.25) * (double)(second - 86400) / 3600;
            swing[i] = 1 + 0.5 * sin(acos(-1) * (k + i) / 2);
        }
        long double expected[10];
        truth(&c, 50.0L * n / 9600, no_gain, expected);
        for (int i = 4; i < 10; i++)
            expected[i] *= i < 8 ? level[0] + (level[1] - level[0]) * part
                                 : swing[0] + (swing[1] - swing[0]) * part;
        compare(x + (size_t)n * channels, expected, 2);
    }
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_the_formula),
        cmocka_unit_test(angles_are_exact_to_the_last_place),
        cmocka_unit_test(nothing_drifts_in_a_year),
        cmocka_unit_test(blocks_of_any_size_are_the_same_bits),
        cmocka_unit_test(instruction_sets_are_the_same_bits),
        cmocka_unit_test(a_dip_begins_and_ends_at_its_sample),
        cmocka_unit_test(events_are_triggered_while_it_runs),
        cmocka_unit_test(the_frequency_drifts_without_a_step),
        cmocka_unit_test(a_new_network_continues_the_cycles),
        cmocka_unit_test(a_load_is_changed_while_it_runs),
        cmocka_unit_test(flicker_is_a_relative_change),
        cmocka_unit_test(loads_follow_the_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
