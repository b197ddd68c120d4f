/* Bytes of a recording, read front to back in pieces or in lines, from a file (plain, or packed by gzip)
 * or from memory. Holds a window of the file, never the whole of it. */
#ifndef SOURCE_INPUT_H
#define SOURCE_INPUT_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INPUT_PIECE_MAX ((size_t)1 << 20) /* longest piece or line that is given in one */

struct input;

/* Opens a file; gzip is found by its first bytes and unpacked on the way. */
enum err input_open(const char *path, struct input **in, struct fault *fault);

/* Reads `size` bytes at `bytes` (must outlive the input) as if they were the file `name`. */
enum err input_open_memory(const char *name, const void *bytes, size_t size, struct input **in,
                           struct fault *fault);

void input_close(struct input *in); /* NULL is fine */

const char *input_name(const struct input *in);
bool input_is_packed(const struct input *in);

/* Size in bytes as it lies there (packed if it is packed). */
uint64_t input_size(const struct input *in);

/* Goes to a byte, counted in unpacked bytes; a packed input only goes to 0. The next line is called
 * `line` (its number, from 1). */
enum err input_seek(struct input *in, uint64_t offset, uint64_t line, struct fault *fault);

/* From here on the input ends before byte `end`, although the file may go on. */
void input_set_end(struct input *in, uint64_t end);

/* The next `want` bytes (at most INPUT_PIECE_MAX), fewer only where the input ends (then *got may be
 * 0). They stay until the next call. */
enum err input_bytes(struct input *in, size_t want, const unsigned char **bytes, size_t *got,
                     struct fault *fault);

/* The next line without its end (LF or CRLF; the last one may have none); ERR_END behind the last.
 * A line longer than INPUT_PIECE_MAX is a fault. It stays until the next call. */
enum err input_line(struct input *in, const char **line, size_t *length, struct fault *fault);

uint64_t input_offset(const struct input *in);      /* of the next byte */
uint64_t input_line_number(const struct input *in); /* of the line given last, from 1 */
bool input_line_was_whole(const struct input *in);  /* the line given last had its end */

#endif
