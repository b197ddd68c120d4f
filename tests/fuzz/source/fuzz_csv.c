/* CSV, plain or gzip, with and without a rate. */
#include "consume.h"

#include "source/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct source_options options[] = {{.rate_hz = 0}, {.rate_hz = 1000}};
    for (int i = 0; i < 2; i++) {
        struct source *s = NULL;
        struct fault fault;
        if (csv_open_memory(data, size, &options[i], &s, &fault) == ERR_OK)
            consume(s);
    }
    return 0;
}
