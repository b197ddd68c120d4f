/* Answers with captured waveforms: the list, and a set as JSON, CSV or COMTRADE. */
#include "store/waveform_export.h"
#include "web/values.h"
#include "web/web_internal.h"

#include <inttypes.h>
#include <stdio.h>

#define SAMPLE_DIGITS 9 /* all that a sample has */

enum waveform_format { FORMAT_JSON, FORMAT_CSV, FORMAT_COMTRADE };
enum waveform_part { PART_CFG, PART_DAT };

const char *waveform_format_name(int n)
{
    static const char *const names[] = {"json", "csv", "comtrade", NULL};
    return names[n];
}

const char *waveform_part_name(int n)
{
    static const char *const names[] = {"cfg", "dat", NULL};
    return names[n];
}

/* "device", and "load" if it is one of a load. */
static void put_owner(struct json *j, uint8_t device, uint8_t load)
{
    if (device)
        json_put_key_integer(j, "device", device);
    if (load)
        json_put_key_integer(j, "load", load);
}

static void put_line(struct json *j, const struct waveform_set *s, unsigned l, bool samples)
{
    const struct waveform_line *line = &s->line[l];
    json_put_object(j);
    json_put_key_string(j, "name", waveform_channel_name(line));
    json_put_key_string(j, "unit", line->channel >= SPECTRUM_I1 ? "A" : "V");
    put_owner(j, line->device, line->load);
    if (samples) {
        json_put_key(j, "samples");
        json_put_array(j);
        for (unsigned i = 0; i < s->count; i++)
            json_put_number_rounded(j, (double)s->sample[l][i], SAMPLE_DIGITS);
        json_put_end_array(j);
    }
    json_put_end_object(j);
}

static void put_set(struct json *j, const struct waveform_set *s, bool samples)
{
    json_put_object(j);
    json_put_key_integer(j, "id", (int64_t)s->id);
    json_put_key_string(j, "reason", capture_reason_name(s->reason));
    json_put_key_bool(j, "at_end", s->at_end);
    put_owner(j, s->device, s->load);
    values_put_instant(j, "event_start", s->event_ns, 6);
    values_put_instant(j, "trigger", s->trigger_ns, 9);
    values_put_instant(j, "start", s->start_ns, 9);
    json_put_key_number(j, "rate_hz", s->rate_hz);
    json_put_key_integer(j, "subsampling", s->subsampling);
    json_put_key_integer(j, "samples", s->count);
    json_put_key_integer(j, "before", s->before);
    values_put_flags(j, "flags", s->flags);
    json_put_key(j, "channels");
    json_put_array(j);
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++)
        if (s->line[l].present)
            put_line(j, s, l, samples);
    json_put_end_array(j);
    json_put_end_object(j);
}

void answer_waveforms(struct api_call *call)
{
    const struct waveforms *w = call->web->config.waveforms;
    const struct waveform_set *set[WAVEFORM_SETS];
    struct json *j = &call->json;
    unsigned n = w ? waveforms_list(w, set, (unsigned)call->match.argument[0]) : 0;
    json_put_object(j);
    json_put_key(j, "waveforms");
    json_put_array(j);
    for (unsigned i = 0; i < n; i++)
        put_set(j, set[i], false);
    json_put_end_array(j);
    json_put_key_integer(j, "lost", w ? (int64_t)waveforms_lost(w) : 0);
    json_put_end_object(j);
}

static void answer_comtrade(struct api_call *call, const struct waveform_set *s,
                            enum waveform_part part)
{
    if (part == PART_DAT) {
        call->response->type = "application/octet-stream";
        waveform_put_comtrade_dat(call->body, s);
    } else {
        call->response->type = "text/plain; charset=utf-8";
        waveform_put_comtrade_cfg(call->body, s);
    }
    snprintf(call->response->file, sizeof call->response->file, "waveform-%" PRIu64 ".%s", s->id,
             waveform_part_name(part));
}

void answer_waveform(struct api_call *call)
{
    const struct waveforms *w = call->web->config.waveforms;
    int id = call->match.argument[0];
    enum waveform_format format = (enum waveform_format)call->match.argument[1];
    if (!call->match.given[1] && api_prefers_csv(call->request))
        format = FORMAT_CSV;
    enum waveform_part part = (enum waveform_part)call->match.argument[2];
    const struct waveform_set *s = w ? waveforms_get(w, (uint64_t)id) : NULL;
    if (!s) {
        api_fail(call, 404,
                 "There is no set of waveforms with the number %d; the latest %d are kept.", id,
                 WAVEFORM_SETS);
        return;
    }
    if (call->match.given[2] && format != FORMAT_COMTRADE) {
        api_fail(call, 400, "Only COMTRADE has parts: add format=comtrade.");
        return;
    }
    call->response->vary = "Accept";
    if (format == FORMAT_COMTRADE) {
        answer_comtrade(call, s, part);
    } else if (format == FORMAT_CSV) {
        call->response->type = "text/csv; charset=utf-8; header=present";
        snprintf(call->response->file, sizeof call->response->file, "waveform-%d.csv", id);
        waveform_put_csv(call->body, s);
    } else {
        put_set(&call->json, s, true);
    }
}
