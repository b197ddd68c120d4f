// The scales that a page's columns have now, so that each column keeps its prefix and its decimals
// until its values have clearly left them.

import { useRef } from 'preact/hooks';
import type { Reading } from './api';
import { largest, niceHeld, scaleFor, type Scale } from './format';
import type { Store } from './store';

/** A scale with its unit as it is shown: kW. */
export interface ScaleInUnit extends Scale {
    readonly unit: string;
}

export class Scales {
    private readonly kept = new Map<string, ScaleInUnit>();
    private readonly ends = new Map<string, number>();

    /** The same object as long as nothing changes. One scale for all the readings of a column (or row); the first quantity gives unit and digits. */
    of(
        store: Store,
        key: string,
        quantity: string,
        readings: readonly (Reading | undefined)[],
        significant?: number,
    ): ScaleInUnit {
        const info = store.quantities.get(quantity);
        const unit = info?.unit ?? '';
        const wish = {
            unit,
            digits: info?.digits ?? 2,
            significant: significant ?? (info?.kind === 'counter' ? 8 : 5),
            counter: info?.kind === 'counter',
        };
        const before = this.kept.get(key);
        const scale = scaleFor(largest(readings.map((r) => r?.[0])), wish, before);
        if (before && scale === before) return before;
        const after = { ...scale, unit: scale.prefix + unit };
        this.kept.set(key, after);
        return after;
    }

    /** The end of an axis that holds the value and does not jump with it. */
    axis(key: string, value: number, least: number): number {
        const end = niceHeld(Math.max(value, least), this.ends.get(key));
        this.ends.set(key, end);
        return end;
    }
}

export function useScales(): Scales {
    const ref = useRef<Scales | undefined>(undefined);
    return (ref.current ??= new Scales());
}
