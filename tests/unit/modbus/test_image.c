/* Registers as a client reads them: meaning of each kind of row, pieces of blocks, one window. */
#include "base/bytes.h"
#include "modbus_house.h"
#include "protocol/modbus/image.h"
#include "protocol/modbus/map.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct plant plant;
static struct table *table;
static struct image *image;

static int open_house(void **state)
{
    (void)state;
    modbus_house_plant(&plant);
    table = modbus_house_table(&plant);
    image = image_new(&plant, table);
    assert_non_null(image);
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    image_free(image);
    table_free(table);
    return 0;
}

static enum pdu_exception read_unit(unsigned unit, unsigned address, unsigned count, uint8_t *bytes)
{
    return image_read(image, plant_device_at(&plant, unit), (uint16_t)address, (uint16_t)count,
                      bytes);
}

static uint16_t word(unsigned unit, unsigned address)
{
    uint8_t bytes[2];
    assert_int_equal(read_unit(unit, address, 1, bytes), EXCEPTION_NONE);
    return get_be16(bytes);
}

static uint32_t words2(unsigned unit, unsigned address)
{
    uint8_t bytes[4];
    assert_int_equal(read_unit(unit, address, 2, bytes), EXCEPTION_NONE);
    return get_be32(bytes);
}

static struct quantity_set values_of(unsigned unit, unsigned load)
{
    struct quantity_set set;
    modbus_house_values(&plant, &plant_device_at(&plant, unit)->load[load], &set);
    return set;
}

/* Publishes other values for unit 3's load, as a window with energies. */
static void publish(const struct quantity_set *set)
{
    unsigned point = plant_device_at(&plant, 3)->load[0].point;
    table_publish(table, point, set);
    table_commit(table, point, set->energy_mj);
}

static void shows_quantities(void **state)
{
    (void)state;
    struct quantity_set set = values_of(3, 0);
    quantity_put(&set, Q_V1, 231.456);
    quantity_put(&set, Q_F, 49.9876);
    quantity_put(&set, Q_I3, 12.34567);
    quantity_put(&set, Q_P, -123456.5);
    quantity_put(&set, Q_PF, -0.9876);
    quantity_put(&set, Q_THD_I1, 3.456);
    set.end_ns = INT64_C(946684800) * 1000000000 + INT64_C(1234567890999999999);
    set.start_ns = set.end_ns - 200000000;
    publish(&set);
    assert_int_equal(words2(3, 18444), 23146);
    assert_int_equal(words2(3, 18442), 49988);
    assert_int_equal(words2(3, 18462), 12346);
    assert_int_equal((int32_t)words2(3, 18476), -123457);
    assert_int_equal((int16_t)word(3, 18486), -988);
    assert_int_equal(word(3, 18757), 346);
    assert_int_equal(words2(3, 18433), 1234567890);
    assert_int_equal(word(3, 18435), 1);
    assert_int_equal(word(3, 18432), 1);
}

static void splits_energies(void **state)
{
    (void)state;
    struct quantity_set set = values_of(3, 0);
    static const struct {
        uint64_t mj;
        uint32_t kwh;
        uint16_t tenths;
    } cases[] = {
        {0, 0, 0},
        {359999, 0, 0},
        {360000, 0, 1},
        {UINT64_C(3599999999), 0, 9999},
        {UINT64_C(3600000000), 1, 0},
        {UINT64_C(3600000000) * 123456 + UINT64_C(360000) * 7890 + 1, 123456, 7890},
        {UINT64_C(3600000000) * 0xFFFFFFFE + 360000, 0xFFFFFFFE, 1},
        {UINT64_MAX, 0xFFFFFFFE, 304}, /* more than fits: stops, never wraps */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set.energy_mj[0] = cases[i].mj;
        publish(&set);
        assert_int_equal(words2(3, 19843), cases[i].kwh);
        assert_int_equal(word(3, 19845), cases[i].tenths);
    }
}

static void tells_lagging_from_leading(void **state)
{
    (void)state;
    enum { UNDEFINED, LEADING, LAGGING };
    static const struct {
        double p, q;
        int type;
    } quadrants[] = {{100, 50, LAGGING},  {-100, 50, LEADING}, {-100, -50, LAGGING},
                     {100, -50, LEADING}, {100, 0, UNDEFINED}, {0, 50, LAGGING},
                     {0, -50, LEADING}};
    struct quantity_set set = values_of(3, 0);
    for (size_t i = 0; i < sizeof quadrants / sizeof *quadrants; i++) {
        int type = quadrants[i].type;
        quantity_put(&set, Q_P, quadrants[i].p);
        quantity_put(&set, Q_Q, quadrants[i].q);
        publish(&set);
        assert_int_equal(word(3, 18487), type);
        assert_int_equal((int32_t)words2(3, 18480), type == LAGGING ? (int)quadrants[i].q : 0);
        assert_int_equal((int32_t)words2(3, 18482), type == LEADING ? (int)quadrants[i].q : 0);
    }
}

static void shows_fundamentals_and_harmonics(void **state)
{
    (void)state;
    struct quantity_set set = values_of(3, 0);
    struct spectrum *v1 = &set.spectrum[SPECTRUM_V1], *i1 = &set.spectrum[SPECTRUM_I1];
    v1->rms[1] = 230;
    v1->angle_rad = 3.0f;
    i1->rms[1] = 10;
    i1->angle_rad = 3.0f - 0.5f;
    i1->rms[5] = 2;
    for (unsigned order = 26; order <= 34; order++)
        i1->rms[order] = 0.1f;
    set.spectrum[SPECTRUM_V2].angle_rad = -3.0f; /* 6 rad behind V1 is 0.283 rad before it */
    publish(&set);
    assert_int_equal(words2(3, 18692), 23000);
    assert_int_equal((int16_t)word(3, 18700), 0);
    assert_int_equal((int16_t)word(3, 18701), 162);
    assert_int_equal((int16_t)word(3, 18721), -286);
    assert_int_equal((int32_t)words2(3, 18729), lround(2300 * cos(0.5)));
    assert_int_equal((int32_t)words2(3, 18737), lround(2300 * sin(0.5)));
    assert_int_equal(word(3, 19713 + 4 * 3), 2000);
    assert_int_equal(word(3, 19809), 300); /* 3 % = sqrt(9) x 1 % */
    i1->highest = 33;
    publish(&set);
    assert_int_equal(word(3, 19809), 0xFFFF); /* the group is not complete */
    assert_int_equal(word(3, 19713 + 4 * 3), 2000);
    v1->highest = 0; /* no V1: angles count from V2 */
    publish(&set);
    assert_int_equal(word(3, 18700), 0x8000);
    assert_int_equal((int16_t)word(3, 18701), 0);
}

static void marks_what_is_not_available(void **state)
{
    (void)state;
    assert_int_equal(words2(7, 18444), 0xFFFFFFFF); /* no window yet */
    assert_int_equal(words2(7, 18433), 0xFFFFFFFF);
    assert_int_equal(words2(7, 18476), 0x80000000);
    assert_int_equal(words2(7, 19843), 0xFFFFFFFF);
    assert_int_equal(word(7, 18432), 1);        /* the load is there all the same */
    assert_int_equal(word(3, 18432 + 2048), 0); /* a place without a load */
    assert_int_equal(words2(3, 18444 + 2048), 0xFFFFFFFF);
    assert_int_equal(words2(3, 18450), 0xFFFFFFFF); /* no VN sensor */
    assert_int_equal(words2(4, 18446), 0xFFFFFFFF); /* one phase: no V2 */
    assert_int_equal(words2(3, 19841), 0xFFFFFFFF); /* operating time is not counted */
    assert_int_equal(words2(3, 19872), 0xFFFFFFFF); /* nor are partial energies */
    for (unsigned address = 13827; address < 13836; address++)
        assert_int_equal(word(3, address), 0); /* reserved */
}

/* Energies of which nothing was made durable are not shown: a crash could take them back. */
static void hides_what_is_not_durable(void **state)
{
    (void)state;
    struct table *fresh = table_new(plant.point_count);
    struct image *other = image_new(&plant, fresh);
    const struct plant_device *device = plant_device_at(&plant, 3);
    struct quantity_set set = values_of(3, 0);
    uint8_t bytes[4];
    table_publish(fresh, device->load[0].point, &set);
    assert_int_equal(image_read(other, device, 19843, 2, bytes), EXCEPTION_NONE);
    assert_int_equal(get_be32(bytes), 0xFFFFFFFF);
    table_commit(fresh, device->load[0].point, set.energy_mj);
    assert_int_equal(image_read(other, device, 19843, 2, bytes), EXCEPTION_NONE);
    assert_int_equal(get_be32(bytes), set.energy_mj[0] / UINT64_C(3600000000));
    image_free(other);
    table_free(fresh);
}

static void shows_what_is_installed(void **state)
{
    (void)state;
    assert_int_equal(word(2, 12288), 5);
    assert_int_equal(words2(2, 12289), 11547);
    assert_int_equal(word(2, 12291), 0);
    assert_int_equal(word(2, 12293), 1);
    assert_int_equal(words2(2, 12294), 20000);
    assert_int_equal(word(2, 12296), 110);
    assert_int_equal(word(4, 13568), 0); /* sensor 1: along the arrow, V3 */
    assert_int_equal(word(4, 13569), 2);
    assert_int_equal(word(4, 13570), 1); /* sensor 2: against it, V2 */
    assert_int_equal(word(4, 13571), 1);
    assert_int_equal(word(4, 13574), 0xFF); /* an I-35 has three */
    assert_int_equal(word(4, 13575), 5);
    assert_int_equal(word(5, 13575), 3); /* the neutral's */
    assert_int_equal(word(4, 13824 + 2 * 32), 1);
    assert_int_equal(word(4, 13825 + 2 * 32), 1);
    assert_int_equal(word(4, 13826 + 2 * 32), 63);
    assert_int_equal(word(3, 13825), 8);
    assert_int_equal(word(3, 13824 + 32), 0);
    assert_int_equal(word(3, 13826 + 32), 0xFFFF);
    assert_int_equal(words2(3, 18474), 3 * 11547 * 630);
    assert_int_equal(words2(4, 18474), 11547 * 63);
    assert_int_equal(word(2, 50005), profile_find("U-30")->product_id);
    assert_int_equal(word(3, 50008), 0x2345);
    assert_int_equal(word(3, 50009), 0x1234);
    assert_int_equal(word(3, 50010), 103);
    assert_int_equal(word(4, 50008), 0xFFFF); /* a serial number of another kind */
}

/* Whatever piece is read, its words are those of the whole. */
static void any_piece_is_the_same(void **state)
{
    (void)state;
    for (unsigned unit = 1; unit <= plant.device_count; unit++) {
        const struct profile *profile = plant_device_at(&plant, unit)->profile;
        for (size_t b = 0; b < register_block_count; b++) {
            const struct register_block *block = &register_blocks[b];
            for (unsigned n = 0; n < register_block_times(block, profile); n++) {
                unsigned first = block->first + n * block->stride;
                uint8_t whole[2 * 125], piece[2 * 125];
                assert_int_equal(read_unit(unit, first, block->words, whole), EXCEPTION_NONE);
                for (unsigned from = 0; from < block->words; from++)
                    for (unsigned count = 1; from + count <= block->words; count += 1 + count / 3) {
                        assert_int_equal(read_unit(unit, first + from, count, piece),
                                         EXCEPTION_NONE);
                        assert_memory_equal(piece, whole + 2 * from, 2 * count);
                    }
                assert_int_equal(read_unit(unit, first + block->words - 1, 2, piece),
                                 EXCEPTION_ADDRESS);
                assert_int_equal(read_unit(unit, first - 1, 2, piece), EXCEPTION_ADDRESS);
            }
        }
    }
}

/* --- One window ------------------------------------------------------------------------------------- */

#define READS 3000

static atomic_bool enough;

/* Every value of window k is k: a page with two numbers in it was torn. */
static void *publish_windows(void *argument)
{
    (void)argument;
    struct quantity_set set = values_of(3, 0);
    const struct timespec pause = {.tv_nsec = 20000}; /* as if there were something to meter */
    for (unsigned k = 1; !atomic_load(&enough); k++) {
        for (unsigned q = 0; q < Q_EA_POS; q++)
            quantity_put(&set, (enum quantity)q, k);
        for (unsigned e = 0; e < ENERGY_REGISTERS; e++)
            set.energy_mj[e] = (UINT64_C(3600000000) + 360000) * (k % 10000);
        publish(&set);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static bool all_are(const uint8_t *page, unsigned from, unsigned end, uint32_t number)
{
    for (unsigned w = from; w < end; w += 2)
        if (get_be32(page + 2 * w) != number)
            return false;
    return true;
}

static void one_request_is_one_window(void **state)
{
    (void)state;
    struct quantity_set set = values_of(3, 0);
    for (unsigned q = 0; q < Q_EA_POS; q++)
        quantity_put(&set, (enum quantity)q, 0);
    memset(set.energy_mj, 0, sizeof set.energy_mj);
    publish(&set);
    pthread_t writer;
    atomic_store(&enough, false);
    assert_int_equal(pthread_create(&writer, NULL, publish_windows, NULL), 0);
    unsigned changes = 0, torn = 0;
    uint32_t last = 0;
    for (unsigned reads = 0; reads < READS || (changes < 20 && reads < 1000 * READS); reads++) {
        uint8_t page[2 * 92], energies[2 * 27];
        enum pdu_exception e = read_unit(3, 18432, 92, page);
        if (e == EXCEPTION_NONE)
            e = read_unit(3, 19843, 27, energies);
        uint32_t k = get_be32(page + 2 * 44); /* P, in W */
        torn += e != EXCEPTION_NONE || k < last;
        torn += !all_are(page, 12, 18, 100 * k);  /* V1 V2 V3, in 10 mV */
        torn += !all_are(page, 26, 34, 1000 * k); /* I1 I2 I3 IN, in mA */
        torn += !all_are(page, 80, 86, k);        /* S1 S2 S3 */
        uint32_t kwh = get_be32(energies);
        for (unsigned r = 0; r < ENERGY_KINDS; r++)
            torn += get_be32(energies + 6 * r) != kwh || get_be16(energies + 6 * r + 4) != kwh;
        changes += k != last;
        last = k;
    }
    atomic_store(&enough, true);
    pthread_join(writer, NULL);
    assert_int_equal(torn, 0);
    assert_in_range(changes, 20, READS * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shows_quantities, open_house, close_house),
        cmocka_unit_test_setup_teardown(splits_energies, open_house, close_house),
        cmocka_unit_test_setup_teardown(tells_lagging_from_leading, open_house, close_house),
        cmocka_unit_test_setup_teardown(shows_fundamentals_and_harmonics, open_house, close_house),
        cmocka_unit_test_setup_teardown(marks_what_is_not_available, open_house, close_house),
        cmocka_unit_test_setup_teardown(hides_what_is_not_durable, open_house, close_house),
        cmocka_unit_test_setup_teardown(shows_what_is_installed, open_house, close_house),
        cmocka_unit_test_setup_teardown(any_piece_is_the_same, open_house, close_house),
        cmocka_unit_test_setup_teardown(one_request_is_one_window, open_house, close_house),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
