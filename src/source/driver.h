/* For the one who writes a source driver. A driver ends in a const `struct source_driver`, and one line
 * in sources.c registers it. Its state begins with a `struct source`. */
#ifndef SOURCE_DRIVER_H
#define SOURCE_DRIVER_H

#include "source/source.h"

#include <stddef.h>

struct source_driver {
    const char *format; /* as in source_info.format */
    const char *help;   /* one line: what it reads */

    /* How sure the driver is that this is its format: 0 no ... 100 certain. `head` are the first bytes
     * of the file (up to 4096). NULL for live drivers. */
    int (*probe)(const char *path, const unsigned char *head, size_t head_bytes);

    enum err (*open)(const char *path, const struct source_options *options, struct source **source,
                     struct fault *fault);
    enum err (*read)(struct source *s, struct wave_block *block, struct fault *fault);
    enum err (*rewind)(struct source *s, struct fault *fault); /* NULL: live */
    void (*close)(struct source *s);                           /* frees `s` too */
};

struct source {
    const struct source_driver *driver;
    struct source_info info;
};

#endif
