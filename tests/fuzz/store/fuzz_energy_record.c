/* A file of energy registers that somebody else wrote: as it is, and with checksums that fit. */
#include "base/bytes.h"
#include "base/crc32.h"
#include "store/energy_record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct energy_record record, again;
static uint8_t written[ENERGY_RECORD_BYTES_MAX];

/* What can be read can be written, and is then the same. */
static void look(const uint8_t *bytes, size_t size)
{
    if (energy_record_decode(bytes, size, &record) != ENERGY_RECORD_GOOD)
        return;
    size_t length = energy_record_encode(&record, written);
    assert(length <= sizeof written && (record.version == 1 || length <= size));
    if (energy_record_decode(written, length, &again) != ENERGY_RECORD_GOOD ||
        again.sequence != record.sequence || again.instant_ns != record.instant_ns ||
        again.count != record.count)
        abort();
    for (unsigned i = 0; i < record.count; i++)
        if (strcmp(record.entry[i].key, again.entry[i].key) != 0 ||
            memcmp(record.entry[i].energy_mj, again.entry[i].energy_mj,
                   sizeof again.entry[i].energy_mj) != 0)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    look(data, size);
    if (size < ENERGY_HEADER_BYTES || size > ENERGY_RECORD_BYTES_MAX)
        return 0;
    uint8_t *sealed = malloc(size);
    if (!sealed)
        return 0;
    memcpy(sealed, data, size);
    uint64_t entries = (uint64_t)get_le32(sealed + 12) *
                       (get_le32(sealed + 8) == 1 ? ENERGY_ENTRY_BYTES_1 : ENERGY_ENTRY_BYTES);
    if (entries <= size - ENERGY_HEADER_BYTES)
        put_le32(sealed + 56, crc32_of(0, sealed + ENERGY_HEADER_BYTES, (size_t)entries));
    put_le32(sealed + 60, crc32_of(0, sealed, 60));
    look(sealed, size);
    free(sealed);
    return 0;
}
