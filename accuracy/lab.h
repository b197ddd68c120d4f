/* The laboratory of `make accuracy`: signals whose truth is known go through the simulator's models and
 * through the metrology core, and what comes out is written down beside its limit, a row of CSV for each
 * point. See docs/accuracy.md. */
#ifndef ACCURACY_LAB_H
#define ACCURACY_LAB_H

#include "metrology/metrology.h"
#include "source/simulator.h"

#include <stdio.h>

struct lab {
    FILE *out;
    bool brief;          /* fewer points of everything, for `make test` */
    double gain_percent; /* a fault put in on purpose: every channel reads so much too much */
    unsigned rows, failed;
};

/* --- Rows ----------------------------------------------------------------------------------------- */

/* What a point belongs to and how it is judged. Texts live as long as the program. */
struct lab_judge {
    const char *section;    /* "ideal", "chain", "influence", "quality", "flicker" */
    const char *subject;    /* what is under test: "arithmetic", "meter 16 bit", "TE" */
    const char *function;   /* "V", "P", "Udip" ... */
    const char *class_;     /* "0.2", "0.2S", "A", "asked" */
    const char *unit;       /* of error and limit */
    double limit;           /* of |error|; NAN: listed, not judged */
    const char *source;     /* where the limit comes from, with its mark */
    const char *value_unit; /* of reference and measured */
};

/* Writes a row. x and axis: where it stands in a plot (NAN: nowhere). The error is given, since each limit
 * defines it in its own way; a measured value that is no number fails. */
void lab_row(struct lab *lab, const struct lab_judge *judge, double x, const char *axis,
             double reference, double measured, double error, const char *condition, ...)
    __attribute__((format(printf, 8, 9)));

/* --- Measuring --------------------------------------------------------------------------------------- */

/* What the core says, as it says it. Any may be NULL. */
struct lab_sink {
    void *context;
    void (*window)(void *context, const struct metrology_window *w);
    void (*half_cycle)(void *context, const struct metrology_half_cycle *h);
    void (*event)(void *context, const struct metrology_event *e);
    void (*aggregate)(void *context, const struct metrology_aggregate *a);
    void (*block)(void *context, const struct wave_block *block); /* before the core gets it */
    /* before each block is read: to change the signal on the way */
    void (*before)(void *context, struct source *s);
};

/* A setup for the channels that the simulator makes: its nominal voltage, windows of 12 cycles from
 * 55 Hz of `nominal_hz` on, a load for each of its loads. `load` (as many as the signal has) belongs to the
 * caller and is filled. */
void lab_setup(struct metrology_setup *setup, struct metrology_load *load,
               const struct simulator_config *signal, double nominal_hz);

/* Lets the signal run to its end (it has a duration). Ends the program with a sentence if the simulator
 * refuses it: that is a mistake of the one who wrote the test. */
void lab_run(const struct lab *lab, const struct simulator_config *signal,
             const struct metrology_setup *setup, const struct lab_sink *sink);

/* The windows of a run: of each value the lowest, the highest and the mean. */
struct lab_range {
    double low, high, mean;
};

struct lab_reading {
    unsigned windows;
    double seconds;             /* of all windows */
    struct lab_range *value;    /* [load * Q_COUNT + q]; NAN where a window had none */
    struct lab_range *harmonic; /* [(load * SPECTRUM_COUNT + channel) * ORDERS + order] */
    struct lab_range *inter;    /* likewise, the subgroups above the order */
    unsigned *highest;          /* [load * SPECTRUM_COUNT + channel], the least of all windows */
    struct quantity_set *last;  /* of each load */
    double *half_low,
        *half_high; /* [load * SPECTRUM_COUNT + channel] of the one-cycle RMS values; the */
                    /* network's channels stand with load 0 */
    unsigned loads;
};
#define LAB_ORDERS (HARMONIC_MAX + 1)

/* Measures a signal and gathers its windows (but the first `skip`). To be freed with lab_forget. */
void lab_read(const struct lab *lab, const struct simulator_config *signal,
              const struct metrology_setup *setup, unsigned skip, struct lab_reading *r);
void lab_forget(struct lab_reading *r);

static inline struct lab_range lab_value(const struct lab_reading *r, unsigned load,
                                         enum quantity q)
{
    return r->value[load * Q_COUNT + q];
}

static inline struct lab_range lab_harmonic(const struct lab_reading *r, unsigned load,
                                            enum spectrum_channel c, unsigned order)
{
    return r->harmonic[(load * SPECTRUM_COUNT + c) * LAB_ORDERS + order];
}

/* The end of the range that lies further from the reference. */
double lab_worst(struct lab_range range, double reference);

/* --- Groups --------------------------------------------------------------------------------------------- */

/* Each runs on its own, in a few seconds; tools/accuracy runs them side by side. */
#define LAB_GROUPS(G)                                                                   \
    G(ideal_sines, "sines from 42.5 to 69 Hz against closed forms")                     \
    G(ideal_harmonics, "62 harmonics at once from 45 to 65 Hz against closed forms")    \
    G(ideal_unbalance, "symmetrical components and amplitudes against closed forms")    \
    G(ideal_tones, "tones above the band and between the lines")                        \
    G(ideal_energy, "a year of windows; an hour of signal")                             \
    G(ideal_dips, "residual voltage and duration of dips against their definition")     \
    G(chain_meter, "power and energy of the meter alone at the test points")            \
    G(chain_sensors, "power and energy with each family of sensors at the test points") \
    G(chain_values, "the other functions of IEC 61557-12 through modelled chains")      \
    G(influence, "frequency, voltage, distortion, lost phases, phase order")            \
    G(quality_values,                                                                   \
      "frequency, magnitude, unbalance, deviations, currents under influence states")   \
    G(quality_harmonics, "harmonics and interharmonics under influence states")         \
    G(quality_events, "dips, swells, interruptions, flagging under influence states")   \
    G(quality_flicker, "P_st under influence states, through the meter's converter")    \
    G(flicker_pinst, "tables 1 and 2 of IEC 61000-4-15")                                \
    G(flicker_pst, "table 5 of IEC 61000-4-15, and other depths")

#define G(name, sentence) void lab_##name(struct lab *lab);
LAB_GROUPS(G)
#undef G

#endif
