import { readFileSync } from 'node:fs';
import { card, conductorOf, conductors, contrast, phaseColours } from '../../src/colours';
import { equal, near, truth } from './check';

type Theme = 'light' | 'dark';

/** The custom properties of both themes, as theme.css has them. */
function themes(): Record<Theme, Map<string, string>> {
    const css = readFileSync('src/style/theme.css', 'utf8');
    const block = (selector: string): Map<string, string> => {
        const from = css.indexOf(selector);
        truth(from >= 0, `theme.css has no ${selector}`);
        const body = css.slice(css.indexOf('{', from), css.indexOf('}', from));
        return new Map([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((m) => [m[1]!, m[2]!]));
    };
    return { light: block(':root {'), dark: block(':root[data-theme="dark"]') };
}

export function contrast_is_that_of_wcag() {
    near(contrast('#000000', '#ffffff'), 21, 0.001);
    near(contrast('#777777', '#ffffff'), 4.48, 0.01);
    near(contrast('#ffffff', '#777777'), 4.48, 0.01);
}

export function the_card_that_colours_are_held_against_is_the_one_of_the_style_sheet() {
    const css = themes();
    for (const theme of ['light', 'dark'] as const) equal(css[theme].get('card'), card[theme], theme);
}

export function phases_stand_out_from_the_card_in_every_region_and_theme() {
    for (const [region, shades] of Object.entries(phaseColours))
        for (const theme of ['light', 'dark'] as const)
            for (const c of conductors) {
                const ratio = contrast(shades[theme][c], card[theme]);
                truth(ratio >= 3, `${region} ${theme} ${c}: ${ratio.toFixed(2)}`);
            }
}

export function phases_of_a_region_differ() {
    for (const [region, shades] of Object.entries(phaseColours))
        for (const theme of ['light', 'dark'] as const)
            equal(new Set(conductors.map((c) => shades[theme][c])).size, 4, `${region} ${theme}`);
}

export function text_is_readable_on_every_ground_it_stands_on() {
    const css = themes();
    for (const theme of ['light', 'dark'] as const) {
        const colour = (name: string): string => {
            const value = css[theme].get(name);
            truth(value, `${theme} has no --${name}`);
            return value;
        };
        const hold = (ink: string, ground: string, least: number): void => {
            const ratio = contrast(colour(ink), colour(ground));
            truth(ratio >= least, `${theme}: ${ink} on ${ground} has ${ratio.toFixed(2)}, needs ${least}`);
        };
        for (const ground of ['card', 'ground', 'raised'])
            for (const ink of ['text', 'muted', 'link']) hold(ink, ground, 4.5);
        for (const level of ['normal', 'information', 'non-critical', 'critical']) {
            hold(level, 'card', 4.5);
            hold('text', `wash-${level}`, 4.5);
            hold('muted', `wash-${level}`, 4.5);
            hold(level, `wash-${level}`, 3);
        }
        hold('card', 'text', 4.5); // pressed buttons are turned round
        for (const ground of ['card', 'ground']) hold('edge', ground, 3);
        hold('edge', 'wash-critical', 3);
    }
}

export function a_quantity_has_the_colour_of_its_conductor() {
    equal(conductorOf('V1'), 'l1');
    equal(conductorOf('THD_I2'), 'l2');
    equal(conductorOf('U31'), 'l3');
    equal(conductorOf('U12'), 'l1');
    equal(conductorOf('IN'), 'n');
    equal(conductorOf('THD_IN'), 'n');
    equal(conductorOf('P'), undefined);
    equal(conductorOf('VSYS'), undefined);
}
