// What others say to an elevation, and the writer's answers: recorded, told to who was told of its start, heard by its session.
import type pg from 'pg';
import type { Log } from '../contract/log.ts';
import type { EntryDraft } from '../ledger/entry/entry.ts';
import type { Heartbeat } from '../ledger/heartbeat/heartbeat.ts';
import type { LedgerPool } from '../ledger/ledger-pool.ts';
import type { ElevationRecord } from '../ledger/read/elevation-records.ts';
import type { Announce, Telling } from '../notifier/announce.ts';
import type { NoticeEvent } from '../notifier/notice.ts';
import { checkReason } from './reason.ts';
import type { Answerer } from './requests/requests.ts';

type Entry = Extract<EntryDraft, { kind: 'elevation_remarked' }>;
type Started = Extract<NoticeEvent, { event: 'elevation.started' }>;

/** `acknowledged`: somebody has seen it, and it is all right. A `question` is for the writer, an `answer` is the writer's. */
export type RemarkKind = Entry['says'];

export interface Remark {
  says: RemarkKind;
  by: string;
  /** Null of an acknowledgement without words. */
  text: string | null;
  at: Date;
}

export type Remarked =
  | { ok: true }
  /** `over`: nobody can be asked any more. */
  | { ok: false; what: 'bad_text' | 'over' | 'not_yours' | 'too_many'; message: string };

export interface Remarks {
  /** Whether policy permits it is the caller's to ask. Throws LedgerUnavailable. */
  make(record: ElevationRecord, who: Answerer, says: RemarkKind, text: string | null): Promise<Remarked>;
  /** The oldest first. Throws LedgerUnavailable. */
  list(elevation: string): Promise<Remark[]>;
  /** Calls back with each question about it, once, whichever gateway took it. Returns how to stop. */
  watch(elevation: string, asked: (question: Remark) => void): () => void;
  close(): void;
}

export interface RemarksDeps {
  pool: Pick<LedgerPool, 'query'>;
  announce: Announce;
  heartbeat: Pick<Heartbeat, 'hear' | 'onLease'>;
  log: Pick<Log, 'warn'>;
}

/** Of one elevation: who talks without end fills neither the page nor the mailbox. */
const MOST = 100;
/** NOTIFY hastens what is looked for every so many heartbeats. */
const BEATS = 20;
const CHANNEL = 'sudoql_remark';

export function makeRemarks({ pool, announce, heartbeat, log }: RemarksDeps): Remarks {
  const watchers = new Map<string, { told: number; asked: (question: Remark) => void }>();
  const find = async (elevations: readonly string[]): Promise<(Remark & { elevation: string })[]> => {
    const rows = await pool.query<{ body: string }>(
      "SELECT body FROM entry WHERE elevation = ANY ($1) AND kind = 'elevation_remarked' ORDER BY entry.at, chain, seq",
      [elevations],
    );
    return rows.map(({ body }) => {
      const { elevation, says, actor, text, at } = JSON.parse(body) as Entry & { at: string };
      return { elevation, says, text, by: 'principal' in actor ? actor.principal : actor.operator, at: new Date(at) };
    });
  };
  let looking: Promise<void> = Promise.resolve();
  const look = () => {
    if (watchers.size === 0) return;
    looking = looking
      .then(async () => {
        const questions = (await find([...watchers.keys()])).filter(({ says }) => says === 'question');
        for (const [elevation, all] of Map.groupBy(questions, (each) => each.elevation)) {
          const watcher = watchers.get(elevation);
          if (!watcher) continue;
          const fresh = all.slice(watcher.told);
          watcher.told = all.length;
          for (const question of fresh) watcher.asked(question);
        }
      })
      .catch((error: unknown) => log.warn({ err: error }, 'questions could not be looked for'));
  };
  let beats = 0;
  // A payload may be anybody's word: it only says when to look.
  heartbeat.hear(CHANNEL, (elevation) => {
    if (elevation === null || watchers.has(elevation)) look();
  });
  const close = heartbeat.onLease(() => {
    if (++beats % BEATS === 0) look();
  });

  return {
    close,
    list: (elevation) => find([elevation]),
    watch(elevation, asked) {
      const watcher = { told: 0, asked };
      watchers.set(elevation, watcher);
      return () => {
        if (watchers.get(elevation) === watcher) watchers.delete(elevation);
      };
    },
    async make(record, { principal, via }, says, text) {
      const { id, session, principal: writer, target } = record;
      if ((says === 'answer') !== (principal.id === writer) && says !== 'comment')
        return no('not_yours', says === 'answer' ? 'whoever writes answers' : 'it is for others to say this of yours');
      if (says === 'question' && record.state === 'ended')
        return no('over', 'it is over: there is nobody to ask there');
      const words = text?.trim() ? text : null;
      const checked = words === null ? null : checkReason(words);
      if (checked?.ok === false) return no('bad_text', checked.message.replace(/\breason\b/g, 'text'));
      if (checked === null && says !== 'acknowledged') return no('bad_text', 'say it in a few words');
      if ((await find([id])).length >= MOST) return no('too_many', `${MOST} remarks were made of it already`);
      const said = checked?.ok ? checked.reason : null;
      await announce(
        {
          kind: 'elevation_remarked',
          elevation: id,
          says,
          text: said,
          actor: { principal: principal.id },
          via,
          session,
          principal: writer,
          target,
        },
        async (client) => {
          await client.query('SELECT pg_notify($1, $2)', [CHANNEL, id]);
          return says === 'question' || says === 'answer' ? told(client, id, says, principal.id, said ?? '') : [];
        },
      );
      return { ok: true };
    },
  };
}

/** To who was told of its start. */
async function told(
  client: pg.ClientBase,
  elevation: string,
  says: 'question' | 'answer',
  by: string,
  text: string,
): Promise<Telling[]> {
  const { rows } = await client.query<{ body: Started; channel: string }>(
    "SELECT body, channel FROM notice WHERE elevation = $1 AND body ->> 'event' = 'elevation.started'",
    [elevation],
  );
  const [first] = rows;
  if (!first) return [];
  const { session, principal, target, email, environment, client_address, application_name, reason } = first.body;
  const subject = { session, principal, target, email, environment, client_address, application_name, reason };
  const event = { event: 'remark.made', about: elevation, says, by, words: text, ...subject } as const;
  return [{ event, channels: rows.map(({ channel }) => channel) }];
}

const no = (what: (Remarked & { ok: false })['what'], message: string): Remarked => ({ ok: false, what, message });
