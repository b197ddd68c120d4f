/* The driver for captures of sampled values. Opening looks at the first seconds for the stream and its
 * rate, then passes once over the whole file for the segments and what was odd. */
#include "source/driver.h"
#include "source/sv_reader.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_FRAMES 1024
#define SEGMENTS_MAX 65536

/* As much of a stream as is looked at for its rate, at most. */
#define SEARCH_ASDUS (1u << 19)

extern const struct source_driver source_driver_sv;

struct sv_file {
    struct source source;
    struct capture *capture;
    struct sv_reader reader;
    struct notes notes;
    char *path;
    struct source_segment *segments;
    unsigned segment_room;
    bool damaged; /* the capture could not be read to its end */
};

static int probe(const char *path, const unsigned char *head, size_t bytes)
{
    if (capture_is(head, bytes))
        return 100;
    /* packed by gzip, and its name says what is inside */
    bool packed = bytes >= 2 && head[0] == 0x1f && head[1] == 0x8b;
    return packed && (strstr(path, ".pcap") || strstr(path, ".cap")) ? 90 : 0;
}

/* What is damaged ends here; what came before is sound. */
static enum err pull(void *context, struct capture_packet *packet, struct fault *fault)
{
    struct sv_file *f = context;
    struct fault damage;
    if (f->damaged)
        return ERR_END;
    enum err err = capture_next(f->capture, packet, &damage);
    if (err == ERR_INPUT || err == ERR_UNSUPPORTED) {
        notes_add(&f->notes, "the capture is not whole, what follows is not read: %s", damage.text);
        f->damaged = true;
        return ERR_END;
    }
    if (err && err != ERR_END && fault)
        *fault = damage;
    return err;
}

static enum err restart(struct sv_file *f, struct fault *fault)
{
    f->damaged = false;
    sv_reader_restart(&f->reader);
    return capture_rewind(f->capture, fault);
}

static enum err find_stream(struct sv_file *f, const struct source_options *options,
                            struct fault *fault)
{
    struct sv_search *search = malloc(sizeof *search);
    if (!search)
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", f->path);
    sv_search_init(search, options->stream);
    enum err err = ERR_OK;
    while (!err && !sv_rate_is_sure(&search->rate) && search->rate.asdus < SEARCH_ASDUS) {
        struct capture_packet packet;
        err = pull(f, &packet, fault);
        if (!err)
            sv_search_push(search, &packet);
    }
    if (err == ERR_END)
        err = ERR_OK;
    if (!err && !(search->found && search->is_readable))
        err = sv_search_fault(search, f->path, fault);
    if (!err)
        err = sv_reader_init(&f->reader, search, BLOCK_FRAMES, options, f->path, fault);
    f->reader.pull = pull;
    f->reader.context = f;
    free(search);
    return err;
}

static enum err add_segment(struct sv_file *f, const struct wave_block *block, struct fault *fault)
{
    struct source_info *info = &f->source.info;
    if (info->segment_count == SEGMENTS_MAX) {
        notes_add(&f->notes, "more than %u segments; the list of them ends there", SEGMENTS_MAX);
        return ERR_OK;
    }
    if (info->segment_count == f->segment_room) {
        unsigned room = f->segment_room ? 2 * f->segment_room : 16;
        void *grown = realloc(f->segments, room * sizeof *f->segments);
        if (!grown)
            return fault_set(fault, ERR_MEMORY, "%s: out of memory", f->path);
        f->segments = grown;
        f->segment_room = room;
    }
    f->segments[info->segment_count++] = (struct source_segment){
        .start_s = f->reader.place_s,
        .rate_hz = block->rate_hz,
    };
    return ERR_OK;
}

/* Reads all of it once. */
static enum err survey(struct sv_file *f, struct fault *fault)
{
    struct source_info *info = &f->source.info;
    struct wave_block block;
    enum err err;
    while (!(err = sv_reader_read(&f->reader, &block, fault))) {
        if (info->segment_count == 0)
            info->start_ns = block.start_ns;
        if (block.flags & WAVE_BEGIN)
            err = add_segment(f, &block, fault);
        if (err)
            return err;
        if (block.segment < SEGMENTS_MAX)
            f->segments[block.segment].frames += block.frames;
        info->duration_s = f->reader.place_s + block.frames / block.rate_hz;
    }
    if (err != ERR_END)
        return err;
    if (info->segment_count == 0)
        return fault_set(fault, ERR_INPUT, "%s: the stream has no sample that can be used",
                         f->path);
    info->has_date = f->reader.has_date;
    info->segments = f->segments;
    sv_reader_note(&f->reader, &f->notes);
    return ERR_OK;
}

static void close_file(struct source *s)
{
    struct sv_file *f = (struct sv_file *)(void *)s;
    capture_close(f->capture);
    sv_reader_free(&f->reader);
    notes_free(&f->notes);
    free(f->segments);
    free(f->path);
    free(f);
}

static enum err read_block(struct source *s, struct wave_block *block, struct fault *fault)
{
    return sv_reader_read(&((struct sv_file *)s)->reader, block, fault);
}

static enum err rewind_file(struct source *s, struct fault *fault)
{
    return restart((struct sv_file *)s, fault);
}

static enum err prepare(struct sv_file *f, const struct source_options *options,
                        struct fault *fault)
{
    struct input *in;
    enum err err = input_open(f->path, &in, fault);
    if (!err)
        err = capture_open(in, &f->capture, fault);
    if (!err)
        err = find_stream(f, options, fault);
    if (!err)
        err = restart(f, fault);
    if (!err)
        err = survey(f, fault);
    if (!err)
        err = restart(f, fault);
    return err;
}

static enum err open_file(const char *path, const struct source_options *options,
                          struct source **source, struct fault *fault)
{
    struct sv_file *f = calloc(1, sizeof *f);
    *source = NULL;
    if (f)
        f->path = strdup(path);
    if (!f || !f->path) {
        free(f);
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", path);
    }
    f->source.driver = &source_driver_sv;
    enum err err = prepare(f, options, fault);
    if (err) {
        close_file(&f->source);
        return err;
    }
    struct source_info *info = &f->source.info;
    info->format = source_driver_sv.format;
    info->file = f->path;
    info->line_hz = f->reader.clock.line_hz;
    info->channel_count = f->reader.layout.channel_count;
    info->channels = f->reader.layout.channels;
    info->notes = (const char *const *)f->notes.items;
    info->note_count = f->notes.count;
    *source = &f->source;
    return ERR_OK;
}

const struct source_driver source_driver_sv = {
    .format = "sv",
    .help = "sampled values of IEC 61850-9-2LE and IEC 61869-9, as pcap or pcapng",
    .probe = probe,
    .open = open_file,
    .read = read_block,
    .rewind = rewind_file,
    .close = close_file,
};
