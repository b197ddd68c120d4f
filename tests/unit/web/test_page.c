/* Files of the page: which one a path gives, and the fields that come with it. */
#include "web/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char plain[] = "<!doctype html>", zipped[] = "gz";

static const struct embedded_file files[] = {
    {"/assets/app-1a2b.js", "text/javascript", "\"js\"", plain, 15, zipped, 2},
    {"/index.html", "text/html", "\"index\"", plain, 15, zipped, 2},
    {"/logo.png", "image/png", "\"png\"", plain, 15, NULL, 0},
    {.path = NULL},
};
static const struct embedded_file none[] = {{.path = NULL}};

static struct http_response response;

static bool get(const struct embedded_file *from, const char *path, const char *encodings)
{
    struct http_request r = {.path = path, .field_count = encodings != NULL};
    r.field[0] = (struct http_pair){"accept-encoding", encodings};
    memset(&response, 0, sizeof response);
    return page_response(from, &r, &response);
}

static void finds_files(void **state)
{
    (void)state;
    assert_string_equal(page_find(files, "/logo.png")->path, "/logo.png");
    assert_string_equal(page_find(files, "/")->path, "/index.html");
    assert_string_equal(page_find(files, "/devices/3.5/load")->path, "/index.html");
    assert_null(page_find(files, "/logo.gif"));
    assert_null(page_find(files, "/assets/app-old.js"));
    assert_null(page_find(none, "/"));
}

static void compresses_for_who_can_read_it(void **state)
{
    (void)state;
    assert_true(get(files, "/", "deflate, gzip"));
    assert_string_equal(response.encoding, "gzip");
    assert_string_equal(response.etag, "\"index-gzip\"");
    assert_string_equal(response.vary, "Accept-Encoding");
    assert_int_equal(response.length, 2);
    assert_true(get(files, "/", "gzip;q=0"));
    assert_null(response.encoding);
    assert_string_equal(response.etag, "\"index\"");
    assert_string_equal(response.vary, "Accept-Encoding");
    assert_true(get(files, "/logo.png", "gzip"));
    assert_null(response.encoding);
    assert_null(response.vary);
}

static void keeps_what_is_named_by_its_content(void **state)
{
    (void)state;
    assert_true(get(files, "/assets/app-1a2b.js", NULL));
    assert_string_equal(response.cache, "public, max-age=31536000, immutable");
    assert_true(get(files, "/", NULL));
    assert_string_equal(response.cache, "no-cache");
}

static void says_that_the_page_is_not_built(void **state)
{
    (void)state;
    assert_true(get(none, "/", NULL));
    assert_int_equal(response.status, 503);
    assert_non_null(strstr(response.bytes, "without its page"));
    assert_false(get(none, "/x", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_files),
        cmocka_unit_test(compresses_for_who_can_read_it),
        cmocka_unit_test(keeps_what_is_named_by_its_content),
        cmocka_unit_test(says_that_the_page_is_not_built),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
