/* CSV and COMTRADE of a set of waveforms, read back by the drivers of recordings: the same samples to the bit,
 * the same roles, rate and time. */
#include "source/comtrade.h"
#include "source/csv.h"
#include "store/waveform_export.h"
#include "waveform_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct fault fault;
static const struct source_options no_options;

/* Voltages and four currents of one load, or of four loads with one current each. */
static struct waveform_set *set_of(unsigned loads)
{
    struct waveform_set *s = waveform_fixture(1);
    s->rate_hz = 4800;
    s->count = CAPTURE_SAMPLES;
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++) {
        s->line[l].present = true;
        if (l >= 6 && loads == 4) {
            s->line[l].channel = SPECTRUM_I1;
            s->line[l].load = (uint8_t)(l - 5);
        }
        for (unsigned i = 0; i < s->count; i++)
            s->sample[l][i] = (float)(325 * sin(i * 0.0654 + l) / (l + 1) + 0.37 * sin(i * 0.9));
    }
    return s;
}

/* Whatever order the channels have: each is found by its role and compared. */
static void compare(struct source *source, const struct waveform_set *s, double tolerance)
{
    const struct source_info *info = source_info(source);
    assert_int_equal(info->channel_count, CAPTURE_WAVEFORMS);
    assert_int_equal(info->segment_count, 1);
    assert_true(fabs(info->segments[0].rate_hz - s->rate_hz) < 1e-6 * s->rate_hz);
    assert_int_equal(info->segments[0].frames, s->count);
    struct wave_block b;
    unsigned frames = 0;
    while (source_read(source, &b, &fault) == ERR_OK)
        for (unsigned i = 0; i < b.frames; i++, frames++)
            for (unsigned c = 0; c < b.channels; c++) {
                float got = b.samples[(size_t)i * b.channels + c], want = s->sample[c][frames];
                if (!(fabsf(got - want) <= tolerance))
                    fail_msg("channel %u, sample %u: %.9g, not %.9g", c, frames, (double)got,
                             (double)want);
            }
    assert_int_equal(frames, s->count);
}

static void check_roles(const struct source *source, unsigned loads)
{
    static const enum wave_role roles[] = {ROLE_V1,  ROLE_V2, ROLE_V3, ROLE_U12, ROLE_U23,
                                           ROLE_U31, ROLE_I1, ROLE_I2, ROLE_I3,  ROLE_IN};
    const struct source_info *info = source_info(source);
    for (unsigned c = 0; c < CAPTURE_WAVEFORMS; c++) {
        const struct wave_place *p = &info->channels[c].place;
        bool own = c >= 6 && loads == 4;
        assert_int_equal(p->role, own ? ROLE_I1 : roles[c]);
        assert_int_equal(p->circuit, own ? c - 5 : 1);
    }
}

static void csv(void **state)
{
    (void)state;
    for (unsigned loads = 1; loads <= 4; loads += 3) {
        struct waveform_set *s = set_of(loads);
        struct text t;
        struct source *source;
        text_init(&t, 0);
        waveform_put_csv(&t, s);
        assert_false(t.failed);
        assert_int_equal(csv_open_memory(t.bytes, t.length, &no_options, &source, &fault), ERR_OK);
        check_roles(source, loads);
        compare(source, s, 0);
        source_close(source);
        text_free(&t);
        free(s);
    }
}

static void comtrade(void **state)
{
    (void)state;
    for (unsigned loads = 1; loads <= 4; loads += 3) {
        struct waveform_set *s = set_of(loads);
        struct text cfg, dat;
        struct source *source;
        text_init(&cfg, 0);
        text_init(&dat, 0);
        waveform_put_comtrade_cfg(&cfg, s);
        waveform_put_comtrade_dat(&dat, s);
        assert_false(cfg.failed || dat.failed);
        assert_int_equal(dat.length, s->count * (8 + 4 * CAPTURE_WAVEFORMS));
        assert_int_equal(comtrade_open_memory(cfg.bytes, cfg.length, dat.bytes, dat.length,
                                              &no_options, &source, &fault),
                         ERR_OK);
        check_roles(source, loads);
        assert_true(source_info(source)->has_date);
        assert_int_equal(source_info(source)->start_ns, s->start_ns);
        compare(source, s, 325.4 / (1 << 30));
        source_close(source);
        text_free(&cfg);
        text_free(&dat);
        free(s);
    }
}

/* Silence, tiny and huge values, few samples, lines that are not there, rates that do not divide. */
static void odd_sets(void **state)
{
    (void)state;
    static const float sizes[] = {0, 1e-30f, 1e-3f, 1, 9.9e8f};
    for (int k = 0; k < 5; k++) {
        struct waveform_set *s = set_of(1);
        struct text t, dat;
        struct source *source;
        for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++)
            for (unsigned i = 0; i < s->count; i++)
                s->sample[l][i] *= sizes[k] / 325;
        s->rate_hz = k == 2 ? 30707.244 / 3 : 9600;
        text_init(&t, 0);
        text_init(&dat, 0);
        waveform_put_csv(&t, s);
        assert_int_equal(csv_open_memory(t.bytes, t.length, &no_options, &source, &fault), ERR_OK);
        compare(source, s, 0);
        source_close(source);
        text_clear(&t);
        waveform_put_comtrade_cfg(&t, s);
        waveform_put_comtrade_dat(&dat, s);
        assert_int_equal(comtrade_open_memory(t.bytes, t.length, dat.bytes, dat.length, &no_options,
                                              &source, &fault),
                         ERR_OK);
        compare(source, s, 1.1 * (double)sizes[k] / (1 << 30));
        source_close(source);
        text_free(&t);
        text_free(&dat);
        free(s);
    }
}

static void lines_that_are_not_there(void **state)
{
    (void)state;
    struct waveform_set *s = set_of(1);
    struct text t;
    text_init(&t, 0);
    for (unsigned l = 1; l < CAPTURE_WAVEFORMS; l++)
        s->line[l].present = l == 8;
    s->count = 2;
    waveform_put_csv(&t, s);
    char *table = strstr(t.bytes, "t,");
    assert_non_null(table);
    char expected[200];
    snprintf(expected, sizeof expected,
             "t,V1,I3\r\n0.000000000,%.9g,%.9g\r\n0.000208333,%.9g,%.9g\r\n",
             (double)s->sample[0][0], (double)s->sample[8][0], (double)s->sample[0][1],
             (double)s->sample[8][1]);
    assert_string_equal(table, expected);
    text_clear(&t);
    waveform_put_comtrade_cfg(&t, s);
    assert_non_null(strstr(t.bytes, "\r\n2,2A,0D\r\n1,V1,A,,V,"));
    assert_non_null(strstr(t.bytes, "\r\n2,I3,C,,A,"));
    text_clear(&t);
    waveform_put_comtrade_dat(&t, s);
    assert_int_equal(t.length, 2 * 16);
    text_free(&t);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(csv), cmocka_unit_test(comtrade),
                                       cmocka_unit_test(odd_sets),
                                       cmocka_unit_test(lines_that_are_not_there)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
