/* A text that grows up to a stated limit; numbers and characters as text.
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
    size_t limit; /* longest text, in bytes without its end */
    bool failed;
};

void text_init(struct text *t, size_t limit_bytes); /* 0: 64 MiB */
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

/* Replaces control characters and what is not UTF-8 by '?': a message that quotes input cannot command
 * a terminal. Never longer than before. */
void utf8_make_printable(char *string);

/* Removes the character at the end that was cut in its middle, if there is one. */
void utf8_cut(char *string);

#endif
