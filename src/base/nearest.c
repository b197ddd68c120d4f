#include "base/nearest.h"

#include <ctype.h>
#include <string.h>

#define LETTERS_MAX 40 /* longer words are nobody's slip of the pen */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static int folded(char c)
{
    return c == '-' || c == ' ' ? '_' : tolower((unsigned char)c);
}

/* Optimal string alignment, row by row; both lengths at most LETTERS_MAX. */
static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned rows[3][LETTERS_MAX + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    for (unsigned j = 0; j <= b_length; j++)
        above[j] = j;
    for (unsigned i = 1; i <= a_length; i++) {
        row[0] = i;
        for (unsigned j = 1; j <= b_length; j++) {
            unsigned changed = folded(a[i - 1]) != folded(b[j - 1]);
            row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + changed);
            if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
                folded(a[i - 2]) == folded(b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        unsigned *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[b_length];
}

void nearest_begin(struct nearest *n, const char *word)
{
    *n = (struct nearest){.word = word};
}

void nearest_offer(struct nearest *n, const char *candidate)
{
    size_t a = strlen(n->word), b = strlen(candidate);
    if (a == 0 || a > LETTERS_MAX || b > LETTERS_MAX)
        return;
    unsigned d = distance(n->word, a, candidate, b);
    size_t longer = a > b ? a : b;
    if (d > (longer < 3 ? 0 : (longer + 1) / 3) || (n->best && d >= n->distance))
        return;
    n->best = candidate;
    n->distance = d;
}
