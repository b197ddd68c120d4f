// What the person in front of this browser prefers; kept in the browser, never sent anywhere.

import { phaseColours, conductors, type Region, type Shade } from './colours';

export type Theme = 'auto' | Shade;

export interface Settings {
    theme: Theme;
    region: Region;
}

const key = 'busbar-settings';
const defaults: Settings = { theme: 'auto', region: 'iec' };
const dark = matchMedia('(prefers-color-scheme: dark)');

function read(): Settings {
    try {
        const kept = JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Settings>;
        return {
            theme: kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : defaults.theme,
            region: kept.region && kept.region in phaseColours ? kept.region : defaults.region,
        };
    } catch {
        return { ...defaults }; // storage is forbidden or holds something else
    }
}

let settings = read();
const listeners = new Set<() => void>();

export function currentSettings(): Settings {
    return settings;
}

export function shade(): Shade {
    return settings.theme === 'auto' ? (dark.matches ? 'dark' : 'light') : settings.theme;
}

/** Puts the theme and the phase colours on the root element. */
export function applySettings(): void {
    const root = document.documentElement;
    root.dataset.theme = shade();
    for (const c of conductors) root.style.setProperty(`--${c}`, phaseColours[settings.region][shade()][c]);
    for (const listener of listeners) listener();
}

export function changeSettings(change: Partial<Settings>): void {
    settings = { ...settings, ...change };
    try {
        localStorage.setItem(key, JSON.stringify(settings));
    } catch {
        // not kept, but in force until the page is left
    }
    applySettings();
}

export function onSettings(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

dark.addEventListener('change', applySettings);
