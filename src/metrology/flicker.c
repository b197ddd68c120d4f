/* The flickermeter's run: from frames to P_inst, and the ten minutes. Filters are in flicker_filter.c, the
 * distribution in flicker_statistics.c. */
#include "metrology/flicker.h"
#include "quantity/quantity.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define LEVEL_S      27.3 /* a step of the voltage has reached 90 % after a minute: 60 / ln 9 */
#define NO_VOLTAGE   0.01 /* of nominal */
#define CLASSIFY_HZ  100  /* at least; the standard asks for 50 */
#define INTERVAL_NS  (INT64_C(1000000000) * FLICKER_INTERVAL_S)
#define LAST_NS      (INT64_C(20) * 1000000)
#define LEAST_SHARE  0.9   /* of the ten minutes, for a P_st */
#define WHOLE_SHARE  0.999 /* nothing is missing */
#define FIRST_HALVES 2     /* half cycles whose mean is the first level */
#define OLD_ENOUGH   4000  /* half cycles: beyond LEVEL_S */

static enum flicker_lamp lamp_of(const struct flicker_setup *s)
{
    if (s->lamp != FLICKER_LAMP_AUTO)
        return s->lamp;
    if (s->nominal_voltage_v >= 85 && s->nominal_voltage_v <= 265)
        return s->nominal_voltage_v < 175 ? FLICKER_LAMP_120 : FLICKER_LAMP_230;
    return s->nominal_hz > 55 ? FLICKER_LAMP_120 : FLICKER_LAMP_230;
}

void flicker_begin(struct flicker *f, const struct flicker_setup *s)
{
    memset(f, 0, sizeof *f);
    f->setup = *s;
    f->lamp = lamp_of(s);
    f->ops = lanes_ops(s->lanes);
    assert(f->ops);
}

bool flicker_stretch(struct flicker *f, double rate_hz)
{
    f->running = rate_hz >= FLICKER_LOWEST_RATE_HZ;
    if (!f->running)
        return false;
    f->rate_hz = rate_hz;
    f->decimation = (unsigned)fmax(floor(rate_hz / FLICKER_LOWEST_RATE_HZ), 1);
    double decimated = rate_hz / f->decimation, d = f->decimation;
    flicker_filter_design(&f->filter, decimated, f->setup.nominal_hz, f->lamp);
    f->step_s = 1 / decimated;
    /* A triangle of 2 d samples, and then a line: each 1 - (pi x)^2 / 3 at low frequencies, which a second
     * difference of -(2 pi x)^2 makes good. */
    f->sag = (1 - 1 / (d * d)) / 12 + 1.0 / 12;
    f->half_cycle = (unsigned)lround(decimated / (2 * f->setup.nominal_hz));
    f->approach = 1 - exp(-f->half_cycle * f->step_s / LEVEL_S);
    f->every = (unsigned)(decimated / CLASSIFY_HZ);
    f->index = f->in_half = f->halves = f->since = 0;
    f->share = 1 / (d * d);
    f->sum = f->ramp = f->ramp_before = (flicker_v){0};
    f->half_sum = f->half_ramp = f->half_before = (flicker_v){0};
    f->inverse = f->present = (flicker_v){0};
    memset(f->input, 0, sizeof f->input);
    memset(f->age, 0, sizeof f->age);
    memset(f->state, 0, sizeof f->state);
    memset(f->state_re, 0, sizeof f->state_re);
    memset(f->state_im, 0, sizeof f->state_im);
    f->squared = f->p_inst = f->largest = (flicker_v){0};
    f->seen = f->settled = 0;
    return true;
}

/* --- Ten minutes and two hours ------------------------------------------------------------------------------- */

static int64_t interval_of(const struct flicker *f, int64_t ns)
{
    int64_t t = ns - f->setup.origin_ns;
    return t >= 0 ? t / INTERVAL_NS : -((-t + INTERVAL_NS - 1) / INTERVAL_NS);
}

static void forget_long_term(struct flicker *f)
{
    memset(f->long_count, 0, sizeof f->long_count);
    memset(f->long_cubes, 0, sizeof f->long_cubes);
    f->long_flags = 0;
}

/* P_lt ends with the last of twelve intervals, at the even hours of UTC. */
static void count_long_term(struct flicker *f, struct flicker_result *r)
{
    for (int c = 0; c < FLICKER_CHANNELS; c++)
        if (r->pst_valid >> c & 1) {
            f->long_count[c]++;
            f->long_cubes[c] += r->pst[c] * r->pst[c] * r->pst[c];
        }
    f->long_flags |= r->flags;
    if (((f->interval + 1) % FLICKER_LONG_TERM + FLICKER_LONG_TERM) % FLICKER_LONG_TERM != 0)
        return;
    for (int c = 0; c < FLICKER_CHANNELS; c++)
        if (f->long_count[c] == FLICKER_LONG_TERM) {
            r->plt_valid |= 1u << c;
            r->plt[c] = cbrt(f->long_cubes[c] / FLICKER_LONG_TERM);
        }
    r->plt_flags = f->long_flags;
    forget_long_term(f);
}

static void end_interval(struct flicker *f)
{
    struct flicker_result *r = &f->result;
    double whole = INTERVAL_NS / 1e9;
    *r = (struct flicker_result){
        .start_ns = f->setup.origin_ns + f->interval * INTERVAL_NS,
        .end_ns = f->setup.origin_ns + (f->interval + 1) * INTERVAL_NS,
        .flags = f->flags,
    };
    for (int c = 0; c < FLICKER_CHANNELS; c++) {
        if (f->covered_s[c] < LEAST_SHARE * whole || f->distribution[c].total == 0)
            continue;
        r->pst[c] = flicker_distribution_pst(&f->distribution[c]);
        r->pst_valid |= 1u << c;
        if (f->covered_s[c] < WHOLE_SHARE * whole)
            r->flags |= QUALITY_GAP;
    }
    count_long_term(f, r);
    f->results++;
}

static void begin_interval(struct flicker *f, int64_t interval)
{
    if (f->begun && interval != f->interval + 1)
        forget_long_term(f);
    f->begun = true;
    f->interval = interval;
    f->flags = 0;
    memset(f->covered_s, 0, sizeof f->covered_s);
    memset(f->distribution, 0, sizeof f->distribution);
}

void flicker_flag(struct flicker *f, int64_t since_ns, uint32_t flags)
{
    f->flags |= flags;
    if (f->results > 0 && since_ns < f->result.end_ns)
        f->result.flags |= flags;
}

void flicker_finish(struct flicker *f, int64_t end_ns)
{
    if (!f->running)
        return;
    f->running = false;
    if (!f->begun || interval_of(f, end_ns + LAST_NS) == f->interval)
        return;
    end_interval(f);
    begin_interval(f, f->interval + 1);
}

/* --- From frames to P_inst ------------------------------------------------------------------------------------ */

static void classify(struct flicker *f, int64_t ns)
{
    int64_t interval = interval_of(f, ns);
    if (f->begun && interval == f->interval - 1 && interval_of(f, ns + 2 * LAST_NS) == f->interval)
        interval = f->interval; /* the stretch before has ended it already */
    if (!f->begun || interval != f->interval) {
        if (f->begun)
            end_interval(f);
        begin_interval(f, interval);
    }
    for (int c = 0; c < FLICKER_CHANNELS; c++) {
        if (f->age[c] > 0)
            f->covered_s[c] += f->every * f->step_s;
        if (f->settled >> c & 1)
            flicker_distribution_add(&f->distribution[c], f->p_inst[c]);
    }
}

/* A channel's filters from rest. */
static void forget_channel(struct flicker *f, int c)
{
    for (int i = 0; i < FLICKER_PAIRS; i++)
        f->state_re[i][c] = f->state_im[i][c] = 0;
    for (int i = 0; i < FLICKER_SINGLES; i++)
        f->state[i][c] = 0;
    f->squared[c] = f->p_inst[c] = 0;
    f->largest[c] = 0;
    f->age[c] = 0;
    f->inverse[c] = f->present[c] = 0;
    f->settled &= ~(1u << c);
}

/* Block 1, at the end of a half cycle. Squares are weighed by a triangle over two half cycles, so that
 * a frequency beside the nominal one leaves no ripple. In the first half minute the level is the mean of
 * all that was, so that it is near the truth soon. Without voltage there is no flicker. */
static void follow_level(struct flicker *f)
{
    double least = fmax(NO_VOLTAGE * f->setup.nominal_voltage_v, 1e-6), length = f->half_cycle;
    flicker_v square =
        (f->half_before + length * f->half_sum - f->half_ramp) * (1 / (length * length));
    bool whole = f->halves > 0;
    f->halves += f->halves < FIRST_HALVES;
    for (int c = 0; c < FLICKER_CHANNELS && whole; c++) {
        double rms = sqrt(fmax(square[c], 0));
        double share = fmax(f->approach, 1.0 / (f->age[c] + 1));
        double level = f->age[c] == 0 ? rms : f->level[c] + share * (rms - f->level[c]);
        if (!(level >= least)) {
            forget_channel(f, c);
            continue;
        }
        f->level[c] = level;
        f->age[c] += f->age[c] < OLD_ENOUGH;
        if (f->age[c] < FIRST_HALVES)
            continue;
        f->inverse[c] = 1 / (level * level);
        f->present[c] = 1;
        if (!(f->settled >> c & 1)) {
            f->largest[c] = 0;
            f->settled |= f->age[c] * f->half_cycle * f->step_s >= FLICKER_SETTLING_S ? 1u << c : 0;
        }
    }
    f->half_before = f->half_ramp;
    f->half_sum = f->half_ramp = (flicker_v){0};
    f->in_half = 0;
}

void flicker_push(struct flicker *f, int64_t start_ns, const lanes_f *frames, size_t n)
{
    if (!f->running)
        return;
    for (size_t done = 0; done < n;) {
        done += f->ops->flicker(f, frames + done, n - done);
        if (f->in_half == f->half_cycle)
            follow_level(f);
        if (f->since == f->every) {
            f->since = 0;
            f->seen |= f->settled;
            double after_s = (double)(done - 1) / f->rate_hz;
            classify(f, start_ns + (int64_t)llround(after_s * 1e9));
        }
    }
}

unsigned flicker_take_largest(struct flicker *f, double largest[FLICKER_CHANNELS])
{
    unsigned seen = f->seen;
    for (int c = 0; c < FLICKER_CHANNELS; c++) {
        largest[c] = f->largest[c];
        f->largest[c] = 0;
    }
    f->seen = 0;
    return seen;
}
