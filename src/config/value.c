#include "config/value.h"

#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct unit_line {
    enum dimension dimension;
    const char *symbol; /* the first of a dimension is its base unit */
    int exponent;       /* of ten: applied to the decimals as written, so that 2.3 kV is 2300 V */
    double factor;      /* the rest */
} units[] = {
    {DIMENSION_VOLTAGE, "V", 0, 1},
    {DIMENSION_VOLTAGE, "mV", -3, 1},
    {DIMENSION_VOLTAGE, "kV", 3, 1},
    {DIMENSION_CURRENT, "A", 0, 1},
    {DIMENSION_CURRENT, "mA", -3, 1},
    {DIMENSION_CURRENT, "kA", 3, 1},
    {DIMENSION_FREQUENCY, "Hz", 0, 1},
    {DIMENSION_FREQUENCY, "mHz", -3, 1},
    {DIMENSION_FREQUENCY, "kHz", 3, 1},
    {DIMENSION_TIME, "s", 0, 1},
    {DIMENSION_TIME, "ms", -3, 1},
    {DIMENSION_TIME, "min", 0, 60},
    {DIMENSION_TIME, "h", 0, 3600},
    {DIMENSION_PERCENT, "%", 0, 1},
    {DIMENSION_ANGLE, "°", 0, 1},
    {DIMENSION_ANGLE, "deg", 0, 1},
    {DIMENSION_ANGLE, "arcmin", 0, 1 / 60.0},
    {DIMENSION_PPM, "ppm", 0, 1},
    {DIMENSION_APPARENT, "VA", 0, 1},
    {DIMENSION_APPARENT, "kVA", 3, 1},
};
#define UNITS (sizeof units / sizeof *units)

const char *dimension_unit(enum dimension d)
{
    for (size_t i = 0; i < UNITS; i++)
        if (units[i].dimension == d)
            return units[i].symbol;
    return "";
}

const char *dimension_units(enum dimension d, char text[VALUE_TEXT])
{
    size_t count = 0, told = 0, length = 0;
    for (size_t i = 0; i < UNITS; i++)
        count += units[i].dimension == d;
    text[0] = '\0';
    for (size_t i = 0; i < UNITS; i++)
        if (units[i].dimension == d) {
            const char *before = told == 0 ? "" : told + 1 < count ? ", " : " or ";
            length += (size_t)snprintf(text + length, VALUE_TEXT - length, "%s%s", before,
                                       units[i].symbol);
            told++;
        }
    return text;
}

/* A decimal number as it is written: its digits, and its exponent apart. */
struct decimal {
    char digits[48]; /* "-2.35" */
    int exponent;
};

/* Reads one at the start of the text; NULL if there is none, else what follows it. Not strtod, which
 * would take hexadecimal, "inf" and "nan" too. */
static const char *read_decimal(const char *text, struct decimal *d)
{
    const char *c = text + (*text == '+' || *text == '-');
    size_t digits = strspn(c, "0123456789");
    c += digits;
    if (*c == '.') {
        size_t decimals = strspn(c + 1, "0123456789");
        digits += decimals;
        c += 1 + decimals;
    }
    size_t length = (size_t)(c - text);
    if (digits == 0 || length >= sizeof d->digits)
        return NULL;
    memcpy(d->digits, text, length);
    d->digits[length] = '\0';
    d->exponent = 0;
    if (*c != 'e' && *c != 'E')
        return c;
    bool minus = c[1] == '-';
    const char *exponent = c + 1 + (c[1] == '-' || c[1] == '+');
    size_t n = strspn(exponent, "0123456789");
    if (n == 0)
        return c;
    if (n > 3)
        return NULL;
    for (size_t i = 0; i < n; i++)
        d->exponent = d->exponent * 10 + (exponent[i] - '0');
    if (minus)
        d->exponent = -d->exponent;
    return exponent + n;
}

static const char *skip_blanks(const char *c)
{
    return c + strspn(c, " ");
}

/* A number and perhaps a unit at the start of the text; *rest is what follows, without blanks. */
static enum value_error read_quantity(const char *text, enum dimension dimension, double *value,
                                      const char **rest)
{
    struct decimal d;
    const char *c = read_decimal(skip_blanks(text), &d);
    if (!c)
        return VALUE_NO_NUMBER;
    if (*c == ',' && isdigit((unsigned char)c[1]))
        return VALUE_DECIMAL_COMMA;
    c = skip_blanks(c);
    size_t length = strcspn(c, " ");
    double factor = 1;
    for (size_t i = 0; i < UNITS; i++)
        if (units[i].dimension == dimension && strlen(units[i].symbol) == length &&
            memcmp(units[i].symbol, c, length) == 0) {
            d.exponent += units[i].exponent;
            factor = units[i].factor;
            c = skip_blanks(c + length);
            break;
        }
    *rest = c;
    char number[64];
    snprintf(number, sizeof number, "%se%d", d.digits, d.exponent);
    *value = strtod(number, NULL) * factor;
    return isfinite(*value) ? VALUE_GOOD : VALUE_NO_NUMBER;
}

enum value_error value_read(const char *text, enum dimension d, double *value)
{
    const char *rest;
    enum value_error error = read_quantity(text, d, value, &rest);
    return error == VALUE_GOOD && *rest ? VALUE_UNIT : error;
}

void value_write(double value, enum dimension d, char text[VALUE_TEXT])
{
    char number[32];
    const char *symbol = dimension_unit(d);
    snprintf(text, VALUE_TEXT, "%s%s%s", number_shortest(value, number), *symbol ? " " : "",
             symbol);
}

bool value_read_flag(const char *text, bool *flag)
{
    static const char *const words[][2] = {{"no", "yes"}, {"false", "true"}, {"off", "on"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (int is = 0; is < 2; is++)
            if (strcasecmp(text, words[i][is]) == 0) {
                *flag = is;
                return true;
            }
    return false;
}

bool value_read_power_factor(const char *text, double *angle_deg)
{
    double factor;
    const char *rest;
    if (read_quantity(text, DIMENSION_NONE, &factor, &rest) != VALUE_GOOD || factor < 0 ||
        factor > 1)
        return false;
    double angle = acos(factor) * 180 / acos(-1);
    if (strcmp(rest, "lagging") == 0 || strcmp(rest, "inductive") == 0)
        *angle_deg = angle;
    else if (strcmp(rest, "leading") == 0 || strcmp(rest, "capacitive") == 0)
        *angle_deg = -angle;
    else if (factor == 1 && !*rest)
        *angle_deg = 0;
    else
        return false;
    return true;
}

bool value_read_harmonic(const char *text, double *percent, double *angle_deg)
{
    const char *rest;
    if (read_quantity(text, DIMENSION_PERCENT, percent, &rest) != VALUE_GOOD)
        return false;
    *angle_deg = 0;
    if (!*rest)
        return true;
    return strncmp(rest, "at ", 3) == 0 &&
           value_read(rest + 3, DIMENSION_ANGLE, angle_deg) == VALUE_GOOD;
}

bool value_read_conductor(const char *text, unsigned *conductor)
{
    const char *c = text + (*text == 'L' || *text == 'l');
    if (strcasecmp(text, "N") == 0)
        *conductor = 3;
    else if (*c >= '1' && *c <= '3' && !c[1])
        *conductor = (unsigned)(*c - '1');
    else
        return false;
    return true;
}
