#include "port/zone_file.h"

#include "base/nearest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_TEXT      512
#define FILE_BYTES_MAX 65536 /* the largest of the database have 4 KiB */

static const char *folder(void)
{
    static const char *const places[] = {"/usr/share/zoneinfo", "/usr/lib/zoneinfo",
                                         "/usr/share/lib/zoneinfo"};
    const char *said = getenv("TZDIR");
    struct stat about;
    if (said && *said)
        return said;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (stat(places[i], &about) == 0)
            return places[i];
    return places[0];
}

/* Letters, digits, '_', '+' and '-', in parts between slashes: no way out of the folder. */
static bool is_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length >= ZONE_NAME_TEXT || name[0] == '/' || name[length - 1] == '/' ||
        strstr(name, "//"))
        return false;
    return !name[strspn(name,
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/")];
}

/* The name most like it in the database's own list, whose lines are country, place, name and comment. */
static bool find_like(const char *name, char best[ZONE_NAME_TEXT])
{
    char path[PATH_TEXT], line[256];
    struct nearest n;
    unsigned distance = 0;
    best[0] = '\0';
    snprintf(path, sizeof path, "%s/zone.tab", folder());
    FILE *list = fopen(path, "r");
    while (list && fgets(line, sizeof line, list)) {
        char candidate[ZONE_NAME_TEXT];
        if (line[0] == '#' || sscanf(line, "%*s %*s %63s", candidate) != 1)
            continue;
        nearest_begin(&n, name);
        nearest_offer(&n, candidate);
        if (n.best && (!best[0] || n.distance < distance)) {
            strcpy(best, candidate);
            distance = n.distance;
        }
    }
    if (list)
        fclose(list);
    return best[0];
}

static enum err unknown(const char *name, struct fault *fault)
{
    char like[ZONE_NAME_TEXT];
    struct stat about;
    if (stat(folder(), &about) != 0)
        return fault_set(fault, ERR_SYSTEM,
                         "time zone %s: no zone database at %s; it is in the package tzdata", name,
                         folder());
    if (find_like(name, like))
        return fault_set(fault, ERR_INPUT, "no time zone \"%s\"; did you mean %s?", name, like);
    return fault_set(fault, ERR_INPUT,
                     "no time zone \"%s\"; a name such as Europe/Paris is expected", name);
}

static enum err read_zone(FILE *file, const char *name, struct zone *z, struct fault *fault)
{
    uint8_t *bytes = malloc(FILE_BYTES_MAX);
    if (!bytes)
        return fault_set(fault, ERR_MEMORY, "time zone %s: out of memory", name);
    size_t size = fread(bytes, 1, FILE_BYTES_MAX, file);
    enum err err = ferror(file) ? fault_set(fault, ERR_SYSTEM, "time zone %s cannot be read: %s",
                                            name, strerror(errno))
                                : zone_parse(z, name, bytes, size, fault);
    free(bytes);
    return err;
}

enum err zone_load(const char *name, struct zone *z, struct fault *fault)
{
    char path[PATH_TEXT];
    struct stat about;
    if (strcmp(name, "UTC") == 0) {
        zone_init_utc(z);
        return ERR_OK;
    }
    if (!is_name(name) || snprintf(path, sizeof path, "%s/%s", folder(), name) >= (int)sizeof path)
        return unknown(name, fault);
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode))
        return unknown(name, fault);
    FILE *file = fopen(path, "rb");
    if (!file)
        return fault_set(fault, ERR_SYSTEM, "time zone %s cannot be opened: %s", name,
                         strerror(errno));
    enum err err = read_zone(file, name, z, fault);
    fclose(file);
    return err;
}
