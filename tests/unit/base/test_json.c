/* The JSON writer, read back by a parser that is not ours. */
#include "base/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static struct text out;
static struct json j;

static int begin(void **state)
{
    (void)state;
    text_init(&out, 0);
    json_init(&j, &out, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    text_free(&out);
    return 0;
}

static void write_sample(void)
{
    json_put_object(&j);
    json_put_key_string(&j, "schema", "busbar-analysis/1");
    json_put_key_number(&j, "duration_s", 0.25);
    json_put_key_integer(&j, "big", INT64_MIN);
    json_put_key_bool(&j, "live", false);
    json_put_key(&j, "start");
    json_put_null(&j);
    json_put_key(&j, "empty");
    json_put_object(&j);
    json_put_end_object(&j);
    json_put_key(&j, "list");
    json_put_array(&j);
    json_put_number(&j, 1);
    json_put_array(&j);
    json_put_end_array(&j);
    json_put_object(&j);
    json_put_key_number(&j, "x", -0.5);
    json_put_key_number(&j, "none", NAN);
    json_put_end_object(&j);
    json_put_string(&j, "end");
    json_put_end_array(&j);
    json_put_key_bool(&j, "done", true);
    json_put_end_object(&j);
}

static void writes_on_one_line(void **state)
{
    (void)state;
    write_sample();
    assert_string_equal(out.bytes,
                        "{\"schema\":\"busbar-analysis/1\",\"duration_s\":0.25,"
                        "\"big\":-9223372036854775808,\"live\":false,\"start\":null,"
                        "\"empty\":{},\"list\":[1,[],{\"x\":-0.5,\"none\":null},\"end\"],"
                        "\"done\":true}");
}

static void writes_indented(void **state)
{
    (void)state;
    json_init(&j, &out, 2);
    json_put_object(&j);
    json_put_key_number(&j, "a", 1);
    json_put_key(&j, "b");
    json_put_array(&j);
    json_put_number(&j, 2);
    json_put_object(&j);
    json_put_end_object(&j);
    json_put_end_array(&j);
    json_put_end_object(&j);
    assert_string_equal(out.bytes, "{\n  \"a\": 1,\n  \"b\": [\n    2,\n    {}\n  ]\n}");
}

static void both_ways_mean_the_same(void **state)
{
    (void)state;
    json_error_t error;
    write_sample();
    json_t *flat = json_loads(out.bytes, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(flat);
    text_clear(&out);
    json_init(&j, &out, 4);
    write_sample();
    json_t *indented = json_loads(out.bytes, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(indented);
    assert_true(json_equal(flat, indented));
    json_decref(flat);
    json_decref(indented);
}

static void strings_survive(void **state)
{
    (void)state;
    char all[256];
    for (int i = 1; i < 128; i++)
        all[i - 1] = (char)i;
    strcpy(all + 127, "Größe 電圧 😀 \xe2\x80\xa8");
    json_put_array(&j);
    json_put_string(&j, all);
    json_put_string(&j, "cut \xe9\x9b");
    json_put_string(&j, "\xff\xc0\x80");
    json_put_string(&j, "");
    json_put_end_array(&j);
    json_error_t error;
    json_t *read = json_loads(out.bytes, 0, &error);
    assert_non_null(read);
    assert_string_equal(json_string_value(json_array_get(read, 0)), all);
    assert_string_equal(json_string_value(json_array_get(read, 1)), "cut \xef\xbf\xbd\xef\xbf\xbd");
    assert_string_equal(json_string_value(json_array_get(read, 2)),
                        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    assert_string_equal(json_string_value(json_array_get(read, 3)), "");
    json_decref(read);
}

static void nests_to_its_depth(void **state)
{
    (void)state;
    for (int i = 0; i < JSON_DEPTH_MAX; i++) {
        if (i % 2 == 0) {
            json_put_object(&j);
            json_put_key(&j, "k");
        } else {
            json_put_array(&j);
        }
    }
    json_put_null(&j);
    for (int i = JSON_DEPTH_MAX - 1; i >= 0; i--) {
        if (i % 2 == 0)
            json_put_end_object(&j);
        else
            json_put_end_array(&j);
    }
    json_error_t error;
    json_t *read = json_loads(out.bytes, JSON_DECODE_ANY, &error);
    assert_non_null(read);
    json_decref(read);
    assert_int_equal(j.depth, 0);
}

static void a_full_text_ends_the_document(void **state)
{
    (void)state;
    text_free(&out);
    text_init(&out, 20);
    json_put_array(&j);
    for (int i = 0; i < 1000; i++)
        json_put_number(&j, i);
    json_put_end_array(&j);
    assert_true(out.failed);
    assert_true(out.length <= 20);
}

static void rounds_to_digits(void **state)
{
    (void)state;
    json_put_array(&j);
    json_put_number_rounded(&j, 230.123456789, 7);
    json_put_number_rounded(&j, -1e-300 / 3, 3);
    json_put_number_rounded(&j, 123456789, 4);
    json_put_number_rounded(&j, INFINITY, 7);
    json_put_end_array(&j);
    assert_string_equal(out.bytes, "[230.1235,-3.33e-301,1.235e+08,null]");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        T(writes_on_one_line), T(writes_indented),    T(both_ways_mean_the_same),
        T(strings_survive),    T(nests_to_its_depth), T(a_full_text_ends_the_document),
        T(rounds_to_digits),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
