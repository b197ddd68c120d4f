// Small horizontal bars: the load of a circuit against its rating, a value about its nominal.

import type { Conductor } from '../colours';

export interface LoadBarProps {
    /** current against In in percent, by phase; undefined: not available */
    phases: readonly (readonly [conductor: Conductor | undefined, percent: number | undefined])[];
    /** for screen readers */
    text: string;
}

/** In is at four fifths of the width, so that an overload still shows how far it goes. */
const full = 125;

export function LoadBar({ phases, text }: LoadBarProps) {
    const most = Math.max(0, ...phases.map(([, p]) => p ?? 0));
    return (
        <div class={most > 100 ? 'load over' : 'load'} role="img" aria-label={text}>
            {phases.map(([c, p], i) => (
                <div class={phases.length === 1 ? 'load-lane only' : 'load-lane'} key={i}>
                    <div
                        class={`load-fill ${c ?? ''}`}
                        style={{ transform: `scaleX(${Math.min(full, p ?? 0) / full})` }}
                    />
                </div>
            ))}
            <div class="load-rated" style={{ left: `${(100 * 100) / full}%` }} />
        </div>
    );
}

export interface BandProps {
    /** where the value lies, in percent of nominal from 100 */
    off: number | undefined;
    /** allowed on either side, percent */
    allowed: number;
    conductor?: Conductor;
    text: string;
}

/** A mark on a line whose middle is nominal; the allowed band takes two thirds of it. */
export function Band({ off, allowed, conductor, text }: BandProps) {
    const reach = allowed * 1.5;
    const at = off === undefined ? undefined : 50 + (50 * Math.max(-reach, Math.min(reach, off))) / reach;
    const outside = off !== undefined && Math.abs(off) > allowed;
    return (
        <div class={outside ? 'band outside' : 'band'} role="img" aria-label={text}>
            <div class="band-allowed" />
            <div class="band-nominal" />
            {at !== undefined && <div class={`band-mark ${conductor ?? ''}`} style={{ left: `${at}%` }} />}
        </div>
    );
}
