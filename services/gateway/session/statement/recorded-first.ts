// Promise 6 (docs/design.md): whether statements may be sent only once their intents, and all before them, are durable. Inside of a transaction
// block nothing takes effect before its COMMIT, so the intents of what is in it may be on their way while it runs; a crash undoes it by itself.
import { blockAfter } from '../batch.ts';
import type { Allowed } from './guard.ts';
import type { Session } from '../session.ts';

/** As they are about to be sent, in write mode. What is not known to take effect with a later COMMIT alone is recorded first. */
export function recordedFirst({ inBlock, madeUnseen }: Session, allowed: readonly Allowed[]): boolean {
  let block = inBlock;
  for (const { statement, facts, actsAtOnce } of allowed) {
    const { transaction } = statement.mechanics;
    if (madeUnseen || actsAtOnce) return true;
    if (transaction === undefined ? !block && !facts.effects.every(reads) : !ENDS_NOTHING.has(transaction)) return true;
    block = blockAfter(statement.mechanics, block);
  }
  return false;
}

const reads = (effect: string) => effect === 'read';

/** Of transaction statements: they begin or take back. */
const ENDS_NOTHING: ReadonlySet<string> = new Set(['begin', 'savepoint', 'release', 'rollback', 'rollback_to']);

/** What the catalogue's snapshot cannot show before the transaction ends: a trigger made in it, by whatever means, acts on what follows. */
export function makesUnseen(allowed: readonly Allowed[]): boolean {
  return allowed.some(({ actsAtOnce }) => actsAtOnce);
}

/** Whether they do nothing but take back what their transaction did. */
export function takesBack(allowed: readonly Allowed[]): boolean {
  return allowed.length === 1 && allowed[0]?.statement.mechanics.transaction === 'rollback';
}
