/* Tables of samples as loggers and scripts write them. */
#include "samples.h"

#include "base/instant.h"
#include "source/csv.h"

#include <zlib.h>

static const struct source_options none;

static enum err try_text(const char *text, const struct source_options *options, struct source **s,
                         struct fault *fault)
{
    *s = NULL;
    return csv_open_memory(text, strlen(text), options, s, fault);
}

static struct source *open_text(const char *text, const struct source_options *options)
{
    struct source *s;
    struct fault fault = {0};
    if (try_text(text, options, &s, &fault))
        fail_msg("%s", fault.text);
    return s;
}

static void expect_fault(const char *text, const struct source_options *options, enum err code,
                         const char *words)
{
    struct source *s;
    struct fault fault = {0};
    enum err err = try_text(text, options, &s, &fault);
    struct wave_block b;
    while (!err) /* some are found when they are read */
        err = source_read(s, &b, &fault);
    source_close(s);
    assert_int_equal(err, code);
    if (!strstr(fault.text, words))
        fail_msg("\"%s\" does not say \"%s\"", fault.text, words);
}

static double rate_of(const struct source *s)
{
    return source_info(s)->segments[0].rate_hz;
}

static void roles_in_the_header(void **state)
{
    (void)state;
    struct source *s = open_text("t,V1,V2,I1,2:V1,2:I1\n"
                                 "0,1,2,3,4,5\n0.0005,6,7,8,9,10\n0.001,11,12,13,14,15\n",
                                 &none);
    assert_places(s, "V1 V2 I1 2:V1 2:I1");
    assert_true(rate_of(s) == 2000);
    assert_false(source_info(s)->has_date);
    struct whole w = read_all(s);
    assert_int_equal(w.frames, 3);
    assert_true(value_at(&w, 2, 0) == 11 && value_at(&w, 0, 4) == 5);
    assert_string_equal(source_info(s)->channels[4].unit, "A");
    free(w.samples);
    source_close(s);
}

static void separators_and_decimal_commas(void **state)
{
    (void)state;
    static const char *const texts[] = {"t;Ua;Ia\n0;1,5;-2,25\n0,01;2,5;3\n0,02;3;4\n",
                                        "t;Ua;Ia\n0;1.5;-2.25\n0.01;2.5;3\n0.02;3;4\n",
                                        "t\tUa\tIa\n0\t1.5\t-2.25\n0.01\t2.5\t3\n0.02\t3\t4\n",
                                        "\"t\",\"Ua\",\"Ia\"\r\n\"0\",\"1.5\",\"-2.25\"\r\n"
                                        "\"0.01\",\"2.5\",\"3\"\r\n\"0.02\",\"3\",\"4\"",
                                        "\xef\xbb\xbft, Ua, Ia\n# a comment\n\n 0 , 1.5 , -2.25\n"
                                        "1e-2,25e-1,3\n.02,3,4\n\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct source *s = open_text(texts[i], &none);
        assert_places(s, "V1 I1");
        assert_true(rate_of(s) == 100);
        struct whole w = read_all(s);
        assert_int_equal(w.frames, 3);
        assert_true(value_at(&w, 0, 0) == 1.5 && value_at(&w, 0, 1) == -2.25);
        assert_true(value_at(&w, 1, 0) == 2.5 && value_at(&w, 2, 1) == 4);
        free(w.samples);
        source_close(s);
    }
}

static void units_in_the_header(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Time (ms),Va [kV],Ia (mA)\n0,1,2\n1,1,2\n2,1,2\n",
        "time_ms,Va_kV,Ia_mA\n0,1,2\n1,1,2\n2,1,2\n",
        "Instrument X\nSerial 5\nTime,Va,Ia\n(ms),(kV),(mA)\n\n0,1,2\n1,1,2\n2,1,2\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct source *s = open_text(texts[i], &none);
        assert_places(s, "V1 I1");
        assert_true(rate_of(s) == 1000);
        struct whole w = read_all(s);
        assert_int_equal(w.frames, 3);
        assert_true(value_at(&w, 0, 0) == 1000);
        assert_figure(value_at(&w, 0, 1), 0.002, 1e-7, 0);
        free(w.samples);
        source_close(s);
    }
}

static void missing_values_and_text(void **state)
{
    (void)state;
    struct source *s =
        open_text("t,V1,label,I1\n0,1,on,\n1,NaN,off,2\n2,,on,NA\n3,-,on,inf\n", &none);
    assert_places(s, "V1 I1");
    assert_true(has_note(s, "label"));
    struct whole w = read_all(s);
    assert_int_equal(statistic_of(&w, 0, 0, 4).missing, 3);
    assert_int_equal(statistic_of(&w, 1, 0, 4).missing, 3);
    free(w.samples);
    source_close(s);
}

static void without_a_header(void **state)
{
    (void)state;
    struct source_options options = {.rate_hz = 4000, .channels = "V1", .scale = "10"};
    struct source *s = open_text("0.5\n1\n1.5\n2", &options);
    assert_places(s, "V1");
    assert_true(rate_of(s) == 4000);
    struct whole w = read_all(s);
    assert_int_equal(w.frames, 4);
    assert_true(value_at(&w, 3, 0) == 20);
    free(w.samples);
    source_close(s);

    s = open_text("0,5\n0.001,6\n0.002,7\n0.003,5\n", &none);
    assert_true(rate_of(s) == 1000);
    assert_int_equal(source_info(s)->channel_count, 1);
    assert_true(has_note(s, "first column"));
    source_close(s);
}

static void dates_and_gaps(void **state)
{
    (void)state;
    char text[8192] = "time,V1,I1\n";
    for (int i = 0; i < 100; i++) {
        int ms = i * 2 + (i >= 60 ? 500 : 0);
        snprintf(text + strlen(text), 64, "2024-02-29T23:59:59.%03dZ,%d,1\n", ms, i);
    }
    struct source *s = open_text(text, &none);
    const struct source_info *info = source_info(s);
    char start[INSTANT_TEXT];
    instant_format(info->start_ns, 3, start);
    assert_true(info->has_date);
    assert_string_equal(start, "2024-02-29T23:59:59.000Z");
    assert_int_equal(info->segment_count, 2);
    assert_int_equal(info->segments[0].frames, 60);
    assert_figure(info->segments[1].start_s, 0.62, 1e-9, 0);
    assert_true(rate_of(s) == 500);
    struct whole w = read_all(s);
    assert_int_equal(w.begins, 2);
    assert_int_equal(w.last_block_ns, info->start_ns + 620000000);
    free(w.samples);
    source_close(s);
}

static void records_begin_segments(void **state)
{
    (void)state;
    struct source *s = open_text("record,t,V1,I1\n1,0,1,1\n1,0.001,1,1\n1,0.002,1,1\n"
                                 "2,0,2,2\n2,0.001,2,2\n2,0.002,2,2\n",
                                 &none);
    assert_places(s, "V1 I1");
    assert_int_equal(source_info(s)->segment_count, 2);
    assert_int_equal(source_info(s)->segments[1].frames, 3);
    assert_true(has_note(s, "set back"));
    struct whole w = read_all(s);
    assert_int_equal(w.begins, 2);
    free(w.samples);
    source_close(s);

    struct source_options options = {.rate_hz = 800};
    s = open_text("record,v0,v1,v2,v3,v4,v5,v6,v7,i0,i1,i2,i3,i4,i5,i6,i7\n"
                  "7,0,1,2,3,4,5,6,7,10,11,12,13,14,15,16,17\n"
                  "9,20,21,22,23,24,25,26,27,30,31,32,33,34,35,36,37\n",
                  &options);
    assert_places(s, "V1 I1");
    w = read_all(s);
    assert_int_equal(w.frames, 16);
    assert_int_equal(w.begins, 2);
    for (size_t i = 0; i < 16; i++) {
        assert_true(value_at(&w, i, 0) == (double)(i % 8 + i / 8 * 20));
        assert_true(value_at(&w, i, 1) == value_at(&w, i, 0) + 10);
    }
    free(w.samples);
    source_close(s);
}

static void faults_say_where(void **state)
{
    (void)state;
    static const struct source_options rate = {.rate_hz = 1000};
    expect_fault("", &none, ERR_INPUT, "nothing in it");
    expect_fault("hello\nworld\n", &rate, ERR_INPUT, "no table of numbers");
    expect_fault("V1,I1\n1,2\n3,4\n", &none, ERR_INPUT, "give the rate");
    expect_fault("t,V1,I1\n0,1,2\n1,1,2\n2,1,2\n3,x,2\n4,1,2\n5,1,2\n6,1,2\n7,1,2\n8,1,2\n", &none,
                 ERR_INPUT, ":5: column 2 is \"x\"");
    expect_fault("V1,I1\n1,2\n3\n3,4\n3,4\n3,4\n3,4\n3,4\n", &rate, ERR_INPUT, ":3: 1 columns");
    expect_fault("t,V1,I1\n0,1,2\n1,1,2\n?,1,2\n3,1,2\n4,1,2\n5,1,2\n6,1,2\n7,1,2\n8,1,2\n", &none,
                 ERR_INPUT, ":4: column 1");
    static const struct source_options bad_rate = {.rate_hz = -1};
    expect_fault("V1,I1\n1,2\n3,4\n", &bad_rate, ERR_USAGE, "rate");
    static const struct source_options bad_places = {.rate_hz = 1, .channels = "V1,V2,V3"};
    expect_fault("V1,I1\n1,2\n3,4\n", &bad_places, ERR_USAGE, "more roles");
    static const struct source_options bad_scale = {.rate_hz = 1, .scale = "0"};
    expect_fault("V1,I1\n1,2\n3,4\n", &bad_scale, ERR_USAGE, "factor");
}

static void standing_times_are_a_fault(void **state)
{
    (void)state;
    char text[4096] = "t,V1\n";
    for (int i = 0; i < 100; i++)
        strcat(text, "5,1\n");
    expect_fault(text, &none, ERR_INPUT, "do not advance");
}

static void a_last_line_that_is_cut(void **state)
{
    (void)state;
    struct source *s = open_text("t,V1,I1\n0,1,2\n1,1,2\n2,1,2\n3,1,2\n4,", &none);
    assert_true(has_note(s, "cut off"));
    struct whole w = read_all(s);
    assert_int_equal(w.frames, 4);
    free(w.samples);
    source_close(s);
}

static void packed_is_the_same(void **state)
{
    (void)state;
    char *text = malloc(1 << 20), path[] = "/tmp/busbar-csv-XXXXXX.csv.gz";
    assert_non_null(text);
    size_t n = (size_t)sprintf(text, "t,V1,I1\n");
    for (int i = 0; i < 20000; i++)
        n += (size_t)sprintf(text + n, "%.6f,%d,%.3f\n", i / 5000.0, i % 700 - 350, i * 0.001);
    int fd = mkstemps(path, 7);
    assert_true(fd >= 0);
    gzFile z = gzdopen(fd, "wb");
    assert_int_equal(gzwrite(z, text, (unsigned)n), n);
    gzclose(z);
    struct source *plain = open_text(text, &none), *packed = open_sample(path, NULL);
    for (int round = 0; round < 2; round++) { /* also after a rewind */
        struct fault fault;
        struct whole a = read_all(plain), b = read_all(packed);
        assert_int_equal(a.frames, 20000);
        assert_int_equal(b.frames, 20000);
        assert_memory_equal(a.samples, b.samples, 20000 * 2 * sizeof(float));
        free(a.samples);
        free(b.samples);
        assert_int_equal(source_rewind(plain, &fault), ERR_OK);
        assert_int_equal(source_rewind(packed, &fault), ERR_OK);
    }
    source_close(plain);
    source_close(packed);
    remove(path);
    free(text);
}

/* What does not fit into memory is read anew for each pass, and is the same. */
static void long_tables_are_not_kept(void **state)
{
    (void)state;
    enum { COLUMNS = 256, ROWS = (int)(RECORDING_KEEP_BYTES / sizeof(float) / COLUMNS) + 500 };
    size_t length = (size_t)ROWS * COLUMNS * 2;
    char *text = malloc(length);
    assert_non_null(text);
    for (size_t i = 0; i < length; i += 2) {
        text[i] = (char)('0' + i / (COLUMNS * 2) % 10);
        text[i + 1] = i / 2 % COLUMNS == COLUMNS - 1 ? '\n' : ',';
    }
    static const struct source_options options = {.rate_hz = 1000};
    struct source *s = NULL;
    struct fault fault;
    assert_int_equal(csv_open_memory(text, length, &options, &s, &fault), ERR_OK);
    for (int round = 0; round < 2; round++) {
        struct wave_block b;
        uint64_t rows = 0;
        while (source_read(s, &b, &fault) == ERR_OK)
            for (uint32_t i = 0; i < b.frames; i++, rows++)
                assert_true(b.samples[(size_t)i * COLUMNS + 255] == (float)(rows % 10));
        assert_int_equal(rows, ROWS);
        assert_int_equal(source_rewind(s, &fault), ERR_OK);
    }
    source_close(s);
    free(text);
}

/* --- real recordings --------------------------------------------------------------------------------- */

static json_t *expected_of(const char *folder)
{
    const char *path = recording_path(folder, "EXPECTED.json");
    return path ? json_load_file(path, 0, NULL) : NULL;
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void converter_at_50_khz(void **state)
{
    (void)state;
    json_t *expected = expected_of("csv_mhkit_modaq_3ph_50khz");
    if (!expected)
        skip();
    struct source *s = open_sample(
        recording_path("csv_mhkit_modaq_3ph_50khz", "2020224_181521_PowRaw.csv.gz"), NULL);
    assert_places(s, "V1 V2 V3 I1 I2 I3");
    assert_int_equal(source_info(s)->segment_count, 1);
    assert_true(rate_of(s) == 50000);
    assert_int_equal(source_info(s)->start_ns, INT64_C(1582568121499998208));
    struct whole w = read_all(s);
    assert_int_equal(w.frames, 8000);
    const json_t *window = json_array_get(
        json_object_get(json_array_get(json_object_get(expected, "segments"), 0), "windows"), 0);
    static const char *const names[] = {"Va", "Vb", "Vc", "Ia", "Ib", "Ic"};
    for (unsigned c = 0; c < 6; c++) {
        double rms = number(json_object_get(json_object_get(window, "ch"), names[c]), "rms");
        struct statistic got =
            statistic_of(&w, c, (size_t)number(window, "start"), (size_t)number(window, "end"));
        assert_figure(got.rms, rms, 1e-6, 0);
    }
    double power = 0;
    for (size_t i = 0; i < (size_t)number(window, "end"); i++)
        power += value_at(&w, i, 0) * value_at(&w, i, 3) / number(window, "end");
    assert_figure(power, number(json_object_get(json_object_get(window, "power"), "Va*Ia"), "P"),
                  1e-6, 0);
    free(w.samples);
    source_close(s);
    json_decref(expected);
}

static void one_column_of_a_ramp(void **state)
{
    (void)state;
    static const char folder[] = "csv_sim_rocof_49p9_50_4khz";
    static const char file[] = "E_csv_simulated_ROCOF_fs4000_f49.9-50.csv.gz";
    json_t *expected = expected_of(folder);
    if (!expected)
        skip();
    struct source_options options = {.rate_hz = 4000, .channels = "V1"};
    struct source *s = open_sample(recording_path(folder, file), &options);
    struct whole w = read_all(s);
    assert_int_equal(w.frames, number(expected, "samples"));
    assert_figure(statistic_of(&w, 0, 0, w.frames).rms, number(expected, "rms_all"), 1e-6, 0);
    const json_t *blocks = json_object_get(expected, "f_rms_per_800_samples");
    for (size_t i = 0; i < json_array_size(blocks); i++) {
        const json_t *b = json_array_get(blocks, i);
        double rms = json_number_value(json_array_get(b, 3));
        struct statistic got = statistic_of(&w, 0, (size_t)json_number_value(json_array_get(b, 0)),
                                            (size_t)json_number_value(json_array_get(b, 1)));
        assert_figure(got.rms, rms, 1e-6, 0);
    }
    free(w.samples);
    source_close(s);
    struct fault fault;
    assert_int_equal(source_open(recording_path(folder, file), NULL, &s, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "give the rate"));
    json_decref(expected);
}

static void cycles_of_appliances(void **state)
{
    (void)state;
    static const char folder[] = "csv_plaid_120v_60hz_appliance_cycles";
    json_t *expected = expected_of(folder);
    if (!expected)
        skip();
    struct source_options options = {.rate_hz = 30000};
    struct source *s = open_sample(recording_path(folder, "plaid_cycles.csv.gz"), &options);
    assert_places(s, "V1 I1");
    const json_t *records = json_object_get(expected, "records");
    assert_int_equal(source_info(s)->segment_count, json_array_size(records));
    struct whole w = read_all(s);
    assert_int_equal(w.begins, json_array_size(records));
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *r = json_array_get(records, i);
        double power = 0;
        for (size_t k = 500 * i; k < 500 * (i + 1); k++)
            power += value_at(&w, k, 0) * value_at(&w, k, 1) / 500;
        assert_figure(statistic_of(&w, 0, 500 * i, 500 * (i + 1)).rms, number(r, "Urms"), 1e-6, 0);
        assert_figure(statistic_of(&w, 1, 500 * i, 500 * (i + 1)).rms, number(r, "Irms"), 1e-6, 0);
        assert_figure(power, number(r, "P"), 1e-5, 1e3);
    }
    free(w.samples);
    source_close(s);
    json_decref(expected);
}

static void a_series_of_rms_values(void **state)
{
    (void)state;
    static const char folder[] = "csv_rms_series_pqopen_interruption";
    json_t *expected = expected_of(folder);
    if (!expected)
        skip();
    struct source *s = open_sample(recording_path(folder, "event_data_level_low.csv"), NULL);
    const struct source_info *info = source_info(s);
    assert_places(s, "other"); /* RMS values are no waveform */
    assert_true(info->has_date);
    assert_int_equal(info->start_ns, (int64_t)number(expected, "t_first_ms") * 1000000);
    assert_figure(info->duration_s,
                  (number(expected, "t_last_ms") - number(expected, "t_first_ms")) / 1000 + 0.02,
                  1e-3, 0);
    struct whole w = read_all(s);
    assert_int_equal(w.frames, number(expected, "rows"));
    struct statistic got = statistic_of(&w, 0, 0, w.frames);
    assert_figure(got.min, number(expected, "u_min"), 1e-6, 0);
    assert_figure(got.max, number(expected, "u_max"), 1e-6, 0);
    free(w.samples);
    source_close(s);
    json_decref(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles_in_the_header),
        cmocka_unit_test(separators_and_decimal_commas),
        cmocka_unit_test(units_in_the_header),
        cmocka_unit_test(missing_values_and_text),
        cmocka_unit_test(without_a_header),
        cmocka_unit_test(dates_and_gaps),
        cmocka_unit_test(records_begin_segments),
        cmocka_unit_test(faults_say_where),
        cmocka_unit_test(standing_times_are_a_fault),
        cmocka_unit_test(a_last_line_that_is_cut),
        cmocka_unit_test(packed_is_the_same),
        cmocka_unit_test(long_tables_are_not_kept),
        cmocka_unit_test(converter_at_50_khz),
        cmocka_unit_test(one_column_of_a_ramp),
        cmocka_unit_test(cycles_of_appliances),
        cmocka_unit_test(a_series_of_rms_values),
    };
    return cmocka_run_group_tests_name("source/csv", tests, NULL, NULL);
}
