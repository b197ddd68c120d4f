/* "Did you mean ...?": of the words that would have been right, the one most like the one that was
 * written. Likeness counts letters to insert, remove, replace or swap with their neighbour; letter case
 * and the difference between '-', '_' and a blank do not matter. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *word; /* as written; not owned */
    const char *best; /* most like it so far, NULL: none is like it */
    unsigned distance;
};

void nearest_begin(struct nearest *n, const char *word);

/* `candidate` must live as long as the result is used. */
void nearest_offer(struct nearest *n, const char *candidate);

#endif
