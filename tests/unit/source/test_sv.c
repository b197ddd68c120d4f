/* Captures of sampled values from file to samples. */
#include "source/sv_reader.h"
#include "sv_builder.h"

#include <math.h>
#include <zlib.h>

static struct fault fault;
static struct bytes packet, file;

/* Samples of all blocks, with what the blocks said. */
#define SEEN_MAX 40000
static struct seen {
    unsigned channels, blocks, frames, segments;
    float samples[SEEN_MAX * 12];
    uint32_t flags[SEEN_MAX];  /* of the frame's block */
    int64_t time_ns[SEEN_MAX]; /* of the frame, by its block */
    unsigned segment[SEEN_MAX];
} seen;

static void read_all(struct source *s)
{
    struct wave_block b;
    enum err err;
    seen.blocks = seen.frames = seen.segments = 0;
    uint64_t next = 0;
    while (!(err = source_read(s, &b, &fault))) {
        assert_true(b.frames > 0 && seen.frames + b.frames <= SEEN_MAX && b.channels <= 12);
        seen.channels = b.channels;
        if (b.flags & WAVE_BEGIN) {
            next = 0;
            seen.segments++;
        }
        assert_true(b.first_frame == next && b.segment == seen.segments - 1);
        next += b.frames;
        for (unsigned f = 0; f < b.frames; f++, seen.frames++) {
            memcpy(seen.samples + (size_t)seen.frames * b.channels, b.samples + f * b.channels,
                   b.channels * sizeof(float));
            seen.flags[seen.frames] = b.flags & ~(f ? (uint32_t)WAVE_BEGIN : 0u);
            seen.time_ns[seen.frames] = b.start_ns + llround(f * 1e9 / b.rate_hz);
            seen.segment[seen.frames] = b.segment;
        }
        seen.blocks++;
    }
    assert_int_equal(err, ERR_END);
}

static struct source *open_options(const struct source_options *options)
{
    struct source *s = NULL;
    char path[] = TEMPORARY;
    write_file(path, &file);
    enum err err = source_open(path, options, &s, &fault);
    if (err)
        s = NULL;
    unlink(path);
    return s;
}

static struct source *open_file(void)
{
    struct source *s = open_options(NULL);
    if (!s)
        fail_msg("%s", fault.text);
    return s;
}

static bool has_note(const struct source *s, const char *words)
{
    const struct source_info *info = source_info(s);
    for (unsigned i = 0; i < info->note_count; i++)
        if (strstr(info->notes[i], words))
            return true;
    return false;
}

static void need_note(const struct source *s, const char *words)
{
    const struct source_info *info = source_info(s);
    if (has_note(s, words))
        return;
    for (unsigned i = 0; i < info->note_count; i++)
        print_message("# %s\n", info->notes[i]);
    fail_msg("no note says \"%s\"", words);
}

/* Adds frames with the samples first ... end - 1, each `late_s` behind its last sample's time. */
static void add_stream(const struct frame *f, uint64_t first, uint64_t end, double rate)
{
    unsigned asdus = f->asdus ? f->asdus : 1;
    for (uint64_t i = first; i < end; i += asdus) {
        make_frame(&packet, f, i);
        pcap_add(&file, START_NS + llround((double)(i + asdus - 1) * 1e9 / rate), &packet);
    }
}

/* Channel c of a sample: currents in mA, then voltages in 10 mV. */
static float expected(uint64_t sample, unsigned c, unsigned currents)
{
    return (float)(value_at(sample, c) * (c < currents ? 0.001 : 0.01));
}

static void need_samples(unsigned at, uint64_t first, unsigned count, unsigned currents)
{
    for (unsigned i = 0; i < count; i++)
        for (unsigned c = 0; c < seen.channels; c++) {
            float x = seen.samples[(size_t)(at + i) * seen.channels + c];
            if (x != expected(first + i, c, currents))
                fail_msg("frame %u, channel %u: %g, expected %g", at + i, c, (double)x,
                         (double)expected(first + i, c, currents));
        }
}

static enum err pull(void *context, struct capture_packet *p, struct fault *f)
{
    return capture_next(context, p, f);
}

/* --- Tests ------------------------------------------------------------------------------------- */

static void the_light_edition_reads_as_it_is(void **state)
{
    (void)state;
    struct frame f = {0};
    pcap_begin(&file, false, true);
    add_stream(&f, 3000, 12000, 4000);
    struct source *s = open_file();
    const struct source_info *info = source_info(s);
    static const char *const names[] = {"I1", "I2", "I3", "IN", "U1", "U2", "U3", "UN"};
    static const enum wave_role roles[] = {ROLE_I1, ROLE_I2, ROLE_I3, ROLE_IN,
                                           ROLE_V1, ROLE_V2, ROLE_V3, ROLE_VN};
    assert_string_equal(info->format, "sv");
    assert_true(!info->live && info->has_date && info->line_hz == 0);
    assert_int_equal(info->channel_count, 8);
    for (int i = 0; i < 8; i++) {
        assert_string_equal(info->channels[i].name, names[i]);
        assert_string_equal(info->channels[i].unit, i < 4 ? "A" : "V");
        assert_int_equal(info->channels[i].place.role, roles[i]);
        assert_int_equal(info->channels[i].place.circuit, 1);
    }
    assert_int_equal(info->segment_count, 1);
    assert_true(info->segments[0].rate_hz == 4000 && info->segments[0].frames == 9000 &&
                info->segments[0].start_s == 0);
    assert_true(info->duration_s == 9000 / 4000.0);
    assert_true(info->start_ns == START_NS + INT64_C(750000000));
    assert_int_equal(info->note_count, 0);
    for (int round = 0; round < 2; round++) {
        read_all(s);
        assert_int_equal(seen.frames, 9000);
        assert_int_equal(seen.segments, 1);
        need_samples(0, 3000, 9000, 4);
        for (unsigned i = 0; i < 9000; i++) {
            assert_int_equal(seen.flags[i], i == 0 ? WAVE_BEGIN : 0);
            assert_true(seen.time_ns[i] == info->start_ns + i * INT64_C(250000));
        }
        assert_int_equal(source_rewind(s, &fault), ERR_OK);
    }
    source_close(s);
}

static void several_samples_in_a_frame(void **state)
{
    (void)state;
    static const struct {
        unsigned asdus, rate, channels, currents;
        const char *set;
    } kinds[] = {
        {1, 4800, 8, 4, NULL},
        {2, 4800, 8, 4, NULL},
        {6, 14400, 8, 4, "F14400S6I4U4"},
        {8, 12800, 8, 4, NULL},
        {2, 4800, 7, 3, "MU/F4800S2I3U4"},
        {2, 4800, 12, 8, "xI8U4"},
        {6, 14400, 4, 0, "F14400S6I0U4"},
        {1, 5760, 8, 8, "I8U0"},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct frame f = {.asdus = kinds[k].asdus,
                          .modulus = kinds[k].rate,
                          .channels = kinds[k].channels,
                          .set = kinds[k].set};
        pcap_begin(&file, true, true);
        /* from the top of a second, over the next */
        add_stream(&f, 0, kinds[k].rate * 3 / 2, kinds[k].rate);
        struct source *s = open_file();
        read_all(s);
        assert_int_equal(seen.frames, kinds[k].rate * 3 / 2);
        assert_int_equal(seen.segments, 1);
        need_samples(0, 0, seen.frames, kinds[k].currents);
        assert_int_equal(source_info(s)->note_count, 0);
        assert_true(source_info(s)->segments[0].rate_hz == kinds[k].rate);
        /* a frame leaves with its last sample, so the first one is older */
        assert_true(source_info(s)->start_ns == START_NS);
        unsigned currents = 0;
        for (unsigned c = 0; c < kinds[k].channels; c++) {
            const struct source_channel *ch = &source_info(s)->channels[c];
            bool current = wave_role_is_current(ch->place.role);
            assert_true(ch->place.role != ROLE_OTHER);
            assert_int_equal(ch->place.circuit, 1 + (current ? c : c - kinds[k].currents) / 4);
            currents += current;
        }
        assert_int_equal(currents, kinds[k].currents);
        source_close(s);
    }
}

static void tags_and_foreign_frames_do_not_matter(void **state)
{
    (void)state;
    struct frame f = {.vlans = 2};
    pcap_begin(&file, false, false);
    for (uint64_t i = 0; i < 8000; i++) {
        make_frame(&packet, &f, i);
        pcap_add(&file, START_NS + (int64_t)i * 250000, &packet);
        if (i % 100)
            continue;
        make_frame(&packet, &(struct frame){0}, i);
        put_be16(packet.data + 12, 0x88f7);
        pcap_add(&file, START_NS, &packet);
    }
    struct source *s = open_file();
    read_all(s);
    assert_int_equal(seen.frames, 8000);
    need_samples(0, 0, 8000, 4);
    need_note(s, "80 frames of other protocols were skipped");
    assert_int_equal(source_info(s)->note_count, 1);
    source_close(s);
}

static void lost_samples_are_gaps(void **state)
{
    (void)state;
    struct frame f = {.asdus = 2, .modulus = 4800};
    pcap_begin(&file, false, true);
    add_stream(&f, 0, 5000, 4800);
    add_stream(&f, 5010, 6000, 4800);
    add_stream(&f, 6002, 7000, 4800);
    add_stream(&f, 30000, 31000, 4800); /* 4.8 s later */
    struct source *s = open_file();
    const struct source_info *info = source_info(s);
    static const uint64_t starts[] = {0, 5010, 6002, 30000};
    static const unsigned frames[] = {5000, 990, 998, 1000};
    assert_int_equal(info->segment_count, 4);
    read_all(s);
    assert_int_equal(seen.segments, 4);
    for (unsigned i = 0, at = 0; i < 4; at += frames[i], i++) {
        assert_true(fabs(info->segments[i].start_s - (double)starts[i] / 4800) < 1e-12);
        assert_int_equal(info->segments[i].frames, frames[i]);
        need_samples(at, starts[i], frames[i], 4);
        assert_int_equal(seen.flags[at], WAVE_BEGIN);
        assert_int_equal(seen.segment[at], i);
        assert_true(
            llabs(seen.time_ns[at] - (START_NS + llround((double)starts[i] * 1e9 / 4800))) <= 1);
    }
    assert_true(fabs(info->duration_s - 31000 / 4800.0) < 1e-9);
    need_note(s, "23012 samples were lost in 3 places");
    source_close(s);
}

static void repeated_and_late_frames_are_dropped(void **state)
{
    (void)state;
    struct frame f = {0};
    pcap_begin(&file, false, true);
    for (uint64_t i = 0; i < 6000; i++) {
        uint64_t place = i == 3000 ? 3001 : i == 3001 ? 3000 : i; /* two change places */
        for (int copy = 0; copy <= (i >= 1000 && i < 1500); copy++) {
            make_frame(&packet, &f, place);
            pcap_add(&file, START_NS + (int64_t)i * 250000, &packet);
        }
    }
    struct source *s = open_file();
    read_all(s);
    assert_int_equal(seen.frames, 5999);
    need_samples(0, 0, 3000, 4);
    need_samples(3000, 3001, 2999, 4);
    assert_int_equal(seen.segments, 2);
    need_note(s, "500 samples came twice and were dropped");
    need_note(s, "1 sample came too late and was dropped");
    need_note(s, "1 sample was lost in 1 place");
    source_close(s);
}

static void qualities_become_flags(void **state)
{
    (void)state;
    static const struct {
        uint32_t quality, flags;
        bool missing;
        const char *note;
    } kinds[] = {
        {0, 0, false, NULL},
        {1, WAVE_DOUBTFUL, true, "10 of 8000 samples have channels marked invalid"},
        {2, WAVE_DOUBTFUL, true, "10 of 8000 samples have channels marked invalid"},
        {3, WAVE_DOUBTFUL, false, "10 of 8000 samples have channels marked questionable"},
        {4, WAVE_CLIPPED, false, "10 of 8000 samples have channels marked as overflow"},
        {8, WAVE_CLIPPED, false, "10 of 8000 samples have channels marked as overflow"},
        {3 | 8, WAVE_CLIPPED | WAVE_DOUBTFUL, false, "marked questionable"},
        {1 << 10, WAVE_DOUBTFUL, false, "substituted"},
        {1 << 11, WAVE_SIMULATED, false, "marked as test"},
        {1 << 12, 0, false, NULL},
        {1 << 13, 0, false, NULL}, /* derived, as IN is */
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct frame good = {0}, odd = {.quality = {[6] = kinds[k].quality}};
        pcap_begin(&file, false, true);
        add_stream(&good, 0, 5000, 4000);
        add_stream(&odd, 5000, 5010, 4000);
        add_stream(&good, 5010, 8000, 4000);
        struct source *s = open_file();
        read_all(s);
        assert_int_equal(seen.frames, 8000);
        assert_int_equal(seen.segments, 1);
        for (unsigned i = 0; i < 8000; i++) {
            bool is_odd = i >= 5000 && i < 5010;
            assert_int_equal(seen.flags[i] & ~(uint32_t)WAVE_BEGIN, is_odd ? kinds[k].flags : 0);
            for (unsigned c = 0; c < 8; c++) {
                float x = seen.samples[i * 8 + c];
                if (is_odd && c == 6 && kinds[k].missing)
                    assert_true(isnan(x));
                else
                    assert_true(x == expected(i, c, 4));
            }
        }
        if (kinds[k].note)
            need_note(s, kinds[k].note);
        else
            assert_int_equal(source_info(s)->note_count, 0);
        source_close(s);
    }
}

static void simulated_frames_are_marked(void **state)
{
    (void)state;
    struct frame f = {.simulated = true, .synch = 1};
    pcap_begin(&file, false, true);
    add_stream(&f, 0, 8000, 4000);
    struct source *s = open_file();
    read_all(s);
    for (unsigned i = 0; i < 8000; i++)
        assert_true(seen.flags[i] & WAVE_SIMULATED);
    need_note(s, "8000 of 8000 samples came in frames marked as simulated");
    need_note(s, "8000 of 8000 samples were taken without clock synchronisation");
    source_close(s);
}

static void the_stream_can_be_chosen(void **state)
{
    (void)state;
    struct frame a = {.id = "first", .station = 1},
                 b = {.id = "second", .station = 2, .appid = 0x4002},
                 c = {.id = "first", .station = 3};
    pcap_begin(&file, false, true);
    for (uint64_t i = 0; i < 8000; i++) {
        const struct frame *all[] = {&a, &b, &c};
        for (int k = 0; k < 3; k++) {
            make_frame(&packet, all[k], i + 100 * (unsigned)k);
            pcap_add(&file, START_NS + (int64_t)i * 250000, &packet);
        }
    }
    struct source *s = open_file();
    read_all(s);
    assert_int_equal(seen.frames, 8000);
    need_samples(0, 0, 8000, 4);
    need_note(s, "the stream \"second\" (APPID 0x4002, from 02:00:00:00:00:02) was not followed");
    need_note(s, "the stream \"first\" (APPID 0x4000, from 02:00:00:00:00:03) was not followed");
    source_close(s);
    s = open_options(&(struct source_options){.stream = "second"});
    assert_non_null(s);
    read_all(s);
    need_samples(0, 100, 8000, 4);
    source_close(s);
    assert_null(open_options(&(struct source_options){.stream = "third"}));
    assert_int_equal(fault.code, ERR_INPUT);
    assert_non_null(strstr(fault.text, "no stream with the svID \"third\", but \"first\""));
}

static void roles_that_are_not_clear_are_asked_for(void **state)
{
    (void)state;
    struct frame f = {.channels = 6};
    pcap_begin(&file, false, true);
    add_stream(&f, 0, 8000, 4000);
    struct source *s = open_file();
    const struct source_info *info = source_info(s);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(info->channels[i].place.role, ROLE_OTHER);
        assert_string_equal(info->channels[i].unit, "");
    }
    assert_string_equal(info->channels[5].name, "channel 6");
    need_note(s, "6 channels, whose roles a capture does not tell");
    read_all(s);
    assert_true(seen.samples[6 * 6 + 2] == (float)value_at(6, 2)); /* as it came */
    source_close(s);

    struct source_options o = {.channels = "V1,V2,V3,-,2:I1,2:I3", .scale = "1,2,-1"};
    s = open_options(&o);
    assert_non_null(s);
    info = source_info(s);
    assert_int_equal(info->channels[0].place.role, ROLE_V1);
    assert_string_equal(info->channels[0].unit, "V");
    assert_int_equal(info->channels[5].place.circuit, 2);
    assert_string_equal(info->channels[5].unit, "A");
    assert_int_equal(info->note_count, 0);
    read_all(s);
    static const double factors[] = {0.01, 0.02, -0.01, -1, -0.001, -0.001};
    for (unsigned i = 0; i < 8000; i++)
        for (unsigned c = 0; c < 6; c++)
            assert_true(seen.samples[i * 6 + c] == (float)(value_at(i, c) * factors[c]));
    source_close(s);

    assert_null(open_options(&(struct source_options){.channels = "V1,V2,V3,V1"}));
    assert_int_equal(fault.code, ERR_USAGE);
    assert_null(open_options(&(struct source_options){.scale = "1,2,3,4,5,6,7"}));
    assert_int_equal(fault.code, ERR_USAGE);
}

static void rates_that_cannot_be_told_are_asked_for(void **state)
{
    (void)state;
    struct frame f = {0};
    pcap_begin(&file, false, true);
    add_stream(&f, 10, 40, 4000); /* 7 ms */
    assert_null(open_options(NULL));
    assert_int_equal(fault.code, ERR_INPUT);
    assert_non_null(strstr(fault.text, "--rate"));
    struct source *s = open_options(&(struct source_options){.rate_hz = 4000});
    assert_non_null(s);
    read_all(s);
    assert_int_equal(seen.frames, 30);
    need_note(s, "the rate of 4000 Hz is the one given");
    source_close(s);
    pcap_begin(&file, false, true);
    add_stream(&f, 10, 410, 4000);
    s = open_file();
    assert_true(source_info(s)->segments[0].rate_hz == 4000);
    need_note(s, "measured from the capture times of all frames together");
    source_close(s);
}

/* Played at a third of its speed, and too short for a wrap at first: times say 4800 Hz, the counter knows
 * better. Only a live source begins before it knows, so the search is cut short here. */
static void a_slow_stream_is_found_out(void **state)
{
    (void)state;
    static struct sv_search search;
    static struct sv_reader reader;
    struct frame f = {.modulus = 14400};
    struct source_options none = {0};
    struct capture *c;
    struct input *in;
    struct capture_packet p;
    struct wave_block b;
    pcap_begin(&file, false, true);
    add_stream(&f, 12000, 20000, 4800);
    assert_int_equal(input_open_memory("memory", file.data, file.size, &in, &fault), ERR_OK);
    assert_int_equal(capture_open(in, &c, &fault), ERR_OK);
    sv_search_init(&search, NULL);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(capture_next(c, &p, &fault), ERR_OK);
        assert_true(sv_search_push(&search, &p));
    }
    assert_int_equal(sv_reader_init(&reader, &search, 100, &none, "here", &fault), ERR_OK);
    assert_true(reader.clock.rate_hz == 4800 && reader.clock.from == SV_RATE_TIMES);
    reader.pull = pull;
    reader.context = c;
    for (int round = 0; round < 2; round++) {
        unsigned frames = 0;
        assert_int_equal(capture_rewind(c, &fault), ERR_OK);
        sv_reader_restart(&reader);
        while (!sv_reader_read(&reader, &b, &fault)) {
            for (unsigned i = 0; i < b.frames; i++, frames++)
                for (unsigned k = 0; k < 8; k++)
                    assert_true(b.samples[i * 8 + k] == expected(12000 + frames, k, 4));
            bool after = frames > 2400; /* 12000 to 14399 came before the wrap */
            assert_true(b.rate_hz == (after ? 14400 : 4800));
            assert_int_equal(b.segment, after);
            int64_t place = llround(after ? 0.5e9 + (frames - b.frames - 2400) * 1e9 / 14400
                                          : (frames - b.frames) * 1e9 / 4800);
            int64_t start = START_NS + llround(12000 * 1e9 / 4800);
            assert_true(llabs(b.start_ns - start - place) <= 1);
        }
        assert_int_equal(frames, 8000);
    }
    sv_reader_free(&reader);
    capture_close(c);
}

/* A counter that is set back where no wrap was known is taken for one, until it counts on beyond. */
static void a_false_wrap_is_found_out(void **state)
{
    (void)state;
    struct frame f = {.modulus = 65536};
    pcap_begin(&file, false, true);
    for (uint64_t i = 0; i < 9000; i++) {
        make_frame(&packet, &f, i < 2000 ? i : i - 2000);
        pcap_add(&file, START_NS + (int64_t)i * 250000, &packet);
    }
    struct source *s = open_file();
    read_all(s);
    assert_int_equal(seen.frames, 9000);
    assert_true(source_info(s)->segments[0].rate_hz == 4000);
    assert_int_equal(seen.segments, 1);
    source_close(s);
}

static void odd_frames_are_dropped_and_said(void **state)
{
    (void)state;
    struct frame f = {0}, fewer = {.channels = 7}, other = {.revision = 2};
    struct frame beyond = {.modulus = 65536};
    pcap_begin(&file, false, true);
    add_stream(&f, 0, 5000, 4000);
    add_stream(&fewer, 5000, 5003, 4000);
    make_frame(&packet, &f, 5003);
    packet.data[22] = 0x61;
    pcap_add(&file, START_NS, &packet);
    make_frame(&packet, &beyond, 4444);
    pcap_add(&file, START_NS, &packet);
    add_stream(&other, 5004, 8000, 4000);
    struct source *s = open_file();
    read_all(s);
    assert_int_equal(seen.frames, 7996);
    need_note(s, "3 ASDUs with another number of channels were dropped");
    need_note(s,
              "1 frame of sampled values could not be read; the first is packet 5004, byte 22: no "
              "savPdu behind the header");
    need_note(s, "1 sample with a count above 3999 was dropped");
    need_note(s, "the stream's configuration (confRev) changed 1 time");
    need_note(s, "4 samples were lost in 1 place");
    source_close(s);
}

static void damaged_files_are_read_to_the_damage(void **state)
{
    (void)state;
    struct frame f = {0};
    pcap_begin(&file, false, true);
    add_stream(&f, 0, 8000, 4000);
    file.size -= 10;
    struct source *s = open_file();
    for (int round = 0; round < 2; round++) {
        read_all(s);
        assert_int_equal(seen.frames, 7999);
        need_note(s, "the file ends inside a packet");
        assert_int_equal(source_info(s)->note_count, 1);
        assert_int_equal(source_rewind(s, &fault), ERR_OK);
    }
    source_close(s);
}

static void captures_without_samples_are_refused(void **state)
{
    (void)state;
    pcap_begin(&file, false, false);
    assert_null(open_options(NULL));
    assert_int_equal(fault.code, ERR_INPUT);
    assert_non_null(strstr(fault.text, "none of the 0 packets"));
    make_frame(&packet, &(struct frame){0}, 0);
    put_be16(packet.data + 12, 0x0800);
    pcap_add(&file, 0, &packet);
    assert_null(open_options(NULL));
    assert_non_null(strstr(fault.text, "none of the 1 packets holds sampled values"));
    make_frame(&packet, &(struct frame){0}, 0);
    packet.data[23]++;
    pcap_add(&file, 0, &packet);
    assert_null(open_options(NULL));
    assert_non_null(strstr(fault.text, "packet 2, byte "));
    put_le32(file.data + 20, 101); /* raw IP */
    assert_null(open_options(NULL));
    assert_int_equal(fault.code, ERR_UNSUPPORTED);
    pcap_begin(&file, false, false);
    make_frame(&packet, &(struct frame){.channels = 1}, 0);
    packet.data[51] = 4; /* the data end early, and the rest is read as elements */
    memcpy(packet.data + 56, "\x99\x02", 2);
    pcap_add(&file, 0, &packet);
    assert_null(open_options(NULL));
    assert_int_equal(fault.code, ERR_UNSUPPORTED);
    assert_non_null(strstr(fault.text, "data set has 4 bytes"));
}

static void packed_captures_are_unpacked(void **state)
{
    (void)state;
    struct frame f = {0};
    pcap_begin(&file, false, true);
    add_stream(&f, 0, 5000, 4000);
    char path[] = "/tmp/busbar-test-XXXXXX.pcap.gz";
    int fd = mkstemps(path, 8);
    assert_true(fd >= 0);
    close(fd);
    gzFile out = gzopen(path, "wb");
    assert_true(gzwrite(out, file.data, (unsigned)file.size) == (int)file.size);
    gzclose(out);
    struct source *s;
    if (source_open(path, NULL, &s, &fault))
        fail_msg("%s", fault.text);
    read_all(s);
    need_samples(0, 0, 5000, 4);
    source_close(s);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_light_edition_reads_as_it_is),
        cmocka_unit_test(several_samples_in_a_frame),
        cmocka_unit_test(tags_and_foreign_frames_do_not_matter),
        cmocka_unit_test(lost_samples_are_gaps),
        cmocka_unit_test(repeated_and_late_frames_are_dropped),
        cmocka_unit_test(qualities_become_flags),
        cmocka_unit_test(simulated_frames_are_marked),
        cmocka_unit_test(the_stream_can_be_chosen),
        cmocka_unit_test(roles_that_are_not_clear_are_asked_for),
        cmocka_unit_test(rates_that_cannot_be_told_are_asked_for),
        cmocka_unit_test(a_slow_stream_is_found_out),
        cmocka_unit_test(a_false_wrap_is_found_out),
        cmocka_unit_test(odd_frames_are_dropped_and_said),
        cmocka_unit_test(damaged_files_are_read_to_the_damage),
        cmocka_unit_test(captures_without_samples_are_refused),
        cmocka_unit_test(packed_captures_are_unpacked),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(packet.data);
    free(file.data);
    return failed;
}
