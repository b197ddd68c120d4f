// What the stand-in can be told to do: a dip now, a silent module, missing values, many circuits.

import { text, truth, until } from './browser.mjs';

export async function conditionCases(tap, browser, server) {
    let page = await browser.page();
    const { mock } = server;

    await tap.case('all is well at first', async () => {
        await page.goto(server.url);
        await until('verdict', async () => (await text(page, '.verdict-title')) === 'All is well');
        truth((await page.locator('.verdict').getAttribute('data-level')) === 'normal', 'not normal');
    });
    await tap.case('a dip is told at once, its values are marked, and it ends', async () => {
        mock.startDip(0.65);
        await until('verdict', async () => (await page.locator('.verdict').getAttribute('data-level')) === 'non-critical');
        await until('reasons', async () => (await text(page, '.verdict')).includes('Voltage dip on V1, still running'));
        await until('low voltage', async () => (await text(page, '.verdict')).includes('V1 is at 6'));
        await page.locator('.event.running').waitFor();
        truth((await text(page, '.event.running')).includes('65.0 %'), await text(page, '.event.running'));
        await until('mark', async () => (await page.locator('.tile-voltage .mark-flagged').count()) > 0);
        mock.endDip();
        await until('end', async () => (await page.locator('.event.running').count()) === 0);
        await until('well again', async () => (await text(page, '.verdict-title')) === 'All is well');
        truth(/Voltage dip V1, \d+ s ago/.test(await text(page, '.verdict-last')), await text(page, '.verdict-last'));
        truth((await page.locator('.event').count()) === 4, 'the event is there twice or not at all');
    });
    await tap.case('a module that falls silent greys out after two windows, the others do not', async () => {
        const row = page.locator('tr.circuit:has(a[href="#/circuit/4/1"])');
        truth((await row.locator('.num.stale').count()) === 0, 'grey already');
        mock.silent.add('4/1');
        await until('grey', async () => (await row.locator('.num:not(.stale)').count()) === 0, 3000);
        truth((await page.locator('tr.circuit:not(.is-stale)').count()) >= 7, 'others are grey');
        await until('said', async () => (await text(page, '.verdict')).includes('No fresh values from 1 of'));
        truth((await row.locator('.num').first().getAttribute('title'))?.includes('two windows'), 'no reason');
        mock.silent.delete('4/1');
        await until('fresh', async () => (await row.locator('.num.stale').count()) === 0);
    });
    await tap.case('what is not available is a dash with its reason', async () => {
        mock.missing.set('3/1', ['PF', 'THD_I1', 'THD_I2', 'THD_I3']);
        const cell = page.locator('tr.circuit:has(a[href="#/circuit/3/1"]) td[data-label="PF"]');
        await until('dash', async () => (await cell.textContent())?.startsWith('–'));
        truth((await cell.locator('.none').getAttribute('title'))?.startsWith('Not available'), 'no reason on hover');
        truth((await cell.locator('.sr').textContent())?.startsWith('Not available'), 'no reason for screen readers');
        mock.missing.clear();
    });
    await tap.case('held and clipped values carry their mark, also for screen readers', async () => {
        mock.marks.set('3/1', { I1: 8, F: 4, P1: 16 });
        await page.goto(`${server.url}#/circuit/3/1`);
        await page.locator('[data-quantity="I1"] .mark-clipped').waitFor();
        await page.locator('[data-quantity="P1"] .mark-gap').waitFor();
        truth((await text(page, '[data-quantity="I1"] .mark-clipped .sr')).startsWith('Clipped'), 'nothing to read');
        truth((await page.locator('[data-quantity="I2"] .mark').count()) === 0, 'I2 is marked');
        mock.marks.clear();
    });
    await tap.case('a single-phase load on L2 has one column, its own voltage and the colour of L2', async () => {
        await page.goto(`${server.url}#/circuit/6/2`);
        await page.locator('[data-quantity="V1"] .num').waitFor();
        const columns = await page.locator('[data-table="phases"] thead th:not(.unit)').allTextContents();
        truth(columns.join() === 'Quantity,L2', columns.join());
        truth((await page.locator('[data-table="phases"] .swatch.l2').count()) === 1, 'not the colour of L2');
        await page.locator('.bar.l2').waitFor();
        truth((await page.locator('[data-quantity="V2"], [data-quantity="U12"], #symmetry').count()) === 0, 'values of other phases');
        await page.goto(`${server.url}#/`);
        await page.locator('tr.circuit:has(a[href="#/circuit/6/2"]) .load-fill.l2').waitFor();
    });
    await tap.case('a meter that cannot be reached at first is said so, and found later', async () => {
        const other = await browser.page();
        await other.route('**/api/**', (route) => route.abort());
        await other.goto(server.url);
        await until('banner', async () => (await text(other, '.banner')).includes('cannot be reached'));
        await other.locator('.banner button').click();
        await until('banner again', async () => (await text(other, '.banner')).includes('cannot be reached'));
        await other.unroute('**/api/**');
        await until('values', async () => (await other.locator('tr.circuit .num').count()) > 0);
        await until('no banner', async () => (await other.locator('.banner').count()) === 0);
        await other.context().close();
    });
    await tap.case('no error on the console', async () => {
        truth(page.complaints.length === 0, page.complaints.join('\n'));
        await page.context().close();
    });
}

export async function crowdCases(tap, browser, server) {
    const page = await browser.page({ width: 1920, height: 1080 });
    await tap.case('two hundred circuits: live, found by name, sorted', async () => {
        await page.goto(server.url);
        await until('all rows', async () => (await page.locator('tr.circuit .c-percent .num').count()) === 200);
        await page.locator('#circuits input[type=search]').fill('branch 77');
        truth((await page.locator('tr.circuit').count()) === 1, 'it does not filter');
        await page.locator('#circuits input[type=search]').fill('');
        await page.locator('.sort', { hasText: 'Load' }).click();
        const percents = (await page.locator('tr.circuit .c-percent .num').allTextContents()).map(parseFloat);
        truth(percents.every((p, i) => i === 0 || p <= percents[i - 1] + 1), `not sorted: ${percents.slice(0, 10)}`);
        truth((await page.locator('th[aria-sort="descending"]').count()) === 1, 'not said to screen readers');
    });
    await tap.case('two hundred circuits are drawn once for all windows that come together', async () => {
        const cdp = await page.context().newCDPSession(page);
        await cdp.send('Performance.enable');
        const metrics = async () => Object.fromEntries((await cdp.send('Performance.getMetrics')).metrics.map((m) => [m.name, m.value]));
        const before = await metrics();
        await page.waitForTimeout(3000);
        const after = await metrics();
        const each = (name) => (after[name] - before[name]) / (after.Timestamp - before.Timestamp);
        const busy = each('ScriptDuration') + each('LayoutDuration') + each('RecalcStyleDuration');
        console.log(`# ${each('LayoutCount').toFixed(1)} layouts a second; script, style and layout take ${(100 * busy).toFixed(0)} %`);
        // 1000 windows a second, five times 200 at once; a layout each would be as many as frames.
        truth(each('LayoutCount') > 1 && each('LayoutCount') < 20, `${each('LayoutCount')} layouts a second`);
        truth(page.complaints.length === 0, page.complaints.join('\n'));
        await page.context().close();
    });
}
