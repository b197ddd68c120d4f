/* The laboratory: a generator of ideal signals with closed forms for what a meter should read, and a
 * recorder of everything that metrology says. For tests only. */
#ifndef SUPPORT_RIG_H
#define SUPPORT_RIG_H

#include "metrology/metrology.h"

/* --- The generator ------------------------------------------------------------------------------ */

#define RIG_WIRES   16
#define RIG_CHANGES 16

struct rig_partial {
    double order;     /* 1.5 is an interharmonic */
    double percent;   /* of the wire's fundamental */
    double phase_deg; /* of a sine where the wire's fundamental has phase 0 */
};

struct rig_wire {
    double rms;       /* of the fundamental */
    double phase_deg; /* of a sine at t = 0 */
    double dc;
    double noise; /* RMS of white Gaussian noise */
    const struct rig_partial *partial;
    unsigned partials;
};

/* From from_s (with it) to to_s (without it) the wires in the bits are multiplied by `factor` and turned. */
struct rig_change {
    double from_s, to_s;
    unsigned wires;
    double factor;
    double turn_deg;
};

/* Frame n lies at n / rate_hz. Order 1 has n = integral of the frequency: hz, from ramp_from_s on
 * with ramp_hz_per_s more each second up to ramp_to_s, from step_s on with step_hz more. */
struct rig_scene {
    double rate_hz;
    uint64_t frames;
    int64_t start_ns;
    double hz;
    double ramp_from_s, ramp_to_s, ramp_hz_per_s;
    double step_s, step_hz;
    unsigned wires;
    struct rig_wire wire[RIG_WIRES];
    unsigned changes;
    struct rig_change change[RIG_CHANGES];
    uint64_t seed; /* of the noise; 0: a fixed one */
};

/* V1 V2 V3 VN I1 I2 I3 IN on wires 0 ... 7: 230 V and 5 A lagging by `lag_deg`, VN and IN 0;
 * 9600 Hz for `seconds`. */
void rig_scene_init(struct rig_scene *s, double hz, double seconds, double lag_deg);

/* All frames, s->wires floats each; to be freed. */
float *rig_make(const struct rig_scene *s);

/* Phase (cycles) and frequency of the fundamental at an instant. */
double rig_cycles(const struct rig_scene *s, double t);
double rig_hz(const struct rig_scene *s, double t);

/* Closed forms without changes and noise: RMS of order `order` (0: all, with the direct component), and
 * mean product of two wires. */
double rig_rms(const struct rig_scene *s, unsigned wire, double order);
double rig_product(const struct rig_scene *s, unsigned a, unsigned b);
/* RMS of wire a - wire b, all orders or one. */
double rig_difference_rms(const struct rig_scene *s, unsigned a, unsigned b, double order);
/* RMS of a wire over an interval, changes included, noise not: the integral of what rig_make samples, from
 * edge to edge of the changes; in closed form for a sine of constant frequency. */
double rig_rms_between(const struct rig_scene *s, unsigned wire, double from_s, double to_s);
/* Half-way between two frames, not before s: edges of changes that lie there are what the frames show. */
double rig_between_frames(const struct rig_scene *s, double at_s);

/* A fixed generator: 0 ... 1, and Gaussian of deviation 1. */
double rig_random(uint64_t *state);
double rig_gaussian(uint64_t *state);

/* --- The meter ------------------------------------------------------------------------------------ */

#define RIG_LOADS 24

struct rig_meter {
    struct metrology_setup setup; /* setup.load points at load */
    struct metrology_load load[RIG_LOADS];
};

/* 230 V, 50 Hz, V1 V2 V3 VN on channels 0 ... 3, one load with I1 I2 I3 IN on 4 ... 7. */
void rig_meter_init(struct rig_meter *m);
struct metrology_mix rig_mix(unsigned channel, double factor);

/* --- The recorder --------------------------------------------------------------------------------- */

struct rig_window {
    struct quantity_set network;
    struct quantity_set *load; /* record.loads sets */
};

struct rig_capture {
    struct metrology_capture is; /* its samples point below */
    float sample[CAPTURE_WAVEFORMS][CAPTURE_SAMPLES];
};

struct rig_record {
    unsigned loads;
    struct rig_window *window;
    size_t windows, window_room;
    struct metrology_half_cycle *half;
    size_t halves, half_room;
    struct metrology_event *event; /* every call: begin and end */
    size_t events, event_room;
    struct rig_capture **capture;
    size_t captures, capture_room;
    struct energy energy[RIG_LOADS];
    struct metrology_event open[8];
    unsigned opens;
    enum err pushed; /* of the last block that was refused, else ERR_OK */
};

/* A meter that runs, and its record. */
struct rig_run {
    struct metrology *metrology;
    void *memory;
    struct rig_record *record;
};
void rig_begin(struct rig_run *run, const struct rig_meter *m, struct rig_record *r);
/* Pushes frames in blocks of `block` (0: all at once), WAVE_BEGIN on the first. */
void rig_push(struct rig_run *run, const struct rig_scene *s, const float *samples, size_t block);
void rig_end(struct rig_run *run); /* finishes, reads energies and open events, frees the meter */

/* All of it: make the scene, meter it, record. To be freed with rig_forget. */
void rig_measure(const struct rig_meter *m, const struct rig_scene *s, struct rig_record *r);
void rig_forget(struct rig_record *r);

/* A number for everything in the record, to the bit. */
uint64_t rig_digest(const struct rig_record *r);

/* Value of load 0 (or the network) in a window; fails the test if it is not available. */
double rig_value(const struct rig_record *r, size_t window, enum quantity q);

/* --- Checks ---------------------------------------------------------------------------------------- */

/* |a - b| <= limit, in double; fails for what is no number. (cmocka's own compares floats, and lets NAN
 * pass.) */
#define assert_near(a, b, limit) rig_near((a), (b), (limit), #a, __FILE__, __LINE__)
void rig_near(double a, double b, double limit, const char *text, const char *file, int line);

/* Worst figures of a test, printed as TAP comments. */
struct rig_worst {
    const char *what, *unit;
    double limit, worst;
    char at[80];
};
/* Notes |error|; fails the test at once if it is above the limit (or not a number). */
void rig_check(struct rig_worst *w, double error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void rig_print(const struct rig_worst *w, unsigned count);

#endif
