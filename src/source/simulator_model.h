/* The electrical side of the simulator: from a network and loads to weights of sines, factors and times.
 * All of it is a function of the frame's index, so that nothing depends on how samples are asked for. */
#ifndef SOURCE_SIMULATOR_MODEL_H
#define SOURCE_SIMULATOR_MODEL_H

#include "source/simulator.h"
#include "source/synth.h"

#include <stddef.h>

#define MODEL_ORDERS_MAX SIMULATOR_ORDER_MAX

/* Where the cycles are: closed forms since frame `epoch`. */
struct model_clock {
    double rate_hz; /* of the converter, its error included */
    uint64_t epoch;
    long double epoch_turns; /* cycles at the epoch, 0 ... 1 */
    double frequency_hz;
    double drift, drift_s; /* Hz/s, for so long (infinity: for ever) */
    double wander_hz, wander_s;
    double flicker_hz;
    bool flicker_is_square;
    double flicker_peak; /* relative */
    double tone_hz[SIMULATOR_TONES_MAX];
    unsigned tone_count;
};

/* Wave of a channel, or of one phase that goes into IN: a row of weights for each order. */
struct model_part {
    unsigned channel;
    int phase;    /* 0 ... 2: whose gain it follows; -1: none */
    double *rows; /* cos and sin for each order, then for each tone */
};

struct model_event {
    struct simulator_event what;
    uint64_t start, frames;
    double period; /* in frames */
};

struct model {
    struct simulator_config config; /* its lists are owned: */
    struct simulator_event *events_given;
    struct simulator_load *loads;
    struct simulator_harmonic
        *harmonics[1 + WAVE_CIRCUITS_MAX][SIMULATOR_PHASES]; /* network, then loads */

    const struct synth_ops *ops;
    struct model_clock clock;
    unsigned channel_count, groups, lanes;
    unsigned stages;

    unsigned orders[MODEL_ORDERS_MAX]; /* ascending */
    unsigned order_count;
    struct model_part *parts;
    double *part_rows;
    unsigned part_count;
    unsigned row_count;            /* 2 for each order, then 2 for each tone */
    double (*basis)[SYNTH_FRAMES]; /* row_count rows */
    double *weights;               /* the same rows, `lanes` wide */
    struct synth_group *group;
    double *sums;

    struct model_event events[SIMULATOR_EVENTS_MAX];
    unsigned event_count;
    double gain[SIMULATOR_PHASES];       /* that the weights stand for, */
    bool weighed;                        /* if they are up to date */
    double course[WAVE_CIRCUITS_MAX][2]; /* of each load at a second and the next, */
    uint64_t course_second;              /* namely this one, */
    bool coursed;                        /* if they are up to date */
};

/* Copies the configuration, which has been checked. ERR_MEMORY. */
enum err model_init(struct model *m, const struct simulator_config *config, struct fault *fault);
void model_free(struct model *m);

/* Takes over a load or a network with its lists; from `frame` on. */
enum err model_set_load(struct model *m, unsigned index, const struct simulator_load *load,
                        struct fault *fault);
enum err model_set_network(struct model *m, const struct simulator_network *network, uint64_t frame,
                           struct fault *fault);

/* ERR_AGAIN: no room before one of them has passed `frame`. Times count from frame `origin`. */
enum err model_add_event(struct model *m, const struct simulator_event *e, uint64_t origin,
                         uint64_t frame, struct fault *fault);

/* Forgets all events but those of the configuration, and begins at frame 0. */
void model_restart(struct model *m);

/* Makes frames `first` (a multiple of SYNTH_FRAMES) and following: SYNTH_FRAMES times channels. Returns
 * a bit for each frame that was clipped. */
uint64_t model_make(struct model *m, uint64_t first, float *samples);

/* --- parts, for model_make and tests -------------------------------------------------------- */

/* Cycles at a frame, without the whole ones. */
long double model_clock_turns(const struct model_clock *c, uint64_t frame);

/* The product of residuals on each phase at a frame; returns the frame at which it changes next. */
uint64_t model_gains(const struct model *m, uint64_t frame, double gain[SIMULATOR_PHASES]);

/* Factor of a load's slow course at a full second since the start. */
double model_course(const struct simulator_config *config, const struct simulator_load *load,
                    uint64_t second);

/* First frame at or after a time. */
uint64_t model_frame_of(const struct model_clock *c, double seconds);

#endif
