#include "quantity/quantity.h"

#include <assert.h>

static const struct quantity_info quantities[Q_COUNT] = {
#define Q(slot, name_, unit_, scope_, kind_, digits_, sentence) \
    [slot] = {.name = #name_,                                   \
              .unit = UNIT_##unit_,                             \
              .scope = SCOPE_##scope_,                          \
              .kind = KIND_##kind_,                             \
              .digits = digits_},
#include "quantity/quantities.def"
#undef Q
};

const struct quantity_info *quantity_info(enum quantity q)
{
    assert(q < Q_COUNT && quantities[q].name);
    return &quantities[q];
}

const char *unit_symbol(enum unit u)
{
    static const char *const symbols[] = {
#define U(name, symbol) symbol,
#include "quantity/units.def"
#undef U
    };
    assert(u < UNIT_COUNT);
    return symbols[u];
}

const char *quantity_scope_name(enum quantity_scope s)
{
    return s == SCOPE_NETWORK ? "network" : "load";
}

const char *quantity_kind_name(enum quantity_kind k)
{
    static const char *const names[] = {"instant", "angle", "counter", "state"};
    return names[k];
}

/* strcmp() is not for the core, which may have no C library (docs/firmware.md). */
static bool same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

enum quantity quantity_find(const char *name)
{
    for (int q = 0; q < Q_COUNT; q++)
        if (quantities[q].name && same(quantities[q].name, name))
            return (enum quantity)q;
    return Q_COUNT;
}

const char *quality_name(int bit)
{
    static const char *const names[QUALITY_BITS] = {"valid", "flagged",   "held",  "clipped",
                                                    "gap",   "simulated", "short", "incomplete"};
    assert(bit >= 0 && bit < QUALITY_BITS);
    return names[bit];
}

enum quantity spectrum_quantity(enum spectrum_channel c)
{
    static const enum quantity channels[SPECTRUM_COUNT] = {
        Q_V1, Q_V2, Q_V3, Q_VN, Q_U12, Q_U23, Q_U31, Q_I1, Q_I2, Q_I3, Q_IN,
    };
    assert(c < SPECTRUM_COUNT);
    return channels[c];
}
