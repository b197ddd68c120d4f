/* What every fuzz target of a recording does with it once it is open. */
#ifndef FUZZ_CONSUME_H
#define FUZZ_CONSUME_H

#include "source/source.h"

#include <stdlib.h>

#define FUZZ_FRAMES 20000

/* Reads some frames, twice, and holds the source to what its header promises. */
static void consume(struct source *s)
{
    struct fault fault;
    const struct source_info *info = source_info(s);
    if (info->channel_count < 1 || info->channel_count > SOURCE_CHANNELS_MAX ||
        info->segment_count < 1 || !(info->duration_s >= 0))
        abort();
    for (int round = 0; round < 2; round++) {
        struct wave_block b;
        uint64_t frames = 0;
        float sum = 0;
        while (frames < FUZZ_FRAMES && source_read(s, &b, &fault) == ERR_OK) {
            if (b.frames == 0 || b.channels != info->channel_count || !(b.rate_hz > 0) ||
                (b.first_frame == 0) != ((b.flags & WAVE_BEGIN) != 0))
                abort();
            for (size_t i = 0; i < (size_t)b.frames * b.channels; i++)
                sum += b.samples[i];
            frames += b.frames;
        }
        volatile float kept = sum;
        (void)kept;
        if (source_rewind(s, &fault) != ERR_OK)
            break;
    }
    source_close(s);
}

#endif
