/* Faults: what can go wrong, as a code for the program and one sentence for a person.
 *
 * A function that may fail returns an `enum err` (ERR_OK is 0, the others are negative), and, where a
 * person will want to know more, fills a `struct fault` given by the caller. Codes are for the world's
 * mistakes; our own are asserts. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

/* X(name, value, exit code of the program, what the code means) */
#define ERR_LIST(X)                                                       \
    X(OK, 0, 0, "done")                                                   \
    X(END, -1, 0, "nothing more comes")                                   \
    X(AGAIN, -2, 0, "nothing there yet")                                  \
    X(INPUT, -3, 1, "the input is at fault")                              \
    X(UNSUPPORTED, -4, 1, "the input is of a kind that is not supported") \
    X(USAGE, -5, 2, "wrong usage")                                        \
    X(SYSTEM, -6, 3, "the machine is at fault")                           \
    X(MEMORY, -7, 3, "out of memory")

enum err {
#define X(name, value, exit_code, text) ERR_##name = (value),
    ERR_LIST(X)
#undef X
};

struct fault {
    enum err code;
    char text[480]; /* one sentence: where, what was found, what was expected; UTF-8, no newline */
};

/* Writes the sentence (printf style, cut to fit at a character's border) and returns `code`, so that a function
 * can `return fault_set(f, ERR_INPUT, ...)`. Printable whatever input it quotes (utf8_make_printable).
 * `f` may be NULL; its own text may be among the arguments. */
enum err fault_set(struct fault *f, enum err code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The general meaning of a code ("the input is at fault"); never NULL. */
const char *err_text(enum err code);

/* The program's exit code that belongs to it: 0 done, 1 input, 2 usage, 3 machine. */
int err_exit_code(enum err code);

#endif
