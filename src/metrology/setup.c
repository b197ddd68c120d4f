/* What a setup is without further words. */
#include "metrology/internal.h"

void metrology_setup_init(struct metrology_setup *s)
{
    *s = (struct metrology_setup){
        .highest_rate_hz = 9600,
        .nominal_hz = 50,
        .dip_percent = 90,
        .swell_percent = 110,
        .interruption_percent = 10,
        .hysteresis_percent = 2,
        .overcurrent_percent = 120,
        .rvc_percent = 5,
        .rvc_hysteresis_percent = 50,
        .signalling_percent = 5,
        .signalling_s = 120,
        .resync_s = 600,
        .capture = {.after_percent = 50, .load = METROLOGY_NETWORK},
        .average_s = 600,
        .demand_minutes = 15,
    };
}

unsigned window_cycles(const struct metrology_setup *s)
{
    return s->nominal_hz > 55 ? 12 : 10;
}
