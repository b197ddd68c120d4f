/* The core's state and the functions that its files share. Not for other rooms. */
#ifndef METROLOGY_INTERNAL_H
#define METROLOGY_INTERNAL_H

#include "base/instant.h"
#include "metrology/aggregate.h"
#include "metrology/metrology.h"
#include "metrology/shift.h"

#ifndef M_PI
#define M_PI 3.14159265358979323846
#endif

/* Instants inside a stretch of samples are coordinates in frames: frame n lies at n and stands for
 * n - 1/2 ... n + 1/2; the stretch begins at -1/2. */
#define STRETCH_BEGIN (-0.5)

/* Seconds of signal that acquisition looks at: four cycles at 50 Hz. */
#define METROLOGY_ACQUIRE_S 0.085
/* Frequencies that are followed, as factors of the nominal one; rings have room for the lowest. */
#define LOWEST_OF_NOMINAL  0.8
#define HIGHEST_OF_NOMINAL 1.45

/* Signals that half cycles are made of: the lanes of all banks, then U12 U23 U31. */
#define LINE_VOLTAGES 3

/* Eight lanes: the last samples and the running sums over them, as rings. */
struct bank {
    lanes_f *frame;          /* ring of m->frame_ring frames, then its first LANES_ROW again */
    struct lanes_sums *sums; /* ring per block of m->sums_block frames: before its first frame */
    struct lanes_sums carry;
    int64_t rebased; /* value of `processed` when the sums began anew */
    /* what soft edges add to the sums at the window's begin, its end, and at the restart */
    struct edge {
        lanes_d square, product;
    } edge_begin, edge_end, edge_restart;
    int32_t companion[LANES]; /* lane of bank 0 that a lane is multiplied with, */
    int32_t minus[LANES];     /* less this one, for lanes that a line voltage drives: */
    unsigned lines;           /* a bit for each of them */
    struct lanes_mix term[METROLOGY_TERMS]; /* what its lanes are made of */
    unsigned terms;
    float offset[LANES];
    unsigned pending_missing; /* of the frames since the last whole chunk */
    uint8_t *missing;         /* ring per chunk: lanes that had missing samples */
    uint8_t *frame_missing;   /* ring per frame, written for chunks that had some */
    /* of the window before this instant */
    struct lanes_sums begin;   /* sums at its first instant */
    struct lanes_sums counted; /* where energy was counted to */
    struct lanes_sums restart; /* where the next window begins, if windows begin anew at a tick */
};

/* What the spectrum of a bank gives for one window. */
struct bank_result {
    lanes_f rms[HARMONIC_MAX + 1];      /* [0] direct component, with its sign */
    lanes_f inter[HARMONIC_MAX + 1];    /* interharmonic subgroups */
    lanes_f line_rms[HARMONIC_MAX + 1]; /* of U12 U23 U31 (bank 0) */
    lanes_f line_inter[HARMONIC_MAX + 1];
    struct lanes_complex
        fundamental; /* of each lane, RMS, against a cosine at the window's begin */
    struct lanes_complex line_fundamental;
    lanes_f peak[2];
    double mean_square[LANES], mean_product[LANES];
    double line_mean_square[LINE_VOLTAGES];
    unsigned missing;
};

/* The local oscillator is a chain of tones: phase(n) = phase + hz_per_frame * (n - begin) cycles. */
struct tone {
    double begin, phase, cycles_per_frame;
};

/* How a signal's fundamental stands against the reference's. */
struct signal {
    bool used;
    int load; /* METROLOGY_NETWORK or the load's index */
    enum spectrum_channel channel;
    double offset; /* its phase minus the reference's, in cycles, held while it is disturbed */
    double level;  /* slow mean of its amplitude */
    double
        spread; /* slow mean of what the amplitude changes from half cycle to half cycle, a share */
    unsigned unsteady; /* half cycles in a row that it was disturbed */
    unsigned steady;   /* half cycles in a row that it was steady */
    double phase; /* of the last one-cycle phasor, against the reference's expected phase, cycles */
    double lead, lead_before; /* phase - offset; of the phasor half a cycle earlier */
    double amplitude, amplitude_before;
    bool tonal; /* the phasor is most of the signal */
    /* half-cycle RMS */
    unsigned waiting; /* boundaries that lie ahead */
    double boundary[2];
    double lag;            /* of its crossings behind the reference's, cycles, 0 ... 1/2 */
    unsigned have;         /* boundaries seen, up to 2 */
    double last[2];        /* the latest two */
    double last_square[2]; /* running sums of squares there */
};

#define MARKS 64

struct tracker {
    bool locked;             /* a frequency was found in this stretch */
    double cycles_per_frame; /* present estimate */
    int64_t
        mark_count; /* half cycles of the reference since the stretch began: phase of mark k is k / 2 */
    int64_t first_mark;
    double mark[MARKS]; /* coordinates, entry k & (MARKS - 1) */
    double next_mark;
    double begin_phase; /* of the reference at STRETCH_BEGIN, cycles; marks lie at k / 2 */
    /* phases as measured: middle of the one-cycle window, cycles */
    double middle[MARKS], phase[MARKS];
    int64_t measured;
    double last_middle, last_expected; /* of the phasors of the mark before */
    double corrected;                  /* there, cycles */
    unsigned unsteady;                 /* half cycles in a row without a steady signal */
    /* the tone that is watched meanwhile: half cycles that it has been even, cycles that its phase moves
     * each half cycle */
    unsigned watched, even;
    double watched_phase, watched_amplitude, drift;
#define DRIFT_OVER 4
    double moved[DRIFT_OVER];
    unsigned settling;   /* phases that are not taken into `measured` yet */
    struct tone tone[2]; /* [1] is the present one */
    double now[2];       /* cosine and sine of the present tone at the next frame */
    double tuned;        /* cycles_per_frame that `power` is for */
    double power[2][LANES + 1];
    double last_hz;  /* last good frequency, 0: none yet */
    double floor;    /* amplitude below which a voltage does not steer; nominal one not known */
    bool by_current; /* voltages are dead: a current may steer */
    unsigned dead;   /* half cycles in a row without any voltage */
};

/* An event that may run on some channels of the network or a load. */
struct event_state {
    bool open;
    struct metrology_event event;
    bool outside[EVENT_CHANNELS]; /* the channel is past its threshold now */
    double latest[EVENT_CHANNELS];
    int64_t since_ns[EVENT_CHANNELS]; /* it went past it */
    int64_t until_ns[EVENT_CHANNELS]; /* it came back, the last time */
    int64_t start_ns[EVENT_CHANNELS]; /* it took part from here */
    double extreme[EVENT_CHANNELS];
    double reference[EVENT_CHANNELS];
    bool took_part[EVENT_CHANNELS];
};

/* What demand keeps of a load: registers in the order of DEMAND_P_POS ... */
struct load_demand {
    uint64_t base_mj[DEMANDS]; /* when the interval began */
    double base_remainder_mj[DEMANDS];
    double ended_j[DEMANDS]; /* of the interval that ends in the present piece */
    bool taken;
};

/* A voltage's last one-cycle values, for rapid changes. */
#define RVC_VALUES 120
struct rvc_channel {
    unsigned count, next; /* values there are; place of the next one */
    double value[RVC_VALUES];
    int64_t start_ns[RVC_VALUES];
    double sum, low, high;
    bool steady;
    bool changed;          /* took part in the present change */
    double before;         /* mean when it was steady, the last time before the change */
    double largest, after; /* difference from it; mean when it is steady again */
    int64_t left_ns, back_ns;
};

struct rvc_state {
    bool running;
    bool spoiled; /* a dip, swell or interruption fell into it */
    bool captured;
    int64_t start_ns;
    struct rvc_channel channel[3];
};

struct signalling_state {
    unsigned valid;  /* bit per channel, of this window */
    double level[3]; /* RMS */
    bool open;
    struct metrology_event event;
};

struct load_state {
    struct metrology_load wiring;
    uint16_t lane[METROLOGY_CURRENTS]; /* bank * LANES + lane; NO_LANE */
    unsigned phases; /* bit per current 1 2 3 that has powers of its own to show */
    struct energy energy;
    struct load_demand demand;
    struct event_state overcurrent;
};
#define NO_LANE UINT16_MAX

/* A set that waits for its frames. */
struct capture_trigger {
    enum capture_reason reason;
    int load;
    bool at_end;
    int64_t event_ns, trigger_ns;
    int64_t frame;
};

struct capture_state {
    struct capture_trigger *waiting; /* capture_room() */
    unsigned count;
    unsigned before; /* samples before a trigger */
    float *sample;   /* CAPTURE_WAVEFORMS rows of CAPTURE_SAMPLES */
    uint64_t lost;
};

#define DEMAND_PULSES 4

struct demand {
    bool open;
    int64_t begin_ns, end_ns, covered_ns, counted_to_ns;
    uint32_t flags;
    bool shown; /* an interval has ended: its means stand in m->demand_given */
    uint32_t shown_flags;
    int64_t pulse_ns[DEMAND_PULSES], last_pulse_ns;
    unsigned pulses; /* that wait */
    /* the present piece of signal, and where the interval ends in it */
    bool in_piece, cut;
    int64_t from_ns, to_ns, cut_ns;
    uint32_t piece_flags;
    double share; /* of the piece that lies before the cut */
    enum metrology_ending cut_by;
};

/* Frequency over 10 seconds of the clock. */
struct clock10 {
    int64_t next; /* the mark that is to be looked at */
    int64_t end_ns;
    bool whole;          /* the interval was seen from its begin */
    int64_t first, last; /* marks of whole cycles in the interval */
    double first_at, last_at;
    unsigned coasted; /* half cycles without a steady signal */
    double hz;        /* of the last complete interval; 0: none */
    uint32_t quality; /* beside that of the window that shows it */
};

struct metrology {
    struct metrology_setup setup;
    struct metrology_sink sink;
    const struct lanes_ops *ops;
    unsigned bank_count;
    struct bank *bank;
    struct bank_result *result;
    struct metrology_mix *mix; /* of every lane */
    unsigned channels;         /* that blocks have to have */
    unsigned mixed_channels;   /* that the banks' terms are prepared for */
    struct shift *shift;       /* NULL: no channel is moved */
    unsigned load_count;
    struct load_state *load;
    unsigned signal_count; /* bank_count * LANES + LINE_VOLTAGES */
    struct signal *signal;
    unsigned voltages; /* bit p: phase voltage p is there */
#define NETWORK_EVENTS 3
    struct event_state event[NETWORK_EVENTS]; /* dip, swell, interruption */
#define EVENTS_ENDED 4
    int64_t ended[EVENTS_ENDED][2]; /* begin and end of the latest ended ones, for flagging */
    unsigned ended_count;
    double sliding[3]; /* references of the three voltages */
    struct rvc_state rvc;
    struct signalling_state signalling;
    struct capture_state capture;

    /* the present stretch */
    bool running, acquired, rehearsing;
    double rate_hz;
    int64_t start_ns;
    uint32_t chunk, frame_ring, turn_ring, chunk_ring;
    uint32_t sums_block, sums_ring; /* frames of a block, blocks */
    int64_t frames;                 /* taken in */
    int64_t processed;              /* of them, summed (whole chunks but at the end) */
    int64_t end;                    /* frames, once the stretch is complete; else -1 */
    uint8_t *chunk_flags;           /* ring per chunk: WAVE_ flags */
    uint8_t *frame_flags;           /* ring per frame */
    uint32_t pending_flags;
    struct tracker track;
    int64_t stretch_end_ns; /* of the stretch before; INSTANT_UNKNOWN: there was none */
    double window_begin;    /* coordinate */
    int64_t window_begin_ns;
    int64_t window_count;
    int64_t
        window_cycle; /* whole cycles of the reference from the stretch's begin to the window's */
    double
        counted_to; /* coordinate up to which energy was counted; behind it, or the window's begin */
    int64_t counted_to_ns;
    int64_t tick_ns; /* the next instant at which windows begin anew */
    double restart;  /* coordinate where the next window begins because of it; NAN: not known */
    int64_t restart_ns;
    int restart_cycles;      /* whole cycles from the window's begin to there */
    bool soft;               /* the window that is closed has soft edges */
    double window_end_known; /* coordinate of the window's end once the marks tell, else NAN */
    struct lanes_sums *window_end_sums; /* per bank */

    /* tables and scratch */
    struct lanes_kernel *kernel;
#define GAIN_POINTS 257
    float gain[GAIN_POINTS]; /* at 0 ... 1 cycles per frame */
    unsigned fft_points;
    float *fft_table;
#define SPECTRUM_BANKS 4 /* that share the taps of their values */
#define SPECTRUM_ROWS  64
    struct lanes_row *row;
    uint32_t *row_at;
    lanes_f *fft_in; /* of SPECTRUM_BANKS banks */
    lanes_f *fft_work;
    struct lanes_complex *line;
    unsigned highest_inter; /* of the window's interharmonic subgroups; 0: none */
    struct lanes_complex
        *harmonic;         /* of all banks, orders 0 ... HARMONIC_MAX; NULL: no one needs them */
    double *cosine, *sine; /* rings of m->turn_ring frames, then their first LANES_ROW again */
    struct quantity_set network;
    struct quantity_set *load_set;
    struct clock10 clock10;
    double fast_from; /* coordinate where the present fast interval begins */
    int64_t fast_from_ns;
    int64_t fast_cycle; /* whole cycles of the reference from the stretch's begin to there */
    struct lanes_sums *fast_sums; /* there, per bank */
    struct metrology_fast_load *fast_load;
    struct demand demand;
    struct metrology_load_demand *demand_given;       /* of every load */
    struct flicker *flicker;                          /* NULL: none */
    bool flicker_due;                                 /* its result has not been given yet */
    struct flicker_result flicker_last, flicker_long; /* the latest given; the latest with a P_lt */

    struct aggregates *aggregates; /* NULL: none are made */
};

/* The last multiple of a period at an instant or before it. */
static inline int64_t clock_floor(int64_t ns, int64_t period_ns)
{
    int64_t over = ns % period_ns;
    return ns - (over < 0 ? over + period_ns : over);
}

unsigned window_cycles(const struct metrology_setup *s); /* 10 or 12 */

/* acquire.c */
void track_begin(struct metrology *m);
size_t track_acquire_frames(const struct metrology *m); /* frames that acquisition wants */
void track_acquire(struct metrology *m);

/* track.c */
void track_oscillator(struct metrology *m, int64_t first_frame,
                      unsigned n);                     /* fills cosine, sine */
void track_advance(struct metrology *m, double limit); /* all marks up to the coordinate */
/* Sets the oscillator to the frequency if it is off by more than a share of it. */
void track_retune(struct metrology *m, double tolerance);
/* Coordinate at which the reference's phase is `phase`; NAN if the marks do not reach it yet. */
double track_instant_of(const struct metrology *m, double phase);
double track_cycle(const struct metrology *m); /* frames per cycle */
void track_finish(struct metrology *m);        /* after the last mark of a stretch */
/* Frequency from the phases measured between two coordinates; false: too few, *hz is the last good one */
bool track_frequency(struct metrology *m, double from, double to, double *hz);

/* half.c */
void half_begin(struct metrology *m);
void half_schedule(struct metrology *m, double mark);
void half_advance(struct metrology *m, double limit);

/* spectrum.c */
/* Frames that the resampler reads beyond a window's ends. */
#define SPECTRUM_SIDE 21
/* Keeps the repetition at the ring's end: to be called after frames were written from place `at` on. */
void frames_written(struct metrology *m, struct bank *b, uint32_t at);
/* Frames before the stretch's begin and after its end, which the resampler's margins reach, are made
 * from those some whole cycles later or earlier. */
void spectrum_margin(struct metrology *m, bool at_end);
/* Fills m->result for a window, and m->highest_inter; orders up to the return value are available. */
unsigned spectrum_of_window(struct metrology *m, double begin, double end, unsigned cycles);

/* The resampler's response at a frequency in cycles per frame. */
double spectrum_gain(const struct metrology *m, double frequency);

/* window.c */
/* Means into m->result from sums at two coordinates. */
void means_between(struct metrology *m, unsigned bank, const struct lanes_sums *from,
                   const struct lanes_sums *to, double frames);
void means_of_lines(struct metrology *m); /* of U12 U23 U31, from the means of bank 0 */
/* What the blocks and the events say of an interval; into m->result as well, lane by lane. */
uint32_t flags_between(struct metrology *m, double begin, double end);
void window_begin(struct metrology *m);
void window_advance(struct metrology *m, double limit);
void window_finish(struct metrology *m);

/* What a ring noted of frames first ... last: of whole chunks in one, else frame by frame. */
unsigned noted(const struct metrology *m, const uint8_t *chunk, const uint8_t *frame, int64_t first,
               int64_t last);
uint32_t quality_of_wave(unsigned wave_flags);

/* deviation.c */
/* What 100 % of a voltage channel is, by the kind of network; 0: it is not known, or there is none, as of
 * a voltage to a virtual star point. */
double nominal_of(const struct metrology *m, enum spectrum_channel c);
/* Puts the deviations of the voltages that stand in m->network. */
void deviation_put(struct metrology *m);

/* follow.c */
int64_t follow_start(const struct wave_block *block); /* its start, within what instants can be */
/* Whether the block goes on with the present stretch. */
bool follow_continues(const struct metrology *m, const struct wave_block *block);
/* Moves the stretch's instants towards those of the block's clock. */
void follow_clock(struct metrology *m, const struct wave_block *block);

/* fast.c */
void fast_begin(struct metrology *m);
void fast_advance(struct metrology *m, double limit);

/* clock10.c */
void clock10_begin(struct metrology *m);   /* a stretch */
void clock10_advance(struct metrology *m); /* all marks that there are */
void clock10_put(struct metrology *m);     /* the last reading into m->network */

/* demand.c */
/* Round the counting of a piece of signal. */
void demand_piece_begin(struct metrology *m, int64_t from_ns, int64_t to_ns, uint32_t flags);
/* Share of the piece that lies before the interval's end: 1 if it does not end within. */
double demand_share(const struct metrology *m);
void demand_take(struct load_state *load); /* the interval ends with what was counted so far */
void demand_piece_end(struct metrology *m);
void demand_put(struct metrology *m);                    /* DMD_ and PRED_ of every load */
void demand_break(struct metrology *m, int64_t next_ns); /* as aggregate_break */
void demand_stop(struct metrology *m);

/* aggregate.c */
/* Takes in the window whose values stand in m->network and m->load_set; the next begins at next_ns. What
 * is complete is given to the sink: those values are lost then, but for AGGREGATE_LAST. */
void aggregate_window(struct metrology *m, int64_t next_ns);
/* A stretch ended before; the samples go on at next_ns. */
void aggregate_break(struct metrology *m, int64_t next_ns);
/* Ends what runs. */
void aggregate_stop(struct metrology *m);
/* The sample that lane l of bank b is multiplied with in frame `at` of the ring. */
float companion_at(const struct metrology *m, const struct bank *b, unsigned l, uint64_t at);

/* values.c */
/* A load of two conductors: one current, and one voltage of its own. */
bool load_is_single(const struct load_state *load);
/* Fills m->network and m->load_set from m->result and counts energy, of `counted` frames. */
void values_fill(struct metrology *m, double begin, double end, double counted, unsigned cycles,
                 unsigned highest, uint32_t flags);
/* Counts the energy of an interval for which no window was made; mean squares and products stand in
 * m->result. */
void values_count_rest(struct metrology *m, double begin, double end);

/* event.c */
void event_begin(struct metrology *m);
void event_half_cycle(struct metrology *m, const struct metrology_half_cycle *h);
/* Takes in the voltages of the window whose values stand in m->network. */
void event_window(struct metrology *m);
/* Gives an event to all who want it. */
void event_give(struct metrology *m, const struct metrology_event *e);
/* The voltages that events are judged on: the first one's channel; a bit for each of three that there is. */
enum spectrum_channel event_first_channel(const struct metrology *m);
unsigned event_channels(const struct metrology *m);
bool event_overlaps(const struct metrology *m, int64_t from_ns, int64_t to_ns);

/* rvc.c */
void rvc_begin(struct metrology *m); /* a stretch */
/* A voltage's value; `channel` 0 ... 2. After the dips and swells have been looked for. */
void rvc_half_cycle(struct metrology *m, const struct metrology_half_cycle *h, unsigned channel,
                    double reference);

/* signalling.c */
/* Levels from the lines of a window that is `frames` long, of lanes 0 ... 2. */
void signalling_lines(struct metrology *m, const struct lanes_complex *line, size_t lines,
                      double frames);
void signalling_put(struct metrology *m, bool measured); /* into m->network; events */

/* flicker_meter.c */
bool flicker_meter_wanted(const struct metrology_setup *s);
void flicker_meter_begin(struct metrology *m);
void flicker_meter_stretch(struct metrology *m);
/* Takes n frames from `first` on, all in one chunk. */
void flicker_meter_chunk(struct metrology *m, int64_t first, unsigned n);
void flicker_meter_event(struct metrology *m, const struct metrology_event *e);
void flicker_meter_finish(struct metrology *m);
/* Gives a result that is due to the sink, if it ended by this instant: events that touch it are known. */
void flicker_meter_give(struct metrology *m, int64_t by_ns);
void flicker_meter_put(struct metrology *m); /* values into m->network */

/* capture.c */
/* Frames back from the present one that a setup's captures need; 0: none. */
double capture_reach(const struct metrology_setup *s, double rate_hz);
unsigned capture_room(const struct metrology_setup *s); /* triggers that can wait */
void capture_begin(struct metrology *m);
void capture_event(struct metrology *m, const struct metrology_event *e); /* has begun or ended */
void capture_advance(struct metrology *m); /* takes the sets whose frames are there */
void capture_finish(struct metrology *m, bool power_failed);
/* Whether so little comes after the stretch that the power must have failed. */
bool capture_silence(const struct metrology *m, int64_t next_ns);

/* intake.c */
/* Takes a block in, chunk by chunk. */
void intake_take(struct metrology *m, const struct wave_block *block);
/* The stretch ends: what waits for frames that will not come. */
void intake_end(struct metrology *m);
/* The frames since the last chunk's end are complete in the rings: a chunk, or the stretch's last part. */
void intake_end_chunk(struct metrology *m);

/* sums.c */
/* Sums n frames from m->processed on (they do not wrap: chunks divide the rings). */
void metrology_sum(struct metrology *m, unsigned n);
/* Back to no frame summed. */
void metrology_unsum(struct metrology *m);
/* Running sums of a bank at a coordinate, by interpolation over six frames. */
void sums_at(const struct metrology *m, const struct bank *b, double at, struct lanes_sums *out);
/* The same up to and including a frame. */
void sums_to(const struct metrology *m, const struct bank *b, int64_t last, struct lanes_sums *out);
/* The sum of squares (which 0) or products (1) of one lane there. */
double sum_of_lane_at(const struct metrology *m, const struct bank *b, unsigned lane, int which,
                      double at);
/* Takes what has been reached off the sums where it would swallow what follows. */
void sums_keep_small(struct metrology *m);

/* metrology.c */
/* Goes on with the chunks that are complete. */
void metrology_advance(struct metrology *m);
int64_t instant_of(const struct metrology *m, double coordinate);

#endif
