// Plays a script through the gateway, and compares what the record and the closing summary say with what is in the target.
import pg from 'pg';
import { statementsOf, summaryOf } from '../../services/elevation/from-record.ts';
import type { ElevationSummary, Written } from '../../services/ledger/entry/entry.ts';
import { COPY_DONE, close, copyData, copyFail, TERMINATE } from '../../services/gateway/wire/frames.ts';
import { entriesOf } from '../helpers/entries.ts';
import { until } from '../helpers/until.ts';
import { bindText, execute, parse, query, Raw, run, SYNC } from '../wire/raw-client.ts';
import type { Stage } from '../wire/stage.ts';
import { CLEAN, FAILING, type Script, type Step, textOf, TRUTH } from './script.ts';

export interface Played {
  /** What is wrong, in words. */
  findings: string[];
  /** Something ended while something ran. */
  interrupted: boolean;
  /** Something is told as unknown. */
  unknown: boolean;
}

export interface Player {
  play(script: Script): Promise<Played>;
  close(): Promise<void>;
}

export async function makePlayer(stage: Stage): Promise<Player> {
  const target = await stage.direct();
  const ledger = new pg.Client({ connectionString: stage.cluster.url('ledger') });
  await ledger.connect();
  const other = await stage.beside();
  let runs = 0;

  const entry = async (kind: string, where: string, values: string[]): Promise<Record<string, unknown>[]> => {
    const { rows } = await ledger.query<{ body: string }>(
      `SELECT body FROM entry WHERE kind = '${kind}' AND ${where} ORDER BY at, seq`,
      values,
    );
    return rows.map(({ body }) => JSON.parse(body));
  };

  async function play(script: Script): Promise<Played> {
    await target.query(CLEAN);
    const reason = `run ${runs++}`;
    const raw = await Raw.open(stage.through());
    const broken = { is: false };
    let inBlock = false;
    const heard = async (ready = 1) => {
      if (broken.is) return;
      try {
        inBlock = (await raw.heard(ready)).at(-1) !== 'Z(I)';
      } catch {
        broken.is = true;
      }
    };
    raw.send(query(`SELECT sudo('${reason}')`));
    await heard();
    const started = await until('the elevation is recorded', async () => {
      const [found] = await entry('elevation_started', "body::jsonb ->> 'reason' = $1", [reason]);
      return found as { elevation: string; session: string; writer_pid: number } | undefined;
    });
    const { elevation } = started;
    /** What ran alone and outside a block when it ended: if it has no answer, it may have been committed. */
    let alone = false;
    let unheard = 0;
    for (const [at, step] of script.steps.entries()) {
      if (broken.is) break;
      alone =
        at === script.at &&
        unheard === 0 &&
        !inBlock &&
        step.statements.length === 1 &&
        /^INSERT/.test(step.statements[0] ?? '');
      raw.send(...messages(step));
      unheard++;
      if (at !== script.at) {
        if (step.together) continue;
        if (step.cancelled) await cancel(raw, step.cancelled);
        await heard(unheard);
        unheard = 0;
        continue;
      }
      if (script.after === 'answer') await raw.next().catch(() => {});
      // The moment is what is varied.
      else if (script.after > 0) await new Promise((resolve) => setTimeout(resolve, script.after as number));
      break;
    }
    if (script.at === null) await heard(unheard);
    await end(script, raw, started, heard);
    const ended = await until(
      'the end is recorded',
      async () => (await entry('elevation_ended', 'elevation = $1', [elevation]))[0],
    );
    raw.destroy();
    const outcomes = await until('every intent has its outcome', async () => {
      const { rows } = await ledger.query(
        "SELECT body FROM entry WHERE elevation = $1 AND kind = 'writes' ORDER BY seq",
        [elevation],
      );
      const outcomes = entriesOf(rows, 'statement_outcome');
      return outcomes.length >= entriesOf(rows, 'statement_intent').length ? outcomes : null;
    });
    const truth = new Map<string, number>();
    for (const { name, rows } of (await target.query<{ name: string; rows: number }>(TRUTH)).rows)
      truth.set(name, rows);
    const summary = ended.summary as ElevationSummary;
    const interrupted = script.at !== null;
    return {
      findings: [
        ...compare(summary, outcomes, truth, interrupted),
        ...(alone && outcomes.at(-1)?.result === 'unknown' && !summary.unknown
          ? ['what ran alone has no answer, and is told as rolled back']
          : []),
        ...(await withoutGateway(elevation, outcomes, truth)),
        ...stage.faults.splice(0),
      ],
      interrupted,
      unknown: summary.unknown !== undefined,
    };
  }

  /** What another gateway tells from the record, had this one been lost with what it had counted, and with its last outcomes. */
  async function withoutGateway(
    elevation: string,
    outcomes: Record<string, unknown>[],
    truth: Map<string, number>,
  ): Promise<string[]> {
    const findings: string[] = [];
    const committed = async (transaction: string) => {
      const { rows } = await target.query('SELECT pg_xact_status($1::xid8) AS status', [transaction]);
      return rows[0].status === 'committed';
    };
    const pool = {
      query: async <R extends Record<string, unknown>>(text: string, values?: unknown[]): Promise<R[]> =>
        (await ledger.query<R>(text, values)).rows,
    };
    const all = await statementsOf(pool, elevation);
    for (let lost = 0; lost <= Math.min(outcomes.length, 4); lost++) {
      const known = all.map((row, n) =>
        n < all.length - lost ? row : { ...row, result: null, transaction: null, written: null },
      );
      const summary = await summaryOf(known, 'gone', committed);
      findings.push(...never(summary, truth).map((finding) => `from the record without its last ${lost}: ${finding}`));
      if (lost === 0 && summary.unknown && outcomes.every(({ result }) => result !== 'unknown'))
        findings.push('from the record: unknown, though nothing was lost');
    }
    return findings;
  }

  async function cancel(raw: Raw, { after, far }: NonNullable<Step['cancelled']>): Promise<void> {
    // The moment is what is varied.
    await new Promise((resolve) => setTimeout(resolve, after));
    await raw.cancel(far ? other.port : stage.port).catch(() => {});
  }

  async function end(
    script: Script,
    raw: Raw,
    { elevation, writer_pid }: { elevation: string; writer_pid: number },
    heard: () => Promise<void>,
  ): Promise<void> {
    switch (script.end) {
      case 'revoke':
        return stage.revoke();
      case 'vanish':
        return raw.destroy();
      case 'kill':
        await target.query('SELECT pg_terminate_backend($1)', [writer_pid]);
        return;
      case 'unsudo':
        raw.send(query('SELECT unsudo()'));
        await heard();
        // Refused in a failed transaction, perhaps: then it ends with the session.
        if ((await entry('elevation_ended', 'elevation = $1', [elevation])).length === 0) raw.send(TERMINATE);
        return;
      case 'terminate':
        raw.send(TERMINATE);
    }
  }

  return {
    play,
    close: () => ledger.end(),
  };
}

function messages(step: Step): Buffer[] {
  const { protocol, statements } = step;
  if (protocol === 'simple') return [query(textOf(step)), ...statements.flatMap(copied)];
  return [...statements.flatMap((statement) => [...executed(statement, protocol), ...copied(statement)]), SYNC];
}

function executed(statement: string, protocol: Exclude<Step['protocol'], 'simple'>): Buffer[] {
  if (protocol === 'extended' || !/SELECT|RETURNING/.test(statement)) return [run(statement)];
  const rest = protocol === 'half' ? [] : [execute('p')];
  return [parse('', statement), close('P', 'p'), bindText('p', ''), execute('p', 1), ...rest];
}

/** What stands behind a COPY FROM STDIN, of three rows. */
function copied(statement: string): Buffer[] {
  if (!statement.startsWith('COPY')) return [];
  return [
    copyData(Buffer.from('1\n2\n')),
    copyData(Buffer.from('3\n')),
    statement.includes(FAILING) ? copyFail('no more') : COPY_DONE,
  ];
}

/** Findings where `summary` says less than the truth, or more as certain. `truth`: rows by `schema.table`. */
export function never(summary: ElevationSummary, truth: Map<string, number>): string[] {
  const findings: string[] = [];
  const { unknown } = summary;
  const said = (written: Written | undefined, table: string) => written?.rows[table] ?? 0;
  const named = (written: Written | undefined, table: string) => written?.changed?.includes(table) ?? false;
  const opaque = summary.leftBehind.some(({ effect }) => effect === 'dynamic');
  for (const [table, rows] of truth) {
    const sure = said(summary, table);
    const open = named(summary, table) || named(unknown, table) || (table === 'public.proc' && opaque);
    if (rows > sure + said(unknown, table) && !open) findings.push(`${table}: ${rows} committed, ${sure} told`);
    if (sure > rows) findings.push(`${table}: ${sure} told as committed, ${rows} are`);
  }
  return findings;
}

function compare(
  summary: ElevationSummary,
  outcomes: Record<string, unknown>[],
  truth: Map<string, number>,
  interrupted: boolean,
): string[] {
  const findings = never(summary, truth);
  const { unknown } = summary;
  if (summary.backend !== 'gone') findings.push(`the backend is ${summary.backend}`);
  if (summary.rolledBack && unknown) findings.push('rolled back, and yet unknown');
  if (unknown && !interrupted) findings.push('unknown, though nothing was lost');
  if (!interrupted && outcomes.some(({ result }) => result === 'unknown'))
    findings.push('an outcome is unknown, though nothing was lost');
  if (unknown && !outcomes.some(({ result }) => result === 'unknown'))
    findings.push('unknown in the summary, in no outcome');
  // The record by itself says the same.
  const recorded = new Map<string, number>();
  for (const { written } of outcomes as { written?: Written }[]) {
    for (const [table, rows] of Object.entries(written?.rows ?? {}))
      recorded.set(table, (recorded.get(table) ?? 0) + rows);
  }
  for (const table of new Set([...recorded.keys(), ...Object.keys(summary.rows)])) {
    const [record, sum] = [recorded.get(table) ?? 0, summary.rows[table] ?? 0];
    if (record !== sum) findings.push(`${table}: ${record} in the outcomes, ${sum} in the summary`);
  }
  return findings;
}
