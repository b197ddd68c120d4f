#include "source/options.h"

#include "source/number.h"

#include <math.h>
#include <string.h>

/* Cuts the next item of a comma-separated list, without the blanks round it. False: no more. */
static bool next_item(const char **list, const char **item, size_t *length)
{
    if (!*list)
        return false;
    const char *comma = strchr(*list, ',');
    const char *start = *list, *end = comma ? comma : start + strlen(start);
    *list = comma ? comma + 1 : NULL;
    while (start < end && *start == ' ')
        start++;
    while (end > start && end[-1] == ' ')
        end--;
    *item = start;
    *length = (size_t)(end - start);
    return true;
}

static int shown(size_t length)
{
    return length < 40 ? (int)length : 40;
}

static bool is_taken(const struct source_channel *channels, unsigned count, struct wave_place place)
{
    for (unsigned i = 0; i < count; i++)
        if (channels[i].place.role == place.role && channels[i].place.circuit == place.circuit)
            return place.role != ROLE_OTHER;
    return false;
}

enum err options_places(const char *list, struct source_channel *channels, unsigned count,
                        struct fault *fault)
{
    const char *item;
    size_t length;
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++)
        channels[i].place = (struct wave_place){ROLE_OTHER, 0};
    while (next_item(&list, &item, &length)) {
        struct wave_place place;
        if (n == count)
            return fault_set(fault, ERR_USAGE,
                             "channels: more roles are named than the recording has channels (%u)",
                             count);
        if (!wave_place_parse(item, length, &place))
            return fault_set(
                fault, ERR_USAGE,
                "channels: \"%.*s\" at position %u is no role; expected V1 V2 V3 VN "
                "U12 U23 U31 I1 I2 I3 IN ID IPE, with a circuit before it (2:V1), or -",
                shown(length), item, n + 1);
        if (is_taken(channels, n, place))
            return fault_set(fault, ERR_USAGE, "channels: %.*s is named twice", shown(length),
                             item);
        channels[n++].place = place;
    }
    return ERR_OK;
}

enum err options_scale(const char *list, double *scale, unsigned count, struct fault *fault)
{
    const char *item;
    size_t length;
    unsigned n = 0;
    while (next_item(&list, &item, &length)) {
        double factor;
        const char *end = number_scan(item, item + length, '.', &factor);
        if (n == count)
            return fault_set(fault, ERR_USAGE,
                             "scale: more factors are named than the recording has channels (%u)",
                             count);
        if (!end || end != item + length || !isfinite(factor) || factor == 0)
            return fault_set(
                fault, ERR_USAGE,
                "scale: \"%.*s\" at position %u is no factor; expected a finite number "
                "other than zero",
                shown(length), item, n + 1);
        scale[n++] = factor;
    }
    for (unsigned i = n; i < count; i++)
        scale[i] = n > 0 ? scale[n - 1] : 1;
    return ERR_OK;
}
