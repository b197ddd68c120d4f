// The quantities as the program lists them, read from the file that it is built from.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const folder = new URL('../../src/quantity/', import.meta.url);

export async function vocabulary() {
    const units = new Map();
    for (const [, name, symbol] of (await readFile(fileURLToPath(new URL('units.def', folder)), 'utf8')).matchAll(/^U\((\w+), "([^"]*)"\)/gm)) units.set(name, symbol);
    const line = /^Q\(\d+, (\w+), (\w+), (\w+), (\w+), (\d+), "([^"]*)"\)/gm;
    const all = [];
    for (const [, name, unit, scope, kind, digits, sentence] of (await readFile(fileURLToPath(new URL('quantities.def', folder)), 'utf8')).matchAll(line))
        all.push({ name, sentence, unit: units.get(unit), scope: scope.toLowerCase(), kind: kind.toLowerCase(), digits: Number(digits) });
    return all;
}
