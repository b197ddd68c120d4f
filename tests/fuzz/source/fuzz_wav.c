/* WAV of any chunks. */
#include "consume.h"

#include "source/wav.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct source_options options = {.rate_hz = 0};
    struct source *s = NULL;
    struct fault fault;
    if (wav_open_memory(data, size, &options, &s, &fault) == ERR_OK)
        consume(s);
    return 0;
}
