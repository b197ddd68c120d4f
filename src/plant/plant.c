#include "plant/plant.h"

#include <stddef.h>

void plant_init(struct plant *p)
{
    *p = (struct plant){
        .network = {.type = NETWORK_3P_N,
                    .nominal_voltage_v = 230,
                    .nominal_hz = 50,
                    /* EN 50160, and what the panel meter of seed 002 leaves the works with */
                    .dip_percent = 90,
                    .swell_percent = 110,
                    .interruption_percent = 10,
                    .hysteresis_percent = 2,
                    .overcurrent_percent = 120,
                    .rvc_percent = 5,
                    .rvc_hysteresis_percent = 50,
                    .signalling_percent = 5},
        .measurement = {.average_s = 600, .demand_s = 900, .signalling_s = 120},
        .point_count = 1,
    };
}

void plant_number(struct plant *p)
{
    unsigned point = 1; /* 0 is the network */
    for (unsigned d = 0; d < p->device_count; d++)
        for (unsigned l = 0; l < p->device[d].load_count; l++)
            p->device[d].load[l].point = (uint16_t)point++;
    p->point_count = point;
}

const struct plant_device *plant_device_at(const struct plant *p, unsigned address)
{
    for (unsigned d = 0; d < p->device_count; d++)
        if (p->device[d].address == address)
            return &p->device[d];
    return NULL;
}

const struct plant_device *plant_voltage_device(const struct plant *p)
{
    for (unsigned d = 0; d < p->device_count; d++)
        if (p->device[d].profile->features & FEATURE_VOLTAGE)
            return &p->device[d];
    return NULL;
}

void plant_owner(const struct plant *p, unsigned point, uint8_t *device, uint8_t *load)
{
    const struct plant_device *voltage = plant_voltage_device(p);
    *device = voltage ? voltage->address : 0;
    *load = 0;
    for (unsigned d = 0; point > 0 && d < p->device_count; d++)
        for (unsigned l = 0; l < p->device[d].load_count; l++)
            if (p->device[d].load[l].point == point) {
                *device = p->device[d].address;
                *load = (uint8_t)(l + 1);
            }
}
