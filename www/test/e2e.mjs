// The page in headless Chromium. BUSBAR_URL: a server that runs already; else BUSBAR: the program,
// whose demo is started and restarted; else the stand-in alone.

import { Tap } from './tap.mjs';
import { chromiumPath, openBrowser } from './e2e/browser.mjs';
import { conditionCases, crowdCases } from './e2e/conditions.mjs';
import { pageCases } from './e2e/page.mjs';
import { givenServer, mockServer, offers, programServer } from './e2e/server.mjs';

const tap = new Tap();
if (!chromiumPath) {
    tap.skip('the page in a browser', 'no chromium here');
    tap.end();
} else {
    const browser = await openBrowser();
    const servers = [];
    const serve = async (server) => {
        servers.push(server);
        await server.start();
        return server;
    };
    try {
        const { BUSBAR_URL: url, BUSBAR: program } = process.env;
        if (url) await pageCases(tap, browser, await serve(givenServer(url)));
        else if (program && (await offers(program, 'demo'))) await pageCases(tap, browser, await serve(await programServer(program)));
        else await pageCases(tap, browser, await serve(await mockServer()));
        await conditionCases(tap, browser, await serve(await mockServer()));
        await crowdCases(tap, browser, await serve(await mockServer({ circuits: 200 })));
    } catch (e) {
        await tap.case('the tests themselves', () => {
            throw e;
        });
    } finally {
        await browser.close();
        for (const server of servers) await server.end();
    }
    tap.end();
}
