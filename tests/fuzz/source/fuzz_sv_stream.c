/* Any bytes as a capture of sampled values, from packets to blocks: blocks keep their order and their
 * size, time goes forward, and the second reading is the same as the first. */
#include "source/sv_reader.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BLOCK_FRAMES 16

static struct sv_search search;
static struct sv_reader reader;

static enum err pull(void *context, struct capture_packet *packet, struct fault *fault)
{
    return capture_next(context, packet, fault) ? ERR_END : ERR_OK;
}

static uint64_t read_all(void)
{
    struct wave_block b;
    struct fault fault;
    uint64_t frames = 0, next = 0;
    uint32_t segments = 0;
    int64_t time_ns = INT64_MIN;
    while (!sv_reader_read(&reader, &b, &fault)) {
        if (b.flags & WAVE_BEGIN) {
            segments++;
            next = 0;
        }
        if (b.frames == 0 || b.frames > BLOCK_FRAMES || b.first_frame != next ||
            b.segment + 1 != segments || b.channels != reader.layout.channel_count)
            abort();
        if (b.start_ns <= time_ns)
            abort();
        time_ns = b.start_ns;
        next += b.frames;
        frames += b.frames;
    }
    return frames;
}

static void read_stream(struct capture *c)
{
    static const struct source_options options = {.rate_hz = 4000};
    struct capture_packet packet;
    struct fault fault;
    struct notes notes = {0};
    sv_search_init(&search, NULL);
    while (!capture_next(c, &packet, &fault))
        sv_search_push(&search, &packet);
    if (!search.found || !search.is_readable) {
        if (sv_search_fault(&search, "fuzz", &fault) == ERR_OK)
            abort();
        return;
    }
    if (sv_reader_init(&reader, &search, BLOCK_FRAMES, &options, "fuzz", &fault))
        return;
    reader.pull = pull;
    reader.context = c;
    uint64_t frames[2];
    for (int round = 0; round < 2; round++) {
        sv_reader_restart(&reader);
        if (capture_rewind(c, &fault))
            abort();
        frames[round] = read_all();
    }
    if (frames[0] != frames[1])
        abort();
    sv_reader_note(&reader, &notes);
    notes_free(&notes);
    sv_reader_free(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input *in;
    struct capture *c;
    struct fault fault;
    if (input_open_memory("fuzz", data, size, &in, &fault))
        return 0;
    if (capture_open(in, &c, &fault))
        return 0;
    read_stream(c);
    capture_close(c);
    return 0;
}
