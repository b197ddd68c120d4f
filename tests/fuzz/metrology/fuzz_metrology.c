/* Bytes as a setup and as blocks of samples. The first ones choose wiring, rates, methods and captures; then
 * come commands, each a byte and what it needs: samples as raw floats, as small integers, or as so and so
 * many frames of a sine; flags, gaps, jumps of the time, other rates, ends of stretches, triggers.
 *
 * Beside what always holds (support/sane.h), no load may have counted more than its largest voltages and
 * currents give in the time that was metered. */
#include "../../support/sane.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHANNELS   8
#define MOST       40000 /* frames of an input, so that it ends soon */
#define MOST_BLOCK 4096

struct input {
    const uint8_t *at, *end;
};

static unsigned next(struct input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static double rate_of(unsigned code)
{
    static const double rates[] = {400,  480,  600,       800.2, 1000,  2000,  4000,
                                   4800, 9600, 30707.244, 50000, 12800, 399.9, 5555.555};
    return code < 14 ? rates[code] : 400 + 200.0 * code;
}

static struct metrology_mix mix_of(struct input *in)
{
    struct metrology_mix mix = {.terms = next(in) % (METROLOGY_TERMS + 1)};
    for (unsigned t = 0; t < mix.terms; t++) {
        mix.term[t].channel = (uint16_t)(next(in) % CHANNELS);
        mix.term[t].factor = (float)((int)next(in) - 100) / 50;
    }
    return mix;
}

static void read_setup(struct input *in, struct metrology_setup *s, struct metrology_load *load)
{
    metrology_setup_init(s);
    unsigned bits = next(in);
    s->highest_rate_hz = rate_of(next(in));
    s->nominal_hz = bits & 1 ? 60 : 50;
    s->delta = bits & 2;
    s->reactive = bits & 4 ? REACTIVE_FUNDAMENTAL : REACTIVE_IEC61557;
    s->total = bits & 8 ? TOTAL_ARITHMETIC : TOTAL_VECTOR;
    s->pf_sign = bits & 16 ? PF_SIGN_IEEE : PF_SIGN_IEC;
    s->no_spectra = bits & 32;
    s->nominal_voltage_v = next(in) * 2.0;
    s->start_up_w = bits & 64 ? 10 : 0;
    for (int v = 0; v < 4; v++)
        s->voltage[v] = mix_of(in);
    s->load_count = next(in) % 6;
    s->load = load;
    for (unsigned i = 0; i < s->load_count; i++) {
        for (int c = 0; c < 4; c++)
            load[i].current[c] = mix_of(in);
        for (int c = 0; c < 3; c++)
            load[i].phase[c] = (uint8_t)(next(in) % 3);
        load[i].rated_current_a = next(in);
    }
    /* intervals that end often */
    s->spans = (1u << METROLOGY_SPANS) - 1;
    s->average_s = 1;
    s->resync_s = 2;
    s->fast_cycles = bits % 11;
    s->demand_minutes = 1;
    s->demand_by_pulse = bits & 128;
    s->capture.subsampling = next(in) % (CAPTURE_SUBSAMPLING_MAX + 1);
    s->capture.after_percent = next(in) % 101;
    s->capture.reasons = next(in);
    s->capture.load = (int)(next(in) % 8) - 1;
}

static float samples[MOST_BLOCK * CHANNELS];
static double turned; /* cycles that the sines have made */

/* Frames of a block by a command; returns how many. */
static unsigned read_frames(struct input *in, unsigned command, double rate_hz)
{
    unsigned n = 1 + next(in);
    if (command % 4 == 0) { /* raw */
        for (unsigned i = 0; i < n * CHANNELS; i++) {
            uint8_t raw[4] = {0};
            for (int k = 0; k < 4; k++)
                raw[k] = (uint8_t)next(in);
            memcpy(&samples[i], raw, 4);
        }
    } else if (command % 4 == 1) { /* small */
        for (unsigned i = 0; i < n * CHANNELS; i++)
            samples[i] = (float)((int)next(in) - 128);
    } else { /* sines, by a factor longer */
        n *= 1 + next(in) % 16;
        double hz = 35 + next(in) / 6.0, size = next(in) * 2.0, harmonic = next(in) / 255.0;
        turned += next(in) / 255.0;
        for (unsigned i = 0; i < n; i++)
            for (int c = 0; c < CHANNELS; c++) {
                double x = 6.283185307179586 * (turned + hz * i / rate_hz - c / 3.0);
                samples[i * CHANNELS + (unsigned)c] =
                    (float)(size * (sin(x) + harmonic * sin(5 * x)));
            }
        turned += hz * n / rate_hz;
        turned -= floor(turned);
    }
    return n;
}

/* Bounds of what a load can have counted: the largest sizes of its voltages and currents so far. */
struct bound {
    double voltage[4], current[6][4];
    double seconds;
};

static void note_largest(const struct metrology_mix *mix, unsigned frames, double *largest)
{
    for (unsigned i = 0; i < frames; i++) {
        double sum = 0;
        for (unsigned t = 0; t < mix->terms; t++) {
            double x = samples[i * CHANNELS + mix->term[t].channel];
            sum += isfinite(x) ? fabs(x * mix->term[t].factor) : 0;
        }
        *largest = fmax(*largest, fmin(sum, 1.0001 * LANES_LARGEST));
    }
}

static void note_block(struct bound *b, const struct metrology_setup *s, unsigned frames,
                       double rate_hz)
{
    for (int v = 0; v < 4; v++)
        note_largest(&s->voltage[v], frames, &b->voltage[v]);
    for (unsigned l = 0; l < s->load_count; l++)
        for (int c = 0; c < 4; c++)
            note_largest(&s->load[l].current[c], frames, &b->current[l][c]);
    b->seconds += frames / rate_hz;
}

/* A fundamental may be a little larger than the signal (4 / pi for a square), twice in a product. */
#define LARGER 2.0

static void check_energy(struct sane *sane, struct metrology *m, const struct metrology_setup *s,
                         const struct bound *b)
{
    for (unsigned l = 0; l < s->load_count; l++) {
        double most_w = 0;
        for (int c = 0; c < 3; c++)
            most_w += b->voltage[s->load[l].phase[c]] * b->current[l][c];
        const struct energy *e = metrology_energy(m, l);
        for (int r = 0; r < ENERGY_REGISTERS; r++)
            if ((double)e->count_mj[r] > LARGER * most_w * b->seconds * 1000 + 1)
                sane_complain(sane, "energy from nothing");
    }
}

/* Demand of all intervals, joules. */
static double demanded[6][DEMANDS];

static void on_demand(void *context, struct metrology *m, const struct metrology_demand *d)
{
    (void)m;
    if (d->covered_ns < 0 || d->end_ns <= d->start_ns)
        sane_complain(context, "a demand interval of no length");
    for (unsigned l = 0; l < d->load_count; l++)
        for (unsigned r = 0; r < DEMANDS; r++) {
            if (!(d->load[l].energy_j[r] >= 0 && isfinite(d->load[l].mean[r])))
                sane_complain(context, "a demand that is no number");
            demanded[l][r] += d->load[l].energy_j[r];
        }
}

static void check_demand(struct sane *sane, struct metrology *m, unsigned loads)
{
    for (unsigned l = 0; l < loads; l++)
        for (unsigned r = 0; r < DEMANDS; r++) {
            const struct energy *e = metrology_energy(m, l);
            double counted = ((double)e->count_mj[r] + e->remainder_mj[r]) / 1000;
            if (!(fabs(demanded[l][r] - counted) <= 1e-9 * counted + 0.002))
                sane_complain(sane, "demands do not sum up to the counter");
        }
}

static void note_open(void *context, const struct metrology_event *e)
{
    unsigned *open = context;
    *open += !e->ended;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, data + size};
    struct metrology_setup setup;
    struct metrology_load load[6];
    struct sane sane;
    struct bound bound = {{0}};
    turned = 0;
    memset(load, 0, sizeof load);
    read_setup(&in, &setup, load);
    memset(demanded, 0, sizeof demanded);
    struct metrology_sink sink = sane_sink(&sane);
    sink.demand = on_demand;
    size_t bytes = metrology_bytes(&setup);
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!memory)
        return 0;
    struct metrology *m = metrology_begin(memory, &setup, &sink);
    struct wave_block b = {
        .rate_hz = setup.highest_rate_hz, .channels = CHANNELS, .samples = samples};
    for (uint64_t total = 0; in.at < in.end && total < MOST;) {
        unsigned command = next(&in);
        b.flags = command >> 4 & (WAVE_CLIPPED | WAVE_DOUBTFUL | WAVE_SIMULATED);
        if ((command & 0xf) == 0xf) {
            b.rate_hz = rate_of(next(&in));
        } else if ((command & 0xf) == 0xe) {
            metrology_finish(m);
        } else if ((command & 0xf) == 0xd) {
            int64_t apart_ns = ((int64_t)next(&in) - 128) * 10000000;
            metrology_trigger(m, (enum capture_reason)(next(&in) % CAPTURE_REASONS),
                              setup.load_count ? (int)(next(&in) % (setup.load_count + 1)) - 1
                                               : METROLOGY_NETWORK,
                              b.start_ns + apart_ns);
        } else if ((command & 0xff) == 0x9c) {
            metrology_demand_sync(m, b.start_ns + ((int64_t)next(&in) - 128) * 10000000);
        } else if ((command & 0xf) == 0xc) {
            b.start_ns += ((int64_t)next(&in) - 100) * 20000000;
        } else {
            b.flags |= command & 0x80 ? WAVE_BEGIN : 0u;
            b.frames = read_frames(&in, command, b.rate_hz);
            if (metrology_push(m, &b) == ERR_OK)
                note_block(&bound, &setup, b.frames, b.rate_hz);
            b.start_ns += (int64_t)(b.frames / b.rate_hz * 1e9);
            total += b.frames;
        }
    }
    metrology_stop(m);
    check_demand(&sane, m, setup.load_count);
    check_energy(&sane, m, &setup, &bound);
    unsigned open = 0, begun = 0;
    metrology_open_events(m, &open, note_open);
    for (int k = 0; k < EVENT_KINDS; k++)
        for (int i = 0; i <= SANE_LOADS; i++)
            begun += sane.open[k][i];
    if (open != begun)
        sane_complain(&sane, "not the events that are open");
    free(memory);
    if (sane.complaint) {
        fprintf(stderr, "%s\n", sane.complaint);
        abort();
    }
    return 0;
}
