/* A simulated installation as a source: a three-phase network and any number of loads, seen through
 * models of sensors and converters. It makes samples as fast as they are read; pacing is the caller's.
 *
 * Without noise and converter, samples are closed formulas of time, rounded to float once:
 *
 *   v_p(t) = sqrt 2 V_p g_p(t) [ sin psi + sum over h of p_h sin(h psi + a_h) ],  psi = 2 pi c(t) + alpha_p
 *   i_p(t) = sqrt 2 I_p s(t) g_p(t) [ the same with its own list ],                psi = 2 pi c(t) + alpha_p - lag_p
 *
 * and within the brackets tones that keep their own frequency: q_k sin(2 pi f_k t + b_k + the phase of the
 * fundamental at the start).
 *
 * c(t) is the number of cycles since the start, the integral of the frequency in closed form: nothing is
 * summed up from sample to sample, so nothing drifts however long it runs. g_p: dips and flicker; s: the
 * slow course of a load. V1 rises through zero at the start. IN is the sum of the phase currents.
 *
 * The same seed gives the same bits, on every machine and however many frames are asked for at once. */
#ifndef SOURCE_SIMULATOR_H
#define SOURCE_SIMULATOR_H

#include "source/source.h"

#define SIMULATOR_PHASES        3
#define SIMULATOR_ORDER_MAX     63
#define SIMULATOR_EVENTS_MAX    64
#define SIMULATOR_PROFILE_HOURS 24
#define SIMULATOR_TONES_MAX     4

/* Orders at or above half the sampling rate are left out, as an anti-aliasing filter would. */
struct simulator_harmonic {
    unsigned order; /* 2 ... SIMULATOR_ORDER_MAX */
    double percent; /* of the same phase's fundamental */
    double angle_deg;
};

struct simulator_spectrum {
    const struct simulator_harmonic *list; /* copied when it is given */
    unsigned count;
};

/* An interharmonic, a signal of ripple control: a frequency that does not follow the network's. Those at
 * or above half the sampling rate are left out. */
struct simulator_tone {
    double hz;
    double
        voltage_percent; /* of the nominal voltage, in every phase, turned by the phase's angle */
    double current_percent; /* of the fundamental of each current, turned likewise */
    double angle_deg;
};

/* What stands between a conductor and a number. All zero: an ideal sensor without a converter. */
struct simulator_sensor {
    double ratio_error_percent; /* IEC 61869: positive, reads too much */
    double
        phase_error_min; /* minutes of arc at the fundamental, positive leads; 1/h of it at order h,
                                   as from a transformer's magnetising current */
    double noise_rms;    /* V or A, white; peaks within 3.5 times */
    double saturation_peak; /* V or A: no further; 0: none */
    double full_scale_peak; /* V or A at the converter's end of range; 0: no converter */
};

enum simulator_channels { SIMULATOR_1 = 1, SIMULATOR_2 = 2, SIMULATOR_3 = 4, SIMULATOR_N = 8 };

struct simulator_phase {
    double percent; /* of the nominal voltage */
    double angle_deg;
    struct simulator_spectrum harmonics;
};

struct simulator_network {
    double nominal_v; /* phase to neutral */
    double frequency_hz;
    double drift_hz_per_s, drift_limit_hz; /* until it is so far from frequency_hz; 0: for ever */
    double wander_hz, wander_period_s;     /* a slow sine about it */
    struct simulator_phase phase[SIMULATOR_PHASES];
    double negative_percent, negative_deg; /* sequences added to the fundamental, % of nominal; */
    double zero_percent, zero_deg;         /* the angle is that in phase 1 */
    double neutral_percent, neutral_deg;   /* VN: fundamental, % of nominal */
    struct simulator_tone tone[SIMULATOR_TONES_MAX];
    unsigned tone_count;
    double noise_percent; /* of nominal, white, on every voltage */
    double flicker_percent,
        flicker_hz;         /* relative voltage change (peak to peak), of this frequency, */
    bool flicker_is_square; /* as a sine or rectangular */
    unsigned channels;      /* SIMULATOR_ bits: voltages that are measured */
    struct simulator_sensor sensor[SIMULATOR_PHASES + 1];
};

/* A dip, a swell or an interruption. */
struct simulator_event {
    unsigned phases; /* SIMULATOR_1 ... SIMULATOR_3 */
    double
        start_s; /* since the start; frames nearest to start and end are the first and the first after */
    double duration_s;
    double
        residual; /* of the voltage as it would be: 0 interruption, 0.4 a dip to 40 %, 1.2 a swell */
    double period_s; /* begins again after so long, at least duration_s; 0: once */
};

struct simulator_current {
    double rms_a;   /* of the fundamental; negative: exports */
    double lag_deg; /* behind the position of its phase's voltage (phase[].angle_deg) */
    struct simulator_spectrum harmonics;
};

struct simulator_load {
    unsigned circuit;  /* of its channels, 1 ... WAVE_CIRCUITS_MAX; each once */
    unsigned channels; /* SIMULATOR_ bits: currents that are measured */
    struct simulator_current current[SIMULATOR_PHASES];
    bool is_constant_current; /* takes no notice of dips and flicker */
    /* The slow course: the product of these, evaluated at every full second since the start and linear
     * between. */
    bool has_profile;                        /* factors at the hours of the day, linear between */
    double profile[SIMULATOR_PROFILE_HOURS]; /* local time, see utc_offset_s */
    double swing_percent, swing_period_s;    /* a sine */
    double flutter_percent;                  /* random, even from -flutter to +flutter */
    struct simulator_sensor sensor[SIMULATOR_PHASES + 1];
};

struct simulator_config {
    int64_t start_ns;  /* UTC of the first frame */
    int utc_offset_s;  /* local time of profiles */
    double duration_s; /* 0: without end */
    double rate_hz;
    uint32_t block_frames; /* frames per read, 1 ... 65536 */
    uint64_t seed;
    unsigned adc_bits; /* 8 ... 32; 0: no converter */
    double
        clock_error_ppm; /* positive: the converter is fast, and samples lie closer than rate_hz says */
    struct simulator_network network;
    const struct simulator_event *events; /* copied */
    unsigned event_count;
    const struct simulator_load *loads; /* copied */
    unsigned load_count;
};

/* 230 V, 50 Hz, phases 1 2 3 at 0, -120 and 120 degrees, all three measured; 9600 Hz in blocks of 96; no
 * loads, ideal sensors, start 0. */
void simulator_config_init(struct simulator_config *config);

/* Channels: the voltages as V1 V2 V3 VN of circuit 1, then those of each load as I1 I2 I3 IN of its
 * circuit. ERR_USAGE: a field is out of range, and the fault names it. Every block has
 * WAVE_SIMULATED, and WAVE_CLIPPED where a converter came to the end of its range. A simulator with a
 * duration ends and can be rewound: then its own events come again, and those triggered are gone. */
enum err simulator_open(const struct simulator_config *config, struct source **source,
                        struct fault *fault);

/* What follows is called by the thread that reads, between two reads, and takes effect within 64 frames
 * (simulator_next_frame() tells where). `s` is a source of simulator_open. */

/* Index of the first frame that can still be changed. */
uint64_t simulator_next_frame(const struct source *s);

/* Replaces a load (index from 0); channels and circuit stay as they were, or ERR_USAGE. */
enum err simulator_set_load(struct source *s, unsigned index, const struct simulator_load *load,
                            struct fault *fault);

/* Replaces the network; the cycles go on from where they are. The measured channels stay, or ERR_USAGE. */
enum err simulator_set_network(struct source *s, const struct simulator_network *network,
                               struct fault *fault);

/* Adds an event that starts event->start_s after simulator_next_frame(). ERR_AGAIN: as many are under
 * way or to come as there is room for. */
enum err simulator_trigger(struct source *s, const struct simulator_event *event,
                           struct fault *fault);

#endif
