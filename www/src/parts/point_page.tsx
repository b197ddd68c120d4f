// What the pages of a circuit and of the network share: values, phasors, harmonics, scope, events.

import type { ComponentChildren } from 'preact';
import { Harmonics, type Family } from '../charts/harmonics';
import { Phasor } from '../charts/phasor';
import { Scope } from '../charts/scope';
import type { PowerEvent } from '../api';
import { phaseColumns, rowsOf, symmetryColumns } from '../pages/point_tables';
import { address } from '../route';
import type { Scales } from '../scales';
import type { Store } from '../store';
import type { View } from '../view';
import { words } from '../words';
import { Card } from './card';
import { EventList } from './event_list';
import { ValueTable, type ValueRow } from './value_table';

const w = words.circuit;

export interface PointPageProps {
    store: Store;
    scales: Scales;
    view: View;
    values: readonly ValueRow[];
    symmetry: readonly ValueRow[];
    harmonicsFirst: Family;
    events: readonly PowerEvent[];
    /** further cards, before the events */
    children?: ComponentChildren;
}

export function PointPage({ store: s, scales, view, values, symmetry, harmonicsFirst, events, children }: PointPageProps) {
    const { columns, cells } = phaseColumns(view);
    return (
        <div class="point">
            <Card title={w.values} id="values" class="at-values">
                <ValueTable
                    store={s}
                    scales={scales}
                    view={view}
                    name="phases"
                    label={w.values}
                    columns={columns}
                    rows={rowsOf(values, cells, view.phases)}
                />
            </Card>
            <Card title={w.phasor} id="phasor" class="at-phasor">
                <Phasor store={s} scales={scales} view={view} />
            </Card>
            <Harmonics scales={scales} view={view} start={harmonicsFirst} />
            <Scope view={view} scales={scales} />
            {view.phases > 1 && (
                <Card title={w.symmetry} id="symmetry" class="at-symmetry">
                    <ValueTable
                        store={s}
                        scales={scales}
                        view={view}
                        name="symmetry"
                        label={w.symmetry}
                        columns={symmetryColumns}
                        rows={symmetry}
                        unitInCell
                    />
                </Card>
            )}
            {children}
            <Card
                title={words.events.recent}
                id="events"
                class="at-events"
                aside={<a href={address('events')}>{words.events.all}</a>}
            >
                <EventList store={s} events={events.slice(0, 8)} known={s.eventsKnown} />
            </Card>
        </div>
    );
}
