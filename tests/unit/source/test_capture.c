/* pcap and pcapng, packet by packet. */
#include "source/capture.h"
#include "sv_builder.h"

static struct fault fault;
static struct bytes packet;

static const struct bytes *numbered(unsigned n)
{
    packet.size = 0;
    packet.big = true;
    for (unsigned i = 0; i < 20 + n % 7; i++) /* lengths with every padding */
        add16(&packet, n * 100 + i);
    if (n % 2)
        add(&packet, "x", 1);
    return &packet;
}

static struct capture *open_bytes(const struct bytes *b)
{
    struct input *in;
    struct capture *c;
    assert_int_equal(input_open_memory("memory", b->data, b->size, &in, &fault), ERR_OK);
    if (capture_open(in, &c, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return c;
}

static void expect(struct capture *c, unsigned n, int64_t ns)
{
    struct capture_packet p;
    const struct bytes *e = numbered(n);
    if (capture_next(c, &p, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(p.size, e->size);
    assert_int_equal(p.wire_size, e->size);
    assert_memory_equal(p.bytes, e->data, e->size);
    assert_true(p.has_time && p.time_ns == ns);
    assert_int_equal(p.link_type, CAPTURE_LINK_ETHERNET);
}

static void expect_end(struct capture *c)
{
    struct capture_packet p;
    assert_int_equal(capture_next(c, &p, &fault), ERR_END);
    assert_int_equal(capture_next(c, &p, &fault), ERR_END);
}

static void pcap_in_all_its_forms(void **state)
{
    (void)state;
    for (int form = 0; form < 4; form++) {
        bool big = form & 1, nano = form & 2;
        struct bytes b = {0};
        pcap_begin(&b, big, nano);
        for (unsigned i = 0; i < 5; i++)
            pcap_add(&b, START_NS + i * 1001, numbered(i));
        struct capture *c = open_bytes(&b);
        for (int round = 0; round < 2; round++) {
            for (unsigned i = 0; i < 5; i++) {
                int64_t ns = START_NS + i * 1001;
                expect(c, i, nano ? ns : ns / 1000 * 1000);
            }
            expect_end(c);
            assert_int_equal(capture_rewind(c, &fault), ERR_OK);
        }
        capture_close(c);
        free(b.data);
    }
}

static void pcapng_in_both_orders(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct bytes b = {0}, other = {0};
        ng_section(&b, big);
        ng_block(&b, 5, numbered(9)); /* interface statistics, before any interface */
        ng_interface(&b, 1, -1, 0);
        ng_packet(&b, 0, (uint64_t)START_NS / 1000, numbered(0));
        ng_interface(&b, 1, 9, 0);
        ng_interface(&b, 1, 0x80 | 20, 0);
        ng_interface(&b, 1, 3, 1699264300);
        ng_interface(&b, 1, 12, -1);
        ng_interface(&b, 1, 0x80 | 40, 0);
        ng_packet(&b, 1, (uint64_t)START_NS, numbered(1));
        ng_block(&b, 0x0bad, numbered(3)); /* nobody knows */
        ng_block(&b, 0x80000001, &other);  /* nor this, which is empty */
        ng_packet(&b, 2, UINT64_C(1699264350) << 20 | 0x80000, numbered(2));
        ng_packet(&b, 3, 50027, numbered(3));
        ng_old_packet(&b, 0, (uint64_t)START_NS / 1000, numbered(4));
        ng_packet(&b, 4, UINT64_C(7000000000123), numbered(5));
        ng_packet(&b, 5, UINT64_C(1699264) << 40 | UINT64_C(1) << 39, numbered(6));
        /* another section, in the other order */
        ng_section(&b, !big);
        ng_interface(&b, 1, 6, 0);
        ng_packet(&b, 0, (uint64_t)START_NS / 1000, numbered(7));
        struct capture *c = open_bytes(&b);
        for (int round = 0; round < 2; round++) {
            expect(c, 0, START_NS);
            expect(c, 1, START_NS);
            expect(c, 2, INT64_C(1699264350500000000));
            expect(c, 3, INT64_C(1699264350027000000));
            expect(c, 4, START_NS);
            expect(c, 5, INT64_C(6000000000));
            expect(c, 6, INT64_C(1699264500000000));
            expect(c, 7, START_NS);
            expect_end(c);
            assert_int_equal(capture_rewind(c, &fault), ERR_OK);
        }
        capture_close(c);
        free(b.data);
    }
}

static void simple_packets_have_no_time(void **state)
{
    (void)state;
    struct bytes b = {0};
    struct capture_packet p;
    ng_section(&b, true);
    ng_interface(&b, 1, -1, 0);
    ng_simple_packet(&b, numbered(1));
    struct capture *c = open_bytes(&b);
    assert_int_equal(capture_next(c, &p, &fault), ERR_OK);
    assert_false(p.has_time);
    assert_int_equal(p.size, numbered(1)->size);
    assert_memory_equal(p.bytes, packet.data, packet.size);
    expect_end(c);
    capture_close(c);
    free(b.data);
}

static void times_that_do_not_fit_are_none(void **state)
{
    (void)state;
    struct bytes b = {0};
    struct capture_packet p;
    ng_section(&b, false);
    ng_interface(&b, 1, 0, 0);         /* seconds */
    ng_interface(&b, 1, 127, 0);       /* 10^-127 */
    ng_interface(&b, 1, 0xff, 0);      /* 2^-127 */
    ng_interface(&b, 1, 6, INT64_MAX); /* far away */
    ng_interface(&b, 1, 19, 0);        /* the finest that 64 bits can hold */
    ng_interface(&b, 1, 0x80 | 63, 0); /* likewise */
    ng_packet(&b, 0, UINT64_MAX, numbered(0));
    for (unsigned i = 1; i < 4; i++)
        ng_packet(&b, i, 1000000, numbered(i));
    ng_packet(&b, 4, UINT64_C(15000000000000000000), numbered(4));
    ng_packet(&b, 5, UINT64_C(3) << 62, numbered(5));
    struct capture *c = open_bytes(&b);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(capture_next(c, &p, &fault), ERR_OK);
        assert_false(p.has_time);
    }
    expect(c, 4, INT64_C(1500000000));
    expect(c, 5, INT64_C(1500000000));
    expect_end(c);
    capture_close(c);
    free(b.data);
}

/* Reads all packets; the last result. */
static enum err read_all(const struct bytes *b, unsigned *packets)
{
    struct input *in;
    struct capture *c;
    struct capture_packet p;
    *packets = 0;
    assert_int_equal(input_open_memory("memory", b->data, b->size, &in, &fault), ERR_OK);
    enum err err = capture_open(in, &c, &fault);
    if (err)
        return err;
    while (!(err = capture_next(c, &p, &fault)))
        ++*packets;
    capture_close(c);
    return err;
}

static void files_cut_anywhere_keep_what_came_before(void **state)
{
    (void)state;
    for (int ng = 0; ng < 2; ng++) {
        struct bytes b = {0};
        size_t ends[5] = {0}; /* behind the header and behind each packet */
        if (ng) {
            ng_section(&b, true);
            ng_interface(&b, 1, 6, 0);
        } else {
            pcap_begin(&b, true, false);
        }
        ends[0] = b.size;
        for (unsigned i = 1; i < 5; i++) {
            if (ng)
                ng_packet(&b, 0, i, numbered(i));
            else
                pcap_add(&b, i * 1000, numbered(i));
            ends[i] = b.size;
        }
        for (size_t size = 0; size <= ends[4]; size++) {
            struct bytes cut = {.data = b.data, .size = size};
            unsigned packets, whole = 0;
            while (whole < 4 && ends[whole + 1] <= size)
                whole++;
            enum err err = read_all(&cut, &packets);
            bool at_border = size == ends[whole] || (ng && size == 28);
            assert_int_equal(packets, whole);
            assert_int_equal(err, at_border ? ERR_END : ERR_INPUT);
            if (err == ERR_INPUT)
                assert_non_null(strstr(fault.text, "memory: byte "));
        }
        free(b.data);
    }
}

static void damage_is_named_with_its_place(void **state)
{
    (void)state;
    unsigned packets;
    struct bytes b = {0};
    add(&b, "no capture at all, not even nearly", 30);
    assert_int_equal(read_all(&b, &packets), ERR_INPUT);
    assert_non_null(strstr(fault.text, "byte 0"));

    pcap_begin(&b, false, false);
    put_le16(b.data + 4, 3);
    assert_int_equal(read_all(&b, &packets), ERR_UNSUPPORTED);
    put_le16(b.data + 4, 2);
    pcap_add(&b, 0, numbered(1));
    size_t second = b.size;
    pcap_add(&b, 0, numbered(2));
    put_le32(b.data + second + 8, CAPTURE_PACKET_MAX + 1);
    assert_int_equal(read_all(&b, &packets), ERR_INPUT);
    assert_int_equal(packets, 1);
    char place[32];
    snprintf(place, sizeof place, "byte %zu:", second);
    assert_non_null(strstr(fault.text, place));
    assert_non_null(strstr(fault.text, "262145"));

    /* a block's lengths differ; are no multiple of 4; are less than a block; hold no packet */
    static const struct {
        size_t at; /* behind the packet's block begins */
        uint32_t value;
        const char *words;
    } damages[] = {
        {4, 61, "multiple of 4"},
        {4, 8, "multiple of 4"},
        {4, 0x7ffffffc, "longer than any packet"},
        {4, 28, "too short for a packet"},
        {20, 1000, "too short for its packet"},
        {8, 1, "a packet of interface 1"},
    };
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        b.size = 0;
        ng_section(&b, false);
        ng_interface(&b, 1, -1, 0);
        size_t block = b.size;
        ng_packet(&b, 0, 0, numbered(1));
        uint32_t length = (uint32_t)(b.size - block);
        put_le32(b.data + block + damages[i].at, damages[i].value);
        if (damages[i].value == 28)
            put_le32(b.data + block + 24, 28); /* where its end is then */
        assert_int_equal(read_all(&b, &packets), ERR_INPUT);
        assert_int_equal(packets, 0);
        if (!strstr(fault.text, damages[i].words))
            fail_msg("\"%s\" does not say \"%s\"", fault.text, damages[i].words);
        assert_true(length > 28);
    }
    b.size = 0;
    ng_section(&b, false);
    b.data[8] ^= 1;
    assert_int_equal(read_all(&b, &packets), ERR_INPUT);
    assert_non_null(strstr(fault.text, "byte 8"));
    b.data[8] ^= 1;
    b.data[12] = 2;
    assert_int_equal(read_all(&b, &packets), ERR_UNSUPPORTED);
    free(b.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pcap_in_all_its_forms),
        cmocka_unit_test(pcapng_in_both_orders),
        cmocka_unit_test(simple_packets_have_no_time),
        cmocka_unit_test(times_that_do_not_fit_are_none),
        cmocka_unit_test(files_cut_anywhere_keep_what_came_before),
        cmocka_unit_test(damage_is_named_with_its_place),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(packet.data);
    return failed;
}
