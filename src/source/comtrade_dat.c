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

/* Sample number and time of a line; *p then stands behind the comma that follows. */
static enum err read_head(struct comtrade_data *d, const char **p, const char *end, int64_t *time,
                          bool *no_time, struct fault *fault)
{
    const char *comma = memchr(*p, ',', (size_t)(end - *p));
    if (!comma)
        return bad_field(d, *p, end, 2, fault);
    double value;
    const char *at = skip_blanks(comma + 1, end);
    *no_time = at == end || *at == ',';
    if (!*no_time) {
        const char *behind = number_scan(at, end, '.', &value);
        behind = behind ? skip_blanks(behind, end) : NULL;
        if (!behind || (behind < end && *behind != ',') || !(fabs(value) < 1e18))
            return bad_field(d, comma + 1, end, 2, fault);
        *time = llround(value);
        at = behind;
    }
    *p = at < end ? at + 1 : end;
    return ERR_OK;
}

static enum err times_of_text(struct comtrade_data *d, int64_t *times, bool *missing, size_t room,
                              size_t *count, struct fault *fault)
{
    const char *line;
    size_t length;
    for (*count = 0; *count < room; ++*count, d->records++) {
        bool no_time;
        enum err err = next_text(d, &line, &length, fault);
        if (err == ERR_END)
            break;
        if (!err)
            err = read_head(d, &line, line + length, &times[*count], &no_time, fault);
        if (err)
            return err;
        *missing = *missing || no_time;
    }
    return ERR_OK;
}

static enum err values_of_text(struct comtrade_data *d, const char *p, const char *end, float *to,
                               struct fault *fault)
{
    for (unsigned c = 0; c < d->analog; c++) {
        double value;
        const char *start = p = skip_blanks(p, end);
        if (p == end && c + 1 < d->analog)
            return bad_field(d, p, end, 3 + c, fault);
        if (p == end || *p == ',') {
            value = NAN; /* an empty field is a missing value */
        } else {
            p = number_scan(p, end, '.', &value);
            p = p ? skip_blanks(p, end) : NULL;
            if (!p || (p < end && *p != ','))
                return bad_field(d, start, end, 3 + c, fault);
            if (value == d->missing[c] || !isfinite(value))
                value = NAN;
        }
        to[c] = (float)(d->gain[c] * value + d->offset_si[c]);
        p += p < end;
    }
    return ERR_OK;
}

static enum err frames_of_text(struct comtrade_data *d, uint32_t frames, float *samples,
                               struct fault *fault)
{
    const char *line;
    size_t length;
    for (uint32_t i = 0; i < frames; i++, d->records++) {
        int64_t time;
        bool no_time;
        enum err err = next_text(d, &line, &length, fault);
        if (err == ERR_END)
            return ends_early(d, fault);
        const char *p = line, *end = line + length;
        if (!err)
            err = read_head(d, &p, end, &time, &no_time, fault);
        if (!err)
            err = values_of_text(d, p, end, samples + (size_t)i * d->analog, fault);
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
    for (unsigned c = 0; c < d->analog; c++) {
        int16_t stored = (int16_t)get_le16(p + 2 * (size_t)c);
        bool at_end = d->clips[c] && (stored == INT16_MAX || stored == -INT16_MAX);
        if (at_end && d->at_end[c])
            *flags |= WAVE_CLIPPED;
        d->at_end[c] = at_end;
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

enum err comtrade_data_times(struct comtrade_data *d, int64_t *times, bool *missing, size_t room,
                             size_t *count, struct fault *fault)
{
    *missing = false;
    return d->form == COMTRADE_ASCII ? times_of_text(d, times, missing, room, count, fault)
                                     : times_of_binary(d, times, missing, room, count, fault);
}

enum err comtrade_data_frames(struct comtrade_data *d, uint32_t frames, float *samples,
                              uint32_t *flags, struct fault *fault)
{
    return d->form == COMTRADE_ASCII ? frames_of_text(d, frames, samples, fault)
                                     : frames_of_binary(d, frames, samples, flags, fault);
}
