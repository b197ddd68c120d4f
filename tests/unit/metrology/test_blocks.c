/* However a stream is cut into blocks, every result is the same to the bit; instruction sets agree within
 * rounding. The stream has everything in it that moves: dips, an interruption, jumps of phase and
 * frequency, a gap, missing samples, flagged blocks, three loads in two banks. */
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

#define WIRES 16

struct stream {
    double rate_hz;
    uint64_t frames;
    float *samples;
    uint64_t gap;                      /* frame before which the time jumps by a second */
    uint64_t flagged_from, flagged_to; /* frames whose blocks are marked as clipped */
};

static const struct rig_partial shape[] = {{3, 4, 20}, {5, 3, 90}, {7, 2, 10}, {2.3, 0.5, 0}};

static void make_stream(struct stream *s, double rate_hz, double seconds)
{
    struct rig_scene scene;
    rig_scene_init(&scene, 50.13, seconds, 20);
    scene.rate_hz = rate_hz;
    scene.frames = (uint64_t)(seconds * rate_hz);
    scene.wires = WIRES;
    for (unsigned c = 0; c < WIRES; c++) {
        if (c >= 8)
            scene.wire[c] = (struct rig_wire){.rms = c - 7, .phase_deg = 31.0 * c};
        scene.wire[c].partial = shape;
        scene.wire[c].partials = 4;
        scene.wire[c].noise = 0.002 * scene.wire[c].rms;
    }
    double t = seconds;
    scene.step_s = 0.55 * t;
    scene.step_hz = -0.8;
    scene.changes = 5;
    scene.change[0] = (struct rig_change){0.1 * t, 0.1 * t + 0.0313, 0x7, 0.6, 0};
    scene.change[1] = (struct rig_change){0.2 * t, 0.2 * t + 0.1, 0x2, 0.3, 25};
    scene.change[2] = (struct rig_change){0.3 * t, 0.3 * t + 0.08, 0xff, 0.02, 0};
    scene.change[3] = (struct rig_change){0.45 * t, 0.45 * t + 0.05, 0x10, 3, 0};
    scene.change[4] = (struct rig_change){0.75 * t, 99, 0xffff, 1, 70};
    *s = (struct stream){.rate_hz = rate_hz, .frames = scene.frames, .samples = rig_make(&scene)};
    s->gap = (uint64_t)(0.66 * seconds * rate_hz) + 1;
    s->flagged_from = s->frames / 4;
    s->flagged_to = s->flagged_from + 37;
    for (unsigned i = 0; i < 9; i++)
        s->samples[(s->frames / 7 + 13 * i) * WIRES + i] = i % 2 ? NAN : INFINITY;
}

static void make_meter(struct rig_meter *m, double rate_hz, enum lanes_level level)
{
    rig_meter_init(m);
    m->setup.highest_rate_hz = rate_hz;
    m->setup.lanes = level;
    m->setup.load_count = 3;
    for (unsigned i = 0; i < 3; i++) {
        m->load[i].rated_current_a = 4 + 2 * i;
        for (unsigned c = 0; c < (i ? 4u : 3u); c++)
            m->load[i].current[c] = rig_mix(4 + 4 * i + c, c == 1 ? -1.5 : 1);
        for (unsigned c = 0; c < 3; c++)
            m->load[i].phase[c] = (uint8_t)c;
    }
    m->load[0].current[3] = (struct metrology_mix){.terms = 3, .term = {{4, 1}, {5, 1}, {6, 1}}};
}

/* `size` frames in a block (0: sizes at random), and a new block where a flag changes. */
static void push_stream(struct rig_run *run, const struct stream *s, size_t size)
{
    uint64_t random = 42;
    for (uint64_t n = 0; n < s->frames;) {
        uint64_t edges[] = {s->flagged_from, s->flagged_to, s->gap, s->frames};
        uint64_t frames = size ? size : 1 + (uint64_t)(rig_random(&random) * 300);
        for (int i = 0; i < 4; i++)
            if (n < edges[i] && n + frames > edges[i])
                frames = edges[i] - n;
        bool flagged = n >= s->flagged_from && n < s->flagged_to;
        struct wave_block b = {
            .start_ns = llround((double)n / s->rate_hz * 1e9) + (n >= s->gap ? 1000000000 : 0),
            .rate_hz = s->rate_hz,
            .flags = (n == 0 || n == s->gap ? WAVE_BEGIN : 0u) | (flagged ? WAVE_CLIPPED : 0u),
            .frames = (uint32_t)frames,
            .channels = WIRES,
            .samples = s->samples + n * WIRES,
        };
        assert_int_equal(metrology_push(run->metrology, &b), ERR_OK);
        n += frames;
    }
}

static void meter(const struct stream *s, enum lanes_level level, size_t size, struct rig_record *r)
{
    struct rig_meter m;
    struct rig_run run;
    make_meter(&m, s->rate_hz, level);
    rig_begin(&run, &m, r);
    push_stream(&run, s, size);
    rig_end(&run);
}

/* The stream does what it is for. */
static void check_content(const struct rig_record *r)
{
    unsigned begun[EVENT_KINDS] = {0}, flagged = 0, clipped = 0, missing = 0, held = 0;
    for (size_t i = 0; i < r->events; i++)
        begun[r->event[i].kind] += !r->event[i].ended;
    for (size_t i = 0; i < r->windows; i++) {
        flagged += (r->window[i].network.flags & QUALITY_FLAGGED) != 0;
        clipped += (r->window[i].network.flags & QUALITY_CLIPPED) != 0;
        missing += (r->window[i].network.flags & QUALITY_GAP) != 0;
        held += (r->window[i].network.quality[Q_F] & QUALITY_HELD) != 0;
    }
    assert_true(begun[EVENT_DIP] >= 3);
    assert_true(begun[EVENT_INTERRUPTION] >= 1);
    assert_true(begun[EVENT_OVERCURRENT] >= 1);
    assert_true(flagged >= 3 && flagged < r->windows);
    assert_true(clipped >= 1 && clipped <= 2);
    assert_true(missing >= 1 && missing < r->windows);
    assert_true(held < r->windows);
    assert_true(r->halves > 1000);
    for (unsigned i = 0; i < 3; i++)
        assert_true(r->energy[i].count_mj[4] > 0);
}

static void same_bits(double rate_hz, double seconds)
{
    static const size_t sizes[] = {1, 7, 64, 1000, 0};
    struct stream s;
    make_stream(&s, rate_hz, seconds);
    for (int level = LANES_BASELINE; level <= LANES_AVX512; level++) {
        struct rig_record whole, pieces;
        if (!lanes_ops((enum lanes_level)level))
            continue;
        meter(&s, (enum lanes_level)level, s.frames, &whole);
        check_content(&whole);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            meter(&s, (enum lanes_level)level, sizes[i], &pieces);
            assert_int_equal(pieces.windows, whole.windows);
            assert_int_equal(pieces.halves, whole.halves);
            assert_int_equal(pieces.events, whole.events);
            assert_true(rig_digest(&pieces) == rig_digest(&whole));
            rig_forget(&pieces);
        }
        rig_forget(&whole);
    }
    free(s.samples);
}

static void blocks_of_any_size_at_9600_hz(void **state)
{
    (void)state;
    same_bits(9600, 4);
}

static void blocks_of_any_size_at_4000_hz(void **state)
{
    (void)state;
    same_bits(4000, 4);
}

static void blocks_of_any_size_at_800_hz(void **state)
{
    (void)state;
    same_bits(800.2, 6);
}

static void blocks_of_any_size_at_30_khz(void **state)
{
    (void)state;
    same_bits(30707.244, 2.5);
}

/* What the instruction sets may differ by: rounding of single precision where spectra are made, of double
 * precision elsewhere. */
enum figure { POWERS, SPECTRA, TIMES, HALF, FIGURES };

static void compare_sets(struct rig_worst w[FIGURES], const struct quantity_set *a,
                         const struct quantity_set *b, double volts, double amperes)
{
    rig_check(&w[TIMES], (double)(a->end_ns - b->end_ns), "window's end");
    assert_int_equal(a->flags, b->flags);
    assert_memory_equal(a->quality, b->quality, sizeof a->quality);
    for (enum quantity q = Q_V1; q <= Q_S3; q++) {
        double unit = q <= Q_USYS ? volts : q <= Q_IPE ? amperes : volts * amperes;
        if (q < Q_Q || q > Q_Q3) /* Q is a difference of squares: it has half the digits */
            rig_check(&w[POWERS], (a->value[q] - b->value[q]) / unit, "%s", quantity_info(q)->name);
    }
    for (int c = 0; c < SPECTRUM_COUNT; c++) {
        assert_int_equal(a->spectrum[c].highest, b->spectrum[c].highest);
        for (unsigned h = 0; h <= a->spectrum[c].highest; h++)
            rig_check(&w[SPECTRA],
                      (a->spectrum[c].rms[h] - b->spectrum[c].rms[h]) /
                          (c < SPECTRUM_I1 ? volts : amperes),
                      "channel %d order %u", c, h);
    }
}

static void instruction_sets_agree(void **state)
{
    (void)state;
    struct stream s;
    struct rig_record base, other;
    struct rig_worst w[FIGURES] = {
        [POWERS] = {"instruction sets, values from sums", "of 400 V, 30 A", 1e-10},
        [SPECTRA] = {"instruction sets, harmonics", "of 400 V, 30 A", 1e-6},
        [TIMES] = {"instruction sets, ends of windows", "ns", 1},
        [HALF] = {"instruction sets, half cycles", "of 400 V, 30 A", 1e-10},
    };
    make_stream(&s, 9600, 4);
    meter(&s, LANES_BASELINE, 64, &base);
    for (int level = LANES_AVX2; level <= LANES_AVX512; level++) {
        if (!lanes_ops((enum lanes_level)level))
            continue;
        meter(&s, (enum lanes_level)level, 64, &other);
        assert_int_equal(other.windows, base.windows);
        assert_int_equal(other.halves, base.halves);
        assert_int_equal(other.events, base.events);
        for (size_t i = 0; i < base.windows; i++)
            for (unsigned k = 0; k < 3; k++)
                compare_sets(w, &other.window[i].load[k], &base.window[i].load[k], 400, 30);
        for (size_t i = 0; i < base.halves; i++) {
            assert_int_equal(other.half[i].channel, base.half[i].channel);
            rig_check(&w[TIMES], (double)(other.half[i].end_ns - base.half[i].end_ns),
                      "half cycle");
            rig_check(&w[HALF],
                      (other.half[i].rms - base.half[i].rms) /
                          (base.half[i].load == METROLOGY_NETWORK ? 400 : 30),
                      "half cycle");
        }
        for (size_t i = 0; i < base.events; i++)
            assert_int_equal(other.event[i].kind, base.event[i].kind);
        rig_forget(&other);
    }
    rig_print(w, FIGURES);
    rig_forget(&base);
    free(s.samples);
}

/* Eight channels in the order of the lanes are copied as they are; the same ones in another order go
 * through the mixing. */
static void straight_and_mixed_input_agree(void **state)
{
    (void)state;
    struct rig_meter m;
    struct rig_scene scene;
    struct rig_record straight, mixed;
    struct rig_run run;
    rig_meter_init(&m);
    rig_scene_init(&scene, 49.9, 1, 10);
    scene.wire[3] = (struct rig_wire){.rms = 3};
    scene.wire[7] = (struct rig_wire){.rms = 1};
    float *samples = rig_make(&scene), *turned = malloc(scene.frames * 11 * sizeof *turned);
    assert_non_null(turned);
    for (uint64_t n = 0; n < scene.frames; n++)
        for (unsigned c = 0; c < 11; c++)
            turned[n * 11 + c] = c < 8 ? samples[n * 8 + 7 - c] : 1e6f;
    rig_begin(&run, &m, &straight);
    rig_push(&run, &scene, samples, 100);
    rig_end(&run);
    for (unsigned c = 0; c < 4; c++) {
        m.setup.voltage[c] = rig_mix(7 - c, 1);
        m.load[0].current[c] = rig_mix(3 - c, 1);
    }
    scene.wires = 11;
    rig_begin(&run, &m, &mixed);
    rig_push(&run, &scene, turned, 100);
    rig_end(&run);
    assert_true(rig_digest(&straight) == rig_digest(&mixed));
    rig_forget(&straight);
    rig_forget(&mixed);
    free(samples);
    free(turned);
}

/* Another load changes nothing for the ones before it. */
static void further_loads_change_nothing(void **state)
{
    (void)state;
    struct stream s;
    struct rig_meter m;
    struct rig_run run;
    struct rig_record few, many;
    make_stream(&s, 9600, 1.5);
    make_meter(&m, 9600, LANES_AUTO);
    rig_begin(&run, &m, &few);
    push_stream(&run, &s, 64);
    rig_end(&run);
    m.setup.load_count = 20;
    for (unsigned i = 3; i < 20; i++)
        m.load[i] = m.load[i % 3];
    rig_begin(&run, &m, &many);
    push_stream(&run, &s, 64);
    rig_end(&run);
    assert_int_equal(few.windows, many.windows);
    for (size_t i = 0; i < few.windows; i++)
        for (unsigned k = 0; k < 20; k++) {
            const struct quantity_set *a = &few.window[i].load[k % 3];
            const struct quantity_set *b = &many.window[i].load[k];
            assert_memory_equal(a->value, b->value, sizeof a->value);
            assert_memory_equal(a->quality, b->quality, sizeof a->quality);
            assert_memory_equal(a->spectrum, b->spectrum, sizeof a->spectrum);
        }
    for (unsigned k = 0; k < 20; k++)
        assert_memory_equal(&few.energy[k % 3], &many.energy[k], sizeof few.energy[0]);
    rig_forget(&few);
    rig_forget(&many);
    free(s.samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_any_size_at_9600_hz),
        cmocka_unit_test(blocks_of_any_size_at_4000_hz),
        cmocka_unit_test(blocks_of_any_size_at_800_hz),
        cmocka_unit_test(blocks_of_any_size_at_30_khz),
        cmocka_unit_test(instruction_sets_agree),
        cmocka_unit_test(straight_and_mixed_input_agree),
        cmocka_unit_test(further_loads_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
