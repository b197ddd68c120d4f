// Harmonic bars of the phases side by side, orders 2 to 63 in percent of the fundamental, linear or
// logarithmic, with the limits of EN 50160 over the voltages. Arrow keys read out an order; T shows
// the table behind the bars.

import { useState } from 'preact/hooks';
import type { Spectrum } from '../api';
import type { Conductor } from '../colours';
import { figure } from '../format';
import { harmonicLimit } from '../limits';
import { Card } from '../parts/card';
import { Choice } from '../parts/choice';
import { useWidth } from '../parts/use_width';
import type { Scales } from '../scales';
import type { View } from '../view';
import { words } from '../words';
import { linearAxis, logAxis, type Axis } from './axes';

const w = words.harmonics;
const first = 2;
const last = 63;
const orders: readonly number[] = Array.from({ length: last - first + 1 }, (_, i) => first + i);

export type Family = 'V' | 'U' | 'I';
const families: Record<Family, readonly string[]> = {
    V: ['V1', 'V2', 'V3'],
    U: ['U12', 'U23', 'U31'],
    I: ['I1', 'I2', 'I3', 'IN'],
};

interface Channel {
    name: string;
    conductor: Conductor | undefined;
    spectrum: Spectrum;
}

function channelsOf(view: View, family: Family): Channel[] {
    return families[family].flatMap((name) => {
        const spectrum = view.spectrum(name);
        return spectrum && spectrum.highest >= 1 ? [{ name, conductor: view.conductor(name), spectrum }] : [];
    });
}

const percentOf = (c: Channel, order: number): number | undefined =>
    order <= c.spectrum.highest ? c.spectrum.percent[order - 1] : undefined;

const tickText = (v: number): string => (v === 0 ? '0' : String(Number(v.toPrecision(2))));

interface BarsProps {
    channels: readonly Channel[];
    axis: Axis;
    limits: boolean;
    cursor: number | undefined;
    onCursor: (order: number | undefined) => void;
    onKey: (e: KeyboardEvent) => void;
    text: string;
    stale: boolean;
}

const height = 300;
const left = 38;
const right = 6;
const top = 8;
const bottom = 24;

function Bars({ channels, axis, limits, cursor, onCursor, onKey, text, stale }: BarsProps) {
    const [ref, width] = useWidth(600);
    const slot = (width - left - right) / orders.length;
    const floor = height - bottom;
    const span = floor - top;
    const y = (v: number): number => floor - axis.at(v) * span;
    const x = (order: number): number => left + (order - first) * slot;
    const gap = Math.min(3, slot * 0.2);
    const bar = (slot - gap) / Math.max(1, channels.length);
    const bars = (c: Channel, i: number): string => {
        let d = '';
        for (const order of orders) {
            const p = percentOf(c, order);
            if (p === undefined) break;
            const h = floor - y(p);
            if (h < 0.3) continue;
            d += `M${(x(order) + gap / 2 + i * bar).toFixed(2)} ${floor}v${(-h).toFixed(2)}h${Math.max(0.6, bar - (bar > 3 ? 0.6 : 0)).toFixed(2)}v${h.toFixed(2)}z`;
        }
        return d;
    };
    const limitLine = orders
        .flatMap((order) => {
            const limit = harmonicLimit(order);
            return limit === undefined ? [] : [`M${x(order).toFixed(2)} ${y(limit).toFixed(2)}h${slot.toFixed(2)}`];
        })
        .join('');
    const beyond = limits
        ? orders.filter((order) => {
              const limit = harmonicLimit(order);
              return limit !== undefined && channels.some((c) => (percentOf(c, order) ?? 0) > limit);
          })
        : [];
    const highest = Math.max(0, ...channels.map((c) => Math.min(last, c.spectrum.highest)));
    const labels = orders.filter((o) => (slot >= 13 ? o % 2 === 1 : slot >= 6 ? o % 4 === 1 || o === 3 : o % 10 === 5));
    const pick = (e: PointerEvent): void => {
        const box = (e.currentTarget as HTMLElement).getBoundingClientRect();
        const order = first + Math.floor((e.clientX - box.left - left) / slot);
        onCursor(order >= first && order <= last ? order : undefined);
    };
    return (
        <div
            class={stale ? 'plot stale' : 'plot'}
            ref={ref}
            tabIndex={0}
            role="img"
            aria-label={text}
            onPointerMove={pick}
            onPointerDown={pick}
            onPointerLeave={(e) => e.pointerType === 'mouse' && onCursor(undefined)}
            onKeyDown={onKey}
        >
            <svg class="bars" width={width} height={height} aria-hidden="true">
                {axis.ticks.map((t) => (
                    <g key={t}>
                        <path class="grid" d={`M${left} ${y(t).toFixed(1)}H${width - right}`} />
                        <text class="axis-text" x={left - 6} y={(y(t) + 4).toFixed(1)} text-anchor="end">
                            {tickText(t)}
                        </text>
                    </g>
                ))}
                {labels.map((o) => (
                    <text key={o} class="axis-text" x={(x(o) + slot / 2).toFixed(1)} y={height - 8} text-anchor="middle">
                        {o}
                    </text>
                ))}
                {highest > 0 && highest < last && (
                    <rect
                        class="not-carried"
                        x={x(highest + 1).toFixed(1)}
                        y={top}
                        width={(width - right - x(highest + 1)).toFixed(1)}
                        height={span}
                    />
                )}
                {cursor !== undefined && (
                    <rect class="cursor-slot" x={x(cursor).toFixed(1)} y={top} width={slot.toFixed(1)} height={span} />
                )}
                {channels.map((c, i) => (
                    <path key={c.name} class={`bar ${c.conductor ?? ''}`} data-channel={c.name} d={bars(c, i)} />
                ))}
                {limits && <path class="limit" d={limitLine} />}
                {beyond.map((o) => (
                    <path
                        key={o}
                        class="limit-beyond"
                        d={`M${(x(o) + slot / 2).toFixed(1)} ${top + 1}l4 7h-8z`}
                    />
                ))}
            </svg>
        </div>
    );
}

/** What a channel shows at an order, or at its greatest one. */
function ChannelValue({ channel: c, order, unit }: { channel: Channel; order: number | undefined; unit: string }) {
    let at = order ?? first;
    if (order === undefined) for (const o of orders) if ((percentOf(c, o) ?? 0) > (percentOf(c, at) ?? 0)) at = o;
    const p = percentOf(c, at);
    const rms = c.spectrum.rms[at - 1];
    if (p === undefined || rms === undefined) return <span class="muted">–</span>;
    return (
        <>
            {order === undefined && <span class="muted">h{at} </span>}
            <span class="num">{figure(p, { power: 0, decimals: 2 })}</span> <span class="unit">%</span>
            {order !== undefined && (
                <span class="rms">
                    {' '}
                    <span class="num">{figure(rms, { power: 0, decimals: 2 })}</span> <span class="unit">{unit}</span>
                </span>
            )}
        </>
    );
}

interface ReadoutProps {
    channels: readonly Channel[];
    off: ReadonlySet<string>;
    onToggle: (name: string) => void;
    order: number | undefined;
    hertz: number | undefined;
    limits: boolean;
    unit: string;
}

function Readout({ channels, off, onToggle, order, hertz, limits, unit }: ReadoutProps) {
    const limit = order === undefined || !limits ? undefined : harmonicLimit(order);
    return (
        <div class="readout">
            <span class="readout-head">
                {order === undefined ? w.largest : `${w.order} ${order}`}{' '}
                <span class="muted">
                    {order !== undefined &&
                        hertz !== undefined &&
                        `${figure(order * hertz, { power: 0, decimals: 0 })} Hz`}
                    {limit !== undefined && `, ${w.limit} ${limit} %`}
                </span>
            </span>
            {channels.map((c) => (
                <button
                    type="button"
                    class="lane"
                    key={c.name}
                    data-lane={c.name}
                    aria-pressed={!off.has(c.name)}
                    onClick={() => onToggle(c.name)}
                >
                    <span class={`swatch ${c.conductor ?? ''}`} aria-hidden="true" />
                    {c.name}
                    {!off.has(c.name) && (
                        <span class="lane-value">
                            <ChannelValue channel={c} order={order} unit={unit} />
                        </span>
                    )}
                </button>
            ))}
        </div>
    );
}

function Table({ channels, limits, unit, onKey }: {
    channels: readonly Channel[];
    limits: boolean;
    unit: string;
    onKey: (e: KeyboardEvent) => void;
}) {
    return (
        <div class="harmonics-table" tabIndex={0} role="region" aria-label={w.table} onKeyDown={onKey}>
            <table class="mini">
                <thead>
                    <tr>
                        <th scope="col">{w.order}</th>
                        {channels.flatMap((c) => [
                            <th scope="col" key={`${c.name}p`}>
                                {c.name} <span class="unit">%</span>
                            </th>,
                            <th scope="col" key={`${c.name}r`}>
                                {c.name} <span class="unit">{unit}</span>
                            </th>,
                        ])}
                        {limits && (
                            <th scope="col">
                                {w.limit} <span class="unit">%</span>
                            </th>
                        )}
                    </tr>
                </thead>
                <tbody>
                    {[1, ...orders].map((o) => (
                        <tr key={o}>
                            <th scope="row">{o}</th>
                            {channels.flatMap((c) => {
                                const p = percentOf(c, o);
                                const rms = c.spectrum.rms[o - 1];
                                const none = p === undefined || rms === undefined;
                                return [
                                    <td key={`${c.name}p`}>{none ? '–' : figure(p, { power: 0, decimals: 2 })}</td>,
                                    <td key={`${c.name}r`}>{none ? '–' : figure(rms, { power: 0, decimals: 3 })}</td>,
                                ];
                            })}
                            {limits && <td class="muted">{harmonicLimit(o) ?? ''}</td>}
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

/** The read-out of an order in a sentence, for screen readers. */
function spoken(channels: readonly Channel[], order: number, limits: boolean): string {
    const limit = limits ? harmonicLimit(order) : undefined;
    const parts = channels.map((c) => {
        const p = percentOf(c, order);
        return `${c.name} ${p === undefined ? words.missing.absent : `${p.toFixed(2)} %`}`;
    });
    return [`${w.order} ${order}`, ...parts, ...(limit === undefined ? [] : [`${w.limit} ${limit} %`])].join(', ');
}

export function Harmonics({ scales, view, start }: { scales: Scales; view: View; start: Family }) {
    const [chosen, setChosen] = useState<Family>(start);
    const [scale, setScale] = useState<'linear' | 'log'>('linear');
    const [shape, setShape] = useState<'bars' | 'table'>('bars');
    const [cursor, setCursor] = useState<number | undefined>(undefined);
    const [said, setSaid] = useState('');
    // The neutral's fundamental may be next to nothing, and then its percentages say little.
    const [off, setOff] = useState<ReadonlySet<string>>(new Set(['IN']));
    const there = (['V', 'U', 'I'] as const).filter((f) => channelsOf(view, f).length > 0);
    if (there.length === 0)
        return (
            <Card title={words.circuit.harmonics} id="harmonics" class="at-harmonics">
                <p class="none-here">{view.waiting ? words.missing.waiting : w.none}</p>
            </Card>
        );
    const family = there.includes(chosen) ? chosen : there[0]!;
    const channels = channelsOf(view, family);
    const shown = channels.filter((c) => !off.has(c.name));
    const limits = family !== 'I';
    const unit = limits ? 'V' : 'A';
    let most = 0;
    for (const c of shown) for (const o of orders) most = Math.max(most, percentOf(c, o) ?? 0);
    const axis =
        scale === 'log' ? logAxis(0.01, 100) : linearAxis(scales.axis(`harmonics-${family}`, most, limits ? 7 : 5), 5);
    const onKey = (e: KeyboardEvent): void => {
        const step = { ArrowRight: 1, ArrowLeft: -1, PageUp: 10, PageDown: -10, Home: -last, End: last }[e.key];
        if (step !== undefined) {
            const from = cursor ?? (step > 0 ? first - 1 : last + 1);
            const order = Math.max(first, Math.min(last, from + step));
            setCursor(order);
            setSaid(spoken(shown, order, limits));
        } else if (e.key === 'Escape') setCursor(undefined);
        else if (e.key === 't' || e.key === 'T') setShape(shape === 'bars' ? 'table' : 'bars');
        else return;
        e.preventDefault();
    };
    const toggle = (name: string): void => {
        const next = new Set(off);
        if (!next.delete(name)) next.add(name);
        setOff(next);
    };
    const highest = Math.max(...channels.map((c) => c.spectrum.highest));
    return (
        <Card
            title={words.circuit.harmonics}
            id="harmonics"
            class="at-harmonics"
            aside={
                <>
                    <Choice label={w.of} value={family} onChange={setChosen} options={there.map((f) => [f, f] as const)} />
                    <Choice
                        label={w.scale}
                        value={scale}
                        onChange={setScale}
                        options={[
                            ['linear', w.linear],
                            ['log', w.log],
                        ]}
                    />
                    <Choice
                        label={w.shape}
                        value={shape}
                        onChange={setShape}
                        options={[
                            ['bars', w.bars],
                            ['table', w.table],
                        ]}
                    />
                </>
            }
        >
            <p class="sr" aria-live="polite">
                {said}
            </p>
            {shape === 'table' ? (
                <Table channels={channels} limits={limits} unit={unit} onKey={onKey} />
            ) : (
                <>
                    <Readout
                        channels={channels}
                        off={off}
                        onToggle={toggle}
                        order={cursor}
                        hertz={view.reading('F')?.[0]}
                        limits={limits}
                        unit={unit}
                    />
                    <Bars
                        channels={shown}
                        axis={axis}
                        limits={limits}
                        cursor={cursor}
                        onCursor={setCursor}
                        onKey={onKey}
                        text={w.alt(channels.map((c) => c.name).join(', '))}
                        stale={view.stale}
                    />
                    <p class="note">
                        {w.axis}.{' '}
                        {limits && (
                            <>
                                <span class="limit-key" aria-hidden="true" /> {w.limitNote}{' '}
                            </>
                        )}
                        {highest < last && w.notCarried(highest)}
                    </p>
                </>
            )}
        </Card>
    );
}
