#include "source/number.h"

#include "base/instant.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define EXACT_POWERS     (NUMBER_POWERS - 1)
#define EXPONENT_EXTREME 400

const double number_powers_of_ten[NUMBER_POWERS] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

/* value = (negative ? -1 : 1) * mantissa * 10^exponent */
struct decimal {
    bool negative;
    uint64_t mantissa;
    int exponent;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *scan_exponent(const char *p, const char *end, int *exponent)
{
    const char *q = p + 1; /* behind the 'e' */
    bool negative = q < end && *q == '-';
    if (q < end && (*q == '-' || *q == '+'))
        q++;
    if (q == end || !is_digit(*q))
        return p; /* "12e": the letter is not ours */
    int e = 0;
    for (; q < end && is_digit(*q); q++)
        if (e < EXPONENT_EXTREME * 100)
            e = e * 10 + (*q - '0');
    *exponent += negative ? -e : e;
    return q;
}

static const char *scan_decimal(const char *p, const char *end, char point, struct decimal *d)
{
    *d = (struct decimal){0};
    if (p < end && (*p == '-' || *p == '+'))
        d->negative = *p++ == '-';
    uint64_t mantissa = 0;
    int exponent = 0, significant = 0;
    const char *start = p;
    for (; p < end && is_digit(*p); p++) {
        if (significant < NUMBER_DIGITS) {
            mantissa = mantissa * 10 + (uint64_t)(*p - '0');
            significant += mantissa != 0;
        } else if (exponent < EXPONENT_EXTREME) {
            exponent++;
        }
    }
    long digits = p - start;
    if (p < end && *p == point) {
        start = ++p;
        for (; p < end && is_digit(*p); p++) {
            if (significant < NUMBER_DIGITS && exponent > -EXPONENT_EXTREME) {
                mantissa = mantissa * 10 + (uint64_t)(*p - '0');
                significant += mantissa != 0;
                exponent--;
            }
        }
        digits += p - start;
    }
    if (digits == 0)
        return NULL;
    if (p < end && (*p == 'e' || *p == 'E'))
        p = scan_exponent(p, end, &exponent);
    d->mantissa = mantissa;
    d->exponent = exponent;
    return p;
}

static const char *scan_word(const char *p, const char *end, double *value)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {
        {"nan", NAN},        {"infinity", INFINITY}, {"inf", INFINITY}, {"-infinity", -INFINITY},
        {"-inf", -INFINITY}, {"-nan", NAN},          {"+inf", INFINITY}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i].word);
        if ((size_t)(end - p) >= n && strncasecmp(p, words[i].word, n) == 0) {
            *value = words[i].value;
            return p + n;
        }
    }
    return NULL;
}

const char *number_scan(const char *p, const char *end, char point, double *value)
{
    struct decimal d;
    const char *behind = scan_decimal(p, end, point, &d);
    if (!behind)
        return scan_word(p, end, value);
    double v = (double)d.mantissa;
    int e = d.exponent;
    if (v != 0.0) {
        for (; e > EXACT_POWERS && v <= 1e300; e -= EXACT_POWERS)
            v *= 1e22;
        for (; e < -EXACT_POWERS && v >= 1e-300; e += EXACT_POWERS)
            v /= 1e22;
        if (e > 0)
            v = e > EXACT_POWERS ? (double)INFINITY : v * number_powers_of_ten[e];
        else if (e < 0)
            v = e < -EXACT_POWERS ? 0.0 : v / number_powers_of_ten[-e];
    }
    *value = d.negative ? -v : v;
    return behind;
}

const char *number_scan_ns(const char *p, const char *end, char point, int unit_exponent,
                           int64_t *ns)
{
    struct decimal d;
    const char *behind = scan_decimal(p, end, point, &d);
    if (!behind)
        return NULL;
    uint64_t v = d.mantissa;
    int e = d.exponent + unit_exponent;
    for (; e > 0 && v != 0; e--)
        if (v > INT64_MAX / 10)
            return NULL;
        else
            v *= 10;
    for (; e < -1 && v != 0; e++)
        v /= 10;
    if (e == -1)
        v = (v + 5) / 10;  /* the last step rounds */
    if (v > INT64_MAX / 4) /* room for differences */
        return NULL;
    *ns = d.negative ? -(int64_t)v : (int64_t)v;
    return behind;
}

/* --- dates ---------------------------------------------------------------------------------- */

static const char *scan_digits(const char *p, const char *end, int at_most, int *value)
{
    const char *start = p;
    *value = 0;
    while (p < end && p - start < at_most && is_digit(*p))
        *value = *value * 10 + (*p++ - '0');
    return p == start ? NULL : p;
}

static const char *scan_part(const char *p, const char *end, const char *before, int *value)
{
    if (!p || p == end || *p == '\0' || !strchr(before, *p))
        return NULL;
    return scan_digits(p + 1, end, 2, value);
}

/* "Z", "+01:00", "-0530", "+02"; nothing is UTC. */
static const char *scan_zone(const char *p, const char *end, int *offset_s)
{
    *offset_s = 0;
    if (p < end && (*p == 'Z' || *p == 'z'))
        return p + 1;
    if (p == end || (*p != '+' && *p != '-'))
        return p;
    int sign = *p == '-' ? -1 : 1, hours, minutes = 0;
    const char *q = scan_digits(p + 1, end, 2, &hours);
    if (!q)
        return p;
    const char *m = scan_digits(q < end && *q == ':' ? q + 1 : q, end, 2, &minutes);
    *offset_s = sign * (hours * 3600 + minutes * 60);
    return m ? m : q;
}

const char *number_scan_date(const char *p, const char *end, int64_t *ns)
{
    struct civil c = {0};
    const char *start = p;
    p = scan_digits(p, end, 4, &c.year);
    if (!p || p - start != 4)
        return NULL;
    p = scan_part(p, end, "-/", &c.month);
    p = scan_part(p, end, "-/", &c.day);
    p = scan_part(p, end, "T t", &c.hour);
    p = scan_part(p, end, ":", &c.minute);
    if (!p)
        return NULL;
    const char *seconds = scan_part(p, end, ":", &c.second);
    if (seconds) {
        p = seconds;
        if (p < end && (*p == '.' || *p == ',')) {
            int32_t unit = 100000000;
            for (p++; p < end && is_digit(*p); p++, unit /= 10)
                c.nanosecond += (*p - '0') * unit;
        }
    }
    int leap = c.second == 60; /* a leap second is the second after :59 */
    c.second -= leap;
    int offset_s;
    p = scan_zone(p, end, &offset_s);
    if (!instant_from_civil(&c, ns))
        return NULL;
    *ns += (leap - offset_s) * NS_PER_S;
    return p;
}
