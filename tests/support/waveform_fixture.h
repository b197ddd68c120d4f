/* A set of waveforms in which every number differs from every other. */
#ifndef TESTS_WAVEFORM_FIXTURE_H
#define TESTS_WAVEFORM_FIXTURE_H

#include "store/waveforms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline struct waveform_set *waveform_fixture(unsigned n)
{
    static const enum spectrum_channel channels[CAPTURE_WAVEFORMS] = {
        SPECTRUM_V1,  SPECTRUM_V2, SPECTRUM_V3, SPECTRUM_U12, SPECTRUM_U23,
        SPECTRUM_U31, SPECTRUM_I1, SPECTRUM_I2, SPECTRUM_I3,  SPECTRUM_IN};
    struct waveform_set *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->reason = (enum capture_reason)(n % CAPTURE_REASONS);
    s->device = 3;
    s->load = (uint8_t)(n % 25);
    s->at_end = n % 2;
    s->event_ns = 1700000000000000000 + n;
    s->trigger_ns = s->event_ns + 123456789;
    s->start_ns = s->trigger_ns - 100000000;
    s->rate_hz = 4800 + n / 8.0;
    s->nominal_hz = 50;
    s->subsampling = 1 + n % 16;
    s->count = CAPTURE_SAMPLES - n % 100;
    s->before = 480;
    s->flags = n % 3 ? QUALITY_SIMULATED : 0;
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++) {
        s->line[l] = (struct waveform_line){.present = l != n % 7, .channel = channels[l]};
        if (l >= 6) {
            s->line[l].device = 3;
            s->line[l].load = (uint8_t)(n % 25);
        }
        for (unsigned i = 0; s->line[l].present && i < s->count; i++)
            s->sample[l][i] = (float)(325 * sin(i * 0.0654 + l) / (l + 1) + n);
    }
    return s;
}

/* Equal in everything that is kept. */
static inline bool waveform_same(const struct waveform_set *a, const struct waveform_set *b)
{
    bool same =
        a->id == b->id && a->reason == b->reason && a->device == b->device && a->load == b->load &&
        a->at_end == b->at_end && a->event_ns == b->event_ns && a->trigger_ns == b->trigger_ns &&
        a->start_ns == b->start_ns && a->rate_hz == b->rate_hz && a->nominal_hz == b->nominal_hz &&
        a->subsampling == b->subsampling && a->count == b->count && a->before == b->before &&
        a->flags == b->flags && memcmp(a->sample, b->sample, sizeof a->sample) == 0;
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++)
        same = same && a->line[l].present == b->line[l].present &&
               a->line[l].channel == b->line[l].channel && a->line[l].device == b->line[l].device &&
               a->line[l].load == b->line[l].load;
    return same;
}

#endif
