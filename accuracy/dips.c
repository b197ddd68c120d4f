#include "dips.h"

#include <complex.h>
#include <math.h>

/* Half-way between two frames: where what the frames show changes. */
static double edge_s(const struct simulator_config *c, double seconds)
{
    return (ceil(seconds * c->rate_hz - 1e-6) - 0.5) / c->rate_hz;
}

static double complex phase_at(const struct simulator_config *c, unsigned p, unsigned first,
                               unsigned count, double t)
{
    const struct simulator_network *n = &c->network;
    double gain = 1, angle = n->phase[p].angle_deg * acos(-1) / 180;
    for (unsigned i = first; i < first + count; i++) {
        const struct simulator_event *e = &c->events[i];
        if (e->phases >> p & 1 && t >= edge_s(c, e->start_s) &&
            t < edge_s(c, e->start_s + e->duration_s))
            gain *= e->residual;
    }
    return gain * n->nominal_v * n->phase[p].percent / 100 * (cos(angle) + I * sin(angle));
}

static double complex channel_at(const struct simulator_config *c, bool delta, unsigned p,
                                 unsigned first, unsigned count, double t)
{
    double complex v = phase_at(c, p, first, count, t);
    return delta ? v - phase_at(c, (p + 1) % 3, first, count, t) : v;
}

/* Integral of the square of a sine whose phasor is `v`. */
static double square(double complex v, double hz, double from_s, double to_s)
{
    double w = 2 * acos(-1) * hz, size = cabs(v), a = carg(v);
    return size * size *
           (to_s - from_s - (sin(2 * (w * to_s + a)) - sin(2 * (w * from_s + a))) / (2 * w));
}

/* What a phase is at an instant but for the gain of events: with harmonics and tones. */
static double shape_at(const struct simulator_config *c, unsigned p, double t)
{
    const struct simulator_network *n = &c->network;
    double turn = 2 * acos(-1), base = n->phase[p].angle_deg / 360;
    double cycles = n->frequency_hz * t + base, size = n->nominal_v * n->phase[p].percent / 100;
    double x = size * sin(turn * cycles);
    for (unsigned i = 0; i < n->phase[p].harmonics.count; i++) {
        const struct simulator_harmonic *h = &n->phase[p].harmonics.list[i];
        x += size * h->percent / 100 * sin(turn * (h->order * cycles + h->angle_deg / 360));
    }
    for (unsigned k = 0; k < n->tone_count; k++) {
        const struct simulator_tone *tone = &n->tone[k];
        x += n->nominal_v * tone->voltage_percent / 100 *
             sin(turn * (tone->hz * t + tone->angle_deg / 360 + base));
    }
    return sqrt(2) * x;
}

/* Integral of the square of a piece without edges: in closed form for a sine, else by the midpoints. */
static double piece(const struct simulator_config *c, bool delta, unsigned p, unsigned first,
                    unsigned count, double a, double b)
{
    double middle = (a + b) / 2;
    if (c->network.phase[p].harmonics.count == 0 && c->network.tone_count == 0)
        return square(channel_at(c, delta, p, first, count, middle), c->network.frequency_hz, a, b);
    double gain =
        cabs(phase_at(c, p, first, count, middle)) / cabs(phase_at(c, p, first, 0, middle));
    double sum = 0, step = (b - a) / 1000;
    for (int i = 0; i < 1000; i++) {
        double x = gain * shape_at(c, p, a + (i + 0.5) * step);
        sum += x * x * step;
    }
    return sum;
}

static double rms_between(const struct simulator_config *c, bool delta, unsigned p, unsigned first,
                          unsigned count, double from_s, double to_s)
{
    /* all events begin and end together: two edges */
    const struct simulator_event *e = &c->events[first];
    double edge[] = {from_s, edge_s(c, e->start_s), edge_s(c, e->start_s + e->duration_s), to_s};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double a = fmax(edge[i], from_s), b = fmin(edge[i + 1], to_s);
        if (a < b)
            sum += piece(c, delta, p, first, count, a, b);
    }
    return sqrt(sum / (to_s - from_s));
}

struct span {
    bool any;
    double start_s, end_s;
};

/* One channel's span past the threshold. */
static struct span span_of(const struct simulator_config *c, bool delta, unsigned p, unsigned first,
                           unsigned count, const struct dips_rule *rule, struct dips_truth *t)
{
    const struct simulator_event *e = &c->events[first];
    bool up = rule->kind == EVENT_SWELL;
    double hz = c->network.frequency_hz;
    double nominal = c->network.nominal_v * (delta ? sqrt(3) : 1), near = 0.0005 * nominal;
    double threshold = rule->threshold_percent / 100 * nominal;
    double back = threshold + (up ? -1 : 1) * rule->hysteresis_percent / 100 * nominal;
    double angle = carg(channel_at(c, delta, p, first, 0, 0)) / (2 * acos(-1));
    struct span s = {0};
    for (double k = ceil(((e->start_s - 2 / hz) * hz + angle) * 2);; k++) {
        double from = (k / 2 - angle) / hz, to = from + 1 / hz;
        /* the middle of a long event tells nothing new, and takes long with harmonics */
        if (s.any && c->network.phase[p].harmonics.count > 0 && from > e->start_s + 2 / hz &&
            to < e->start_s + e->duration_s - 2 / hz)
            continue;
        double x = rms_between(c, delta, p, first, count, from, to);
        bool beyond = up ? x > threshold : x < threshold;
        t->doubtful |= fabs(x - threshold) < near || (s.any && fabs(x - back) < near);
        if (!s.any && beyond) {
            s.any = true;
            s.start_s = from;
        }
        if (s.any && (up ? x <= back : x >= back)) {
            s.end_s = from;
            return s;
        }
        if (s.any && (!t->any || (up ? x > t->extreme_v : x < t->extreme_v))) {
            t->any = true;
            t->extreme_v = x;
        }
        if (from > e->start_s + e->duration_s + 2 / hz)
            return s;
    }
}

struct dips_truth dips_of(const struct simulator_config *c, bool delta, unsigned first,
                          unsigned count, const struct dips_rule *rule)
{
    struct dips_truth t = {0};
    bool all = rule->kind == EVENT_INTERRUPTION, begun = false;
    for (unsigned p = 0; p < 3; p++) {
        struct span s = span_of(c, delta, p, first, count, rule, &t);
        if (!s.any && all) {
            t.any = false;
            return t;
        }
        if (!s.any)
            continue;
        bool later = begun && s.start_s > t.start_s;
        if (!begun || later == all)
            t.start_s = s.start_s;
        bool longer = begun && s.end_s > t.end_s;
        if (!begun || longer != all)
            t.end_s = s.end_s;
        begun = true;
    }
    return t;
}

/* --- What the core says ------------------------------------------------------------------------------- */

void dips_take(void *record, const struct metrology_event *e)
{
    struct dips_record *r = record;
    if (e->ended && r->count < DIPS_MAX)
        r->event[r->count++] = *e;
}

const struct metrology_event *dips_find(const struct dips_record *r, enum event_kind kind,
                                        double from_s, double to_s, unsigned *count)
{
    const struct metrology_event *found = NULL;
    *count = 0;
    for (unsigned i = 0; i < r->count; i++) {
        const struct metrology_event *e = &r->event[i];
        double at = (double)e->start_ns / 1e9;
        if (e->kind == kind && e->load == METROLOGY_NETWORK && at >= from_s && at < to_s) {
            found = e;
            ++*count;
        }
    }
    return *count == 1 ? found : NULL;
}

double dips_extreme(const struct metrology_event *e)
{
    double x = NAN;
    for (unsigned i = 0; i < e->channel_count; i++) {
        double y = e->channel[i].extreme;
        if (isnan(x) || (e->kind == EVENT_SWELL ? y > x : y < x))
            x = y;
    }
    return x;
}
