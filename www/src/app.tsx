// The frame round every page: who this is, where one can go, whether the data is live, how it looks.

import { useEffect, useRef, useState } from 'preact/hooks';
import { ConnectionBanner, LinkBadge } from './parts/connection';
import { SettingsMenu } from './parts/settings_menu';
import { findPage, navigation } from './pages';
import { address, onRoute, parse, type Route } from './route';
import { useStore, useSubscriptions } from './store';
import { words } from './words';

export function App() {
    const [route, setRoute] = useState<Route>(() => parse(location.hash));
    const main = useRef<HTMLElement>(null);
    const opened = useRef(false);
    const s = useStore();
    const page = findPage(route);
    const title = page.title(s, route);

    // On every page something live comes, so that the badge at the top tells the truth.
    const pulse = s.voltageDevice()?.address;
    const first = s.circuits[0];
    useSubscriptions(
        pulse !== undefined
            ? [{ device: pulse }]
            : first
              ? [{ device: first.device.address, load: first.load.n }]
              : [],
    );
    useEffect(() => onRoute(setRoute), []);
    useEffect(() => {
        document.title = [title, s.info?.name, words.brand].filter(Boolean).join(' · ');
    }, [title, s.info?.name]);
    const key = route.parts.join('/');
    useEffect(() => {
        // A page that was opened by a link starts at its top, also for keyboard and screen reader.
        if (opened.current) {
            scrollTo(0, 0);
            main.current?.focus({ preventScroll: true });
        }
        opened.current = true;
    }, [key]);

    return (
        <>
            <a
                class="skip"
                href="#main"
                onClick={(e) => {
                    e.preventDefault(); // the address names the page, not the place on it
                    main.current?.focus();
                }}
            >
                {words.skip}
            </a>
            <header class="top">
                <a class="brand" href={address()}>
                    <svg viewBox="0 0 32 32" aria-hidden="true">
                        <path class="brand-bars" d="M4 7h24M4 13h24M4 19h24" />
                        <path class="brand-taps" d="M9 7v20M16 13v14M23 19v8" />
                    </svg>
                    <span class="brand-name">{s.info?.name ?? words.brand}</span>
                </a>
                {s.info?.simulated && (
                    <abbr class="simulated" title={words.simulated.meaning}>
                        {words.simulated.text}
                    </abbr>
                )}
                <nav class="nav" aria-label={words.nav.label}>
                    {navigation.map(([to, text, first]) => (
                        <a
                            key={to}
                            href={to}
                            aria-current={first === (route.parts[0] ?? '') ? 'page' : undefined}
                        >
                            {text}
                        </a>
                    ))}
                </nav>
                <LinkBadge />
                <SettingsMenu />
            </header>
            <ConnectionBanner />
            <main id="main" ref={main} tabIndex={-1}>
                <page.View route={route} key={key} />
            </main>
        </>
    );
}
