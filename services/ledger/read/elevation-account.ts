// What one elevation did, by form of statement, as the record has it now: while it lives, and when it is over.
import type { EntryDraft, TransactionState } from '../entry/entry.ts';
import { type Execution, executionsOf, type WritesEntry } from '../entry/executions.ts';
import type { LedgerPool } from '../ledger-pool.ts';

type Refused = Extract<EntryDraft, { kind: 'statement_refused' }>;

/** Statements of one form, with what came of them. */
export interface FormAccount {
  /** Without its literals. */
  statement: string;
  type: string;
  times: number;
  /** Of them: how many failed, still ran when they were recorded, or had their answer lost. */
  failed: number;
  running: number;
  unknown: number;
  /** That their tags reported, of those that did not fail. */
  rows: number;
  /** Of their transactions, as far as it is known. */
  committed: number;
  rolledBack: number;
}

export interface ElevationAccount {
  /** In the order in which each came first. */
  forms: FormAccount[];
  /** How many statements are of forms that are not listed. */
  unlisted: number;
  /** Rows that are committed, by `schema.table`. */
  rows: Record<string, number>;
  /** Tables that were changed without a count of rows. */
  changed: string[];
  refused: { statement: string | null; codes: string[]; times: number }[];
}

/** Forms that are listed. */
const MOST_FORMS = 200;
/** Entries that are read at once. */
const PAGE = 500;

/** Throws LedgerUnavailable. */
export async function elevationAccount(pool: Pick<LedgerPool, 'query'>, elevation: string): Promise<ElevationAccount> {
  const forms = new Map<string, FormAccount>();
  const running = new Map<number, FormAccount | null>();
  const refused = new Map<string, ElevationAccount['refused'][number]>();
  const account: ElevationAccount = { forms: [], unlisted: 0, rows: {}, changed: [], refused: [] };
  const changed = new Set<string>();

  const formOf = ({ form }: Execution): FormAccount | null => {
    const known = forms.get(form.fingerprint);
    if (known) return known;
    if (forms.size === MOST_FORMS) return null;
    const fresh = { times: 0, failed: 0, running: 0, unknown: 0, rows: 0, committed: 0, rolledBack: 0 };
    const made: FormAccount = { statement: form.normalized, type: form.type, ...fresh };
    forms.set(form.fingerprint, made);
    return made;
  };
  const countEnd = (
    form: FormAccount | null,
    end: Pick<Execution, 'result' | 'rows'> & { transaction?: TransactionState },
  ) => {
    if (form === null) return;
    if (end.result === 'error') {
      // That its transaction was rolled back is what failing is.
      form.failed++;
      return;
    }
    if (end.result === 'unknown') form.unknown++;
    else form.rows += end.rows ?? 0;
    if (end.transaction === 'committed') form.committed++;
    if (end.transaction === 'rolled_back') form.rolledBack++;
  };
  const countWritten = (written: Execution['written']) => {
    for (const [table, n] of Object.entries(written?.rows ?? {})) account.rows[table] = (account.rows[table] ?? 0) + n;
    for (const table of written?.changed ?? []) changed.add(table);
  };
  const addWrites = (entry: WritesEntry) => {
    for (const execution of executionsOf(entry)) {
      const form = formOf(execution);
      if (form) form.times++;
      else account.unlisted++;
      if (execution.result === 'running') {
        running.set(execution.number, form);
        if (form) form.running++;
      } else countEnd(form, execution);
      countWritten(execution.written);
    }
    for (const end of entry.ended) {
      const form = running.get(end.number) ?? null;
      running.delete(end.number);
      if (form) form.running--;
      countEnd(form, end);
      countWritten(end.written);
    }
  };
  const addRefused = ({ normalized, code, reasons }: Refused) => {
    const codes = reasons.length > 0 ? reasons : [code];
    const key = JSON.stringify([normalized, codes]);
    const known = refused.get(key);
    if (known) known.times++;
    else if (refused.size < MOST_FORMS) refused.set(key, { statement: normalized, codes, times: 1 });
  };

  let after: [at: string, chain: string, seq: string] = ['-infinity', '', '0'];
  for (;;) {
    const rows: Row[] = await pool.query<Row>(
      `SELECT body, at::text AS at, chain, seq FROM entry
       WHERE elevation = $1 AND kind IN ('writes', 'statement_refused') AND (entry.at, chain, seq) > ($2::timestamptz, $3::text, $4::bigint)
       ORDER BY entry.at, chain, seq LIMIT ${PAGE}`,
      [elevation, ...after],
    );
    for (const { body } of rows) {
      const entry = JSON.parse(body) as WritesEntry | Refused;
      if (entry.kind === 'writes') addWrites(entry);
      else addRefused(entry);
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) break;
    after = [last.at, last.chain, last.seq];
  }
  return { ...account, forms: [...forms.values()], changed: [...changed].sort(), refused: [...refused.values()] };
}

interface Row {
  [column: string]: string;
  body: string;
  at: string;
  chain: string;
  seq: string;
}
