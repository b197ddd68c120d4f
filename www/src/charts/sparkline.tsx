// A line without axes: the course of a value since the page was opened. Right is now; gaps are gaps.

export interface SparklineProps {
    /** oldest first; age in seconds */
    values: readonly { age: number; value: number }[];
    /** seconds that the full width holds */
    room: number;
    text: string;
}

const width = 240;
const height = 36;
/** Points further apart than this are not joined. */
const gap_s = 3;

export function Sparkline({ values, room, text }: SparklineProps) {
    if (values.length < 2) return <div class="sparkline" />;
    const all = values.map((v) => v.value);
    const low = Math.min(...all);
    const high = Math.max(...all);
    // A course that hardly moves is a flat line in the middle, not noise blown up.
    const span = Math.max(high - low, 0.02 * Math.max(Math.abs(high), Math.abs(low)), 1e-9);
    const middle = (high + low) / 2;
    let d = '';
    values.forEach(({ age, value }, i) => {
        const before = values[i - 1];
        const joined = before && before.age - age <= gap_s;
        const x = width - (age * width) / room;
        const y = height / 2 - ((value - middle) / span) * (height - 4);
        d += `${joined ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    });
    return (
        <svg class="sparkline" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={text}>
            <path d={d} vector-effect="non-scaling-stroke" />
        </svg>
    );
}
