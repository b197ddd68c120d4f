// Whether what is on the page is live, and since when it is not.

import { clock, day } from '../format';
import { store, useStore, type Store } from '../store';
import { words } from '../words';

/** The newest window that has come from any point. */
function newest(s: Store): { end: Date; stale: boolean } | undefined {
    let end: Date | undefined;
    let stale = true;
    const look = (device: number, load?: number): void => {
        const point = s.point(device, load);
        if (!point) return;
        if (!end || point.end > end) end = point.end;
        if (!s.stale(point)) stale = false;
    };
    for (const c of s.circuits) look(c.device.address, c.load.n);
    for (const d of s.devices) look(d.address);
    return end && { end, stale };
}

export function LinkBadge() {
    const s = useStore();
    const last = newest(s);
    const kind = s.link.kind === 'live' && last?.stale ? 'stale' : s.link.kind;
    return (
        <div class={`link link-${kind}`}>
            <span class="link-dot" aria-hidden="true" />
            <span class="link-text">{words.link[kind]}</span>
            {last && (
                <time class="link-time" dateTime={last.end.toISOString()} title={`${day(last.end)} ${clock(last.end)}`}>
                    {clock(last.end)}
                </time>
            )}
        </div>
    );
}

export function ConnectionBanner() {
    const s = useStore();
    const link = s.link;
    const lost = link.kind === 'lost';
    const wait = lost ? Math.max(0, Math.ceil((link.retryAt - Date.now()) / 1000)) : 0;
    return (
        <div class="banner-place" role="status">
            {lost && (
                <div class="banner">
                    <p>
                        <strong>{s.installed ? words.link.lostTitle : words.link.unreachable}</strong>{' '}
                        {s.installed ? words.link.lostSince(clock(new Date(link.since))) : words.link.unreachableHelp}
                    </p>
                    <span class="banner-wait" aria-hidden="true" title={link.reason}>
                        {words.link.retryIn(wait)}
                    </span>
                    <button type="button" onClick={() => store.retryNow()}>
                        {words.link.retry}
                    </button>
                </div>
            )}
        </div>
    );
}

