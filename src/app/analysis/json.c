/* The JSON of `busbar analyse`, schema busbar-analysis/1. */
#include "base/json.h"
#include "app/analysis/analysis.h"
#include "base/instant.h"

#include <math.h>
#include <stdio.h>

static void write_recording(struct json *j, const struct analysis *a)
{
    const struct source_info *info = a->info;
    char start[INSTANT_TEXT], place[WAVE_PLACE_TEXT];
    json_put_key(j, "recording");
    json_put_object(j);
    json_put_key_string(j, "file", info->file ? info->file : "");
    json_put_key_string(j, "format", info->format);
    json_put_key(j, "start");
    if (info->has_date) {
        instant_format(info->start_ns, info->start_ns % 1000 ? 9 : 6, start);
        json_put_string(j, start);
    } else {
        json_put_null(j);
    }
    json_put_key_number(j, "duration_s", info->duration_s);
    json_put_key(j, "segments");
    json_put_array(j);
    for (unsigned i = 0; i < info->segment_count; i++) {
        json_put_object(j);
        json_put_key_number(j, "start_s", info->segments[i].start_s);
        json_put_key_number(j, "rate_hz", info->segments[i].rate_hz);
        json_put_key_integer(j, "samples", (int64_t)info->segments[i].frames);
        json_put_end_object(j);
    }
    json_put_end_array(j);
    json_put_key(j, "channels");
    json_put_array(j);
    for (unsigned i = 0; i < info->channel_count; i++) {
        json_put_object(j);
        json_put_key_string(j, "name", info->channels[i].name);
        wave_place_format(info->channels[i].place, place);
        json_put_key_string(j, "role", place);
        json_put_key_string(j, "unit", info->channels[i].unit);
        json_put_end_object(j);
    }
    json_put_end_array(j);
    json_put_key(j, "notes");
    json_put_array(j);
    for (unsigned i = 0; i < info->note_count; i++)
        json_put_string(j, info->notes[i]);
    for (unsigned i = 0; i < a->note_count; i++)
        json_put_string(j, a->note[i]);
    json_put_end_array(j);
    json_put_end_object(j);
}

static void write_nominal(struct json *j, const struct analysis *a)
{
    json_put_key(j, "nominal");
    json_put_object(j);
    json_put_key_number(j, "frequency_hz", a->nominal_hz);
    for (unsigned i = 0; i < a->meter_count; i++)
        if (a->meter[i].nominal_voltage_v > 0) {
            json_put_key_number(j, "voltage_v", a->meter[i].nominal_voltage_v);
            json_put_key_string(j, "voltage_from", nominal_from_name(a->meter[i].nominal_from));
            break;
        }
    json_put_end_object(j);
}

static void write_values(struct json *j, const struct analysis_circuit *c)
{
    json_put_key(j, "values");
    json_put_object(j);
    for (int q = 0; q < Q_COUNT; q++) {
        const struct analysis_stat *s = &c->stat[q];
        const struct quantity_info *info = quantity_info((enum quantity)q);
        if (s->count == 0)
            continue;
        json_put_key(j, info->name);
        json_put_object(j);
        json_put_key_string(j, "unit", unit_symbol(info->unit));
        if (info->kind == KIND_COUNTER) {
            json_put_key_number(j, "total", s->max);
        } else {
            json_put_key_number(j, "mean", analysis_mean(c, (enum quantity)q));
            json_put_key_number(j, "min", s->min);
            json_put_key_number(j, "max", s->max);
        }
        json_put_end_object(j);
    }
    json_put_end_object(j);
}

/* Squares of orders `first` ... `highest` as a share of the fundamental's, and as RMS values. */
static void write_squares(struct json *j, const struct analysis_spectrum *s, const double *squares,
                          unsigned first, unsigned highest)
{
    json_put_object(j);
    if (s->squares[1] > 0) {
        json_put_key(j, "percent");
        json_put_array(j);
        for (unsigned h = first; h <= highest; h++)
            json_put_number(j, 100 * sqrt(squares[h] / s->squares[1]));
        json_put_end_array(j);
    }
    json_put_key(j, "rms");
    json_put_array(j);
    for (unsigned h = first; h <= highest; h++)
        json_put_number(j, sqrt(squares[h] / (double)s->count));
    json_put_end_array(j);
    json_put_end_object(j);
}

static void write_harmonics(struct json *j, const struct analysis_circuit *c)
{
    json_put_key(j, "harmonics");
    json_put_object(j);
    for (int i = 0; i < SPECTRUM_COUNT; i++) {
        const struct analysis_spectrum *s = &c->spectrum[i];
        if (s->count == 0)
            continue;
        json_put_key(j, quantity_info(spectrum_quantity((enum spectrum_channel)i))->name);
        write_squares(j, s, s->squares, 1, s->highest);
    }
    json_put_end_object(j);
}

/* Index 0 lies below the fundamental, h between the orders h and h + 1. */
static void write_interharmonics(struct json *j, const struct analysis_circuit *c)
{
    json_put_key(j, "interharmonics");
    json_put_object(j);
    for (int i = 0; i < SPECTRUM_COUNT; i++) {
        const struct analysis_spectrum *s = &c->spectrum[i];
        if (s->count == 0 || s->highest_inter == 0)
            continue;
        json_put_key(j, quantity_info(spectrum_quantity((enum spectrum_channel)i))->name);
        write_squares(j, s, s->inter_squares, 0, s->highest_inter);
    }
    json_put_end_object(j);
}

static void write_half_cycles(struct json *j, const struct analysis *a)
{
    json_put_key(j, "half_cycles");
    json_put_object(j);
    for (unsigned i = 0; i < a->circuit_count; i++) {
        const struct analysis_circuit *c = &a->circuit[i];
        for (int s = 0; s < SPECTRUM_COUNT; s++) {
            if (c->half_cycle_t[s].length == 0)
                continue;
            char key[32];
            const char *name = quantity_info(spectrum_quantity((enum spectrum_channel)s))->name;
            if (c->number == 1)
                snprintf(key, sizeof key, "%s", name);
            else
                snprintf(key, sizeof key, "%u:%s", c->number, name);
            json_put_key(j, key);
            json_put_object(j);
            json_put_key(j, "t_s");
            json_put_array(j);
            json_put_written(j, &c->half_cycle_t[s]);
            json_put_end_array(j);
            json_put_key(j, "rms");
            json_put_array(j);
            json_put_written(j, &c->half_cycle_rms[s]);
            json_put_end_array(j);
            json_put_end_object(j);
        }
    }
    json_put_end_object(j);
}

static void write_event(struct json *j, const struct analysis *a, const struct analysis_event *e)
{
    char circuit[16];
    json_put_object(j);
    json_put_key_string(j, "kind", event_kind_name(e->kind));
    snprintf(circuit, sizeof circuit, "%u", e->circuit);
    json_put_key_string(j, "circuit", circuit);
    double start = analysis_seconds(a, e->start_ns);
    json_put_key_number(j, "start_s", start);
    json_put_key(j, "end_s");
    if (e->ended)
        json_put_number(j, analysis_seconds(a, e->end_ns));
    else
        json_put_null(j);
    /* One that still runs has lasted at least to the recording's end. */
    double end = e->ended ? analysis_seconds(a, e->end_ns) : a->info->duration_s;
    json_put_key_number(j, "duration_s", fmax(end - start, 0));
    json_put_key_number(j, "reference", e->reference);
    json_put_key(j, "channels");
    json_put_array(j);
    for (unsigned i = 0; i < e->channel_count; i++) {
        char name[ANALYSIS_CHANNEL_TEXT];
        analysis_channel_name(&e->channel[i], e->circuit, name);
        json_put_object(j);
        json_put_key_string(j, "name", name);
        json_put_key_number(j, "extreme", e->channel[i].extreme);
        json_put_key_number(j, "percent", e->channel[i].percent);
        if (e->kind == EVENT_RVC) {
            json_put_key_number(j, "steady", e->channel[i].steady);
            json_put_key_number(j, "steady_percent", e->channel[i].steady_percent);
        }
        double own = analysis_seconds(a, e->channel[i].start_ns);
        double back = e->channel[i].ended ? analysis_seconds(a, e->channel[i].end_ns) : end;
        json_put_key_number(j, "start_s", own);
        json_put_key_number(j, "duration_s", fmax(back - own, 0));
        json_put_end_object(j);
    }
    json_put_end_array(j);
    json_put_end_object(j);
}

void analysis_write_json(const struct analysis *a, struct text *out)
{
    struct json j;
    json_init(&j, out, 0);
    json_put_object(&j);
    json_put_key_string(&j, "schema", "busbar-analysis/1");
    write_recording(&j, a);
    write_nominal(&j, a);
    json_put_key(&j, "circuits");
    json_put_array(&j);
    for (unsigned i = 0; i < a->circuit_count; i++) {
        const struct analysis_circuit *c = &a->circuit[i];
        char name[16];
        json_put_object(&j);
        snprintf(name, sizeof name, "%u", c->number);
        json_put_key_string(&j, "name", name);
        json_put_key_string(&j, "type", c->type);
        write_values(&j, c);
        write_harmonics(&j, c);
        write_interharmonics(&j, c);
        json_put_end_object(&j);
    }
    json_put_end_array(&j);
    if (a->options->aggregates) {
        json_put_key(&j, "aggregates");
        json_put_array(&j);
        if (a->aggregates.length > 0)
            json_put_written(&j, &a->aggregates);
        json_put_end_array(&j);
    }
    if (a->options->windows) {
        json_put_key(&j, "windows");
        json_put_array(&j);
        if (a->windows.length > 0)
            json_put_written(&j, &a->windows);
        json_put_end_array(&j);
    }
    if (a->options->half_cycles)
        write_half_cycles(&j, a);
    json_put_key(&j, "events");
    json_put_array(&j);
    for (size_t i = 0; i < a->event_count; i++)
        write_event(&j, a, &a->event[i]);
    json_put_end_array(&j);
    json_put_end_object(&j);
    text_puts(out, "\n");
}
