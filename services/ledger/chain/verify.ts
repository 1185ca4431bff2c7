import pg from 'pg';
import { begunChains, goneChains, saidOfChains } from './between-chains.ts';
import { ChainWalk, type Problem } from './chain-walk.ts';
import { type Checkpoint, digestOf, readCheckpoints } from './checkpoints.ts';
import { type Fields, STORED_ENTRY, type StoredEntry } from './stored-entry.ts';
import { OpenWrites } from './open-writes.ts';
import { type Unsettled, unsettledApart } from './unsettled.ts';

export type { Problem } from './chain-walk.ts';

export interface Verification {
  ok: boolean;
  entries: number;
  chains: number;
  /** The first of each chain, then what is wrong between chains; at most 100. */
  problems: Problem[];
  /** Of each head that was asked for, where it is. */
  heads: { hash: string; chain: string; seq: number }[];
  /** Months that were pruned, so not looked at. */
  pruned: string[];
  /** Statements of sessions that are over, whose outcome was never recorded. */
  unsettled: { count: number; statements: Unsettled[] };
}

export interface VerifyOptions {
  /** Hashes from notices: each must be in the ledger, or what came up to it was altered or cut off. */
  heads?: readonly string[];
  /** Called now and then with the number of entries looked at. */
  onProgress?: (entries: number) => void;
}

const BATCH = 2_000;
const MAX_PROBLEMS = 100;
/** Statements without an outcome that are named; the others are counted. */
const MAX_UNSETTLED = 10;
const ENTRIES = `
  DECLARE entries NO SCROLL CURSOR FOR
  SELECT ${STORED_ENTRY} FROM entry ORDER BY entry.chain, entry.seq, entry.at`;

/**
 * Reads every entry of every chain once, in one snapshot, with any login that may read entries, and checks what docs/ledger.md lists.
 * Memory does not grow with the ledger. Throws when the ledger cannot be read.
 */
export async function verifyLedger(connection: pg.ClientConfig, options: VerifyOptions = {}): Promise<Verification> {
  const client = new pg.Client({ application_name: 'sudoql ledger verify', ...connection });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    return await verify(client, options);
  } finally {
    await client.end();
  }
}

async function verify(client: pg.ClientBase, { heads = [], onProgress }: VerifyOptions): Promise<Verification> {
  const problems: Problem[] = [];
  const report = (problem: Problem) => {
    if (problems.length < MAX_PROBLEMS) problems.push(problem);
  };
  const checkpoints = await readCheckpoints(client);
  const wanted = new Set(heads.map((head) => head.trim().toLowerCase()));
  const found: Verification['heads'] = [];
  const lookFor = (hash: string, chain: string, seq: number) => {
    if (wanted.delete(hash)) found.push({ hash, chain, seq });
  };
  /** The latest of each chain. */
  const last = new Map<string, Checkpoint>();
  for (const checkpoint of checkpoints) {
    const { chain, seq, hash } = checkpoint;
    lookFor(hash, chain, seq);
    if (seq > (last.get(chain)?.seq ?? 0)) last.set(chain, checkpoint);
  }

  let entries = 0;
  let chains = 0;
  let walk: ChainWalk | null = null;
  const writes = new OpenWrites();
  let pruning: Fields | null = null;
  /** What is wrong between chains is told behind what is wrong in one. */
  const between: Problem[] = [];
  await client.query(ENTRIES);
  for (;;) {
    const { rows } = await client.query<StoredEntry>(`FETCH ${BATCH} FROM entries`);
    const said: Fields[] = [];
    for (const row of rows) {
      if (walk?.chain !== row.chain) {
        walk = new ChainWalk(row.chain, last.get(row.chain) ?? null);
        chains++;
      }
      const { entry, problem } = walk.next(row);
      if (problem) report(problem);
      if (!entry) continue;
      lookFor(row.hash, row.chain, Number(row.seq));
      writes.next(entry);
      if (entry.kind === 'chain_anchor' || entry.kind === 'gateway_started') said.push(entry);
      if (entry.kind === 'ledger_pruned' && !isLater(pruning, entry)) pruning = entry;
    }
    const more = [...(await saidOfChains(client, said)), ...(await begunChains(client, said))];
    between.push(...more.slice(0, MAX_PROBLEMS - between.length));
    entries += rows.length;
    if (rows.length > 0) onProgress?.(entries);
    if (rows.length < BATCH) break;
  }
  for (const problem of between) report(problem);
  for (const problem of await goneChains(client, MAX_PROBLEMS)) report(problem);
  for (const problem of prunings(pruning, checkpoints)) report(problem);
  for (const head of wanted) {
    report({
      chain: '',
      seq: null,
      at: null,
      what: `the head ${head} is not in the ledger: what came up to it was altered or cut off, or this is another ledger`,
    });
  }
  const pruned = [...new Set(checkpoints.map(({ month }) => month))].sort();
  const open = await writes.unsettled(client);
  const apart = await unsettledApart(client, MAX_UNSETTLED);
  const unsettled = {
    count: open.length + apart.count,
    statements: [...apart.statements, ...open].slice(0, MAX_UNSETTLED),
  };
  return { ok: problems.length === 0, entries, chains, problems, heads: found, pruned, unsettled };
}

/** Of two entries of prunings, whether the first one is of a later month, or was made later. */
function isLater(one: Fields | null, other: Fields): boolean {
  if (!one) return false;
  const [a, b] = [one, other].map(({ month, at }) => `${month} ${at}`) as [string, string];
  return a > b;
}

/** Checkpoints are the owner's rows; the latest entry of a pruning vouches for all of them. */
function prunings(latest: Fields | null, checkpoints: Checkpoint[]): Problem[] {
  if (latest && latest.checkpoints !== digestOf(checkpoints)) {
    const what = 'the checkpoints of pruned months are not those that this entry recorded';
    return [{ chain: String(latest.chain), seq: Number(latest.seq), at: String(latest.at), what }];
  }
  if (!latest && checkpoints.length > 0) {
    return [{ chain: '', seq: null, at: null, what: 'months are said to be pruned, but no entry records it' }];
  }
  return [];
}
