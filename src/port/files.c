#include "port/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int system_open(void *self, const char *path, bool create, int *handle)
{
    (void)self;
    int how = O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0);
    *handle = open(path, how, 0640);
    return *handle < 0 ? -errno : 0;
}

static int system_read(void *self, int handle, void *data, size_t bytes, uint64_t offset,
                       size_t *got)
{
    (void)self;
    *got = 0;
    while (*got < bytes) {
        ssize_t n = pread(handle, (char *)data + *got, bytes - *got, (off_t)(offset + *got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return 0;
        *got += (size_t)n;
    }
    return 0;
}

static int system_write(void *self, int handle, const void *data, size_t bytes, uint64_t offset)
{
    (void)self;
    for (size_t done = 0; done < bytes;) {
        ssize_t n = pwrite(handle, (const char *)data + done, bytes - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        done += (size_t)n;
    }
    return 0;
}

static int system_sync(void *self, int handle)
{
    (void)self;
    return fdatasync(handle) == 0 ? 0 : -errno;
}

static void system_close(void *self, int handle)
{
    (void)self;
    close(handle);
}

static int system_rename(void *self, const char *from, const char *to)
{
    (void)self;
    return rename(from, to) == 0 ? 0 : -errno;
}

static int system_remove(void *self, const char *path)
{
    (void)self;
    return unlink(path) == 0 ? 0 : -errno;
}

static int system_sync_folder(void *self, const char *path)
{
    (void)self;
    int handle = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0)
        return -errno;
    int result = fsync(handle) == 0 ? 0 : -errno;
    close(handle);
    return result;
}

const struct files files_system = {
    .open = system_open,
    .read = system_read,
    .write = system_write,
    .sync = system_sync,
    .close = system_close,
    .rename = system_rename,
    .remove = system_remove,
    .sync_folder = system_sync_folder,
};

enum path_kind path_kind(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return PATH_NONE;
    return S_ISREG(about.st_mode) ? PATH_FILE : S_ISDIR(about.st_mode) ? PATH_FOLDER : PATH_OTHER;
}

enum err folder_make(const char *path, struct fault *fault)
{
    char part[PATH_MAX];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof part)
        return fault_set(fault, ERR_SYSTEM, "'%.60s': not a name that a folder can have", path);
    memcpy(part, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        part[i] = '\0';
        if (mkdir(part, 0750) != 0 && errno != EEXIST)
            return fault_set(fault, ERR_SYSTEM, "%s: cannot make the folder: %s", part,
                             strerror(errno));
        part[i] = path[i];
    }
    if (path_kind(path) != PATH_FOLDER)
        return fault_set(fault, ERR_SYSTEM, "%s: is there, but is not a folder", path);
    return ERR_OK;
}

/* Leaves the holder's number in the file, for the one who finds it taken. */
static void note_holder(int lock)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(lock, 0) != 0 || pwrite(lock, text, (size_t)n, 0) != n)
        return; /* the lock holds without it */
}

enum err folder_lock(const char *path, int *lock, struct fault *fault)
{
    char name[PATH_MAX];
    if (snprintf(name, sizeof name, "%s/lock", path) >= (int)sizeof name)
        return fault_set(fault, ERR_SYSTEM, "%.60s...: the name is too long", path);
    int handle = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (handle < 0)
        return fault_set(fault, ERR_SYSTEM, "%s: cannot be opened: %s", name, strerror(errno));
    while (flock(handle, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        int why = errno;
        char holder[32] = "";
        ssize_t n = pread(handle, holder, sizeof holder - 1, 0);
        long pid = n > 0 ? strtol(holder, NULL, 10) : 0;
        close(handle);
        if (why != EWOULDBLOCK)
            return fault_set(fault, ERR_SYSTEM, "%s: cannot be locked: %s", name, strerror(why));
        return fault_set(fault, ERR_SYSTEM, "%s: in use by another busbar (process %ld)", path,
                         pid);
    }
    note_holder(handle);
    *lock = handle;
    return ERR_OK;
}

void folder_unlock(int lock)
{
    close(lock);
}
