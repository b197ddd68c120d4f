#include "metrology/energy.h"

#include <math.h>

_Static_assert(Q_ES == Q_EA_POS + 4 && Q_ER_NEG_CAP == Q_EA_POS + ENERGY_REGISTERS - 1,
               "registers stand in the order of their quantities");

static void add(struct energy *e, enum quantity q, double watt, double seconds)
{
    int i = (int)q - Q_EA_POS;
    double sum = e->remainder_mj[i] + watt * seconds * 1000;
    double whole = floor(sum);
    e->count_mj[i] += (uint64_t)whole;
    e->remainder_mj[i] = sum - whole;
}

void energy_add(struct energy *e, double p_w, double q_var, double s_va, double seconds)
{
    /* 1e15 W for one call is beyond any plant and keeps the sums inside 64 bits. */
    if (!(seconds > 0 && seconds < 1e4 && fabs(p_w) < 1e15 && fabs(q_var) < 1e15 &&
          fabs(s_va) < 1e15))
        return;
    add(e, p_w >= 0 ? Q_EA_POS : Q_EA_NEG, fabs(p_w), seconds);
    add(e, Q_ES, fabs(s_va), seconds);
    if (q_var >= 0) {
        add(e, Q_ER_POS, q_var, seconds);
        add(e, p_w >= 0 ? Q_ER_POS_IND : Q_ER_POS_CAP, q_var, seconds);
    } else {
        add(e, Q_ER_NEG, -q_var, seconds);
        add(e, p_w >= 0 ? Q_ER_NEG_CAP : Q_ER_NEG_IND, -q_var, seconds);
    }
}

double energy_wh(uint64_t count_mj)
{
    return (double)count_mj / 3.6e6;
}
