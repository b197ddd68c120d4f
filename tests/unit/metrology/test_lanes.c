/* The vector loops of every instruction set that runs here, against slow and obvious ones in double. */
#include "metrology/lanes.h"
#include "rig.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FRAMES 1000

static const struct lanes_ops *set[3];
static unsigned sets;
static lanes_f *frames, *others;

static void *room(size_t bytes)
{
    void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);
    assert_non_null(p);
    memset(p, 0, bytes);
    return p;
}

static int begin(void **state)
{
    (void)state;
    for (int level = LANES_BASELINE; level <= LANES_AVX512; level++)
        if (lanes_ops((enum lanes_level)level))
            set[sets++] = lanes_ops((enum lanes_level)level);
    frames = room(FRAMES * sizeof *frames);
    others = room(FRAMES * sizeof *others);
    uint64_t random = 7;
    for (int n = 0; n < FRAMES; n++)
        for (int l = 0; l < LANES; l++)
            frames[n][l] = (float)(rig_gaussian(&random) * pow(10, l - 3));
    for (unsigned i = 0; i < sets; i++)
        printf("# %s runs here\n", set[i]->name);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(frames);
    free(others);
    return 0;
}

static void automatic_is_the_best(void **state)
{
    (void)state;
    assert_true(sets >= 1);
    assert_string_equal(set[0]->name, "baseline");
    assert_ptr_equal(lanes_ops(LANES_AUTO), set[sets - 1]);
}

static void finds_missing_samples(void **state)
{
    (void)state;
    static const float odd[] = {NAN, -NAN, INFINITY, -INFINITY, 1.1e9f, -3e38f};
    static const float fine[] = {0, -0.0f, 1e9f, -1e9f, FLT_MIN / 8, 230};
    for (unsigned s = 0; s < sets; s++) {
        assert_int_equal(set[s]->missing(frames, FRAMES), 0);
        assert_int_equal(set[s]->missing(frames, 0), 0);
        for (size_t i = 0; i < 6; i++)
            for (unsigned l = 0; l < LANES; l++) {
                lanes_f keep = frames[FRAMES - 1];
                frames[FRAMES - 1][l] = fine[i];
                assert_int_equal(set[s]->missing(frames, FRAMES), 0);
                frames[FRAMES - 1][l] = odd[i];
                assert_int_equal(set[s]->missing(frames, FRAMES), 1u << l);
                assert_int_equal(set[s]->missing(frames, FRAMES - 1), 0);
                frames[FRAMES - 1] = keep;
            }
    }
}

static void sums_run_on(void **state)
{
    (void)state;
    static const int32_t companion[LANES] = {1, 2, 0, 3, 0, 1, 2, 3};
    double cosine[FRAMES], sine[FRAMES];
    struct lanes_sums *out = room(FRAMES * sizeof *out);
    for (int n = 0; n < FRAMES; n++) {
        cosine[n] = cos(0.1 * n);
        sine[n] = sin(0.1 * n);
    }
    for (unsigned s = 0; s < sets; s++) {
        struct lanes_sums carry;
        memset(&carry, 0, sizeof carry);
        set[s]->gather(others, frames, companion, FRAMES);
        set[s]->accumulate(out, &carry, frames, others, cosine, sine, 400);
        set[s]->accumulate(out + 400, &carry, frames + 400, others + 400, cosine + 400, sine + 400,
                           FRAMES - 400);
        for (int l = 0; l < LANES; l++) {
            double square = 0, product = 0, in = 0, quadrature = 0;
            for (int n = 0; n < FRAMES; n++) {
                double x = frames[n][l], y = frames[n][companion[l]];
                assert_true(others[n][l] == frames[n][companion[l]]);
                square += x * x, product += x * y, in += x * cosine[n], quadrature += x * sine[n];
                assert_near(out[n].square[l], square, 1e-12 * square);
                assert_near(out[n].in_phase[l], in, 1e-12 * sqrt(square * FRAMES));
                assert_near(out[n].quadrature[l], quadrature, 1e-12 * sqrt(square * FRAMES));
            }
            assert_near(carry.product[l], product, 1e-9 * fabs(square) + 1e-9);
            assert_true(carry.square[l] == out[FRAMES - 1].square[l]);
        }
        static const double weight[6] = {0.01, -0.1, 0.7, 0.5, -0.12, 0.01};
        struct lanes_sums got;
        set[s]->interpolate(&got, out, 255, 253, weight); /* wraps */
        for (int l = 0; l < LANES; l++) {
            double square = 0, in = 0;
            for (unsigned i = 0; i < 6; i++) {
                square += weight[i] * out[(253 + i) & 255].square[l];
                in += weight[i] * out[(253 + i) & 255].in_phase[l];
            }
            assert_near(got.square[l], square, 1e-12 * fabs(square));
            assert_near(got.in_phase[l], in, 1e-9 * fabs(in) + 1e-9);
        }
    }
    free(out);
}

static void peaks(void **state)
{
    (void)state;
    for (unsigned s = 0; s < sets; s++) {
        lanes_f peak[2] = {{0}};
        set[s]->peak(peak, frames, 300);
        set[s]->peak(peak, frames + 300, FRAMES - 300);
        for (int l = 0; l < LANES; l++) {
            float largest = 0, difference = 0;
            for (int n = 0; n < FRAMES; n++) {
                largest = fmaxf(largest, fabsf(frames[n][l]));
                if (l < 3)
                    difference = fmaxf(difference, fabsf(frames[n][l] - frames[n][(l + 1) % 3]));
            }
            assert_true(peak[0][l] == largest);
            if (l < 3)
                assert_true(peak[1][l] == difference);
        }
    }
}

/* Tones at points between the frames: their closed form times the response that was reckoned. */
static void resamples_tones(void **state)
{
    (void)state;
    static const double tones[LANES] = {0, 0.005, 0.02, 0.1, 0.2, 0.3, 0.35, 0.37};
    static const double steps[] = {0.05, 0.9375, 1, 1.171875, 1.9};
    static float gain[129];
    struct lanes_kernel *kernel = room(sizeof *kernel);
    struct rig_worst w = {"resampling of tones up to 0.37 of the rate", "of the amplitude", 3e-4};
    lanes_f out[500];
    lanes_kernel_init(kernel, gain, 129);
    assert_near(gain[0], 1, 1e-4);
    assert_near(gain[128], 0.5, 1e-4);
    for (int n = 0; n < FRAMES; n++)
        for (int l = 0; l < LANES; l++)
            others[n][l] = (float)cos(2 * M_PI * tones[l] * n + l);
    for (unsigned s = 0; s < sets; s++)
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            size_t points = (size_t)fmin(500, (FRAMES - 100) / steps[i]);
            double first = 30.37;
            set[s]->resample(out, points, others, first, steps[i], kernel);
            for (size_t p = 0; p < points; p++)
                for (int l = 0; l < LANES; l++) {
                    double at = first + (double)p * steps[i];
                    rig_check(&w, out[p][l] - cos(2 * M_PI * tones[l] * at + l),
                              "%s, step %g, tone %g", set[s]->name, steps[i], tones[l]);
                }
        }
    rig_print(&w, 1);
    free(kernel);
}

/* A position that is a hair below the next frame: single precision would round it up, beyond the table. */
static void resamples_a_hair_below_a_frame(void **state)
{
    (void)state;
    static float gain[129];
    /* the row behind the table would be this */
    struct {
        struct lanes_kernel kernel;
        float behind[LANES_TAPS];
    } *both = room(sizeof *both);
    lanes_f out[4];
    lanes_kernel_init(&both->kernel, gain, 129);
    for (int t = 0; t < LANES_TAPS; t++)
        both->behind[t] = NAN;
    for (unsigned s = 0; s < sets; s++) {
        set[s]->resample(out, 1, frames, nextafter(100, 0), 0, &both->kernel);
        for (int l = 0; l < LANES; l++)
            assert_near(out[0][l], frames[100][l], 1e-5 * pow(10, l - 3));
    }
    free(both);
}

static void transforms_of_every_size(void **state)
{
    (void)state;
    struct rig_worst w = {"lines of 64 ... 65536 points", "of the largest line", 2e-6};
    for (unsigned points = 64; points <= 65536; points *= 2) {
        lanes_f *in = room(points * sizeof *in), *keep = room(points * sizeof *keep);
        lanes_f *work = room(points * sizeof *work);
        struct lanes_complex *line = room(points / 2 * sizeof *line);
        float *table = room(2 * (size_t)points * sizeof *table);
        uint64_t random = points;
        lanes_fft_init(table, points);
        for (unsigned n = 0; n < points; n++)
            for (int l = 0; l < LANES; l++)
                keep[n][l] =
                    (float)(cos(2 * M_PI * (l + 3) * n / points + l) +
                            0.3 * sin(2 * M_PI * (points / 2 - 1 - (unsigned)l) * n / points) +
                            0.1 * rig_gaussian(&random));
        for (unsigned s = 0; s < sets; s++) {
            memcpy(in, keep, points * sizeof *in);
            set[s]->fft(line, points / 2, in, work, points, table);
            for (unsigned i = 0; i < 48; i++) {
                unsigned k = i < 16   ? i
                             : i < 32 ? points / 2 - 1 - (i - 16)
                                      : (unsigned)(rig_random(&random) * points / 2);
                double re[LANES] = {0}, im[LANES] = {0};
                for (unsigned n = 0; n < points; n++) {
                    double angle = 2 * M_PI * ((uint64_t)k * n % points) / points;
                    double c = cos(angle), q = sin(angle);
                    for (int l = 0; l < LANES; l++)
                        re[l] += keep[n][l] * c, im[l] -= keep[n][l] * q;
                }
                for (int l = 0; l < LANES; l++)
                    rig_check(&w, hypot(line[k].re[l] - re[l], line[k].im[l] - im[l]) / points * 2,
                              "%s, %u points, line %u", set[s]->name, points, k);
                if (points > 4096 && i % 8 != 0)
                    i += 6; /* the slow one is slow */
            }
            /* fewer lines are the same lines */
            struct lanes_complex last = line[10];
            memcpy(in, keep, points * sizeof *in);
            set[s]->fft(line, 11, in, work, points, table);
            assert_memory_equal(&last, &line[10], sizeof last);
        }
        free(in);
        free(keep);
        free(work);
        free(line);
        free(table);
    }
    rig_print(&w, 1);
}

static void differences_and_subgroups(void **state)
{
    (void)state;
    struct lanes_complex *line = room(200 * sizeof *line), *out = room(200 * sizeof *out);
    lanes_f *rms = room(21 * sizeof *rms);
    float scale[21];
    for (int h = 0; h <= 20; h++)
        scale[h] = 1.0f / (float)(h + 1);
    for (int k = 0; k < 200; k++) {
        line[k].re = frames[k];
        line[k].im = frames[k + 200];
    }
    for (unsigned s = 0; s < sets; s++) {
        set[s]->differences(out, line, 200);
        for (int k = 0; k < 200; k++)
            for (int l = 0; l < 3; l++) {
                assert_true(out[k].re[l] == line[k].re[l] - line[k].re[(l + 1) % 3]);
                assert_true(out[k].im[l] == line[k].im[l] - line[k].im[(l + 1) % 3]);
            }
        for (unsigned cycles = 1; cycles <= 12; cycles++) {
            unsigned highest = 198 / cycles < 20 ? 198 / cycles : 20, side = cycles < 3 ? 0 : 1;
            set[s]->subgroups(rms, line, cycles, highest, scale);
            for (unsigned h = 1; h <= highest; h++)
                for (int l = 0; l < LANES; l++) {
                    double sum = 0;
                    for (unsigned k = h * cycles - side; k <= h * cycles + side; k++)
                        sum += pow(line[k].re[l], 2) + pow(line[k].im[l], 2);
                    assert_near(rms[h][l], sqrt(sum) * scale[h], 1e-6 * sqrt(sum));
                }
        }
    }
    free(line);
    free(out);
    free(rms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(automatic_is_the_best),
        cmocka_unit_test(finds_missing_samples),
        cmocka_unit_test(sums_run_on),
        cmocka_unit_test(peaks),
        cmocka_unit_test(resamples_tones),
        cmocka_unit_test(resamples_a_hair_below_a_frame),
        cmocka_unit_test(transforms_of_every_size),
        cmocka_unit_test(differences_and_subgroups),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
