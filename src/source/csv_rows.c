/* The rows of a CSV file and their fields. */
#include "source/csv.h"

#include <string.h>

enum err csv_row(struct input *in, const char **row, size_t *length, struct fault *fault)
{
    for (;;) {
        enum err err = input_line(in, row, length, fault);
        if (err)
            return err;
        if (input_line_number(in) == 1 && *length >= 3 && memcmp(*row, "\xef\xbb\xbf", 3) == 0) {
            *row += 3; /* byte order mark */
            *length -= 3;
        }
        const char *p = *row, *end = p + *length;
        while (p < end && (*p == ' ' || *p == '\t'))
            p++;
        if (p < end && *p != '#')
            return ERR_OK;
    }
}

static bool is_blank(char c, char separator)
{
    return (c == ' ' || c == '\t') && c != separator;
}

const char *csv_field(const char *p, const char *end, char separator, const char **text,
                      size_t *length)
{
    while (p < end && is_blank(*p, separator))
        p++;
    bool quoted = p < end && *p == '"';
    const char *start = p + quoted, *stop;
    if (quoted) {
        const char *quote = memchr(start, '"', (size_t)(end - start));
        stop = quote ? quote : end;
        p = stop;
    }
    const char *sep = p < end ? memchr(p, separator, (size_t)(end - p)) : NULL;
    if (!quoted)
        stop = sep ? sep : end;
    while (stop > start && is_blank(stop[-1], separator))
        stop--;
    *text = start;
    *length = (size_t)(stop - start);
    return sep ? sep + 1 : NULL;
}

unsigned csv_count_fields(const char *row, size_t length, char separator)
{
    const char *text, *end = row + length;
    size_t n;
    unsigned count = 0;
    for (const char *p = row; p; count++)
        p = csv_field(p, end, separator, &text, &n);
    return count;
}
