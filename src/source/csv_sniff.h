/* What the two halves of csv_sniff share: the first rows of a table, and what was seen in them. */
#ifndef SOURCE_CSV_SNIFF_H
#define SOURCE_CSV_SNIFF_H

#include "base/text.h"
#include "source/csv.h"

#include <string.h>

#define CSV_SNIFF_ROWS 64

enum csv_kind { KIND_EMPTY, KIND_NUMBER, KIND_DATE, KIND_TEXT };

struct cell {
    const char *text;
    size_t length;
};

/* Whether `c` is one of the characters; a zero byte is none. */
static inline bool csv_is_one_of(char c, const char *characters)
{
    return c != '\0' && strchr(characters, c) != NULL;
}

struct csv_sniff_row {
    size_t at, length; /* in the text */
    uint64_t offset, line;
};

struct csv_sniff {
    struct input *in;
    struct csv_layout *layout;
    struct notes *notes;
    struct fault *fault;
    struct text text; /* of the rows */
    struct csv_sniff_row rows[CSV_SNIFF_ROWS];
    unsigned count;
    unsigned first;             /* row of data */
    int header, units;          /* rows; -1: there is none */
    unsigned char *kinds;       /* of the columns */
    struct cell *names;         /* of the columns; empty without a header */
    struct cell *written_units; /* of the columns; empty without a row of units */
};

/* False: the row has fewer fields. */
bool csv_cell_at(const struct csv_sniff *s, unsigned row, unsigned column, struct cell *cell);

/* "(ms)" or "[kV]" without its brackets. */
struct cell csv_without_brackets(struct cell c);

/* Exponent of a unit of time, from ns: 6 for "ms". False: it is none. */
bool csv_time_unit(struct cell c, int *exponent);

/* Second half: finds times, records and channels among the columns. */
enum err csv_find_columns(struct csv_sniff *s);

#endif
