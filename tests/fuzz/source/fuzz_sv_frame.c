/* Any bytes as an Ethernet frame: whatever is found in it lies within it. */
#include "source/sv_frame.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lies_within(const uint8_t *data, size_t size, const uint8_t *part, size_t bytes)
{
    if (part < data || bytes > size || (size_t)(part - data) > size - bytes)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sv_frame frame;
    const char *why = NULL;
    size_t at = 0;
    enum sv_verdict verdict = sv_frame_decode(data, size, &frame, &why, &at);
    if (verdict == SV_MALFORMED && (!why || at > size))
        abort();
    if (verdict != SV_SAMPLES)
        return 0;
    if (frame.asdu_count == 0 || frame.asdu_count > SV_ASDUS_MAX)
        abort();
    for (unsigned i = 0; i < frame.asdu_count; i++) {
        const struct sv_asdu *a = &frame.asdus[i];
        lies_within(data, size, a->id, a->id_bytes);
        lies_within(data, size, a->data, a->data_bytes);
        if (a->set)
            lies_within(data, size, a->set, a->set_bytes);
        if (a->refreshed)
            lies_within(data, size, a->refreshed, 8);
        if (a->id_bytes > SV_ID_MAX)
            abort();
    }
    return 0;
}
