// What people do here, by Tab, Enter and typing alone, in a browser that runs no script.
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { until } from '../helpers/until.ts';
import { begins, ending, toAsk } from '../people/records.ts';
import type { Stage } from '../people/stage.ts';
import { EYES } from './chromium.ts';

const MOST_TABS = 200;

/** What has the focus, by how a person would call it. */
const named = (page: Page): Promise<string> =>
  page.locator(':focus').evaluate((at) => {
    const { labels, innerText } = at as unknown as { labels?: { innerText: string }[]; innerText: string };
    return (labels?.[0]?.innerText ?? innerText).trim();
  });

/** Presses Tab until what is called so has the focus. Throws when it comes to none. */
async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = [];
  for (let presses = 0; presses < MOST_TABS; presses++) {
    await page.keyboard.press('Tab');
    if ((await page.locator(':focus').count()) === 0) continue;
    const at = await named(page);
    if (at === name) return;
    passed.push(at);
  }
  throw new Error(`Tab does not come to “${name}” on ${page.url()}; it comes to ${passed.slice(0, 40).join(' · ')}`);
}

async function presses(page: Page, name: string): Promise<void> {
  await tabTo(page, name);
  const answered = page.waitForEvent('domcontentloaded');
  await page.keyboard.press('Enter');
  await answered;
}

async function types(page: Page, label: string, words: string): Promise<void> {
  await tabTo(page, label);
  await page.keyboard.type(words);
}

/** Throws at the first thing that cannot be done so. */
export async function byKeyboard(chromium: Browser, stage: Stage): Promise<string[]> {
  const [eyes] = EYES;
  const context = await chromium.newContext({ ...eyes, javaScriptEnabled: false });
  const page = await context.newPage();
  const open = (path: string) => page.goto(stage.http + path);
  const recorded = (kind: string, fits: (entry: Record<string, unknown>) => boolean) =>
    until(`${kind} is in the record`, async () => (await stage.entries(kind)).find(fits));
  const asked = async (who: string) => {
    const made = await stage.requests.ask(toAsk(who, 'fix order 4211', ['oidc:dba']));
    assert.ok(made.kind === 'pending', JSON.stringify(made));
    return made.request.id;
  };
  const done: string[] = [];
  const step = async (what: string, act: () => Promise<unknown>) => {
    await act();
    done.push(what);
  };
  try {
    await step('sign in, and come to the page that was wanted', async () => {
      await open('/requests');
      await presses(page, 'ben');
      assert.equal(await page.locator('h1').innerText(), 'Requests');
    });
    await step('skip what stands before the page', async () => {
      await page.keyboard.press('Tab');
      assert.equal(await named(page), 'To the page');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      assert.equal(await page.locator('main :focus').count(), 1, 'Tab goes on within the page');
    });
    await step('approve a request, from the list', async () => {
      const id = await asked('kim');
      await open('/requests');
      await presses(page, 'kim, to write to shop for 15 min');
      await types(page, 'What you want them to know (a no should say why)', 'go on');
      await presses(page, 'Agree, once');
      const { why } = await recorded('request_approved', ({ request }) => request === id);
      assert.equal(why, 'go on');
    });
    await step('deny one', async () => {
      const id = await asked('kit');
      await open(`/requests/${id}`);
      await presses(page, 'Say no');
      await recorded('request_denied', ({ request }) => request === id);
    });
    await step('ask a writer, and end what they write', async () => {
      await begins(stage, 'elv_key', 'kay');
      await open('/elevations/elv_key');
      await types(page, 'What you want to say (to have seen it, no words are needed)', 'Which orders?');
      await presses(page, 'Ask them');
      await recorded('elevation_remarked', ({ elevation, says }) => elevation === 'elv_key' && says === 'question');
      await presses(page, 'End it now');
      await recorded('elevation_revoked', ({ elevation }) => elevation === 'elv_key');
    });
    await step('close a review', async () => {
      await open('/reviews/elv_glass');
      await types(page, 'What you found', 'one row, and it was due');
      await presses(page, 'Close the review');
      await recorded('elevation_reviewed', ({ elevation }) => elevation === 'elv_glass');
    });
    await step('search the record', async () => {
      await open('/record');
      await types(page, 'Who', 'cid');
      await presses(page, 'Search');
      assert.match(page.url(), /who=cid/);
      assert.equal(await page.locator('td[data-label=Who]', { hasNotText: 'cid' }).count(), 0);
    });
    await step('approve a policy', async () => {
      await open('/policy/requests/aaaaaaaaaaaa');
      await presses(page, 'Approve');
      await recorded('policy_approved', () => true);
    });
    await step('try a notice again', async () => {
      await open('/notices');
      await presses(page, 'Try again');
      const [row] = await stage.sql("SELECT count(*) AS n FROM notice_attempt WHERE outcome = 'retry'");
      assert.equal(Number(row?.n), 1);
    });
    await step('log a device in', async () => {
      const { typed } = await stage.people.logins.device({ client: 'sudoql on server-7', address: '127.0.0.1' });
      await open('/device');
      await types(page, 'The code that the terminal shows', typed);
      await presses(page, 'Go on');
      await presses(page, 'Yes, I ran it');
      assert.equal(await page.locator('h1').innerText(), 'The device is logged in');
    });
    await step('stop by the link of a mail', async () => {
      const stranger = await (await chromium.newContext({ ...eyes, javaScriptEnabled: false })).newPage();
      await begins(stage, 'elv_link', 'kay');
      await stranger.goto(`${stage.http}/stop/elv_link?key=right`);
      await types(stranger, 'Your name', 'Dan');
      const pressed = presses(stranger, 'Stop it now');
      await recorded('elevation_revoked', ({ elevation }) => elevation === 'elv_link');
      await stage.record(ending('elv_link', 'kay'));
      await pressed;
      assert.equal(await stranger.locator('h1').innerText(), 'Stopped');
      await stranger.context().close();
    });
    await step('end a token, and sign out', async () => {
      await open('/me');
      await presses(page, 'End');
      await recorded('token_revoked', () => true);
      await presses(page, 'Sign out');
      assert.equal(await page.locator('h1').innerText(), 'You are signed out');
    });
    return done;
  } finally {
    await context.close();
  }
}
