/* From YAML nodes to the draft of an installation, by the lines of settings.def. */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include "config/document.h"
#include "config/setting.h"

struct reader {
    yaml_document_t *document;
    struct config_faults *faults;
    unsigned char *bad; /* for each node (document_index): a fault was found in its value */
};

/* Reads a whole section into a struct that has its defaults; goes on after each fault. */
void reader_read_section(struct reader *r, const struct section *s, const yaml_node_t *node,
                         void *base);

/* A fault at the beginning of a node. */
void reader_fault(struct reader *r, const yaml_node_t *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* True if the key's value was read without a fault, or may be left out and is. */
bool reader_is_good(const struct reader *r, const struct section *s, const yaml_node_t *mapping,
                    const char *key);

#endif
