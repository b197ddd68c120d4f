#include "source/simulator.h"

#include "base/instant.h"
#include "source/driver.h"
#include "source/simulator_check.h"
#include "source/simulator_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct simulator {
    struct source source;
    struct model model;
    struct source_channel channels[SOURCE_CHANNELS_MAX];
    struct source_segment segment;
    uint64_t total;   /* frames; UINT64_MAX: without end */
    uint64_t frame;   /* next to be read */
    uint64_t made;    /* frames made, a multiple of SYNTH_FRAMES */
    uint64_t clipped; /* a bit for each frame of the chunk */
    float *chunk;     /* the newest SYNTH_FRAMES frames made */
    float *block;
};

static const struct source_driver driver;

static struct simulator *of(struct source *source)
{
    return (struct simulator *)(void *)source; /* its first member */
}

void simulator_config_init(struct simulator_config *c)
{
    *c = (struct simulator_config){
        .rate_hz = 9600,
        .block_frames = 96,
        .network = {.nominal_v = 230,
                    .frequency_hz = 50,
                    .phase = {{100, 0, {NULL, 0}}, {100, -120, {NULL, 0}}, {100, 120, {NULL, 0}}},
                    .channels = SIMULATOR_1 | SIMULATOR_2 | SIMULATOR_3},
    };
}

static unsigned name_lines(struct source_channel *to, unsigned lines, enum wave_role first,
                           enum wave_role neutral, unsigned circuit)
{
    unsigned count = 0;
    for (unsigned p = 0; p <= SIMULATOR_PHASES; p++) {
        if (!(lines & (1u << p)))
            continue;
        struct source_channel *c = &to[count++];
        char place[WAVE_PLACE_TEXT];
        c->place.role = p < SIMULATOR_PHASES ? (enum wave_role)(first + p) : neutral;
        c->place.circuit = circuit;
        wave_place_format(c->place, place);
        snprintf(c->name, sizeof c->name, "%s", place);
        snprintf(c->unit, sizeof c->unit, "%s", wave_role_is_voltage(c->place.role) ? "V" : "A");
        c->is_primary = true;
    }
    return count;
}

static void describe(struct simulator *s)
{
    const struct simulator_config *c = &s->model.config;
    struct source_info *info = &s->source.info;
    unsigned n = name_lines(s->channels, c->network.channels, ROLE_V1, ROLE_VN, 1);
    for (unsigned i = 0; i < c->load_count; i++)
        n += name_lines(&s->channels[n], c->loads[i].channels, ROLE_I1, ROLE_IN,
                        c->loads[i].circuit);
    info->format = driver.format;
    info->live = c->duration_s == 0;
    info->has_date = true;
    info->start_ns = c->start_ns;
    info->duration_s = c->duration_s;
    info->line_hz = c->network.frequency_hz;
    info->channel_count = n;
    info->channels = s->channels;
    s->segment = (struct source_segment){.rate_hz = c->rate_hz, .frames = s->total};
    info->segment_count = info->live ? 0 : 1;
    info->segments = &s->segment;
}

enum err simulator_open(const struct simulator_config *config, struct source **source,
                        struct fault *fault)
{
    *source = NULL;
    enum err err = simulator_check_config(config, fault);
    if (err)
        return err;
    struct simulator *s = calloc(1, sizeof *s);
    if (!s)
        return fault_set(fault, ERR_MEMORY, "simulator: out of memory");
    err = model_init(&s->model, config, fault);
    if (err) {
        free(s);
        return err;
    }
    s->source.driver = &driver;
    s->total = config->duration_s > 0 ? (uint64_t)llround(config->duration_s * config->rate_hz)
                                      : UINT64_MAX;
    /* what the caller's lists were is in the model now */
    s->model.config.loads = s->model.loads;
    s->model.config.events = s->model.events_given;
    s->chunk = calloc((size_t)SYNTH_FRAMES * s->model.channel_count, sizeof *s->chunk);
    s->block = calloc((size_t)config->block_frames * s->model.channel_count, sizeof *s->block);
    if (!s->chunk || !s->block) {
        driver.close(&s->source);
        return fault_set(fault, ERR_MEMORY, "simulator: out of memory");
    }
    describe(s);
    *source = &s->source;
    return ERR_OK;
}

static int64_t frame_ns(const struct simulator *s, uint64_t frame)
{
    long double ns = (long double)frame * NS_PER_S / (long double)s->model.config.rate_hz;
    return s->model.config.start_ns + (int64_t)llroundl(ns);
}

static enum err read_block(struct source *source, struct wave_block *block, struct fault *fault)
{
    struct simulator *s = of(source);
    unsigned channels = s->model.channel_count;
    uint32_t frames = s->model.config.block_frames, done = 0;
    (void)fault;
    if (s->frame == s->total)
        return ERR_END;
    if (s->total - s->frame < frames)
        frames = (uint32_t)(s->total - s->frame);
    *block = (struct wave_block){
        .start_ns = frame_ns(s, s->frame),
        .rate_hz = s->model.config.rate_hz,
        .first_frame = s->frame,
        .flags = WAVE_SIMULATED | (s->frame == 0 ? WAVE_BEGIN : 0u),
        .frames = frames,
        .channels = channels,
        .samples = s->block,
    };
    while (done < frames) {
        unsigned at = (unsigned)(s->frame % SYNTH_FRAMES), n = SYNTH_FRAMES - at;
        if (s->frame == s->made) {
            s->clipped = model_make(&s->model, s->made, s->chunk);
            s->made += SYNTH_FRAMES;
        }
        if (n > frames - done)
            n = frames - done;
        memcpy(s->block + (size_t)done * channels, s->chunk + (size_t)at * channels,
               (size_t)n * channels * sizeof *s->block);
        uint64_t these = (n < 64 ? (UINT64_C(1) << n) - 1 : ~UINT64_C(0)) << at;
        if (s->clipped & these)
            block->flags |= WAVE_CLIPPED;
        s->frame += n;
        done += n;
    }
    return ERR_OK;
}

static enum err rewind_simulator(struct source *source, struct fault *fault)
{
    struct simulator *s = of(source);
    if (source->info.live)
        return fault_set(fault, ERR_UNSUPPORTED, "a simulator without end cannot be rewound");
    s->frame = s->made = 0;
    model_restart(&s->model);
    return ERR_OK;
}

static void close_simulator(struct source *source)
{
    struct simulator *s = of(source);
    model_free(&s->model);
    free(s->chunk);
    free(s->block);
    free(s);
}

static const struct source_driver driver = {
    .format = "simulator",
    .help = "a simulated network with loads",
    .read = read_block,
    .rewind = rewind_simulator,
    .close = close_simulator,
};

uint64_t simulator_next_frame(const struct source *source)
{
    return ((const struct simulator *)(const void *)source)->made;
}

enum err simulator_set_load(struct source *source, unsigned index,
                            const struct simulator_load *load, struct fault *fault)
{
    struct simulator *s = of(source);
    if (index >= s->model.config.load_count)
        return fault_set(fault, ERR_USAGE, "simulator: there is no load %u", index + 1);
    enum err err = simulator_check_load(load, index + 1, fault);
    if (err)
        return err;
    const struct simulator_load *before = &s->model.loads[index];
    if (load->channels != before->channels || load->circuit != before->circuit)
        return fault_set(fault, ERR_USAGE,
                         "simulator: load %u: its channels and its circuit cannot change",
                         index + 1);
    return model_set_load(&s->model, index, load, fault);
}

enum err simulator_set_network(struct source *source, const struct simulator_network *network,
                               struct fault *fault)
{
    struct simulator *s = of(source);
    enum err err = simulator_check_network(network, fault);
    if (err)
        return err;
    if (network->channels != s->model.config.network.channels ||
        network->frequency_hz >= s->model.config.rate_hz / 2)
        return fault_set(fault, ERR_USAGE,
                         "simulator: network: its channels cannot change, nor its frequency beyond "
                         "half the rate");
    return model_set_network(&s->model, network, s->made, fault);
}

enum err simulator_trigger(struct source *source, const struct simulator_event *event,
                           struct fault *fault)
{
    struct simulator *s = of(source);
    enum err err = simulator_check_event(event, 1, fault);
    return err ? err : model_add_event(&s->model, event, s->made, s->made, fault);
}
