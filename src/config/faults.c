#include "config/faults.h"

#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void config_faults_begin(struct config_faults *f, const char *name)
{
    f->count = 0;
    utf8_sanitize(f->name, sizeof f->name, name, strlen(name));
}

void config_faults_add(struct config_faults *f, unsigned line, unsigned column, const char *format,
                       ...)
{
    if (f->count++ >= CONFIG_FAULTS_MAX)
        return;
    char sentence[1024];
    va_list ap;
    va_start(ap, format);
    vsnprintf(sentence, sizeof sentence, format, ap);
    va_end(ap);
    struct config_fault *fault = &f->fault[f->count - 1];
    fault->line = line;
    fault->column = column;
    utf8_sanitize(fault->text, sizeof fault->text, sentence, strlen(sentence));
}

static int by_place(const void *a, const void *b)
{
    const struct config_fault *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return strcmp(x->text, y->text);
}

void config_faults_sort(struct config_faults *f)
{
    unsigned kept = f->count < CONFIG_FAULTS_MAX ? f->count : CONFIG_FAULTS_MAX;
    qsort(f->fault, kept, sizeof *f->fault, by_place);
}

void config_faults_print(const struct config_faults *f, struct text *out)
{
    unsigned kept = f->count < CONFIG_FAULTS_MAX ? f->count : CONFIG_FAULTS_MAX;
    for (unsigned i = 0; i < kept; i++) {
        const struct config_fault *fault = &f->fault[i];
        if (fault->line)
            text_printf(out, "%s:%u:%u: %s\n", f->name, fault->line, fault->column, fault->text);
        else
            text_printf(out, "%s: %s\n", f->name, fault->text);
    }
    if (f->count > kept)
        text_printf(out, "%s: and %u more faults\n", f->name, f->count - kept);
}
