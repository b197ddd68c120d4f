#include "web/route.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *right_name(enum right r)
{
    static const char *const names[] = {"none", "read"};
    return names[r];
}

/* Decimal digits only: no sign, no blank, no zero in front. */
static bool parse_integer(const char *s, size_t length, int *value)
{
    if (length == 0 || length > 9 || (length > 1 && s[0] == '0'))
        return false;
    *value = 0;
    for (size_t i = 0; i < length; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        *value = *value * 10 + (s[i] - '0');
    }
    return true;
}

static bool parse_boolean(const char *s, int *value)
{
    *value = strcmp(s, "1") == 0 || strcmp(s, "true") == 0;
    return *value || strcmp(s, "0") == 0 || strcmp(s, "false") == 0;
}

static bool parse_word(const struct parameter *p, const char *s, int *value)
{
    for (*value = 0; p->word(*value); ++*value)
        if (strcmp(s, p->word(*value)) == 0)
            return true;
    return false;
}

static bool parse(const struct parameter *p, const char *s, int *value)
{
    switch (p->kind) {
    case PARAMETER_BOOLEAN:
        return parse_boolean(s, value);
    case PARAMETER_WORD:
        return parse_word(p, s, value);
    default:
        return parse_integer(s, strlen(s), value) && *value >= p->minimum && *value <= p->maximum;
    }
}

/* What the parameter has to be. */
static void explain(const struct parameter *p, char *why, size_t room)
{
    if (p->kind == PARAMETER_BOOLEAN) {
        snprintf(why, room, "The parameter \"%s\" must be true or false.", p->name);
    } else if (p->kind == PARAMETER_INTEGER) {
        snprintf(why, room, "The parameter \"%s\" must be a whole number from %d to %d.", p->name,
                 p->minimum, p->maximum);
    } else {
        int used = snprintf(why, room, "The parameter \"%s\" must be", p->name);
        for (int i = 0; p->word(i); i++)
            used += snprintf(why + used, room - (size_t)used, "%s%s",
                             i == 0           ? " "
                             : p->word(i + 1) ? ", "
                                              : " or ",
                             p->word(i));
        snprintf(why + used, room - (size_t)used, ".");
    }
}

/* Segment by segment. A parameter of the path that is out of its range names nothing that exists. */
static bool match_path(const struct route *route, const char *path, struct route_match *match)
{
    const char *pattern = route->path;
    unsigned parameter = 0;
    while (*pattern && *path) {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        const struct parameter *p = &route->parameter[parameter];
        int *value = &match->argument[parameter];
        size_t n = strcspn(path, "/");
        if (!parse_integer(path, n, value) || *value < p->minimum || *value > p->maximum)
            return false;
        match->given[parameter++] = true;
        path += n;
        pattern += strcspn(pattern, "}") + 1;
    }
    return *pattern == *path;
}

static int find_parameter(const struct route *route, const char *name)
{
    for (int i = 0; i < ROUTE_PARAMETERS_MAX && route->parameter[i].name; i++)
        if (!route->parameter[i].in_path && strcmp(route->parameter[i].name, name) == 0)
            return i;
    return -1;
}

#define WHY_BYTES 200

static bool take_query(const struct http_pair *given, struct route_match *match, char *why)
{
    int i = find_parameter(match->route, given->name);
    if (i < 0) {
        snprintf(why, WHY_BYTES, "The parameter \"%.40s\" is not known here.", given->name);
        return false;
    }
    const struct parameter *p = &match->route->parameter[i];
    int *value = &match->argument[i];
    if (match->given[i]) {
        snprintf(why, WHY_BYTES, "The parameter \"%s\" is given twice.", p->name);
        return false;
    }
    match->given[i] = true;
    bool understood = parse(p, given->value, value);
    if (!understood)
        explain(p, why, WHY_BYTES);
    return understood;
}

static bool take_parameters(const struct http_request *r, struct route_match *match, char *why)
{
    const struct parameter *p = match->route->parameter;
    for (unsigned i = 0; i < r->query_count; i++)
        if (!take_query(&r->query[i], match, why))
            return false;
    for (int i = 0; i < ROUTE_PARAMETERS_MAX && p[i].name; i++) {
        if (match->given[i])
            continue;
        match->argument[i] = p[i].otherwise;
        if (p[i].required) {
            snprintf(why, WHY_BYTES, "The parameter \"%s\" is missing.", p[i].name);
            return false;
        }
    }
    return true;
}

static void allow_method(char allow[64], enum http_method m)
{
    size_t used = strlen(allow);
    snprintf(allow + used, 64 - used, "%s%s%s", used ? ", " : "", http_method_name(m),
             m == HTTP_GET ? ", HEAD" : "");
}

int route_match(const struct http_request *r, struct route_match *match, char allow[64],
                char why[200])
{
    enum http_method method = r->method == HTTP_HEAD ? HTTP_GET : r->method;
    allow[0] = '\0';
    for (unsigned i = 0; i < route_count; i++) {
        *match = (struct route_match){.route = &routes[i]};
        if (!match_path(&routes[i], r->path, match))
            continue;
        if (routes[i].method == method)
            return take_parameters(r, match, why) ? 200 : 400;
        allow_method(allow, routes[i].method);
    }
    match->route = NULL;
    return allow[0] ? 405 : 404;
}
