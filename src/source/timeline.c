#include "source/timeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LATE_STEPS    0.5 /* a frame later than this begins anew, if its step is long as well */
#define LONG_STEP     1.5
#define EARLY_STEPS   0.75       /* a frame earlier than this begins anew */
#define FOLLOW        (1.0 / 16) /* how fast the expected time follows the times */
#define SEED_STEPS    15         /* of so many first steps the median is taken */
#define SHORT_STRETCH 16 /* too few frames for a rate of its own if the one before had nearly it */
#define ROUND_PPM     30e-6
#define ROUND_FROM_HZ 500

void timeline_init(struct timeline *t, double resolution_ns, double fixed_rate_hz,
                   bool (*emit)(void *, const struct timeline_stretch *), void *context)
{
    *t = (struct timeline){.resolution_ns = resolution_ns,
                           .fixed_step_ns = fixed_rate_hz > 0 ? 1e9 / fixed_rate_hz : 0,
                           .emit = emit,
                           .context = context};
}

double timeline_round_rate(double rate, double relative_uncertainty)
{
    static const double grids[] = {50, 60};
    if (rate >= ROUND_FROM_HZ)
        for (int i = 0; i < 2; i++) {
            double round_rate = round(rate / grids[i]) * grids[i];
            if (fabs(rate - round_rate) <= rate * ROUND_PPM)
                return round_rate;
        }
    double whole = round(rate);
    return whole > 0 && fabs(rate - whole) <= rate * relative_uncertainty ? whole : rate;
}

static double rate_of(const struct timeline *t)
{
    if (t->fixed_step_ns > 0)
        return 1e9 / t->fixed_step_ns;
    double span = (double)(t->last_ns - t->start_ns);
    if (t->frames < 2 || span <= 0)
        return t->last_rate_hz > 0 ? t->last_rate_hz : t->step_ns > 0 ? 1e9 / t->step_ns : 0;
    double rate = (double)(t->frames - 1) * 1e9 / span;
    if (t->frames < SHORT_STRETCH && fabs(rate - t->last_rate_hz) < 0.05 * rate)
        return t->last_rate_hz;
    return timeline_round_rate(rate, t->resolution_ns / span);
}

static bool end_stretch(struct timeline *t)
{
    struct timeline_stretch s = {t->first, t->frames, t->start_ns, rate_of(t)};
    t->last_rate_hz = s.rate_hz;
    t->first += t->frames;
    t->begun = false;
    t->frames = 0;
    return t->emit(t->context, &s);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The step that the waiting times have: mean of those near the median. 0: they do not advance. */
static double usual_step(const struct timeline *t)
{
    if (t->fixed_step_ns > 0)
        return t->fixed_step_ns;
    double steps[TIMELINE_LOOK];
    unsigned n = t->waiting - 1;
    if (n == 0)
        return t->last_rate_hz > 0 ? 1e9 / t->last_rate_hz : 0;
    for (unsigned i = 0; i < n; i++)
        steps[i] = (double)(t->ahead[i + 1] - t->ahead[i]);
    unsigned seed = n < SEED_STEPS ? n : SEED_STEPS; /* the rate may change behind them */
    qsort(steps, seed, sizeof steps[0], by_value);
    double median = steps[seed / 2];
    if (median <= 2 * t->resolution_ns) { /* times too coarse to tell single steps apart */
        double span = (double)(t->ahead[n] - t->ahead[0]);
        return span > 0 ? span / n : 0;
    }
    double sum = 0;
    unsigned regular = 0;
    for (unsigned i = 0; i < n; i++)
        if (steps[i] > 0.5 * median && steps[i] < LONG_STEP * median) {
            sum += steps[i];
            regular++;
        }
    return regular > 0 ? sum / regular : median;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* Whether the frame continues the stretch; takes it in if so. */
static bool continues(struct timeline *t, int64_t ns)
{
    double step = (double)(ns - t->last_ns);
    double expected = t->expected_ns + t->step_ns;
    double late = (double)(ns - t->start_ns) - expected;
    double blur = 1.5 * t->resolution_ns;
    if (step > larger(LONG_STEP * t->step_ns, t->step_ns + blur) &&
        late > larger(LATE_STEPS * t->step_ns, blur))
        return false;
    if (late < -larger(EARLY_STEPS * t->step_ns, blur))
        return false;
    t->expected_ns = expected + late * FOLLOW;
    t->last_ns = ns;
    t->frames++;
    if (t->fixed_step_ns <= 0 && t->frames > TIMELINE_LOOK)
        t->step_ns = (double)(ns - t->start_ns) / (double)(t->frames - 1);
    return true;
}

/* Begins a stretch with the waiting times and takes in those that belong to it. */
static bool begin_stretch(struct timeline *t)
{
    t->step_ns = usual_step(t);
    if (t->step_ns <= 0 && t->waiting > 1) {
        t->stands = true;
        return false;
    }
    t->begun = true;
    t->start_ns = t->last_ns = t->ahead[0];
    t->expected_ns = 0;
    t->frames = 1;
    for (unsigned i = 1; i < t->waiting; i++)
        if (!continues(t, t->ahead[i])) {
            t->waiting -= i;
            memmove(t->ahead, t->ahead + i, t->waiting * sizeof t->ahead[0]);
            return end_stretch(t);
        }
    t->waiting = 0;
    return true;
}

bool timeline_push(struct timeline *t, int64_t ns)
{
    if (t->begun) {
        if (continues(t, ns))
            return true;
        if (!end_stretch(t))
            return false;
    }
    t->ahead[t->waiting++] = ns;
    return t->waiting < TIMELINE_LOOK || begin_stretch(t);
}

bool timeline_finish(struct timeline *t)
{
    while (t->waiting > 0)
        if (!begin_stretch(t))
            return false;
    return !t->begun || end_stretch(t);
}
