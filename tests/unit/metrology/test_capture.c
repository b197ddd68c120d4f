/* Waveform capture: every sample is a frame of the input, at the place that the set says; nothing is lost
 * without being counted; nothing else changes. */
#include "rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ALL ((1u << CAPTURE_REASONS) - 1)

static struct rig_meter meter;
static struct rig_scene scene;
static struct rig_record record;
static float *samples;

static int begin(void **state)
{
    (void)state;
    rig_meter_init(&meter);
    rig_scene_init(&scene, 50.07, 1, 30);
    scene.start_ns = 1700000000123456789;
    for (unsigned w = 0; w < 8; w++)
        scene.wire[w].noise = 0.1;
    meter.setup.capture = (struct capture_setup){.subsampling = 1,
                                                 .after_percent = 50,
                                                 .reasons = ALL & ~(1u << CAPTURE_POWER_FAILURE),
                                                 .load = METROLOGY_NETWORK};
    meter.load[0].rated_current_a = 10;
    samples = NULL;
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_forget(&record);
    free(samples);
    return 0;
}

static void change(double from_s, double to_s, unsigned wires, double factor)
{
    scene.change[scene.changes++] = (struct rig_change){from_s, to_s, wires, factor, 0};
}

static void measure(size_t block)
{
    struct rig_run run;
    free(samples);
    samples = rig_make(&scene);
    rig_forget(&record);
    rig_begin(&run, &meter, &record);
    rig_push(&run, &scene, samples, block);
    rig_end(&run);
}

static void seconds(double s)
{
    scene.frames = (uint64_t)llround(s * scene.rate_hz);
}

static int64_t frame_at(int64_t ns)
{
    return llround((double)(ns - scene.start_ns) * scene.rate_hz / 1e9);
}

/* Each sample is the input's, to the bit; wires of the four currents. */
static void check_samples(const struct rig_capture *c, const unsigned current[4])
{
    int64_t first = frame_at(c->is.start_ns);
    assert_true(c->is.count > 0 && c->is.count <= CAPTURE_SAMPLES);
    assert_near(c->is.rate_hz, scene.rate_hz / c->is.subsampling, 1e-9);
    for (unsigned i = 0; i < c->is.count; i++) {
        const float *x = &samples[(uint64_t)(first + i * c->is.subsampling) * scene.wires];
        for (unsigned u = 0; u < 3; u++) {
            assert_true(c->sample[u][i] == x[u]);
            assert_true(c->sample[3 + u][i] == x[u] - x[(u + 1) % 3]);
        }
        for (unsigned k = 0; k < 4 && current; k++)
            if (current[k])
                assert_true(c->sample[6 + k][i] == x[current[k]]);
    }
    for (unsigned k = 0; k < 4 && current; k++)
        assert_true(current[k] ? c->is.waveform[6 + k].sample != NULL
                               : c->is.waveform[6 + k].sample == NULL);
    assert_int_equal(frame_at(c->is.trigger_ns), first + (int64_t)c->is.before * c->is.subsampling);
}

static const unsigned own[4] = {4, 5, 6, 7};

static void names(void **state)
{
    (void)state;
    assert_string_equal(capture_reason_name(CAPTURE_DIP), "dip");
    assert_string_equal(capture_reason_name(CAPTURE_SWELL), "swell");
    assert_string_equal(capture_reason_name(CAPTURE_INTERRUPTION), "interruption");
    assert_string_equal(capture_reason_name(CAPTURE_OVERCURRENT), "overcurrent");
    assert_string_equal(capture_reason_name(CAPTURE_RAPID_CHANGE), "rapid_change");
    assert_string_equal(capture_reason_name(CAPTURE_DIGITAL_INPUT), "digital_input");
    assert_string_equal(capture_reason_name(CAPTURE_POWER_FAILURE), "power_failure");
}

/* Every subsampling, with shares after the trigger from nothing to all. */
static void every_sample_is_a_frame(void **state)
{
    (void)state;
    static const double shares[] = {0, 33, 50, 100};
    static const unsigned before[] = {960, 643, 480, 0};
    seconds(4);
    change(1.8137, 1.86, 1, 0.6);
    for (unsigned n = 1; n <= CAPTURE_SUBSAMPLING_MAX; n += n < 4 ? 1 : 4)
        for (int s = 0; s < 4; s++) {
            meter.setup.capture.subsampling = n;
            meter.setup.capture.after_percent = shares[s];
            measure(0);
            assert_int_equal(record.captures, 1);
            const struct rig_capture *c = record.capture[0];
            assert_int_equal(c->is.reason, CAPTURE_DIP);
            assert_int_equal(c->is.load, METROLOGY_NETWORK);
            assert_int_equal(c->is.at_end, false);
            assert_int_equal(c->is.count, CAPTURE_SAMPLES);
            assert_int_equal(c->is.before, before[s]);
            assert_int_equal(c->is.subsampling, n);
            assert_int_equal(c->is.event_ns, record.event[0].start_ns);
            assert_int_equal(c->is.trigger_ns, record.event[0].start_ns);
            assert_int_equal(c->is.flags, 0);
            assert_int_equal(c->is.lost, 0);
            check_samples(c, own);
        }
}

/* Rates of recordings and of sampled values: the numbers hold per sample. */
static void other_rates(void **state)
{
    (void)state;
    static const double rates[] = {600, 4000, 4800, 12800, 14400, 30707.244};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        for (unsigned n = 1; n <= 16; n += 15) {
            double length = 960 * n / rates[i];
            scene.rate_hz = meter.setup.highest_rate_hz = rates[i];
            seconds(length + 0.8);
            scene.changes = 0;
            change(length / 2 + 0.3, length / 2 + 0.35, 7, 0.5);
            meter.setup.capture.subsampling = n;
            measure(777);
            assert_in_range(record.captures, 1,
                            2); /* 31 ms at the highest rate: one at the end, too */
            assert_int_equal(record.capture[0]->is.count, CAPTURE_SAMPLES);
            assert_int_equal(record.capture[0]->is.before, 480);
            check_samples(record.capture[0], own);
        }
}

static uint64_t digest_of(size_t block)
{
    measure(block);
    return rig_digest(&record);
}

static void any_cut_into_blocks(void **state)
{
    (void)state;
    static const size_t blocks[] = {1, 7, 64, 1000, 4096};
    seconds(3);
    change(0.31, 0.9, 3, 0.7);
    change(0.95, 1.3, 7, 0.02);
    change(1.1, 1.2, 0x70, 5);
    change(2.2, 2.21, 7, 1.3);
    meter.setup.capture.reasons = ALL;
    meter.setup.capture.subsampling = 3;
    uint64_t whole = digest_of(0);
    assert_true(record.captures >= 6);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        assert_true(digest_of(blocks[i]) == whole);
}

/* The longer ring changes no other result, to the bit. */
static void nothing_else_changes(void **state)
{
    (void)state;
    seconds(3);
    change(0.5, 0.6, 3, 0.7);
    change(1.5, 1.9, 7, 0.02);
    meter.setup.capture.subsampling = 0;
    uint64_t without = digest_of(64);
    assert_int_equal(record.captures, 0);
    for (unsigned n = 1; n <= 16; n *= 4) {
        meter.setup.capture.subsampling = n;
        measure(64);
        assert_true(record.captures > 0);
        for (size_t i = 0; i < record.captures; i++)
            free(record.capture[i]);
        record.captures = 0;
        assert_true(rig_digest(&record) == without);
    }
}

/* A second set where the event was longer than a set is (100 ms). */
static void a_set_at_the_end(void **state)
{
    (void)state;
    static const double length[] = {0.06, 0.14, 0.5};
    for (int i = 0; i < 3; i++) {
        scene.changes = 0;
        seconds(2);
        change(0.7, 0.7 + length[i], 7, 0.5);
        measure(0);
        assert_int_equal(record.events, 2);
        assert_int_equal(record.captures, i == 0 ? 1 : 2);
        check_samples(record.capture[0], own);
        assert_int_equal(record.capture[0]->is.trigger_ns, record.event[0].start_ns);
        if (i == 0)
            continue;
        const struct metrology_capture *second = &record.capture[1]->is;
        assert_int_equal(second->at_end, true);
        assert_int_equal(second->event_ns, record.event[1].start_ns);
        assert_int_equal(second->trigger_ns, record.event[1].end_ns);
        assert_int_equal(second->reason, CAPTURE_DIP);
        check_samples(record.capture[1], own);
    }
}

static void a_dip_that_becomes_an_interruption(void **state)
{
    (void)state;
    seconds(2);
    change(0.7, 0.75, 7, 0.5);
    change(0.75, 0.78, 7, 0.01);
    measure(0);
    assert_int_equal(record.captures, 2);
    for (int i = 0; i < 2; i++)
        check_samples(record.capture[i], own);
    assert_int_equal(record.capture[0]->is.reason, CAPTURE_DIP);
    assert_int_equal(record.capture[1]->is.reason, CAPTURE_INTERRUPTION);
}

/* Only what is asked for triggers. */
static void reasons(void **state)
{
    (void)state;
    seconds(2);
    change(0.5, 0.55, 7, 0.5);
    change(0.9, 0.95, 7, 1.2);
    change(1.3, 1.35, 0x70, 4);
    for (int only = 0; only < CAPTURE_REASONS; only++) {
        meter.setup.capture.reasons = 1u << only;
        measure(0);
        assert_int_equal(record.captures, only == CAPTURE_DIP || only == CAPTURE_SWELL ||
                                              only == CAPTURE_OVERCURRENT ||
                                              only == CAPTURE_POWER_FAILURE);
        if (record.captures)
            assert_int_equal(record.capture[0]->is.reason, only);
    }
}

/* --- Whose currents ---------------------------------------------------------------------------------- */

/* Three loads: three phases with neutral on wires 4 ... 7, two single-phase ones on 8 and 9. */
static void three_loads(void)
{
    scene.wires = 10;
    scene.wire[8] = (struct rig_wire){.rms = 3};
    scene.wire[9] = (struct rig_wire){.rms = 2, .phase_deg = 100};
    meter.setup.load_count = 3;
    for (unsigned i = 1; i < 3; i++) {
        memset(&meter.load[i], 0, sizeof meter.load[i]);
        meter.load[i].current[0] = rig_mix(7 + i, 1);
        meter.load[i].phase[0] = (uint8_t)i;
        meter.load[i].rated_current_a = 5;
    }
}

static void currents_of_the_network(void **state)
{
    (void)state;
    static const unsigned chosen[4][4] = {{4, 5, 6, 7}, {4, 5, 6, 7}, {8}, {9}};
    three_loads();
    change(0.5, 0.55, 7, 0.5);
    for (int load = -1; load < 3; load++) {
        meter.setup.capture.load = load;
        measure(0);
        assert_int_equal(record.captures, 1);
        check_samples(record.capture[0], chosen[load + 1]);
        assert_int_equal(record.capture[0]->is.waveform[6].load, load < 0 ? 0 : load);
    }
    /* Without the big one: a line for each of the small ones. */
    meter.setup.capture.load = METROLOGY_NETWORK;
    meter.setup.load_count = 2;
    meter.load[0] = meter.load[2];
    measure(0);
    check_samples(record.capture[0], (const unsigned[4]){9, 8});
    assert_int_equal(record.capture[0]->is.waveform[6].channel, SPECTRUM_I1);
    assert_int_equal(record.capture[0]->is.waveform[7].channel, SPECTRUM_I1);
    assert_int_equal(record.capture[0]->is.waveform[7].load, 1);
}

static void currents_of_a_load(void **state)
{
    (void)state;
    three_loads();
    change(0.5, 0.55, 1u << 8, 4);
    measure(0);
    assert_int_equal(record.captures, 1);
    assert_int_equal(record.capture[0]->is.reason, CAPTURE_OVERCURRENT);
    assert_int_equal(record.capture[0]->is.load, 1);
    check_samples(record.capture[0], (const unsigned[4]){8});
}

static void voltages_that_are_not_there(void **state)
{
    (void)state;
    meter.setup.voltage[1].terms = 0;
    change(0.5, 0.55, 7, 0.5);
    measure(0);
    assert_int_equal(record.captures, 1);
    for (unsigned w = 0; w < 6; w++)
        assert_int_equal(record.capture[0]->is.waveform[w].sample != NULL,
                         w == 0 || w == 2 || w == 5);
}

/* --- Where a stretch begins and ends ------------------------------------------------------------------- */

static void at_the_begin(void **state)
{
    (void)state;
    change(0, 0.1, 7, 0.5);
    measure(0);
    const struct metrology_capture *c = &record.capture[0]->is;
    assert_int_equal(c->before, 0);
    assert_int_equal(frame_at(c->start_ns), frame_at(record.event[0].start_ns));
    assert_int_equal(c->count, 480);
    check_samples(record.capture[0], own);
}

static void at_the_end(void **state)
{
    (void)state;
    change(0.97, 2, 7, 0.5);
    measure(0);
    assert_int_equal(record.captures, 1);
    const struct metrology_capture *c = &record.capture[0]->is;
    assert_int_equal(c->before, 480);
    assert_int_equal(frame_at(c->start_ns) + c->count, 9600);
    check_samples(record.capture[0], own);
}

static void power_failure(void **state)
{
    (void)state;
    meter.setup.capture.reasons = ALL;
    for (unsigned n = 1; n <= 16; n += 5) {
        meter.setup.capture.subsampling = n;
        measure(0);
        assert_int_equal(record.captures, 1);
        const struct metrology_capture *c = &record.capture[0]->is;
        assert_int_equal(c->reason, CAPTURE_POWER_FAILURE);
        assert_int_equal(c->count, n <= 6                     ? 960
                                   : (9600 + n - 1) / n < 960 ? (9600 + n - 1) / n
                                                              : 960);
        assert_int_equal(c->before, c->count);
        assert_int_equal(frame_at(c->start_ns) + (c->count - 1) * n, 9599);
        assert_int_equal(c->trigger_ns, scene.start_ns + 1000000000);
        for (unsigned i = 0; i < c->count; i++)
            assert_true(c->waveform[0].sample[i] == samples[(9599 - (c->count - 1 - i) * n) * 8]);
    }
}

/* A gap of a packet is none, a new rate is none; a silence is. */
static void what_is_no_power_failure(void **state)
{
    (void)state;
    static const struct {
        int64_t gap_ns;
        double rate_hz;
        bool failure;
    } cases[] = {{0, 9600, false},        {250000, 9600, false},      {99000000, 9600, false},
                 {101000000, 9600, true}, {-5000000000, 9600, false}, {0, 4800, false},
                 {3000000000, 4800, true}};
    meter.setup.capture.reasons = 1u << CAPTURE_POWER_FAILURE;
    samples = rig_make(&scene);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig_run run;
        rig_begin(&run, &meter, &record);
        rig_push(&run, &scene, samples, 0);
        struct wave_block b = {.start_ns = scene.start_ns + 1000000000 + cases[i].gap_ns,
                               .rate_hz = cases[i].rate_hz,
                               .flags = WAVE_BEGIN,
                               .frames = 100,
                               .channels = 8,
                               .samples = samples};
        assert_int_equal(metrology_push(run.metrology, &b), ERR_OK);
        assert_int_equal(record.captures, cases[i].failure);
        rig_end(&run);
        assert_int_equal(record.captures, cases[i].failure + 1);
        rig_forget(&record);
    }
}

static void what_is_missing_is_said(void **state)
{
    (void)state;
    struct rig_run run;
    change(0.5, 0.52, 7, 0.5);
    samples = rig_make(&scene);
    for (int kind = 0; kind < 4; kind++) {
        uint64_t frame = kind < 2 ? 4700 : 2000; /* within the set, or before it */
        float keep = samples[frame * 8];
        if (kind % 2 == 0)
            samples[frame * 8] = NAN;
        rig_begin(&run, &meter, &record);
        uint64_t edge[] = {0, frame, frame + 1, 9600};
        for (int i = 0; i < 3; i++) {
            struct wave_block b = {.start_ns = scene.start_ns,
                                   .rate_hz = 9600,
                                   .flags = i == 0               ? WAVE_BEGIN
                                            : i == 1 && kind % 2 ? WAVE_CLIPPED
                                                                 : 0,
                                   .frames = (uint32_t)(edge[i + 1] - edge[i]),
                                   .channels = 8,
                                   .samples = samples + 8 * edge[i]};
            metrology_push(run.metrology, &b);
        }
        rig_end(&run);
        assert_true(record.captures >= 1);
        assert_int_equal(record.capture[record.captures - 1]->is.flags, kind == 0 ? QUALITY_GAP
                                                                        : kind == 1
                                                                            ? QUALITY_CLIPPED
                                                                            : 0);
        for (unsigned i = 0; i < 960; i++)
            assert_true(isfinite(record.capture[record.captures - 1]->sample[0][i]));
        samples[frame * 8] = keep;
        rig_forget(&record);
    }
}

/* --- Many of them ---------------------------------------------------------------------------------------- */

/* A dip every tenth of a second, sets of 1.6 s: twenty are being filled at a time, all are there. */
static void ten_in_a_second(void **state)
{
    (void)state;
    seconds(4.5);
    meter.setup.capture.subsampling = 16;
    for (int i = 0; i < 16; i++)
        change(1 + i * 0.1, 1.04 + i * 0.1, 7, 0.5);
    measure(500);
    assert_int_equal(record.events, 32);
    assert_int_equal(record.captures, 16);
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(record.capture[i]->is.trigger_ns, record.event[2 * i].start_ns);
        assert_int_equal(record.capture[i]->is.count, 960);
        assert_int_equal(record.capture[i]->is.lost, 0);
        check_samples(record.capture[i], own);
    }
}

/* More than can wait: what is left out is counted, and the next set says so. */
static void too_many(void **state)
{
    (void)state;
    struct rig_run run;
    unsigned taken = 0, refused = 0;
    meter.setup.capture.subsampling = 16;
    samples = rig_make(&scene);
    rig_begin(&run, &meter, &record);
    rig_push(&run, &scene, samples, 0);
    for (int i = 0; i < 100; i++)
        if (metrology_trigger(run.metrology, CAPTURE_DIGITAL_INPUT, METROLOGY_NETWORK,
                              scene.start_ns + 900000000))
            taken++;
        else
            refused++;
    assert_true(taken >= 32 && refused > 0);
    assert_int_equal(metrology_captures_lost(run.metrology), refused);
    metrology_finish(run.metrology);
    assert_int_equal(record.captures, taken);
    assert_int_equal(record.capture[taken - 1]->is.lost, refused);
    rig_end(&run);
}

/* --- From outside ------------------------------------------------------------------------------------------ */

static void digital_input(void **state)
{
    (void)state;
    struct rig_run run;
    struct rig_scene part = scene;
    three_loads();
    part.wires = scene.wires;
    samples = rig_make(&scene);
    rig_begin(&run, &meter, &record);
    assert_false(metrology_trigger(run.metrology, CAPTURE_DIGITAL_INPUT, 0, scene.start_ns));
    part.frames = 4800;
    rig_push(&run, &part, samples, 0);
    int64_t half = scene.start_ns + 500000000;
    /* in the past, just now, in the near future; of the network and of a load */
    assert_true(metrology_trigger(run.metrology, CAPTURE_DIGITAL_INPUT, METROLOGY_NETWORK,
                                  half - 100000000));
    assert_true(metrology_trigger(run.metrology, CAPTURE_DIGITAL_INPUT, 1, half));
    assert_true(metrology_trigger(run.metrology, CAPTURE_DIGITAL_INPUT, 2, half + 50000000));
    /* before the stretch, in a far future, of a kind that is not asked for */
    assert_false(metrology_trigger(run.metrology, CAPTURE_DIGITAL_INPUT, 0, half - 600000000));
    assert_false(metrology_trigger(run.metrology, CAPTURE_DIGITAL_INPUT, 0, half + 9000000000));
    assert_false(metrology_trigger(run.metrology, CAPTURE_POWER_FAILURE, 0, half));
    struct wave_block b = {.start_ns = half,
                           .rate_hz = 9600,
                           .frames = 4800,
                           .channels = scene.wires,
                           .samples = samples + (size_t)4800 * scene.wires};
    metrology_push(run.metrology, &b);
    rig_end(&run);
    assert_int_equal(record.captures, 3);
    static const unsigned wires[3][4] = {{4, 5, 6, 7}, {8}, {9}};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(record.capture[i]->is.reason, CAPTURE_DIGITAL_INPUT);
        assert_int_equal(record.capture[i]->is.load, i == 0 ? METROLOGY_NETWORK : i);
        assert_int_equal(record.capture[i]->is.count, 960);
        check_samples(record.capture[i], wires[i]);
    }
}

/* A trigger that was to come and did not, because the stretch ended first, is counted. */
static void a_trigger_that_never_comes(void **state)
{
    (void)state;
    struct rig_run run;
    meter.setup.capture.after_percent = 100;
    samples = rig_make(&scene);
    rig_begin(&run, &meter, &record);
    rig_push(&run, &scene, samples, 0);
    assert_true(
        metrology_trigger(run.metrology, CAPTURE_DIGITAL_INPUT, 0, scene.start_ns + 1100000000));
    metrology_finish(run.metrology);
    assert_int_equal(record.captures, 0);
    assert_int_equal(metrology_captures_lost(run.metrology), 1);
    rig_end(&run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names),
        TEST(every_sample_is_a_frame),
        TEST(other_rates),
        TEST(any_cut_into_blocks),
        TEST(nothing_else_changes),
        TEST(a_set_at_the_end),
        TEST(a_dip_that_becomes_an_interruption),
        TEST(reasons),
        TEST(currents_of_the_network),
        TEST(currents_of_a_load),
        TEST(voltages_that_are_not_there),
        TEST(at_the_begin),
        TEST(at_the_end),
        TEST(power_failure),
        TEST(what_is_no_power_failure),
        TEST(what_is_missing_is_said),
        TEST(ten_in_a_second),
        TEST(too_many),
        TEST(digital_input),
        TEST(a_trigger_that_never_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
