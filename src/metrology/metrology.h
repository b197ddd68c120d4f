/* The metrology core: samples in, results out.
 *
 * Pure C11 with <math.h>: memory comes from the caller, nothing is allocated, no clock is read and no
 * file is touched. Time comes with the blocks. Results do not depend on how the stream was cut into
 * blocks: 1, 7, 64 or 1000 frames give the same bits.
 *
 *        grid ──►── load        import is positive       +Q
 *                                               Q2 -P +Q  │  Q1 +P +Q
 *                                               capacitive│  inductive (current lags)
 *                                              ───────────┼───────────► +P
 *                                               Q3 -P -Q  │  Q4 +P -Q
 *                                               inductive │  capacitive (current leads)
 *
 * One `struct metrology` meters one voltage system and any number of loads on it. Every result of a
 * window comes from the same samples, cut at the same instants.
 *
 * What it does, in the order of the files: lanes (vector loops), acquire and track (frequency and zero
 * crossings), half (one-cycle RMS each half cycle), window (10/12 cycles: sums), spectrum (resampling,
 * harmonics), values (quantities of the network and the loads), energy (counters), event (dips, swells,
 * interruptions, overcurrents), flicker (P_inst, P_st, P_lt), capture (waveforms at an event). */
#ifndef METROLOGY_METROLOGY_H
#define METROLOGY_METROLOGY_H

#include "base/fault.h"
#include "metrology/capture.h"
#include "metrology/energy.h"
#include "metrology/flicker.h"
#include "metrology/lanes.h"
#include "quantity/quantity.h"
#include "wave/block.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- What is to be metered --------------------------------------------------------------------- */

/* A signal as a sum of the source's channels: v(t) = offset + sum of factor * channel(t + advance). It
 * carries the wiring (a reversed sensor, the neutral as a sum of phases, a star point from line voltages)
 * and calibration: ratio, direct component, and phase as time, with which a channel that is late comes
 * earlier, by up to METROLOGY_ADVANCE_US either way. */
#define METROLOGY_TERMS      4
#define METROLOGY_ADVANCE_US 600
struct metrology_mix {
    unsigned terms; /* 0: there is no such signal */
    struct {
        uint16_t channel;
        float factor;
        float advance_us;
    } term[METROLOGY_TERMS];
    float offset;
};

enum metrology_reactive {
    REACTIVE_IEC61557,   /* Q = sign(phi1) sqrt(S^2 - P^2): distortion is in Q (IEC 61557-12) */
    REACTIVE_FUNDAMENTAL /* Q = V1 I1 sin(phi1) (IEC 62053-24) */
};

enum metrology_total {
    TOTAL_VECTOR,    /* Q = sum Qp, S = sqrt(P^2 + Q^2) */
    TOTAL_ARITHMETIC /* S = sum Sp, Q = sign sqrt(S^2 - P^2) */
};

/* Spans that the values of windows are gathered over (IEC 61000-4-30 4.4, 4.5). */
enum metrology_span {
    METROLOGY_SPAN_CYCLES,  /* 150 or 180 cycles: fifteen windows */
    METROLOGY_SPAN_AVERAGE, /* setup.average_s */
    METROLOGY_SPAN_10MIN,
    METROLOGY_SPAN_2H, /* twelve values of 10 minutes */
    METROLOGY_SPANS
};
/* "150cycles" (also where it is 180), "average", "10min", "2h" */
const char *metrology_span_name(enum metrology_span s);

enum metrology_pf_sign {
    PF_SIGN_IEC, /* sign of P */
    PF_SIGN_IEEE /* negative where the current lags (IEEE 1459, as meters show it) */
};

/* The first four are lines of a load; IN is a signal like the others, measured or summed. The others are
 * metered as RMS values only: the residual current ID, that of the protective conductor, and the sum of
 * the lines' samples, which ID can be compared with. */
enum metrology_current {
    CURRENT_1,
    CURRENT_2,
    CURRENT_3,
    CURRENT_N,
    CURRENT_D,
    CURRENT_PE,
    CURRENT_SUM,
    METROLOGY_CURRENTS
};
#define METROLOGY_LINES 4

/* The voltage that drives a current: power is the mean of their product. */
enum metrology_drive { DRIVE_V1, DRIVE_V2, DRIVE_V3, DRIVE_U12, DRIVE_U23, DRIVE_U31 };

struct metrology_load {
    struct metrology_mix current[METROLOGY_CURRENTS];
    uint8_t phase[3]; /* enum metrology_drive of I1 I2 I3 */
    /* One of I1 I2 I3 is measured, with its own phase voltage; the two others are that one, later by
     * thirds of a cycle in the order of the network's phases. */
    bool balanced;
    double rated_current_a;  /* for overcurrents; 0: none */
    double demand_current_a; /* for TDD: the largest demand current; 0: the rated one */
};

struct metrology_setup {
    double highest_rate_hz; /* of the blocks that will come; memory is taken for it */
    double nominal_hz;      /* 50: windows of 10 cycles; 60: of 12 */
    double
        nominal_voltage_v; /* for events and the frequency's lower limit; 0: not known, no voltage events */
    /* Which network it is, and what the nominal voltage stands for. None: a star, V1 V2 V3. */
    bool
        delta; /* U12 U23 U31, on which events are judged; without neutral, V to a virtual star point */
    bool split;    /* two live conductors in opposition: U12 is twice V1 */
    bool high_leg; /* with delta: a neutral in the middle between 1 and 2, V3 is the high leg */
    struct metrology_mix voltage[4]; /* V1 V2 V3 VN */
    unsigned load_count;
    const struct metrology_load *load;                                           /* copied */
    double dip_percent, swell_percent, interruption_percent, hysteresis_percent; /* of nominal */
    double overcurrent_percent;                                                  /* of rated */
    /* Dips, swells and rapid changes are judged against the mean of the last minute of each channel in
     * place of the nominal voltage (IEC 61000-4-30 5.4.4). */
    bool sliding_reference;
    double rvc_percent;            /* of the reference; 0: none are looked for */
    double rvc_hysteresis_percent; /* of that threshold */
    /* Mains signalling (IEC 61000-4-30 5.10): the carrier, 0: none; an event begins above so much of the
     * nominal voltage (0: none does) and lasts so long, at most 120 s. */
    double signalling_hz, signalling_percent, signalling_s;
    bool
        no_spectra; /* leave out what comes from the spectrum: harmonics, fundamentals, crest factors */
    /* Windows begin anew at multiples of this time (IEC 61000-4-30 class A: 600), 0: never. Of a recording
     * without a date, time begins with the recording. */
    unsigned resync_s;
    unsigned spans;     /* bit 1 << span: aggregates that are made; others cost nothing */
    unsigned average_s; /* 1 ... 3600, aligned to the clock */
#define METROLOGY_FAST_CYCLES_MAX 10
    unsigned
        fast_cycles; /* fast values over 1 ... 10 cycles (20 ... 200 ms), without spectra; 0: none */
    /* Length of a demand interval, 1 ... 60; 0: no demand. It is aligned to the clock, or, by_pulse, goes
     * from one call of metrology_demand_sync to the next. */
    unsigned demand_minutes;
    bool demand_by_pulse;
    double start_up_w; /* energy is not counted while the load's S is below; 0: always counted */
    /* The load's registers are the sums of its phases' registers: within a window, import of one phase and
     * export of another one do not cancel. Else they count the load's total. */
    bool energy_per_phase;
    enum metrology_reactive reactive;
    enum metrology_total total;
    enum metrology_pf_sign pf_sign;
    /* Flicker: P_st and P_lt of the clock's intervals, or of those counted from an instant (the begin of a
     * recording too short to hold one of the clock's). */
    bool no_flicker;
    enum flicker_lamp flicker_lamp;
    int64_t flicker_origin_ns;
    struct capture_setup capture; /* captures lengthen the ring of frames */
    enum lanes_level lanes;       /* LANES_AUTO but for tests */
};

/* 50 Hz, EN 50160 thresholds (90, 110, 10, hysteresis 2 %), overcurrent 120 %, vector totals; no
 * captures. */
void metrology_setup_init(struct metrology_setup *s);

/* --- What comes out ----------------------------------------------------------------------------- */

struct metrology;

struct metrology_window {
    const struct quantity_set *network; /* F, voltages; good until the function returns */
    const struct quantity_set *load;    /* load_count sets, with the network's values in them */
    unsigned load_count;
};

#define METROLOGY_NETWORK (-1)

/* RMS over one cycle, from a zero crossing of the channel's own fundamental, each half cycle
 * (IEC 61000-4-30 3.24, U_rms(1/2)). */
struct metrology_half_cycle {
    int load; /* index, or METROLOGY_NETWORK for V and U */
    enum spectrum_channel channel;
    int64_t start_ns, end_ns; /* of the cycle */
    double rms;
};

enum event_kind {
    EVENT_DIP,
    EVENT_SWELL,
    EVENT_INTERRUPTION,
    EVENT_OVERCURRENT,
    EVENT_RVC,        /* rapid voltage change; known, and given, when it is over (rvc.c) */
    EVENT_SIGNALLING, /* mains signalling voltage above its threshold (signalling.c) */
    EVENT_KINDS
};
const char *event_kind_name(enum event_kind k);

#define EVENT_CHANNELS 4 /* V1 V2 V3, U12 U23 U31, or I1 I2 I3 IN */

/* Times are the beginnings of one-cycle windows: of the first past the threshold, and of the first
 * that is back past threshold and hysteresis (IEC 61000-4-30 5.4, 5.5). */
struct metrology_event {
    enum event_kind kind;
    int load; /* METROLOGY_NETWORK but for overcurrents */
    bool ended;
    int64_t start_ns, end_ns; /* end_ns only if ended */
    double reference;         /* V or A that 100 % stands for */
    unsigned channel_count;   /* that took part, in order of their channels */
    struct {
        enum spectrum_channel channel;
        /* Lowest or highest one-cycle RMS within the event; of a rapid voltage change the largest
         * difference from the level before (delta U_max); of signalling the highest level of a window. */
        double extreme;
        double steady;    /* RVC: difference between the levels after and before (delta U_ss) */
        double reference; /* as above; a channel's own where the reference slides */
        bool ended;       /* the channel is back */
        int64_t start_ns,
            end_ns; /* when it went past the threshold; when it came back, the last time */
    } channel[EVENT_CHANNELS];
};

/* Fast values: RMS and powers over a few whole cycles of the reference, one interval after the other from
 * the stretch's begin. NAN: not available. Q and the sign of PF follow the phasors of the last cycle. */
struct metrology_fast_load {
    double current[METROLOGY_LINES];          /* I1 I2 I3 IN */
    double p[4], q[4], s[4], power_factor[4]; /* of the load, of phase 1, 2, 3 */
};

struct metrology_fast {
    int64_t start_ns, end_ns;
    uint32_t cycles;
    uint32_t flags;                         /* QUALITY_ bits */
    double frequency;                       /* cycles by their duration */
    double voltage[4];                      /* V1 V2 V3 VN */
    double line_voltage[3];                 /* U12 U23 U31 */
    const struct metrology_fast_load *load; /* good until the function returns */
    unsigned load_count;
};

/* Why an interval ended. All but the first two leave it incomplete. */
enum metrology_ending {
    METROLOGY_ENDED,          /* its time was over */
    METROLOGY_ENDED_BY_PULSE, /* metrology_demand_sync */
    METROLOGY_ENDED_BY_GAP,   /* the samples went on after its time was over */
    METROLOGY_ENDED_BY_CLOCK, /* the samples' time went back */
    METROLOGY_ENDED_BY_STOP   /* metrology_stop */
};
const char *
metrology_ending_name(enum metrology_ending e); /* "time", "pulse", "gap", "clock", "stop" */

/* A window belongs to the interval that it begins in, to its end; only the 150 or 180 cycles that run when
 * a tick comes go on to their fifteen windows, beside the new ones.
 *
 * The sets are as those of a window. RMS values, distortions, factors, harmonics: root of the mean of the
 * squares. F, P, Q, S and direct components: mean. Deviations: of the mean square of the voltages cut at
 * the nominal one (5.12). PHI: of the sum of vectors as long as S; cos, tan and the power factors anew
 * from the aggregates. PINST: the largest. Counters, demand, flicker severities: those of the last window.
 * Quality: whatever one of the windows had; QUALITY_INCOMPLETE if cycles of the interval are in no window. */
struct metrology_aggregate {
    enum metrology_span span;
    enum metrology_ending ending;
    int64_t start_ns, end_ns; /* of 150/180 cycles, as metered; else of the clock's interval */
    unsigned windows;         /* that it was made of (2 h: values of 10 minutes) */
    unsigned expected; /* that the interval has, by the mean length of those that there are */
    const struct quantity_set *network; /* good until the function returns */
    const struct quantity_set *load;
    unsigned load_count;
};

/* Demand of an interval: its energy, and that divided by its length, of the imported and exported active,
 * the positive and negative reactive, and the apparent energy. Of an interval that was not metered as a
 * whole (QUALITY_INCOMPLETE) too: nothing is invented for what was missed. Energies of all intervals sum up
 * to what the counters grew by. */
enum { DEMAND_P_POS, DEMAND_P_NEG, DEMAND_Q_POS, DEMAND_Q_NEG, DEMAND_S, DEMANDS };

struct metrology_load_demand {
    double energy_j[DEMANDS]; /* Ws, vars, VAs */
    double mean[DEMANDS];     /* W, var, VA */
};

struct metrology_demand {
    enum metrology_ending ending;
    int64_t start_ns, end_ns;
    int64_t covered_ns;                       /* of it that was metered */
    uint32_t flags;                           /* QUALITY_ bits of what happened within */
    const struct metrology_load_demand *load; /* good until the function returns */
    unsigned load_count;
};

/* Any of the functions may be NULL. They are called from within metrology_push and _finish. */
struct metrology_sink {
    void *context;
    void (*window)(void *context, struct metrology *m, const struct metrology_window *w);
    void (*half_cycle)(void *context, const struct metrology_half_cycle *h);
    void (*event)(void *context, const struct metrology_event *e); /* at its begin and at its end */
    void (*capture)(void *context, const struct metrology_capture *c);
    void (*flicker)(void *context, const struct flicker_result *r); /* every ten minutes */
    void (*aggregate)(void *context, struct metrology *m, const struct metrology_aggregate *a);
    void (*fast)(void *context, const struct metrology_fast *f);
    void (*demand)(void *context, struct metrology *m, const struct metrology_demand *d);
};

/* --- How it runs --------------------------------------------------------------------------------- */

/* Fill a setup (all zero but what metrology_setup_init() sets and you know), ask for the bytes, begin, push
 * blocks for ever. All calls for one `struct metrology` come from one thread; two of them share nothing. The
 * sink's functions run within metrology_push, must not push, and copy what they keep.
 *
 * Most pushes are cheap. The one that completes a window, about 1.6 cycles after its end, makes its
 * spectra: give it time by a queue of blocks. docs/firmware.md has figures. */

/* Bytes of memory that a setup needs. Its rate decides: the lower highest_rate_hz, the less. */
size_t metrology_bytes(const struct metrology_setup *s);

/* Begins in `memory` (metrology_bytes long, aligned to 64 bytes, the caller's until the end of use).
 * Energies begin at 0. */
struct metrology *metrology_begin(void *memory, const struct metrology_setup *s,
                                  const struct metrology_sink *sink);

/* Meters a block of any number of frames, before it returns. WAVE_BEGIN, or another rate, ends the stretch
 * before as metrology_finish does and begins one at the block's start_ns, and so does a block whose
 * start is 100 ms or more off from where the samples before it ended (a clock that was set). The instants of
 * a stretch follow the blocks' starts where they have run away by more than a millisecond, by at most a
 * thousandth of the time: a source whose rate is not quite what it says stays with UTC, and neither samples
 * nor energies know of it. ERR_OK, or
 * ERR_UNSUPPORTED if the block's rate is above highest_rate_hz or gives fewer than
 * METROLOGY_SAMPLES_PER_CYCLE frames per nominal cycle: then it is passed over. The block has every channel
 * that the setup names. Samples that are no number, infinite, or beyond LANES_LARGEST are missing: they
 * count as 0 and mark their windows with QUALITY_GAP. */
#define METROLOGY_SAMPLES_PER_CYCLE 8
enum err metrology_push(struct metrology *m, const struct wave_block *block);

/* Ends a stretch of samples, because the source has ended or gone silent: what is left of it is metered (a
 * last window of fewer whole cycles if it is the only one, the rest's energy), open events stay open,
 * captures get what there is. It is a power failure to them. */
void metrology_finish(struct metrology *m);

/* As metrology_finish, and ends the intervals that run (aggregates, demand): nothing more will come. Without
 * it they go on with the samples that come next. */
void metrology_stop(struct metrology *m);

/* Events that still run, each given to `each` with ended = false. */
void metrology_open_events(const struct metrology *m, void *context,
                           void (*each)(void *context, const struct metrology_event *e));

/* Captures the waveforms round an instant, from outside (a digital input): of a load or METROLOGY_NETWORK.
 * False: nothing is captured for this reason, there is no such instant in the present stretch, or too many
 * sets are waiting already (which is counted). Call it between blocks. */
bool metrology_trigger(struct metrology *m, enum capture_reason reason, int load,
                       int64_t instant_ns);
/* Sets that were wanted and not taken, since the begin. */
uint64_t metrology_captures_lost(const struct metrology *m);

/* A pulse or message that ends the running demand interval and begins the next, at an instant of the
 * samples' time; from the thread that pushes. An instant that was metered already means now. Pulses within a
 * second of the one before are bounces. If none comes for twice the interval's length, it ends incomplete. */
void metrology_demand_sync(struct metrology *m, int64_t at_ns);

/* A load's counters, to be restored before the first block, or read: *metrology_energy(m, i) is all there is
 * to keep over a restart, and between two windows it is whole. */
struct energy *metrology_energy(struct metrology *m, unsigned load);

/* The network's voltage (0 V1, 1 V2, 2 V3) that a load has as its own V1, V2, V3 (`which` 0, 1, 2); -1: it
 * has none there. A load of one phase has only V1: the voltage of its phase. */
int metrology_load_voltage(const struct metrology *m, unsigned load, unsigned which);

/* Within the window function: copies up to `room` frames of a signal's samples around the window's
 * end, from an upward zero crossing of the reference, two cycles long, thinned to fit. Returns the
 * frames written. load METROLOGY_NETWORK: signal 0 ... 3 is V1 V2 V3 VN; else I1 I2 I3 IN of that load.
 * start_ns and rate_hz describe them. 0 if there is none. */
unsigned metrology_trace(const struct metrology *m, int load, unsigned signal, float *sample,
                         unsigned room, unsigned stride, int64_t *start_ns, double *rate_hz);

#endif
