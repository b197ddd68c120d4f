#include "base/log.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

static enum log_level highest = LOG_INFO;

void log_set_level(enum log_level level)
{
    highest = level;
}

void log_message(enum log_level level, const char *format, ...)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    if (level > highest)
        return;
    char line[1024];
    va_list ap;
    va_start(ap, format);
    vsnprintf(line, sizeof line, format, ap);
    va_end(ap);
    utf8_cut(line);
    utf8_make_printable(line);
    fprintf(stderr, "busbar: %s: %s\n", names[level], line);
}
