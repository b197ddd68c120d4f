// The built page in dist/ is the one that the sources give: same files, same bytes. And it is small.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Tap } from './tap.mjs';

const run = promisify(execFile);
const www = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const dist = path.join(www, 'dist');
const most_gzip = 60 * 1024;

async function list(folder) {
    const all = await readdir(folder, { recursive: true, withFileTypes: true });
    return all.filter((e) => e.isFile()).map((e) => path.relative(folder, path.join(e.parentPath ?? e.path, e.name))).sort();
}

const tap = new Tap();
const fresh = await mkdtemp(path.join(tmpdir(), 'busbar-www-'));
try {
    await tap.case('the sources hold to their types', async () => {
        await run(process.execPath, [path.join(www, 'node_modules/typescript/bin/tsc'), '--noEmit'], { cwd: www }).catch((e) => {
            throw new Error(e.stdout || e.message);
        });
    });
    await tap.case('www/dist is what the sources build to (if not: cd www && npm run build)', async () => {
        await run(process.execPath, [path.join(www, 'build.mjs'), fresh]);
        const built = await list(fresh);
        const kept = await list(dist);
        if (built.join() !== kept.join()) throw new Error(`other files: built ${built.join(' ')}, kept ${kept.join(' ')}`);
        for (const name of built) {
            const [a, b] = await Promise.all([readFile(path.join(fresh, name)), readFile(path.join(dist, name))]);
            if (!a.equals(b)) throw new Error(`${name} differs`);
        }
    });
    await tap.case(`the first view is under ${most_gzip / 1024} KiB gzip`, async () => {
        let sum = 0;
        for (const name of await list(dist)) {
            const size = gzipSync(await readFile(path.join(dist, name)), { level: 9 }).length;
            const later = name.startsWith('assets/plot-') || name === 'third-party.txt';
            console.log(`# ${String(size).padStart(6)} ${name}${later ? ' (not at first)' : ''}`);
            if (!later) sum += size;
        }
        console.log(`# ${String(sum).padStart(6)} bytes gzip at first`);
        if (sum > most_gzip) throw new Error(`${sum} bytes`);
    });
    await tap.case('nothing in it names another host', async () => {
        for (const name of await list(dist)) {
            const text = await readFile(path.join(dist, name), 'utf8');
            if (name === 'third-party.txt') continue;
            const hosts = [...text.matchAll(/(?:https?:)?\/\/([\w.-]+\.[a-z]{2,})/g)].map((m) => m[1]).filter((h) => h !== 'www.w3.org');
            if (hosts.length) throw new Error(`${name}: ${hosts.join(' ')}`);
        }
    });
} finally {
    await rm(fresh, { recursive: true });
}
tap.end();
