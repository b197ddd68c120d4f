#include "store/waveform_export.h"

#include "base/bytes.h"
#include "base/instant.h"

#include <math.h>
#include <string.h>

const char *waveform_channel_name(const struct waveform_line *line)
{
    return quantity_info(spectrum_quantity(line->channel))->name;
}

static bool is_current(const struct waveform_line *l)
{
    return l->channel >= SPECTRUM_I1;
}

/* Number of each line's load among those of the set, from 1; 1 for voltages. */
static void find_circuits(const struct waveform_set *set, unsigned circuit[CAPTURE_WAVEFORMS])
{
    unsigned count = 0;
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++) {
        const struct waveform_line *line = &set->line[l];
        circuit[l] = 1;
        if (!line->present || !is_current(line))
            continue;
        circuit[l] = 0;
        for (unsigned k = 0; k < l; k++)
            if (set->line[k].present && is_current(&set->line[k]) &&
                set->line[k].device == line->device && set->line[k].load == line->load)
                circuit[l] = circuit[k];
        if (circuit[l] == 0)
            circuit[l] = ++count;
    }
}

/* --- CSV --------------------------------------------------------------------------------------------- */

static void put_about(struct text *out, const struct waveform_set *set)
{
    char at[INSTANT_TEXT], start[INSTANT_TEXT];
    instant_format(set->trigger_ns, 6, at);
    instant_format(set->start_ns, 6, start);
    text_printf(out, "# %s%s of ", capture_reason_name(set->reason), set->at_end ? " (end)" : "");
    if (set->load)
        text_printf(out, "load %u of device %u\r\n", set->load, set->device);
    else
        text_puts(out, "the network\r\n");
    text_printf(out, "# trigger %s, sample %u\r\n# start %s\r\n", at, set->before, start);
}

void waveform_put_csv(struct text *out, const struct waveform_set *set)
{
    unsigned circuit[CAPTURE_WAVEFORMS];
    find_circuits(set, circuit);
    put_about(out, set);
    text_puts(out, "t");
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++) {
        if (!set->line[l].present)
            continue;
        text_puts(out, ",");
        if (circuit[l] > 1)
            text_printf(out, "%u:", circuit[l]);
        text_puts(out, waveform_channel_name(&set->line[l]));
    }
    text_puts(out, "\r\n");
    for (unsigned i = 0; i < set->count; i++) {
        text_printf(out, "%.9f", i / set->rate_hz);
        for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++)
            if (set->line[l].present)
                text_printf(out, ",%.9g", (double)set->sample[l][i]);
        text_puts(out, "\r\n");
    }
}

/* --- COMTRADE ---------------------------------------------------------------------------------------- */

/* The power of two that brings the largest sample below 2^30. */
static double factor_of(const struct waveform_set *set, unsigned line)
{
    float peak = 0;
    int exponent;
    for (unsigned i = 0; i < set->count; i++)
        peak = fmaxf(peak, fabsf(set->sample[line][i]));
    frexp(peak, &exponent);
    return peak > 0 ? ldexp(1, exponent - 30) : 1;
}

static const char *phase_of(enum spectrum_channel c)
{
    static const char *const phases[SPECTRUM_COUNT] = {
        [SPECTRUM_V1] = "A",   [SPECTRUM_V2] = "B",   [SPECTRUM_V3] = "C", [SPECTRUM_U12] = "AB",
        [SPECTRUM_U23] = "BC", [SPECTRUM_U31] = "CA", [SPECTRUM_I1] = "A", [SPECTRUM_I2] = "B",
        [SPECTRUM_I3] = "C",   [SPECTRUM_IN] = "N"};
    return phases[c] ? phases[c] : "";
}

static void put_channels(struct text *out, const struct waveform_set *set)
{
    unsigned n = 0, circuit[CAPTURE_WAVEFORMS];
    find_circuits(set, circuit);
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++)
        n += set->line[l].present;
    text_printf(out, "%u,%uA,0D\r\n", n, n);
    n = 0;
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++) {
        const struct waveform_line *line = &set->line[l];
        char factor[32];
        if (!line->present)
            continue;
        text_printf(out, "%u,", ++n);
        if (circuit[l] > 1)
            text_printf(out, "load%u_", circuit[l]);
        text_printf(out, "%s,%s,,%s,%s,0,0,-2147483647,2147483647,1,1,P\r\n",
                    waveform_channel_name(line), phase_of(line->channel),
                    is_current(line) ? "A" : "V", number_shortest(factor_of(set, l), factor));
    }
}

/* "21/06/2023,09:51:43.157000000" */
static void put_time(struct text *out, int64_t instant_ns)
{
    struct civil c;
    instant_to_civil(instant_ns, &c);
    text_printf(out, "%02d/%02d/%04d,%02d:%02d:%02d.%09ld\r\n", c.day, c.month, c.year, c.hour,
                c.minute, c.second, (long)c.nanosecond);
}

void waveform_put_comtrade_cfg(struct text *out, const struct waveform_set *set)
{
    char number[32];
    text_printf(out, "Busbar,device %u load %u,2013\r\n", set->device, set->load);
    put_channels(out, set);
    text_printf(out, "%s\r\n1\r\n", number_shortest(set->nominal_hz, number));
    text_printf(out, "%s,%u\r\n", number_shortest(set->rate_hz, number), set->count);
    put_time(out, set->start_ns);
    put_time(out, set->trigger_ns);
    /* The times are UTC; how good the clock is nobody knows (B: within 10 s), nor about leap seconds. */
    text_puts(out, "BINARY32\r\n1\r\n0,0\r\nB,3\r\n");
}

void waveform_put_comtrade_dat(struct text *out, const struct waveform_set *set)
{
    double factor[CAPTURE_WAVEFORMS];
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++)
        factor[l] = set->line[l].present ? factor_of(set, l) : 1;
    for (unsigned i = 0; i < set->count; i++) {
        uint8_t record[8 + 4 * CAPTURE_WAVEFORMS], *at = record + 8;
        put_le32(record, i + 1);
        put_le32(record + 4, (uint32_t)llround(i / set->rate_hz * 1e6));
        for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++)
            if (set->line[l].present) {
                put_le32(at, (uint32_t)(int32_t)lround(set->sample[l][i] / factor[l]));
                at += 4;
            }
        text_add(out, (const char *)record, (size_t)(at - record));
    }
}
