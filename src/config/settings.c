/* Every key of the installation file: the lines are in settings.def; here are the names
 * that choices go by, the checks of texts, and how a line becomes a struct. */
#include "config/setting.h"

#include "wave/role.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(enum network_type) == sizeof(int), "a choice is stored as an int");

/* --- Choices and checks ---------------------------------------------------------------------------- */

static const char *network_name(int n)
{
    return n < NETWORK_TYPES ? network_type_info((enum network_type)n)->name : NULL;
}

static const char *load_name(int n)
{
    return n < LOAD_TYPES ? load_type_info((enum load_type)n)->name : NULL;
}

static const char *profile_name(int n)
{
    return profiles[n].name;
}

static const char *source_name(int n)
{
    static const char *const names[CONFIG_SOURCE_TYPES] = {
        [CONFIG_SOURCE_SIMULATOR] = "simulator",
        [CONFIG_SOURCE_RECORDING] = "recording",
        [CONFIG_SOURCE_SAMPLED_VALUES] = "sampled_values",
    };
    return n < CONFIG_SOURCE_TYPES ? names[n] : NULL;
}

static const char *reactive_name(int n)
{
    static const char *const names[] = {
        [REACTIVE_IEC61557] = "iec61557", [REACTIVE_FUNDAMENTAL] = "fundamental", NULL};
    return names[n];
}

static const char *lamp_name(int n)
{
    static const char *const names[] = {[FLICKER_LAMP_AUTO] = "auto",
                                        [FLICKER_LAMP_230] = "230V",
                                        [FLICKER_LAMP_120] = "120V",
                                        NULL};
    return names[n];
}

static const char *total_name(int n)
{
    static const char *const names[] = {
        [TOTAL_VECTOR] = "vector", [TOTAL_ARITHMETIC] = "arithmetic", NULL};
    return names[n];
}

static const char *energy_name(int n)
{
    static const char *const names[] = {
        [PLANT_ENERGY_NET] = "net", [PLANT_ENERGY_PER_PHASE] = "per_phase", NULL};
    return names[n];
}

static const char *values_name(int n)
{
    static const char *const names[] = {
        [CONFIG_VALUES_PRIMARY] = "primary", [CONFIG_VALUES_SECONDARY] = "secondary", NULL};
    return names[n];
}

static const char *pf_sign_name(int n)
{
    static const char *const names[] = {[PF_SIGN_IEC] = "iec", [PF_SIGN_IEEE] = "ieee", NULL};
    return names[n];
}

static const char *direction_name(int n)
{
    static const char *const names[] = {"normal", "reversed", NULL};
    return names[n];
}

static const char *speed_name(int n)
{
    static const char *const names[] = {"9600", "19200", "38400", "57600", "115200", NULL};
    return names[n];
}

unsigned config_serial_baud(int speed)
{
    return (unsigned)strtoul(speed_name(speed), NULL, 10);
}

static const char *parity_name(int n)
{
    static const char *const names[] = {[SERIAL_PARITY_NONE] = "none",
                                        [SERIAL_PARITY_EVEN] = "even",
                                        [SERIAL_PARITY_ODD] = "odd",
                                        NULL};
    return names[n];
}

const char *config_tariff_source_name(int n)
{
    static const char *const names[] = {[TARIFF_BY_CALENDAR] = "calendar",
                                        [TARIFF_BY_COMMUNICATION] = "communication",
                                        [TARIFF_BY_INPUTS] = "inputs",
                                        [TARIFF_BY_GATEWAY] = "gateway",
                                        NULL};
    return names[n];
}

static bool is_serial(const char *text)
{
    return !text[strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")];
}

static bool is_ascii(const char *text)
{
    while (*text >= 0x20 && *text < 0x7f)
        text++;
    return !*text;
}

static bool is_role(const char *text)
{
    struct wave_place place;
    return wave_place_parse(text, strlen(text), &place);
}

static bool is_number(const char *text)
{
    double value;
    return value_read(text, DIMENSION_NONE, &value) == VALUE_GOOD;
}

static bool is_interface(const char *text)
{
    return !strpbrk(text, "/: ");
}

/* Whether it is there is asked by a rule. */
static bool is_zone(const char *text)
{
    return *text && !strchr(text, ' ');
}

/* A numeric address; the operating system has the last word when the server starts. */
static bool is_address(const char *text)
{
    unsigned dots = 0, colons = 0;
    for (const char *c = text; *c; c++) {
        dots += *c == '.';
        colons += *c == ':';
    }
    if (colons >= 2)
        return !text[strspn(text, "0123456789abcdefABCDEF:.")];
    return dots == 3 && !text[strspn(text, "0123456789.")];
}

/* --- The lines ------------------------------------------------------------------------------------- */

#define REQUIRED      .required = true
#define OPTIONAL      .required = false
#define DEFAULT(text) .initial = (text)

#define LINE(type_, owner, key_, field, ...)     \
    {.key = (key_),                              \
     .type = SETTING_##type_,                    \
     .offset = offsetof(struct owner, field),    \
     .size = sizeof(((struct owner *)0)->field), \
     __VA_ARGS__},
#define NUMBER(owner, key, field, dimension_, min_, max_, need, text)                   \
    LINE(NUMBER, owner, key, field, .dimension = DIMENSION_##dimension_, .min = (min_), \
         .max = (max_), need, .sentence = (text))
#define INTEGER(owner, key, field, min_, max_, need, text) \
    LINE(INTEGER, owner, key, field, .min = (min_), .max = (max_), need, .sentence = (text))
#define FLAG(owner, key, field, need, text) LINE(FLAG, owner, key, field, need, .sentence = (text))
#define TEXT(owner, key, field, check_, expected_, need, text)                      \
    LINE(TEXT, owner, key, field, .check = (check_), .expected = (expected_), need, \
         .sentence = (text))
#define CHOICE(owner, key, field, names, need, text) \
    LINE(CHOICE, owner, key, field, .choice = (names), need, .sentence = (text))
#define WORDS(owner, key, field, check_, expected_, need, text)                      \
    LINE(WORDS, owner, key, field, .check = (check_), .expected = (expected_), need, \
         .sentence = (text))
#define POWER_FACTOR(owner, key, field, text) \
    LINE(POWER_FACTOR, owner, key, field, .derived = true, .sentence = (text))
#define HARMONICS(owner, key, field, percent, text) \
    LINE(HARMONICS, owner, key, field, .max = (percent), .sentence = (text))
#define CONDUCTORS(owner, key, field, most, need, text) \
    LINE(CONDUCTORS, owner, key, field, .max = (most), need, .sentence = (text))
#define DATE(owner, key, field, need, text) LINE(DATE, owner, key, field, need, .sentence = (text))
#define WEEKDAYS(owner, key, field, need, text) \
    LINE(WEEKDAYS, owner, key, field, need, .sentence = (text))
#define SCHEDULE(owner, key, field, need, text) \
    LINE(SCHEDULE, owner, key, field, need, .sentence = (text))
#define SECTION(owner, key, field, section_, text) \
    LINE(SECTION, owner, key, field, .section = &section_##_section, .sentence = (text))
#define SAME(owner, key_, section_, text) \
    {.key = (key_),                       \
     .type = SETTING_SECTION,             \
     .size = sizeof(struct owner),        \
     .section = &section_##_section,      \
     .sentence = (text)},
#define LIST(owner, key, field, count_, most, section_, need, text)                       \
    LINE(LIST, owner, key, field, .count = offsetof(struct owner, count_), .max = (most), \
         .section = &section_##_section, need, .sentence = (text))
#define BEGIN(part) static const struct setting part##_settings[] = {
/* clang-format off */
#define END(part, name_, owner, single_, text)                   \
    };                                                           \
    static const struct section part##_section = {               \
        .name = (name_),                                         \
        .sentence = (text),                                      \
        .size = sizeof(struct owner),                            \
        .settings = part##_settings,                             \
        .count = sizeof part##_settings / sizeof *part##_settings, \
        .single = (single_)};
/* clang-format on */

#include "config/settings.def"

const struct section *const config_file_section = &file_section;

unsigned section_find(const struct section *s, const char *key)
{
    unsigned i = 0;
    while (i < s->count && strcmp(s->settings[i].key, key) != 0)
        i++;
    return i;
}
