/* The data records of a COMTRADE record. Clause 8 of IEEE C37.111-1999; forms BINARY32 and FLOAT32 of
 * 2013. Numbers are little-endian; a record is its number, its time, the analog values and, in words of
 * 16 bits, the status values (which are passed over). */
#include "source/comtrade.h"

#include "base/bytes.h"
#include "source/number.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define RECORD_HEAD   8
#define NO_TIME       0xffffffffu /* "missing" in a binary record */
#define CONTROL_Z     0x1a        /* ends a text on the systems of 1991 */
#define MISSING_16    INT16_MIN
#define MISSING_32    INT32_MIN
#define QUOTED_LENGTH 40

static enum err ends_early(struct comtrade_data *d, struct fault *fault)
{
    return fault_set(fault, ERR_INPUT,
                     "%s: the data end behind sample %" PRIu64 "; there were more "
                     "when the file was opened",
                     input_name(d->in), d->records);
}

enum err comtrade_data_restart(struct comtrade_data *d, struct fault *fault)
{
    d->records = 0;
    if (d->at_end)
        memset(d->at_end, 0, d->analog);
    d->any_at_end = false;
    return input_seek(d->in, d->offset, d->line, fault);
}

/* --- text ---------------------------------------------------------------------------------------- */

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

/* The next line that is not empty; ERR_END behind the last. */
static enum err next_text(struct comtrade_data *d, const char **line, size_t *length,
                          struct fault *fault)
{
    const char *first;
    do {
        enum err err = input_line(d->in, line, length, fault);
        if (err)
            return err;
        first = skip_blanks(*line, *line + *length);
    } while (first == *line + *length);
    return (unsigned char)*first == CONTROL_Z ? ERR_END : ERR_OK;
}

static enum err bad_field(struct comtrade_data *d, const char *p, const char *end, unsigned field,
                          struct fault *fault)
{
    const char *comma = p < end ? memchr(p, ',', (size_t)(end - p)) : NULL;
    size_t n = (size_t)((comma ? comma : end) - p);
    n = n < QUOTED_LENGTH ? n : QUOTED_LENGTH;
    return fault_set(
        fault, ERR_INPUT,
        "%s:%" PRIu64 ": field %u is \"%.*s\", expected a number, and %u fields in all",
        input_name(d->in), input_line_number(d->in), field, (int)n, p, 2 + d->analog + d->status);
}

/* Where the field behind the next comma begins; NULL: there is no comma. */
static const char *behind_comma(const char *p, const char *end)
{
    const char *comma = memchr(p, ',', (size_t)(end - p));
    return comma ? comma + 1 : NULL;
}

/* Where the values begin; NULL: there are none. */
static const char *third_field(const char *line, const char *end)
{
    const char *second = behind_comma(line, end);
    return second ? behind_comma(second, end) : NULL;
}

/* The time of a line: its second field. */
static enum err read_time(struct comtrade_data *d, const char *line, const char *end, int64_t *time,
                          bool *no_time, struct fault *fault)
{
    const char *field = behind_comma(line, end);
    if (!field)
        return bad_field(d, end, end, 2, fault);
    const char *p = skip_blanks(field, end);
    *no_time = p == end || *p == ',';
    *time = 0;
    if (*no_time)
        return ERR_OK;
    const char *behind = number_scan_ns(p, end, '.', 0, time);
    behind = behind ? skip_blanks(behind, end) : NULL;
    return behind && (behind == end || *behind == ',') ? ERR_OK
                                                       : bad_field(d, field, end, 2, fault);
}

/* One analog value at `*at`, which then stands behind the comma that follows, or is NULL. */
static inline bool read_value(const char **at, const char *end, double missing, double *value)
{
    const char *p = *at = skip_blanks(*at, end);
    if (p == end || *p == ',') {
        *value = NAN; /* an empty field is a missing value */
    } else {
        p = number_scan_usual(p, end, '.', value);
        p = p ? skip_blanks(p, end) : NULL;
        if (!p || (p < end && *p != ','))
            return false;
        if (*value == missing || !isfinite(*value))
            *value = NAN;
    }
    *at = p < end ? p + 1 : NULL;
    return true;
}

static enum err values_of_text(struct comtrade_data *d, const char *p, const char *end, float *to,
                               struct fault *fault)
{
    for (unsigned c = 0; c < d->analog; c++) {
        double value = 0;
        if (!p)
            return bad_field(d, end, end, 3 + c, fault);
        if (!read_value(&p, end, d->missing[c], &value))
            return bad_field(d, p, end, 3 + c, fault);
        to[c] = (float)(d->gain[c] * value + d->offset_si[c]);
    }
    return ERR_OK;
}

/* The times of lines, and their values while these are kept. */
static enum err times_of_text(struct comtrade_data *d, struct recording *keeper, int64_t *times,
                              bool *missing, size_t room, size_t *count, struct fault *fault)
{
    const char *line;
    size_t length;
    for (*count = 0; *count < room; ++*count, d->records++) {
        bool no_time;
        enum err err = next_text(d, &line, &length, fault);
        if (err == ERR_END)
            break;
        const char *end = line + length;
        if (!err)
            err = read_time(d, line, end, &times[*count], &no_time, fault);
        float *keep = err ? NULL : recording_keep(keeper, 1);
        if (keep)
            err = values_of_text(d, third_field(line, end), end, keep, fault);
        if (err)
            return err;
        *missing = *missing || no_time;
    }
    return ERR_OK;
}

static enum err frames_of_text(struct comtrade_data *d, uint32_t frames, float *samples,
                               struct fault *fault)
{
    const char *line;
    size_t length;
    for (uint32_t i = 0; i < frames; i++, d->records++) {
        enum err err = next_text(d, &line, &length, fault);
        if (err == ERR_END)
            return ends_early(d, fault);
        if (err)
            return err;
        const char *end = line + length;
        err =
            values_of_text(d, third_field(line, end), end, samples + (size_t)i * d->analog, fault);
        if (err)
            return err;
    }
    return ERR_OK;
}

/* --- binary --------------------------------------------------------------------------------------- */

/* As many whole records as fit, at most `most`. */
static enum err next_records(struct comtrade_data *d, size_t most, const unsigned char **bytes,
                             size_t *count, struct fault *fault)
{
    size_t fit = INPUT_PIECE_MAX / 4 / d->record_bytes, got = 0;
    size_t want = most < fit ? most : fit;
    enum err err = input_bytes(d->in, want * d->record_bytes, bytes, &got, fault);
    *count = got / d->record_bytes;
    d->torn = d->torn || got % d->record_bytes != 0;
    d->records += *count;
    return err;
}

static enum err times_of_binary(struct comtrade_data *d, int64_t *times, bool *missing, size_t room,
                                size_t *count, struct fault *fault)
{
    const unsigned char *p;
    enum err err = next_records(d, room, &p, count, fault);
    for (size_t i = 0; !err && i < *count; i++, p += d->record_bytes) {
        uint32_t time = get_le32(p + 4);
        *missing = *missing || time == NO_TIME;
        times[i] = time;
    }
    return err;
}

static void values_16(const struct comtrade_data *d, const unsigned char *p, float *to)
{
    for (unsigned c = 0; c < d->analog; c++) {
        int16_t stored = (int16_t)get_le16(p + 2 * (size_t)c);
        double value = d->gain[c] * stored + d->offset_si[c];
        to[c] = stored == MISSING_16 ? NAN : (float)value;
    }
}

static void values_32(const struct comtrade_data *d, const unsigned char *p, float *to)
{
    for (unsigned c = 0; c < d->analog; c++) {
        int32_t stored = (int32_t)get_le32(p + 4 * (size_t)c);
        double value = d->gain[c] * stored + d->offset_si[c];
        to[c] = stored == MISSING_32 ? NAN : (float)value;
    }
}

static void values_float(const struct comtrade_data *d, const unsigned char *p, float *to)
{
    for (unsigned c = 0; c < d->analog; c++) {
        uint32_t bits = get_le32(p + 4 * (size_t)c);
        float stored;
        memcpy(&stored, &bits, sizeof stored);
        double value = d->gain[c] * (double)stored + d->offset_si[c];
        to[c] = isfinite(stored) ? (float)value : NAN;
    }
}

/* A value at the end of the range of 16 bits, twice in a row, was cut off there. */
static void look_for_clipping(struct comtrade_data *d, const unsigned char *p, uint32_t *flags)
{
    unsigned extremes = 0;
    for (unsigned c = 0; c < d->analog; c++) {
        int stored = (int16_t)get_le16(p + 2 * (size_t)c);
        extremes |= stored >= INT16_MAX || stored <= -INT16_MAX;
    }
    if (!extremes && !d->any_at_end)
        return;
    d->any_at_end = false;
    for (unsigned c = 0; c < d->analog; c++) {
        int16_t stored = (int16_t)get_le16(p + 2 * (size_t)c);
        bool at_end = d->clips[c] && (stored == INT16_MAX || stored == -INT16_MAX);
        if (at_end && d->at_end[c])
            *flags |= WAVE_CLIPPED;
        d->at_end[c] = at_end;
        d->any_at_end = d->any_at_end || at_end;
    }
}

static enum err frames_of_binary(struct comtrade_data *d, uint32_t frames, float *samples,
                                 uint32_t *flags, struct fault *fault)
{
    while (frames > 0) {
        const unsigned char *p;
        size_t count;
        enum err err = next_records(d, frames, &p, &count, fault);
        if (err)
            return err;
        if (count == 0)
            return ends_early(d, fault);
        frames -= (uint32_t)count;
        for (; count > 0; count--, p += d->record_bytes, samples += d->analog) {
            if (d->form == COMTRADE_BINARY32)
                values_32(d, p + RECORD_HEAD, samples);
            else if (d->form == COMTRADE_FLOAT32)
                values_float(d, p + RECORD_HEAD, samples);
            else
                values_16(d, p + RECORD_HEAD, samples);
            if (d->clips)
                look_for_clipping(d, p + RECORD_HEAD, flags);
        }
    }
    return ERR_OK;
}

/* --- either ---------------------------------------------------------------------------------------- */

enum err comtrade_data_times(struct comtrade_data *d, struct recording *keeper, int64_t *times,
                             bool *missing, size_t room, size_t *count, struct fault *fault)
{
    *missing = false;
    return d->form == COMTRADE_ASCII ? times_of_text(d, keeper, times, missing, room, count, fault)
                                     : times_of_binary(d, times, missing, room, count, fault);
}

enum err comtrade_data_frames(struct comtrade_data *d, uint32_t frames, float *samples,
                              uint32_t *flags, struct fault *fault)
{
    return d->form == COMTRADE_ASCII ? frames_of_text(d, frames, samples, fault)
                                     : frames_of_binary(d, frames, samples, flags, fault);
}
