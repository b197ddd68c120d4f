/* Decimal text to numbers: without locale, without copying, without a terminating zero. It is what the
 * text formats spend their time in. */
#ifndef SOURCE_NUMBER_H
#define SOURCE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#define NUMBER_DIGITS 19 /* any number of so many digits fits into 64 bits */
#define NUMBER_POWERS 23 /* 10^22 is the last power of ten that a double holds exactly */

extern const double number_powers_of_ten[NUMBER_POWERS];

/* Reads "-12.5", "+000025", ".5", "4.0E-02", "nan", "inf" at `p` (no blanks before it). Returns the
 * place behind the number, or NULL if there is none. `point` is the decimal sign. Up to 15 digits with
 * an exponent within 22 are exact; others are within 3 units of the last place of a double. */
const char *number_scan(const char *p, const char *end, char point, double *value);

/* The same, at once where it is called, for the usual number: a sign, at most 19 digits, no exponent. */
static inline const char *number_scan_usual(const char *p, const char *end, char point,
                                            double *value)
{
    const char *start = p;
    double sign = 1;
    if (p < end && *p == '-') {
        sign = -1;
        p++;
    }
    const char *digits = p;
    uint64_t mantissa = 0;
    while (p < end && (unsigned char)(*p - '0') < 10)
        mantissa = mantissa * 10 + (uint64_t)(*p++ - '0');
    ptrdiff_t count = p - digits, decimals = 0;
    if (p < end && *p == point) {
        const char *behind = ++p;
        while (p < end && (unsigned char)(*p - '0') < 10)
            mantissa = mantissa * 10 + (uint64_t)(*p++ - '0');
        decimals = p - behind;
        count += decimals;
    }
    if (count == 0 || count > NUMBER_DIGITS || (p < end && (*p == 'e' || *p == 'E')))
        return number_scan(start, end, point, value);
    double v = sign * (double)mantissa;
    *value = decimals > 0 ? v / number_powers_of_ten[decimals] : v;
    return p;
}

/* Reads a decimal number as nanoseconds, exactly, rounded to the nearest: the unit of the text is
 * 10^unit_exponent ns (9: seconds, 6: milliseconds ...). NULL if there is none or it does not fit. */
const char *number_scan_ns(const char *p, const char *end, char point, int unit_exponent,
                           int64_t *ns);

/* Reads "2020-02-24 18:15:21.499998208", also with 'T', '/' in the date, a decimal comma, and a zone
 * ("Z", "+01:00"); without a zone the time is UTC. NULL if there is none. */
const char *number_scan_date(const char *p, const char *end, int64_t *ns);

#endif
