/* Decimal text to numbers: without locale, without copying, without a terminating zero. It is what the
 * text formats spend their time in. */
#ifndef SOURCE_NUMBER_H
#define SOURCE_NUMBER_H

#include <stdint.h>

/* Reads "-12.5", "+000025", ".5", "4.0E-02", "nan", "inf" at `p` (no blanks before it). Returns the
 * place behind the number, or NULL if there is none. `point` is the decimal sign. Up to 15 digits with
 * an exponent within 22 are exact; others are within 3 units of the last place of a double. */
const char *number_scan(const char *p, const char *end, char point, double *value);

/* Reads a decimal number as nanoseconds, exactly, rounded to the nearest: the unit of the text is
 * 10^unit_exponent ns (9: seconds, 6: milliseconds ...). NULL if there is none or it does not fit. */
const char *number_scan_ns(const char *p, const char *end, char point, int unit_exponent,
                           int64_t *ns);

/* Reads "2020-02-24 18:15:21.499998208", also with 'T', '/' in the date, a decimal comma, and a zone
 * ("Z", "+01:00"); without a zone the time is UTC. NULL if there is none. */
const char *number_scan_date(const char *p, const char *end, int64_t *ns);

#endif
