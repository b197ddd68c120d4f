// Limits that the page draws. All are voltages of EN 50160 (low voltage, interconnected networks);
// they hold for 95 % of a week's 10-minute values, so a live value beyond one is a hint, no verdict.

/** Supply voltage variation: ±10 % of the nominal voltage. */
export const voltageBandPercent = 10;

/** Frequency: ±1 % of nominal, 99.5 % of a year. */
export const frequencyBandPercent = 1;

export const thdLimitPercent = 8;

export const unbalanceLimitPercent = 2;

/** Percent of the fundamental, by order; orders above 25 have no limit. */
const byOrder: Readonly<Record<number, number>> = {
    2: 2,
    3: 5,
    4: 1,
    5: 6,
    7: 5,
    9: 1.5,
    11: 3.5,
    13: 3,
    15: 0.5,
    17: 2,
    19: 1.5,
    21: 0.5,
    23: 1.5,
    25: 1.5,
};

/** The limit of a voltage harmonic in percent of the fundamental, if the standard has one. */
export function harmonicLimit(order: number): number | undefined {
    if (order % 2 === 0 && order >= 6 && order <= 24) return 0.5;
    return byOrder[order];
}
