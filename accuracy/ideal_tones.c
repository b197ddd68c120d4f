/* Tones that are no harmonics. A rectangular window (IEC 61000-4-7) spreads a tone that is on none of its lines
 * over all of them: that is the definition, and no fault. So each reading is held against the closed
 * form of the definition, and what is left over (images, ripple of the resampler) is the leakage.
 *
 * The first and the last window of a stretch are left out: the resampler takes what it needs beyond their ends
 * from whole cycles later or earlier, which a tone does not repeat. */
#include "closed.h"
#include "worst.h"

#define ASKED                                                                                   \
    "issue 3, Must reach (a 3.9 kHz tone changes no order below 63 by more than 0.05 % of its " \
    "size)"
#define BETWEEN  "asked of Busbar: tones between the lines do not leak"
#define FIFTY_DB "IEC 61000-4-7, anti-aliasing of 50 dB [S]"

static double complex unit(double turns)
{
    double a = 2 * acos(-1) * (turns - floor(turns));
    return cos(a) + I * sin(a);
}

/* Mean over a window of `cycles` of exp(2 pi i x t), where t goes from 0 to 1 and x is in lines. */
static double complex mean_of(double x)
{
    return fabs(x) < 1e-9 ? 1 : (unit(x) - 1) / (2 * acos(-1) * I * x);
}

struct leak {
    const struct simulator_config *signal;
    struct worst *worst; /* against the definition, share of the tone */
    double cycles;
    unsigned highest; /* order to look at */
    unsigned seen;
};

/* RMS of a harmonic subgroup of a tone of RMS 1 that begins the window at `turns` (of a sine). */
static double subgroup(double tone_lines, double turns, double cycles, unsigned order)
{
    double sum = 0;
    for (int k = -1; k <= 1; k++) {
        double line = order * cycles + k;
        /* sqrt 2 sin a = (e^ja - e^-ja) / (sqrt 2 j); a line's RMS is sqrt 2 times the mean with e^-j */
        double complex c = (unit(turns) * mean_of(tone_lines - line) -
                            conj(unit(turns)) * mean_of(-tone_lines - line)) /
                           I;
        sum += pow(cabs(c), 2);
    }
    return sqrt(sum);
}

static void take_window(void *context, const struct metrology_window *w)
{
    struct leak *l = context;
    if (l->seen++ == 0 || (double)w->network->end_ns / 1e9 + 0.05 > l->signal->duration_s)
        return;
    const struct simulator_network *n = &l->signal->network;
    const struct simulator_tone *tone = &n->tone[0];
    double size = n->nominal_v * tone->voltage_percent / 100;
    double start = (double)w->network->start_ns / 1e9;
    double lines = tone->hz / n->frequency_hz * l->cycles;
    for (unsigned p = 0; p < 3; p++) {
        double turns = tone->hz * start + (tone->angle_deg + n->phase[p].angle_deg) / 360;
        const struct spectrum *s = &w->network->spectrum[SPECTRUM_V1 + p];
        for (unsigned h = 2; h <= l->highest; h++) {
            double is = size * subgroup(lines, turns, l->cycles, h);
            double reads = h <= s->highest ? (double)s->rms[h] : (double)NAN;
            /* an input that takes some of the tone away shows less than the definition: no leakage */
            double more = reads > is || isnan(reads) ? reads - is : 0;
            worst_take(l->worst, is, reads, 100 * more / size, "order %u of V%u", h, p + 1);
        }
    }
}

static void measure(struct lab *lab, const struct simulator_config *c,
                    const struct lab_judge *judge, unsigned highest, const char *condition)
{
    struct metrology_setup setup;
    struct worst worst = {0};
    double hz = c->network.frequency_hz;
    struct leak l = {c, &worst, hz > 55 ? 12 : 10, highest, 0};
    const struct lab_sink sink = {.context = &l, .window = take_window};
    lab_setup(&setup, NULL, c, hz > 55 ? 60 : 50);
    lab_run(lab, c, &setup, &sink);
    worst_row(lab, judge, c->network.tone[0].hz, "tone, Hz", &worst, condition);
}

void lab_ideal_tones(struct lab *lab)
{
    static const double hz[] = {50, 49.5, 50.5, 45, 55, 60, 59.4};
    static const double above[] = {3900, 4100, 4400, 4700};
    const struct lab_judge asked = {
        "ideal", "arithmetic", "tone of 3.9 kHz", "asked", "% of the tone", 0.05, ASKED, "V"};
    const struct lab_judge high = {
        "ideal",  "arithmetic", "tone above the band", "50 dB", "% of the tone", 0.316,
        FIFTY_DB, "V"};
    const struct lab_judge between = {
        "ideal", "arithmetic", "tone between lines", "asked", "% of the tone", 0.05, BETWEEN, "V"};
    for (size_t i = 0; i < (lab->brief ? 1 : sizeof hz / sizeof *hz); i++) {
        struct simulator_config c;
        char condition[80];
        simulator_config_init(&c);
        c.duration_s = 1.3;
        c.network.frequency_hz = hz[i];
        c.network.tone_count = 1;
        for (size_t k = 0; k < sizeof above / sizeof *above; k++) {
            c.network.tone[0] = (struct simulator_tone){above[k], 5, 0, 30};
            snprintf(condition, sizeof condition, "5 %% at %g Hz on %g Hz", above[k], hz[i]);
            measure(lab, &c, k ? &high : &asked, k ? HARMONIC_MAX : HARMONIC_MAX - 1, condition);
        }
        for (unsigned line = 3; line <= 7; line += 2) {
            double order = 7 + line / (hz[i] > 55 ? 12.0 : 10.0);
            c.network.tone[0] = (struct simulator_tone){order * hz[i], 5, 0, 30};
            snprintf(condition, sizeof condition, "5 %% at order %.4g of %g Hz", order, hz[i]);
            measure(lab, &c, &between, HARMONIC_MAX, condition);
        }
    }
}
