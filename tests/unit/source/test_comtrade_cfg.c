/* Configurations of COMTRADE: what they may look like, and what is said about those that are wrong. */
#include "samples.h"

#include "base/bytes.h"
#include "base/instant.h"
#include "source/comtrade.h"

#define HEAD   "station,device,1999\n2,1A,1D\n"
#define ANALOG "1,UA,A,,kV,0.5,1,0,-32767,32767,110,0.1,S\n"
#define STATUS "1,trip,,,0\n"
#define TIMES  "01/02/2020,03:04:05.678901\n01/02/2020,03:04:05.678902\n"

static enum err read_cfg(const char *text, struct comtrade_cfg *cfg, struct notes *notes,
                         struct fault *fault)
{
    *notes = (struct notes){.count = 0};
    return comtrade_cfg_read("x.cfg", text, strlen(text), 1, cfg, notes, fault);
}

static bool noted(const struct notes *n, const char *words)
{
    for (unsigned i = 0; i < n->count; i++)
        if (strstr(n->items[i], words))
            return true;
    return false;
}

static void reads_every_field(void **state)
{
    (void)state;
    struct comtrade_cfg c;
    struct notes n;
    struct fault f;
    assert_int_equal(read_cfg(HEAD
                              " 1 , UA , A , line 1 , kV , -0.5 , , 2.5 , -32767 , 32767 , 110 , "
                              "0.1 , s \r\n" STATUS "60\n2\n4000,10\n50,20\n" TIMES "binary\n0.5",
                              &c, &n, &f),
                     ERR_OK);
    const struct comtrade_channel *a = &c.channels[0];
    assert_string_equal(c.station, "station");
    assert_string_equal(c.device, "device");
    assert_int_equal(c.revision, 1999);
    assert_string_equal(a->name, "UA");
    assert_string_equal(a->phase, "A");
    assert_string_equal(a->component, "line 1");
    assert_string_equal(a->unit, "kV");
    assert_true(a->gain == -0.5 && a->offset == 0 && a->skew_us == 2.5);
    assert_true(a->min == -32767 && a->max == 32767 && a->primary == 110 && a->secondary == 0.1);
    assert_int_equal(a->ps, 'S');
    assert_true(c.line_hz == 60 && c.has_rates);
    assert_int_equal(c.rate_count, 2);
    assert_true(c.rates[1].hz == 50 && c.rates[1].last == 20);
    assert_int_equal(c.form, COMTRADE_BINARY);
    assert_true(c.timemult == 0.5);
    char text[INSTANT_TEXT];
    instant_format(c.start_ns, 6, text);
    assert_string_equal(text, "2020-02-01T03:04:05.678901Z");
    assert_true(noted(&n, "skew"));
    assert_true(noted(&n, "time zone"));
    comtrade_cfg_free(&c);
    notes_free(&n);
}

static void revisions(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int revision;
        bool note;
    } lines[] = {
        {"a,b", 1991, false},          {"a,b,", 1991, false},       {"a,b,1991", 1991, false},
        {"a,b,1997", 1991, true},      {"a,b, 1999 ", 1999, false}, {"a,b,2000", 1999, true},
        {"a,b,2001", 1999, true},      {"a,b,2013", 2013, false},   {"a,b,2017", 2013, true},
        {"a,x,y,b,2013", 2013, false}, {"a", 1991, false}};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char text[512];
        struct comtrade_cfg c;
        struct notes n;
        struct fault f;
        snprintf(text, sizeof text, "%s\n2,1A,1D\n" ANALOG STATUS "50\n1\n1000,5\n" TIMES "ASCII\n",
                 lines[i].line);
        assert_int_equal(read_cfg(text, &c, &n, &f), ERR_OK);
        assert_int_equal(c.revision, lines[i].revision);
        assert_int_equal(noted(&n, "Revision year"), lines[i].note);
        if (i == 9)
            assert_string_equal(c.station, "a,x,y");
        comtrade_cfg_free(&c);
        notes_free(&n);
    }
}

static void names_with_commas(void **state)
{
    (void)state;
    struct comtrade_cfg c;
    struct notes n;
    struct fault f;
    assert_int_equal(
        read_cfg("s,d,1999\n1,1A,0D\n"
                 "1,bus, left,A,,V,0.5,1,0,-32767,32767,110,0.1,S\n50\n1\n1000,5\n" TIMES
                 "ASCII\n1\n",
                 &c, &n, &f),
        ERR_OK);
    assert_string_equal(c.channels[0].name, "bus, left");
    assert_string_equal(c.channels[0].phase, "A");
    assert_true(c.channels[0].gain == 0.5);
    comtrade_cfg_free(&c);
    notes_free(&n);
}

static void zones(void **state)
{
    (void)state;
    static const struct {
        const char *line, *start;
    } zone[] = {{"0,0", "03:04:05"},       {"-5h30,x", "08:34:05"}, {"+2,2", "01:04:05"},
                {"1h00,1h00", "02:04:05"}, {"x,x", "03:04:05"},     {"", "03:04:05"}};
    for (size_t i = 0; i < sizeof zone / sizeof zone[0]; i++) {
        char text[512], start[INSTANT_TEXT];
        struct comtrade_cfg c;
        struct notes n;
        struct fault f;
        snprintf(text, sizeof text,
                 "s,d,2013\n1,1A,0D\n" ANALOG "50\n1\n1000,5\n" TIMES "ASCII\n1\n%s\n0,3\n",
                 zone[i].line);
        assert_int_equal(read_cfg(text, &c, &n, &f), ERR_OK);
        instant_format(c.start_ns, 0, start);
        assert_memory_equal(start + 11, zone[i].start, 8);
        assert_int_equal(c.has_zone, i < 4);
        assert_int_equal(noted(&n, "time zone"), i >= 4);
        comtrade_cfg_free(&c);
        notes_free(&n);
    }
}

static void times_of_day(void **state)
{
    (void)state;
    static const struct {
        const char *date, *time;
        int revision;
        const char *is;
        bool swapped;
    } good[] = {
        {"09/17/15", "10:52:52.987545", 1991, "2015-09-17T10:52:52.987545000Z", false},
        {"17/09/95", "1:2:3.4", 1991, "1995-09-17T01:02:03.400000000Z", true},
        {"17/09/2015", "10:52:52", 1999, "2015-09-17T10:52:52.000000000Z", false},
        {"09/17/2015", "10:52:52", 1999, "2015-09-17T10:52:52.000000000Z", true},
        {"2015/09/17", "10:52:52", 1999, "2015-09-17T10:52:52.000000000Z", false},
        {"31/12/2016", "23:59:60.5", 2013, "2017-01-01T00:00:00.500000000Z", false},
        {"17/02/2021", "17:37:12.422969065", 2013, "2021-02-17T17:37:12.422969065Z", false}};
    int64_t ns;
    bool swapped;
    int decimals;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char text[INSTANT_TEXT];
        assert_true(comtrade_read_time(good[i].date, strlen(good[i].date), good[i].time,
                                       strlen(good[i].time), good[i].revision, &ns, &swapped,
                                       &decimals));
        instant_format(ns, 9, text);
        assert_string_equal(text, good[i].is);
        assert_int_equal(swapped, good[i].swapped);
    }
    static const char *const bad[][2] = {{"", ""},
                                         {"1/2", "3:4:5"},
                                         {"30/02/2020", "1:2:3"},
                                         {"1/1/2020", "25:0:0"},
                                         {"1/1/2020", "noon"},
                                         {"1/1/99999999999", "1:2:3"},
                                         {"1/1/2020", "999999999999999:1:1"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(comtrade_read_time(bad[i][0], strlen(bad[i][0]), bad[i][1], strlen(bad[i][1]),
                                        1999, &ns, &swapped, &decimals));
}

static void faults_say_line_and_what_was_expected(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err code;
        const char *words;
    } bad[] = {
        {"", ERR_INPUT, "x.cfg:1: the configuration ends here, expected station"},
        {"s,d,1999\n", ERR_INPUT, "x.cfg:2: the configuration ends here"},
        {"s,d,1999\nmany\n", ERR_INPUT,
         "x.cfg:2: found \"many\", expected the numbers of channels"},
        {"s,d,1999\n1,1A\n", ERR_INPUT, "x.cfg:2"},
        {"s,d,1999\n1,A,0D\n", ERR_INPUT, "x.cfg:2"},
        {"s,d,1999\n1,-1A,0D\n", ERR_INPUT, "x.cfg:2"},
        {"s,d,1999\n2,0A,2D\n", ERR_INPUT, "no analog channels"},
        {"s,d,1999\n300,300A,0D\n", ERR_UNSUPPORTED, "300 analog"},
        {"s,d,1999\n99999999999999A,99999999999999A,0D\n", ERR_INPUT, "x.cfg:2"},
        {HEAD "1,UA\n", ERR_INPUT, "x.cfg:3: found \"1,UA\", expected an analog channel"},
        {HEAD "1,UA,A,,kV,x,1,0,-32767,32767,110,0.1,S\n", ERR_INPUT, "field 6"},
        {HEAD "1,UA,A,,kV,,1,0,-32767,32767,110,0.1,S\n", ERR_INPUT, "field 6"},
        {HEAD "1,UA,A,,kV,nan,1,0,-32767,32767,110,0.1,S\n", ERR_INPUT, "field 6"},
        {HEAD "1,UA,A,,kV,1,y,0,-32767,32767,110,0.1,S\n", ERR_INPUT, "field 7"},
        {HEAD ANALOG "1\n", ERR_INPUT, "x.cfg:4: found \"1\", expected a status channel"},
        {HEAD ANALOG STATUS "fifty\n", ERR_INPUT, "x.cfg:5: found \"fifty\", expected the line"},
        {HEAD ANALOG STATUS "50\n-1\n", ERR_INPUT, "number of sampling rates"},
        {HEAD ANALOG STATUS "50\n99999999\n", ERR_INPUT, "number of sampling rates"},
        {HEAD ANALOG STATUS "50\n2\n1000,5\n", ERR_INPUT, "x.cfg:8: the configuration ends here"},
        {HEAD ANALOG STATUS "50\n1\n1000\n", ERR_INPUT, "x.cfg:7: found \"1000\""},
        {HEAD ANALOG STATUS "50\n1\n-5,10\n", ERR_INPUT, "0 to 1e9 Hz"},
        {HEAD ANALOG STATUS "50\n1\n1e12,10\n", ERR_INPUT, "0 to 1e9 Hz"},
        {HEAD ANALOG STATUS "50\n2\n100,10\n100,9\n", ERR_INPUT, "x.cfg:8"},
        {HEAD ANALOG STATUS "50\n1\n100,10\n" TIMES, ERR_INPUT, "x.cfg:10: the configuration ends"},
        {HEAD ANALOG STATUS "50\n1\n100,10\n" TIMES "BINARY16\n", ERR_INPUT, "BINARY32 or FLOAT32"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct comtrade_cfg c;
        struct notes n;
        struct fault f = {0};
        assert_int_equal(read_cfg(bad[i].text, &c, &n, &f), bad[i].code);
        if (!strstr(f.text, bad[i].words))
            fail_msg("\"%s\" does not say \"%s\"", f.text, bad[i].words);
        notes_free(&n);
    }
}

static void dates_that_are_none_are_noted(void **state)
{
    (void)state;
    struct comtrade_cfg c;
    struct notes n;
    struct fault f;
    assert_int_equal(
        read_cfg(HEAD ANALOG STATUS "50\n1\n100,10\nyesterday\n\nASCII\n1\n", &c, &n, &f), ERR_OK);
    assert_false(c.has_start);
    assert_true(noted(&n, "cannot be read"));
    comtrade_cfg_free(&c);
    notes_free(&n);
}

/* --- data made here ------------------------------------------------------------------------------- */

static struct source *open_made(const char *cfg, const void *dat, size_t length)
{
    static const struct source_options options = {.rate_hz = 0};
    struct source *s = NULL;
    struct fault fault;
    if (comtrade_open_memory(cfg, strlen(cfg), dat, length, &options, &s, &fault))
        fail_msg("%s", fault.text);
    return s;
}

static void expect_bad_data(const char *cfg, const char *dat, const char *words)
{
    static const struct source_options options = {.rate_hz = 0};
    struct source *s = NULL;
    struct fault fault = {0};
    struct wave_block b;
    enum err err = comtrade_open_memory(cfg, strlen(cfg), dat, strlen(dat), &options, &s, &fault);
    while (!err)
        err = source_read(s, &b, &fault);
    source_close(s);
    assert_int_equal(err, ERR_INPUT);
    if (!strstr(fault.text, words))
        fail_msg("\"%s\" does not say \"%s\"", fault.text, words);
}

#define TWO_CHANNELS                                             \
    "s,d,1999\n3,2A,1D\n1,UA,A,,kV,0.5,1,0,-32767,32767,1,1,P\n" \
    "2,IA,A,,A,-2,0,0,-32768,32767,1,1,P\n" STATUS "50\n"

static void text_of_data(void **state)
{
    (void)state;
    static const char cfg[] = TWO_CHANNELS "1\n1000,4\n" TIMES "ascii\n1\n";
    static const char dat[] = "1,0,10,-1,0\r\n\r\n 2, 1000 , 20 , 99999 ,0\n3,2000,,1.5e1,0\n"
                              "4,3000,+0040,7\x1a";
    struct source *s = open_made(cfg, dat, sizeof dat - 2);
    struct whole w = read_all(s);
    assert_int_equal(w.frames, 4);
    assert_true(value_at(&w, 0, 0) == 6000 && value_at(&w, 0, 1) == 2);
    assert_true(value_at(&w, 1, 0) == 11000 && isnan(value_at(&w, 1, 1)));
    assert_true(isnan(value_at(&w, 2, 0)) && value_at(&w, 2, 1) == -30);
    assert_true(value_at(&w, 3, 0) == 21000 && value_at(&w, 3, 1) == -14);
    free(w.samples);
    source_close(s);

    expect_bad_data(cfg, "1,0,1,1,0\n2,1000,x,1,0\n", "memory.dat:2: field 3 is \"x\"");
    expect_bad_data(cfg, "1,0,1,1,0\n2,1000,1\n", "memory.dat:2: field 4 is \"\"");
    expect_bad_data(cfg, "1,0,1,1,0\n2,later,1,1\n", "memory.dat:2: field 2 is \"later\"");
    expect_bad_data(cfg, "1,0,1,1,0\n2\n", "memory.dat:2: field 2");
    expect_bad_data(cfg, "", "no samples");
}

static size_t make_binary(unsigned char *to, unsigned records, const uint32_t *times,
                          int16_t (*values)[2])
{
    for (unsigned i = 0; i < records; i++, to += 14) {
        put_le32(to, i + 1);
        put_le32(to + 4, times[i]);
        put_le16(to + 8, (uint16_t)values[i][0]);
        put_le16(to + 10, (uint16_t)values[i][1]);
        put_le16(to + 12, 1);
    }
    return (size_t)records * 14;
}

static void missing_and_clipped_in_binary(void **state)
{
    (void)state;
    static const char cfg[] = TWO_CHANNELS "1\n1000,5\n" TIMES "BINARY\n1\n";
    static const uint32_t times[] = {0, 1000, 2000, 3000, 4000};
    int16_t values[5][2] = {{1, 2}, {INT16_MIN, 2}, {32767, 3}, {1, -32767}, {2, 5}};
    unsigned char dat[80];
    size_t n = make_binary(dat, 5, times, values);
    struct source *s = open_made(cfg, dat, n + 5);
    assert_true(has_note(s, "within a record"));
    struct whole w = read_all(s);
    assert_int_equal(w.frames, 5);
    assert_true(isnan(value_at(&w, 1, 0)) && value_at(&w, 2, 1) == -6);
    assert_int_equal(w.flags & WAVE_CLIPPED, 0); /* once is no clipping */
    free(w.samples);
    source_close(s);
    values[3][0] = 32767;
    make_binary(dat, 5, times, values);
    s = open_made(cfg, dat, n);
    w = read_all(s);
    assert_int_equal(w.flags & WAVE_CLIPPED, WAVE_CLIPPED);
    free(w.samples);
    source_close(s);
}

static void lengths_that_differ_are_noted(void **state)
{
    (void)state;
    static const uint32_t times[] = {0, 1000, 2000, 3000, 4000};
    static int16_t values[5][2] = {{1, 2}, {1, 2}, {3, 3}, {1, 4}, {2, 5}};
    unsigned char dat[80];
    size_t n = make_binary(dat, 5, times, values);
    struct source *s = open_made(TWO_CHANNELS "1\n1000,9\n" TIMES "BINARY\n1\n", dat, n);
    assert_true(has_note(s, "hold 5 samples, the configuration promises 9"));
    assert_int_equal(source_info(s)->segments[0].frames, 5);
    source_close(s);
    s = open_made(TWO_CHANNELS "1\n1000,3\n" TIMES "BINARY\n1\n", dat, n);
    assert_true(has_note(s, "left out"));
    struct whole w = read_all(s);
    assert_int_equal(w.frames, 3);
    free(w.samples);
    source_close(s);
}

static void times_below_zero_and_multiplied(void **state)
{
    (void)state;
    /* 0.1 ms steps written with a multiplier of 50; begins before zero; a gap of 2 ms */
    static const char cfg[] = TWO_CHANNELS "1\n10000,6\n" TIMES "BINARY\n50\n";
    const uint32_t times[] = {(uint32_t)-4, (uint32_t)-2, 0, 42, 44, 46};
    static int16_t values[6][2] = {{1, 2}, {1, 2}, {3, 3}, {1, 4}, {2, 5}, {1, 1}};
    unsigned char dat[90];
    struct source *s = open_made(cfg, dat, make_binary(dat, 6, times, values));
    const struct source_info *info = source_info(s);
    assert_int_equal(info->segment_count, 2);
    assert_int_equal(info->segments[0].frames, 3);
    assert_figure(info->segments[1].start_s, 0.0023, 1e-9, 0);
    assert_true(has_note(s, "1 gap without"));
    source_close(s);
}

static void text_that_is_said_to_be_binary(void **state)
{
    (void)state;
    static const char dat[] = "1,0,10,-1,0\n2,1000,20,5,0\n3,2000,1,1,0\n";
    struct source *s =
        open_made(TWO_CHANNELS "1\n1000,3\n" TIMES "BINARY\n1\n", dat, sizeof dat - 1);
    assert_true(has_note(s, "but are text"));
    struct whole w = read_all(s);
    assert_int_equal(w.frames, 3);
    free(w.samples);
    source_close(s);
}

static void units_where_they_do_not_belong(void **state)
{
    (void)state;
    static const char cfg[] = "s,d,1999\n2,2A,0D\n1,UA,A,kV,,1,0,0,-9,9,1,1,P\n"
                              "2,IA,A,kA,A,1,0,0,-9,9,1,1,P\n50\n1\n1000,2\n" TIMES "ASCII\n1\n";
    static const char dat[] = "1,0,1,1\n2,1000,1,1";
    struct source *s = open_made(cfg, dat, sizeof dat - 1);
    struct whole w = read_all(s);
    assert_true(value_at(&w, 0, 0) == 1000); /* the unit is empty: the component says kV */
    assert_true(value_at(&w, 0, 1) == 1);    /* the unit is A, whatever the component says */
    assert_true(has_note(s, "ccbm"));
    assert_places(s, "V1 I1");
    free(w.samples);
    source_close(s);
}

static void no_rate_and_no_times(void **state)
{
    (void)state;
    static const char cfg[] = TWO_CHANNELS "0\n0,3\n" TIMES "ASCII\n1\n";
    static const char dat[] = "1,,10,-1,0\n2,,20,5,0\n3,,1,1,0\n";
    expect_bad_data(cfg, dat, "give the rate");
    static const struct source_options options = {.rate_hz = 500};
    struct source *s = NULL;
    struct fault fault;
    assert_int_equal(
        comtrade_open_memory(cfg, sizeof cfg - 1, dat, sizeof dat - 1, &options, &s, &fault),
        ERR_OK);
    assert_true(source_info(s)->segments[0].rate_hz == 500);
    assert_true(has_note(s, "as asked"));
    source_close(s);
}

static void bad_single_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } bad[] = {{"--- file type: CFG ---\n", "expected a section \"DAT\""},
               {"--- file type: DAT ASCII ---\n1,0,1\n", "expected a section \"CFG\""},
               {"--- file type: CFG ---\nx\n--- file type: DAT MP3 ---\n", "BINARY32 or FLOAT32"},
               {"--- file type: CFG ---\ns,d,1999\nx\n--- file type: DAT ASCII ---\n",
                "memory.cff:3: found \"x\""}};
    static const struct source_options options = {.rate_hz = 0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct source *s = NULL;
        struct fault fault = {0};
        assert_int_equal(
            comtrade_open_cff_memory(bad[i].text, strlen(bad[i].text), &options, &s, &fault),
            ERR_INPUT);
        if (!strstr(fault.text, bad[i].words))
            fail_msg("\"%s\" does not say \"%s\"", fault.text, bad[i].words);
    }
}

static void options_are_obeyed(void **state)
{
    (void)state;
    struct source_options options = {.channels = "-,V1", .scale = "1,-3"};
    struct source *s = open_sample(data_path("comtrade/keating_1999.CFG"), &options);
    assert_places(s, "other V1 other other other other other other");
    struct whole w = read_all(s);
    assert_figure(value_at(&w, 0, 1), -3 * (-0.0197705887258053 * -7576 + 25.8599300533533), 1e-6,
                  0);
    free(w.samples);
    source_close(s);
    options.channels = "V1,V2,V3,I1,I2,I3,-,-,-";
    struct fault fault;
    assert_int_equal(source_open(data_path("comtrade/keating_1999.CFG"), &options, &s, &fault),
                     ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_field),
        cmocka_unit_test(revisions),
        cmocka_unit_test(names_with_commas),
        cmocka_unit_test(zones),
        cmocka_unit_test(times_of_day),
        cmocka_unit_test(faults_say_line_and_what_was_expected),
        cmocka_unit_test(dates_that_are_none_are_noted),
        cmocka_unit_test(text_of_data),
        cmocka_unit_test(missing_and_clipped_in_binary),
        cmocka_unit_test(lengths_that_differ_are_noted),
        cmocka_unit_test(times_below_zero_and_multiplied),
        cmocka_unit_test(text_that_is_said_to_be_binary),
        cmocka_unit_test(units_where_they_do_not_belong),
        cmocka_unit_test(no_rate_and_no_times),
        cmocka_unit_test(bad_single_files),
        cmocka_unit_test(options_are_obeyed),
    };
    return cmocka_run_group_tests_name("source/comtrade_cfg", tests, NULL, NULL);
}
