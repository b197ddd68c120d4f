/* P_st under the influence states, through the meter's converter: the flickermeter gets the samples that the
 * core would get. */
#include "quality.h"

#include "metrology/flicker.h"

#define F1 "IEC 61000-4-15 class F1 by IEC 61000-4-30 class A: 5 % [K]"

static struct flicker meter;

static void push(void *context, const struct wave_block *b)
{
    lanes_f frame[512];
    (void)context;
    for (uint32_t from = 0; from < b->frames; from += 512) {
        uint32_t n = b->frames - from < 512 ? b->frames - from : 512;
        for (uint32_t i = 0; i < n; i++)
            for (unsigned c = 0; c < LANES; c++)
                frame[i][c] = c < 3 ? b->samples[(size_t)(from + i) * b->channels + c] : 0;
        flicker_push(&meter, b->start_ns + (int64_t)(from * 1e9 / b->rate_hz), frame, n);
    }
}

static void write_point(struct lab *lab, const struct chain_device *d, enum quality_state state,
                        unsigned number, double changes, double percent, double pst)
{
    struct quality_scene s;
    struct worst w = {0};
    const struct lab_sink sink = {.block = push};
    const struct flicker_setup setup = {
        .nominal_hz = 50, .nominal_voltage_v = 230, .origin_ns = INT64_C(120000000000)};
    quality_begin(&s, state, OWN_FLICKER, 50);
    s.c.network.flicker_percent = percent * pst;
    s.c.network.flicker_hz = changes / 120;
    s.c.network.flicker_is_square = true;
    s.c.duration_s = 720;
    quality_finish(&s, d, 0, 50);
    s.setup.no_spectra = true;
    flicker_begin(&meter, &setup);
    flicker_stretch(&meter, s.c.rate_hz);
    lab_run(lab, &s.c, &s.setup, &sink);
    flicker_finish(&meter, INT64_C(720000000000));
    for (unsigned c = 0; c < 3; c++) {
        double reads = meter.result.pst_valid >> c & 1 ? meter.result.pst[c] : (double)NAN;
        worst_take(&w, pst, reads, 100 * (reads / pst - 1), "phase %u", c + 1);
    }
    const struct lab_judge judge = {"quality", d->name, "flicker Pst", "A", "%", 5, F1, ""};
    char condition[72];
    snprintf(condition, sizeof condition, "%s; P%u: P_st %g, %g changes per minute",
             quality_state_name(state), number, pst, changes);
    worst_row(lab, &judge, pst, "P_st", &w, condition);
}

void lab_quality_flicker(struct lab *lab)
{
    /* of table 5: P_st 1 at these changes */
    static const struct {
        double changes, percent, pst;
    } point[] = {{39, 0.894, 0.2}, {39, 0.894, 1}, {110, 0.722, 2}, {7, 1.45, 4}, {110, 0.722, 10}};
    unsigned count;
    const struct chain_device *d = chain_devices(&count);
    for (enum quality_state s = STATE_1; s < QUALITY_STATES; s++)
        for (unsigned i = 0; i < 5; i++)
            if (!lab->brief || (i == 1 && s == STATE_2))
                write_point(lab, &d[0], s, i + 1, point[i].changes, point[i].percent, point[i].pst);
}
