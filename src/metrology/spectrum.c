/* Spectrum of a window: exactly its cycles are resampled to a power of two of points and transformed;
 * lines then lie at f / cycles, and a harmonic is the subgroup of three lines round it
 * (IEC 61000-4-7:2002 5.6). The resampler's response is divided out. */
#include "metrology/internal.h"

#include <math.h>
#include <string.h>

#define SIDE SPECTRUM_SIDE

/* Value of all lanes at a coordinate inside the stretch. */
static lanes_f value_at(const struct metrology *m, const struct bank *b, double at)
{
    lanes_f near[LANES_TAPS + 12], out[1];
    int64_t first = (int64_t)floor(at) - LANES_TAPS / 2;
    frames_copy(m, b, first, LANES_TAPS + 12, near);
    m->ops->resample(out, 1, near, at - (double)first, 0, &m->kernel);
    return out[0];
}

/* Frames that a margin is taken from: some whole cycles further in, so many that they end nearest to a
 * frame. */
static double shift_of(const struct metrology *m, double least)
{
    double cycle = track_cycle(m), best = ceil(least / cycle) * cycle;
    for (double shift = best; shift <= best + 12 * cycle && 2 * SIDE + shift <= (double)m->frames;
         shift += cycle)
        if (fabs(shift - round(shift)) < fabs(best - round(best)) - 1e-6)
            best = shift;
    return best;
}

void spectrum_margin(struct metrology *m, bool at_end)
{
    double shift = shift_of(m, 2 * SIDE + 2);
    int64_t first = at_end ? m->frames : -SIDE;
    bool between = 2 * SIDE + shift <= (double)m->frames;
    if (!between) { /* a short stretch: the nearest frame has to do */
        shift = round(shift_of(m, SIDE));
        if (SIDE + shift > (double)m->frames)
            return; /* too short to know better than 0 */
    }
    for (unsigned b = 0; b < m->bank_count; b++)
        for (int64_t n = first; n < first + SIDE; n++) {
            lanes_f *frame = m->bank[b].frame;
            double from = (double)n + (at_end ? -shift : shift);
            frame[(uint64_t)n & (m->frame_ring - 1)] =
                between ? value_at(m, &m->bank[b], from)
                        : frame[(uint64_t)from & (m->frame_ring - 1)];
        }
}

/* The resampler's response at a frequency in cycles per frame: a parabola through three points. */
static float gain_at(const struct metrology *m, double frequency)
{
    double x = fmin(frequency, 0.5) * 2 * (GAIN_POINTS - 1);
    unsigned i = (unsigned)fmin(fmax(round(x), 1), GAIN_POINTS - 2);
    const float *g = m->gain + i;
    double u = x - i;
    return (float)((g[0] + u * ((g[1] - g[-1]) + u * (g[1] - 2 * g[0] + g[-1])) / 2) / m->gain[0]);
}

/* Shares of the sampling rate: lines above the first come through the resampler with a mirror image;
 * what the images spill matters to lines above the second. */
#define IMAGE_FREE   0.41
#define IMAGE_REACH  0.25
#define IMAGE_PASSES 3

/* What the images of the lines from `first` on spill on line k, taken off y. The spill of a line of
 * amplitude 1 depends on the sum of both numbers: spill[2 * (j + k - low - first)]. */
static void remove_spill(struct lanes_complex *y, const struct lanes_complex *source, size_t count,
                         const float *ratio, const float *spill)
{
    for (size_t j = 0; j < count; j++) {
        float a = ratio[j] * spill[2 * j], b = ratio[j] * spill[2 * j + 1];
        y->re -= source[j].re * a + source[j].im * b; /* the image is the conjugate */
        y->im -= source[j].re * b - source[j].im * a;
    }
}

/* Near half the sampling rate a line j has its image at length - j. Where the sampling is not
 * synchronous, that lies between the lines and spills on them. It takes a few passes, because the lines
 * from which the spill is reckoned carry some themselves. `frames` is the window's length and so, counted
 * in lines, the sampling rate. */
static void remove_images(struct metrology *m, size_t lines, double begin, double frames)
{
    size_t first = (size_t)ceil(IMAGE_FREE * frames), low = (size_t)ceil(IMAGE_REACH * frames);
    if (first >= lines)
        return;
    size_t count = lines - first;
    struct lanes_complex *pure = m->line_difference; /* free until later */
    float *ratio = (float *)(void *)m->fft_work, *spill = ratio + count;
    for (size_t j = 0; j < count; j++) { /* the responses to a line and to its image add up to 1 */
        float gain = gain_at(m, (double)(first + j) / frames);
        ratio[j] = (1 - gain) / gain;
    }
    double turn = 2 * M_PI * (begin - floor(begin)), points = m->fft_points;
    for (size_t s = 0; s + low + first < 2 * lines - 1; s++) {
        double apart = frames - (double)(s + low + first), half = M_PI * apart / points;
        double size = fabs(sin(half)) < 1e-9 ? 1 : sin(M_PI * apart) / (points * sin(half));
        spill[2 * s] = (float)(size * cos(turn + half * (points - 1)));
        spill[2 * s + 1] = (float)(size * sin(turn + half * (points - 1)));
    }
    memcpy(pure, m->line + first, count * sizeof *pure);
    for (int pass = 0; pass < IMAGE_PASSES; pass++)
        for (size_t k = first; k < lines; k++) {
            struct lanes_complex y = m->line[k];
            remove_spill(&y, pure, count, ratio, spill + 2 * (k - low));
            pure[k - first] = y;
        }
    for (size_t k = low; k < first; k++)
        remove_spill(&m->line[k], pure, count, ratio, spill + 2 * (k - low));
    memcpy(m->line + first, pure, count * sizeof *pure);
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
        remove_images(m, lines, begin, length);
        m->ops->subgroups(r->rms, m->line, cycles, highest, scale);
        r->rms[0] = m->line[0].re * (1.0f / (float)points);
        fundamental_of(&r->fundamental, &m->line[cycles], scale[1]);
        for (unsigned h = 1; m->harmonic && h <= highest; h++)
            fundamental_of(&m->harmonic[b * (HARMONIC_MAX + 1) + h], &m->line[h * cycles],
                           scale[h]);
        if (b > 0 || !m->voltages)
            continue;
        m->ops->differences(m->line_difference, m->line, lines);
        m->ops->subgroups(r->line_rms, m->line_difference, cycles, highest, scale);
        r->line_rms[0] = m->line_difference[0].re * (1.0f / (float)points);
        fundamental_of(&r->line_fundamental, &m->line_difference[cycles], scale[1]);
    }
    return highest;
}
