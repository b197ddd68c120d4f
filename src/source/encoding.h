/* Text of a recording's configuration to UTF-8. The formats do not say how their text is encoded:
 * COMTRADE of 1991 and 1999 wants ASCII, its writers put in what their country uses. */
#ifndef SOURCE_ENCODING_H
#define SOURCE_ENCODING_H

#include <stddef.h>

/* Returns `length` bytes of text as UTF-8 (zero-terminated; freed by the caller; *out_length without
 * the zero), NULL if out of memory. *encoding is the name of what was taken for it: "UTF-8" (ASCII
 * too), "GBK", "CP1251" or "ISO-8859-1". A byte order mark is left out.
 *
 * What is not valid UTF-8 is judged by its bytes above 127. Long runs of them, nearly all 0xC0 and up,
 * are Cyrillic words in CP1251; runs that pair up as characters of GB 2312 are GBK; else ISO 8859-1. */
char *encoding_to_utf8(const char *text, size_t length, size_t *out_length, const char **encoding);

#endif
