/* COMTRADE: a .cff as it is; anything else is a .cfg, a line "=== dat", and a .dat. */
#include "consume.h"

#include "source/comtrade.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char border[] = "=== dat\n";
    static const struct source_options options = {.rate_hz = 1000};
    struct source *s = NULL;
    struct fault fault;
    enum err err;
    if (size >= 3 && memcmp(data, "---", 3) == 0) {
        err = comtrade_open_cff_memory(data, size, &options, &s, &fault);
    } else {
        const uint8_t *at = memmem(data, size, border, sizeof border - 1);
        size_t cfg = at ? (size_t)(at - data) : size;
        size_t dat = at ? cfg + sizeof border - 1 : size;
        err = comtrade_open_memory((const char *)data, cfg, data + dat, size - dat, &options, &s,
                                   &fault);
    }
    if (err == ERR_OK)
        consume(s);
    return 0;
}
