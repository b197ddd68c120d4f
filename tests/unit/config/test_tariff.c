/* Tariffs in an installation file: what a good one becomes, and one sentence for each fault of a bad one. */
#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static struct config config;
static struct config_faults faults;

#define PLANT "busbar: 1\ndevices: [{profile: U-30}]\n"

static const struct config_tariff *parse(const char *text)
{
    char file[4000];
    snprintf(file, sizeof file, PLANT "%s", text);
    if (config_parse(file, strlen(file), "test.yaml", &config, &faults) != ERR_OK)
        fail_msg("%u: %s\n%s", faults.fault[0].line, faults.fault[0].text, file);
    return &config.tariff;
}

static void without_a_section_there_are_no_tariffs(void **state)
{
    (void)state;
    const struct config_tariff *t = parse("");
    assert_true(t->tariffs == 0 && t->season_count == 0 && t->billing_day == 1);
    assert_string_equal(config.clock.zone, "UTC");
    parse("tariff:\n");
    assert_true(parse("tariff: {week_start: Monday}\n")->week_start == 1);
}

static void a_calendar_is_read(void **state)
{
    (void)state;
    const struct config_tariff *t =
        parse("tariff:\n"
              "  rates: [Low, High]\n"
              "  weekend_days: [saturday, Sun]\n"
              "  holiday_template: Mexico\n"
              "  holidays: [1 June, {name: Mine, date: Good Friday}]\n"
              "  demand_response: High\n"
              "  seasons:\n"
              "    - name: Year\n"
              "      weekday: [20:00-24:00 Low, 0:00-6:00 Low, 06:00 - 20:00 High]\n"
              "      weekend: Low\n"
              "      holiday: Low\n"
              "  alternate_days: [{name: A, date: 2 May, schedule: High}]\n");
    const struct config_season *s = &t->season[0];
    assert_true(t->source == TARIFF_BY_CALENDAR && t->tariffs == 2 && t->rate_count == 2);
    assert_int_equal(t->weekend_days, 1 << 6 | 1 << 0);
    assert_int_equal(t->demand_response_rate, 2);
    assert_true(s->from.kind == DATE_EXACT && s->from.month == 1 && s->from.day == 1);
    assert_int_equal(s->weekday.count, 3); /* by time */
    assert_true(s->weekday.segment[0].begin_min == 0 && s->weekday.segment[0].end_min == 360);
    assert_true(s->weekday.segment[1].rate == 2 && s->weekday.segment[2].rate == 1);
    assert_true(s->weekend.count == 1 && s->weekend.segment[0].end_min == 1440);
    struct config_holiday room;
    assert_string_equal(config_holiday(t, 0, &room)->name, "Año Nuevo");
    assert_string_equal(config_holiday(t, 7, &room)->name,
                        "1 June"); /* after the seven of Mexico */
    assert_string_equal(config_holiday(t, 8, &room)->name, "Mine");
    assert_null(config_holiday(t, 9, &room));
}

static void tariffs_need_no_calendar(void **state)
{
    (void)state;
    assert_int_equal(parse("tariff: {source: communication, tariffs: 8}\n")->tariffs, 8);
    assert_int_equal(parse("tariff: {source: inputs, rates: [A, B, C]}\n")->tariffs, 3);
    assert_int_equal(parse("tariff: {source: gateway, tariffs: 4, rates: [A]}\n")->rate_count, 1);
}

/* --- Faults ------------------------------------------------------------------------------------------ */

/* A file with just one fault: `text` begins on line 3. */
struct one {
    const char *text;
    unsigned line;
    const char *words;
};

static void expect(const struct one *cases, size_t count, const char *before)
{
    for (size_t i = 0; i < count; i++) {
        char file[4000];
        snprintf(file, sizeof file, PLANT "%s%s", before, cases[i].text);
        enum err err = config_parse(file, strlen(file), "test.yaml", &config, &faults);
        if (err != ERR_INPUT || faults.count != 1 || faults.fault[0].line != cases[i].line ||
            !strstr(faults.fault[0].text, cases[i].words))
            fail_msg("expected line %u \"%s\", got %u faults; %u: %s\n%s", cases[i].line,
                     cases[i].words, faults.count, faults.fault[0].line,
                     faults.count ? faults.fault[0].text : "", file);
    }
}
#define EXPECT(cases, before) expect(cases, sizeof(cases) / sizeof *(cases), before)

static void zones_that_are_none(void **state)
{
    (void)state;
    static const struct one cases[] = {
        {"clock: {zone: Mars/Olympus_Mons}", 3, "no time zone \"Mars/Olympus_Mons\""},
        {"clock: {zone: /etc/passwd}", 3, "no time zone"},
        {"clock: {zone: \"Europe/ Paris\"}", 3, "such as Europe/Paris is expected"},
    };
    EXPECT(cases, "");
}

static void faults_of_the_section(void **state)
{
    (void)state;
    static const struct one cases[] = {
        {"tariff: {source: inputs}", 3, "\"tariffs\" is missing"},
        {"tariff: {source: input, tariffs: 2}", 3, "did you mean inputs?"},
        {"tariff: {source: communication, tariffs: 9}", 3, "from 1 to 8"},
        {"tariff: {source: communication, tariffs: 2, weekend_days: [Sunday]}", 3,
         "tariffs from communication have no \"weekend_days\""},
        {"tariff: {source: communication, tariffs: 1, rates: [A, B]}", 3, "1 where there are 2"},
        {"tariff: {rates: [A, B]}", 3, "\"seasons\" is missing"},
        {"tariff: {tariffs: 2}", 3, "\"seasons\" is missing"},
        {"tariff: {holidays: [1 May]}", 3, "\"holidays\" needs \"seasons\""},
        {"tariff: {rates: [A, B, C, D, E], seasons: [{name: S, weekday: A}]}", 3, "at most 4"},
        {"tariff: {rates: [A, B, A], seasons: [{name: S, weekday: A}]}", 3,
         "A stands in rates twice"},
        {"tariff: {rates: [\"A,B\"], seasons: []}", 3, "without a comma"},
        {"tariff: {rates: [A], billing_day: 29, seasons: [{name: S, weekday: A}]}", 3, "1 to 28"},
        {"tariff: {rates: [A], week_start: Moonday, seasons: [{name: S, weekday: A}]}", 3,
         "did you mean Monday?"},
        {"tariff: {rates: [A], weekend_days: [Sunday, Sunday], seasons: [{name: S, weekday: A}]}",
         3, "twice"},
        {"tariff: {rates: [A], demand_response: B, seasons: [{name: S, weekday: A}]}", 3,
         "there is no rate \"B\""},
    };
    EXPECT(cases, "");
    static const char panel_meter[] = "busbar: 1\ndevices: [{profile: A-200}]\n"
                                      "tariff: {source: communication, tariffs: 5}\n";
    assert_int_equal(config_parse(panel_meter, strlen(panel_meter), "test.yaml", &config, &faults),
                     ERR_INPUT);
    assert_non_null(strstr(faults.fault[0].text, "A-200 counts 4 at most"));
}

#define RATES "tariff:\n  rates: [Low, High]\n  seasons:\n  - name: S\n"

static void faults_of_schedules(void **state)
{
    (void)state;
    static const struct one cases[] = {
        {"    weekday: Hihg", 7, "there is no rate \"Hihg\"; did you mean High?"},
        {"    weekday: [00:00-12:00 Low, 12:00-24:00 Medium]", 7, "no rate \"Medium\""},
        {"    weekday: [00:00-12:00 Low, 11:00-24:00 High]", 7,
         "11:00-24:00 High overlaps 00:00-12:00 Low"},
        {"    weekday: [00:00-24:00 Low, 05:00-06:00 High]", 7, "05:00-06:00 High overlaps Low"},
        {"    weekday: [00:00-11:00 Low, 12:00-24:00 High]", 7, "from 11:00 to 12:00"},
        {"    weekday: [06:00-24:00 Low]", 7, "from 00:00 to 06:00"},
        {"    weekday: [00:00-22:00 Low]", 7, "from 22:00 to 24:00"},
        {"    weekday: [22:00-06:00 Low, 06:00-22:00 High]", 7, "passes midnight"},
        {"    weekday: [06:00-06:00 Low]", 7, "lasts no time"},
        {"    weekday: [00:00-24:30 Low]", 7, "segments such as"},
        {"    weekday: [00:00-12:60 Low]", 7, "segments such as"},
        {"    weekday: [00.00-12.00 Low]", 7, "segments such as"},
        {"    weekday: []", 7, "empty list"},
        {"    weekday: [0:00-1:00 Low,1:00-2:00 Low,2:00-3:00 Low,3:00-4:00 Low,4:00-5:00 Low,"
         "5:00-6:00 Low,6:00-7:00 Low,7:00-24:00 Low,8:00-9:00 Low]",
         7, "the ninth segment"},
        {"    from: 1 May", 6, "\"weekday\" is missing"},
        {"    weekday: Low\n    weekend: Low", 8, "there are no weekend_days"},
        {"    weekday: Low\n    holiday: Low", 8, "there are no holidays"},
        {"    weekday: Low\n  weekend_days: [Sunday]", 6, "\"weekend\" of this season is missing"},
        {"    weekday: Low\n  holiday_template: Canada", 6,
         "\"holiday\" of this season is missing"},
        {"    weekday: Low\n  alternate_days: [{name: A, date: 1 May, schedule: X}]", 8,
         "no rate \"X\""},
        {"    weekday: Low\n  alternate_days: [{name: A, date: 1 May}]", 8,
         "\"schedule\" is missing"},
    };
    EXPECT(cases, RATES);
}

#define SEASONS "tariff:\n  rates: [Low]\n  seasons:\n"

static void faults_of_seasons(void **state)
{
    (void)state;
    static const struct one cases[] = {
        {"  - {name: A, weekday: Low}\n  - {name: B, weekday: Low, from: 1 May}", 6,
         "\"from\" is missing"},
        {"  - {name: A, weekday: Low, from: 1 May}\n  - {name: A, weekday: Low, from: 1 June}", 7,
         "A stands in seasons twice"},
        {"  - {name: A, weekday: Low, from: 29 February}", 6, "most years do not have"},
        {"  - {name: A, weekday: Low, from: 31 June}", 6, "no year has"},
        {"  - {name: A, weekday: Low, from: 1 May}\n  - {name: B, weekday: Low, from: 1 May}", 6,
         "A and B both begin on"},
        /* the same day only in some years: 2004 is the first */
        {"  - {name: A, weekday: Low, from: 9 May}\n"
         "  - {name: B, weekday: Low, from: second Sunday of May}",
         6, "both begin on 2004-05-09"},
        {"  - {name: A, weekday: Low, from: 1 May, to: 30 September}\n"
         "  - {name: B, weekday: Low, from: 1 September}",
         6, "A overlaps B from 2000-09-01 to 2000-09-30"},
        {"  - {name: A, weekday: Low, from: 1 May, to: 31 August}\n"
         "  - {name: B, weekday: Low, from: 15 September}",
         6, "no season covers 2000-09-01 to 2000-09-14, between A and B"},
        /* 29 February, four years later */
        {"  - {name: A, weekday: Low, from: 1 May, to: 28 February}\n"
         "  - {name: B, weekday: Low, from: 1 March}",
         6, "no season covers 2000-02-29"},
        {"  - {name: A, weekday: Low, from: 1 January}\n  - {name: B, weekday: Low, from: 1 "
         "March}\n"
         "  - {name: C, weekday: Low, from: 1 May}\n  - {name: D, weekday: Low, from: 1 July}\n"
         "  - {name: E, weekday: Low, from: 1 August}",
         10, "seasons: there are at most 4"},
    };
    EXPECT(cases, SEASONS);
}

static void faults_of_holidays(void **state)
{
    (void)state;
    static const struct one cases[] = {
        {"  holidays: [29 February]", 5, "most years do not have"},
        {"  holidays: [Eastern Sunday]", 5, "a date such as"},
        {"  holidays: [{name: X}]", 5, "\"date\" is missing"},
        {"  holiday_template: Brasil", 5, "none, United States, Canada, Mexico"},
        {"  holiday_template: Canada\n  holidays: [1 May, 2 May, 3 May, 4 May, 5 May, 6 May, 7 "
         "May]",
         6, "17 holidays with those of the template; at most 16"},
        {"  alternate_days: [{name: A, date: 1 May, schedule: A}, {name: B, date: 2 May, schedule: "
         "A}, "
         "{name: C, date: 3 May, schedule: A}]",
         5, "alternate_days: there are at most 2"},
    };
    static const char *const need = "tariff:\n  rates: [A]\n";
    static const char *const end = "\n  seasons: [{name: S, weekday: A, holiday: A}]";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[600];
        bool holiday = !strstr(cases[i].text, "alternate");
        snprintf(text, sizeof text, "%s%s", cases[i].text,
                 holiday ? end : "\n  seasons: [{name: S, weekday: A}]");
        const struct one one = {text, cases[i].line, cases[i].words};
        expect(&one, 1, need);
    }
}

static void it_is_printed_as_it_is_read(void **state)
{
    (void)state;
    struct text once, twice;
    text_init(&once, 0);
    text_init(&twice, 0);
    parse("clock: {zone: UTC}\n"
          "tariff:\n"
          "  rates: ['Lo\"w', High]\n"
          "  weekend_days: Sunday\n"
          "  holiday_template: United States\n"
          "  seasons:\n"
          "  - {name: A, from: third Sun of March, weekday: [\"0:00-5:07 Lo\\\"w\", 5:07-24:00 "
          "High], "
          "weekend: High, holiday: High}\n"
          "  - {name: B, from: 11-01, to: Saturday on or before 20 March, weekday: High, "
          "weekend: High, holiday: High}\n");
    config_print(&config, &once);
    struct config_tariff before = config.tariff;
    assert_int_equal(config_parse(once.bytes, once.length, "again", &config, &faults), ERR_OK);
    assert_memory_equal(&config.tariff, &before, sizeof before);
    config_print(&config, &twice);
    assert_string_equal(once.bytes, twice.bytes);
    assert_non_null(strstr(once.bytes, "05:07-24:00 High"));
    text_free(&once);
    text_free(&twice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_section_there_are_no_tariffs),
        cmocka_unit_test(a_calendar_is_read),
        cmocka_unit_test(tariffs_need_no_calendar),
        cmocka_unit_test(zones_that_are_none),
        cmocka_unit_test(faults_of_the_section),
        cmocka_unit_test(faults_of_schedules),
        cmocka_unit_test(faults_of_seasons),
        cmocka_unit_test(faults_of_holidays),
        cmocka_unit_test(it_is_printed_as_it_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
