// What serves the page in the browser tests: the program itself, or the stand-in.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startMock } from '../../mock/server.mjs';

export async function freePort() {
    const server = createServer();
    await new Promise((resolve, reject) => server.on('error', reject).listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return port;
}

async function healthy(url, ms, alive) {
    const end = Date.now() + ms;
    while (Date.now() < end && alive()) {
        const answer = await fetch(`${url}healthz`, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
        if (answer?.ok) return;
        await new Promise((r) => setTimeout(r, 100));
    }
    throw new Error(alive() ? 'the program does not become healthy' : 'the program has ended');
}

/** Does this program know the word? */
export async function offers(program, word) {
    const help = await new Promise((resolve) => {
        const child = spawn(program, ['--help']);
        let text = '';
        child.stdout.on('data', (d) => (text += d));
        child.stderr.on('data', (d) => (text += d));
        child.on('error', () => resolve(''));
        child.on('close', () => resolve(text));
    });
    return new RegExp(`\\b${word}\\b`).test(help);
}

/** `busbar demo` on ports and data of its own; can be stopped and started again in the same place. */
export async function programServer(program) {
    const port = await freePort();
    const modbus = await freePort();
    const data = await mkdtemp(path.join(tmpdir(), 'busbar-e2e-'));
    const url = `http://127.0.0.1:${port}/`;
    let child;
    let ended = true;
    let output = '';
    return {
        kind: 'program',
        url,
        async start() {
            ended = false;
            child = spawn(program, ['demo', '--http-port', port, '--modbus-port', modbus, '--data', data].map(String));
            for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => (output = (output + d).slice(-4000)));
            child.on('close', () => (ended = true));
            await healthy(url, 15000, () => !ended).catch((e) => {
                throw new Error(`${e.message}\n${output}`);
            });
        },
        async stop() {
            if (ended) return;
            const gone = new Promise((resolve) => child.on('close', resolve));
            child.kill('SIGTERM');
            const hard = setTimeout(() => child.kill('SIGKILL'), 5000);
            await gone;
            clearTimeout(hard);
        },
        async end() {
            await this.stop();
            await rm(data, { recursive: true, force: true });
        },
    };
}

/** The stand-in, with the same handles. */
export async function mockServer(options = {}) {
    const port = await freePort();
    let mock;
    return {
        kind: 'stand-in',
        url: `http://127.0.0.1:${port}/`,
        get mock() {
            return mock;
        },
        async start() {
            mock = await startMock({ port, ...options });
        },
        async stop() {
            await mock?.stop();
            mock = undefined;
        },
        async end() {
            await this.stop();
        },
    };
}

/** Something that runs already and must not be stopped. */
export function givenServer(url) {
    return { kind: 'given', url: url.endsWith('/') ? url : `${url}/`, async start() {}, async stop() {}, async end() {} };
}
