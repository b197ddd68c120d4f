/* Raw Ethernet frames, on the loopback of a network namespace of our own. */
#include "base/bytes.h"
#include "port/clock.h"
#include "port/packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#ifdef __linux__

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TYPE 0x88ba
#define MS   INT64_C(1000000)

static bool isolated; /* in a namespace of our own, with the right to open raw sockets */
static int sender = -1;
static struct fault fault;

static void set_loopback(bool up)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq r = {.ifr_name = "lo", .ifr_flags = up ? IFF_UP | IFF_RUNNING : 0};
    assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &r), 0);
    close(fd);
}

static int isolate(void **state)
{
    (void)state;
    isolated = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    if (isolated)
        sender = socket(AF_PACKET, SOCK_RAW, 0);
    isolated = sender >= 0;
    if (isolated)
        set_loopback(true);
    else
        print_message("# no right to make a network namespace: cases are skipped\n");
    return 0;
}

static void need_isolation(void)
{
    if (!isolated)
        skip();
}

/* A frame to a multicast group, with `number` behind its header. */
static void send_frame(uint16_t type, uint32_t number, size_t size)
{
    uint8_t frame[1500] = {0x01, 0x0c, 0xcd, 0x04, 0, 1, 2, 0, 0, 0, 0, 1};
    struct sockaddr_ll to = {
        .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex("lo"), .sll_halen = 6};
    put_be16(frame + 12, type);
    put_be32(frame + 14, number);
    assert_int_equal(sendto(sender, frame, size, 0, (struct sockaddr *)&to, sizeof to), size);
}

static struct packet_socket *open_loopback(void)
{
    struct packet_socket *s;
    if (packet_open("lo", TYPE, &s, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return s;
}

static enum err read_within(struct packet_socket *s, int ms, struct packet *p)
{
    return packet_read(s, clock_monotonic_ns() + ms * MS, p, &fault);
}

static void frames_of_the_ethertype_arrive_whole(void **state)
{
    (void)state;
    need_isolation();
    struct packet_socket *s = open_loopback();
    struct packet p;
    int64_t before = clock_utc_ns();
    send_frame(0x0800, 7, 60);
    send_frame(TYPE, 1, 60);
    send_frame(0x88f7, 8, 60);
    send_frame(TYPE, 2, 1400);
    for (uint32_t i = 1; i <= 2; i++) {
        assert_int_equal(read_within(s, 1000, &p), ERR_OK);
        assert_int_equal(p.size, i == 1 ? 60 : 1400);
        assert_int_equal(p.wire_size, p.size);
        assert_int_equal(get_be16(p.bytes + 12), TYPE);
        assert_int_equal(get_be32(p.bytes + 14), i);
        assert_true(p.time_ns >= before - 50 * MS && p.time_ns <= clock_utc_ns() + 50 * MS);
    }
    assert_int_equal(read_within(s, 30, &p), ERR_AGAIN);
    assert_int_equal(packet_dropped(s), 0);
    packet_close(s);
}

/* Frames with 0, 1, 2 VLAN tags and in a ring; the kernel takes the first tag off. */
static void tags_before_the_ethertype_do_not_matter(void **state)
{
    (void)state;
    need_isolation();
    struct packet_socket *s = open_loopback();
    struct packet p;
    static const struct {
        uint8_t tags[10];
        size_t bytes;
    } kinds[] = {
        {{0x81, 0x00, 0x80, 0x05}, 4},
        {{0x81, 0x00, 0x80, 0x00}, 4}, /* priority only */
        {{0x88, 0xa8, 0x00, 0x06, 0x81, 0x00, 0x00, 0x05}, 8},
        {{0x81, 0x00, 0x00, 0x06, 0x81, 0x00, 0x00, 0x05}, 8},
        {{0x89, 0x2f, 0x10, 0x40, 0x00, 0x01}, 6},
        {{0x81, 0x00, 0x00, 0x06, 0x89, 0x2f, 0x10, 0x40, 0x00, 0x01}, 10},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        uint8_t inner[4] = {TYPE >> 8, TYPE & 0xff, 0, (uint8_t)i};
        for (int ours = 1; ours >= 0; ours--) {
            if (!ours)
                inner[1]++; /* the neighbour's */
            uint8_t frame[100] = {0x01, 0x0c, 0xcd, 0x04, 0, 1, 2};
            memcpy(frame + 12, kinds[i].tags, kinds[i].bytes);
            memcpy(frame + 12 + kinds[i].bytes, inner, sizeof inner);
            struct sockaddr_ll to = {.sll_family = AF_PACKET,
                                     .sll_ifindex = (int)if_nametoindex("lo")};
            assert_int_equal(
                sendto(sender, frame, sizeof frame, 0, (struct sockaddr *)&to, sizeof to), 100);
        }
        if (read_within(s, 1000, &p) != ERR_OK)
            fail_msg("kind %zu did not come", i);
        inner[1] = TYPE & 0xff;
        assert_true(p.size >= 100 - 4);
        assert_non_null(memmem(p.bytes + 12, 14, inner, sizeof inner));
    }
    assert_int_equal(read_within(s, 30, &p), ERR_AGAIN);
    packet_close(s);
}

static void silence_ends_at_the_deadline(void **state)
{
    (void)state;
    need_isolation();
    struct packet_socket *s = open_loopback();
    struct packet p;
    int64_t start = clock_monotonic_ns();
    assert_int_equal(read_within(s, 60, &p), ERR_AGAIN);
    int64_t took = clock_monotonic_ns() - start;
    assert_true(took >= 60 * MS);
    assert_true(took < 2000 * MS);
    /* a deadline that has passed does not wait */
    assert_int_equal(packet_read(s, 0, &p, &fault), ERR_AGAIN);
    packet_close(s);
}

static void bursts_are_kept_in_order(void **state)
{
    (void)state;
    need_isolation();
    struct packet_socket *s = open_loopback();
    struct packet p;
    enum { FRAMES = 14400 }; /* a second of the densest stream */
    for (uint32_t i = 0; i < FRAMES; i++)
        send_frame(TYPE, i, 130);
    for (uint32_t i = 0; i < FRAMES; i++) {
        assert_int_equal(read_within(s, 1000, &p), ERR_OK);
        assert_int_equal(get_be32(p.bytes + 14), i);
    }
    assert_int_equal(packet_dropped(s), 0);
    packet_close(s);
}

static void what_the_ring_cannot_hold_is_counted(void **state)
{
    (void)state;
    need_isolation();
    struct packet_socket *s = open_loopback();
    struct packet p;
    enum { FRAMES = 12000 };
    for (uint32_t i = 0; i < FRAMES; i++)
        send_frame(TYPE, i, 1400);
    uint64_t got = 0;
    while (read_within(s, 100, &p) == ERR_OK)
        got++;
    uint64_t dropped = packet_dropped(s);
    assert_true(dropped > 0);
    assert_int_equal(got + dropped, FRAMES);
    assert_int_equal(packet_dropped(s), dropped); /* asking again does not lose or add */
    send_frame(TYPE, 99, 60);
    assert_int_equal(read_within(s, 1000, &p), ERR_OK);
    assert_int_equal(get_be32(p.bytes + 14), 99);
    packet_close(s);
}

static void an_interface_may_go_down_and_come_back(void **state)
{
    (void)state;
    need_isolation();
    struct packet_socket *s = open_loopback();
    struct packet p;
    set_loopback(false);
    assert_int_equal(read_within(s, 50, &p), ERR_AGAIN);
    assert_int_equal(read_within(s, 50, &p), ERR_AGAIN);
    set_loopback(true);
    send_frame(TYPE, 5, 60);
    assert_int_equal(read_within(s, 1000, &p), ERR_OK);
    assert_int_equal(get_be32(p.bytes + 14), 5);
    packet_close(s);
}

static void faults_say_what_is_missing(void **state)
{
    (void)state;
    struct packet_socket *s;
    assert_int_equal(packet_open("no-interface-has-so-long-a-name", TYPE, &s, &fault), ERR_USAGE);
    assert_null(s);
    packet_close(NULL);
    need_isolation();
    assert_int_equal(packet_open("nowhere0", TYPE, &s, &fault), ERR_USAGE);
    assert_string_equal(fault.text, "nowhere0: there is no such network interface");
    /* somebody without rights */
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool lesser = setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0;
        enum err err = packet_open("lo", TYPE, &s, &fault);
        _exit(!lesser ? 77 : err == ERR_SYSTEM && strstr(fault.text, "CAP_NET_RAW") ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_of_the_ethertype_arrive_whole),
        cmocka_unit_test(tags_before_the_ethertype_do_not_matter),
        cmocka_unit_test(silence_ends_at_the_deadline),
        cmocka_unit_test(bursts_are_kept_in_order),
        cmocka_unit_test(what_the_ring_cannot_hold_is_counted),
        cmocka_unit_test(an_interface_may_go_down_and_come_back),
        cmocka_unit_test(faults_say_what_is_missing),
    };
    return cmocka_run_group_tests(tests, isolate, NULL);
}

#else

static void other_systems_say_so(void **state)
{
    (void)state;
    struct packet_socket *s;
    struct fault fault;
    assert_int_equal(packet_open("eth0", 0x88ba, &s, &fault), ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(other_systems_say_so)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
