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

/* Where the voltages of each kind of network stand: size against the nominal one, and angle. */
static void place_voltages(struct simulator_network *to, enum network_type type, double percent)
{
    static const double star[] = {0, -120, 120}, split[] = {0, 180, 0}, high_leg[] = {0, 180, 90};
    const struct network_type_info *info = network_type_info(type);
    bool high = type == NETWORK_3P_HIGH_LEG;
    const double *angle = high ? high_leg : info->phases == 2 ? split : star;
    for (int p = 0; p < SIMULATOR_PHASES; p++) {
        double size = info->neutral || info->phases == 1 ? 1
                      : info->phases == 2                ? 0.5
                                                         : sqrt(1.0 / 3);
        if (high) /* the neutral in the middle of one side of the delta */
            size = p == 2 ? sqrt(0.75) : 0.5;
        to->phase[p].percent = percent * size;
        to->phase[p].angle_deg = angle[p];
    }
}

/* What stands between the network and the samples, where these are secondary values. */
static double ratio(const struct config *c, double primary, double secondary)
{
    return c->plant.secondary && primary > 0 && secondary > 0 ? primary / secondary : 1;
}

static void set_network(struct simulator_network *to, const struct config *c, struct lists *lists)
{
    const struct config_simulation *s = &c->simulation;
    const struct plant_network *n = &c->plant.network;
    to->nominal_v = n->nominal_voltage_v / ratio(c, n->vt_primary_v, n->vt_secondary_v);
    to->frequency_hz = s->frequency_hz > 0 ? s->frequency_hz : n->nominal_hz;
    to->wander_hz = s->frequency_wander_hz;
    to->wander_period_s = s->frequency_period_s;
    to->noise_percent = s->noise_percent;
    to->negative_percent = s->unbalance_percent;
    struct simulator_spectrum all = spectrum(&s->harmonics, lists->voltage);
    place_voltages(to, n->type, s->voltage_percent);
    for (int p = 0; p < SIMULATOR_PHASES; p++)
        to->phase[p].harmonics = all;
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

/* Where the current of a load's conductor i stands when it does not lag: at its phase voltage; between two
 * phases at the voltage between them; without neutral at the voltage to the middle of all three. */
static double angle_of_current(const struct simulator_network *n, const struct plant_load *load,
                               unsigned i)
{
    const struct load_type_info *type = load_type_info(load->type);
    double turn = acos(-1) / 180, re[3], im[3], from_re = 0, from_im = 0;
    unsigned own = load->phase[type->rule == RULE_BETWEEN ? 0 : i] - 1u;
    if (type->neutral)
        return n->phase[own].angle_deg;
    for (unsigned p = 0; p < 3; p++) {
        re[p] = n->phase[p].percent * cos(n->phase[p].angle_deg * turn);
        im[p] = n->phase[p].percent * sin(n->phase[p].angle_deg * turn);
    }
    for (unsigned k = type->rule == RULE_BETWEEN; k < type->phases; k++) {
        double share = type->rule == RULE_BETWEEN ? 1 : 1.0 / 3;
        from_re += share * re[load->phase[k] - 1];
        from_im += share * im[load->phase[k] - 1];
    }
    return atan2(im[own] - from_im, re[own] - from_re) / turn;
}

/* The currents of a load, whether they are measured or not; a balanced load's are equal. */
static void set_currents(struct simulator_load *to, const struct config *c,
                         const struct plant_load *load, const struct simulator_network *network,
                         struct simulator_spectrum harmonics, double scale)
{
    const struct config_load_simulation *from = &c->load[load->point - 1];
    const struct load_type_info *type = load_type_info(load->type);
    for (unsigned i = 0; i < type->phases; i++) {
        unsigned phase = load->phase[i] - 1u;
        bool back = type->rule == RULE_BETWEEN && i > 0; /* what goes in at one end */
        double share = type->phases == 3 && type->rule != RULE_BALANCED
                           ? share_of_phase((int)phase, from->unbalance_percent)
                           : 1;
        /* A sensor that is mounted against the arrow shows the current turned round. */
        double sign = (from->exports ? -1 : 1) * (load->reversed[i] ? -1 : 1) * (back ? -1 : 1);
        double lead = angle_of_current(network, load, i) - network->phase[phase].angle_deg;
        to->current[phase] = (struct simulator_current){
            .rms_a = sign * share * from->current_a * scale,
            .lag_deg = remainder(from->angle_deg - lead, 360),
            .harmonics = harmonics,
        };
        if (load->input[i])
            to->channels |= 1u << phase;
    }
}

static void set_load(struct simulator_load *to, const struct config *c,
                     const struct plant_load *load, const struct simulator_network *network,
                     struct simulator_harmonic *list)
{
    const struct config_load_simulation *from = &c->load[load->point - 1];
    memset(to, 0, sizeof *to);
    to->circuit = load->point;
    to->swing_percent = from->variation_percent;
    to->swing_period_s = from->variation_period_s;
    double scale = 1 / ratio(c, load->ct_primary_a, load->ct_secondary_a);
    double full_scale = c->simulation.adc_bits ? 2 * sqrt(2) * load->rated_current_a * scale : 0;
    set_currents(to, c, load, network, spectrum(&from->harmonics, list), scale);
    if (load_type_info(load->type)->neutral_measured)
        to->channels |= SIMULATOR_N;
    for (int i = 0; i <= SIMULATOR_PHASES; i++)
        to->sensor[i] = (struct simulator_sensor){
            .ratio_error_percent = c->simulation.ratio_error_percent,
            .phase_error_min = c->simulation.phase_error_deg * 60,
            .noise_rms = c->simulation.noise_percent / 100 * load->rated_current_a * scale,
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
            set_load(&lists->load[to.load_count], config, load, &to.network,
                     lists->current[load->point - 1]);
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
