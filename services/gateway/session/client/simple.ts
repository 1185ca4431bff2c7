// The simple protocol: a Query is judged as a whole, one refusal refuses all.
import { commandColumn } from '../../../contract/commands.ts';
import { type ClientError, ofTarget } from '../../../contract/errors.ts';
import {
  commandComplete,
  dataRow,
  errorResponse,
  parse,
  ProtocolViolation,
  query,
  rowDescription,
  SYNC,
} from '../../wire/frames.ts';
import { behindOthers, bounded, needsOwnTransaction, ownTransaction } from '../statement/affected.ts';
import { cannotFollow, contain } from '../statement/containing.ts';
import { type Allowed, type Refused, refused } from '../statement/guard.ts';
import { answered, runCommand } from './in-band.ts';
import { isAlone, isEmpty } from '../write-mode/owed.ts';
import { POISON } from './poison.ts';
import { askIdAhead } from '../target/commit-id.ts';
import { countAhead } from '../target/counts.ts';
import { QUESTIONS } from '../target/questions.ts';
import { renaming } from '../names/application-name.ts';
import { type Answer, type Reply, Replies } from '../target/replies.ts';
import type { Session } from '../session.ts';
import { type Steps, wait, walk } from '../steps.ts';
import { consider, runStatement } from '../statement/statement.ts';
import { differs, namedIn, reconcile } from '../names/prepared-statements.ts';
import { synced } from '../target/synced.ts';
import { decode, NOT_UTF8 } from './text.ts';

export function* onQuery(session: Session, raw: Buffer): Steps<'again' | undefined> {
  if (raw.indexOf(0, 5) !== raw.length - 1) throw new ProtocolViolation('A Query with a zero byte in its text.');
  const text = decode(raw.subarray(5, -1));
  session.prepared.set('', undefined);
  session.portals.delete('');
  if (text === null) return session.denyQuery(session.refuse(refused(NOT_UTF8, ['invalid_encoding'])));
  if (session.owed) {
    const answered = yield* owed(session, text, session.owed);
    if (answered) return undefined;
  }
  const { epoch } = session;
  let said: ClientError | null = null;
  const passage = yield* runStatement(session, text, {
    prepare(allowed) {
      const names = allowed.flatMap(namedIn);
      if (names.length === 0) return notHere(session, allowed, names);
      const prepared = walk(prepare(session, names));
      const hear = (unprepared: Unprepared | null) => {
        if (unprepared?.said) said = unprepared.error;
        return unprepared?.error ?? notHere(session, allowed, names);
      };
      return prepared instanceof Promise ? prepared.then(hear) : hear(prepared);
    },
    begin(allowed) {
      if (!needsOwnTransaction(session, allowed)) return contain(session, allowed, 'simple');
      return ownTransaction(session, allowed).then(() => contain(session, allowed, 'simple'));
    },
    send(allowed, runs, instead) {
      const [first, second] = allowed;
      const sent = instead ?? (first && second === undefined ? renaming(session.ref, first.statement.mechanics) : null);
      countAhead(session, allowed);
      askIdAhead(session, allowed);
      session.sending(allowed, runs, text, instead);
      session.push({ kind: 'query', runs }, first === undefined ? query('') : sent === null ? raw : query(sent));
      session.conversation.on('sent');
    },
  });
  // The batch before it failed meanwhile, and it is skipped with that: whatever was sent for it now, the target would not answer.
  if (session.conversation.skipping) return undefined;
  switch (passage.kind) {
    case 'again':
      return session.closed || session.epoch === epoch ? undefined : 'again';
    case 'refused':
      session.refuse(passage.refused);
      // The target has said it to a question of ours, and its transaction has failed by that.
      if (said) return session.answerReady(errorResponse(said));
      return session.denyQuery(passage.refused.error);
    case 'ask_target':
      return askTarget(session, passage.text, passage.refused);
    case 'command': {
      if (!(yield* caughtUp(session))) return undefined;
      if (session.epoch !== epoch) return 'again';
      const answer = yield* wait(runCommand(session, passage.command, []));
      if (answer === 'again') return 'again';
      if (session.ending) yield* wait(session.ending.done);
      if (answer.kind === 'refusal') return session.denyQuery(answer.error);
      return session.answerReady(
        rowDescription([commandColumn(passage.command)]),
        dataRow([answer.text]),
        commandComplete(answer.tag),
      );
    }
    case 'sent':
    case 'dropped':
      return undefined;
  }
}

/** A Query ends the batch before it: what the target owes of that is said before we answer ourselves. False: it failed, and skips. */
function* caughtUp(session: Session): Steps<boolean> {
  if (session.replies.length > 0) yield* wait(answered(session));
  if (session.conversation.skipping) return false;
  if (session.batch.dirty) yield* wait(synced(session));
  return true;
}

/** Its Parse alone: the target's own error, with its position. Should it succeed, what follows fails with the refusal. */
function askTarget(session: Session, text: string, refusal: Refused): undefined {
  session.push({ kind: 'parse', hidden: true }, parse('', text));
  session.push({ kind: 'parse', refusal: refusal.error }, POISON);
  session.push({ kind: 'sync' }, SYNC);
  session.backend.parsed.delete('');
  session.conversation.on('sent');
}

/** EXECUTE and DEALLOCATE find their statement on this backend; what the target says against that. */
function* prepare(session: Session, names: string[]): Steps<Unprepared | null> {
  const { prepared: statements, backend } = session;
  if (session.busy) return null;
  for (const name of names) {
    if (!differs(name, { statements, backend })) continue;
    const unprepared = yield* broughtInLine(session, name);
    if (unprepared) return unprepared;
  }
  return null;
}

/** Why these cannot be sent as things stand. */
function notHere(session: Session, allowed: Allowed[], names: string[]): ClientError | null {
  const { prepared: statements, backend } = session;
  const name = names.find((each) => differs(each, { statements, backend }));
  if (name !== undefined && session.busy) {
    return { code: 'not_supported', message: `send "${name}" in a batch of its own after a change of mode` };
  }
  if (session.status === 'I' && !session.alone && allowed.some(bounded)) return behindOthers();
  return cannotFollow(session, allowed);
}

/** `said`: in the target's own words, by which its transaction has failed. */
interface Unprepared {
  error: ClientError;
  said: boolean;
}

/**
 * With a Sync of ours, apart from the client's queue: in the simple protocol no Sync of its own would follow on an error.
 */
function* broughtInLine(session: Session, name: string): Steps<Unprepared | null> {
  const { prepared: statements, backend } = session;
  const apart = new Replies();
  const messages: Buffer[] = [];
  const push = (reply: Reply, message: Buffer) => {
    apart.push(reply);
    messages.push(message);
  };
  const compared = walk(reconcile(name, { statements, backend, push }));
  push({ kind: 'sync' }, SYNC);
  try {
    const look = (answer: Answer) => {
      if (!'NSA'.includes(answer.type)) apart.accept(answer);
    };
    const { error, status } = yield* wait(backend.exchange(Buffer.concat(messages), look));
    session.hiddenReady(Buffer.from(status));
    const { sqlstate, message } = error ?? {};
    if (message !== undefined) {
      return {
        error: { code: 'schema_changed', ...(sqlstate ? { sqlstate: ofTarget(sqlstate) } : {}), message },
        said: true,
      };
    }
  } finally {
    apart.abandon();
  }
  const error = compared instanceof Promise ? yield* wait(compared) : compared;
  return error && { error, said: false };
}

/** Whether the query was answered with the error that its transaction has not seen. */
function* owed(session: Session, text: string, error: ClientError): Steps<boolean> {
  const considering = consider(session, text);
  const considered = considering instanceof Promise ? yield* wait(considering) : considering;
  if (session.conversation.skipping || isEmpty(considered) || isAlone(considered, 'rollback')) return false;
  session.owed = null;
  if (isAlone(considered, 'commit')) {
    yield* wait(session.reader.ask(QUESTIONS.rollback));
    session.status = 'I';
    session.answerReady(errorResponse(error));
  } else session.denyQuery(error);
  return true;
}
