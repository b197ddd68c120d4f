#include "source/sv_layout.h"

#include "source/options.h"

#include <stdio.h>
#include <string.h>

/* LSB of 9-2LE and IEC 61869-9 */
#define AMPERE_PER_COUNT 0.001
#define VOLT_PER_COUNT   0.01

/* Reads digits at *at, moving it; 0: none there, or an absurd number. */
static unsigned take_digits(const uint8_t *text, size_t bytes, size_t *at)
{
    unsigned number = 0;
    for (; *at < bytes && text[*at] >= '0' && text[*at] <= '9'; ++*at)
        number = number < 1000 ? number * 10 + (unsigned)(text[*at] - '0') : number;
    return number;
}

/* Looks for a variant (I4U4) that has `count` channels in a name. */
static bool find_variant(const uint8_t *text, size_t bytes, unsigned count, unsigned *currents)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] != 'I')
            continue;
        size_t at = i + 1, digits = at;
        unsigned n = take_digits(text, bytes, &at);
        if (at == digits || at >= bytes || text[at] != 'U')
            continue;
        digits = ++at;
        unsigned voltages = take_digits(text, bytes, &at);
        if (at > digits && n + voltages == count) {
            *currents = n;
            return true;
        }
    }
    return false;
}

/* Roles of `count` channels of one kind: groups of three phases and neutral, each a circuit; three are
 * one group without neutral. Other counts could be anything. */
static bool place_group(struct source_channel *channels, unsigned count, bool current)
{
    static const enum wave_role roles[2][4] = {{ROLE_V1, ROLE_V2, ROLE_V3, ROLE_VN},
                                               {ROLE_I1, ROLE_I2, ROLE_I3, ROLE_IN}};
    static const char *const names[2][4] = {{"U1", "U2", "U3", "UN"}, {"I1", "I2", "I3", "IN"}};
    bool clear = count == 3 || (count % 4 == 0 && count / 4 <= WAVE_CIRCUITS_MAX);
    for (unsigned i = 0; i < count; i++) {
        struct source_channel *c = &channels[i];
        snprintf(c->unit, sizeof c->unit, "%s", current ? "A" : "V");
        if (!clear) {
            snprintf(c->name, sizeof c->name, "%c%u", current ? 'I' : 'U', i + 1);
            continue;
        }
        unsigned circuit = i / 4 + 1;
        if (circuit == 1)
            snprintf(c->name, sizeof c->name, "%s", names[current][i]);
        else
            snprintf(c->name, sizeof c->name, "%u:%s", circuit, names[current][i % 4]);
        c->place = (struct wave_place){roles[current][i % 4], circuit};
    }
    return clear;
}

bool sv_layout_find(const struct sv_asdu *asdu, struct sv_layout *layout)
{
    size_t count = asdu->data_bytes / SV_SAMPLE_BYTES;
    memset(layout, 0, sizeof *layout);
    if (count == 0 || count > SOURCE_CHANNELS_MAX || asdu->data_bytes % SV_SAMPLE_BYTES)
        return false;
    layout->channel_count = (unsigned)count;
    for (size_t i = 0; i < count; i++) {
        struct source_channel *c = &layout->channels[i];
        snprintf(c->name, sizeof c->name, "channel %zu", i + 1);
        c->place = (struct wave_place){ROLE_OTHER, 0};
        c->is_primary = true;
    }
    unsigned currents = 0;
    bool named =
        (asdu->set && find_variant(asdu->set, asdu->set_bytes, (unsigned)count, &currents)) ||
        find_variant(asdu->id, asdu->id_bytes, (unsigned)count, &currents);
    if (!named && count != 8)
        return true;
    if (!named)
        currents = 4;
    bool clear = place_group(layout->channels, currents, true);
    clear &= place_group(layout->channels + currents, (unsigned)count - currents, false);
    layout->is_clear = clear;
    return true;
}

enum err sv_layout_finish(struct sv_layout *layout, const struct source_options *options,
                          struct fault *fault)
{
    enum err err = options_scale(options->scale, layout->factors, layout->channel_count, fault);
    if (!err && options->channels) {
        err = options_places(options->channels, layout->channels, layout->channel_count, fault);
        layout->is_clear = true; /* the user's word */
    }
    if (err)
        return err;
    for (unsigned i = 0; i < layout->channel_count; i++) {
        struct source_channel *c = &layout->channels[i];
        if (c->place.role != ROLE_OTHER)
            snprintf(c->unit, sizeof c->unit, "%s",
                     wave_role_is_voltage(c->place.role) ? "V" : "A");
        if (c->unit[0] == 'A')
            layout->factors[i] *= AMPERE_PER_COUNT;
        else if (c->unit[0] == 'V')
            layout->factors[i] *= VOLT_PER_COUNT;
    }
    return ERR_OK;
}
