/* COMTRADE records of many writers, against figures that were computed from the files without this
 * program (EXPECTED.json beside the recordings). */
#include "samples.h"

#include "base/instant.h"
#include "source/comtrade.h"
#include "source/unit.h"

static json_t *expected_of(const char *folder)
{
    const char *path = recording_path(folder, "EXPECTED.json");
    json_error_t error;
    json_t *json = path ? json_load_file(path, 0, &error) : NULL;
    if (path && !json)
        fail_msg("%s: %s", path, error.text);
    return json;
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* Each stated rate ends where a segment ends, and the segments before have it. */
static void check_rates(const struct source *s, const json_t *checks)
{
    const struct source_info *info = source_info(s);
    const json_t *rates = json_object_get(checks, "rates");
    uint64_t frames = 0;
    unsigned segment = 0;
    double seconds = 0;
    for (size_t i = 0; i < json_array_size(rates); i++) {
        const json_t *rate = json_array_get(rates, i);
        if (!json_is_array(rate)) { /* "... 83 rates in all" */
            while (segment + 1 < info->segment_count)
                frames += info->segments[segment++].frames;
            continue;
        }
        double hz = json_number_value(json_array_get(rate, 0));
        uint64_t last = (uint64_t)json_integer_value(json_array_get(rate, 1));
        while (frames < last) {
            assert_true(segment < info->segment_count);
            if (hz > 0)
                assert_figure(info->segments[segment].rate_hz, hz, 1e-9, 0);
            frames += info->segments[segment++].frames;
        }
        assert_int_equal(frames, last);
    }
    assert_int_equal(segment, info->segment_count);
    assert_int_equal(frames, number(checks, "samples"));
    for (unsigned i = 0; i < info->segment_count; i++)
        seconds += (double)info->segments[i].frames / info->segments[i].rate_hz;
    /* that figure counts to the last sample, or to its end, by the kind of file */
    double last_step = 1 / info->segments[info->segment_count - 1].rate_hz;
    double want = number(checks, "duration_s_from_rates");
    assert_true(fabs(seconds - want) < 2e-6 || fabs(seconds - last_step - want) < 2e-6 ||
                json_array_size(rates) > 2);
}

static void check_channel(const struct source *s, const struct whole *w, const json_t *want,
                          bool as_in_file)
{
    unsigned i = (unsigned)number(want, "ch") - 1;
    const struct source_channel *c = &source_info(s)->channels[i];
    const char *unit = json_string_value(json_object_get(want, "unit")), *si;
    double factor = 1;
    if (!unit_read(unit, strlen(unit), &si, &factor))
        factor = 1;
    else
        assert_string_equal(c->unit, si);
    assert_string_equal(c->name, json_string_value(json_object_get(want, "name")));
    double primary = number(want, "prim"), secondary = number(want, "sec");
    if (primary != 1 || secondary != 1) {
        assert_figure(c->rated_primary, primary * factor, 1e-9, 0);
        assert_figure(c->rated_secondary, secondary * factor, 1e-9, 0);
    }
    const char *ps = json_string_value(json_object_get(want, "ps"));
    if (ps && primary != secondary)
        assert_int_equal(c->is_primary, *ps == 'P');

    struct statistic got = statistic_of(w, i, 0, w->frames);
    double scale = fmax(fabs(number(want, "min")), fabs(number(want, "max"))) * factor;
    const json_t *first = json_object_get(want, "first3");
    for (size_t k = 0; k < json_array_size(first); k++)
        assert_figure(value_at(w, k, i), json_number_value(json_array_get(first, k)) * factor, 1e-6,
                      1e3 * scale);
    double same = as_in_file ? 1e-6 : 0.02; /* interpolated: peaks differ a little */
    assert_figure(got.min, number(want, "min") * factor, same, scale);
    assert_figure(got.max, number(want, "max") * factor, same, scale);
    assert_figure(got.rms, number(want, "rms_all") * factor, as_in_file ? 1e-6 : 2e-3, scale);
    assert_int_equal(got.missing, number(want, "missing"));
    if (as_in_file)
        assert_figure(value_at(w, w->frames - 1, i), number(want, "last") * factor, 1e-6,
                      1e3 * scale);
}

static void check_start(const struct source *s, const json_t *checks, const char *start)
{
    char text[INSTANT_TEXT];
    (void)checks;
    assert_true(source_info(s)->has_date);
    instant_format(source_info(s)->start_ns, 6, text);
    assert_string_equal(text, start);
}

/* Opens it and compares all that a reader can get wrong. Gives the open source for more, NULL: skipped. */
static struct source *check_recording(const char *folder, const char *file, const char *start)
{
    json_t *expected = expected_of(folder);
    if (!expected)
        skip();
    const json_t *checks = json_object_get(expected, "parser_checks");
    struct source *s = open_sample(recording_path(folder, file), NULL);
    const struct source_info *info = source_info(s);
    assert_string_equal(info->format, "comtrade");
    assert_int_equal(info->channel_count, number(checks, "n_analog"));
    assert_figure(info->line_hz, number(checks, "line_freq"), 0, 0);
    check_start(s, checks, start);
    check_rates(s, checks);

    struct whole w = read_all(s);
    bool as_in_file = w.frames == number(checks, "samples");
    const json_t *analog = json_object_get(checks, "analog");
    assert_in_range(json_array_size(analog), 1,
                    info->channel_count); /* the first ones are listed */
    for (size_t i = 0; i < json_array_size(analog); i++)
        check_channel(s, &w, json_array_get(analog, i), as_in_file);

    /* the same again after a rewind */
    struct fault fault;
    assert_int_equal(source_rewind(s, &fault), ERR_OK);
    struct whole again = read_all(s);
    assert_int_equal(again.frames, w.frames);
    assert_memory_equal(again.samples, w.samples, w.frames * w.channels * sizeof(float));
    free(again.samples);
    free(w.samples);
    json_decref(expected);
    return s;
}

/* --- real recordings --------------------------------------------------------------------------- */

static void gaps_of_1991(void **state)
{
    (void)state;
    struct source *s =
        check_recording("comtrade_1991_ascii_gaps_d51", "D51_RCD_2346_20150917_105253_065_F.cfg",
                        "2015-09-17T10:52:52.987545Z");
    const struct source_info *info = source_info(s);
    /* time_gaps_us of EXPECTED.json: the step from the sample before to the first of the segment */
    static const struct {
        unsigned segment;
        double gap_s;
    } gaps[] = {{1, 3.281666}, {2, 3.203334}, {3, 2.678333}, {6, 0.281666}, {7, 6.120000}};
    for (size_t i = 0; i < sizeof gaps / sizeof gaps[0]; i++) {
        const struct source_segment *a = &info->segments[gaps[i].segment], *b = a - 1;
        double step = a->start_s - (b->start_s + (double)(b->frames - 1) / b->rate_hz);
        assert_true(fabs(step - gaps[i].gap_s) < 3e-6);
    }
    assert_true(fabs(info->duration_s - (17.258333 + 0.0775 + 1 / 1200.0)) < 3e-6);
    assert_true(has_note(s, "GBK"));
    assert_true(has_note(s, "5 gaps"));
    assert_true(has_note(s, "-0.0775"));
    assert_places(s, "I1 I2 I3 other V1 V2 V3 other other 2:V1 2:V2 2:V3 2:I1 2:I2 2:I3 "
                     "3:V1 3:V2 3:V3 3:I1 3:I2 3:I3 4:I1 4:I2 4:I3");
    struct fault fault;
    assert_int_equal(source_rewind(s, &fault), ERR_OK);
    struct whole w = read_all(s);
    assert_int_equal(w.begins, 6); /* two of the rates follow each other without a gap */
    free(w.samples);
    source_close(s);
}

static void overflowing_times(void **state)
{
    (void)state;
    struct source *s = check_recording("comtrade_1999_bin_60hz_generators_fault", "test2.cfg",
                                       "2007-01-01T12:22:50.407500Z");
    assert_true(has_note(s, "backwards"));
    assert_int_equal(source_info(s)->segment_count, 1);
    assert_places(s, "V1 V2 V3 VN I1 I2 I3 2:V1 2:V2 2:V3 2:VN 2:I1 2:I2 2:I3 3:IN 3:I1 3:I2 3:I3 "
                     "other other other other other other other other");
    source_close(s);
}

static void binary_of_32_bits(void **state)
{
    (void)state;
    struct source *s =
        check_recording("comtrade_2013_binary32_ritm", "5.cfg", "2010-02-22T21:41:29.659551Z");
    assert_true(has_note(s, "trigger is before"));
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(source_info(s)->channels[i].place.role != ROLE_OTHER, i != 3 && i != 4);
    for (unsigned i = 10; i < 37; i++)
        assert_string_equal(place_of(s, i), "other");
    source_close(s);
}

static void floats(void **state)
{
    (void)state;
    struct source *s = check_recording("comtrade_2013_float32_100khz_ieee123_fault1",
                                       "f1_1b274run.cfg", "2023-04-09T21:23:00.000000Z");
    assert_places(s, "V1 V2 V3 I1 I2 I3 2:I1 2:I2 2:I3 other other other other other other");
    source_close(s);
}

static void four_rates_a(void **state)
{
    (void)state;
    struct source *s = check_recording("comtrade_220kv_line_fault_4rates_a", "xtz.cfg",
                                       "2023-05-12T19:45:25.603838Z");
    assert_true(has_note(s, "secondary"));
    assert_true(has_note(s, "127017 / 57.735 V"));
    assert_true(has_note(s, "skew"));
    assert_string_equal(place_of(s, 0), "V1");
    assert_string_equal(place_of(s, 4), "2:V1");
    assert_string_equal(place_of(s, 8), "I1");
    assert_string_equal(place_of(s, 12), "3:I1");
    assert_string_equal(place_of(s, 38), "9:I3");
    assert_string_equal(place_of(s, 40), "other");
    source_close(s);
}

static void four_rates_b(void **state)
{
    (void)state;
    struct source *s = check_recording("comtrade_220kv_line_fault_4rates_b", "ymz.cfg",
                                       "2023-05-12T19:45:26.539616Z");
    const struct source_segment *fast = &source_info(s)->segments[2], *slow = fast - 1;
    double step = fast->start_s - (slow->start_s + (double)(slow->frames - 1) / slow->rate_hz);
    assert_true(fabs(step - 0.17125) < 1e-6);
    assert_true(has_note(s, "220000 / 100 V"));
    assert_string_equal(source_info(s)->channels[0].unit, "V"); /* although ccbm says kV */
    assert_string_equal(place_of(s, 8), "3:I1");                /* 220kVhyx: its own voltages */
    assert_string_equal(place_of(s, 12), "3:V1");
    assert_string_equal(place_of(s, 40), "11:I1"); /* the bus tie has none */
    source_close(s);
}

static void rates_that_follow_the_mains(void **state)
{
    (void)state;
    struct source *s =
        check_recording("comtrade_ascii_83_rates_ru", "1.cfg", "2017-05-25T08:13:16.587000Z");
    const struct source_info *info = source_info(s);
    assert_int_equal(info->segment_count, 83);
    assert_places(s, "V1 V2 V3 other");
    assert_true(has_note(s, "CP1251"));
    assert_true(has_note(s, "Revision year 2000"));
    assert_true(has_note(s, "83 segments"));
    struct fault fault;
    assert_int_equal(source_rewind(s, &fault), ERR_OK);
    struct wave_block b;
    assert_int_equal(source_read(s, &b, &fault), ERR_OK);
    assert_figure(b.rate_hz, 2401.509521, 1e-9, 0);
    assert_int_equal(source_rewind(s, &fault), ERR_OK);
    struct whole w = read_all(s);
    assert_int_equal(w.begins, 1);
    assert_true(fabs((double)w.frames / 2401.509521 - info->duration_s) < 2 / 2400.0);
    /* the first segment has the rate of the grid, so its samples are the file's own */
    json_t *expected = expected_of("comtrade_ascii_83_rates_ru");
    const json_t *windows =
        json_object_get(json_array_get(json_object_get(expected, "segments"), 0), "windows");
    size_t index;
    json_t *window;
    assert_true(json_array_size(windows) > 0);
    json_array_foreach(windows, index, window)
    {
        static const char *const names[] = {"ch1_UA", "ch2_UB", "ch3_UC", "ch4_3U0"};
        for (unsigned c = 0; c < 4; c++) {
            double rms = number(json_object_get(json_object_get(window, "ch"), names[c]), "rms");
            struct statistic got =
                statistic_of(&w, c, (size_t)number(window, "start"), (size_t)number(window, "end"));
            assert_figure(got.rms, rms, 1e-6, 1);
        }
    }
    json_decref(expected);
    free(w.samples);
    source_close(s);
}

static void rates_only_in_times(void **state)
{
    (void)state;
    struct source *s = check_recording("comtrade_nrates0_ge_c60_interruption", "3.cfg",
                                       "2012-04-06T06:42:59.391076Z");
    assert_int_equal(source_info(s)->segment_count, 1);
    assert_figure(source_info(s)->segments[0].rate_hz, 800.21433261, 1e-9, 0);
    assert_true(has_note(s, "no sampling rate"));
    for (unsigned i = 8; i < 24; i++)
        assert_string_equal(place_of(s, i), "other");
    source_close(s);
}

static void meter_without_times(void **state)
{
    (void)state;
    struct source *s = check_recording("comtrade_ion7650_60hz_transient", "keating_1999.CFG",
                                       "2015-11-18T05:33:03.765333Z");
    source_close(s);
}

/* --- files that are part of the source ----------------------------------------------------------- */

static void keating_from_either_file(void **state)
{
    (void)state;
    static const char *const files[] = {"comtrade/keating_1999.CFG", "comtrade/keating_1999.DAT"};
    for (int i = 0; i < 2; i++) {
        struct source *s = open_sample(data_path(files[i]), NULL);
        assert_places(s, "I1 I2 I3 IN V1 V2 V3 VN");
        assert_figure(source_info(s)->segments[0].rate_hz, 30707.244140625, 1e-12, 0);
        assert_true(has_note(s, "Times of samples are missing"));
        struct whole w = read_all(s);
        assert_int_equal(w.frames, 2048);
        /* the first line of the file: 1571 and 1905 */
        assert_figure(value_at(&w, 0, 0), -0.0197614394128323 * 1571 + 25.3736882060767, 1e-6, 0);
        assert_figure(value_at(&w, 0, 4), -0.113816305994987 * 1905 + 8.42240664362904, 1e-6, 0);
        assert_figure(statistic_of(&w, 6, 0, w.frames).max, 581.1, 1e-3, 0);
        free(w.samples);
        source_close(s);
    }
}

static void one_file_and_two_are_the_same(void **state)
{
    (void)state;
    struct source *pair = open_sample(data_path("comtrade/sample_ascii.cfg"), NULL);
    struct source *single = open_sample(data_path("comtrade/sample_ascii.cff"), NULL);
    struct whole a = read_all(pair), b = read_all(single);
    assert_int_equal(a.frames, 40);
    assert_int_equal(b.frames, 40);
    assert_memory_equal(a.samples, b.samples, 40 * 4 * sizeof(float));
    assert_figure(value_at(&a, 0, 0), -9.396057, 1e-6, 0);
    assert_figure(value_at(&a, 39, 3), -12.47113, 1e-6, 0);
    assert_places(single, "I1 I2 I3 other");
    check_start(pair, NULL, "2011-01-12T11:25:30.075011Z"); /* its clock is 5 h 30 behind UTC */
    check_start(single, NULL, "2011-01-12T11:25:30.075011Z");
    assert_true(has_note(single, "time quality B"));
    free(a.samples);
    free(b.samples);
    source_close(pair);
    source_close(single);
}

static void floats_in_one_file(void **state)
{
    (void)state;
    struct source *s = open_sample(data_path("comtrade/sample_float32.cff"), NULL);
    const struct source_info *info = source_info(s);
    assert_int_equal(info->segments[0].frames, 301);
    assert_figure(info->segments[0].rate_hz, 100, 0, 0);
    assert_true(info->line_hz == 0);
    assert_int_equal(info->start_ns % NS_PER_S, 422969065);
    assert_true(has_note(s, "do not fit the stated sampling rates"));
    struct whole w = read_all(s);
    assert_int_equal(w.frames, 301);
    assert_int_equal(statistic_of(&w, 0, 0, 301).missing, 0);
    free(w.samples);
    source_close(s);
}

static void small_binary(void **state)
{
    (void)state;
    struct source *s = open_sample(data_path("comtrade/sample_bin.cfg"), NULL);
    assert_places(s, "V1 V2 V3 VN");
    struct whole w = read_all(s);
    assert_int_equal(w.frames, 5);
    assert_figure(statistic_of(&w, 2, 0, 5).max, 10448.1, 1e-5, 0); /* written in kV */
    assert_figure(source_info(s)->channels[0].rated_primary, 120000, 1e-9, 0);
    free(w.samples);
    source_close(s);
}

static char *slurp(const char *path, size_t *length)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *bytes = malloc(1 << 20);
    assert_non_null(bytes);
    *length = fread(bytes, 1, 1 << 20, f);
    fclose(f);
    return bytes;
}

static struct source *open_parts(const char *cfg_file, const char *dat_file)
{
    static char *cfg, *dat;
    size_t cfg_length, dat_length;
    free(cfg);
    free(dat);
    cfg = slurp(data_path(cfg_file), &cfg_length);
    dat = slurp(data_path(dat_file), &dat_length);
    struct source *s;
    struct fault fault;
    static const struct source_options none = {0};
    if (comtrade_open_memory(cfg, cfg_length, dat, dat_length, &none, &s, &fault))
        fail_msg("%s", fault.text);
    return s;
}

static void missing_values(void **state)
{
    (void)state;
    struct source *s = open_parts("comtrade/sample_ascii.cfg", "comtrade/sample_ascii_missing.dat");
    struct whole w = read_all(s);
    for (unsigned c = 0; c < 4; c++) {
        struct statistic got = statistic_of(&w, c, 0, w.frames);
        assert_int_equal(got.missing, 1);
        assert_true(got.max < 40);
        assert_true(isnan(value_at(&w, 1 + c, c)));
    }
    free(w.samples);
    source_close(s);
}

static void station_with_commas(void **state)
{
    (void)state;
    struct source *s = open_parts("comtrade/sample_ascii_utf-8.cfg", "comtrade/sample_ascii.dat");
    assert_int_equal(source_info(s)->channel_count, 4);
    check_start(s, NULL, "2011-01-12T11:25:30.075011Z"); /* so its revision was seen */
    source_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaps_of_1991),
        cmocka_unit_test(overflowing_times),
        cmocka_unit_test(binary_of_32_bits),
        cmocka_unit_test(floats),
        cmocka_unit_test(four_rates_a),
        cmocka_unit_test(four_rates_b),
        cmocka_unit_test(rates_that_follow_the_mains),
        cmocka_unit_test(rates_only_in_times),
        cmocka_unit_test(meter_without_times),
        cmocka_unit_test(keating_from_either_file),
        cmocka_unit_test(one_file_and_two_are_the_same),
        cmocka_unit_test(floats_in_one_file),
        cmocka_unit_test(small_binary),
        cmocka_unit_test(missing_values),
        cmocka_unit_test(station_with_commas),
    };
    return cmocka_run_group_tests_name("source/comtrade", tests, NULL, NULL);
}
