/* What was odd in a recording, a sentence each, for the person who reads the analysis. */
#ifndef SOURCE_NOTES_H
#define SOURCE_NOTES_H

#define NOTES_MAX  64
#define NOTE_BYTES 480

struct notes {
    char *items[NOTES_MAX]; /* UTF-8, owned */
    unsigned count;
};

/* printf style. The same sentence is kept once; the last place says that there were more; running out
 * of memory drops the note. Control characters become '?'. */
void notes_add(struct notes *n, const char *format, ...) __attribute__((format(printf, 2, 3)));
void notes_free(struct notes *n);

#endif
