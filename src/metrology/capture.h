/* Waveform capture: at an event, some cycles of voltages and currents from before and after it.
 *
 * A set has ten waveforms of up to CAPTURE_SAMPLES samples: V1 V2 V3 U12 U23 U31 and four currents. For an
 * event of a load these are its I1 I2 I3 IN; for one of the network, those of the load that the setup
 * names, or the first four currents in the order of the loads (four single-phase loads: I1 of each).
 *
 * Samples are taken as they are, every `subsampling`-th frame, counted from the trigger's frame: there is
 * no decimating filter, so edges stay where they were, and what lies above half the new rate folds back.
 * Numbers hold per sample, whatever the rate: at 9600 Hz and a subsampling of 2, a set is 200 ms long.
 *
 * Before an event nothing is done: the ring of frames, which metering needs anyway, is long enough. */
#ifndef METROLOGY_CAPTURE_H
#define METROLOGY_CAPTURE_H

#include "quantity/quantity.h"

#include <stdbool.h>
#include <stdint.h>

#define CAPTURE_SAMPLES         960
#define CAPTURE_WAVEFORMS       10
#define CAPTURE_CURRENTS        4
#define CAPTURE_SUBSAMPLING_MAX 16

enum capture_reason {
    CAPTURE_DIP,
    CAPTURE_SWELL,
    CAPTURE_INTERRUPTION,
    CAPTURE_OVERCURRENT,
    CAPTURE_RAPID_CHANGE,
    CAPTURE_DIGITAL_INPUT,
    CAPTURE_POWER_FAILURE,
    CAPTURE_REASONS
};
const char *capture_reason_name(enum capture_reason r); /* "dip", "digital_input" ... */

struct capture_setup {
    unsigned
        subsampling; /* 1 ... CAPTURE_SUBSAMPLING_MAX: each so many frames; 0: nothing is captured */
    double after_percent; /* share of the samples from the trigger on, 0 ... 100 */
    uint32_t reasons;     /* bit 1 << reason: this triggers */
    int load; /* whose currents go with the network's sets; -1: the first four, in the order of the loads */
};

struct metrology_capture {
    enum capture_reason reason;
    int load;         /* that it is about, METROLOGY_NETWORK: the network */
    bool at_end;      /* triggered by the end of an event that was longer than a set */
    int64_t event_ns; /* start of the event; with reason and load it says which. Else the trigger */
    int64_t trigger_ns; /* start or end of the event, or the instant that was given */
    int64_t start_ns;   /* of the first sample */
    double rate_hz;     /* of the samples */
    unsigned subsampling;
    unsigned count; /* of samples; less than CAPTURE_SAMPLES where a stretch began or ended */
    unsigned
        before; /* of them before the trigger: number `before` is the trigger's own frame, which may
                      * lie behind the last one */
    uint32_t
        flags; /* QUALITY_ bits of the interval: gap, clipped, simulated. Missing samples are 0 */
    uint64_t lost; /* sets that could not be taken so far, for want of room or of samples */
    struct {
        enum spectrum_channel channel;
        int load;                  /* of a current */
        const float *sample;       /* `count` of them, V or A; NULL: there is no such signal */
    } waveform[CAPTURE_WAVEFORMS]; /* good until the function returns */
};

#endif
