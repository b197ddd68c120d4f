// Is all well? Total power, network, every circuit against its rating, events.

import { useMemo } from 'preact/hooks';
import type { Reading } from '../api';
import { Sparkline } from '../charts/sparkline';
import { conductorOf } from '../colours';
import { duration, figure } from '../format';
import { frequencyBandPercent, thdLimitPercent, unbalanceLimitPercent, voltageBandPercent } from '../limits';
import { Band } from '../parts/bars';
import { Card } from '../parts/card';
import { CircuitList, loadPercent } from '../parts/circuit_list';
import { EventList } from '../parts/event_list';
import { LevelIcon } from '../parts/icons';
import { commonBits, Marks, Num } from '../parts/number';
import { address } from '../route';
import { useScales, type ScaleInUnit, type Scales } from '../scales';
import { sumOver, useStore, useSubscriptions, type Point, type Store } from '../store';
import { verdict, type Verdict } from '../verdict';
import { eventKind, eventWhere, words } from '../words';

const w = words.overview;
/** Seconds of total power that the overview draws. */
const trackRoom_s = 180;
const phaseVoltages = ['V1', 'V2', 'V3'] as const;
const lineVoltages = ['U12', 'U23', 'U31'] as const;

/** The voltages that nominal is given for: phase to neutral where there is a neutral. */
export function mainVoltages(s: Store, network: Point | undefined): readonly string[] {
    const names = s.info?.network.neutral === false ? lineVoltages : phaseVoltages;
    if (!network) return names.slice(0, s.info?.network.phases ?? 3);
    return names.filter((name) => network.values[name]);
}

function judge(s: Store, network: Point | undefined): Verdict {
    let points = 0;
    let stalePoints = 0;
    const loads: [string, number][] = [];
    const count = (point: Point | undefined): void => {
        if (!point) return;
        points++;
        if (s.stale(point)) stalePoints++;
    };
    count(network);
    for (const c of s.circuits) {
        const point = s.point(c.device.address, c.load.n);
        count(point);
        const percent = loadPercent(c, point);
        if (percent !== undefined) loads.push([c.load.name, percent]);
    }
    return verdict({
        connection: s.link.kind,
        points,
        stalePoints,
        nominal_v: s.info?.network.nominal_voltage_v,
        nominal_hz: s.info?.network.nominal_frequency_hz,
        frequency: network?.values.F?.[0],
        voltages: mainVoltages(s, network).flatMap((name) => {
            const r = network?.values[name];
            return r ? [[name, r[0]] as const] : [];
        }),
        loads,
        running: s.runningEvents().map((e) => [e, s.placeOf(e)] as const),
    });
}

/** "Voltage dip V1, 40 s ago": the newest event that is over, by the meter's clock. */
function lastEvent(s: Store, network: Point | undefined): string | undefined {
    const e = s.events.find((event) => event.end !== undefined);
    if (!e?.end || !network) return undefined;
    const ago = (network.end.getTime() - Date.parse(e.end)) / 1000;
    return w.lastEvent(`${eventKind(e.kind)} ${eventWhere(e, s.placeOf(e))}`, duration(Math.max(1, Math.round(ago))));
}

function VerdictTile({ verdict: v, last }: { verdict: Verdict; last: string | undefined }) {
    return (
        <section class={`tile verdict verdict-${v.level}`} aria-label={v.title} data-level={v.level}>
            <LevelIcon level={v.level} class="verdict-icon" />
            <div>
                <h2 class="verdict-title">{v.title}</h2>
                <ul class="verdict-reasons">
                    {v.reasons
                        .filter((r) => r.text !== v.title)
                        .slice(0, 4)
                        .map((r) => (
                            <li key={r.text}>{r.text}</li>
                        ))}
                </ul>
                {last && (
                    <p class="verdict-last" title={last}>
                        {w.last}
                        <br />
                        {last}
                    </p>
                )}
            </div>
        </section>
    );
}

interface BigProps {
    reading: Reading | undefined;
    scale: ScaleInUnit;
    stale: boolean;
    common?: number;
}

function Big({ reading, scale, stale, common }: BigProps) {
    return (
        <p class="big">
            <Num reading={reading} scale={scale} stale={stale} common={common ?? 0} waiting />{' '}
            <span class="unit">{scale.unit}</span>
        </p>
    );
}

function PowerTile({ store: s, scales }: { store: Store; scales: Scales }) {
    const total = sumOver(s, 'P');
    const reading: Reading | undefined = total && [total.value, 1];
    const scale = scales.of(s, 'total', 'P', [reading], 4);
    const now = performance.now();
    const track = s.track
        .map((t) => ({ age: (now - t.at) / 1000, value: t.power / 10 ** scale.power }))
        .filter((t) => t.age <= trackRoom_s);
    const course = track.map((t) => t.value);
    const imported = sumOver(s, 'EA_POS');
    const exported = sumOver(s, 'EA_NEG');
    const energy = [imported && ([imported.value, 1] as const), exported && ([exported.value, 1] as const)];
    const energyScale = scales.of(s, 'energy', 'EA_POS', energy, 6);
    const fixed = { power: 0, decimals: scale.decimals };
    return (
        <section class="tile tile-power" aria-label={w.power}>
            <h2>{w.power}</h2>
            <Big reading={reading} scale={scale} stale={total?.stale ?? false} />
            <p class="tile-note">{total ? w.ofCircuits(total.counted, s.circuits.length) : '\u00a0'}</p>
            <Sparkline
                values={track}
                room={trackRoom_s}
                text={w.trackAlt(
                    scale.unit,
                    figure(Math.min(...course, Infinity), fixed),
                    figure(Math.max(...course, -Infinity), fixed),
                )}
            />
            <dl class="pairs">
                <dt>{w.imported}</dt>
                <dd>
                    <Num reading={energy[0]} scale={energyScale} stale={imported?.stale ?? false} waiting />{' '}
                    <span class="unit">{energyScale.unit}</span>
                </dd>
                <dt>{w.exported}</dt>
                <dd>
                    <Num reading={energy[1]} scale={energyScale} stale={exported?.stale ?? false} waiting />{' '}
                    <span class="unit">{energyScale.unit}</span>
                </dd>
            </dl>
        </section>
    );
}

function NetworkTiles({ store: s, scales, network }: { store: Store; scales: Scales; network: Point | undefined }) {
    const stale = network ? s.stale(network) : false;
    const v = network?.values ?? {};
    const shared = commonBits(v);
    const said = s.commonBits();
    const common = shared | said;
    const nominal_v = s.info?.network.nominal_voltage_v;
    const nominal_hz = s.info?.network.nominal_frequency_hz;
    const hertz = scales.of(s, 'F', 'F', [v.F], 5);
    const names = mainVoltages(s, network);
    const volts = scales.of(s, 'V', names[0] ?? 'V1', names.map((n) => v[n]), 4);
    const off = (value: number | undefined, nominal: number | undefined): number | undefined =>
        value === undefined || !nominal ? undefined : (100 * value) / nominal - 100;
    const foff = off(v.F?.[0], nominal_hz);
    const thd = (s.info?.network.neutral === false ? ['THD_U12', 'THD_U23', 'THD_U31'] : ['THD_V1', 'THD_V2', 'THD_V3'])
        .map((n) => v[n])
        .reduce((a, b) => (b && (!a || b[0] > a[0]) ? b : a), undefined);
    const unbalance = v.UNB ?? v.VNB;
    const percent = { power: 0, decimals: 2 };
    return (
        <>
            <section class="tile tile-voltage" aria-label={w.voltage}>
                <h2>
                    <a href={address('network')}>{w.voltage}</a> <Marks bits={shared} common={said} />
                </h2>
                <ul class="phases">
                    {names.map((n) => {
                        const d = off(v[n]?.[0], nominal_v);
                        const c = conductorOf(n);
                        return (
                            <li key={n}>
                                <span class={`swatch ${c ?? ''}`} aria-hidden="true" />
                                <span class="phase-name">{n}</span>
                                <span class="phase-value">
                                    <Num reading={v[n]} scale={volts} stale={stale} common={common} waiting={!network} />
                                </span>
                                <span class="unit">{volts.unit}</span>
                                <Band
                                    off={d}
                                    allowed={voltageBandPercent}
                                    {...(c ? { conductor: c } : {})}
                                    text={`${n}: ${d === undefined ? words.missing.absent : `${(100 + d).toFixed(1)} % ${w.ofNominal}`}`}
                                />
                            </li>
                        );
                    })}
                </ul>
                <p class="tile-note band-note">
                    {nominal_v ? `${nominal_v} V ± ${voltageBandPercent} %` : '\u00a0'}
                </p>
            </section>
            <section class="tile tile-frequency" aria-label={w.frequency}>
                <h2>
                    {w.frequency} <Marks bits={shared} common={said} />
                </h2>
                <Big reading={v.F} scale={hertz} stale={stale} common={common} />
                <Band
                    off={foff}
                    allowed={frequencyBandPercent}
                    text={`${w.frequency}: ${foff === undefined ? words.missing.absent : `${(100 + foff).toFixed(2)} % ${w.ofNominal}`}`}
                />
                <dl class="pairs">
                    <dt>{w.thdLargest}</dt>
                    <dd class={thd && thd[0] > thdLimitPercent ? 'beyond' : undefined}>
                        <Num reading={thd} scale={percent} stale={stale} common={common} waiting={!network} />{' '}
                        <span class="unit">%</span>
                    </dd>
                    <dt>{w.unbalance}</dt>
                    <dd class={unbalance && unbalance[0] > unbalanceLimitPercent ? 'beyond' : undefined}>
                        <Num reading={unbalance} scale={percent} stale={stale} common={common} waiting={!network} />{' '}
                        <span class="unit">%</span>
                    </dd>
                </dl>
            </section>
        </>
    );
}

export function Overview() {
    const s = useStore();
    const scales = useScales();
    const device = s.voltageDevice();
    const list = useMemo(
        () => [
            ...(device ? [{ device: device.address }] : []),
            ...s.circuits.map((c) => ({ device: c.device.address, load: c.load.n })),
        ],
        [s.circuits],
    );
    useSubscriptions(list);
    const network = s.network();
    return (
        <>
            <h1 class="sr">{w.title}</h1>
            <div class="strip">
                <VerdictTile verdict={judge(s, network)} last={lastEvent(s, network)} />
                <PowerTile store={s} scales={scales} />
                <NetworkTiles store={s} scales={scales} network={network} />
            </div>
            <div class="columns">
                <CircuitList store={s} scales={scales} />
                <Card
                    title={words.events.recent}
                    id="recent-events"
                    aside={<a href={address('events')}>{words.events.all}</a>}
                >
                    <EventList store={s} events={s.events.slice(0, 12)} known={s.eventsKnown} />
                </Card>
            </div>
        </>
    );
}
