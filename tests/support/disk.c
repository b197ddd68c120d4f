#include "disk.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX    112
#define NAMES_MAX    112
#define BYTES_MAX    400000 /* of a file */
#define LOG_MAX      4096
#define SECTOR       512
#define NAME_BYTES   64
#define FAILURES_MAX 4

/* Contents without a name: names point to them, as directory entries to inodes. */
struct content {
    bool used;
    size_t seen_size, medium_size;
    uint8_t seen[BYTES_MAX], medium[BYTES_MAX];
    bool pending[BYTES_MAX]; /* written, not synced */
    size_t from, to;         /* all of which lies between these */
};

struct name {
    char path[NAME_BYTES]; /* "" free */
    int content;
};

struct failure {
    unsigned at;
    size_t bytes;
    int code;
    bool power_off;
};

struct disk {
    struct content *content[FILES_MAX]; /* made when they are wanted */
    struct name seen[NAMES_MAX], medium[NAMES_MAX];
    unsigned operations;
    size_t written[LOG_MAX];
    struct failure failure[FAILURES_MAX];
    unsigned failures;
    bool off;
};

static struct name *find(struct name *names, const char *path)
{
    for (int i = 0; i < NAMES_MAX; i++)
        if (strcmp(names[i].path, path) == 0)
            return &names[i];
    return NULL;
}

static void forget_pending(struct content *c)
{
    if (c->to > c->from)
        memset(c->pending + c->from, false, c->to - c->from);
    c->from = BYTES_MAX;
    c->to = 0;
}

/* Counts an operation; the code with which it has to fail, or 0. Of a write, `done` are the bytes that
 * are written all the same. */
static int operation(struct disk *d, size_t bytes, size_t *done)
{
    if (d->off)
        return -EIO;
    assert(d->operations < LOG_MAX);
    unsigned n = d->operations++;
    d->written[n] = bytes;
    for (unsigned i = 0; i < d->failures; i++) {
        const struct failure *f = &d->failure[i];
        if (f->at != n)
            continue;
        d->off = f->power_off;
        if (done)
            *done = f->bytes < bytes ? f->bytes : bytes;
        return f->code;
    }
    return 0;
}

static bool is_named(const struct name *names, int content)
{
    for (int i = 0; i < NAMES_MAX; i++)
        if (names[i].path[0] && names[i].content == content)
            return true;
    return false;
}

/* Room for a new file; that of one which has lost its last name is used again. */
static struct content *new_content(struct disk *d, int *number)
{
    int c = 0;
    while (c < FILES_MAX && d->content[c] && d->content[c]->used &&
           (is_named(d->seen, c) || is_named(d->medium, c)))
        c++;
    assert(c < FILES_MAX);
    free(d->content[c]);
    d->content[c] = calloc(1, sizeof *d->content[c]);
    assert(d->content[c]);
    *number = c;
    return d->content[c];
}

static int disk_open(void *self, const char *path, bool create, int *handle)
{
    struct disk *d = self;
    struct name *name = find(d->seen, path);
    *handle = -1;
    if (d->off)
        return -EIO;
    if (!create && !name)
        return -ENOENT;
    if (create && name)
        return -EEXIST;
    if (create) {
        int code = operation(d, 0, NULL);
        if (code)
            return code;
        int c;
        struct content *content = new_content(d, &c);
        content->used = true;
        content->from = BYTES_MAX;
        name = find(d->seen, "");
        assert(name && strlen(path) < NAME_BYTES);
        strcpy(name->path, path);
        name->content = c;
    }
    *handle = name->content;
    return 0;
}

static int disk_read(void *self, int handle, void *data, size_t bytes, uint64_t offset, size_t *got)
{
    struct disk *d = self;
    struct content *c = d->content[handle];
    *got = 0;
    if (d->off)
        return -EIO;
    if (offset < c->seen_size)
        *got = bytes < c->seen_size - offset ? bytes : c->seen_size - (size_t)offset;
    memcpy(data, c->seen + offset, *got);
    return 0;
}

static int disk_write(void *self, int handle, const void *data, size_t bytes, uint64_t offset)
{
    struct disk *d = self;
    struct content *c = d->content[handle];
    if (d->off)
        return -EIO;
    size_t n = bytes;
    int code = operation(d, bytes, &n);
    assert(offset + bytes <= BYTES_MAX);
    memcpy(c->seen + offset, data, n);
    memset(c->pending + offset, true, n);
    c->from = n > 0 && offset < c->from ? (size_t)offset : c->from;
    c->to = n > 0 && offset + n > c->to ? (size_t)offset + n : c->to;
    if (n > 0 && offset + n > c->seen_size)
        c->seen_size = (size_t)offset + n;
    return code;
}

static int disk_sync(void *self, int handle)
{
    struct disk *d = self;
    struct content *c = d->content[handle];
    int code = operation(d, 0, NULL);
    if (code && d->off)
        return code;
    for (size_t i = c->from; i < c->to && code == 0;) { /* run by run */
        const bool *gap = memchr(c->pending + i, false, c->to - i);
        size_t n = gap ? (size_t)(gap - (c->pending + i)) : c->to - i;
        memcpy(c->medium + i, c->seen + i, n);
        i += n;
        const bool *next = i < c->to ? memchr(c->pending + i, true, c->to - i) : NULL;
        i = next ? (size_t)(next - c->pending) : c->to;
    }
    forget_pending(c);
    if (code == 0)
        c->medium_size = c->seen_size;
    return code;
}

static void disk_close(void *self, int handle)
{
    (void)self;
    (void)handle;
}

static int disk_rename(void *self, const char *from, const char *to)
{
    struct disk *d = self;
    int code = operation(d, 0, NULL);
    if (code)
        return code;
    struct name *old = find(d->seen, from), *over = find(d->seen, to);
    if (!old)
        return -ENOENT;
    if (over)
        over->path[0] = '\0';
    strcpy(old->path, to);
    return 0;
}

static int disk_remove(void *self, const char *path)
{
    struct disk *d = self;
    struct name *name = find(d->seen, path);
    if (!name)
        return d->off ? -EIO : -ENOENT;
    int code = operation(d, 0, NULL);
    if (code == 0)
        name->path[0] = '\0';
    return code;
}

static int disk_sync_folder(void *self, const char *path)
{
    struct disk *d = self;
    (void)path;
    int code = operation(d, 0, NULL);
    if (code == 0)
        memcpy(d->medium, d->seen, sizeof d->medium);
    return code;
}

struct disk *disk_new(struct files *files)
{
    struct disk *d = calloc(1, sizeof *d);
    assert(d);
    *files = (struct files){
        .self = d,
        .open = disk_open,
        .read = disk_read,
        .write = disk_write,
        .sync = disk_sync,
        .close = disk_close,
        .rename = disk_rename,
        .remove = disk_remove,
        .sync_folder = disk_sync_folder,
    };
    return d;
}

void disk_free(struct disk *d)
{
    for (int i = 0; i < FILES_MAX; i++)
        free(d->content[i]);
    free(d);
}

unsigned disk_operations(const struct disk *d)
{
    return d->operations;
}

size_t disk_written(const struct disk *d, unsigned n)
{
    assert(n < d->operations);
    return d->written[n];
}

void disk_fail(struct disk *d, unsigned n, size_t bytes, int code, bool power_off)
{
    assert(d->failures < FAILURES_MAX);
    d->failure[d->failures++] =
        (struct failure){.at = n, .bytes = bytes, .code = code, .power_off = power_off};
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static void settle(struct content *c, unsigned chance, uint32_t *random)
{
    size_t size = c->medium_size;
    for (size_t sector = c->from / SECTOR * SECTOR; sector < c->to; sector += SECTOR) {
        bool made_it = next_random(random) % 255 < chance;
        /* one sector in eight stops in its middle, where nothing is certain anyway */
        bool torn = chance > 0 && chance < 255 && next_random(random) % 8 == 0;
        size_t part = torn ? next_random(random) % SECTOR : SECTOR;
        for (size_t i = sector; i < sector + SECTOR; i++)
            if (made_it && c->pending[i] && i < sector + part) {
                c->medium[i] = c->seen[i];
                size = i >= size ? i + 1 : size;
            }
    }
    c->medium_size = size;
    c->seen_size = size;
    memcpy(c->seen, c->medium,
           sizeof c->seen); /* a failed sync may have left them apart anywhere */
    forget_pending(c);
}

void disk_power_on(struct disk *d, bool names_made_it, unsigned chance, uint32_t seed)
{
    for (int i = 0; i < FILES_MAX; i++)
        if (d->content[i] && d->content[i]->used)
            settle(d->content[i], chance, &seed);
    if (names_made_it)
        memcpy(d->medium, d->seen, sizeof d->medium);
    else
        memcpy(d->seen, d->medium, sizeof d->seen);
    disk_kill(d);
}

void disk_kill(struct disk *d)
{
    for (int i = 0; i < FILES_MAX; i++) {
        struct content *c = d->content[i];
        if (c)
            c->used = c->used && (is_named(d->seen, i) || is_named(d->medium, i));
    }
    d->off = false;
    d->operations = 0;
    d->failures = 0;
}

uint8_t *disk_bytes(struct disk *d, const char *path, size_t *size)
{
    struct name *name = find(d->seen, path);
    if (!name)
        return NULL;
    *size = d->content[name->content]->seen_size;
    return d->content[name->content]->seen;
}

void disk_alter(struct disk *d, const char *path, size_t at, uint8_t change)
{
    struct name *name = find(d->seen, path);
    assert(name && at < BYTES_MAX);
    d->content[name->content]->seen[at] ^= change;
    d->content[name->content]->medium[at] ^= change;
}

void disk_truncate(struct disk *d, const char *path, size_t size)
{
    struct name *name = find(d->seen, path);
    assert(name && size <= BYTES_MAX);
    struct content *c = d->content[name->content];
    memset(c->seen + size, 0, BYTES_MAX - size);
    memset(c->medium + size, 0, BYTES_MAX - size);
    c->seen_size = c->medium_size = size;
}
