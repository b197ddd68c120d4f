#include "rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifndef M_PI
#define M_PI 3.14159265358979323846
#endif

/* --- The generator ------------------------------------------------------------------------------ */

double rig_random(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t z = *state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

double rig_gaussian(uint64_t *state)
{
    double r = sqrt(-2 * log(1 - rig_random(state)));
    return r * cos(2 * M_PI * rig_random(state));
}

void rig_scene_init(struct rig_scene *s, double hz, double seconds, double lag_deg)
{
    *s = (struct rig_scene){.rate_hz = 9600, .hz = hz, .wires = 8};
    s->frames = (uint64_t)llround(seconds * s->rate_hz);
    for (int p = 0; p < 3; p++) {
        s->wire[p] = (struct rig_wire){.rms = 230, .phase_deg = -120.0 * p};
        s->wire[4 + p] = (struct rig_wire){.rms = 5, .phase_deg = -120.0 * p - lag_deg};
    }
}

double rig_cycles(const struct rig_scene *s, double t)
{
    double n = s->hz * t;
    if (s->ramp_hz_per_s != 0 && t > s->ramp_from_s) {
        double in = fmin(t, s->ramp_to_s) - s->ramp_from_s;
        n += s->ramp_hz_per_s * in * in / 2;
        if (t > s->ramp_to_s)
            n += s->ramp_hz_per_s * in * (t - s->ramp_to_s);
    }
    if (s->step_hz != 0 && t > s->step_s)
        n += s->step_hz * (t - s->step_s);
    return n;
}

double rig_hz(const struct rig_scene *s, double t)
{
    double hz = s->hz;
    if (t > s->ramp_from_s)
        hz += s->ramp_hz_per_s * (fmin(t, s->ramp_to_s) - s->ramp_from_s);
    return hz + (t > s->step_s ? s->step_hz : 0);
}

static double radians(double degrees)
{
    return degrees * M_PI / 180;
}

/* Amplitudes of sin and cos of every whole order of a wire, turned by turn_deg. */
#define ORDERS 2001
static unsigned shape_of(const struct rig_wire *w, double turn_deg, double *sine, double *cosine)
{
    double base = radians(w->phase_deg + turn_deg);
    unsigned top = 1;
    memset(sine, 0, sizeof *sine * ORDERS);
    memset(cosine, 0, sizeof *cosine * ORDERS);
    sine[1] = sqrt(2) * w->rms * cos(base);
    cosine[1] = sqrt(2) * w->rms * sin(base);
    for (unsigned i = 0; i < w->partials; i++) {
        double order = w->partial[i].order;
        if (order != floor(order))
            continue;
        unsigned h = (unsigned)order;
        double a = sqrt(2) * w->rms * w->partial[i].percent / 100;
        double phase = base * order + radians(w->partial[i].phase_deg);
        sine[h] += a * cos(phase);
        cosine[h] += a * sin(phase);
        top = h > top ? h : top;
    }
    return top;
}

static double between_orders(const struct rig_wire *w, double turn_deg, double cycles)
{
    double x = 0, base = w->phase_deg + turn_deg;
    for (unsigned i = 0; i < w->partials; i++)
        if (w->partial[i].order != floor(w->partial[i].order))
            x += sqrt(2) * w->rms * w->partial[i].percent / 100 *
                 sin(w->partial[i].order * (2 * M_PI * cycles + radians(base)) +
                     radians(w->partial[i].phase_deg));
    return x;
}

static void make_wire(const struct rig_scene *s, unsigned wire, float *out)
{
    static double sine[ORDERS], cosine[ORDERS];
    const struct rig_wire *w = &s->wire[wire];
    uint64_t random = (s->seed ? s->seed : 1) * 1000 + wire;
    double turned = NAN;
    unsigned top = 0;
    bool between = false;
    if (w->rms == 0 && w->dc == 0 && w->noise == 0)
        return;
    for (unsigned i = 0; i < w->partials; i++)
        between |= w->partial[i].order != floor(w->partial[i].order);
    for (uint64_t n = 0; n < s->frames; n++) {
        double t = (double)n / s->rate_hz, factor = 1, turn = 0;
        for (unsigned i = 0; i < s->changes; i++) {
            const struct rig_change *c = &s->change[i];
            if (c->wires >> wire & 1 && t >= c->from_s - 1e-12 && t < c->to_s - 1e-12)
                factor *= c->factor, turn += c->turn_deg;
        }
        if (turn != turned) {
            top = shape_of(w, turn, sine, cosine);
            turned = turn;
        }
        double cycles = rig_cycles(s, t), x = 0;
        double angle = 2 * M_PI * (cycles - floor(cycles));
        double c1 = cos(angle), s1 = sin(angle), c = 1, q = 0;
        for (unsigned h = 1; h <= top; h++) {
            double next = c * c1 - q * s1;
            q = q * c1 + c * s1;
            c = next;
            x += sine[h] * q + cosine[h] * c;
        }
        if (between)
            x += between_orders(w, turn, cycles);
        x = factor * x + w->dc;
        if (w->noise > 0)
            x += w->noise * rig_gaussian(&random);
        out[n * s->wires] = (float)x;
    }
}

float *rig_make(const struct rig_scene *s)
{
    float *samples = calloc(s->frames * s->wires + 1, sizeof *samples);
    assert_non_null(samples);
    for (unsigned w = 0; w < s->wires; w++)
        make_wire(s, w, samples + w);
    return samples;
}

static double mean_product(const struct rig_wire *a, const struct rig_wire *b, double order)
{
    double sum = order == 0 ? a->dc * b->dc : 0;
    for (unsigned i = 0; i <= a->partials; i++)
        for (unsigned k = 0; k <= b->partials; k++) {
            double oa = i ? a->partial[i - 1].order : 1, ob = k ? b->partial[k - 1].order : 1;
            if (oa != ob || (order != 0 && oa != order))
                continue;
            double xa = a->rms * (i ? a->partial[i - 1].percent / 100 : 1);
            double xb = b->rms * (k ? b->partial[k - 1].percent / 100 : 1);
            double pa = oa * a->phase_deg + (i ? a->partial[i - 1].phase_deg : 0);
            double pb = ob * b->phase_deg + (k ? b->partial[k - 1].phase_deg : 0);
            sum += xa * xb * cos(radians(pa - pb));
        }
    return sum;
}

double rig_product(const struct rig_scene *s, unsigned a, unsigned b)
{
    return mean_product(&s->wire[a], &s->wire[b], 0);
}

double rig_rms(const struct rig_scene *s, unsigned wire, double order)
{
    return sqrt(fmax(0, mean_product(&s->wire[wire], &s->wire[wire], order)));
}

double rig_difference_rms(const struct rig_scene *s, unsigned a, unsigned b, double order)
{
    const struct rig_wire *x = &s->wire[a], *y = &s->wire[b];
    return sqrt(fmax(0, mean_product(x, x, order) + mean_product(y, y, order) -
                            2 * mean_product(x, y, order)));
}

/* Integral of the square of a sine of constant frequency and RMS 1, turned, from t = 0. */
static double sine_integral(const struct rig_scene *s, unsigned wire, double turn_deg, double t)
{
    double w = 2 * M_PI * s->hz, phase = radians(s->wire[wire].phase_deg + turn_deg);
    return t - (sin(2 * (w * t + phase)) - sin(2 * phase)) / (2 * w);
}

/* The value at an instant but for noise, with a given change. */
static double value_at(const struct rig_scene *s, unsigned wire, double factor, double turn_deg,
                       double t)
{
    const struct rig_wire *w = &s->wire[wire];
    double base = 2 * M_PI * rig_cycles(s, t) + radians(w->phase_deg + turn_deg), x = sin(base);
    for (unsigned i = 0; i < w->partials; i++)
        x += w->partial[i].percent / 100 *
             sin(w->partial[i].order * base + radians(w->partial[i].phase_deg));
    return factor * sqrt(2) * w->rms * x + w->dc;
}

/* Integral of the square over a piece without edges. */
static double square_integral(const struct rig_scene *s, unsigned wire, double factor,
                              double turn_deg, double from_s, double to_s)
{
    const struct rig_wire *w = &s->wire[wire];
    if (w->partials == 0 && w->dc == 0 && s->step_hz == 0 && s->ramp_hz_per_s == 0)
        return factor * factor * w->rms * w->rms *
               (sine_integral(s, wire, turn_deg, to_s) - sine_integral(s, wire, turn_deg, from_s));
    int points = 4000; /* the rule of the midpoints */
    double sum = 0, step = (to_s - from_s) / points;
    for (int i = 0; i < points; i++) {
        double x = value_at(s, wire, factor, turn_deg, from_s + (i + 0.5) * step);
        sum += x * x * step;
    }
    return sum;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double rig_rms_between(const struct rig_scene *s, unsigned wire, double from_s, double to_s)
{
    double edge[2 * RIG_CHANGES + 2], sum = 0;
    unsigned edges = 0;
    edge[edges++] = from_s;
    for (unsigned i = 0; i < s->changes; i++)
        for (int k = 0; k < 2; k++) {
            double e = k ? s->change[i].to_s : s->change[i].from_s;
            if (s->change[i].wires >> wire & 1 && e > from_s && e < to_s)
                edge[edges++] = e;
        }
    edge[edges++] = to_s;
    qsort(edge, edges, sizeof *edge, ascending);
    for (unsigned i = 0; i + 1 < edges; i++) {
        double middle = (edge[i] + edge[i + 1]) / 2, factor = 1, turn = 0;
        for (unsigned c = 0; c < s->changes; c++)
            if (s->change[c].wires >> wire & 1 && middle >= s->change[c].from_s &&
                middle < s->change[c].to_s)
                factor *= s->change[c].factor, turn += s->change[c].turn_deg;
        sum += square_integral(s, wire, factor, turn, edge[i], edge[i + 1]);
    }
    return sqrt(sum / (to_s - from_s));
}

double rig_between_frames(const struct rig_scene *s, double at_s)
{
    return (ceil(at_s * s->rate_hz - 0.5) + 0.5) / s->rate_hz;
}

/* --- The meter ------------------------------------------------------------------------------------ */

struct metrology_mix rig_mix(unsigned channel, double factor)
{
    return (struct metrology_mix){.terms = 1, .term = {{(uint16_t)channel, (float)factor}}};
}

void rig_meter_init(struct rig_meter *m)
{
    memset(m, 0, sizeof *m);
    metrology_setup_init(&m->setup);
    m->setup.nominal_voltage_v = 230;
    m->setup.load = m->load;
    m->setup.load_count = 1;
    for (unsigned i = 0; i < 4; i++) {
        m->setup.voltage[i] = rig_mix(i, 1);
        m->load[0].current[i] = rig_mix(4 + i, 1);
    }
    for (unsigned i = 0; i < 3; i++)
        m->load[0].phase[i] = (uint8_t)i;
}

/* --- The recorder --------------------------------------------------------------------------------- */

static void *more(void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return array;
    *room = *room ? 2 * *room : 64;
    array = realloc(array, *room * size);
    assert_non_null(array);
    return array;
}

static void on_window(void *context, struct metrology *m, const struct metrology_window *w)
{
    struct rig_record *r = context;
    (void)m;
    r->window = more(r->window, r->windows, &r->window_room, sizeof *r->window);
    struct rig_window *to = &r->window[r->windows++];
    to->network = *w->network;
    assert_true(w->load_count <= RIG_LOADS);
    r->loads = w->load_count;
    to->load = malloc(w->load_count * sizeof *w->load + 1);
    assert_non_null(to->load);
    memcpy(to->load, w->load, w->load_count * sizeof *w->load);
}

static void on_half_cycle(void *context, const struct metrology_half_cycle *h)
{
    struct rig_record *r = context;
    r->half = more(r->half, r->halves, &r->half_room, sizeof *r->half);
    r->half[r->halves++] = *h;
}

static void on_event(void *context, const struct metrology_event *e)
{
    struct rig_record *r = context;
    r->event = more(r->event, r->events, &r->event_room, sizeof *r->event);
    r->event[r->events++] = *e;
}

static void on_capture(void *context, const struct metrology_capture *c)
{
    struct rig_record *r = context;
    r->capture = more(r->capture, r->captures, &r->capture_room, sizeof *r->capture);
    struct rig_capture *to = calloc(1, sizeof *to);
    assert_non_null(to);
    r->capture[r->captures++] = to;
    to->is = *c;
    for (unsigned w = 0; w < CAPTURE_WAVEFORMS; w++)
        if (c->waveform[w].sample) {
            memcpy(to->sample[w], c->waveform[w].sample, c->count * sizeof(float));
            to->is.waveform[w].sample = to->sample[w];
        }
}

static void on_open_event(void *context, const struct metrology_event *e)
{
    struct rig_record *r = context;
    assert_true(r->opens < 8);
    r->open[r->opens++] = *e;
}

void rig_begin(struct rig_run *run, const struct rig_meter *m, struct rig_record *r)
{
    struct rig_meter own = *m;
    memset(r, 0, sizeof *r);
    own.setup.load = own.load; /* gone after begin: it has to be copied */
    r->loads = own.setup.load_count;
    struct metrology_sink sink = {r, on_window, on_half_cycle, on_event, on_capture};
    size_t bytes = metrology_bytes(&own.setup);
    run->memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    assert_non_null(run->memory);
    memset(run->memory, 0xa5, bytes); /* nothing may rely on what stands there */
    run->record = r;
    run->metrology = metrology_begin(run->memory, &own.setup, &sink);
    memset(&own, 0x5a, sizeof own);
}

void rig_push(struct rig_run *run, const struct rig_scene *s, const float *samples, size_t block)
{
    uint32_t flags = WAVE_BEGIN;
    for (uint64_t n = 0; n < s->frames;) {
        uint64_t frames = block == 0 || block > s->frames - n ? s->frames - n : block;
        struct wave_block b = {
            .start_ns = s->start_ns + llround((double)n / s->rate_hz * 1e9),
            .rate_hz = s->rate_hz,
            .first_frame = n,
            .flags = flags,
            .frames = (uint32_t)frames,
            .channels = s->wires,
            .samples = samples + n * s->wires,
        };
        enum err e = metrology_push(run->metrology, &b);
        if (e != ERR_OK)
            run->record->pushed = e;
        n += frames;
        flags = 0;
    }
}

void rig_end(struct rig_run *run)
{
    struct rig_record *r = run->record;
    metrology_finish(run->metrology);
    for (unsigned i = 0; i < r->loads; i++)
        r->energy[i] = *metrology_energy(run->metrology, i);
    metrology_open_events(run->metrology, r, on_open_event);
    free(run->memory);
}

void rig_measure(const struct rig_meter *m, const struct rig_scene *s, struct rig_record *r)
{
    struct rig_run run;
    float *samples = rig_make(s);
    rig_begin(&run, m, r);
    rig_push(&run, s, samples, 0);
    rig_end(&run);
    free(samples);
}

void rig_forget(struct rig_record *r)
{
    for (size_t i = 0; i < r->windows; i++)
        free(r->window[i].load);
    free(r->window);
    free(r->half);
    free(r->event);
    for (size_t i = 0; i < r->captures; i++)
        free(r->capture[i]);
    free(r->capture);
    memset(r, 0, sizeof *r);
}

static void hash(uint64_t *h, const void *data, size_t n)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < n; i++)
        *h = (*h ^ p[i]) * 0x100000001b3u;
}

#define HASH(h, field) hash(h, &(field), sizeof(field))

static void hash_set(uint64_t *h, const struct quantity_set *s)
{
    HASH(h, s->start_ns);
    HASH(h, s->end_ns);
    HASH(h, s->cycles);
    HASH(h, s->flags);
    HASH(h, s->energy_mj);
    HASH(h, s->value);
    HASH(h, s->quality);
    for (int c = 0; c < SPECTRUM_COUNT; c++) {
        HASH(h, s->spectrum[c].highest);
        HASH(h, s->spectrum[c].angle_rad);
        HASH(h, s->spectrum[c].rms);
    }
}

static void hash_event(uint64_t *h, const struct metrology_event *e)
{
    HASH(h, e->kind);
    HASH(h, e->load);
    HASH(h, e->ended);
    HASH(h, e->start_ns);
    if (e->ended)
        HASH(h, e->end_ns);
    HASH(h, e->reference);
    HASH(h, e->channel_count);
    for (unsigned i = 0; i < e->channel_count; i++) {
        HASH(h, e->channel[i].channel);
        HASH(h, e->channel[i].extreme);
    }
}

static void hash_capture(uint64_t *h, const struct rig_capture *c)
{
    HASH(h, c->is.reason);
    HASH(h, c->is.load);
    HASH(h, c->is.at_end);
    HASH(h, c->is.event_ns);
    HASH(h, c->is.trigger_ns);
    HASH(h, c->is.start_ns);
    HASH(h, c->is.rate_hz);
    HASH(h, c->is.count);
    HASH(h, c->is.before);
    HASH(h, c->is.flags);
    HASH(h, c->is.lost);
    for (unsigned w = 0; w < CAPTURE_WAVEFORMS; w++) {
        HASH(h, c->is.waveform[w].channel);
        HASH(h, c->is.waveform[w].load);
        HASH(h, c->sample[w]);
    }
}

uint64_t rig_digest(const struct rig_record *r)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < r->windows; i++) {
        hash_set(&h, &r->window[i].network);
        for (unsigned k = 0; k < r->loads; k++)
            hash_set(&h, &r->window[i].load[k]);
    }
    for (size_t i = 0; i < r->halves; i++) {
        HASH(&h, r->half[i].load);
        HASH(&h, r->half[i].channel);
        HASH(&h, r->half[i].start_ns);
        HASH(&h, r->half[i].end_ns);
        HASH(&h, r->half[i].rms);
    }
    for (size_t i = 0; i < r->events; i++)
        hash_event(&h, &r->event[i]);
    for (size_t i = 0; i < r->captures; i++)
        hash_capture(&h, r->capture[i]);
    for (unsigned i = 0; i < r->opens; i++)
        hash_event(&h, &r->open[i]);
    for (unsigned i = 0; i < r->loads; i++)
        HASH(&h, r->energy[i]);
    return h;
}

double rig_value(const struct rig_record *r, size_t window, enum quantity q)
{
    assert_true(window < r->windows);
    const struct quantity_set *s =
        r->loads > 0 ? &r->window[window].load[0] : &r->window[window].network;
    if (!quantity_valid(s, q))
        fail_msg("%s is not available in window %zu", quantity_info(q)->name, window);
    return s->value[q];
}

/* --- Checks ---------------------------------------------------------------------------------------- */

void rig_near(double a, double b, double limit, const char *text, const char *file, int line)
{
    if (fabs(a - b) <= limit)
        return;
    print_error("%s is %.15g instead of %.15g (%g off, at most %g allowed)\n", text, a, b, a - b,
                limit);
    _fail(file, line);
}

void rig_check(struct rig_worst *w, double error, const char *format, ...)
{
    char at[sizeof w->at];
    va_list list;
    va_start(list, format);
    vsnprintf(at, sizeof at, format, list);
    va_end(list);
    double size = fabs(error);
    if (size > w->worst) {
        w->worst = size;
        memcpy(w->at, at, sizeof at);
    }
    if (!(size <= w->limit))
        fail_msg("%s: %g %s, at most %g allowed, at %s", w->what, error, w->unit, w->limit, at);
}

void rig_print(const struct rig_worst *w, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        printf("# %s: worst %.3g %s (limit %g) at %s\n", w[i].what, w[i].worst, w[i].unit,
               w[i].limit, w[i].at);
}
