#include "source/sv_rate.h"

#include "base/instant.h"

#include <math.h>

/* Samples per second: 80 and 256 per period of 9-2LE, and those of IEC 61869-9:2016, table 902
 * (preferred 4800, 14400, 96000; for backward compatibility 4000, 5760, 12800, 15360). */
static const double standard_rates[] = {4000, 4800, 5760, 12800, 14400, 15360, 96000};
#define RATES (sizeof standard_rates / sizeof *standard_rates)

#define LEAST_SPAN_NS (NS_PER_S / 20) /* shorter stretches drown in the jitter of captures */
#define LEAST_ADVANCE 50

bool sv_rate_is_standard(double rate_hz)
{
    for (size_t i = 0; i < RATES; i++)
        if (fabs(standard_rates[i] - rate_hz) < 1e-6)
            return true;
    return false;
}

void sv_rate_push(struct sv_rate *r, const struct sv_asdu *asdu, bool has_time, int64_t time_ns)
{
    if (asdu->has_rate && !r->has_field) {
        r->has_field = true;
        r->field = asdu->rate;
        r->has_mode = asdu->has_mode;
        r->mode = asdu->mode;
    }
    if (has_time) {
        if (!r->has_time)
            r->first_ns = time_ns;
        r->has_time = true;
        r->last_ns = time_ns;
    }
    uint16_t last = r->last_count, count = asdu->count;
    if (r->asdus++ == 0) {
        r->last_count = count;
        return;
    }
    if (r->wraps > 0 && count > r->top) /* it was no wrap, or its last sample was missing */
        r->wraps = r->top = r->top_hits = 0;
    if (count > last) {
        r->advance += (uint64_t)(count - last);
    } else if (count <= last / 2) { /* not a late one: the next second */
        r->wraps++;
        r->advance += count + UINT64_C(1);
        if (last > r->top) {
            r->top = last;
            r->top_hits = 0;
        }
        if (last == r->top)
            r->top_hits++;
    } else {
        return; /* late or repeated: the last count stays the newest */
    }
    r->last_count = count;
}

bool sv_rate_is_sure(const struct sv_rate *r)
{
    return r->wraps > 0 && (sv_rate_is_standard(r->top + 1.0) || r->top_hits > 1);
}

/* Counts of one second. The sample before the wrap may be missing; then a standard rate is a little
 * above what was seen once. 0: no wrap. */
static double wrap_modulus(const struct sv_rate *r)
{
    if (r->wraps == 0)
        return 0;
    double seen = r->top + 1.0;
    if (r->top_hits == 1)
        for (size_t i = 0; i < RATES; i++)
            if (standard_rates[i] >= seen && standard_rates[i] <= seen * 1.02)
                return standard_rates[i];
    return seen;
}

/* By capture times over the whole stretch; 0: too short, or no times. */
static double measured_rate(const struct sv_rate *r)
{
    if (!r->has_time || r->last_ns - r->first_ns < LEAST_SPAN_NS || r->advance < LEAST_ADVANCE)
        return 0;
    return (double)r->advance / ((double)(r->last_ns - r->first_ns) / (double)NS_PER_S);
}

static double nearest_standard(double rate_hz)
{
    for (size_t i = 0; i < RATES; i++)
        if (fabs(rate_hz / standard_rates[i] - 1) < 0.05)
            return standard_rates[i];
    return 0;
}

/* What smpRate says, in samples per second; `guide_hz` (0: none) decides between 50 and 60 Hz. */
static double field_rate(const struct sv_rate *r, double guide_hz, double *line_hz)
{
    *line_hz = 0;
    if (!r->has_field || r->field == 0)
        return 0;
    if (r->has_mode && r->mode == SV_PER_SECOND)
        return r->field;
    if (r->has_mode && r->mode == SV_SECONDS_PER_SAMPLE)
        return 1.0 / r->field;
    /* Samples per period is what the field means without smpMod; some senders mean seconds. */
    if (r->field >= 1000)
        return r->field;
    double at_50 = r->field * 50.0, at_60 = r->field * 60.0;
    bool is_60 = guide_hz > 0 ? fabs(guide_hz - at_60) < fabs(guide_hz - at_50)
                              : !sv_rate_is_standard(at_50) && sv_rate_is_standard(at_60);
    *line_hz = is_60 ? 60 : 50;
    return is_60 ? at_60 : at_50;
}

struct sv_clock sv_rate_find(const struct sv_rate *r, double given_hz)
{
    struct sv_clock c = {0};
    double modulus = wrap_modulus(r), measured = measured_rate(r);
    double near = measured > 0 ? nearest_standard(measured) : 0;
    /* A counter that begins again at other times than the second's: 16 bits run full, or the second
     * of a high rate is divided. */
    bool is_divided = modulus > 0 && near > modulus * 1.5 && fmod(near, modulus) == 0;
    double by_count = modulus;
    if (modulus == 65536 || is_divided)
        by_count = near > 0 ? near : measured;

    double by_times = near > 0 ? near : measured > 0 ? round(measured) : 0;
    double guide = by_count > 0 ? by_count : by_times;
    double by_field = field_rate(r, guide, &c.line_hz);
    if (by_field > 0 && guide > 0 && fabs(by_field / guide - 1) > 0.05) {
        c.disagrees = true;
        /* two against one, if the capture times take a side */
        if (by_count > 0 && near > 0 && fabs(by_count / near - 1) < 0.05)
            by_field = c.line_hz = 0;
    }
    if (by_field > 0) {
        c.rate_hz = by_field;
        c.from = SV_RATE_FIELD;
    } else if (by_count > 0) {
        c.rate_hz = by_count;
        c.from = SV_RATE_WRAP;
    } else if (given_hz > 0) {
        c.rate_hz = given_hz;
        c.from = SV_RATE_OPTION;
    } else if (by_times > 0) {
        c.rate_hz = by_times;
        c.from = SV_RATE_TIMES;
    }
    c.modulus = (uint32_t)modulus;
    c.is_standard = sv_rate_is_standard(c.rate_hz);
    return c;
}
