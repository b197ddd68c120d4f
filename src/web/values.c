#include "web/values.h"

#include "base/instant.h"

#include <math.h>

#define INSTANT_DECIMALS 6

/* Digits that are written: more than any accuracy class asks for, and a short text. Energies are counters,
 * of which differences are taken: they keep all they have, live ones 1 mWh in 1 GWh. */
#define VALUE_DIGITS        9
#define LIVE_DIGITS         7
#define LIVE_COUNTER_DIGITS 12
#define SPECTRUM_DIGITS     6
#define SAMPLE_DIGITS       6

bool values_read(const struct table *t, unsigned point, struct quantity_set *set,
                 uint64_t *sequence)
{
    uint64_t after = table_sequence(t, point);
    do {
        *sequence = after;
        if (!table_snapshot(t, point, set))
            return false;
        after = table_sequence(t, point);
    } while (after != *sequence); /* a window arrived meanwhile */
    return *sequence > 0;
}

const char *values_kind_name(int kind)
{
    if (kind == 0)
        return "window";
    return kind <= TABLE_KINDS ? table_kind_name((enum table_kind)(kind - 1)) : NULL;
}

bool values_read_kind(const struct table *t, unsigned point, int kind, struct quantity_set *set,
                      uint64_t *sequence)
{
    if (kind == 0)
        return values_read(t, point, set, sequence);
    return table_aggregate(t, point, (enum table_kind)(kind - 1), set, sequence);
}

void values_put_place(struct json *j, const struct place *place)
{
    json_put_key_integer(j, "device", place->device->address);
    if (place->load)
        json_put_key_integer(j, "load", place->n);
}

void values_put_instant(struct json *j, const char *key, int64_t instant_ns, int decimals)
{
    char text[INSTANT_TEXT];
    instant_format(instant_ns, decimals, text);
    json_put_key_string(j, key, text);
}

/* Valid, and a number: whatever goes wrong before us, what we write stays JSON. */
static bool present(const struct quantity_set *set, int q)
{
    return quantity_valid(set, (enum quantity)q) && isfinite(set->value[q]);
}

void values_put_flags(struct json *j, const char *key, uint32_t bits)
{
    json_put_key(j, key);
    json_put_array(j);
    for (int b = 0; b < QUALITY_BITS; b++)
        if (bits & (1u << b) & ~(uint32_t)QUALITY_VALID)
            json_put_string(j, quality_name(b));
    json_put_end_array(j);
}

/* --- Harmonics ------------------------------------------------------------------------------------- */

static void put_spectrum(struct json *j, const struct spectrum *s)
{
    json_put_object(j);
    json_put_key_integer(j, "highest", s->highest);
    json_put_key(j, "angle_deg");
    json_put_number_rounded(j, (double)s->angle_rad * 180 / M_PI, SPECTRUM_DIGITS);
    json_put_key(j, "dc");
    json_put_number_rounded(j, (double)s->rms[0], SPECTRUM_DIGITS);
    json_put_key(j, "rms");
    json_put_array(j);
    for (int h = 1; h <= s->highest; h++)
        json_put_number_rounded(j, (double)s->rms[h], SPECTRUM_DIGITS);
    json_put_end_array(j);
    if (s->rms[1] > 0) {
        json_put_key(j, "percent");
        json_put_array(j);
        for (int h = 1; h <= s->highest; h++)
            json_put_number_rounded(j, 100.0 * (double)s->rms[h] / (double)s->rms[1],
                                    SPECTRUM_DIGITS);
        json_put_end_array(j);
    }
    json_put_end_object(j);
}

static void put_harmonics(struct json *j, const struct quantity_set *set)
{
    json_put_key(j, "harmonics");
    json_put_object(j);
    for (int c = 0; c < SPECTRUM_COUNT; c++) {
        if (set->spectrum[c].highest == 0)
            continue;
        json_put_key(j, quantity_info(spectrum_quantity((enum spectrum_channel)c))->name);
        put_spectrum(j, &set->spectrum[c]);
    }
    json_put_end_object(j);
}

/* --- The API --------------------------------------------------------------------------------------- */

static void put_value(struct json *j, const struct quantity_info *info, double value, uint32_t bits)
{
    json_put_key(j, info->name);
    json_put_object(j);
    json_put_key(j, "value");
    if (info->kind == KIND_COUNTER)
        json_put_number(j, value);
    else
        json_put_number_rounded(j, value, VALUE_DIGITS);
    json_put_key_string(j, "unit", unit_symbol(info->unit));
    values_put_flags(j, "quality", bits);
    json_put_end_object(j);
}

void values_put_json(struct json *j, const struct place *place, const struct quantity_set *set,
                     uint64_t sequence, bool harmonics)
{
    json_put_object(j);
    values_put_place(j, place);
    json_put_key_string(j, "name", place_name(place));
    json_put_key_integer(j, "sequence", (int64_t)sequence);
    values_put_instant(j, "start", set->start_ns, INSTANT_DECIMALS);
    values_put_instant(j, "end", set->end_ns, INSTANT_DECIMALS);
    json_put_key_integer(j, "cycles", set->cycles);
    values_put_flags(j, "flags", set->flags);
    json_put_key(j, "values");
    json_put_object(j);
    for (int q = 0; q < Q_COUNT; q++)
        if (present(set, q))
            put_value(j, quantity_info((enum quantity)q), set->value[q], set->quality[q]);
    json_put_end_object(j);
    json_put_key(j, "not_available");
    json_put_array(j);
    for (int q = 0; q < Q_COUNT; q++) {
        const struct quantity_info *info = quantity_info((enum quantity)q);
        if (info->scope == place_scope(place) && !present(set, q))
            json_put_string(j, info->name);
    }
    json_put_end_array(j);
    if (harmonics)
        put_harmonics(j, set);
    json_put_end_object(j);
}

void values_put_csv(struct text *t, const struct place *place, const struct quantity_set *set)
{
    char end[INSTANT_TEXT], number[32];
    instant_format(set->end_ns, INSTANT_DECIMALS, end);
    text_puts(t, "device,load,end,quantity,value,unit,quality\r\n");
    for (int q = 0; q < Q_COUNT; q++) {
        if (!present(set, q))
            continue;
        const struct quantity_info *info = quantity_info((enum quantity)q);
        text_printf(t, "%u,", place->device->address);
        if (place->load)
            text_printf(t, "%u", place->n);
        text_printf(t, ",%s,%s,%s,%s,", end, info->name, number_shortest(set->value[q], number),
                    unit_symbol(info->unit));
        const char *blank = "";
        for (int b = 0; b < QUALITY_BITS; b++)
            if (set->quality[q] & (1u << b) & ~(uint32_t)QUALITY_VALID) {
                text_printf(t, "%s%s", blank, quality_name(b));
                blank = " ";
            }
        text_puts(t, "\r\n");
    }
}

/* --- Live and scope -------------------------------------------------------------------------------- */

void values_put_trace(struct json *j, const struct trace *trace)
{
    static const enum quantity lanes[TRACE_LANES] = {Q_V1, Q_V2, Q_V3, Q_I1, Q_I2, Q_I3, Q_IN};
    uint32_t frames = trace->frames < TRACE_FRAMES ? trace->frames : TRACE_FRAMES;
    values_put_instant(j, "start", trace->start_ns, 9);
    json_put_key_number(j, "rate_hz", trace->rate_hz);
    json_put_key_integer(j, "frames", frames);
    json_put_key(j, "lanes");
    json_put_object(j);
    for (int lane = 0; lane < TRACE_LANES; lane++) {
        if (!(trace->lanes & (1u << lane)))
            continue;
        json_put_key(j, quantity_info(lanes[lane])->name);
        json_put_array(j);
        for (uint32_t f = 0; f < frames; f++)
            json_put_number_rounded(j, (double)trace->sample[f][lane], SAMPLE_DIGITS);
        json_put_end_array(j);
    }
    json_put_end_object(j);
}

void values_put_live(struct json *j, const struct place *place, const struct quantity_set *set,
                     uint64_t sequence, bool harmonics, const struct trace *trace)
{
    json_put_object(j);
    values_put_place(j, place);
    json_put_key_integer(j, "sequence", (int64_t)sequence);
    values_put_instant(j, "end", set->end_ns, INSTANT_DECIMALS);
    values_put_flags(j, "flags", set->flags);
    json_put_key(j, "values");
    json_put_object(j);
    for (int q = 0; q < Q_COUNT; q++) {
        if (!present(set, q))
            continue;
        const struct quantity_info *info = quantity_info((enum quantity)q);
        json_put_key(j, info->name);
        json_put_array(j);
        json_put_number_rounded(j, set->value[q],
                                info->kind == KIND_COUNTER ? LIVE_COUNTER_DIGITS : LIVE_DIGITS);
        json_put_integer(j, set->quality[q]);
        json_put_end_array(j);
    }
    json_put_end_object(j);
    if (harmonics)
        put_harmonics(j, set);
    if (trace) {
        json_put_key(j, "scope");
        json_put_object(j);
        values_put_trace(j, trace);
        json_put_end_object(j);
    }
    json_put_end_object(j);
}
