// Runs test/unit/*.test.ts: each exports functions, every one a case whose name is the function's.
// They are bundled first, as the page is, and run in Node.

import { build } from 'esbuild';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Tap } from './tap.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
process.chdir(path.join(here, '..')); // tests read the style sheets
const folder = path.join(here, 'unit');
const files = (await readdir(folder)).filter((f) => f.endsWith('.test.ts')).sort();
const out = await mkdtemp(path.join(tmpdir(), 'busbar-www-unit-'));
const tap = new Tap();
try {
    await build({
        entryPoints: files.map((f) => path.join(folder, f)),
        outdir: out,
        bundle: true,
        platform: 'node',
        format: 'esm',
        outExtension: { '.js': '.mjs' },
        jsx: 'automatic',
        jsxImportSource: 'preact',
        logLevel: 'warning',
    });
    for (const file of files) {
        const cases = await import(pathToFileURL(path.join(out, file.replace(/\.ts$/, '.mjs'))));
        const subject = file.replace('.test.ts', '');
        for (const [name, run] of Object.entries(cases)) await tap.case(`${subject}: ${name.replaceAll('_', ' ')}`, run);
    }
} finally {
    await rm(out, { recursive: true });
}
tap.end();
