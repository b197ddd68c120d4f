import { linearAxis, logAxis } from '../../src/charts/axes';
import { apart, arrow, place, wrap } from '../../src/charts/geometry';
import { equal, near, truth } from './check';

export function phasors_turn_counter_clockwise_on_a_screen_whose_y_grows_downwards() {
    near(place(10, 0).x, 10, 1e-9);
    near(place(10, 0).y, 0, 1e-9);
    near(place(10, 90).y, -10, 1e-9, '90 degrees is up');
    near(place(10, -90).y, 10, 1e-9, '-90 degrees is down');
}

export function angles_wrap_to_half_a_turn_either_side() {
    equal(wrap(190), -170);
    equal(wrap(-190), 170);
    equal(wrap(360), 0);
    equal(wrap(180), 180);
    equal(wrap(-240), 120);
}

export function an_arrow_ends_at_its_tip() {
    const d = arrow(80, 0, 9);
    truth(d.startsWith('M0 0L'), d);
    truth(/M80\.00 -?0\.00L/.test(d), d);
    truth(!arrow(0.2, 30, 9).includes('NaN'), 'a tiny arrow');
}

export function labels_that_would_collide_are_moved_apart_in_order() {
    const moved = apart([10, 12, 200], 15);
    truth(moved[1]! - moved[0]! >= 15 - 1e-6, String(moved));
    near(moved[2]!, 200, 1e-9);
    equal(apart([0, 120, 240], 11), [0, 120, 240]);
    const round = apart([-179, 179], 12);
    truth(round[0]! + 360 - round[1]! >= 12 - 1e-6, `over the seam: ${round}`);
}

export function linear_axis_has_round_ticks() {
    equal(linearAxis(8, 5).ticks, [0, 2, 4, 6, 8]);
    equal(linearAxis(30, 5).ticks.length <= 7, true);
    equal(linearAxis(8, 5).at(4), 0.5);
    equal(linearAxis(8, 5).at(9), 1);
}

export function log_axis_has_a_tick_a_decade() {
    const axis = logAxis(0.01, 100);
    equal(axis.ticks.length, 5);
    near(axis.at(1), 0.5, 1e-9);
    equal(axis.at(0), 0);
    near(axis.ticks[2]!, 1, 1e-12);
}
