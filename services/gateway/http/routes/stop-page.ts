// What the stop link's page says. No script and no remote content: its style is the console's, in the page itself.
import { readFileSync } from 'node:fs';
import { inWords } from '../../../contract/durations.ts';
import type { ElevationRecord } from '../../../ledger/read/elevation-records.ts';
import type { SessionClient } from '../../../ledger/read/sessions.ts';
import type { WrittenSoFar } from '../../../ledger/read/written-so-far.ts';
import { endWords } from '../console/elevation-view.ts';
import { html, type Html, type Part, unescaped } from '../console/html.ts';
import { ago, facts, time } from '../console/parts.ts';
import { rowsWords, writtenWords } from '../console/written-words.ts';

/** What is shown of an elevation. */
export interface Shown {
  record: ElevationRecord;
  environment: string | null;
  client: SessionClient | null;
  written: WrittenSoFar | undefined;
  now: Date;
}

export type StopPage =
  | { kind: 'cut' | 'unknown' }
  | ({
      kind: 'confirm';
      /** Who signed in; null: nobody, and a name is asked for. */
      as: string | null;
      /** Where one signs in first, where the link alone does not stop; null: it does. */
      signIn: string | null;
      /** Other live ones of the same person, place and reason. */
      others: number;
      /** That it was for all of them. */
      all: boolean;
      /** What was wrong with what was sent. */
      problem: string | null;
    } & Shown)
  | ({ kind: 'ended' } & Shown)
  /** `stopped`: how many; `record`: as it is now, its end perhaps not recorded yet. */
  | ({ kind: 'stopped'; stopped: number } & Shown);

export const STYLE = readFileSync(new URL('../console/console.css', import.meta.url), 'utf8');

export function page(shown: StopPage): string {
  switch (shown.kind) {
    case 'cut':
      return frame(
        'This link is not whole',
        html`<p>It was cut off on its way to you. Copy the whole link from the mail, with what stands behind the question mark.</p>`,
      );
    case 'unknown':
      return frame(
        'This link does not work',
        html`<p>It is not one of ours, or it was cut off on its way to you. Copy the whole link from the mail.</p>`,
      );
    case 'ended':
      return frame(
        'It is already over',
        html`${about(shown)}<p>Nothing is left to stop. The closing message says what was written.</p>`,
      );
    case 'stopped':
      return frame(
        shown.stopped === 1 ? 'Stopped' : `Stopped, all ${shown.stopped}`,
        html`<div role="status">${about(shown)}</div><p>${
          shown.record.state === 'ended'
            ? 'The closing message says the same to everybody who was told of the start.'
            : 'The open transaction is being rolled back and the connection closed. A closing message will say what was written and whether the connection is gone; so does this link, opened again.'
        }</p>`,
      );
    case 'confirm':
      return frame(
        `${shown.record.principal} can write to ${shown.record.target}`,
        html`${about(shown)}${shown.signIn === null ? form(shown) : signInFirst(shown.signIn)}`,
      );
  }
}

function about({ record, environment, client, written, now }: Shown): Html {
  const left = (record.deadline.getTime() - now.getTime()) / 1_000;
  const { summary, state } = record;
  const rows = summary && rowsWords(summary.rows);
  return facts([
    ['Who', html`<strong>${record.principal}</strong>`],
    ['Where', `${record.target}${environment === null ? '' : ` (${environment})`}`],
    ['Why', record.reason],
    client && ['With', `${client.applicationName || 'a client without a name'}, from ${client.clientAddress}`],
    ['Since', ago(record.startedAt, now)],
    record.endedAt ? ['Ended', html`${time(record.endedAt, now)}: ${endWords(record)}`] : null,
    record.revokedBy?.why === undefined ? null : ['Why it was stopped', record.revokedBy.why],
    state === 'live' && record.revokedBy === null
      ? ['Time left', left > 0 ? html`${inWords(left)}, until ${time(record.deadline, now)}` : 'none']
      : null,
    ['Written', rows ? rows.join(', ') || 'no rows' : writtenWords(written)],
    summary && ['Its transaction', summary.rolledBack ? 'was open, and was rolled back' : 'none was left open'],
    summary && [
      'Its connection',
      summary.backend === 'gone' ? 'is gone: the database shows it no more' : 'WAS NOT SEEN to be gone',
    ],
  ]);
}

function form({ record, as, others, all, problem }: Extract<StopPage, { kind: 'confirm' }>): Html {
  const both = others > 0;
  const one = html`<button class="${both && all ? 'quiet' : 'danger'}">Stop ${both ? 'this one' : 'it now'}</button>`;
  const every =
    both && html`<button name="all" value="yes" class="${all ? 'danger' : 'quiet'}">Stop all ${others + 1}</button>`;
  return html`${problem !== null && html`<p role="alert"><strong>${problem}</strong></p>`}
<p>Stopping rolls back the open transaction and ends the connection. ${record.principal} is told by whom, and why.${both && ` ${others} more ${others === 1 ? 'session writes' : 'sessions write'} for the same reason.`}</p>
<form method="post">${
    as === null
      ? html`<label for="name">Your name</label><input id="name" name="name" required maxlength="100" autocomplete="name">`
      : html`<p class="soft">You are signed in as <strong>${as}</strong>.</p>`
  }
<label for="why">Why, if you want to say it</label><textarea id="why" name="why" rows="2" maxlength="500"></textarea>
<div class="row">${all ? [every, one] : [one, every]}</div></form>`;
}

const signInFirst = (path: string): Html =>
  html`<p>Here only who is signed in may stop it. Sign in, then open the link of the message again.</p>
<p><a class="button" href="${path}">Sign in</a></p>`;

function frame(title: string, body: Part): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · sudoql</title><style>${unescaped(STYLE)}</style></head>
<body><header class="top"><div class="wide"><span class="brand">sudoql</span></div></header>
<main class="wide"><h1>${title}</h1><div class="card narrow">${body}</div></main></body></html>
`.toString();
}
