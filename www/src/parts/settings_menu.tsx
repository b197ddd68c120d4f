// Theme and phase colours, behind a button; a disclosure that Escape closes.

import { useEffect, useReducer, useRef, useState } from 'preact/hooks';
import type { Region } from '../colours';
import { changeSettings, currentSettings, onSettings, type Theme } from '../settings';
import { words } from '../words';

const w = words.settings;
const themes: readonly Theme[] = ['auto', 'light', 'dark'];
const regions: readonly Region[] = ['iec', 'iec-old', 'us'];

export function SettingsMenu() {
    const [open, setOpen] = useState(false);
    const [, again] = useReducer<number, void>((n) => n + 1, 0);
    const box = useRef<HTMLDivElement>(null);
    const button = useRef<HTMLButtonElement>(null);

    useEffect(() => onSettings(() => again()), []);
    useEffect(() => {
        if (!open) return undefined;
        const outside = (e: Event): void => {
            if (e.target instanceof Node && !box.current?.contains(e.target)) setOpen(false);
        };
        const key = (e: KeyboardEvent): void => {
            if (e.key !== 'Escape') return;
            setOpen(false);
            button.current?.focus();
        };
        addEventListener('pointerdown', outside);
        addEventListener('focusin', outside);
        addEventListener('keydown', key);
        return () => {
            removeEventListener('pointerdown', outside);
            removeEventListener('focusin', outside);
            removeEventListener('keydown', key);
        };
    }, [open]);

    const now = currentSettings();
    return (
        <div class="settings" ref={box}>
            <button
                type="button"
                class="settings-button"
                ref={button}
                aria-expanded={open}
                aria-controls="settings-box"
                onClick={() => setOpen(!open)}
            >
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <circle cx="12" cy="12" r="8.5" />
                    <path d="M12 3.5a8.5 8.5 0 0 1 0 17z" />
                </svg>
                <span class="settings-name">{w.title}</span>
            </button>
            <div id="settings-box" class="settings-box" hidden={!open}>
                <fieldset>
                    <legend>{w.theme}</legend>
                    {themes.map((t) => (
                        <label key={t}>
                            <input
                                type="radio"
                                name="theme"
                                checked={now.theme === t}
                                onChange={() => changeSettings({ theme: t })}
                            />
                            {w.themes[t]}
                        </label>
                    ))}
                </fieldset>
                <fieldset>
                    <legend>{w.region}</legend>
                    {regions.map((r) => (
                        <label key={r}>
                            <input
                                type="radio"
                                name="region"
                                checked={now.region === r}
                                onChange={() => changeSettings({ region: r })}
                            />
                            {w.regions[r]}
                        </label>
                    ))}
                </fieldset>
            </div>
        </div>
    );
}
