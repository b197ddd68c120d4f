// What the page of one point sees. A load of three phases has the network's voltages in its own window
// or, if its module does not tell them, in that of the voltage module.

import type { Reading, Scope, Spectrum } from './api';
import { conductorOf, phaseConductors, type Conductor } from './colours';
import { commonBits } from './parts/number';
import type { Circuit, Point, Store } from './store';

export interface View {
    circuit: Circuit | undefined;
    own: Point | undefined;
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
    /** the conductor that a channel or quantity of this point is at; undefined: not known */
    conductor(name: string): Conductor | undefined;
}

/** The network's phase that current number `index` (from 0) of a circuit hangs on, if that is known. */
export function phaseOf(c: Circuit, index: number): number | undefined {
    return c.load.phase?.[index] ?? (c.load.phases === 1 ? undefined : index + 1);
}

export function viewOf(s: Store, circuit: Circuit | undefined): View {
    const network = s.network();
    const own = circuit ? s.point(circuit.device.address, circuit.load.n) : network;
    const shared = commonBits(own?.values);
    const phases = circuit?.load.phases ?? s.info?.network.phases ?? 3;
    const lent = phases === 3 && own && !own.values.V1 && !own.values.U12 ? network : undefined;
    return {
        circuit,
        own,
        waiting: !own,
        stale: own ? s.stale(own) : false,
        common: shared | s.commonBits(),
        titled: shared & ~s.commonBits(),
        reading: (name) => own?.values[name] ?? (name === 'F' ? network : lent)?.values[name],
        spectrum: (name) => own?.harmonics?.[name] ?? lent?.harmonics?.[name],
        scope: own?.scope,
        phases,
        conductor: (name) => {
            const c = conductorOf(name);
            const index = c ? phaseConductors.indexOf(c) : -1;
            if (!circuit || index < 0) return c;
            const phase = phaseOf(circuit, index);
            return phase === undefined ? undefined : phaseConductors[phase - 1];
        },
    };
}
