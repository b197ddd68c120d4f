// The network as the voltage module sees it: #/network.

import { useMemo } from 'preact/hooks';
import { Marks } from '../parts/number';
import { PointPage } from '../parts/point_page';
import { useScales } from '../scales';
import { useStore, useSubscriptions } from '../store';
import { viewOf } from '../view';
import { words } from '../words';
import { networkRows, networkSymmetry } from './point_tables';

export function Network() {
    const s = useStore();
    const scales = useScales();
    const device = s.voltageDevice();
    const list = useMemo(
        () => (device ? [{ device: device.address, harmonics: true, scope: true }] : []),
        [device],
    );
    useSubscriptions(list);
    if (!device) return <div class="empty">{s.installed ? words.circuit.noVoltage : words.missing.waiting}</div>;
    const view = viewOf(s, undefined);
    const net = s.info?.network;
    return (
        <>
            <div class="page-head">
                <h1>
                    {words.circuit.network} <Marks bits={view.titled} />
                </h1>
                <p class="sub">
                    {net && `${net.type}, ${net.nominal_voltage_v} V, ${net.nominal_frequency_hz} Hz · `}
                    {device.name} {device.profile}
                </p>
            </div>
            <PointPage
                store={s}
                scales={scales}
                view={view}
                values={networkRows}
                symmetry={networkSymmetry}
                harmonicsFirst="V"
                events={s.events.filter((e) => e.load === undefined)}
            />
        </>
    );
}
