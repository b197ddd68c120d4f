/* From text to a tree of YAML nodes that is safe to walk: UTF-8 without control characters, one
 * document, no alias, no tag, not deep, not many nodes. The nodes carry their line and column. */
#ifndef CONFIG_DOCUMENT_H
#define CONFIG_DOCUMENT_H

#include "base/fault.h"
#include "config/faults.h"

#include <stddef.h>
#include <yaml.h>

/* ERR_OK: `document` is to be deleted by yaml_document_delete. ERR_INPUT: the faults say what is wrong;
 * where the text is no YAML that is one fault, for nothing after it can be trusted. ERR_MEMORY. */
enum err document_load(const char *text, size_t length, yaml_document_t *document,
                       struct config_faults *faults);

/* Bytes (1 to 4) of the character that begins here; 0: no UTF-8, or no character of a text (a control
 * character, byte order mark, line separator). Tab and line end are characters of a text. */
size_t document_character(const char *text, size_t length);

/* The value of a key of a mapping; NULL: there is none (or no mapping). The first, if it stands twice. */
yaml_node_t *document_value(yaml_document_t *document, const yaml_node_t *mapping, const char *key);

/* Item of a sequence, from 0; NULL: there is none. */
yaml_node_t *document_item(yaml_document_t *document, const yaml_node_t *sequence, unsigned index);

#endif
