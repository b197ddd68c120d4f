/* The rate of a stream of sampled values, found from a stretch of it.
 *
 * The sample clock of a stream is smpCnt, which counts within a second of the merging unit's clock and
 * begins again at 0 with the next. Its rate is, in this order: what smpRate says; the highest count
 * before 0, plus 1; the advance of the counts over the capture times of the whole stretch, taken to
 * the nearest rate of the standards. The times of single frames say nothing: captures deliver frames
 * in batches. */
#ifndef SOURCE_SV_RATE_H
#define SOURCE_SV_RATE_H

#include "source/sv_frame.h"

struct sv_rate {
    uint64_t asdus;
    uint16_t last_count;
    uint64_t advance; /* counts between first and last, as far as they could be followed */
    unsigned wraps;
    uint16_t top;      /* highest count seen right before a wrap */
    unsigned top_hits; /* wraps at that count */
    bool has_field, has_mode;
    uint16_t field, mode;
    bool has_time;
    int64_t first_ns, last_ns;
};

enum sv_rate_from { SV_RATE_UNKNOWN, SV_RATE_FIELD, SV_RATE_WRAP, SV_RATE_TIMES, SV_RATE_OPTION };

struct sv_clock {
    double rate_hz;
    uint32_t modulus; /* counts from 0 to modulus - 1; 0: no wrap was seen yet */
    double line_hz;   /* nominal frequency, if the stream says samples per period; otherwise 0 */
    enum sv_rate_from from;
    bool is_standard; /* a rate of 9-2LE or IEC 61869-9 */
    bool disagrees;   /* smpRate says another rate than smpCnt */
};

/* Begins as {0}. Takes the ASDUs of one stream in the order of their arrival; an ASDU without a time of
 * its own has has_time false. */
void sv_rate_push(struct sv_rate *r, const struct sv_asdu *asdu, bool has_time, int64_t time_ns);

/* Whether more ASDUs could hardly change the answer: a wrap at a standard rate, or the same twice. */
bool sv_rate_is_sure(const struct sv_rate *r);

/* Whether it is a rate of 9-2LE or IEC 61869-9. */
bool sv_rate_is_standard(double rate_hz);

/* The clock as far as it is known; `given_hz` (0: none) is the user's word, for where the stream
 * cannot tell. `from` is SV_RATE_UNKNOWN if nothing does. */
struct sv_clock sv_rate_find(const struct sv_rate *r, double given_hz);

#endif
