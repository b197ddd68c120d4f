import { duration, figure, largest, niceAbove, niceHeld, scaleFor } from '../../src/format';
import { equal, truth } from './check';

const watts = { unit: 'W', digits: 0 };
const volts = { unit: 'V', digits: 2 };
const amps = { unit: 'A', digits: 3 };

function shown(value: number, wish: { unit: string; digits: number; significant?: number; counter?: boolean }): string {
    const scale = scaleFor(value, wish);
    return `${figure(value, scale)} ${scale.prefix}${wish.unit}`;
}

export function shows_the_declared_digits() {
    equal(shown(230.1234, volts), '230.12 V');
    equal(shown(1.23456, amps), '1.235 A');
    equal(shown(50.00049, { unit: 'Hz', digits: 3 }), '50.000 Hz');
    equal(shown(0.98765, { unit: '', digits: 3 }), '0.988 ');
    equal(shown(740, watts), '740 W');
}

export function takes_a_prefix_and_at_most_five_figures() {
    equal(shown(12345.6, watts), '12.346 kW');
    equal(shown(1234567, watts), '1.2346 MW');
    equal(shown(20123.456, volts), '20.123 kV');
    equal(shown(123.456789, amps), '123.46 A');
    equal(shown(12345.6, { ...watts, significant: 4 }), '12.35 kW');
}

export function milli_only_where_digits_reach_that_far() {
    equal(shown(0.0123, { unit: 'A', digits: 4 }), '12.3 mA');
    equal(shown(0.0123, amps), '0.012 A');
    equal(shown(0.5, volts), '0.50 V');
}

export function units_that_take_no_prefix_keep_none() {
    equal(shown(123456, { unit: '%', digits: 2 }), `123${'\u202f'}456 %`);
    equal(shown(1500, { unit: 'Hz', digits: 3 }), '1500.0 Hz');
}

export function registers_stay_in_kilo_up_to_a_hundred_thousand() {
    const energy = { unit: 'Wh', digits: 1, significant: 8, counter: true };
    equal(shown(10415007.1, energy), `10${'\u202f'}415.007 kWh`);
    equal(shown(999.94, energy), '999.9 Wh');
    equal(shown(123456789, energy), '123.45679 MWh');
}

export function a_true_minus_and_no_negative_zero() {
    const scale = { power: 0, decimals: 1 };
    equal(figure(-19.66, scale), '\u221219.7');
    equal(figure(-0.04, scale), '0.0');
}

export function prefix_does_not_jump_about_an_edge() {
    let scale = scaleFor(990, watts);
    equal(scale.prefix, '');
    scale = scaleFor(1010, watts, scale);
    equal(scale.prefix, '', 'a little above the edge');
    scale = scaleFor(1060, watts, scale);
    equal(scale.prefix, 'k', 'well above the edge');
    scale = scaleFor(950, watts, scale);
    equal(scale.prefix, 'k', 'a little below the edge');
    scale = scaleFor(840, watts, scale);
    equal(scale.prefix, '', 'well below the edge');
}

export function decimals_do_not_jump_about_a_decade() {
    let scale = scaleFor(99.9, amps);
    equal(figure(99.9, scale), '99.900');
    scale = scaleFor(100.1, amps, scale);
    equal(figure(100.1, scale), '100.100');
    scale = scaleFor(120, amps, scale);
    equal(figure(120, scale), '120.00');
    scale = scaleFor(99.9, amps, scale);
    equal(figure(99.9, scale), '99.90');
}

export function the_same_scale_object_while_nothing_changes() {
    const scale = scaleFor(230, volts);
    truth(scaleFor(231, volts, scale) === scale, 'a new object for the same scale');
}

export function survives_zero_and_nothing() {
    equal(shown(0, watts), '0 W');
    equal(largest([undefined, -3, 2, NaN]), 3);
    equal(largest([]), 0);
    equal(scaleFor(Infinity, watts).power, 0);
}

export function axis_ends_are_round_and_hold() {
    equal(niceAbove(325), 400);
    equal(niceAbove(0.7), 0.8);
    equal(niceAbove(8), 8);
    equal(niceAbove(8.1), 10);
    equal(niceAbove(0), 1);
    equal(niceHeld(200, 400), 400, 'half of the axis is still used');
    equal(niceHeld(100, 400), 150, 'it has fallen far');
    equal(niceHeld(401, 400), 500, 'it has outgrown the axis');
}

export function durations_read_well() {
    equal(duration(0.12), '120 ms');
    equal(duration(2.6), '2.60 s');
    equal(duration(4), '4 s');
    equal(duration(45.2), '45 s');
    equal(duration(130), '2 min 10 s');
    equal(duration(3 * 3600 + 300), '3 h 5 min');
    equal(duration(2 * 86400 + 3600), '2 d 1 h');
}
