/* The way back: from an installation to a file with every key, and from the lines of settings.def to the
 * reference page. */
#include "config/setting.h"

#include <stdlib.h>
#include <string.h>

/* --- From the installation to the draft --------------------------------------------------------------- */

static void draft_load(const struct plant_load *from, struct draft_load *to)
{
    memcpy(to->name, from->name, sizeof to->name);
    to->type = (int)from->type;
    to->rated_current_a = from->rated_current_a;
    to->demand_current_a = from->demand_current_a;
    to->ct_primary_a = from->ct_primary_a;
    to->ct_secondary_a = from->ct_secondary_a;
    for (unsigned current = 0; current < 4; current++)
        if (from->input[current])
            to->sensor[to->sensor_count++] = (struct draft_sensor){
                .input = from->input[current],
                .conductor = current == 3 ? 8 : 1u << (from->phase[current] - 1),
                .direction = from->reversed[current],
                .calibration = from->sensor[current],
            };
}

static void draft_of(const struct config *c, struct draft *d)
{
    section_set_defaults(config_file_section, d);
    d->version = CONFIG_VERSION;
    memcpy(d->name, c->plant.name, sizeof d->name);
    d->network = c->plant.network;
    d->measurement = c->plant.measurement;
    d->source = c->source;
    d->simulation = c->simulation;
    d->servers = c->servers;
    d->modbus_tls = c->modbus_tls;
    d->serial = c->serial;
    d->data = c->data;
    d->clock = c->clock;
    d->tariff = c->tariff;
    d->waveforms = c->waveforms;
    d->device_count = c->plant.device_count;
    for (unsigned i = 0; i < d->device_count; i++) {
        const struct plant_device *from = &c->plant.device[i];
        struct draft_device *to = &d->device[i];
        to->profile = (int)(from->profile - profiles);
        to->address = from->address;
        memcpy(to->name, from->name, sizeof to->name);
        memcpy(to->serial, from->serial, sizeof to->serial);
        memcpy(to->extended_name, from->extended_name, sizeof to->extended_name);
        to->load_count = from->load_count;
        for (unsigned l = 0; l < from->load_count; l++) {
            draft_load(&from->load[l], &to->load[l]);
            to->load[l].simulation = c->load[from->load[l].point - 1];
        }
    }
}

/* --- Values -------------------------------------------------------------------------------------------- */

static void quoted(struct text *out, const char *text)
{
    text_puts(out, "\"");
    for (; *text; text++)
        text_printf(out, "%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
    text_puts(out, "\"");
}

static void print_words(struct text *out, const char *list)
{
    text_puts(out, "[");
    while (*list) {
        size_t length = strcspn(list, ",");
        text_printf(out, "\"%.*s\"", (int)length, list);
        list += length;
        if (*list++ == ',')
            text_puts(out, ", ");
        else
            break;
    }
    text_puts(out, "]");
}

static void print_harmonics(struct text *out, const struct config_harmonics *h)
{
    text_puts(out, "{");
    for (unsigned i = 0; i < h->count; i++) {
        char percent[VALUE_TEXT], angle[VALUE_TEXT];
        value_write(h->item[i].percent, DIMENSION_PERCENT, percent);
        value_write(h->item[i].angle_deg, DIMENSION_ANGLE, angle);
        text_printf(out, "%s%u: %s", i ? ", " : "", h->item[i].order, percent);
        if (h->item[i].angle_deg != 0)
            text_printf(out, " at %s", angle);
    }
    text_puts(out, "}");
}

static void print_conductors(struct text *out, unsigned set, bool several)
{
    static const char *const names[] = {"L1", "L2", "L3", "N"};
    bool first = true;
    text_puts(out, several ? "[" : "");
    for (unsigned i = 0; i < 4; i++)
        if (set >> i & 1) {
            text_printf(out, "%s%s", first ? "" : ", ", names[i]);
            first = false;
        }
    text_puts(out, several ? "]" : "");
}

static void print_weekdays(struct text *out, unsigned set)
{
    const char *between = "";
    text_puts(out, "[");
    for (int day = 0; weekday_name(day); day++)
        if (set >> day & 1) {
            text_printf(out, "%s%s", between, weekday_name(day));
            between = ", ";
        }
    text_puts(out, "]");
}

static void print_schedule(struct text *out, const struct config_schedule *s)
{
    text_puts(out, "[");
    for (unsigned i = 0; i < s->count; i++) {
        char segment[CONFIG_SEGMENT_TEXT];
        config_segment_write(&s->segment[i], segment);
        text_puts(out, i ? ", " : "");
        quoted(out, segment);
    }
    text_puts(out, "]");
}

static void print_value(struct text *out, const struct setting *s, const void *field)
{
    char value[VALUE_TEXT], date[DATE_RULE_TEXT];
    switch (s->type) {
    case SETTING_NUMBER:
        value_write(*(const double *)field, s->dimension, value);
        text_puts(out, value);
        break;
    case SETTING_INTEGER:
        text_printf(out, "%u", *(const unsigned *)field);
        break;
    case SETTING_FLAG:
        text_puts(out, *(const bool *)field ? "yes" : "no");
        break;
    case SETTING_TEXT:
        quoted(out, field);
        break;
    case SETTING_CHOICE:
        text_puts(out, s->choice(*(const int *)field));
        break;
    case SETTING_WORDS:
        print_words(out, field);
        break;
    case SETTING_HARMONICS:
        print_harmonics(out, field);
        break;
    case SETTING_CONDUCTORS:
        print_conductors(out, *(const unsigned *)field, s->max > 1);
        break;
    case SETTING_DATE:
        date_rule_write(field, date);
        text_puts(out, date);
        break;
    case SETTING_WEEKDAYS:
        print_weekdays(out, *(const unsigned *)field);
        break;
    case SETTING_SCHEDULE:
        print_schedule(out, field);
        break;
    case SETTING_POWER_FACTOR:
    case SETTING_SECTION:
    case SETTING_LIST:
        break;
    }
}

/* Left out, because there is no value that a file could say: an empty text, an optional number at 0. */
static bool is_absent(const struct setting *s, const void *field)
{
    switch (s->type) {
    case SETTING_TEXT:
    case SETTING_WORDS:
        return !*(const char *)field;
    case SETTING_NUMBER:
        return !s->initial && !s->required && *(const double *)field == 0;
    case SETTING_INTEGER:
        return !s->initial && !s->required && *(const unsigned *)field == 0;
    case SETTING_FLAG:
        return !s->initial && !*(const bool *)field;
    case SETTING_HARMONICS:
        return ((const struct config_harmonics *)field)->count == 0;
    case SETTING_DATE:
        return ((const struct date_rule *)field)->kind == DATE_NONE;
    case SETTING_WEEKDAYS:
        return *(const unsigned *)field == 0;
    case SETTING_SCHEDULE:
        return ((const struct config_schedule *)field)->count == 0;
    case SETTING_POWER_FACTOR:
        return true; /* the angle is printed */
    default:
        return false;
    }
}

/* --- Sections --------------------------------------------------------------------------------------------- */

static void print_section(struct text *out, const struct section *s, const void *base,
                          unsigned depth, bool item);

static void begin_line(struct text *out, unsigned depth, bool dash)
{
    for (unsigned i = 0; i < depth; i++)
        text_puts(out, i + 1 == depth && dash ? "- " : "  ");
}

static void print_list(struct text *out, const struct setting *s, const void *base, unsigned depth)
{
    unsigned count = *(const unsigned *)(const void *)((const char *)base + s->count);
    const char *array = (const char *)base + s->offset;
    for (unsigned i = 0; i < count; i++)
        print_section(out, s->section, array + i * s->section->size, depth + 2, true);
}

static bool is_empty(const struct setting *s, const void *base)
{
    const void *field = (const char *)base + s->offset;
    if (s->type == SETTING_LIST)
        return *(const unsigned *)(const void *)((const char *)base + s->count) == 0;
    if (s->type != SETTING_SECTION)
        return is_absent(s, field);
    for (unsigned i = 0; i < s->section->count; i++)
        if (!is_empty(&s->section->settings[i], field))
            return false;
    return true;
}

static void print_section(struct text *out, const struct section *s, const void *base,
                          unsigned depth, bool item)
{
    for (unsigned i = 0; i < s->count; i++) {
        const struct setting *line = &s->settings[i];
        const void *field = (const char *)base + line->offset;
        if (is_empty(line, base))
            continue;
        begin_line(out, depth, item);
        item = false;
        text_printf(out, "%s:", line->key);
        if (line->type == SETTING_SECTION || line->type == SETTING_LIST) {
            text_puts(out, "\n");
            if (line->type == SETTING_SECTION)
                print_section(out, line->section, field, depth + 1, false);
            else
                print_list(out, line, base, depth);
            continue;
        }
        text_puts(out, " ");
        print_value(out, line, field);
        text_puts(out, "\n");
    }
}

void config_print(const struct config *c, struct text *out)
{
    struct draft *d = malloc(sizeof *d);
    if (!d) {
        out->failed = true;
        return;
    }
    draft_of(c, d);
    print_section(out, config_file_section, d, 0, false);
    free(d);
}

/* --- Reference ------------------------------------------------------------------------------------------- */

static void reference_section(struct text *out, const struct section *s)
{
    text_printf(out, "### %s%s%s\n\n%s\n", *s->name ? "`" : "", *s->name ? s->name : "The file",
                *s->name ? "`" : "", s->sentence);
    text_puts(out, "\n| key | takes | if left out | meaning |\n|---|---|---|---|\n");
    for (unsigned i = 0; i < s->count; i++) {
        const struct setting *line = &s->settings[i];
        text_printf(out, "| `%s` | ", line->key);
        setting_expected(line, out);
        text_printf(out, " | %s | %s |\n",
                    line->required  ? "**required**"
                    : line->initial ? line->initial
                                    : "–",
                    line->sentence);
    }
    text_puts(out, "\n");
    for (unsigned i = 0; i < s->count; i++)
        if (s->settings[i].section)
            reference_section(out, s->settings[i].section);
}

static void reference_profiles(struct text *out)
{
    text_puts(out, "### Profiles\n\n| profile | current inputs | loads at most | what it is |\n"
                   "|---|---|---|---|\n");
    for (const struct profile *p = profiles; p->name; p++)
        text_printf(out, "| %s | %u | %u | %s |\n", p->name, p->current_inputs, p->max_loads,
                    p->sentence);
    text_puts(out, "\n");
}

static void reference_networks(struct text *out)
{
    text_puts(out,
              "### Loads on networks\n\n| network | loads that may exist on it |\n|---|---|\n");
    for (int n = 0; n < NETWORK_TYPES; n++) {
        const char *between = "";
        text_printf(out, "| %s | ", network_type_info((enum network_type)n)->name);
        for (int l = 0; l < LOAD_TYPES; l++)
            if (load_type_info((enum load_type)l)->networks >> n & 1) {
                text_printf(out, "%s%s", between, load_type_info((enum load_type)l)->name);
                between = ", ";
            }
        text_printf(out, "%s |\n", *between ? "" : "none");
    }
}

void config_reference(struct text *out)
{
    reference_section(out, config_file_section);
    reference_profiles(out);
    reference_networks(out);
}
