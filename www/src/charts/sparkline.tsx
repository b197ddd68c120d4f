// A line without axes: the course of a value since the page was opened. Right is now.

export interface SparklineProps {
    values: readonly number[];
    /** values that the full width holds */
    room: number;
    text: string;
}

const width = 240;
const height = 36;

export function Sparkline({ values, room, text }: SparklineProps) {
    if (values.length < 2) return <div class="sparkline" />;
    const low = Math.min(...values);
    const high = Math.max(...values);
    // A course that hardly moves is a flat line in the middle, not noise blown up.
    const span = Math.max(high - low, 0.02 * Math.max(Math.abs(high), Math.abs(low)), 1e-9);
    const middle = (high + low) / 2;
    const at = (v: number, i: number): string => {
        const x = width - ((values.length - 1 - i) * width) / (room - 1);
        const y = height / 2 - ((v - middle) / span) * (height - 4);
        return `${x.toFixed(1)} ${y.toFixed(1)}`;
    };
    return (
        <svg class="sparkline" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={text}>
            <path d={`M${values.map(at).join('L')}`} vector-effect="non-scaling-stroke" />
        </svg>
    );
}
