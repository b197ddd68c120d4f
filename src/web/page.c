#include "web/page.h"

#include <stdio.h>
#include <string.h>

static const char unbuilt[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta "
    "charset=\"utf-8\"><title>Busbar</title></head>\n"
    "<body><h1>Busbar is running without its page</h1>\n"
    "<p>The program was built where <code>www/dist</code> was empty. Build the page "
    "(<code>npm ci &amp;&amp; npm run build</code> in <code>www</code>), then the program.</p>\n"
    "<p>The API is here: <a "
    "href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a></p></body></html>\n";

static const struct embedded_file *find(const struct embedded_file *files, const char *path)
{
    for (const struct embedded_file *f = files; f->path; f++)
        if (strcmp(f->path, path) == 0)
            return f;
    return NULL;
}

const struct embedded_file *page_find(const struct embedded_file *files, const char *path)
{
    const struct embedded_file *f = find(files, path);
    const char *last = strrchr(path, '/');
    if (!f && last && !strchr(last, '.'))
        f = find(files, "/index.html");
    return f;
}

bool page_response(const struct embedded_file *files, const struct http_request *r,
                   struct http_response *response)
{
    if (!files[0].path && strcmp(r->path, "/") == 0) {
        *response = (struct http_response){.status = 503,
                                           .type = "text/html; charset=utf-8",
                                           .cache = "no-store",
                                           .bytes = unbuilt,
                                           .length = sizeof unbuilt - 1};
        return true;
    }
    const struct embedded_file *f = page_find(files, r->path);
    if (!f)
        return false;
    const char *accepted = http_field(r, "accept-encoding");
    bool zipped = f->gzip && accepted && http_list_weight(accepted, "gzip") > 0;
    bool named_by_content = strncmp(f->path, "/assets/", 8) == 0;
    *response = (struct http_response){
        .status = 200,
        .type = f->type,
        .cache = named_by_content ? "public, max-age=31536000, immutable" : "no-cache",
        .encoding = zipped ? "gzip" : NULL,
        .vary = f->gzip ? "Accept-Encoding" : NULL,
        .bytes = (const char *)(zipped ? f->gzip : f->bytes),
        .length = zipped ? f->gzip_length : f->length,
    };
    /* another encoding is another sequence of bytes: it needs a tag of its own */
    snprintf(response->etag, sizeof response->etag, "%.*s%s\"", (int)strlen(f->etag) - 1, f->etag,
             zipped ? "-gzip" : "");
    return true;
}
