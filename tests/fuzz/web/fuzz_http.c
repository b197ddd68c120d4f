/* The head of a request, its route and parameters. What is taken must be free of control characters, UTF-8
 * where it was decoded, and inside the bytes that were parsed. */
#include "base/text.h"
#include "web/page.h"
#include "web/route.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
    if (!truth)
        abort();
}

static void check(const char *s, bool decoded, const char *bytes, size_t used)
{
    size_t length = strlen(s), n;
    must(s >= bytes && s + length < bytes + used);
    for (size_t i = 0; i < length; i += n) {
        n = decoded ? utf8_length(s + i, length - i) : 1;
        must(n > 0 && (unsigned char)s[i] >= 0x20 && s[i] != 0x7f);
    }
}

static void check_request(const struct http_request *r, const char *bytes, size_t used)
{
    check(r->path, true, bytes, used);
    must(r->path[0] == '/' || strcmp(r->path, "*") == 0);
    must(!strstr(r->path, "/../") && r->query_count <= HTTP_QUERY_MAX);
    for (unsigned i = 0; i < r->query_count; i++) {
        check(r->query[i].name, true, bytes, used);
        check(r->query[i].value, true, bytes, used);
    }
    for (unsigned i = 0; i < r->field_count; i++) {
        check(r->field[i].name, false, bytes, used);
        check(r->field[i].value, false, bytes, used);
        http_list_weight(r->field[i].value, "gzip");
        http_etag_listed(r->field[i].value, "\"1\"");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct embedded_file none[] = {{.path = NULL}};
    struct http_request r;
    size_t used = 0;
    const char *why = NULL;
    char *bytes = malloc(size ? size : 1);
    if (size)
        memcpy(bytes, data, size);
    int status = http_request_parse(&r, bytes, size, &used, &why);
    if (status == 200) {
        struct route_match match;
        char allow[64], sentence[200];
        must(used <= size && used < HTTP_HEAD_BYTES);
        check_request(&r, bytes, used);
        route_match(&r, &match, allow, sentence);
        page_find(none, r.path);
    } else if (status == 0) {
        must(size < HTTP_HEAD_BYTES);
    } else {
        must(why && status >= 400);
    }
    free(bytes);
    return 0;
}
