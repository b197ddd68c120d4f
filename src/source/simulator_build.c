/* The model's tables: which orders there are, and the weights of every channel. */
#include "source/simulator_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool measures(unsigned channels, int line)
{
    return channels & (1u << line);
}

/* --- Copies of what the caller owns ----------------------------------------------------------- */

static bool copy_spectrum(struct simulator_spectrum *s, struct simulator_harmonic **own)
{
    *own = malloc((s->count ? s->count : 1) * sizeof **own);
    if (!*own)
        return false;
    if (s->count)
        memcpy(*own, s->list, s->count * sizeof **own);
    s->list = *own;
    return true;
}

static void free_lists(struct simulator_harmonic *lists[SIMULATOR_PHASES])
{
    for (int p = 0; p < SIMULATOR_PHASES; p++) {
        free(lists[p]);
        lists[p] = NULL;
    }
}

static bool copy_network(struct simulator_network *n,
                         struct simulator_harmonic *own[SIMULATOR_PHASES])
{
    bool ok = true;
    for (int p = 0; p < SIMULATOR_PHASES; p++)
        ok &= copy_spectrum(&n->phase[p].harmonics, &own[p]);
    return ok;
}

static bool copy_load(struct simulator_load *l, struct simulator_harmonic *own[SIMULATOR_PHASES])
{
    bool ok = true;
    for (int p = 0; p < SIMULATOR_PHASES; p++)
        ok &= copy_spectrum(&l->current[p].harmonics, &own[p]);
    return ok;
}

/* --- Orders ------------------------------------------------------------------------------------ */

/* Orders below half the sampling rate, whatever the frequency does. */
static unsigned order_limit(const struct simulator_config *c)
{
    const struct simulator_network *n = &c->network;
    double highest =
        n->frequency_hz + fabs(n->wander_hz) + (n->drift_hz_per_s != 0 ? n->drift_limit_hz : 0);
    double limit = ceil(c->rate_hz / 2 / highest) - 1;
    return limit < SIMULATOR_ORDER_MAX ? (unsigned)limit : SIMULATOR_ORDER_MAX;
}

static void mark(bool *used, const struct simulator_spectrum *s)
{
    for (unsigned i = 0; i < s->count; i++)
        used[s->list[i].order] = true;
}

static unsigned find_orders(const struct model *m, unsigned *orders)
{
    bool used[SIMULATOR_ORDER_MAX + 1] = {[1] = true};
    for (int p = 0; p < SIMULATOR_PHASES; p++) {
        mark(used, &m->config.network.phase[p].harmonics);
        for (unsigned i = 0; i < m->config.load_count; i++)
            mark(used, &m->loads[i].current[p].harmonics);
    }
    unsigned count = 0, limit = order_limit(&m->config);
    for (unsigned h = 1; h <= limit; h++)
        if (used[h])
            orders[count++] = h;
    return count;
}

/* Drops the tones that the sampling rate cannot carry; returns how many are left. */
static unsigned tones_below(struct model *m)
{
    struct simulator_network *n = &m->config.network;
    unsigned left = 0;
    for (unsigned k = 0; k < n->tone_count; k++)
        if (n->tone[k].hz < m->config.rate_hz / 2)
            n->tone[left++] = n->tone[k];
    return n->tone_count = left;
}

/* --- Parts ------------------------------------------------------------------------------------- */

struct builder {
    struct model_part *parts;
    double *rows;
    unsigned count;
    const unsigned *orders;
    unsigned order_count, row_count;
    const struct simulator_network *network;
};

static struct model_part *add_part(struct builder *b, unsigned channel, int phase)
{
    struct model_part *p = &b->parts[b->count];
    *p = (struct model_part){channel, phase, b->rows + (size_t)b->row_count * b->count};
    b->count++;
    return p;
}

/* Adds amplitude * sin(order * a + turns), seen through the sensor. */
static void add_wave(const struct builder *b, struct model_part *p, unsigned order,
                     double amplitude, double turns, const struct simulator_sensor *sensor)
{
    for (unsigned k = 0; k < b->order_count; k++) {
        if (b->orders[k] != order)
            continue;
        double lead = sensor->phase_error_min / 60 / 360 / order;
        double angle = 2 * acos(-1) * fmod(turns + lead, 1);
        amplitude *= 1 + sensor->ratio_error_percent / 100;
        p->rows[2 * k] += amplitude * sin(angle);
        p->rows[2 * k + 1] += amplitude * cos(angle);
        return;
    }
}

/* Adds the network's tones, each so many percent of `peak`, seen through the sensor. */
static void add_tones(const struct builder *b, struct model_part *p, bool current, double peak,
                      double turns, const struct simulator_sensor *sensor)
{
    const struct simulator_network *n = b->network;
    double *row = p->rows + 2 * (size_t)b->order_count;
    for (unsigned k = 0; k < n->tone_count; k++, row += 2) {
        const struct simulator_tone *t = &n->tone[k];
        double percent = current ? t->current_percent : t->voltage_percent;
        double lead = sensor->phase_error_min / 60 / 360 * n->frequency_hz / t->hz;
        double angle = 2 * acos(-1) * fmod(turns + t->angle_deg / 360 + lead, 1);
        double amplitude = peak * percent / 100 * (1 + sensor->ratio_error_percent / 100);
        row[0] += amplitude * sin(angle);
        row[1] += amplitude * cos(angle);
    }
}

/* The fundamental of a phase at `turns`, and its harmonics. */
static void add_spectrum(const struct builder *b, struct model_part *p, double rms, double turns,
                         const struct simulator_spectrum *s, const struct simulator_sensor *sensor)
{
    double amplitude = sqrt(2) * rms;
    add_wave(b, p, 1, amplitude, turns, sensor);
    for (unsigned i = 0; i < s->count; i++) {
        const struct simulator_harmonic *h = &s->list[i];
        add_wave(b, p, h->order, amplitude * h->percent / 100,
                 fmod(h->order * turns, 1) + h->angle_deg / 360, sensor);
    }
}

static void add_voltages(struct builder *b, const struct simulator_network *n)
{
    unsigned channel = 0;
    for (int p = 0; p < SIMULATOR_PHASES; p++) {
        if (!measures(n->channels, p))
            continue;
        struct model_part *part = add_part(b, channel++, p);
        const struct simulator_sensor *sensor = &n->sensor[p];
        double peak = sqrt(2) * n->nominal_v / 100;
        add_spectrum(b, part, n->nominal_v * n->phase[p].percent / 100, n->phase[p].angle_deg / 360,
                     &n->phase[p].harmonics, sensor);
        add_wave(b, part, 1, peak * n->negative_percent, n->negative_deg / 360 + p / 3.0, sensor);
        add_wave(b, part, 1, peak * n->zero_percent, n->zero_deg / 360, sensor);
        add_tones(b, part, false, sqrt(2) * n->nominal_v, n->phase[p].angle_deg / 360, sensor);
    }
    if (measures(n->channels, SIMULATOR_PHASES))
        add_wave(b, add_part(b, channel, -1), 1, sqrt(2) * n->nominal_v * n->neutral_percent / 100,
                 n->neutral_deg / 360, &n->sensor[SIMULATOR_PHASES]);
}

static void add_current(struct builder *b, unsigned channel, int p, const struct simulator_load *l,
                        const struct simulator_network *n, const struct simulator_sensor *sensor)
{
    const struct simulator_current *c = &l->current[p];
    struct model_part *part = add_part(b, channel, l->is_constant_current ? -1 : p);
    add_spectrum(b, part, c->rms_a, (n->phase[p].angle_deg - c->lag_deg) / 360, &c->harmonics,
                 sensor);
    add_tones(b, part, true, sqrt(2) * c->rms_a, (n->phase[p].angle_deg - c->lag_deg) / 360,
              sensor);
}

static void add_load(struct builder *b, unsigned channel, const struct simulator_load *l,
                     const struct simulator_network *n)
{
    for (int p = 0; p < SIMULATOR_PHASES; p++)
        if (measures(l->channels, p))
            add_current(b, channel++, p, l, n, &l->sensor[p]);
    if (measures(l->channels, SIMULATOR_PHASES))
        for (int p = 0; p < SIMULATOR_PHASES; p++)
            add_current(b, channel, p, l, n, &l->sensor[SIMULATOR_PHASES]);
}

/* --- Groups ------------------------------------------------------------------------------------ */

static void set_lane(struct model *m, unsigned channel, const struct simulator_sensor *s,
                     double noise_rms, bool sways)
{
    struct synth_group *g = &m->group[channel / SYNTH_LANES];
    unsigned lane = channel % SYNTH_LANES, bits = m->config.adc_bits;
    uint64_t key = synth_hash(m->config.seed ^ synth_hash(channel + UINT64_C(1000000007)));
    g->level[lane] = 1;
    g->slope[lane] = 0;
    g->sway[lane] = sways;
    g->noise_rms[lane] = hypot(noise_rms, s->noise_rms);
    g->limit[lane] = s->saturation_peak > 0 ? s->saturation_peak : INFINITY;
    g->key[lane] = (uint32_t)key;
    g->key2[lane] = (uint32_t)(key >> 32);
    if (g->noise_rms[lane] > 0)
        m->stages |= SYNTH_NOISE;
    g->to_code[lane] = g->from_code[lane] = g->top_code[lane] = 0;
    if (bits == 0 || !(s->full_scale_peak > 0))
        return;
    double codes = ldexp(1, (int)bits - 1);
    g->to_code[lane] = codes / s->full_scale_peak;
    g->from_code[lane] = s->full_scale_peak / codes;
    g->top_code[lane] = codes - 1;
    m->stages |= SYNTH_CONVERTER;
}

static void set_groups(struct model *m)
{
    const struct simulator_network *n = &m->config.network;
    unsigned channel = 0;
    m->stages = 0;
    for (int p = 0; p <= SIMULATOR_PHASES; p++)
        if (measures(n->channels, p))
            set_lane(m, channel++, &n->sensor[p], n->nominal_v * n->noise_percent / 100,
                     p < SIMULATOR_PHASES);
    for (unsigned i = 0; i < m->config.load_count; i++)
        for (int p = 0; p <= SIMULATOR_PHASES; p++)
            if (measures(m->loads[i].channels, p))
                set_lane(m, channel++, &m->loads[i].sensor[p], 0, !m->loads[i].is_constant_current);
}

/* --- All of it --------------------------------------------------------------------------------- */

/* Builds new tables and puts them in the place of the old ones; these stay if memory is short. */
static enum err build(struct model *m, struct fault *fault)
{
    unsigned orders[MODEL_ORDERS_MAX], most_parts = SIMULATOR_PHASES + 1;
    unsigned order_count = find_orders(m, orders), tones = tones_below(m);
    unsigned rows = 2 * (order_count + tones);
    for (unsigned i = 0; i < m->config.load_count; i++)
        most_parts += 2 * SIMULATOR_PHASES;
    struct builder b = {.orders = orders,
                        .order_count = order_count,
                        .row_count = rows,
                        .network = &m->config.network};
    b.parts = calloc(most_parts, sizeof *b.parts);
    b.rows = calloc((size_t)most_parts * rows, sizeof *b.rows);
    double(*basis)[SYNTH_FRAMES] = aligned_alloc(64, rows * sizeof *basis);
    double *weights = aligned_alloc(64, (size_t)rows * m->lanes * sizeof *weights);
    if (!b.parts || !b.rows || !basis || !weights) {
        free(b.parts);
        free(b.rows);
        free(basis);
        free(weights);
        return fault_set(fault, ERR_MEMORY, "simulator: out of memory");
    }
    add_voltages(&b, &m->config.network);
    unsigned channel = (unsigned)__builtin_popcount(m->config.network.channels);
    for (unsigned i = 0; i < m->config.load_count; i++) {
        add_load(&b, channel, &m->loads[i], &m->config.network);
        channel += (unsigned)__builtin_popcount(m->loads[i].channels);
    }
    free(m->parts);
    free(m->part_rows);
    free(m->basis);
    free(m->weights);
    m->parts = b.parts;
    m->part_rows = b.rows;
    m->part_count = b.count;
    m->basis = basis;
    m->weights = weights;
    memcpy(m->orders, orders, sizeof orders);
    m->order_count = order_count;
    m->row_count = rows;
    m->weighed = m->coursed = false;
    set_groups(m);
    return ERR_OK;
}

static void set_clock(struct model *m, uint64_t frame, long double turns)
{
    const struct simulator_network *n = &m->config.network;
    m->clock = (struct model_clock){
        .rate_hz = m->config.rate_hz * (1 + m->config.clock_error_ppm * 1e-6),
        .epoch = frame,
        .epoch_turns = turns,
        .frequency_hz = n->frequency_hz,
        .drift = n->drift_hz_per_s,
        .drift_s = n->drift_hz_per_s != 0 && n->drift_limit_hz > 0
                       ? n->drift_limit_hz / fabs(n->drift_hz_per_s)
                       : INFINITY,
        .wander_hz = n->wander_hz,
        .wander_s = n->wander_period_s,
        .flicker_hz = n->flicker_hz,
        .flicker_is_square = n->flicker_is_square,
        .flicker_peak = n->flicker_percent / 200,
    };
    if (n->drift_hz_per_s == 0)
        m->clock.drift_s = 0;
    m->clock.tone_count = n->tone_count;
    for (unsigned k = 0; k < n->tone_count; k++)
        m->clock.tone_hz[k] = n->tone[k].hz;
}

void model_restart(struct model *m)
{
    set_clock(m, 0, 0);
    m->event_count = 0;
    m->coursed = false;
    for (unsigned i = 0; i < m->config.event_count; i++)
        model_add_event(m, &m->events_given[i], 0, 0, NULL);
}

enum err model_init(struct model *m, const struct simulator_config *config, struct fault *fault)
{
    memset(m, 0, sizeof *m);
    m->config = *config;
    m->ops = synth_ops(SYNTH_AUTO);
    m->channel_count = (unsigned)__builtin_popcount(config->network.channels);
    for (unsigned i = 0; i < config->load_count; i++)
        m->channel_count += (unsigned)__builtin_popcount(config->loads[i].channels);
    m->groups = (m->channel_count + SYNTH_LANES - 1) / SYNTH_LANES;
    m->lanes = m->groups * SYNTH_LANES;

    m->events_given = calloc(config->event_count + 1, sizeof *m->events_given);
    m->loads = calloc(config->load_count + 1, sizeof *m->loads);
    m->group = aligned_alloc(64, m->groups * sizeof *m->group);
    m->sums = aligned_alloc(64, (size_t)m->lanes * SYNTH_FRAMES * sizeof *m->sums);
    bool ok = m->events_given && m->loads && m->group && m->sums &&
              copy_network(&m->config.network, m->harmonics[0]);
    if (ok && config->event_count)
        memcpy(m->events_given, config->events, config->event_count * sizeof *config->events);
    for (unsigned i = 0; ok && i < config->load_count; i++) {
        m->loads[i] = config->loads[i];
        ok = copy_load(&m->loads[i], m->harmonics[1 + i]);
    }
    enum err err = ok ? ERR_OK : fault_set(fault, ERR_MEMORY, "simulator: out of memory");
    if (!err) {
        memset(m->group, 0, m->groups * sizeof *m->group);
        err = build(m, fault);
    }
    if (err)
        model_free(m);
    else
        model_restart(m);
    return err;
}

void model_free(struct model *m)
{
    for (unsigned i = 0; i <= WAVE_CIRCUITS_MAX; i++)
        free_lists(m->harmonics[i]);
    free(m->events_given);
    free(m->loads);
    free(m->group);
    free(m->sums);
    free(m->parts);
    free(m->part_rows);
    free(m->basis);
    free(m->weights);
    memset(m, 0, sizeof *m);
}

enum err model_set_load(struct model *m, unsigned index, const struct simulator_load *load,
                        struct fault *fault)
{
    struct simulator_load before = m->loads[index];
    struct simulator_harmonic *lists[SIMULATOR_PHASES] = {NULL};
    m->loads[index] = *load;
    enum err err = copy_load(&m->loads[index], lists)
                       ? build(m, fault)
                       : fault_set(fault, ERR_MEMORY, "simulator: out of memory");
    if (err) {
        m->loads[index] = before;
        free_lists(lists);
        return err;
    }
    free_lists(m->harmonics[1 + index]);
    memcpy(m->harmonics[1 + index], lists, sizeof lists);
    return ERR_OK;
}

enum err model_set_network(struct model *m, const struct simulator_network *network, uint64_t frame,
                           struct fault *fault)
{
    struct simulator_network before = m->config.network;
    struct simulator_harmonic *lists[SIMULATOR_PHASES] = {NULL};
    long double turns = model_clock_turns(&m->clock, frame);
    m->config.network = *network;
    enum err err = copy_network(&m->config.network, lists)
                       ? build(m, fault)
                       : fault_set(fault, ERR_MEMORY, "simulator: out of memory");
    if (err) {
        m->config.network = before;
        free_lists(lists);
        return err;
    }
    free_lists(m->harmonics[0]);
    memcpy(m->harmonics[0], lists, sizeof lists);
    set_clock(m, frame, turns);
    return ERR_OK;
}
