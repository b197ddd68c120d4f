/* The inner parts of the COMTRADE driver: configuration, sections of a .cff, data records, times.
 *
 * IEEE C37.111-1991, -1999 (IEC 60255-24:2001) and -2013 (IEC 60255-24:2013). Numbers of clauses are those
 * of 1999. */
#ifndef SOURCE_COMTRADE_H
#define SOURCE_COMTRADE_H

#include "source/input.h"
#include "source/notes.h"
#include "source/recording.h"

#define COMTRADE_CFG_MAX    ((size_t)4 << 20) /* bytes of a .cfg */
#define COMTRADE_STATUS_MAX 65536             /* status (digital) channels */
#define COMTRADE_PHASE_TEXT 16
#define COMTRADE_COMPONENT  48

enum comtrade_form { COMTRADE_ASCII, COMTRADE_BINARY, COMTRADE_BINARY32, COMTRADE_FLOAT32 };

struct comtrade_channel {
    char name[SOURCE_NAME_TEXT];
    char phase[COMTRADE_PHASE_TEXT];
    char component[COMTRADE_COMPONENT]; /* ccbm */
    char unit[16];                      /* as written */
    double gain, offset;                /* value = gain * stored + offset, in `unit` */
    double skew_us;
    double min, max; /* of stored values; NAN: not stated */
    double primary, secondary;
    char ps; /* 'P', 'S', 0: not stated */
};

struct comtrade_rate {
    double hz;     /* 0: only timestamps tell */
    uint64_t last; /* number of its last sample, from 1 */
};

struct comtrade_cfg {
    char station[SOURCE_NAME_TEXT], device[SOURCE_NAME_TEXT];
    int revision; /* 1991, 1999, 2013 */
    unsigned analog, status;
    struct comtrade_channel *channels; /* `analog` of them, owned */
    double line_hz;
    bool has_rates;              /* false: nrates = 0 */
    struct comtrade_rate *rates; /* owned; one with hz 0 if nrates = 0 */
    unsigned rate_count;
    bool has_start;
    int64_t start_ns; /* UTC if has_zone, else as written */
    bool start_in_ns; /* written with more than 6 decimals: timestamps may count nanoseconds */
    bool has_zone;
    enum comtrade_form form;
    double timemult;
};

/* Reads the text of a configuration (any encoding). `name` stands in faults, `first_line` is the number
 * of its first line. On a fault `cfg` needs no freeing. */
enum err comtrade_cfg_read(const char *name, const char *text, size_t length, uint64_t first_line,
                           struct comtrade_cfg *cfg, struct notes *notes, struct fault *fault);
void comtrade_cfg_free(struct comtrade_cfg *cfg);

/* Reads "dd/mm/yyyy,hh:mm:ss.ssssss" (1991: mm/dd/yy) from its two fields. False if it is none.
 * *swapped: day and month stood the other way round, which only the values show. */
bool comtrade_read_time(const char *date, size_t date_length, const char *time, size_t time_length,
                        int revision, int64_t *ns, bool *swapped, int *decimals);

/* Finds the sections of a .cff: its configuration's text (owned by the caller, with the number of its
 * first line), and where the data begin, at which the input stands when this returns. `form` is that of
 * the data section's heading, `data_line` the number of their first line. */
struct comtrade_sections {
    char *cfg;
    size_t cfg_length;
    uint64_t cfg_line;
    uint64_t data_offset, data_line, data_bytes; /* 0 bytes: up to the end */
    bool has_form;
    enum comtrade_form form;
};
enum err comtrade_cff_read(struct input *in, struct comtrade_sections *s, struct fault *fault);

/* "ascii", "BINARY32" ... in any case. False: none of them. */
bool comtrade_read_form(const char *text, size_t length, enum comtrade_form *form);

/* --- data --------------------------------------------------------------------------------------- */

struct comtrade_data {
    struct input *in;
    uint64_t offset, line; /* of the first record */
    enum comtrade_form form;
    unsigned analog, status;
    size_t record_bytes; /* not for ASCII */
    uint64_t records;    /* how many have been read */
    bool torn;           /* the file ends within a record */
    /* for each channel: SI value = gain * stored + offset */
    const double *gain, *offset_si;
    const double *missing; /* ASCII: the stored value that means missing, NAN: none */
    /* which channels say so when they stand at the end of the stored range for two samples */
    const bool *clips;
    unsigned char *at_end; /* the sample before stood there */
    bool any_at_end;
};

enum err comtrade_data_restart(struct comtrade_data *d, struct fault *fault);

/* Reads the times of the next records: *count is how many were read (0: no more), *missing says that one
 * had none. At most `room` of them. A part of a record at the end of the file is left out. The values of
 * text are kept by `keeper` on the way. */
enum err comtrade_data_times(struct comtrade_data *d, struct recording *keeper, int64_t *times,
                             bool *missing, size_t room, size_t *count, struct fault *fault);

/* Reads exactly `frames` records. */
enum err comtrade_data_frames(struct comtrade_data *d, uint32_t frames, float *samples,
                              uint32_t *flags, struct fault *fault);

/* --- times -------------------------------------------------------------------------------------- */

/* Reads the times of all records and adds the recording's segments: by the rates, with the gaps that
 * timestamps show; by timestamps alone if there are no rates; by `rate_hz` (0: not given) if there are no
 * timestamps either.
 *
 * Timestamps are believed if none is missing, none runs backwards, and at least half of their steps are
 * those of the rate. A gap is a step of more than 1.5 sampling intervals. Where rates follow each other
 * without a gap the first sample of the next rate stands one interval of the old rate behind. */
enum err comtrade_add_segments(struct recording *r, const struct comtrade_cfg *cfg,
                               struct comtrade_data *data, double rate_hz, struct fault *fault);

/* --- the driver ----------------------------------------------------------------------------------- */

/* A recording from memory, as the tests and the fuzzer want it: a .cfg and a .dat. Copies nothing: both
 * must outlive the source. */
enum err comtrade_open_memory(const char *cfg, size_t cfg_length, const void *dat,
                              size_t dat_length, const struct source_options *options,
                              struct source **source, struct fault *fault);
/* Likewise a .cff. */
enum err comtrade_open_cff_memory(const void *bytes, size_t length,
                                  const struct source_options *options, struct source **source,
                                  struct fault *fault);

#endif
