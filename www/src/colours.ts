// One colour per conductor, everywhere; which one depends on the region. The colours live here alone:
// they are set as custom properties (--l1, --l2, --l3, --n) on the root and used by style sheets and
// charts. Each has at least 3:1 against the card it is drawn on (WCAG 1.4.11); labels beside a
// colour are in the text colour. test/unit/colours.test.ts holds them to it.

export type Region = 'iec' | 'iec-old' | 'us';
export type Shade = 'light' | 'dark';
export type Conductor = 'l1' | 'l2' | 'l3' | 'n';

export const phaseConductors: readonly Conductor[] = ['l1', 'l2', 'l3'];
export const conductors: readonly Conductor[] = [...phaseConductors, 'n'];

/** The card that charts are drawn on; the same values as in style/theme.css. */
export const card: Readonly<Record<Shade, string>> = { light: '#ffffff', dark: '#171b20' };

type Set = Readonly<Record<Conductor, string>>;

export const phaseColours: Readonly<Record<Region, Readonly<Record<Shade, Set>>>> = {
    iec: {
        light: { l1: '#94481a', l2: '#14191e', l3: '#848d96', n: '#1668c7' },
        dark: { l1: '#d0864a', l2: '#eef1f4', l3: '#8a939d', n: '#5ea6f5' },
    },
    'iec-old': {
        light: { l1: '#c62828', l2: '#a87900', l3: '#1f5fbf', n: '#14191e' },
        dark: { l1: '#ff6f64', l2: '#ffd54a', l3: '#6ea8ff', n: '#eef1f4' },
    },
    us: {
        light: { l1: '#14191e', l2: '#c62828', l3: '#1f5fbf', n: '#848d96' },
        dark: { l1: '#eef1f4', l2: '#ff6f64', l3: '#6ea8ff', n: '#8a939d' },
    },
};

/** The conductor that a quantity or channel belongs to by its name: V1, THD_I2, U31, IN. */
export function conductorOf(name: string): Conductor | undefined {
    const tail = /(?:^|_)(?:[A-Z]*?)(12|23|31|1|2|3|N)$/.exec(name)?.[1];
    switch (tail) {
        case '1':
        case '12':
            return 'l1';
        case '2':
        case '23':
            return 'l2';
        case '3':
        case '31':
            return 'l3';
        case 'N':
            return 'n';
        default:
            return undefined;
    }
}

/** WCAG 2 contrast ratio of two #rrggbb colours. */
export function contrast(a: string, b: string): number {
    const luminance = (hex: string): number => {
        const part = (at: number): number => {
            const c = parseInt(hex.slice(at, at + 2), 16) / 255;
            return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        };
        return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
    };
    const la = luminance(a);
    const lb = luminance(b);
    return (Math.max(la, lb) + 0.05) / (Math.min(la, lb) + 0.05);
}
