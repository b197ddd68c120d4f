// Severity has a shape of its own besides its colour: tick in a circle, i in a circle, triangle,
// octagon.

import type { Level } from '../verdict';

const shapes: Record<Level, { body: string; sign: string; name: string }> = {
    normal: { body: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z', sign: 'M7.5 12.5l3 3 6-7', name: 'Normal' },
    information: { body: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z', sign: 'M12 11v6M12 7v.4', name: 'Information' },
    'non-critical': { body: 'M12 2.5L23 21.5H1z', sign: 'M12 9.5v5.5M12 18v.4', name: 'Non critical' },
    critical: { body: 'M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9z', sign: 'M8.5 8.5l7 7M15.5 8.5l-7 7', name: 'Critical' },
};

export function LevelIcon({ level, class: extra = '' }: { level: Level; class?: string }) {
    const s = shapes[level];
    return (
        <svg class={`level level-${level} ${extra}`} viewBox="0 0 24 24" role="img" aria-label={s.name}>
            <path class="level-body" d={s.body} />
            <path class="level-sign" d={s.sign} />
        </svg>
    );
}
