// A dense table of one point's values. A row is a quantity and shares its prefix; its label leads to
// the vocabulary.

import type { Conductor } from '../colours';
import { address } from '../route';
import type { Scales } from '../scales';
import type { Store } from '../store';
import type { View } from '../view';
import { words } from '../words';
import { Num } from './number';

export interface ValueRow {
    /** symbol, and the rest of the name where there is room for it */
    label: readonly [symbol: string, rest: string];
    /** names of quantities by column; null: the quantity does not exist there, the cell stays empty */
    cells: readonly (string | null)[];
    /** small text before the figures, by column */
    tags?: readonly (string | null)[];
    /** rows of a group stand together */
    start?: boolean;
}

export interface ValueColumn {
    text: string;
    /** class of its swatch; undefined: it has none */
    conductor?: Conductor | undefined;
}

export interface ValueTableProps {
    store: Store;
    scales: Scales;
    view: View;
    name: string;
    label: string;
    columns: readonly ValueColumn[];
    rows: readonly ValueRow[];
    /** all rows share one prefix */
    onePrefix?: boolean;
    /** the unit stands with each figure, as the columns hold different quantities */
    unitInCell?: boolean;
}

export function ValueTable({ store: s, scales, view, name, label, columns, rows, onePrefix, unitInCell }: ValueTableProps) {
    return (
        <div class="scroll-x">
            <table class={`values ${unitInCell ? 'mixed' : ''}`} aria-label={label} data-table={name}>
                <thead>
                    <tr>
                        <th scope="col">
                            <span class="sr">{words.table.quantity}</span>
                        </th>
                        {!unitInCell && (
                            <th scope="col" class="unit">
                                <span class="sr">{words.table.unit}</span>
                            </th>
                        )}
                        {columns.map((c) => (
                            <th scope="col" key={c.text}>
                                {c.conductor && <span class={`swatch ${c.conductor}`} aria-hidden="true" />}
                                {c.text}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {rows.map((row) => {
                        const first = row.cells.find((c) => c !== null) ?? '';
                        const key = `${name}-${first}`;
                        const together = onePrefix ? rows.flatMap((r) => r.cells) : row.cells;
                        const shared = scales.of(
                            s,
                            key,
                            first,
                            together.map((c) => (c ? view.reading(c) : undefined)),
                        );
                        return (
                            <tr key={key} class={row.start ? 'group-start' : undefined}>
                                <th scope="row">
                                    <a class="word" href={address('vocabulary', first)} title={s.quantities.get(first)?.sentence}>
                                        {row.label[0]}
                                        {row.label[1] && <span class="long"> {row.label[1]}</span>}
                                    </a>
                                </th>
                                {!unitInCell && <td class="unit">{shared.unit}</td>}
                                {row.cells.map((cell, i) => {
                                    if (!cell) return <td key={i} />;
                                    const scale = unitInCell
                                        ? scales.of(s, `${name}-${cell}`, cell, [view.reading(cell)])
                                        : shared;
                                    return (
                                        <td key={i} data-quantity={cell}>
                                            {row.tags?.[i] && <span class="tag">{row.tags[i]}</span>}
                                            <Num
                                                reading={view.reading(cell)}
                                                scale={scale}
                                                stale={view.stale}
                                                common={view.common}
                                                waiting={view.waiting}
                                            />
                                            {unitInCell && <span class="unit cell-unit">{scale.unit}</span>}
                                        </td>
                                    );
                                })}
                            </tr>
                        );
                    })}
                </tbody>
            </table>
        </div>
    );
}
