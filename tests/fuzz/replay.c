/* Runs a fuzz target without libFuzzer: on every file of its corpus, and on mutations of each made
 * by a fixed generator, so that a plain or sanitized test run exercises every parser. Prints TAP. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state = 88172645463325252u;

static uint32_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

static size_t mutate(uint8_t *data, size_t size, size_t room)
{
    unsigned changes = 1 + next_random() % 4;
    for (unsigned i = 0; i < changes && size > 0; i++) {
        size_t at = next_random() % size;
        switch (next_random() % 5) {
        case 0:
            data[at] ^= (uint8_t)(1u << next_random() % 8);
            break;
        case 1:
            data[at] = (uint8_t)next_random();
            break;
        case 2:
            size = at;
            break;
        case 3: { /* repeat a piece */
            size_t n = next_random() % 16;
            if (at + n <= size && size + n <= room) {
                memmove(data + at + n, data + at, size - at);
                size += n;
            }
            break;
        }
        default: { /* a number at its edge */
            static const char *const edges[] = {"0", "-1", "99999999999", "1e308", "nan", ""};
            const char *e = edges[next_random() % 6];
            size_t n = strlen(e);
            if (at + n <= size)
                memcpy(data + at, e, n);
        }
        }
    }
    return size;
}

static size_t run_file(const char *path, unsigned rounds)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return 0;
    size_t room = 1 << 18;
    uint8_t *data = malloc(room), *copy = malloc(room);
    if (!data || !copy)
        abort();
    size_t size = fread(data, 1, room / 2, f);
    fclose(f);
    LLVMFuzzerTestOneInput(data, size);
    for (unsigned i = 0; i < rounds; i++) {
        memcpy(copy, data, size);
        size_t n = mutate(copy, size, room);
        /* an exact allocation lets the sanitizer see a read past the end */
        uint8_t *exact = malloc(n ? n : 1);
        if (!exact)
            abort();
        memcpy(exact, copy, n);
        LLVMFuzzerTestOneInput(exact, n);
        free(exact);
    }
    free(data);
    free(copy);
    return 1;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    const char *rounds_text = getenv("FUZZ_ROUNDS");
    unsigned rounds = rounds_text ? (unsigned)atoi(rounds_text) : 400;
    size_t files = 0;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.')
            files += run_file(path, rounds);
    }
    if (d)
        closedir(d);
    printf("1..1\n%s 1 - %zu corpus files and %u mutations of each\n", files ? "ok" : "not ok",
           files, rounds);
    return files ? 0 : 1;
}
