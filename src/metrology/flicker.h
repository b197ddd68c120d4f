/* Flickermeter of IEC 61000-4-15:2010, for three voltages at once: lanes 0, 1, 2 of a frame, or on a
 * network without neutral their differences 0 - 1, 1 - 2, 2 - 0.
 *
 *   block 1   the voltage over its own one-minute mean (half-cycle RMS, first order, 27.3 s)
 *   block 2   squared, and brought to 1.2 ... 2.4 kHz by triangles of samples
 *   block 3   0.05 Hz high-pass, Butterworth of 6th order at 35 Hz (50 Hz) or 42 Hz (60 Hz), lamp and eye
 *   block 4   squared, 300 ms: P_inst, 1 at the threshold of perception
 *   block 5   distribution over ten minutes: P_st; cubic mean of twelve: P_lt
 *
 * Alone, or inside the core (metrology.h), which feeds it. Memory is constant, the caller's, and small
 * (some 26 KiB); results do not depend on how samples were cut into pushes. */
#ifndef METROLOGY_FLICKER_H
#define METROLOGY_FLICKER_H

#include "metrology/lanes.h"

#include <stdbool.h>
#include <stdint.h>

#define FLICKER_CHANNELS 3

typedef double flicker_v __attribute__((vector_size(32))); /* a voltage is a lane; one is spare */

/* The incandescent lamp whose light is judged; the frequency chooses the low-pass. */
enum flicker_lamp { FLICKER_LAMP_AUTO, FLICKER_LAMP_230, FLICKER_LAMP_120 };

struct flicker_setup {
    double nominal_hz; /* 50 or 60 */
    double
        nominal_voltage_v; /* phase to neutral; below 1 % of it there is no flicker; 0: not known */
    enum flicker_lamp
        lamp; /* auto: 120 V from 85 to 175 V nominal, 230 V up to 265 V, beyond them and
                               * where none is known as usual at the frequency */
    bool delta;
    int64_t origin_ns;      /* the ten minutes are counted from here; 0: UTC */
    enum lanes_level lanes; /* LANES_AUTO but for tests */
};

/* Below it the squares' images reach the band. */
#define FLICKER_LOWEST_RATE_HZ 1200

/* --- Block 3 as the sum of first-order parts, exact for a signal that runs straight from sample to sample - */

#define FLICKER_PAIRS   4
#define FLICKER_SINGLES 3

struct flicker_filter {
    struct {
        double turn_re, turn_im, gain_re, gain_im; /* of a pole and its conjugate */
    } pair[FLICKER_PAIRS];
    struct {
        double turn, gain;
    } single[FLICKER_SINGLES];
    double direct;     /* share of the newest sample */
    double scale;      /* P_inst of the squared output */
    double smooth;     /* of block 4: share that stays */
    double smooth_old; /* shares of the sample before and of the newest */
    double smooth_new;
};

/* For samples at rate_hz (from some 1 kHz up). */
void flicker_filter_design(struct flicker_filter *f, double rate_hz, double nominal_hz,
                           enum flicker_lamp lamp);

/* Magnitude of block 3 at a frequency, from its definition (IEC 61000-4-15 5.5, table of the
 * coefficients): 1 at 8.8 Hz but for the high-pass and the low-pass. */
double flicker_response(double hz, double nominal_hz, enum flicker_lamp lamp);

/* --- Block 5: how long P_inst was how high ------------------------------------------------------------------- */

/* 128 classes per octave from 2^-14 to 2^18 and one for less: the number of a class is a part of the bits
 * of a float. A level is known to 0.8 %, mostly far better by interpolation; P_st to half of that. */
#define FLICKER_OCTAVES    32
#define FLICKER_LOWEST     (-14)
#define FLICKER_CLASSES    (FLICKER_OCTAVES * 128 + 1)
#define FLICKER_LONG_TERM  12 /* P_st in a P_lt */
#define FLICKER_INTERVAL_S 600

struct flicker_distribution {
    uint32_t total;
    uint16_t count[FLICKER_CLASSES];
};

void flicker_distribution_add(struct flicker_distribution *d, double p_inst);
/* The level exceeded for `percent` of the time; 0 if nothing was added. */
double flicker_distribution_level(const struct flicker_distribution *d, double percent);
/* P_st of what was added. */
double flicker_distribution_pst(const struct flicker_distribution *d);

/* --- The meter ------------------------------------------------------------------------------------------------ */

/* Ten minutes. A P_st is available if nine tenths of them were metered. */
struct flicker_result {
    int64_t start_ns, end_ns;
    unsigned pst_valid, plt_valid; /* bit per channel */
    double pst[FLICKER_CHANNELS];
    double plt[FLICKER_CHANNELS]; /* in the last of twelve ten minutes, if all were available */
    uint32_t flags;               /* QUALITY_ bits for P_st; QUALITY_GAP: not all was metered */
    uint32_t plt_flags;
};

struct flicker {
    struct flicker_setup setup;
    const struct lanes_ops *ops;
    enum flicker_lamp lamp;
    struct flicker_filter filter;
    /* the present stretch */
    bool running;
    double rate_hz, step_s;     /* of the frames; time between decimated samples */
    unsigned decimation, index; /* frames per decimated sample; of the next frame among them */
    double share;               /* one over the triangle's sum */
    flicker_v sum, ramp, ramp_before;
    double
        sag; /* what the triangle and the straight lines take at high frequencies is given back */
    flicker_v input[3];           /* normalised, [0] the newest */
    unsigned half_cycle, in_half; /* decimated samples in a half cycle; of the present one */
    unsigned halves;              /* half cycles so far, as far as they need counting */
    flicker_v half_sum, half_ramp, half_before; /* of squares: a triangle over two half cycles */
    flicker_v inverse;                          /* one over the level's square; 0: there is none */
    flicker_v present;                          /* 1 for channels that have a level */
    double approach;                            /* share of block 1 that a half cycle moves */
    double level[FLICKER_CHANNELS];
    uint32_t age[FLICKER_CHANNELS]; /* half cycles that went into the level; 0: no voltage */
    flicker_v state_re[FLICKER_PAIRS], state_im[FLICKER_PAIRS], state[FLICKER_SINGLES];
    flicker_v squared, p_inst, largest;
    unsigned every, since; /* decimated samples per classified one */
    unsigned settled;      /* bit per channel */
    unsigned seen;         /* likewise: `largest` holds something */
    /* the ten minutes */
    bool begun;
    int64_t interval; /* number since the origin */
    double covered_s[FLICKER_CHANNELS];
    uint32_t flags;
    struct flicker_distribution distribution[FLICKER_CHANNELS];
    /* the two hours */
    unsigned long_count[FLICKER_CHANNELS];
    double long_cubes[FLICKER_CHANNELS];
    uint32_t long_flags;
    struct flicker_result result; /* the latest */
    uint32_t results;             /* how many there were */
};

void flicker_begin(struct flicker *f, const struct flicker_setup *s);

/* Samples from here on do not continue those before. False if the rate is below
 * FLICKER_LOWEST_RATE_HZ: then nothing is metered until the next stretch. P_inst is available, and
 * counted, from FLICKER_SETTLING_S on. */
#define FLICKER_SETTLING_S 5
bool flicker_stretch(struct flicker *f, double rate_hz);

/* n frames, the first one at start_ns; less than ten minutes. `results` moves on when an interval ended. */
void flicker_push(struct flicker *f, int64_t start_ns, const lanes_f *frames, size_t n);

/* The stretch ends at end_ns. An interval that lacks no more than 20 ms ends with it. */
void flicker_finish(struct flicker *f, int64_t end_ns);

/* QUALITY_ bits for the running interval, and for the latest one if it had not ended at since_ns. */
void flicker_flag(struct flicker *f, int64_t since_ns, uint32_t flags);

/* Largest P_inst of each channel since the last call; returns a bit per channel that is available. */
unsigned flicker_take_largest(struct flicker *f, double largest[FLICKER_CHANNELS]);

#endif
