#include "protocol/modbus/image.h"

#include "protocol/modbus/encode.h"

#include <string.h>

#define ROW_WORDS_MAX 16

static void read_row(struct register_scene *scene, const struct register_row *row, uint8_t *bytes)
{
    struct register_value value;
    bool offered = (scene->device->profile->features & row->needs) == row->needs;
    bool available = offered && row->read(scene, row, &value);
    register_encode(row, available ? &value : NULL, bytes);
}

/* Registers `first` ... `first + count - 1` (addresses of load 1), all in one block. */
static void read_rows(struct register_scene *scene, unsigned first, unsigned count, uint8_t *bytes)
{
    memset(bytes, 0, 2 * count); /* reserved words */
    size_t r = register_row_from((uint16_t)first);
    for (; r < register_row_count && register_rows[r].address < first + count; r++) {
        const struct register_row *row = &register_rows[r];
        uint8_t words[2 * ROW_WORDS_MAX];
        unsigned from = row->address > first ? row->address : first;
        unsigned end = row->address + row->words;
        if (end > first + count)
            end = first + count;
        read_row(scene, row, words);
        memcpy(bytes + 2 * (from - first), words + 2 * (from - row->address), 2 * (end - from));
    }
}

enum pdu_exception image_read(const struct plant *plant, const struct table *table,
                              const struct plant_device *device, uint16_t address, uint16_t count,
                              uint8_t *bytes)
{
    struct register_scene scene; /* not cleared: the window is large, and `state` guards it */
    scene.plant = plant;
    scene.device = device;
    scene.table = table;
    scene.load = NULL;
    scene.state = WINDOW_UNREAD;
    while (count > 0) {
        struct register_place place;
        if (!register_place_find(device->profile, address, &place))
            return EXCEPTION_ADDRESS;
        const struct plant_load *load = NULL;
        if (place.block->scope == BLOCK_LOAD && place.load < device->load_count)
            load = &device->load[place.load];
        if (load != scene.load)
            scene.state = WINDOW_UNREAD;
        scene.load = load;
        if (place.block->scope == BLOCK_LOAD && !load)
            scene.state = WINDOW_NONE; /* a free place: nothing is measured there */

        unsigned words = place.block->words - place.offset;
        if (words > count)
            words = count;
        read_rows(&scene, place.block->first + place.offset, words, bytes);
        address = (uint16_t)(address + words);
        count = (uint16_t)(count - words);
        bytes += 2 * words;
    }
    return EXCEPTION_NONE;
}
