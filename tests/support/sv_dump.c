/* Prints what a source of sampled values gives, for tests that compare it with other readers:
 *   sv_dump FILE [svID]                 a capture
 *   sv_dump -i INTERFACE SECONDS [svID] a live line, until it was silent that long after the first sample
 * First lines "# ...", then a line for each block that begins a segment ("@ start_ns rate first_frame
 * flags"), then samples in counts of the merging unit, a frame a line. */
#include "port/clock.h"
#include "source/source.h"
#include "source/sv.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_info(const struct source_info *info)
{
    printf("# %s%s start %" PRId64 " duration %.9f channels %u segments %u\n", info->format,
           info->live ? " live" : "", info->start_ns, info->duration_s, info->channel_count,
           info->segment_count);
    for (unsigned i = 0; i < info->channel_count; i++) {
        char place[WAVE_PLACE_TEXT];
        wave_place_format(info->channels[i].place, place);
        printf("# channel %s %s %s\n", info->channels[i].name, info->channels[i].unit, place);
    }
    for (unsigned i = 0; i < info->segment_count; i++)
        printf("# segment %.9f %g %" PRIu64 "\n", info->segments[i].start_s,
               info->segments[i].rate_hz, info->segments[i].frames);
    for (unsigned i = 0; i < info->note_count; i++)
        printf("# note %s\n", info->notes[i]);
}

static void print_block(const struct source_info *info, const struct wave_block *b)
{
    printf("@ %" PRId64 " %g %" PRIu64 " %u %u\n", b->start_ns, b->rate_hz, b->first_frame,
           b->segment, b->flags);
    for (uint32_t f = 0; f < b->frames; f++)
        for (uint32_t c = 0; c < b->channels; c++) {
            double per_unit = info->channels[c].unit[0] == 'A'   ? 1000
                              : info->channels[c].unit[0] == 'V' ? 100
                                                                 : 1;
            float x = b->samples[(size_t)f * b->channels + c];
            if (isnan(x))
                printf("nan");
            else
                printf("%.0f", x * per_unit);
            putchar(c + 1 < b->channels ? ',' : '\n');
        }
}

int main(int argc, char **argv)
{
    struct source *s;
    struct fault fault = {0};
    bool live = argc > 3 && strcmp(argv[1], "-i") == 0;
    if (argc < 2)
        return 2;
    const char *stream = live ? (argc > 4 ? argv[4] : NULL) : (argc > 2 ? argv[2] : NULL);
    struct source_options options = {.stream = stream};
    double patience_s = live ? strtod(argv[3], NULL) : 0;
    enum err err = ERR_AGAIN;
    for (int tries = 0; err == ERR_AGAIN && tries < 20; tries++)
        err = live ? source_open_live(argv[2], stream, &options, &s, &fault)
                   : source_open(argv[1], &options, &s, &fault);
    if (err) {
        fprintf(stderr, "%s\n", fault.text);
        return err_exit_code(err) ? err_exit_code(err) : 3;
    }
    print_info(source_info(s));
    double silent_s = 0;
    uint64_t blocks = 0;
    int64_t longest_ns = 0; /* of a read */
    while (silent_s < patience_s || !live) {
        struct wave_block block;
        int64_t before_ns = clock_monotonic_ns();
        err = source_read(s, &block, &fault);
        if (clock_monotonic_ns() - before_ns > longest_ns)
            longest_ns = clock_monotonic_ns() - before_ns;
        if (err == ERR_AGAIN) {
            silent_s += 0.2;
            continue;
        }
        if (err)
            break;
        silent_s = 0;
        blocks++;
        print_block(source_info(s), &block);
    }
    if (live) {
        uint64_t dropped;
        const struct sv_counts *n = sv_live_counts(s, &dropped);
        printf("# end samples %" PRIu64 " lost %" PRIu64 " dropped %" PRIu64 " blocks %" PRIu64
               " longest_read_ms %" PRId64 "\n",
               n->samples, sv_live_sequence(s)->lost, dropped, blocks, longest_ns / 1000000);
    }
    source_close(s);
    if (err && err != ERR_END && err != ERR_AGAIN) {
        fprintf(stderr, "%s\n", fault.text);
        return err_exit_code(err);
    }
    return 0;
}
