/* The registry of source drivers, and the calls of source.h that go through it. */
#include "port/files.h"
#include "source/driver.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HEAD_BYTES 4096

/* One line for each driver of a recording; the end of the list is NULL. Who adds a driver adds its
 * `extern const struct source_driver` here as well. Where two are equally sure the first one wins. */
extern const struct source_driver source_driver_comtrade;
extern const struct source_driver source_driver_csv;
extern const struct source_driver source_driver_sv;
extern const struct source_driver source_driver_wav;

static const struct source_driver *const drivers[] = {
    &source_driver_comtrade, /* .cfg with .dat, .cff */
    &source_driver_sv,       /* pcap, pcapng */
    &source_driver_csv,      /* tables of text, last of those that look at text */
    &source_driver_wav,      /* RIFF */
    NULL,
};

static enum err read_head(const char *path, unsigned char *head, size_t *bytes, struct fault *fault)
{
    enum path_kind kind = path_kind(path);
    if (kind == PATH_NONE)
        return fault_set(fault, ERR_INPUT, "%s: %s", path, strerror(errno));
    if (kind != PATH_FILE)
        return fault_set(fault, ERR_INPUT,
                         "%s: not a regular file (a recording is read more than once)", path);
    FILE *file = fopen(path, "rb");
    if (!file)
        return fault_set(fault, ERR_INPUT, "%s: %s", path, strerror(errno));
    *bytes = fread(head, 1, HEAD_BYTES, file);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed)
        return fault_set(fault, ERR_SYSTEM, "%s: cannot be read", path);
    return ERR_OK;
}

static enum err list_formats(const char *path, struct fault *fault)
{
    char list[320] = "";
    size_t length = 0;
    for (size_t i = 0; drivers[i] && length < sizeof list; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%s", i ? "; " : "",
                                   drivers[i]->help);
    return fault_set(fault, ERR_UNSUPPORTED, "%s: not a kind of recording that is known (%s)", path,
                     list);
}

enum err source_open(const char *path, const struct source_options *options, struct source **source,
                     struct fault *fault)
{
    static const struct source_options none = {0};
    unsigned char head[HEAD_BYTES];
    size_t head_bytes = 0;
    *source = NULL;
    enum err err = read_head(path, head, &head_bytes, fault);
    if (err)
        return err;

    const struct source_driver *best = NULL;
    int surest = 0;
    for (size_t i = 0; drivers[i]; i++) {
        int sure = drivers[i]->probe ? drivers[i]->probe(path, head, head_bytes) : 0;
        if (sure > surest) {
            surest = sure;
            best = drivers[i];
        }
    }
    if (!best)
        return list_formats(path, fault);
    return best->open(path, options ? options : &none, source, fault);
}

const struct source_info *source_info(const struct source *s)
{
    return &s->info;
}

enum err source_read(struct source *s, struct wave_block *block, struct fault *fault)
{
    return s->driver->read(s, block, fault);
}

enum err source_rewind(struct source *s, struct fault *fault)
{
    if (!s->driver->rewind)
        return fault_set(fault, ERR_UNSUPPORTED, "a live source cannot be rewound");
    return s->driver->rewind(s, fault);
}

void source_close(struct source *s)
{
    if (s)
        s->driver->close(s);
}
