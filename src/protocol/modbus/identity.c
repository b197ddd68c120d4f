#include "protocol/modbus/identity.h"

#include "protocol/modbus/reader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void identity_extended_name(const struct plant_device *device, char text[EXTENDED_NAME_TEXT])
{
    if (device->extended_name[0])
        snprintf(text, EXTENDED_NAME_TEXT, "%s", device->extended_name);
    else
        snprintf(text, EXTENDED_NAME_TEXT, "Diris %s", device->profile->name);
}

unsigned identity_version(unsigned part)
{
    const char *at = BUSBAR_VERSION;
    for (; part > 0 && at; part--)
        at = (at = strchr(at, '.')) ? at + 1 : NULL;
    return at ? (unsigned)strtoul(at, NULL, 10) : 0;
}

bool identity_serial(const struct plant_device *device, unsigned part, uint16_t *word)
{
    const char *serial = device->serial;
    size_t digits = strspn(serial, "0123456789");
    if (digits < 9 || serial[digits] || strlen(serial) > 13)
        return false;
    unsigned long order = strtoul(serial + 8, NULL, 10);
    if (order >= 0xFFFF)
        return false;
    char four[5];
    snprintf(four, sizeof four, "%.4s", serial + 4 * (part & 1));
    *word = (uint16_t)(part == 2 ? order : strtoul(four, NULL, 16));
    return true;
}

/* --- In the map ----------------------------------------------------------------------------------- */

static bool text(struct register_value *value, const char *string)
{
    value->kind = VALUE_TEXT;
    snprintf(value->text, sizeof value->text, "%s", string);
    return true;
}

bool read_identity(struct register_scene *scene, const struct register_row *row,
                   struct register_value *value)
{
    char name[EXTENDED_NAME_TEXT];
    switch ((enum identity_part)row->a) {
    case IDENTITY_FAMILY:
        return text(value, "SOCO");
    case IDENTITY_PRODUCT:
        value->kind = VALUE_RAW;
        value->raw = scene->device->profile->product_id;
        return true;
    case IDENTITY_VENDOR:
        return text(value, MODBUS_VENDOR);
    case IDENTITY_NAME:
        return text(value, scene->device->profile->name);
    case IDENTITY_EXTENDED_NAME:
        identity_extended_name(scene->device, name);
        return text(value, name);
    }
    return false;
}

bool read_version(struct register_scene *scene, const struct register_row *row,
                  struct register_value *value)
{
    (void)scene;
    value->kind = VALUE_RAW;
    value->raw =
        row->a ? identity_version(row->a - 1u) : 100 * identity_version(0) + identity_version(1);
    return true;
}

bool read_serial(struct register_scene *scene, const struct register_row *row,
                 struct register_value *value)
{
    uint16_t word;
    if (!identity_serial(scene->device, row->a, &word))
        return false;
    value->kind = VALUE_RAW;
    value->raw = word;
    return true;
}

/* --- Function 43/14 --------------------------------------------------------------------------------- */

enum {
    CODE_BASIC = 1,
    CODE_REGULAR,
    CODE_EXTENDED,
    CODE_ONE,
    OBJECT_SERIAL = 0x80,       /* the first of the private objects */
    CONFORMITY_EXTENDED = 0x83, /* extended objects, as a stream and one by one */
    IDENTIFICATION_HEAD = 7,    /* bytes before the first object */
    OBJECTS_REGULAR = 7,        /* objects 0 ... 6 */
    OBJECTS_BASIC = 3,          /* objects 0 ... 2 */
    OBJECTS = OBJECTS_REGULAR + 1,
};

static uint8_t object_id(unsigned index)
{
    return index < OBJECTS_REGULAR ? (uint8_t)index : OBJECT_SERIAL;
}

static const char *object_text(const struct plant_device *device, unsigned index,
                               char buffer[EXTENDED_NAME_TEXT])
{
    switch (index) {
    case 0:
        return MODBUS_VENDOR;
    case 1:
        return device->profile->name;
    case 2:
        return BUSBAR_VERSION;
    case 3:
        return ""; /* the vendor's address on the web */
    case 4:
        return device->profile->sentence;
    case 5:
        identity_extended_name(device, buffer);
        return buffer;
    case 6:
        return device->name;
    default:
        return device->serial;
    }
}

/* Appends the object; 0 if it does not fit. */
static size_t put_object(const struct plant_device *device, unsigned index, uint8_t *at,
                         size_t room)
{
    char buffer[EXTENDED_NAME_TEXT];
    const char *string = object_text(device, index, buffer);
    size_t length = strlen(string);
    if (length > PDU_BYTES - IDENTIFICATION_HEAD - 2) /* longer than any answer */
        length = PDU_BYTES - IDENTIFICATION_HEAD - 2;
    if (2 + length > room)
        return 0;
    at[0] = object_id(index);
    at[1] = (uint8_t)length;
    memcpy(at + 2, string, length);
    return 2 + length;
}

enum pdu_exception identity_answer(const struct plant_device *device,
                                   const struct pdu_request *request, uint8_t *pdu, size_t *bytes)
{
    unsigned first = 0, end = request->code == CODE_BASIC     ? OBJECTS_BASIC
                              : request->code == CODE_REGULAR ? OBJECTS_REGULAR
                                                              : OBJECTS;
    while (first < end && object_id(first) != request->object)
        first++;
    if (first == end && request->code == CODE_ONE)
        return EXCEPTION_ADDRESS;
    if (first == end)
        first = 0; /* 6.21: an unknown object begins the stream anew */
    if (request->code == CODE_ONE)
        end = first + 1;

    size_t used = IDENTIFICATION_HEAD;
    unsigned index = first;
    for (; index < end; index++) {
        size_t object = put_object(device, index, pdu + used, PDU_BYTES - used);
        if (object == 0)
            break;
        used += object;
    }
    bool more = index < end;
    uint8_t head[IDENTIFICATION_HEAD] = {FUNCTION_ENCAPSULATED,   PDU_MEI_IDENT,
                                         request->code,           CONFORMITY_EXTENDED,
                                         more ? 0xFF : 0,         more ? object_id(index) : 0,
                                         (uint8_t)(index - first)};
    memcpy(pdu, head, sizeof head);
    *bytes = used;
    return EXCEPTION_NONE;
}
