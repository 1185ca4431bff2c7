// Ten thousand entries of a hundred processes, with all that texts can hold.
import type pg from 'pg';
import type { EntryDraft } from '../../services/ledger/entry/entry.ts';
import { makeLedger } from '../../services/ledger/write/make-ledger.ts';

const CHAINS = 100;
const ENTRIES = 98;
const TEXTS = [
  'plain',
  'Ünïcödé ✓ 🐘',
  '"quotes" \\ and \t tabs',
  '\u2028\u2029\u007f\u0001',
  'a'.repeat(300),
  'עברית ‏',
];

/** Returns the last hash of each chain. */
export async function record(connection: pg.ClientConfig): Promise<string[]> {
  const heads: string[] = [];
  for (let n = 0; n < CHAINS; n++) {
    const ledger = makeLedger({ connection, replica: `gateway ${n % 7}`, version: 'test', graceMs: 10_000 });
    await ledger.ready;
    await Promise.all(Array.from({ length: ENTRIES }, (_, i) => ledger.append(draft(n * ENTRIES + i))));
    await ledger.close();
    if (ledger.head) heads.push(ledger.head.hash);
  }
  return heads;
}

function draft(n: number): EntryDraft {
  const text = TEXTS[n % TEXTS.length] ?? '';
  const of = { session: `s${n % 40}`, principal: text, target: 'shop' };
  if (n % 3 === 0) return { kind: 'session_ended', ...of, why: text, statements: n };
  return {
    kind: 'statement_outcome',
    ...of,
    statement: `st${n}`,
    elevation: n % 2 ? null : text,
    result: 'ok',
    sqlstate: null,
    rows: n * 12_345_678_901,
    duration_ms: n / 7,
  };
}
