/* The map as a table: order, blocks, and which device has which. */
#include "protocol/modbus/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct register_block *block_named(const char *name)
{
    for (size_t b = 0; b < register_block_count; b++)
        if (strcmp(register_blocks[b].name, name) == 0)
            return &register_blocks[b];
    fail_msg("no block %s", name);
    return NULL;
}

static void rows_stand_in_order_within_their_blocks(void **state)
{
    (void)state;
    size_t b = 0;
    for (size_t r = 0; r < register_row_count; r++) {
        const struct register_row *row = &register_rows[r];
        unsigned end = row->address + row->words;
        assert_true(row->words > 0 && row->words <= 16);
        assert_true(r + 1 == register_row_count || end <= register_rows[r + 1].address);
        while (row->address >= register_blocks[b].first + register_blocks[b].words)
            assert_true(++b < register_block_count);
        assert_true(row->address >= register_blocks[b].first);
        assert_true(end <= (unsigned)register_blocks[b].first + register_blocks[b].words);
        unsigned words = register_type_info(row->type)->words;
        assert_true(words == 0 || words == row->words);
        assert_true(row->numerator == 1 || row->denominator == 1);
    }
}

/* No block touches another: a request that is answered lies in one of them, and so in one window. */
static void blocks_leave_each_other_room(void **state)
{
    (void)state;
    static uint8_t taken[0x10000];
    for (size_t b = 0; b < register_block_count; b++)
        for (unsigned n = 0; n < register_blocks[b].repeat; n++)
            for (unsigned w = 0; w < register_blocks[b].words; w++) {
                unsigned at = register_blocks[b].first + n * register_blocks[b].stride + w;
                assert_true(at < 0xFFFF && !taken[at]);
                taken[at] = 1;
                if (w + 1 == register_blocks[b].words)
                    taken[at + 1] = 1;
            }
}

static void finds_rows_by_any_of_their_words(void **state)
{
    (void)state;
    assert_int_equal(register_rows[register_row_from(18444)].address, 18444);
    assert_int_equal(register_rows[register_row_from(18445)].address, 18444);
    assert_int_equal(register_rows[register_row_from(18446)].address, 18446);
    assert_int_equal(register_rows[register_row_from(13830)].address, 13836); /* reserved */
    assert_int_equal(register_row_from(0), 0);
    assert_int_equal(register_row_from(0xFFFF), register_row_count);
}

static void profiles_have_their_blocks(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *block;
        unsigned times;
    } cases[] = {
        {"D-70", "Identification", 1}, {"D-70", "Network settings", 0},
        {"D-70", "Load", 0},           {"U-30", "Network", 1},
        {"U-30", "Sensors", 0},        {"U-30", "Load settings", 0},
        {"I-35", "Network", 0},        {"I-35", "Load", 3},
        {"I-35", "Sensors", 1},        {"I-45", "Load, energies", 4},
        {"A-200", "Network", 1},       {"A-200", "Load", 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(
            register_block_times(block_named(cases[i].block), profile_find(cases[i].profile)),
            cases[i].times);
}

static void places_addresses(void **state)
{
    (void)state;
    const struct profile *i35 = profile_find("I-35");
    struct register_place place;
    assert_true(register_place_find(i35, 18432, &place));
    assert_string_equal(place.block->name, "Load");
    assert_true(register_place_find(i35, 18432 + 2048 + 91, &place));
    assert_int_equal(place.load, 1);
    assert_int_equal(place.offset, 91);
    assert_false(register_place_find(i35, 18432 + 92, &place));       /* behind the block */
    assert_false(register_place_find(i35, 18432 + 3 * 2048, &place)); /* a fourth load */
    assert_true(register_place_find(i35, 19840 + 2 * 2048, &place));
    assert_string_equal(place.block->name, "Load, energies");
    assert_int_equal(place.load, 2);
    assert_true(register_place_find(i35, 13824 + 32, &place));
    assert_int_equal(place.load, 1);
    assert_false(
        register_place_find(i35, 36864, &place)); /* the network's page is the U module's */
    assert_false(register_place_find(i35, 0, &place));
    assert_false(register_place_find(i35, 0xFFFF, &place));
    assert_true(register_place_find(profile_find("U-30"), 36864, &place));
    assert_false(register_place_find(profile_find("U-30"), 18432, &place));
}

/* A current module that only meters: pages of analysis are not there. */
static void features_decide(void **state)
{
    (void)state;
    struct profile plain = *profile_find("I-35");
    plain.features = 0;
    struct register_place place;
    assert_true(register_place_find(&plain, 18432, &place));
    assert_false(register_place_find(&plain, 18688, &place));
    assert_false(register_place_find(&plain, 19712, &place));
    assert_true(register_place_find(&plain, 19840, &place));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_stand_in_order_within_their_blocks),
        cmocka_unit_test(blocks_leave_each_other_room),
        cmocka_unit_test(finds_rows_by_any_of_their_words),
        cmocka_unit_test(profiles_have_their_blocks),
        cmocka_unit_test(places_addresses),
        cmocka_unit_test(features_decide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
