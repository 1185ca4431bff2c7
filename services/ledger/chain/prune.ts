import { hostname } from 'node:os';
import pg from 'pg';
import { type Checkpoint, digestOf, readCheckpoints } from './checkpoints.ts';
import type { Actor, EntryDraft } from '../entry/entry.ts';
import { type LedgerWriter, makeLedger } from '../write/make-ledger.ts';

export interface PruneOptions {
  /** Months before this one, `YYYY-MM`, are removed. At most the current month. */
  before: string;
  actor: Actor;
  version: string;
  /** Only says what would be removed. */
  dryRun?: boolean;
}

export interface PrunedMonth {
  month: string;
  entries: number;
}

/** Why nothing more was pruned, in words for the operator. */
export class PruneRefused extends Error {}

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
/** Removing waits for other transactions, and whoever comes meanwhile waits behind it: rather try again. */
const LOCK_TIMEOUT = '300ms';
const LOCK_NOT_AVAILABLE = '55P03';
const ATTEMPTS = 10;

/**
 * As the ledger's owner: removes whole months, oldest first, each with its entry ledger_pruned and the checkpoints that verification
 * goes on from, in one transaction. Throws PruneRefused.
 */
export async function pruneLedger(owner: pg.ClientConfig, options: PruneOptions): Promise<PrunedMonth[]> {
  const current = new Date().toISOString().slice(0, 7);
  if (!MONTH.test(options.before) || options.before > current) {
    throw new PruneRefused(`"Before" is a month such as ${current}, and not one to come.`);
  }
  const client = new pg.Client({ application_name: 'sudoql ledger prune', ...owner });
  client.on('error', () => {});
  await client.connect();
  let ledger: LedgerWriter | null = null;
  try {
    const months = await monthsBefore(client, options.before);
    const pruned: PrunedMonth[] = [];
    /** In a dry run, what would have gone with the months before. */
    let gone = 0;
    for (const month of months) {
      const { checkpoints, entries, early } = await lastIn(client, month);
      await refuseScattered(client, month);
      if (!options.dryRun) {
        ledger ??= makeLedger({
          connection: owner,
          replica: `prune on ${hostname()} ${process.pid} ${Date.now()}`,
          version: options.version,
          graceMs: 1_000,
          timeoutMs: 60_000,
        });
        const digest = digestOf([...(await readCheckpoints(client)), ...checkpoints]);
        await pruneMonth(ledger, {
          kind: 'ledger_pruned',
          month,
          entries: entries + early,
          checkpoints: digest,
          actor: options.actor,
        });
      }
      pruned.push({ month, entries: entries + early - gone });
      gone = options.dryRun ? early : 0;
    }
    return pruned;
  } finally {
    await ledger?.close();
    await client.end();
  }
}

type Pruning = EntryDraft & { kind: 'ledger_pruned' };

async function pruneMonth(ledger: LedgerWriter, pruning: Pruning): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await ledger.transaction([pruning], (client) => remove(client, pruning));
      return;
    } catch (error) {
      const busy = error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE;
      if (!busy || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200 * attempt));
    }
  }
}

async function remove(client: pg.ClientBase, { month, checkpoints: recorded }: Pruning): Promise<void> {
  await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
  const table = tableOf('entry', month);
  await client.query(`ALTER TABLE entry DETACH PARTITION ${table}`);
  const { checkpoints } = await lastIn(client, month);
  await client.query(
    `INSERT INTO chain_checkpoint (chain, seq, hash, month)
     SELECT chain, seq, hash, $4 FROM unnest($1::text[], $2::bigint[], $3::text[]) AS c(chain, seq, hash)`,
    [
      checkpoints.map(({ chain }) => chain),
      checkpoints.map(({ seq }) => seq),
      checkpoints.map(({ hash }) => hash),
      `${month}-01`,
    ],
  );
  if (digestOf(await readCheckpoints(client)) !== recorded) {
    throw new PruneRefused(`Entries of ${month} arrived while it was being pruned. Try again.`);
  }
  await client.query(`DELETE FROM entry_default AS d WHERE ${early(month)}`);
  await client.query(`DROP TABLE ${table}`);
  // A decision recorded in the first moments of a month may have parts kept in the month before, so those stay one month longer.
  await client.query(`DROP TABLE IF EXISTS ${tableOf('kept', monthBefore(month))}`);
}

/** When a month is over, in SQL. */
const endOf = (month: string): string =>
  `((${pg.escapeLiteral(`${month}-01`)}::timestamp + interval '1 month') AT TIME ZONE 'UTC')`;

/**
 * Of what has no partition of its own (`d`), what goes with a month: what an early clock put there, before everything of its chain that
 * stays. It would otherwise be left behind the checkpoint, where no chain goes on from.
 */
const early = (month: string): string =>
  `d.at < ${endOf(month)}
   AND NOT EXISTS (SELECT FROM entry e WHERE e.chain = d.chain AND e.seq < d.seq AND e.at >= ${endOf(month)})`;

/** Of the partition's own name, so that its digits alone come from the argument. */
const tableOf = (parent: 'entry' | 'kept', month: string): string =>
  pg.escapeIdentifier(`${parent}_${month.replace('-', '_')}`);

function monthBefore(month: string): string {
  const date = new Date(`${month}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() - 1);
  return date.toISOString().slice(0, 7);
}

async function monthsBefore(client: pg.ClientBase, before: string): Promise<string[]> {
  const { rows } = await client.query<{ month: string }>(
    `SELECT substr(replace(c.relname, '_', '-'), 7) AS month FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'entry'::regclass AND c.relname ~ '^entry_\\d{4}_\\d{2}$' ORDER BY 1`,
  );
  return rows.map(({ month }) => month).filter((month) => month < before);
}

interface Going {
  /** The last of each chain. */
  checkpoints: Checkpoint[];
  entries: number;
  /** Of those that have no month. */
  early: number;
}

/** What goes with a month, which may be detached already. */
async function lastIn(client: pg.ClientBase, month: string): Promise<Going> {
  const last = new Map<string, Checkpoint>();
  const counts: number[] = [];
  for (const from of [`${tableOf('entry', month)} AS d`, `entry_default AS d WHERE ${early(month)}`]) {
    const { rows } = await client.query<{ chain: string; seq: string; hash: string }>(
      `SELECT DISTINCT ON (chain) chain, seq, hash FROM ${from} ORDER BY chain, seq DESC`,
    );
    for (const { chain, seq, hash } of rows)
      if (Number(seq) > (last.get(chain)?.seq ?? 0)) last.set(chain, { chain, seq: Number(seq), hash, month });
    const { rows: counted } = await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${from}`);
    counts.push(Number(counted[0]?.n));
  }
  const [entries = 0, ofNoMonth = 0] = counts;
  return { checkpoints: [...last.values()], entries, early: ofNoMonth };
}

/** What stays of each chain must come after what goes; a clock that jumped can have put it otherwise. */
async function refuseScattered(client: pg.ClientBase, month: string): Promise<void> {
  const { rows } = await client.query<{ chain: string; month: string }>(
    `SELECT e.chain, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM') AS month
     FROM (SELECT chain, max(seq) AS seq FROM ${tableOf('entry', month)} GROUP BY chain) AS last
     JOIN entry e ON e.chain = last.chain AND e.seq < last.seq AND e.at >= ${endOf(month)} LIMIT 1`,
  );
  const [found] = rows;
  if (found) {
    throw new PruneRefused(
      `The chain ${found.chain} has entries of ${found.month} before entries of ${month}: a clock was wrong. The rest of that chain could not be verified without them, so this month stays.`,
    );
  }
}
