/* Sensors, noise, converters, and what the simulator says of itself. */
#include "simulator_truth.h"

/* Fundamental of a channel over whole cycles, as amplitude and angle of a sine. */
static void fundamental(const float *x, unsigned channels, unsigned channel, unsigned frames,
                        double cycles, double *amplitude, double *angle_deg)
{
    double re = 0, im = 0;
    for (unsigned n = 0; n < frames; n++) {
        double a = 2 * acos(-1) * cycles * n / frames;
        re += x[(size_t)n * channels + channel] * sin(a);
        im += x[(size_t)n * channels + channel] * cos(a);
    }
    *amplitude = 2 * hypot(re, im) / frames;
    *angle_deg = atan2(im, re) * 180 / acos(-1);
}

static void sequences_add_to_the_phases(void **state)
{
    (void)state;
    struct simulator_config c;
    unsigned channels;
    simulator_config_init(&c);
    c.network.negative_percent = 4;
    c.network.negative_deg = 25;
    c.network.zero_percent = 3;
    c.network.zero_deg = -70;
    float *x = run(&c, 1920, &channels);
    double re[3], im[3];
    for (unsigned p = 0; p < 3; p++) {
        double amplitude, angle;
        fundamental(x, channels, p, 1920, 10, &amplitude, &angle);
        re[p] = amplitude / sqrt(2) * cos(angle * acos(-1) / 180);
        im[p] = amplitude / sqrt(2) * sin(angle * acos(-1) / 180);
    }
    /* Fortescue: sequence k turns phase p by p * k thirds */
    static const double expected[3][2] = {{3, -70}, {100, 0}, {4, 25}};
    for (int k = 0; k < 3; k++) {
        double r = 0, i = 0;
        for (int p = 0; p < 3; p++) {
            double a = 2 * acos(-1) * p * k / 3;
            r += (re[p] * cos(a) - im[p] * sin(a)) / 3;
            i += (re[p] * sin(a) + im[p] * cos(a)) / 3;
        }
        assert_true(fabs(hypot(r, i) / 2.3 - expected[k][0]) < 1e-5);
        assert_true(fabs(atan2(i, r) * 180 / acos(-1) - expected[k][1]) < 1e-4);
    }
    free(x);
}

static void sensors_err_as_they_are_told(void **state)
{
    (void)state;
    struct simulator_config c;
    struct simulator_load loads[2];
    unsigned channels;
    double amplitude, angle;
    static const struct simulator_harmonic fifth[] = {{5, 20, 0}};
    fill(&c, loads);
    for (int p = 0; p < 3; p++) {
        c.network.phase[p].harmonics.count = 0;
        loads[0].current[p].harmonics = (struct simulator_spectrum){fifth, 1};
        loads[0].current[p].lag_deg = 0;
    }
    c.network.phase[0].angle_deg = 0;
    c.network.sensor[0].ratio_error_percent = 0.5;
    c.network.sensor[0].phase_error_min = 30;
    loads[0].sensor[0].ratio_error_percent = -1;
    loads[0].sensor[0].phase_error_min = -60;
    loads[0].sensor[1].saturation_peak = 20;
    loads[0].sensor[3].ratio_error_percent = 2; /* of the sensor round the neutral */
    float *x = run(&c, 1920, &channels);
    fundamental(x, channels, 0, 1920, 10, &amplitude, &angle);
    assert_true(fabs(amplitude / (230 * sqrt(2)) - 1.005) < 1e-6);
    assert_true(fabs(angle - 0.5) < 1e-5);
    fundamental(x, channels, 4, 1920, 10, &amplitude, &angle);
    assert_true(fabs(amplitude / (10 * sqrt(2)) - 0.99) < 1e-6);
    assert_true(fabs(angle + 1) < 1e-5);
    fundamental(x, channels, 4, 1920, 50, &amplitude, &angle);
    assert_true(fabs(amplitude / (2 * sqrt(2)) - 0.99) < 1e-6);
    assert_true(fabs(angle + 0.2) < 1e-4); /* a fifth of the displacement */
    double highest = 0;
    for (unsigned n = 0; n < 1920; n++) {
        const float *row = x + (size_t)n * channels;
        highest = fmax(highest, fabs(row[5]));
        long double expected[10];
        truth(&c, 50.0L * n / 9600, no_gain, expected);
        assert_true(fabsl(row[7] - 1.02L * expected[7]) < 1e-5);
    }
    assert_true(highest == 20);
    free(x);
}

static void noise_is_white_and_as_large_as_told(void **state)
{
    (void)state;
    struct simulator_config c;
    unsigned channels;
    enum { FRAMES = 200000 };
    simulator_config_init(&c);
    for (int p = 0; p < 3; p++)
        c.network.phase[p].percent = 0;
    c.network.noise_percent = 3;         /* 6.9 V */
    c.network.sensor[1].noise_rms = 9.2; /* with that: 11.5 V */
    float *x = run(&c, FRAMES, &channels);
    double sum[3] = {0}, square[3] = {0}, next[3] = {0}, across = 0, fourth = 0;
    for (size_t n = 0; n < FRAMES; n++)
        for (size_t k = 0; k < 3; k++) {
            double v = x[n * 3 + k];
            sum[k] += v;
            square[k] += v * v;
            fourth += k == 0 ? v * v * v * v : 0;
            next[k] += n > 0 ? v * x[(n - 1) * 3 + k] : 0;
            across += k == 0 ? v * x[n * 3 + 1] : 0;
        }
    static const double rms[3] = {6.9, 11.5, 6.9};
    double few = 5 / sqrt(FRAMES); /* five standard errors */
    for (int k = 0; k < 3; k++) {
        assert_true(fabs(sum[k] / FRAMES) < few * rms[k]);
        assert_true(fabs(sqrt(square[k] / FRAMES) / rms[k] - 1) < few);
        assert_true(fabs(next[k] / square[k]) < few);
    }
    assert_true(fabs(across / sqrt(square[0] * square[1])) < few);
    /* bell-shaped: four even numbers have an excess of -0.3 */
    assert_true(fabs(fourth * FRAMES / (square[0] * square[0]) - 2.7) < 0.05);
    free(x);
}

static void converters_step_and_clip(void **state)
{
    (void)state;
    struct simulator_config c;
    simulator_config_init(&c);
    c.adc_bits = 16;
    c.block_frames = 1;
    c.network.channels = SIMULATOR_1 | SIMULATOR_2;
    c.network.sensor[0].full_scale_peak = 300; /* the peak is 325 V */
    struct source *s = open_simulator(&c);
    double step = 300.0 / 32768;
    unsigned clipped = 0, expected_clipped = 0;
    for (unsigned n = 0; n < 1920; n++) {
        struct wave_block b;
        assert_int_equal(source_read(s, &b, &fault), ERR_OK);
        double ideal = 230 * sqrt(2) * (double)sine(n / 192.0L), code = b.samples[0] / step;
        bool over = ideal > 32767.5 * step || ideal < -32768.5 * step;
        assert_true(fabs(code - round(code)) < 0.002); /* what a float can tell */
        if (!over)
            assert_true(fabs(b.samples[0] - ideal) <= step / 2 * 1.01);
        else
            assert_true(fabs(code - (ideal > 0 ? 32767 : -32768)) < 0.002);
        assert_int_equal(!!(b.flags & WAVE_CLIPPED), over);
        clipped += !!(b.flags & WAVE_CLIPPED);
        expected_clipped += over;
        /* the other has no converter */
        ideal = 230 * sqrt(2) * (double)sine(n / 192.0L - 1 / 3.0L);
        assert_true(fabs(b.samples[1] - ideal) < 4e-5);
    }
    assert_true(clipped > 100 && clipped == expected_clipped);
    source_close(s);
}

static void a_fast_converter_sees_a_slow_network(void **state)
{
    (void)state;
    struct simulator_config c;
    struct simulator_load loads[2];
    static const struct simulator_event dip = {SIMULATOR_1, 1, 1, 0.5, 0};
    unsigned channels;
    fill(&c, loads);
    c.clock_error_ppm = 1000;
    c.events = &dip;
    c.event_count = 1;
    float *x = run(&c, 12000, &channels);
    for (unsigned n = 0; n < 12000; n++) {
        /* 9609.6 frames in a true second */
        double gain[3] = {n >= 9610 ? 0.5 : 1, 1, 1};
        long double expected[10];
        truth(&c, 50.0L * n / 9609.6L, gain, expected);
        compare(x + (size_t)n * channels, expected, 1);
    }
    free(x);
}

static void orders_beyond_half_the_rate_are_left_out(void **state)
{
    (void)state;
    struct simulator_config c;
    struct simulator_load loads[2];
    unsigned channels;
    fill(&c, loads);
    c.rate_hz = 4000; /* orders to 39 */
    float *x = run(&c, 4000, &channels);
    for (int p = 0; p < 3; p++) {
        c.network.phase[p].harmonics.count = 7;
        loads[0].current[p].harmonics.count = 7;
        loads[1].current[p].harmonics.count = 7;
    }
    assert_true(comb[6].order < 40 && comb[7].order == 40);
    for (unsigned n = 0; n < 4000; n++) {
        long double expected[10];
        truth(&c, 50.0L * n / 4000, no_gain, expected);
        compare(x + (size_t)n * channels, expected, 1);
    }
    free(x);
}

static void blocks_tell_time_and_channels(void **state)
{
    (void)state;
    struct simulator_config c;
    struct simulator_load loads[2];
    struct wave_block b;
    fill(&c, loads);
    c.rate_hz = 7000;
    c.block_frames = 1000;
    c.duration_s = 1.5;
    struct source *s = open_simulator(&c);
    const struct source_info *info = source_info(s);
    assert_string_equal(info->format, "simulator");
    assert_false(info->live);
    assert_true(info->has_date && info->start_ns == c.start_ns && info->duration_s == 1.5);
    assert_int_equal(info->segment_count, 1);
    assert_int_equal(info->segments[0].frames, 10500);
    static const char *const names[] = {"V1", "V2", "V3", "VN",   "I1",
                                        "I2", "I3", "IN", "4:I1", "4:I3"};
    for (unsigned i = 0; i < 10; i++) {
        assert_string_equal(info->channels[i].name, names[i]);
        assert_string_equal(info->channels[i].unit, i < 4 ? "V" : "A");
        assert_int_equal(info->channels[i].place.circuit, i < 8 ? 1 : 4);
    }
    assert_int_equal(info->channels[9].place.role, ROLE_I3);
    float first[10];
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < 11; i++) {
            assert_int_equal(source_read(s, &b, &fault), ERR_OK);
            assert_int_equal(b.frames, i < 10 ? 1000 : 500);
            assert_true(b.start_ns == c.start_ns + (int64_t)((i * 1000000000000 + 3500) / 7000));
            assert_true(b.first_frame == i * 1000 && b.rate_hz == 7000 && b.channels == 10);
            assert_int_equal(b.flags, WAVE_SIMULATED | (i == 0 ? WAVE_BEGIN : 0));
            if (i == 0 && round == 0)
                memcpy(first, b.samples, sizeof first);
            if (i == 0)
                assert_memory_equal(first, b.samples, sizeof first);
        }
        assert_int_equal(source_read(s, &b, &fault), ERR_END);
        assert_int_equal(source_read(s, &b, &fault), ERR_END);
        assert_int_equal(source_rewind(s, &fault), ERR_OK);
    }
    source_close(s);
    c.duration_s = 0;
    s = open_simulator(&c);
    assert_true(source_info(s)->live);
    assert_int_equal(source_rewind(s, &fault), ERR_UNSUPPORTED);
    source_close(s);
}

static void faults_name_the_field(void **state)
{
    (void)state;
    struct simulator_config good, c;
    struct simulator_load loads[2];
    struct simulator_event event = {SIMULATOR_1, 0, 1, 0.5, 0};
    struct simulator_harmonic twice[] = {{5, 1, 0}, {5, 2, 0}}, high[] = {{64, 1, 0}};
    struct source *s;
    fill(&good, loads);
#define REFUSED(change, words)                                          \
    do {                                                                \
        c = good;                                                       \
        struct simulator_load kept[2] = {loads[0], loads[1]};           \
        change;                                                         \
        assert_int_equal(simulator_open(&c, &s, &fault), ERR_USAGE);    \
        assert_null(s);                                                 \
        if (!strstr(fault.text, words))                                 \
            fail_msg("\"%s\" does not name \"%s\"", fault.text, words); \
        memcpy(loads, kept, sizeof kept);                               \
    } while (0)
    REFUSED(c.rate_hz = 0, "rate_hz is 0, expected 10");
    REFUSED(c.rate_hz = NAN, "rate_hz");
    REFUSED(c.rate_hz = 99, "cannot carry 50 Hz");
    REFUSED(c.block_frames = 0, "block_frames");
    REFUSED(c.adc_bits = 7, "adc_bits");
    REFUSED(c.network.frequency_hz = 0, "frequency_hz");
    REFUSED(c.network.wander_hz = 1, "wander_period_s");
    REFUSED(c.network.flicker_percent = 1, "flicker_hz");
    REFUSED(c.network.tone_count = 5, "tone_count");
    REFUSED(c.network.tone_count = 1, "network, tone: hz is 0");
    REFUSED(c.network.phase[2].percent = -1, "network, phase 3: percent is -1");
    REFUSED(c.network.sensor[3].noise_rms = -1, "network, neutral: noise_rms");
    REFUSED(c.network.phase[1].harmonics = ((struct simulator_spectrum){twice, 2}),
            "network, phase 2: harmonic 5 stands twice");
    REFUSED(loads[1].current[0].harmonics = ((struct simulator_spectrum){high, 1}),
            "load 2, phase 1: harmonic order is 64");
    REFUSED(loads[1].circuit = 1, "loads 1 and 2 are both of circuit 1");
    REFUSED(loads[0].circuit = WAVE_CIRCUITS_MAX + 1, "load 1: circuit is 257");
    REFUSED(loads[0].channels = 0, "load 1: channels");
    REFUSED(event.residual = INFINITY; c.events = &event; c.event_count = 1, "event 1: residual");
    REFUSED(event.residual = 0.5; event.period_s = 0.5; c.events = &event;
            c.event_count = 1, "event 1: period_s");
    REFUSED(c.event_count = 65, "event_count");
    REFUSED(c.network.channels = 0; c.load_count = 0, "0 channels");
}

/* What the tones add, against their formula; one at half the sampling rate adds nothing. */
static void tones(void **state)
{
    (void)state;
    enum { FRAMES = 2880, CHANNELS = 11 };
    static float without[FRAMES * CHANNELS], with[FRAMES * CHANNELS];
    struct simulator_config c;
    struct simulator_load loads[2];
    fill(&c, loads);
    c.network.channels = 7;
    c.network.sensor[1] = (struct simulator_sensor){.ratio_error_percent = 10};
    c.network.sensor[2] = (struct simulator_sensor){.phase_error_min = 600};
    loads[0].channels = 15;
    loads[1].channels = 15;
    struct source *s = open_simulator(&c);
    take(s, without, FRAMES);
    source_close(s);
    c.network.tone_count = 3;
    c.network.tone[0] = (struct simulator_tone){175.3, 5, 8, 20};
    c.network.tone[1] = (struct simulator_tone){4800, 50, 50, 0};
    c.network.tone[2] = (struct simulator_tone){3900, 2, 0, 0};
    s = open_simulator(&c);
    take(s, with, FRAMES);
    source_close(s);
    for (int n = 0; n < FRAMES; n++) {
        double neutral = 0, t = n / 9600.0, w = 2 * acos(-1), degree = w / 360;
        for (int p = 0; p < 3; p++) {
            double turn = c.network.phase[p].angle_deg * degree, lead = p == 2 ? 10 * degree : 0;
            double low = sin(w * 175.3 * t + 20 * degree + turn + lead * 50 / 175.3);
            double high = sin(w * 3900 * t + turn + lead * 50 / 3900);
            double v = sqrt(2) * 230 * (0.05 * low + 0.02 * high) * (p == 1 ? 1.1 : 1);
            double i = sqrt(2) * 10 * (p + 1) * 0.08 *
                       sin(w * 175.3 * t + (20 - loads[0].current[p].lag_deg) * degree + turn);
            const float *a = &with[n * CHANNELS], *b = &without[n * CHANNELS];
            neutral += i;
            assert_true(fabs((double)a[p] - (double)b[p] - v) < 1e-4);
            assert_true(fabs((double)a[3 + p] - (double)b[3 + p] - i) < 1e-5);
            assert_true(p < 2 || fabs((double)a[6] - (double)b[6] - neutral) < 1e-5);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tones),
        cmocka_unit_test(sequences_add_to_the_phases),
        cmocka_unit_test(sensors_err_as_they_are_told),
        cmocka_unit_test(noise_is_white_and_as_large_as_told),
        cmocka_unit_test(converters_step_and_clip),
        cmocka_unit_test(a_fast_converter_sees_a_slow_network),
        cmocka_unit_test(orders_beyond_half_the_rate_are_left_out),
        cmocka_unit_test(blocks_tell_time_and_channels),
        cmocka_unit_test(faults_name_the_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
