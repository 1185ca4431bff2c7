import type { WrittenSoFar } from '../../../ledger/read/written-so-far.ts';
import { count } from '../../../notifier/render/times.ts';

/** Of what is committed and in the record; a statement that runs is not. */
export function writtenWords(so: WrittenSoFar | undefined): string {
  if (!so) return 'nothing yet';
  const failed = so.failed > 0 ? [`${so.failed} failed`] : [];
  return [count(so.statements, 'statement'), ...failed, ...rowsWords(so.rows)].join(', ');
}

/** `3 rows of public.orders`, table by table. */
export const rowsWords = (rows: Readonly<Record<string, number>>): string[] =>
  Object.entries(rows).map(([name, n]) => `${count(n, 'row')} of ${name}`);
