// The page against whatever serves it: the cases hold for the program as for the stand-in.

import { axe, factor, number, painted, text, truth, until } from './browser.mjs';

const pages = ['#/', '#/network', '#/events', '#/vocabulary'];

async function api(server, path) {
    const answer = await fetch(`${server.url}api/v1/${path}`);
    truth(answer.ok, `${path}: ${answer.status}`);
    return answer.json();
}

/** The first circuit with three phases. */
async function threePhase(server) {
    const { devices } = await api(server, 'devices');
    for (const d of devices) for (const l of d.loads) if (l.phases === 3) return { device: d, load: l, at: `#/circuit/${d.address}/${l.n}` };
    throw new Error('no three-phase circuit');
}

const quiet = (page, server) => {
    truth(page.complaints.length === 0, page.complaints.join('\n'));
    const own = new URL(server.url).host;
    truth([...page.hosts].every((h) => h === own), `asked ${[...page.hosts].join(' ')}`);
};

async function fits(page) {
    const { wide, room } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, room: document.documentElement.clientWidth }));
    truth(wide <= room, `the page is ${wide} px wide in ${room} px`);
}

export async function pageCases(tap, browser, server) {
    const on = `(${server.kind})`;
    let page = await browser.page();
    const open = async (hash) => {
        await page.goto(server.url + hash);
    };

    await tap.case(`the shell comes at once, then live values ${on}`, async () => {
        await open('#/');
        truth((await page.locator('header.top').count()) === 1, 'no shell');
        await until('values', async () => number(await text(page, '.tile-power .big')) !== 0);
        await until('badge', async () => (await text(page, '.link-text')) === 'Live');
        truth(/\d\d:\d\d:\d\d \S+/.test(await text(page, '.link-time')), 'the time has no zone');
        const info = await api(server, 'info');
        truth((await text(page, '.brand-name')) === info.name, 'another name');
        await until('title', async () => (await page.title()).includes(info.name));
    });
    await tap.case(`values change by themselves ${on}`, async () => {
        const seen = new Set();
        await until('three different values', async () => seen.add(await text(page, '.tile-frequency .big')).size >= 3);
        await page.locator('.sparkline path').waitFor();
    });
    await tap.case(`the overview shows every circuit with load, power, factor and distortion ${on}`, async () => {
        const { devices } = await api(server, 'devices');
        const names = devices.flatMap((d) => d.loads.map((l) => l.name));
        const shown = await page.locator('tr.circuit .c-name a').allTextContents();
        truth(JSON.stringify(shown) === JSON.stringify(names), `${shown} instead of ${names}`);
        for (const label of ['Load', 'I max', 'P', 'PF', 'THD I'])
            truth((await page.locator(`tr.circuit td[data-label="${label}"]`).count()) === names.length, label);
        truth((await page.locator('tr.circuit .load').count()) === names.length, 'load bars');
    });
    await tap.case(`values on the page are those of the API ${on}`, async () => {
        const circuit = await threePhase(server);
        await open(circuit.at);
        await page.locator('[data-quantity="V1"] .num').waitFor();
        const near = async (name, within) => {
            // Values move: page and API are asked until they agree.
            await until(`${name} agrees`, async () => {
                const { values } = await api(server, `devices/${circuit.device.address}/loads/${circuit.load.n}/values`);
                const row = page.locator(`tr:has([data-quantity="${name}"])`);
                const unit = (await row.locator('td.unit').first().textContent()) ?? '';
                const shown = number(await text(page, `[data-quantity="${name}"]`)) * factor(unit);
                return Math.abs(shown - values[name].value) <= within * Math.abs(values[name].value);
            });
        };
        if (server.kind === 'stand-in') return;
        await near('I1', 0.02);
        await near('P', 0.02);
        await near('S', 0.02);
        await near('EA_POS', 0.001);
    });
    await tap.case(`a click on a circuit opens it, and its address can be kept ${on}`, async () => {
        const circuit = await threePhase(server);
        await open('#/');
        await page.locator(`tr.circuit:has(a[href="${circuit.at}"]) .c-load`).click();
        truth(page.url().endsWith(circuit.at), page.url());
        await until('its name', async () => (await text(page, 'h1')).startsWith(circuit.load.name));
        await page.reload();
        await until('its name again', async () => (await text(page, 'h1')).startsWith(circuit.load.name));
        await until('title', async () => (await page.title()).startsWith(circuit.load.name));
        for (const name of ['V1', 'V2', 'V3', 'U12', 'I1', 'I2', 'I3', 'P1', 'P', 'Q', 'S', 'PF', 'EA_POS'])
            await page.locator(`[data-quantity="${name}"] .num`).first().waitFor();
        await page.goBack();
        await page.locator('tr.circuit').first().waitFor();
    });
    await tap.case(`phasors: V1 at zero, V2 a third of a turn behind, currents there ${on}`, async () => {
        await open((await threePhase(server)).at);
        await page.locator('.phasor svg .arm').first().waitFor();
        const angle = (name) => page.locator(`[data-phasor="${name}"] [data-angle]`).getAttribute('data-angle').then(Number);
        truth((await angle('V1')) === 0, `V1 at ${await angle('V1')}`);
        truth(Math.abs((await angle('V2')) + 120) < 10, `V2 at ${await angle('V2')}`);
        truth(Math.abs((await angle('V3')) - 120) < 10, `V3 at ${await angle('V3')}`);
        for (const name of ['V1', 'V2', 'V3', 'I1', 'I2', 'I3']) {
            const box = await page.locator(`.arm[data-channel="${name}"] path`).boundingBox();
            truth(box && Math.max(box.width, box.height) > 8, `${name} is not drawn: ${JSON.stringify(box)}`);
        }
        // Counter-clockwise on the screen: V3 (+120) is above the centre, V2 below.
        const mid = await page.locator('.phasor svg .hub').boundingBox();
        const v3 = await page.locator('.arm[data-channel="V3"] text').boundingBox();
        const v2 = await page.locator('.arm[data-channel="V2"] text').boundingBox();
        truth(v3.y < mid.y && v2.y > mid.y, 'it turns the wrong way');
    });
    await tap.case(`harmonics: bars, EN 50160 limits, logarithmic scale, arrow keys, table ${on}`, async () => {
        const bars = () => page.locator('.bars .bar').evaluateAll((all) => all.map((b) => b.getAttribute('d').split('z').length - 1));
        const family = (f) => page.locator('#harmonics .choice button', { hasText: new RegExp(`^${f}$`) }).click();
        await family('V');
        const linear = await bars();
        truth(linear.length === 3 && linear.every((n) => n >= 4), `bars of V: ${linear}`);
        truth(((await page.locator('.bars .limit').getAttribute('d')) ?? '').split('M').length - 1 >= 22, 'limits are missing');
        const before = await page.locator('.bars .bar').first().getAttribute('d');
        await family('Log');
        truth((await page.locator('.bars .bar').first().getAttribute('d')) !== before, 'the logarithm changes nothing');
        truth((await page.locator('.bars .axis-text', { hasText: /^0\.01$/ }).count()) === 1, 'no decade of 0.01');
        await page.locator('#harmonics .plot').focus();
        for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
        truth((await text(page, '.readout-head')).startsWith('Order 5'), await text(page, '.readout-head'));
        truth((await text(page, '#harmonics [aria-live]')).startsWith('Order 5, V1'), 'not spoken');
        truth((await text(page, '.readout-head')).includes('EN 50160 6 %'), 'the limit of the fifth is 6 %');
        await page.keyboard.press('t');
        truth((await page.locator('.harmonics-table tbody tr').count()) === 63, 'the table has not 63 orders');
        truth((await text(page, '.harmonics-table tbody tr td')) === '100.00', 'the fundamental is 100 %');
        await page.locator('.harmonics-table').focus();
        await page.keyboard.press('t');
        await family('I');
        truth((await page.locator('.bars .limit').count()) === 0, 'currents have no limits');
        truth((await bars()).every((n) => n > 0), 'no bars of I');
        await family('Linear');
    });
    await tap.case(`scope: traces are drawn and move, freeze holds them, lanes go, the cursor reads ${on}`, async () => {
        await page.locator('#scope canvas').first().waitFor();
        const sums = new Set();
        await until('moving traces', async () => sums.add((await painted(page, '#scope canvas')).sum).size >= 3);
        const first = await painted(page, '#scope canvas');
        truth(first.count > 1500, `${first.count} pixels`);
        truth((await painted(page, '#scope .scope-box.bottom canvas')).count > 1000, 'no currents');
        await page.locator('.freeze').click();
        await page.waitForTimeout(200);
        const frozen = await painted(page, '#scope canvas');
        await page.waitForTimeout(900);
        truth((await painted(page, '#scope canvas')).sum === frozen.sum, 'it is not frozen');
        await page.locator('#scope [data-lane="V2"]').click();
        truth((await page.locator('#scope [data-lane="V2"]').getAttribute('aria-pressed')) === 'false', 'still pressed');
        const fewer = await until('a lane less', async () => {
            const p = await painted(page, '#scope canvas');
            return p.count < frozen.count && p;
        });
        truth(fewer.count > 500, 'all lanes are gone');
        await page.locator('#scope .scope').focus();
        await page.keyboard.press('ArrowRight');
        truth(/\d/.test(await text(page, '#scope [data-lane="V1"] .lane-value')), 'no reading of V1');
        truth(/\d/.test(await text(page, '#scope [data-lane="I1"] .lane-value')), 'no reading of I1');
        truth((await text(page, '.scope-time')).endsWith('ms'), 'no time');
        const lines = await page.locator('#scope .u-cursor-x').evaluateAll((all) => all.map((l) => l.getBoundingClientRect().x));
        truth(lines.length === 2 && Math.abs(lines[0] - lines[1]) < 1.5, `the cursors stand at ${lines}`);
        const at = await text(page, '.scope-time');
        for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
        truth((await text(page, '.scope-time')) !== at, 'the cursor stays');
        await page.keyboard.press('+');
        await until('zoom', async () => (await painted(page, '#scope canvas')).sum !== fewer.sum);
        await page.keyboard.press('0');
        await page.locator('#scope [data-lane="V2"]').click();
        await page.keyboard.press('f');
        await page.locator('#scope .scope').focus();
        truth((await page.locator('#scope .scope').getAttribute('data-frozen')) === 'no', 'F does not run it again');
        const box = await page.locator('#scope .u-over').first().boundingBox();
        await page.mouse.move(box.x + box.width * 0.3, box.y + 20);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width * 0.6, box.y + 30, { steps: 5 });
        await page.mouse.up();
        await page.mouse.dblclick(box.x + box.width * 0.5, box.y + 30);
    });
    await tap.case(`nothing moves when values change ${on}`, async () => {
        for (const hash of ['#/', (await threePhase(server)).at]) {
            await open(hash);
            await page.reload();
            await page.locator('.num').first().waitFor();
            await page.waitForTimeout(1200);
            const shift = await page.evaluate(
                () =>
                    new Promise((resolve) => {
                        let sum = 0;
                        new PerformanceObserver((list) => {
                            // A new event is a new row, and may come at any time.
                            const news = (s) => !s.node || (s.node.nodeType === 1 ? s.node : s.node.parentElement)?.closest('.events, .verdict');
                            for (const e of list.getEntries()) if (!e.sources.every(news)) sum += e.value;
                        }).observe({ type: 'layout-shift' });
                        setTimeout(() => resolve(sum), 2500);
                    }),
            );
            truth(shift < 0.002, `layout shift of ${shift} on ${hash}`);
        }
    });
    await tap.case(`theme and phase colours can be chosen and are kept ${on}`, async () => {
        await open('#/');
        const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const l1 = () => page.evaluate(() => document.documentElement.style.getPropertyValue('--l1'));
        const light = await ground();
        await page.locator('.settings-button').click();
        await page.getByLabel('Dark').check();
        truth((await ground()) !== light, 'the ground stays light');
        const iec = await l1();
        await page.getByLabel('US:').check();
        truth((await l1()) !== iec, 'L1 keeps its colour');
        await page.keyboard.press('Escape');
        truth(await page.locator('#settings-box').isHidden(), 'Escape does not close it');
        const dark = await ground();
        await page.reload();
        truth((await ground()) === dark, 'the theme is forgotten');
        await page.locator('.settings-button').click();
        await page.getByLabel('As the system').check();
        await page.getByLabel('IEC:').check();
        await page.keyboard.press('Escape');
        truth((await ground()) === light, 'not as the system');
    });
    await tap.case(`works by keyboard alone ${on}`, async () => {
        await open('#/');
        await page.reload();
        await page.locator('tr.circuit').first().waitFor();
        await page.keyboard.press('Tab');
        truth((await page.evaluate(() => document.activeElement.className)) === 'skip', 'the skip link is not first');
        await page.keyboard.press('Enter');
        truth((await page.evaluate(() => document.activeElement.id)) === 'main', 'it does not skip');
        truth(!page.url().endsWith('#main'), 'the address was lost');
        const reached = [];
        for (let i = 0; i < 40; i++) {
            await page.keyboard.press('Tab');
            const href = await page.evaluate(() => document.activeElement.getAttribute('href') ?? '');
            reached.push(href);
            if (href.startsWith('#/circuit/')) break;
        }
        truth(reached.at(-1)?.startsWith('#/circuit/'), `no circuit reached: ${reached}`);
        const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
        truth(outline !== 'none', 'the focus cannot be seen');
        await page.keyboard.press('Enter');
        await page.locator('#phasor').waitFor();
        truth((await page.evaluate(() => document.activeElement.id)) === 'main', 'the focus is not on the new page');
    });
    await tap.case(`the vocabulary explains each label ${on}`, async () => {
        await open((await threePhase(server)).at);
        await page.locator('a.word', { hasText: 'THD V' }).first().click();
        await page.locator('#q-THD_V1.wanted').waitFor();
        const { quantities } = await api(server, 'quantities');
        truth((await page.locator('.vocabulary tbody tr').count()) === quantities.length, 'lines are missing');
        await page.locator('input[type=search]').fill('crest');
        truth((await page.locator('.vocabulary tbody tr').count()) < 20, 'it does not filter');
    });
    await tap.case(`an address that leads nowhere says so ${on}`, async () => {
        await open('#/nowhere');
        truth((await text(page, 'h1')) === 'No such page', await text(page, 'h1'));
        await open('#/circuit/250/99');
        await until('said', async () => (await text(page, 'h1')).includes('no load 99'));
    });
    await tap.case(`no error on the console, no request to another host ${on}`, async () => quiet(page, server));
    await page.context().close();

    for (const [theme, width, height] of [
        ['light', 1280, 800],
        ['dark', 1920, 1080],
        ['light', 360, 740],
        ['dark', 360, 740],
    ])
        await tap.case(`${width} px, ${theme}: fits, no serious axe violation on any page ${on}`, async () => {
            page = await browser.page({ width, height, theme });
            const found = [];
            for (const hash of [...pages, (await threePhase(server)).at]) {
                await open(hash);
                await page.locator('main .num, main .vocabulary td, main .events, main .none-here').first().waitFor();
                if (hash.startsWith('#/circuit')) await page.locator('#scope canvas').first().waitFor();
                await page.waitForTimeout(300);
                await fits(page);
                found.push(...(await axe(page)).map((v) => `${hash} ${v}`));
            }
            truth(found.length === 0, found.join('\n'));
            quiet(page, server);
            await page.context().close();
        });

    if (server.kind === 'given') return;
    await tap.case(`says when the connection is lost, greys out, comes back by itself ${on}`, async () => {
        page = await browser.page();
        await open('#/');
        await page.locator('tr.circuit .num').first().waitFor();
        await server.stop();
        await page.locator('.banner').waitFor();
        truth((await text(page, '.banner')).includes('Connection to the meter lost'), await text(page, '.banner'));
        truth((await text(page, '.link-text')) === 'Connection lost', 'the badge');
        truth((await text(page, '.verdict-title')) === 'Connection lost', 'the verdict');
        await until('grey values', async () => (await page.locator('tr.circuit .num:not(.stale)').count()) === 0);
        await page.waitForTimeout(2500);
        const found = await axe(page);
        truth(found.length === 0, found.join('\n'));
        await server.start();
        await until('no banner', async () => (await page.locator('.banner').count()) === 0, 15000);
        const seen = new Set();
        await until('values again', async () => seen.add(await text(page, '.tile-frequency .big')).size >= 2);
        await until('none is grey', async () => (await page.locator('tr.circuit .num.stale').count()) === 0);
        // The browser itself writes a line for every refused connection; nothing else may be there.
        const other = page.complaints.filter((c) => !/ERR_CONNECTION|ERR_EMPTY|WebSocket connection|net::ERR_/.test(c));
        truth(other.length === 0, other.join('\n'));
        await page.context().close();
    });
}
