#include "store/waveforms.h"

#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_TEXT 512
#define NAME_TEXT (PATH_TEXT + 16)

struct waveforms {
    const struct files *files;
    char folder[PATH_TEXT]; /* "": memory only */
    uint64_t last_id;
    uint64_t lost;
    struct waveform_set *set[WAVEFORM_SETS]; /* by id % WAVEFORM_SETS; owned */

    /* Loop's side, until `ready`; then the worker's, until it is false again. */
    _Atomic bool ready;
    struct waveform_set *next; /* put, and not committed yet; owned */
    uint8_t bytes[WAVEFORM_BYTES_MAX + 1];
    size_t length;
};

static void path_of(const struct waveforms *w, const char *name, char path[NAME_TEXT])
{
    snprintf(path, NAME_TEXT, "%s/%s", w->folder, name);
}

static void place_of(uint64_t id, char name[4])
{
    snprintf(name, 4, "%02u", (unsigned)(id % WAVEFORM_SETS));
}

/* --- Reading ----------------------------------------------------------------------------------------- */

static int read_bytes(struct waveforms *w, const char *path, size_t *length)
{
    const struct files *f = w->files;
    int handle, code = f->open(f->self, path, false, &handle);
    if (code)
        return code;
    code = f->read(f->self, handle, w->bytes, sizeof w->bytes, 0, length);
    f->close(f->self, handle);
    return code;
}

/* One place; what cannot be read is passed over. */
static enum err read_place(struct waveforms *w, unsigned place, struct fault *fault)
{
    char name[4], path[NAME_TEXT];
    size_t length = 0;
    place_of(place, name);
    path_of(w, name, path);
    int code = read_bytes(w, path, &length);
    if (code == -ENOENT)
        return ERR_OK;
    struct waveform_set *set = malloc(sizeof *set);
    if (!set)
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", path);
    if (code || !waveform_decode(w->bytes, length, set) || set->id % WAVEFORM_SETS != place) {
        log_message(LOG_WARNING, "%s: no set of waveforms%s%s; passed over", path,
                    code ? ": " : " that this program can read", code ? strerror(-code) : "");
        free(set);
        return ERR_OK;
    }
    w->set[place] = set;
    if (set->id > w->last_id)
        w->last_id = set->id;
    return ERR_OK;
}

enum err waveforms_open(const struct files *files, const char *folder, struct waveforms **waveforms,
                        struct fault *fault)
{
    *waveforms = NULL;
    struct waveforms *w = calloc(1, sizeof *w);
    if (!w)
        return fault_set(fault, ERR_MEMORY, "out of memory for waveforms");
    w->files = files;
    if (folder && snprintf(w->folder, sizeof w->folder, "%s", folder) >= (int)sizeof w->folder) {
        free(w);
        return fault_set(fault, ERR_SYSTEM, "%.60s...: the name is too long", folder);
    }
    enum err err = ERR_OK;
    for (unsigned p = 0; folder && !err && p < WAVEFORM_SETS; p++)
        err = read_place(w, p, fault);
    if (err) {
        waveforms_close(w);
        return err;
    }
    *waveforms = w;
    return ERR_OK;
}

void waveforms_close(struct waveforms *w)
{
    if (!w)
        return;
    for (unsigned i = 0; i < WAVEFORM_SETS; i++)
        free(w->set[i]);
    free(w->next);
    free(w);
}

/* --- Writing ----------------------------------------------------------------------------------------- */

enum err waveforms_put(struct waveforms *w, struct waveform_set *set)
{
    if (w->next)
        return ERR_AGAIN;
    set->id = ++w->last_id;
    w->next = set;
    w->length = waveform_encode(set, w->bytes);
    atomic_store(&w->ready, true);
    return ERR_OK;
}

static int write_whole(struct waveforms *w, const char *path)
{
    const struct files *f = w->files;
    int handle, code;
    f->remove(f->self, path); /* of a write that was cut short */
    code = f->open(f->self, path, true, &handle);
    if (code)
        return code;
    code = f->write(f->self, handle, w->bytes, w->length, 0);
    if (!code)
        code = f->sync(f->self, handle);
    f->close(f->self, handle);
    return code;
}

enum err waveforms_write(struct waveforms *w, struct fault *fault)
{
    const struct files *f = w->files;
    char name[4], unborn[NAME_TEXT], path[NAME_TEXT];
    int code = 0;
    assert(atomic_load(&w->ready));
    if (w->folder[0]) {
        place_of(w->next->id, name);
        path_of(w, "new", unborn);
        path_of(w, name, path);
        code = write_whole(w, unborn);
        if (!code)
            code = f->rename(f->self, unborn, path);
        if (!code)
            code = f->sync_folder(f->self, w->folder);
        if (code)
            f->remove(f->self, unborn);
    }
    atomic_store(&w->ready, false);
    return code ? fault_set(fault, ERR_SYSTEM, "%s: cannot be written: %s", path, strerror(-code))
                : ERR_OK;
}

void waveforms_commit(struct waveforms *w)
{
    assert(w->next && !atomic_load(&w->ready));
    struct waveform_set **place = &w->set[w->next->id % WAVEFORM_SETS];
    free(*place);
    *place = w->next;
    w->next = NULL;
}

/* --- Asking ------------------------------------------------------------------------------------------ */

unsigned waveforms_list(const struct waveforms *w, const struct waveform_set **sets, unsigned room)
{
    unsigned n = 0;
    for (uint64_t back = 0; back < WAVEFORM_SETS && back < w->last_id && n < room; back++) {
        const struct waveform_set *set = waveforms_get(w, w->last_id - back);
        if (set)
            sets[n++] = set;
    }
    return n;
}

const struct waveform_set *waveforms_get(const struct waveforms *w, uint64_t id)
{
    const struct waveform_set *set = w->set[id % WAVEFORM_SETS];
    return set && set->id == id ? set : NULL;
}

void waveforms_set_lost(struct waveforms *w, uint64_t lost)
{
    w->lost = lost;
}

uint64_t waveforms_lost(const struct waveforms *w)
{
    return w->lost;
}
