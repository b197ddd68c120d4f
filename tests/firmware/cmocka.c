#include "cmocka.h"

#include <stdarg.h>

static jmp_buf beyond;

void cmocka_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("# %s:%d: ", file, line);
    vprintf(format, args);
    printf("\n");
    va_end(args);
    longjmp(beyond, 1);
}

/* True if the test passed. */
static bool run(const struct CMUnitTest *t)
{
    void *state = NULL;
    if (setjmp(beyond))
        return false;
    if (t->setup && t->setup(&state))
        return false;
    t->test(&state);
    return !t->teardown || t->teardown(&state) == 0;
}

/* Whether a word stands in a list of words. */
static bool listed(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += n)
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == 0))
            return true;
    return false;
}

int cmocka_run(const struct CMUnitTest *test, size_t count, const char *only)
{
    unsigned number = 0, failed = 0, wanted = 0;
    for (const char *c = only; *c; c++)
        wanted += c == only || c[-1] == ' ';
    printf("1..%u\n", *only ? wanted : (unsigned)count);
    for (size_t i = 0; i < count; i++) {
        if (*only && !listed(only, test[i].name))
            continue;
        bool good = run(&test[i]);
        printf("%s %u - %s\n", good ? "ok" : "not ok", ++number, test[i].name);
        failed += !good;
    }
    return (int)failed; /* the plan tells if a name of the list was not among the tests */
}
