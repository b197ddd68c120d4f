// Builds the page: src/ and static/ into dist/ (or into the folder named as the argument).
// The same sources and the lock file give the same bytes; test/current.mjs relies on it.
import { build } from 'esbuild';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(here, 'dist'));

await mkdir(out, { recursive: true });
for (const name of await readdir(out)) await rm(path.join(out, name), { recursive: true });
await cp(path.join(here, 'static'), out, { recursive: true });

// Everything under assets/ carries a hash of its bytes in its name and may be cached for ever.
const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: { app: 'src/main.tsx' },
    outdir: path.join(out, 'assets'),
    bundle: true,
    splitting: true, // what only one page needs (the scope's plotter) is loaded when that page opens
    format: 'esm',
    target: ['es2022', 'chrome100', 'firefox100', 'safari15.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    minify: true,
    legalComments: 'none', // third-party.txt
    charset: 'utf8',
    logLevel: 'warning',
    metafile: true,
});

// The licences of what is bundled ask to be passed on with it.
const notices = [];
for (const name of ['preact', 'uplot']) {
    const of = path.join(here, 'node_modules', name);
    const { version } = JSON.parse(await readFile(path.join(of, 'package.json'), 'utf8'));
    notices.push(`${name} ${version}\n\n${(await readFile(path.join(of, 'LICENSE'), 'utf8')).trim()}\n`);
}
await writeFile(path.join(out, 'third-party.txt'), notices.join('\n\n'));

const entry = Object.entries(metafile.outputs).find(([, o]) => o.entryPoint === 'src/main.tsx');
const script = path.basename(entry[0]);
const style = path.basename(entry[1].cssBundle);
const index = path.join(out, 'index.html');
const html = await readFile(index, 'utf8');
await writeFile(index, html.replace('{{script}}', script).replace('{{style}}', style));
