// The web page in a real browser, while real packets tell the story: North Korea gains a second upstream, loses it, and a
// vantage point goes blind. Contents, keyboard, what-if, live updates, accessibility, budget. Nothing leaves this machine.
//
// ISTHMUS_SCREENSHOTS=FOLDER keeps pictures: light, dark and narrow. Needs root. Exit 77: cannot run here.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {Monitor, packageOfPage, skipReason, sourceOf, until} from './monitor.mjs';

const reason = skipReason();
if (reason) {
  console.log(`skipped: ${reason}`);
  process.exit(77);
}
const {chromium} = createRequire(import.meta.url)(packageOfPage('playwright-core'));

const HOSTILE = `<b>"x"&'</b>`;
const BUDGET_BYTES = 200_000;
const BUDGET_MS = 1000;
const PATIENCE = {timeout: 30_000};
const UNICOM = /^AS4837 CHINA UNICOM/;
const TRANSTELECOM = /^AS20485 Joint Stock Company TransTeleCom/;

const monitor = new Monitor();
let browser;
let page;
const requests = [];
const complaints = [];

/** A tab that records what it asks for and complains of. */
async function tab(options = {}) {
  const context = await browser.newContext({viewport: {width: 1200, height: 900}, colorScheme: 'light', ...options});
  const opened = await context.newPage();
  opened.on('request', (request) => requests.push(request.url()));
  opened.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`${message.text()} ${message.location().url}`);
  });
  opened.on('pageerror', (error) => complaints.push(error.message));
  return opened;
}

async function picture(name, {width = 1200, height = 900, colorScheme = 'light', fullPage = true} = {}) {
  if (!process.env.ISTHMUS_SCREENSHOTS) return;
  await page.setViewportSize({width, height});
  await page.emulateMedia({colorScheme});
  await page.waitForFunction(() => [...document.querySelectorAll('.map, .chart')].every((part) =>
    Math.abs(part.querySelector('svg').clientWidth - part.clientWidth) < 2));
  await page.screenshot({path: join(process.env.ISTHMUS_SCREENSHOTS, `${name}.png`), fullPage});
  await page.setViewportSize({width: 1200, height: 900});
  await page.emulateMedia({colorScheme: 'light'});
}

const notices = () => page.getByRole('list', {name: /^State of everything/});
const upstreams = () => page.getByRole('list', {name: /^Upstreams: choose one/});
const blocks = () => page.getByRole('region', {name: 'Blocks of north-korea'});

before(async () => {
  await monitor.start();
  browser = await chromium.launch({
    executablePath: process.env.ISTHMUS_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage', '--disable-background-networking',
           '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1']});
}, {timeout: 120_000});

after(async () => {
  await browser?.close();
  await monitor.stop();
});

/** Runs in the page: when the map was first painted, in milliseconds since somebody asked for the page. */
function noteFirstView() {
  new MutationObserver((_, observer) => {
    if (!document.querySelector('.map .box')) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => {
      globalThis.firstView = performance.now();
    }));
  }).observe(document, {childList: true, subtree: true});
}

test('the first view is small and quick', async (t) => {
  const best = {bytes: Infinity, ms: Infinity};
  // The best of three: what is measured is the page, not what else the machine does meanwhile.
  for (let round = 0; round < 3; ++round) {
    const cold = await tab();
    const wire = await cold.context().newCDPSession(cold);
    let bytes = 0;
    await wire.send('Network.enable');
    wire.on('Network.loadingFinished', (loaded) => {
      bytes += loaded.encodedDataLength;
    });
    await cold.addInitScript(noteFirstView);
    await cold.goto(monitor.url);
    await cold.waitForFunction(() => globalThis.firstView);
    const ms = await cold.evaluate(() => globalThis.firstView);
    await cold.getByRole('list', {name: 'Upstreams of north-korea'}).waitFor();
    best.bytes = Math.min(best.bytes, bytes);
    best.ms = Math.min(best.ms, ms);
    await cold.context().close();
  }
  t.diagnostic(`first view: ${best.bytes} bytes, map after ${Math.round(best.ms)} ms`);
  assert.ok(best.bytes > 10_000, 'nothing was counted');
  assert.ok(best.bytes <= BUDGET_BYTES, `${best.bytes} bytes`);
  assert.ok(best.ms <= BUDGET_MS, `${best.ms} ms`);
});

test('the map tells who carries what', async () => {
  page = await tab();
  await page.goto(monitor.url);
  await upstreams().getByRole('button', {name: UNICOM}).waitFor();
  assert.equal(await notices().getByText('north-korea hangs on one upstream').count(), 1);
  const said = await page.locator('main').ariaSnapshot();
  for (const part of ['- list "Vantage points":', 'germany AS680', '- button "AS4837 CHINA UNICOM China169 Backbone 100 % of what is seen"',
                      '- region "Blocks of north-korea":', '175.45.176.0/24 up, one upstream', '- heading "Shares and events over time"',
                      'img "Shares of north-korea over time, live.']) {
    assert.ok(said.includes(part), `${part} is not in the accessibility tree:\n${said}`);
  }
  await page.getByText('The map as a table').click();
  assert.match(await page.getByRole('table').first().innerText(), /north-korea\s+up\s+AS4837 CHINA UNICOM China169 Backbone\s+up\s+100 % \(\d+ % to 100 %\)/);
});

test('what-if works by a click and by the keyboard', async () => {
  const unicom = upstreams().getByRole('button', {name: UNICOM});
  await unicom.click();
  await page.getByRole('heading', {name: /^What if AS4837 CHINA UNICOM .* failed\?$/}).waitFor(PATIENCE);
  await page.getByText('north-korea would go dark: all of its 4 blocks.').waitFor(PATIENCE);
  assert.equal(await blocks().getByText('would go dark').count(), 4);
  assert.equal(await unicom.getAttribute('aria-pressed'), 'true');
  await page.getByRole('button', {name: 'Bring everything back'}).click();
  await page.getByText('Choose an upstream').waitFor();

  await page.reload();
  await unicom.waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  for (let i = 0; i < 8 && !(await unicom.evaluate((button) => button === document.activeElement)); ++i) await page.keyboard.press('Tab');
  const outline = await unicom.evaluate((button) => getComputedStyle(button).outlineStyle);
  assert.equal(outline, 'solid', 'the focus cannot be seen');
  await page.keyboard.press('Enter');
  await page.getByText('north-korea would go dark').waitFor(PATIENCE);
  await page.keyboard.press('Space');
  await page.getByText('Choose an upstream').waitFor(PATIENCE);
});

test('a second upstream shows by itself, and its loss before any outage', async () => {
  monitor.event('ttk-up');
  await upstreams().getByRole('button', {name: TRANSTELECOM}).waitFor(PATIENCE);
  await page.locator('#news').getByText(/AS20485 now carries/).waitFor({...PATIENCE, state: 'attached'});
  await blocks().getByText('175.45.178.0/24').waitFor();
  // Held beyond doubt before it is taken away again: two upstreams at once, for a few rounds.
  await until(async () => {
    const overview = await (await fetch(`${monitor.url}/api/v1/overview`)).json();
    return overview.targets.every((target) => target.redundancy === 'held');
  }, PATIENCE.timeout / 1000, 'redundancy beyond doubt');
  await upstreams().getByRole('button', {name: UNICOM}).click();
  await page.getByText(/^1 of 4 blocks of north-korea would go dark \(175\.45\.177\.0\/24\)\.$/).waitFor(PATIENCE);
  await page.getByText(/^3 blocks of north-korea would lose redundancy/).waitFor(PATIENCE);
  await picture('what-if', {width: 980, height: 760, fullPage: false});
  await page.getByRole('button', {name: 'Bring everything back'}).click();
  monitor.event('ttk-down');
  await notices().getByText('north-korea has lost its redundancy').waitFor(PATIENCE);
  await upstreams().getByText('lost: carries nothing now').waitFor(PATIENCE);
  await blocks().getByText('redundancy lost').first().waitFor(PATIENCE);
  assert.equal(await notices().locator('.outage').count(), 0);
  await picture('light');
  await picture('dark', {colorScheme: 'dark'});
  await picture('narrow', {width: 390, height: 844});
  await picture('narrow-dark', {width: 390, height: 844, colorScheme: 'dark'});
  await picture('phone', {width: 390, height: 660, colorScheme: 'dark', fullPage: false});
  await picture('page', {width: 980, height: 700, fullPage: false});
});

test('a blind vantage point reads as blind, never as an outage', async () => {
  monitor.event('vantage-cut-germany');
  await notices().getByText('germany cannot see').waitFor(PATIENCE);
  await notices().getByText(/This is no outage/).waitFor();
  await page.getByRole('list', {name: 'Vantage points'}).getByText('cannot see').waitFor(PATIENCE);
  assert.equal(await notices().locator('.outage').count(), 0);
  await picture('blind');
  monitor.event('vantage-restore-germany');
});

test('a target has its page, with the paths of an event before and after', async () => {
  await page.getByRole('heading', {name: /^north-korea/}).getByRole('link').first().click();
  await page.getByRole('heading', {name: 'north-korea', level: 2}).waitFor();
  assert.match(await page.title(), /^north-korea · /);
  await page.locator('.log').getByText(/AS20485 now carries/).last().click(PATIENCE);
  const pair = page.getByRole('table', {name: /^From .* to 175\.45\.17[689]\.\d+, udp, flow \d$/}).first();
  await pair.waitFor(PATIENCE);
  const rows = await pair.getByRole('row').allInnerTexts();
  assert.ok(rows.some((row) => /differs/.test(row) && /188\.43\./.test(row)), `no hop of TransTeleCom after:\n${rows.join('\n')}`);
  assert.ok(rows.some((row) => /219\.158\.[\d.]+[^]*AS4837/.test(row)), `no hop of Unicom with its network before:\n${rows.join('\n')}`);
  await page.getByRole('heading', {name: 'Paths now'}).waitFor();
  await page.locator('.ways summary').first().click();
  await page.getByRole('table', {name: /^To 175\.45/}).first().waitFor(PATIENCE);
  await page.getByRole('table').filter({hasText: 'Redundancy'}).getByText('175.45.177.0/24').waitFor(PATIENCE);
  await page.getByRole('radio', {name: '30 days'}).check({force: true});
  await page.getByRole('img', {name: /day by day/}).waitFor(PATIENCE);
  await page.getByRole('radio', {name: 'Live'}).check({force: true});
  await picture('target');
  await picture('target-narrow', {width: 390, height: 844});
});

// The configuration allows no such name for a target, but names of networks come from strangers' databases, and the page
// must not rely on either.
test('a name with markup in it is shown as it is', async () => {
  const hostile = await tab();
  await hostile.route('**/api/v1/**', async (route) => {
    const asked = new URL(route.request().url());
    if (asked.searchParams.get('target') === HOSTILE) asked.searchParams.set('target', 'north-korea');
    const response = await route.fetch({url: asked.href});
    const quoted = JSON.stringify(HOSTILE).slice(1, -1);
    await route.fulfill({response, body: (await response.text()).replaceAll('north-korea', quoted).replaceAll('CHINA UNICOM', quoted)});
  });
  await hostile.route('**/api/v1/stream*', (route) => route.fulfill({status: 204}));
  await hostile.goto(monitor.url);
  await hostile.getByRole('button', {name: `AS4837 ${HOSTILE}`}).click();
  await hostile.getByText(`${HOSTILE} would go dark: all of its 4 blocks.`).waitFor(PATIENCE);
  await hostile.locator('.events').getByText(`of ${HOSTILE}`).first().waitFor();
  assert.ok(await hostile.getByRole('img', {name: `Shares of ${HOSTILE} over time`}).count() > 0);
  assert.equal(await hostile.locator('b').count(), 0, 'the name made an element on the map');
  await hostile.getByRole('link', {name: HOSTILE, exact: true}).first().click();
  await hostile.getByRole('heading', {name: HOSTILE, level: 2, exact: true}).waitFor();
  await hostile.getByRole('table').filter({hasText: 'Redundancy'}).getByText('175.45.177.0/24').waitFor(PATIENCE);
  assert.ok((await hostile.title()).startsWith(HOSTILE));
  await hostile.reload();
  await hostile.getByRole('heading', {name: HOSTILE, level: 2, exact: true}).waitFor();
  assert.equal(await hostile.locator('b').count(), 0, 'the name made an element on the page of the target');
  // The page goes on asking: what is under way is answered before its tab is closed.
  await hostile.unrouteAll({behavior: 'wait'});
  await hostile.context().close();
});

test('it is accessible and fits, in every look', async () => {
  const axe = sourceOf('axe-core/axe.min.js');
  for (const [hash, width, colorScheme] of [['#/', 1200, 'light'], ['#/', 1200, 'dark'], ['#/target/north-korea', 1200, 'dark'],
                                            ['#/target/north-korea', 390, 'light'], ['#/?fail=4837', 390, 'light']]) {
    await page.setViewportSize({width, height: 900});
    await page.emulateMedia({colorScheme});
    await page.goto(`${monitor.url}/${hash}`);
    await page.locator(hash.includes('fail') ? '.box.failed' : hash.includes('target') ? '.ways' : '.map .box').first().waitFor(PATIENCE);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${hash} at ${width}: the page scrolls sideways by ${wide}`);
    await page.evaluate(axe);
    const {violations} = await page.evaluate(() => globalThis.axe.run());
    assert.deepEqual(violations.map(({id, nodes}) => `${id}: ${nodes.map((node) => node.target).join(' ')}`), [], `${hash}, ${width}, ${colorScheme}`);
  }
});

test('without scripts there is the plain page', async () => {
  const plain = await tab({javaScriptEnabled: false});
  await plain.goto(monitor.url);
  await plain.waitForURL('**/plain');
  assert.match(await plain.locator('body').innerText(), /north-korea/);
  await plain.context().close();
});

test('it asked nobody else and complained of nothing', async () => {
  assert.ok(requests.length > 20);
  assert.deepEqual(requests.filter((url) => !url.startsWith(`${monitor.url}/`)), []);
  assert.deepEqual(complaints, []);
});
