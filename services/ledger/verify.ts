import pg from 'pg';
import { type Checkpoint, digestOf, readCheckpoints } from './checkpoints.ts';
import { type Unsettled, unsettledIn } from './unsettled.ts';
import { FOUND_BY, foundBy, hashOf, NO_HASH } from './seal.ts';

export interface Problem {
  chain: string;
  /** Of the first entry that is not as it was, or is not there. */
  seq: number | null;
  /** As the entry says. */
  at: string | null;
  what: string;
}

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

interface Row {
  chain: string;
  seq: string;
  at: Date;
  body: string;
  hash: string;
  kind: string;
  names: (string | null)[];
}

const BATCH = 2_000;
const MAX_PROBLEMS = 100;
const ENTRIES = `
  DECLARE entries NO SCROLL CURSOR FOR
  SELECT chain, seq, at, body, hash, kind, ARRAY[${FOUND_BY.join(', ')}] AS names
  FROM entry ORDER BY chain, seq, at`;

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
  await client.query(ENTRIES);
  for (;;) {
    const { rows } = await client.query<Row>(`FETCH ${BATCH} FROM entries`);
    for (const row of rows) {
      if (walk?.chain !== row.chain) {
        walk = new ChainWalk(row.chain, last.get(row.chain) ?? null);
        chains++;
      }
      const problem = walk.next(row);
      if (problem) report(problem);
      lookFor(row.hash, row.chain, Number(row.seq));
    }
    entries += rows.length;
    if (rows.length > 0) onProgress?.(entries);
    if (rows.length < BATCH) break;
  }
  for (const problem of await betweenChains(client)) report(problem);
  for (const problem of await prunings(client, checkpoints)) report(problem);
  for (const head of wanted) {
    report({
      chain: '',
      seq: null,
      at: null,
      what: `the head ${head} is not in the ledger: what came up to it was altered or cut off, or this is another ledger`,
    });
  }
  const pruned = [...new Set(checkpoints.map(({ month }) => month))].sort();
  const unsettled = await unsettledIn(client);
  return { ok: problems.length === 0, entries, chains, problems, heads: found, pruned, unsettled };
}

/** One chain, entry by entry. After its first problem it says no more. */
class ChainWalk {
  readonly chain: string;
  #seq: number;
  #hash: string | null;
  #broken = false;

  constructor(chain: string, from: Checkpoint | null) {
    this.chain = chain;
    this.#seq = from?.seq ?? 0;
    this.#hash = from?.hash ?? null;
  }

  next(row: Row): Problem | null {
    if (this.#broken) return null;
    const what = this.#check(row);
    if (what === null) {
      this.#seq = Number(row.seq);
      this.#hash = row.hash;
      return null;
    }
    this.#broken = true;
    return { chain: this.chain, seq: Number(row.seq), at: row.at.toISOString(), what };
  }

  #check(row: Row): string | null {
    const seq = Number(row.seq);
    if (seq === this.#seq) return 'another entry has the same place in the chain';
    if (seq !== this.#seq + 1) {
      const missing = seq - this.#seq - 1;
      return `${missing === 1 ? `entry ${seq - 1} before it is` : `${missing} entries before it are`} missing`;
    }
    if (hashOf(row.body) !== row.hash) return 'its text is not what was hashed';
    let body: Record<string, unknown>;
    try {
      body = JSON.parse(row.body) as Record<string, unknown>;
    } catch {
      return 'its text is not JSON';
    }
    const said = foundBy(body);
    const agrees =
      body.chain === row.chain &&
      body.seq === seq &&
      body.kind === row.kind &&
      body.at === row.at.toISOString() &&
      FOUND_BY.every((name, index) => said[name] === row.names[index]);
    if (!agrees) return 'its columns are not what its text says';
    const previous = this.#hash ?? predecessorHash(body);
    if (body.previous_hash !== previous) {
      return seq === 1
        ? 'it does not go on from its predecessor'
        : 'the entry before it is not the one that it was chained to';
    }
    return null;
  }
}

function predecessorHash(body: Record<string, unknown>): unknown {
  if (body.kind !== 'gateway_started') return null;
  const { predecessor } = body as { predecessor?: { hash?: unknown } | null };
  return predecessor?.hash ?? NO_HASH;
}

/** What chains say of each other: predecessors and anchors must be there, unless they were pruned; and no chain may be gone. */
const BETWEEN = `
  WITH said AS (
    SELECT chain, seq, at, body::jsonb -> 'of' AS of, 'anchored' AS how FROM entry WHERE kind = 'chain_anchor'
    UNION ALL
    SELECT chain, seq, at, body::jsonb -> 'predecessor', 'named as predecessor' FROM entry
    WHERE kind = 'gateway_started' AND body::jsonb -> 'predecessor' <> 'null'
  )
  SELECT of ->> 'chain' AS chain, (of ->> 'seq')::bigint AS seq, e.at,
    CASE WHEN e.hash IS NULL THEN 'it is missing, but was ' ELSE 'it is not the entry that was ' END
      || how || ' by entry ' || said.seq || ' of chain ' || said.chain AS what
  FROM said LEFT JOIN entry e ON e.chain = of ->> 'chain' AND e.seq = (of ->> 'seq')::bigint
  WHERE e.hash IS DISTINCT FROM of ->> 'hash'
    AND NOT EXISTS (
      SELECT FROM chain_checkpoint p WHERE p.chain = of ->> 'chain'
        AND (p.seq > (of ->> 'seq')::bigint OR (p.seq = (of ->> 'seq')::bigint AND p.hash = of ->> 'hash'))
    )
  UNION ALL
  SELECT c.chain, NULL, NULL, 'the whole chain is missing' FROM chain c
  WHERE NOT EXISTS (SELECT FROM entry e WHERE e.chain = c.chain)
    AND NOT EXISTS (SELECT FROM chain_checkpoint p WHERE p.chain = c.chain)
  UNION ALL
  SELECT DISTINCT e.chain, 1, e.at, 'no gateway process began this chain' FROM entry e
  WHERE e.kind = 'gateway_started' AND NOT EXISTS (SELECT FROM chain c WHERE c.chain = e.chain)
  LIMIT ${MAX_PROBLEMS}`;

async function betweenChains(client: pg.ClientBase): Promise<Problem[]> {
  const { rows } = await client.query<{ chain: string; seq: string | null; at: Date | null; what: string }>(BETWEEN);
  return rows.map(({ chain, seq, at, what }) => ({
    chain,
    seq: seq === null ? null : Number(seq),
    at: at?.toISOString() ?? null,
    what,
  }));
}

/** Checkpoints are the owner's rows; the latest entry of a pruning vouches for all of them. */
async function prunings(client: pg.ClientBase, checkpoints: Checkpoint[]): Promise<Problem[]> {
  const { rows } = await client.query<{ chain: string; seq: string; at: Date; digest: string }>(
    `SELECT chain, seq, at, body::jsonb ->> 'checkpoints' AS digest FROM entry WHERE kind = 'ledger_pruned'
     ORDER BY body::jsonb ->> 'month' DESC, at DESC LIMIT 1`,
  );
  const [latest] = rows;
  if (latest && latest.digest !== digestOf(checkpoints)) {
    const { chain, seq, at } = latest;
    const what = 'the checkpoints of pruned months are not those that this entry recorded';
    return [{ chain, seq: Number(seq), at: at.toISOString(), what }];
  }
  if (!latest && checkpoints.length > 0) {
    return [{ chain: '', seq: null, at: null, what: 'months are said to be pruned, but no entry records it' }];
  }
  return [];
}
