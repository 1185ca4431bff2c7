// A mail scanner of the worst kind: it opens every link of every mail in a whole browser, runs what scripts there are, and sends every
// form by each of its buttons, the browser's own checks turned off. It is nobody: it does not sign in.
import type { Browser, Page } from 'playwright-core';
import type { CaughtMail } from '../demo/mailbox.ts';
import { ask, makeReady } from './judge.ts';

export interface Scanned {
  /** Links that were opened, without repetition. */
  links: string[];
  /** Of answers to forms that it sent: path and status. */
  sent: string[];
}

/** Sends forms to `gateway` alone: the provider's would be a sign-in. */
export async function scan(chromium: Browser, mails: readonly CaughtMail[], gateway: string): Promise<Scanned> {
  const context = await chromium.newContext();
  await makeReady(context);
  const page = await context.newPage();
  const scanned: Scanned = { links: [], sent: [] };
  page.on('response', (response) => {
    const { pathname, origin } = new URL(response.url());
    if (origin === gateway && response.request().method() === 'POST')
      scanned.sent.push(`${pathname} ${response.status()}`);
  });
  try {
    for (const { html } of mails) {
      await page.setContent(html ?? '');
      for (const link of await page.locator('a[href]').evaluateAll(hrefs)) {
        if (scanned.links.includes(link)) continue;
        scanned.links.push(link);
        await sendAll(page, link, gateway);
      }
    }
    return scanned;
  } finally {
    await context.close();
  }
}

const hrefs = (found: unknown[]): string[] => found.map((each) => (each as { href: string }).href);

async function sendAll(page: Page, link: string, gateway: string): Promise<void> {
  for (let form = 0; ; form++) {
    for (let button = 0; ; button++) {
      await page.goto(link);
      const action = (await ask<{ action: string }[]>(page, 'forms()'))[form]?.action;
      if (action === undefined) return;
      if (new URL(action).origin !== gateway) break;
      const answered = page.waitForEvent('domcontentloaded');
      if (!(await ask<boolean>(page, `submit(${form}, ${button})`))) {
        answered.catch(() => undefined);
        break;
      }
      await answered;
    }
  }
}
