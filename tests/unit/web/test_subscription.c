/* What a WebSocket client may ask for, and the sentence for what it may not. */
#include "web/subscription.h"

#include "../../support/web_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The fixture's places: network of 2, loads 1 and 2 of 3, network of 247, load 1 of 247. */
static struct plant plant;
static struct place_list places;
static uint8_t want[PLACES_MAX];
static char why[SUBSCRIPTION_WHY];

static int begin(void **state)
{
    (void)state;
    fixture_plant(&plant);
    memset(want, 0, sizeof want);
    return !place_list_init(&places, &plant);
}

static int end(void **state)
{
    (void)state;
    place_list_free(&places);
    return 0;
}

static bool say(const char *text)
{
    return subscription_parse(&places, text, strlen(text), want, why);
}

#define EXPECT(a, b, c, d, e) assert_memory_equal(want, ((uint8_t[]){a, b, c, d, e}), 5)

static void lists_every_place(void **state)
{
    (void)state;
    assert_int_equal(places.count, 5);
    assert_true(!places.place[0].load && !places.place[3].load && places.place[4].n == 1);
}

static void takes_messages(void **state)
{
    (void)state;
    assert_true(say("{\"subscribe\":\"all\"}"));
    EXPECT(1, 1, 1, 0, 1); /* the network once */
    assert_true(say("{\"subscribe\":[{\"device\":3,\"load\":2,\"harmonics\":true,\"scope\":true},"
                    "{\"device\":247,\"scope\":true},{\"device\":2,\"harmonics\":false}]}"));
    EXPECT(1, 0, 7, 5, 0);
    assert_true(say("{\"subscribe\":[]}"));
    EXPECT(0, 0, 0, 0, 0);
}

static void refuses_messages(void **state)
{
    (void)state;
    assert_true(say("{\"subscribe\":[{\"device\":2}]}"));
    const char *const bad[][2] = {
        {"", "not JSON"},
        {"{", "not JSON"},
        {"\xff", "not JSON"},
        {"{\"subscribe\":[],\"subscribe\":[]}", "not JSON"},
        {"[]", "A message is"},
        {"{}", "A message is"},
        {"{\"subscribe\":{}}", "A message is"},
        {"{\"subscribe\":\"some\"}", "A message is"},
        {"{\"subscribe\":[3]}", "Entry 0 of \"subscribe\" is not an object"},
        {"{\"subscribe\":[{\"device\":2},{\"load\":1}]}",
         "Entry 1 of \"subscribe\" has no \"device\""},
        {"{\"subscribe\":[{\"device\":0}]}", "\"device\" is not understood"},
        {"{\"subscribe\":[{\"device\":2.5}]}", "\"device\" is not understood"},
        {"{\"subscribe\":[{\"device\":\"2\"}]}", "\"device\" is not understood"},
        {"{\"subscribe\":[{\"device\":3,\"load\":null}]}", "\"load\" is not understood"},
        {"{\"subscribe\":[{\"device\":2,\"scope\":1}]}", "\"scope\" is not understood"},
        {"{\"subscribe\":[{\"device\":2,\"scpoe\":true}]}", "\"scpoe\" is not understood"},
        {"{\"subscribe\":[{\"device\":3}]}", "no device 3 that measures voltage"},
        {"{\"subscribe\":[{\"device\":3,\"load\":3}]}", "no load 3 of a device 3"},
        {"{\"subscribe\":[{\"device\":9}]}", "no device 9"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(say(bad[i][0]));
        if (!strstr(why, bad[i][1]))
            fail_msg("%s: %s", bad[i][0], why);
        EXPECT(1, 0, 0, 0, 0); /* as it was */
    }
}

static void refuses_a_list_without_end(void **state)
{
    (void)state;
    char *text = malloc(40000);
    size_t n = (size_t)sprintf(text, "{\"subscribe\":[{\"device\":2}");
    for (int i = 0; i < SUBSCRIPTION_ENTRIES_MAX; i++)
        n += (size_t)sprintf(text + n, ",{\"device\":2}");
    sprintf(text + n, "]}");
    assert_false(say(text));
    assert_non_null(strstr(why, "more than 512 entries"));
    free(text);
}

static void takes_queries(void **state)
{
    (void)state;
    struct route_match match = {0};
    assert_true(subscription_from_match(&places, &match, want, why));
    EXPECT(1, 1, 1, 0, 1);
    match.argument[LIVE_HARMONICS] = 1;
    assert_true(subscription_from_match(&places, &match, want, why));
    EXPECT(3, 3, 3, 0, 3);
    match = (struct route_match){.argument = {[LIVE_DEVICE] = 247, [LIVE_SCOPE] = 1}};
    assert_true(subscription_from_match(&places, &match, want, why));
    EXPECT(0, 0, 0, 5, 0);
    match.argument[LIVE_LOAD] = 2;
    assert_false(subscription_from_match(&places, &match, want, why));
    match.argument[LIVE_DEVICE] = 0;
    assert_false(subscription_from_match(&places, &match, want, why));
    assert_non_null(strstr(why, "without its device"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        T(lists_every_place),          T(takes_messages), T(refuses_messages),
        T(refuses_a_list_without_end), T(takes_queries),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
