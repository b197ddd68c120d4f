/* Voltages whose level changes, three at a time in lanes 0, 1, 2, and the points of IEC 61000-4-15:2010 at
 * which a flickermeter reads 1. For tests only.
 *
 * Tables 1, 2 and 5 are those that verify_flicker_sim.m of the qwtb project holds, for both lamps at both
 * frequencies. */
#ifndef SUPPORT_MODULATED_H
#define SUPPORT_MODULATED_H

#include "metrology/flicker.h"

#include <stdbool.h>

struct modulated_system {
    double volts, hz;
};

extern const struct modulated_system modulated_230_50, modulated_120_60, modulated_120_50,
    modulated_230_60;

struct modulation {
    bool rectangular;
    double hz, percent; /* of change: crest to trough; 0: none */
};

/* P_inst,max is 1 at every point. */
#define MODULATED_POINTS 43
struct modulated_table {
    const char *name;
    const struct modulated_system *system;
    bool rectangular;
    unsigned count;
    double point[MODULATED_POINTS][2]; /* Hz, percent */
};
#define MODULATED_TABLES 8
extern const struct modulated_table modulated_tables[MODULATED_TABLES];

/* P_st is 1 at every point. */
struct modulated_severity {
    const char *name;
    const struct modulated_system *system;
    double point[7][2]; /* changes per minute, percent */
};
#define MODULATED_SEVERITIES 4
extern const struct modulated_severity modulated_severities[MODULATED_SEVERITIES];

/* 1 + percent / 200 times a sine, or its sign, at t seconds. */
double modulated_factor(const struct modulation *m, double t);

/* Meters three voltages from from_s to to_s. Their carriers rise through 0 at 0; frame n is sampled at
 * n / rate_hz. */
void modulated_feed(struct flicker *f, const struct modulated_system *s, double rate_hz,
                    const struct modulation m[3], double from_s, double to_s);

#endif
