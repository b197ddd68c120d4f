/* The page: files that were compiled in, under their paths. */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

#include "web/embedded.h"
#include "web/http.h"

/* The file for a path. Paths of the page's own views (without a dot in the last segment) give index.html.
 * `files` ends with a NULL path. NULL: there is none. */
const struct embedded_file *page_find(const struct embedded_file *files, const char *path);

/* Fills in the response to a GET or HEAD. False if there is no such file. Without any file, a page says that
 * the program was built without it. */
bool page_response(const struct embedded_file *files, const struct http_request *r,
                   struct http_response *response);

#endif
