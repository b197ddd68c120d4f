// Numbers as an instrument shows them: the digits that the quantity declares, an engineering prefix
// that neighbours share, figures that do not jump when a value wanders about a power of ten.

export interface Scale {
    /** power of ten of the prefix: 0, 3, 6, 9 or -3 */
    readonly power: number;
    readonly prefix: string;
    readonly decimals: number;
    /** decade of the largest value that the scale was made for; kept for the hysteresis */
    readonly decade: number;
}

export interface ScaleWish {
    /** unit without prefix, as /quantities names it */
    unit: string;
    /** decimals in the unit without prefix */
    digits: number;
    /** figures to show at most */
    significant?: number;
    /** a register: the prefix follows later, so that kWh stay kWh up to 100 000 */
    counter?: boolean;
}

const prefixes: ReadonlyMap<number, string> = new Map([
    [-3, 'm'],
    [0, ''],
    [3, 'k'],
    [6, 'M'],
    [9, 'G'],
]);

const prefixable = new Set(['V', 'A', 'W', 'var', 'VA', 'Wh', 'varh', 'VAh']);

/** A value must fall this far below the edge before its scale follows it down. */
const hold = 0.85;
/** … and rise this far above it before the scale follows it up. */
const rise = 1.05;

function decadeOf(value: number): number {
    return value > 0 && Number.isFinite(value) ? Math.floor(Math.log10(value) + 1e-12) : 0;
}

/**
 * The scale for a column of values, from the largest absolute value in it. With the scale that the
 * column has now (`before`), it changes only when the values have clearly left its decade.
 */
export function scaleFor(largest: number, wish: ScaleWish, before?: Scale): Scale {
    const size = Math.abs(largest);
    let decade = decadeOf(size);
    if (before && size >= hold * 10 ** before.decade && size < rise * 10 ** (before.decade + 1))
        decade = before.decade;
    const least = wish.digits > 3 ? -3 : 0;
    const step = wish.counter && decade > 4 ? decade - 2 : decade;
    const power = prefixable.has(wish.unit) ? Math.max(least, Math.min(9, Math.floor(step / 3) * 3)) : 0;
    const significant = wish.significant ?? 5;
    const room = significant - 1 - Math.max(0, decade - power);
    const decimals = Math.max(0, Math.min(wish.digits + power, room));
    if (before && before.power === power && before.decimals === decimals && before.decade === decade)
        return before;
    return { power, prefix: prefixes.get(power) ?? '', decimals, decade };
}

const minus = '\u2212';
const group = '\u202f';

/** The value in the scale's prefix: tabular, a true minus sign, thousands set apart from 10 000 on. */
export function figure(value: number, scale: Pick<Scale, 'power' | 'decimals'>): string {
    let text = Math.abs(value / 10 ** scale.power).toFixed(scale.decimals);
    const negative = value < 0 && Number(text) !== 0;
    const dot = text.indexOf('.');
    const whole = dot < 0 ? text.length : dot;
    if (whole > 4) {
        const grouped = text.slice(0, whole).replace(/\B(?=(\d{3})+$)/g, group);
        text = grouped + text.slice(whole);
    }
    return negative ? minus + text : text;
}

/** The largest absolute value of those that are there; 0 if none is. */
export function largest(values: Iterable<number | undefined>): number {
    let most = 0;
    for (const v of values) if (v !== undefined && Number.isFinite(v)) most = Math.max(most, Math.abs(v));
    return most;
}

const niceSteps = [1, 1.5, 2, 3, 4, 5, 6, 8];

/** The next round number at or above the value: the end of an axis. */
export function niceAbove(value: number): number {
    if (!(value > 0)) return 1;
    const decade = 10 ** Math.floor(Math.log10(value) + 1e-12);
    for (const step of niceSteps) if (value <= step * decade * (1 + 1e-9)) return step * decade;
    return 10 * decade;
}

/** As niceAbove, but stays where it was until the value has outgrown it or fallen far below it. */
export function niceHeld(value: number, before: number | undefined): number {
    if (before !== undefined && value <= before && value > before * 0.35) return before;
    return niceAbove(value * 1.05);
}

/** "4 s", "2 min 10 s", "3 h 5 min": how long, in words short enough for a status line. */
export function duration(seconds: number): string {
    if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
    if (seconds < 10) return `${Number.isInteger(seconds) ? seconds : seconds.toFixed(2)} s`;
    const s = Math.round(seconds);
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
    return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

const clockFormat = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
});
const dayFormat = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' });

/** Local time of day with the zone named. */
export function clock(at: Date): string {
    return clockFormat.format(at);
}

/** Local date, year first. */
export function day(at: Date): string {
    return dayFormat.format(at);
}
