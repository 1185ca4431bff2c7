// A text's spans: how long it was judged, waited for its place in the record, and ran. What it says is in none of them.
import type { Clock } from '../../contract/clock.ts';
import type { StatementFacts } from '../../statements/facts.ts';
import type { Session } from '../session/session.ts';
import type { Allowed, Refused } from '../session/statement/guard.ts';
import type { Outcome, Run } from '../session/statement/runs.ts';
import type { Running } from '../session/statement/statement.ts';
import { ofElevation } from './elevation-spans.ts';
import type { Attribute } from './span.ts';
import { newSpanId, type Tracer } from './tracer.ts';

export interface StatementSpans {
  /** A text begins to be judged. */
  considers(session: Session): void;
  /** What runs as `running` says, seen on its way. */
  follow(session: Session, running: Running): Running;
  /** What was considered last was refused. */
  refused(session: Session, refusal: Refused): void;
}

export function makeStatementSpans(tracer: Tracer, clock: Clock): StatementSpans {
  const considered = new WeakMap<Session, number>();

  const follow = (session: Session, running: Running): Running => {
    const trace = tracer.begin();
    if (trace === null) return running;
    const of = ofSession(session);
    const { elevation } = session.context;
    const root = newSpanId();
    let [began, decided, recorded] = [0, 0, 0];

    /** The one span that all others are part of; it is over when the last statement of the text is. */
    const over = (allowed: Allowed[], failed: boolean, result: Attribute | null) => {
      const endedAt = clock.now().getTime();
      const now = clock.monotonic();
      const part = (name: string, from: number, to: number) =>
        tracer.tell({
          ...{ trace, parent: root, name, kind: 'internal', attributes: {}, failed: false },
          endedAt: endedAt - (now - to),
          milliseconds: to - from,
        });
      part('decide', began, decided);
      part('record', decided, recorded);
      const [first] = allowed;
      tracer.tell({
        ...{ trace, id: root, parent: null, kind: 'server', failed, endedAt, milliseconds: now - began },
        name: nameOf(first?.facts, session),
        attributes: {
          ...of,
          ...ofFacts(first?.facts),
          'sudoql.decision': 'allow',
          'sudoql.revision': first?.revision ?? null,
          'sudoql.statements': allowed.length,
          'sudoql.result': result,
        },
        ...(elevation && { link: ofElevation(elevation.id) }),
      });
    };

    const ran = (run: Run, sent: number, { result, sqlstate, rows }: Outcome) =>
      tracer.tell({
        ...{ trace, parent: root, name: 'run', kind: 'client', failed: result !== 'ok' },
        endedAt: clock.now().getTime(),
        milliseconds: clock.monotonic() - sent,
        attributes: {
          ...ofFacts(run.facts),
          'sudoql.result': result,
          'db.response.status_code': sqlstate,
          'db.response.returned_rows': rows,
        },
      });

    return {
      ...running,
      prepare(allowed) {
        decided = clock.monotonic();
        began = considered.get(session) ?? decided;
        return running.prepare?.(allowed) ?? null;
      },
      begin(allowed) {
        recorded = clock.monotonic();
        return running.begin?.(allowed);
      },
      send(allowed, runs, instead) {
        const sent = clock.monotonic();
        // What follows others is sent once it is recorded, without a `begin`.
        recorded ||= sent;
        let left = runs.length;
        const results: Outcome['result'][] = [];
        for (const run of runs) {
          run.onOutcome = (outcome) => {
            ran(run, sent, outcome);
            results.push(outcome.result);
            if (--left === 0) {
              const worst = results.find((result) => result !== 'ok');
              over(allowed, worst !== undefined, worst ?? 'ok');
            }
          };
        }
        if (left === 0) over(allowed, false, 'ok');
        running.send(allowed, runs, instead);
      },
    };
  };

  return {
    considers: (session) => void considered.set(session, clock.monotonic()),
    follow,
    refused(session, { error, facts, revision }) {
      const trace = tracer.begin();
      if (trace === null) return;
      const now = clock.monotonic();
      tracer.tell({
        ...{ trace, parent: null, kind: 'server', failed: true, name: nameOf(facts, session) },
        endedAt: clock.now().getTime(),
        milliseconds: now - (considered.get(session) ?? now),
        attributes: {
          ...ofSession(session),
          ...ofFacts(facts),
          'sudoql.decision': 'deny',
          'sudoql.code': error.code,
          'sudoql.revision': revision,
        },
      });
    },
  };
}

const nameOf = (facts: StatementFacts | null | undefined, { ref }: Session) =>
  `${facts?.type ?? 'statement'} ${ref.target.name}`;

const ofFacts = (facts: StatementFacts | null | undefined) => ({
  'sudoql.fingerprint': facts?.fingerprint ?? null,
  'sudoql.type': facts?.type ?? null,
});

const ofSession = ({ ref, mode, context }: Session) => ({
  'db.system.name': 'postgresql',
  'sudoql.target': ref.target.name,
  'sudoql.session': ref.id,
  'sudoql.principal': ref.principal.id,
  'sudoql.mode': mode,
  'sudoql.elevation': context.elevation?.id ?? null,
});
