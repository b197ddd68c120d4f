#include "web/subscription.h"

#include "base/text.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool place_list_init(struct place_list *l, const struct plant *p)
{
    *l = (struct place_list){.place = calloc(PLACES_MAX, sizeof *l->place)};
    for (unsigned d = 0; l->place && d < p->device_count; d++)
        for (unsigned n = 0; n <= p->device[d].load_count; n++)
            l->count += place_find(p, p->device[d].address, n, &l->place[l->count]);
    return l->place;
}

void place_list_free(struct place_list *l)
{
    free(l->place);
    *l = (struct place_list){0};
}

void subscribe_all(const struct place_list *l, unsigned wants, uint8_t *want)
{
    bool network = false;
    for (unsigned i = 0; i < l->count; i++) {
        bool again = !l->place[i].load && network;
        want[i] = again ? 0 : (uint8_t)wants;
        network |= !l->place[i].load;
    }
}

__attribute__((format(printf, 2, 3))) static bool fault(char *why, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, SUBSCRIPTION_WHY, format, arguments);
    va_end(arguments);
    utf8_make_printable(why);
    return false;
}

static bool want_place(const struct place_list *l, long device, long load, unsigned wants,
                       uint8_t *want, char *why)
{
    for (unsigned i = 0; i < l->count; i++)
        if (l->place[i].device->address == device && l->place[i].n == load) {
            want[i] = (uint8_t)wants;
            return true;
        }
    if (load)
        return fault(why, "There is no load %ld of a device %ld.", load, device);
    return fault(why, "There is no device %ld that measures voltage; name one of its loads.",
                 device);
}

/* --- JSON ------------------------------------------------------------------------------------------ */

static bool take_flag(json_t *value, unsigned bit, unsigned *wants)
{
    if (json_is_true(value))
        *wants |= bit;
    return json_is_boolean(value);
}

static bool take_number(json_t *value, long maximum, long *number)
{
    json_int_t n = json_integer_value(value);
    *number = n >= 1 && n <= maximum ? (long)n : 0;
    return *number > 0; /* what is no integer has the value 0 */
}

static bool take_entry(const struct place_list *l, json_t *entry, size_t index, uint8_t *want,
                       char *why)
{
    long device = 0, load = 0;
    unsigned wants = WANT_VALUES;
    const char *key;
    json_t *value;
    if (!json_is_object(entry))
        return fault(why, "Entry %zu of \"subscribe\" is not an object.", index);
    json_object_foreach(entry, key, value)
    {
        bool ok = strcmp(key, "device") == 0      ? take_number(value, 247, &device)
                  : strcmp(key, "load") == 0      ? take_number(value, PLANT_LOADS_MAX, &load)
                  : strcmp(key, "harmonics") == 0 ? take_flag(value, WANT_HARMONICS, &wants)
                  : strcmp(key, "scope") == 0     ? take_flag(value, WANT_SCOPE, &wants)
                                                  : false;
        if (!ok)
            return fault(why, "Entry %zu of \"subscribe\": \"%.20s\" is not understood.", index,
                         key);
    }
    if (!device)
        return fault(why, "Entry %zu of \"subscribe\" has no \"device\".", index);
    return want_place(l, device, load, wants, want, why);
}

static bool take_subscribe(const struct place_list *l, json_t *subscribe, uint8_t *want, char *why)
{
    size_t index;
    json_t *entry;
    if (json_is_string(subscribe) && strcmp(json_string_value(subscribe), "all") == 0) {
        subscribe_all(l, WANT_VALUES, want);
        return true;
    }
    if (!json_is_array(subscribe))
        return fault(why, "A message is {\"subscribe\":[...]} or {\"subscribe\":\"all\"}.");
    if (json_array_size(subscribe) > SUBSCRIPTION_ENTRIES_MAX)
        return fault(why, "\"subscribe\" has more than %d entries.", SUBSCRIPTION_ENTRIES_MAX);
    json_array_foreach(subscribe, index,
                       entry) if (!take_entry(l, entry, index, want, why)) return false;
    return true;
}

bool subscription_parse(const struct place_list *l, const char *text, size_t length, uint8_t *want,
                        char why[SUBSCRIPTION_WHY])
{
    json_error_t error;
    json_t *message = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!message)
        return fault(why, "The message is not JSON: %.100s at byte %d.", error.text,
                     error.position);
    uint8_t *fresh = calloc(l->count ? l->count : 1, 1);
    bool ok = fresh && take_subscribe(l, json_object_get(message, "subscribe"), fresh, why);
    if (ok)
        memcpy(want, fresh, l->count);
    else if (!fresh)
        fault(why, "There is no memory for the subscription.");
    free(fresh);
    json_decref(message);
    return ok;
}

/* --- Parameters ------------------------------------------------------------------------------------ */

bool subscription_from_match(const struct place_list *l, const struct route_match *match,
                             uint8_t *want, char why[SUBSCRIPTION_WHY])
{
    const int *a = match->argument;
    unsigned wants =
        WANT_VALUES | (a[LIVE_HARMONICS] ? WANT_HARMONICS : 0) | (a[LIVE_SCOPE] ? WANT_SCOPE : 0);
    memset(want, 0, l->count);
    if (a[LIVE_DEVICE])
        return want_place(l, a[LIVE_DEVICE], a[LIVE_LOAD], wants, want, why);
    if (a[LIVE_LOAD])
        return fault(why, "The query names a load without its device.");
    subscribe_all(l, wants, want);
    return true;
}
