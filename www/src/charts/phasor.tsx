// The phasor diagram: fundamentals of voltages and currents, V1 at zero, turning counter-clockwise.
// The figures stand beside it as a table, which is also what a screen reader reads.

import type { Spectrum } from '../api';
import type { Conductor } from '../colours';
import { figure } from '../format';
import type { Scales } from '../scales';
import type { Store } from '../store';
import type { View } from '../view';
import { words } from '../words';
import { apart, arrow, place, wrap } from './geometry';

const w = words.phasor;
const voltageRing = 92;
const currentRing = 64;
const spokes = [0, 30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 330];

interface Arm {
    name: string;
    conductor: Conductor | undefined;
    rms: number;
    angle: number;
}

function arms(view: View, names: readonly string[], zero: number): Arm[] {
    return names.flatMap((name) => {
        const s: Spectrum | undefined = view.spectrum(name);
        const rms = s?.rms[0];
        if (!s || s.highest < 1 || rms === undefined) return [];
        return [{ name, conductor: view.conductor(name), rms, angle: wrap(s.angle_deg - zero) }];
    });
}

function Arms({ list, ring, end, kind }: { list: readonly Arm[]; ring: number; end: number; kind: 'voltage' | 'current' }) {
    const labels = apart(
        list.map((a) => a.angle),
        kind === 'voltage' ? 11 : 15,
    );
    return (
        <>
            {list.map((a, i) => {
                const radius = (ring * a.rms) / end;
                const at = place(kind === 'voltage' ? Math.max(radius + 11, 40) : Math.max(radius + 9, 20), labels[i]!);
                return (
                    <g key={a.name} class={`arm arm-${kind} ${a.conductor ?? ''}`} data-channel={a.name}>
                        {radius > 0.5 && <path d={arrow(radius, a.angle, kind === 'voltage' ? 9 : 8)} />}
                        <text x={at.x.toFixed(1)} y={(at.y + 3.2).toFixed(1)}>
                            {a.name}
                        </text>
                    </g>
                );
            })}
        </>
    );
}

export function Phasor({ store: s, scales, view }: { store: Store; scales: Scales; view: View }) {
    const neutral = s.info?.network.neutral !== false;
    const zero = (view.spectrum('V1') ?? view.spectrum('U12'))?.angle_deg ?? 0;
    let voltages = arms(view, ['V1', 'V2', 'V3'].slice(0, neutral ? view.phases : 3), zero);
    if (voltages.length === 0) voltages = arms(view, ['U12', 'U23', 'U31'], zero);
    const currents = arms(view, ['I1', 'I2', 'I3', 'IN'], zero);
    if (voltages.length + currents.length === 0)
        return <p class="none-here">{view.waiting ? words.missing.waiting : w.none}</p>;
    const most = (list: readonly Arm[]): number => Math.max(0, ...list.map((a) => a.rms));
    const nominal = s.info?.network.nominal_voltage_v ?? 0;
    const voltEnd = most(voltages) > 1.2 * nominal ? scales.axis('phasor-V', most(voltages), 1) : nominal || 1;
    const ampEnd = scales.axis('phasor-I', most(currents), 0.01);
    const voltScale = scales.of(s, 'phasor-V', 'V1', voltages.map((a) => [a.rms, 1] as const));
    const ampScale = scales.of(s, 'phasor-I', 'I1', currents.map((a) => [a.rms, 1] as const));
    const ends = {
        volts: `${figure(voltEnd, { power: voltScale.power, decimals: 0 })} ${voltScale.unit}`,
        amps: `${figure(ampEnd, { power: 0, decimals: ampEnd < 1 ? 2 : 0 })} A`,
    };
    const row = (a: Arm, scale: typeof voltScale) => (
        <tr key={a.name} data-phasor={a.name}>
            <th scope="row">
                <span class={`swatch ${a.conductor ?? ''}`} aria-hidden="true" />
                {a.name}
            </th>
            <td>
                <span class="num">{figure(a.rms, scale)}</span> <span class="unit">{scale.unit}</span>
            </td>
            <td>
                <span class="num" data-angle={a.angle.toFixed(3)}>
                    {figure(a.angle, { power: 0, decimals: 1 })}
                </span>
                <span class="unit">°</span>
            </td>
        </tr>
    );
    const table = (name: string, list: readonly Arm[], scale: typeof voltScale) =>
        list.length > 0 && (
            <table class="mini" aria-label={name}>
                <thead>
                    <tr>
                        <th scope="col">
                            <span class="sr">{w.channel}</span>
                        </th>
                        <th scope="col">{w.size}</th>
                        <th scope="col">{w.angle}</th>
                    </tr>
                </thead>
                <tbody>{list.map((a) => row(a, scale))}</tbody>
            </table>
        );
    const alt = [...voltages, ...currents]
        .map((a) => `${a.name} ${a.angle.toFixed(0)}°`)
        .join(', ');
    return (
        <div class={view.stale ? 'phasor stale' : 'phasor'}>
            <svg viewBox="-124 -116 248 232" role="img" aria-label={w.alt(alt)}>
                <circle class="ring" r={voltageRing} />
                {currents.length > 0 && <circle class="ring inner" r={currentRing} />}
                {spokes.map((angle) => {
                    const from = place(angle % 90 ? voltageRing - 4 : 0, angle);
                    const to = place(voltageRing, angle);
                    return <path key={angle} class="spoke" d={`M${from.x} ${from.y}L${to.x} ${to.y}`} />;
                })}
                <Arms list={voltages} ring={voltageRing} end={voltEnd} kind="voltage" />
                <Arms list={currents} ring={currentRing} end={ampEnd} kind="current" />
                <circle class="hub" r="2" />
            </svg>
            <div class="phasor-side">
                {table(w.voltages, voltages, voltScale)}
                {table(w.currents, currents, ampScale)}
                <p class="note">
                    {w.turns}. {w.ring(ends.volts, currents.length > 0 ? ends.amps : undefined)}.
                </p>
            </div>
        </div>
    );
}
