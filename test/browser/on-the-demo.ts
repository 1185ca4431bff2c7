// What needs all of sudoql, as the demo starts it: a scanner on real mails, and the pictures of the README.
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import pg from 'pg';
import type { Browser as Chromium, Page } from 'playwright-core';
import { setStage, type Stage } from '../demo/stage.ts';
import { openDataDirectory } from '../helpers/data-directory.ts';
import { until } from '../helpers/until.ts';
import { Browser } from '../people/browser.ts';
import { scan } from './scanner.ts';

/** At the company's sign-in. */
const DAN = 'u-1002';
/** Of a picture: pixels, bytes. */
const WIDTH = 960;
const MOST_BYTES = 150 * 1_024;

interface Standing {
  stage: Stage;
  /** Ids of what is live and of what waits. */
  elevation: string;
  request: string;
  glass: string;
}

/** `pictures`: where they are written; null: nowhere. Resolves to what was found to be well, in words. */
export async function onTheDemo(chromium: Chromium, pictures: string | null): Promise<string[]> {
  const directory = await openDataDirectory();
  const clients: pg.Client[] = [];
  const stage = await setStage({ directory, usualPorts: false, payroll: true, progress: () => {} });
  try {
    const standing = await set(stage, clients);
    const well = [await scannerDoesNothing(chromium, standing)];
    if (pictures !== null) well.push(...(await take(chromium, standing, pictures)));
    return well;
  } finally {
    await Promise.allSettled(clients.map((client) => client.end()));
    await stage.close();
    await rm(directory, { recursive: true, force: true });
  }
}

const connected = async (stage: Stage, clients: pg.Client[], target: string): Promise<pg.Client> => {
  const url = new URL(stage.wire.url('ana', target));
  url.searchParams.set('application_name', 'psql');
  const client = new pg.Client({ connectionString: url.href });
  client.on('error', () => {});
  await client.connect();
  clients.push(client);
  return client;
};

/** Somebody writes, somebody waits for an answer, and somebody broke glass; all is told. */
async function set(stage: Stage, clients: pg.Client[]): Promise<Standing> {
  const [writer, asker, urgent] = [
    await connected(stage, clients, 'shop'),
    await connected(stage, clients, 'payroll'),
    await connected(stage, clients, 'payroll'),
  ];
  await writer.query("SELECT sudo('fix order 4211: paid, and still pending', '15 min')");
  await writer.query("UPDATE orders SET status = 'paid' WHERE id = 4211");
  await writer.query("UPDATE orders SET note = 'see ticket 4211' WHERE customer_id = 17");
  await writer.query('TRUNCATE payments').catch(() => undefined);
  asker.query("SELECT sudo('PAY-17 employee 7 is paid too little', '10 min')").catch(() => undefined);
  await urgent.query("SELECT sudo('PAY-18 it is pay day, and employee 9 got nothing', '10 min', 'break-glass')");
  const idOf = async (kind: string, field: 'elevation' | 'request', target: string) =>
    until(`${kind} on ${target}`, async () => {
      const { rows } = await stage.server.sql(
        'SELECT body FROM entry WHERE kind = $1 AND target = $2',
        'sudoql_ledger',
        [kind, target],
      );
      return rows.map((row) => JSON.parse(row.body) as Record<string, string>)[0]?.[field];
    });
  const standing = {
    stage,
    elevation: await idOf('elevation_started', 'elevation', 'shop'),
    request: await idOf('request_made', 'request', 'payroll'),
    glass: await idOf('elevation_started', 'elevation', 'payroll'),
  };
  const { elevation, request, glass } = standing;
  await until('all three are told by mail', () =>
    [`/stop/${elevation}`, `/requests/${request}`, `/reviews/${glass}`].every((path) =>
      stage.mailbox.mails.some(({ html }) => html?.includes(path)),
    ),
  );
  return standing;
}

async function scannerDoesNothing(chromium: Chromium, standing: Standing): Promise<string> {
  const { stage, elevation, request, glass } = standing;
  const { links, sent } = await scan(chromium, stage.mailbox.mails, stage.http);
  for (const path of [`/stop/${elevation}`, `/stop/${glass}`, `/requests/${request}`, `/reviews/${glass}`])
    assert.ok(
      links.some((link) => new URL(link).pathname === path),
      `it opened ${path}: ${links.join(' ')}`,
    );
  assert.ok(sent.length >= 2, `it sent forms: ${sent.join(', ')}`);
  const { rows } = await stage.server.sql(
    `SELECT kind FROM entry WHERE kind IN ('elevation_revoked', 'elevation_ended', 'request_approved', 'request_denied', 'elevation_reviewed',
       'elevation_remarked', 'signed_in')`,
    'sudoql_ledger',
  );
  assert.deepEqual(rows, [], 'nothing came of it');
  return `a scanner opened ${links.length} links and sent ${sent.length} forms, and nothing came of it`;
}

async function take(chromium: Chromium, { stage, elevation, request }: Standing, pictures: string): Promise<string[]> {
  const dan = new Browser(stage.http);
  await dan.signIn(DAN, '/now');
  await dan.ask(`/elevations/${elevation}/remarks`, { form: { says: 'question', text: 'Who found it?' } });
  const value = dan.cookie('sudoql');
  assert.ok(value);
  await mkdir(pictures, { recursive: true });
  const context = await chromium.newContext({ viewport: { width: WIDTH, height: 500 }, colorScheme: 'light' });
  await context.addCookies([{ name: 'sudoql', value, url: stage.http }]);
  const page = await context.newPage();
  const said: string[] = [];
  const picture = async (of: Page, name: string, most = 1_000) => {
    const height = await of.evaluate('document.documentElement.scrollHeight');
    const clip = { x: 0, y: 0, width: WIDTH, height: Math.min(Number(height), most) };
    const taken = await of.screenshot({ fullPage: true, clip });
    const file = join(pictures, `${name}.png`);
    await writeFile(file, taken);
    assert.ok(taken.length <= MOST_BYTES, `${file} has ${taken.length} bytes`);
    said.push(`${relative(process.cwd(), file)}, ${Math.round(taken.length / 1_024)} KB`);
  };
  try {
    await page.goto(`${stage.http}/now`);
    await picture(page, 'now');
    await page.goto(`${stage.http}/elevations/${elevation}`);
    await picture(page, 'elevation', 800);
    await page.goto(`${stage.http}/requests/${request}`);
    await picture(page, 'request');
    const mail = stage.mailbox.mails.find(({ html }) => html?.includes(`/stop/${elevation}`));
    // Not in a page of the gateway, whose policy permits no style of another's.
    const reader = await context.newPage();
    await reader.setContent(mail?.html ?? '');
    await picture(reader, 'mail');
    return said;
  } finally {
    await context.close();
  }
}
