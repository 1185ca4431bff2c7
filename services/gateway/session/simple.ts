// The simple protocol: a Query is judged as a whole, one refusal refuses all.
import { commandColumn } from '../../contract/commands.ts';
import type { ClientError } from '../../contract/errors.ts';
import {
  commandComplete,
  dataRow,
  errorResponse,
  parse,
  ProtocolViolation,
  query,
  readyForQuery,
  rowDescription,
  SYNC,
} from '../wire/frames.ts';
import { behindOthers, bounded, ownTransaction } from './affected.ts';
import { cannotFollow, contain } from './containing.ts';
import { type Allowed, type Refused, refused } from './guard.ts';
import { runCommand } from './in-band.ts';
import { isAlone, isEmpty } from './owed.ts';
import { POISON } from './poison.ts';
import { QUESTIONS } from './questions.ts';
import { renaming } from './own-name.ts';
import type { Session } from './session.ts';
import { consider, runStatement } from './statement.ts';
import { differs, reconcile } from './statements.ts';
import { synced } from './synced.ts';
import { decode, NOT_UTF8 } from './text.ts';

export async function onQuery(session: Session, body: Buffer, raw: Buffer): Promise<'again' | undefined> {
  if (body.indexOf(0) !== body.length - 1) throw new ProtocolViolation('A Query with a zero byte in its text.');
  const text = decode(body.subarray(0, -1));
  session.prepared.set('', undefined);
  session.portals.delete('');
  if (text === null) return session.denyQuery(session.refuse(refused(NOT_UTF8, ['invalid_encoding'])));
  if (session.owed) {
    const answered = await owed(session, text, session.owed);
    if (answered) return undefined;
  }
  const { epoch } = session;
  const passage = await runStatement(session, text, {
    prepare: (allowed) => prepare(session, allowed),
    async begin(allowed) {
      await ownTransaction(session, allowed);
      await contain(session, allowed, 'simple');
    },
    send(allowed, runs) {
      const [first, second] = allowed;
      const begin = second === undefined ? first?.statement.mechanics.begin : undefined;
      const readOnly = session.mode === 'read' && begin?.explicitReadWrite ? begin.readOnlyText : null;
      const sent =
        readOnly ?? (first && second === undefined ? renaming(session.ref, first.statement.mechanics) : null);
      session.sending(allowed, runs, text);
      if (first !== undefined) session.owed = null;
      session.push({ kind: 'query', runs }, first === undefined ? query('') : sent === null ? raw : query(sent));
      session.awaitingReady = true;
    },
  });
  switch (passage.kind) {
    case 'again':
      return session.closed || session.epoch === epoch ? undefined : 'again';
    case 'refused':
      return session.denyQuery(session.refuse(passage.refused));
    case 'ask_target':
      return askTarget(session, passage.text, passage.refused);
    case 'command': {
      const answer = await runCommand(session, passage.command, []);
      if (answer === 'again') return 'again';
      if (answer.kind === 'refusal') {
        if (!answer.harmless || session.batch.dirty || session.replies.length > 0)
          return session.denyQuery(answer.error);
        session.client.write(Buffer.concat([errorResponse(answer.error), readyForQuery(session.status)]));
        return undefined;
      }
      const row = [
        rowDescription([commandColumn(passage.command)]),
        dataRow([answer.text]),
        commandComplete(answer.tag),
      ];
      session.client.write(Buffer.concat([...row, readyForQuery(session.status)]));
      return undefined;
    }
    case 'sent':
    case 'dropped':
      return undefined;
  }
}

/** Its Parse alone: the target's own error, with its position. Should it succeed, what follows fails with the refusal. */
function askTarget(session: Session, text: string, refusal: Refused): undefined {
  session.push({ kind: 'parse', hidden: true }, parse('', text));
  session.push({ kind: 'parse', refusal: refusal.error }, POISON);
  session.push({ kind: 'sync' }, SYNC);
  session.backend.parsed.delete('');
  session.awaitingReady = true;
}

/** EXECUTE and DEALLOCATE find their statement on this backend. */
async function prepare(session: Session, allowed: Allowed[]): Promise<ClientError | null> {
  const { prepared: statements, backend } = session;
  for (const { statement } of allowed) {
    const { executes, deallocates } = statement.mechanics;
    const name = executes ?? (deallocates === '*' ? undefined : deallocates);
    if (name === undefined || !differs(name, { statements, backend })) continue;
    if (session.replies.length > 0 || session.batch.dirty) {
      return { code: 'not_supported', message: `send "${name}" in a batch of its own after a change of mode` };
    }
    const error = await reconcile(name, {
      statements,
      backend,
      push: (reply, message) => session.push(reply, message),
    });
    await synced(session);
    if (error) return error;
  }
  if (session.status === 'I' && !session.alone && allowed.some(bounded)) return behindOthers();
  return cannotFollow(session, allowed);
}

/** Whether the query was answered with the error that its transaction has not seen. */
async function owed(session: Session, text: string, error: ClientError): Promise<boolean> {
  const considered = await consider(session, text);
  if (isEmpty(considered) || isAlone(considered, 'rollback')) return false;
  session.owed = null;
  if (isAlone(considered, 'commit')) {
    await session.reader.ask(QUESTIONS.rollback);
    session.status = 'I';
    session.client.write(Buffer.concat([errorResponse(error), readyForQuery('I')]));
  } else session.denyQuery(error);
  return true;
}
