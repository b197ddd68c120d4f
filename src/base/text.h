/* A text that grows up to a stated limit, and a JSON writer on top of it.
 *
 * Running out of room or memory sets `failed` and everything after is ignored; the writer checks
 * once, at the end. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *bytes; /* zero-terminated once something was written; owned by the text */
    size_t length;
    size_t room;  /* allocated bytes */
    size_t limit; /* never grows past this; 0: 64 MiB */
    bool failed;
};

void text_init(struct text *t, size_t limit_bytes);
void text_free(struct text *t);
void text_clear(struct text *t); /* keeps the memory */
void text_add(struct text *t, const char *bytes, size_t length);
void text_puts(struct text *t, const char *string);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The string, and blanks until it is `columns` characters wide (at least one blank). Counts
 * characters of UTF-8, not bytes. */
void text_column(struct text *t, const char *string, unsigned columns);

/* Shortest decimal that reads back as the same double; `buffer` holds 32 bytes. Finite only. */
const char *number_shortest(double value, char buffer[32]);

/* Length of the valid UTF-8 character at `s` (1 to 4), 0 if the bytes there are none. */
size_t utf8_length(const char *s, size_t length);

/* Copies `length` bytes of text of unknown encoding into `out` as UTF-8: valid UTF-8 stays, every
 * other byte is read as ISO 8859-1. Control characters become blanks. Cut to fit; terminated. */
void utf8_sanitize(char *out, size_t out_bytes, const char *in, size_t length);

/* --- JSON ---------------------------------------------------------------------------------- */

struct json {
    struct text *out;
    bool comma; /* something stands before in this object or array */
    int depth;
    int indent; /* blanks per level; 0: all on one line */
};

/* Writes into `out` (not owned). Keys and strings are UTF-8, invalid bytes are replaced. */
void json_init(struct json *j, struct text *out, int indent);
void json_key(struct json *j, const char *key);
void json_object(struct json *j); /* begins; json_end_object ends */
void json_end_object(struct json *j);
void json_array(struct json *j);
void json_end_array(struct json *j);
void json_string(struct json *j, const char *string);
void json_number(struct json *j, double value); /* not finite: null */
void json_integer(struct json *j, int64_t value);
void json_bool(struct json *j, bool value);
void json_null(struct json *j);

/* key and value at once */
void json_key_string(struct json *j, const char *key, const char *string);
void json_key_number(struct json *j, const char *key, double value);
void json_key_integer(struct json *j, const char *key, int64_t value);
void json_key_bool(struct json *j, const char *key, bool value);

#endif
