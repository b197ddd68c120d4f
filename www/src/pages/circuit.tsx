// One circuit in depth: #/circuit/{address of the device}/{load}.

import { useMemo } from 'preact/hooks';
import type { Reading, Subscription } from '../api';
import { LoadBar } from '../parts/bars';
import { Card } from '../parts/card';
import { greatest, loadLanes, loadPercent, maxCurrent } from '../parts/circuit_list';
import { Marks, Num } from '../parts/number';
import { PointPage } from '../parts/point_page';
import { ValueTable } from '../parts/value_table';
import { address, type Route } from '../route';
import { useScales, type Scales } from '../scales';
import { useStore, useSubscriptions, type Circuit as CircuitOf, type Store } from '../store';
import { viewOf, type View } from '../view';
import { words } from '../words';
import { circuitRows, circuitSymmetry, energyColumns, energyRows } from './point_tables';

const w = words.circuit;

function Key({ label, name, reading, store: s, scales, view }: {
    label: string;
    name: string;
    reading?: Reading | undefined;
    store: Store;
    scales: Scales;
    view: View;
}) {
    const r = reading ?? view.reading(name);
    const scale = scales.of(s, `key-${name}`, name, [r], 4);
    return (
        <div class="key" data-key={name}>
            <span class="key-label">{label}</span>
            <span class="key-value">
                <Num reading={r} scale={scale} stale={view.stale} common={view.common} waiting={view.waiting} />{' '}
                <span class="unit">{scale.unit}</span>
            </span>
        </div>
    );
}

function Head({ store: s, scales, view, circuit: c }: { store: Store; scales: Scales; view: View; circuit: CircuitOf }) {
    const at = s.circuits.indexOf(c);
    const before = s.circuits[at - 1];
    const after = s.circuits[at + 1];
    const to = (o: CircuitOf): string => address('circuit', o.device.address, o.load.n);
    const percent = loadPercent(c, view.own);
    const rated = c.load.rated_current_a;
    return (
        <div class="card circuit-head">
            <div class="circuit-name">
                <p class="crumbs">
                    <a href={address()}>{w.back}</a>
                    <span class="neighbours">
                        {before ? (
                            <a href={to(before)} rel="prev" title={`${w.previous}: ${before.load.name}`} aria-label={`${w.previous}: ${before.load.name}`}>
                                ‹
                            </a>
                        ) : (
                            <span aria-hidden="true">‹</span>
                        )}
                        {after ? (
                            <a href={to(after)} rel="next" title={`${w.next}: ${after.load.name}`} aria-label={`${w.next}: ${after.load.name}`}>
                                ›
                            </a>
                        ) : (
                            <span aria-hidden="true">›</span>
                        )}
                    </span>
                </p>
                <h1>
                    {c.load.name} <Marks bits={view.titled} />
                </h1>
                <p class="sub" title={c.device.sentence}>
                    {w.at(`${c.device.name} ${c.device.profile}`.trim(), c.device.address, c.load.n)} · {c.load.type}
                </p>
            </div>
            <div class="keys">
                <Key label="P" name="P" store={s} scales={scales} view={view} />
                <Key label={words.overview.current} name="I1" reading={maxCurrent(view.own)} store={s} scales={scales} view={view} />
                <Key label="PF" name="PF" store={s} scales={scales} view={view} />
                <Key
                    label="THD I"
                    name="THD_I1"
                    reading={greatest(view.own, ['THD_I1', 'THD_I2', 'THD_I3'])}
                    store={s}
                    scales={scales}
                    view={view}
                />
                <Key label="F" name="F" store={s} scales={scales} view={view} />
                <div class="key key-load">
                    <span class="key-label">
                        {w.load} <span class="unit">{`${w.rated} ${rated} A`}</span>
                    </span>
                    <span class="key-value">
                        <Num
                            reading={percent === undefined ? undefined : [percent, 1]}
                            scale={{ power: 0, decimals: 0 }}
                            stale={view.stale}
                            waiting={view.waiting}
                        />{' '}
                        <span class="unit">%</span>
                    </span>
                    <LoadBar
                        phases={loadLanes(c, view.own)}
                        text={percent === undefined ? words.missing.absent : `${percent.toFixed(0)} % of ${rated} A`}
                    />
                </div>
            </div>
        </div>
    );
}

export function Circuit({ route }: { route: Route }) {
    const s = useStore();
    const scales = useScales();
    const circuit = s.circuit(Number(route.parts[1]), Number(route.parts[2]));
    const voltage = s.voltageDevice()?.address;
    const list = useMemo((): Subscription[] => {
        if (!circuit) return [];
        return [
            { device: circuit.device.address, load: circuit.load.n, harmonics: true, scope: true },
            ...(voltage === undefined ? [] : [{ device: voltage, harmonics: true }]),
        ];
    }, [circuit, voltage]);
    useSubscriptions(list);
    if (!circuit) {
        if (!s.installed) return <div class="empty">{words.missing.waiting}</div>;
        return (
            <div class="empty">
                <h1>{w.unknown(route.parts[1] ?? '?', route.parts[2] ?? '?')}</h1>
                <p>{w.unknownHelp}</p>
                <p>
                    <a href={address()}>{w.back}</a>
                </p>
            </div>
        );
    }
    const view = viewOf(s, circuit);
    const events = s.events.filter(
        (e) => e.load === undefined || (e.device === circuit.device.address && e.load === circuit.load.n),
    );
    return (
        <>
            <Head store={s} scales={scales} view={view} circuit={circuit} />
            <PointPage
                store={s}
                scales={scales}
                view={view}
                values={circuitRows}
                symmetry={circuitSymmetry}
                harmonicsFirst="I"
                events={events}
            >
                <Card title={w.energies} id="energies" class="at-energies">
                    <ValueTable
                        store={s}
                        scales={scales}
                        view={view}
                        name="energies"
                        label={w.energies}
                        columns={energyColumns}
                        rows={energyRows}
                        onePrefix
                    />
                </Card>
            </PointPage>
        </>
    );
}
