// "Is all well?": one answer from what is known, with the reasons. Pure, so that it can be tested
// without a browser.

import type { PowerEvent, Severity } from './api';
import { voltageBandPercent, frequencyBandPercent } from './limits';
import { words } from './words';

export type Level = 'normal' | Severity;

export interface Verdict {
    level: Level;
    title: string;
    /** what it means and what to do, most serious first */
    reasons: readonly Reason[];
}

export interface Reason {
    level: Level;
    text: string;
}

export interface VerdictInput {
    connection: 'connecting' | 'live' | 'lost';
    /** points that are shown, and how many of them have not come for two windows */
    points: number;
    stalePoints: number;
    nominal_v: number | undefined;
    nominal_hz: number | undefined;
    frequency: number | undefined;
    /** of the phases, by name */
    voltages: readonly (readonly [name: string, volts: number])[];
    /** circuits with their greatest current against In, in percent */
    loads: readonly (readonly [name: string, percent: number])[];
    /** with the name of the circuit; undefined for the network */
    running: readonly (readonly [event: PowerEvent, place: string | undefined])[];
}

const order: readonly Level[] = ['critical', 'non-critical', 'information', 'normal'];

export function severityOf(event: PowerEvent): Severity {
    if (event.kind === 'interruption') return 'critical';
    return 'non-critical';
}

export function verdict(input: VerdictInput): Verdict {
    const w = words.verdict;
    if (input.connection === 'lost')
        return { level: 'critical', title: w.lost, reasons: [{ level: 'critical', text: w.lostReason }] };
    if (input.points === 0)
        return { level: 'information', title: w.waiting, reasons: [] };
    const reasons: Reason[] = [];
    if (input.stalePoints > 0)
        reasons.push({ level: 'non-critical', text: w.stale(input.stalePoints, input.points) });
    for (const [event, place] of input.running)
        reasons.push({ level: severityOf(event), text: w.running(event, place) });
    if (input.nominal_v) {
        for (const [name, volts] of input.voltages) {
            const percent = (100 * volts) / input.nominal_v;
            if (Math.abs(percent - 100) > voltageBandPercent)
                reasons.push({ level: 'non-critical', text: w.voltage(name, percent) });
        }
    }
    if (input.nominal_hz && input.frequency !== undefined) {
        const off = (100 * (input.frequency - input.nominal_hz)) / input.nominal_hz;
        if (Math.abs(off) > frequencyBandPercent)
            reasons.push({ level: 'non-critical', text: w.frequency(input.frequency) });
    }
    for (const [name, percent] of input.loads)
        if (percent > 100) reasons.push({ level: 'non-critical', text: w.overload(name, percent) });
    if (reasons.length === 0) return { level: 'normal', title: w.normal, reasons: [{ level: 'normal', text: w.normalReason }] };
    reasons.sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
    return {
        level: reasons[0]!.level,
        title: reasons.length === 1 ? reasons[0]!.text : w.several(reasons.length),
        reasons,
    };
}
