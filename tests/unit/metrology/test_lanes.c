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

static void mixes_channels(void **state)
{
    (void)state;
    enum { N = 50 };
    static const float offset[LANES] = {0, 1, -2, 0, 0.5f, 0, 0, 3};
    lanes_f out[N];
    for (unsigned s = 0; s < sets; s++)
        for (unsigned channels = 1; channels <= 40; channels++) {
            uint64_t random = channels;
            float *x = room(N * channels * sizeof *x);
            struct lanes_mix term[3];
            for (unsigned i = 0; i < N * channels; i++)
                x[i] = (float)rig_gaussian(&random);
            for (unsigned t = 0; t < 3; t++)
                for (unsigned l = 0; l < LANES; l++) {
                    /* neighbours in one term, anywhere in another */
                    unsigned c = (unsigned)(rig_random(&random) * channels);
                    term[t].channel[l] = t == 1 && channels > 8 ? channels - 1 - l : c;
                    term[t].factor[l] = (float)(1 + (double)l - 2 * t);
                }
            for (unsigned t = 0; t < 3; t++)
                lanes_mix_prepare(&term[t], channels);
            for (unsigned terms = 1; terms <= 3; terms++) {
                assert_int_equal(set[s]->mix(out, x, channels, N, term, terms, offset), 0);
                for (unsigned n = 0; n < N; n++)
                    for (unsigned l = 0; l < LANES; l++) {
                        double sum = offset[l];
                        for (unsigned t = 0; t < terms; t++)
                            sum += (double)term[t].factor[l] * x[n * channels + term[t].channel[l]];
                        assert_near(out[n][l], sum, 1e-5);
                    }
            }
            for (unsigned i = 0; i < channels; i++)
                x[(N - 1) * channels + i] = i == term[0].channel[5] ? NAN : 0;
            unsigned expected = 0;
            for (unsigned l = 0; l < LANES; l++)
                expected |= (term[0].channel[l] == term[0].channel[5] ? 1u : 0u) << l;
            assert_int_equal(set[s]->mix(out, x, channels, N, term, 1, offset), expected);
            free(x);
        }
}

static void sums_run_on(void **state)
{
    (void)state;
    static const int32_t companion[LANES] = {1, 2, 0, 3, 0, 1, 2, 3};
    static const double weight[5] = {0.99, 1.02, 0.4, -0.03, 0.01};
    double cosine[FRAMES], sine[FRAMES];
    struct lanes_sums *begin = room(FRAMES / 8 * sizeof *begin);
    struct lanes_run run = {frames, others, companion, NULL, 0, cosine, sine};
    for (int n = 0; n < FRAMES; n++) {
        cosine[n] = cos(0.1 * n);
        sine[n] = sin(0.1 * n);
        for (int l = 0; l < LANES; l++)
            others[n][l] = frames[(n + 1) % FRAMES][l];
    }
    for (unsigned s = 0; s < sets; s++) {
        struct lanes_sums carry, got;
        memset(&carry, 0, sizeof carry);
        struct lanes_run rest = {frames + 400, others + 400, companion, NULL, 0,
                                 cosine + 400, sine + 400};
        set[s]->accumulate(begin, &carry, 8, &run, 400);
        set[s]->accumulate(begin + 50, &carry, 8, &rest, FRAMES - 400);
        struct lanes_run part = {frames + 320, others + 320, companion, NULL, 0,
                                 cosine + 320, sine + 320};
        set[s]->sum(&got, &begin[40], &part, 3, weight);
        for (int l = 0; l < LANES; l++) {
            double square = 0, product = 0, in = 0, quadrature = 0;
            double part_square = 0, part_product = 0, part_in = 0;
            for (int n = 0; n < FRAMES; n++) {
                double x = frames[n][l], y = others[n][companion[l]];
                if (n % 8 == 0) {
                    assert_near(begin[n / 8].square[l], square, 1e-12 * square);
                    assert_near(begin[n / 8].in_phase[l], in, 1e-12 * sqrt(square * FRAMES));
                    assert_near(begin[n / 8].quadrature[l], quadrature,
                                1e-12 * sqrt(square * FRAMES));
                }
                square += x * x, product += x * y, in += x * cosine[n], quadrature += x * sine[n];
                double w = n < 323 ? 1 : n < 328 ? weight[n - 323] : 0;
                part_square += w * x * x, part_product += w * x * y, part_in += w * x * cosine[n];
            }
            assert_near(carry.square[l], square, 1e-12 * square);
            assert_near(carry.product[l], product, 1e-9 * fabs(square) + 1e-9);
            assert_near(got.square[l], part_square, 1e-12 * part_square);
            assert_near(got.product[l], part_product, 1e-9 * fabs(square) + 1e-9);
            assert_near(got.in_phase[l], part_in, 1e-12 * sqrt(square * FRAMES));
        }
    }
    free(begin);
}

static void oscillates(void **state)
{
    (void)state;
    static const double step = 0.0327;
    double cosine[LANES + 1], sine[LANES + 1], c[64], q[64];
    for (int i = 0; i <= LANES; i++) {
        cosine[i] = cos(i * step);
        sine[i] = sin(i * step);
    }
    for (unsigned s = 0; s < sets; s++)
        for (size_t n = 1; n <= 64; n = n < 8 ? n + 1 : n + 8) {
            double now[2] = {cos(1.0), sin(1.0)};
            set[s]->oscillate(c, q, n, now, cosine, sine);
            for (size_t i = 0; i < n; i++) {
                assert_near(c[i], cos(1 + (double)i * step), 1e-14);
                assert_near(q[i], sin(1 + (double)i * step), 1e-14);
            }
            assert_near(now[0], cos(1 + (double)n * step), 1e-14);
            assert_near(now[1], sin(1 + (double)n * step), 1e-14);
        }
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

/* Values of a stretch of frames at equal distances, in their order. */
static void resample(const struct lanes_ops *ops, lanes_f *out, size_t points, const lanes_f *from,
                     double first, double step, const struct lanes_kernel *kernel)
{
    enum { ROWS = 500 };
    static struct lanes_row row[ROWS];
    static uint32_t at[ROWS];
    static lanes_f in[4096];
    int64_t whole = (int64_t)floor(first);
    assert_true(points <= ROWS);
    ops->place(row, at, points, whole, first - (double)whole, step, UINT32_MAX, kernel);
    ops->resample(in, 0, points, 4096, from, row, at, kernel->taps);
    for (size_t p = 0; p < points; p++)
        out[p] = in[lanes_fft_place(p, 4096)];
}

/* The response at a frequency in cycles per frame, from the table of 257. */
static double response(const float *gain, double frequency)
{
    double at = frequency * 256;
    int i = at < 255 ? (int)at : 255;
    return gain[i] + (at - i) * (gain[i + 1] - gain[i]);
}

/* Tones at points between the frames: their closed form times the response that was reckoned. What is left are
 * images, at most as large as the response there. */
static void resamples_tones(void **state)
{
    (void)state;
    static const double tones[LANES] = {0, 0.005, 0.02, 0.1, 0.2, 0.3, 0.35, 0.37};
    static const double steps[] = {0.05, 0.9375, 1, 1.171875, 1.9};
    static float gain[257];
    struct lanes_kernel *kernel = room(sizeof *kernel);
    struct rig_worst w = {"resampling of tones up to 0.37 of the rate", "of the amplitude", 3e-4};
    lanes_f out[500];
    lanes_kernel_init(kernel, 12, 0.39, 8.2, gain, 257);
    assert_near(gain[0], 1, 1e-6);
    for (int i = 158; i <= 256; i++) /* images */
        assert_near(gain[i], 0, 1.2e-4);
    for (int i = 1; i < 128; i++)
        assert_true(gain[i] <= gain[i - 1] + 1e-4 && gain[i] > 0.05);
    for (int n = 0; n < FRAMES; n++)
        for (int l = 0; l < LANES; l++)
            others[n][l] = (float)cos(2 * M_PI * tones[l] * n + l);
    for (unsigned s = 0; s < sets; s++)
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            size_t points = (size_t)fmin(500, (FRAMES - 100) / steps[i]) / 2 * 2;
            double first = 30.37;
            resample(set[s], out, points, others, first, steps[i], kernel);
            for (size_t p = 0; p < points; p++)
                for (int l = 0; l < LANES; l++) {
                    double at = first + (double)p * steps[i];
                    rig_check(&w,
                              out[p][l] -
                                  response(gain, tones[l]) * cos(2 * M_PI * tones[l] * at + l),
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
    static float gain[257];
    /* the row behind the table would be this */
    struct {
        struct lanes_kernel kernel;
        struct lanes_row behind;
    } *both = room(sizeof *both);
    lanes_f below[2], on[2];
    lanes_kernel_init(&both->kernel, 24, 0.5, 8.4, gain, 257);
    for (int t = 0; t < LANES_ROW; t++)
        both->behind.tap[t] = NAN;
    for (unsigned s = 0; s < sets; s++) {
        resample(set[s], below, 2, frames, nextafter(100, 0), 0, &both->kernel);
        resample(set[s], on, 2, frames, 100, 0, &both->kernel);
        for (int l = 0; l < LANES; l++)
            assert_near(below[0][l], on[0][l], 1e-5 * pow(10, l - 3));
    }
    free(both);
}

static void put_in_place(lanes_f *in, const lanes_f *values, size_t points)
{
    for (size_t i = 0; i < points; i++)
        in[lanes_fft_place(i, points)] = values[i];
}

static void transforms_of_every_size(void **state)
{
    (void)state;
    struct rig_worst w = {"lines of 64 ... 65536 points", "of the largest line", 2e-6};
    for (unsigned points = 64; points <= 65536; points *= 2) {
        lanes_f *in = room(points * sizeof *in), *keep = room(points * sizeof *keep);
        lanes_f *work = room(points * sizeof *work);
        struct lanes_complex *line = room(points / 2 * sizeof *line);
        float *table = room(LANES_FFT_FLOATS(points) * sizeof *table);
        uint64_t random = points;
        lanes_fft_init(table, points);
        for (unsigned n = 0; n < points; n++)
            for (int l = 0; l < LANES; l++)
                keep[n][l] =
                    (float)(cos(2 * M_PI * (l + 3) * n / points + l) +
                            0.3 * sin(2 * M_PI * (points / 2 - 1 - (unsigned)l) * n / points) +
                            0.1 * rig_gaussian(&random));
        for (unsigned s = 0; s < sets; s++) {
            put_in_place(in, keep, points);
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
            put_in_place(in, keep, points);
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
    float scale[22];
    for (int h = 0; h <= 21; h++)
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
            highest = 200 / cycles - 1 < 20 ? 200 / cycles - 1 : 20;
            set[s]->between(rms, line, cycles, highest, scale);
            for (unsigned h = 0; h <= highest; h++)
                for (int l = 0; l < LANES; l++) {
                    double sum = 0, before = pow(scale[h > 1 ? h : 1], 2),
                           after = pow(scale[h + 1], 2);
                    for (unsigned k = 2; k + 2 <= cycles; k++)
                        sum += (pow(line[h * cycles + k].re[l], 2) +
                                pow(line[h * cycles + k].im[l], 2)) *
                               (before + (after - before) * k / cycles);
                    assert_near(rms[h][l], sqrt(sum), 1e-6 * sqrt(sum));
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
        cmocka_unit_test(mixes_channels),
        cmocka_unit_test(sums_run_on),
        cmocka_unit_test(oscillates),
        cmocka_unit_test(peaks),
        cmocka_unit_test(resamples_tones),
        cmocka_unit_test(resamples_a_hair_below_a_frame),
        cmocka_unit_test(transforms_of_every_size),
        cmocka_unit_test(differences_and_subgroups),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
