/* WAV files of every width, made here by the definition of the format. */
#include "samples.h"

#include "base/bytes.h"
#include "source/wav.h"

struct file {
    unsigned char bytes[4096];
    size_t length;
};

static void add(struct file *f, const void *bytes, size_t length)
{
    assert_true(f->length + length <= sizeof f->bytes);
    memcpy(f->bytes + f->length, bytes, length);
    f->length += length;
}

static void add_16(struct file *f, unsigned v)
{
    unsigned char b[2];
    put_le16(b, (uint16_t)v);
    add(f, b, 2);
}

static void add_32(struct file *f, uint32_t v)
{
    unsigned char b[4];
    put_le32(b, v);
    add(f, b, 4);
}

/* Header up to the samples, with a chunk before them that is passed over. */
static struct file header(unsigned tag, unsigned channels, unsigned bits, bool extensible,
                          uint32_t data_bytes)
{
    struct file f = {.length = 0};
    add(&f, "RIFF", 4);
    add_32(&f, 0);
    add(&f, "WAVELIST", 8);
    add_32(&f, 3);
    add(&f, "abc\0", 4); /* odd, so padded */
    add(&f, "fmt ", 4);
    add_32(&f, extensible ? 40 : 16);
    add_16(&f, extensible ? 0xfffe : tag);
    add_16(&f, channels);
    add_32(&f, 9600);
    add_32(&f, 9600 * channels * bits / 8);
    add_16(&f, channels * bits / 8);
    add_16(&f, bits);
    if (extensible) {
        add_16(&f, 22);
        add_16(&f, bits);
        add_32(&f, 0);
        add_16(&f, tag);
        add(&f, "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71", 14);
    }
    add(&f, "data", 4);
    add_32(&f, data_bytes);
    return f;
}

static struct source *open_file(const struct file *f, const struct source_options *options)
{
    struct source *s;
    struct fault fault;
    if (wav_open_memory(f->bytes, f->length, options, &s, &fault))
        fail_msg("%s", fault.text);
    return s;
}

static const struct source_options two = {.channels = "V1,I1", .scale = "100,10"};
static const struct source_options none;

static void every_width(void **state)
{
    (void)state;
    static const struct {
        unsigned tag, bits;
    } kinds[] = {{1, 8}, {1, 16}, {1, 24}, {1, 32}, {3, 32}, {3, 64}};
    static const double values[] = {0, 0.5, -0.5, 0.25, -1, 0.75};
    for (int extensible = 0; extensible < 2; extensible++)
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            unsigned bits = kinds[k].bits;
            struct file f = header(kinds[k].tag, 2, bits, extensible, 6 * bits / 8);
            for (int i = 0; i < 6; i++) {
                double v = values[i];
                float single = (float)v;
                unsigned char b[8];
                put_le64(b, (uint64_t)(int64_t)(v * ldexp(1, (int)bits - 1)));
                if (bits == 8)
                    b[0] = (unsigned char)(128 + 128 * v);
                if (kinds[k].tag == 3)
                    memcpy(b, bits == 32 ? (void *)&single : (void *)&v, bits / 8);
                add(&f, b, bits / 8);
            }
            struct source *s = open_file(&f, &two);
            assert_places(s, "V1 I1");
            assert_string_equal(source_info(s)->channels[1].unit, "A");
            struct whole w = read_all(s);
            assert_int_equal(w.frames, 3);
            for (int i = 0; i < 6; i++)
                assert_true(value_at(&w, (size_t)i / 2, i % 2) == values[i] * (i % 2 ? 10 : 100));
            assert_int_equal(w.flags, WAVE_BEGIN);
            free(w.samples);
            source_close(s);
        }
}

static void lengths_that_are_not_known(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 0xffffffff, 1000};
    for (int i = 0; i < 3; i++) {
        struct file f = header(1, 1, 16, false, sizes[i]);
        for (int k = 0; k < 10; k++)
            add_16(&f, 1000);
        add(&f, "x", 1);
        struct source *s = open_file(&f, &none);
        assert_true(has_note(s, "read to its end"));
        assert_true(has_note(s, "within a frame"));
        assert_true(has_note(s, "name their roles"));
        struct whole w = read_all(s);
        assert_int_equal(w.frames, 10);
        free(w.samples);
        source_close(s);
    }
}

static void clipping_is_flagged(void **state)
{
    (void)state;
    for (int run = 1; run < 3; run++) {
        struct file f = header(1, 1, 16, false, 10);
        for (int k = 0; k < 5; k++)
            add_16(&f, k > 1 && k <= 1 + run ? 32767 : 100);
        struct source *s = open_file(&f, &none);
        struct whole w = read_all(s);
        assert_int_equal((w.flags & WAVE_CLIPPED) != 0, run == 2);
        free(w.samples);
        source_close(s);
    }
}

static void expect_fault(const struct file *f, enum err code, const char *words)
{
    struct source *s = NULL;
    struct fault fault = {0};
    assert_int_equal(wav_open_memory(f->bytes, f->length, &none, &s, &fault), code);
    if (!strstr(fault.text, words))
        fail_msg("\"%s\" does not say \"%s\"", fault.text, words);
}

static void faults_say_where(void **state)
{
    (void)state;
    struct file f = header(1, 1, 16, false, 2);
    expect_fault(&f, ERR_INPUT, "no samples");
    f.length = 30;
    expect_fault(&f, ERR_INPUT, "no samples");
    f.length = 5;
    expect_fault(&f, ERR_INPUT, "expected \"RIFF\"");
    f = header(1, 0, 16, false, 2);
    expect_fault(&f, ERR_UNSUPPORTED, "0 channels");
    f = header(1, 300, 16, false, 2);
    expect_fault(&f, ERR_UNSUPPORTED, "300 channels");
    f = header(2, 1, 16, false, 2); /* ADPCM */
    expect_fault(&f, ERR_UNSUPPORTED, "format 2");
    f = header(3, 1, 16, false, 2);
    expect_fault(&f, ERR_UNSUPPORTED, "16 bits");
}

static void the_stream_of_a_merging_unit(void **state)
{
    (void)state;
    static const char folder[] = "sv_epm_abb_samu_4khz";
    const char *path = recording_path(folder, "EXPECTED.json");
    json_t *expected = path ? json_load_file(path, 0, NULL) : NULL;
    if (!expected)
        skip();
    /* raw steps of 1 mA and 10 mV in 32 bits */
    struct source_options options = {
        .channels = "I1,I2,I3,IN,V1,V2,V3,VN",
        .scale = "2147483.648,2147483.648,2147483.648,2147483.648,21474836.48"};
    struct source *s =
        open_sample(recording_path(folder, "E_sv_first_16000_8ch_s32_4kHz.wav"), &options);
    assert_string_equal(source_info(s)->format, "wav");
    assert_true(source_info(s)->segments[0].rate_hz == 4000);
    struct whole w = read_all(s);
    assert_int_equal(w.frames, 16000);
    const json_t *first = json_object_get(json_object_get(expected, "stream"), "first_sample_lsb");
    for (unsigned c = 0; c < 8; c++) {
        double lsb = json_number_value(json_array_get(first, c));
        assert_figure(value_at(&w, 0, c), lsb * (c < 4 ? 0.001 : 0.01), 1e-6, 1);
    }
    const json_t *windows =
        json_object_get(json_array_get(json_object_get(expected, "segments"), 0), "windows");
    static const char *const names[] = {"I1", "I2", "I3", "IN", "U1", "U2", "U3"};
    for (size_t i = 0; i < 20; i++) {
        const json_t *window = json_array_get(windows, i);
        size_t from = (size_t)json_number_value(json_object_get(window, "start"));
        size_t to = (size_t)json_number_value(json_object_get(window, "end"));
        for (unsigned c = 0; c < 7; c++) {
            const json_t *ch = json_object_get(json_object_get(window, "ch"), names[c]);
            assert_figure(statistic_of(&w, c, from, to).rms,
                          json_number_value(json_object_get(ch, "rms")), 1e-6, 1);
        }
    }
    free(w.samples);
    source_close(s);
    json_decref(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_width),
        cmocka_unit_test(lengths_that_are_not_known),
        cmocka_unit_test(clipping_is_flagged),
        cmocka_unit_test(faults_say_where),
        cmocka_unit_test(the_stream_of_a_merging_unit),
    };
    return cmocka_run_group_tests_name("source/wav", tests, NULL, NULL);
}
