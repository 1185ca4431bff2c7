// What `sudoqld notices list|show|retry` prints. Values of others are made visible: a terminal obeys control characters.
import type { Writable } from 'node:stream';
import type pg from 'pg';
import { inColumns } from '../contract/columns.ts';
import { listNotices, type NoticeFilter, type NoticeRow, retryNotice, showNotice } from './board.ts';
import { whereTo } from './notice.ts';
import { inline } from './render/visible.ts';

/** A table, or with `json` one object a line. Prints a sentence when there is none. */
export async function printNotices(
  client: pg.Pool | pg.ClientBase,
  filter: NoticeFilter,
  out: Writable,
  json = false,
): Promise<void> {
  const notices = await listNotices(client, filter);
  if (json) {
    for (const notice of notices) out.write(`${JSON.stringify(notice)}\n`);
    return;
  }
  if (notices.length === 0) {
    out.write(`No ${filter.state ? `${filter.state} ` : ''}notices in the last 30 days.\n`);
    return;
  }
  out.write(
    inColumns([
      ['NOTICE', 'WHEN', 'CHANNEL', 'STATE', 'TRIES', 'WHAT'],
      ...notices.map((notice) => [
        notice.id,
        time(notice.createdAt),
        inline(whereTo(notice), 120),
        notice.state,
        String(notice.attempts),
        about(notice),
      ]),
    ]),
  );
}

/** False when there is no such notice (which is said). */
export async function printNotice(
  client: pg.Pool | pg.ClientBase,
  id: string,
  out: Writable,
  json = false,
): Promise<boolean> {
  const notice = await showNotice(client, id);
  if (!notice) {
    out.write(`There is no notice ${inline(id, 80)}.\n`);
    return false;
  }
  if (json) {
    out.write(`${JSON.stringify(notice)}\n`);
    return true;
  }
  out.write(
    inColumns([
      ['notice', notice.id],
      ['message', notice.message ?? 'not made yet'],
      ['when', time(notice.createdAt)],
      ['channel', inline(notice.channel, 63)],
      ['state', notice.state],
      ...Object.entries(notice.event).map(([name, value]) => [
        name,
        inline(typeof value === 'string' ? value : JSON.stringify(value), 500),
      ]),
      ['head', notice.head.hash],
    ]),
  );
  for (const { attempt, at, outcome, problem } of notice.attemptLog) {
    out.write(`attempt ${attempt}  ${time(at)}  ${outcome}${problem ? `: ${inline(problem, 500)}` : ''}\n`);
  }
  return true;
}

/** Retries each id, or with `all` every dead notice; false when one of them could not be (which is said). */
export async function retryNotices(
  client: pg.Pool | pg.ClientBase,
  ids: string[] | 'all',
  out: Writable,
): Promise<boolean> {
  const chosen =
    ids === 'all' ? (await listNotices(client, { state: 'dead', limit: 10_000 })).map(({ id }) => id) : ids;
  if (chosen.length === 0) out.write('No notice was given up.\n');
  let well = true;
  for (const id of chosen) {
    const retried = await retryNotice(client, id);
    well &&= retried === 'queued';
    const name = inline(id, 80);
    if (retried === 'queued') out.write(`${name} is queued again.\n`);
    else out.write(retried === 'unknown' ? `There is no notice ${name}.\n` : `${name} was delivered already.\n`);
  }
  return well;
}

function about({ event, problem }: NoticeRow): string {
  const who = 'principal' in event ? ` ${event.principal} on ${event.target}: ${event.reason}` : '';
  return `${inline(`${event.event}${who}`, 80)}${problem ? ` (${inline(problem, 120)})` : ''}`;
}

const time = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`;
