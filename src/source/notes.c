#include "source/notes.h"

#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <stdlib.h>

void notes_add(struct notes *n, const char *format, ...)
{
    if (n->count == NOTES_MAX)
        return;
    char raw[NOTE_BYTES];
    va_list ap;
    va_start(ap, format);
    vsnprintf(raw, sizeof raw, format, ap);
    va_end(ap);
    struct fault sentence; /* its text is cut and cleaned the same way */
    fault_set(&sentence, ERR_OK, "%s",
              n->count == NOTES_MAX - 1 ? "There was more that is odd." : raw);
    for (unsigned i = 0; i < n->count; i++)
        if (strcmp(n->items[i], sentence.text) == 0)
            return;
    char *copy = strdup(sentence.text);
    if (copy)
        n->items[n->count++] = copy;
}

void notes_free(struct notes *n)
{
    for (unsigned i = 0; i < n->count; i++)
        free(n->items[i]);
    n->count = 0;
}
