/* What a setting takes, in words: for faults and for the reference page. */
#include "config/setting.h"

static void number(const struct setting *s, struct text *out)
{
    char units[VALUE_TEXT], min[VALUE_TEXT], max[VALUE_TEXT];
    value_write(s->min, s->dimension, min);
    value_write(s->max, s->dimension, max);
    text_printf(out, "a number%s%s from %s to %s", s->dimension ? " in " : "",
                dimension_units(s->dimension, units), min, max);
}

static void choice(const struct setting *s, struct text *out)
{
    text_puts(out, "one of ");
    for (int i = 0; s->choice(i); i++)
        text_printf(out, "%s%s", i ? ", " : "", s->choice(i));
}

void setting_expected(const struct setting *s, struct text *out)
{
    switch (s->type) {
    case SETTING_NUMBER:
        number(s, out);
        break;
    case SETTING_INTEGER:
        text_printf(out, "a whole number from %.0f to %.0f", s->min, s->max);
        break;
    case SETTING_FLAG:
        text_puts(out, "yes or no");
        break;
    case SETTING_TEXT:
        if (s->expected)
            text_puts(out, s->expected);
        else
            text_printf(out, "a text of up to %zu bytes", s->size - 1);
        break;
    case SETTING_CHOICE:
        choice(s, out);
        break;
    case SETTING_WORDS:
        text_printf(out, "a list, each item %s", s->expected);
        break;
    case SETTING_POWER_FACTOR:
        text_puts(out, "a number from 0 to 1 and lagging or leading, such as 0.92 lagging");
        break;
    case SETTING_HARMONICS:
        text_printf(out,
                    "orders from 2 to %d with a share of up to %.0f %%, such as {3: 12 %%, 5: 4 %% "
                    "at 180°}",
                    CONFIG_HARMONIC_MAX, s->max);
        break;
    case SETTING_CONDUCTORS:
        text_puts(out, s->max > 1 ? "a list of L1, L2, L3" : "one of L1, L2, L3, N");
        break;
    case SETTING_DATE:
        text_puts(out, DATE_RULE_EXPECTED);
        break;
    case SETTING_WEEKDAYS:
        text_puts(out, "a list of days of the week, such as [Saturday, Sunday]");
        break;
    case SETTING_SCHEDULE:
        text_printf(out,
                    "the name of a rate, or a list of up to %d segments such as 07:00-22:00 Peak",
                    TARIFF_SEGMENTS_MAX);
        break;
    case SETTING_SECTION:
        text_puts(out, "keys with their values, indented below it");
        break;
    case SETTING_LIST:
        text_puts(out, "a list: an item after each '-', indented below it");
        break;
    }
}
