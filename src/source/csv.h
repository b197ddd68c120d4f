/* The inner parts of the CSV driver: what kind of table it is, and its rows. */
#ifndef SOURCE_CSV_H
#define SOURCE_CSV_H

#include "source/input.h"
#include "source/notes.h"
#include "source/recording.h"

#define CSV_FIELDS_MAX 16384 /* of a row */

enum csv_time { CSV_TIME_NONE, CSV_TIME_NUMBER, CSV_TIME_DATE };

struct csv_column {
    uint32_t target; /* 0: no sample; else 1 + channel + frame * channel_count */
    double factor;   /* to SI units, and the scale that was asked for */
};

/* What was found out about a table from its first rows. */
struct csv_layout {
    char separator, point;
    uint64_t offset, line; /* of the first row of data */
    unsigned fields;       /* of a row */
    unsigned used;         /* fields that must be there: up to the last one that is read */

    enum csv_time time;
    unsigned time_field;
    int time_exponent;    /* a number counts 10^exponent ns */
    double resolution_ns; /* of the times as written */
    int record_field;     /* a change of this field begins a new segment; -1: there is none */

    unsigned channel_count;
    unsigned record_frames;     /* 1: a row is a frame. More: a row is a record of so many frames */
    struct csv_column *columns; /* one for each field, owned */
    struct source_channel *channels; /* names and units, owned */
    double *factor;                  /* of the channels, to SI units; owned */
};

/* Looks at the first rows. The input may then stand anywhere. On a fault the layout needs no freeing. */
enum err csv_sniff(struct input *in, struct csv_layout *layout, struct notes *notes,
                   struct fault *fault);
void csv_layout_free(struct csv_layout *layout);

/* --- rows -------------------------------------------------------------------------------------------- */

/* The next row that is not empty and no comment; ERR_END behind the last. */
enum err csv_row(struct input *in, const char **row, size_t *length, struct fault *fault);

/* The field that begins at `p`: *text and *length without blanks and quotes round it; returns the place
 * behind the separator that ends it, or NULL if it is the row's last. */
const char *csv_field(const char *p, const char *end, char separator, const char **text,
                      size_t *length);

unsigned csv_count_fields(const char *row, size_t length, char separator);

/* Reads a table from memory, as the tests and the fuzzer want it; the bytes must outlive the source. */
enum err csv_open_memory(const void *bytes, size_t length, const struct source_options *options,
                         struct source **source, struct fault *fault);

#endif
