#include "source/simulator_model.h"

#include "base/instant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- Cycles ---------------------------------------------------------------------------------- */

long double model_clock_turns(const struct model_clock *c, uint64_t frame)
{
    long double t = (long double)(frame - c->epoch) / (long double)c->rate_hz;
    long double drifting = t < (long double)c->drift_s ? t : (long double)c->drift_s;
    long double turns = c->epoch_turns + (long double)c->frequency_hz * t +
                        (long double)c->drift * drifting * (t - drifting / 2);
    if (c->wander_hz != 0) {
        long double w = t / (long double)c->wander_s;
        w -= floorl(w);
        turns += (long double)c->wander_hz * (long double)c->wander_s / (2 * acosl(-1)) *
                 (1 - cosl(2 * acosl(-1) * w));
    }
    return turns - floorl(turns);
}

/* Angles of a chunk in turns, from the one of its first frame. */
static void make_turns(const struct model *m, uint64_t first, double *turns)
{
    const struct model_clock *c = &m->clock;
    double t0 = (double)((long double)(first - c->epoch) / (long double)c->rate_hz);
    double base = (double)model_clock_turns(c, first);
    double drifted = t0 < c->drift_s ? t0 : c->drift_s, left = c->drift_s - drifted;
    double frequency = c->frequency_hz + c->drift * drifted, step = 1 / c->rate_hz;
    for (unsigned i = 0; i < SYNTH_FRAMES; i++) {
        double t = i * step, u = t < left ? t : left;
        turns[i] = base + frequency * t + c->drift * u * (t - u / 2);
    }
    if (c->wander_hz == 0)
        return;
    double w[SYNTH_FRAMES], cosine[SYNTH_FRAMES], sine[SYNTH_FRAMES];
    double phase = fmod(t0 / c->wander_s, 1), scale = c->wander_hz * c->wander_s / (2 * acos(-1));
    for (unsigned i = 0; i < SYNTH_FRAMES; i++)
        w[i] = phase + i * step / c->wander_s;
    m->ops->phasors(cosine, sine, w);
    for (unsigned i = 0; i < SYNTH_FRAMES; i++)
        turns[i] += scale * (cosine[0] - cosine[i]);
}

/* The rows of the tones, behind those of the orders. */
static void make_tones(struct model *m, uint64_t first)
{
    const struct model_clock *c = &m->clock;
    long double t0 = (long double)(first - c->epoch) / (long double)c->rate_hz;
    double(*row)[SYNTH_FRAMES] = m->basis + 2 * m->order_count, turns[SYNTH_FRAMES];
    for (unsigned k = 0; k < c->tone_count; k++, row += 2) {
        double base = (double)fmodl(t0 * (long double)c->tone_hz[k], 1);
        for (unsigned i = 0; i < SYNTH_FRAMES; i++)
            turns[i] = base + i * (c->tone_hz[k] / c->rate_hz);
        m->ops->phasors(row[0], row[1], turns);
    }
}

static void make_sway(const struct model *m, uint64_t first, double *sway)
{
    const struct model_clock *c = &m->clock;
    if (c->flicker_peak == 0) {
        memset(sway, 0, SYNTH_FRAMES * sizeof *sway);
        return;
    }
    double turns[SYNTH_FRAMES], cosine[SYNTH_FRAMES];
    long double t0 = (long double)(first - c->epoch) / (long double)c->rate_hz;
    double base = (double)fmodl(t0 * (long double)c->flicker_hz, 1);
    for (unsigned i = 0; i < SYNTH_FRAMES; i++)
        turns[i] = base + i * (c->flicker_hz / c->rate_hz);
    m->ops->phasors(cosine, sway, turns);
    for (unsigned i = 0; i < SYNTH_FRAMES; i++) {
        if (c->flicker_is_square)
            sway[i] = turns[i] - floor(turns[i]) < 0.5 ? 1 : -1;
        sway[i] *= c->flicker_peak;
    }
}

/* --- Events ---------------------------------------------------------------------------------- */

uint64_t model_frame_of(const struct model_clock *c, double seconds)
{
    /* a time that was meant to be a frame's is a frame's */
    double frame = ceil(seconds * c->rate_hz - 1e-6);
    return frame < 0 ? 0 : frame < 1e18 ? (uint64_t)frame : UINT64_C(1000000000000000000);
}

static uint64_t start_of(const struct model_event *e, uint64_t repetition)
{
    return e->start + (uint64_t)llround((double)repetition * e->period);
}

/* The repetition that began last before or at `frame`, which is not before the first. */
static uint64_t repetition_at(const struct model_event *e, uint64_t frame)
{
    uint64_t n = (uint64_t)((double)(frame - e->start) / e->period);
    if (start_of(e, n) > frame) /* its start was rounded up */
        return n - 1;
    return start_of(e, n + 1) <= frame ? n + 1 : n;
}

uint64_t model_gains(const struct model *m, uint64_t frame, double gain[SIMULATOR_PHASES])
{
    uint64_t change = UINT64_MAX;
    for (int p = 0; p < SIMULATOR_PHASES; p++)
        gain[p] = 1;
    for (unsigned i = 0; i < m->event_count; i++) {
        const struct model_event *e = &m->events[i];
        uint64_t start = e->start, next = frame < start ? start : UINT64_MAX;
        if (frame >= start && e->period > 0) {
            uint64_t n = repetition_at(e, frame);
            start = start_of(e, n);
            next = start_of(e, n + 1);
        }
        uint64_t end = start + e->frames;
        if (frame >= start && frame < end) {
            for (int p = 0; p < SIMULATOR_PHASES; p++)
                if (e->what.phases & (1u << p))
                    gain[p] *= e->what.residual;
            next = end < next ? end : next;
        }
        change = next < change ? next : change;
    }
    return change;
}

static bool has_passed(const struct model_event *e, uint64_t frame)
{
    return e->period <= 0 && e->start + e->frames <= frame;
}

enum err model_add_event(struct model *m, const struct simulator_event *what, uint64_t origin,
                         uint64_t frame, struct fault *fault)
{
    unsigned at = 0;
    while (at < m->event_count && !has_passed(&m->events[at], frame))
        at++;
    if (at == SIMULATOR_EVENTS_MAX)
        return fault_set(fault, ERR_AGAIN, "simulator: %u events are under way or to come already",
                         SIMULATOR_EVENTS_MAX);
    uint64_t start = model_frame_of(&m->clock, what->start_s);
    uint64_t end = model_frame_of(&m->clock, what->start_s + what->duration_s);
    m->events[at] = (struct model_event){
        .what = *what,
        .start = origin + start,
        .frames = end - start,
        .period = what->period_s * m->clock.rate_hz,
    };
    if (at == m->event_count)
        m->event_count++;
    return ERR_OK;
}

/* --- The slow course of loads ------------------------------------------------------------------ */

double model_course(const struct simulator_config *config, const struct simulator_load *load,
                    uint64_t second)
{
    double factor = 1;
    if (load->has_profile) {
        int64_t local = config->start_ns / NS_PER_S + config->utc_offset_s + (int64_t)second;
        int64_t of_day = ((local % 86400) + 86400) % 86400;
        int64_t hour = of_day / 3600;
        double part = (double)(of_day % 3600) / 3600;
        double from = load->profile[hour], to = load->profile[(hour + 1) % SIMULATOR_PROFILE_HOURS];
        factor *= from + (to - from) * part;
    }
    if (load->swing_percent != 0) {
        double turns = fmod((double)second / load->swing_period_s, 1);
        factor *= 1 + load->swing_percent / 100 * sin(2 * acos(-1) * turns);
    }
    if (load->flutter_percent != 0) {
        uint64_t h = synth_hash(config->seed ^ synth_hash(second ^ (uint64_t)load->circuit << 56));
        factor *= 1 + load->flutter_percent / 100 * ((double)(h >> 11) * 0x1p-52 - 1);
    }
    return factor;
}

static bool has_course(const struct simulator_load *l)
{
    return l->has_profile || l->swing_percent != 0 || l->flutter_percent != 0;
}

/* The courses of all loads over a second. */
static void set_courses(struct model *m, uint64_t second)
{
    if (m->coursed && m->course_second == second)
        return;
    for (unsigned i = 0; i < m->config.load_count; i++)
        for (unsigned k = 0; k < 2 && has_course(&m->loads[i]); k++)
            m->course[i][k] = model_course(&m->config, &m->loads[i], second + k);
    m->course_second = second;
    m->coursed = true;
}

/* Levels of all loads at `frame`, which lies in the given second. */
static void set_levels(struct model *m, uint64_t frame, uint64_t second)
{
    set_courses(m, second);
    double rate = m->clock.rate_hz;
    double part = (double)((long double)frame / (long double)rate - (long double)second);
    unsigned channel = (unsigned)__builtin_popcount(m->config.network.channels);
    for (unsigned i = 0; i < m->config.load_count; i++) {
        const struct simulator_load *l = &m->loads[i];
        unsigned end = channel + (unsigned)__builtin_popcount(l->channels);
        double level = 1, slope = 0;
        if (has_course(l)) {
            double from = m->course[i][0], to = m->course[i][1];
            level = from + (to - from) * part;
            slope = (to - from) / rate;
        }
        for (; channel < end; channel++) {
            struct synth_group *g = &m->group[channel / SYNTH_LANES];
            g->level[channel % SYNTH_LANES] = level;
            g->slope[channel % SYNTH_LANES] = slope;
        }
    }
}

/* --- Samples --------------------------------------------------------------------------------- */

/* Sums up the parts of each channel with the gains of their phases. */
static void weigh(struct model *m, const double gain[SIMULATOR_PHASES])
{
    if (m->weighed && memcmp(gain, m->gain, sizeof m->gain) == 0)
        return;
    unsigned rows = m->row_count;
    memset(m->weights, 0, (size_t)rows * m->lanes * sizeof *m->weights);
    for (unsigned i = 0; i < m->part_count; i++) {
        const struct model_part *p = &m->parts[i];
        double factor = p->phase < 0 ? 1 : gain[p->phase];
        for (unsigned k = 0; k < rows; k++)
            m->weights[(size_t)k * m->lanes + p->channel] += factor * p->rows[k];
    }
    memcpy(m->gain, gain, sizeof m->gain);
    m->weighed = true;
}

uint64_t model_make(struct model *m, uint64_t first, float *samples)
{
    double turns[SYNTH_FRAMES], cosine[SYNTH_FRAMES], sine[SYNTH_FRAMES], sway[SYNTH_FRAMES];
    uint32_t keys[SYNTH_FRAMES][2];
    make_turns(m, first, turns);
    m->ops->phasors(cosine, sine, turns);
    m->ops->orders(m->basis, m->orders, m->order_count, cosine, sine);
    make_tones(m, first);
    make_sway(m, first, sway);
    if (m->stages & SYNTH_NOISE)
        for (unsigned i = 0; i < SYNTH_FRAMES; i++) {
            uint64_t h = synth_hash(m->config.seed + synth_hash(first + i));
            keys[i][0] = (uint32_t)h;
            keys[i][1] = (uint32_t)(h >> 32);
        }
    /* Runs: between events and full seconds nothing changes but what the loops know. */
    uint64_t clipped = 0;
    for (unsigned at = 0; at < SYNTH_FRAMES;) {
        uint64_t frame = first + at;
        double gain[SIMULATOR_PHASES];
        uint64_t end = model_gains(m, frame, gain);
        uint64_t second = (uint64_t)((double)frame / m->clock.rate_hz);
        uint64_t begins = model_frame_of(&m->clock, (double)second + 1);
        if (begins <= frame) { /* the division was a hair too low */
            second++;
            begins = model_frame_of(&m->clock, (double)second + 1);
        }
        end = begins < end ? begins : end;
        unsigned until = end - first < SYNTH_FRAMES ? (unsigned)(end - first) : SYNTH_FRAMES;
        weigh(m, gain);
        set_levels(m, frame, second);
        m->ops->mix(m->sums, m->basis, m->row_count, m->weights, m->lanes, at, until);
        clipped |= m->ops->finish(samples, m->channel_count, m->sums, m->group, sway,
                                  (const uint32_t(*)[2])keys, m->stages, at, until);
        at = until;
    }
    return clipped;
}
