// Which quantities stand in which row of a point's tables.

import type { ValueColumn, ValueRow } from '../parts/value_table';
import type { View } from '../view';
import { words } from '../words';

const r = words.rows;
const t = words.table;

const n: ValueColumn = { text: 'N', conductor: 'n' };
const total: ValueColumn = { text: t.total };

/** The columns of a point's phases, and which cells of a row they take. */
export function phaseColumns(view: View): { columns: readonly ValueColumn[]; cells: readonly number[] } {
    const phases = [0, 1, 2].slice(0, view.phases);
    const columns = phases.map((i): ValueColumn => {
        const conductor = view.conductor(`V${i + 1}`);
        return { text: conductor ? conductor.toUpperCase() : t.phase, conductor };
    });
    // With one phase the total says the same again, and no neutral is measured.
    return view.phases === 1 ? { columns, cells: phases } : { columns: [...columns, n, total], cells: [...phases, 3, 4] };
}

/** The rows with only those cells; without rows that have none of them. */
export function rowsOf(rows: readonly ValueRow[], cells: readonly number[], phases: number): ValueRow[] {
    return rows
        .filter((row) => phases > 1 || !row.cells[0]?.includes('U12'))
        .map((row) => ({
            ...row,
            cells: cells.map((i) => row.cells[i] ?? null),
            ...(row.tags ? { tags: cells.map((i) => row.tags?.[i] ?? null) } : {}),
        }));
}

const mean = [null, null, null, null, t.mean];
const lines = ['1–2', '2–3', '3–1', null, t.mean];

const voltage: readonly ValueRow[] = [
    { label: r.V, cells: ['V1', 'V2', 'V3', 'VN', 'VSYS'], tags: mean },
    { label: r.U, cells: ['U12', 'U23', 'U31', null, 'USYS'], tags: lines },
];
const voltageQuality: readonly ValueRow[] = [
    { label: r.THD_V, cells: ['THD_V1', 'THD_V2', 'THD_V3', null, 'THD_VSYS'], tags: mean, start: true },
    { label: r.THD_U, cells: ['THD_U12', 'THD_U23', 'THD_U31', null, 'THD_USYS'], tags: lines },
    { label: r.CF_V, cells: ['CF_V1', 'CF_V2', 'CF_V3', null, null] },
];

export const networkRows: readonly ValueRow[] = [...voltage, ...voltageQuality];

export const circuitRows: readonly ValueRow[] = [
    ...voltage,
    { label: r.I, cells: ['I1', 'I2', 'I3', 'IN', 'ISYS'], tags: mean },
    { label: r.P, cells: ['P1', 'P2', 'P3', null, 'P'], start: true },
    { label: r.Q, cells: ['Q1', 'Q2', 'Q3', null, 'Q'] },
    { label: r.S, cells: ['S1', 'S2', 'S3', null, 'S'] },
    { label: r.PF, cells: ['PF1', 'PF2', 'PF3', null, 'PF'] },
    { label: r.COSPHI, cells: ['COSPHI1', 'COSPHI2', 'COSPHI3', null, 'COSPHI'] },
    { label: r.PHI, cells: ['PHI1', 'PHI2', 'PHI3', null, 'PHI'] },
    { label: r.THD_V, cells: ['THD_V1', 'THD_V2', 'THD_V3', null, 'THD_VSYS'], tags: mean, start: true },
    { label: r.THD_I, cells: ['THD_I1', 'THD_I2', 'THD_I3', 'THD_IN', 'THD_ISYS'], tags: mean },
    { label: r.TDD_I, cells: ['TDD_I1', 'TDD_I2', 'TDD_I3', 'TDD_IN', null] },
    { label: r.CF_I, cells: ['CF_I1', 'CF_I2', 'CF_I3', 'CF_IN', null] },
    { label: r.K_I, cells: ['K_I1', 'K_I2', 'K_I3', 'K_IN', null] },
];

export const symmetryColumns: readonly ValueColumn[] = [
    { text: t.direct },
    { text: t.inverse },
    { text: t.zero },
    { text: t.inverseRatio },
    { text: t.zeroRatio },
    { text: t.amplitude },
];

const symmetryV: ValueRow = { label: ['V', ''], cells: ['VDIR', 'VINV', 'VHOM', 'VNB', 'V0NB', 'VNBA'] };
const symmetryU: ValueRow = { label: ['U', ''], cells: ['UDIR', 'UINV', null, 'UNB', null, 'UNBA'] };
const symmetryI: ValueRow = { label: ['I', ''], cells: ['IDIR', 'IINV', 'IHOM', 'INB', 'I0NB', 'INBA'] };

export const networkSymmetry: readonly ValueRow[] = [symmetryV, symmetryU];
export const circuitSymmetry: readonly ValueRow[] = [symmetryV, symmetryU, symmetryI];

export const energyColumns: readonly ValueColumn[] = [{ text: t.totalEnergy }, { text: t.partialEnergy }];

const registers = [
    'EA_POS',
    'EA_NEG',
    'ER_POS',
    'ER_NEG',
    'ES',
    'ER_POS_IND',
    'ER_POS_CAP',
    'ER_NEG_IND',
    'ER_NEG_CAP',
] as const;

export const energyRows: readonly ValueRow[] = registers.map((name, i) => ({
    label: r[name],
    cells: [name, `${name}_PART`],
    start: i === 5,
}));
