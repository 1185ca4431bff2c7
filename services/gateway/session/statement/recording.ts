// What a session writes into the ledger. In write an intent is durable before what could take effect is sent (recorded-first.ts says
// when that is); in read, and of what only reads, within a second.
import type { Clock } from '../../../contract/clock.ts';
import type { ClientError } from '../../../contract/errors.ts';
import type { SessionRef } from '../../../elevation/elevations.ts';
import type { Decided, EntryDraft, Form, Said } from '../../../ledger/entry/entry.ts';
import { type Ledger, LedgerUnavailable } from '../../../ledger/ledger.ts';
import { makeReadLog } from '../../../ledger/write/read-log.ts';
import { makeWriteLog, type Taken, type Write } from '../../../ledger/write/write-log.ts';
import type { Log } from '../../../contract/log.ts';
import { toError } from './faults.ts';
import type { Allowed, DecisionContext, Refused } from './guard.ts';
import { makeRun, type Outcome, type Run } from './runs.ts';
import { Slices } from '../client/slices.ts';

export interface Recorder {
  sessionStarted(token: string): void;
  sessionEnded(why: string): void;
  /** The statements' runs, whose outcomes it records: they may be sent now, or once they are durable. An error means that they cannot be recorded. */
  intents(allowed: Allowed[], context: DecisionContext, how?: Recording): Run[] | Confirming | ClientError;
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

/** They are on their way into the record. `durable`: null, or why they may not run; it never rejects but for a fault. The same for all that share a commit. */
export interface Confirming {
  runs: Run[];
  durable: Promise<ClientError | null>;
}

export interface RecorderDeps {
  ledger: Ledger;
  clock: Clock;
  log: Log;
  /** The analyser's version. */
  analyser: string;
}

/** What a gathered entry is worth, in small ones. */
const GATHERED = 50;
/** Executions in write mode that are kept in memory before they are handed to the ledger, whose queue bounds what a session holds. */
const MOST_GATHERED = 500;

export function makeRecorder(deps: RecorderDeps, session: SessionRef): Recorder {
  const { ledger, clock, log } = deps;
  const of = { session: session.id, principal: session.principal.id, target: session.target.name };
  /** Entries of writes that are not durable yet. */
  const unconfirmed = new Set<Promise<void>>();
  /** Why one of them never will be, in this transaction. */
  let lost: unknown = null;
  const reads = makeReadLog({ ...of, clock, gathers: ledger.gather(of.principal, () => reads.take()) });
  const writes = makeWriteLog({ ...of, clock });
  const writesGather = ledger.gather(of.principal, () => {
    handIn();
    return null;
  });
  const forms = new WeakMap<object, { form: Form; context: DecisionContext; clock: string; revision: string }>();
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

  const formOf = ({ facts, revision, clock: at, obligations }: Allowed, context: DecisionContext): Form => ({
    fingerprint: facts.fingerprint,
    normalized: facts.normalized,
    type: facts.type,
    effects: facts.effects,
    relations: [...new Set(facts.relations.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`)))],
    revision,
    decided: decided(context, facts, at, { result: 'allow', codes: [], terms: obligations }),
  });

  /** The same object as long as it is the same decision. */
  const sharedForm = (allowed: Allowed, context: DecisionContext): Form => {
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
    { transaction = null, startedAt }: { transaction?: string | null; startedAt: number },
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
    const read = reads.begin(sharedForm(allowed, context));
    const startedAt = read.began;
    return runOf(allowed, `${reads.count}`, context, (_, outcome) => reads.end(read, outcome), { startedAt });
  };

  /** In write mode: it is in the record once its entry is. */
  const ends = (write: Write) => (_: Run, outcome: Outcome) => {
    writes.end(write, outcome);
    gatherWrites();
  };

  /** All that gathered in write mode goes to the ledger; it is in the record unless the ledger refuses it for good. */
  const handIn = (): void => {
    for (let taken = writes.take(); taken; taken = writes.take()) follow(taken);
  };
  const follow = (taken: Taken): void => {
    const confirmed = ledger.follow(taken.draft).catch((error: unknown) => {
      log.warn({ err: toError(error), ...of }, 'an entry of writes could not be recorded');
      writes.lost(taken);
      lost = error ?? new Error('an entry of writes could not be recorded');
    });
    unconfirmed.add(confirmed);
    void confirmed.then(() => unconfirmed.delete(confirmed));
  };
  /** Everything that the session has done in write mode by the end of this turn is durable. Rejects where that is not so in time, or never will be. */
  const confirm = async (): Promise<void> => {
    // What stands behind it in the same packet goes with it.
    await null;
    gathers = false;
    handIn();
    await ledger.hasten(Promise.all(unconfirmed));
    if (lost !== null) throw lost;
  };
  let confirming: Promise<ClientError | null> | null = null;
  let next: Promise<ClientError | null> | null = null;
  /** The turn of the event loop in which it was begun is not over: what comes in it goes with it. */
  let gathers = false;
  /** What comes while the ledger commits goes together into the next commit. */
  const durable = (): Promise<ClientError | null> => {
    if (confirming === null) return begins();
    if (gathers) return confirming;
    next ??= confirming.then(begins, begins);
    return next;
  };
  const begins = (): Promise<ClientError | null> => {
    next = null;
    gathers = true;
    const round = confirm().then(() => null, notRecordable);
    confirming = round;
    const over = () => {
      if (confirming === round) confirming = null;
    };
    round.then(over, over);
    return round;
  };

  /** Within the flush time; much of it in parts, at once. */
  const gatherWrites = (): void => {
    if (writes.waiting >= MOST_GATHERED) handInParts();
    try {
      if (writes.waiting > 0) writesGather('outcome');
    } catch {
      // The record takes nothing more, of anybody: another gateway settles what this one leaves.
    }
  };
  let inParts = false;
  const handInParts = (): void => {
    if (inParts) return;
    inParts = true;
    over.add(() => {
      inParts = false;
      const taken = writes.take();
      if (taken) follow(taken);
      gatherWrites();
    }, GATHERED);
  };

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
        handIn();
        if (queueReads()) over.add(end, GATHERED);
        else queue({ kind: 'session_ended', ...of, why, statements: writes.count + reads.count });
      };
      over.add(end);
    },

    intents(allowed, context, { first = true, undoes = false, transaction = null } = {}) {
      try {
        const { mode, elevation } = context;
        if (mode === 'read') return allowed.map((each) => begin(each, context));
        if (elevation === null) throw new Error('a statement in write mode without an elevation');
        if (lost !== null && !undoes) throw lost;
        // So that the record has them before what was written after them.
        while (reads.fresh) queueReads();
        // Whose share of what waits is used up is refused here; what is waited for has the ledger's own deadline.
        if (!first) writesGather('statement');
        const begun = allowed.map((each) => ({
          each,
          write: writes.begin({ form: sharedForm(each, context), elevation: elevation.id, commits: transaction }),
        }));
        const from = writes.count - begun.length + 1;
        const runs = begun.map(({ each, write }, n) =>
          runOf(each, `write ${from + n}`, context, ends(write), { transaction, startedAt: write.began }),
        );
        if (first) return { runs, durable: durable() };
        gatherWrites();
        return runs;
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
      // So that the record has what ran before it.
      handIn();
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
