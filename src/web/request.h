/* The head of an HTTP/1.x request (RFC 9112) from bytes to a struct, strictly: what is not well-formed is
 * refused with the status that says so, nothing is guessed. Knows no socket. */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_BYTES 8192 /* request line and header fields together */
#define HTTP_FIELDS_MAX 64
#define HTTP_QUERY_MAX  16

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_OTHER, /* a method that nothing here offers */
    HTTP_METHODS
};
const char *http_method_name(enum http_method m); /* "GET" ...; HTTP_OTHER: "" */

struct http_pair {
    const char *name;
    const char *value;
};

/* Strings lie in the bytes that were parsed, are zero-terminated and free of control characters. */
struct http_request {
    enum http_method method;
    const char
        *path; /* percent-decoded UTF-8; begins with '/' and has no "." or ".." segment; or "*" */
    unsigned query_count;
    struct http_pair query[HTTP_QUERY_MAX]; /* percent-decoded UTF-8; no '=': the value is "" */
    unsigned field_count;
    struct http_pair field[HTTP_FIELDS_MAX]; /* names in lower case; values as they came */
    uint64_t content_length;
    const char *body; /* `content_length` bytes; set by the server when they are there */
    bool keep_alive;  /* the connection may serve another request */
    bool websocket;   /* asks for an upgrade to a WebSocket */
    bool expects_continue;
};

/* Parses the head at the beginning of `bytes`, which are changed in place once it is complete.
 *
 * Returns 200 and the bytes of the head in `used`; 0 if more bytes are needed; or the status to refuse
 * with (400, 411, 414, 417, 431, 505) and a sentence in `why`. */
int http_request_parse(struct http_request *r, char *bytes, size_t length, size_t *used,
                       const char **why);

/* The first field of that name (lower case); NULL: none. */
const char *http_field(const struct http_request *r, const char *name);

/* True if the comma-separated list has the token; case and parameters (";q=1") do not matter. */
bool http_list_has(const char *list, const char *token);

/* Weight of the token in an Accept or Accept-Encoding list, in thousandths: 1000 without q; -1 if the token is
 * not in it. Wildcards are not tokens. */
int http_list_weight(const char *list, const char *token);

/* True if an If-None-Match list has the entity tag (with its quotes; weak ones match too), or is "*". */
bool http_etag_listed(const char *list, const char *etag);

#endif
