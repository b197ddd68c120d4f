/* Messages for the person who runs the program, one line each, on standard error. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* Messages above this level are not written; LOG_INFO at start. Set once, before threads start. */
void log_set_level(enum log_level level);

/* printf style, without a newline. May be called from any thread. */
void log_message(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
