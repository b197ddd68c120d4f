// The circuits as a table: load against In, current, power, power factor, distortion. Columns sort;
// a row opens its circuit.

import { Component } from 'preact';
import { useState } from 'preact/hooks';
import type { Reading } from '../api';
import { phaseConductors, type Conductor } from '../colours';
import { address } from '../route';
import type { Scales, ScaleInUnit } from '../scales';
import type { Circuit, Point, Store } from '../store';
import { phaseOf } from '../view';
import { words } from '../words';
import { LoadBar } from './bars';
import { Card } from './card';
import { commonBits, Marks, Num } from './number';

const w = words.overview;
const currents = ['I1', 'I2', 'I3'] as const;

/** Each phase current against the rating. Without the phase it hangs on, a single-phase load has no colour. */
export function loadLanes(c: Circuit, point: Point | undefined): [Conductor | undefined, number | undefined][] {
    const rated = c.load.rated_current_a;
    return currents.slice(0, c.load.phases).map((name, i) => {
        const r = point?.values[name];
        const phase = phaseOf(c, i);
        return [phase === undefined ? undefined : phaseConductors[phase - 1], r && rated > 0 ? (100 * r[0]) / rated : undefined];
    });
}

/** The greatest of some quantities of a point. */
export function greatest(point: Point | undefined, names: readonly string[]): Reading | undefined {
    let most: Reading | undefined;
    for (const name of names) {
        const r = point?.values[name];
        if (r && (!most || r[0] > most[0])) most = r;
    }
    return most;
}

export function maxCurrent(point: Point | undefined): Reading | undefined {
    return greatest(point, currents);
}

/** The greatest phase current against the rating. */
export function loadPercent(c: Circuit, point: Point | undefined): number | undefined {
    const current = maxCurrent(point);
    return current && c.load.rated_current_a > 0 ? (100 * current[0]) / c.load.rated_current_a : undefined;
}

interface Row {
    circuit: Circuit;
    point: Point | undefined;
    stale: boolean;
    percent: number | undefined;
    current: Reading | undefined;
    power: Reading | undefined;
    factor: Reading | undefined;
    thd: Reading | undefined;
}

type Column = 'name' | 'percent' | 'current' | 'power' | 'factor' | 'thd';

function sortKey(row: Row, column: Column): number | string | undefined {
    if (column === 'name') return row.circuit.load.name.toLowerCase();
    if (column === 'percent') return row.percent;
    return row[column]?.[0];
}

function sorted(rows: Row[], column: Column | undefined, down: boolean): Row[] {
    if (!column) return rows;
    const way = down ? -1 : 1;
    return [...rows].sort((a, b) => {
        const ka = sortKey(a, column);
        const kb = sortKey(b, column);
        if (ka === undefined || kb === undefined) return ka === kb ? 0 : ka === undefined ? 1 : -1;
        return way * (typeof ka === 'string' ? ka.localeCompare(String(kb)) : ka - Number(kb));
    });
}

interface RowProps {
    row: Row;
    amps: ScaleInUnit;
    watts: ScaleInUnit;
    /** quality bits that the page says already */
    said: number;
}

/** Drawn again only when something in it is another: with hundreds of circuits that counts. */
class CircuitRow extends Component<RowProps> {
    override shouldComponentUpdate(next: RowProps): boolean {
        const { row, amps, watts, said } = this.props;
        return (
            next.row.point !== row.point ||
            next.row.stale !== row.stale ||
            next.row.circuit !== row.circuit ||
            next.amps !== amps ||
            next.watts !== watts ||
            next.said !== said
        );
    }

    override render({ row, amps, watts, said }: RowProps) {
        return rowOf(row, amps, watts, said);
    }
}

function rowOf(row: Row, amps: ScaleInUnit, watts: ScaleInUnit, said: number) {
    const { circuit: c, point, stale, percent } = row;
    const to = address('circuit', c.device.address, c.load.n);
    const shared = commonBits(point?.values);
    const common = shared | said;
    const rated = c.load.rated_current_a;
    const text =
        percent === undefined ? words.missing.absent : `${percent.toFixed(0)} % of ${rated} A`;
    const waiting = !point;
    return (
        <tr
            role="row"
            class={stale ? 'circuit is-stale' : 'circuit'}
            onClick={(e) => {
                if (!(e.target instanceof Element && e.target.closest('a'))) location.hash = to;
            }}
        >
            <th role="rowheader" scope="row" class="c-name">
                <a href={to}>{c.load.name}</a> <Marks bits={shared} common={said} />
                <span class="sub">
                    {c.device.name || c.device.profile} · {c.load.type}
                </span>
            </th>
            <td role="cell" class="c-load">
                <LoadBar phases={loadLanes(c, point)} text={text} />
            </td>
            <td role="cell" class="c-percent" data-label={w.loadShort} data-unit="%">
                <Num
                    reading={percent === undefined ? undefined : [percent, row.current?.[1] ?? 1]}
                    scale={{ power: 0, decimals: 0 }}
                    stale={stale}
                    common={common}
                    waiting={waiting}
                />
            </td>
            <td role="cell" data-label={w.current} data-unit={amps.unit}>
                <Num reading={row.current} scale={amps} stale={stale} common={common} waiting={waiting} />
            </td>
            <td role="cell" data-label="P" data-unit={watts.unit}>
                <Num reading={row.power} scale={watts} stale={stale} common={common} waiting={waiting} />
            </td>
            <td role="cell" data-label="PF">
                <Num reading={row.factor} scale={{ power: 0, decimals: 3 }} stale={stale} common={common} waiting={waiting} />
            </td>
            <td role="cell" data-label="THD I" data-unit="%">
                <Num reading={row.thd} scale={{ power: 0, decimals: 1 }} stale={stale} common={common} waiting={waiting} />
            </td>
        </tr>
    );
}

/** From so many circuits on, a field to find one by name. */
const findFrom = 12;
/** Up to so many, rows take more room on a large screen, to be read from two metres. */
const roomyTo = 12;

export function CircuitList({ store: s, scales }: { store: Store; scales: Scales }) {
    const [column, setColumn] = useState<Column | undefined>(undefined);
    const [down, setDown] = useState(true);
    const [filter, setFilter] = useState('');
    const sought = filter.trim().toLowerCase();
    const rows = s.circuits.map((circuit): Row => {
        const point = s.point(circuit.device.address, circuit.load.n);
        return {
            circuit,
            point,
            stale: point ? s.stale(point) : false,
            percent: loadPercent(circuit, point),
            current: maxCurrent(point),
            power: point?.values.P,
            factor: point?.values.PF,
            thd: greatest(point, ['THD_I1', 'THD_I2', 'THD_I3']),
        };
    });
    const amps = scales.of(s, 'list-I', 'I1', rows.map((r) => r.current), 4);
    const watts = scales.of(s, 'list-P', 'P', rows.map((r) => r.power), 4);
    const shown = sorted(
        rows.filter(
            (r) =>
                !sought ||
                `${r.circuit.load.name} ${r.circuit.device.name} ${r.circuit.device.profile}`.toLowerCase().includes(sought),
        ),
        column,
        down,
    );
    const head = (key: Column, text: string, unit?: string, extra?: string) => (
        <th
            role="columnheader"
            scope="col"
            class={extra}
            aria-sort={column === key ? (down ? 'descending' : 'ascending') : 'none'}
        >
            <button
                type="button"
                class="sort"
                onClick={() => {
                    // First press: greatest on top (names from A); second: the other way; third: as installed.
                    const first = key !== 'name';
                    if (column !== key) {
                        setColumn(key);
                        setDown(first);
                    } else if (down === first) setDown(!first);
                    else setColumn(undefined);
                }}
            >
                {column === key && (
                    <span class="sort-way" aria-hidden="true">
                        {down ? '▾' : '▴'}
                    </span>
                )}
                {text}
                {unit && <span class="unit"> {unit}</span>}
            </button>
        </th>
    );
    return (
        <Card
            title={w.circuits}
            id="circuits"
            aside={
                s.circuits.length >= findFrom && (
                    <label class="find">
                        <span class="sr">{w.filter}</span>
                        <input
                            type="search"
                            placeholder={w.filter}
                            value={filter}
                            onInput={(e) => setFilter(e.currentTarget.value)}
                        />
                    </label>
                )
            }
        >
            <table class={s.circuits.length <= roomyTo ? 'circuits roomy' : 'circuits'} role="table" aria-label={w.circuits}>
                <thead role="rowgroup">
                    <tr role="row">
                        {head('name', w.name, undefined, 'c-name')}
                        <th role="columnheader" scope="col" class="c-load">
                            {w.load}
                        </th>
                        {head('percent', w.loadShort, '%', 'c-percent')}
                        {head('current', w.current, amps.unit)}
                        {head('power', 'P', watts.unit)}
                        {head('factor', 'PF')}
                        {head('thd', 'THD I', '%')}
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    {shown.map((r) => (
                        <CircuitRow
                            key={`${r.circuit.device.address}/${r.circuit.load.n}`}
                            row={r}
                            amps={amps}
                            watts={watts}
                            said={s.commonBits()}
                        />
                    ))}
                </tbody>
            </table>
            {s.installed && shown.length === 0 && <p class="none-here">{sought ? w.noMatch : w.none}</p>}
        </Card>
    );
}
