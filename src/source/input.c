#include "source/input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define WINDOW_BYTES ((size_t)256 << 10)
#define PACKED_BYTES ((size_t)64 << 10)

struct input {
    char *name;
    FILE *file;                  /* NULL: memory */
    const unsigned char *memory; /* all of it */
    size_t memory_at;
    uint64_t size;

    bool packed;
    bool unpacking; /* `gzip` is initialised */
    z_stream gzip;
    unsigned char *packed_bytes;
    bool between_members; /* a packed member has ended, another may follow */

    unsigned char *window; /* bytes `begin` to `end` of it are not yet given */
    size_t room, begin, end;
    uint64_t offset; /* of window[begin] */
    uint64_t limit;  /* the input ends here */
    bool at_end;     /* nothing more can be filled in */
    uint64_t line;
    bool line_was_whole;
};

static enum err start(struct input *in, const char *name, struct input **out, struct fault *fault)
{
    in->name = strdup(name);
    in->window = malloc(WINDOW_BYTES);
    in->room = WINDOW_BYTES;
    in->limit = UINT64_MAX;
    if (in->packed) {
        in->packed_bytes = malloc(PACKED_BYTES);
        in->unpacking = in->packed_bytes && inflateInit2(&in->gzip, 15 + 16) == Z_OK;
    }
    if (!in->name || !in->window || (in->packed && !in->unpacking)) {
        input_close(in);
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", name);
    }
    *out = in;
    return ERR_OK;
}

static bool is_gzip(const unsigned char *head, size_t bytes)
{
    return bytes >= 3 && head[0] == 0x1f && head[1] == 0x8b && head[2] == 8;
}

enum err input_open(const char *path, struct input **out, struct fault *fault)
{
    *out = NULL;
    FILE *file = fopen(path, "rb");
    if (!file)
        return fault_set(fault, ERR_INPUT, "%s: %s", path, strerror(errno));
    struct input *in = calloc(1, sizeof *in);
    if (!in) {
        fclose(file);
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", path);
    }
    in->file = file;
    setvbuf(file, NULL, _IONBF, 0); /* the window is the buffer */
    unsigned char head[4];
    size_t n = fread(head, 1, sizeof head, file);
    in->packed = is_gzip(head, n);
    off_t size = fseeko(file, 0, SEEK_END) == 0 ? ftello(file) : -1;
    if (size < 0 || fseeko(file, 0, SEEK_SET) != 0) {
        input_close(in);
        return fault_set(fault, ERR_INPUT, "%s: cannot go to a place in it (%s)", path,
                         strerror(errno));
    }
    in->size = (uint64_t)size;
    return start(in, path, out, fault);
}

enum err input_open_memory(const char *name, const void *bytes, size_t size, struct input **out,
                           struct fault *fault)
{
    *out = NULL;
    struct input *in = calloc(1, sizeof *in);
    if (!in)
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", name);
    in->memory = bytes;
    in->size = size;
    in->packed = is_gzip(bytes, size);
    return start(in, name, out, fault);
}

void input_close(struct input *in)
{
    if (!in)
        return;
    if (in->unpacking)
        inflateEnd(&in->gzip);
    if (in->file)
        fclose(in->file);
    free(in->packed_bytes);
    free(in->window);
    free(in->name);
    free(in);
}

const char *input_name(const struct input *in)
{
    return in->name;
}

bool input_is_packed(const struct input *in)
{
    return in->packed;
}

uint64_t input_size(const struct input *in)
{
    return in->size;
}

uint64_t input_offset(const struct input *in)
{
    return in->offset;
}

uint64_t input_line_number(const struct input *in)
{
    return in->line;
}

bool input_line_was_whole(const struct input *in)
{
    return in->line_was_whole;
}

void input_set_end(struct input *in, uint64_t end)
{
    in->limit = end;
    if (in->offset + (in->end - in->begin) > end) {
        in->end = in->offset >= end ? in->begin : in->begin + (size_t)(end - in->offset);
        in->at_end = true;
    }
}

enum err input_seek(struct input *in, uint64_t offset, uint64_t line, struct fault *fault)
{
    if (in->packed && offset != 0)
        return fault_set(fault, ERR_UNSUPPORTED, "%s: a packed file is read from its start only",
                         in->name);
    if (in->file && fseeko(in->file, (off_t)offset, SEEK_SET) != 0)
        return fault_set(fault, ERR_SYSTEM, "%s: cannot go to byte %" PRIu64 ": %s", in->name,
                         offset, strerror(errno));
    in->memory_at = offset < in->size ? (size_t)offset : (size_t)in->size;
    if (in->packed) {
        inflateReset(&in->gzip);
        in->gzip.avail_in = 0;
        in->between_members = false;
    }
    in->begin = in->end = 0;
    in->offset = offset;
    in->at_end = offset >= in->limit;
    in->line = line > 0 ? line - 1 : 0;
    return ERR_OK;
}

/* Bytes as they lie in the file or in memory. */
static enum err read_raw(struct input *in, unsigned char *to, size_t room, size_t *got,
                         struct fault *fault)
{
    if (!in->file) {
        size_t rest = (size_t)in->size - in->memory_at;
        *got = room < rest ? room : rest;
        if (*got > 0)
            memcpy(to, in->memory + in->memory_at, *got);
        in->memory_at += *got;
        return ERR_OK;
    }
    *got = fread(to, 1, room, in->file);
    if (*got < room && ferror(in->file))
        return fault_set(fault, ERR_SYSTEM, "%s: cannot be read: %s", in->name, strerror(errno));
    return ERR_OK;
}

/* Unpacks at least one byte, unless the input ends. */
static enum err read_packed(struct input *in, unsigned char *to, size_t room, size_t *got,
                            struct fault *fault)
{
    z_stream *z = &in->gzip;
    z->next_out = to;
    z->avail_out = (uInt)room;
    while (z->avail_out == room) {
        if (z->avail_in == 0) {
            size_t n = 0;
            enum err err = read_raw(in, in->packed_bytes, PACKED_BYTES, &n, fault);
            if (err)
                return err;
            if (n == 0 && in->between_members)
                break;
            if (n == 0)
                return fault_set(fault, ERR_INPUT, "%s: the packed (gzip) data end too early",
                                 in->name);
            z->next_in = in->packed_bytes;
            z->avail_in = (uInt)n;
        }
        if (in->between_members && z->next_in[0] != 0x1f)
            break; /* padding behind the last member */
        in->between_members = false;
        int result = inflate(z, Z_NO_FLUSH);
        if (result == Z_STREAM_END) {
            in->between_members = true;
            inflateReset(z);
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            return fault_set(fault, ERR_INPUT,
                             "%s: the packed (gzip) data are damaged behind byte %" PRIu64
                             " of what they hold",
                             in->name, in->offset + (in->end - in->begin));
        }
    }
    *got = room - z->avail_out;
    return ERR_OK;
}

/* Brings more bytes into the window, which must have room. */
static enum err fill(struct input *in, struct fault *fault)
{
    size_t kept = in->end - in->begin;
    memmove(in->window, in->window + in->begin, kept);
    in->begin = 0;
    in->end = kept;
    uint64_t rest = in->limit - (in->offset + kept);
    size_t room = in->room - kept;
    if (room > rest)
        room = (size_t)rest;
    size_t got = 0;
    if (room > 0) {
        enum err err = in->packed ? read_packed(in, in->window + kept, room, &got, fault)
                                  : read_raw(in, in->window + kept, room, &got, fault);
        if (err)
            return err;
    }
    in->end += got;
    in->at_end = got == 0;
    return ERR_OK;
}

/* Lets the window hold `bytes` at once. */
static enum err widen(struct input *in, size_t bytes, struct fault *fault)
{
    if (bytes <= in->room)
        return ERR_OK;
    unsigned char *wider = realloc(in->window, bytes);
    if (!wider)
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", in->name);
    in->window = wider;
    in->room = bytes;
    return ERR_OK;
}

enum err input_bytes(struct input *in, size_t want, const unsigned char **bytes, size_t *got,
                     struct fault *fault)
{
    if (want > INPUT_PIECE_MAX)
        want = INPUT_PIECE_MAX;
    enum err err = widen(in, want, fault);
    while (!err && in->end - in->begin < want && !in->at_end)
        err = fill(in, fault);
    if (err)
        return err;
    size_t there = in->end - in->begin;
    *got = there < want ? there : want;
    *bytes = in->window + in->begin;
    in->begin += *got;
    in->offset += *got;
    return ERR_OK;
}

enum err input_line(struct input *in, const char **line, size_t *length, struct fault *fault)
{
    size_t searched = 0;
    for (;;) {
        unsigned char *start_of = in->window + in->begin;
        size_t there = in->end - in->begin;
        unsigned char *end = memchr(start_of + searched, '\n', there - searched);
        if (!end && !in->at_end && there < INPUT_PIECE_MAX) {
            searched = there;
            enum err err = there == in->room ? widen(in, INPUT_PIECE_MAX, fault) : fill(in, fault);
            if (err)
                return err;
            continue;
        }
        if (!end && there == 0)
            return ERR_END;
        if (!end && !in->at_end)
            return fault_set(fault, ERR_INPUT, "%s:%" PRIu64 ": line longer than %zu bytes",
                             in->name, in->line + 1, INPUT_PIECE_MAX);
        in->line_was_whole = end != NULL;
        size_t n = end ? (size_t)(end - start_of) : there;
        size_t used = end ? n + 1 : n;
        while (n > 0 && start_of[n - 1] == '\r')
            n--;
        *line = (const char *)start_of;
        *length = n;
        in->begin += used;
        in->offset += used;
        in->line++;
        return ERR_OK;
    }
}
