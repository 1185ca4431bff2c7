// The functions of a target that a read may be refused for, for whoever decides which of them to vet.
import type pg from 'pg';
import { OWN_FUNCTIONS } from '../catalogue-queries.ts';
import { FIRST_OWN_OID } from '../catalogue-rows.ts';
import { takeSnapshot } from '../catalogue-snapshot.ts';
import { Findings } from '../findings.ts';
import { Reach } from '../meaning/reach.ts';
import { Work } from '../meaning/work.ts';
import { makeTypes } from '../meaning/types.ts';
import { makeVetting, type VettedFunction } from './verdict.ts';
import { vettingLine } from './vetted.ts';

export interface ListedFunction {
  signature: string;
  body: string;
  kind: 'function' | 'aggregate' | 'window' | 'procedure';
  volatility: 'immutable' | 'stable' | 'volatile';
  language: string;
  securityDefiner: boolean;
  owner: string;
  /** `name version` of the extension that brought it. */
  extension: string | null;
  /** Whether it may run in a read already: by our lists, or by the team's. */
  vetted: boolean;
  /** Functions that an aggregate runs: these are vetted, not the aggregate. Empty for anything else. */
  parts: string[];
  /** The policy data line that would vet it. Null for an aggregate, and for a procedure, which no read can call. */
  line: string | null;
}

const KINDS = { f: 'function', a: 'aggregate', w: 'window', p: 'procedure' } as const;
const VOLATILITY = { i: 'immutable', s: 'stable', v: 'volatile' } as const;

/**
 * Every function in the database that the server did not bring itself, trigger functions aside, by signature. `client` is
 * connected to it as a role that may read its catalogue. Throws what the connection throws.
 */
export async function listFunctions(
  client: pg.ClientBase,
  target: string,
  vetted: readonly VettedFunction[] = [],
): Promise<ListedFunction[]> {
  const snapshot = await takeSnapshot(client);
  const reach = new Reach(
    snapshot,
    makeTypes(snapshot),
    makeVetting(() => vetted),
    new Findings(),
    // An operator's question, not a client's text.
    new Work({ statement: Number.POSITIVE_INFINITY, text: Number.POSITIVE_INFINITY }),
  );
  const plain = new Set<string>();
  for (const fn of snapshot.functionByOid.values())
    if (fn.oid >= FIRST_OWN_OID && reach.function(fn.oid) === 'read') plain.add(fn.signature);
  await client.query('BEGIN READ ONLY; SET LOCAL search_path = pg_catalog');
  try {
    const { rows } = await client.query<unknown[]>({ text: OWN_FUNCTIONS, rowMode: 'array' });
    return rows.map((row) => listed(row, target, plain));
  } finally {
    await client.query('ROLLBACK');
  }
}

function listed(row: unknown[], target: string, plain: ReadonlySet<string>): ListedFunction {
  const [signature, body, volatility, kind, language, securityDefiner, owner, extension, parts] = row;
  const fn = { signature: String(signature), body: String(body) };
  const named = KINDS[kind as keyof typeof KINDS] ?? 'function';
  return {
    ...fn,
    kind: named,
    volatility: VOLATILITY[volatility as keyof typeof VOLATILITY] ?? 'volatile',
    language: String(language),
    securityDefiner: securityDefiner === true,
    owner: String(owner),
    extension: typeof extension === 'string' ? extension : null,
    vetted: plain.has(fn.signature),
    parts: Array.isArray(parts) ? parts.map(String) : [],
    line: named === 'function' || named === 'window' ? vettingLine(target, fn) : null,
  };
}
