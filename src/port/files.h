/* Files, as a struct of functions: the program has one that asks the operating system, a test has one
 * that cuts the power at the n-th byte. Only what must survive such a cut goes through it. */
#ifndef PORT_FILES_H
#define PORT_FILES_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every function returns 0, or a negative errno number (-ENOENT, -ENOSPC, -EIO ...). */
struct files {
    void *self; /* given to each call */

    /* A file for reading and writing. With `create` it must not be there before (-EEXIST). */
    int (*open)(void *self, const char *path, bool create, int *handle);

    /* Reads up to `bytes` at `offset`; `got` is less only at the end of the file. */
    int (*read)(void *self, int handle, void *data, size_t bytes, uint64_t offset, size_t *got);

    /* Writes all of it, or fails; what a failed write left behind is unknown. Not durable before sync. */
    int (*write)(void *self, int handle, const void *data, size_t bytes, uint64_t offset);

    /* Returns once all that was written to the file is on the medium. */
    int (*sync)(void *self, int handle);
    void (*close)(void *self, int handle);

    /* Names: at once for every reader, durable after sync_folder. `rename` replaces what is there. */
    int (*rename)(void *self, const char *from, const char *to);
    int (*remove)(void *self, const char *path);
    int (*sync_folder)(void *self, const char *path);
};

/* The operating system's. */
extern const struct files files_system;

/* What stands at a path; links are followed. With PATH_NONE errno says why. */
enum path_kind { PATH_NONE, PATH_FILE, PATH_FOLDER, PATH_OTHER };
enum path_kind path_kind(const char *path);

/* Makes a folder and those above it; fine if it is there. */
enum err folder_make(const char *path, struct fault *fault);

/* Takes the folder for this process, by a lock on the file `lock` in it; a second process gets a fault
 * (ERR_SYSTEM) that says who has it. The lock ends with the process, however that ends, or with
 * folder_unlock. */
enum err folder_lock(const char *path, int *lock, struct fault *fault);
void folder_unlock(int lock);

#endif
