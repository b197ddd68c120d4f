#include "config/document.h"

#include "base/text.h"
#include "config/config.h"

#include <stdio.h>
#include <string.h>

/* A file of 32 modules with 24 simulated loads each has depth 8 and some 60,000 nodes. */
#define DEPTH_MAX 16
#define NODES_MAX 200000

/* --- Before YAML ------------------------------------------------------------------------------- */

size_t document_character(const char *text, size_t length)
{
    const unsigned char *c = (const unsigned char *)text;
    size_t n = utf8_length(text, length);
    if (n == 1)
        return (c[0] >= 0x20 && c[0] != 0x7f) || c[0] == '\t' || c[0] == '\n' || c[0] == '\r';
    if (n == 2 && c[0] == 0xc2 && c[1] < 0xa0) /* C1 */
        return 0;
    if (n == 3 && c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0xa8 || c[2] == 0xa9))
        return 0; /* line and paragraph separator: to YAML they end a line, to an editor not */
    if (n == 3 && c[0] == 0xef &&
        ((c[1] == 0xbb && c[2] == 0xbf) || (c[1] == 0xbf && c[2] >= 0xbe)))
        return 0; /* byte order mark, noncharacters */
    return n;
}

/* What the YAML reader would refuse without saying where, or with words that help nobody: bytes that are
 * no UTF-8, control characters, tabs in the indentation. False if there was one. */
static bool check_characters(const char *text, size_t length, struct config_faults *faults)
{
    unsigned line = 1, column = 1, before = faults->count;
    bool indentation = true;
    for (size_t i = 0; i < length;) {
        unsigned char c = (unsigned char)text[i];
        size_t n = utf8_length(text + i, length - i);
        bool newline = c == '\n' || (c == '\r' && (i + 1 >= length || text[i + 1] != '\n'));
        if (n == 0 || !document_character(text + i, n)) {
            config_faults_add(faults, line, column,
                              n == 0
                                  ? "byte 0x%02X is no UTF-8; the file must be saved as UTF-8 text"
                                  : "a control character (byte 0x%02X); only text is expected",
                              c);
            return false;
        }
        if (c == '\t' && indentation)
            config_faults_add(faults, line, column,
                              "a tab in the indentation; YAML is indented with blanks");
        indentation = newline || (indentation && (c == ' ' || c == '\r'));
        column = newline ? 1 : column + 1;
        line += newline;
        i += n;
    }
    return faults->count == before;
}

/* --- What the YAML reader says --------------------------------------------------------------------- */

/* Its words, and what usually is behind them. */
static const char *hint(const char *problem)
{
    static const char *const hints[][2] = {
        {"mapping values are not allowed", "; is a line indented too far, or a colon too many?"},
        {"did not find expected key", "; is a line indented differently from its neighbours?"},
        {"could not find expected ':'", "; a key is followed by a colon and a blank"},
        {"did not find expected '-' indicator", "; does every item begin with '-' in one column?"},
        {"found character that cannot start any token", "; put the text in quotes"},
        {"block sequence entries are not allowed", "; a list begins on a line of its own"},
        {"found unexpected end of stream", "; is a quote or bracket not closed?"},
        {"did not find expected ',' or", "; is a bracket not closed?"},
    };
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (strncmp(problem, hints[i][0], strlen(hints[i][0])) == 0)
            return hints[i][1];
    return "";
}

static enum err parser_fault(const yaml_parser_t *p, struct config_faults *faults)
{
    if (p->error == YAML_MEMORY_ERROR) {
        config_faults_add(faults, 0, 0, "out of memory while reading it");
        return ERR_MEMORY;
    }
    const char *problem = p->problem ? p->problem : "it cannot be read";
    char context[160] = "";
    if (p->context && p->context_mark.line != p->problem_mark.line)
        snprintf(context, sizeof context, " (%s that begins on line %zu)", p->context,
                 p->context_mark.line + 1);
    else if (p->context)
        snprintf(context, sizeof context, " (%s)", p->context);
    config_faults_add(faults, (unsigned)p->problem_mark.line + 1,
                      (unsigned)p->problem_mark.column + 1, "not valid YAML: %s%s%s", problem,
                      context, hint(problem));
    return ERR_INPUT;
}

/* --- First pass: events ------------------------------------------------------------------------------ */

struct survey {
    unsigned depth, nodes, documents;
};

static bool refuse(struct config_faults *faults, const yaml_event_t *e, const char *sentence)
{
    config_faults_add(faults, (unsigned)e->start_mark.line + 1, (unsigned)e->start_mark.column + 1,
                      "%s", sentence);
    return false;
}

static bool is_plain(const yaml_char_t *anchor, const yaml_char_t *tag)
{
    return !anchor && !tag;
}

/* Looks at one event before a tree is built of it; false if it is refused. */
static bool survey_event(struct survey *s, const yaml_event_t *e, struct config_faults *faults)
{
    bool plain = true;
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++s->documents > 1)
            return refuse(faults, e, "a second document begins here; one file is one installation");
        return true;
    case YAML_ALIAS_EVENT:
        return refuse(faults, e, "an alias (*); write the value out, aliases are not read");
    case YAML_SCALAR_EVENT:
        plain = is_plain(e->data.scalar.anchor, e->data.scalar.tag);
        break;
    case YAML_SEQUENCE_START_EVENT:
        plain = is_plain(e->data.sequence_start.anchor, e->data.sequence_start.tag);
        s->depth++;
        break;
    case YAML_MAPPING_START_EVENT:
        plain = is_plain(e->data.mapping_start.anchor, e->data.mapping_start.tag);
        s->depth++;
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        s->depth--;
        return true;
    default:
        return true;
    }
    if (!plain)
        return refuse(faults, e, "an anchor (&) or tag (!); if it is text, put it in quotes");
    if (s->depth > DEPTH_MAX)
        return refuse(faults, e, "nested too deeply for an installation file");
    if (++s->nodes > NODES_MAX)
        return refuse(faults, e, "more values than any installation has");
    return true;
}

static void begin(yaml_parser_t *p, const char *text, size_t length)
{
    yaml_parser_set_encoding(p, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(p, (const unsigned char *)text, length);
}

/* The reader of YAML takes time that grows with the square of the depth, and a tree takes much more
 * memory than its text: so a pass over the events comes first, which stops at what is out of bounds. */
static enum err survey(const char *text, size_t length, struct config_faults *faults)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return ERR_MEMORY;
    begin(&parser, text, length);
    struct survey s = {0};
    enum err err = ERR_AGAIN;
    while (err == ERR_AGAIN) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            err = parser_fault(&parser, faults);
            break;
        }
        if (event.type == YAML_STREAM_END_EVENT)
            err = ERR_OK;
        else if (!survey_event(&s, &event, faults))
            err = ERR_INPUT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (err == ERR_OK && s.nodes == 0) {
        config_faults_add(faults, 1, 1, "the file is empty; \"busbar: 1\" is expected first");
        err = ERR_INPUT;
    }
    return err;
}

enum err document_load(const char *text, size_t length, yaml_document_t *document,
                       struct config_faults *faults)
{
    if (length > CONFIG_BYTES_MAX) {
        config_faults_add(
            faults, 0, 0,
            "longer than %u KiB, which no installation file is; is it the right file?",
            CONFIG_BYTES_MAX / 1024);
        return ERR_INPUT;
    }
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
        text += 3;
        length -= 3;
    }
    if (!check_characters(text, length, faults))
        return ERR_INPUT;
    enum err err = survey(text, length, faults);
    if (err != ERR_OK)
        return err;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return ERR_MEMORY;
    begin(&parser, text, length);
    if (!yaml_parser_load(&parser, document))
        err = parser_fault(&parser, faults);
    yaml_parser_delete(&parser);
    return err;
}

/* --- Walking ----------------------------------------------------------------------------------------- */

yaml_node_t *document_value(yaml_document_t *document, const yaml_node_t *mapping, const char *key)
{
    if (!mapping || mapping->type != YAML_MAPPING_NODE)
        return NULL;
    size_t length = strlen(key);
    for (const yaml_node_pair_t *p = mapping->data.mapping.pairs.start;
         p < mapping->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(document, p->key);
        if (k->type == YAML_SCALAR_NODE && k->data.scalar.length == length &&
            memcmp(k->data.scalar.value, key, length) == 0)
            return yaml_document_get_node(document, p->value);
    }
    return NULL;
}

yaml_node_t *document_item(yaml_document_t *document, const yaml_node_t *sequence, unsigned index)
{
    if (!sequence || sequence->type != YAML_SEQUENCE_NODE)
        return NULL;
    const yaml_node_item_t *item = sequence->data.sequence.items.start + index;
    return item < sequence->data.sequence.items.top ? yaml_document_get_node(document, *item)
                                                    : NULL;
}
