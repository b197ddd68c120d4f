/* Linked with libmetrology.a and the mathematics library alone: the core needs nothing else. */
#include "metrology/metrology.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static unsigned char memory[1 << 23] __attribute__((aligned(64)));
static float sample[9600][2];
static unsigned windows;
static double voltage, power;

static void on_window(void *context, struct metrology *m, const struct metrology_window *w)
{
    (void)context;
    (void)m;
    windows++;
    voltage = w->network->value[quantity_find("V1")];
    power = w->load[0].value[quantity_find("P")];
}

int main(void)
{
    struct metrology_setup s;
    struct metrology_load load = {.current = {{1, {{1, 1}}}}};
    struct metrology_sink sink = {.window = on_window};
    metrology_setup_init(&s);
    s.voltage[0] = (struct metrology_mix){1, {{0, 1}}};
    s.load = &load;
    s.load_count = 1;
    for (int n = 0; n < 9600; n++) {
        double angle = 2 * 3.14159265358979323846 * 50 * n / 9600;
        sample[n][0] = (float)(230 * sqrt(2) * sin(angle));
        sample[n][1] = (float)(10 * sqrt(2) * sin(angle - 3.14159265358979323846 / 3));
    }
    size_t bytes = metrology_bytes(&s);
    printf("1..2\n%s 1 - %zu bytes are enough\n", bytes <= sizeof memory ? "ok" : "not ok", bytes);
    if (bytes > sizeof memory)
        return 1;
    struct metrology *m = metrology_begin(memory, &s, &sink);
    struct wave_block b = {.rate_hz = 9600,
                           .flags = WAVE_BEGIN,
                           .frames = 9600,
                           .channels = 2,
                           .samples = &sample[0][0]};
    metrology_push(m, &b);
    metrology_finish(m);
    int good = windows == 5 && fabs(voltage - 230) < 1e-3 && fabs(power - 1150) < 1e-2;
    printf("%s 2 - libmetrology.a alone meters: %u windows, %g V, %g W\n", good ? "ok" : "not ok",
           windows, voltage, power);
    return !good;
}
