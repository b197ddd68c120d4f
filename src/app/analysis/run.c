/* The passes over a recording, and what the second one gathers. */
#include "app/analysis/analysis.h"
#include "base/instant.h"
#include "base/json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beyond this the core's rings would take more memory than a small machine has. */
#define HIGHEST_RATE_HZ 2e6

void analysis_note(struct analysis *a, const char *format, ...)
{
    char text[sizeof a->note[0]];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    utf8_cut(text);
    for (unsigned i = 0; i < a->note_count; i++)
        if (strcmp(a->note[i], text) == 0)
            return;
    if (a->note_count < ANALYSIS_NOTES_MAX)
        strcpy(a->note[a->note_count++], text);
}

double analysis_seconds(const struct analysis *a, int64_t instant_ns)
{
    return (double)(instant_ns - a->info->start_ns) / 1e9;
}

/* --- A pass ------------------------------------------------------------------------------------------ */

struct running {
    void *memory;
    struct metrology *m;
};

static double highest_rate(const struct analysis *a)
{
    double rate = 0;
    for (unsigned i = 0; i < a->info->segment_count; i++)
        if (a->info->segments[i].rate_hz <= HIGHEST_RATE_HZ)
            rate = fmax(rate, a->info->segments[i].rate_hz);
    return rate;
}

static enum err begin_meters(struct analysis *a, struct running *run,
                             const struct metrology_sink *sinks, enum analysis_depth depth,
                             struct fault *fault)
{
    double rate = highest_rate(a);
    if (a->info->segment_count > 0 && rate == 0)
        return fault_set(
            fault, ERR_INPUT,
            "%s: nothing to meter: %g samples per second, where at most %g can be metered",
            a->info->file, a->info->segments[0].rate_hz, HIGHEST_RATE_HZ);
    if (!(rate >= METROLOGY_SAMPLES_PER_CYCLE * a->nominal_hz))
        return fault_set(fault, ERR_INPUT,
                         "%s: nothing to meter: %g samples per second at most, where %d in a cycle "
                         "of %g Hz are needed",
                         a->info->file, rate, METROLOGY_SAMPLES_PER_CYCLE, a->nominal_hz);
    for (unsigned i = 0; i < a->meter_count; i++) {
        struct metrology_setup s = a->meter[i].setup, *t = &s;
        const struct metrology_setup *from = &a->options->thresholds;
        t->highest_rate_hz = rate;
        t->nominal_hz = a->nominal_hz;
        t->nominal_voltage_v = a->meter[i].nominal_voltage_v;
        t->load = a->meter[i].load;
        t->load_count = a->meter[i].load_count;
        if (depth == ANALYSIS_SURVEY) {
            t->no_spectra = true;
            if (a->meter[i].voltages_of)
                t->load_count = 0;
        }
        t->dip_percent = from->dip_percent;
        t->swell_percent = from->swell_percent;
        t->interruption_percent = from->interruption_percent;
        t->hysteresis_percent = from->hysteresis_percent;
        t->overcurrent_percent = from->overcurrent_percent;
        t->sliding_reference = from->sliding_reference;
        t->rvc_percent = from->rvc_percent;
        t->rvc_hysteresis_percent = from->rvc_hysteresis_percent;
        t->signalling_percent = from->signalling_percent;
        t->signalling_hz = from->signalling_hz;
        t->signalling_s = from->signalling_s;
        t->reactive = from->reactive;
        t->total = from->total;
        t->pf_sign = from->pf_sign;
        t->demand_minutes = 0; /* a recording is seldom as long as that */
        if (a->options->aggregates && depth == ANALYSIS_WHOLE)
            t->spans =
                1u << METROLOGY_SPAN_CYCLES | 1u << METROLOGY_SPAN_10MIN | 1u << METROLOGY_SPAN_2H;
        if (depth == ANALYSIS_WHOLE && a->options->waveforms)
            t->capture = from->capture;
        t->flicker_lamp = from->flicker_lamp;
        t->no_flicker = depth == ANALYSIS_SURVEY;
        if (a->info->duration_s <
            2 * FLICKER_INTERVAL_S) /* it may hold no whole one of the clock's */
            t->flicker_origin_ns = a->info->start_ns;
        size_t bytes = metrology_bytes(t);
        run[i].memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
        if (!run[i].memory)
            return fault_set(fault, ERR_MEMORY, "not enough memory to meter at %g Hz", rate);
        run[i].m = metrology_begin(run[i].memory, t, &sinks[i]);
    }
    return ERR_OK;
}

static void say_passed_over(struct analysis *a, const struct wave_block *b)
{
    double cycle = b->rate_hz / a->nominal_hz;
    analysis_note(a,
                  "from %.3f s: %g samples per second are %s%.3g per cycle, too %s to be metered; "
                  "passed over",
                  analysis_seconds(a, b->start_ns), b->rate_hz, cycle < 100 ? "" : "about ", cycle,
                  cycle < METROLOGY_SAMPLES_PER_CYCLE ? "few" : "many");
}

/* Share of the whole work that a survey is, for the progress. */
#define SURVEY_SHARE 0.3

static enum err read_all(struct analysis *a, struct running *run, enum analysis_depth depth,
                         struct fault *fault)
{
    double from = depth == ANALYSIS_SURVEY ? 0 : SURVEY_SHARE;
    double to = depth == ANALYSIS_SURVEY ? SURVEY_SHARE : 1;
    struct wave_block b;
    enum err err;
    double total = fmax(a->info->duration_s, 1e-9);
    unsigned turn = 0;
    a->frames = 0;
    while ((err = source_read(a->source, &b, fault)) == ERR_OK) {
        enum err pushed = ERR_OK;
        for (unsigned i = 0; i < a->meter_count; i++)
            pushed = metrology_push(run[i].m, &b);
        if (pushed == ERR_OK)
            a->frames += b.frames;
        else if (b.flags & WAVE_BEGIN)
            say_passed_over(a, &b);
        if (depth == ANALYSIS_SURVEY && a->to_be_surveyed == 0)
            return ERR_OK;
        if (a->options->progress && turn++ % 32 == 0)
            a->options->progress(from +
                                 (to - from) * fmin(analysis_seconds(a, b.start_ns) / total, 1));
    }
    return err == ERR_END ? ERR_OK : err;
}

static void gather_rest(struct analysis *a, const struct running *run);

enum err analysis_pass(struct analysis *a, const struct metrology_sink *sinks,
                       enum analysis_depth depth, struct fault *fault)
{
    struct running run[WAVE_CIRCUITS_MAX] = {{0}};
    enum err err = begin_meters(a, run, sinks, depth, fault);
    if (!err)
        err = read_all(a, run, depth, fault);
    if (!err) {
        for (unsigned i = 0; i < a->meter_count; i++)
            metrology_stop(run[i].m);
        gather_rest(a, run);
    }
    for (unsigned i = 0; i < a->meter_count; i++)
        free(run[i].memory);
    return err;
}

/* --- Gathering ----------------------------------------------------------------------------------------- */

struct gather {
    struct analysis *a;
    unsigned meter;
};

static void add_stat(struct analysis_stat *s, enum quantity q, double x)
{
    if (s->count++ == 0) {
        s->min = s->max = x;
    } else {
        s->min = fmin(s->min, x);
        s->max = fmax(s->max, x);
    }
    if (quantity_info(q)->kind == KIND_ANGLE) {
        s->sum += cos(x * acos(-1) / 180);
        s->squares += sin(x * acos(-1) / 180);
    } else {
        s->sum += x;
        s->squares += x * x;
    }
}

static bool is_rms(enum quantity q)
{
    enum unit u = quantity_info(q)->unit;
    return u == UNIT_V || u == UNIT_A;
}

double analysis_mean(const struct analysis_circuit *c, enum quantity q)
{
    const struct analysis_stat *s = &c->stat[q];
    if (quantity_info(q)->kind == KIND_ANGLE)
        return atan2(s->squares, s->sum) * 180 / acos(-1);
    if (is_rms(q))
        return sqrt(s->squares / (double)s->count);
    return s->sum / (double)s->count;
}

static void add_spectrum(struct analysis_spectrum *to, const struct spectrum *from)
{
    if (from->highest == 0)
        return;
    /* Orders that every window had. */
    bool first = to->count++ == 0;
    if (first || from->highest < to->highest)
        to->highest = from->highest;
    if (first || from->highest_inter < to->highest_inter)
        to->highest_inter = from->highest_inter;
    for (unsigned h = 0; h <= from->highest_inter; h++)
        to->inter_squares[h] += (double)from->inter[h] * from->inter[h];
    for (unsigned h = 0; h <= from->highest; h++)
        to->squares[h] += (double)from->rms[h] * from->rms[h];
}

/* Adds a window's values, or those of an aggregate. */
static void window_json(struct analysis *a, const struct analysis_circuit *c,
                        const struct quantity_set *set, const struct metrology_aggregate *of)
{
    struct text *list = of ? &a->aggregates : &a->windows;
    struct text one;
    struct json j;
    text_init(&one, 0);
    json_init(&j, &one, 0);
    json_put_object(&j);
    char name[16];
    snprintf(name, sizeof name, "%u", c->number);
    json_put_key_string(&j, "circuit", name);
    if (of)
        json_put_key_string(&j, "span", metrology_span_name(of->span));
    json_put_key_number(&j, "start_s", analysis_seconds(a, set->start_ns));
    if (of) {
        json_put_key_number(&j, "end_s", analysis_seconds(a, set->end_ns));
        json_put_key_integer(&j, "windows", of->windows);
        json_put_key_integer(&j, "windows_expected", of->expected);
    }
    json_put_key_integer(&j, "cycles", set->cycles);
    json_put_key(&j, "quality");
    json_put_array(&j);
    for (int bit = 1; bit < QUALITY_BITS; bit++)
        if (set->flags >> bit & 1)
            json_put_string(&j, quality_name(bit));
    json_put_end_array(&j);
    json_put_key(&j, "values");
    json_put_object(&j);
    for (int q = 0; q < Q_COUNT; q++)
        if (quantity_valid(set, (enum quantity)q))
            json_put_key_number(&j, quantity_info((enum quantity)q)->name, set->value[q]);
    json_put_end_object(&j);
    json_put_end_object(&j);
    if (list->length > 0)
        text_puts(list, ",");
    text_add(list, one.bytes, one.length);
    text_free(&one);
}

/* P_st and P_lt have intervals of their own, and windows only repeat them. */
static bool is_severity(enum quantity q)
{
    return q == Q_PST || q == Q_PLT || (q >= Q_PST1 && q <= Q_PLT3);
}

static void add_severities(struct analysis_circuit *c, unsigned valid, const double *value,
                           enum quantity first, enum quantity worst)
{
    double largest = 0;
    for (unsigned i = 0; i < FLICKER_CHANNELS; i++)
        if (valid >> i & 1) {
            add_stat(&c->stat[first + i], first + i, value[i]);
            largest = fmax(largest, value[i]);
        }
    if (valid)
        add_stat(&c->stat[worst], worst, largest);
}

static void take_flicker(void *context, const struct flicker_result *r)
{
    struct gather *g = context;
    for (unsigned i = 0; i < g->a->circuit_count; i++) {
        struct analysis_circuit *c = &g->a->circuit[i];
        if (c->meter != g->meter)
            continue;
        add_severities(c, r->pst_valid, r->pst, Q_PST1, Q_PST);
        add_severities(c, r->plt_valid, r->plt, Q_PLT1, Q_PLT);
    }
}

static void take_window(void *context, struct metrology *m, const struct metrology_window *w)
{
    struct gather *g = context;
    struct analysis *a = g->a;
    (void)m;
    for (unsigned i = 0; i < a->circuit_count; i++) {
        struct analysis_circuit *c = &a->circuit[i];
        if (c->meter != g->meter)
            continue;
        const struct quantity_set *set = c->load < 0 ? w->network : &w->load[c->load];
        for (int q = 0; q < Q_COUNT; q++)
            if (quantity_valid(set, (enum quantity)q) && !is_severity((enum quantity)q))
                add_stat(&c->stat[q], (enum quantity)q, set->value[q]);
        for (int s = 0; s < SPECTRUM_COUNT; s++)
            add_spectrum(&c->spectrum[s], &set->spectrum[s]);
        if (a->options->windows)
            window_json(a, c, set, NULL);
        a->window_count++;
    }
}

static void take_aggregate(void *context, struct metrology *m, const struct metrology_aggregate *of)
{
    struct gather *g = context;
    (void)m;
    for (unsigned i = 0; i < g->a->circuit_count; i++) {
        const struct analysis_circuit *c = &g->a->circuit[i];
        if (c->meter == g->meter)
            window_json(g->a, c, c->load < 0 ? of->network : &of->load[c->load], of);
    }
}

static void append_number(struct text *t, double x)
{
    char buffer[32];
    if (t->length > 0)
        text_puts(t, ",");
    text_puts(t, number_shortest(x, buffer));
}

static void take_half_cycle(void *context, const struct metrology_half_cycle *h)
{
    struct gather *g = context;
    struct analysis *a = g->a;
    for (unsigned i = 0; i < a->circuit_count; i++) {
        struct analysis_circuit *c = &a->circuit[i];
        bool own = h->load == METROLOGY_NETWORK ? c->number == c->voltages_of : c->load == h->load;
        if (c->meter != g->meter || !own)
            continue;
        append_number(&c->half_cycle_t[h->channel], analysis_seconds(a, h->start_ns));
        append_number(&c->half_cycle_rms[h->channel], h->rms);
    }
}

static void take_event(void *context, const struct metrology_event *e)
{
    struct gather *g = context;
    if (e->ended)
        analysis_keep_event(g->a, g->meter, e);
}

static void take_capture(void *context, const struct metrology_capture *c)
{
    struct gather *g = context;
    analysis_keep_waveforms(g->a, g->meter, c);
}

static void take_open_event(void *context, const struct metrology_event *e)
{
    struct gather *g = context;
    analysis_keep_event(g->a, g->meter, e);
}

/* After the last sample: events that still run, and the counters. In the first pass there is nothing
 * to gather yet. */
static void gather_rest(struct analysis *a, const struct running *run)
{
    if (a->window_count == 0)
        return;
    for (unsigned i = 0; i < a->meter_count; i++) {
        struct gather g = {a, i};
        metrology_open_events(run[i].m, &g, take_open_event);
    }
    analysis_order_events(a);
    for (unsigned i = 0; i < a->circuit_count; i++) {
        struct analysis_circuit *c = &a->circuit[i];
        if (c->load < 0 || c->stat[Q_EA_POS].count == 0)
            continue;
        const struct energy *e = metrology_energy(run[c->meter].m, (unsigned)c->load);
        for (int r = 0; r < ENERGY_REGISTERS; r++) /* with the rest after the last window */
            c->stat[energy_quantity((unsigned)r)].max = energy_wh(e->count_mj[r]);
    }
}

/* --- The whole ------------------------------------------------------------------------------------------ */

enum err analysis_run(struct analysis *a, const char *path, const struct analysis_options *options,
                      struct fault *fault)
{
    *a = (struct analysis){.options = options};
    text_init(&a->windows, (size_t)2 << 30);
    text_init(&a->aggregates, (size_t)2 << 30);
    enum err err = source_open(path, &options->source, &a->source, fault);
    if (err)
        return err;
    a->info = source_info(a->source);
    err = analysis_find_circuits(a, fault);
    if (!err)
        err = analysis_find_nominal(a, fault);
    if (err)
        return err;
    struct gather gather[WAVE_CIRCUITS_MAX];
    struct metrology_sink sinks[WAVE_CIRCUITS_MAX];
    for (unsigned i = 0; i < a->meter_count; i++) {
        gather[i] = (struct gather){a, i};
        sinks[i] = (struct metrology_sink){
            .context = &gather[i],
            .window = take_window,
            .aggregate = options->aggregates ? take_aggregate : NULL,
            .half_cycle = options->half_cycles ? take_half_cycle : NULL,
            .event = take_event,
            .capture = take_capture,
            .flicker = take_flicker,
        };
    }
    err = analysis_make_folder(a, fault);
    if (!err)
        err = analysis_pass(a, sinks, ANALYSIS_WHOLE, fault);
    if (err)
        return err;
    if (a->write_fault.code) {
        *fault = a->write_fault;
        return fault->code;
    }
    if (a->events_lost)
        analysis_note(a, "%zu more events than are listed", a->events_lost);
    if (a->window_count == 0)
        return fault_set(fault, ERR_INPUT,
                         "%s: nothing to meter: no stretch of samples holds a whole cycle of %g Hz",
                         path, a->nominal_hz);
    return ERR_OK;
}

void analysis_free(struct analysis *a)
{
    for (unsigned i = 0; i < a->circuit_count; i++)
        for (int s = 0; s < SPECTRUM_COUNT; s++) {
            text_free(&a->circuit[i].half_cycle_t[s]);
            text_free(&a->circuit[i].half_cycle_rms[s]);
        }
    free(a->circuit);
    for (unsigned i = 0; i < a->meter_count; i++)
        free(a->meter[i].load);
    free(a->meter);
    free(a->place);
    free(a->event);
    text_free(&a->windows);
    text_free(&a->aggregates);
    source_close(a->source);
}
