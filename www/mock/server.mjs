// A stand-in for the program while the page is developed and for what its tests cannot ask of the
// real one: a dip now, a module that falls silent, values that are missing, two hundred circuits. It speaks the
// same API (docs/api.md) with invented values. No dependencies.
//
//   node mock/server.mjs [--port 8090] [--circuits 40]

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inventory, loadAt, networkAt, registers, scopeOf, spectrumOf } from './signal.mjs';
import { vocabulary } from './vocabulary.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.txt': 'text/plain' };
// Stricter than what the program sends: the page must need no inline style either.
const policy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";
const bits = { flagged: 2, held: 4, clipped: 8, gap: 16, simulated: 32, short: 64 };

function frame(text, opcode = 1) {
    const body = Buffer.from(text);
    const head = body.length < 126 ? Buffer.from([0x80 | opcode, body.length]) : body.length < 65536 ? Buffer.from([0x80 | opcode, 126, body.length >> 8, body.length & 255]) : Buffer.alloc(10);
    if (body.length >= 65536) {
        head[0] = 0x80 | opcode;
        head[1] = 127;
        head.writeBigUInt64BE(BigInt(body.length), 2);
    }
    return Buffer.concat([head, body]);
}

/** Calls onText for every text message; frames from a browser are masked and short. */
function reader(socket, onText) {
    let kept = Buffer.alloc(0);
    socket.on('data', (chunk) => {
        kept = Buffer.concat([kept, chunk]);
        for (;;) {
            if (kept.length < 2) return;
            let length = kept[1] & 127;
            let at = 2;
            if (length === 126) {
                if (kept.length < 4) return;
                length = kept.readUInt16BE(2);
                at = 4;
            } else if (length === 127) return void socket.destroy();
            if (kept.length < at + 4 + length) return;
            const mask = kept.subarray(at, at + 4);
            const body = Buffer.from(kept.subarray(at + 4, at + 4 + length));
            for (let i = 0; i < length; i++) body[i] ^= mask[i & 3];
            const opcode = kept[0] & 15;
            kept = kept.subarray(at + 4 + length);
            if (opcode === 8) return void socket.end();
            if (opcode === 1) onText(body.toString());
        }
    });
}

/** Starts a stand-in; the object that comes back lets a test do things to it. */
export async function startMock({ port = 0, circuits = 0, dist = path.join(here, '../dist'), events = true } = {}) {
    const devices = inventory(circuits);
    const voltage = devices.find((d) => d.measures_voltage);
    const clients = new Set();
    const seconds0 = Date.now() / 1000;
    const energy = new Map();
    const latest = new Map();
    const list = [];
    let sequence = 1000;
    let dip = 1;
    let running;
    const silent = new Set(); // keys of points that send nothing
    const missing = new Map(); // key -> names that are not there
    const marks = new Map(); // key -> { name: bits }
    const points = [{ key: `${voltage.address}/0`, device: voltage.address }];
    for (const d of devices) for (const l of d.loads) points.push({ key: `${d.address}/${l.n}`, device: d.address, load: l.n, of: l });
    points.forEach((p, i) => {
        p.seed = i;
        energy.set(p.key, Object.fromEntries(registers.map((r, k) => [r, p.load ? 1e5 * (i + 1) * (k === 0 || k === 4 ? 34.7 : k === 1 ? 0 : 3.1) : 0])));
    });
    if (events) {
        const ago = (s) => new Date(Date.now() - s * 1000).toISOString();
        list.push(
            { id: 3, kind: 'dip', device: voltage.address, start: ago(4210.4), end: ago(4210.28), ongoing: false, duration_s: 0.12, reference: 230, unit: 'V', channels: [{ name: 'V1', extreme: 149.8, percent: 65.1 }] },
            { id: 2, kind: 'overcurrent', device: 4, load: 1, start: ago(9000), end: ago(8997.4), ongoing: false, duration_s: 2.6, reference: 160, unit: 'A', channels: [{ name: 'I2', extreme: 231.2, percent: 144.5 }] },
            { id: 1, kind: 'swell', device: voltage.address, start: ago(86400), end: ago(86399.7), ongoing: false, duration_s: 0.31, reference: 230, unit: 'V', channels: [{ name: 'V3', extreme: 257, percent: 111.7 }] },
        );
    }

    function window(p, t, end) {
        const net = networkAt(t, dip);
        const own = p.load ? loadAt(p.of, p.seed + 1, t, net, energy.get(p.key), 0.2) : net;
        const flags = dip < 0.9 ? ['flagged', 'simulated'] : ['simulated'];
        const q = 1 | flags.reduce((a, f) => a | bits[f], 0);
        const gone = missing.get(p.key) ?? [];
        const values = {};
        for (const [name, v] of Object.entries(own.values)) if (!gone.includes(name)) values[name] = [Number(v.toPrecision(name.startsWith('E') ? 15 : 7)), (name.startsWith('E') ? 1 : q) | (marks.get(p.key)?.[name] ?? 0)];
        return { device: p.device, ...(p.load ? { load: p.load } : {}), sequence, end, flags, values, detail: { channels: own.channels, hz: net.hz } };
    }

    function tell(client, p, w) {
        const s = client.wanted.get(p.key);
        if (!s || !w) return;
        const { detail, ...message } = w;
        if (s.harmonics) message.harmonics = Object.fromEntries(Object.entries(detail.channels).map(([n, c]) => [n, spectrumOf(c)]));
        if (s.scope) message.scope = scopeOf(detail.channels, detail.hz, w.end);
        client.socket.write(frame(JSON.stringify(message)));
    }

    const ticker = setInterval(() => {
        sequence++;
        const now = Date.now();
        for (const p of points) {
            if (silent.has(p.key)) continue;
            const w = window(p, now / 1000 - seconds0, new Date(now).toISOString());
            latest.set(p.key, w);
            for (const c of clients) tell(c, p, w);
        }
    }, 200);

    const fail = (response, status, code, message) => answer(response, { error: { code, message } }, status);
    function answer(response, body, status = 200) {
        response.writeHead(status, { 'content-type': 'application/json', 'content-security-policy': policy });
        response.end(JSON.stringify(body));
    }
    const bare = (d) => ({ ...d, loads: d.loads.map(({ model, ...l }) => l) });

    async function api(url, response) {
        const at = url.pathname.split('/').slice(3);
        if (at[0] === 'info')
            return answer(response, {
                program: 'busbar', version: '0.0.0-mock', name: 'Workshop hall 3', now: new Date().toISOString(), simulated: true,
                network: { type: '3P+N', phases: 3, neutral: true, nominal_voltage_v: 230, nominal_frequency_hz: 50, dip_percent: 90, swell_percent: 110, interruption_percent: 10, hysteresis_percent: 2, overcurrent_percent: 120 },
                device_count: devices.length, load_count: points.length - 1, live: '/live',
            });
        if (at[0] === 'devices' && at.length === 1) return answer(response, { devices: devices.map(bare) });
        if (at[0] === 'quantities') return answer(response, { quantities: await vocabulary() });
        if (at[0] === 'events') return answer(response, { events: list });
        return fail(response, 404, 'not_found', `There is nothing at ${url.pathname}.`);
    }

    const server = createServer(async (request, response) => {
        const url = new URL(request.url, 'http://mock');
        if (url.pathname.startsWith('/api/v1/')) return api(url, response);
        const name = url.pathname === '/' ? 'index.html' : url.pathname.slice(1);
        const file = path.join(dist, path.normalize(name));
        try {
            if (!file.startsWith(dist)) throw new Error('outside');
            const bytes = await readFile(file);
            response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream', 'content-security-policy': policy });
            response.end(bytes);
        } catch {
            fail(response, 404, 'not_found', `There is nothing at ${url.pathname}.`);
        }
    });
    const sockets = new Set();
    server.on('connection', (s) => {
        sockets.add(s);
        s.on('close', () => sockets.delete(s));
    });
    server.on('upgrade', (request, socket) => {
        const key = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
        socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
        const client = { socket, wanted: new Map(points.map((p) => [p.key, {}])) };
        clients.add(client);
        socket.on('close', () => clients.delete(client));
        socket.on('error', () => socket.destroy());
        reader(socket, (text) => {
            const { subscribe } = JSON.parse(text);
            client.wanted = new Map(subscribe === 'all' ? points.map((p) => [p.key, {}]) : subscribe.map((s) => [`${s.device}/${s.load ?? 0}`, s]));
            for (const p of points) tell(client, p, latest.get(p.key));
        });
    });
    await new Promise((resolve, reject) => {
        server.on('error', reject);
        server.listen(port, '127.0.0.1', resolve);
    });

    const push = (event) => {
        for (const c of clients) c.socket.write(frame(JSON.stringify({ event })));
    };
    return {
        port: server.address().port,
        url: `http://127.0.0.1:${server.address().port}/`,
        silent,
        missing,
        marks,
        startDip(left = 0.65) {
            dip = left;
            running = { id: list.length + 1, kind: 'dip', device: voltage.address, start: new Date().toISOString(), ongoing: true, reference: 230, unit: 'V', channels: [{ name: 'V1', extreme: 230 * left, percent: 100 * left }] };
            list.unshift(running);
            push(running);
        },
        endDip() {
            dip = 1;
            Object.assign(running, { ongoing: false, end: new Date().toISOString(), duration_s: (Date.now() - Date.parse(running.start)) / 1000 });
            push(running);
        },
        /** Stops answering at once, as a killed program does. */
        async stop() {
            clearInterval(ticker);
            for (const s of sockets) s.destroy();
            await new Promise((resolve) => server.close(resolve));
        },
    };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const option = (name, other) => {
        const at = process.argv.indexOf(`--${name}`);
        return at < 0 ? other : Number(process.argv[at + 1]);
    };
    const mock = await startMock({ port: option('port', 8090), circuits: option('circuits', 0) });
    console.log(mock.url);
    if (option('dip', 0)) setInterval(() => (mock.startDip(), setTimeout(() => mock.endDip(), 3000)), 10000);
}
