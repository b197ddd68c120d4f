/* What a simulated signal is, by the formulas in source/simulator.h and nothing else: the truth that a
 * reading is held against. Sensors, noise and converters are not in it. */
#ifndef ACCURACY_CLOSED_H
#define ACCURACY_CLOSED_H

#include "quantity/quantity.h"
#include "source/simulator.h"

#include <complex.h>

/* RMS phasor of an order (1 ... 63) of a channel (V1 ... U31 of the network, I1 ... IN of a load), against
 * a sine of the network's cycles. */
double complex closed_phasor(const struct simulator_config *c, unsigned load,
                             enum spectrum_channel channel, unsigned order);

/* RMS of an order; of everything, tones included, for order 0. */
double closed_rms(const struct simulator_config *c, unsigned load, enum spectrum_channel channel,
                  unsigned order);

/* Mean power of a phase (0, 1, 2), tones included. */
double closed_power(const struct simulator_config *c, unsigned load, unsigned phase);

/* Angle by which the fundamental current lags its voltage, degrees. */
double closed_lag_deg(const struct simulator_config *c, unsigned load, unsigned phase);

/* Direct (1), inverse (2) or homopolar (0) component of three channels from `first` on. */
double closed_component(const struct simulator_config *c, unsigned load,
                        enum spectrum_channel first, int thirds);

#endif
