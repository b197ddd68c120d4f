/* Messages of a WebSocket client. What is refused leaves the subscription as it was, and says why. */
#include "web/subscription.h"

#include "../../support/web_fixture.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct plant plant;
    static struct place_list places;
    if (!places.place) {
        fixture_plant(&plant);
        if (!place_list_init(&places, &plant))
            abort();
    }
    uint8_t *want = malloc(places.count);
    char why[SUBSCRIPTION_WHY] = "";
    memset(want, 0x55, places.count);
    bool ok = subscription_parse(&places, (const char *)data, size, want, why);
    for (unsigned i = 0; i < places.count; i++)
        if (ok ? want[i] >= WANTS || (want[i] && !(want[i] & WANT_VALUES)) : want[i] != 0x55)
            abort();
    if (!ok && (!why[0] || !memchr(why, '\0', sizeof why)))
        abort();
    free(want);
    return 0;
}
