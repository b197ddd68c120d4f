/* Of many comparisons the one that comes nearest to its limit, to be written as one row. */
#ifndef ACCURACY_WORST_H
#define ACCURACY_WORST_H

#include "lab.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

struct worst {
    bool any;
    double error, reference, measured;
    char where[80];
};

/* An error that is no number is the worst there is. */
static inline void __attribute__((format(printf, 5, 6)))
worst_take(struct worst *w, double reference, double measured, double error, const char *where, ...)
{
    if (w->any && (isnan(w->error) || fabs(error) <= fabs(w->error)))
        return;
    va_list list;
    va_start(list, where);
    vsnprintf(w->where, sizeof w->where, where, list);
    va_end(list);
    w->any = true;
    w->error = error;
    w->reference = reference;
    w->measured = measured;
}

/* Writes the row, if there was any comparison; `condition` comes before the place of the worst. */
static inline void worst_row(struct lab *lab, const struct lab_judge *judge, double x,
                             const char *axis, const struct worst *w, const char *condition)
{
    if (w->any)
        lab_row(lab, judge, x, axis, w->reference, w->measured, w->error, "%s; worst of %s",
                condition, w->where);
}

#endif
