/* What the recording's frequency and voltage ought to be: by option, by the file, or as measured. */
#include "app/analysis/analysis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Values of a first pass, for their median; enough for an hour of half cycles, then every other one. */
#define SAMPLES_MAX 8192

struct samples {
    unsigned count, every, skipped;
    double value[SAMPLES_MAX];
};

static void sample_add(struct samples *s, double x)
{
    if (s->every == 0)
        s->every = 1;
    if (++s->skipped < s->every)
        return;
    s->skipped = 0;
    if (s->count == SAMPLES_MAX) {
        for (unsigned i = 0; i < SAMPLES_MAX / 2; i++)
            s->value[i] = s->value[2 * i];
        s->count = SAMPLES_MAX / 2;
        s->every *= 2;
    }
    s->value[s->count++] = x;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value that a share of all is below; 0 if there is none. */
static double quantile(struct samples *s, double share)
{
    if (s->count == 0)
        return 0;
    qsort(s->value, s->count, sizeof *s->value, ascending);
    return s->value[(unsigned)(share * (s->count - 1))];
}

struct survey {
    struct analysis *a;
    struct samples hz, level;
    struct samples
        first; /* levels of the first cycles: recorders keep some of them before a fault */
    bool delta;
};
#define FIRST_LEVELS 30 /* five cycles of three phases */

/* Windows with a frequency (half a minute) after which a survey knows enough of a meter. */
#define WINDOWS_THAT_TELL 150

static void take_window(void *context, struct metrology *m, const struct metrology_window *w)
{
    struct survey *s = context;
    (void)m;
    if (quantity_valid(w->network, Q_F) && !(w->network->quality[Q_F] & QUALITY_HELD)) {
        sample_add(&s->hz, w->network->value[Q_F]);
        if (s->hz.count == WINDOWS_THAT_TELL)
            s->a->to_be_surveyed--;
    }
}

static void take_half_cycle(void *context, const struct metrology_half_cycle *h)
{
    struct survey *s = context;
    enum spectrum_channel first = s->delta ? SPECTRUM_U12 : SPECTRUM_V1;
    if (h->load == METROLOGY_NETWORK && h->channel >= first && h->channel < first + 3) {
        sample_add(&s->level, h->rms);
        if (s->first.count < FIRST_LEVELS)
            sample_add(&s->first, h->rms);
    }
}

/* The rating of the meter's first voltage channel that fits what was measured, within 10 %: itself, or
 * the phase voltage of a line-to-line rating. 0: none. */
static double rating_for(const struct analysis *a, const struct analysis_meter *m, double measured)
{
    double best = 0, closest = log(1.1);
    for (unsigned i = 0; i < a->info->channel_count; i++) {
        const struct source_channel *c = &a->info->channels[i];
        if (c->place.circuit != m->voltages_of || !wave_role_is_voltage(c->place.role))
            continue;
        double rated[] = {c->rated_secondary, c->rated_primary};
        for (int k = 0; k < 4; k++) {
            double x = rated[k / 2] / (k % 2 ? sqrt(3) : 1);
            if (x > 0 && fabs(log(x / measured)) < closest) {
                closest = fabs(log(x / measured));
                best = x;
            }
        }
    }
    return best;
}

/* The level of the undisturbed voltage: the median, unless most of the recording is a disturbance; then
 * what it began with, or what it came to if it began dead. */
static double level_of(struct survey *s)
{
    double middle = quantile(&s->level, 0.5), upper = quantile(&s->level, 0.75);
    double first = quantile(&s->first, 0.5);
    double base = first >= 0.5 * upper ? first : upper;
    return fabs(middle - base) <= 0.1 * base ? middle : base;
}

static void set_level(struct analysis *a, struct analysis_meter *m, struct survey *s)
{
    if (m->voltages_of == 0)
        return;
    /* Without a frequency there is no voltage, only noise: no level to hold it against. */
    double measured = s->hz.count > 0 ? level_of(s) : 0;
    double rated = measured > 0 ? rating_for(a, m, measured) : 0;
    if (a->options->nominal_voltage_v > 0) {
        m->nominal_voltage_v = a->options->nominal_voltage_v;
        m->nominal_from = NOMINAL_OPTION;
    } else {
        m->nominal_voltage_v = rated > 0 ? rated : measured;
        m->nominal_from = rated > 0 ? NOMINAL_RECORDING : NOMINAL_MEASURED;
    }
}

static void set_frequency(struct analysis *a, double measured_hz)
{
    double stated = a->info->line_hz;
    bool known = stated == 50 || stated == 60;
    a->nominal_hz_from = NOMINAL_MEASURED;
    if (a->options->nominal_hz > 0) {
        a->nominal_hz = a->options->nominal_hz;
        a->nominal_hz_from = NOMINAL_OPTION;
    } else if (measured_hz > 0) {
        a->nominal_hz = measured_hz > 55 ? 60 : 50;
        if (known && stated == a->nominal_hz)
            a->nominal_hz_from = NOMINAL_RECORDING;
        if (known && stated != a->nominal_hz)
            analysis_note(a, "the file states a line frequency of %g Hz; the signal has %.2f Hz",
                          stated, measured_hz);
    } else {
        a->nominal_hz = known ? stated : 50;
        a->nominal_hz_from = known ? NOMINAL_RECORDING : NOMINAL_MEASURED;
    }
}

enum err analysis_find_nominal(struct analysis *a, struct fault *fault)
{
    struct survey *survey = calloc(a->meter_count, sizeof *survey);
    struct metrology_sink sinks[WAVE_CIRCUITS_MAX] = {{0}};
    if (!survey)
        return fault_set(fault, ERR_MEMORY, "not enough memory for the first pass");
    for (unsigned i = 0; i < a->meter_count; i++) {
        survey[i].a = a;
        survey[i].delta = a->meter[i].setup.delta;
        sinks[i] = (struct metrology_sink){
            .context = &survey[i], .window = take_window, .half_cycle = take_half_cycle};
    }
    a->to_be_surveyed = a->meter_count;
    /* The range that is followed round 50 Hz holds 60 Hz as well. */
    a->nominal_hz = a->options->nominal_hz > 0 ? a->options->nominal_hz : 50;
    enum err err = analysis_pass(a, sinks, ANALYSIS_SURVEY, fault);
    if (!err) {
        double hz = 0;
        for (unsigned i = 0; i < a->meter_count && hz == 0; i++)
            hz = quantile(&survey[i].hz, 0.5);
        set_frequency(a, hz);
        for (unsigned i = 0; i < a->meter_count; i++)
            set_level(a, &a->meter[i], &survey[i]);
        err = source_rewind(a->source, fault);
    }
    free(survey);
    return err;
}

const char *nominal_from_name(enum nominal_from f)
{
    return f == NOMINAL_OPTION ? "option" : f == NOMINAL_RECORDING ? "recording" : "measured";
}
