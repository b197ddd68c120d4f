// An invented installation whose values hang together: voltages with harmonics and a slow wander,
// loads with current, angle and harmonics. Only for developing and testing the page without the
// program; the program's own simulator is another thing and far more exact.

const deg = Math.PI / 180;
const orders = 63;

/** A wander between -1 and 1, slow and smooth, different for each seed. */
function wander(seed, t) {
    return 0.6 * Math.sin(t * 0.11 + seed * 1.7) + 0.3 * Math.sin(t * 0.31 + seed * 4.1) + 0.1 * Math.sin(t * 1.9 + seed);
}

export function inventory(circuits) {
    const load = (n, name, type, rated, more) => ({
        n,
        name,
        type,
        phases: type.startsWith('1P') ? 1 : 3,
        neutral_measured: type.endsWith('4CT'),
        rated_current_a: rated,
        phase: more.phase ? [more.phase] : [1, 2, 3],
        model: { share: 0.5, lag: 25, spectrum: {}, balance: [1, 0.96, 1.05], ...more },
    });
    const rectifier = { 3: 2, 5: 24, 7: 12, 11: 7, 13: 5, 17: 3, 19: 2.4, 23: 1.6, 25: 1.2, 29: 0.9, 31: 0.7, 35: 0.5, 37: 0.4 };
    const switching = { 3: 68, 5: 42, 7: 21, 9: 9, 11: 6, 13: 5, 15: 4, 17: 2, 19: 1.5, 21: 1 };
    const devices = [
        { address: 1, profile: 'D-70', sentence: 'Display and gateway with WEBVIEW-M.', name: 'Gateway', serial: 'MOCK0001', measures_voltage: false, loads: [] },
        { address: 2, profile: 'U-30', sentence: 'Voltage module with analysis.', name: 'Main voltage', serial: 'MOCK0002', measures_voltage: true, loads: [] },
        {
            address: 3, profile: 'I-35', sentence: 'Current module with analysis, 3 inputs.', name: 'Board A', serial: 'MOCK0003', measures_voltage: false,
            loads: [load(1, 'Compressed air', '3P+N-3CT', 63, { share: 0.72, lag: 31, spectrum: { 5: 3, 7: 2, 11: 0.8 } })],
        },
        {
            address: 4, profile: 'I-35', sentence: 'Current module with analysis, 3 inputs.', name: 'Board A', serial: 'MOCK0004', measures_voltage: false,
            loads: [load(1, 'Welding line', '3P+N-3CT', 160, { share: 0.55, lag: 18, spectrum: rectifier, swing: 0.5 })],
        },
        {
            address: 5, profile: 'I-45', sentence: 'Current module with analysis, 4 inputs.', name: 'Board B', serial: 'MOCK0005', measures_voltage: false,
            loads: [load(1, 'Server room', '3P+N-4CT', 100, { share: 0.61, lag: -4, spectrum: switching, balance: [1.1, 0.9, 0.97] })],
        },
        {
            address: 6, profile: 'I-35', sentence: 'Current module with analysis, 3 inputs.', name: 'Board B', serial: 'MOCK0006', measures_voltage: false,
            loads: [
                load(1, 'Lighting hall 1', '1P+N-1CT', 16, { share: 0.44, lag: 9, spectrum: { 3: 12, 5: 6 }, phase: 1 }),
                load(2, 'Lighting hall 2', '1P+N-1CT', 16, { share: 0.38, lag: 9, spectrum: { 3: 12, 5: 6 }, phase: 2 }),
                load(3, 'Sockets office', '1P+N-1CT', 20, { share: 0.21, lag: 14, spectrum: { 3: 30, 5: 14, 7: 8 }, phase: 3 }),
            ],
        },
        {
            address: 7, profile: 'I-35', sentence: 'Current module with analysis, 3 inputs.', name: 'Roof', serial: 'MOCK0007', measures_voltage: false,
            loads: [load(1, 'Photovoltaics', '3P+N-3CT', 80, { share: 0.35, lag: 178, spectrum: { 5: 1.2, 7: 0.9, 17: 0.5 } })],
        },
        {
            address: 8, profile: 'A-200', sentence: 'Panel meter.', name: 'Chiller', serial: 'MOCK0008', measures_voltage: false,
            loads: [load(1, 'Chiller', '3P-3CT', 250, { share: 0.66, lag: 35, spectrum: { 5: 6, 7: 4, 11: 2 } })],
        },
    ];
    const there = devices.reduce((n, d) => n + d.loads.length, 0);
    for (let i = there, address = 20; i < circuits; address++) {
        const loads = [];
        for (let n = 1; n <= 6 && i < circuits; n++, i++)
            loads.push(load(n, `Branch ${i + 1}`, '1P+N-1CT', 16, { share: 0.1 + ((i * 37) % 80) / 100, lag: (i * 13) % 40, spectrum: { 3: 10, 5: 5 }, phase: 1 + (i % 3) }));
        devices.push({ address, profile: 'BCM-1818', sentence: 'Branch circuits.', name: `Branch module ${address}`, serial: `MOCK00${address}`, measures_voltage: false, loads });
    }
    return devices;
}

/** Fundamental and harmonics of a channel: amplitude (RMS) and angle by order. */
function channel(rms, angle, percent, t, seed) {
    const h = new Float64Array(orders + 1);
    const a = new Float64Array(orders + 1);
    h[1] = rms;
    a[1] = angle;
    for (let k = 2; k <= orders; k++) {
        const p = (percent[k] ?? 0) * (1 + 0.06 * wander(seed + k, t)) + 0.02 / k + 0.004 * Math.abs(wander(seed * 3 + k, t * 7));
        h[k] = (rms * p) / 100;
        a[k] = k * angle + 37 * k;
    }
    return { h, a };
}

function rmsOf(c) {
    let sum = 0;
    for (let k = 1; k <= orders; k++) sum += c.h[k] ** 2;
    return Math.sqrt(sum);
}

function thd(c) {
    let sum = 0;
    for (let k = 2; k <= orders; k++) sum += c.h[k] ** 2;
    return (100 * Math.sqrt(sum)) / c.h[1];
}

function minus(x, y) {
    const h = new Float64Array(orders + 1);
    const a = new Float64Array(orders + 1);
    for (let k = 1; k <= orders; k++) {
        const re = x.h[k] * Math.cos(x.a[k] * deg) - y.h[k] * Math.cos(y.a[k] * deg);
        const im = x.h[k] * Math.sin(x.a[k] * deg) - y.h[k] * Math.sin(y.a[k] * deg);
        h[k] = Math.hypot(re, im);
        a[k] = Math.atan2(im, re) / deg;
    }
    return { h, a };
}

function sequence(list) {
    const out = [];
    for (const turn of [120, -120, 0]) {
        let re = 0;
        let im = 0;
        list.forEach((c, i) => {
            const angle = (c.a[1] + turn * i) * deg;
            re += (c.h[1] * Math.cos(angle)) / 3;
            im += (c.h[1] * Math.sin(angle)) / 3;
        });
        out.push(Math.hypot(re, im));
    }
    return out;
}

function samples(c, hz, rate, frames) {
    const out = new Array(frames);
    const used = [];
    for (let k = 1; k <= orders; k++) if (c.h[k] > 1e-4 * c.h[1]) used.push(k);
    for (let i = 0; i < frames; i++) {
        let v = 0;
        // Frame 0 is at the upward zero crossing of a cosine at -90 degrees: of V1.
        for (const k of used) v += Math.SQRT2 * c.h[k] * Math.cos(2 * Math.PI * k * hz * (i / rate) + (c.a[k] - 90 * k) * deg);
        out[i] = Number(v.toPrecision(5));
    }
    return out;
}

/** The network at time t (s): channels and values. dip: share of the nominal voltage that is left. */
export function networkAt(t, dip = 1) {
    const hz = 50 + 0.012 * wander(1, t);
    const percent = { 3: 0.6, 5: 2.4, 7: 1.5, 9: 0.2, 11: 0.9, 13: 0.7, 17: 0.35, 19: 0.3, 23: 0.2, 25: 0.18, 2: 0.05 };
    const v = [0, 1, 2].map((i) => channel((i === 0 ? dip : 1) * (230.6 + [0.4, -1.1, 0.8][i] + 0.9 * wander(i + 5, t)), -120 * i + 0.3 * wander(i, t) * (i > 0 ? 1 : 0), percent, t, i));
    const u = [minus(v[0], v[1]), minus(v[1], v[2]), minus(v[2], v[0])];
    const values = { F: hz };
    ['V1', 'V2', 'V3'].forEach((n, i) => {
        values[n] = rmsOf(v[i]);
        values[`THD_${n}`] = thd(v[i]);
        values[`THDR_${n}`] = (100 * thd(v[i])) / Math.hypot(100, thd(v[i]));
        values[`CF_${n}`] = 1.414 + 0.01 * wander(i, t);
    });
    ['U12', 'U23', 'U31'].forEach((n, i) => {
        values[n] = rmsOf(u[i]);
        values[`THD_${n}`] = thd(u[i]);
        values[`CF_${n}`] = 1.41;
    });
    values.VSYS = (values.V1 + values.V2 + values.V3) / 3;
    values.USYS = (values.U12 + values.U23 + values.U31) / 3;
    values.THD_VSYS = (values.THD_V1 + values.THD_V2 + values.THD_V3) / 3;
    values.THD_USYS = (values.THD_U12 + values.THD_U23 + values.THD_U31) / 3;
    [values.VDIR, values.VINV, values.VHOM] = sequence(v);
    [values.UDIR, values.UINV] = sequence(u);
    values.VNB = (100 * values.VINV) / values.VDIR;
    values.V0NB = (100 * values.VHOM) / values.VDIR;
    values.UNB = (100 * values.UINV) / values.UDIR;
    const off = (list, mean) => (100 * Math.max(...list.map((x) => Math.abs(x - mean)))) / mean;
    values.VNBA = off([values.V1, values.V2, values.V3], values.VSYS);
    values.UNBA = off([values.U12, values.U23, values.U31], values.USYS);
    return { hz, v, channels: { V1: v[0], V2: v[1], V3: v[2], U12: u[0], U23: u[1], U31: u[2] }, values };
}

/** A load at time t on that network. energy: its registers, which this adds to (Wh). */
export function loadAt(load, seed, t, net, energy, window_s) {
    const m = load.model;
    const which = m.phase ? [m.phase - 1] : [0, 1, 2];
    const swing = 1 + (m.swing ?? 0.08) * wander(seed * 2 + 3, t) * 0.6;
    // The network as the load sees it: a single-phase load calls its phase 1.
    const values = {};
    const channels = {};
    if (which.length === 3) {
        Object.assign(values, net.values);
        Object.assign(channels, net.channels);
    } else {
        values.F = net.values.F;
        values.VSYS = net.values[`V${m.phase}`];
        for (const q of ['V', 'THD_V', 'THDR_V', 'CF_V']) values[`${q}1`] = net.values[`${q}${m.phase}`];
        channels.V1 = net.channels[`V${m.phase}`];
    }
    const neutral = { h: new Float64Array(orders + 1), a: new Float64Array(orders + 1) };
    const currents = which.map((p, i) => {
        const rms = load.rated_current_a * m.share * swing * m.balance[i] * (1 + 0.01 * wander(seed + i * 3, t * 1.3));
        return channel(rms, net.v[p].a[1] - m.lag - 1.5 * wander(seed + i, t), m.spectrum, t, seed + i);
    });
    let p = 0;
    let q = 0;
    const sum = { 1: 0 };
    which.forEach((phase, i) => {
        const n = i + 1;
        const c = currents[i];
        const v = net.v[phase];
        const s = rmsOf(c) * rmsOf(v);
        let active = 0;
        for (let k = 1; k <= orders; k++) active += v.h[k] * c.h[k] * Math.cos((v.a[k] - c.a[k]) * deg);
        const phi = ((((v.a[1] - c.a[1] + 180) % 360) + 360) % 360) - 180;
        const reactive = Math.sign(Math.sin(phi * deg)) * Math.sqrt(Math.max(0, s * s - active * active));
        Object.assign(values, {
            [`I${n}`]: rmsOf(c), [`P${n}`]: active, [`Q${n}`]: reactive, [`S${n}`]: s, [`PF${n}`]: active / s,
            [`PHI${n}`]: phi, [`COSPHI${n}`]: Math.cos(phi * deg), [`TANPHI${n}`]: Math.tan(phi * deg),
            [`THD_I${n}`]: thd(c), [`TDD_I${n}`]: (thd(c) * c.h[1]) / load.rated_current_a, [`CF_I${n}`]: 1.41 + thd(c) / 90,
            [`K_I${n}`]: 1 + (thd(c) / 30) ** 2,
        });
        channels[`I${n}`] = c;
        p += active;
        q += reactive;
        sum[1] += rmsOf(c);
        for (let k = 1; k <= orders; k++) {
            const re = neutral.h[k] * Math.cos(neutral.a[k] * deg) + c.h[k] * Math.cos(c.a[k] * deg);
            const im = neutral.h[k] * Math.sin(neutral.a[k] * deg) + c.h[k] * Math.sin(c.a[k] * deg);
            neutral.h[k] = Math.hypot(re, im);
            neutral.a[k] = Math.atan2(im, re) / deg;
        }
    });
    const s = Math.hypot(p, q);
    const phi = Math.atan2(q, p) / deg;
    Object.assign(values, { P: p, Q: q, S: s, PF: p / s, PHI: phi, COSPHI: Math.cos(phi * deg), TANPHI: Math.tan(phi * deg), ISYS: sum[1] / which.length });
    if (load.type.includes('+N') && which.length === 3) {
        channels.IN = neutral;
        values.IN = rmsOf(neutral);
        values.THD_IN = thd(neutral);
        values.CF_IN = 1.9;
    }
    if (which.length === 3) {
        values.THD_ISYS = (values.THD_I1 + values.THD_I2 + values.THD_I3) / 3;
        [values.IDIR, values.IINV, values.IHOM] = sequence(currents);
        values.INB = (100 * values.IINV) / values.IDIR;
        values.I0NB = (100 * values.IHOM) / values.IDIR;
        values.INBA = (100 * Math.max(...[1, 2, 3].map((n) => Math.abs(values[`I${n}`] - values.ISYS)))) / values.ISYS;
    }
    const hours = window_s / 3600;
    energy[p >= 0 ? 'EA_POS' : 'EA_NEG'] += Math.abs(p) * hours;
    energy[q >= 0 ? 'ER_POS' : 'ER_NEG'] += Math.abs(q) * hours;
    energy.ES += s * hours;
    energy[p >= 0 ? (q >= 0 ? 'ER_POS_IND' : 'ER_NEG_CAP') : q >= 0 ? 'ER_POS_CAP' : 'ER_NEG_IND'] += Math.abs(q) * hours;
    Object.assign(values, energy);
    return { channels, values };
}

export const registers = ['EA_POS', 'EA_NEG', 'ER_POS', 'ER_NEG', 'ES', 'ER_POS_IND', 'ER_POS_CAP', 'ER_NEG_IND', 'ER_NEG_CAP'];

export function spectrumOf(c) {
    const rms = Array.from(c.h.slice(1), (x) => Number(x.toPrecision(6)));
    const angle = ((((c.a[1] + 180) % 360) + 360) % 360) - 180;
    return { highest: orders, angle_deg: Number(angle.toFixed(4)), dc: 0.01, rms, percent: rms.map((x) => Number(((100 * x) / rms[0]).toPrecision(6))) };
}

export function scopeOf(channels, hz, start) {
    const rate = 9600;
    const frames = 400;
    const lanes = {};
    for (const name of ['V1', 'V2', 'V3', 'I1', 'I2', 'I3', 'IN']) if (channels[name]) lanes[name] = samples(channels[name], hz, rate, frames);
    return { start, rate_hz: rate, frames, lanes };
}
