/* Instants: nanoseconds since 1970-01-01T00:00:00 UTC in an int64_t (years 1678 to 2262).
 * Time comes with the data; nothing here reads a clock. */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_S        INT64_C(1000000000)
#define INSTANT_UNKNOWN INT64_MIN

struct civil {
    int year, month, day; /* proleptic Gregorian; month and day from 1 */
    int hour, minute, second;
    int32_t nanosecond;
};

/* Days since 1970-01-01 of a civil date; any month and day that are in range. */
int64_t days_from_civil(int year, int month, int day);
void civil_from_days(int64_t days, int *year, int *month, int *day);
int days_in_month(int year, int month); /* month from 1 */

/* False if a field is out of range (second 60 is not known here) or the instant does not fit. */
bool instant_from_civil(const struct civil *c, int64_t *instant_ns);
void instant_to_civil(int64_t instant_ns, struct civil *c);

/* "2023-06-21T09:51:43.157000Z": ISO 8601 with `digits` decimals (0 to 9, cut, not rounded). */
#define INSTANT_TEXT 40
void instant_format(int64_t instant_ns, int digits, char text[INSTANT_TEXT]);

#endif
