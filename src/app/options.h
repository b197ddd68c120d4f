/* Reading a subcommand's words: options from a table, then operands. The same table prints --help.
 *
 * "--rate 50" and "--rate=50" mean the same; "--" ends the options; an operand may stand between
 * options; "-" is an operand (or a value), not an option. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum option_kind {
    OPTION_FLAG,    /* bool *into; takes no value */
    OPTION_TEXT,    /* const char **into; the value as it stands in argv */
    OPTION_INTEGER, /* long *into; decimal, from min to max */
    OPTION_NUMBER,  /* double *into; decimal, finite, from min to max */
};

struct option_line {
    const char *name;  /* "json", written as --json; NULL ends the table */
    const char *value; /* what the value is called in --help: "FILE"; NULL for a flag */
    enum option_kind kind;
    void *into; /* left as it is if the option is not given: set the default before */
    double min, max;
    const char *help; /* one line */
};

struct usage {
    const char *command;  /* "check" */
    const char *operands; /* "INSTALLATION.yaml", "" if there are none */
    const char *sentence; /* what it does, one or more lines */
    unsigned operands_min, operands_max;
    const struct option_line *options;
    const char *notes; /* printed after the options; NULL: nothing */
};

#define OPERANDS_MAX 16

/* argv[0] is the subcommand's name, as its function gets it. Fills the options' targets and
 * operand[0 ...] (up to usage->operands_max, at most OPERANDS_MAX; the others NULL).
 * True: go on. False: the program ends with *exit_code: 0 after --help (printed to standard output),
 * 2 after wrong usage (one sentence on standard error). */
bool options_read(const struct usage *usage, int argc, char **argv,
                  const char *operand[OPERANDS_MAX], int *exit_code);

/* One sentence about wrong usage on standard error, with where to look; returns 2. For what a table
 * cannot say ("--rate only with CSV"). */
int usage_fault(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
