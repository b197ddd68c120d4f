/* What kind of table a CSV file is, first half: separator, decimal sign, header, first row of data. */
#include "source/csv_sniff.h"

#include "source/number.h"
#include "source/unit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BYTES_MAX ((size_t)4 << 20)

/* --- rows and cells ------------------------------------------------------------------------------------ */

static enum err collect(struct csv_sniff *s)
{
    text_init(&s->text, BYTES_MAX);
    while (s->count < CSV_SNIFF_ROWS && s->text.length < BYTES_MAX / 4) {
        const char *row;
        size_t length;
        uint64_t offset = input_offset(s->in);
        enum err err = csv_row(s->in, &row, &length, s->fault);
        if (err == ERR_END)
            break;
        if (err)
            return err;
        s->rows[s->count++] =
            (struct csv_sniff_row){s->text.length, length, offset, input_line_number(s->in)};
        text_add(&s->text, row, length);
        if (s->text.failed)
            return fault_set(s->fault, ERR_MEMORY, "%s: out of memory", input_name(s->in));
    }
    if (s->count > 2 && !input_line_was_whole(s->in))
        s->count--; /* it may be cut off */
    return ERR_OK;
}

static const char *row_text(const struct csv_sniff *s, unsigned row)
{
    return s->text.bytes + s->rows[row].at;
}

bool csv_cell_at(const struct csv_sniff *s, unsigned row, unsigned column, struct cell *cell)
{
    const char *p = row_text(s, row), *end = p + s->rows[row].length;
    for (unsigned c = 0; p; c++) {
        p = csv_field(p, end, s->layout->separator, &cell->text, &cell->length);
        if (c == column)
            return true;
    }
    return false;
}

static bool is_missing(struct cell c)
{
    static const char *const words[] = {"nan", "na", "n/a", "null", "none", "-", "--"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == c.length && strncasecmp(c.text, words[i], c.length) == 0)
            return true;
    return c.length == 0;
}

static int kind_of(struct cell c, char point)
{
    double v;
    int64_t ns;
    const char *end = c.text + c.length;
    if (is_missing(c))
        return KIND_EMPTY;
    if (number_scan(c.text, end, point, &v) == end)
        return KIND_NUMBER;
    return number_scan_date(c.text, end, &ns) == end ? KIND_DATE : KIND_TEXT;
}

/* --- separator and decimal sign ------------------------------------------------------------------------- */

/* How many of the last rows have as many fields as the last one, with this separator. */
static unsigned agreement(const struct csv_sniff *s, char separator, unsigned *fields)
{
    unsigned from = s->count / 2, same = 0;
    unsigned last = s->count - 1;
    *fields = csv_count_fields(row_text(s, last), s->rows[last].length, separator);
    for (unsigned i = from; i < s->count; i++)
        same += csv_count_fields(row_text(s, i), s->rows[i].length, separator) == *fields;
    return same * 100 / (s->count - from);
}

static void find_separator(struct csv_sniff *s)
{
    static const char candidates[] = {';', '\t', ','};
    s->layout->separator = ',';
    s->layout->fields = 1;
    for (size_t i = 0; i < sizeof candidates; i++) {
        unsigned fields;
        if (agreement(s, candidates[i], &fields) >= 80 && fields > 1) {
            s->layout->separator = candidates[i];
            s->layout->fields = fields;
            return;
        }
    }
}

static void find_point(struct csv_sniff *s)
{
    unsigned commas = 0, points = 0;
    s->layout->point = '.';
    if (s->layout->separator == ',')
        return;
    for (unsigned r = s->count / 2; r < s->count; r++) {
        const char *p = row_text(s, r), *row_end = p + s->rows[r].length;
        while (p) {
            struct cell cell;
            double v;
            p = csv_field(p, row_end, s->layout->separator, &cell.text, &cell.length);
            const char *end = cell.text + cell.length;
            bool with_comma = memchr(cell.text, ',', cell.length) != NULL;
            commas += with_comma && number_scan(cell.text, end, ',', &v) == end;
            points += memchr(cell.text, '.', cell.length) != NULL;
        }
    }
    if (commas > 0 && points == 0)
        s->layout->point = ',';
}

/* --- header and data ------------------------------------------------------------------------------------- */

/* Kinds of the columns by the majority of their cells; those decide what a row of data is. */
static enum err find_kinds(struct csv_sniff *s, unsigned from)
{
    unsigned char(*counts)[4] = calloc(s->layout->fields, sizeof *counts);
    if (!counts)
        return fault_set(s->fault, ERR_MEMORY, "%s: out of memory", input_name(s->in));
    for (unsigned r = from; r < s->count; r++) {
        const char *p = row_text(s, r), *end = p + s->rows[r].length;
        for (unsigned c = 0; c < s->layout->fields && p; c++) {
            struct cell cell;
            p = csv_field(p, end, s->layout->separator, &cell.text, &cell.length);
            counts[c][kind_of(cell, s->layout->point)]++;
        }
    }
    for (unsigned c = 0; c < s->layout->fields; c++) {
        s->kinds[c] = KIND_EMPTY;
        for (unsigned char k = KIND_NUMBER; k <= KIND_TEXT; k++)
            if (counts[c][k] > (s->kinds[c] ? counts[c][s->kinds[c]] : 0))
                s->kinds[c] = k;
    }
    free(counts);
    return ERR_OK;
}

static bool is_data(const struct csv_sniff *s, unsigned row)
{
    const char *p = row_text(s, row), *end = p + s->rows[row].length;
    unsigned numbers = 0, c;
    for (c = 0; c < s->layout->fields && p; c++) {
        struct cell cell;
        p = csv_field(p, end, s->layout->separator, &cell.text, &cell.length);
        int kind = kind_of(cell, s->layout->point);
        bool wanted = s->kinds[c] == KIND_NUMBER || s->kinds[c] == KIND_DATE;
        if (wanted && kind != s->kinds[c] && kind != KIND_EMPTY)
            return false;
        numbers += kind == KIND_NUMBER;
    }
    return c == s->layout->fields && !p && numbers > 0;
}

struct cell csv_without_brackets(struct cell c)
{
    if (c.length >= 2 && csv_is_one_of(c.text[0], "([") &&
        csv_is_one_of(c.text[c.length - 1], ")]"))
        return (struct cell){c.text + 1, c.length - 2};
    return c;
}

bool csv_time_unit(struct cell c, int *exponent)
{
    static const struct {
        const char *word;
        int exponent;
    } units[] = {{"s", 9},  {"sec", 9},       {"seconds", 9},   {"ms", 6},
                 {"us", 3}, {"\xc2\xb5s", 3}, {"\xce\xbcs", 3}, {"ns", 0}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strlen(units[i].word) == c.length &&
            strncasecmp(c.text, units[i].word, c.length) == 0) {
            *exponent = units[i].exponent;
            return true;
        }
    return false;
}

static bool is_units_row(const struct csv_sniff *s, unsigned row)
{
    const char *p = row_text(s, row), *end = p + s->rows[row].length;
    unsigned found = 0;
    while (p) {
        struct cell cell;
        const char *si;
        double factor;
        int exponent;
        p = csv_field(p, end, s->layout->separator, &cell.text, &cell.length);
        cell = csv_without_brackets(cell);
        bool is_unit =
            unit_read(cell.text, cell.length, &si, &factor) || csv_time_unit(cell, &exponent);
        if (!is_unit && cell.length > 0)
            return false;
        found += is_unit;
    }
    return found > 1 || (found > 0 && s->layout->fields == 1);
}

/* Whether a row has a number or a date where the columns have them. *whole: as many fields as they. */
static bool has_data(const struct csv_sniff *s, unsigned row, bool *whole)
{
    const char *p = row_text(s, row), *end = p + s->rows[row].length;
    unsigned c;
    bool found = false;
    for (c = 0; c < s->layout->fields && p; c++) {
        struct cell cell;
        p = csv_field(p, end, s->layout->separator, &cell.text, &cell.length);
        int kind = kind_of(cell, s->layout->point);
        found = found || (kind == s->kinds[c] && (kind == KIND_NUMBER || kind == KIND_DATE));
    }
    *whole = c == s->layout->fields && !p;
    return found;
}

static bool is_header(const struct csv_sniff *s, int row)
{
    bool whole;
    return row >= 0 && !has_data(s, (unsigned)row, &whole) && whole;
}

/* The first row of data; the one before it is too if it only has a fault in it, which its reading will
 * tell. */
static unsigned first_data(const struct csv_sniff *s)
{
    unsigned first = 0;
    bool whole;
    while (first < s->count && !is_data(s, first))
        first++;
    while (first < s->count && first > 0 && has_data(s, first - 1, &whole) && whole)
        first--;
    return first;
}

static enum err find_header(struct csv_sniff *s)
{
    enum err err = find_kinds(s, s->count - (s->count + 1) / 2);
    if (err)
        return err;
    s->first = first_data(s);
    if (s->first == s->count)
        return fault_set(
            s->fault, ERR_INPUT,
            "%s: its first %u lines are no table of numbers; expected columns separated "
            "by , ; or a tab",
            input_name(s->in), s->count);
    err = find_kinds(s, s->first);
    if (err)
        return err;
    s->header = (int)s->first - 1;
    s->units = -1;
    if (is_header(s, s->header) && is_units_row(s, (unsigned)s->header) &&
        is_header(s, s->header - 1))
        s->units = s->header--;
    if (!is_header(s, s->header))
        s->header = -1;
    unsigned passed = s->header >= 0 ? (unsigned)s->header : s->first;
    if (passed > 0)
        notes_add(s->notes, "%u line%s before the table %s passed over.", passed,
                  passed == 1 ? "" : "s", passed == 1 ? "was" : "were");
    s->layout->offset = s->rows[s->first].offset;
    s->layout->line = s->rows[s->first].line;
    return ERR_OK;
}

/* The cells of a row, one for each column; empty ones if there is no such row. */
static struct cell *cells_of(const struct csv_sniff *s, int row)
{
    struct cell *cells = calloc(s->layout->fields, sizeof *cells);
    const char *p = row >= 0 ? row_text(s, (unsigned)row) : NULL;
    const char *end = p ? p + s->rows[row].length : NULL;
    for (unsigned c = 0; cells && c < s->layout->fields; c++) {
        cells[c] = (struct cell){"", 0};
        if (p)
            p = csv_field(p, end, s->layout->separator, &cells[c].text, &cells[c].length);
    }
    return cells;
}

/* --- all of it ------------------------------------------------------------------------------------------------- */

static enum err sniff(struct csv_sniff *s)
{
    enum err err = collect(s);
    if (err)
        return err;
    if (s->count == 0)
        return fault_set(s->fault, ERR_INPUT, "%s: there is nothing in it", input_name(s->in));
    find_separator(s);
    if (s->layout->fields > CSV_FIELDS_MAX)
        return fault_set(s->fault, ERR_UNSUPPORTED, "%s: rows of %u fields; at most %d are read",
                         input_name(s->in), s->layout->fields, CSV_FIELDS_MAX);
    s->kinds = calloc(s->layout->fields, 1);
    if (!s->kinds)
        return fault_set(s->fault, ERR_MEMORY, "%s: out of memory", input_name(s->in));
    find_point(s);
    err = find_header(s);
    if (err)
        return err;
    s->names = cells_of(s, s->header);
    s->written_units = cells_of(s, s->units);
    if (!s->names || !s->written_units)
        return fault_set(s->fault, ERR_MEMORY, "%s: out of memory", input_name(s->in));
    return csv_find_columns(s);
}

enum err csv_sniff(struct input *in, struct csv_layout *layout, struct notes *notes,
                   struct fault *fault)
{
    *layout = (struct csv_layout){.record_field = -1, .record_frames = 1};
    struct csv_sniff s = {.in = in, .layout = layout, .notes = notes, .fault = fault};
    enum err err = sniff(&s);
    text_free(&s.text);
    free(s.kinds);
    free(s.names);
    free(s.written_units);
    if (err)
        csv_layout_free(layout);
    return err;
}

void csv_layout_free(struct csv_layout *layout)
{
    free(layout->columns);
    free(layout->channels);
    free(layout->factor);
    layout->columns = NULL;
    layout->channels = NULL;
    layout->factor = NULL;
}
