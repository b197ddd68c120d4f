/* The CSV driver: rows to frames. */
#include "source/csv.h"

#include "source/assign.h"
#include "source/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define QUOTED_LENGTH 40
/* Times of these years are dates; smaller ones count from the start of a recording. */
#define DATE_FROM_NS INT64_C(946684800000000000)  /* 2000 */
#define DATE_TO_NS   INT64_C(4102444800000000000) /* 2100 */

extern const struct source_driver source_driver_csv;

struct csv {
    struct recording recording;
    struct csv_layout layout;
    struct input *in;
    bool cut; /* the last row is not whole and is left out */
    /* a record that was read as one row */
    float *record;
    unsigned record_left; /* frames of it that have not been given */
};

/* --- rows ---------------------------------------------------------------------------------------------- */

/* The next row of data; the last one is left out if it was cut off. */
static enum err data_row(struct csv *c, const char **row, size_t *length, struct fault *fault)
{
    enum err err = csv_row(c->in, row, length, fault);
    if (err || input_line_was_whole(c->in))
        return err;
    if (csv_count_fields(*row, *length, c->layout.separator) >= c->layout.used)
        return ERR_OK;
    if (!c->cut)
        notes_add(&c->recording.notes, "The last line is cut off and left out.");
    c->cut = true;
    return ERR_END;
}

static enum err bad_field(struct csv *c, unsigned field, const char *text, size_t length,
                          const char *expected, struct fault *fault)
{
    return fault_set(fault, ERR_INPUT, "%s:%" PRIu64 ": column %u is \"%.*s\", expected %s",
                     input_name(c->in), input_line_number(c->in), field + 1,
                     (int)(length < QUOTED_LENGTH ? length : QUOTED_LENGTH), text, expected);
}

static enum err too_few(struct csv *c, unsigned fields, struct fault *fault)
{
    return fault_set(fault, ERR_INPUT, "%s:%" PRIu64 ": %u columns, expected %u", input_name(c->in),
                     input_line_number(c->in), fields, c->layout.fields);
}

/* "NA", "-", "null" ...: words for a missing value; numbers are not asked for. */
static bool is_missing_word(const char *text, size_t length)
{
    static const char *const words[] = {"na", "n/a", "null", "none", "-", "--"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == length && strncasecmp(text, words[i], length) == 0)
            return true;
    return length == 0;
}

/* One field of samples. Most are a number, and a separator behind it. */
static inline enum err read_sample(struct csv *c, const char **at, const char *end, unsigned field,
                                   double *value, struct fault *fault)
{
    const struct csv_layout *l = &c->layout;
    const char *behind = number_scan_usual(*at, end, l->point, value);
    if (behind && (behind == end || *behind == l->separator)) {
        *at = behind < end ? behind + 1 : NULL;
        return ERR_OK;
    }
    const char *text;
    size_t length;
    *at = csv_field(*at, end, l->separator, &text, &length);
    if (number_scan(text, text + length, l->point, value) == text + length && length > 0)
        return ERR_OK;
    *value = NAN;
    return is_missing_word(text, length) ? ERR_OK
                                         : bad_field(c, field, text, length, "a number", fault);
}

/* The samples of a row go where the layout says. */
static enum err read_samples(struct csv *c, const char *p, const char *end, float *to,
                             struct fault *fault)
{
    const struct csv_layout *l = &c->layout;
    for (unsigned field = 0; field < l->used; field++) {
        if (!p)
            return too_few(c, field, fault);
        const struct csv_column *column = &l->columns[field];
        if (column->target == 0) {
            const char *text;
            size_t length;
            p = csv_field(p, end, l->separator, &text, &length);
            continue;
        }
        double value = 0;
        enum err err = read_sample(c, &p, end, field, &value, fault);
        if (err)
            return err;
        to[column->target - 1] = isfinite(value) ? (float)(value * column->factor) : NAN;
    }
    return ERR_OK;
}

static enum err next_row(struct csv *c, float *to, struct fault *fault)
{
    const char *row;
    size_t length;
    enum err err = data_row(c, &row, &length, fault);
    if (err == ERR_END)
        return fault_set(fault, ERR_INPUT,
                         "%s: ends at line %" PRIu64 "; it was longer when it was opened",
                         input_name(c->in), input_line_number(c->in));
    return err ? err : read_samples(c, row, row + length, to, fault);
}

static enum err frames(struct recording *r, uint32_t count, float *samples, uint32_t *flags,
                       struct fault *fault)
{
    struct csv *c = (struct csv *)r;
    unsigned channels = c->layout.channel_count;
    (void)flags;
    for (; count > 0; count--, samples += channels) {
        enum err err = ERR_OK;
        if (!c->record)
            err = next_row(c, samples, fault);
        else if (c->record_left == 0)
            err = next_row(c, c->record, fault);
        if (err)
            return err;
        if (!c->record)
            continue;
        if (c->record_left == 0)
            c->record_left = c->layout.record_frames;
        unsigned at = c->layout.record_frames - c->record_left--;
        memcpy(samples, c->record + (size_t)at * channels, channels * sizeof *samples);
    }
    return ERR_OK;
}

static enum err restart(struct recording *r, struct fault *fault)
{
    struct csv *c = (struct csv *)r;
    c->record_left = 0;
    if (!input_is_packed(c->in))
        return input_seek(c->in, c->layout.offset, c->layout.line, fault);
    enum err err = input_seek(c->in, 0, 1, fault);
    const char *line;
    size_t length;
    for (uint64_t i = 1; !err && i < c->layout.line; i++)
        err = input_line(c->in, &line, &length, fault);
    return err;
}

/* --- segments --------------------------------------------------------------------------------------------- */

/* Time and number of the record of a row, as far as the table has them. */
struct keys {
    int64_t ns;
    double record;
};

struct walk {
    struct csv *csv;
    struct timeline timeline;
    int64_t first_ns;
    enum err err;
    struct fault *fault;
};

static bool emit(void *context, const struct timeline_stretch *stretch)
{
    struct walk *w = context;
    w->err = recording_add_stretch(&w->csv->recording, stretch, w->first_ns, w->fault);
    return w->err == ERR_OK;
}

static enum err read_time(struct csv *c, unsigned field, const char *text, size_t length,
                          int64_t *ns, struct fault *fault)
{
    const struct csv_layout *l = &c->layout;
    const char *end = text + length;
    const char *behind = l->time == CSV_TIME_DATE
                             ? number_scan_date(text, end, ns)
                             : number_scan_ns(text, end, l->point, l->time_exponent, ns);
    return behind == end ? ERR_OK : bad_field(c, field, text, length, "a time", fault);
}

static enum err read_keys(struct csv *c, const char *p, const char *end, struct keys *keys,
                          struct fault *fault)
{
    const struct csv_layout *l = &c->layout;
    int last = l->time ? (int)l->time_field : -1;
    last = l->record_field > last ? l->record_field : last;
    for (unsigned field = 0; (int)field <= last; field++) {
        const char *text;
        size_t length;
        enum err err = ERR_OK;
        if (!p)
            return too_few(c, field, fault);
        if (l->time == CSV_TIME_NUMBER && field == l->time_field) {
            const char *behind = number_scan_ns(p, end, l->point, l->time_exponent, &keys->ns);
            if (behind && (behind == end || *behind == l->separator)) { /* nothing round it */
                p = behind < end ? behind + 1 : NULL;
                continue;
            }
        }
        p = csv_field(p, end, l->separator, &text, &length);
        if (l->time && field == l->time_field)
            err = read_time(c, field, text, length, &keys->ns, fault);
        else if ((int)field == l->record_field &&
                 number_scan(text, text + length, l->point, &keys->record) != text + length)
            err = bad_field(c, field, text, length, "the number of a record", fault);
        if (err)
            return err;
    }
    return ERR_OK;
}

/* Reads the keys of the next row, and its samples while they are kept. */
static enum err next_keys(struct csv *c, struct keys *keys, struct fault *fault)
{
    const char *row;
    size_t length;
    enum err err = data_row(c, &row, &length, fault);
    if (!err)
        err = read_keys(c, row, row + length, keys, fault);
    float *keep = err ? NULL : recording_keep(&c->recording, c->layout.record_frames);
    return keep ? read_samples(c, row, row + length, keep, fault) : err;
}

static enum err times_stand(struct csv *c, struct fault *fault)
{
    return fault_set(
        fault, ERR_INPUT, "%s:%" PRIu64 ": the times in column %u do not advance over %d lines",
        input_name(c->in), input_line_number(c->in), c->layout.time_field + 1, TIMELINE_LOOK);
}

/* The times of the rows tell rates and gaps. */
static enum err add_by_times(struct csv *c, struct fault *fault)
{
    struct walk w = {.csv = c, .fault = fault};
    struct keys keys = {0}, before = {0};
    timeline_init(&w.timeline, c->layout.resolution_ns, 0, emit, &w);
    bool good = true, is_first = true;
    enum err err = restart(&c->recording, fault);
    while (!err && good && (err = next_keys(c, &keys, fault)) == ERR_OK) {
        if (is_first)
            w.first_ns = keys.ns;
        else if (keys.record != before.record)
            good = timeline_finish(&w.timeline);
        good = good && timeline_push(&w.timeline, keys.ns);
        before = keys;
        is_first = false;
    }
    if (err == ERR_END)
        good = timeline_finish(&w.timeline);
    else if (err)
        return err;
    if (!good)
        return w.err ? w.err : times_stand(c, fault);
    struct source_info *info = &c->recording.source.info;
    info->has_date =
        c->layout.time == CSV_TIME_DATE || (w.first_ns >= DATE_FROM_NS && w.first_ns < DATE_TO_NS);
    info->start_ns = info->has_date ? w.first_ns : 0;
    return ERR_OK;
}

/* Rows without times: one after another at the rate that was asked for. */
static enum err add_by_rate(struct csv *c, double rate_hz, struct fault *fault)
{
    struct keys keys = {0}, before = {0};
    uint64_t frames = 0, records = 0;
    unsigned each = c->layout.record_frames;
    enum err err = restart(&c->recording, fault), end;
    while (!err && (end = next_keys(c, &keys, fault)) == ERR_OK) {
        if (frames > 0 && (each > 1 || keys.record != before.record)) {
            err = recording_add_record(&c->recording, rate_hz, frames, fault);
            frames = 0;
            records++;
        }
        frames += each;
        before = keys;
    }
    if (!err && end != ERR_END)
        err = end;
    if (!err)
        err = recording_add_record(&c->recording, rate_hz, frames, fault);
    if (!err && records > 0)
        notes_add(&c->recording.notes,
                  "%" PRIu64
                  " records whose times are not known stand one behind the other, with a gap "
                  "of one sample between them.",
                  records + 1);
    return err;
}

static enum err add_segments(struct csv *c, double rate_hz, struct fault *fault)
{
    const struct csv_layout *l = &c->layout;
    if (l->time) {
        enum err err = add_by_times(c, fault);
        if (!err && rate_hz > 0)
            notes_add(&c->recording.notes,
                      "The table has a column of times; the rate that was asked for is not used.");
        return err;
    }
    if (rate_hz > 0)
        return add_by_rate(c, rate_hz, fault);
    return fault_set(fault, ERR_INPUT,
                     "%s:%" PRIu64
                     ": no column of times (t, time, timestamp ...) tells the sampling "
                     "rate; give the rate (--rate)",
                     input_name(c->in), l->line);
}

/* --- the driver --------------------------------------------------------------------------------------------- */

static void release(struct recording *r)
{
    struct csv *c = (struct csv *)r;
    input_close(c->in);
    csv_layout_free(&c->layout);
    free(c->record);
    recording_free(r);
    free(c);
}

static const struct recording_reader reader = {restart, frames, release};

static enum err describe(struct csv *c, const char *path, const struct source_options *options,
                         struct fault *fault)
{
    struct recording *r = &c->recording;
    struct csv_layout *l = &c->layout;
    enum err err = csv_sniff(c->in, l, &r->notes, fault);
    if (!err)
        err =
            recording_init(r, &source_driver_csv, &reader, path, l->channel_count, options, fault);
    if (err)
        return err;
    memcpy(r->channels, l->channels, l->channel_count * sizeof *r->channels);
    for (unsigned i = 0; i < l->channel_count; i++)
        r->channels[i].is_primary = true;
    for (unsigned f = 0; f < l->fields; f++) {
        unsigned channel = l->columns[f].target ? (l->columns[f].target - 1) % l->channel_count : 0;
        l->columns[f].factor = l->factor[channel] * r->scale[channel];
    }
    if (l->record_frames > 1)
        c->record = malloc((size_t)l->record_frames * l->channel_count * sizeof *c->record);
    if ((l->record_frames > 1 && !c->record) || !assign_roles(r->channels, NULL, l->channel_count))
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", path);
    err = add_segments(c, options->rate_hz, fault);
    return err ? err : recording_complete(r, options, fault);
}

/* Takes over the input. */
static enum err open_input(struct input *in, const char *path, const struct source_options *options,
                           struct source **source, struct fault *fault)
{
    struct csv *c = calloc(1, sizeof *c);
    if (!c) {
        input_close(in);
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", path);
    }
    c->in = in;
    enum err err = describe(c, path, options, fault);
    if (err)
        release(&c->recording);
    else
        *source = &c->recording.source;
    return err;
}

enum err csv_open_memory(const void *bytes, size_t length, const struct source_options *options,
                         struct source **source, struct fault *fault)
{
    struct input *in;
    *source = NULL;
    enum err err = input_open_memory("memory.csv", bytes, length, &in, fault);
    return err ? err : open_input(in, "memory.csv", options, source, fault);
}

static enum err open_path(const char *path, const struct source_options *options,
                          struct source **source, struct fault *fault)
{
    struct input *in;
    enum err err = input_open(path, &in, fault);
    return err ? err : open_input(in, path, options, source, fault);
}

static bool ends_with(const char *path, const char *end)
{
    size_t n = strlen(path), m = strlen(end);
    return n >= m && strcasecmp(path + n - m, end) == 0;
}

static int probe(const char *path, const unsigned char *head, size_t head_bytes)
{
    static const char *const names[] = {".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz"};
    bool named = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        named = named || ends_with(path, names[i]);
    if (head_bytes >= 2 && head[0] == 0x1f && head[1] == 0x8b)
        return named ? 70 : 30;
    size_t digits = 0;
    for (size_t i = 0; i < head_bytes; i++) {
        if (head[i] < 0x20 && !strchr("\t\r\n", head[i]))
            return 0;
        if (head[i] == 0)
            return 0;
        digits += head[i] >= '0' && head[i] <= '9';
    }
    return named ? 60 : digits * 4 > head_bytes ? 20 : 0;
}

const struct source_driver source_driver_csv = {
    .format = "csv",
    .help = "CSV (plain or gzip)",
    .probe = probe,
    .open = open_path,
    .read = recording_read,
    .rewind = recording_rewind,
    .close = recording_close,
};
