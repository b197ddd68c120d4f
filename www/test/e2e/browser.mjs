// A headless Chromium with an eye on everything that it complains about or asks for.

import { chromium } from 'playwright-core';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const chromiumPath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find((p) => p && existsSync(p));

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export async function openBrowser() {
    const profile = await mkdtemp(path.join(tmpdir(), 'busbar-chromium-'));
    const browser = await chromium.launch({
        executablePath: chromiumPath,
        args: [
            '--headless',
            '--no-sandbox',
            '--disable-gpu',
            '--disable-quic',
            '--no-first-run',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
        ],
        env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
    });
    return {
        /** A page with a fresh profile; its complaints are in page.complaints. */
        async page({ width = 1280, height = 800, theme = 'light' } = {}) {
            const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, timezoneId: 'Europe/Paris' });
            const page = await context.newPage();
            page.setDefaultTimeout(8000);
            page.complaints = [];
            page.hosts = new Set();
            page.on('console', (m) => {
                const own = m.text().includes('willReadFrequently'); // these tests read canvases back
                if (['error', 'warning'].includes(m.type()) && !own) page.complaints.push(`${m.type()}: ${m.text()}`);
            });
            page.on('pageerror', (e) => page.complaints.push(`thrown: ${e.stack ?? e}`));
            page.on('request', (r) => page.hosts.add(new URL(r.url()).host));
            return page;
        },
        async close() {
            await browser.close();
            await rm(profile, { recursive: true, force: true });
        },
    };
}

/** Violations of WCAG 2.2 AA that axe finds, serious ones and worse. */
export async function axe(page) {
    await page.evaluate(await readFile(axePath, 'utf8'));
    const result = await page.evaluate(() =>
        globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
    );
    return result.violations
        .filter((v) => ['serious', 'critical'].includes(v.impact))
        .map((v) => `${v.id}: ${v.help} (${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.failureSummary?.split('\n').slice(1, 2)}`).join('; ')})`);
}

export function truth(condition, what) {
    if (!condition) throw new Error(what);
}

/** Waits until `ask` gives something true; its last answer is in the error. */
export async function until(what, ask, ms = 8000) {
    const end = Date.now() + ms;
    let last;
    for (;;) {
        try {
            last = await ask();
            if (last) return last;
        } catch (e) {
            last = e;
        }
        if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms; last: ${String(last)}`);
        await new Promise((r) => setTimeout(r, 60));
    }
}

/** Text of the first element; spaces as one. */
export const text = async (page, selector) => ((await page.locator(selector).first().textContent()) ?? '').replace(/\s+/g, ' ').trim();

/** The number in a text of the page. */
export function number(shown) {
    const n = Number(shown.replace(/[\u202f\s]/g, '').replace('\u2212', '-').match(/-?[\d.]+/)?.[0]);
    truth(Number.isFinite(n), `no number in "${shown}"`);
    return n;
}

const prefixes = { m: 1e-3, k: 1e3, M: 1e6, G: 1e9 };

/** What a unit with prefix stands for: kW -> 1000. */
export const factor = (unit) => (unit.length > 1 && prefixes[unit[0]] && !/^(m?$|°|%)/.test(unit) ? prefixes[unit[0]] : 1);

/** How many pixels of a canvas are painted, and a checksum of all. */
export const painted = (page, selector) =>
    page.locator(selector).first().evaluate((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        let sum = 0;
        for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] > 40) count++;
            sum = (sum * 31 + data[i] + 7 * data[i + 1] + 13 * data[i + 2] + data[i + 3]) >>> 0;
        }
        return { count, sum };
    });
