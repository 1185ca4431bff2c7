// What is wrong with a page that is open, as far as a program can see it.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { until } from '../helpers/until.ts';

const file = (name: string) => readFile(fileURLToPath(import.meta.resolve(name)), 'utf8');
const AXE = await file('axe-core/axe.min.js');
const IN_PAGE = await file('./in-page.js');

/** Without findings: WCAG 2.2 at AA, and what axe thinks good practice. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Finding {
  id: string;
  help: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** What `judge` asks is there on every page of it. */
export const makeReady = (context: BrowserContext): Promise<unknown> =>
  Promise.all([AXE, IN_PAGE].map((content) => context.addInitScript({ content })));

/** Asks in-page.js. */
export const ask = <T>(page: Page, question: string): Promise<T> => page.evaluate(`inPage.${question}`) as Promise<T>;

/** Rules for pages: a mail stands within a mail program's own landmarks. */
const OF_PAGES = ['landmark-one-main', 'region'];

/** `mail`: it is none of our pages. `keys`: by keyboard as well, which takes the longest. */
export async function judge(page: Page, { mail, keys }: { mail: boolean; keys: boolean }): Promise<string[]> {
  // Not by waitForFunction, which the page's own policy refuses.
  if ((await ask<number>(page, 'live()')) > 0)
    await until('the live part comes', async () => (await ask<number>(page, 'kept()')) > 0);
  const rules = Object.fromEntries(OF_PAGES.map((rule) => [rule, { enabled: !mail }]));
  const options = JSON.stringify({ runOnly: RULES, rules, resultTypes: ['violations'] });
  const { violations } = (await page.evaluate(`axe.run(document, ${options})`)) as { violations: Finding[] };
  const wide = await ask<string[]>(page, 'tooWide()');
  const shifted = await ask<number>(page, 'shifted()');
  return [
    ...violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary }) => `axe, ${id}: ${help}: ${html} ${failureSummary ?? ''}`),
    ),
    ...(wide.length > 0 ? [`it scrolls sideways: ${wide.join(', ')}`] : []),
    ...(shifted > 0 ? [`its layout shifts by ${shifted}`] : []),
    ...(keys ? await byKeyboard(page) : []),
  ];
}

/** From the top by Tab to the end: each control gets the focus, shows it, and is in sight then. */
async function byKeyboard(page: Page): Promise<string[]> {
  const all = await ask<string[]>(page, 'controls()');
  const reached = new Set<number>();
  const wrong: string[] = [];
  for (let presses = 0; presses < all.length + 3; presses++) {
    await page.keyboard.press('Tab');
    const at = await ask<{ place: number; name: string; wrong: string[] } | null>(page, 'focused()');
    if (at === null || reached.has(at.place)) break;
    reached.add(at.place);
    wrong.push(...at.wrong.map((each) => `${at.name}: ${each}`));
  }
  const missed = all.filter((_, place) => !reached.has(place));
  return [...wrong, ...missed.map((name) => `${name} is not reached by Tab`)];
}

/** Of a page that was opened by who wants no motion. */
export async function stillness(page: Page): Promise<string[]> {
  const moving = await ask<string[]>(page, 'moving()');
  return moving.map((name) => `${name} moves though no motion is wanted`);
}
