// Rows by table as the target itself counts them: what triggers, rules and cascading keys change is in no command tag. PostgreSQL counts on the
// backend that writes, and hands its counts on only between transactions, at most once a second: so what earlier ones left there is asked for
// ahead of the first statement that may change further rows, and taken off what is counted just before the COMMIT.
import type { CountedRows } from '../../../ledger/entry/entry.ts';
import { query, readDataRow } from '../../wire/frames.ts';
import type { Allowed } from '../statement/guard.ts';
import { hidden, QUESTIONS } from './questions.ts';
import type { Answer, Reply } from './replies.ts';
import type { Session } from '../session.ts';
import { type Steps, wait } from '../steps.ts';

/** By `schema.table`. */
export type Counts = ReadonlyMap<string, CountedRows>;

/** Of a backend on which nothing was written yet. */
export const NOTHING: Counts = new Map();

export const isCounted = ({ further, statement }: Allowed): boolean =>
  (further === 'counted' || further === 'in_part') && statement.mechanics.prepares === undefined;

/** Extended protocol: ahead of the Execute that needs it. */
export function countBeside(session: Session, allowed: readonly Allowed[]): void {
  const answer = begins(session, allowed);
  if (answer) pushHidden(session, answer);
}

/** Simple protocol, in a transaction block: ahead of the Query that needs it, as a Query of its own. */
export function countAhead(session: Session, allowed: readonly Allowed[]): void {
  if (session.status !== 'T' || session.replies.length > 0 || session.batch.dirty) return;
  const answer = begins(session, allowed);
  if (answer) session.push({ kind: 'query', hidden: true, ...answer }, query(QUESTIONS.changedRows.text));
}

/** Null where there is nothing to ask, or it was asked before. */
function begins(session: Session, allowed: readonly Allowed[]): Pick<Reply, 'look'> | null {
  const { transaction, mode, status } = session;
  if (mode !== 'write' || status === 'E' || transaction.counting || !allowed.some(isCounted)) return null;
  transaction.counting = true;
  if (!session.wroteInMode) {
    transaction.counted = NOTHING;
    return null;
  }
  return heard((counts) => {
    transaction.counted = counts;
  });
}

/** Before the Sync that commits what was executed outside of a block. */
export function countAtSync(session: Session): void {
  const { transaction, mode, inBlock, conversation } = session;
  if (!transaction.counting || mode !== 'write' || inBlock || conversation.skipping || conversation.copies) return;
  pushHidden(
    session,
    heard((now) => {
      // Its own answer stands before this one.
      session.cycle.counted(since(transaction.counted, now));
    }),
  );
}

/** Before a COMMIT that is sent alone. */
export function* countAtCommit(session: Session): Steps<void> {
  const { counted } = session.transaction;
  if (counted === null) return;
  const { rows, error } = yield* wait(session.backend.ask(QUESTIONS.changedRows));
  session.cycle.counted(error ? null : since(counted, countsOf(rows)));
}

function pushHidden(session: Session, answer: Pick<Reply, 'look'>): void {
  for (const [reply, message] of hidden(QUESTIONS.changedRows))
    session.push(reply.kind === 'execute' ? { ...reply, ...answer } : reply, message);
}

function heard(done: (counts: Counts | null) => void): Required<Pick<Reply, 'look'>> {
  const rows: (string | null)[][] = [];
  return {
    look({ type, body }: Answer) {
      if (type === 'D') rows.push(readDataRow(body).map((value) => value?.toString() ?? null));
      else if (type === 'C') done(countsOf(rows));
    },
  };
}

/** Null where the server does not count. */
export function countsOf([counts, ...rows]: readonly (string | null)[][]): Counts | null {
  if (counts?.[1] !== 'on') return null;
  return new Map(
    rows.map(([schema, name, inserted, updated, deleted]) => [
      `${schema}.${name}`,
      { inserted: Number(inserted), updated: Number(updated), deleted: Number(deleted) },
    ]),
  );
}

/** What was counted beyond `before`. TRUNCATE takes back what the transaction counted, so that there may be less. Null where it was not counted. */
export function since(before: Counts | null, now: Counts | null): Counts | null {
  if (before === null || now === null) return null;
  const more = new Map<string, CountedRows>();
  for (const [table, { inserted, updated, deleted }] of now) {
    const had = before.get(table) ?? NONE;
    const rows = {
      inserted: Math.max(0, inserted - had.inserted),
      updated: Math.max(0, updated - had.updated),
      deleted: Math.max(0, deleted - had.deleted),
    };
    if (rows.inserted + rows.updated + rows.deleted > 0) more.set(table, rows);
  }
  return more;
}

export function sumOf(one: Counts, other: Counts): Counts {
  const sum = new Map(one);
  for (const [table, { inserted, updated, deleted }] of other) {
    const had = sum.get(table) ?? NONE;
    sum.set(table, {
      inserted: had.inserted + inserted,
      updated: had.updated + updated,
      deleted: had.deleted + deleted,
    });
  }
  return sum;
}

const NONE: CountedRows = { inserted: 0, updated: 0, deleted: 0 };
