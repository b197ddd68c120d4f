/* The faults of an installation file: as many as there are, told in the order of its lines. */
#ifndef CONFIG_FAULTS_H
#define CONFIG_FAULTS_H

#include "base/text.h"

#include <stdbool.h>

#define CONFIG_FAULTS_MAX 100

struct config_fault {
    unsigned line, column; /* from 1; 0: the file as a whole */
    char text[240];        /* one sentence: what was found, what was expected; UTF-8, printable */
};

struct config_faults {
    char name[256]; /* of the file */
    unsigned count; /* all of them; the first CONFIG_FAULTS_MAX are kept */
    struct config_fault fault[CONFIG_FAULTS_MAX];
};

void config_faults_begin(struct config_faults *f, const char *name);

/* printf style. Control characters become '?', what does not fit is cut at a character's border. */
void config_faults_add(struct config_faults *f, unsigned line, unsigned column, const char *format,
                       ...) __attribute__((format(printf, 4, 5)));

/* By line and column. */
void config_faults_sort(struct config_faults *f);

/* "plant.yaml:12:5: sentence", a line each, and "and 7 more faults" where some were not kept. */
void config_faults_print(const struct config_faults *f, struct text *out);

#endif
