#include "protocol/modbus/bus.h"

#include "protocol/modbus/identity.h"
#include "protocol/modbus/image.h"

#define UNIT_BROADCAST 0
#define UNIT_NONE      255 /* "non-significant" of the messaging guide, 4.4.2 */

/* The device that has the network connection. */
static const struct plant_device *front_device(const struct plant *plant)
{
    for (unsigned d = 0; d < plant->device_count; d++)
        if (plant->device[d].profile->features & FEATURE_GATEWAY)
            return &plant->device[d];
    return plant->device_count ? &plant->device[0] : NULL;
}

bool modbus_bus_init(struct modbus_bus *bus, const struct plant *plant, const struct table *table)
{
    *bus = (struct modbus_bus){.image = image_new(plant, table)};
    for (unsigned d = 0; d < plant->device_count; d++)
        bus->unit[plant->device[d].address] = &plant->device[d];
    bus->unit[UNIT_BROADCAST] = bus->unit[UNIT_NONE] = front_device(plant);
    return bus->image != NULL;
}

void modbus_bus_free(struct modbus_bus *bus)
{
    image_free(bus->image);
}

static bool writes(uint8_t function)
{
    switch (function) {
    case FUNCTION_WRITE_COIL:
    case FUNCTION_WRITE_SINGLE:
    case FUNCTION_WRITE_COILS:
    case FUNCTION_WRITE_MULTIPLE:
    case FUNCTION_WRITE_MASK:
    case FUNCTION_READ_WRITE:
        return true;
    default:
        return false;
    }
}

static enum pdu_exception carry_out(const struct modbus_bus *bus, const struct plant_device *device,
                                    const struct pdu_request *request, uint8_t *answer,
                                    size_t *bytes)
{
    if (request->function == FUNCTION_ENCAPSULATED)
        return identity_answer(device, request, answer, bytes);
    *bytes = pdu_read_encode(answer, request);
    return image_read(bus->image, device, request->address, request->count, answer + 2);
}

size_t modbus_bus_answer(const struct modbus_bus *bus, uint8_t unit, const uint8_t *pdu,
                         size_t bytes, uint8_t answer[PDU_BYTES], struct modbus_counters *counters)
{
    const struct plant_device *device = bus->unit[unit];
    struct pdu_request request = {.function = pdu[0]};
    enum pdu_exception exception = EXCEPTION_NO_ANSWER;
    size_t length = 0;
    if (device)
        exception = pdu_decode(pdu, bytes, &request);
    if (exception == EXCEPTION_NONE)
        exception = carry_out(bus, device, &request, answer, &length);

    counters->requests++;
    if (exception == EXCEPTION_NONE) {
        counters->registers += request.count;
        return length;
    }
    counters->exceptions++;
    counters->unknown_units += !device;
    counters->writes_refused += device && writes(request.function);
    return pdu_exception_encode(answer, request.function, exception);
}
