// What readers of the record lean on: the columns of reads, and what entries say of chains and months.
import { type Fields, isObject, matches } from '../chain/stored-entry.ts';

/** Whether it has the fields of its kind, of their types and fitting each other, as far as something is concluded from them. */
export function hasShapeOfKind(entry: Fields): boolean {
  switch (entry.kind) {
    case 'gateway_started':
      return typeof entry.replica === 'string' && (entry.predecessor === null || isHead(entry.predecessor));
    case 'chain_anchor':
      return isHead(entry.of);
    case 'ledger_pruned':
      return (
        matches(entry.month, /^\d{4}-(0[1-9]|1[0-2])$/) && matches(entry.checkpoints, HASH) && isCount(entry.entries)
      );
    case 'reads':
      return entry.runs === undefined ? isReadsOfOneForm(entry) : areExecutions(entry);
    case 'writes':
      return areExecutions(entry) && areOfTransactions(entry);
    default:
      return true;
  }
}

export interface Head {
  chain: string;
  seq: number;
  hash: string;
}

const HASH = /^[0-9a-f]{64}$/;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isCountOrNull = (value: unknown): boolean => value === null || isCount(value);
const isHead = (of: unknown): of is Head =>
  isObject(of) && typeof of.chain === 'string' && isCount(of.seq) && of.seq > 0 && matches(of.hash, HASH);

/** Not written any more. */
function isReadsOfOneForm({ second, normalized, count }: Fields): boolean {
  return typeof second === 'string' && typeof normalized === 'string' && isCount(count);
}

function areExecutions({ session, first, since, forms, runs, ended }: Fields): boolean {
  if (typeof session !== 'string' || !isCount(first) || !isObject(runs)) return false;
  if (!areObjects(forms) || !areObjects(ended)) return false;
  const { form, start_us, duration_us, rows, failed } = runs;
  const columns = [form, start_us, duration_us, rows];
  if (!columns.every(Array.isArray) || !areObjects(failed)) return false;
  const [formOf, starts, durations, rowsOf] = columns as unknown[][];
  const count = formOf?.length ?? 0;
  if (!formOf || !starts || !durations || !rowsOf || columns.some((column) => (column as unknown[]).length !== count)) {
    return false;
  }
  const failures = failed.map(({ run }) => run);
  return (
    (count === 0 ? true : first > 0 && typeof since === 'string' && !Number.isNaN(Date.parse(since))) &&
    formOf.every((index) => isCount(index) && index < forms.length) &&
    forms.every(({ normalized, fingerprint }) => typeof normalized === 'string' && typeof fingerprint === 'string') &&
    starts.every((start, n) => isCount(start) && (n === 0 || start >= Number(starts[n - 1]))) &&
    durations.every(isCountOrNull) &&
    rowsOf.every(isCountOrNull) &&
    new Set(failures).size === failures.length &&
    failed.every(({ run, result }) => isFailure(result) && isCount(run) && run < count && durations[run] !== null) &&
    ended.every(
      ({ number, result, rows: of, duration_us: took }) =>
        isCount(number) && number > 0 && (result === 'ok' || isFailure(result)) && isCountOrNull(of) && isCount(took),
    )
  );
}

/** What entries of writes have beside: columns that fit the others, as `areExecutions` found these. */
function areOfTransactions({ elevation, runs, ended }: Fields): boolean {
  if (typeof elevation !== 'string' || !isObject(runs) || !Array.isArray(ended)) return false;
  const { form, duration_us: durations, transaction, written, commits } = runs;
  if (
    !Array.isArray(form) ||
    !Array.isArray(durations) ||
    !Array.isArray(transaction) ||
    transaction.length !== form.length
  )
    return false;
  if (!areObjects(written) || !areObjects(commits)) return false;
  const ofRuns = (list: Fields[]) =>
    list.every(({ run }) => isCount(run) && run < form.length) &&
    new Set(list.map(({ run }) => run)).size === list.length;
  return (
    transaction.every((state, n) => state === null || (isState(state) && durations[n] !== null)) &&
    ofRuns(written) &&
    written.every((what) => isWritten(what) && transaction[Number(what.run)] === 'committed') &&
    ofRuns(commits) &&
    commits.every(({ id }) => matches(id, /^\d+$/)) &&
    (ended as Fields[]).every(
      (end) =>
        (end.transaction === undefined || isState(end.transaction)) &&
        (end.written === undefined ||
          (end.transaction === 'committed' && isObject(end.written) && isWritten(end.written))),
    )
  );
}

const STATES: ReadonlySet<unknown> = new Set(['open', 'committed', 'rolled_back']);
const isState = (state: unknown): boolean => STATES.has(state);

function isWritten({ rows, changed, unnamed }: Fields): boolean {
  return (
    isObject(rows) &&
    Object.values(rows).every(isCount) &&
    (changed === undefined || (Array.isArray(changed) && changed.every((table) => typeof table === 'string'))) &&
    (unnamed === undefined || isCount(unnamed))
  );
}

const isFailure = (result: unknown): boolean => result === 'error' || result === 'unknown';
const areObjects = (list: unknown): list is Fields[] => Array.isArray(list) && list.every(isObject);
