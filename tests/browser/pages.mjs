// Opens pages that vigie wrote in a real Chromium: accessible in light, in dark and 320 pixels wide, one request,
// no more, the same without script, and whole on paper.
//
//     node pages.mjs VIGIE ROOT
//
// A page is served from this machine: a browser asks a server for more than it asks a file (icons, for one).
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [vigie, root] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice', 'RGAAv4'];
const folder = mkdtempSync(join(tmpdir(), 'vigie-pages-'));
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const common = ['--as-of', '2026-11-22', '-q', '--output'];
const pages = {
  audit: ['audit', 'fixtures/parc-demo.csv', '--by', 'profession', '--lang', 'fr', ...common],
  forecast: ['forecast', 'fixtures/parc-demo.csv', '--by', 'profession', '--lang', 'en', ...common],
  gate: ['gate', 'fixtures/manifests/essai-soins-8.3.0.toml', '--inventory', 'fixtures/parc-demo.csv', '--lang', 'fr', ...common],
  plan: ['plan', 'fixtures/parc-demo.csv', '--by', 'profession', '--lang', 'en', ...common],
  trend: ['trend', '2024-11-22=fixtures/parc-demo.csv', '2025-11-22=fixtures/parc-demo.csv', '2026-11-22=fixtures/parc-demo.csv', '--by', 'profession', '--migration', 'palier', '--lang', 'fr', ...common],
  rates: ['rates', 'fixtures/parc-demo.csv', '--by', 'profession', '--by', 'palier', '--market', '--lang', 'fr', ...common],
  beside: ['rates', 'fixtures/inventories/catalogue.csv', '--catalogue', 'fixtures/catalogues/editeur-fictif.toml', '--by', 'profession', '--measure', 'palier >= "ADD7"', '--beside', 'offre.palier >= "ADD7"', '--lang', 'en', ...common],
};
for (const [name, args] of Object.entries(pages)) {
  // A gate that is closed is no failure here.
  const { status } = spawnSync(vigie, [...args, `html=${join(folder, name)}.html`], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  assert.ok(status === 0 || status === 1, `${name}: exit ${status}`);
}

const asked = [];
const server = createServer((request, response) => {
  asked.push(request.url);
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(readFileSync(join(folder, `${request.url.slice(1)}.html`)));
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const address = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
let checks = 0;

async function open(name, options) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(String(error)));
  asked.length = 0;
  await page.goto(`${address}/${name}`, { waitUntil: 'networkidle' });
  assert.deepEqual(asked, [`/${name}`], `${name}: one request`);
  assert.deepEqual(faults, [], `${name}: nothing refused, no error`);
  checks += 1;
  return { context, page };
}

try {
  for (const name of Object.keys(pages)) {
    // What is seen at first, then with everything open.
    for (const view of [{ colorScheme: 'light' }, { colorScheme: 'dark' }, { viewport: { width: 320, height: 640 } }]) {
      const { context, page } = await open(name, { ...view, bypassCSP: true });
      for (const all of [false, true]) {
        if (all) await page.evaluate(() => document.querySelectorAll('details').forEach((part) => { part.open = true; }));
        await page.evaluate(axe);
        const found = await page.evaluate((runOnly) => window.axe.run(document, { runOnly }), rules);
        const said = found.violations.map((fault) => `${fault.id}: ${fault.help}\n  ${fault.nodes.map((node) => node.html).join('\n  ')}`);
        assert.deepEqual(said, [], `${name} ${JSON.stringify(view)}`);
        assert.ok(found.passes.length > 30, `${name}: axe ran`);
        const width = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(width[0] <= width[1], `${name} ${JSON.stringify(view)}: wider than its window, ${width}`);
        checks += 1;
      }
      await context.close();
    }

    // Without script, everything is there.
    const { context, page } = await open(name, {});
    const rows = (page) => page.locator('table tr').count();
    const scripted = await rows(page);
    const bare = await open(name, { javaScriptEnabled: false });
    assert.equal(await rows(bare.page), scripted, `${name}: the same rows without script`);
    await bare.context.close();
    checks += 1;

    // The keyboard sorts, and it is said.
    const button = page.locator('table[data-name] th button').nth(1);
    await page.evaluate(() => document.querySelectorAll('details').forEach((part) => { part.open = true; }));
    await button.focus();
    await page.keyboard.press('Enter');
    assert.ok(await page.locator('th[aria-sort]').count() === 1, `${name}: sorted`);
    assert.match(await page.locator('[role=status]').first().textContent(), /\d/, `${name}: said`);
    await page.reload();
    checks += 1;

    // On paper: tagged, and every cell of every table is printed.
    const cells = await page.evaluate(() => Array.from(document.querySelectorAll('td, tbody th'), (cell) => cell.textContent));
    const pdf = await page.pdf({ tagged: true, outline: true, preferCSSPageSize: true });
    const path = join(folder, `${name}.pdf`);
    writeFileSync(path, pdf);
    assert.match(execFileSync('pdfinfo', [path], { encoding: 'utf8' }), /Tagged:\s+yes/, `${name}: tagged`);
    // Lines are broken on paper: only what is between the spaces counts.
    const printed = new Set(execFileSync('pdftotext', ['-raw', path, '-'], { encoding: 'utf8' }).split(/\s+/u));
    const words = new Set(cells.flatMap((cell) => cell.split(/[\s\u00a0\u202f]+/u)).filter((word) => /^[\d,.%]+$/.test(word)));
    const lost = [...words].filter((word) => !printed.has(word) && ![...printed].some((text) => text.includes(word)));
    assert.ok(words.size > 5, `${name}: ${words.size} figures`);
    assert.deepEqual(lost, [], `${name}: figures that are not printed`);
    checks += 1;
    await context.close();
  }
  console.log(`pages in Chromium ${browser.version()}: ${checks} checks hold`);
} finally {
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true });
}
