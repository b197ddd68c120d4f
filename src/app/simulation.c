#include "app/simulation.h"

#include "source/simulator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 10 ms of signal in a block: short enough for a scope that moves, long enough to cost nothing. */
#define BLOCK_S 0.01

/* The lists that the simulator's configuration points to while it is opened. */
struct lists {
    struct simulator_harmonic voltage[CONFIG_ORDERS_MAX];
    struct simulator_harmonic current[CONFIG_LOADS_MAX][CONFIG_ORDERS_MAX];
    struct simulator_load load[CONFIG_LOADS_MAX];
    struct simulator_event event[CONFIG_DIPS_MAX];
};

static struct simulator_spectrum spectrum(const struct config_harmonics *from,
                                          struct simulator_harmonic *list)
{
    for (unsigned i = 0; i < from->count; i++)
        list[i] = (struct simulator_harmonic){
            .order = from->item[i].order,
            .percent = from->item[i].percent,
            .angle_deg = from->item[i].angle_deg,
        };
    return (struct simulator_spectrum){list, from->count};
}

/* The voltage that the simulator takes is to neutral; without a neutral the plant's is between phases. */
static double phase_voltage(const struct plant_network *n)
{
    return n->type == NETWORK_3P ? n->nominal_voltage_v / sqrt(3) : n->nominal_voltage_v;
}

static void set_network(struct simulator_network *to, const struct config *c, struct lists *lists)
{
    const struct config_simulation *s = &c->simulation;
    const struct plant_network *n = &c->plant.network;
    to->nominal_v = phase_voltage(n);
    to->frequency_hz = s->frequency_hz > 0 ? s->frequency_hz : n->nominal_hz;
    to->wander_hz = s->frequency_wander_hz;
    to->wander_period_s = s->frequency_period_s;
    to->noise_percent = s->noise_percent;
    to->negative_percent = s->unbalance_percent;
    struct simulator_spectrum all = spectrum(&s->harmonics, lists->voltage);
    for (int p = 0; p < SIMULATOR_PHASES; p++) {
        to->phase[p].percent = s->voltage_percent;
        to->phase[p].harmonics = all;
    }
    double full_scale = s->adc_bits ? 2 * sqrt(2) * to->nominal_v : 0;
    for (int p = 0; p <= SIMULATOR_PHASES; p++)
        to->sensor[p].full_scale_peak = full_scale;
    static const unsigned channels[] = {0, SIMULATOR_1, SIMULATOR_1 | SIMULATOR_2,
                                        SIMULATOR_1 | SIMULATOR_2 | SIMULATOR_3};
    to->channels = channels[network_type_info(n->type)->phases];
}

/* Phase 1 that much more, phase 3 that much less. */
static double share_of_phase(int phase, double unbalance_percent)
{
    return 1 + (1 - phase) * unbalance_percent / 100;
}

static void set_load(struct simulator_load *to, const struct config *c,
                     const struct plant_load *load, struct simulator_harmonic *list)
{
    const struct config_load_simulation *from = &c->load[load->point - 1];
    const struct load_type_info *type = load_type_info(load->type);
    memset(to, 0, sizeof *to);
    to->circuit = load->point;
    to->swing_percent = from->variation_percent;
    to->swing_period_s = from->variation_period_s;
    struct simulator_spectrum harmonics = spectrum(&from->harmonics, list);
    double full_scale = c->simulation.adc_bits ? 2 * sqrt(2) * load->rated_current_a : 0;
    for (unsigned i = 0; i < type->phases; i++) {
        unsigned phase = load->phase[i] - 1u;
        double share = type->phases == 3 ? share_of_phase((int)phase, from->unbalance_percent) : 1;
        /* A sensor that is mounted against the arrow shows the current turned round. */
        double sign = (from->exports ? -1 : 1) * (load->reversed[i] ? -1 : 1);
        to->channels |= 1u << phase;
        to->current[phase] = (struct simulator_current){
            .rms_a = sign * share * from->current_a,
            .lag_deg = from->angle_deg,
            .harmonics = harmonics,
        };
    }
    if (type->neutral_measured)
        to->channels |= SIMULATOR_N;
    for (int i = 0; i <= SIMULATOR_PHASES; i++)
        to->sensor[i] = (struct simulator_sensor){
            .ratio_error_percent = c->simulation.ratio_error_percent,
            .phase_error_min = c->simulation.phase_error_deg * 60,
            .noise_rms = c->simulation.noise_percent / 100 * load->rated_current_a,
            .full_scale_peak = full_scale,
        };
}

enum err simulation_open(const struct config *config, int64_t start_ns, struct source **source,
                         struct fault *fault)
{
    const struct config_simulation *s = &config->simulation;
    struct lists *lists = calloc(1, sizeof *lists);
    struct simulator_config to;
    if (!lists)
        return fault_set(fault, ERR_MEMORY, "not enough memory for the simulation");
    simulator_config_init(&to);
    to.start_ns = start_ns;
    to.rate_hz = s->rate_hz;
    to.block_frames = (uint32_t)fmax(1, s->rate_hz * BLOCK_S);
    to.seed = s->seed;
    to.adc_bits = s->adc_bits;
    to.clock_error_ppm = s->clock_error_ppm;
    set_network(&to.network, config, lists);
    for (unsigned d = 0; d < config->plant.device_count; d++)
        for (unsigned l = 0; l < config->plant.device[d].load_count; l++) {
            const struct plant_load *load = &config->plant.device[d].load[l];
            set_load(&lists->load[to.load_count], config, load, lists->current[load->point - 1]);
            to.load_count++;
        }
    for (unsigned i = 0; i < s->dip_count; i++)
        lists->event[i] = (struct simulator_event){
            .phases = s->dip[i].phases,
            .start_s = s->dip[i].start_s,
            .duration_s = s->dip[i].duration_s,
            .residual = s->dip[i].residual_percent / 100,
            .period_s = s->dip[i].every_s,
        };
    to.loads = lists->load;
    to.events = lists->event;
    to.event_count = s->dip_count;
    enum err err = simulator_open(&to, source, fault);
    free(lists);
    return err;
}
