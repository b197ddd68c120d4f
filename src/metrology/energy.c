#include "metrology/energy.h"

#include <assert.h>
#include <math.h>

/* The nine of a group, in the order of their quantities. */
enum kind { POS, NEG, R_POS, R_NEG, APPARENT, POS_IND, POS_CAP, NEG_IND, NEG_CAP };

#define AT(name) (Q_##name - Q_EA_POS)
_Static_assert(AT(EA_NEG) == NEG && AT(ER_POS) == R_POS && AT(ER_NEG) == R_NEG &&
                   AT(ES) == APPARENT && AT(ER_POS_IND) == POS_IND && AT(ER_POS_CAP) == POS_CAP &&
                   AT(ER_NEG_IND) == NEG_IND && AT(ER_NEG_CAP) == ENERGY_KINDS - 1 &&
                   Q_ER_NEG_CAP1 == Q_EA_POS1 + NEG_CAP &&
                   Q_EA_POS3 == Q_EA_POS1 + 2 * ENERGY_KINDS,
               "registers stand in the order of their quantities");

static void add(struct energy *e, unsigned group, enum kind kind, double watt, double seconds)
{
    unsigned i = group * ENERGY_KINDS + kind;
    double sum = e->remainder_mj[i] + watt * seconds * 1000;
    double whole = floor(sum);
    e->count_mj[i] += (uint64_t)whole;
    e->remainder_mj[i] = sum - whole;
}

static void add_to_group(struct energy *e, unsigned group, double p_w, double q_var, double s_va,
                         double seconds)
{
    /* 1e15 W for one call is beyond any plant and keeps the sums inside 64 bits. */
    if (!(seconds > 0 && seconds < 1e4 && fabs(p_w) < 1e15 && fabs(q_var) < 1e15 &&
          fabs(s_va) < 1e15))
        return;
    add(e, group, p_w >= 0 ? POS : NEG, fabs(p_w), seconds);
    add(e, group, APPARENT, fabs(s_va), seconds);
    if (q_var >= 0) {
        add(e, group, R_POS, q_var, seconds);
        add(e, group, p_w >= 0 ? POS_IND : POS_CAP, q_var, seconds);
    } else {
        add(e, group, R_NEG, -q_var, seconds);
        add(e, group, p_w >= 0 ? NEG_CAP : NEG_IND, -q_var, seconds);
    }
}

void energy_add(struct energy *e, double p_w, double q_var, double s_va, double seconds)
{
    add_to_group(e, 0, p_w, q_var, s_va, seconds);
}

void energy_add_phase(struct energy *e, unsigned phase, double p_w, double q_var, double s_va,
                      double seconds)
{
    assert(phase < 3);
    add_to_group(e, 1 + phase, p_w, q_var, s_va, seconds);
}

double energy_wh(uint64_t count_mj)
{
    return (double)count_mj / 3.6e6;
}
