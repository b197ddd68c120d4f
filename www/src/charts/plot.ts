// Lines over time with a cursor and zoom (uPlot), coloured by the page's custom properties. This file
// and uPlot are loaded when the first page opens that needs them.

import uPlot from 'uplot';
import type { Conductor } from '../colours';
import { figure } from '../format';

export interface PlotLane {
    name: string;
    /** undefined: drawn in the colour of text */
    conductor: Conductor | undefined;
}

export interface PlotOptions {
    /** plots with the same group share cursor and zoom */
    group: string;
    unit: string;
    lanes: readonly PlotLane[];
    width: number;
    height: number;
    /** draws the numbers of the time axis */
    timeAxis: boolean;
    onCursor(index: number | undefined): void;
}

function css(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export class Plot {
    private readonly u: uPlot;
    private full: [number, number] = [0, 1];
    private zoomed = false;

    constructor(at: HTMLElement, o: PlotOptions) {
        const font = `12px ${css('--font')}`;
        const axis: Partial<uPlot.Axis> = {
            font,
            labelFont: font,
            stroke: () => css('--muted'),
            grid: { stroke: () => css('--line'), width: 1 },
            ticks: { stroke: () => css('--line'), width: 1, size: 4 },
        };
        this.u = new uPlot(
            {
                width: o.width,
                height: o.height,
                padding: [6, 6, 0, 0],
                legend: { show: false },
                cursor: {
                    sync: { key: o.group, setSeries: false },
                    drag: { x: true, y: false, dist: 6 },
                    points: { size: 6 },
                    y: false,
                },
                scales: { x: { time: false, auto: false }, y: { auto: false } },
                axes: [
                    { ...axis, size: o.timeAxis ? 26 : 8, gap: 2, values: (_u, v) => (o.timeAxis ? v.map((x, i) => figure(x, { power: 0, decimals: Number.isInteger(x) ? 0 : 1 }) + (i === 0 ? ' ms' : '')) : v.map(() => '')) },
                    {
                        ...axis,
                        size: 48,
                        gap: 4,
                        space: 28,
                        values: (_u, v) => v.map((x) => String(Number(x.toPrecision(6))).replace('-', '\u2212')),
                    },
                ],
                series: [
                    {},
                    ...o.lanes.map((lane) => ({
                        label: lane.name,
                        stroke: () => css(`--${lane.conductor ?? 'text'}`),
                        width: 1.6,
                        points: { show: false },
                    })),
                ],
                hooks: {
                    setCursor: [(u) => o.onCursor(u.cursor.left !== undefined && u.cursor.left >= 0 ? (u.cursor.idx ?? undefined) : undefined)],
                    setScale: [
                        (u, key) => {
                            if (key !== 'x') return;
                            const { min, max } = u.scales.x!;
                            this.zoomed = min !== this.full[0] || max !== this.full[1];
                        },
                    ],
                },
            },
            [[], ...o.lanes.map(() => [])],
            at,
        );
        // Double click shows everything again; uPlot's own would scale to the data of this plot only.
        this.u.over.addEventListener('dblclick', () => this.showAll());
    }

    /** New samples, a lane each, or others of them shown; the zoom stays where it is. */
    update(time: readonly number[], lanes: readonly (readonly number[])[], on: readonly boolean[], end: number): void {
        const full: [number, number] = [time[0] ?? 0, time.at(-1) ?? 1];
        const other = full[0] !== this.full[0] || full[1] !== this.full[1];
        this.u.batch(() => {
            this.u.setData([time as number[], ...(lanes as number[][])], false);
            if (other || !this.zoomed) {
                this.full = full;
                this.u.setScale('x', { min: full[0], max: full[1] });
            }
            on.forEach((show, i) => {
                if (this.u.series[i + 1]?.show !== show) this.u.setSeries(i + 1, { show });
            });
            // Always: showing a lane or hiding it takes the scale away.
            this.u.setScale('y', { min: -end, max: end });
        });
    }

    size(width: number, height: number): void {
        this.u.setSize({ width, height });
    }

    /** Moves the cursor to a sample, in this plot alone. */
    cursor(index: number): void {
        const x = this.u.data[0]![index];
        if (x === undefined) return;
        const left = this.u.valToPos(x, 'x');
        this.u.setCursor({ left, top: this.u.over.clientHeight / 2 }, true);
    }

    zoom(from: number, to: number): void {
        this.u.setScale('x', { min: Math.max(this.full[0], from), max: Math.min(this.full[1], to) });
    }

    /** What is shown of the time axis. */
    shown(): [number, number] {
        const { min, max } = this.u.scales.x!;
        return [min ?? this.full[0], max ?? this.full[1]];
    }

    showAll(): void {
        this.u.setScale('x', { min: this.full[0], max: this.full[1] });
    }

    redraw(): void {
        this.u.redraw(false, true);
    }

    destroy(): void {
        this.u.destroy();
    }
}
