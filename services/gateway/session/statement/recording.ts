// What a session writes into the ledger. In write an intent is durable before what could take effect is sent (recorded-first.ts says
// when that is); in read, and of what only reads, within a second.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../contract/clock.ts';
import type { ClientError } from '../../../contract/errors.ts';
import type { SessionRef } from '../../../elevation/elevations.ts';
import type { Decided, EntryDraft, Said } from '../../../ledger/entry/entry.ts';
import { type Ledger, LedgerUnavailable } from '../../../ledger/ledger.ts';
import { makeReadLog, type ReadForm } from '../../../ledger/write/read-log.ts';
import type { Log } from '../../../contract/log.ts';
import { toError } from './faults.ts';
import type { Allowed, DecisionContext, Refused } from './guard.ts';
import { makeRun, type Outcome, type Run } from './runs.ts';
import { Slices } from '../client/slices.ts';

export interface Recorder {
  sessionStarted(token: string): void;
  sessionEnded(why: string): void;
  /** The statements may run once this resolves with their runs, whose outcomes it records; an error means that they could not be recorded. */
  intents(
    allowed: Allowed[],
    context: DecisionContext,
    how?: Recording,
  ): Promise<Run[] | ClientError> | Run[] | ClientError;
  /** The transaction, if there was one, is over: what of it could not be recorded was rolled back with it. */
  transactionOver(): void;
  refusal(refused: Refused, context: DecisionContext): void;
  /** Null, or what resolves when less of this session waits to be recorded: until then it is to be read no further. */
  room(): Promise<void> | null;
  /** Null, or what resolves when the ledger has been given all that there was. */
  drained(): Promise<void> | null;
}

export interface Recording {
  /** In write mode: they, and all that this session has done before, are to be durable first. The default. */
  first?: boolean;
  /** They take back what could not be recorded. */
  undoes?: boolean;
  /** Of a COMMIT that is sent alone: the id of the target's transaction. */
  transaction?: string | null;
}

export interface RecorderDeps {
  ledger: Ledger;
  clock: Clock;
  log: Log;
  /** The analyser's version. */
  analyser: string;
}

/** An entry of reads, as outcomes. */
const ENTRY_OF_READS = 50;

export function makeRecorder(deps: RecorderDeps, session: SessionRef): Recorder {
  const { ledger, clock, log } = deps;
  const of = { session: session.id, principal: session.principal.id, target: session.target.name };
  let statements = 0;
  /** Of intents that were not waited for, those that are not durable yet. */
  const unconfirmed = new Set<Promise<void>>();
  /** Why one of this transaction never will be. */
  let lost: unknown = null;
  const reads = makeReadLog({ ...of, clock, gathers: ledger.gather(of.principal, () => reads.take()) });
  const forms = new WeakMap<object, { form: ReadForm; context: DecisionContext; clock: string; revision: string }>();
  const over = new Slices();

  /** Entries whose loss changes nothing that runs: what cannot be queued is logged. */
  const queue = (draft: EntryDraft) => {
    try {
      ledger.queue(draft);
    } catch (thrown) {
      log.error({ err: toError(thrown), kind: draft.kind, ...of }, 'an entry could not be recorded');
    }
  };

  const queueReads = () => {
    const gathered = reads.take();
    if (gathered) queue(gathered);
    return gathered !== null;
  };

  const decided = (context: DecisionContext, facts: object, at: string, said: Said): Decided => ({
    entrypoint: 'statement',
    context: ledger.keep(context),
    facts: ledger.keep(facts),
    clock: at,
    analyser: deps.analyser,
    said,
  });

  const intent = (allowed: Allowed, context: DecisionContext, id: string, transaction: string | null): EntryDraft => ({
    kind: 'statement_intent',
    ...of,
    statement: id,
    mode: context.mode,
    elevation: context.elevation?.id ?? null,
    ...formOf(allowed, context),
    ...(transaction !== null && { transaction }),
  });

  const formOf = ({ facts, revision, clock: at, obligations }: Allowed, context: DecisionContext): ReadForm => ({
    fingerprint: facts.fingerprint,
    normalized: facts.normalized,
    type: facts.type,
    effects: facts.effects,
    relations: [...new Set(facts.relations.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`)))],
    revision,
    decided: decided(context, facts, at, { result: 'allow', codes: [], terms: obligations }),
  });

  /** The same as long as it is the same decision. */
  const readForm = (allowed: Allowed, context: DecisionContext): ReadForm => {
    const { facts, clock, revision } = allowed;
    const known = forms.get(facts);
    if (known?.context === context && known.clock === clock && known.revision === revision) return known.form;
    const form = formOf(allowed, context);
    forms.set(facts, { form, context, clock, revision });
    return form;
  };

  const runOf = (
    { statement, facts, uncounted, further, obligations }: Allowed,
    id: string,
    { mode, elevation }: DecisionContext,
    final: (run: Run, outcome: Outcome) => void,
    { transaction = null, startedAt = clock.monotonic() }: { transaction?: string | null; startedAt?: number } = {},
  ): Run =>
    makeRun(
      {
        id,
        mode,
        elevation: elevation?.id ?? null,
        facts,
        mechanics: statement.mechanics,
        uncounted,
        further,
        obligations,
        text: statement.text,
        transaction,
        startedAt,
      },
      final,
    );

  /** In read mode: it is in the record from its beginning. */
  const begin = (allowed: Allowed, context: DecisionContext): Run => {
    const read = reads.begin(readForm(allowed, context));
    const startedAt = read.began;
    return runOf(allowed, `${reads.count}`, context, (_, outcome) => reads.end(read, outcome), { startedAt });
  };

  const outcomeOf = (run: Run, { result, sqlstate, rows, durationMs, ...end }: Outcome) =>
    over.add(() =>
      queue({
        kind: 'statement_outcome',
        ...of,
        statement: run.id,
        elevation: run.elevation,
        result,
        sqlstate,
        rows,
        duration_ms: Math.round(durationMs * 1_000) / 1_000,
        ...end,
      }),
    );

  /** All of them, or none runs: one that is in the record all the same, now or as it turns out, gets its outcome. */
  const recorded = async (drafts: EntryDraft[], ids: string[], elevation: string | null): Promise<void> => {
    const each = await Promise.allSettled(drafts.map((draft) => ledger.append(draft)));
    const failed = each.find((one) => one.status === 'rejected');
    if (!failed) {
      // What the session had not waited for stands before these, and so is settled by now.
      await Promise.all(unconfirmed);
      if (lost === null) return;
      for (const statement of ids) neverRan(statement, elevation);
      throw lost;
    }
    each.forEach((one, n) => {
      const statement = ids[n] ?? '';
      if (one.status === 'fulfilled') neverRan(statement, elevation);
      else if (one.reason instanceof LedgerUnavailable) {
        void one.reason.committed?.then((committed) => committed && neverRan(statement, elevation));
      }
    });
    throw failed.reason;
  };
  /** Its statement runs meanwhile, and cannot take effect before `confirmed`. */
  const follow = (draft: EntryDraft): void => {
    const confirmed = ledger.follow(draft).catch((error: unknown) => {
      lost = error ?? new Error('an intent could not be recorded');
    });
    unconfirmed.add(confirmed);
    void confirmed.then(() => unconfirmed.delete(confirmed));
  };
  const neverRan = (statement: string, elevation: string | null) =>
    queue({
      kind: 'statement_outcome',
      ...of,
      statement,
      elevation,
      result: 'error',
      sqlstate: '58000',
      rows: null,
      duration_ms: 0,
    });

  return {
    sessionStarted: (token) =>
      ledger.queue({
        kind: 'session_started',
        ...of,
        via: session.via,
        application_name: session.applicationName,
        client_address: session.clientAddress,
        principal_kind: session.principal.kind,
        token,
      }),
    sessionEnded(why) {
      // What ends now or waits to be handed in stands before it in the record.
      const end = () => {
        if (queueReads()) over.add(end, ENTRY_OF_READS);
        else queue({ kind: 'session_ended', ...of, why, statements: statements + reads.count });
      };
      over.add(end);
    },

    intents(allowed, context, { first = true, undoes = false, transaction = null } = {}) {
      try {
        if (context.mode === 'read') {
          return allowed.map((each) => begin(each, context));
        }
        if (lost !== null && !undoes) throw lost;
        // So that the record has them before what was written after them.
        while (reads.fresh) queueReads();
        statements += allowed.length;
        const ids = allowed.map(() => randomUUID());
        const runs = () => allowed.map((each, n) => runOf(each, ids[n] ?? '', context, outcomeOf, { transaction }));
        const drafts = allowed.map((each, n) => intent(each, context, ids[n] ?? '', transaction));
        if (!first) {
          drafts.forEach((draft, n) => {
            try {
              follow(draft);
            } catch (thrown) {
              for (const statement of ids.slice(0, n)) neverRan(statement, context.elevation?.id ?? null);
              throw thrown;
            }
          });
          return runs();
        }
        return recorded(drafts, ids, context.elevation?.id ?? null).then(runs, notRecordable);
      } catch (thrown) {
        return notRecordable(thrown);
      }
    },

    transactionOver() {
      lost = null;
    },

    room: () => over.drained() ?? ledger.room(of.principal, of.session),
    drained: () => over.drained(),

    refusal({ error, codes, facts, unvetted, revision, clock: at, fault }, context) {
      queue({
        kind: 'statement_refused',
        ...of,
        mode: context.mode,
        elevation: context.elevation?.id ?? null,
        code: error.code,
        reasons: codes,
        fingerprint: facts?.fingerprint ?? null,
        normalized: facts?.normalized ?? null,
        type: facts?.type ?? null,
        effects: facts?.effects ?? [],
        ...(unvetted.length > 0 ? { unvetted: ledger.keep(unvetted) } : {}),
        ...(fault === null ? {} : { fault }),
        revision,
        decided: facts && at !== null ? decided(context, facts, at, { result: 'deny', codes, terms: {} }) : null,
      });
    },
  };

  function notRecordable(thrown: unknown): ClientError {
    if (!(thrown instanceof LedgerUnavailable)) throw thrown;
    log.warn({ err: thrown, ...of }, 'a statement could not be recorded and did not run');
    return {
      code: 'not_recordable',
      message: 'the ledger cannot record now, so nothing was run',
      hint: 'Try again when /readyz says that all is well.',
    };
  }
}
