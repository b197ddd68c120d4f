#include "config/reader.h"

#include "base/nearest.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SCALAR_TEXT 1024

void reader_fault(struct reader *r, const yaml_node_t *node, const char *format, ...)
{
    char sentence[1024];
    va_list ap;
    va_start(ap, format);
    vsnprintf(sentence, sizeof sentence, format, ap);
    va_end(ap);
    config_faults_add(r->faults, (unsigned)node->start_mark.line + 1,
                      (unsigned)node->start_mark.column + 1, "%s", sentence);
    r->bad[node - r->document->nodes.start] = 1;
}

/* "voltage: 12 apples where a number in ... is expected" */
static void unexpected(struct reader *r, const struct setting *s, const yaml_node_t *node,
                       const char *found)
{
    struct text expected;
    text_init(&expected, 0);
    if (s->type == SETTING_WORDS && node->type == YAML_SCALAR_NODE)
        text_puts(&expected, s->expected); /* of one of its words */
    else
        setting_expected(s, &expected);
    reader_fault(r, node, "%s: %s where %s is expected", s->key, found,
                 expected.failed ? "another value" : expected.bytes);
    text_free(&expected);
}

/* The text of a scalar, or NULL after a fault: it is no scalar, empty, or too long for any setting. */
static const char *scalar(struct reader *r, const struct setting *s, const yaml_node_t *node,
                          char text[SCALAR_TEXT])
{
    if (node->type != YAML_SCALAR_NODE) {
        unexpected(r, s, node, node->type == YAML_SEQUENCE_NODE ? "a list" : "keys and values");
        return NULL;
    }
    size_t length = node->data.scalar.length;
    const char *value = (const char *)node->data.scalar.value;
    if (length == 0) {
        unexpected(r, s, node, "nothing");
        return NULL;
    }
    size_t good =
        0; /* an escape such as "\0" in double quotes brings in what the file itself may not */
    while (good < length && (unsigned char)value[good] >= 0x20 &&
           document_character(value + good, length - good))
        good += document_character(value + good, length - good);
    bool control = good < length;
    if (control || length >= SCALAR_TEXT) {
        unexpected(r, s, node, control ? "a text with control characters" : "a very long text");
        return NULL;
    }
    memcpy(text, value, length);
    text[length] = '\0';
    return text;
}

#define QUOTE_TEXT 64

/* What is quoted in a sentence, cut to a readable length. Returns `quote`. */
static const char *quote_of(const char *text, char quote[QUOTE_TEXT])
{
    snprintf(quote, QUOTE_TEXT - 8, "%s", text);
    if (strlen(quote) < strlen(text)) {
        utf8_cut(quote);
        strcat(quote, "…");
    }
    return quote;
}

/* The fault of a scalar that is there: quotes it. */
static void unexpected_text(struct reader *r, const struct setting *s, const yaml_node_t *node,
                            const char *text, const char *comment)
{
    char quote[QUOTE_TEXT], found[2 * QUOTE_TEXT + 8];
    snprintf(found, sizeof found, "\"%s\"%s", quote_of(text, quote), comment);
    unexpected(r, s, node, found);
}

/* --- One value ------------------------------------------------------------------------------------- */

static void suggest(const struct setting *s, const char *text, char comment[64])
{
    struct nearest n;
    nearest_begin(&n, text);
    for (int i = 0; s->choice(i); i++)
        nearest_offer(&n, s->choice(i));
    if (n.best)
        snprintf(comment, 64, " (did you mean %s?)", n.best);
}

static void read_scalar(struct reader *r, const struct setting *s, const yaml_node_t *node,
                        void *field)
{
    char text[SCALAR_TEXT], comment[64];
    if (!scalar(r, s, node, text))
        return;
    const char *wrong = setting_read(s, text, field);
    if (!wrong)
        return;
    snprintf(comment, sizeof comment, "%s", wrong);
    if (s->type == SETTING_CHOICE)
        suggest(s, text, comment);
    unexpected_text(r, s, node, text, comment);
}

/* --- Values of several words ------------------------------------------------------------------------- */

static void read_list_of_words(struct reader *r, const struct setting *s, const yaml_node_t *node,
                               void *field)
{
    memset(field, 0, s->size); /* the default */
    if (node->type != YAML_SEQUENCE_NODE) {
        read_scalar(r, s, node, field);
        return;
    }
    unsigned count = 0;
    for (const yaml_node_t *item; (item = document_item(r->document, node, count)); count++) {
        char text[SCALAR_TEXT];
        const char *wrong = scalar(r, s, item, text) ? setting_add_word(s, text, field) : NULL;
        if (wrong)
            unexpected_text(r, s, item, text, wrong);
        if (r->bad[item - r->document->nodes.start])
            r->bad[node - r->document->nodes.start] = 1;
    }
    if (count == 0)
        unexpected(r, s, node, "an empty list");
}

/* One order of a spectrum; keeps them rising. */
static void add_harmonic(struct reader *r, const struct setting *s, const yaml_node_t *key,
                         const yaml_node_t *value, struct config_harmonics *h)
{
    char order_text[SCALAR_TEXT], text[SCALAR_TEXT];
    struct config_harmonic new;
    double order;
    if (!scalar(r, s, key, order_text) || !scalar(r, s, value, text))
        return;
    if (value_read(order_text, DIMENSION_NONE, &order) != VALUE_GOOD || order < 2 ||
        order > CONFIG_HARMONIC_MAX || order != floor(order)) {
        unexpected_text(r, s, key, order_text, " as an order");
        return;
    }
    if (!value_read_harmonic(text, &new.percent, &new.angle_deg) || new.percent < 0 ||
        new.percent > s->max || fabs(new.angle_deg) > 360) {
        unexpected_text(r, s, value, text, "");
        return;
    }
    new.order = (unsigned)order;
    unsigned at = h->count;
    while (at > 0 && h->item[at - 1].order >= new.order)
        at--;
    if (at < h->count && h->item[at].order == new.order) {
        reader_fault(r, key, "%s: order %u stands there twice", s->key, new.order);
        return;
    }
    if (h->count == CONFIG_ORDERS_MAX) {
        reader_fault(r, key, "%s: more than %d orders", s->key, CONFIG_ORDERS_MAX);
        return;
    }
    memmove(&h->item[at + 1], &h->item[at], (h->count - at) * sizeof new);
    h->item[at] = new;
    h->count++;
}

static void read_harmonics(struct reader *r, const struct setting *s, const yaml_node_t *node,
                           struct config_harmonics *h)
{
    if (node->type != YAML_MAPPING_NODE) {
        unexpected(r, s, node, node->type == YAML_SEQUENCE_NODE ? "a list" : "a single value");
        return;
    }
    for (const yaml_node_pair_t *p = node->data.mapping.pairs.start;
         p < node->data.mapping.pairs.top; p++)
        add_harmonic(r, s, yaml_document_get_node(r->document, p->key),
                     yaml_document_get_node(r->document, p->value), h);
}

/* --- Sections and lists ------------------------------------------------------------------------------ */

static void read_list(struct reader *r, const struct setting *s, const yaml_node_t *node,
                      void *base)
{
    if (node->type != YAML_SEQUENCE_NODE) {
        bool nothing = node->type == YAML_SCALAR_NODE && node->data.scalar.length == 0;
        unexpected(r, s, node,
                   nothing                           ? "nothing"
                   : node->type == YAML_MAPPING_NODE ? "keys and values"
                                                     : "a single value");
        return;
    }
    unsigned *count = (unsigned *)(void *)((char *)base + s->count);
    char *array = (char *)base + s->offset;
    const yaml_node_t *item;
    for (; (item = document_item(r->document, node, *count)); ++*count) {
        if (*count >= (unsigned)s->max) {
            reader_fault(r, item, "%s: there are at most %.0f", s->key, s->max);
            return;
        }
        void *element = array + *count * s->section->size;
        section_set_defaults(s->section, element);
        reader_read_section(r, s->section, item, element);
    }
    if (*count == 0 && s->required)
        unexpected(r, s, node, "an empty list");
}

static void read_value(struct reader *r, const struct setting *s, const yaml_node_t *node,
                       void *base)
{
    void *field = (char *)base + s->offset;
    switch (s->type) {
    case SETTING_SECTION:
        reader_read_section(r, s->section, node, field);
        return;
    case SETTING_LIST:
        read_list(r, s, node, base);
        return;
    case SETTING_HARMONICS:
        read_harmonics(r, s, node, field);
        return;
    case SETTING_WORDS:
    case SETTING_CONDUCTORS:
    case SETTING_WEEKDAYS:
    case SETTING_SCHEDULE:
        read_list_of_words(r, s, node, field);
        return;
    default:
        break;
    }
    read_scalar(r, s, node, field);
}

/* The section, anywhere in the file, that has this key; NULL: none. */
static const struct section *home_of(const struct section *s, const char *key)
{
    if (section_find(s, key) < s->count)
        return s;
    for (unsigned i = 0; i < s->count; i++) {
        const struct section *found =
            s->settings[i].section ? home_of(s->settings[i].section, key) : NULL;
        if (found)
            return found;
    }
    return NULL;
}

static void unknown_key(struct reader *r, const struct section *s, const yaml_node_t *node,
                        const char *key)
{
    char quote[QUOTE_TEXT];
    struct nearest n;
    nearest_begin(&n, key);
    for (unsigned i = 0; i < s->count; i++)
        nearest_offer(&n, s->settings[i].key);
    const struct section *home = home_of(config_file_section, key);
    if (n.best)
        reader_fault(r, node, "unknown key \"%s\"; did you mean \"%s\"?", quote_of(key, quote),
                     n.best);
    else if (home)
        reader_fault(r, node, "the key \"%s\" does not belong here but %s%s", key,
                     *home->name ? "under " : "at the beginning of a line", home->name);
    else
        reader_fault(r, node, "unknown key \"%s\"", quote_of(key, quote));
}

static void read_pair(struct reader *r, const struct section *s, const yaml_node_pair_t *pair,
                      const yaml_node_t *seen[SETTINGS_MAX], void *base)
{
    const yaml_node_t *node = yaml_document_get_node(r->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(r->document, pair->value);
    if (node->type != YAML_SCALAR_NODE) {
        reader_fault(r, node, "a key is expected here, a word followed by a colon");
        return;
    }
    const char *key = (const char *)node->data.scalar.value;
    unsigned at = section_find(s, key);
    if (at == s->count || strlen(key) != node->data.scalar.length) {
        unknown_key(r, s, node, key);
    } else if (seen[at]) {
        reader_fault(r, node, "\"%s\" stands here twice; the first is on line %zu", key,
                     seen[at]->start_mark.line + 1);
    } else {
        seen[at] = node;
        read_value(r, &s->settings[at], value, base);
    }
}

void reader_read_section(struct reader *r, const struct section *s, const yaml_node_t *node,
                         void *base)
{
    const yaml_node_t *seen[SETTINGS_MAX] = {NULL};
    bool scalar_node = node->type == YAML_SCALAR_NODE;
    if (scalar_node && s->single) {
        read_value(r, &s->settings[section_find(s, s->single)], node, base);
        return;
    }
    if (node->type != YAML_MAPPING_NODE && !(scalar_node && node->data.scalar.length == 0)) {
        reader_fault(r, node, "%s%s%s where keys with their values are expected", s->name,
                     *s->name ? ": " : "", scalar_node ? "a single value" : "a list");
        return;
    }
    if (!scalar_node) /* a section whose lines are all comments is empty */
        for (const yaml_node_pair_t *p = node->data.mapping.pairs.start;
             p < node->data.mapping.pairs.top; p++)
            read_pair(r, s, p, seen, base);
    for (unsigned i = 0; i < s->count; i++)
        if (s->settings[i].required && !seen[i]) {
            config_faults_add(r->faults, (unsigned)node->start_mark.line + 1,
                              (unsigned)node->start_mark.column + 1, "\"%s\" is missing: %s",
                              s->settings[i].key, s->settings[i].sentence);
        }
}

bool reader_is_good(const struct reader *r, const struct section *s, const yaml_node_t *mapping,
                    const char *key)
{
    const yaml_node_t *value = document_value(r->document, mapping, key);
    if (value)
        return !r->bad[value - r->document->nodes.start];
    unsigned at = section_find(s, key);
    assert(at < s->count);
    return !s->settings[at].required;
}
