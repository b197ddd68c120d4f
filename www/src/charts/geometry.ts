// Angles and arrows of the phasor diagram. Mathematics turns counter-clockwise and y grows upwards;
// on the screen y grows downwards, which is put right here and nowhere else.

export interface Place {
    x: number;
    y: number;
}

export function place(radius: number, angle_deg: number): Place {
    const a = (angle_deg * Math.PI) / 180;
    return { x: radius * Math.cos(a), y: -radius * Math.sin(a) };
}

/** Into -180 … 180 (180 itself included, -180 not). */
export function wrap(angle_deg: number): number {
    const a = ((angle_deg % 360) + 360) % 360;
    return a > 180 ? a - 360 : a;
}

/** An arrow from the centre to radius and angle: a line and a head, as one path. */
export function arrow(radius: number, angle_deg: number, head: number): string {
    const tip = place(radius, angle_deg);
    const short = Math.min(head, radius);
    const neck = place(radius - short * 0.75, angle_deg);
    const back = place(radius - short, angle_deg);
    const side = place(short * 0.4, angle_deg + 90);
    const p = (q: Place): string => `${q.x.toFixed(2)} ${q.y.toFixed(2)}`;
    return (
        `M0 0L${p(neck)}` +
        `M${p(tip)}L${p({ x: back.x + side.x, y: back.y + side.y })}L${p(neck)}L${p({ x: back.x - side.x, y: back.y - side.y })}Z`
    );
}

/** Moves angles of labels apart until neighbours are `least` degrees from each other, order kept. */
export function apart(angles_deg: readonly number[], least: number): number[] {
    const order = angles_deg.map((_, i) => i).sort((a, b) => angles_deg[a]! - angles_deg[b]!);
    const out = [...angles_deg];
    for (let round = 0; round < 20; round++) {
        let moved = false;
        for (let k = 0; k < order.length; k++) {
            const a = order[k]!;
            const b = order[(k + 1) % order.length]!;
            if (a === b) continue;
            const turn = k + 1 === order.length ? 360 : 0;
            const gap = out[b]! + turn - out[a]!;
            if (gap < least - 1e-9) {
                const by = (least - gap) / 2;
                out[a]! -= by;
                out[b]! += by;
                moved = true;
            }
        }
        if (!moved) break;
    }
    return out;
}
