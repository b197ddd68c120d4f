// The scope: about two cycles of voltage and current samples, one above the other on one time axis.
// Freeze holds them, lanes can be taken away, a cursor reads all lanes, dragging zooms.

import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Scope as Samples } from '../api';
import { conductorOf, type Conductor } from '../colours';
import { clock, figure } from '../format';
import { Card } from '../parts/card';
import { useWidth } from '../parts/use_width';
import type { Scales } from '../scales';
import { onSettings } from '../settings';
import type { View } from '../view';
import { words } from '../words';
import type { Plot, PlotLane } from './plot';

const w = words.scope;
const families = [
    { unit: 'V', names: ['V1', 'V2', 'V3'] },
    { unit: 'A', names: ['I1', 'I2', 'I3', 'IN'] },
] as const;
/** Of one of so many panels; taller on a wide screen, where the scope stands beside the values. */
const wide = matchMedia('(min-width: 1900px)');
const panelHeight = (panels: number): number => (wide.matches ? 178 : 132) * (panels === 1 ? 2 : 1);
const axisHeight = 18;

type PlotClass = typeof Plot;

/** The plotter comes in a file of its own, once. */
let loaded: PlotClass | undefined;

function usePlotter(): PlotClass | undefined {
    const [plotter, setPlotter] = useState<PlotClass | undefined>(() => loaded);
    useEffect(() => {
        if (plotter) return undefined;
        let gone = false;
        import('./plot').then(
            (m) => {
                loaded = m.Plot;
                if (!gone) setPlotter(() => m.Plot);
            },
            () => undefined, // the connection is gone; the next opening of the page tries again
        );
        return () => {
            gone = true;
        };
    }, []);
    return plotter;
}

interface Panel {
    unit: string;
    lanes: readonly PlotLane[];
}

function panelsOf(samples: Samples, view: View): Panel[] {
    // Beside a single-phase load all the network's voltages may be traced, under the network's names.
    const networks = view.phases < 3 && samples.lanes.V2 !== undefined;
    const conductor = (name: string): Conductor | undefined =>
        networks && name.startsWith('V') ? conductorOf(name) : view.conductor(name);
    return families
        .map(({ unit, names }) => ({
            unit,
            lanes: names
                .filter((n) => (samples.lanes[n]?.length ?? 0) > 1)
                .map((name) => ({ name, conductor: conductor(name) })),
        }))
        .filter((p) => p.lanes.length > 0);
}

function timesOf(samples: Samples, kept: { key: string; times: number[] }): number[] {
    const frames = Math.max(...Object.values(samples.lanes).map((l) => l.length));
    const key = `${samples.rate_hz} ${frames}`;
    if (kept.key !== key) {
        kept.key = key;
        kept.times = Array.from({ length: frames }, (_, i) => (1000 * i) / samples.rate_hz);
    }
    return kept.times;
}

export function Scope({ view, scales }: { view: View; scales: Scales }) {
    const plotter = usePlotter();
    const group = useId();
    const [frozen, setFrozen] = useState<Samples | undefined>(undefined);
    const [off, setOff] = useState<ReadonlySet<string>>(new Set());
    const [cursor, setCursor] = useState<number | undefined>(undefined);
    const [box, width] = useWidth(600);
    const places = useRef<(HTMLDivElement | null)[]>([]);
    const plots = useRef<Plot[]>([]);
    const kept = useRef({ key: '', times: [] as number[] });

    const samples = frozen ?? view.scope;
    const panels = samples ? panelsOf(samples, view) : [];
    const shape = panels.map((p) => p.unit + p.lanes.map((l) => `${l.name} ${l.conductor}`).join()).join(';');

    useLayoutEffect(() => {
        if (!plotter || !shape) return undefined;
        const made = panels.flatMap((p, i) => {
            const at = places.current[i];
            if (!at) return [];
            const bottom = i === panels.length - 1;
            return [
                new plotter(at, {
                    group,
                    unit: p.unit,
                    lanes: p.lanes,
                    width,
                    height: panelHeight(panels.length) + (bottom ? axisHeight : 0),
                    timeAxis: bottom,
                    onCursor: setCursor,
                }),
            ];
        });
        plots.current = made;
        const stop = onSettings(() => made.forEach((m) => m.redraw()));
        return () => {
            stop();
            plots.current = [];
            made.forEach((m) => m.destroy());
        };
    }, [plotter, shape]);

    useLayoutEffect(() => {
        plots.current.forEach((p, i) => p.size(width, panelHeight(plots.current.length) + (i === plots.current.length - 1 ? axisHeight : 0)));
    }, [width]);

    useLayoutEffect(() => {
        if (!samples) return;
        const times = timesOf(samples, kept.current);
        plots.current.forEach((plot, i) => {
            const panel = panels[i];
            if (!panel) return;
            let most = 0;
            for (const lane of panel.lanes) {
                const values = samples.lanes[lane.name]!;
                if (!off.has(lane.name)) for (const v of values) most = Math.max(most, Math.abs(v));
            }
            plot.update(
                times,
                panel.lanes.map((l) => samples.lanes[l.name]!),
                panel.lanes.map((l) => !off.has(l.name)),
                scales.axis(`scope-${panel.unit}`, most, 0.01),
            );
        });
    }, [samples, plotter, shape, off]);

    if (!samples || panels.length === 0)
        return (
            <Card title={words.circuit.scope} id="scope" class="at-scope">
                <p class="none-here">{view.waiting ? words.missing.waiting : w.none}</p>
            </Card>
        );

    const frames = kept.current.times.length;
    const toggle = (name: string): void => {
        const next = new Set(off);
        if (!next.delete(name)) next.add(name);
        setOff(next);
    };
    const freeze = (): void => setFrozen(frozen ? undefined : view.scope);
    const onKey = (e: KeyboardEvent): void => {
        const one = plots.current[0];
        if (!one) return;
        const step = { ArrowRight: 1, ArrowLeft: -1, PageUp: 10, PageDown: -10 }[e.key];
        const zoom = (factor: number): void => {
            const [from, to] = one.shown();
            const middle = cursor === undefined ? (from + to) / 2 : (kept.current.times[cursor] ?? from);
            for (const p of plots.current) p.zoom(middle - (middle - from) * factor, middle + (to - middle) * factor);
        };
        if (step !== undefined) {
            const index = Math.max(0, Math.min(frames - 1, (cursor ?? Math.floor(frames / 2)) + step));
            plots.current.forEach((p) => p.cursor(index));
        } else if (e.key === '+' || e.key === '=') zoom(0.5);
        else if (e.key === '-') zoom(2);
        else if (e.key === '0') plots.current.forEach((p) => p.showAll());
        else if (e.key === 'f' || e.key === 'F') freeze();
        else return;
        e.preventDefault();
    };
    const names = panels.flatMap((p) => p.lanes.map((l) => l.name)).join(', ');
    const time = cursor === undefined ? undefined : kept.current.times[cursor];
    return (
        <Card
            title={words.circuit.scope}
            id="scope"
            class="at-scope"
            aside={
                <>
                    <span class="scope-time muted">
                        {time === undefined ? '' : `${figure(time, { power: 0, decimals: 2 })} ${w.time}`}
                    </span>
                    <button type="button" class="freeze" aria-pressed={frozen !== undefined} onClick={freeze}>
                        {w.freeze}
                    </button>
                </>
            }
        >
            <div
                class={view.stale && !frozen ? 'plot scope stale' : 'plot scope'}
                tabIndex={0}
                role="group"
                aria-label={w.alt(names)}
                onKeyDown={onKey}
                data-frozen={frozen ? 'yes' : 'no'}
                ref={box}
            >
                {panels.map((p, i) => (
                    <div key={p.unit}>
                        <div class="lanes" role="group" aria-label={`${w.lanes} ${p.unit}`}>
                            <span class="lane-unit muted">{p.unit}</span>
                            {p.lanes.map((l) => {
                                const value =
                                    cursor === undefined || off.has(l.name) ? undefined : samples.lanes[l.name]?.[cursor];
                                return (
                                    <button
                                        type="button"
                                        class="lane"
                                        key={l.name}
                                        data-lane={l.name}
                                        aria-pressed={!off.has(l.name)}
                                        onClick={() => toggle(l.name)}
                                    >
                                        <span class={`swatch ${l.conductor ?? ''}`} aria-hidden="true" />
                                        {l.name}
                                        <span class="lane-value num">
                                            {value === undefined ? '' : figure(value, { power: 0, decimals: 1 })}
                                        </span>
                                    </button>
                                );
                            })}
                        </div>
                        <div
                            class={i === panels.length - 1 ? 'scope-box bottom' : 'scope-box'}
                            ref={(e) => {
                                places.current[i] = e;
                            }}
                        >
                            {!plotter && <p class="none-here">{w.loading}</p>}
                        </div>
                    </div>
                ))}
            </div>
            <p class="note">{frozen ? w.frozen(clock(new Date(frozen.start))) : w.hint}</p>
        </Card>
    );
}
