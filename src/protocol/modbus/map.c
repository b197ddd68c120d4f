#include "protocol/modbus/map.h"

#include "protocol/modbus/reader.h"

#include <assert.h>

static const struct register_type_info types[TYPE_COUNT] = {
#define T(name_, words_, sign_) \
    [TYPE_##name_] = {.name = #name_, .words = words_, .sign = TYPE_##sign_},
#include "protocol/modbus/types.def"
#undef T
};

enum {
#define T(name, words, sign) WORDS_##name = (words),
#include "protocol/modbus/types.def"
#undef T
};

const struct register_row register_rows[] = {
#define ROW(address_, words_, type_, numerator_, denominator_, unit_, access_, needs_, reader_, \
            a_, b_, c_, label_)                                                                 \
    {.address = (address_),                                                                     \
     .words = (words_),                                                                         \
     .type = TYPE_##type_,                                                                      \
     .numerator = (numerator_),                                                                 \
     .denominator = (denominator_),                                                             \
     .unit = (unit_),                                                                           \
     .access = (access_),                                                                       \
     .needs = (needs_),                                                                         \
     .read = read_##reader_,                                                                    \
     .a = (a_),                                                                                 \
     .b = (b_),                                                                                 \
     .c = (c_),                                                                                 \
     .label = label_},
#include "protocol/modbus/map.def"
#undef ROW
};
const size_t register_row_count = sizeof register_rows / sizeof register_rows[0];

const struct register_block register_blocks[] = {
#define BLOCK(first_, words_, stride_, repeat_, scope_, needs_, name_) \
    {.first = (first_),                                                \
     .words = (words_),                                                \
     .stride = (stride_),                                              \
     .repeat = (repeat_),                                              \
     .scope = BLOCK_##scope_,                                          \
     .needs = (needs_),                                                \
     .name = (name_)},
#include "protocol/modbus/blocks.def"
#undef BLOCK
};
const size_t register_block_count = sizeof register_blocks / sizeof register_blocks[0];

const struct register_type_info *register_type_info(enum register_type t)
{
    assert(t < TYPE_COUNT);
    return &types[t];
}

size_t register_row_from(uint16_t address)
{
    size_t low = 0, high = register_row_count; /* the row is at low, high, or between them */
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct register_row *row = &register_rows[middle];
        if (row->address + row->words <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

unsigned register_block_times(const struct register_block *block, const struct profile *profile)
{
    bool voltage = profile->features & FEATURE_VOLTAGE;
    if ((profile->features & block->needs) != block->needs)
        return 0;
    switch ((enum block_scope)block->scope) {
    case BLOCK_DEVICE:
        return 1;
    case BLOCK_METER:
        return voltage || profile->current_inputs > 0;
    case BLOCK_NETWORK:
        return voltage;
    case BLOCK_SENSORS:
        return profile->current_inputs > 0;
    case BLOCK_LOAD:
        return profile->max_loads < block->repeat ? profile->max_loads : block->repeat;
    }
    return 0;
}

bool register_place_find(const struct profile *profile, uint16_t address,
                         struct register_place *place)
{
    for (size_t i = 0; i < register_block_count; i++) {
        const struct register_block *b = &register_blocks[i];
        if (address < b->first)
            return false;
        unsigned offset = address - b->first, load = 0;
        if (b->stride) {
            load = offset / b->stride;
            offset %= b->stride;
        }
        if (offset < b->words && load < register_block_times(b, profile)) {
            *place = (struct register_place){.block = b, .load = load, .offset = (uint16_t)offset};
            return true;
        }
    }
    return false;
}
