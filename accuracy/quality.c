#include "quality.h"

static const struct state {
    const char *name;
    double hz_off;
    double volt_percent[3];
    unsigned harmonic_count;
    struct simulator_harmonic harmonics[3];
    double inter_order, inter_percent;
    double changes_per_minute, change_percent; /* flicker */
} states[QUALITY_STATES] = {
    [STATE_1] = {"S1", 0, {100, 100, 100}, 0, {{0}}, 0, 0, 0, 0},
    /* P_st 1 */
    [STATE_2] = {"S2", -1, {73, 80, 87}, 3, {{3, 10, 0}, {5, 5, 0}, {29, 5, 0}}, 7.5, 1, 39, 0.894},
    /* P_st 4 */
    [STATE_3] =
        {"S3", 1, {152, 140, 128}, 3, {{7, 10, 180}, {13, 5, 0}, {25, 5, 0}}, 3.5, 1, 110, 2.888},
};

const char *quality_state_name(enum quality_state s)
{
    return states[s].name;
}

void quality_begin(struct quality_scene *s, enum quality_state state, unsigned own,
                   double nominal_hz)
{
    const struct state *t = &states[state];
    *s = (struct quality_scene){0};
    simulator_config_init(&s->c);
    s->c.duration_s = 1.3;
    s->c.network.frequency_hz = nominal_hz + (own & OWN_FREQUENCY ? 0 : t->hz_off);
    s->load = (struct simulator_load){.circuit = 1, .channels = 7};
    for (unsigned i = 0; i < t->harmonic_count; i++)
        s->harmonics[i] = t->harmonics[i];
    for (unsigned p = 0; p < 3; p++) {
        if (!(own & OWN_VOLTAGE))
            s->c.network.phase[p].percent = t->volt_percent[p];
        if (!(own & OWN_HARMONICS))
            s->c.network.phase[p].harmonics =
                (struct simulator_spectrum){s->harmonics, t->harmonic_count};
        s->load.current[p].harmonics = s->c.network.phase[p].harmonics;
    }
    if (t->inter_order > 0 && !(own & OWN_INTERHARMONICS)) {
        s->c.network.tone_count = 1;
        s->c.network.tone[0] = (struct simulator_tone){t->inter_order * s->c.network.frequency_hz,
                                                       t->inter_percent, t->inter_percent, 0};
    }
    if (t->change_percent > 0 && !(own & OWN_FLICKER)) {
        s->c.network.flicker_percent = t->change_percent;
        s->c.network.flicker_hz = t->changes_per_minute / 120;
        s->c.network.flicker_is_square = true;
    }
}

void quality_finish(struct quality_scene *s, const struct chain_device *d, unsigned draw,
                    double nominal_hz)
{
    struct chain_draw drawn = chain_draw(draw);
    chain_apply(d, &drawn, 1, &s->c, &s->load);
    s->c.loads = &s->load;
    lab_setup(&s->setup, &s->wired, &s->c, nominal_hz);
}

unsigned quality_devices(const struct lab *lab)
{
    return lab->brief ? 1 : 2; /* the meters stand first */
}

unsigned quality_draws(const struct lab *lab)
{
    return lab->brief ? 2 : CHAIN_CORNERS;
}

void quality_take(struct worst *w, double is, double reads, double scale, unsigned draw)
{
    worst_take(w, is, reads, (reads - is) * scale, draw < CHAIN_CORNERS ? "corner %u" : "draw %u",
               draw);
}

double quality_seconds(const struct quality_scene *s, double about)
{
    double hz = s->c.network.flicker_hz;
    return hz > 0 ? fmax(round(about * hz), 1) / hz : about;
}

double quality_sway(const struct quality_scene *s)
{
    double half = s->c.network.flicker_percent / 200;
    return sqrt(1 + half * half); /* 1 + half for one half of the time, 1 - half for the other */
}
