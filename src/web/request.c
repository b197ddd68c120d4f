#include "web/request.h"

#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *http_method_name(enum http_method m)
{
    static const char *const names[HTTP_METHODS] = {"GET",   "HEAD",   "POST",    "PUT",
                                                    "PATCH", "DELETE", "OPTIONS", ""};
    return names[m];
}

static bool is_token_character(unsigned char c)
{
    return isalnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static int refuse(int status, const char *sentence, const char **why)
{
    *why = sentence;
    return status;
}

#define BAD(sentence) refuse(400, sentence, why)

/* --- The target ------------------------------------------------------------------------------------ */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Percent-decodes in place. False if that is not UTF-8 or has a control character. */
static bool decode(char *s, bool plus_is_blank)
{
    char *to = s;
    for (const char *from = s; *from; from++) {
        char c = *from;
        if (c == '+' && plus_is_blank) {
            c = ' ';
        } else if (c == '%') {
            int high = hex_digit(from[1]);
            int low = high < 0 ? -1 : hex_digit(from[2]);
            if (low < 0)
                return false;
            c = (char)(high << 4 | low);
            from += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7f)
            return false;
        *to++ = c;
    }
    *to = '\0';
    size_t length = (size_t)(to - s), n;
    for (size_t i = 0; i < length; i += n)
        if ((n = utf8_length(s + i, length - i)) == 0)
            return false;
    return true;
}

static bool has_dot_segment(const char *path)
{
    for (const char *s = path; s; s = strchr(s, '/')) {
        s += *s == '/';
        size_t n = strcspn(s, "/");
        if ((n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.'))
            return true;
    }
    return false;
}

static int parse_query(struct http_request *r, char *query, const char **why)
{
    while (query && *query) {
        char *next = strchr(query, '&');
        if (next)
            *next++ = '\0';
        char *value = strchr(query, '=');
        if (value)
            *value++ = '\0';
        else
            value = query + strlen(query);
        if (!decode(query, true) || (*value && !decode(value, true)))
            return BAD("The query is not percent-encoded UTF-8.");
        if (r->query_count == HTTP_QUERY_MAX)
            return BAD("The query has too many parameters.");
        if (*query || *value)
            r->query[r->query_count++] = (struct http_pair){query, value};
        query = next;
    }
    return 200;
}

static int parse_target(struct http_request *r, char *target, const char **why)
{
    if (strcmp(target, "*") == 0 && r->method == HTTP_OPTIONS) {
        r->path = target;
        return 200;
    }
    if (strncasecmp(target, "http://", 7) == 0) { /* as a client asks a proxy: the host is ours */
        target += 7 + strcspn(target + 7, "/?#");
        if (*target != '/')
            return BAD("The request target has no path.");
    }
    if (*target != '/' || strchr(target, '#'))
        return BAD("The request target is not a path that begins with \"/\".");
    char *query = strchr(target, '?');
    if (query)
        *query++ = '\0';
    if (!decode(target, false))
        return BAD("The path is not percent-encoded UTF-8.");
    if (has_dot_segment(target))
        return BAD("The path has a \".\" or \"..\" segment.");
    r->path = target;
    return parse_query(r, query, why);
}

/* "GET /path?query HTTP/1.1" */
static int parse_line(struct http_request *r, char *line, const char **why)
{
    char *target = strchr(line, ' ');
    char *version = target ? strchr(target + 1, ' ') : NULL;
    if (!version || target == line || version == target + 1)
        return BAD("The request line is not \"METHOD target HTTP/1.1\".");
    *target++ = '\0';
    *version++ = '\0';
    r->method = HTTP_OTHER;
    for (const char *c = line; *c; c++)
        if (!is_token_character((unsigned char)*c))
            return BAD("The method is not a token.");
    for (int m = 0; m < HTTP_OTHER; m++)
        if (strcmp(line, http_method_name((enum http_method)m)) == 0)
            r->method = (enum http_method)m;
    if (strncmp(version, "HTTP/", 5) != 0 || !isdigit((unsigned char)version[5]) ||
        version[6] != '.' || !isdigit((unsigned char)version[7]) || version[8])
        return BAD("The request line does not end with an HTTP version.");
    if (version[5] != '1')
        return refuse(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.", why);
    r->keep_alive = version[7] != '0';
    return parse_target(r, target, why);
}

/* --- Fields ---------------------------------------------------------------------------------------- */

static int parse_field(struct http_request *r, char *line, const char **why)
{
    if (r->field_count == HTTP_FIELDS_MAX)
        return refuse(431, "The request has too many header fields.", why);
    char *colon = strchr(line, ':');
    if (!colon || colon == line)
        return BAD("A header field is not \"name: value\".");
    for (char *c = line; c < colon; c++) {
        if (!is_token_character((unsigned char)*c))
            return BAD("The name of a header field is not a token.");
        *c = (char)tolower((unsigned char)*c);
    }
    *colon = '\0';
    char *value = colon + 1 + strspn(colon + 1, " \t");
    char *end = value + strlen(value);
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        *--end = '\0';
    for (char *c = value; c < end; c++)
        if (*c == '\t')
            *c = ' ';
        else if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return BAD("A header field has a control character.");
    r->field[r->field_count++] = (struct http_pair){line, value};
    return 200;
}

static bool parse_length(const char *digits, uint64_t *length)
{
    size_t n = strspn(digits, "0123456789");
    if (n == 0 || n > 18 || digits[n])
        return false;
    *length = strtoull(digits, NULL, 10);
    return true;
}

/* What the fields say about the message and the connection. */
static int interpret(struct http_request *r, const char **why)
{
    unsigned hosts = 0;
    bool has_length = false, old = !r->keep_alive, upgrade = false;
    for (unsigned i = 0; i < r->field_count; i++) {
        const char *name = r->field[i].name, *value = r->field[i].value;
        uint64_t length;
        if (strcmp(name, "host") == 0) {
            hosts++;
        } else if (strcmp(name, "content-length") == 0) {
            if (!parse_length(value, &length) || (has_length && length != r->content_length))
                return BAD("Content-Length is not one number.");
            r->content_length = length;
            has_length = true;
        } else if (strcmp(name, "transfer-encoding") == 0) {
            return refuse(411, "A body needs Content-Length; it cannot be sent in chunks.", why);
        } else if (strcmp(name, "expect") == 0) {
            if (strcasecmp(value, "100-continue") != 0)
                return refuse(417, "Only \"Expect: 100-continue\" is known.", why);
            r->expects_continue = !old;
        } else if (strcmp(name, "connection") == 0) {
            upgrade |= http_list_has(value, "upgrade");
            if (http_list_has(value, "close"))
                r->keep_alive = false;
            else if (old && http_list_has(value, "keep-alive"))
                r->keep_alive = true;
        }
    }
    if (hosts > 1 || (hosts == 0 && !old))
        return BAD("A request has one Host field.");
    const char *protocol = http_field(r, "upgrade");
    r->websocket = upgrade && protocol && http_list_has(protocol, "websocket");
    return 200;
}

/* --- The whole head -------------------------------------------------------------------------------- */

static int too_long(const char *line, size_t length, const char **why)
{
    if (length == 0)
        return BAD("There are blank lines where a request is expected.");
    if (!memchr(line, '\n', length))
        return refuse(414, "The request target is too long.", why);
    return refuse(431, "The header fields are too long.", why);
}

int http_request_parse(struct http_request *r, char *bytes, size_t length, size_t *used,
                       const char **why)
{
    memset(r, 0, sizeof *r);
    char *at = bytes;
    while (length >= 2 && at[0] == '\r' && at[1] == '\n') { /* left over by an old client */
        at += 2;
        length -= 2;
    }
    if (length > 0 && !(length == 1 && at[0] == '\r') && !is_token_character((unsigned char)at[0]))
        return BAD("This is not an HTTP request.");
    char *end = memmem(at, length, "\r\n\r\n", 4);
    size_t head = (size_t)(end ? end + 4 - bytes : at + length - bytes);
    if (head >= HTTP_HEAD_BYTES)
        return too_long(at, length < HTTP_HEAD_BYTES ? length : HTTP_HEAD_BYTES, why);
    if (!end)
        return 0;
    *used = head;
    if (memchr(at, '\0', (size_t)(end - at)))
        return BAD("The head of the request has a zero byte.");
    end[2] = '\0';
    int status = 200;
    for (char *line = at; status == 200 && *line;) {
        char *next = strstr(line, "\r\n");
        *next = '\0';
        status = line == at ? parse_line(r, line, why) : parse_field(r, line, why);
        line = next + 2;
    }
    return status == 200 ? interpret(r, why) : status;
}

/* --- Reading values -------------------------------------------------------------------------------- */

const char *http_field(const struct http_request *r, const char *name)
{
    for (unsigned i = 0; i < r->field_count; i++)
        if (strcmp(r->field[i].name, name) == 0)
            return r->field[i].value;
    return NULL;
}

static const char *skip_blanks(const char *s)
{
    return s + strspn(s, " ");
}

/* Thousandths of "0", "0.5", "1.000"; anything else counts as 1. */
static int weight_of(const char *q)
{
    if (*q != '0')
        return 1000;
    int weight = 0, unit = 100;
    for (q += q[1] == '.' ? 2 : 1; isdigit((unsigned char)*q) && unit > 0; q++, unit /= 10)
        weight += (*q - '0') * unit;
    return weight;
}

int http_list_weight(const char *list, const char *token)
{
    size_t wanted = strlen(token);
    for (const char *item = list; *item;) {
        item = skip_blanks(item);
        size_t whole = strcspn(item, ","), n = strcspn(item, ",; ");
        if (n == wanted && strncasecmp(item, token, n) == 0) {
            for (const char *p = item + n; p < item + whole; p++)
                if (*p == ';' && strncasecmp(skip_blanks(p + 1), "q=", 2) == 0)
                    return weight_of(skip_blanks(p + 1) + 2);
            return 1000;
        }
        item += whole;
        item += *item == ',';
    }
    return -1;
}

bool http_list_has(const char *list, const char *token)
{
    return http_list_weight(list, token) >= 0;
}

bool http_etag_listed(const char *list, const char *etag)
{
    if (strcmp(list, "*") == 0)
        return true;
    size_t n = strlen(etag);
    for (const char *item = list; *item;) {
        item = skip_blanks(item);
        if (strncmp(item, "W/", 2) == 0)
            item += 2;
        if (strncmp(item, etag, n) == 0 && strchr(", ", item[n])) /* also its end */
            return true;
        item += strcspn(item, ",");
        item += *item == ',';
    }
    return false;
}
