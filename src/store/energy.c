#include "store/energy.h"

#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_TEXT 512
#define NAME_TEXT (PATH_TEXT + 48) /* with the file's name and ending */
_Static_assert(ENERGY_RECORD_BYTES_MAX <= ENERGY_SLOT_BYTES, "a record fits its place");

struct energy_store {
    const struct files *files;
    char folder[PATH_TEXT];
    int handle;
    int newest_slot; /* holds the newest durable record, is not written to */

    /* Loop's side, until `ready`; then the worker's, until it is false again. */
    _Atomic bool ready;
    struct energy_record now; /* as last prepared */
    uint8_t bytes[ENERGY_SLOT_BYTES];
    size_t length;

    bool behind[ENERGY_POINTS_MAX]; /* said already that a register wanted to go back */
    bool full;                      /* said already that there is no room */
};

void energy_key(char key[ENERGY_KEY_TEXT], const char *serial, unsigned address, unsigned number)
{
    if (serial[0])
        snprintf(key, ENERGY_KEY_TEXT, "%.20s/%u", serial, number);
    else
        snprintf(key, ENERGY_KEY_TEXT, "@%u/%u", address, number);
}

static enum err refused(struct fault *fault, const char *folder, const char *what, int code)
{
    return fault_set(fault, ERR_SYSTEM, "%s/energy: %s: %s", folder, what, strerror(-code));
}

static void path_of(const struct energy_store *s, const char *ending, char path[NAME_TEXT])
{
    snprintf(path, NAME_TEXT, "%s/energy%s", s->folder, ending);
}

/* Writes `bytes` into a slot and waits until it is there. */
static int write_slot(struct energy_store *s, int slot)
{
    const struct files *f = s->files;
    int code =
        f->write(f->self, s->handle, s->bytes, s->length, (uint64_t)slot * ENERGY_SLOT_BYTES);
    return code ? code : f->sync(f->self, s->handle);
}

/* Writes s->now into a new file. Takes the room of both slots at once, so that a disk that fills up later
 * stops no energy. */
static int write_first(struct energy_store *s)
{
    const struct files *f = s->files;
    memset(s->bytes, 0, sizeof s->bytes);
    int code = f->write(f->self, s->handle, s->bytes, ENERGY_SLOT_BYTES, ENERGY_SLOT_BYTES);
    energy_record_encode(&s->now, s->bytes);
    s->length = ENERGY_SLOT_BYTES;
    return code ? code : write_slot(s, 0);
}

/* A file that begins with s->now, in the place of what may be there. It gets its name only with a whole
 * record in it; so a file of that name without one is damaged. */
static enum err create(struct energy_store *s, struct fault *fault)
{
    const struct files *f = s->files;
    char unborn[NAME_TEXT], path[NAME_TEXT];
    path_of(s, ".new", unborn);
    path_of(s, "", path);
    f->remove(f->self, unborn); /* of a start that was cut short */
    int code = f->open(f->self, unborn, true, &s->handle);
    if (code) {
        s->handle = -1;
        return refused(fault, s->folder, "cannot be created", code);
    }
    code = write_first(s);
    if (!code)
        code = f->rename(f->self, unborn, path);
    if (!code)
        code = f->sync_folder(f->self, s->folder);
    if (code)
        return refused(fault, s->folder, "cannot be created", code);
    s->newest_slot = 0;
    return ERR_OK;
}

/* The file cannot be read by anyone; keeps it for whoever wants to look, under a name that is free. */
static enum err keep_aside(struct energy_store *s, struct fault *fault)
{
    const struct files *f = s->files;
    char path[NAME_TEXT], aside[NAME_TEXT], ending[32];
    f->close(f->self, s->handle);
    s->handle = -1;
    path_of(s, "", path);
    for (int n = 1; n <= 100; n++) {
        int there;
        snprintf(ending, sizeof ending, ".damaged-%d", n);
        path_of(s, ending, aside);
        if (f->open(f->self, aside, false, &there) != 0)
            break;
        f->close(f->self, there);
    }
    int code = f->rename(f->self, path, aside);
    if (code)
        return refused(fault, s->folder, "is damaged and cannot be kept aside", code);
    log_message(LOG_ERROR, "%s: both records are damaged; kept as %s, the energies start from zero",
                path, aside);
    return ERR_OK;
}

/* Reads the record at each of the places where one may be into `s->now`, the newest one last; `bytes`
 * serves as scratch. The second place depends on the version of the first writer. */
static enum err read_newest(struct energy_store *s, struct energy_record *other, bool *found,
                            struct fault *fault)
{
    static const struct {
        uint64_t at;
        int slot;
    } places[] = {{0, 0}, {ENERGY_SLOT_BYTES_1, 1}, {ENERGY_SLOT_BYTES, 1}};
    const struct files *f = s->files;
    *found = false;
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        size_t got = 0;
        int code = f->read(f->self, s->handle, s->bytes, ENERGY_SLOT_BYTES, places[i].at, &got);
        if (code)
            return refused(fault, s->folder, "cannot be read", code);
        switch (energy_record_decode(s->bytes, got, other)) {
        case ENERGY_RECORD_NEWER:
            return fault_set(fault, ERR_UNSUPPORTED,
                             "%s/energy: written by a newer busbar; this one knows version %d",
                             s->folder, ENERGY_RECORD_VERSION);
        case ENERGY_RECORD_DAMAGED:
            break;
        case ENERGY_RECORD_GOOD:
            if ((places[i].at == ENERGY_SLOT_BYTES_1 && other->version != 1) ||
                (*found && other->sequence <= s->now.sequence))
                break;
            s->now = *other;
            s->newest_slot = places[i].slot;
            *found = true;
        }
    }
    return ERR_OK;
}

/* A file of an older version becomes one of this version: written beside it, and renamed over it. */
static enum err renew(struct energy_store *s, struct fault *fault)
{
    unsigned before = s->now.version;
    s->files->close(s->files->self, s->handle);
    s->handle = -1;
    s->now.sequence++;
    enum err err = create(s, fault);
    if (!err)
        log_message(LOG_INFO, "%s/energy: of version %u, written anew as version %d", s->folder,
                    before, ENERGY_RECORD_VERSION);
    return err;
}

static enum err open_file(struct energy_store *s, struct fault *fault)
{
    const struct files *f = s->files;
    char path[NAME_TEXT];
    path_of(s, "", path);
    int code = f->open(f->self, path, false, &s->handle);
    if (code == -ENOENT) {
        s->handle = -1;
        s->now = (struct energy_record){.sequence = 1};
        return create(s, fault);
    }
    if (code) {
        s->handle = -1;
        return refused(fault, s->folder, "cannot be opened", code);
    }
    struct energy_record *other = malloc(sizeof *other);
    if (!other)
        return fault_set(fault, ERR_MEMORY, "%s/energy: out of memory", s->folder);
    bool found;
    enum err err = read_newest(s, other, &found, fault);
    free(other);
    if (err)
        return err;
    if (!found) {
        err = keep_aside(s, fault);
        s->now = (struct energy_record){.sequence = 1};
        return err ? err : create(s, fault);
    }
    if (s->now.version != ENERGY_RECORD_VERSION)
        return renew(s, fault);
    /* A record that a killed process wrote may be in memory only. Before anyone is told, it is kept. */
    code = f->sync(f->self, s->handle);
    return code ? refused(fault, s->folder, "cannot be synced", code) : ERR_OK;
}

enum err energy_open(const struct files *files, const char *folder, struct energy_store **store,
                     struct fault *fault)
{
    *store = NULL;
    struct energy_store *s = calloc(1, sizeof *s);
    if (!s)
        return fault_set(fault, ERR_MEMORY, "%s/energy: out of memory", folder);
    s->files = files;
    s->handle = -1;
    if (snprintf(s->folder, sizeof s->folder, "%s", folder) >= (int)sizeof s->folder) {
        free(s);
        return fault_set(fault, ERR_SYSTEM, "%.60s...: the name is too long", folder);
    }
    enum err err = open_file(s, fault);
    if (err) {
        energy_close(s);
        return err;
    }
    *store = s;
    return ERR_OK;
}

void energy_close(struct energy_store *s)
{
    if (!s)
        return;
    if (s->handle >= 0)
        s->files->close(s->files->self, s->handle);
    free(s);
}

/* Index of a key; `hint` is where it was last time. Count if it is not there. */
static unsigned find(const struct energy_record *r, const char *key, unsigned hint)
{
    if (hint < r->count && strcmp(r->entry[hint].key, key) == 0)
        return hint;
    unsigned i = 0;
    while (i < r->count && strcmp(r->entry[i].key, key) != 0)
        i++;
    return i;
}

bool energy_find(const struct energy_store *s, const char *key,
                 uint64_t energy_mj[ENERGY_REGISTERS])
{
    unsigned i = find(&s->now, key, 0);
    if (i == s->now.count)
        return false;
    memcpy(energy_mj, s->now.entry[i].energy_mj, sizeof s->now.entry[i].energy_mj);
    return true;
}

/* Raises the kept registers to those of the point, and the point's to those that are kept. */
static void raise(struct energy_entry *e, struct energy_point *p, bool *behind)
{
    for (int r = 0; r < ENERGY_REGISTERS; r++) {
        if (p->energy_mj[r] >= e->energy_mj[r]) {
            e->energy_mj[r] = p->energy_mj[r];
            continue;
        }
        if (!*behind)
            log_message(LOG_ERROR, "energy of %s: %s wanted to go back by %llu mJ; it is held",
                        p->key, quantity_info(energy_quantity((unsigned)r))->name,
                        (unsigned long long)(e->energy_mj[r] - p->energy_mj[r]));
        *behind = true;
        p->energy_mj[r] = e->energy_mj[r];
    }
}

enum err energy_prepare(struct energy_store *s, struct energy_point *points, unsigned count,
                        int64_t instant_ns)
{
    if (atomic_load(&s->ready))
        return ERR_AGAIN;
    struct energy_record *now = &s->now;
    for (unsigned p = 0; p < count; p++) {
        assert(points[p].key[0] && memchr(points[p].key, '\0', ENERGY_KEY_TEXT));
        unsigned i = find(now, points[p].key, p);
        points[p].kept = i < ENERGY_POINTS_MAX;
        if (!points[p].kept) {
            if (!s->full)
                log_message(
                    LOG_ERROR,
                    "%s/energy: no room for the load %s beside %d others; its energy is not kept",
                    s->folder, points[p].key, ENERGY_POINTS_MAX);
            s->full = true;
            continue;
        }
        if (i == now->count) {
            now->entry[i] = (struct energy_entry){{0}, {0}};
            memcpy(now->entry[i].key, points[p].key, strlen(points[p].key));
            now->count++;
        }
        raise(&now->entry[i], &points[p], &s->behind[i]);
    }
    now->sequence++;
    now->instant_ns = instant_ns;
    s->length = energy_record_encode(now, s->bytes);
    atomic_store(&s->ready, true);
    return ERR_OK;
}

enum err energy_write(struct energy_store *s, struct fault *fault)
{
    assert(atomic_load(&s->ready));
    int slot = 1 - s->newest_slot;
    int code = write_slot(s, slot);
    if (code == 0)
        s->newest_slot = slot;
    enum err err = code ? refused(fault, s->folder, "cannot be written", code) : ERR_OK;
    atomic_store(&s->ready, false);
    return err;
}
