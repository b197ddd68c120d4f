/* A file of waveforms that somebody else wrote: as it is, and with checksums that fit. What can be read can be
 * written, and exported. */
#include "base/bytes.h"
#include "base/crc32.h"
#include "store/waveform_export.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct waveform_set set, again;
static uint8_t written[WAVEFORM_BYTES_MAX];

static void export(void (*put)(struct text *out, const struct waveform_set *set))
{
    struct text t;
    text_init(&t, 1 << 20);
    put(&t, &set);
    if (t.failed)
        abort();
    text_free(&t);
}

static void look(const uint8_t *bytes, size_t size)
{
    if (!waveform_decode(bytes, size, &set))
        return;
    size_t length = waveform_encode(&set, written);
    if (length != size || !waveform_decode(written, length, &again) ||
        memcmp(set.sample, again.sample, sizeof set.sample) != 0 || again.id != set.id)
        abort();
    export(waveform_put_csv);
    export(waveform_put_comtrade_cfg);
    export(waveform_put_comtrade_dat);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    look(data, size);
    if (size < WAVEFORM_HEADER_BYTES || size > WAVEFORM_BYTES_MAX)
        return 0;
    uint8_t *sealed = malloc(size);
    if (!sealed)
        return 0;
    memcpy(sealed, data, size);
    put_le32(sealed + 120,
             crc32_of(0, sealed + WAVEFORM_HEADER_BYTES, size - WAVEFORM_HEADER_BYTES));
    put_le32(sealed + 124, crc32_of(0, sealed, 124));
    look(sealed, size);
    free(sealed);
    return 0;
}
