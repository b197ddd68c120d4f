// The connection to the meter: asks for what is installed, then keeps a WebSocket open to /live with
// the subscriptions that the open page wishes. When the connection is lost it says so, and tries
// again by itself.

import { get, type DeviceInfo, type Info, type LiveMessage, type QuantityInfo, type Subscription } from './api';
import { backoff } from './backoff';

export type LinkState =
    | { readonly kind: 'connecting' }
    | { readonly kind: 'live' }
    | { readonly kind: 'lost'; readonly since: number; readonly retryAt: number; readonly reason: string };

export interface LinkEvents {
    state(state: LinkState): void;
    installed(info: Info, devices: DeviceInfo[], quantities: QuantityInfo[]): void;
    message(message: LiveMessage): void;
}

/** Silence after which the meter is asked whether it is still there. */
const silence_ms = 5000;

export class Link {
    private socket: WebSocket | undefined;
    private wish: readonly Subscription[] = [];
    private tries = 0;
    private lostSince: number | undefined;
    private timer: ReturnType<typeof setTimeout> | undefined;
    private heard = 0;
    private asking = false;

    constructor(private readonly events: LinkEvents) {}

    start(): void {
        void this.connect();
        setInterval(() => void this.watch(), 1000);
        addEventListener('online', () => this.retryNow());
        document.addEventListener('visibilitychange', () => {
            if (!document.hidden) this.retryNow();
        });
    }

    subscribe(wish: readonly Subscription[]): void {
        this.wish = wish;
        this.sendWish();
    }

    /** Does not wait for the end of the pause between two tries. */
    retryNow(): void {
        if (this.timer === undefined) return;
        clearTimeout(this.timer);
        this.timer = undefined;
        void this.connect();
    }

    private sendWish(): void {
        if (this.socket?.readyState === WebSocket.OPEN)
            this.socket.send(JSON.stringify({ subscribe: this.wish }));
    }

    private async connect(): Promise<void> {
        this.timer = undefined;
        if (this.lostSince === undefined) this.events.state({ kind: 'connecting' });
        try {
            const [info, devices, quantities] = await Promise.all([
                get<Info>('info'),
                get<{ devices: DeviceInfo[] }>('devices'),
                get<{ quantities: QuantityInfo[] }>('quantities'),
            ]);
            this.events.installed(info, devices.devices, quantities.quantities);
        } catch (e) {
            this.lost(e instanceof Error ? e.message : String(e));
            return;
        }
        const address = new URL('/live', location.href);
        address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
        address.hash = '';
        address.search = '';
        const socket = new WebSocket(address);
        this.socket = socket;
        socket.onopen = () => {
            this.heard = performance.now();
            this.lostSince = undefined;
            this.events.state({ kind: 'live' });
            this.sendWish();
        };
        socket.onmessage = (e: MessageEvent<unknown>) => {
            if (typeof e.data !== 'string') return;
            this.heard = performance.now();
            this.tries = 0;
            this.events.message(JSON.parse(e.data) as LiveMessage);
        };
        socket.onclose = () => {
            if (this.socket === socket) this.lost('The meter closed the connection.');
        };
    }

    private lost(reason: string): void {
        const socket = this.socket;
        this.socket = undefined;
        socket?.close();
        this.lostSince ??= Date.now();
        const wait_ms = backoff(this.tries++, Math.random()) * 1000;
        this.events.state({ kind: 'lost', since: this.lostSince, retryAt: Date.now() + wait_ms, reason });
        clearTimeout(this.timer);
        this.timer = setTimeout(() => void this.connect(), wait_ms);
    }

    /** A pulled cable closes nothing: after a silence, ask; no answer means lost. */
    private async watch(): Promise<void> {
        const socket = this.socket;
        if (socket?.readyState !== WebSocket.OPEN || this.asking) return;
        if (performance.now() - this.heard < silence_ms) return;
        this.asking = true;
        try {
            await get('info');
            this.heard = performance.now();
        } catch {
            if (this.socket === socket) this.lost('The meter does not answer any more.');
        } finally {
            this.asking = false;
        }
    }
}
