import { backoff } from '../../src/backoff';
import { address, parse } from '../../src/route';
import { equal, near, truth } from './check';

export function tries_grow_apart_and_stay_within_ten_seconds() {
    near(backoff(0, 0.5), 0.5, 1e-9);
    near(backoff(1, 0.5), 1, 1e-9);
    near(backoff(4, 0.5), 8, 1e-9);
    near(backoff(5, 0.5), 10, 1e-9);
    near(backoff(1000, 0.5), 10, 1e-9);
}

export function browsers_do_not_come_back_together() {
    truth(backoff(3, 0) < backoff(3, 1), 'chance has no part');
    near(backoff(3, 0), 4 * 0.8, 1e-9);
    near(backoff(3, 1), 4 * 1.2, 1e-9);
}

export function addresses_go_both_ways() {
    equal(address(), '#/');
    equal(address('circuit', 3, 1), '#/circuit/3/1');
    equal(parse('#/circuit/3/1').parts, ['circuit', '3', '1']);
    equal(parse('').parts, []);
    equal(parse('#/').parts, []);
    equal(parse(address('vocabulary', 'a/b %')).parts, ['vocabulary', 'a/b %']);
    equal(parse('#/%zz').parts, ['%zz'], 'a broken escape is taken as it stands');
}
