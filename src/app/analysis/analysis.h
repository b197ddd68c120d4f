/* Analysis of a recording: the same core that meters live, run over a file as fast as it goes.
 *
 * The channels of the recording become circuits (a voltage set and a current set each); circuits that
 * share voltages share a meter. A first pass finds frequency and level where neither the options nor
 * the file tell; the second one meters, and what it finds is gathered here. */
#ifndef APP_ANALYSIS_ANALYSIS_H
#define APP_ANALYSIS_ANALYSIS_H

#include "base/fault.h"
#include "base/text.h"
#include "metrology/metrology.h"
#include "plant/plant.h"
#include "source/source.h"

#include <stdbool.h>
#include <stdint.h>

struct analysis_options {
    struct source_options source;
    double nominal_voltage_v;  /* 0: not given */
    double nominal_hz;         /* 0: not given */
    double nominal_current_a;  /* 0: not given */
    const struct plant *plant; /* installation whose loads lend their rated currents; NULL: none */
    bool windows, half_cycles, aggregates; /* keep each of them */
    struct metrology_setup thresholds;     /* percents, methods, captures; the rest is not used */
    const char *waveforms;                 /* folder for captured waveforms; NULL: none */
    void (*progress)(double share);        /* called now and then with 0 ... 1; NULL: silent */
};

/* Mean, smallest and largest of a quantity over the windows. */
struct analysis_stat {
    uint64_t count;
    double sum, squares, min, max; /* of angles: sums of cosine and sine */
};

struct analysis_spectrum {
    uint64_t count;
    unsigned highest, highest_inter;
    double squares[HARMONIC_MAX + 1], inter_squares[HARMONIC_MAX + 1];
};

struct analysis_circuit {
    unsigned number;  /* as in the channels' places */
    const char *type; /* "3P+N", "3P", ...; "I" if there are only currents */
    unsigned meter;   /* index */
    int load;         /* of the meter; METROLOGY_NETWORK: voltages only */
    unsigned
        voltages_of; /* number of the circuit whose voltages it uses; its own or another's; 0: none */
    struct analysis_stat stat[Q_COUNT];
    struct analysis_spectrum spectrum[SPECTRUM_COUNT];
    struct text half_cycle_t[SPECTRUM_COUNT], half_cycle_rms[SPECTRUM_COUNT]; /* JSON numbers */
};

enum nominal_from { NOMINAL_OPTION, NOMINAL_RECORDING, NOMINAL_MEASURED };
const char *nominal_from_name(enum nominal_from f);

struct analysis_meter {
    unsigned voltages_of; /* circuit number, 0: currents only */
    bool delta;
    double nominal_voltage_v; /* 0: no voltages */
    enum nominal_from nominal_from;
    struct metrology_setup setup;
    struct metrology_load *load; /* owned; room for WAVE_CIRCUITS_MAX */
    unsigned load_count;
};

/* What a voltage set without currents of its own (a second busbar, say) shows at the same time as another
 * circuit is the same event seen at another place: it joins that circuit's event as further channels. */
struct analysis_channel {
    unsigned circuit;
    enum spectrum_channel channel;
    double extreme, percent;
    double steady, steady_percent; /* of rapid voltage changes */
    bool ended;                    /* it is back */
    int64_t start_ns, end_ns;
};

#define ANALYSIS_EVENT_CHANNELS 48

struct analysis_event {
    enum event_kind kind;
    unsigned circuit; /* number of the circuit that it is about */
    bool ended;
    int64_t start_ns, end_ns;
    double reference;
    unsigned channel_count;
    struct analysis_channel channel[ANALYSIS_EVENT_CHANNELS];
};

#define ANALYSIS_EVENTS_MAX 100000
#define ANALYSIS_NOTES_MAX  64

struct analysis {
    const struct analysis_options *options;
    struct source *source;
    const struct source_info *info;
    unsigned circuit_count, meter_count;
    struct analysis_circuit *circuit; /* owned; circuit_count */
    struct analysis_meter *meter;     /* owned; meter_count */
    struct wave_place *place;         /* owned; what each channel of the recording is */
    double nominal_hz;
    enum nominal_from nominal_hz_from;
    struct analysis_event *event; /* owned */
    size_t event_count, event_room, events_lost;
    uint64_t window_count;
    struct text windows, aggregates;    /* JSON objects with commas between, if asked for */
    char note[ANALYSIS_NOTES_MAX][240]; /* what was odd, beyond what the source says */
    unsigned note_count;
    uint64_t frames;          /* metered */
    unsigned waveform_count;  /* sets that were written */
    struct fault write_fault; /* why one could not be */
    unsigned to_be_surveyed;  /* meters of which a survey does not know enough yet */
};

/* Opens the recording and meters it. Whatever is returned, analysis_free() afterwards. */
enum err analysis_run(struct analysis *a, const char *path, const struct analysis_options *options,
                      struct fault *fault);
void analysis_free(struct analysis *a);

/* Adds a sentence to the notes, once. */
void analysis_note(struct analysis *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* circuits.c: fills circuit and meter from the source's channels. */
enum err analysis_find_circuits(struct analysis *a, struct fault *fault);

/* nominal.c: frequency and level, by a pass of its own where needed. */
enum err analysis_find_nominal(struct analysis *a, struct fault *fault);

/* events.c */
void analysis_keep_event(struct analysis *a, unsigned meter, const struct metrology_event *e);
void analysis_order_events(struct analysis *a); /* by time, one event once */

/* waveforms.c: the folder that they go to, and a set of a meter. What goes wrong stands in a->write_fault. */
enum err analysis_make_folder(const struct analysis *a, struct fault *fault);
void analysis_keep_waveforms(struct analysis *a, unsigned meter, const struct metrology_capture *c);

/* Name of a channel, with its circuit's number where that is not `circuit`: "V1", "2:V1". */
#define ANALYSIS_CHANNEL_TEXT 24
void analysis_channel_name(const struct analysis_channel *c, unsigned circuit,
                           char text[ANALYSIS_CHANNEL_TEXT]);

enum analysis_depth {
    ANALYSIS_SURVEY, /* voltages only, without spectra, until enough is known */
    ANALYSIS_WHOLE
};

/* Runs all meters over the recording; sinks[i] belongs to meter i. */
enum err analysis_pass(struct analysis *a, const struct metrology_sink *sinks,
                       enum analysis_depth depth, struct fault *fault);

/* Seconds since the recording's start. */
double analysis_seconds(const struct analysis *a, int64_t instant_ns);

/* Mean of a quantity over the windows: root mean square of RMS values, by vector of angles, else
 * arithmetic. The quantity has windows (count > 0). */
double analysis_mean(const struct analysis_circuit *c, enum quantity q);

/* The two ways to show it. */
void analysis_write_json(const struct analysis *a, struct text *out);
void analysis_write_page(const struct analysis *a, struct text *out, bool colour);

#endif
