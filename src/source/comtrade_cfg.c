/* The configuration of a COMTRADE record: text to struct. Clause 7 of IEEE C37.111-1999. */
#include "source/comtrade.h"

#include "base/instant.h"
#include "base/text.h"
#include "source/encoding.h"
#include "source/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIELDS_MAX    64
#define FULL_LINE     13 /* fields of an analog channel, 1999 and later */
#define SHORT_LINE    10 /* 1991 */
#define LINE_HZ_MAX   1000
#define QUOTED_LENGTH 60

struct field {
    const char *text;
    size_t length;
};

struct reader {
    const char *name;
    const char *text;
    size_t length, at;
    uint64_t line;
    struct field whole; /* the line read last */
    struct field fields[FIELDS_MAX];
    unsigned count;
    struct comtrade_cfg *cfg;
    struct notes *notes;
    struct fault *fault;
};

static enum err expected(struct reader *r, const char *what)
{
    size_t n = r->whole.length < QUOTED_LENGTH ? r->whole.length : QUOTED_LENGTH;
    return fault_set(r->fault, ERR_INPUT, "%s:%" PRIu64 ": found \"%.*s\", expected %s", r->name,
                     r->line, (int)n, r->whole.text ? r->whole.text : "", what);
}

static struct field trimmed(const char *text, size_t length)
{
    while (length > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        length--;
    }
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    return (struct field){text, length};
}

static void split(struct reader *r)
{
    const char *p = r->whole.text, *end = p + r->whole.length;
    for (r->count = 0; r->count < FIELDS_MAX; p++) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        if (r->count == FIELDS_MAX - 1)
            comma = NULL;
        const char *stop = comma ? comma : end;
        r->fields[r->count++] = trimmed(p, (size_t)(stop - p));
        if (!comma)
            return;
        p = comma;
    }
}

/* Takes the next line apart; false at the end of the text. */
static bool next_line(struct reader *r)
{
    r->line++;
    r->whole = (struct field){"", 0};
    if (r->at >= r->length || r->text[r->at] == 0x1a)
        return false;
    const char *start = r->text + r->at;
    const char *end = memchr(start, '\n', r->length - r->at);
    size_t n = end ? (size_t)(end - start) : r->length - r->at;
    r->at += n + 1;
    while (n > 0 && start[n - 1] == '\r')
        n--;
    r->whole = (struct field){start, n};
    split(r);
    return true;
}

static enum err need_line(struct reader *r, const char *what)
{
    if (next_line(r))
        return ERR_OK;
    return fault_set(r->fault, ERR_INPUT,
                     "%s:%" PRIu64 ": the configuration ends here, expected %s", r->name, r->line,
                     what);
}

/* The whole field is a finite number. */
static bool is_number(struct field f, double *value)
{
    const char *end = number_scan(f.text, f.text + f.length, '.', value);
    return end == f.text + f.length && isfinite(*value);
}

static bool is_count(struct field f, uint64_t most, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < f.length; i++) {
        if (f.text[i] < '0' || f.text[i] > '9')
            return false;
        *value = *value * 10 + (uint64_t)(f.text[i] - '0');
        if (*value > most)
            return false;
    }
    return f.length > 0;
}

/* --- its lines, from the first on --------------------------------------------------------------- */

static int nearest_revision(int year)
{
    return year >= 2013 ? 2013 : year >= 1999 ? 1999 : 1991;
}

/* "station,device[,revision]"; a station's name may hold commas. */
static enum err read_station(struct reader *r)
{
    enum err err = need_line(r, "station and device");
    if (err)
        return err;
    uint64_t year = 0;
    unsigned last = r->count - 1;
    bool has_year = r->count >= 3 && is_count(r->fields[last], 2999, &year) && year >= 1900;
    bool has_field = has_year || (r->count >= 3 && r->fields[last].length == 0);
    unsigned device = has_field ? last - 1 : last;
    struct field first = r->fields[0];
    struct field end = r->fields[device > 0 ? device - 1 : 0];
    size_t length = (size_t)(end.text + end.length - first.text);
    utf8_sanitize(r->cfg->station, sizeof r->cfg->station, first.text, length);
    if (device > 0)
        utf8_sanitize(r->cfg->device, sizeof r->cfg->device, r->fields[device].text,
                      r->fields[device].length);
    r->cfg->revision = nearest_revision((int)year);
    if (has_year && (int)year != r->cfg->revision)
        notes_add(r->notes,
                  "Revision year %d is none of COMTRADE's (1991, 1999, 2013); read as %d.",
                  (int)year, r->cfg->revision);
    return ERR_OK;
}

/* "24A": a number and its letter. */
static bool is_channel_count(struct field f, char letter, uint64_t most, uint64_t *count)
{
    if (f.length == 0 || (f.text[f.length - 1] & ~0x20) != letter)
        return false;
    return is_count(trimmed(f.text, f.length - 1), most, count);
}

static enum err read_counts(struct reader *r)
{
    enum err err = need_line(r, "the number of channels");
    if (err)
        return err;
    uint64_t total = 0, analog = 0, status = 0;
    if (r->count < 3 || !is_channel_count(r->fields[1], 'A', 999999, &analog) ||
        !is_channel_count(r->fields[2], 'D', 999999, &status))
        return expected(r, "the numbers of channels, such as \"12,8A,4D\"");
    if (analog == 0)
        return fault_set(r->fault, ERR_INPUT, "%s:%" PRIu64 ": there are no analog channels in it",
                         r->name, r->line);
    if (analog > SOURCE_CHANNELS_MAX || status > COMTRADE_STATUS_MAX)
        return fault_set(r->fault, ERR_UNSUPPORTED,
                         "%s:%" PRIu64 ": %" PRIu64 " analog and %" PRIu64
                         " status channels; at most %d and %d are read",
                         r->name, r->line, analog, status, SOURCE_CHANNELS_MAX,
                         COMTRADE_STATUS_MAX);
    if (!is_count(r->fields[0], UINT32_MAX, &total) || total != analog + status)
        notes_add(r->notes,
                  "Line 2 of the configuration states %.*s channels, but %" PRIu64
                  " analog and %" PRIu64 " status channels.",
                  (int)(r->fields[0].length < 20 ? r->fields[0].length : 20), r->fields[0].text,
                  analog, status);
    r->cfg->analog = (unsigned)analog;
    r->cfg->status = (unsigned)status;
    r->cfg->channels = calloc(analog, sizeof *r->cfg->channels);
    return r->cfg->channels ? ERR_OK
                            : fault_set(r->fault, ERR_MEMORY, "%s: out of memory", r->name);
}

static bool is_ps(struct field f)
{
    return f.length == 1 && f.text[0] && strchr("PpSs", f.text[0]);
}

static double optional_number(struct field f, double otherwise)
{
    double v;
    return is_number(f, &v) ? v : otherwise;
}

/* "An,ch_id,ph,ccbm,uu,a,b,skew,min,max[,primary,secondary,PS]" */
static enum err read_analog(struct reader *r, struct comtrade_channel *c)
{
    enum err err = need_line(r, "an analog channel");
    if (err)
        return err;
    /* commas in the name: the line is longer than it may be, and its last field is where it is */
    unsigned extra =
        r->count > FULL_LINE && is_ps(r->fields[r->count - 1]) ? r->count - FULL_LINE : 0;
    const struct field *f = r->fields + extra;
    unsigned count = r->count - extra;
    if (count < 7)
        return expected(r, "an analog channel: \"number,name,phase,component,unit,a,b,skew,min,max,"
                           "primary,secondary,PS\"");
    size_t name_length = (size_t)(f[1].text + f[1].length - r->fields[1].text);
    utf8_sanitize(c->name, sizeof c->name, r->fields[1].text, name_length);
    utf8_sanitize(c->phase, sizeof c->phase, f[2].text, f[2].length);
    utf8_sanitize(c->component, sizeof c->component, f[3].text, f[3].length);
    utf8_sanitize(c->unit, sizeof c->unit, f[4].text, f[4].length);
    if (!is_number(f[5], &c->gain))
        return expected(r, "a number as multiplier (field 6, a)");
    if (f[6].length > 0 && !is_number(f[6], &c->offset))
        return expected(r, "a number as offset (field 7, b)");
    c->skew_us = count > 7 ? optional_number(f[7], 0) : 0;
    c->min = count > 8 ? optional_number(f[8], NAN) : NAN;
    c->max = count > 9 ? optional_number(f[9], NAN) : NAN;
    if (count >= FULL_LINE) {
        c->primary = fabs(optional_number(f[10], 0));
        c->secondary = fabs(optional_number(f[11], 0));
        c->ps = is_ps(f[12]) ? (char)(f[12].text[0] & ~0x20) : 0;
    }
    return ERR_OK;
}

static enum err read_channels(struct reader *r)
{
    double skew_us = 0;
    for (unsigned i = 0; i < r->cfg->analog; i++) {
        enum err err = read_analog(r, &r->cfg->channels[i]);
        if (err)
            return err;
        skew_us = fmax(skew_us, fabs(r->cfg->channels[i].skew_us));
    }
    for (unsigned i = 0; i < r->cfg->status; i++) {
        enum err err = need_line(r, "a status channel");
        if (err)
            return err;
        if (r->count < 2)
            return expected(r, "a status channel: \"number,name,phase,component,state\"");
    }
    if (skew_us > 0)
        notes_add(r->notes,
                  "Channels are sampled up to %.6g us apart (field skew); this is not corrected.",
                  skew_us);
    return ERR_OK;
}

static enum err read_line_frequency(struct reader *r)
{
    enum err err = need_line(r, "the line frequency");
    if (err)
        return err;
    double hz = 0;
    if (r->fields[0].length > 0 && !is_number(r->fields[0], &hz))
        return expected(r, "the line frequency in Hz");
    if (hz < 0 || hz > LINE_HZ_MAX) {
        notes_add(r->notes, "A line frequency of %g Hz is stated; it is not used.", hz);
        hz = 0;
    }
    r->cfg->line_hz = hz;
    return ERR_OK;
}

static enum err read_rate(struct reader *r, struct comtrade_rate *rate, uint64_t last)
{
    enum err err = need_line(r, "a sampling rate and the number of its last sample");
    if (err)
        return err;
    if (r->count < 2 || !is_number(r->fields[0], &rate->hz) ||
        !is_count(r->fields[1], UINT32_MAX, &rate->last))
        return expected(r, "a sampling rate in Hz and the number of its last sample");
    if (rate->hz < 0 || rate->hz > RECORDING_RATE_MAX_HZ)
        return expected(r, "a sampling rate of 0 to 1e9 Hz");
    if (rate->last < last)
        return expected(r, "a last sample behind that of the rate before");
    return ERR_OK;
}

static enum err read_rates(struct reader *r)
{
    struct comtrade_cfg *c = r->cfg;
    enum err err = need_line(r, "the number of sampling rates");
    if (err)
        return err;
    uint64_t count;
    if (!is_count(r->fields[0], RECORDING_SEGMENTS_MAX, &count))
        return expected(r, "the number of sampling rates (0 to 65536)");
    c->has_rates = count > 0;
    c->rate_count = count > 0 ? (unsigned)count : 1;
    c->rates = calloc(c->rate_count, sizeof *c->rates);
    if (!c->rates)
        return fault_set(r->fault, ERR_MEMORY, "%s: out of memory", r->name);
    uint64_t last = 0;
    for (unsigned i = 0; i < c->rate_count; i++) {
        err = read_rate(r, &c->rates[i], last);
        if (err)
            return err;
        last = c->rates[i].last;
        c->has_rates = c->has_rates && c->rates[i].hz > 0;
    }
    if (count > 0 && !c->has_rates)
        notes_add(r->notes,
                  "A sampling rate of 0 Hz is stated; the times of the samples are used.");
    return ERR_OK;
}

static bool read_stamp(struct reader *r, int64_t *ns, int *decimals)
{
    bool swapped = false;
    *decimals = 0;
    if (r->count < 2 ||
        !comtrade_read_time(r->fields[0].text, r->fields[0].length, r->fields[1].text,
                            r->fields[1].length, r->cfg->revision, ns, &swapped, decimals))
        return false;
    if (swapped)
        notes_add(r->notes, "Day and month of the start time are taken in the order that fits.");
    return true;
}

static enum err read_times(struct reader *r)
{
    struct comtrade_cfg *c = r->cfg;
    int decimals;
    enum err err = need_line(r, "the time of the first sample");
    if (err)
        return err;
    c->has_start = read_stamp(r, &c->start_ns, &decimals);
    c->start_in_ns = decimals > 6;
    if (!c->has_start)
        notes_add(r->notes,
                  "The time of the first sample (line %" PRIu64 ") cannot be read; the "
                  "recording has no date.",
                  r->line);
    err = need_line(r, "the time of the trigger");
    int64_t trigger_ns;
    if (!err && c->has_start && read_stamp(r, &trigger_ns, &decimals) && trigger_ns < c->start_ns)
        notes_add(r->notes, "The time of the trigger is before that of the first sample.");
    return err;
}

static enum err read_form(struct reader *r)
{
    enum err err = need_line(r, "the form of the data");
    if (err)
        return err;
    if (!comtrade_read_form(r->whole.text, r->whole.length, &r->cfg->form))
        return expected(r, "the form of the data: ASCII, BINARY, BINARY32 or FLOAT32");
    return ERR_OK;
}

/* "-5h30": hours and minutes from UTC. */
static bool read_zone(struct field f, int *minutes)
{
    const char *p = f.text, *end = p + f.length;
    int sign = p < end && *p == '-' ? -1 : 1;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    int parts[2] = {0, 0}, digits = 0;
    for (int part = 0; p < end; p++) {
        if ((*p == 'h' || *p == 'H' || *p == ':') && part == 0 && digits > 0)
            part = 1;
        else if (*p < '0' || *p > '9' || digits++ > 4)
            return false;
        else
            parts[part] = parts[part] * 10 + (*p - '0');
    }
    *minutes = sign * (parts[0] * 60 + parts[1]);
    return digits > 0 && parts[0] <= 14 && parts[1] < 60;
}

/* What may follow the form: the time multiplier (1999), the zone and the quality of time (2013). */
static void read_rest(struct reader *r)
{
    struct comtrade_cfg *c = r->cfg;
    double multiplier;
    int minutes;
    c->timemult = 1;
    if (next_line(r) && is_number(r->fields[0], &multiplier) && multiplier > 0)
        c->timemult = multiplier;
    if (c->revision >= 2013 && next_line(r) && read_zone(r->fields[0], &minutes)) {
        c->has_zone = true;
        c->start_ns -= minutes * INT64_C(60) * NS_PER_S;
        if (next_line(r) && r->fields[0].length == 1 && r->fields[0].text[0] != '0')
            notes_add(r->notes,
                      "The recorder says that its clock was not locked to its reference "
                      "(time quality %c).",
                      r->fields[0].text[0]);
    }
    if (c->has_start && !c->has_zone)
        notes_add(r->notes, "The file does not say its time zone; its times are taken as UTC.");
}

static enum err read_all(struct reader *r)
{
    static enum err (*const parts[])(struct reader *) = {
        read_station, read_counts, read_channels, read_line_frequency,
        read_rates,   read_times,  read_form};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        enum err err = parts[i](r);
        if (err)
            return err;
    }
    read_rest(r);
    return ERR_OK;
}

enum err comtrade_cfg_read(const char *name, const char *text, size_t length, uint64_t first_line,
                           struct comtrade_cfg *cfg, struct notes *notes, struct fault *fault)
{
    const char *encoding;
    *cfg = (struct comtrade_cfg){0};
    if (length > COMTRADE_CFG_MAX)
        return fault_set(fault, ERR_INPUT, "%s: a configuration of more than %zu bytes", name,
                         COMTRADE_CFG_MAX);
    struct reader r = {
        .name = name, .line = first_line - 1, .cfg = cfg, .notes = notes, .fault = fault};
    char *utf8 = encoding_to_utf8(text, length, &r.length, &encoding);
    if (!utf8)
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", name);
    if (strcmp(encoding, "UTF-8") != 0)
        notes_add(notes, "The text of the configuration is not UTF-8; read as %s.", encoding);
    r.text = utf8;
    enum err err = read_all(&r);
    free(utf8);
    if (err)
        comtrade_cfg_free(cfg);
    return err;
}

void comtrade_cfg_free(struct comtrade_cfg *cfg)
{
    free(cfg->channels);
    free(cfg->rates);
    cfg->channels = NULL;
    cfg->rates = NULL;
}
