/* The tariff in force in an installation: who says so, the calendar, a command, digital inputs or another
 * gateway, and a demand response over the calendar (seed 002, Annex III; 7.2 Tariff settings). */
#ifndef TARIFF_TARIFF_H
#define TARIFF_TARIFF_H

#include "tariff/calendar.h"

struct tariff {
    const struct config_tariff *settings;
    const struct zone *zone;
    struct tariff_calendar calendar;             /* used only if there is one */
    unsigned selected;                           /* by command, inputs or gateway; from 1 */
    int64_t response_from_ns, response_until_ns; /* of a demand response */
};

/* Both must live as long as the tariff. Until something else is selected, tariff 1 is in force. */
void tariff_init(struct tariff *t, const struct config_tariff *settings, const struct zone *zone);

/* How many are counted; 0: none, and nothing is in force. */
unsigned tariff_count(const struct tariff *t);

/* The tariff in force at an instant, from 1, and until when it holds at least (INT64_MAX: until something is
 * selected). 0: there are no tariffs. What was selected counts for every instant that is asked for after it:
 * ask in the order of time. */
unsigned tariff_in_force(struct tariff *t, int64_t instant_ns, int64_t *until_ns);

/* A command, or another gateway, selects a tariff. ERR_INPUT: there is none of that number; ERR_USAGE: tariffs
 * come from elsewhere. */
enum err tariff_select(struct tariff *t, unsigned number, struct fault *fault);

/* The digital inputs that select: bit n for the nth of them, as a binary number; 0 is tariff 1. False: they mean a
 * tariff that is not counted, or tariffs come from elsewhere; nothing is changed then. */
bool tariff_set_inputs(struct tariff *t, unsigned inputs);

/* The demand response was triggered at an instant: its rate is in force from then on, until the calendar changes
 * the rate next. ERR_USAGE: the installation has none. */
enum err tariff_respond(struct tariff *t, int64_t instant_ns, struct fault *fault);

/* Name of a tariff: that of its rate, else "T5". */
const char *tariff_name(const struct config_tariff *settings, unsigned number,
                        char name[TARIFF_NAME_TEXT]);

#endif
