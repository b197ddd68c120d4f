/* Block 3 of the flickermeter from its poles: H(s) = K s^2 (s + w2) / product of (s - p), as a sum of
 * r / (s - p). Each part is carried from sample to sample by exp(p T) and by the integral over the straight
 * line between two samples (a first-order hold), so the response is that of the analogue definition at any
 * rate; what straight lines take at high frequencies, sinc^2, is given back beforehand (flicker.c). */
#include "metrology/flicker.h"

#include <math.h>

#ifndef M_PI
#define M_PI 3.14159265358979323846
#endif

#define HIGH_PASS_HZ 0.05
#define POLES        (2 * FLICKER_PAIRS + FLICKER_SINGLES)
#define SMOOTHING_S  0.3
#define REFERENCE_HZ 8.8

struct number {
    double re, im;
};

static struct number times(struct number a, struct number b)
{
    return (struct number){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

static struct number over(struct number a, struct number b)
{
    double d = b.re * b.re + b.im * b.im;
    return (struct number){(a.re * b.re + a.im * b.im) / d, (a.im * b.re - a.re * b.im) / d};
}

static struct number minus(struct number a, struct number b)
{
    return (struct number){a.re - b.re, a.im - b.im};
}

/* Lamp, eye and brain (IEC 61000-4-15:2010 5.5 and table): k, and the rest as frequencies in Hz.
 * threshold: change of voltage in percent that is just perceived at REFERENCE_HZ, table 1. */
static const struct lamp {
    double k, lambda, w1, w2, w3, w4, threshold;
} lamps[] = {
    [FLICKER_LAMP_230] = {1.74802, 4.05981, 9.15494, 2.27979, 1.22535, 21.9, 0.250},
    [FLICKER_LAMP_120] = {1.6357, 4.167375, 9.077169, 2.939902, 1.394468, 17.31512, 0.321},
};

/* Poles (a pair by the one above the real axis), the zero that does not lie at 0, and the gain. */
struct response {
    struct number pole[FLICKER_PAIRS + FLICKER_SINGLES];
    double zero, gain;
};

static void define(struct response *r, double nominal_hz, enum flicker_lamp lamp)
{
    const struct lamp *l = &lamps[lamp];
    double turn = 2 * M_PI, cut = turn * (nominal_hz > 55 ? 42 : 35), w1 = turn * l->w1;
    for (int i = 0; i < 3; i++) {
        double angle = M_PI * (7 + 2 * i) / 12; /* left half of the circle, Butterworth */
        r->pole[i].re = cut * cos(angle);
        r->pole[i].im = cut * sin(angle);
    }
    double lambda = turn * l->lambda;
    r->pole[3] = (struct number){-lambda, sqrt(w1 * w1 - lambda * lambda)};
    r->pole[4] = (struct number){-turn * HIGH_PASS_HZ, 0};
    r->pole[5] = (struct number){-turn * l->w3, 0};
    r->pole[6] = (struct number){-turn * l->w4, 0};
    r->zero = -turn * l->w2;
    r->gain = pow(cut, 6) * l->k * w1 / l->w2 * l->w3 * l->w4 * turn;
}

/* H(s) without one of its poles (-1: with all of them). */
static struct number value_without(const struct response *r, struct number s, int without)
{
    struct number h = times(times(s, s), minus(s, (struct number){r->zero, 0}));
    h = times(h, (struct number){r->gain, 0});
    for (int i = 0; i < FLICKER_PAIRS + FLICKER_SINGLES; i++) {
        struct number mirror = {r->pole[i].re, -r->pole[i].im};
        if (i != without)
            h = over(h, minus(s, r->pole[i]));
        if (i < FLICKER_PAIRS)
            h = over(h, minus(s, mirror));
    }
    return h;
}

double flicker_response(double hz, double nominal_hz, enum flicker_lamp lamp)
{
    struct response r;
    define(&r, nominal_hz, lamp);
    struct number h = value_without(&r, (struct number){0, 2 * M_PI * hz}, -1);
    return sqrt(h.re * h.re + h.im * h.im);
}

/* One pole p over a step T: turn = exp(p T); line: what a rise from 0 to 1 within the step leaves; step:
 * what a 1 that stays leaves. */
static void carry(struct number p, double step_s, struct number *turn, struct number *step,
                  struct number *line)
{
    static const struct number one = {1, 0};
    struct number pt = {p.re * step_s, p.im * step_s};
    double size = exp(pt.re);
    turn->re = size * cos(pt.im);
    turn->im = size * sin(pt.im);
    *step = over(minus(*turn, one), p);
    *line = over(minus(minus(*turn, one), pt), times(p, pt));
}

/* Scale for which a sine of the threshold's depth at REFERENCE_HZ reaches 1: its square has a mean of half
 * the amplitude squared and ripples at twice the frequency. */
static double scale_of(double nominal_hz, enum flicker_lamp lamp)
{
    double amplitude =
        lamps[lamp].threshold / 100 * flicker_response(REFERENCE_HZ, nominal_hz, lamp);
    double ripple = 1 / sqrt(1 + pow(2 * M_PI * 2 * REFERENCE_HZ * SMOOTHING_S, 2));
    return 2 / (amplitude * amplitude * (1 + ripple));
}

void flicker_filter_design(struct flicker_filter *f, double rate_hz, double nominal_hz,
                           enum flicker_lamp lamp)
{
    struct response r;
    struct number turn, step, line;
    double step_s = 1 / rate_hz;
    define(&r, nominal_hz, lamp);
    f->direct = 0;
    for (int i = 0; i < FLICKER_PAIRS + FLICKER_SINGLES; i++) {
        struct number residue = value_without(&r, r.pole[i], i);
        carry(r.pole[i], step_s, &turn, &step, &line);
        if (i < FLICKER_PAIRS) { /* the conjugate's share is the same real part again */
            residue.re *= 2;
            residue.im *= 2;
        }
        /* The state goes without the newest sample's share: state' = turn state + gain sample. */
        struct number stay = times(minus(turn, (struct number){1, 0}), line);
        struct number gain = times(residue, (struct number){step.re + stay.re, step.im + stay.im});
        f->direct += times(residue, line).re;
        if (i < FLICKER_PAIRS) {
            f->pair[i].turn_re = turn.re;
            f->pair[i].turn_im = turn.im;
            f->pair[i].gain_re = gain.re;
            f->pair[i].gain_im = gain.im;
        } else {
            f->single[i - FLICKER_PAIRS].turn = turn.re;
            f->single[i - FLICKER_PAIRS].gain = gain.re;
        }
    }
    f->scale = scale_of(nominal_hz, lamp);
    carry((struct number){-1 / SMOOTHING_S, 0}, step_s, &turn, &step, &line);
    f->smooth = turn.re;
    f->smooth_new = line.re / SMOOTHING_S;
    f->smooth_old = step.re / SMOOTHING_S - f->smooth_new;
}
