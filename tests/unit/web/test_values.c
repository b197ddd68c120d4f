/* Values, spectra and traces as JSON and CSV, read back by jansson. */
#include "web/values.h"

#include "../../support/web_fixture.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct plant plant;
static struct quantity_set set;
static struct place load, network;
static struct text text;
static struct json j;

static int begin(void **state)
{
    (void)state;
    fixture_plant(&plant);
    fixture_set(&set, 1, 7);
    text_init(&text, 0);
    json_init(&j, &text, 0);
    return !place_find(&plant, 3, 1, &load) || !place_find(&plant, 2, 0, &network);
}

static int end(void **state)
{
    (void)state;
    text_free(&text);
    return 0;
}

static json_t *read_back(void)
{
    json_error_t error;
    json_t *read = json_loads(text.bytes, JSON_REJECT_DUPLICATES, &error);
    if (!read)
        fail_msg("%s in %s", error.text, text.bytes);
    return read;
}

static bool listed(json_t *list, const char *word)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) if (strcmp(json_string_value(item), word) == 0) return true;
    return false;
}

static void a_place_has_its_scope_and_name(void **state)
{
    (void)state;
    struct place p;
    assert_string_equal(place_name(&load), "Presse \"A\" \\ <1>");
    assert_string_equal(place_name(&network), "Busbar");
    assert_int_equal(place_scope(&load), SCOPE_LOAD);
    assert_int_equal(place_scope(&network), SCOPE_NETWORK);
    assert_int_equal(network.point, 0);
    assert_true(place_find(&plant, 247, 0, &p) && place_find(&plant, 247, 1, &p));
    assert_false(place_find(&plant, 1, 0, &p) || place_find(&plant, 3, 0, &p));
    assert_false(place_find(&plant, 3, 3, &p) || place_find(&plant, 9, 1, &p));
}

static void writes_values(void **state)
{
    (void)state;
    set.value[Q_V1] = 230.123456789012;
    set.value[Q_EA_POS] = 123456789.012345;
    set.quality[Q_V1] = QUALITY_VALID | QUALITY_FLAGGED | QUALITY_SHORT;
    set.value[Q_I1] = NAN; /* whatever gave it: it is not available */
    values_put_json(&j, &load, &set, 42, false);
    json_t *read = read_back(), *values = json_object_get(read, "values");
    assert_int_equal(json_integer_value(json_object_get(read, "device")), 3);
    assert_int_equal(json_integer_value(json_object_get(read, "load")), 1);
    assert_int_equal(json_integer_value(json_object_get(read, "sequence")), 42);
    assert_string_equal(json_string_value(json_object_get(read, "start")),
                        "2026-01-02T03:03:06.200000Z");
    assert_string_equal(json_string_value(json_object_get(read, "end")),
                        "2026-01-02T03:03:06.400000Z");
    assert_true(listed(json_object_get(read, "flags"), "simulated"));
    json_t *v1 = json_object_get(values, "V1");
    assert_true(json_number_value(json_object_get(v1, "value")) == 230.123457);
    assert_string_equal(json_string_value(json_object_get(v1, "unit")), "V");
    json_t *quality = json_object_get(v1, "quality");
    assert_true(json_array_size(quality) == 2 && listed(quality, "flagged") &&
                listed(quality, "short"));
    json_t *energy = json_object_get(json_object_get(values, "EA_POS"), "value");
    assert_true(json_number_value(energy) == 123456789.012345); /* a counter keeps all */
    json_t *missing = json_object_get(read, "not_available");
    assert_null(json_object_get(values, "I1"));
    assert_true(listed(missing, "I1"));
    assert_false(listed(missing, "V1") || listed(missing, "V2")); /* V2: of the other scope */
    for (int q = 0; q < Q_COUNT; q++) {
        const struct quantity_info *info = quantity_info((enum quantity)q);
        bool there = json_object_get(values, info->name);
        assert_int_equal(there, q % 3 != 2 && q != Q_I1);
        assert_int_equal(listed(missing, info->name), !there && info->scope == SCOPE_LOAD);
    }
    assert_null(json_object_get(read, "harmonics"));
    json_decref(read);
}

static void writes_harmonics(void **state)
{
    (void)state;
    set.spectrum[SPECTRUM_V3].highest = 2;
    set.spectrum[SPECTRUM_V3].rms[1] = 0;
    values_put_json(&j, &network, &set, 1, true);
    json_t *read = read_back(), *all = json_object_get(read, "harmonics");
    assert_null(json_object_get(read, "load"));
    assert_int_equal(json_object_size(all), (SPECTRUM_COUNT + 1) / 2);
    json_t *v1 = json_object_get(all, "V1");
    assert_int_equal(json_integer_value(json_object_get(v1, "highest")), 63);
    assert_true(json_number_value(json_object_get(v1, "dc")) == -0.25);
    assert_float_equal(json_number_value(json_object_get(v1, "angle_deg")), -1.25 * 180 / M_PI,
                       1e-3);
    json_t *rms = json_object_get(v1, "rms"), *percent = json_object_get(v1, "percent");
    assert_int_equal(json_array_size(rms), 63);
    assert_true(json_number_value(json_array_get(rms, 0)) == 200);
    assert_float_equal(json_number_value(json_array_get(percent, 62)), 100.0 / 63, 1e-4);
    json_t *flat = json_object_get(all, "V3"); /* nothing to be a percentage of */
    assert_int_equal(json_array_size(json_object_get(flat, "rms")), 2);
    assert_null(json_object_get(flat, "percent"));
    assert_null(json_object_get(all, "V2"));
    json_decref(read);
}

static void writes_live_messages(void **state)
{
    (void)state;
    struct trace trace;
    fixture_trace(&trace, 1, 7);
    trace.frames = 3;
    set.value[Q_V1] = 230.123456789;
    values_put_live(&j, &load, &set, 9, true, &trace);
    json_t *read = read_back();
    json_t *v1 = json_object_get(json_object_get(read, "values"), "V1");
    assert_true(json_number_value(json_array_get(v1, 0)) == 230.1235);
    assert_int_equal(json_integer_value(json_array_get(v1, 1)), QUALITY_VALID | QUALITY_SIMULATED);
    json_t *scope = json_object_get(read, "scope"), *lanes = json_object_get(scope, "lanes");
    assert_string_equal(json_string_value(json_object_get(scope, "start")),
                        "2026-01-02T03:03:06.400000001Z");
    assert_int_equal(json_object_size(lanes), 4);
    assert_int_equal(json_array_size(json_object_get(lanes, "I1")), 3);
    assert_true(json_number_value(json_array_get(json_object_get(lanes, "I1"), 0)) == 3);
    assert_non_null(json_object_get(read, "harmonics"));
    json_decref(read);
}

static void writes_csv(void **state)
{
    (void)state;
    for (int q = 3; q < Q_COUNT; q++)
        set.quality[q] = 0;
    set.value[Q_V1] = 230.1;
    values_put_csv(&text, &load, &set);
    assert_string_equal(text.bytes, "device,load,end,quantity,value,unit,quality\r\n"
                                    "3,1,2026-01-02T03:03:06.400000Z,F,1,Hz,held simulated\r\n"
                                    "3,1,2026-01-02T03:03:06.400000Z,V1,230.1,V,simulated\r\n");
    text_clear(&text);
    set.quality[Q_F] = 0;
    values_put_csv(&text, &network, &set);
    assert_string_equal(text.bytes, "device,load,end,quantity,value,unit,quality\r\n"
                                    "2,,2026-01-02T03:03:06.400000Z,V1,230.1,V,simulated\r\n");
}

static void reads_a_window_and_its_number(void **state)
{
    (void)state;
    struct table *t = table_new(plant.point_count);
    uint64_t sequence;
    assert_false(values_read(t, 1, &set, &sequence));
    fixture_publish(t, 1);
    fixture_publish(t, 2);
    assert_true(values_read(t, 1, &set, &sequence));
    assert_int_equal(sequence, 2);
    assert_true(set.end_ns == FIXTURE_START_NS + 2 * FIXTURE_STEP_NS);
    table_free(t);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        T(a_place_has_its_scope_and_name), T(writes_values), T(writes_harmonics),
        T(writes_live_messages),           T(writes_csv),    T(reads_a_window_and_its_number),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
