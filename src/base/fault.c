#include "base/fault.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Replaces control characters and drops a UTF-8 character that was cut at the end of the buffer. */
static void make_printable(char *text, bool cut);

enum err fault_set(struct fault *f, enum err code, const char *format, ...)
{
    if (!f)
        return code;
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(f->text, sizeof f->text, format, ap);
    va_end(ap);
    f->code = code;
    make_printable(f->text, n >= (int)sizeof f->text);
    return code;
}

static void make_printable(char *text, bool cut)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            text[i] = '?';
    if (!cut)
        return;
    while (len > 0 && ((unsigned char)text[len - 1] & 0xc0) == 0x80)
        len--;
    if (len > 0 && ((unsigned char)text[len - 1] & 0x80))
        len--;
    text[len] = '\0';
}

const char *err_text(enum err code)
{
    switch (code) {
#define X(name, value, exit_code, text) \
    case ERR_##name:                    \
        return text;
        ERR_LIST(X)
#undef X
    }
    return "unknown fault";
}

int err_exit_code(enum err code)
{
    switch (code) {
#define X(name, value, exit_code, text) \
    case ERR_##name:                    \
        return exit_code;
        ERR_LIST(X)
#undef X
    }
    return 3;
}
