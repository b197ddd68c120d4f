/* What a WebSocket client wants to be told: parsed from its message, or taken from the query of /live. */
#ifndef WEB_SUBSCRIPTION_H
#define WEB_SUBSCRIPTION_H

#include "plant/plant.h"
#include "web/place.h"
#include "web/route.h"

#include <stdbool.h>
#include <stdint.h>

/* Every place of a plant, in its order: for each device the network (if it measures voltage), then its loads. */
struct place_list {
    unsigned count;
    struct place *place;
};

/* False without memory. */
bool place_list_init(struct place_list *l, const struct plant *p);
void place_list_free(struct place_list *l);

/* A byte for each place: 0, or WANT_VALUES and what is wanted with them. */
enum want { WANT_VALUES = 1, WANT_HARMONICS = 2, WANT_SCOPE = 4 };
#define WANTS 8 /* combinations */

#define SUBSCRIPTION_ENTRIES_MAX 512
#define SUBSCRIPTION_WHY         200

/* Every point once: the network with the first device that measures it. */
void subscribe_all(const struct place_list *l, unsigned wants, uint8_t *want);

/* {"subscribe":[{"device":3,"load":1,"harmonics":true,"scope":true}, ...]} or {"subscribe":"all"}.
 * False: `why` says what is wrong, `want` is as it was. */
bool subscription_parse(const struct place_list *l, const char *text, size_t length, uint8_t *want,
                        char why[SUBSCRIPTION_WHY]);

/* The parameters of the route /live, in this order. */
enum { LIVE_DEVICE, LIVE_LOAD, LIVE_HARMONICS, LIVE_SCOPE };

/* ?device=3&load=1&harmonics=1&scope=1; without a device: all. False: `why` says what is wrong. */
bool subscription_from_match(const struct place_list *l, const struct route_match *match,
                             uint8_t *want, char why[SUBSCRIPTION_WHY]);

#endif
