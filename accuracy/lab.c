#include "lab.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* --- Rows ----------------------------------------------------------------------------------------- */

static void put_text(FILE *out, const char *text, const char *end)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
    fputs(end, out);
}

static void put_number(FILE *out, double x, const char *end)
{
    if (isfinite(x))
        fprintf(out, "%.9g", x);
    fputs(end, out);
}

void lab_row(struct lab *lab, const struct lab_judge *j, double x, const char *axis,
             double reference, double measured, double error, const char *condition, ...)
{
    char text[200];
    va_list list;
    va_start(list, condition);
    vsnprintf(text, sizeof text, condition, list);
    va_end(list);
    bool pass = isnan(j->limit) || fabs(error) <= j->limit;
    put_text(lab->out, j->function, ",");
    put_text(lab->out, text, ",");
    put_number(lab->out, reference, ",");
    put_number(lab->out, measured, ",");
    put_number(lab->out, error, ",");
    put_number(lab->out, j->limit, ",");
    put_text(lab->out, j->unit, ",");
    put_text(lab->out, j->source, ",");
    fputs(pass ? "yes," : "no,", lab->out);
    put_text(lab->out, j->section, ",");
    put_text(lab->out, j->subject, ",");
    put_text(lab->out, j->class_, ",");
    put_text(lab->out, j->value_unit, ",");
    put_number(lab->out, x, ",");
    put_text(lab->out, axis ? axis : "", "\n");
    lab->rows++;
    lab->failed += !pass;
}

/* --- Measuring --------------------------------------------------------------------------------------- */

static unsigned bit(unsigned mask, unsigned i)
{
    return mask >> i & 1;
}

void lab_setup(struct metrology_setup *setup, struct metrology_load *load,
               const struct simulator_config *signal, double nominal_hz)
{
    unsigned channel = 0;
    metrology_setup_init(setup);
    setup->highest_rate_hz = signal->rate_hz;
    setup->nominal_hz = nominal_hz;
    setup->nominal_voltage_v = signal->network.nominal_v;
    for (unsigned i = 0; i < 4; i++)
        if (bit(signal->network.channels, i))
            setup->voltage[i] =
                (struct metrology_mix){.terms = 1, .term = {{(uint16_t)channel++, 1}}};
    for (unsigned k = 0; k < signal->load_count; k++) {
        load[k] = (struct metrology_load){.phase = {0, 1, 2}};
        for (unsigned i = 0; i < 4; i++)
            if (bit(signal->loads[k].channels, i))
                load[k].current[i] =
                    (struct metrology_mix){.terms = 1, .term = {{(uint16_t)channel++, 1}}};
    }
    setup->load = load;
    setup->load_count = signal->load_count;
}

static void spoil(struct metrology_mix *mix, double percent)
{
    for (unsigned t = 0; t < mix->terms; t++)
        mix->term[t].factor *= (float)(1 + percent / 100);
}

static void on_window(void *context, struct metrology *m, const struct metrology_window *w)
{
    const struct lab_sink *s = context;
    (void)m;
    if (s->window)
        s->window(s->context, w);
}

static void on_half_cycle(void *context, const struct metrology_half_cycle *h)
{
    const struct lab_sink *s = context;
    if (s->half_cycle)
        s->half_cycle(s->context, h);
}

static void on_event(void *context, const struct metrology_event *e)
{
    const struct lab_sink *s = context;
    if (s->event)
        s->event(s->context, e);
}

static void on_aggregate(void *context, struct metrology *m, const struct metrology_aggregate *a)
{
    const struct lab_sink *s = context;
    (void)m;
    if (s->aggregate)
        s->aggregate(s->context, a);
}

static void give_up(const char *what, const struct fault *fault)
{
    fprintf(stderr, "accuracy: %s%s%s\n", what, fault ? ": " : "", fault ? fault->text : "");
    exit(3);
}

static void *room(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size);
    if (!p)
        give_up("out of memory", NULL);
    return p;
}

void lab_run(const struct lab *lab, const struct simulator_config *signal,
             const struct metrology_setup *setup, const struct lab_sink *sink)
{
    struct fault fault;
    struct source *source;
    struct wave_block block;
    struct metrology_setup own = *setup;
    struct metrology_load *load = room(setup->load_count, sizeof *load);
    for (unsigned k = 0; k < setup->load_count; k++) {
        load[k] = setup->load[k];
        for (unsigned i = 0; i < 4; i++)
            spoil(&load[k].current[i], lab->gain_percent);
    }
    for (unsigned i = 0; i < 4; i++)
        spoil(&own.voltage[i], lab->gain_percent);
    own.load = load;
    if (simulator_open(signal, &source, &fault))
        give_up("a signal of this program's own was refused", &fault);
    void *memory = aligned_alloc(64, (metrology_bytes(&own) + 63) / 64 * 64);
    if (!memory)
        give_up("out of memory", NULL);
    struct lab_sink to = *sink;
    const struct metrology_sink calls = {.context = &to,
                                         .window = on_window,
                                         .half_cycle = on_half_cycle,
                                         .event = on_event,
                                         .aggregate = on_aggregate};
    struct metrology *m = metrology_begin(memory, &own, &calls);
    for (;;) {
        if (to.before)
            to.before(to.context, source);
        if (source_read(source, &block, &fault))
            break;
        if (to.block)
            to.block(to.context, &block);
        if (metrology_push(m, &block))
            give_up("the core refuses the signal's rate", NULL);
    }
    metrology_finish(m);
    source_close(source);
    free(memory);
    free(load);
}

/* --- Readings ----------------------------------------------------------------------------------------- */

static void take(struct lab_range *r, unsigned before, double x)
{
    if (before == 0)
        *r = (struct lab_range){x, x, x};
    else {
        r->mean += (x - r->mean) / (before + 1);
        r->low = x < r->low || isnan(x) ? x : r->low;
        r->high = x > r->high || isnan(x) ? x : r->high;
    }
}

struct gatherer {
    struct lab_reading *r;
    unsigned skip;
};

static void take_spectrum(struct lab_reading *r, unsigned load, unsigned c,
                          const struct spectrum *s)
{
    size_t at = (size_t)load * SPECTRUM_COUNT + c;
    if (r->windows == 0 || s->highest < r->highest[at])
        r->highest[at] = s->highest;
    for (unsigned h = 0; h < LAB_ORDERS; h++) {
        take(&r->harmonic[at * LAB_ORDERS + h], r->windows,
             h <= s->highest && s->highest ? (double)s->rms[h] : (double)NAN);
        take(&r->inter[at * LAB_ORDERS + h], r->windows,
             h <= s->highest_inter && s->highest_inter ? (double)s->inter[h] : (double)NAN);
    }
}

static void gather(void *context, const struct metrology_window *w)
{
    struct gatherer *g = context;
    struct lab_reading *r = g->r;
    if (g->skip > 0) {
        g->skip--;
        return;
    }
    for (unsigned k = 0; k < r->loads; k++) {
        const struct quantity_set *s = w->load_count ? &w->load[k] : w->network;
        for (unsigned q = 0; q < Q_COUNT; q++)
            take(&r->value[(size_t)k * Q_COUNT + q], r->windows,
                 quantity_valid(s, q) ? s->value[q] : NAN);
        for (unsigned c = 0; c < SPECTRUM_COUNT; c++)
            take_spectrum(r, k, c, &s->spectrum[c]);
        r->last[k] = *s;
    }
    r->seconds += (double)(w->network->end_ns - w->network->start_ns) / 1e9;
    r->windows++;
}

static void gather_half(void *context, const struct metrology_half_cycle *h)
{
    struct lab_reading *r = ((struct gatherer *)context)->r;
    size_t at = (h->load < 0 ? 0 : (size_t)h->load) * SPECTRUM_COUNT + h->channel;
    if (isnan(r->half_low[at]) || h->rms < r->half_low[at])
        r->half_low[at] = h->rms;
    if (isnan(r->half_high[at]) || h->rms > r->half_high[at])
        r->half_high[at] = h->rms;
}

void lab_read(const struct lab *lab, const struct simulator_config *signal,
              const struct metrology_setup *setup, unsigned skip, struct lab_reading *r)
{
    unsigned loads = setup->load_count ? setup->load_count : 1;
    size_t channels = (size_t)loads * SPECTRUM_COUNT;
    *r = (struct lab_reading){
        .loads = loads,
        .value = room((size_t)loads * Q_COUNT, sizeof *r->value),
        .harmonic = room(channels * LAB_ORDERS, sizeof *r->harmonic),
        .inter = room(channels * LAB_ORDERS, sizeof *r->inter),
        .highest = room(channels, sizeof *r->highest),
        .last = room(loads, sizeof *r->last),
        .half_low = room(channels, sizeof *r->half_low),
        .half_high = room(channels, sizeof *r->half_high),
    };
    for (size_t i = 0; i < channels; i++)
        r->half_low[i] = r->half_high[i] = NAN;
    struct gatherer g = {r, skip};
    const struct lab_sink sink = {.context = &g, .window = gather, .half_cycle = gather_half};
    lab_run(lab, signal, setup, &sink);
    if (r->windows == 0)
        for (size_t i = 0; i < (size_t)loads * Q_COUNT; i++)
            r->value[i] = (struct lab_range){NAN, NAN, NAN};
}

void lab_forget(struct lab_reading *r)
{
    free(r->value);
    free(r->harmonic);
    free(r->inter);
    free(r->highest);
    free(r->last);
    free(r->half_low);
    free(r->half_high);
}

double lab_worst(struct lab_range range, double reference)
{
    if (isnan(range.low) || isnan(range.high))
        return NAN;
    return fabs(range.low - reference) > fabs(range.high - reference) ? range.low : range.high;
}
