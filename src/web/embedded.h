/* Files that were compiled into the program: the built page (www/dist, by tools/embed-page) and the schemas of
 * the OpenAPI document (schemas.json, by tools/embed). */
#ifndef WEB_EMBEDDED_H
#define WEB_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
    const char *path; /* "/index.html" */
    const char *type;
    const char *etag; /* with its quotes, of the plain bytes */
    const unsigned char *bytes;
    size_t length;
    const unsigned char *gzip; /* NULL: it would not be smaller */
    size_t gzip_length;
};

extern const struct embedded_file embedded_page[]; /* sorted by path; ends with a NULL path */
extern const char embedded_schemas[];

#endif
