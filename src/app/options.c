#include "app/options.h"

#include "base/nearest.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRONG_USAGE 2

int usage_fault(const char *command, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    fprintf(stderr, "busbar %s: ", command);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fprintf(stderr, "; see busbar %s --help\n", command);
    return WRONG_USAGE;
}

static void print_help(const struct usage *u)
{
    printf("Usage: busbar %s [options]%s%s\n\n%s\n\nOptions:\n", u->command,
           *u->operands ? " " : "", u->operands, u->sentence);
    for (const struct option_line *o = u->options; o && o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "",
                 o->value ? o->value : "");
        printf("  %-26s %s\n", left, o->help);
    }
    printf("  %-26s %s\n", "--help", "print this");
    if (u->notes)
        printf("\n%s\n", u->notes);
}

static const struct option_line *find(const struct usage *u, const char *name, size_t length)
{
    for (const struct option_line *o = u->options; o && o->name; o++)
        if (strlen(o->name) == length && memcmp(o->name, name, length) == 0)
            return o;
    return NULL;
}

static int unknown(const struct usage *u, const char *word, int length)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", length, word);
    struct nearest n;
    nearest_begin(&n, name + strspn(name, "-"));
    for (const struct option_line *o = u->options; o && o->name; o++)
        nearest_offer(&n, o->name);
    if (n.best)
        return usage_fault(u->command, "no option %s; did you mean --%s?", name, n.best);
    return usage_fault(u->command, "no option %s", name);
}

/* Decimal only: strtod alone would take "0x10", "nan" and leading blanks too. */
static bool read_decimal(const char *text, double *value)
{
    if (!*text || text[strspn(text, "0123456789+-.eE")])
        return false;
    char *end;
    *value = strtod(text, &end);
    return !*end && isfinite(*value);
}

static int store(const struct usage *u, const struct option_line *o, const char *value)
{
    switch (o->kind) {
    case OPTION_FLAG:
        *(bool *)o->into = true;
        return 0;
    case OPTION_TEXT:
        if (!*value)
            return usage_fault(u->command, "--%s needs a value: %s", o->name, o->value);
        *(const char **)o->into = value;
        return 0;
    case OPTION_INTEGER:
    case OPTION_NUMBER: {
        double number;
        bool good = read_decimal(value, &number) && number >= o->min && number <= o->max;
        if (o->kind == OPTION_INTEGER && (!good || number != floor(number)))
            return usage_fault(u->command, "--%s %s: a whole number from %.0f to %.0f is expected",
                               o->name, value, o->min, o->max);
        if (!good)
            return usage_fault(u->command, "--%s %s: a number from %g to %g is expected", o->name,
                               value, o->min, o->max);
        if (o->kind == OPTION_INTEGER)
            *(long *)o->into = (long)number;
        else
            *(double *)o->into = number;
        return 0;
    }
    }
    assert(!"kind of option");
    return WRONG_USAGE;
}

/* One option, argv[*at]; moves *at on if its value is the next word. */
static int read_option(const struct usage *u, int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const struct option_line *o =
        strncmp(word, "--", 2) == 0 ? find(u, word + 2, length - 2) : NULL;
    if (!o)
        return unknown(u, word, (int)length);
    if (o->kind == OPTION_FLAG)
        return equals ? usage_fault(u->command, "--%s takes no value", o->name) : store(u, o, NULL);
    if (equals)
        return store(u, o, equals + 1);
    if (*at + 1 >= argc)
        return usage_fault(u->command, "--%s needs a value: %s", o->name, o->value);
    *at += 1;
    return store(u, o, argv[*at]);
}

bool options_read(const struct usage *u, int argc, char **argv, const char *operand[OPERANDS_MAX],
                  int *exit_code)
{
    assert(u->operands_max <= OPERANDS_MAX);
    unsigned operands = 0;
    bool only_operands = false;
    memset(operand, 0, OPERANDS_MAX * sizeof *operand);
    *exit_code = 0;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (!only_operands && strcmp(word, "--") == 0) {
            only_operands = true;
        } else if (!only_operands && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
            print_help(u);
            return false;
        } else if (!only_operands && word[0] == '-' && word[1]) {
            *exit_code = read_option(u, argc, argv, &i);
        } else if (operands < u->operands_max) {
            operand[operands++] = word;
        } else {
            *exit_code = usage_fault(u->command, "\"%s\" is one word too many", word);
        }
        if (*exit_code)
            return false;
    }
    if (operands < u->operands_min)
        *exit_code = usage_fault(u->command, "%s is missing", u->operands);
    return *exit_code == 0;
}
