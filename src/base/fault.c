#include "base/fault.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum err fault_set(struct fault *f, enum err code, const char *format, ...)
{
    if (!f)
        return code;
    char text[sizeof f->text]; /* the arguments may quote the sentence that stood there before */
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (n >= (int)sizeof text)
        utf8_cut(text);
    utf8_make_printable(text);
    *f = (struct fault){.code = code};
    memcpy(f->text, text, strlen(text));
    return code;
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
