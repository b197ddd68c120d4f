// How long to wait before the next try to reach the meter: twice as long each time, with a little
// chance so that fifty browsers do not come back in the same instant after a restart.

const first_s = 0.5;
const most_s = 10;

/** Seconds before try number `tries` (from 0); chance is 0 … 1. */
export function backoff(tries: number, chance: number): number {
    return Math.min(most_s, first_s * 2 ** Math.min(tries, 20)) * (0.8 + 0.4 * chance);
}
