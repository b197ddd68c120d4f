/* From a text to the field of a struct, and what the text may be, by the line of the setting. */
#include "config/setting.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const char *read_number(const struct setting *s, const char *text, double *value)
{
    double number;
    switch (value_read(text, s->dimension, &number)) {
    case VALUE_GOOD:
        if (number < s->min || number > s->max)
            return ", out of range,";
        *value = number;
        return NULL;
    case VALUE_DECIMAL_COMMA:
        return ", with a comma instead of a decimal point,";
    case VALUE_UNIT:
    case VALUE_NO_NUMBER:
        break;
    }
    return "";
}

static const char *read_integer(const struct setting *s, const char *text, unsigned *value)
{
    double number;
    const char *wrong = read_number(s, text, &number);
    if (!wrong && number != floor(number))
        return "";
    if (!wrong)
        *value = (unsigned)number;
    return wrong;
}

static const char *read_choice(const struct setting *s, const char *text, int *value)
{
    for (int i = 0; s->choice(i); i++)
        if (strcmp(s->choice(i), text) == 0) {
            *value = i;
            return NULL;
        }
    return "";
}

static const char *read_text(const struct setting *s, const char *text, char *value)
{
    if (strlen(text) >= s->size)
        return ", too long,";
    if (s->check && !s->check(text))
        return "";
    strcpy(value, text);
    return NULL;
}

static const char *add_weekday(const char *word, unsigned *set)
{
    int weekday;
    if (!weekday_read(word, &weekday))
        return "";
    if (*set >> weekday & 1)
        return ", which stands there twice,";
    *set |= 1u << weekday;
    return NULL;
}

static const char *add_segment(const char *word, struct config_schedule *schedule)
{
    struct config_segment segment;
    const char *wrong = config_segment_read(word, &segment);
    if (wrong)
        return wrong;
    if (schedule->count == TARIFF_SEGMENTS_MAX)
        return ", the ninth segment of a day,";
    schedule->segment[schedule->count++] = segment;
    return NULL;
}

const char *setting_add_word(const struct setting *s, const char *word, void *field)
{
    if (s->type == SETTING_WEEKDAYS)
        return add_weekday(word, field);
    if (s->type == SETTING_SCHEDULE)
        return add_segment(word, field);
    if (s->type == SETTING_WORDS) {
        char *list = field;
        size_t length = strlen(list), more = strlen(word);
        if (!*word || !s->check(word))
            return "";
        if (length + more + 2 > s->size)
            return ", one item too many,";
        if (length)
            list[length++] = ',';
        memcpy(list + length, word, more + 1);
        return NULL;
    }
    unsigned conductor, *set = field, count = 0;
    if (!value_read_conductor(word, &conductor) || (s->max > 1 && conductor > 2))
        return "";
    if (*set >> conductor & 1)
        return ", which stands there twice,";
    *set |= 1u << conductor;
    for (unsigned bits = *set; bits; bits &= bits - 1)
        count++;
    return count > s->max ? ", one too many," : NULL;
}

/* "L1, L2": the words of one text, with commas between them. */
static const char *read_words(const struct setting *s, const char *text, void *field)
{
    for (const char *c = text;;) {
        c += strspn(c, " ");
        size_t length = strcspn(c, ",");
        const char *next = c + length;
        while (length > 0 && c[length - 1] == ' ')
            length--;
        char word[64];
        if (length >= sizeof word)
            return "";
        memcpy(word, c, length);
        word[length] = '\0';
        const char *wrong = setting_add_word(s, word, field);
        if (wrong || !*next)
            return wrong;
        c = next + 1;
    }
}

const char *setting_read(const struct setting *s, const char *text, void *field)
{
    switch (s->type) {
    case SETTING_NUMBER:
        return read_number(s, text, field);
    case SETTING_INTEGER:
        return read_integer(s, text, field);
    case SETTING_FLAG:
        return value_read_flag(text, field) ? NULL : "";
    case SETTING_TEXT:
        return read_text(s, text, field);
    case SETTING_CHOICE:
        return read_choice(s, text, field);
    case SETTING_POWER_FACTOR:
        return value_read_power_factor(text, field) ? NULL : "";
    case SETTING_WORDS:
    case SETTING_CONDUCTORS:
    case SETTING_WEEKDAYS:
    case SETTING_SCHEDULE:
        return read_words(s, text, field);
    case SETTING_DATE:
        return date_rule_read(text, field);
    case SETTING_HARMONICS:
    case SETTING_SECTION:
    case SETTING_LIST:
        break;
    }
    assert(!"a setting that has a text");
    return "";
}

/* Without clearing: a section may lie in the struct of the one around it. */
static void apply_defaults(const struct section *s, void *base)
{
    for (unsigned i = 0; i < s->count; i++) {
        const struct setting *line = &s->settings[i];
        void *field = (char *)base + line->offset;
        if (line->type == SETTING_SECTION)
            apply_defaults(line->section, field);
        const char *wrong = line->initial ? setting_read(line, line->initial, field) : NULL;
        assert(!wrong && "a default that its own line refuses");
        (void)wrong;
    }
}

void section_set_defaults(const struct section *s, void *base)
{
    memset(base, 0, s->size);
    apply_defaults(s, base);
}
