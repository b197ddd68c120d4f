#include "store/energy_record.h"

#include "base/bytes.h"
#include "base/crc32.h"

#include <assert.h>
#include <string.h>

static const char magic[8] = {'B', 'B', 'E', 'N', 'E', 'R', 'G', 'Y'};

/* Where things lie in the header (docs/format.md). */
enum {
    AT_MAGIC = 0,
    AT_VERSION = 8,
    AT_COUNT = 12,
    AT_SEQUENCE = 16,
    AT_INSTANT = 24,
    AT_REGISTERS = 32,
    AT_ENTRY_BYTES = 36,
    AT_ENTRIES_CRC = 56,
    AT_HEADER_CRC = 60,
};

size_t energy_record_encode(const struct energy_record *record, uint8_t *bytes)
{
    assert(record->count <= ENERGY_POINTS_MAX);
    uint8_t *at = bytes + ENERGY_HEADER_BYTES;
    for (unsigned i = 0; i < record->count; i++) {
        const struct energy_entry *e = &record->entry[i];
        size_t length = strnlen(e->key, ENERGY_KEY_TEXT);
        assert(length > 0 && length < ENERGY_KEY_TEXT);
        memset(at, 0, ENERGY_KEY_TEXT);
        memcpy(at, e->key, length);
        for (int r = 0; r < ENERGY_REGISTERS; r++)
            put_le64(at + ENERGY_KEY_TEXT + 8 * r, e->energy_mj[r]);
        at += ENERGY_ENTRY_BYTES;
    }
    memset(bytes, 0, ENERGY_HEADER_BYTES);
    memcpy(bytes + AT_MAGIC, magic, sizeof magic);
    put_le32(bytes + AT_VERSION, ENERGY_RECORD_VERSION);
    put_le32(bytes + AT_COUNT, record->count);
    put_le64(bytes + AT_SEQUENCE, record->sequence);
    put_le64(bytes + AT_INSTANT, (uint64_t)record->instant_ns);
    put_le32(bytes + AT_REGISTERS, ENERGY_REGISTERS);
    put_le32(bytes + AT_ENTRY_BYTES, ENERGY_ENTRY_BYTES);
    size_t entries = (size_t)(at - bytes) - ENERGY_HEADER_BYTES;
    put_le32(bytes + AT_ENTRIES_CRC, crc32_of(0, bytes + ENERGY_HEADER_BYTES, entries));
    put_le32(bytes + AT_HEADER_CRC, crc32_of(0, bytes, AT_HEADER_CRC));
    return (size_t)(at - bytes);
}

static bool read_entry(const uint8_t *at, unsigned registers, struct energy_entry *e)
{
    memcpy(e->key, at, ENERGY_KEY_TEXT);
    for (unsigned r = 0; r < ENERGY_REGISTERS; r++)
        e->energy_mj[r] = r < registers ? get_le64(at + ENERGY_KEY_TEXT + 8 * r) : 0;
    return e->key[0] != '\0' && e->key[ENERGY_KEY_TEXT - 1] == '\0';
}

enum energy_record_fault energy_record_decode(const uint8_t *bytes, size_t available,
                                              struct energy_record *record)
{
    if (available < ENERGY_HEADER_BYTES || memcmp(bytes + AT_MAGIC, magic, sizeof magic) != 0 ||
        get_le32(bytes + AT_HEADER_CRC) != crc32_of(0, bytes, AT_HEADER_CRC))
        return ENERGY_RECORD_DAMAGED;
    uint32_t version = get_le32(bytes + AT_VERSION), count = get_le32(bytes + AT_COUNT);
    if (version > ENERGY_RECORD_VERSION)
        return ENERGY_RECORD_NEWER;
    unsigned registers = version == 1 ? ENERGY_REGISTERS_1 : ENERGY_REGISTERS;
    size_t entry_bytes = version == 1 ? ENERGY_ENTRY_BYTES_1 : ENERGY_ENTRY_BYTES;
    if (version == 0 || count > ENERGY_POINTS_MAX || get_le32(bytes + AT_REGISTERS) != registers ||
        get_le32(bytes + AT_ENTRY_BYTES) != entry_bytes)
        return ENERGY_RECORD_DAMAGED;
    size_t entries = count * entry_bytes;
    if (available - ENERGY_HEADER_BYTES < entries ||
        get_le32(bytes + AT_ENTRIES_CRC) != crc32_of(0, bytes + ENERGY_HEADER_BYTES, entries))
        return ENERGY_RECORD_DAMAGED;
    record->version = version;
    record->sequence = get_le64(bytes + AT_SEQUENCE);
    record->instant_ns = (int64_t)get_le64(bytes + AT_INSTANT);
    record->count = count;
    for (uint32_t i = 0; i < count; i++)
        if (!read_entry(bytes + ENERGY_HEADER_BYTES + i * entry_bytes, registers,
                        &record->entry[i]))
            return ENERGY_RECORD_DAMAGED;
    return ENERGY_RECORD_GOOD;
}
