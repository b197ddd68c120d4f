/* Energy counters of a load and of its phases: integers with a carried remainder, in millijoule (mWs,
 * mvars, mVAs), so that a year of windows loses nothing (2^64 mJ are 5 TWh). They only grow. */
#ifndef METROLOGY_ENERGY_H
#define METROLOGY_ENERGY_H

#include "quantity/quantity.h"

struct energy {
    uint64_t count_mj[ENERGY_REGISTERS];   /* in the order of energy_quantity() */
    double remainder_mj[ENERGY_REGISTERS]; /* 0 ... 1 */
};

/* Adds powers (W, var, VA; P and Q with their signs) that held for `seconds` to the registers of the
 * load. Quadrants as in IEC 62053-23: the sign of P decides import or export, that of Q adds to ER_POS or
 * ER_NEG and to the quadrant's register. Powers that are not finite, and seconds <= 0, add nothing. */
void energy_add(struct energy *e, double p_w, double q_var, double s_va, double seconds);

/* The same to the registers of one phase (0, 1, 2). */
void energy_add_phase(struct energy *e, unsigned phase, double p_w, double q_var, double s_va,
                      double seconds);

/* The register as Wh, varh or VAh. */
double energy_wh(uint64_t count_mj);

#endif
