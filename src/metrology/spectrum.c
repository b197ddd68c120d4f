/* Spectrum of a window: exactly its cycles are resampled to a power of two of points and transformed;
 * lines then lie at f / cycles, and a harmonic is the subgroup of three lines round it
 * (IEC 61000-4-7:2002 5.6). The resampler's response is divided out. */
#include "metrology/internal.h"

#include <math.h>
#include <string.h>

#define SIDE SPECTRUM_SIDE

/* Value of all lanes at a coordinate inside the stretch: a windowed sinc, here without haste. */
static lanes_f value_at(const struct metrology *m, const struct bank *b, double at)
{
    lanes_d sum = {0};
    double all = 0;
    for (int64_t n = (int64_t)floor(at) - SIDE + 1; n <= (int64_t)floor(at) + SIDE; n++) {
        double apart = at - (double)n, window = cos(M_PI / 2 * apart / SIDE);
        double tap = apart == 0 ? 1 : sin(M_PI * apart) / (M_PI * apart) * window * window;
        sum += __builtin_convertvector(b->frame[(uint64_t)n & (m->frame_ring - 1)], lanes_d) * tap;
        all += tap;
    }
    return __builtin_convertvector(sum / all, lanes_f);
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
        if (shift > (double)m->frames)
            return; /* too short to know better than 0 */
    }
    for (unsigned b = 0; b < m->bank_count; b++) {
        for (int64_t n = first; n < first + SIDE; n++) {
            lanes_f *frame = m->bank[b].frame;
            double from = (double)n + (at_end ? -shift : shift);
            frame[(uint64_t)n & (m->frame_ring - 1)] =
                between ? value_at(m, &m->bank[b], from)
                        : frame[(uint64_t)from & (m->frame_ring - 1)];
        }
        frames_written(m, &m->bank[b], 0);
    }
}

/* The resampler's response at a frequency in cycles per frame (above 0.5: to an image): a parabola through
 * three points. */
static float gain_at(const struct metrology *m, double frequency)
{
    double x = fmin(frequency, 1) * (GAIN_POINTS - 1);
    unsigned i = (unsigned)fmin(fmax(round(x), 1), GAIN_POINTS - 2);
    const float *g = m->gain + i;
    double u = x - i;
    return (float)((g[0] + u * ((g[1] - g[-1]) + u * (g[1] - 2 * g[0] + g[-1])) / 2) / m->gain[0]);
}

double spectrum_gain(const struct metrology *m, double frequency)
{
    return gain_at(m, frequency);
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
 * in lines, the sampling rate. `pure` has room for the lines. */
static void remove_images(struct metrology *m, size_t lines, double begin, double frames,
                          struct lanes_complex *pure)
{
    size_t first = (size_t)ceil(IMAGE_FREE * frames), low = (size_t)ceil(IMAGE_REACH * frames);
    if (first >= lines)
        return;
    size_t count = lines - first;
    float *ratio = (float *)(void *)m->fft_work, *spill = ratio + count;
    for (size_t j = 0; j < count; j++) {
        double frequency = (double)(first + j) / frames;
        ratio[j] = gain_at(m, 1 - frequency) / gain_at(m, frequency);
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

/* Groups of an interharmonic subgroup need two lines less than a whole one on either side. */
#define INTER_CYCLES 5

/* Orders that are available, and those between them (0: none). */
struct reach {
    unsigned highest, highest_inter;
};

static struct reach reach_of(const struct metrology *m, double length, unsigned cycles)
{
    /* A subgroup must lie below half the sampling rate. */
    double orders = (length / 2 - 1.000001) / cycles;
    double inter = (length / 2 + 1.999999) / cycles - 1;
    struct reach r = {0, 0};
    if (orders < 1 ||
        (orders > HARMONIC_MAX ? HARMONIC_MAX : orders) * cycles + 2 > m->fft_points / 2)
        return r;
    r.highest = orders > HARMONIC_MAX ? HARMONIC_MAX : (unsigned)orders;
    if (cycles >= INTER_CYCLES && inter >= 1)
        r.highest_inter = inter > HARMONIC_MAX ? HARMONIC_MAX : (unsigned)inter;
    return r;
}

/* One window's way through the spectrum. */
struct job {
    double begin, length;
    unsigned cycles, lines;
    struct reach reach;
    float scale[HARMONIC_MAX + 2]; /* from lines to RMS values, of each order */
};

/* Values of some banks at equal distances, into m->fft_in. */
static void resample(struct metrology *m, const struct job *j, unsigned first, unsigned count)
{
    double whole = floor(j->begin), step = j->length / m->fft_points;
    for (unsigned i = 0; i < m->fft_points; i += SPECTRUM_ROWS) {
        m->ops->place(m->row, m->row_at, SPECTRUM_ROWS, (int64_t)whole, j->begin - whole + i * step,
                      step, m->frame_ring - 1, m->kernel);
        for (unsigned b = 0; b < count; b++)
            m->ops->resample(m->fft_in + (size_t)b * m->fft_points, i, SPECTRUM_ROWS, m->fft_points,
                             m->bank[first + b].frame, m->row, m->row_at, m->kernel->taps);
    }
}

static void find_peaks(const struct metrology *m, const struct bank *b, const struct job *j,
                       lanes_f peak[2])
{
    int64_t at = (int64_t)ceil(j->begin), end = (int64_t)ceil(j->begin + j->length);
    end = end > m->frames ? m->frames : end;
    memset(peak, 0, 2 * sizeof *peak);
    while (at < end) {
        uint32_t from = (uint32_t)((uint64_t)at & (m->frame_ring - 1));
        int64_t n = m->frame_ring - from;
        n = n > end - at ? end - at : n;
        m->ops->peak(peak, b->frame + from, (size_t)n);
        at += n;
    }
}

static void group_lines(const struct metrology *m, const struct job *j,
                        const struct lanes_complex *line, lanes_f *rms, lanes_f *inter,
                        struct lanes_complex *fundamental)
{
    m->ops->subgroups(rms, line, j->cycles, j->reach.highest, j->scale);
    if (j->reach.highest_inter > 0)
        m->ops->between(inter, line, j->cycles, j->reach.highest_inter, j->scale);
    rms[0] = line[0].re * (1.0f / (float)m->fft_points);
    fundamental_of(fundamental, &line[j->cycles], j->scale[1]);
}

/* `in`: the bank's resampled values, whose room then serves for lines. */
static void analyse_bank(struct metrology *m, const struct job *j, unsigned b, lanes_f *in)
{
    struct bank_result *r = &m->result[b];
    struct lanes_complex *scratch = (struct lanes_complex *)(void *)in;
    m->ops->fft(m->line, j->lines, in, m->fft_work, m->fft_points, m->fft_table);
    remove_images(m, j->lines, j->begin, j->length, scratch);
    group_lines(m, j, m->line, r->rms, r->inter, &r->fundamental);
    for (unsigned h = 1; m->harmonic && h <= j->reach.highest; h++)
        fundamental_of(&m->harmonic[b * (HARMONIC_MAX + 1) + h], &m->line[h * j->cycles],
                       j->scale[h]);
    if (b > 0 || !m->voltages)
        return;
    m->ops->differences(scratch, m->line, j->lines);
    group_lines(m, j, scratch, r->line_rms, r->line_inter, &r->line_fundamental);
    signalling_lines(m, m->setup.delta ? scratch : m->line, j->lines, j->length);
}

unsigned spectrum_of_window(struct metrology *m, double begin, double end, unsigned cycles)
{
    struct job j = {.begin = begin, .length = end - begin, .cycles = cycles};
    j.reach = reach_of(m, j.length, cycles);
    m->highest_inter = 0;
    if (j.reach.highest == 0 || (double)m->frames + SIDE - begin + SIDE > m->frame_ring)
        return 0;
    m->highest_inter = j.reach.highest_inter;
    j.lines = j.reach.highest * cycles + 2;
    if (j.reach.highest_inter >= j.reach.highest)
        j.lines = (j.reach.highest_inter + 1) * cycles;
    if (j.lines > m->fft_points / 2)
        j.lines = m->fft_points / 2;
    for (unsigned h = 1; h <= HARMONIC_MAX + 1; h++)
        j.scale[h] =
            (float)(sqrt(2) / m->fft_points) / gain_at(m, fmin(h * cycles / j.length, 0.5));
    for (unsigned b = 0; b < m->bank_count; b += SPECTRUM_BANKS) {
        unsigned count = m->bank_count - b;
        count = count > SPECTRUM_BANKS ? SPECTRUM_BANKS : count;
        resample(m, &j, b, count);
        for (unsigned i = 0; i < count; i++) {
            find_peaks(m, &m->bank[b + i], &j, m->result[b + i].peak);
            analyse_bank(m, &j, b + i, m->fft_in + (size_t)i * m->fft_points);
        }
    }
    return j.reach.highest;
}
