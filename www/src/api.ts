// The meter's HTTP API as far as this page uses it; /api/v1/openapi.json describes all of it.

export interface NetworkInfo {
    /** "3P+N" */
    type: string;
    phases: number;
    neutral: boolean;
    nominal_voltage_v: number;
    nominal_frequency_hz: number;
    overcurrent_percent: number;
}

export interface Info {
    program: string;
    version: string;
    /** of the installation */
    name: string;
    simulated: boolean;
    network: NetworkInfo;
}

export interface LoadInfo {
    n: number;
    name: string;
    /** "3P+N-3CT" */
    type: string;
    phases: number;
    neutral_measured: boolean;
    /** the network's phase (1 2 3) that each of its currents hangs on */
    phase?: number[];
    rated_current_a: number;
}

export interface DeviceInfo {
    address: number;
    profile: string;
    /** what such a device is */
    sentence: string;
    name: string;
    serial: string;
    measures_voltage: boolean;
    loads: LoadInfo[];
}

export interface QuantityInfo {
    name: string;
    unit: string;
    scope: string;
    kind: 'instant' | 'angle' | 'counter' | 'state';
    digits: number;
    sentence: string;
}

/** [number, quality bits] */
export type Reading = readonly [value: number, quality: number];

export const quality = {
    valid: 1,
    flagged: 2,
    held: 4,
    clipped: 8,
    gap: 16,
    simulated: 32,
    short: 64,
    incomplete: 128,
} as const;

export interface Spectrum {
    /** highest order that the sampling rate carries */
    highest: number;
    /** of the fundamental */
    angle_deg: number;
    dc: number;
    /** of orders 1 … highest */
    rms: number[];
    /** the same in percent of the fundamental */
    percent: number[];
}

export interface Scope {
    start: string;
    rate_hz: number;
    lanes: Record<string, number[]>;
}

/** What /live pushes: one window of one point. What is not available is absent. */
export interface LiveWindow {
    device: number;
    /** absent: the network as a device that measures voltage sees it */
    load?: number;
    sequence: number;
    end: string;
    flags: string[];
    values: Record<string, Reading>;
    harmonics?: Record<string, Spectrum>;
    scope?: Scope;
}

/** … or the start or the end of an event, an answer to a bad message, a count of windows left out. */
export type LiveMessage =
    | LiveWindow
    | { event: PowerEvent }
    | { error: { code: string; message: string } }
    | { skipped: number };

export interface Subscription {
    device: number;
    load?: number;
    harmonics?: boolean;
    scope?: boolean;
}

export type Severity = 'information' | 'non-critical' | 'critical';

export interface EventChannel {
    name: string;
    extreme: number;
    percent: number;
}

export interface PowerEvent {
    /** the same when it is told again */
    id: number;
    kind: string;
    device: number;
    /** absent: an event of the network */
    load?: number;
    start: string;
    ongoing: boolean;
    /** absent while it is going on, as is the duration */
    end?: string;
    duration_s?: number;
    reference?: number;
    unit?: string;
    channels?: EventChannel[];
}

/** A failure in words that a person can use. */
export class ApiError extends Error {}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
    const timeout = AbortSignal.timeout(8000);
    const onAbort = new AbortController();
    const stop = (): void => onAbort.abort();
    timeout.addEventListener('abort', stop);
    signal?.addEventListener('abort', stop);
    try {
        const answer = await fetch(`/api/v1/${path}`, { signal: onAbort.signal });
        if (!answer.ok) {
            const said = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
            throw new ApiError(said?.error?.message ?? `The meter answered ${answer.status} to ${path}.`);
        }
        return (await answer.json()) as T;
    } catch (e) {
        if (e instanceof ApiError) throw e;
        throw new ApiError('The meter does not answer.');
    } finally {
        timeout.removeEventListener('abort', stop);
        signal?.removeEventListener('abort', stop);
    }
}
