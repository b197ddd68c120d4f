// Ticks and positions of a value axis, linear from zero or logarithmic.

export interface Axis {
    /** 0 at the low end, 1 at the high end */
    at(value: number): number;
    ticks: readonly number[];
}

export function linearAxis(end: number, steps: number): Axis {
    const raw = end / steps;
    const decade = 10 ** Math.floor(Math.log10(raw) + 1e-12);
    const step = [1, 2, 2.5, 5, 10].map((m) => m * decade).find((s) => s >= raw * (1 - 1e-9)) ?? raw;
    const ticks: number[] = [];
    for (let i = 0; i * step <= end * (1 + 1e-9); i++) ticks.push(i * step);
    return { at: (v) => Math.max(0, Math.min(1, v / end)), ticks };
}

export function logAxis(low: number, end: number): Axis {
    const a = Math.log10(low);
    const b = Math.log10(end);
    const ticks: number[] = [];
    for (let d = Math.ceil(a - 1e-9); d <= b + 1e-9; d++) ticks.push(10 ** d);
    return { at: (v) => (v <= low ? 0 : Math.min(1, (Math.log10(v) - a) / (b - a))), ticks };
}
