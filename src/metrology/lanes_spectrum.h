/* The loops behind lanes.h that make a spectrum: resampling, transform, groups of lines. Part of
 * lanes_kernels.h. */
#ifndef METROLOGY_LANES_SPECTRUM_H
#define METROLOGY_LANES_SPECTRUM_H

/* --- Points: re and im of eight lanes ------------------------------------------------------------------ */

/* A point is one vector where the processor has them so long, else two. */
#ifdef __AVX512F__
typedef struct {
    __m512 v; /* re, then im */
} point;

INLINE point load(const struct lanes_complex *p)
{
    return (point){_mm512_loadu_ps((const void *)p)};
}

INLINE void store(struct lanes_complex *p, point x)
{
    _mm512_storeu_ps((void *)p, x.v);
}

INLINE point add(point a, point b)
{
    return (point){a.v + b.v};
}

INLINE point sub(point a, point b)
{
    return (point){a.v - b.v};
}

INLINE __m512 negative_im(__m512 v)
{
    const __m512 sign = {0,     0,     0,     0,     0,     0,     0,     0,
                         -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f};
    return _mm512_xor_ps(v, sign);
}

INLINE __m512 swapped(__m512 v)
{
    return _mm512_shuffle_f32x4(v, v, 0x4e);
}

INLINE point conjugate(point x)
{
    return (point){negative_im(x.v)};
}

INLINE point turn_back(point x) /* -j x */
{
    return (point){negative_im(swapped(x.v))};
}

INLINE point times(point x, float c, float s) /* x (c - j s) */
{
    __m512 across = swapped(x.v) * negative_im(_mm512_set1_ps(s));
    return (point){x.v * c + across};
}

INLINE point scaled(point x, float a)
{
    return (point){x.v * a};
}
#else
typedef struct lanes_complex point;

INLINE point load(const struct lanes_complex *p)
{
    return *p;
}

INLINE void store(struct lanes_complex *p, point x)
{
    *p = x;
}

INLINE point add(point a, point b)
{
    return (point){a.re + b.re, a.im + b.im};
}

INLINE point sub(point a, point b)
{
    return (point){a.re - b.re, a.im - b.im};
}

INLINE point conjugate(point x)
{
    return (point){x.re, -x.im};
}

INLINE point turn_back(point x) /* -j x */
{
    return (point){x.im, -x.re};
}

INLINE point times(point x, float c, float s) /* x (c - j s) */
{
    return (point){x.re * c + x.im * s, x.im * c - x.re * s};
}

INLINE point scaled(point x, float a)
{
    return (point){x.re * a, x.im * a};
}
#endif

/* --- Resampling ---------------------------------------------------------------------------------------- */

/* Places are counted in integers: whole frames, then FRACTION_BITS of which the highest tell the phase of the
 * kernel, and as many as a float holds how far it is to the next. */
#define FRACTION_BITS 44
#define PHASE_BITS    6
#define FLOAT_BITS    24

/* The first 16 or 32 taps between those of two phases. */
INLINE void mix_rows(struct lanes_row *row, const struct lanes_row *low, float between, int count)
{
#ifdef __AVX512F__
    for (int t = 0; t < count; t += 16) {
        __m512 a = _mm512_load_ps(low[0].tap + t), b = _mm512_load_ps(low[1].tap + t);
        _mm512_store_ps(row->tap + t, a + (b - a) * between);
    }
#else
    for (int t = 0; t < count; t += LANES) {
        lanes_f a, b;
        memcpy(&a, low[0].tap + t, sizeof a);
        memcpy(&b, low[1].tap + t, sizeof b);
        a += (b - a) * between;
        memcpy(row->tap + t, &a, sizeof a);
    }
#endif
}

static void place(struct lanes_row *row, uint32_t *at, size_t n, int64_t frame, double first,
                  double step, uint32_t mask, const struct lanes_kernel *kernel)
{
    _Static_assert(LANES_PHASES == 1 << PHASE_BITS, "bits of a phase");
    const double one = (double)(UINT64_C(1) << FRACTION_BITS);
    frame -= kernel->taps / 2 - 1;
    uint64_t where = (uint64_t)(first * one), more = (uint64_t)(step * one);
    for (size_t i = 0; i < n; i++, where += more) {
        unsigned phase = (unsigned)(where >> (FRACTION_BITS - PHASE_BITS)) & (LANES_PHASES - 1);
        int32_t rest = (int32_t)(where >> (FRACTION_BITS - PHASE_BITS - FLOAT_BITS) &
                                 ((1u << FLOAT_BITS) - 1));
        float between = (float)rest * (1.0f / (1 << FLOAT_BITS));
        if (kernel->taps <= 16)
            mix_rows(&row[i], &kernel->phase[phase], between, 16);
        else
            mix_rows(&row[i], &kernel->phase[phase], between, LANES_ROW);
        at[i] = (uint32_t)(frame + (int64_t)(where >> FRACTION_BITS)) & mask;
    }
}

#ifdef __AVX512F__
/* Taps t and t + 1, each on eight lanes, and two frames in a row. */
#define BOTH(t)   t + 1, t + 1, t + 1, t + 1, t + 1, t + 1, t + 1, t + 1, t, t, t, t, t, t, t, t
#define TAPS(t)   _mm512_permutexvar_ps(_mm512_set_epi32(BOTH(t)), row)
#define FRAMES(t) _mm512_loadu_ps((const void *)(x + (t)))

INLINE lanes_f value12(const lanes_f *x, const struct lanes_row *taps)
{
    __m512 row = _mm512_load_ps(taps->tap);
    __m512 even = TAPS(0) * FRAMES(0), odd = TAPS(2) * FRAMES(2);
    even += TAPS(4) * FRAMES(4);
    odd += TAPS(6) * FRAMES(6);
    even += TAPS(8) * FRAMES(8);
    odd += TAPS(10) * FRAMES(10);
    even += odd;
    return (lanes_f)(_mm512_castps512_ps256(even) + _mm512_extractf32x8_ps(even, 1));
}
#endif

INLINE lanes_f value(const lanes_f *x, const struct lanes_row *taps, unsigned count)
{
    lanes_f even = x[0] * taps->tap[0], odd = x[1] * taps->tap[1];
    for (unsigned t = 2; t < count; t += 2) {
        even += x[t] * taps->tap[t];
        odd += x[t + 1] * taps->tap[t + 1];
    }
    return even + odd;
}

#ifndef __AVX512F__
INLINE lanes_f value12(const lanes_f *x, const struct lanes_row *taps)
{
    return value(x, taps, 12);
}
#endif

static void resample(lanes_f *in, size_t begin, size_t n, size_t points, const lanes_f *ring,
                     const struct lanes_row *row, const uint32_t *at, unsigned taps)
{
    for (size_t i = 0; i < n; i += 2) {
        lanes_f *out = in + lanes_fft_place(begin + i, points);
        for (size_t k = 0; k < 2; k++)
            out[k] = taps == 12 ? value12(ring + at[i + k], &row[i + k])
                                : value(ring + at[i + k], &row[i + k], taps);
    }
}

/* --- Transform ------------------------------------------------------------------------------------------ */

/* The table of lanes_fft_init: cos and sin of 2 pi i / half, half pairs (half = points / 2), then those of
 * 2 pi k / points + pi / 2. */

/* Four points of a transform of four, unturned. */
INLINE void butterfly(point y[4], point a, point b, point c, point d)
{
    point ac = add(a, c), bd = add(b, d), a_c = sub(a, c), jbd = turn_back(sub(b, d));
    y[0] = add(ac, bd);
    y[1] = add(a_c, jbd);
    y[2] = sub(ac, bd);
    y[3] = sub(a_c, jbd);
}

/* One pass of Stockham's radix-4 transform: n points left in each of `stride` interleaved parts. `apart` table
 * entries lie between factors of a whole transform of n * stride points. */
INLINE void pass4(struct lanes_complex *y, const struct lanes_complex *x, size_t n, size_t stride,
                  size_t apart, const float *table)
{
    size_t q4 = n / 4;
    for (size_t p = 0; p < q4; p++) {
        const float *w = table + 2 * p * stride * apart;
        float c1 = w[0], s1 = w[1];
        float c2 = table[4 * p * stride * apart], s2 = table[4 * p * stride * apart + 1];
        float c3 = table[6 * p * stride * apart], s3 = table[6 * p * stride * apart + 1];
        const struct lanes_complex *from = x + stride * p;
        struct lanes_complex *to = y + 4 * stride * p;
        for (size_t q = 0; q < stride; q++) {
            point z[4];
            butterfly(z, load(&from[q]), load(&from[q + stride * q4]),
                      load(&from[q + 2 * stride * q4]), load(&from[q + 3 * stride * q4]));
            store(&to[q], z[0]);
            store(&to[q + stride], times(z[1], c1, s1));
            store(&to[q + 2 * stride], times(z[2], c2, s2));
            store(&to[q + 3 * stride], times(z[3], c3, s3));
        }
    }
}

/* The last pass, where nothing turns. */
INLINE void last_pass4(struct lanes_complex *y, const struct lanes_complex *x, size_t stride)
{
    for (size_t q = 0; q < stride; q++) {
        point z[4];
        butterfly(z, load(&x[q]), load(&x[q + stride]), load(&x[q + 2 * stride]),
                  load(&x[q + 3 * stride]));
        for (size_t i = 0; i < 4; i++)
            store(&y[q + i * stride], z[i]);
    }
}

INLINE void last_pass2(struct lanes_complex *y, const struct lanes_complex *x, size_t stride)
{
    for (size_t q = 0; q < stride; q++) {
        point a = load(&x[q]), b = load(&x[q + stride]);
        store(&y[q], add(a, b));
        store(&y[q + stride], sub(a, b));
    }
}

/* Transform of `count` points (a power of two) in x or, if the passes are odd in number, in y. Returns which. */
static struct lanes_complex *transform(struct lanes_complex *x, struct lanes_complex *y,
                                       size_t count, size_t apart, const float *table)
{
    for (size_t n = count, stride = 1; n > 1;) {
        size_t radix = n == 2 ? 2 : 4;
        if (n == 2)
            last_pass2(y, x, stride);
        else if (n == 4)
            last_pass4(y, x, stride);
        else if (stride == 1)
            pass4(y, x, n, 1, apart, table);
        else
            pass4(y, x, n, stride, apart, table);
        n /= radix;
        stride *= radix;
        struct lanes_complex *t = x;
        x = y;
        y = t;
    }
    return x;
}

/* Points k, k + q, k + 2 q, k + 3 q of the half-length transform from the four quarters' points k. */
INLINE void combine(point z[4], const struct lanes_complex *x, size_t apart, size_t k,
                    const float *table)
{
    const float *w1 = table + 2 * k, *w2 = table + 4 * k, *w3 = table + 6 * k;
    butterfly(z, load(&x[k]), times(load(&x[apart + k]), w1[0], w1[1]),
              times(load(&x[2 * apart + k]), w2[0], w2[1]),
              times(load(&x[3 * apart + k]), w3[0], w3[1]));
}

/* Lines k and half - k from the points there. */
INLINE void split(struct lanes_complex *line, size_t lines, point a, point b, size_t k, size_t half,
                  const float *turns)
{
    point even = add(a, conjugate(b)), odd = sub(a, conjugate(b));
    odd = times(odd, turns[2 * k], turns[2 * k + 1]); /* holds the -j as well */
    if (k < lines)
        store(&line[k], scaled(add(even, odd), 0.5f));
    if (half - k < lines)
        store(&line[half - k], scaled(conjugate(sub(even, odd)), 0.5f));
}

static void fft(struct lanes_complex *line, size_t lines, lanes_f *in, lanes_f *work, size_t points,
                const float *table)
{
    /* Two real values make one complex point. The points of each quarter stand together: they are
     * transformed where they lie, near the processor, before anything goes through all of them. */
    size_t half = points / 2, q = half / 4;
    struct lanes_complex *x = (struct lanes_complex *)(void *)in;
    struct lanes_complex *y = (struct lanes_complex *)(void *)work, *done = x;
    const float *turns = table + points;
    for (size_t r = 0; r < 4; r++)
        done = transform(x + r * q, y + r * q, q, 4, table);
    done -= 3 * q;
    point a[4], b[4];
    combine(a, done, q, 0, table);
    split(line, lines, a[0], a[0], 0, half, turns);
    split(line, lines, a[1], a[3], q, half, turns);
    split(line, lines, a[2], a[2], 2 * q, half, turns);
    combine(a, done, q, q / 2, table);
    split(line, lines, a[0], a[3], q / 2, half, turns);
    split(line, lines, a[1], a[2], q / 2 + q, half, turns);
    for (size_t k = 1; k < q / 2; k++) {
        combine(a, done, q, k, table);
        combine(b, done, q, q - k, table);
        split(line, lines, a[0], b[3], k, half, turns);
        split(line, lines, a[1], b[2], k + q, half, turns);
        split(line, lines, b[0], a[3], q - k, half, turns);
        split(line, lines, b[1], a[2], 2 * q - k, half, turns);
    }
}

static void differences(struct lanes_complex *out, const struct lanes_complex *line, size_t lines)
{
    for (size_t k = 0; k < lines; k++) {
        lanes_f re = line[k].re, im = line[k].im;
        out[k].re = re - NEXT_OF_THREE(re);
        out[k].im = im - NEXT_OF_THREE(im);
    }
}

/* --- Groups of lines ------------------------------------------------------------------------------------ */

INLINE lanes_f power(const struct lanes_complex *line)
{
    return line->re * line->re + line->im * line->im;
}

INLINE lanes_f root(lanes_f x)
{
    for (int l = 0; l < LANES; l++)
        x[l] = sqrtf(x[l]);
    return x;
}

static void subgroups(lanes_f *rms, const struct lanes_complex *line, unsigned cycles,
                      unsigned highest, const float *scale)
{
    unsigned side = cycles < 3 ? 0 : 1; /* so near, the neighbours' lines would be the same */
    for (unsigned h = 1; h <= highest; h++) {
        lanes_f sum = {0};
        for (unsigned k = h * cycles - side; k <= h * cycles + side; k++)
            sum += power(&line[k]);
        rms[h] = root(sum) * scale[h];
    }
}

static void between(lanes_f *rms, const struct lanes_complex *line, unsigned cycles,
                    unsigned highest, const float *scale)
{
    float before = scale[1] * scale[1]; /* below the fundamental nothing is taken away */
    for (unsigned h = 0; h <= highest; h++) {
        float after = scale[h + 1] * scale[h + 1];
        float more = (after - before) / (float)cycles;
        lanes_f sum = {0};
        for (unsigned k = 2; k + 2 <= cycles; k++)
            sum += power(&line[h * cycles + k]) * (before + more * (float)k);
        rms[h] = root(sum);
        before = after;
    }
}

#endif
