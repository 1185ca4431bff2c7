// A refusal of read mode says the whole truth: before it names write mode, the statement is judged as it would be there, by
// this person on this target, and the person's request for it as well. Nothing of this permits anything.
import { type ClientError, TO_WRITE } from '../../../contract/errors.ts';
import type { Foreseen } from '../../../elevation/foresee.ts';
import type { Considered } from './statement.ts';
import { OF_READ_MODE } from './floor.ts';
import type { DecisionContext, Refused } from './guard.ts';
import type { Session } from '../session.ts';
import type { Steps } from '../steps.ts';
import { withVettingLines } from './unvetted.ts';
import { fold } from '../../../statements/sql-characters.ts';

/** Whether it is read mode that refuses, and not what write mode holds to as well. */
export function ofReadMode({ codes }: Refused): boolean {
  return codes.length > 0 && codes.every((code) => OF_READ_MODE.includes(code));
}

/** `inWrite`: judges the same text in write mode. */
export function* withOutlook(
  session: Session,
  refusal: Refused,
  inWrite: (context: DecisionContext) => Steps<Considered>,
): Steps<Refused> {
  const { elevations, clock } = session.deps;
  const foreseen = elevations.foresee(session.ref);
  const now = clock.now();
  // As long as nobody knows when it would be and why: a rule that looks at these is asked again when somebody does.
  const elevation = {
    id: 'foreseen',
    reason: 'a reason',
    started_at: now.toISOString(),
    deadline: new Date(now.getTime() + 60_000).toISOString(),
  };
  const considered = yield* inWrite({ ...session.context, mode: 'write', elevation });
  const there = considered.kind === 'refused' ? considered.refused : null;
  const said = there
    ? neither(refusal, there)
    : foreseen.ok
      ? first(session, refusal, foreseen)
      : barred(refusal, foreseen);
  const error = withVettingLines(said, refusal.facts, refusal.unvetted, session.ref.target.name);
  return { ...refusal, error, ...(there ? { codes: [...refusal.codes, ...there.codes], reasons: there.reasons } : {}) };
}

/** Write mode, and then again. */
function first(
  { ref: { target } }: Session,
  { error: own }: Refused,
  { by, reason }: Foreseen & { ok: true },
): ClientError {
  const how =
    by === 'in-band'
      ? `To write to ${target.name}, say why: SELECT sudo('why'); then send the statement again.`
      : "This token writes when it connects: options='-c sudoql.reason=why', or PGOPTIONS.";
  const about = reason.map((each) => `Of a reason policy says: ${each}.`);
  return {
    ...own,
    message: `${own.message}${TO_WRITE}${by === 'in-band' ? "say why: SELECT sudo('why')" : "connect with options='-c sudoql.reason=why'"}`,
    hint: [...(own.hint ? [own.hint] : []), how, ...about].join('\n'),
  };
}

/** This person, or this token, would not get there. */
function barred({ error: own }: Refused, foreseen: Foreseen & { ok: false }): ClientError {
  const why = foreseen.error.detail?.split('\n').map((line) => line.replace(/^\w+: /, '')) ?? [foreseen.error.message];
  return {
    ...own,
    message: `${own.message}, and you may not write here: ${lower(why[0] ?? '')}`,
    detail: [own.detail, foreseen.error.detail].filter((each) => each !== undefined).join('\n'),
    hint: [own.hint, foreseen.error.hint].filter((each) => each !== undefined).join('\n'),
  };
}

/** Write mode would not take it either. */
function neither({ error: own }: Refused, there: Refused): ClientError {
  return {
    ...own,
    message: `${own.message}, and write mode would not permit it either: ${there.error.message}`,
    detail: [own.detail, there.error.detail].filter((each) => each !== undefined).join('\n'),
    hint: [own.hint, there.error.hint].filter((each) => each !== undefined).join('\n'),
  };
}

const lower = (sentence: string) => (fold(sentence.charAt(0)) + sentence.slice(1)).replace(/\.$/, '');
