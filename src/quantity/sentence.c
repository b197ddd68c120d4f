/* Apart from quantity.c, so that a firmware, which shows no sentences, does not carry 20 KiB of them. */
#include "quantity/quantity.h"

#include <assert.h>

static const char *const sentences[Q_COUNT] = {
#define Q(slot, name, unit, scope, kind, digits, sentence) [slot] = sentence,
#include "quantity/quantities.def"
#undef Q
};

const char *quantity_sentence(enum quantity q)
{
    assert(q < Q_COUNT && sentences[q]);
    return sentences[q];
}
