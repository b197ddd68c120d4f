/* A client's bytes, however they are cut, and the answers to them. */
#include "base/bytes.h"
#include "modbus_house.h"
#include "protocol/modbus/mbap.h"
#include "protocol/modbus/rtu.h"
#include "protocol/modbus/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct plant plant;
static struct table *table;
static struct modbus_bus bus;

static int open_house(void **state)
{
    (void)state;
    modbus_house_plant(&plant);
    table = modbus_house_table(&plant);
    assert_true(modbus_bus_init(&bus, &plant, table));
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    modbus_bus_free(&bus);
    table_free(table);
    return 0;
}

static size_t put_request(uint8_t *at, unsigned transaction, unsigned unit, const uint8_t *pdu,
                          unsigned pdu_bytes)
{
    struct frame head = {(uint16_t)transaction, (uint8_t)unit, (uint16_t)pdu_bytes};
    mbap_encode(at, &head);
    memcpy(at + MBAP_BYTES, pdu, pdu_bytes);
    return MBAP_BYTES + pdu_bytes;
}

static size_t put_read(uint8_t *at, unsigned transaction, unsigned unit, unsigned address,
                       unsigned count)
{
    uint8_t pdu[5] = {3};
    put_be16(pdu + 1, (uint16_t)address);
    put_be16(pdu + 3, (uint16_t)count);
    return put_request(at, transaction, unit, pdu, sizeof pdu);
}

/* Requests of every kind, one after the other. */
static size_t conversation(uint8_t *at)
{
    static const uint8_t write_one[] = {6, 0x30, 0, 0, 1};
    static const uint8_t identify[] = {43, 14, 3, 0};
    static const uint8_t shortest[] = {3};
    size_t n = 0;
    n += put_read(at + n, 1, 3, 18432, 92);
    n += put_read(at + n, 2, 3, 18445, 1);
    n += put_read(at + n, 3, 3, 18432, 125);
    n += put_read(at + n, 4, 99, 18432, 1);
    n += put_request(at + n, 5, 3, write_one, sizeof write_one);
    n += put_request(at + n, 6, 0, identify, sizeof identify);
    n += put_request(at + n, 7, 2, shortest, sizeof shortest);
    n += put_read(at + n, 8, 255, 50000, 69);
    n += put_read(at + n, 9, 2, 36864, 37);
    return n;
}

static const struct modbus_framing *framing = &modbus_mbap;

/* Feeds `n` bytes in pieces of `cut`, each as far as `room` goes; returns the bytes of all answers. */
static size_t feed(const uint8_t *in, size_t n, size_t cut, size_t room, uint8_t *answers,
                   enum stream_state *last, struct modbus_counters *counters)
{
    struct modbus_stream stream;
    modbus_stream_begin(&stream, framing);
    size_t total = 0, at = 0;
    memset(counters, 0, sizeof *counters);
    while (at < n) {
        size_t piece = n - at < cut ? n - at : cut;
        uint8_t *exact = malloc(piece); /* a sanitizer sees a step too far */
        memcpy(exact, in + at, piece);
        at += piece;
        struct stream_io io = {
            .in = exact, .in_bytes = piece, .out = answers + total, .out_room = room};
        while ((*last = modbus_stream_feed(&stream, &bus, &io, counters)) == STREAM_FULL) {
            assert_true(io.out_bytes + MBAP_FRAME_BYTES > room && io.in_taken < io.in_bytes);
            total += io.out_bytes;
            io.in += io.in_taken;
            io.in_bytes -= io.in_taken;
            io.out = answers + total;
        }
        total += io.out_bytes;
        assert_true(*last == STREAM_BAD || io.in_taken == io.in_bytes);
        free(exact);
        if (*last == STREAM_BAD)
            break;
    }
    return total;
}

static void cuts_change_nothing(void **state)
{
    (void)state;
    uint8_t in[512], expected[4096], answers[4096];
    struct modbus_counters counters;
    enum stream_state last;
    size_t n = conversation(in);
    size_t bytes = feed(in, n, n, sizeof expected, expected, &last, &counters);
    assert_int_equal(last, STREAM_ALL);
    assert_int_equal(counters.requests, 9);
    assert_int_equal(counters.exceptions, 4);
    assert_int_equal(counters.writes_refused, 1);
    assert_int_equal(counters.unknown_units, 1);
    assert_int_equal(counters.registers, 92 + 1 + 69 + 37);
    for (size_t cut = 1; cut <= n; cut++)
        for (size_t room = MBAP_FRAME_BYTES; room < 1200; room += 113) {
            memset(answers, 0, sizeof answers);
            assert_int_equal(feed(in, n, cut, room, answers, &last, &counters), bytes);
            assert_memory_equal(answers, expected, bytes);
            assert_int_equal(counters.requests, 9);
        }
}

static void answers_bear_the_questions_number(void **state)
{
    (void)state;
    static const struct {
        uint8_t unit, function, second; /* byte count or exception */
    } expected[] = {{3, 3, 184}, {3, 3, 2},    {3, 0x83, 2},  {99, 0x83, 0x0B}, {3, 0x86, 1},
                    {0, 43, 14}, {2, 0x83, 3}, {255, 3, 138}, {2, 3, 74}};
    uint8_t in[512], answers[4096];
    struct modbus_counters counters;
    enum stream_state last;
    size_t n = conversation(in);
    size_t bytes = feed(in, n, n, sizeof answers, answers, &last, &counters), at = 0;
    for (unsigned i = 0; i < 9; i++) {
        struct frame head;
        assert_int_equal(mbap_decode(answers + at, bytes - at, &head), FRAME_WHOLE);
        assert_int_equal(head.transaction, i + 1);
        assert_int_equal(head.unit, expected[i].unit);
        assert_int_equal(answers[at + MBAP_BYTES], expected[i].function);
        assert_int_equal(answers[at + MBAP_BYTES + 1], expected[i].second);
        at += MBAP_BYTES + head.pdu_bytes;
    }
    assert_int_equal(at, bytes);
}

static void gives_up_where_it_is_no_modbus(void **state)
{
    (void)state;
    uint8_t in[1024], answers[4096];
    struct modbus_counters counters;
    enum stream_state last;
    size_t n = put_read(in, 1, 3, 18432, 10);
    size_t good = n;
    memcpy(in + n, "GET / HTTP/1.1\r\n\r\n", 18);
    n += 18;
    for (size_t cut = 1; cut <= n; cut++) {
        size_t bytes = feed(in, n, cut, sizeof answers, answers, &last, &counters);
        assert_int_equal(last, STREAM_BAD);
        assert_int_equal(counters.requests, 1); /* what was asked before is answered */
        assert_int_equal(bytes, MBAP_BYTES + 2 + 20);
    }
    assert_int_equal(good, 12);
}

/* The gateway answers for itself at 0 and 255, whoever stands first in the plant. */
static void knows_the_gateway(void **state)
{
    (void)state;
    assert_ptr_equal(bus.unit[0], plant_device_at(&plant, 1));
    assert_ptr_equal(bus.unit[255], plant_device_at(&plant, 1));
    struct plant alone;
    struct modbus_bus other;
    plant_init(&alone);
    alone.device[0] = (struct plant_device){.profile = profile_find("A-200"), .address = 5};
    alone.device_count = 1;
    assert_true(modbus_bus_init(&other, &alone, NULL));
    assert_ptr_equal(other.unit[255], &alone.device[0]);
    assert_ptr_equal(other.unit[5], &alone.device[0]);
    assert_null(other.unit[1]);
    modbus_bus_free(&other);
    alone.device_count = 0;
    assert_true(modbus_bus_init(&other, &alone, NULL));
    assert_null(other.unit[255]);
    modbus_bus_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_change_nothing),
        cmocka_unit_test(answers_bear_the_questions_number),
        cmocka_unit_test(gives_up_where_it_is_no_modbus),
        cmocka_unit_test(knows_the_gateway),
    };
    return cmocka_run_group_tests(tests, open_house, close_house);
}
