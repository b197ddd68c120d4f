/* The COMTRADE driver: finds the files, joins configuration and data. */
#include "source/comtrade.h"
#include "port/files.h"

#include "base/text.h"
#include "port/files.h"
#include "source/assign.h"
#include "source/unit.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MARK_1999     99999 /* a missing value in ASCII */
#define MARK_1991     999999
#define RATIO_NOTES   6
#define SNIFFED_BYTES 64

struct comtrade {
    struct recording recording;
    struct comtrade_cfg cfg;
    struct comtrade_data data;
    double *per_channel; /* gain, offset and missing mark of the channels */
    bool *clips;
    unsigned char *at_end;
};

extern const struct source_driver source_driver_comtrade;

/* --- channels ---------------------------------------------------------------------------------------- */

/* The unit that leaves, and the factor to it. */
static double take_unit(struct comtrade *c, const struct comtrade_channel *from,
                        struct source_channel *to)
{
    const char *si;
    double factor = 1;
    if (unit_read(from->unit, strlen(from->unit), &si, &factor)) {
        strcpy(to->unit, si);
    } else if (from->unit[0] == '\0' &&
               unit_read(from->component, strlen(from->component), &si, &factor)) {
        strcpy(to->unit, si);
        notes_add(&c->recording.notes,
                  "Units are written in the field of the component (ccbm) and taken from there.");
    } else {
        factor = 1;
        memcpy(to->unit, from->unit, sizeof to->unit);
    }
    return factor;
}

static double missing_mark(const struct comtrade_cfg *cfg, const struct comtrade_channel *c)
{
    double mark = cfg->revision < 1999 ? MARK_1991 : MARK_1999;
    return isnan(c->max) || c->max <= mark ? mark : NAN; /* within the limits it is a value */
}

static void describe_channel(struct comtrade *c, unsigned i, double *gain, double *offset)
{
    const struct comtrade_channel *from = &c->cfg.channels[i];
    struct source_channel *to = &c->recording.channels[i];
    memcpy(to->name, from->name, sizeof to->name);
    double unit = take_unit(c, from, to);
    *gain = from->gain * unit * c->recording.scale[i];
    *offset = from->offset * unit * c->recording.scale[i];
    bool is_rated =
        from->primary > 0 && from->secondary > 0 && !(from->primary == 1 && from->secondary == 1);
    if (is_rated) {
        to->rated_primary = from->primary * unit;
        to->rated_secondary = from->secondary * unit;
    }
    to->is_primary = from->ps != 'S' || from->primary == from->secondary;
    c->clips[i] = c->cfg.form == COMTRADE_BINARY && from->max == INT16_MAX &&
                  (from->min == INT16_MIN || from->min == -INT16_MAX);
}

/* One sentence for each ratio of transformers whose secondary side was recorded. */
static void note_ratios(struct comtrade *c)
{
    const struct source_channel *channels = c->recording.channels;
    unsigned count = c->cfg.analog, said = 0;
    bool counted[SOURCE_CHANNELS_MAX] = {false};
    for (unsigned i = 0; i < count && said < RATIO_NOTES; i++) {
        const struct source_channel *a = &channels[i];
        if (a->is_primary || a->rated_secondary <= 0 || counted[i])
            continue;
        unsigned same = 0;
        for (unsigned k = i; k < count; k++) {
            const struct source_channel *b = &channels[k];
            if (!b->is_primary && b->rated_primary == a->rated_primary &&
                b->rated_secondary == a->rated_secondary && strcmp(a->unit, b->unit) == 0) {
                counted[k] = true;
                same++;
            }
        }
        notes_add(&c->recording.notes,
                  "%u channel%s (the first is %s) hold%s secondary values behind transformers of "
                  "%.9g / %.9g %s; they are not converted.",
                  same, same == 1 ? "" : "s", a->name, same == 1 ? "s" : "", a->rated_primary,
                  a->rated_secondary, a->unit);
        said++;
    }
}

static enum err describe_channels(struct comtrade *c, struct fault *fault)
{
    unsigned count = c->cfg.analog;
    c->per_channel = malloc(3 * (size_t)count * sizeof *c->per_channel);
    c->clips = calloc(count, sizeof *c->clips);
    c->at_end = calloc(count, 1);
    if (!c->per_channel || !c->clips || !c->at_end)
        return fault_set(fault, ERR_MEMORY, "out of memory");
    double *gain = c->per_channel, *offset = gain + count, *missing = offset + count;
    bool any_clips = false;
    const char *phases[SOURCE_CHANNELS_MAX];
    for (unsigned i = 0; i < count; i++) {
        describe_channel(c, i, &gain[i], &offset[i]);
        missing[i] = missing_mark(&c->cfg, &c->cfg.channels[i]);
        phases[i] = c->cfg.channels[i].phase;
        any_clips = any_clips || c->clips[i];
    }
    c->data.gain = gain;
    c->data.offset_si = offset;
    c->data.missing = missing;
    c->data.clips = any_clips ? c->clips : NULL;
    c->data.at_end = c->at_end;
    note_ratios(c);
    if (!assign_roles(c->recording.channels, phases, count))
        return fault_set(fault, ERR_MEMORY, "out of memory");
    return ERR_OK;
}

/* --- data -------------------------------------------------------------------------------------------- */

/* Some writers say BINARY and write text. */
static enum err check_form(struct comtrade *c, struct fault *fault)
{
    const unsigned char *p;
    size_t got, text = 0, commas = 0;
    struct comtrade_data *d = &c->data;
    enum err err = input_seek(d->in, d->offset, d->line, fault);
    if (!err)
        err = input_bytes(d->in, SNIFFED_BYTES, &p, &got, fault);
    if (err || d->form == COMTRADE_ASCII)
        return err;
    for (size_t i = 0; i < got; i++) {
        text += (p[i] >= '+' && p[i] <= '9') || p[i] == ' ' || p[i] == '\r' || p[i] == '\n';
        commas += p[i] == ',';
    }
    if (commas > 0 && text == got) {
        notes_add(&c->recording.notes, "The data are said to be binary, but are text.");
        d->form = c->cfg.form = COMTRADE_ASCII;
    }
    return ERR_OK;
}

static size_t record_bytes(const struct comtrade_data *d)
{
    size_t value = d->form == COMTRADE_BINARY ? 2 : 4;
    return 8 + value * d->analog + 2 * (((size_t)d->status + 15) / 16);
}

static enum err restart(struct recording *r, struct fault *fault)
{
    return comtrade_data_restart(&((struct comtrade *)r)->data, fault);
}

static enum err frames(struct recording *r, uint32_t count, float *samples, uint32_t *flags,
                       struct fault *fault)
{
    return comtrade_data_frames(&((struct comtrade *)r)->data, count, samples, flags, fault);
}

static void release(struct recording *r)
{
    struct comtrade *c = (struct comtrade *)r;
    input_close(c->data.in);
    comtrade_cfg_free(&c->cfg);
    free(c->per_channel);
    free(c->clips);
    free(c->at_end);
    recording_free(r);
    free(c);
}

static const struct recording_reader reader = {restart, frames, release};

/* Configuration and place of the data are known: the rest. */
static enum err describe(struct comtrade *c, const char *path, const struct source_options *options,
                         struct fault *fault)
{
    struct recording *r = &c->recording;
    c->data.form = c->cfg.form;
    c->data.analog = c->cfg.analog;
    c->data.status = c->cfg.status;
    enum err err =
        recording_init(r, &source_driver_comtrade, &reader, path, c->cfg.analog, options, fault);
    if (!err)
        err = check_form(c, fault);
    c->data.record_bytes = record_bytes(&c->data);
    if (!err)
        err = describe_channels(c, fault);
    if (!err)
        err = comtrade_add_segments(r, &c->cfg, &c->data, options->rate_hz, fault);
    if (err)
        return err;
    r->source.info.line_hz = c->cfg.line_hz;
    r->source.info.has_date = c->cfg.has_start;
    r->source.info.start_ns = c->cfg.has_start ? c->cfg.start_ns : 0;
    return recording_complete(r, options, fault);
}

static enum err finish(struct comtrade *c, enum err err, struct source **source)
{
    if (err)
        release(&c->recording);
    else
        *source = &c->recording.source;
    return err;
}

/* --- a pair of files ---------------------------------------------------------------------------------- */

/* All bytes of an input, up to COMTRADE_CFG_MAX. */
static enum err read_whole(struct input *in, struct text *whole, struct fault *fault)
{
    const unsigned char *p;
    size_t got;
    text_init(whole, COMTRADE_CFG_MAX);
    do {
        enum err err = input_bytes(in, INPUT_PIECE_MAX, &p, &got, fault);
        if (err)
            return err;
        text_add(whole, (const char *)p, got);
    } while (got > 0 && !whole->failed);
    if (whole->failed)
        return fault_set(fault, ERR_INPUT, "%s: longer than a configuration can be (%zu bytes)",
                         input_name(in), COMTRADE_CFG_MAX);
    return ERR_OK;
}

static enum err read_cfg(struct comtrade *c, struct input *in, struct fault *fault)
{
    struct text whole;
    enum err err = read_whole(in, &whole, fault);
    if (!err)
        err = comtrade_cfg_read(input_name(in), whole.bytes ? whole.bytes : "", whole.length, 1,
                                &c->cfg, &c->recording.notes, fault);
    text_free(&whole);
    return err;
}

/* Takes over both inputs. */
static enum err open_pair(struct input *cfg, struct input *dat, const char *path,
                          const struct source_options *options, struct source **source,
                          struct fault *fault)
{
    struct comtrade *c = calloc(1, sizeof *c);
    if (!c) {
        input_close(cfg);
        input_close(dat);
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", path);
    }
    c->data.in = dat;
    c->data.line = 1;
    enum err err = read_cfg(c, cfg, fault);
    input_close(cfg);
    if (!err)
        err = describe(c, path, options, fault);
    return finish(c, err, source);
}

static enum err open_cff(struct input *in, const char *path, const struct source_options *options,
                         struct source **source, struct fault *fault)
{
    struct comtrade *c = calloc(1, sizeof *c);
    struct comtrade_sections s = {0};
    if (!c) {
        input_close(in);
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", path);
    }
    c->data.in = in;
    enum err err = comtrade_cff_read(in, &s, fault);
    if (!err)
        err = comtrade_cfg_read(input_name(in), s.cfg, s.cfg_length, s.cfg_line, &c->cfg,
                                &c->recording.notes, fault);
    free(s.cfg);
    if (!err) {
        if (s.has_form && s.form != c->cfg.form)
            notes_add(&c->recording.notes, "The heading of the data names another form than the "
                                           "configuration; the heading is followed.");
        c->cfg.form = s.has_form ? s.form : c->cfg.form;
        c->data.offset = s.data_offset;
        c->data.line = s.data_line;
        if (s.data_bytes > 0 && s.data_bytes <= input_size(in))
            input_set_end(in, s.data_offset + s.data_bytes);
        err = describe(c, path, options, fault);
    }
    return finish(c, err, source);
}

enum err comtrade_open_memory(const char *cfg, size_t cfg_length, const void *dat,
                              size_t dat_length, const struct source_options *options,
                              struct source **source, struct fault *fault)
{
    struct input *cfg_in, *dat_in;
    *source = NULL;
    enum err err = input_open_memory("memory.cfg", cfg, cfg_length, &cfg_in, fault);
    if (err)
        return err;
    err = input_open_memory("memory.dat", dat, dat_length, &dat_in, fault);
    if (err) {
        input_close(cfg_in);
        return err;
    }
    return open_pair(cfg_in, dat_in, "memory.cfg", options, source, fault);
}

enum err comtrade_open_cff_memory(const void *bytes, size_t length,
                                  const struct source_options *options, struct source **source,
                                  struct fault *fault)
{
    struct input *in;
    *source = NULL;
    enum err err = input_open_memory("memory.cff", bytes, length, &in, fault);
    return err ? err : open_cff(in, "memory.cff", options, source, fault);
}

/* --- files --------------------------------------------------------------------------------------------- */

static bool has_extension(const char *path, const char *extension)
{
    const char *dot = strrchr(path, '.');
    return dot && strcasecmp(dot, extension) == 0;
}

/* The other file of the pair: the same name with `extension`, in the letter case of the given one or in
 * another. NULL: there is none (or out of memory). */
static char *find_partner(const char *path, const char *lower, const char *upper)
{
    size_t stem = (size_t)(strrchr(path, '.') - path);
    bool is_upper = path[stem + 1] >= 'A' && path[stem + 1] <= 'Z';
    const char *tries[] = {is_upper ? upper : lower, is_upper ? lower : upper};
    char *partner = malloc(stem + 8);
    for (int i = 0; partner && i < 2; i++) {
        memcpy(partner, path, stem);
        strcpy(partner + stem, tries[i]);
        if (path_kind(partner) == PATH_FILE)
            return partner;
    }
    free(partner);
    return NULL;
}

static int probe(const char *path, const unsigned char *head, size_t head_bytes)
{
    static const char section[] = "--- file type: CFG";
    if (head_bytes >= sizeof section - 1 &&
        strncasecmp((const char *)head, section, sizeof section - 1) == 0)
        return 95;
    if (has_extension(path, ".cff"))
        return 60;
    if (has_extension(path, ".cfg"))
        return 70;
    if (!has_extension(path, ".dat"))
        return 0;
    char *cfg = find_partner(path, ".cfg", ".CFG");
    free(cfg);
    return cfg ? 70 : 0;
}

static enum err open_files(const char *path, const struct source_options *options,
                           struct source **source, struct fault *fault)
{
    bool is_dat = has_extension(path, ".dat");
    char *partner =
        is_dat ? find_partner(path, ".cfg", ".CFG") : find_partner(path, ".dat", ".DAT");
    if (!partner)
        return fault_set(fault, ERR_INPUT, "%s: its %s file is not beside it", path,
                         is_dat ? ".cfg" : ".dat");
    struct input *cfg = NULL, *dat = NULL;
    enum err err = input_open(is_dat ? partner : path, &cfg, fault);
    if (!err)
        err = input_open(is_dat ? path : partner, &dat, fault);
    free(partner);
    if (err) {
        input_close(cfg);
        return err;
    }
    return open_pair(cfg, dat, path, options, source, fault);
}

static enum err open_path(const char *path, const struct source_options *options,
                          struct source **source, struct fault *fault)
{
    if (has_extension(path, ".cfg") || has_extension(path, ".dat"))
        return open_files(path, options, source, fault);
    struct input *in;
    enum err err = input_open(path, &in, fault);
    return err ? err : open_cff(in, path, options, source, fault);
}

const struct source_driver source_driver_comtrade = {
    .format = "comtrade",
    .help = "COMTRADE (.cfg with .dat, .cff)",
    .probe = probe,
    .open = open_path,
    .read = recording_read,
    .rewind = recording_rewind,
    .close = recording_close,
};
