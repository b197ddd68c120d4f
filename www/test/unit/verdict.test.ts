import type { PowerEvent } from '../../src/api';
import { harmonicLimit } from '../../src/limits';
import { verdict, type VerdictInput } from '../../src/verdict';
import { equal, truth } from './check';

const well: VerdictInput = {
    connection: 'live',
    points: 9,
    stalePoints: 0,
    nominal_v: 230,
    nominal_hz: 50,
    frequency: 50.01,
    voltages: [
        ['V1', 231],
        ['V2', 229],
        ['V3', 230],
    ],
    loads: [['Chiller', 71]],
    running: [],
};

const dip: PowerEvent = {
    id: 7,
    kind: 'dip',
    device: 2,
    start: '2026-01-02T03:04:05.200000Z',
    ongoing: true,
    channels: [{ name: 'V1', extreme: 150, percent: 65 }],
};

export function all_is_well_only_when_it_is() {
    equal(verdict(well).level, 'normal');
    equal(verdict(well).title, 'All is well');
}

export function a_lost_connection_outweighs_everything() {
    const v = verdict({ ...well, connection: 'lost', running: [[dip, undefined]] });
    equal(v.level, 'critical');
    equal(v.title, 'Connection lost');
}

export function nothing_received_is_not_well() {
    equal(verdict({ ...well, points: 0 }).level, 'information');
}

export function a_single_reason_is_the_title() {
    const v = verdict({ ...well, loads: [['Chiller', 104.4]] });
    equal(v.level, 'non-critical');
    equal(v.title, 'Chiller carries 104 % of its rating');
}

export function events_say_where() {
    equal(verdict({ ...well, running: [[dip, undefined]] }).title, 'Voltage dip on V1, still running');
    equal(verdict({ ...well, running: [[{ ...dip, kind: 'overcurrent' }, 'Press']] }).title, 'Overcurrent on Press V1, still running');
}

export function several_reasons_are_counted_and_the_worst_leads() {
    const v = verdict({
        ...well,
        stalePoints: 1,
        running: [[{ ...dip, kind: 'interruption' }, undefined]],
    });
    equal(v.title, '2 things need attention');
    equal(v.level, 'critical');
    equal(v.reasons[0]?.level, 'critical');
}

export function voltage_and_frequency_are_held_to_their_bands() {
    equal(verdict({ ...well, voltages: [['V2', 206]] }).level, 'non-critical');
    equal(verdict({ ...well, voltages: [['V2', 208]] }).level, 'normal');
    equal(verdict({ ...well, voltages: [['V2', 254]] }).level, 'non-critical');
    equal(verdict({ ...well, frequency: 50.6 }).level, 'non-critical');
    equal(verdict({ ...well, frequency: undefined }).level, 'normal');
}

export function limits_are_those_of_en_50160() {
    equal(harmonicLimit(3), 5);
    equal(harmonicLimit(5), 6);
    equal(harmonicLimit(7), 5);
    equal(harmonicLimit(13), 3);
    equal(harmonicLimit(2), 2);
    equal(harmonicLimit(4), 1);
    equal(harmonicLimit(6), 0.5);
    equal(harmonicLimit(24), 0.5);
    equal(harmonicLimit(26), undefined);
    equal(harmonicLimit(27), undefined);
    truth(harmonicLimit(1) === undefined, 'the fundamental has none');
}
