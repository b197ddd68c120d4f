/* Who a device says it is: extended name, serial number, function 43/14. */
#include "modbus_house.h"
#include "protocol/modbus/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct plant plant;

static int open_house(void **state)
{
    (void)state;
    modbus_house_plant(&plant);
    return 0;
}

static void names_itself_as_clients_expect(void **state)
{
    (void)state;
    char name[EXTENDED_NAME_TEXT];
    identity_extended_name(plant_device_at(&plant, 3), name);
    assert_string_equal(name, "Diris I-35");
    identity_extended_name(plant_device_at(&plant, 4), name); /* set by the installation */
    assert_string_equal(name, "Diris B30");
    for (const struct profile *p = profiles; p->name; p++)
        assert_true(strlen("Diris ") + strlen(p->name) < EXTENDED_NAME_TEXT); /* none is cut */
}

static void knows_its_version(void **state)
{
    (void)state;
    char text[40];
    snprintf(text, sizeof text, "%u.%u.%u", identity_version(0), identity_version(1),
             identity_version(2));
    assert_string_equal(text, BUSBAR_VERSION);
    assert_int_equal(identity_version(3), 0);
}

static void splits_serial_numbers_of_the_family(void **state)
{
    (void)state;
    static const struct {
        const char *serial;
        bool good;
        unsigned words[3];
    } cases[] = {
        {"2345123400103", true, {0x2345, 0x1234, 103}},
        {"234512341", true, {0x2345, 0x1234, 1}},
        {"2345123465534", true, {0x2345, 0x1234, 65534}},
        {"2345123465535", false, {0}}, /* would read as not available */
        {"23451234", false, {0}},
        {"23451234100000", false, {0}},
        {"2345123A100", false, {0}},
        {"", false, {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plant_device d = {.profile = &profiles[0]};
        snprintf(d.serial, sizeof d.serial, "%s", cases[i].serial);
        for (unsigned part = 0; part < 3; part++) {
            uint16_t word = 0;
            assert_int_equal(identity_serial(&d, part, &word), cases[i].good);
            assert_int_equal(word, cases[i].words[part]);
        }
    }
}

/* Objects of an answer: ids in `ids`, the text of the last in `text`; their number. */
static unsigned objects(const uint8_t *pdu, size_t bytes, uint8_t ids[8], char text[256])
{
    size_t at = 7;
    unsigned n = 0;
    for (; at < bytes; n++) {
        assert_true(at + 2 <= bytes && at + 2 + pdu[at + 1] <= bytes && n < 8);
        ids[n] = pdu[at];
        memcpy(text, pdu + at + 2, pdu[at + 1]);
        text[pdu[at + 1]] = 0;
        at += 2u + pdu[at + 1];
    }
    assert_int_equal(pdu[6], n);
    return n;
}

static void answers_streams_and_single_objects(void **state)
{
    (void)state;
    static const struct {
        uint8_t code, object;
        unsigned count;
        uint8_t first;
        const char *last;
    } cases[] = {
        {1, 0, 3, 0, BUSBAR_VERSION},
        {1, 1, 2, 1, BUSBAR_VERSION},
        {2, 0, 7, 0, "I-35 at 3"},
        {3, 0, 8, 0, "2345123400103"},
        {3, 0x80, 1, 0x80, "2345123400103"},
        {1, 0x80, 3, 0, BUSBAR_VERSION}, /* not among the basic ones: from the start */
        {2, 77, 7, 0, "I-35 at 3"},
        {4, 0, 1, 0, "Busbar"},
        {4, 1, 1, 1, "I-35"},
        {4, 5, 1, 5, "Diris I-35"},
        {4, 0x80, 1, 0x80, "2345123400103"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pdu_request r = {.function = 43, .code = cases[i].code, .object = cases[i].object};
        uint8_t pdu[PDU_BYTES], ids[8];
        char text[256];
        size_t bytes = 0;
        assert_int_equal(identity_answer(plant_device_at(&plant, 3), &r, pdu, &bytes),
                         EXCEPTION_NONE);
        assert_in_range(bytes, 7, PDU_BYTES);
        const uint8_t head[] = {43, 14, cases[i].code, 0x83, 0, 0};
        assert_memory_equal(pdu, head, sizeof head);
        assert_int_equal(objects(pdu, bytes, ids, text), cases[i].count);
        assert_int_equal(ids[0], cases[i].first);
        assert_string_equal(text, cases[i].last);
    }
}

static void refuses_an_object_that_is_not_there(void **state)
{
    (void)state;
    uint8_t pdu[PDU_BYTES];
    size_t bytes = 0;
    struct pdu_request r = {.function = 43, .code = 4, .object = 7};
    assert_int_equal(identity_answer(plant_device_at(&plant, 3), &r, pdu, &bytes),
                     EXCEPTION_ADDRESS);
}

/* More than one answer holds: "more follows" leads a client through all of it. */
static void continues_where_an_answer_ends(void **state)
{
    (void)state;
    char sentence[200];
    memset(sentence, 'x', sizeof sentence - 1);
    sentence[sizeof sentence - 1] = 0;
    struct profile wordy = *profile_find("I-35");
    wordy.sentence = sentence;
    struct plant_device d = *plant_device_at(&plant, 3);
    d.profile = &wordy;
    struct pdu_request r = {.function = 43, .code = 3, .object = 0};
    unsigned answers = 0, count = 0;
    uint8_t pdu[PDU_BYTES], ids[8];
    do {
        char text[256];
        size_t bytes = 0;
        assert_int_equal(identity_answer(&d, &r, pdu, &bytes), EXCEPTION_NONE);
        assert_in_range(bytes, 8, PDU_BYTES);
        count += objects(pdu, bytes, ids, text);
        r.object = pdu[5];
    } while (++answers < 8 && pdu[4] == 0xFF);
    assert_int_equal(pdu[4], 0);
    assert_in_range(answers, 2, 3);
    assert_int_equal(count, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_itself_as_clients_expect),
        cmocka_unit_test(knows_its_version),
        cmocka_unit_test(splits_serial_numbers_of_the_family),
        cmocka_unit_test(answers_streams_and_single_objects),
        cmocka_unit_test(refuses_an_object_that_is_not_there),
        cmocka_unit_test(continues_where_an_answer_ends),
    };
    return cmocka_run_group_tests(tests, open_house, NULL);
}
