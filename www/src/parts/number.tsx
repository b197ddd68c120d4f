// One value on the page: figures, marks of its quality, a dash with its reason when there is none.

import { quality, type Reading } from '../api';
import { figure, type Scale } from '../format';
import { words } from '../words';

const marked = ['flagged', 'held', 'clipped', 'gap', 'simulated', 'short', 'incomplete'] as const;

/** Marks for quality bits; those of `common` are shown elsewhere, once for all values. */
export function Marks({ bits, common = 0 }: { bits: number; common?: number }) {
    const shown = marked.filter((m) => bits & ~common & quality[m]);
    if (shown.length === 0) return null;
    return (
        <span class="marks">
            {shown.map((m) => (
                <abbr class={`mark mark-${m}`} title={words.marks[m][1]} key={m}>
                    <span aria-hidden="true">{words.marks[m][0]}</span>
                    <span class="sr"> {words.marks[m][1]}</span>
                </abbr>
            ))}
        </span>
    );
}

/**
 * The bits that all the readings of a window share, so that they need saying only once. Energy
 * registers (EA_POS … ES) are not of one window and have no part in it.
 */
export function commonBits(readings: Readonly<Record<string, Reading>> | undefined): number {
    let bits = -1;
    for (const name in readings) if (!name.startsWith('E')) bits &= readings[name]![1];
    return bits === -1 ? 0 : bits;
}

export interface NumberProps {
    reading: Reading | undefined;
    scale: Pick<Scale, 'power' | 'decimals'>;
    stale?: boolean;
    common?: number;
    /** nothing has come from this point at all */
    waiting?: boolean;
}

export function Num({ reading, scale, stale, common = 0, waiting }: NumberProps) {
    if (!reading) {
        const why = waiting ? words.missing.waiting : words.missing.absent;
        return (
            <span class="none" title={why}>
                <span aria-hidden="true">–</span>
                <span class="sr">{why}</span>
            </span>
        );
    }
    return (
        <span class={stale ? 'num stale' : 'num'} title={stale ? words.stale : undefined}>
            {figure(reading[0], scale)}
            <Marks bits={reading[1]} common={common} />
            {stale && <span class="sr"> {words.stale}</span>}
        </span>
    );
}
