/* Any bytes as an installation file: faults or an installation, never a crash; and an installation that
 * was read is printed as a file that is read as the same. */
#include "config/config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config config;
static struct config_faults faults;

static void print_and_read(const struct text *file, struct text *again)
{
    if (config_parse(file->bytes, file->length, "printed.yaml", &config, &faults) != ERR_OK)
        abort();
    config_print(&config, again);
    if (strcmp(file->bytes, again->bytes) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text once, twice;
    text_init(&once, 0);
    text_init(&twice, 0);
    if (config_parse((const char *)data, size, "fuzz.yaml", &config, &faults) == ERR_OK) {
        config_print(&config, &once);
        print_and_read(&once, &twice);
    } else {
        if (faults.count == 0)
            abort();
        config_faults_print(&faults, &once);
    }
    text_free(&once);
    text_free(&twice);
    return 0;
}
