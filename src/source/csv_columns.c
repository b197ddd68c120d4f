/* What kind of table a CSV file is, second half: which columns are times, which are channels. */
#include "source/csv_sniff.h"

#include "source/assign.h"
#include "source/number.h"
#include "source/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WIDE_MIN      8 /* a record of fewer samples in a row is not looked for */
#define EVEN_ROWS_MIN 4

/* A unit that stands in brackets at the end of a header, or in the row of units. */
static struct cell unit_cell(const struct csv_sniff *s, unsigned column)
{
    if (s->units >= 0)
        return csv_without_brackets(s->written_units[column]);
    struct cell cell = s->names[column];
    if (cell.length < 3 || !csv_is_one_of(cell.text[cell.length - 1], ")]"))
        return (struct cell){"", 0};
    for (size_t i = cell.length; i-- > 0;)
        if (csv_is_one_of(cell.text[i], "(["))
            return (struct cell){cell.text + i + 1, cell.length - i - 2};
    return (struct cell){"", 0};
}

/* --- times ------------------------------------------------------------------------------------------------ */

static bool is_time_name(struct cell c)
{
    static const char *const names[] = {"t",   "timestamp", "datetime", "date_time", "date",
                                        "utc", "zeit",      "epoch",    "unix",      NULL};
    if (c.length >= 4 && strncasecmp(c.text, "time", 4) == 0)
        return true;
    size_t word = 0;
    while (word < c.length && !csv_is_one_of(c.text[word], " _(["))
        word++;
    for (int i = 0; names[i]; i++)
        if ((strlen(names[i]) == c.length || strlen(names[i]) == word) &&
            strncasecmp(c.text, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* The unit behind the last '_' of a header: "time_ms". */
static struct cell last_word(struct cell c)
{
    for (size_t i = c.length; i-- > 0;)
        if (c.text[i] == '_')
            return (struct cell){c.text + i + 1, c.length - i - 1};
    return (struct cell){"", 0};
}

static bool find_time_by_name(struct csv_sniff *s)
{
    struct csv_layout *l = s->layout;
    for (unsigned c = 0; c < l->fields; c++) {
        bool is_time = s->kinds[c] == KIND_NUMBER || s->kinds[c] == KIND_DATE;
        if (is_time && is_time_name(s->names[c])) {
            l->time = s->kinds[c] == KIND_DATE ? CSV_TIME_DATE : CSV_TIME_NUMBER;
            l->time_field = c;
            return true;
        }
    }
    for (unsigned c = 0; c < l->fields; c++)
        if (s->kinds[c] == KIND_DATE) {
            l->time = CSV_TIME_DATE;
            l->time_field = c;
            return true;
        }
    return false;
}

/* Without a header: a first column that rises in even steps is time. */
static void find_time_by_steps(struct csv_sniff *s)
{
    unsigned rows = s->count - s->first;
    double first = 0, last = 0, before = 0;
    if (s->header >= 0 || s->layout->fields < 2 || s->kinds[0] != KIND_NUMBER ||
        rows < EVEN_ROWS_MIN)
        return;
    for (unsigned r = 0; r < rows; r++) {
        struct cell cell;
        double v;
        if (!csv_cell_at(s, s->first + r, 0, &cell) ||
            !number_scan(cell.text, cell.text + cell.length, s->layout->point, &v))
            return;
        double step = (last - first) / (r > 1 ? r - 1 : 1);
        if (r > 0 &&
            !(v > before && (r == 1 || (v - before < 1.5 * step && v - before > 0.5 * step))))
            return;
        first = r == 0 ? v : first;
        last = before = v;
    }
    s->layout->time = CSV_TIME_NUMBER;
    s->layout->time_field = 0;
    notes_add(s->notes,
              "There is no header; the first column rises in even steps and is taken as time "
              "in seconds.");
}

/* The last decimal that a number is written with: 3 for "1.250", also for "1.25e-1". */
static int decimals_of(struct cell c, char point)
{
    const char *dot = memchr(c.text, point, c.length);
    const char *e = memchr(c.text, 'e', c.length);
    e = e ? e : memchr(c.text, 'E', c.length);
    const char *end = e ? e : c.text + c.length;
    int exponent = e && c.text + c.length - e < 8 ? atoi(e + 1) : 0;
    return (dot && dot < end ? (int)(end - dot) - 1 : 0) - exponent;
}

static void describe_time(struct csv_sniff *s)
{
    struct csv_layout *l = s->layout;
    struct cell cell = {"0", 1}, unit = unit_cell(s, l->time_field);
    int decimals = 0;
    for (unsigned r = s->first; r < s->count; r++)
        if (csv_cell_at(s, r, l->time_field, &cell)) {
            int d = decimals_of(
                cell,
                l->time == CSV_TIME_DATE && memchr(cell.text, ',', cell.length) ? ',' : l->point);
            decimals = d > decimals ? d : decimals;
        }
    l->time_exponent = 9;
    double value = 0;
    if (l->time == CSV_TIME_NUMBER && !csv_time_unit(unit, &l->time_exponent) &&
        !csv_time_unit(last_word(s->names[l->time_field]), &l->time_exponent) &&
        number_scan(cell.text, cell.text + cell.length, l->point, &value))
        l->time_exponent = value > 1e17 ? 0 : value > 1e14 ? 3 : value > 1e11 ? 6 : 9;
    l->resolution_ns = 1;
    for (int e = l->time_exponent - decimals; e > 0; e--)
        l->resolution_ns *= 10;
}

/* --- channels ----------------------------------------------------------------------------------------------- */

static void name_channel(struct csv_sniff *s, unsigned channel, unsigned column, struct cell name)
{
    struct source_channel *c = &s->layout->channels[channel];
    const char *si;
    double factor = 1;
    if (name.length > 0)
        utf8_sanitize(c->name, sizeof c->name, name.text, name.length);
    else
        snprintf(c->name, sizeof c->name, "column %u", column + 1);
    struct cell unit = unit_cell(s, column), word = last_word(name);
    bool found = unit_read(unit.text, unit.length, &si, &factor);
    if (!found && unit_read(word.text, word.length, &si, &factor)) { /* "Ia_mA", but not "U_A" */
        char rest[SOURCE_NAME_TEXT];
        snprintf(rest, sizeof rest, "%.*s", (int)(name.length - word.length - 1), name.text);
        found = assign_read_name(rest, 0, "ABC").quantity == si[0];
    }
    if (found)
        strcpy(c->unit, si);
    s->layout->factor[channel] = found ? factor : 1;
}

static enum err take_channels(struct csv_sniff *s, unsigned count)
{
    struct csv_layout *l = s->layout;
    if (count == 0)
        return fault_set(s->fault, ERR_INPUT, "%s:%" PRIu64 ": there is no column of samples in it",
                         input_name(s->in), l->line);
    if (count > SOURCE_CHANNELS_MAX)
        return fault_set(s->fault, ERR_UNSUPPORTED,
                         "%s: %u columns of samples; at most %d are read", input_name(s->in), count,
                         SOURCE_CHANNELS_MAX);
    l->channel_count = count;
    l->channels = calloc(count, sizeof *l->channels);
    l->factor = calloc(count, sizeof *l->factor);
    l->columns = calloc(l->fields, sizeof *l->columns);
    return l->channels && l->factor && l->columns
               ? ERR_OK
               : fault_set(s->fault, ERR_MEMORY, "%s: out of memory", input_name(s->in));
}

static bool is_channel(const struct csv_sniff *s, unsigned column)
{
    const struct csv_layout *l = s->layout;
    return s->kinds[column] == KIND_NUMBER && !(l->time && column == l->time_field) &&
           (int)column != l->record_field;
}

static enum err find_channels(struct csv_sniff *s)
{
    struct csv_layout *l = s->layout;
    unsigned count = 0;
    for (unsigned c = 0; c < l->fields; c++) {
        struct cell name = s->names[c];
        if (name.length == 6 && strncasecmp(name.text, "record", 6) == 0)
            l->record_field = (int)c;
    }
    for (unsigned c = 0; c < l->fields; c++)
        count += is_channel(s, c);
    enum err err = take_channels(s, count);
    if (err)
        return err;
    count = 0;
    for (unsigned c = 0; c < l->fields; c++) {
        struct cell name = s->names[c];
        bool is_time = l->time && c == l->time_field;
        if (is_channel(s, c)) {
            name_channel(s, count, c, name);
            l->columns[c].target = ++count;
        } else if (s->kinds[c] == KIND_TEXT) {
            notes_add(s->notes, "Column %u (%.*s) holds text and is left out.", c + 1,
                      (int)(name.length < 60 ? name.length : 60), name.text);
        }
        if (is_channel(s, c) || is_time || (int)c == l->record_field)
            l->used = c + 1;
    }
    return ERR_OK;
}

/* --- a record in a row ----------------------------------------------------------------------------------------- */

/* "v12": its index and the length of what stands before it. */
static bool read_index(struct cell c, size_t *prefix, unsigned *index)
{
    size_t n = c.length;
    while (n > 0 && c.text[n - 1] >= '0' && c.text[n - 1] <= '9')
        n--;
    if (n == c.length || c.length - n > 6 || n == 0)
        return false;
    *prefix = n;
    *index = 0;
    for (size_t i = n; i < c.length; i++)
        *index = *index * 10 + (unsigned)(c.text[i] - '0');
    return true;
}

/* How many columns from `column` on are one signal: v0 v1 v2 ... */
static unsigned stretch_length(const struct csv_sniff *s, unsigned column)
{
    size_t prefix, next_prefix;
    unsigned index, next_index, n = 1;
    struct cell first = s->names[column];
    if (!read_index(first, &prefix, &index) || index > 1)
        return 0;
    for (; column + n < s->layout->fields; n++) {
        struct cell next = s->names[column + n];
        if (!read_index(next, &next_prefix, &next_index) || next_prefix != prefix ||
            memcmp(next.text, first.text, prefix) != 0 || next_index != index + n)
            break;
    }
    return n;
}

/* Rows that are records: columns v0 ... v499, i0 ... i499. *found says whether it is so. */
static enum err find_records(struct csv_sniff *s, bool *found)
{
    struct csv_layout *l = s->layout;
    unsigned starts[SOURCE_CHANNELS_MAX], count = 0, length = 0;
    *found = false;
    for (unsigned c = 0; s->header >= 0 && c < l->fields;) {
        unsigned n = stretch_length(s, c);
        if (n < WIDE_MIN) {
            c++;
            continue;
        }
        if ((length > 0 && n != length) || count == SOURCE_CHANNELS_MAX)
            return ERR_OK;
        starts[count++] = c;
        length = n;
        c += n;
    }
    if (count == 0)
        return ERR_OK;
    *found = true;
    l->record_frames = length;
    enum err err = take_channels(s, count);
    for (unsigned k = 0; !err && k < count; k++) {
        size_t prefix;
        unsigned index;
        struct cell name = s->names[starts[k]];
        read_index(name, &prefix, &index);
        name_channel(s, k, starts[k], (struct cell){name.text, prefix});
        for (unsigned i = 0; i < length; i++)
            l->columns[starts[k] + i].target = 1 + k + i * count;
        l->used = starts[k] + length;
    }
    return err;
}

enum err csv_find_columns(struct csv_sniff *s)
{
    bool records;
    enum err err = find_records(s, &records);
    if (err || records)
        return err;
    if (!find_time_by_name(s))
        find_time_by_steps(s);
    if (s->layout->time)
        describe_time(s);
    return find_channels(s);
}
