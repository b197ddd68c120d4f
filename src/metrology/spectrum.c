/* Spectrum of a window: exactly its cycles are resampled to a power of two of points and transformed;
 * lines then lie at f / cycles, and a harmonic is the subgroup of three lines round it
 * (IEC 61000-4-7:2002 5.6). The resampler's response is divided out. */
#include "metrology/internal.h"

#include <math.h>
#include <string.h>

#define SIDE (LANES_TAPS / 2 + 9) /* frames that the resampler reads beyond a window's ends */

/* Value of all lanes at a coordinate inside the stretch. */
static lanes_f value_at(const struct metrology *m, const struct bank *b, double at)
{
    lanes_f near[LANES_TAPS + 12], out[1];
    int64_t first = (int64_t)floor(at) - LANES_TAPS / 2;
    frames_copy(m, b, first, LANES_TAPS + 12, near);
    m->ops->resample(out, 1, near, at - (double)first, 0, &m->kernel);
    return out[0];
}

void spectrum_margin(struct metrology *m, bool at_end)
{
    double cycle = track_cycle(m);
    double shift = ceil((SIDE + LANES_TAPS / 2 + 1) / cycle) * cycle;
    int64_t first = at_end ? m->frames : -SIDE;
    if (shift + LANES_TAPS / 2 + 2 > (double)m->frames)
        return; /* too short to know better than 0 */
    for (unsigned b = 0; b < m->bank_count; b++)
        for (int64_t n = first; n < first + SIDE; n++) {
            lanes_f *to = &m->bank[b].frame[(uint64_t)n & (m->frame_ring - 1)];
            *to = value_at(m, &m->bank[b], (double)n + (at_end ? -shift : shift));
        }
}

/* The resampler's response at a frequency in cycles per frame. */
static float gain_at(const struct metrology *m, double frequency)
{
    double x = fmin(frequency, 0.5) * 2 * (GAIN_POINTS - 1);
    unsigned i = (unsigned)x < GAIN_POINTS - 2 ? (unsigned)x : GAIN_POINTS - 2;
    double between = x - i;
    return (float)((m->gain[i] + between * (m->gain[i + 1] - m->gain[i])) / m->gain[0]);
}

static void fundamental_of(struct lanes_complex *out, const struct lanes_complex *line, float scale)
{
    out->re = line->re * scale;
    out->im = line->im * scale;
}

unsigned spectrum_of_window(struct metrology *m, double begin, double end, unsigned cycles)
{
    double length = end - begin;
    unsigned points = m->fft_points;
    int64_t first = (int64_t)floor(begin) - SIDE;
    size_t room = (size_t)(length + 2 * SIDE + 3);
    /* A subgroup must lie below half the sampling rate. */
    double orders = (length / 2 - 1.000001) / cycles;
    unsigned highest = orders < 1 ? 0 : orders > HARMONIC_MAX ? HARMONIC_MAX : (unsigned)orders;
    if (room > m->scratch_room || highest == 0 || highest * cycles + 2 > points / 2)
        return 0;
    float scale[HARMONIC_MAX + 1];
    for (unsigned h = 1; h <= highest; h++)
        scale[h] = (float)(sqrt(2) / points) / gain_at(m, h * cycles / length);
    size_t lines = (size_t)highest * cycles + 2;
    for (unsigned b = 0; b < m->bank_count; b++) {
        struct bank_result *r = &m->result[b];
        frames_copy(m, &m->bank[b], first, room, m->scratch_frames);
        memset(r->peak, 0, sizeof r->peak);
        int64_t inside = (int64_t)ceil(begin), beyond = (int64_t)ceil(end);
        if (beyond > m->frames)
            beyond = m->frames;
        m->ops->peak(r->peak, m->scratch_frames + (inside - first), (size_t)(beyond - inside));
        m->ops->resample(m->fft_in, points, m->scratch_frames, begin - (double)first,
                         length / points, &m->kernel);
        m->ops->fft(m->line, lines, m->fft_in, m->fft_work, points, m->fft_table);
        m->ops->subgroups(r->rms, m->line, cycles, highest, scale);
        r->rms[0] = m->line[0].re * (1.0f / (float)points);
        fundamental_of(&r->fundamental, &m->line[cycles], scale[1]);
        if (b > 0 || !m->voltages)
            continue;
        m->ops->differences(m->line_difference, m->line, lines);
        m->ops->subgroups(r->line_rms, m->line_difference, cycles, highest, scale);
        r->line_rms[0] = m->line_difference[0].re * (1.0f / (float)points);
        fundamental_of(&r->line_fundamental, &m->line_difference[cycles], scale[1]);
    }
    return highest;
}
