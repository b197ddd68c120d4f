/* Single frames of sampled values. */
#include "source/sv_frame.h"
#include "sv_builder.h"

static struct bytes packet;
static struct sv_frame frame;
static const char *why;
static size_t at;

static enum sv_verdict decode(size_t size)
{
    /* of its exact size, so that the sanitizer sees a read behind it */
    uint8_t *exact = malloc(size ? size : 1);
    static uint8_t *before;
    assert_non_null(exact);
    memcpy(exact, packet.data, size);
    free(before);
    before = exact;
    why = NULL;
    return sv_frame_decode(exact, size, &frame, &why, &at);
}

static void expect_samples(const struct frame *f, uint64_t first)
{
    make_frame(&packet, f, first);
    if (decode(packet.size) != SV_SAMPLES)
        fail_msg("byte %zu: %s", at, why);
    unsigned count = f->asdus ? f->asdus : 1, channels = f->channels ? f->channels : 8;
    assert_int_equal(frame.asdu_count, count);
    assert_int_equal(frame.appid, f->appid ? f->appid : 0x4000);
    assert_int_equal(frame.simulated, f->simulated);
    assert_int_equal(frame.has_vlan, f->vlans > 0);
    if (f->vlans)
        assert_int_equal(frame.vlan, 5 + f->vlans - 1);
    assert_int_equal(frame.source[5], f->station);
    assert_int_equal(frame.destination[3], 4);
    for (unsigned i = 0; i < count; i++) {
        const struct sv_asdu *a = &frame.asdus[i];
        assert_int_equal(a->id_bytes, 4);
        assert_memory_equal(a->id, "MU01", 4);
        assert_int_equal(a->count, (first + i) % 4000);
        assert_int_equal(a->revision, f->revision);
        assert_int_equal(a->synch, f->synch ? f->synch - 1 : 2);
        assert_int_equal(a->has_rate, f->has_rate);
        assert_int_equal(a->rate, f->has_rate ? f->rate : 0);
        assert_int_equal(a->has_mode, f->has_mode);
        assert_int_equal(a->mode, f->has_mode ? f->mode : 0);
        assert_int_equal(a->refreshed != NULL, f->has_time);
        assert_int_equal(a->set != NULL, f->set != NULL);
        assert_int_equal(a->data_bytes, channels * SV_SAMPLE_BYTES);
        for (unsigned c = 0; c < channels; c++) {
            assert_int_equal((int32_t)get_be32(a->data + 8 * c), value_at(first + i, c));
            assert_int_equal(get_be32(a->data + 8 * c + 4), f->quality[c]);
        }
    }
}

static const struct frame everything = {
    .set = "MU01/LLN0$PhsMeas1",
    .appid = 0x4123,
    .station = 7,
    .vlans = 1,
    .simulated = true,
    .asdus = 8,
    .synch = 6,
    .has_rate = true,
    .has_mode = true,
    .has_time = true,
    .rate = 14400,
    .mode = SV_PER_SECOND,
    .revision = 0x01020304,
    .quality = {0, 1, 3, 0x800},
};

static void frames_say_what_they_hold(void **state)
{
    (void)state;
    expect_samples(&(struct frame){0}, 0);
    expect_samples(&(struct frame){0}, 3999);
    expect_samples(&everything, 3996); /* over the wrap */
    for (unsigned tags = 0; tags <= 3; tags++)
        expect_samples(&(struct frame){.vlans = tags}, 12);
    for (unsigned asdus = 1; asdus <= 16; asdus++)
        expect_samples(&(struct frame){.asdus = asdus, .channels = 1 + asdus % 9}, 100);
    struct frame f = everything;
    f.long_lengths = true;
    f.asdus = 2;
    expect_samples(&f, 5);
}

static void tags_of_rings_are_passed(void **state)
{
    (void)state;
    make_frame(&packet, &(struct frame){0}, 77);
    add(&packet, "123456", 6);
    memmove(packet.data + 18, packet.data + 12, packet.size - 18);
    memcpy(packet.data + 12, "\x89\x2f\x10\x66\x00\x01", 6);
    assert_int_equal(decode(packet.size), SV_SAMPLES);
    assert_int_equal(frame.asdus[0].count, 77);
}

static void other_protocols_are_foreign(void **state)
{
    (void)state;
    static const unsigned types[] = {0x0800, 0x0806, 0x86dd, 0x88f7, 0x88b8, 0x0026};
    make_frame(&packet, &(struct frame){0}, 0);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        put_be16(packet.data + 12, (uint16_t)types[i]);
        assert_int_equal(decode(packet.size), SV_FOREIGN);
    }
    make_frame(&packet, &(struct frame){.vlans = 5}, 0); /* more tags than anybody uses */
    assert_int_equal(decode(packet.size), SV_FOREIGN);
}

/* A frame that ends early is foreign as long as its type is not there, then malformed. */
static void frames_cut_anywhere_are_refused(void **state)
{
    (void)state;
    struct frame f = everything;
    f.asdus = 2;
    make_frame(&packet, &f, 0);
    size_t whole = packet.size;
    for (size_t size = 0; size < whole; size++) {
        enum sv_verdict v = decode(size);
        assert_int_equal(v, size < 18 ? SV_FOREIGN : SV_MALFORMED);
        if (v == SV_MALFORMED) {
            assert_non_null(why);
            assert_true(at <= size);
        }
    }
    assert_int_equal(decode(whole), SV_SAMPLES);
}

/* Any single bit may be wrong: the decoder must keep to the frame, whatever it makes of it. */
static void flipped_bits_do_no_harm(void **state)
{
    (void)state;
    make_frame(&packet, &everything, 0);
    unsigned refused = 0;
    for (size_t bit = 0; bit < packet.size * 8; bit++) {
        packet.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        refused += decode(packet.size) != SV_SAMPLES;
        packet.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(refused > 100);
}

static void refuse(size_t byte, unsigned value, const char *words)
{
    make_frame(&packet, &(struct frame){0}, 0);
    packet.data[byte] = (uint8_t)value;
    assert_int_equal(decode(packet.size), SV_MALFORMED);
    if (!strstr(why, words))
        fail_msg("byte %zu: \"%s\" does not say \"%s\"", byte, why, words);
}

/* Encoders that write numbers as INTEGER use as few bytes as they can, or one more. */
static void numbers_of_other_widths_are_read(void **state)
{
    (void)state;
    make_frame(&packet, &(struct frame){.revision = 0x00010203}, 0x0102);
    /* confRev 83 04 00 01 02 03 as 83 03 01 02 03; the lengths round it shrink by one */
    assert_int_equal(packet.data[41], 0x83);
    memmove(packet.data + 43, packet.data + 44, packet.size - 44);
    packet.data[42] = 3;
    static const size_t lengths[] = {17, 23, 28, 30};
    for (size_t i = 0; i < 4; i++)
        packet.data[lengths[i]]--;
    assert_int_equal(decode(packet.size), SV_SAMPLES);
    assert_int_equal(frame.asdus[0].revision, 0x010203);
    assert_int_equal(frame.asdus[0].count, 0x0102);
    packet.data[42] = 0; /* no number at all, and the rest is nonsense */
    assert_int_equal(decode(packet.size), SV_MALFORMED);
}

static void malformed_frames_say_why(void **state)
{
    (void)state;
    /* 14 APPID, 16 length, 22 savPdu: 60 5d 80 01 01 a2 58 30 56, 31 svID: 80 04, 37 smpCnt: 82 02,
     * 41 confRev: 83 04, 47 smpSynch: 85 01, 50 samples: 87 40 */
    make_frame(&packet, &(struct frame){0}, 0);
    static const struct {
        size_t at;
        uint8_t tag;
    } places[] = {{22, 0x60}, {24, 0x80}, {27, 0xa2}, {29, 0x30}, {31, 0x80},
                  {37, 0x82}, {41, 0x83}, {47, 0x85}, {50, 0x87}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        assert_int_equal(packet.data[places[i].at], places[i].tag);
    refuse(17, 7, "length field");
    refuse(16, 1, "length field");
    refuse(22, 0x61, "no savPdu");
    refuse(23, 0x7f, "longer than what encloses it");
    refuse(23, 0x80, "neither short nor");
    refuse(23, 0x85, "neither short nor");
    refuse(26, 2, "noASDU differs");
    refuse(26, 0, "noASDU differs");
    refuse(29, 0x31, "where an ASDU was expected");
    refuse(30, 0x57, "longer than what encloses it");
    refuse(31, 0x1f, "a tag of several bytes");
    refuse(31, 0x8b, "without svID, smpCnt");
    refuse(37, 0x8b, "without svID, smpCnt");
    refuse(50, 0x8b, "without svID, smpCnt");
    refuse(51, 0x41, "longer than what encloses it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_say_what_they_hold),
        cmocka_unit_test(tags_of_rings_are_passed),
        cmocka_unit_test(other_protocols_are_foreign),
        cmocka_unit_test(frames_cut_anywhere_are_refused),
        cmocka_unit_test(flipped_bits_do_no_harm),
        cmocka_unit_test(numbers_of_other_widths_are_read),
        cmocka_unit_test(malformed_frames_say_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
