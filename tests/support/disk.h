/* A disk in memory behind the struct of port/files.h, on which the power can go at any operation and in
 * the middle of any write.
 *
 * It keeps apart what every reader sees (the machine's cache) and what is on the medium: a write reaches
 * the medium with the next sync of its file, a name with the next sync of its folder. When power returns,
 * of what was not synced any part may be there. */
#ifndef TESTS_SUPPORT_DISK_H
#define TESTS_SUPPORT_DISK_H

#include "port/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disk;

/* `files` is filled in, for the program that is tested. */
struct disk *disk_new(struct files *files);
void disk_free(struct disk *d);

/* Operations so far that change something: create, write, sync, rename, remove, sync_folder. */
unsigned disk_operations(const struct disk *d);

/* Bytes that operation `n` wrote; 0 if it was no write. */
size_t disk_written(const struct disk *d, unsigned n);

/* Operation `n` (from 0) fails with `code` and, if it is a write, after `bytes` of it. Afterwards all
 * goes on (a fault that passes), or nothing answers any more (power_off: the power is gone). A failed
 * sync forgets what it should have written, as Linux does. Up to four of these may be planned; they are
 * forgotten when power returns and when the program is killed. */
void disk_fail(struct disk *d, unsigned n, size_t bytes, int code, bool power_off);

/* Power returns: names as they were synced or as they were seen last (`names_made_it`); of the bytes
 * that were written but not synced, each sector of 512 made it as `chance` says: 0 none, 255 all, between
 * by a generator started with `seed`, and then a sector may be torn in its middle too. Handles are
 * gone. The counting of operations begins anew. */
void disk_power_on(struct disk *d, bool names_made_it, unsigned chance, uint32_t seed);

/* The program was killed: handles are gone, the cache is not. */
void disk_kill(struct disk *d);

/* The bytes of a file as seen, NULL if there is none; may be altered in place (the medium too). */
uint8_t *disk_bytes(struct disk *d, const char *path, size_t *size);
void disk_alter(struct disk *d, const char *path, size_t at, uint8_t change);
void disk_truncate(struct disk *d, const char *path, size_t size);

#endif
