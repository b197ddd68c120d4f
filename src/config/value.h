/* Values as a person writes them: "63 A", "20 kV", "15 min", "2 %", "0.92 lagging", "yes". A number
 * without a unit is in the base unit of its setting. */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>

enum dimension {
    DIMENSION_NONE, /* a plain number */
    DIMENSION_VOLTAGE,
    DIMENSION_CURRENT,
    DIMENSION_FREQUENCY,
    DIMENSION_TIME,
    DIMENSION_PERCENT,
    DIMENSION_ANGLE, /* degrees */
    DIMENSION_PPM,
    DIMENSION_APPARENT, /* power */
    DIMENSIONS
};

/* What is wrong with a number; the caller makes the sentence, for it knows the setting. */
enum value_error {
    VALUE_GOOD,
    VALUE_NO_NUMBER,
    VALUE_DECIMAL_COMMA, /* "0,5" */
    VALUE_UNIT,          /* a unit of another dimension, or none that is known */
};

/* Reads a whole text; `value` gets the number in the dimension's base unit. */
enum value_error value_read(const char *text, enum dimension d, double *value);

/* "230 V", "0.05 %", "9600 Hz": in the base unit, with as many digits as the double needs. */
#define VALUE_TEXT 48
void value_write(double value, enum dimension d, char text[VALUE_TEXT]);

/* "V, mV or kV": the units that value_read takes, for a sentence; "" for DIMENSION_NONE. */
const char *dimension_units(enum dimension d, char text[VALUE_TEXT]);

/* The base unit's symbol; "" for DIMENSION_NONE. */
const char *dimension_unit(enum dimension d);

/* yes, no, true, false, on, off; letter case does not matter. */
bool value_read_flag(const char *text, bool *flag);

/* "0.92 lagging", "0.8 leading", "1": the angle in degrees by which the current lags (-90 ... 90). */
bool value_read_power_factor(const char *text, double *angle_deg);

/* "5 %", "5 % at 30°": a share of the fundamental and an angle. */
bool value_read_harmonic(const char *text, double *percent, double *angle_deg);

/* "L1" or "1": 0 ... 2, "N": 3. */
bool value_read_conductor(const char *text, unsigned *conductor);

#endif
