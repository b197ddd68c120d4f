// All that this browser knows of the installation: what is installed, the last window of each point,
// running and past events, and how fresh it all is. Components read it and are drawn again, at most
// once a frame, when something changed.

import { useEffect, useReducer } from 'preact/hooks';
import {
    get,
    quality,
    type DeviceInfo,
    type Info,
    type LiveMessage,
    type LiveWindow,
    type LoadInfo,
    type PowerEvent,
    type QuantityInfo,
    type Reading,
    type Scope,
    type Spectrum,
    type Subscription,
} from './api';
import { Link, type LinkState } from './link';

/** A row of the meter's table: a load, or (load 0) the network as a voltage module sees it. */
export interface Point {
    readonly device: number;
    readonly load: number;
    sequence: number;
    end: Date;
    flags: readonly string[];
    values: Readonly<Record<string, Reading>>;
    harmonics: Readonly<Record<string, Spectrum>> | undefined;
    scope: Scope | undefined;
    /** performance.now() when the last window came */
    arrived: number;
    /** between two windows, as they come here; ms */
    period: number;
}

export interface Circuit {
    readonly device: DeviceInfo;
    readonly load: LoadInfo;
}

/** Waiting for the network may take this long beyond two windows before a value greys out. */
const grace_ms = 500;
const eventsKept = 500;
const trackEvery_ms = 1000;
const trackKept = 180;
const gather_ms = 60;

export function pointKey(device: number, load: number | undefined): string {
    return `${device}/${load ?? 0}`;
}

class Store {
    info: Info | undefined;
    devices: readonly DeviceInfo[] = [];
    circuits: readonly Circuit[] = [];
    quantities: ReadonlyMap<string, QuantityInfo> = new Map();
    installed = false;
    link: LinkState = { kind: 'connecting' };
    events: readonly PowerEvent[] = [];
    eventsKnown = false;
    /** total active power as it came, about one figure a second, oldest first */
    readonly track: { at: number; power: number }[] = [];

    private readonly points = new Map<string, Point>();
    private readonly listeners = new Set<() => void>();
    private readonly wishes = new Map<symbol, readonly Subscription[]>();
    private waits = false;
    private readonly connection = new Link({
        state: (state) => {
            this.link = state;
            if (state.kind === 'live') void this.askEvents();
            this.changed();
        },
        installed: (info, devices, quantities) => {
            // The program was replaced while this page stayed open: its own page came with it.
            if (this.info && this.info.version !== info.version) location.reload();
            this.info = info;
            this.devices = devices;
            this.circuits = devices.flatMap((device) => device.loads.map((load) => ({ device, load })));
            this.quantities = new Map(quantities.map((q) => [q.name, q]));
            this.installed = true;
            this.changed();
        },
        message: (message) => this.take(message),
    });

    start(): void {
        this.connection.start();
        // Ages, countdowns and greying go on when nothing comes.
        setInterval(() => this.changed(), 500);
    }

    retryNow(): void {
        this.connection.retryNow();
    }

    point(device: number, load = 0): Point | undefined {
        return this.points.get(pointKey(device, load));
    }

    /** The point with the network's voltages: of the first device that measures them. */
    network(): Point | undefined {
        const device = this.voltageDevice();
        return device && this.point(device.address);
    }

    voltageDevice(): DeviceInfo | undefined {
        return this.devices.find((d) => d.measures_voltage);
    }

    circuit(device: number, load: number): Circuit | undefined {
        return this.circuits.find((c) => c.device.address === device && c.load.n === load);
    }

    /** Quality bits that hold for the whole installation and are said once, at the top. */
    commonBits(): number {
        return this.info?.simulated ? quality.simulated : 0;
    }

    /** Its values are older than two windows, or the connection is lost. */
    stale(point: Point): boolean {
        return this.link.kind === 'lost' || performance.now() - point.arrived > 2 * point.period + grace_ms;
    }

    /** Where an event happened: the circuit's name, or undefined for the network. */
    placeOf(e: PowerEvent): string | undefined {
        if (e.load === undefined) return undefined;
        return this.circuit(e.device, e.load)?.load.name ?? `${e.device}/${e.load}`;
    }

    runningEvents(): readonly PowerEvent[] {
        return this.events.filter((e) => e.ongoing);
    }

    onChange(listener: () => void): () => void {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    }

    /** What a page wants to see; undefined when it closes. */
    wish(who: symbol, list: readonly Subscription[] | undefined): void {
        if (list) this.wishes.set(who, list);
        else this.wishes.delete(who);
        const all = new Map<string, Subscription>();
        for (const wish of this.wishes.values())
            for (const s of wish) {
                const key = pointKey(s.device, s.load);
                all.set(key, { ...all.get(key), ...s });
            }
        this.connection.subscribe([...all.values()]);
    }

    private take(m: LiveMessage): void {
        if ('values' in m) this.takeWindow(m);
        else if ('event' in m) this.takeEvents([m.event]);
        else if ('error' in m) console.error(`The meter did not understand: ${m.error.message}`);
    }

    private takeWindow(m: LiveWindow): void {
        const now = performance.now();
        const key = pointKey(m.device, m.load);
        const before = this.points.get(key);
        const gap = before ? now - before.arrived : 200;
        const period = before ? before.period + 0.2 * (Math.min(gap, 4 * before.period) - before.period) : 200;
        this.points.set(key, {
            device: m.device,
            load: m.load ?? 0,
            sequence: m.sequence,
            end: new Date(m.end),
            flags: m.flags,
            values: m.values,
            harmonics: m.harmonics ?? before?.harmonics,
            scope: m.scope ?? before?.scope,
            arrived: now,
            period: Math.min(5000, Math.max(50, period)),
        });
        this.changed();
    }

    /** Newest first; an event that is known already is replaced: it may have ended. */
    private takeEvents(some: readonly PowerEvent[]): void {
        const all = new Map(this.events.map((e) => [e.id, e]));
        for (const e of some) all.set(e.id, e);
        this.events = [...all.values()]
            .sort((a, b) => b.start.localeCompare(a.start))
            .slice(0, eventsKept);
        this.changed();
    }

    private async askEvents(): Promise<void> {
        try {
            const answer = await get<{ events: PowerEvent[] }>('events');
            this.events = []; // what was pushed before a restart of the meter may have ended unseen
            this.eventsKnown = true;
            this.takeEvents(answer.events);
        } catch {
            // The link notices by itself when the meter is gone; a meter that is only starting is asked again.
            setTimeout(() => {
                if (this.link.kind === 'live' && !this.eventsKnown) void this.askEvents();
            }, 2000);
        }
    }

    /** The points' windows come one after another: what comes within a moment is drawn at once. */
    private changed(): void {
        if (this.waits) return;
        this.waits = true;
        setTimeout(
            () =>
                requestAnimationFrame(() => {
                    this.waits = false;
                    this.follow();
                    for (const listener of this.listeners) listener();
                }),
            gather_ms,
        );
    }

    private follow(): void {
        const now = performance.now();
        const last = this.track.at(-1);
        if (last && now - last.at < trackEvery_ms) return;
        const total = totalPower(this);
        if (total === undefined || this.link.kind !== 'live') return;
        this.track.push({ at: now, power: total.value });
        if (this.track.length > trackKept) this.track.shift();
    }
}

export type { Store };
export const store = new Store();

export interface Total {
    value: number;
    /** circuits whose power is in it */
    counted: number;
    stale: boolean;
}

/** Sum over the circuits of a quantity whose sum means something (P, EA_POS …). */
export function sumOver(s: Store, quantity: string): Total | undefined {
    let value = 0;
    let counted = 0;
    let stale = false;
    for (const c of s.circuits) {
        const point = s.point(c.device.address, c.load.n);
        const reading = point?.values[quantity];
        if (!point || !reading || !(reading[1] & 1)) continue;
        value += reading[0];
        counted++;
        stale ||= s.stale(point);
    }
    return counted ? { value, counted, stale } : undefined;
}

export function totalPower(s: Store): Total | undefined {
    return sumOver(s, 'P');
}

/** Draws the component again whenever the store has changed. */
export function useStore(): Store {
    const [, again] = useReducer<number, void>((n) => n + 1, 0);
    useEffect(() => store.onChange(() => again()), []);
    return store;
}

/** Subscribes to points while the component is there. */
export function useSubscriptions(list: readonly Subscription[]): void {
    const key = JSON.stringify(list);
    useEffect(() => {
        const me = Symbol();
        store.wish(me, list);
        return () => store.wish(me, undefined);
    }, [key]);
}
