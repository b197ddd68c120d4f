// What the page of one point sees: the values of a load together with those of the network it hangs
// on. A load's own reading comes first.

import type { Reading, Scope, Spectrum } from './api';
import type { Circuit, Point, Store } from './store';
import { commonBits } from './parts/number';

export interface View {
    circuit: Circuit | undefined;
    own: Point | undefined;
    network: Point | undefined;
    /** nothing has come yet */
    waiting: boolean;
    stale: boolean;
    /** quality bits that all values share, or the whole installation: said once */
    common: number;
    /** those of them that this page says in its title */
    titled: number;
    reading(name: string): Reading | undefined;
    spectrum(name: string): Spectrum | undefined;
    scope: Scope | undefined;
    /** phase conductors that are measured here */
    phases: number;
}

export function viewOf(s: Store, circuit: Circuit | undefined): View {
    const own = circuit ? s.point(circuit.device.address, circuit.load.n) : s.network();
    const network = s.network();
    const shared = commonBits(own?.values);
    return {
        circuit,
        own,
        network,
        waiting: !own,
        stale: own ? s.stale(own) : false,
        common: shared | s.commonBits(),
        titled: shared & ~s.commonBits(),
        reading: (name) => own?.values[name] ?? network?.values[name],
        spectrum: (name) => own?.harmonics?.[name] ?? network?.harmonics?.[name],
        scope: own?.scope,
        phases: circuit?.load.phases ?? s.info?.network.phases ?? 3,
    };
}
