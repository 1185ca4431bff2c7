// Limits of one session: the configuration's and those that policy obliges to. Counted while rows stream.
import type { ClientError } from '../../../contract/errors.ts';
import type { Obligations } from '../../../policy/decision.ts';
import { Alarm } from '../alarm.ts';
import type { Taken } from '../../processes/counts.ts';
import type { SessionLimits } from '../deps.ts';
import type { Allowed } from './guard.ts';
import { type Run, tagRows, type Tally } from './runs.ts';

/** A place among the statements that a principal has running, over all its sessions. */
export type Turnstile = () => Taken | Promise<Taken>;

/** Of COPY in binary: a count of columns that is -1. */
const TRAILER_BYTES = 2;

const COUNTABLE = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'CopyStmt']);

export class Limits {
  readonly #limits: SessionLimits;
  readonly #turnstile: Turnstile;
  #leave: (() => void) | null = null;
  #ended = false;
  /** What runs has run too long. */
  onTimeout: (error: ClientError) => void = () => {};
  /** Milliseconds that what the alarm is set for may take. */
  #may = 0;
  readonly #alarm = new Alarm(() => {
    const own = this.#limits.statementTimeout;
    this.onTimeout(timedOut(this.#may, this.#may < own || own === 0));
  });

  constructor(limits: SessionLimits, turnstile: Turnstile) {
    this.#limits = limits;
    this.#turnstile = turnstile;
  }

  /** Takes a turn for what runs until ReadyForQuery; false when the principal has too many. */
  enter(): boolean | Promise<boolean> {
    if (this.#leave) return true;
    const taken = this.#turnstile();
    return taken instanceof Promise ? taken.then((late) => this.#enters(late)) : this.#enters(taken);
  }

  #enters(taken: Taken): boolean {
    if (!taken.ok) return false;
    if (this.#leave || this.#ended) taken.leave();
    else this.#leave = taken.leave;
    return !this.#ended;
  }

  /** Nothing was sent after all: the turn is given back, unless something else of the batch runs. */
  giveBack(busy: boolean): void {
    if (!busy) this.ready();
  }

  /** Starts the clock of what was just sent; the earliest end of a batch counts. */
  start(sent: readonly Pick<Run, 'obligations'>[]): void {
    const own = this.#limits.statementTimeout;
    let ms = own > 0 ? own : Number.POSITIVE_INFINITY;
    for (const { obligations } of sent) ms = least(ms, obligations.timeout_ms);
    const due = performance.now() + ms;
    if (due >= this.#alarm.due) return;
    this.#may = ms;
    this.#alarm.set(due);
  }

  /** Nothing runs: COPY FROM STDIN waits for the client, or all that was sent is answered. */
  paused(): void {
    this.#alarm.putOff();
  }

  /** ReadyForQuery. */
  ready(): void {
    this.paused();
    this.#leave?.();
    this.#leave = null;
  }

  /** The session is over. */
  end(): void {
    this.#ended = true;
    this.ready();
    this.#alarm.end();
  }

  /** One more row, or message of COPY's data, of `bytes` for the client; an error when it is one too many. */
  row(run: Run, tally: Tally, bytes: number): ClientError | null {
    run.rows++;
    const { copyFraming } = run.mechanics;
    if (copyFraming !== 'header' || run.rows > 1) tally.rows++;
    const { max_rows } = run.obligations;
    const rows = least(this.#limits.rows, max_rows);
    // A row of no columns looks like the trailer; behind what fits there can be one of either, and nothing is in it.
    const trailer = copyFraming === 'trailer' && bytes === TRAILER_BYTES && tally.rows === rows + 1;
    if (tally.rows > rows && !trailer)
      return overResult(`${rows} rows`, 'rows', max_rows === rows, 'Add a LIMIT, or aggregate.');
    return this.bytes(run, tally, bytes);
  }

  /** What else a statement makes the server say. */
  bytes({ obligations: { max_bytes } }: Run, tally: Tally, bytes: number): ClientError | null {
    tally.bytes += bytes;
    const size = least(this.#limits.bytes, max_bytes);
    if (tally.bytes > size)
      return overResult(`${size} bytes`, 'bytes', max_bytes === size, 'Select fewer columns or rows.');
    return null;
  }

  /** What cannot be enforced is refused before it runs. `statements`: in the whole text. */
  refuses(allowed: Allowed[], statements: number): ClientError | null {
    const bounded = allowed.find(({ facts, obligations }) => {
      return obligations.max_affected_rows !== undefined && facts.effects.includes('write');
    });
    if (!bounded) return null;
    const max = bounded.obligations.max_affected_rows;
    if (!COUNTABLE.has(bounded.facts.type) || bounded.uncounted) {
      const message = `policy permits ${max} changed rows here, and those of this statement cannot be counted`;
      return { code: 'refused_by_policy', message, hint: 'Write it as a plain INSERT, UPDATE, DELETE or MERGE.' };
    }
    if (statements === 1) return null;
    const message = `policy permits ${max} changed rows here, which can be watched for one statement at a time only`;
    return { code: 'refused_by_policy', message, hint: 'Send the statements one by one.' };
  }

  tooMany(): ClientError {
    return {
      code: 'too_many_connections',
      message: `you have ${this.#limits.statementsPerPrincipal} statements running already`,
      detail: 'The operator sets it: limits.statements_per_principal.',
      hint: 'Wait for one to end, or cancel it.',
    };
  }
}

/** An error when a statement's tag counts more rows than policy permits. */
export function overAffected({ max_affected_rows: max }: Obligations, tag: string): ClientError | null {
  const rows = tagRows(tag) ?? 0;
  if (max === undefined || rows <= max) return null;
  return {
    code: 'limit_exceeded',
    message: `the statement changed ${rows} rows, and policy permits ${max}; it was rolled back`,
    hint: 'Narrow its WHERE.',
  };
}

const least = (configured: number, obliged: number | undefined) => Math.min(configured, obliged ?? configured);

const setBy = (policy: boolean, obligation: string, setting: string) =>
  policy ? `Policy sets it: ${obligation}.` : `The operator sets it: limits.${setting}.`;

function overResult(limit: string, setting: 'rows' | 'bytes', policy: boolean, hint: string): ClientError {
  const whose = policy ? "policy's limit" : "the gateway's limit";
  return {
    code: 'limit_exceeded',
    message: `the result is larger than ${whose} of ${limit}; you have what fits`,
    detail: setBy(policy, `max_${setting}`, setting),
    hint,
  };
}

function timedOut(ms: number, policy: boolean): ClientError {
  return {
    code: 'statement_cancelled',
    message: `cancelled: the statement ran longer than ${policy ? "policy's" : "the gateway's"} limit of ${ms} ms`,
    detail: setBy(policy, 'timeout_ms', 'statement_timeout'),
    hint: 'Narrow it, or run it in parts.',
  };
}
